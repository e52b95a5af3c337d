//! A program: a tape made ready to be run again, a function Rⁿ → Rᵐ.
//!
//! Immutable and shared; the state of a run is a [`Workspace`], one a thread. What is *not* here: the drivers that
//! users call (`drive/program.rs`), and the passes that make a tape smaller (`opt/`).

mod error;
mod class;
mod cost;
mod plan;
mod reuse;
mod guards;
mod layout;
mod adjoint;
mod forward;
mod reverse;
mod common;

use core::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use wengert_ops::{Outputs, Real};

pub use adjoint::{Adjoint, Several, WIDTH};
pub(crate) use common::{assert_ahead, assert_swept_ahead, is_forward_alone};
pub(crate) use cost::Cost;
pub use cost::Mode;
pub(crate) use error::length;
pub use error::{ProgramError, RunError};
pub use guards::Diverged;
pub use plan::Forms;

use crate::index::{NodeId, Operand, Source};
use crate::record::{Recorder, Session};
use crate::sparse::patterns::Patterns;
use crate::tape::{Guard, Tape};
use crate::var::Var;
use crate::workspace::{Slots, Workspace};
use layout::Layout;

/// A recorded function Rⁿ → Rᵐ that is run again at other inputs, at any number type.
///
/// A clone shares the program; it is `Send + Sync`, and each thread runs it in a [`Workspace`] of its own.
///
/// Comparisons that were made while recording are checked in each run: where one comes out otherwise, the run ends in
/// [`Diverged`] and no number is given: record anew there.
///
/// ```
/// use wengert::{Program, Workspace};
///
/// let program = Program::record(&[1.0, 2.0], |x| vec![x[0] * x[1].sin()])?;
/// let mut work = Workspace::new();
/// let mut slopes = [0.0; 2];
/// let value = program.gradient_into(&mut work, &[3.0, 0.0], &mut slopes)?;
/// assert_eq!((value, slopes), (0.0, [0.0, 3.0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Program(Arc<Inner>);

struct Inner {
    /// Tells workspaces of other programs apart.
    number: u64,
    tape: Tape,
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
    /// The leaves' values when it was recorded: inputs, then parameters.
    point: Vec<f64>,
    parameters: Vec<f64>,
    /// The outputs' values there, where they are known and numbers.
    results: Option<Vec<f64>>,
}

impl Program {
    /// Records `f` at a point, its results as outputs.
    ///
    /// # Errors
    /// [`ProgramError::Record`] where the recording fails, [`ProgramError::PlainReads`] where it reads plain values.
    pub fn record<Y: Outputs<Var>>(point: &[f64], f: impl FnOnce(&[Var]) -> Y) -> Result<Self, ProgramError> {
        Self::record_with(|s| {
            let mut x = Vec::new();
            s.inputs_into(point, &mut x);
            f(&x).as_slice().iter().for_each(|y| _ = s.output(*y));
        })
    }

    /// Records a closure that makes inputs, parameters and outputs by its [`Session`].
    ///
    /// # Errors
    /// As [`Program::record`].
    pub fn record_with(f: impl FnOnce(&Session<'_>)) -> Result<Self, ProgramError> {
        let mut recorder = Recorder::new();
        recorder.record(f)?;
        let (tape, work) = recorder.into_recording();
        let result = |operand: &Operand| match operand.source() {
            Source::Node(node) => work.values().get(node.index()).copied(),
            Source::Constant(constant) => tape.arena.constants.get(constant.index()).copied(),
        };
        // NaN has no reason here; a run may give one.
        let results = tape.outputs.iter().map(|y| result(y).filter(|y| !y.is_nan())).collect();
        Self::without_reads(&tape)?;
        Self::of_values(tape, &work, results)
    }

    /// The program of a tape; the workspace is the one that it was recorded or parsed with.
    ///
    /// # Errors
    /// [`ProgramError::PlainReads`] where the recording read plain values.
    pub fn new(tape: Tape, work: &Workspace) -> Result<Self, ProgramError> {
        Self::without_reads(&tape)?;
        Self::accepting_reads(tape, work)
    }

    /// That no plain values were read.
    fn without_reads(tape: &Tape) -> Result<(), ProgramError> {
        match tape.reads().first() {
            Some(read) => Err(ProgramError::PlainReads { reads: tape.reads().len(), at: read.at.clone() }),
            None => Ok(()),
        }
    }

    /// The program of a tape whose recording may have read plain values: the user's word that what was done with them is
    /// right at every input.
    ///
    /// # Errors
    /// [`ProgramError::Workspace`].
    pub fn accepting_reads(tape: Tape, work: &Workspace) -> Result<Self, ProgramError> {
        // A workspace that comes from elsewhere may hold anything: its results are no word for those of a run.
        Self::of_values(tape, work, None)
    }

    /// The program of a tape with the values of its leaves, and its results there where they are known.
    fn of_values(tape: Tape, work: &Workspace, results: Option<Vec<f64>>) -> Result<Self, ProgramError> {
        let value = |node: &NodeId| {
            let unknown = ProgramError::Workspace { values: work.values().len(), nodes: tape.len() };
            work.values().get(node.index()).copied().ok_or(unknown)
        };
        let point = tape.inputs.iter().map(value).collect::<Result<_, _>>()?;
        let parameters = tape.parameters.iter().map(value).collect::<Result<_, _>>()?;
        Ok(Self::planned(tape, point, parameters, results))
    }

    /// The program of a tape, given the values of its inputs and parameters, as many as it has.
    pub(crate) fn planned(
        tape: Tape,
        point: Vec<f64>,
        parameters: Vec<f64>,
        results: Option<Vec<f64>>,
    ) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let (by_node, for_inputs, for_outputs) = Default::default();
        let (vjp, patterns, cost) = Default::default();
        Self(Arc::new(Inner {
            number,
            tape,
            by_node,
            for_inputs,
            for_outputs,
            vjp,
            patterns,
            cost,
            point,
            parameters,
            results,
        }))
    }

    /// The same program made of the [optimized](Tape::optimized) tape. Values stay the same bit for bit; adjoints are sums in
    /// another order, and may differ by rounding.
    ///
    /// ```
    /// use wengert::Program;
    ///
    /// let f = Program::record(&[-2.0, 5.0, -4.0], |x| vec![(x[0] + x[1]) * x[2]])?;
    /// let gradient = f.gradient_program()?.optimized();
    /// assert_eq!(gradient.tape().len(), 4); // without the product, which the gradient does not need
    /// assert_eq!(gradient.tape().outputs().len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn optimized(&self) -> Self {
        let Inner { tape, point, parameters, results, .. } = &*self.0;
        Self::planned(tape.optimized(), point.clone(), parameters.clone(), results.clone())
    }

    /// The tape that it was made of.
    #[must_use]
    pub fn tape(&self) -> &Tape {
        &self.0.tape
    }

    /// How many inputs it has.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.0.point.len()
    }

    /// How many parameters it has.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.0.parameters.len()
    }

    /// How many outputs it has.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.0.tape.outputs.len()
    }

    /// The inputs at which it was recorded.
    #[must_use]
    pub fn point(&self) -> &[f64] {
        &self.0.point
    }

    /// The outputs at which it was recorded, where they are known.
    pub(crate) fn results(&self) -> Option<&[f64]> {
        self.0.results.as_deref()
    }

    /// What tells it apart from all others.
    pub(crate) fn number(&self) -> u64 {
        self.0.number
    }

    /// Whether it is the same program.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.0.number == other.0.number
    }

    /// Whether a workspace holds a finished run of it.
    fn ran_in<T>(&self, work: &Workspace<T>) -> bool {
        self.owns(work) && work.finished
    }

    /// Whether a workspace was last used for it.
    pub(crate) fn owns<T>(&self, work: &Workspace<T>) -> bool {
        work.program == self.0.number
    }

    /// [`vjp_program`](Self::vjp_program), optimized, made once for all.
    pub(crate) fn vjp_shared(&self) -> Result<Self, ProgramError> {
        if let Some(made) = self.0.vjp.get() {
            return Ok(made.clone());
        }
        // Where two threads are at it, the first one's is everybody's.
        let made = self.vjp_program()?.optimized();
        Ok(self.0.vjp.get_or_init(|| made).clone())
    }

    /// What passes over it cost, counted once for all.
    pub(crate) fn cost(&self) -> &Cost {
        self.0.cost.get_or_init(|| Cost::of(&self.0.tape))
    }

    /// Where its derivatives can differ from 0, found once for all.
    pub(crate) fn patterns(&self) -> &Patterns {
        self.0.patterns.get_or_init(|| Patterns::of(&self.0.tape))
    }

    /// The layout in which each node has slots of its own.
    fn by_node(&self) -> &Layout {
        self.0.by_node.get_or_init(|| Layout::by_node(&self.0.tape))
    }

    /// The layout in which slots of adjoints are used again.
    fn for_inputs(&self) -> &Layout {
        self.0.for_inputs.get_or_init(|| Layout::for_inputs(&self.0.tape))
    }

    /// The layout in which slots of values are used again.
    fn for_outputs(&self) -> &Layout {
        self.0.for_outputs.get_or_init(|| Layout::for_outputs(&self.0.tape))
    }

    /// A layout with the workspace's values; any where they are not this program's.
    fn layout<T>(&self, work: &Workspace<T>) -> &Layout {
        match work.slots {
            Slots::Reused => self.for_outputs(),
            Slots::ByNode => self.0.by_node.get().unwrap_or_else(|| self.for_inputs()),
        }
    }

    /// Sets the parameters for the runs in this workspace from now on.
    ///
    /// # Errors
    /// [`RunError::Length`].
    pub fn set_parameters<T: Real>(&self, work: &mut Workspace<T>, parameters: &[T]) -> Result<(), RunError> {
        self.set_parameters_of(work, parameters.iter().copied())
    }

    /// [`set_parameters`](Self::set_parameters) of numbers that are made as they are asked for.
    pub(crate) fn set_parameters_of<T: Real>(
        &self,
        work: &mut Workspace<T>,
        parameters: impl ExactSizeIterator<Item = T>,
    ) -> Result<(), RunError> {
        length("parameters", self.parameters(), parameters.len())?;
        let layout = self.layout(work);
        layout.prepare(work, self.0.number, &self.0.parameters);
        work.begin_run();
        for (slot, value) in work.parameters.iter_mut().zip(parameters) {
            *slot = value;
        }
        layout.set_parameters(work);
        Ok(())
    }

    /// Runs it forward at `x`, values alone, of all nodes.
    ///
    /// # Errors
    /// [`RunError::Diverged`] where a comparison comes out otherwise, [`RunError::Length`].
    pub fn run<T: Real>(&self, work: &mut Workspace<T>, x: &[T]) -> Result<(), RunError> {
        self.run_in(self.by_node(), work, x)?;
        self.outputs_are_known(work)
    }

    /// Runs it forward at `x`, for the outputs alone: values that are not read any more make room for others, so that a
    /// long program needs little memory and stays in the cache. Afterwards the workspace gives no
    /// [values by node](Workspace::values).
    ///
    /// ```
    /// use wengert::{Program, Workspace};
    ///
    /// let f = Program::record(&[1.0], |x| {
    ///     let mut y = x[0];
    ///     for _ in 0..100_000 {
    ///         y = (y * y).sin();
    ///     }
    ///     vec![y]
    /// })?;
    /// let mut work = Workspace::new();
    /// f.run_for_outputs(&mut work, &[0.5])?;
    /// assert!(work.bytes() < 50_000); // of 1,600,000
    /// assert!(work.values().is_empty());
    /// f.run(&mut work, &[0.5])?;
    /// assert_eq!(work.values().len(), 200_001);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: one forward; the first time of all, the order of slots is made, in some hundred nanoseconds a node.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_for_outputs<T: Real>(&self, work: &mut Workspace<T>, x: &[T]) -> Result<(), RunError> {
        self.run_for_call(work, x)?;
        self.outputs_are_known(work)
    }

    /// [`run_for_outputs`](Self::run_for_outputs) for those that take on what was lost in it.
    pub(crate) fn run_for_call<T: Real>(&self, work: &mut Workspace<T>, x: &[T]) -> Result<(), RunError> {
        self.run_in(self.for_outputs(), work, x)
    }

    /// Where a call could not give a derivative and an output is made of it, the call's error.
    fn outputs_are_known<T: Real>(&self, work: &mut Workspace<T>) -> Result<(), RunError> {
        let slots = self.layout(work).outputs.iter();
        let known = work.inner.known(slots.map(|slot| work.values[*slot as usize]));
        work.finished = known.is_ok();
        Ok(known?)
    }

    fn run_in<T: Real>(&self, layout: &Layout, work: &mut Workspace<T>, x: &[T]) -> Result<(), RunError> {
        self.start(layout, work, x)?;
        let ran = common::forward::<T, false>(&layout.plan, work);
        ran.map_err(|stopped| layout.stopped(&self.0.tape, work, *stopped))?;
        layout.check(&self.0.tape, work)?;
        work.finished = true;
        Ok(())
    }

    /// Runs it forward at `x` for [`reverse`](Self::reverse): values, and the partials that the sweep will read. A derivative that a
    /// call cannot give is NaN among them; the sweep says why, if its results are made of it.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn forward<T: Real>(&self, work: &mut Workspace<T>, x: &[T]) -> Result<(), RunError> {
        self.forward_guarded(self.by_node(), work, x)
    }

    /// [`forward`](Self::forward) for [`reverse_for_inputs`](Self::reverse_for_inputs).
    pub(crate) fn forward_for_inputs<T: Real>(
        &self,
        work: &mut Workspace<T>,
        x: &[T],
    ) -> Result<(), RunError> {
        self.forward_guarded(self.for_inputs(), work, x)
    }

    /// [`forward`](Self::forward) where the guards are known to hold, or are recorded instead.
    pub(crate) fn forward_unguarded<T: Real>(
        &self,
        work: &mut Workspace<T>,
        x: &[T],
    ) -> Result<(), RunError> {
        self.forward_in(self.by_node(), work, x)?;
        (work.finished, work.ready) = (true, true);
        Ok(())
    }

    fn forward_guarded<T: Real>(
        &self,
        layout: &Layout,
        work: &mut Workspace<T>,
        x: &[T],
    ) -> Result<(), RunError> {
        self.forward_in(layout, work, x)?;
        // A run whose guards do not hold is none.
        layout.check(&self.0.tape, work)?;
        (work.finished, work.ready) = (true, true);
        Ok(())
    }

    fn forward_in<T: Real>(&self, layout: &Layout, work: &mut Workspace<T>, x: &[T]) -> Result<(), RunError> {
        self.start(layout, work, x)?;
        work.saved.resize(layout.plan.saved, T::lit(0.0));
        let ran = common::forward::<T, true>(&layout.plan, work);
        ran.map_err(|stopped| layout.stopped(&self.0.tape, work, *stopped))
    }

    fn start<T: Real>(&self, layout: &Layout, work: &mut Workspace<T>, x: &[T]) -> Result<(), RunError> {
        length("inputs", self.inputs(), x.len())?;
        layout.prepare(work, self.0.number, &self.0.parameters);
        work.begin_run();
        layout.set_inputs(work, x);
        Ok(())
    }

    /// Output `k` of the last run; `None` where there is no such output, or where the last run was none of this program's or
    /// did not finish.
    #[must_use]
    pub fn output<T: Real>(&self, work: &Workspace<T>, k: usize) -> Option<T> {
        if !self.ran_in(work) {
            return None;
        }
        let slot = *self.layout(work).outputs.get(k)?;
        work.values.get(slot as usize).copied()
    }

    /// Writes the outputs of the last run.
    ///
    /// # Errors
    /// [`RunError::Length`]; [`RunError::NotRun`] where the last run was none of this program's or did not finish.
    pub fn outputs_into<T: Real>(&self, work: &Workspace<T>, y: &mut [T]) -> Result<(), RunError> {
        length("outputs", self.outputs(), y.len())?;
        if !self.ran_in(work) {
            return Err(RunError::NotRun);
        }
        for (slot, y) in self.layout(work).outputs.iter().zip(y) {
            *y = *work.values.get(*slot as usize).ok_or(RunError::NotRun)?;
        }
        Ok(())
    }

    /// Sweeps in reverse after [`forward`](Self::forward): fills the workspace's adjoints with `Σ wₖ ∂yₖ/∂v` for every
    /// node `v`, `w` one weight an output.
    ///
    /// # Errors
    /// [`RunError::NotRun`], [`RunError::Length`].
    pub fn reverse<T: Real>(&self, work: &mut Workspace<T>, weights: &[T]) -> Result<(), RunError> {
        let mut adjoints = core::mem::take(&mut work.adjoints);
        let swept = self.reverse_into(work, weights, &mut adjoints);
        if swept.is_err() {
            adjoints.clear();
        }
        work.adjoints = adjoints;
        swept
    }

    /// [`reverse`](Self::reverse) with adjoints of any kind, such as [`Several`] seeds in one sweep, in a vector of the
    /// caller's: afterwards it holds one a node.
    ///
    /// # Errors
    /// As [`reverse`](Self::reverse).
    pub fn reverse_into<T: Real, G: Adjoint<T>>(
        &self,
        work: &mut Workspace<T>,
        weights: &[G],
        adjoints: &mut Vec<G>,
    ) -> Result<(), RunError> {
        let layout = self.by_node();
        self.reverse_in(layout, work, weights, adjoints)?;
        Ok(work.inner.known_of(layout.of_inputs(adjoints))?)
    }

    /// [`reverse_into`](Self::reverse_into) for the adjoints of inputs alone ([`of_inputs`](Self::of_inputs)): those of nodes
    /// that were swept make room for others.
    pub(crate) fn reverse_for_inputs<T: Real, G: Adjoint<T>>(
        &self,
        work: &mut Workspace<T>,
        weights: &[G],
        adjoints: &mut Vec<G>,
    ) -> Result<(), RunError> {
        self.reverse_for_call(work, weights, adjoints)?;
        Ok(work.inner.known_of(self.of_inputs(adjoints))?)
    }

    /// [`reverse_for_inputs`](Self::reverse_for_inputs) for those that take on what was lost in it.
    fn reverse_for_call<T: Real, G: Adjoint<T>>(
        &self,
        work: &mut Workspace<T>,
        weights: &[G],
        adjoints: &mut Vec<G>,
    ) -> Result<(), RunError> {
        self.reverse_in(self.for_inputs(), work, weights, adjoints)
    }

    fn reverse_in<T: Real, G: Adjoint<T>>(
        &self,
        layout: &Layout,
        work: &mut Workspace<T>,
        weights: &[G],
        adjoints: &mut Vec<G>,
    ) -> Result<(), RunError> {
        if !self.owns(work) || !work.ready {
            return Err(RunError::NotRun);
        }
        length("weights", self.outputs(), weights.len())?;
        work.inner.begin_sweep();
        Ok(layout.reverse(work, weights, adjoints)?)
    }

    /// The parameters with which it was recorded.
    pub(crate) fn recorded_parameters(&self) -> &[f64] {
        &self.0.parameters
    }

    /// The guards with the values of their operands in a run.
    pub(crate) fn guarded<'a, T: Copy>(
        &'a self,
        work: &'a Workspace<T>,
    ) -> impl Iterator<Item = (&'a Guard, [T; 2])> + 'a {
        let values = |slots: &[u32; 2]| slots.map(|slot| work.values[slot as usize]);
        self.0.tape.guards.iter().zip(self.layout(work).guards.iter().map(values))
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
        work: &mut Workspace<T>,
        weights: &[T],
        gradient: &mut [T],
    ) -> Result<(), RunError> {
        self.gradient_for_call(work, weights, gradient)?;
        Ok(work.inner.known(gradient.iter().copied())?)
    }

    /// [`gradient_of`](Self::gradient_of) for those that take on what was lost in it.
    pub(crate) fn gradient_for_call<T: Real>(
        &self,
        work: &mut Workspace<T>,
        weights: &[T],
        gradient: &mut [T],
    ) -> Result<(), RunError> {
        let mut adjoints = core::mem::take(&mut work.adjoints);
        let swept = self.reverse_for_call(work, weights, &mut adjoints);
        if swept.is_ok() {
            self.for_inputs().gradient(&adjoints, gradient);
        }
        // They are not those of all nodes, which the workspace would give.
        adjoints.clear();
        work.adjoints = adjoints;
        swept
    }

    /// How the nodes are run for a gradient.
    ///
    /// ```
    /// use wengert::Program;
    ///
    /// let x: Vec<f64> = (0..100).map(|k| f64::from(k) * 0.1).collect();
    /// let f = Program::record(&x, |x| x.iter().map(|x| (*x * *x).sin() + 1.0).collect::<Vec<_>>())?;
    /// assert_eq!(f.forms().mixed, 300); // a product, a sine, a sum, a product …
    /// assert_eq!(f.optimized().forms().in_step, 300); // all products, all sines, all sums
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn forms(&self) -> Forms {
        self.for_inputs().plan.forms()
    }

    /// Bytes of the plans: of each way to run it that was used.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let Inner { by_node, for_inputs, for_outputs, .. } = &*self.0;
        let layouts = [by_node, for_inputs, for_outputs];
        layouts.iter().filter_map(|layout| layout.get()).map(|layout| layout.plan.bytes()).sum()
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("inputs", &self.inputs())
            .field("parameters", &self.parameters())
            .field("outputs", &self.outputs())
            .field("nodes", &self.tape().len())
            .field("guards", &self.tape().guards().len())
            .finish_non_exhaustive()
    }
}
