//! A time loop differentiated by a schedule: advances are plain `f64` evaluations, and the steps that are swept are
//! recorded one at a time, into one recorder.
//!
//! Invariant: the adjoints accumulate in the order of a sweep over the whole loop. Before step `k` is swept, `by_state` is
//! the adjoint of state `k + 1`, and `by_params` what all later steps and the loss have added; the sweep begins with both
//! in place, and adds to them.

use core::fmt::{Debug, Display};

use wengert_ops::Scalar;

use crate::checkpoint::error::CheckpointError;
use crate::checkpoint::schedule::{Action, Schedule};
use crate::checkpoint::snapshots::Snapshots;
use crate::checkpoint::store::Store;
use crate::record::Recorder;
use crate::var::Var;

/// One step of a time loop, `xₖ₊₁ = φ(k, xₖ, p)`, written once over any number type; and what it costs to be in a state.
///
/// A step must be a function of its arguments: evaluated again, it must do the same again. Comparisons and branches are
/// free, as each step is recorded anew, at the state that it is swept at.
pub trait TimeStep {
    /// Why a step may fail; [`Infallible`](core::convert::Infallible) where it cannot.
    type Error: Debug + Display;

    /// Makes the next state of `state`, state `k`. `next` has as many numbers, and is a copy of `state` at first: what a
    /// step does not write stays as it was.
    fn step<T: Scalar>(&self, k: usize, state: &[T], params: &[T], next: &mut [T])
    -> Result<(), Self::Error>;

    /// What state `k` adds to the loss, for each `k` from 0 to `steps − 1`. Nothing, if it is not written.
    fn cost<T: Scalar>(&self, _k: usize, _state: &[T], _params: &[T]) -> Result<T, Self::Error> {
        Ok(T::lit(0.0))
    }
}

/// A time loop's loss, its gradient, and what it took.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Checkpointed {
    /// The loss: the steps' costs, summed from the first on, and the loss of the final state.
    pub value: f64,
    /// The final state.
    pub last: Vec<f64>,
    /// The gradient by the initial state.
    pub by_state: Vec<f64>,
    /// The gradient by the parameters.
    pub by_params: Vec<f64>,
    /// What it took.
    pub report: CheckpointReport,
}

/// What a gradient through a time loop took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CheckpointReport {
    /// How many states could be kept at once, the initial one included.
    pub snapshots: usize,
    /// Steps evaluated without being recorded: [`Schedule::advances`].
    pub advances: u64,
    /// Steps recorded and swept: each once.
    pub recorded: u64,
    /// Snapshots stored.
    pub stored: u64,
    /// Snapshots brought back, the initial state among them.
    pub restored: u64,
    /// The most bytes of memory in use at once: snapshots, the recording of one step with its adjoints, states to work
    /// with. The vectors that grow may have up to twice as many.
    pub bytes: usize,
    /// Bytes of the file of snapshots.
    pub disk_bytes: u64,
}

/// The loss of a time loop of so many steps, and its gradient by the initial state and by the parameters.
///
/// The loss is `Σ cost(k, xₖ, p) + loss(x_l, p)` over the states `xₖ₊₁ = step(k, xₖ, p)`, `k` from 0 to `l − 1`. A tape of
/// all steps would take memory for each; here at most as many states are kept as `snapshots` says, and the steps between
/// them are evaluated again, by the [`Schedule`] that needs the fewest such evaluations.
///
/// ```
/// use core::convert::Infallible;
/// use wengert::Scalar;
/// use wengert::checkpoint::{TimeStep, checkpointed};
///
/// /// A pendulum with friction; half a time step forward for the angle, a whole one for the velocity.
/// struct Pendulum;
///
/// impl TimeStep for Pendulum {
///     type Error = Infallible;
///     fn step<T: Scalar>(&self, _: usize, state: &[T], params: &[T], next: &mut [T]) -> Result<(), Infallible> {
///         let ([angle, velocity], [friction]) = (state, params) else { return Ok(()) };
///         let dt = T::lit(1e-3);
///         next[1] = *velocity - dt * (angle.sin() + *friction * *velocity);
///         next[0] = *angle + dt * next[1];
///         Ok(())
///     }
/// }
///
/// let swing = |angle, friction| {
///     checkpointed(10_000, 20, &[angle, 0.0], &[friction], &Pendulum, |last, _| last[0])
/// };
/// let gradient = swing(1.0, 0.1)?;
/// assert_eq!(gradient.report.advances, 37_976); // less than four a step, with 20 states
/// assert!(gradient.report.bytes < 5_000);
///
/// let difference = (swing(1.0, 0.1 + 1e-6)?.value - swing(1.0, 0.1 - 1e-6)?.value) / 2e-6;
/// assert!((gradient.by_params[0] - difference).abs() < 1e-6);
/// # Ok::<(), wengert::checkpoint::CheckpointError<Infallible>>(())
/// ```
///
/// The gradient is that of a tape of the whole loop to the bit, however many snapshots there are, as long as what a step
/// gives are different nodes: where it copies one number to two places of the next state, or a parameter into the state,
/// the same terms are added in another order.
///
/// # Cost
/// [`Schedule::advances`] plain evaluations of a step, and `steps` recordings and sweeps of one. The parameters are inputs
/// of each recording, so that each of them costs a little with every step. Memory for the snapshots, the recording of one
/// step, and a few states; nothing is allocated from one step to the next.
pub fn checkpointed<S: TimeStep>(
    steps: usize,
    snapshots: impl Into<Snapshots>,
    state: &[f64],
    params: &[f64],
    step: &S,
    loss: impl FnOnce(&[Var], &[Var]) -> Var,
) -> Result<Checkpointed, CheckpointError<S::Error>> {
    run(steps, &snapshots.into(), state, params, step, |run| {
        let mut recorder = Recorder::new();
        let y = recorder
            .record(|s| loss(&s.inputs(run.state.as_slice()), &s.inputs(params)))
            .map_err(CheckpointError::RecordLoss)?;
        let swept = recorder.reverse(y).map_err(CheckpointError::SweepLoss)?;
        fill([&mut run.by_state, &mut run.by_params], swept.inputs());
        run.value += y.plain();
        run.note_bytes(recorder.bytes());
        Ok(())
    })
}

/// The costs of a time loop of so many steps, and `wᵀ∂x_l/∂(x₀, p)`, the gradient of `Σ wᵢx_l,ᵢ` and of the costs, by the
/// initial state and by the parameters. The weights `w`, one for each number of the final state, are given by a function
/// of it.
///
/// For losses that other code differentiates. What such a loss gets from the parameters directly is not in it.
///
/// ```
/// use core::convert::Infallible;
/// use wengert::Scalar;
/// use wengert::checkpoint::{TimeStep, checkpointed_vjp};
///
/// /// x ← p·x
/// struct Growth;
///
/// impl TimeStep for Growth {
///     type Error = Infallible;
///     fn step<T: Scalar>(&self, _: usize, x: &[T], p: &[T], next: &mut [T]) -> Result<(), Infallible> {
///         next[0] = p[0] * x[0];
///         Ok(())
///     }
/// }
///
/// // 3·p⁴·x at x = 5, p = 2
/// let gradient = checkpointed_vjp(4, 2, &[5.0], &[2.0], &Growth, |_| vec![3.0])?;
/// assert_eq!((gradient.last, gradient.by_state, gradient.by_params), (vec![80.0], vec![48.0], vec![480.0]));
/// # Ok::<(), wengert::checkpoint::CheckpointError<Infallible>>(())
/// ```
///
/// Cost: that of [`checkpointed`].
pub fn checkpointed_vjp<S: TimeStep>(
    steps: usize,
    snapshots: impl Into<Snapshots>,
    state: &[f64],
    params: &[f64],
    step: &S,
    weights: impl FnOnce(&[f64]) -> Vec<f64>,
) -> Result<Checkpointed, CheckpointError<S::Error>> {
    run(steps, &snapshots.into(), state, params, step, |run| {
        let weights = weights(&run.state);
        if weights.len() != state.len() {
            return Err(CheckpointError::Adjoint { expected: state.len(), found: weights.len() });
        }
        run.by_state = weights;
        Ok(())
    })
}

/// Does what the schedule says; `seed` makes the adjoints of the final state, which is then the current one.
fn run<S: TimeStep>(
    steps: usize,
    snapshots: &Snapshots,
    state: &[f64],
    params: &[f64],
    step: &S,
    seed: impl FnOnce(&mut TimeLoop<'_, S>) -> Result<(), CheckpointError<S::Error>>,
) -> Result<Checkpointed, CheckpointError<S::Error>> {
    let places = snapshots.places(steps, state.len()).ok_or(CheckpointError::NoSnapshots)?;
    let schedule = Schedule::new(steps, places.snapshots);
    let mut run = TimeLoop::new(step, state, params);
    run.report.snapshots = places.snapshots;
    let mut store = Store::new(state, places).map_err(CheckpointError::File)?;
    let mut seed = Some(seed);
    let mut last = Vec::new();
    for action in schedule {
        match action {
            Action::Advance { from, to } => (from..to).try_for_each(|k| run.advance(k))?,
            Action::Store { k, slot } => {
                store.put(slot, &run.state).map_err(|why| CheckpointError::Snapshot { k, why })?;
                run.report.stored += 1;
                run.kept = store.bytes();
            }
            Action::Restore { k, slot } => {
                store.get(slot, &mut run.state).map_err(|why| CheckpointError::Snapshot { k, why })?;
                run.report.restored += 1;
            }
            Action::Reverse { k } => {
                let cost = run.record(k)?;
                if let Some(seed) = seed.take() {
                    run.finish(cost);
                    last.clone_from(&run.state);
                    seed(&mut run)?;
                }
                run.sweep(k, cost)?;
                run.note_bytes(0);
            }
        }
    }
    if let Some(seed) = seed {
        // No steps: the initial state is the final one.
        last.clone_from(&run.state);
        seed(&mut run)?;
    }
    run.report.disk_bytes = store.disk_bytes();
    let TimeLoop { value, by_state, by_params, report, .. } = run;
    Ok(Checkpointed { value, last, by_state, by_params, report })
}

/// A time loop on its way.
struct TimeLoop<'a, S> {
    step: &'a S,
    params: &'a [f64],
    recorder: Recorder,
    /// The recorded step's inputs: state and parameters.
    variables: Vec<Var>,
    /// The recorded step's result.
    next: Vec<Var>,
    seeds: Vec<(Var, f64)>,
    /// The current state, and the one that is being made of it.
    state: Vec<f64>,
    ahead: Vec<f64>,
    by_state: Vec<f64>,
    by_params: Vec<f64>,
    value: f64,
    /// Steps whose cost is in the value.
    counted: usize,
    /// Bytes of the snapshots in memory.
    kept: usize,
    report: CheckpointReport,
}

impl<'a, S: TimeStep> TimeLoop<'a, S> {
    fn new(step: &'a S, state: &[f64], params: &'a [f64]) -> Self {
        Self {
            step,
            params,
            recorder: Recorder::new(),
            variables: Vec::with_capacity(state.len() + params.len()),
            next: Vec::with_capacity(state.len()),
            seeds: Vec::with_capacity(state.len() + params.len() + 1),
            state: state.to_vec(),
            ahead: state.to_vec(),
            by_state: vec![0.0; state.len()],
            by_params: vec![0.0; params.len()],
            value: 0.0,
            counted: 0,
            kept: 0,
            report: CheckpointReport::default(),
        }
    }

    /// Step `k` on plain numbers. Steps are first met in order, and then their costs are summed: as the loop itself
    /// would.
    fn advance(&mut self, k: usize) -> Result<(), CheckpointError<S::Error>> {
        let failed = |why| CheckpointError::Step { k, why };
        if k == self.counted {
            self.value += self.step.cost(k, &self.state, self.params).map_err(failed)?;
            self.counted += 1;
        }
        self.ahead.copy_from_slice(&self.state);
        self.step.step(k, &self.state, self.params, &mut self.ahead).map_err(failed)?;
        core::mem::swap(&mut self.state, &mut self.ahead);
        self.report.advances += 1;
        Ok(())
    }

    /// Records the cost of step `k`, which it gives back, and the step.
    fn record(&mut self, k: usize) -> Result<Var, CheckpointError<S::Error>> {
        let Self { step, params, recorder, variables, next, state, .. } = self;
        let recorded = recorder.record(|s| {
            variables.clear();
            s.inputs_into(state, variables);
            s.inputs_into(params, variables);
            let (x, p) = variables.split_at(state.len());
            // Where the cost is an input, its seed has to wait for its turn, as it would in a sum over all steps.
            let cost = step.cost(k, x, p)? + Var::constant(0.0);
            next.clear();
            next.extend_from_slice(x);
            step.step(k, x, p, next)?;
            Ok(cost)
        });
        self.report.recorded += 1;
        match recorded {
            Ok(cost) => cost.map_err(|why| CheckpointError::Step { k, why }),
            Err(why) => Err(CheckpointError::Record { k, why }),
        }
    }

    /// After the last step was recorded: the final state is the current one, and all costs are in the value.
    fn finish(&mut self, cost: Var) {
        self.value += cost.plain();
        for (x, next) in self.state.iter_mut().zip(&self.next) {
            *x = next.plain();
        }
    }

    /// Sweeps the step that was recorded, from the adjoints of its results and of the parameters so far.
    fn sweep(&mut self, k: usize, cost: Var) -> Result<(), CheckpointError<S::Error>> {
        let Self { recorder, variables, next, seeds, by_state, by_params, .. } = self;
        let (_, params) = variables.split_at(by_state.len());
        // In a slice: chained iterators in its place took a third longer.
        seeds.clear();
        seeds.extend(params.iter().copied().zip(by_params.iter().copied()));
        seeds.extend(next.iter().copied().zip(by_state.iter().copied()));
        seeds.push((cost, 1.0));
        let swept = recorder.reverse_seeded(seeds).map_err(|why| CheckpointError::Sweep { k, why })?;
        fill([by_state, by_params], swept.inputs());
        Ok(())
    }

    /// Takes note of the bytes in use now, with those of another recorder.
    fn note_bytes(&mut self, other: usize) {
        let numbers = self.state.len() + self.ahead.len() + self.by_state.len() + self.by_params.len();
        let bytes = 8 * numbers
            + size_of::<Var>() * (self.variables.len() + self.next.len())
            + size_of::<(Var, f64)>() * self.seeds.len()
            + self.recorder.bytes()
            + self.kept
            + other;
        self.report.bytes = self.report.bytes.max(bytes);
    }
}

/// The adjoints of the inputs: of the state, then of the parameters.
fn fill([by_state, by_params]: [&mut [f64]; 2], mut adjoints: impl Iterator<Item = f64>) {
    by_state.iter_mut().zip(&mut adjoints).for_each(|(x, adjoint)| *x = adjoint);
    by_params.iter_mut().zip(adjoints).for_each(|(x, adjoint)| *x = adjoint);
}
