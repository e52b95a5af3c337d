//! What a program is made of, and how it is run at one number type. Immutable and shared; the state is a [`RunState`].
//!
//! What users ask of it is in `handle.rs`, and in `drive/`.

use std::iter;
use std::sync::OnceLock;

use wengert_ops::Real;
use wengert_tape::call::Cost;
use wengert_tape::{Guard, RunError, Tape};

use super::beside::KeptBeside;
use super::cost;
use super::handle::Program;
use super::layout::Layout;
use super::patterns::Patterns;
use super::stages::Stage;
use crate::error::{ProgramError, length};
use crate::run::{ProgramId, RunState, SlotUse};
use crate::sweep::{Adjoint, Forms};

/// What all clones of a program share.
#[derive(Debug)]
pub struct Body {
    /// Tells the state of other programs apart.
    pub(super) number: ProgramId,
    pub(super) tape: Tape,
    /// How it is run, each made when it is first asked for: for all values and adjoints, for the adjoints of inputs alone,
    /// for outputs alone.
    by_node: OnceLock<Layout>,
    for_inputs: OnceLock<Layout>,
    for_outputs: OnceLock<Layout>,
    /// The program of its adjoints, for those that call it.
    vjp: OnceLock<Program>,
    /// Where its derivatives can differ from 0, for those that call it.
    patterns: OnceLock<Patterns>,
    /// What passes over it cost.
    cost: OnceLock<Cost>,
    /// What is kept with it beside: the code of lines, by what they are, and that of maps.
    beside: OnceLock<Box<[KeptBeside; 4]>>,
    /// The leaves' values when it was recorded: inputs, then parameters.
    pub(super) point: Vec<f64>,
    pub(super) parameters: Vec<f64>,
    /// The outputs' values there, where they are known and numbers.
    pub(super) results: Option<Vec<f64>>,
}

impl Body {
    /// Of a tape with the values of its leaves, and the results there where they are known.
    pub(super) fn new(
        number: ProgramId,
        tape: Tape,
        point: Vec<f64>,
        parameters: Vec<f64>,
        results: Option<Vec<f64>>,
    ) -> Self {
        let (by_node, for_inputs, for_outputs) = Default::default();
        let (vjp, patterns, cost, beside) = Default::default();
        Self {
            number,
            tape,
            by_node,
            for_inputs,
            for_outputs,
            vjp,
            patterns,
            cost,
            beside,
            point,
            parameters,
            results,
        }
    }

    pub(crate) fn tape(&self) -> &Tape {
        &self.tape
    }

    pub(crate) fn inputs(&self) -> usize {
        self.point.len()
    }

    pub(crate) fn parameters(&self) -> usize {
        self.parameters.len()
    }

    pub(crate) fn outputs(&self) -> usize {
        self.tape.outputs().len()
    }

    pub(crate) fn point(&self) -> &[f64] {
        &self.point
    }

    pub(crate) fn recorded_parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// How the nodes are run for a gradient.
    pub(super) fn forms(&self) -> Forms {
        self.for_inputs().plan.forms()
    }

    /// Bytes of the plans that were made.
    pub(super) fn bytes(&self) -> usize {
        let layouts = [&self.by_node, &self.for_inputs, &self.for_outputs];
        layouts.iter().filter_map(|layout| layout.get()).map(|layout| layout.plan.bytes()).sum()
    }

    /// What is kept with it beside, by a number of who keeps it.
    pub(crate) fn beside(&self, who: usize) -> &KeptBeside {
        &self.beside.get_or_init(Box::default)[who]
    }

    /// The outputs at which it was recorded, where they are known.
    pub(crate) fn results(&self) -> Option<&[f64]> {
        self.results.as_deref()
    }

    /// What tells it apart from all others.
    pub(crate) fn number(&self) -> ProgramId {
        self.number
    }

    /// Whether it is the same program.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.number == other.number
    }

    /// Whether a workspace holds a finished run of it.
    fn ran_in<T>(&self, run: &RunState<T>) -> bool {
        self.owns(run) && run.finished
    }

    /// Whether a workspace was last used for it.
    pub(crate) fn owns<T>(&self, run: &RunState<T>) -> bool {
        run.program() == Some(self.number)
    }

    /// [`Program::vjp_program`], optimized, made once for all.
    pub(crate) fn vjp_shared(&self) -> Result<Program, ProgramError> {
        if let Some(made) = self.vjp.get() {
            return Ok(made.clone());
        }
        // Where two threads are at it, the first one's is everybody's.
        let made = self.vjp_derived()?.optimized();
        Ok(self.vjp.get_or_init(|| made).clone())
    }

    /// What passes over it cost, counted once for all.
    pub(crate) fn cost(&self) -> &Cost {
        self.cost.get_or_init(|| cost::of(&self.tape))
    }

    /// Where its derivatives can differ from 0, found once for all.
    pub(crate) fn patterns(&self) -> &Patterns {
        self.patterns.get_or_init(|| Patterns::of(&self.tape))
    }

    /// The layout in which each node has slots of its own.
    pub(super) fn by_node(&self) -> &Layout {
        self.by_node.get_or_init(|| Layout::by_node(&self.tape))
    }

    /// The layout in which slots of adjoints are used again.
    fn for_inputs(&self) -> &Layout {
        self.for_inputs.get_or_init(|| Layout::for_inputs(&self.tape))
    }

    /// The layout in which slots of values are used again.
    fn for_outputs(&self) -> &Layout {
        self.for_outputs.get_or_init(|| Layout::for_outputs(&self.tape))
    }

    /// A layout with the workspace's values; any where they are not this program's.
    fn layout<T>(&self, run: &RunState<T>) -> &Layout {
        match run.owner.map(|owner| owner.slots) {
            Some(SlotUse::Reused) => self.for_outputs(),
            _ => self.by_node.get().unwrap_or_else(|| self.for_inputs()),
        }
    }

    /// [`set_parameters`](Self::set_parameters) of numbers that are made as they are asked for.
    pub(crate) fn set_parameters_of<T: Real>(
        &self,
        run: &mut RunState<T>,
        parameters: impl ExactSizeIterator<Item = T>,
    ) -> Result<(), RunError> {
        length("parameters", self.parameters(), parameters.len())?;
        let layout = self.layout(run);
        self.claim(layout, run)?;
        run.begin();
        for (slot, value) in run.parameters.iter_mut().zip(parameters) {
            *slot = value;
        }
        layout.set_parameters(run);
        Ok(())
    }

    /// [`run_for_outputs`](Self::run_for_outputs) at one number type.
    pub(crate) fn evaluate_in<T: Real>(&self, run: &mut RunState<T>, x: &[T]) -> Result<(), RunError> {
        self.run_for_call(run, x)?;
        self.outputs_are_known(run)
    }

    /// [`evaluate_in`](Self::evaluate_in) for those that take on what was lost in it.
    pub(crate) fn run_for_call<T: Real>(&self, run: &mut RunState<T>, x: &[T]) -> Result<(), RunError> {
        self.run_in::<T, false>(self.for_outputs(), run, x)
    }

    /// Where a call could not give a derivative and an output is made of it, the call's error.
    pub(super) fn outputs_are_known<T: Real>(&self, run: &mut RunState<T>) -> Result<(), RunError> {
        let slots = self.layout(run).outputs.iter();
        let known = run.numbers.calls.state().known(slots.map(|slot| run.numbers.values[*slot as usize]));
        run.finished = known.is_ok();
        Ok(known?)
    }

    /// Runs it from inputs in a layout; with `SAVE`, for a reverse sweep behind.
    pub(super) fn run_in<T: Real, const SAVE: bool>(
        &self,
        layout: &Layout,
        run: &mut RunState<T>,
        x: &[T],
    ) -> Result<(), RunError> {
        self.enter(layout, run, x)?;
        layout.stage::<T, SAVE>(run, Stage::Run(&self.tape))
    }

    /// [`forward`](Self::forward) for [`reverse_for_inputs`](Self::reverse_for_inputs).
    pub(crate) fn forward_for_inputs<T: Real>(&self, run: &mut RunState<T>, x: &[T]) -> Result<(), RunError> {
        self.run_in::<T, true>(self.for_inputs(), run, x)
    }

    /// [`forward`](Self::forward) where the guards are known to hold, or are recorded instead.
    pub(crate) fn forward_unguarded<T: Real>(&self, run: &mut RunState<T>, x: &[T]) -> Result<(), RunError> {
        let layout = self.by_node();
        self.enter(layout, run, x)?;
        layout.forward_unchecked::<T, true>(&self.tape, run)?;
        (run.finished, run.ready) = (true, true);
        Ok(())
    }

    /// Puts the inputs in place.
    fn enter<T: Real>(&self, layout: &Layout, run: &mut RunState<T>, x: &[T]) -> Result<(), RunError> {
        length("inputs", self.inputs(), x.len())?;
        self.claim(layout, run)?;
        run.begin();
        layout.set_inputs(run, x);
        Ok(())
    }

    /// Makes a run one of a layout of this program.
    fn claim<T: Real>(&self, layout: &Layout, run: &mut RunState<T>) -> Result<(), RunError> {
        if layout.owns(run, self.number) {
            return Ok(());
        }
        if const { T::AHEAD.is_some() } {
            return layout.stage::<T, false>(run, Stage::Claim(self.number, &self.parameters));
        }
        layout.claim(run, self.number, &self.parameters);
        Ok(())
    }

    /// [`output`](Self::output) at one number type.
    pub(crate) fn output_of<T: Real>(&self, run: &RunState<T>, k: usize) -> Option<T> {
        if !self.ran_in(run) {
            return None;
        }
        let slot = *self.layout(run).outputs.get(k)?;
        run.numbers.values.get(slot as usize).copied()
    }

    /// [`outputs_into`](Self::outputs_into) at one number type.
    pub(crate) fn outputs_of<T: Real>(&self, run: &RunState<T>, y: &mut [T]) -> Result<(), RunError> {
        length("outputs", self.outputs(), y.len())?;
        if !self.ran_in(run) {
            return Err(RunError::NotRun);
        }
        for (slot, y) in self.layout(run).outputs.iter().zip(y) {
            *y = run.numbers.values[*slot as usize];
        }
        Ok(())
    }

    /// [`reverse_into`](Self::reverse_into) for the adjoints of inputs alone ([`of_inputs`](Self::of_inputs)): those of nodes
    /// that were swept make room for others.
    pub(crate) fn reverse_for_inputs<T: Real, G: Adjoint<T>>(
        &self,
        run: &mut RunState<T>,
        weights: &[G],
        adjoints: &mut Vec<G>,
    ) -> Result<(), RunError> {
        self.reverse_for_call(run, weights, adjoints)?;
        known(run, self.of_inputs(adjoints))
    }

    /// [`reverse_for_inputs`](Self::reverse_for_inputs) for those that take on what was lost in it.
    fn reverse_for_call<T: Real, G: Adjoint<T>>(
        &self,
        run: &mut RunState<T>,
        weights: &[G],
        adjoints: &mut Vec<G>,
    ) -> Result<(), RunError> {
        self.reverse_in(self.for_inputs(), run, weights, adjoints)
    }

    pub(super) fn reverse_in<T: Real, G: Adjoint<T>>(
        &self,
        layout: &Layout,
        run: &mut RunState<T>,
        weights: &[G],
        adjoints: &mut Vec<G>,
    ) -> Result<(), RunError> {
        if !self.owns(run) || !run.ready {
            return Err(RunError::NotRun);
        }
        length("weights", self.outputs(), weights.len())?;
        run.numbers.calls.state_mut().begin_sweep();
        Ok(layout.reverse(run, weights, adjoints)?)
    }

    /// The guards with the values of their operands in a run.
    pub(crate) fn guarded<'a, T: Copy>(
        &'a self,
        run: &'a RunState<T>,
    ) -> impl Iterator<Item = (&'a Guard, [T; 2])> + 'a {
        let values = |slots: &[u32; 2]| slots.map(|slot| run.numbers.values[slot as usize]);
        self.tape.guards().iter().zip(self.layout(run).guards.iter().map(values))
    }

    /// The adjoints of the inputs after [`reverse_for_inputs`](Self::reverse_for_inputs).
    pub(crate) fn of_inputs<'a, G: Copy>(
        &'a self,
        adjoints: &'a [G],
    ) -> impl ExactSizeIterator<Item = G> + 'a {
        self.for_inputs().of_inputs(adjoints)
    }

    /// Where the adjoint of each input stands after [`reverse_for_inputs`](Self::reverse_for_inputs).
    pub(crate) fn places_of_inputs(&self) -> &[u32] {
        self.for_inputs().places_of_inputs()
    }

    /// Sweeps for the inputs' adjoints, and writes them.
    pub(crate) fn gradient_of<T: Real>(
        &self,
        run: &mut RunState<T>,
        weights: &[T],
        gradient: &mut [T],
    ) -> Result<(), RunError> {
        self.gradient_for_call(run, weights, gradient)?;
        known(run, gradient.iter().copied())
    }

    /// [`gradient_of`](Self::gradient_of) for those that take on what was lost in it.
    pub(crate) fn gradient_for_call<T: Real>(
        &self,
        run: &mut RunState<T>,
        weights: &[T],
        gradient: &mut [T],
    ) -> Result<(), RunError> {
        let mut adjoints = core::mem::take(&mut run.adjoints);
        let swept = self.reverse_for_call(run, weights, &mut adjoints);
        if swept.is_ok() {
            self.for_inputs().gradient(&adjoints, gradient);
        }
        // They are not those of all nodes, which the memory would give.
        adjoints.clear();
        run.adjoints = adjoints;
        swept
    }
}

/// That what a sweep carries is made of no derivative that a call could not give.
pub(super) fn known<T: Real, G: Adjoint<T>>(
    run: &RunState<T>,
    adjoints: impl Iterator<Item = G>,
) -> Result<(), RunError> {
    let calls = run.numbers.calls.state();
    if !calls.has_lost() {
        return Ok(());
    }
    for g in adjoints {
        for seed in 0..G::SEEDS {
            calls.known(iter::once(g.of_seed(seed)))?;
        }
    }
    Ok(())
}
