//! Order: nodes of one operation next to each other, within windows that fit the nearest caches.
//!
//! A program is run in runs of one operation (`program/plan.rs`). Code seldom computes ten sums in a row, but most of
//! what it computes does not depend on what stands right before: `xₖ·xₖ` of every term of a sum can be computed first,
//! then all differences. Windows keep what is computed together near, and so in the cache.

use std::collections::VecDeque;

use super::builder::Builder;
use crate::arena::Node;
use crate::index::Source;
use crate::tape::Tape;

/// Nodes that are reordered together.
const WINDOW: usize = 4096;

/// The same nodes, leaves first, then those of one operation next to each other as far as their operands allow.
/// Every value stays the same; adjoints are sums in another order, and may differ by rounding.
pub(crate) fn schedule(tape: &Tape) -> Tape {
    let mut builder = Builder::new(tape);
    let mut rest: Vec<Node<'_>> = Vec::new();
    for node in tape.arena.nodes(0) {
        if node.op.info().arity == Some(0) {
            builder.keep(&node);
        } else {
            rest.push(node);
        }
    }
    let mut window = Window::default();
    for nodes in rest.chunks(WINDOW) {
        window.order(nodes, &mut builder);
    }
    builder.finish()
}

/// What nodes have in common that may stand in one run: the operation, and which of the first two operands are
/// constants.
fn kind(node: &Node<'_>) -> usize {
    let constant = |k: usize| usize::from(node.operands.get(k).is_some_and(|o| o.is_constant()));
    4 * node.op as usize + 2 * constant(1) + constant(0)
}

/// Memory of one window, reused for the next.
#[derive(Default)]
struct Window {
    /// By node of the window: how many operands are still to be placed, and who reads it.
    waiting: Vec<u32>,
    readers: Vec<Vec<u32>>,
    /// By kind: nodes that can be placed now, in order; and the kinds that have any.
    ready: Vec<VecDeque<u32>>,
    kinds: Vec<usize>,
}

impl Window {
    fn order(&mut self, nodes: &[Node<'_>], builder: &mut Builder<'_>) {
        self.waiting.clear();
        self.waiting.resize(nodes.len(), 0);
        self.readers.iter_mut().for_each(Vec::clear);
        self.readers.resize_with(nodes.len().max(self.readers.len()), Vec::new);
        self.ready.resize_with(4 * 256, VecDeque::new);
        // Nodes of a window ascend, though leaves may be left out between them.
        let first = nodes[0].id;
        for (k, node) in nodes.iter().enumerate() {
            for operand in node.operands {
                if let Source::Node(read) = operand.source()
                    && read >= first
                    && let Ok(place) = nodes.binary_search_by_key(&read, |node| node.id)
                {
                    self.waiting[k] += 1;
                    self.readers[place].push(k as u32);
                }
            }
            if self.waiting[k] == 0 {
                self.offer(k as u32, kind(node));
            }
        }
        while let Some(current) = self.longest() {
            while let Some(k) = self.ready[current].pop_front() {
                builder.keep(&nodes[k as usize]);
                let mut readers = std::mem::take(&mut self.readers[k as usize]);
                for reader in readers.drain(..) {
                    self.waiting[reader as usize] -= 1;
                    if self.waiting[reader as usize] == 0 {
                        self.offer(reader, kind(&nodes[reader as usize]));
                    }
                }
                self.readers[k as usize] = readers;
            }
        }
    }

    fn offer(&mut self, k: u32, kind: usize) {
        if self.ready[kind].is_empty() && !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
        self.ready[kind].push_back(k);
    }

    /// The kind of which most nodes are ready.
    fn longest(&mut self) -> Option<usize> {
        let ready = &self.ready;
        self.kinds.retain(|kind| !ready[*kind].is_empty());
        self.kinds.iter().copied().max_by_key(|kind| (ready[*kind].len(), usize::MAX - kind))
    }
}
