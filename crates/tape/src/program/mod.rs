//! A program: a tape made ready to be run again, a function Rⁿ → Rᵐ.
//!
//! Immutable and shared; the state of a run is a [`Workspace`], one a thread. What is *not* here: the drivers that
//! users call (`drive/program.rs`), and the passes that make a tape smaller (`opt/`).

mod forward;
mod guards;
mod plan;
mod reverse;

use core::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wengert_ops::{Op, Real};

pub use guards::Diverged;
pub use reverse::{Adjoint, Several};

use crate::error::SourceLine;
use crate::index::{NodeId, Operand, Source};
use crate::record::{Recorder, Session};
use crate::tape::{Guard, Tape};
use crate::workspace::Workspace;
use plan::Plan;

/// A recorded function Rⁿ → Rᵐ that is run again at other inputs, at any number type.
///
/// A clone shares the program; it is `Send + Sync`, and each thread runs it in a [`Workspace`] of its own.
///
/// Comparisons that were made while recording are checked in each run: where one comes out otherwise, the run ends in
/// [`Diverged`] and no number is given: record anew there.
///
/// ```
/// use wengert_tape::{Program, Workspace};
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
    plan: Plan,
    /// The leaves' values when it was recorded: inputs, then parameters.
    point: Vec<f64>,
    parameters: Vec<f64>,
    /// Whether input `k` is node `k`.
    leading: bool,
    /// Outputs and guards by slot.
    outputs: Vec<u32>,
    guards: Vec<[u32; 2]>,
}

/// Why a tape is no program.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// The recording failed.
    #[error(transparent)]
    Record(#[from] crate::error::RecordError),
    /// Plain values were read while recording: what was done with them is frozen.
    #[error(
        "{at}: a plain value was read while recording ({reads} such reads in all), and whatever was done with it would \
         stay as it was at every other input; keep to recorded numbers, or accept it with `Program::accepting_reads`"
    )]
    PlainReads {
        /// How many reads.
        reads: usize,
        /// The first.
        at: SourceLine,
    },
    /// The program could not be run at the point of its recording.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A node whose operation is not in the table.
    #[error("node {node} is foreign and cannot be run")]
    Foreign {
        /// The node.
        node: NodeId,
    },
    /// The workspace does not hold the tape's values.
    #[error("the workspace holds {values} values, but the tape has {nodes} nodes")]
    Workspace {
        /// Values in the workspace.
        values: usize,
        /// Nodes of the tape.
        nodes: usize,
    },
}

/// Why a run of a program has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A comparison came out otherwise than when the program was recorded.
    #[error(transparent)]
    Diverged(#[from] Box<Diverged>),
    /// A slice has the wrong length.
    #[error("{what}: {found} numbers where the program has {expected}")]
    Length {
        /// What the slice holds.
        what: &'static str,
        /// How many there must be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A reverse sweep needs the values of a run of this program.
    #[error("the workspace holds no finished run of this program: run it forward first")]
    NotRun,
    /// Newer results cannot be had, such as one output of a program of several.
    #[error("the program has {found} outputs where this asks for one")]
    NotScalar {
        /// How many it has.
        found: usize,
    },
}

/// Checks a slice's length.
pub(crate) fn length(what: &'static str, expected: usize, found: usize) -> Result<(), RunError> {
    if expected == found { Ok(()) } else { Err(RunError::Length { what, expected, found }) }
}

impl Program {
    /// Records `f` at a point, its results as outputs.
    ///
    /// # Errors
    /// [`ProgramError::Record`] where the recording fails, [`ProgramError::PlainReads`] where it reads plain values.
    pub fn record(
        point: &[f64],
        f: impl FnOnce(&[crate::var::Var]) -> Vec<crate::var::Var>,
    ) -> Result<Self, ProgramError> {
        Self::record_with(|s| {
            let mut x = Vec::new();
            s.inputs_into(point, &mut x);
            for y in f(&x) {
                s.output(y);
            }
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
        Self::new(tape, &work)
    }

    /// The program of a tape; the workspace is the one that it was recorded or parsed with.
    ///
    /// # Errors
    /// [`ProgramError::PlainReads`] where the recording read plain values.
    pub fn new(tape: Tape, work: &Workspace) -> Result<Self, ProgramError> {
        match tape.reads().first() {
            Some(read) => Err(ProgramError::PlainReads { reads: tape.reads().len(), at: read.at.clone() }),
            None => Self::accepting_reads(tape, work),
        }
    }

    /// The program of a tape whose recording may have read plain values: the user's word that what was done with them is
    /// right at every input.
    ///
    /// # Errors
    /// [`ProgramError::Foreign`], [`ProgramError::Workspace`].
    pub fn accepting_reads(tape: Tape, work: &Workspace) -> Result<Self, ProgramError> {
        if let Some(node) = tape.nodes().find(|node| tape.op(*node) == Some(Op::Foreign)) {
            return Err(ProgramError::Foreign { node });
        }
        let value = |node: &NodeId| {
            let unknown = ProgramError::Workspace { values: work.values().len(), nodes: tape.len() };
            work.values().get(node.index()).copied().ok_or(unknown)
        };
        let point = tape.inputs.iter().map(value).collect::<Result<_, _>>()?;
        let parameters = tape.parameters.iter().map(value).collect::<Result<_, _>>()?;
        Ok(Self::planned(tape, point, parameters))
    }

    fn planned(tape: Tape, point: Vec<f64>, parameters: Vec<f64>) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let plan = Plan::new(&tape);
        let slot = |operand: &Operand| match operand.source() {
            Source::Node(node) => node.index() as u32,
            Source::Constant(constant) => (tape.len() + constant.index()) as u32,
        };
        let outputs = tape.outputs.iter().map(slot).collect();
        let guards = tape.guards.iter().map(|guard| [slot(&guard.left), slot(&guard.right)]).collect();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let leading = tape.inputs.last().is_none_or(|last| last.index() + 1 == tape.inputs.len());
        Self(Arc::new(Inner { number, tape, plan, point, parameters, leading, outputs, guards }))
    }

    /// The same program made of the [optimized](Tape::optimized) tape. Values stay the same bit for bit; adjoints are sums in
    /// another order, and may differ by rounding.
    ///
    /// ```
    /// use wengert_tape::Program;
    ///
    /// let f = Program::record(&[-2.0, 5.0, -4.0], |x| vec![(x[0] + x[1]) * x[2]])?;
    /// let gradient = f.gradient_program()?.optimized();
    /// assert_eq!(gradient.tape().len(), 4); // without the product, which the gradient does not need
    /// assert_eq!(gradient.tape().outputs().len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn optimized(&self) -> Self {
        let Inner { tape, point, parameters, .. } = &*self.0;
        Self::planned(tape.optimized(), point.clone(), parameters.clone())
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
        self.0.outputs.len()
    }

    /// The inputs at which it was recorded.
    #[must_use]
    pub fn point(&self) -> &[f64] {
        &self.0.point
    }

    /// Makes a workspace this program's: room for its values, constants in place, parameters as they were recorded.
    fn prepare<T: Real>(&self, work: &mut Workspace<T>) {
        let inner = &*self.0;
        if work.program == inner.number {
            return;
        }
        work.clear();
        work.values.resize(inner.plan.nodes, T::lit(0.0));
        work.values.extend(inner.plan.constants.iter().map(|c| T::lit(*c)));
        work.constants = inner.plan.constants.len();
        work.program = inner.number;
        for (node, value) in inner.tape.parameters.iter().zip(&inner.parameters) {
            work.values[node.index()] = T::lit(*value);
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
        self.prepare(work);
        work.ready = false;
        for (node, value) in self.0.tape.parameters.iter().zip(parameters) {
            work.values[node.index()] = value;
        }
        Ok(())
    }

    /// Runs it forward at `x`, values alone.
    ///
    /// # Errors
    /// [`RunError::Diverged`] where a comparison comes out otherwise, [`RunError::Length`].
    pub fn run<T: Real>(&self, work: &mut Workspace<T>, x: &[T]) -> Result<(), RunError> {
        self.start(work, x)?;
        forward::forward::<T, false>(&self.0.plan, &mut work.values, &mut []);
        self.check(work)
    }

    /// Runs it forward at `x` for [`reverse`](Self::reverse): values, and the partials that the sweep will read.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn forward<T: Real>(&self, work: &mut Workspace<T>, x: &[T]) -> Result<(), RunError> {
        self.forward_unguarded(work, x)?;
        work.ready = false;
        self.check(work)?;
        work.ready = true;
        Ok(())
    }

    /// [`forward`](Self::forward) where the guards are known to hold, or are recorded instead.
    pub(crate) fn forward_unguarded<T: Real>(
        &self,
        work: &mut Workspace<T>,
        x: &[T],
    ) -> Result<(), RunError> {
        self.start(work, x)?;
        work.saved.resize(self.0.plan.saved, T::lit(0.0));
        forward::forward::<T, true>(&self.0.plan, &mut work.values, &mut work.saved);
        work.ready = true;
        Ok(())
    }

    fn start<T: Real>(&self, work: &mut Workspace<T>, x: &[T]) -> Result<(), RunError> {
        length("inputs", self.inputs(), x.len())?;
        self.prepare(work);
        work.ready = false;
        if self.0.leading {
            work.values[..x.len()].copy_from_slice(x);
        } else {
            for (node, value) in self.0.tape.inputs.iter().zip(x) {
                work.values[node.index()] = *value;
            }
        }
        Ok(())
    }

    fn check<T: Real>(&self, work: &Workspace<T>) -> Result<(), RunError> {
        let primal = |slot: u32| work.values[slot as usize].primal();
        for (k, (guard, [left, right])) in self.0.tape.guards.iter().zip(&self.0.guards).enumerate() {
            let (left, right) = (primal(*left), primal(*right));
            if !guard.test.holds(left, right) {
                let found = guard.test.ask(left, right);
                let at = guard.at.clone();
                return Err(
                    Box::new(Diverged { guard: k, recorded: guard.test, found, left, right, at }).into()
                );
            }
        }
        Ok(())
    }

    /// Output `k` of the last run; `None` where there is no such output or no run.
    #[must_use]
    pub fn output<T: Real>(&self, work: &Workspace<T>, k: usize) -> Option<T> {
        let slot = *self.0.outputs.get(k)?;
        if work.program == self.0.number { work.values.get(slot as usize).copied() } else { None }
    }

    /// Writes the outputs of the last run.
    ///
    /// # Errors
    /// [`RunError::Length`], [`RunError::NotRun`].
    pub fn outputs_into<T: Real>(&self, work: &Workspace<T>, y: &mut [T]) -> Result<(), RunError> {
        length("outputs", self.outputs(), y.len())?;
        for (k, y) in y.iter_mut().enumerate() {
            *y = self.output(work, k).ok_or(RunError::NotRun)?;
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
        let Inner { plan, outputs, number, .. } = &*self.0;
        if work.program != *number || !work.ready {
            return Err(RunError::NotRun);
        }
        length("weights", outputs.len(), weights.len())?;
        let Workspace { values, saved, scratch, .. } = work;
        let mut sweep = |careful: bool| {
            adjoints.clear();
            adjoints.resize(plan.nodes, G::zero());
            for (slot, weight) in outputs.iter().zip(weights) {
                if let Some(adjoint) = adjoints.get_mut(*slot as usize) {
                    *adjoint = adjoint.accumulate(*weight);
                }
            }
            if careful {
                reverse::reverse::<T, G, true>(plan, values, saved, adjoints, scratch)
            } else {
                reverse::reverse::<T, G, false>(plan, values, saved, adjoints, scratch)
            }
        };
        if !sweep(false) {
            sweep(true);
        }
        Ok(())
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
        self.0.tape.guards.iter().zip(self.0.guards.iter().map(values))
    }

    /// The adjoints of the inputs among those of all nodes.
    pub(crate) fn of_inputs<'a, G: Copy>(
        &'a self,
        adjoints: &'a [G],
    ) -> impl ExactSizeIterator<Item = G> + 'a {
        self.0.tape.inputs.iter().map(|node| adjoints[node.index()])
    }

    /// Writes the adjoints of the inputs.
    pub(crate) fn gradient_of<G: Copy>(&self, adjoints: &[G], gradient: &mut [G]) {
        if self.0.leading {
            gradient.copy_from_slice(&adjoints[..gradient.len()]);
        } else {
            for (slot, g) in gradient.iter_mut().zip(self.of_inputs(adjoints)) {
                *slot = g;
            }
        }
    }

    /// Bytes of the plan.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let Plan { runs, slots, constants, .. } = &self.0.plan;
        size_of_val(runs.as_slice()) + size_of_val(slots.as_slice()) + size_of_val(constants.as_slice())
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("inputs", &self.inputs())
            .field("parameters", &self.parameters())
            .field("outputs", &self.outputs())
            .field("nodes", &self.tape().len())
            .field("runs", &self.0.plan.runs.len())
            .finish_non_exhaustive()
    }
}
