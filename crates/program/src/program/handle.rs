//! A recorded function that is run again: [`Program`], as users hold and run it.

use core::fmt;
use core::num::NonZeroU64;
use core::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wengert_ops::{Outputs, Real};
use wengert_tape::{NodeId, Recorder, RunError, Session, Source, Tape, Var, Workspace};

use super::body::{Body, known};
use crate::error::ProgramError;
use crate::run::{ProgramId, RunState};
use crate::sweep::{Adjoint, Forms};
use crate::work::Work;

/// A recorded function Rⁿ → Rᵐ that is run again at other inputs, at any number type.
///
/// A clone shares the program; it is `Send + Sync`, and each thread runs it in a [`Work`] of its own.
///
/// Comparisons that were made while recording are checked in each run: where one comes out otherwise, the run ends in
/// [`Diverged`](wengert_tape::call::Diverged) and no number is given: record anew there.
///
/// ```
/// use wengert::{Program, Work};
///
/// let program = Program::record(&[1.0, 2.0], |x| vec![x[0] * x[1].sin()])?;
/// let mut work = Work::new();
/// let mut slopes = [0.0; 2];
/// let value = program.gradient_into(&mut work, &[3.0, 0.0], &mut slopes)?;
/// assert_eq!((value, slopes), (0.0, [0.0, 3.0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Program(pub(super) Arc<Body>);

impl Deref for Program {
    type Target = Body;
    fn deref(&self) -> &Body {
        &self.0
    }
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
        let result = |operand: Source| match operand {
            Source::Node(node) => work.values().get(node.index()).copied(),
            Source::Constant(constant) => Some(tape.constant(constant)),
        };
        // NaN has no reason here; a run may give one.
        let results = tape.outputs().map(|y| result(y).filter(|y| !y.is_nan())).collect();
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
        let point = tape.inputs().iter().map(value).collect::<Result<_, _>>()?;
        let parameters = tape.parameters().iter().map(value).collect::<Result<_, _>>()?;
        Ok(Self::planned(tape, point, parameters, results))
    }

    /// The program of a tape, given the values of its inputs and parameters, as many as it has.
    pub(crate) fn planned(
        tape: Tape,
        point: Vec<f64>,
        parameters: Vec<f64>,
        results: Option<Vec<f64>>,
    ) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let number = ProgramId(NonZeroU64::MIN.saturating_add(NUMBERS.fetch_add(1, Ordering::Relaxed)));
        Self(Arc::new(Body::new(number, tape, point, parameters, results)))
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
        let Body { tape, point, parameters, results, .. } = &*self.0;
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
        self.0.tape.outputs().len()
    }

    /// The inputs at which it was recorded.
    #[must_use]
    pub fn point(&self) -> &[f64] {
        &self.0.point
    }
    /// Sets the parameters for this program's runs in that memory, whatever the driver, until those of another program are set in
    /// it; unless they are set, they are those of the recording.
    ///
    /// ```
    /// use wengert::{Program, Work};
    ///
    /// let program = Program::record_with(|s| {
    ///     let (x, p) = (s.input(1.0), s.parameter(1.0));
    ///     s.output(p * x * x);
    /// })?;
    /// let (mut work, mut g, mut h) = (Work::new(), [0.0], [0.0]);
    /// program.set_parameters(&mut work, &[5.0])?;
    /// assert_eq!(program.gradient_into(&mut work, &[3.0], &mut g)?, 45.0);
    /// program.hvp_into(&mut work, &[3.0], &[1.0], &mut g, &mut h)?;
    /// assert_eq!((g, h), ([30.0], [10.0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RunError::Length`].
    pub fn set_parameters<T: Real>(&self, work: &mut Work<T>, parameters: &[T]) -> Result<(), RunError> {
        self.set_parameters_of(&mut work.run, parameters.iter().copied())?;
        work.set(self.number(), parameters);
        Ok(())
    }

    /// The run of a memory at the number type of the point, with the parameters that were set in it.
    pub(crate) fn entered<'w, T: Real>(
        &self,
        work: &'w mut Work<T>,
    ) -> Result<&'w mut RunState<T>, RunError> {
        if self.parameters() > 0 && !self.owns(&work.run) {
            let set: Option<Vec<T>> = work.parameters_of(self.number()).map(<[T]>::to_vec);
            if let Some(set) = set {
                self.set_parameters_of(&mut work.run, set.into_iter())?;
            }
        }
        Ok(&mut work.run)
    }

    /// Runs it forward at `x`, values alone, of all nodes.
    ///
    /// # Errors
    /// [`RunError::Diverged`] where a comparison comes out otherwise, [`RunError::Length`].
    pub fn run<T: Real>(&self, work: &mut Work<T>, x: &[T]) -> Result<(), RunError> {
        let run = self.entered(work)?;
        self.run_in::<T, false>(self.by_node(), run, x)?;
        self.outputs_are_known(run)
    }

    /// Runs it forward at `x`, for the outputs alone: values that are not read any more make room for others, so that a
    /// long program needs little memory and stays in the cache. Afterwards the memory gives no
    /// [values by node](Work::values).
    ///
    /// ```
    /// use wengert::{Program, Work};
    ///
    /// let f = Program::record(&[1.0], |x| {
    ///     let mut y = x[0];
    ///     for _ in 0..100_000 {
    ///         y = (y * y).sin();
    ///     }
    ///     vec![y]
    /// })?;
    /// let mut work = Work::new();
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
    pub fn run_for_outputs<T: Real>(&self, work: &mut Work<T>, x: &[T]) -> Result<(), RunError> {
        self.evaluate_in(self.entered(work)?, x)
    }

    /// Runs it forward at `x` for [`reverse`](Self::reverse): values, and the partials that the sweep will read. A
    /// derivative that a call cannot give is NaN among them; the sweep says why, if its results are made of it.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn forward<T: Real>(&self, work: &mut Work<T>, x: &[T]) -> Result<(), RunError> {
        self.run_in::<T, true>(self.by_node(), self.entered(work)?, x)
    }

    /// Output `k` of the last run; `None` where there is no such output, or where the last run was none of this program's or
    /// did not finish.
    #[must_use]
    pub fn output<T: Real>(&self, work: &Work<T>, k: usize) -> Option<T> {
        self.output_of(&work.run, k)
    }

    /// Writes the outputs of the last run.
    ///
    /// # Errors
    /// [`RunError::Length`]; [`RunError::NotRun`] where the last run was none of this program's or did not finish.
    pub fn outputs_into<T: Real>(&self, work: &Work<T>, y: &mut [T]) -> Result<(), RunError> {
        self.outputs_of(&work.run, y)
    }

    /// Sweeps in reverse after [`forward`](Self::forward): fills the adjoints of that memory with `Σ wₖ ∂yₖ/∂v` for every
    /// node `v`, `w` one weight an output.
    ///
    /// # Errors
    /// [`RunError::NotRun`], [`RunError::Length`].
    pub fn reverse<T: Real>(&self, work: &mut Work<T>, weights: &[T]) -> Result<(), RunError> {
        let mut adjoints = core::mem::take(&mut work.run.adjoints);
        let swept = self.reverse_into(work, weights, &mut adjoints);
        if swept.is_err() {
            adjoints.clear();
        }
        work.run.adjoints = adjoints;
        swept
    }

    /// [`reverse`](Self::reverse) with adjoints of any kind, such as [`Several`](crate::Several) seeds in one sweep, in a vector
    /// of the caller's: afterwards it holds one a node.
    ///
    /// # Errors
    /// As [`reverse`](Self::reverse).
    pub fn reverse_into<T: Real, G: Adjoint<T>>(
        &self,
        work: &mut Work<T>,
        weights: &[G],
        adjoints: &mut Vec<G>,
    ) -> Result<(), RunError> {
        let layout = self.by_node();
        self.reverse_in(layout, &mut work.run, weights, adjoints)?;
        known(&work.run, layout.of_inputs(adjoints))
    }

    /// The parameters with which it was recorded.
    #[must_use]
    pub fn recorded_parameters(&self) -> &[f64] {
        &self.0.parameters
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
        self.0.forms()
    }

    /// This program beside an earlier one, in numbers: what passes have made of it.
    ///
    /// ```
    /// use wengert::Program;
    ///
    /// let f = Program::record(&[2.0, 3.0], |x| vec![x[0] * x[1] + x[1] * x[0]])?;
    /// let report = f.optimized().compared_with(&f);
    /// assert_eq!((report.before.nodes, report.after.nodes), (5, 4));
    /// println!("{report}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn compared_with(&self, before: &Self) -> wengert_tape::Comparison {
        self.tape().statistics().compared_with(before.tape().statistics())
    }

    /// Bytes of the plans: of each way to run it that was used.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.bytes()
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
