//! What the reverse sweep does with a node of a program: its class, once partials by constants count as 0.

use wengert_ops::{Class, PartialKind};

/// A class, and how many partials the node saves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NodeStep {
    class: Class,
    saved: u8,
}

impl NodeStep {
    /// The step of a node with these kinds of partials, none of a variadic one; and which of the first two operands are
    /// constants.
    pub(super) fn of(kinds: &[PartialKind], constant: [bool; 2]) -> Self {
        let saved = PartialKind::saved(kinds) as u8;
        let active = |k: usize| match kinds.get(k) {
            Some(kind) if !constant[k] => *kind,
            _ => PartialKind::Zero,
        };
        let class = match kinds {
            [_] => Class::of(&[active(0)]),
            [_, _] => Class::of(&[active(0), active(1)]),
            _ => Class::General,
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
