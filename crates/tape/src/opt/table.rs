//! The nodes made so far, found by operation and operands: it holds node numbers and hashes alone, and asks its caller
//! whether a candidate is the same.
//!
//! A node that is the same has the same latest operand. Most operands were computed shortly before and are read by few, so
//! each node begins a short list of those whose latest operand it is: what is looked at lies near, and in the caches. What
//! exceeds a list, or reads constants alone, is in a hash table with open addressing at half load at most. (With that table
//! alone, a node costs one miss of all caches, and long tapes took three times as long to share.)

use std::num::{NonZeroU32, NonZeroU64};

use wengert_ops::Op;

use crate::index::Operand;

/// Nodes of one list.
const FEW: usize = 4;

/// A node's number plus one.
type OneBased = Option<NonZeroU32>;

pub(crate) struct Table {
    /// By node: the newest of those whose latest operand it is.
    newest: Vec<OneBased>,
    /// By node: the one before it in its list, and its hash.
    before: Vec<(OneBased, u32)>,
    /// A hash above, a node's number plus one below; a power of two of slots.
    slots: Vec<Option<NonZeroU64>>,
}

/// Where a node that was not found belongs.
#[derive(Clone, Copy)]
pub(crate) struct Vacancy {
    hash: u32,
    at: Vacant,
}

#[derive(Clone, Copy)]
enum Vacant {
    /// The list of this node.
    List(usize),
    /// This slot.
    Slot(usize),
}

impl Table {
    /// For so many nodes at most.
    pub(crate) fn new(nodes: usize) -> Self {
        Self {
            newest: vec![None; nodes],
            before: vec![(None, 0); nodes],
            // Not touched, and so no memory yet.
            slots: vec![None; (2 * nodes).next_power_of_two()],
        }
    }

    /// The node that is the same, or where the new one belongs. What commutes has one hash in either order.
    #[inline]
    pub(crate) fn find(
        &self,
        op: Op,
        operands: &[Operand],
        data: &[f64],
        commutes: bool,
        same: impl Fn(u32) -> bool,
    ) -> Result<u32, Vacancy> {
        let full = data.iter().fold(hash(op, operands, commutes), |h, w| mix(h, w.to_bits()));
        let hash = (full >> 32) as u32;
        let latest = operands.iter().filter(|operand| !operand.is_constant()).map(|o| o.index()).max();
        if let Some(latest) = latest {
            let mut next = self.newest[latest];
            for _ in 0..FEW {
                let Some(number) = next else { return Err(Vacancy { hash, at: Vacant::List(latest) }) };
                let node = number.get() - 1;
                let (before, other) = self.before[node as usize];
                if other == hash && same(node) {
                    return Ok(node);
                }
                next = before;
            }
        }
        let mask = self.slots.len() - 1;
        let mut at = full as usize & mask;
        while let Some(entry) = self.slots[at] {
            let node = (entry.get() as u32).wrapping_sub(1);
            if (entry.get() >> 32) as u32 == hash && same(node) {
                return Ok(node);
            }
            at = (at + 1) & mask;
        }
        Err(Vacancy { hash, at: Vacant::Slot(at) })
    }

    #[inline]
    pub(crate) fn insert(&mut self, place: Vacancy, node: u32) {
        match place.at {
            Vacant::List(latest) => {
                self.before[node as usize] = (self.newest[latest], place.hash);
                self.newest[latest] = NonZeroU32::new(node + 1);
            }
            Vacant::Slot(at) => {
                self.slots[at] = NonZeroU64::new((u64::from(place.hash) << 32) | (u64::from(node) + 1));
            }
        }
    }
}

/// Multiply and fold, a word at a time: an odd constant spreads every bit upwards, the fold brings it down again.
#[inline(always)]
fn mix(h: u64, word: u64) -> u64 {
    let h = (h ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    h ^ (h >> 32)
}

#[inline]
fn hash(op: Op, operands: &[Operand], commutes: bool) -> u64 {
    let word = |o: &Operand| u64::from(o.bits());
    let begin = mix(operands.len() as u64, (op as u64) << 32);
    match operands {
        [a, b, rest @ ..] => {
            let (a, b) = (word(a), word(b));
            let (a, b) = if commutes { (a.min(b), a.max(b)) } else { (a, b) };
            mix(rest.iter().map(word).fold(mix(begin, (a << 32) | b), mix), 1)
        }
        _ => mix(operands.iter().map(word).fold(begin, mix), 1),
    }
}
