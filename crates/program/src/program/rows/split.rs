//! What a program computes of shared inputs alone, and what varies from row to row: one tape is made two.
//!
//! The *uniform* tape goes from the shared inputs to the *boundary*, the numbers that the other reads of it; the *varying* one
//! from the boundary and the inputs of a row to the outputs. Values are the same bit for bit, and each comparison is in the one
//! that knows its operands.

use wengert_ops::Op;
use wengert_tape::{Assembly, ConstId, Node, NodeId, Operand, Source, Tape, VerifyError};

/// A tape in two.
pub(super) struct Split {
    /// From the shared inputs to the boundary.
    pub(super) uniform: Tape,
    /// From the boundary, then the inputs of a row, to the outputs.
    pub(super) varying: Tape,
    /// How many numbers the boundary has.
    pub(super) boundary: usize,
}

/// A tape in the making, and where nodes and constants of the old one stand in it.
struct Side {
    tape: Assembly,
    nodes: Vec<Option<Operand>>,
    constants: Vec<Option<Operand>>,
    lines: Option<Vec<wengert_tape::SourceLine>>,
    len: usize,
}

impl Side {
    fn new(old: &Tape) -> Self {
        Self {
            tape: Assembly::new(),
            nodes: vec![None; old.len()],
            constants: vec![None; old.constants().len()],
            lines: old.lines().map(|_| Vec::new()),
            len: 0,
        }
    }

    fn constant(&mut self, old: &Tape, constant: ConstId) -> Operand {
        let Self { tape, constants, .. } = self;
        match constants.get_mut(constant.index()) {
            Some(place) => *place.get_or_insert_with(|| tape.constant(old.constant(constant))),
            None => tape.constant(f64::NAN),
        }
    }

    fn push(
        &mut self,
        old: &Tape,
        op: Op,
        operands: &[Operand],
        data: &[f64],
        like: NodeId,
    ) -> Result<Operand, VerifyError> {
        if let (Some(lines), Some(line)) = (&mut self.lines, old.line(like)) {
            lines.push(line.clone());
        }
        self.len += 1;
        self.tape.push_with_data(op, operands, data)
    }

    fn finish(self) -> Result<Tape, VerifyError> {
        let Self { mut tape, lines, .. } = self;
        if let Some(lines) = lines {
            tape.lines(lines);
        }
        tape.finish()
    }
}

struct Splitter<'a> {
    old: &'a Tape,
    varies: Vec<bool>,
    uniform: Side,
    varying: Side,
}

impl Splitter<'_> {
    fn is_varying(&self, operand: Source) -> bool {
        matches!(operand, Source::Node(node) if self.varies[node.index()])
    }

    /// An operand where a node reads it.
    fn place(&mut self, operand: Source, varies: bool) -> Operand {
        let side = if varies { &mut self.varying } else { &mut self.uniform };
        match operand {
            Source::Constant(constant) => side.constant(self.old, constant),
            Source::Node(node) => side.nodes[node.index()].unwrap_or(Operand::of_node(0)),
        }
    }

    fn node(&mut self, node: &Node<'_>) -> Result<(), VerifyError> {
        let varies = self.varies[node.id.index()];
        let operands: Vec<Operand> =
            node.operands.iter().map(|operand| self.place(operand.source(), varies)).collect();
        let old = self.old;
        let side = if varies { &mut self.varying } else { &mut self.uniform };
        let place = side.push(old, node.op, &operands, node.data, node.id)?;
        if let Some(callee) = old.callee(node.id) {
            side.tape.calls(callee)?;
        }
        side.nodes[node.id.index()] = Some(place);
        Ok(())
    }
}

/// Which nodes vary, given which inputs do; and which uniform ones are read by those that vary, by guards of these, or as
/// outputs, but the last of these, which are the uniform tape's own.
fn boundary_of(tape: &Tape, varies: &[bool], beside: usize) -> Vec<NodeId> {
    let mut read = vec![false; tape.len()];
    let mut reads = |operand: Source| {
        if let Source::Node(node) = operand
            && !varies[node.index()]
        {
            read[node.index()] = true;
        }
    };
    for node in tape.walk().filter(|node| varies[node.id.index()]) {
        node.operands.iter().for_each(|operand| reads(operand.source()));
    }
    let of_rows = |operand: &Source| matches!(operand, Source::Node(node) if varies[node.index()]);
    for guard in tape.guards().iter().filter(|guard| guard.operands().iter().any(of_rows)) {
        guard.operands().into_iter().for_each(&mut reads);
    }
    tape.outputs().take(tape.outputs().len() - beside).for_each(&mut reads);
    tape.nodes().filter(|node| read[node.index()]).collect()
}

/// Splits a tape, of which these inputs are shared. So many of its last outputs are uniform, and given by the uniform tape behind
/// the boundary.
pub(super) fn split(old: &Tape, shared: &[bool], beside: usize) -> Result<Split, VerifyError> {
    let mut varies = vec![false; old.len()];
    for (node, shared) in old.inputs().iter().zip(shared) {
        varies[node.index()] = !shared;
    }
    for node in old.walk() {
        let any =
            node.operands.iter().any(|o| matches!(o.source(), Source::Node(node) if varies[node.index()]));
        varies[node.id.index()] |= any;
    }
    let boundary = boundary_of(old, &varies, beside);
    let (uniform, varying) = (Side::new(old), Side::new(old));
    let mut splitter = Splitter { old, varies, uniform, varying };
    for node in &boundary {
        let place = splitter.varying.push(old, Op::Input, &[], &[], *node)?;
        splitter.varying.nodes[node.index()] = Some(place);
    }
    // Inputs first, so that they are in order whatever is read of them when.
    for node in old.inputs() {
        let varies = splitter.varies[node.index()];
        let side = if varies { &mut splitter.varying } else { &mut splitter.uniform };
        let place = side.push(old, Op::Input, &[], &[], *node)?;
        side.nodes[node.index()] = Some(place);
    }
    let mut guards = old.guards().iter().peekable();
    let mut guard_until = |splitter: &mut Splitter<'_>, position: usize| {
        while let Some(guard) = guards.next_if(|guard| guard.position <= position) {
            let varies = guard.operands().iter().any(|operand| splitter.is_varying(*operand));
            let operands = guard.operands().map(|operand| splitter.place(operand, varies));
            let side = if varies { &mut splitter.varying } else { &mut splitter.uniform };
            side.tape.guard(guard.test, operands, side.len, guard.at.clone());
        }
    };
    for node in old.walk() {
        guard_until(&mut splitter, node.id.index());
        if node.op != Op::Input {
            splitter.node(&node)?;
        }
    }
    guard_until(&mut splitter, usize::MAX);
    let given = old.outputs().len() - beside;
    for output in old.outputs().take(given) {
        let place = splitter.place(output, true);
        splitter.varying.tape.output(place);
    }
    let of_boundary = boundary.iter().map(|node| Source::Node(*node));
    for output in of_boundary.chain(old.outputs().skip(given)) {
        let place = splitter.place(output, false);
        splitter.uniform.tape.output(place);
    }
    Ok(Split {
        uniform: splitter.uniform.finish()?,
        varying: splitter.varying.finish()?,
        boundary: boundary.len(),
    })
}
