//! A plan with the places of what goes in and comes out: inputs, parameters, outputs and guards by slot.

use wengert_ops::Real;
use wengert_tape::call::{CallError, Diverged};
use wengert_tape::{Guard, NodeId, RunError, Source, Tape};

use super::guards::{Checks, diverged};
use crate::run::{Owner, ProgramId, RunState, SlotUse};
use crate::sweep::{Adjoint, Plan, Stopped, Tier};

#[derive(Debug)]
pub(super) struct Layout {
    pub(super) plan: Plan,
    pub(super) slots: SlotUse,
    inputs: Vec<u32>,
    /// Whether input `k` has slot `k`.
    leading: bool,
    parameters: Vec<u32>,
    pub(super) outputs: Vec<u32>,
    /// The slots of the outputs' adjoints.
    pub(super) seeds: Vec<u32>,
    /// The slots of the inputs' adjoints, where these are others than the inputs' own.
    slopes: Option<Vec<u32>>,
    /// The operands of guards.
    pub(super) guards: Vec<[u32; 2]>,
    checks: Checks,
}

impl Layout {
    /// Each node has a slot of its own: its number.
    pub(super) fn by_node(tape: &Tape) -> Self {
        Self::new(tape, Plan::by_node(tape), SlotUse::ByNode, |node| node, None)
    }

    /// The same, but that slots of adjoints are used again: only the inputs' are there at the end.
    pub(super) fn for_inputs(tape: &Tape) -> Self {
        let (plan, places) = Plan::for_inputs(tape);
        Self::new(tape, plan, SlotUse::ByNode, |node| node, Some(&places))
    }

    /// Slots of values are used again: only those of leaves, outputs and operands of guards are there at the end.
    pub(super) fn for_outputs(tape: &Tape) -> Self {
        let guarded = tape.guards().iter().flat_map(Guard::operands);
        let (plan, places) = Plan::for_outputs(tape, tape.outputs().chain(guarded));
        Self::new(tape, plan, SlotUse::Reused, |node| places[node as usize], None)
    }

    /// With the slots of values, and those of adjoints where they are others.
    fn new(
        tape: &Tape,
        plan: Plan,
        slots: SlotUse,
        place: impl Fn(u32) -> u32,
        adjoints: Option<&[u32]>,
    ) -> Self {
        let slot = |operand: Source| match operand {
            Source::Node(node) => place(node.index() as u32),
            Source::Constant(constant) => (plan.nodes() + constant.index()) as u32,
        };
        // Those of constants are past the end.
        let seed = |operand: Source| match (operand, adjoints) {
            (Source::Node(node), Some(places)) => places[node.index()],
            (Source::Constant(_), Some(_)) => u32::MAX,
            (_, None) => slot(operand),
        };
        let of_leaf = |node: &NodeId| place(node.index() as u32);
        let inputs: Vec<u32> = tape.inputs().iter().map(of_leaf).collect();
        let of_adjoints = |places: &[u32]| tape.inputs().iter().map(|node| places[node.index()]).collect();
        let guards: Vec<_> = tape.guards().iter().map(|guard| guard.operands().map(slot)).collect();
        Self {
            leading: inputs.iter().zip(0..).all(|(slot, k)| *slot == k),
            slopes: adjoints.map(of_adjoints).filter(|slopes| *slopes != inputs),
            seeds: tape.outputs().map(seed).collect(),
            parameters: tape.parameters().iter().map(of_leaf).collect(),
            outputs: tape.outputs().map(slot).collect(),
            checks: Checks::new(tape.guards(), &guards),
            inputs,
            guards,
            slots,
            plan,
        }
    }

    fn owner(&self, program: ProgramId) -> Owner {
        Owner { program, slots: self.slots, constants: self.plan.constants().len() }
    }

    /// Whether a run is one of this layout of a program.
    pub(super) fn owns<T>(&self, run: &RunState<T>, program: ProgramId) -> bool {
        run.owner == Some(self.owner(program))
    }

    /// Makes it one: room for its values, constants in place, and the parameters that the run had of this program before, or
    /// else those given.
    pub(super) fn claim<T: Real>(&self, run: &mut RunState<T>, program: ProgramId, parameters: &[f64]) {
        if run.program() != Some(program) {
            run.parameters.clear();
            run.parameters.extend(parameters.iter().map(|p| T::lit(*p)));
        }
        run.begin();
        run.numbers.saved.clear();
        let values = &mut run.numbers.values;
        values.clear();
        values.resize(self.plan.nodes(), T::lit(0.0));
        values.extend(self.plan.constants().iter().map(|c| T::lit(*c)));
        run.owner = Some(self.owner(program));
        self.set_parameters(run);
    }

    /// Puts the run's parameters where they are read.
    pub(super) fn set_parameters<T: Real>(&self, run: &mut RunState<T>) {
        for (slot, value) in self.parameters.iter().zip(&run.parameters) {
            run.numbers.values[*slot as usize] = *value;
        }
    }

    /// Puts the inputs where they are read.
    pub(super) fn set_inputs<T: Real>(&self, run: &mut RunState<T>, x: &[T]) {
        if self.leading {
            run.numbers.values[..x.len()].copy_from_slice(x);
        } else {
            for (slot, value) in self.inputs.iter().zip(x) {
                run.numbers.values[*slot as usize] = *value;
            }
        }
    }

    /// Whether each guard of the tape has its outcome.
    #[inline(always)]
    pub(super) fn check<T: Real>(&self, tape: &Tape, run: &RunState<T>) -> Result<(), Box<Diverged>> {
        // Asked here, so that a call of a few nodes pays for no call more.
        if tape.guards().is_empty() { Ok(()) } else { self.check_guards(tape, &run.numbers.values) }
    }

    #[inline(never)]
    fn check_guards<T: Real>(&self, tape: &Tape, values: &[T]) -> Result<(), Box<Diverged>> {
        if self.checks.hold(values, tape.guards(), &self.guards) {
            return Ok(());
        }
        Err(Box::new(diverged(&|slot| values[slot as usize].primal(), tape, &self.guards)))
    }

    /// Why a run that a call has stopped has no result: a comparison before it that came out otherwise, so that nobody would
    /// have called, or else the call's own error.
    #[cold]
    pub(super) fn stopped<T: Real>(&self, tape: &Tape, run: &RunState<T>, stopped: Stopped) -> RunError {
        let values = &run.numbers.values;
        let primal: &dyn Fn(u32) -> f64 = &|slot| values[slot as usize].primal();
        self.stopped_at(tape, primal, stopped)
    }

    #[cold]
    #[inline(never)]
    fn stopped_at(&self, tape: &Tape, primal: &dyn Fn(u32) -> f64, stopped: Stopped) -> RunError {
        let before = tape.guards().partition_point(|guard| guard.position <= stopped.node);
        let (guards, slots) = (&tape.guards()[..before], &self.guards[..before]);
        let holds = |(guard, slots): (&Guard, &[u32; 2])| {
            let [a, b] = slots.map(primal);
            guard.test.holds(a, b)
        };
        if guards.iter().zip(slots).all(holds) {
            stopped.why.into()
        } else {
            RunError::Diverged(Box::new(diverged(primal, tape, slots)))
        }
    }

    /// The adjoints of the inputs.
    pub(super) fn of_inputs<'a, G: Copy>(
        &'a self,
        adjoints: &'a [G],
    ) -> impl ExactSizeIterator<Item = G> + 'a {
        self.places_of_inputs().iter().map(|slot| adjoints[*slot as usize])
    }

    /// Where the adjoints of the inputs stand.
    pub(super) fn places_of_inputs(&self) -> &[u32] {
        self.slopes.as_ref().unwrap_or(&self.inputs)
    }

    /// Writes the adjoints of the inputs.
    pub(super) fn gradient<G: Copy>(&self, adjoints: &[G], gradient: &mut [G]) {
        if self.leading && self.slopes.is_none() {
            gradient.copy_from_slice(&adjoints[..gradient.len()]);
        } else {
            for (slot, g) in gradient.iter_mut().zip(self.of_inputs(adjoints)) {
                *slot = g;
            }
        }
    }

    /// Sweeps in reverse from weights of the outputs: fills the adjoints.
    pub(super) fn reverse<T: Real, G: Adjoint<T>>(
        &self,
        run: &mut RunState<T>,
        weights: &[G],
        adjoints: &mut Vec<G>,
    ) -> Result<(), CallError> {
        let mut sweep = |careful: bool| {
            adjoints.clear();
            adjoints.resize(self.plan.adjoints(), G::nothing());
            for (slot, weight) in self.seeds.iter().zip(weights) {
                if let Some(adjoint) = adjoints.get_mut(*slot as usize) {
                    *adjoint = adjoint.accumulate(*weight);
                }
            }
            self.plan.reverse(&mut run.numbers, adjoints, careful)
        };
        if !sweep(false)? {
            sweep(true)?;
        }
        Ok(())
    }
}
