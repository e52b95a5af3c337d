//! What a reverse sweep does with a node: rows fall into a few classes by the kinds of their partials, and what a
//! kind means is said once.
//!
//! Sweeps branch on the class and not on the operation, so that the branch predictor has few arms to learn and a
//! sweep is compiled once for each class instead of once for each row. The classes come from the kinds that rows
//! declare; no operation is named.

use crate::rule::{PartialKind, Real};

/// What a partial makes of an adjoint (or a tangent).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Multiple<T> {
    /// 0: nothing comes through.
    Nothing,
    /// 1: all of it.
    Whole,
    /// −1.
    Negative,
    /// This number: the product with it.
    By(T),
}

impl<T: Real> Multiple<T> {
    /// The product with an adjoint, as it comes.
    #[inline(always)]
    pub fn times(self, g: T) -> T {
        match self {
            Self::Nothing => g * T::lit(0.0),
            Self::Whole => g,
            Self::Negative => -g,
            Self::By(p) => g * p,
        }
    }
}

impl PartialKind {
    /// The kind of that code (`kind as u8`), for parameters of functions.
    #[inline(always)]
    #[must_use]
    pub const fn of_code(code: u8) -> Self {
        const KINDS: [PartialKind; 8] = [
            PartialKind::Zero,
            PartialKind::One,
            PartialKind::MinusOne,
            PartialKind::Other,
            PartialKind::Twice,
            PartialKind::Datum,
            PartialKind::TwiceResidual,
            PartialKind::Saved,
        ];
        KINDS[code as usize]
    }

    /// The partial of a row of fixed arity: from the operand's own value, the other's, and what was saved, of which
    /// the one is read that the kind says. Of a row of any arity's kinds of data there is none here.
    #[inline(always)]
    pub fn partial<T: Real>(
        self,
        own: impl FnOnce() -> T,
        other: impl FnOnce() -> T,
        saved: impl FnOnce() -> T,
    ) -> Multiple<T> {
        match self {
            Self::Zero | Self::Datum | Self::TwiceResidual => Multiple::Nothing,
            Self::One => Multiple::Whole,
            Self::MinusOne => Multiple::Negative,
            Self::Other => Multiple::By(other()),
            Self::Twice => {
                let own = own();
                Multiple::By(own + own)
            }
            Self::Saved => Multiple::By(saved()),
        }
    }

    /// How many of these are saved.
    #[must_use]
    pub const fn saved(kinds: &[Self]) -> usize {
        let (mut count, mut k) = (0, 0);
        while k < kinds.len() {
            count += matches!(kinds[k], Self::Saved) as usize;
            k += 1;
        }
        count
    }

    /// How many of the partials of a row of fixed arity a recording saves: of rows of one or two operands alone.
    #[must_use]
    pub const fn saved_recording(kinds: &[Self]) -> usize {
        if kinds.len() <= 2 { Self::saved(kinds) } else { 0 }
    }
}

/// Something that a sweep does for each class.
pub trait ByClass {
    /// What it gives.
    type Output;
    /// Rows of `A` operands, one or two, whose partials are of the kinds with these [codes](PartialKind::of_code).
    fn kinds<const A: usize, const P: u8, const Q: u8>(self) -> Self::Output;
    /// All others.
    fn general(self) -> Self::Output;
}

macro_rules! classes {
    ($($(#[$doc:meta])* $Class:ident $A:literal $P:ident $Q:ident;)*) => {
        /// Nodes with the same step of a reverse sweep: by arity and kinds of partials.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Class {
            $($(#[$doc])* $Class,)*
            /// Three operands: the first two partials each the other's value, the third 1.
            Fused,
            /// An input or a parameter: nothing to do.
            Leaf,
            /// A result of a call: nothing to do, but that it has two operands.
            Result,
            /// A call.
            Call,
            /// Any number of operands, partials of one kind.
            Many,
            /// The same, with data beside them.
            Data,
            /// All else.
            #[default]
            General,
        }

        impl Class {
            /// The class of a row with these kinds of partials, one for each operand.
            #[must_use]
            pub const fn of(kinds: &[PartialKind]) -> Self {
                let (p, q) = match kinds {
                    [p] => (*p as u8, PartialKind::Zero as u8),
                    [p, q] => (*p as u8, *q as u8),
                    [PartialKind::Other, PartialKind::Other, PartialKind::One] => return Self::Fused,
                    _ => return Self::General,
                };
                $(if kinds.len() == $A && p == PartialKind::$P as u8 && q == PartialKind::$Q as u8 {
                    return Self::$Class;
                })*
                Self::General
            }

            /// Hands the kinds of a class to a visitor.
            #[inline(always)]
            pub fn visit<V: ByClass>(self, visitor: V) -> V::Output {
                match self {
                    $(Self::$Class => {
                        visitor.kinds::<$A, { PartialKind::$P as u8 }, { PartialKind::$Q as u8 }>()
                    })*
                    _ => visitor.general(),
                }
            }
        }
    };
}

classes! {
    /// One operand, partial 0.
    Nothing 1 Zero Zero;
    /// One operand, partial 1.
    Whole 1 One Zero;
    /// One operand, partial −1.
    Negative 1 MinusOne Zero;
    /// One operand, partial twice its value.
    Twice 1 Twice Zero;
    /// One operand, partial saved.
    Saved 1 Saved Zero;
    /// Two operands, partials 0.
    NothingOfTwo 2 Zero Zero;
    /// Two operands, partials 1.
    Sum 2 One One;
    /// Two operands, partials 1 and −1.
    Difference 2 One MinusOne;
    /// Two operands, each partial the other's value.
    Product 2 Other Other;
    /// Two operands, both partials saved.
    SavedPair 2 Saved Saved;
    /// Two operands, partials 1 and saved.
    WholeAndSaved 2 One Saved;
    /// Two operands, the first partial 1: of a constant nothing is asked.
    WholeFirst 2 One Zero;
    /// Two operands, the second partial 1.
    WholeSecond 2 Zero One;
    /// Two operands, the second partial −1.
    NegativeSecond 2 Zero MinusOne;
    /// Two operands, the first partial the second's value.
    ScaledFirst 2 Other Zero;
    /// Two operands, the second partial the first's value.
    ScaledSecond 2 Zero Other;
    /// Two operands, the first partial saved, the second 0: powers.
    SavedFirst 2 Saved Zero;
    /// Two operands, the second partial saved.
    SavedSecond 2 Zero Saved;
}
