//! Order: nodes of one operation next to each other, within windows that fit the nearest caches.
//!
//! A program is run in runs of one operation (the plan of programs, `sweep/plan.rs`). Code seldom computes ten sums
//! in a row, but most of what it computes does not depend on what stands right before: `xₖ·xₖ` of every term of a sum
//! can be computed first, then all differences. Windows keep what is computed together near, and so in the cache.
//! Impure nodes keep their order.

use wengert_ops::Op;

use super::builder::Builder;
use crate::arena::Node;
use crate::index::NodeId;
use crate::tape::Tape;

/// Nodes that are reordered together.
const WINDOW: usize = 4096;

/// The same nodes, leaves first, then those of one operation next to each other as far as their operands allow.
/// Every value stays the same; adjoints are sums in another order, and may differ by rounding.
pub(crate) fn schedule(tape: &Tape) -> Tape {
    let mut builder = Builder::new(tape);
    let is_leaf = |node: &Node<'_>| node.op.info().arity == Some(0);
    for node in tape.arena.nodes(0).filter(is_leaf) {
        builder.keep(&node);
    }
    let mut window = Window::default();
    let mut rest = tape.arena.nodes(0).filter(|node| !is_leaf(node)).peekable();
    let mut nodes: Vec<Node<'_>> = Vec::with_capacity(WINDOW);
    let mut places = vec![0; tape.len()];
    loop {
        nodes.clear();
        nodes.extend(rest.by_ref().take(WINDOW));
        // A call and its results are not parted.
        nodes.extend(core::iter::from_fn(|| rest.next_if(|node| node.op == Op::Result)));
        if nodes.is_empty() {
            return builder.finish();
        }
        for (k, node) in nodes.iter().enumerate() {
            places[node.id.index()] = k as u32;
        }
        window.order(tape, &nodes, &places, &mut builder);
    }
}

/// What nodes have in common that may stand in one run: the operation, and which of the first two operands are
/// constants.
fn kind(node: &Node<'_>) -> usize {
    let constant = |k: usize| usize::from(node.operands.get(k).is_some_and(|o| o.is_constant()));
    4 * node.op as usize + 2 * constant(1) + constant(0)
}

/// How many kinds there are.
const KINDS: usize = 4 * Op::ALL.len();

/// Memory of one window, reused for the next.
#[derive(Default)]
struct Window {
    kinds: Vec<u16>,
    /// By node of the window: how many operands are still to be placed.
    waiting: Vec<u32>,
    /// Who reads node `k` of the window: `readers[first[k]..first[k + 1]]`.
    first: Vec<u32>,
    readers: Vec<u32>,
    /// By kind: nodes that can be placed now, in order.
    ready: Vec<Queue>,
    /// By node: the one behind it in its queue.
    behind: Vec<u32>,
    /// The kinds that have any.
    waiting_kinds: Vec<u16>,
}

/// A queue of nodes, linked through `Window::behind`.
#[derive(Clone, Copy, Default)]
struct Queue {
    head: u32,
    tail: u32,
    len: u32,
}

impl Window {
    fn order(&mut self, tape: &Tape, nodes: &[Node<'_>], places: &[u32], builder: &mut Builder<'_>) {
        self.link(tape, nodes, places);
        self.behind.resize(nodes.len(), 0);
        self.ready.resize(KINDS, Queue::default());
        self.kinds.clear();
        self.kinds.extend(nodes.iter().map(|node| kind(node) as u16));
        for k in 0..nodes.len() as u32 {
            if self.waiting[k as usize] == 0 {
                self.offer(k);
            }
        }
        while let Some(current) = self.longest() {
            while let Some(k) = self.take(current) {
                self.place(nodes, k as usize, builder);
                let mut behind = k as usize + 1;
                // A call's results stay right behind it.
                while nodes[k as usize].op == Op::Foreign
                    && nodes.get(behind).is_some_and(|node| node.op == Op::Result)
                {
                    self.place(nodes, behind, builder);
                    behind += 1;
                }
            }
        }
    }

    /// Places a node, and offers those that waited for it alone; but results are placed with their call.
    fn place(&mut self, nodes: &[Node<'_>], k: usize, builder: &mut Builder<'_>) {
        builder.keep(&nodes[k]);
        for r in self.first[k]..self.first[k + 1] {
            let reader = self.readers[r as usize];
            self.waiting[reader as usize] -= 1;
            if self.waiting[reader as usize] == 0 && nodes[reader as usize].op != Op::Result {
                self.offer(reader);
            }
        }
    }

    /// Finds out who waits for whom.
    fn link(&mut self, tape: &Tape, nodes: &[Node<'_>], places: &[u32]) {
        // Nodes of a window ascend, leaves are placed already.
        let begin = nodes[0].id;
        let within = |node: NodeId| node >= begin && tape.arena.ops[node.index()].info().arity != Some(0);
        let waits = |each: &mut dyn FnMut(usize, u32)| {
            let mut impure = None;
            for (k, node) in nodes.iter().enumerate() {
                for operand in node.operands.iter().filter(|operand| !operand.is_constant()) {
                    if within(NodeId::new(operand.index())) {
                        each(places[operand.index()] as usize, k as u32);
                    }
                }
                if !tape.is_pure(node.id)
                    && let Some(before) = impure.replace(k)
                {
                    each(before, k as u32);
                }
            }
        };
        self.waiting.clear();
        self.waiting.resize(nodes.len(), 0);
        self.first.clear();
        self.first.resize(nodes.len() + 2, 0);
        // Counted two places up, so that filling leaves each beginning in its own.
        waits(&mut |read, reader| {
            self.waiting[reader as usize] += 1;
            self.first[read + 2] += 1;
        });
        for k in 2..self.first.len() {
            self.first[k] += self.first[k - 1];
        }
        self.readers.clear();
        self.readers.resize(self.first[nodes.len() + 1] as usize, 0);
        waits(&mut |read, reader| {
            let slot = &mut self.first[read + 1];
            self.readers[*slot as usize] = reader;
            *slot += 1;
        });
    }

    fn offer(&mut self, k: u32) {
        let kind = self.kinds[k as usize];
        let queue = &mut self.ready[kind as usize];
        if queue.len == 0 {
            queue.head = k;
            if !self.waiting_kinds.contains(&kind) {
                self.waiting_kinds.push(kind);
            }
        } else {
            self.behind[queue.tail as usize] = k;
        }
        queue.tail = k;
        queue.len += 1;
    }

    fn take(&mut self, kind: u16) -> Option<u32> {
        let queue = &mut self.ready[kind as usize];
        (queue.len > 0).then(|| {
            let k = queue.head;
            queue.head = self.behind[k as usize];
            queue.len -= 1;
            k
        })
    }

    /// The kind of which most nodes are ready.
    fn longest(&mut self) -> Option<u16> {
        let ready = &self.ready;
        self.waiting_kinds.retain(|kind| ready[usize::from(*kind)].len > 0);
        self.waiting_kinds.iter().copied().max_by_key(|kind| (ready[usize::from(*kind)].len, u16::MAX - kind))
    }
}
