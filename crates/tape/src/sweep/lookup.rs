//! Classes and sizes of nodes, by opcode, as the `f64` reverse sweep of a recording looks them up.

use wengert_ops::{Class, Op, PartialKind};

/// The class of an operation, by its number.
pub(super) static CLASSES: [Class; 256] = {
    use PartialKind::{Datum, One, Other, Twice, TwiceResidual};
    let mut table = [Class::General; 256];
    let mut k = 0;
    while k < Op::ALL.len() {
        let info = Op::ALL[k].describe();
        table[k] = match (info.arity, info.kinds[0]) {
            _ if matches!(Op::ALL[k], Op::Foreign) => Class::Call,
            _ if matches!(Op::ALL[k], Op::Result) => Class::Result,
            (Some(0), _) => Class::Leaf,
            (Some(arity @ 1..=3), _) => Class::of(info.kinds.split_at(arity as usize).0),
            (None, One | Other | Twice) => Class::Many,
            (None, Datum | TwiceResidual) => Class::Data,
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
