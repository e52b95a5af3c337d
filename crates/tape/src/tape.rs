//! The tape: what was recorded, immutable from here on.

use std::collections::BTreeMap;
use std::sync::Arc;

use wengert_ops::{Op, PartialKind, Test};

use crate::arena::{Arena, Node};
use crate::index::{ConstId, NodeId, Operand, Source};
use crate::operation::{Callee, Calls};
use crate::source::SourceLine;
use crate::tag::RecordingId;

/// A Wengert list: nodes in the order in which they were computed, with inputs, parameters, outputs, names, guards and
/// reads.
///
/// Immutable, `Send + Sync`, and without values: those are in a [`Workspace`](crate::Workspace).
#[derive(Clone, Debug, Default)]
pub struct Tape {
    pub(crate) arena: Arena,
    pub(crate) calls: Calls,
    pub(crate) inputs: Vec<NodeId>,
    pub(crate) parameters: Vec<NodeId>,
    pub(crate) outputs: Vec<Operand>,
    pub(crate) guards: Vec<Guard>,
    pub(crate) reads: Vec<Read>,
    pub(crate) names: BTreeMap<NodeId, Box<str>>,
    /// One line a node, where the recording asked for them.
    pub(crate) lines: Option<Vec<SourceLine>>,
    /// The recording whose variables name its nodes; none of a tape that was read or transformed.
    pub(crate) recording: Option<RecordingId>,
}

/// A comparison that user code made while recording, and its outcome. The tape is right for those inputs at
/// which every guard has the outcome it had.
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    /// What was asked.
    pub test: Test,
    /// Left operand.
    pub(crate) left: Operand,
    /// Right operand; for a test of one number the same as the left.
    pub(crate) right: Operand,
    /// How many nodes had been recorded when it was asked.
    pub position: usize,
    /// Where in the user's source.
    pub at: SourceLine,
}

/// A plain value that user code took out of the recording while it went on ([`Var::value`](crate::Var::value)). What was
/// done with it is not on the tape: a tape with reads is right at other inputs only as far as its user knows that to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The node whose value was read.
    pub node: NodeId,
    /// How many nodes had been recorded when it was.
    pub position: usize,
    /// Where in the user's source.
    pub at: SourceLine,
}

impl Guard {
    /// What was compared, left and right; for a test of one number twice the same.
    #[must_use]
    pub fn operands(&self) -> [Source; 2] {
        [self.left.source(), self.right.source()]
    }
}

impl Tape {
    /// Number of nodes, inputs and parameters included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.arena.len()
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The inputs, in the order in which they were made.
    #[must_use]
    pub fn inputs(&self) -> &[NodeId] {
        &self.inputs
    }

    /// The parameters, in the order in which they were made: leaves that may change from run to run and are not
    /// differentiated.
    #[must_use]
    pub fn parameters(&self) -> &[NodeId] {
        &self.parameters
    }

    /// The list of leaves of that opcode; `None` where it is no leaf's.
    pub(crate) fn leaves_mut(&mut self, op: Op) -> Option<&mut Vec<NodeId>> {
        match op {
            Op::Input => Some(&mut self.inputs),
            Op::Parameter => Some(&mut self.parameters),
            _ => None,
        }
    }

    /// Whether a node does nothing but compute its value of its operands, so that it may be left out, merged with one
    /// like it, or moved. The one place that passes ask.
    pub(crate) fn is_pure(&self, node: NodeId) -> bool {
        self.arena.ops[node.index()] != Op::Foreign || self.calls.at(node).is_some_and(Callee::is_pure)
    }

    /// What was marked as output, in order: a node, or a constant where the output depends on no input.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = Source> + '_ {
        self.outputs.iter().map(|o| o.source())
    }

    /// The same tape with those of its outputs, by number, that are wanted.
    #[must_use]
    pub fn with_outputs(&self, wanted: impl Fn(usize) -> bool) -> Self {
        let mut tape = self.clone();
        let mut number = 0..;
        tape.outputs.retain(|_| number.next().is_some_and(&wanted));
        tape
    }

    /// The comparisons made while recording.
    #[must_use]
    pub fn guards(&self) -> &[Guard] {
        &self.guards
    }

    /// The plain values read while recording, in order.
    #[must_use]
    pub fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// The lines at which plain values were read of numbers through which derivatives flow, each once, in order: what was
    /// computed with these is missing from every gradient. A value that is read of a [detached](crate::Var::detach) number,
    /// of a rounding or an indicator takes none with it.
    ///
    /// ```
    /// use wengert::Recorder;
    ///
    /// let mut recorder = Recorder::new();
    /// recorder.record(|s| {
    ///     let x = s.input(2.0);
    ///     println!("x is {}", x.detach().value());
    ///     x * (x * x).value() // 4·x, whatever x is
    /// })?;
    /// assert_eq!((recorder.tape().reads().len(), recorder.tape().lossy_reads().len()), (2, 1));
    /// # Ok::<(), wengert::RecordError>(())
    /// ```
    #[must_use]
    pub fn lossy_reads(&self) -> Vec<SourceLine> {
        let mut lines: Vec<SourceLine> = Vec::new();
        let Some(last) = self.reads.iter().map(|read| read.node.index()).max() else { return lines };
        let varies = self.varying(last + 1);
        for Read { node, at, .. } in &self.reads {
            if varies[node.index()] && !lines.contains(at) {
                lines.push(at.clone());
            }
        }
        lines
    }

    /// Which of the first nodes have derivatives by an input that are not identically 0.
    fn varying(&self, nodes: usize) -> Vec<bool> {
        let mut varies = vec![false; nodes];
        for node in self.arena.nodes(0).take(nodes) {
            let kinds = node.op.info().kinds;
            // A call may depend on all its operands, and its results do so by way of it.
            let follows = |k: usize| kinds.get(k) != Some(&PartialKind::Zero) || node.op == Op::Result;
            let mut operands = node.operands.iter().enumerate().filter(|(_, operand)| !operand.is_constant());
            varies[node.id.index()] =
                node.op == Op::Input || operands.any(|(k, operand)| follows(k) && varies[operand.index()]);
        }
        varies
    }

    /// The operation of a node; `None` past the end.
    #[must_use]
    pub fn op(&self, node: NodeId) -> Option<Op> {
        self.arena.ops.get(node.index()).copied()
    }

    /// What a node calls; `None` where it is no call.
    #[must_use]
    pub fn callee(&self, node: NodeId) -> Option<&Callee> {
        self.calls.at(node)
    }

    /// What it calls: which node which operation.
    #[must_use]
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    /// A node, with its operation and operands; `None` past the end. Cost: at most 64 opcodes are read, after the first call.
    #[must_use]
    pub fn node(&self, node: NodeId) -> Option<Node<'_>> {
        self.arena.node(node)
    }

    /// The operands of a node, in order; `None` past the end.
    pub fn operands(&self, node: NodeId) -> Option<impl ExactSizeIterator<Item = Source> + '_> {
        Some(self.arena.node(node)?.operands.iter().map(|o| o.source()))
    }

    /// The nodes, in order of recording.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> {
        (0..self.len()).map(NodeId::new)
    }

    /// The nodes in order of recording, each with its operation and operands: all that a way to run the tape needs to know, with
    /// the [constants](Self::constants), the [inputs](Self::inputs) and [parameters](Self::parameters), the
    /// [outputs](Self::outputs), the [guards](Self::guards) and the [calls](Self::calls).
    ///
    /// ```
    /// use wengert::Recorder;
    ///
    /// let mut recorder = Recorder::new();
    /// recorder.record(|s| s.output(s.input(0.5).sin() * 2.0))?;
    /// let nodes: Vec<String> = recorder.tape().walk().map(|n| format!("{} {:?} {:?}", n.id, n.op, n.operands)).collect();
    /// assert_eq!(nodes, ["%0 Input []", "%1 Sin [%0]", "%2 Mul [%1, #1]"]);
    /// # Ok::<(), wengert::RecordError>(())
    /// ```
    pub fn walk(&self) -> impl Iterator<Item = Node<'_>> {
        self.arena.nodes(0)
    }

    /// [`walk`](Self::walk) from node `from` on. Cost: at most 64 opcodes are read first, after the first call.
    pub fn walk_from(&self, from: usize) -> impl Iterator<Item = Node<'_>> {
        self.arena.nodes(from)
    }

    /// The operations of all nodes.
    #[must_use]
    pub fn ops(&self) -> &[Op] {
        &self.arena.ops
    }

    /// The constants, by their place in the pool.
    #[must_use]
    pub fn constants(&self) -> &[f64] {
        &self.arena.constants
    }

    /// The data of all rows that read some, to be shared with what is made of the tape; nothing where there are none. Made once,
    /// when first asked for.
    #[must_use]
    pub fn data(&self) -> Option<Arc<Vec<f64>>> {
        self.arena.shared_data()
    }

    /// Where the data of a node of this tape begin in [`data`](Self::data).
    #[must_use]
    pub fn data_begin(&self, node: &Node<'_>) -> usize {
        self.arena.data_begin(node)
    }

    /// A constant; NaN where the pool has none of that place.
    #[must_use]
    pub fn constant(&self, constant: ConstId) -> f64 {
        self.arena.constants.get(constant.index()).copied().unwrap_or(f64::NAN)
    }

    /// The last name given to a node with [`Var::named`](crate::Var::named).
    #[must_use]
    pub fn name(&self, node: NodeId) -> Option<&str> {
        self.names.get(&node).map(|name| &**name)
    }

    /// The nodes that have a name, in order, with their names.
    pub fn names(&self) -> impl Iterator<Item = (NodeId, &str)> {
        self.names.iter().map(|(node, name)| (*node, &**name))
    }

    /// The source lines, one a node, where the recording asked for lines.
    #[must_use]
    pub fn lines(&self) -> Option<&[SourceLine]> {
        self.lines.as_deref()
    }

    /// The source line of a node, where the recording asked for lines.
    #[must_use]
    pub fn line(&self, node: NodeId) -> Option<&SourceLine> {
        self.lines.as_ref()?.get(node.index())
    }

    /// Bytes in use: opcodes, operands, constants and calls.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.arena.bytes() + self.calls.bytes()
    }

    /// Bytes of the lists beside: leaves, outputs, comparisons, reads, source lines. Names are left out.
    pub(crate) fn bytes_beside(&self) -> usize {
        let leaves = size_of::<NodeId>() * (self.inputs.len() + self.parameters.len());
        let lines = self.lines.as_ref().map_or(0, |lines| size_of_val(lines.as_slice()));
        leaves
            + lines
            + size_of_val(self.outputs.as_slice())
            + size_of_val(self.guards.as_slice())
            + size_of_val(self.reads.as_slice())
    }

    /// Bytes of memory that is held, in use or not. Names, whose memory goes with them, are left out.
    pub(crate) fn held(&self) -> usize {
        fn bytes<T>(list: &Vec<T>) -> usize {
            size_of::<T>() * list.capacity()
        }
        self.arena.held()
            + bytes(&self.inputs)
            + bytes(&self.parameters)
            + bytes(&self.outputs)
            + bytes(&self.guards)
            + bytes(&self.reads)
            + self.lines.as_ref().map_or(0, bytes)
    }

    pub(crate) fn clear(&mut self) {
        self.arena.clear();
        self.calls.clear();
        self.inputs.clear();
        self.parameters.clear();
        self.outputs.clear();
        self.guards.clear();
        self.reads.clear();
        self.names.clear();
        if let Some(lines) = &mut self.lines {
            lines.clear();
        }
    }
}

impl PartialEq for Tape {
    /// The same nodes, calls, constants (by bits), inputs, parameters, outputs, guards, reads, names and lines.
    fn eq(&self, other: &Self) -> bool {
        let same = |x: &Operand, y: &Operand| self.arena.same(*x, &other.arena, *y);
        self.arena == other.arena
            && self.calls == other.calls
            && self.inputs == other.inputs
            && self.parameters == other.parameters
            && self.outputs.len() == other.outputs.len()
            && self.outputs.iter().zip(&other.outputs).all(|(x, y)| same(x, y))
            && self.guards.len() == other.guards.len()
            && self.guards.iter().zip(&other.guards).all(|(g, h)| {
                g.test == h.test
                    && g.position == h.position
                    && g.at == h.at
                    && same(&g.left, &h.left)
                    && same(&g.right, &h.right)
            })
            && self.reads == other.reads
            && self.lines == other.lines
            && self.names == other.names
    }
}
