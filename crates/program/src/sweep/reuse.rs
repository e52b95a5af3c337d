//! Slots used again: a number is kept as long as it is needed.
//!
//! That is, from the node that computes it to the last one that reads it: for values in this order, for adjoints in the
//! other. So one order of slots serves either.
//!
//! Nodes of a group get slots that follow one another, of the free ones those that fit best; those that its operands
//! leave free are given back after it. So a scheduled program, whose windows read mostly what they computed
//! themselves, stays in the cache however long it is.

use std::collections::{BTreeMap, BTreeSet};

use wengert_tape::{Operand, Source, Tape};

use super::groups::Group;

/// Free slots, in spans that neighbours are joined to.
#[derive(Default)]
struct Free {
    /// What begins where, and how many slots it has.
    spans: BTreeMap<u32, u32>,
    /// How many slots, and where they begin: so that the shortest that is long enough is found.
    by_length: BTreeSet<(u32, u32)>,
    /// Slots that were ever given.
    end: u32,
}

impl Free {
    fn insert(&mut self, at: u32, len: u32) {
        if len > 0 {
            self.spans.insert(at, len);
            self.by_length.insert((len, at));
        }
    }

    fn remove(&mut self, at: u32, len: u32) {
        self.spans.remove(&at);
        self.by_length.remove(&(len, at));
    }

    /// Takes so many slots that follow one another.
    fn take(&mut self, count: u32) -> u32 {
        let fitting = self.by_length.range((count, 0)..).next().map(|(len, at)| (*at, *len));
        // If the last slots are free, but too few, they are taken too, and new slots follow them.
        let last = || self.spans.last_key_value().map(|(at, len)| (*at, *len));
        let (at, len) =
            fitting.or_else(|| last().filter(|(at, len)| at + len == self.end)).unwrap_or((self.end, 0));
        self.remove(at, len);
        self.insert(at + count, len.saturating_sub(count));
        self.end = self.end.max(at + count);
        at
    }

    /// Gives a slot back.
    fn give(&mut self, slot: u32) {
        let (mut at, mut len) = (slot, 1);
        let before = self.spans.range(..slot).next_back().map(|(at, len)| (*at, *len));
        if let Some((start, count)) = before
            && start + count == slot
        {
            self.remove(start, count);
            (at, len) = (start, count + 1);
        }
        if let Some(count) = self.spans.get(&(slot + 1)).copied() {
            self.remove(slot + 1, count);
            len += count;
        }
        self.insert(at, len);
    }
}

/// A slot for each node.
pub(super) struct SlotByNode {
    pub(super) of: Vec<u32>,
    /// How many slots there are.
    pub(super) slots: usize,
    /// How many of them, the first, are leaves'.
    pub(super) leaves: usize,
    /// By group: whether an earlier one had some of its slots.
    pub(super) inherited: Vec<bool>,
}

impl SlotByNode {
    /// Each node's number.
    pub(super) fn each(tape: &Tape) -> Self {
        Self { of: (0..tape.len() as u32).collect(), slots: tape.len(), leaves: 0, inherited: Vec::new() }
    }

    /// Slots used again. Leaves and what `kept` names keep theirs to the end.
    pub(super) fn reused(tape: &Tape, groups: &[Group], kept: impl Iterator<Item = Source>) -> Self {
        const NEVER: u32 = u32::MAX;
        let node_of = |operand: &Operand| match operand.source() {
            Source::Node(node) => Some(node.index()),
            Source::Constant(_) => None,
        };
        // By node: the last group that reads it; at first the one that computes it.
        let mut last = vec![NEVER; tape.len()];
        for (g, group) in groups.iter().enumerate() {
            last[group.node as usize..][..group.nodes as usize].fill(g as u32);
            for node in tape.walk_from(group.node as usize).take(group.nodes as usize) {
                for read in node.operands.iter().filter_map(node_of) {
                    if last[read] != NEVER {
                        last[read] = g as u32;
                    }
                }
            }
        }
        for node in kept.filter_map(|kept| node_of(&Operand::from(kept))) {
            last[node] = NEVER;
        }
        let mut free = Free::default();
        let mut places = vec![0; tape.len()];
        for (node, op) in tape.ops().iter().enumerate() {
            if op.info().arity == Some(0) {
                places[node] = free.take(1);
            }
        }
        let leaves = free.end as usize;
        let mut inherited = Vec::with_capacity(groups.len());
        for (g, group) in groups.iter().enumerate() {
            let known = free.end;
            let at = free.take(group.nodes);
            inherited.push(at < known);
            let own = group.node as usize..(group.node + group.nodes) as usize;
            for (node, slot) in own.clone().zip(at..) {
                places[node] = slot;
            }
            let reads = tape.walk_from(group.node as usize).take(group.nodes as usize);
            let mut done = |node: usize| {
                if last[node] == g as u32 {
                    last[node] = NEVER;
                    free.give(places[node]);
                }
            };
            reads.flat_map(|node| node.operands.iter().filter_map(node_of)).for_each(&mut done);
            own.for_each(&mut done);
        }
        Self { of: places, slots: free.end as usize, leaves, inherited }
    }
}
