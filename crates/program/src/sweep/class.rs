//! What the reverse sweep does with a node: rows and constants fall into a few classes by the kinds of their partials.
//!
//! The sweeps branch on the class, and are compiled once for each instead of once for each row. The classes come from the
//! kinds that rows declare; no operation is named. A partial by a constant counts as 0.

use wengert_ops::PartialKind;

/// The code of a kind of partial, for parameters of functions.
pub(super) mod kind {
    use wengert_ops::PartialKind;

    pub(in crate::sweep) const ZERO: u8 = PartialKind::Zero as u8;
    pub(in crate::sweep) const ONE: u8 = PartialKind::One as u8;
    pub(in crate::sweep) const MINUS_ONE: u8 = PartialKind::MinusOne as u8;
    pub(in crate::sweep) const OTHER: u8 = PartialKind::Other as u8;
    pub(in crate::sweep) const TWICE: u8 = PartialKind::Twice as u8;
    pub(in crate::sweep) const SAVED: u8 = PartialKind::Saved as u8;
}

/// Something done by the sweep for each class.
pub(super) trait ByClass {
    type Output;
    /// Rows of `A` operands, one or two, whose partials are of these kinds.
    fn kinds<const A: usize, const P: u8, const Q: u8>(self) -> Self::Output;
    /// All others.
    fn general(self) -> Self::Output;
}

macro_rules! classes {
    ($($Class:ident $A:literal $P:ident $Q:ident;)*) => {
        /// Nodes with the same step of the reverse sweep: by arity and kinds of partials.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Class {
            $($Class,)*
            /// All else.
            #[default]
            General,
        }

        impl Class {
            /// The class of a row of one or two operands with these kinds of partials.
            fn of(arity: usize, kinds: [PartialKind; 2]) -> Self {
                let [p, q] = kinds.map(|kind| kind as u8);
                $(if arity == $A && p == kind::$P && q == kind::$Q {
                    return Self::$Class;
                })*
                Self::General
            }

            /// The only `match` on classes.
            #[inline(always)]
            pub(super) fn visit<V: ByClass>(self, visitor: V) -> V::Output {
                match self {
                    $(Self::$Class => visitor.kinds::<$A, { kind::$P }, { kind::$Q }>(),)*
                    Self::General => visitor.general(),
                }
            }
        }
    };
}

classes! {
    Nothing 1 ZERO ZERO;
    Whole 1 ONE ZERO;
    Negative 1 MINUS_ONE ZERO;
    Twice 1 TWICE ZERO;
    Saved 1 SAVED ZERO;
    NothingOfTwo 2 ZERO ZERO;
    Sum 2 ONE ONE;
    Difference 2 ONE MINUS_ONE;
    Product 2 OTHER OTHER;
    SavedPair 2 SAVED SAVED;
    WholeAndSaved 2 ONE SAVED;
    WholeFirst 2 ONE ZERO;
    WholeSecond 2 ZERO ONE;
    NegativeSecond 2 ZERO MINUS_ONE;
    ScaledFirst 2 OTHER ZERO;
    ScaledSecond 2 ZERO OTHER;
    SavedFirst 2 SAVED ZERO;
    SavedSecond 2 ZERO SAVED;
}

/// A class, and how many partials the node saves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    class: Class,
    saved: u8,
}

impl Step {
    /// The step of a node with these kinds of partials, none of a variadic one; and which of the first two operands are
    /// constants.
    pub(super) fn of(kinds: &[PartialKind], constant: [bool; 2]) -> Self {
        let saved = kinds.iter().filter(|kind| **kind == PartialKind::Saved).count() as u8;
        let active = |k: usize| match kinds.get(k) {
            Some(kind) if !constant[k] => *kind,
            _ => PartialKind::Zero,
        };
        let class = if matches!(kinds.len(), 1 | 2) {
            Class::of(kinds.len(), [active(0), active(1)])
        } else {
            Class::General
        };
        Self { class, saved }
    }

    #[inline(always)]
    pub(super) fn class(self) -> Class {
        self.class
    }

    /// Partials that the node saves, of constants too.
    #[inline(always)]
    pub(super) fn saved(self) -> usize {
        usize::from(self.saved)
    }
}
