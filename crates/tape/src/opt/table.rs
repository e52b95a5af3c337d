//! The nodes made so far, found by operation and operands: a table that holds node numbers alone, and asks its caller
//! whether a candidate is the same.
//!
//! Open addressing at half load. An entry is four bytes of hash and four of node, so that nearly every look at the tape
//! itself is at a node that is the same.

use std::num::NonZeroU64;

use wengert_ops::Op;

use crate::index::Operand;

/// A hash above, a node's number plus one below.
type Entry = NonZeroU64;

pub(crate) struct Table {
    /// A power of two of slots, of which half at most are taken.
    slots: Vec<Option<Entry>>,
}

/// A free slot, and the hash that belongs there.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    at: usize,
    hash: u32,
}

impl Table {
    /// For so many nodes at most.
    pub(crate) fn new(nodes: usize) -> Self {
        Self { slots: vec![None; (2 * nodes).next_power_of_two()] }
    }

    /// The node that is the same, or the slot where the new one belongs. What commutes has one hash in either order.
    #[inline]
    pub(crate) fn find(
        &self,
        op: Op,
        operands: &[Operand],
        commutes: bool,
        same: impl Fn(u32) -> bool,
    ) -> Result<u32, Slot> {
        let hash = hash(op, operands, commutes);
        let mask = self.slots.len() - 1;
        let (mut at, hash) = (hash as usize & mask, (hash >> 32) as u32);
        while let Some(entry) = self.slots[at] {
            let node = (entry.get() as u32).wrapping_sub(1);
            if (entry.get() >> 32) as u32 == hash && same(node) {
                return Ok(node);
            }
            at = (at + 1) & mask;
        }
        Err(Slot { at, hash })
    }

    #[inline]
    pub(crate) fn insert(&mut self, slot: Slot, node: u32) {
        self.slots[slot.at] = NonZeroU64::new((u64::from(slot.hash) << 32) | (u64::from(node) + 1));
    }
}

/// Multiply and fold, a word at a time: an odd constant spreads every bit upwards, the fold brings it down again.
#[inline]
fn hash(op: Op, operands: &[Operand], commutes: bool) -> u64 {
    let mix = |h: u64, word: u64| {
        let h = (h ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        h ^ (h >> 32)
    };
    let word = |o: &Operand| u64::from(o.bits());
    match operands {
        [a, b, rest @ ..] => {
            let (a, b) = (word(a), word(b));
            let (a, b) = if commutes { (a.min(b), a.max(b)) } else { (a, b) };
            let pair = mix((op as u64) << 24, (a << 32) | b);
            mix(rest.iter().map(word).fold(pair, mix), operands.len() as u64)
        }
        _ => mix(operands.iter().map(word).fold(op as u64, mix), 1),
    }
}
