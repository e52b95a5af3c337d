//! The calls of a tape: which node calls what.
//!
//! Invariants (established by the recorder and the passes' builder, checked by `verify`): there is one entry a call node, in
//! order; the node has as many operands as the callee has inputs, and right behind it stand its results, one node each, in
//! order. So a call and its results have indices that follow one another, and nothing else need be stored.

use super::Callee;
use crate::index::NodeId;

/// A call node, and what it calls.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) node: NodeId,
    pub(crate) callee: Callee,
}

/// The calls of a tape, in order of their nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Calls(Vec<Call>);

impl Calls {
    /// Bytes of one.
    pub(crate) const ENTRY: usize = size_of::<Call>();

    pub(crate) fn push(&mut self, node: NodeId, callee: Callee) {
        self.0.push(Call { node, callee });
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Call> {
        self.0.iter()
    }

    /// What a node calls, if it calls anything.
    pub(crate) fn at(&self, node: NodeId) -> Option<&Callee> {
        let place = self.0.binary_search_by_key(&node, |call| call.node).ok()?;
        Some(&self.0[place].callee)
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.0.as_slice())
    }
}
