//! The calls of a tape: which node calls what.
//!
//! Invariants (established by the recorder and the passes' builder, checked by `verify`): there is one entry a call node, in
//! order; the node has as many operands as the callee has inputs, and right behind it stand its results, one node each, in
//! order. So a call and its results have indices that follow one another, and nothing else need be stored.

use super::callee::Callee;
use crate::index::NodeId;

/// How many callees back one that is called again is looked for.
const NEAR: usize = 8;

/// A call node, and what it calls.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The node.
    pub node: NodeId,
    /// What it calls.
    pub callee: &'a Callee,
}

/// The calls of a tape, in order of their nodes.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// What is called: once, where its calls do not have many others between them.
    callees: Vec<Callee>,
    /// The node of a call, and the place of what it calls.
    calls: Vec<(NodeId, u32)>,
}

impl Calls {
    /// The most bytes that one can need.
    pub(crate) const ENTRY: usize = size_of::<(NodeId, u32)>() + size_of::<Callee>();

    pub(crate) fn push(&mut self, node: NodeId, callee: &Callee) {
        let near = &self.callees[self.callees.len().saturating_sub(NEAR)..];
        let back = near.iter().rev().position(|known| known.is(callee)).unwrap_or_else(|| {
            self.callees.push(callee.clone());
            0
        });
        self.calls.push((node, (self.callees.len() - 1 - back) as u32));
    }

    pub(crate) fn clear(&mut self) {
        self.callees.clear();
        self.calls.clear();
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All, in order.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Call<'_>> {
        self.calls.iter().map(|(node, place)| Call { node: *node, callee: &self.callees[*place as usize] })
    }

    /// What a node calls, if it calls anything.
    #[must_use]
    pub fn at(&self, node: NodeId) -> Option<&Callee> {
        let call = self.calls.binary_search_by_key(&node, |(node, _)| *node).ok()?;
        Some(self.callee(call))
    }

    /// What the call of that number calls.
    #[must_use]
    pub fn callee(&self, call: usize) -> &Callee {
        &self.callees[self.calls[call].1 as usize]
    }

    /// By number of the call: whether no other that is known to call the same does. One that stands far from it, or under another
    /// name, is not known.
    #[must_use]
    pub fn alone(&self) -> Vec<bool> {
        let mut counts = vec![0_u32; self.callees.len()];
        self.calls.iter().for_each(|(_, place)| counts[*place as usize] += 1);
        self.calls.iter().map(|(_, place)| counts[*place as usize] == 1).collect()
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.callees.as_slice()) + size_of_val(self.calls.as_slice())
    }
}

impl PartialEq for Calls {
    /// The same nodes call equal operations.
    fn eq(&self, other: &Self) -> bool {
        let equal = |(a, b): (Call<'_>, Call<'_>)| a.node == b.node && a.callee == b.callee;
        self.len() == other.len() && self.iter().zip(other.iter()).all(equal)
    }
}
