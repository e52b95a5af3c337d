//! What the `f64` reverse sweep does with a node: rows fall into a few classes by the kinds of their partials.
//!
//! The sweep branches on the class, not on the operation, so that the branch predictor has few arms to learn. The classes
//! come from the kinds that rows declare; no operation is named.

use wengert_ops::{Op, PartialKind};

/// Operations with the same sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Two operands, each partial the other's value.
    Product,
    /// Three operands, partials each the other's value and 1.
    Fused,
    /// Two operands, partials 1 and 1.
    Sum,
    /// Two operands, partials 1 and −1.
    Difference,
    /// Two operands, both partials saved.
    SavedPair,
    /// Two operands, the first partial saved, the second 0: powers.
    SavedFirst,
    /// Two operands, any kinds.
    Pair,
    /// One operand, partial saved.
    Saved,
    /// One operand, partial twice its value.
    Twice,
    /// One operand, partial 1 or −1 or 0: the number in the table of units.
    Unit,
    /// Inputs: nothing to do.
    Leaf,
    /// Results of calls: nothing to do, but that they have two operands.
    Result,
    /// Calls.
    Call,
    /// Any number of operands, partials of one kind.
    Many,
    /// The same, with data beside them.
    Data,
    /// All else: the general step.
    General,
}

/// The class of an operation, by its number.
pub(super) static CLASSES: [Class; 256] = {
    use PartialKind::{Datum, MinusOne, One, Other, Saved, Twice, TwiceResidual, Zero};
    let mut table = [Class::General; 256];
    let mut k = 0;
    while k < Op::ALL.len() {
        let info = Op::ALL[k].describe();
        table[k] = match (info.arity, info.kinds) {
            _ if matches!(Op::ALL[k], Op::Foreign) => Class::Call,
            _ if matches!(Op::ALL[k], Op::Result) => Class::Result,
            (Some(0), _) => Class::Leaf,
            (Some(1), [Saved, ..]) => Class::Saved,
            (Some(1), [Twice, ..]) => Class::Twice,
            (Some(1), _) => Class::Unit,
            (Some(2), [One, One, _]) => Class::Sum,
            (Some(2), [One, MinusOne, _]) => Class::Difference,
            (Some(2), [Other, Other, _]) => Class::Product,
            (Some(2), [Saved, Saved, _]) => Class::SavedPair,
            (Some(2), [Saved, Zero, _]) => Class::SavedFirst,
            (Some(2), _) => Class::Pair,
            (Some(3), [Other, Other, One]) => Class::Fused,
            (None, [One | Other | Twice, ..]) => Class::Many,
            (None, [Datum | TwiceResidual, ..]) => Class::Data,
            _ => Class::General,
        };
        k += 1;
    }
    table
};

/// Nodes whose adjoints are looked through together: 8 KiB, still in the nearest cache.
pub(super) const BLOCK: usize = 1024;

/// By how much the sweep passes over a node: its operands, and its saved partials in the upper half; [`UNKNOWN`] where more
/// must be done for it. The sum over a block of nodes does not overflow.
pub(super) static SIZES: [u32; 256] = {
    let mut table = [UNKNOWN; 256];
    let mut k = 0;
    while k < Op::ALL.len() {
        let info = Op::ALL[k].describe();
        if let Some(arity) = info.arity
            && !matches!(CLASSES[k], Class::General | Class::Call)
        {
            assert!((arity as usize) < 0x1_0000 / BLOCK, "a node of too many operands");
            table[k] = arity as u32 + ((info.saved() as u32) << 16);
        }
        k += 1;
    }
    table
};

/// More than a sum of sizes.
pub(super) const UNKNOWN: u32 = u32::MAX;
