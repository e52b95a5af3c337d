//! How a program is run: the tape's nodes in *runs*, operands as slots.
//!
//! Values stand in slots: first those of nodes, then one for each constant, so that reading an operand asks nothing. By
//! node ([`Plan::by_node`]) node `k` has slot `k`, for its value and its adjoint. Slots can be used again
//! ([`reuse`](super::reuse)): those of adjoints where only the inputs' are wanted ([`Plan::for_inputs`]), as an adjoint is
//! needed from the last node that reads the node down to the node itself; those of values where only outputs are wanted
//! ([`Plan::for_outputs`]).
//!
//! A run is what the sweeps branch on, at most [`LONGEST`] nodes that stand one after another:
//!
//! * *in step*: one operation, and each operand is one slot or follows that of the node before: no slots are read, and the
//!   compiler can take several nodes at a time;
//! * *listed*: one operation, operands constants at the same places;
//! * *mixed*: operations of fixed arity in any order, where none repeats for long;
//! * a variadic node is a run of its own; so is a call with its results;
//! * *rows*: variadic nodes of one operation that read the same operands, and data that follow one another: the product of a
//!   matrix of data with a vector.
//!
//! Invariants, which the sweeps rely on (established here from a tape that meets the arena's): runs cover all nodes
//! but the leaves, in order; the nodes of a run have slots that follow one another; every slot of an operand is a
//! constant's, or that of an earlier node, which still holds its value; no operand of a run in step is a node of the
//! run, nor in a slot of one; `slots`, `ops`, `steps`, `saved` and `data` hold what the runs ask for. The same is
//! true of the slots of adjoints, from the last run to the first, but that constants have none.

use std::sync::Arc;

use wengert_ops::{Class, Op, PartialKind, Rule, Variadic, Visitor};
use wengert_tape::call::Calls;
use wengert_tape::{Operand, Source, Tape};

use super::groups::{Group, constants, groups};
use super::reuse::SlotByNode;
use super::step::NodeStep;

/// From so many nodes on, those in step are.
const IN_STEP: usize = 8;

/// Consecutive nodes that are swept together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// The operation of all nodes; of a mixed run, that of the first.
    pub(crate) op: Op,
    pub(crate) form: Form,
    /// What the reverse sweep does with each node; of a mixed run, with the first.
    pub(crate) step: NodeStep,
    pub(crate) nodes: u32,
    /// Whether earlier nodes have some of the slots of its adjoints, and must find zeros there.
    pub(crate) inherited: bool,
    /// Operands of a node.
    pub(crate) arity: u32,
    /// The first node.
    pub(crate) node: u32,
    /// The slot of the first node's value.
    pub(crate) first: u32,
    /// The slot of the first node's adjoint.
    pub(crate) own: u32,
    /// Where the operands begin in `slots`, unless they are in step.
    pub(crate) slots: usize,
    /// Where the partials begin among those saved.
    pub(crate) saved: usize,
    /// Where the data of the first node begin, if the row reads data: those of the others follow.
    pub(crate) data: u32,
}

/// How the operands of a run stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As listed, node by node, each of an operation of its own.
    Mixed,
    /// As listed, node by node.
    Listed,
    /// One or two operands, which move so from node to node.
    InStep([InStep; 2]),
    /// Variadic nodes whose operands, the same ones, follow one another; where they are two halves, those of each.
    Follow,
    /// A call, its number among the plan's, and its results.
    Call(u32),
}

/// How the nodes of a program are run, leaves left out. What is in step is fastest by far: a program that has little of it
/// may gain by being [optimized](crate::Program::optimized).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forms {
    /// Nodes of one operation, eight or more after one another, whose operands follow one another too; and the rows of a
    /// matrix of data, two or more.
    pub in_step: usize,
    /// Nodes of one operation after one another, whose operands are anywhere.
    pub listed: usize,
    /// Nodes of many operations, one by one.
    pub mixed: usize,
    /// Nodes of any number of operands, one by one.
    pub variadic: usize,
    /// Calls and their results.
    pub calls: usize,
    /// Runs in all: each is branched on once.
    pub runs: usize,
}

/// The operands at one place of the nodes of a run. They are not among those listed: reading where they begin from far away
/// took longer than the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InStep {
    pub(crate) stride: Stride,
    /// The first one's value.
    pub(crate) slot: u32,
    /// The first one's adjoint; a constant has none.
    pub(crate) target: u32,
}

/// How an operand moves from node to node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stride {
    /// Always the same slot.
    Same,
    /// The next slot.
    Next,
}

/// A tape made ready to be run.
#[derive(Debug, Default)]
pub struct Plan {
    pub(super) runs: Vec<Run>,
    /// Operands by the slots of their values, run by run and node by node, but for those in step.
    pub(super) slots: Vec<u32>,
    /// The same by the slots of their adjoints, where these are others.
    targets: Vec<u32>,
    /// By node.
    pub(super) ops: Vec<Op>,
    /// By node: what the reverse sweep does.
    pub(super) steps: Vec<NodeStep>,
    pub(super) constants: Vec<f64>,
    /// The data of the rows that read some, shared with other plans of the tape.
    data: Option<Arc<Vec<f64>>>,
    /// What is called, in order.
    pub(super) calls: Calls,
    /// By number of a call: whether no other calls the same.
    pub(super) alone: Vec<bool>,
    /// Slots of the nodes' values.
    pub(super) nodes: usize,
    /// Slots of adjoints.
    pub(super) adjoints: usize,
    /// Whether slots of adjoints are used again.
    pub(super) transient: bool,
    /// Then: how many of them, the first, are leaves'.
    pub(super) leaves: usize,
    /// How many partials a run of it saves.
    pub(super) saved: usize,
}

/// The kinds of all partials of a row of fixed arity; none of another.
pub(crate) struct Kinds;
impl Visitor for Kinds {
    type Output = &'static [PartialKind];
    fn input(self) -> Self::Output {
        &[]
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
        const { &R::KINDS }
    }
    fn variadic<R: Variadic>(self) -> Self::Output {
        &[]
    }
    fn foreign(self) -> Self::Output {
        &[]
    }
}

impl Plan {
    /// Slots of the nodes' values.
    pub(crate) fn nodes(&self) -> usize {
        self.nodes
    }

    /// Slots of adjoints.
    pub(crate) fn adjoints(&self) -> usize {
        self.adjoints
    }

    /// The constants, whose slots stand behind the nodes'.
    pub(crate) fn constants(&self) -> &[f64] {
        &self.constants
    }

    /// Slots in all: nodes, then constants.
    pub(crate) fn len(&self) -> usize {
        self.nodes + self.constants.len()
    }

    /// The plan of a tape in which each node has a slot of its own: its number.
    pub(crate) fn by_node(tape: &Tape) -> Self {
        let each = SlotByNode::each(tape);
        Self::new(tape, &groups(tape), &each, None)
    }

    /// The same, but that slots of adjoints are used again: also gives that of each node. Leaves keep theirs.
    pub(crate) fn for_inputs(tape: &Tape) -> (Self, Vec<u32>) {
        let groups = groups(tape);
        let places = SlotByNode::reused(tape, &groups, tape.outputs());
        (Self::new(tape, &groups, &SlotByNode::each(tape), Some(&places)), places.of)
    }

    /// The plan in which slots of values are used again: also gives that of each node. Leaves and `kept` keep theirs to the
    /// end. There are no adjoints.
    pub(crate) fn for_outputs(tape: &Tape, kept: impl Iterator<Item = Source>) -> (Self, Vec<u32>) {
        let groups = groups(tape);
        let places = SlotByNode::reused(tape, &groups, kept);
        (Self::new(tape, &groups, &places, None), places.of)
    }

    /// The data of the rows that read some.
    pub(crate) fn data(&self) -> &[f64] {
        self.data.as_deref().map_or(&[], Vec::as_slice)
    }

    /// Operands by the slots of their adjoints; those of constants are past the end.
    pub(crate) fn targets(&self) -> &[u32] {
        if self.transient { &self.targets } else { &self.slots }
    }

    /// Nodes by the form of their runs.
    pub(crate) fn forms(&self) -> Forms {
        let mut forms = Forms { runs: self.runs.len(), ..Forms::default() };
        for run in &self.runs {
            *match run.form {
                Form::Call(_) => &mut forms.calls,
                Form::Follow if run.nodes > 1 => &mut forms.in_step,
                _ if run.op.info().arity.is_none() && run.nodes == 1 => &mut forms.variadic,
                Form::InStep(_) => &mut forms.in_step,
                Form::Mixed => &mut forms.mixed,
                Form::Listed | Form::Follow => &mut forms.listed,
            } += run.nodes as usize;
        }
        forms
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.runs.as_slice())
            + size_of_val(self.slots.as_slice())
            + size_of_val(self.targets.as_slice())
            + size_of_val(self.ops.as_slice())
            + size_of_val(self.steps.as_slice())
            + size_of_val(self.constants.as_slice())
    }

    /// The plan with these slots of values and, where they are others, of adjoints.
    fn new(tape: &Tape, groups: &[Group], values: &SlotByNode, adjoints: Option<&SlotByNode>) -> Self {
        let nodes = values.slots;
        let mut plan = Self::without_runs(tape, values, adjoints);
        let slot = |operand: &Operand| match operand.source() {
            Source::Node(node) => values.of[node.index()],
            Source::Constant(constant) => (nodes + constant.index()) as u32,
        };
        let target = |operand: &Operand| match (operand.source(), adjoints) {
            (Source::Node(node), Some(places)) => places.of[node.index()],
            (Source::Constant(_), Some(_)) => u32::MAX,
            (_, None) => slot(operand),
        };
        let mut next = tape.walk();
        let mut passed = 0;
        let (mut slots, mut targets) = (Vec::new(), Vec::new());
        let mut calls = 0;
        for (g, group) in groups.iter().enumerate() {
            let (node, count) = (group.node as usize, group.nodes as usize);
            let saved = plan.saved;
            let (mut arity, mut saves, mut constant) = (0, 0, [false; 2]);
            let mut data = None;
            slots.clear();
            targets.clear();
            // Leaves stand between.
            for (k, member) in next.by_ref().skip(node - passed).take(count).enumerate() {
                if member.op == Op::Result {
                    continue;
                }
                if data.is_none() {
                    slots.extend(member.operands.iter().map(slot));
                    targets.extend(member.operands.iter().map(target));
                }
                if member.op.info().data {
                    // The others read the same operands, and the data behind.
                    data.get_or_insert(tape.data_begin(&member) as u32);
                }
                constant = constants(&member);
                let step = NodeStep::of(member.op.visit(Kinds), constant);
                plan.steps[node + k] = step;
                (arity, saves) = (member.operands.len(), step.saved());
                plan.saved += saves;
            }
            passed = node + count;
            let whole = Run {
                op: plan.ops[node],
                form: if group.mixed { Form::Mixed } else { Form::Listed },
                step: plan.steps[node],
                nodes: group.nodes,
                inherited: adjoints.is_some_and(|places| places.inherited[g]),
                arity: arity as u32,
                node: group.node,
                first: values.of[node],
                own: adjoints.unwrap_or(values).of[node],
                slots: plan.slots.len(),
                saved,
                data: data.unwrap_or(0),
            };
            let operands = OperandSlots { arity, constant, slots: &slots, targets: &targets };
            if whole.op == Op::Foreign {
                plan.push(Run { form: Form::Call(calls), ..whole }, &operands);
                calls += 1;
            } else if group.mixed {
                plan.push(whole, &operands);
            } else if whole.op.info().arity.is_none() {
                let form = whole.variadic(&operands, nodes);
                plan.push(Run { form, ..whole }, &operands);
            } else {
                plan.split(&whole, saves, &operands);
            }
        }
        plan
    }

    fn without_runs(tape: &Tape, values: &SlotByNode, adjoints: Option<&SlotByNode>) -> Self {
        Self {
            ops: tape.ops().to_vec(),
            steps: vec![NodeStep::default(); tape.len()],
            constants: tape.constants().to_vec(),
            data: tape.data(),
            calls: tape.calls().clone(),
            alone: tape.calls().alone(),
            nodes: values.slots,
            adjoints: adjoints.unwrap_or(values).slots,
            transient: adjoints.is_some(),
            leaves: adjoints.map_or(0, |places| places.leaves),
            ..Self::default()
        }
    }

    /// Appends a run; its operands, unless they are in step.
    fn push(&mut self, run: Run, operands: &OperandSlots<'_>) {
        self.runs.push(Run { slots: self.slots.len(), ..run });
        if !matches!(run.form, Form::InStep(_)) {
            self.slots.extend_from_slice(operands.slots);
            if self.transient {
                self.targets.extend_from_slice(operands.targets);
            }
        }
    }

    /// Appends nodes of one operation, which save so many partials each: those in step, and the others.
    fn split(&mut self, whole: &Run, saves: usize, operands: &OperandSlots<'_>) {
        let nodes = whole.nodes as usize;
        let (mut listed, mut at) = (0, 0);
        let part = |from: usize, to: usize, form: Form| Run {
            form,
            nodes: (to - from) as u32,
            node: whole.node + from as u32,
            first: whole.first + from as u32,
            own: whole.own + from as u32,
            saved: whole.saved + from * saves,
            ..*whole
        };
        while whole.step.class() != Class::General && at + IN_STEP <= nodes {
            let (to, in_step) = operands.in_step(whole, at);
            if to - at < IN_STEP {
                // The last of them may be the first of others.
                at = (at + 1).max(to - 1);
                continue;
            }
            if listed < at {
                self.push(part(listed, at, Form::Listed), &operands.of(listed, at));
            }
            self.push(part(at, to, Form::InStep(in_step)), operands);
            (listed, at) = (to, to);
        }
        if listed < nodes {
            self.push(part(listed, nodes, Form::Listed), &operands.of(listed, nodes));
        }
    }
}

impl Run {
    /// The operands of a variadic row of two halves; of another, all and none.
    pub(crate) fn halves<'a>(&self, slots: &'a [u32]) -> (&'a [u32], &'a [u32]) {
        slots.split_at(if self.op.info().halves { slots.len() / 2 } else { slots.len() })
    }

    /// The form of a variadic node with these operands.
    fn variadic(&self, operands: &OperandSlots<'_>, nodes: usize) -> Form {
        // Constants stand right behind the nodes, and have no targets.
        let constant = |slot: u32| slot as usize >= nodes;
        let follow = |slots: &[u32], targets: &[u32]| {
            let constants = slots.first().is_some_and(|slot| constant(*slot));
            slots.windows(2).all(|pair| pair[0] + 1 == pair[1] && constant(pair[1]) == constants)
                && (constants || targets.windows(2).all(|pair| pair[0] + 1 == pair[1]))
        };
        let ((a, b), (c, d)) = (self.halves(operands.slots), self.halves(operands.targets));
        if follow(a, c) && follow(b, d) { Form::Follow } else { Form::Listed }
    }
}

/// The operands of some nodes, by the slots of their values and of their adjoints.
struct OperandSlots<'a> {
    arity: usize,
    /// Which of the first two of each node are constants.
    constant: [bool; 2],
    slots: &'a [u32],
    targets: &'a [u32],
}

impl OperandSlots<'_> {
    /// Those of nodes `from..to`.
    fn of(&self, from: usize, to: usize) -> Self {
        let all = from * self.arity..to * self.arity;
        Self { slots: &self.slots[all.clone()], targets: &self.targets[all], ..*self }
    }

    /// How far the nodes of a run from `at` on, of one or two operands each, are in step, and how.
    fn in_step(&self, run: &Run, at: usize) -> (usize, [InStep; 2]) {
        let (arity, mut to) = (self.arity, run.nodes as usize);
        let mut found = [InStep { stride: Stride::Same, slot: 0, target: 0 }; 2];
        for (j, found) in found.iter_mut().enumerate().take(arity) {
            let slot = |k: usize| self.slots[k * arity + j];
            let target = |k: usize| self.targets[k * arity + j];
            let step = slot(at + 1).wrapping_sub(slot(at));
            if step > 1 {
                to = at + 1;
                break;
            }
            let stride = if step == 1 { Stride::Next } else { Stride::Same };
            *found = InStep { stride, slot: slot(at), target: target(at) };
            // A constant's adjoint is not asked for. Operands must not be nodes of the run, which are computed one after the
            // other.
            let own = run.first + at as u32..run.first + run.nodes;
            let regular = |k: &usize| {
                let moved = step * (*k - at) as u32;
                slot(*k) == found.slot + moved
                    && !own.contains(&slot(*k))
                    && (self.constant[j] || target(*k) == found.target + moved)
            };
            to = (at..to).find(|k| !regular(k)).unwrap_or(to);
        }
        // All from one slot are one node, but for what a pass has left.
        let moves = found[..arity].iter().any(|operand| operand.stride == Stride::Next);
        (if moves { to.max(at + 1) } else { at + 1 }, found)
    }
}
