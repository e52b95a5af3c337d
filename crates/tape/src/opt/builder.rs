//! How passes make a tape of a tape: nodes are appended one by one, and what refers to nodes is carried over at the
//! end. It knows nothing of what a pass is for.

use std::collections::HashMap;

use smallvec::SmallVec;
use wengert_ops::Op;

use crate::arena::Node;
use crate::index::{NodeId, Operand, Source};
use crate::tape::{Guard, Read, Tape};

/// A tape in the making, with what has become of each node of the old one.
pub(crate) struct Builder<'a> {
    old: &'a Tape,
    new: Tape,
    /// By node of the old tape: what stands for it in the new one.
    moved: Vec<Option<Operand>>,
    /// By constant of the old tape: its place in the new one.
    moved_constants: Vec<Option<Operand>>,
    /// By bits: each constant once.
    constants: HashMap<u64, Operand>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(old: &'a Tape) -> Self {
        let mut new = Tape { lines: old.lines.as_ref().map(|_| Vec::new()), ..Tape::default() };
        new.arena.ops.reserve(old.len());
        new.arena.pool.reserve(old.arena.pool.len());
        new.arena.data.reserve(old.arena.data.len());
        let moved_constants = vec![None; old.arena.constants.len()];
        Self { old, new, moved: vec![None; old.len()], moved_constants, constants: HashMap::new() }
    }

    /// What has been made so far.
    pub(crate) fn new_tape(&self) -> &Tape {
        &self.new
    }

    /// The constant's place in the new tape.
    pub(crate) fn constant(&mut self, c: f64) -> Operand {
        let constants = &mut self.new.arena.constants;
        *self.constants.entry(c.to_bits()).or_insert_with(|| {
            constants.push(c);
            Operand::constant(constants.len() as u32 - 1)
        })
    }

    /// The value of an operand of the new tape, if it is a constant.
    pub(crate) fn known(&self, operand: Operand) -> Option<f64> {
        operand.is_constant().then(|| self.new.arena.constants[operand.index()])
    }

    /// Where an operand of the old tape stands in the new one.
    #[inline]
    pub(crate) fn place(&mut self, operand: Operand) -> Operand {
        let moved = match operand.source() {
            Source::Node(node) => self.moved[node.index()],
            Source::Constant(constant) => self.moved_constants[constant.index()],
        };
        moved.unwrap_or_else(|| self.first_place(operand))
    }

    #[cold]
    fn first_place(&mut self, operand: Operand) -> Operand {
        match operand.source() {
            Source::Node(node) => unreachable!("a pass reads {node} before it has been placed"),
            Source::Constant(constant) => {
                let place = self.constant(self.old.arena.constants[constant.index()]);
                self.moved_constants[constant.index()] = Some(place);
                place
            }
        }
    }

    /// Appends a node that stands for `node` of the old tape, with data where its row reads some.
    #[inline]
    pub(crate) fn push(&mut self, node: NodeId, op: Op, operands: &[Operand], data: &[f64]) -> Operand {
        let place = Operand::node(self.new.len() as u32);
        if op == Op::Foreign
            && let Some(callee) = self.old.callee(node)
        {
            self.new.calls.push(NodeId::new(place.index()), callee);
        }
        self.new.arena.push(op, operands, data);
        if let (Some(lines), Some(old)) = (&mut self.new.lines, &self.old.lines) {
            lines.push(old[node.index()].clone());
        }
        self.stand_for(node, place);
        place
    }

    /// Says that what is in the new tape already stands for `node` of the old one.
    #[inline]
    pub(crate) fn stand_for(&mut self, node: NodeId, place: Operand) {
        self.moved[node.index()] = Some(place);
    }

    /// Appends a node as it is, its operands in their new places.
    #[inline]
    pub(crate) fn keep(&mut self, node: &Node<'_>) -> Operand {
        let operands: SmallVec<[Operand; 8]> = node.operands.iter().map(|o| self.place(*o)).collect();
        self.push(node.id, node.op, &operands, node.data)
    }

    /// The new tape, with inputs, parameters, outputs, guards, reads and names. Leaves and what these refer to must have been
    /// placed.
    pub(crate) fn finish(mut self) -> Tape {
        let old = self.old;
        let leaf = |this: &mut Self, node: &NodeId| {
            NodeId::new(this.place(Operand::node(node.index() as u32)).index())
        };
        self.new.inputs = old.inputs.iter().map(|node| leaf(&mut self, node)).collect();
        self.new.parameters = old.parameters.iter().map(|node| leaf(&mut self, node)).collect();
        self.new.outputs = old.outputs.iter().map(|operand| self.place(*operand)).collect();
        for guard in &old.guards {
            let (left, right) = (self.place(guard.left), self.place(guard.right));
            let behind = |operand: Operand| if operand.is_constant() { 0 } else { operand.index() + 1 };
            let before = self.new.guards.last().map_or(0, |guard| guard.position);
            let position = before.max(behind(left)).max(behind(right));
            self.new.guards.push(Guard { left, right, position, ..guard.clone() });
        }
        for read in &old.reads {
            // What has become a constant is the same at all inputs, and may be read.
            if let Source::Node(node) = self.place(Operand::node(read.node.index() as u32)).source() {
                let before = self.new.reads.last().map_or(0, |read| read.position);
                self.new.reads.push(Read { node, position: before.max(node.index() + 1), ..read.clone() });
            }
        }
        for (node, name) in &old.names {
            let place = self.place(Operand::node(node.index() as u32));
            if let Source::Node(node) = place.source() {
                self.new.names.entry(node).or_insert_with(|| name.clone());
            }
        }
        self.new
    }
}
