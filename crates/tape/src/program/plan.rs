//! How a program is run: the tape's nodes in *runs* of one operation, operands as slots.
//!
//! Values stand in slots: first one for each node, then one for each constant, so that reading an operand asks
//! nothing. A run is what the sweeps branch on: consecutive nodes of one operation whose operands are constants at the
//! same places. Where the operands of a run follow one another too, the compiler can take several nodes at a time.
//!
//! Invariants, which the sweeps rely on (established by [`Plan::new`] from a tape that meets the arena's):
//! runs cover all nodes but the leaves, in order; every slot of a run's operands is below the run's node that reads it,
//! or a constant's; `slots` and `saved` hold what the runs ask for.

use wengert_ops::{Info, Op, PartialKind, Rule, Variadic, Visitor};

use crate::tape::Tape;

/// Consecutive nodes of one operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) op: Op,
    /// How the operands of a row of one or two stand.
    pub(crate) shape: Shape,
    /// Nodes; of a variadic row always one.
    pub(crate) nodes: u32,
    /// Operands of a node.
    pub(crate) arity: u32,
    /// The first node.
    pub(crate) first: u32,
    /// Where the operands begin in `slots`.
    pub(crate) slots: usize,
    /// Where the partials begin among those saved.
    pub(crate) saved: usize,
}

/// How the operands of a run stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Whether the first, and the second, of each node is a constant.
    pub(crate) constant: [bool; 2],
    /// Whether each operand is the same for all nodes or follows that of the node before, and none is a node of the run.
    /// Of a variadic row: whether the operands (of two halves, those of each) follow one another.
    pub(crate) steps: Option<[Step; 2]>,
}

/// How one operand of a run moves from node to node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Always the same slot.
    Same,
    /// The next slot.
    Next,
}

/// A tape made ready to be run.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) runs: Vec<Run>,
    /// Operands by slot, run by run and node by node.
    pub(crate) slots: Vec<u32>,
    pub(crate) constants: Vec<f64>,
    pub(crate) nodes: usize,
    /// How many partials a run of it saves.
    pub(crate) saved: usize,
}

/// How many partials a node of that row saves.
pub(crate) const fn saved<R: Rule<A>, const A: usize>() -> usize {
    let mut count = 0;
    let mut k = 0;
    while k < A {
        if matches!(R::KINDS[k], PartialKind::Saved) {
            count += 1;
        }
        k += 1;
    }
    count
}

/// Partials that a node of an operation saves; `None` of a foreign one.
struct Saved;
impl Visitor for Saved {
    type Output = Option<usize>;
    fn input(self) -> Self::Output {
        Some(0)
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
        Some(saved::<R, A>())
    }
    fn variadic<R: Variadic>(self) -> Self::Output {
        Some(0)
    }
    fn foreign(self) -> Self::Output {
        None
    }
}

impl Plan {
    /// Slots in all: nodes, then constants.
    pub(crate) fn len(&self) -> usize {
        self.nodes + self.constants.len()
    }

    /// The plan of a tape without foreign nodes.
    pub(crate) fn new(tape: &Tape) -> Self {
        let nodes = tape.len();
        let mut plan = Self { constants: tape.arena.constants.clone(), nodes, ..Self::default() };
        let mut last: Option<(Op, [bool; 2])> = None;
        for node in tape.arena.nodes(0) {
            let info: &Info = node.op.info();
            if info.arity == Some(0) {
                last = None;
                continue;
            }
            let begin = plan.slots.len();
            plan.slots.extend(
                node.operands
                    .iter()
                    .map(|o| (if o.is_constant() { nodes + o.index() } else { o.index() }) as u32),
            );
            let mut constant = [false; 2];
            if info.arity.is_some_and(|arity| arity <= 2) {
                for (constant, operand) in constant.iter_mut().zip(node.operands) {
                    *constant = operand.is_constant();
                }
            }
            let key = (node.op, constant);
            if last == Some(key)
                && info.arity.is_some()
                && let Some(run) = plan.runs.last_mut()
            {
                run.nodes += 1;
            } else {
                plan.runs.push(Run {
                    op: node.op,
                    shape: Shape { constant, steps: None },
                    nodes: 1,
                    arity: node.operands.len() as u32,
                    first: node.id.index() as u32,
                    slots: begin,
                    saved: plan.saved,
                });
            }
            last = Some(key);
            plan.saved += node.op.visit(Saved).unwrap_or(0);
        }
        for run in &mut plan.runs {
            run.shape.steps = run.steps(&plan.slots, nodes);
        }
        plan
    }
}

impl Run {
    /// The operands of a variadic row of two halves; of another, all and none.
    pub(crate) fn halves<'a>(&self, slots: &'a [u32]) -> (&'a [u32], &'a [u32]) {
        slots.split_at(if self.op.info().halves { slots.len() / 2 } else { slots.len() })
    }

    /// How the operands step, where that is worth a loop of its own.
    fn steps(&self, slots: &[u32], nodes: usize) -> Option<[Step; 2]> {
        const LONG: u32 = 8;
        let arity = self.arity as usize;
        if self.op.info().arity.is_none() {
            let (a, b) = self.halves(&slots[self.slots..][..arity]);
            // Constants stand right behind the nodes.
            let constant = |slot: u32| slot as usize >= nodes;
            let follow = |slots: &[u32]| {
                slots.windows(2).all(|pair| pair[0] + 1 == pair[1] && constant(pair[0]) == constant(pair[1]))
            };
            return (follow(a) && follow(b)).then_some([Step::Next; 2]);
        }
        if arity > 2 || self.nodes < LONG {
            return None;
        }
        let slots = &slots[self.slots..][..arity * self.nodes as usize];
        let mut steps = [Step::Same; 2];
        for k in 0..arity {
            let column = || slots.iter().skip(k).step_by(arity).copied();
            let first = slots[k];
            if column().all(|slot| slot == first) {
                steps[k] = Step::Same;
            } else if column().zip(first..).all(|(slot, expected)| slot == expected) {
                steps[k] = Step::Next;
            } else {
                return None;
            }
            // Nodes of the run itself must be computed one after the other.
            let own = self.first..self.first + self.nodes;
            if column().any(|slot| own.contains(&slot)) {
                return None;
            }
        }
        Some(steps)
    }
}
