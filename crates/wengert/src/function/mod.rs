//! Functions that are called again: a closure that is recorded where it must be, and replayed everywhere else; and what it
//! says of its calls.

// What is here is when to record and which trace to run; the numbers come from `Program`. Invariant: a result is
// handed out only from a run in which every comparison of the trace had the outcome that it was recorded with, at the
// point and with the parameters of this call. What is *not* here: the drivers (`drive.rs`), which all go through
// `Function::at`, and what a trace keeps (`traces.rs`).
mod traces;
mod report;
mod error;
mod drive;

use core::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use wengert_ops::{Invalid, Outputs, Parameters, Real};
use wengert_program::Program;
use wengert_tape::call::Diverged;
use wengert_tape::{GradientError, Read, Recorder, RunError, SourceLine, Var};

pub use error::FunctionError;
pub use report::{Divergence, FunctionReport};

use traces::{Trace, TraceRun, Traces};

/// A user's closure, of inputs and parameters.
type Closure<'a> = dyn Fn(&[Var], &[Var]) -> Vec<Var> + Send + Sync + 'a;

/// How many traces are kept unless [`Function::limit`] says otherwise.
const LIMIT: usize = 16;

/// After how many calls a trace is optimised unless [`Function::optimize_after`] says otherwise: about as many as it takes
/// to win back what the passes cost.
const OPTIMIZE_AFTER: u64 = 64;

/// A function Rⁿ → Rᵐ of which any derivative can be asked, again and again.
///
/// The closure is recorded at the first call. Later calls replay that *trace*, which costs a fraction of a recording, and
/// check every comparison that the closure made on the way. Where one comes out otherwise the closure would take another
/// branch: another trace is looked for, by the outcomes of its comparisons, and where there is none the closure is recorded
/// again and the trace is kept. So branches, loops whose counts depend on data, and roundings to integers are always those
/// of the point at hand.
///
/// ```
/// use wengert::Function;
///
/// let mut huber = Function::new(|x| if x[0].abs() < 1.0 { x[0] * x[0] * 0.5 } else { x[0].abs() - 0.5 });
/// assert_eq!(huber.gradient(&[0.25])?, (0.03125, vec![0.25])); // recorded
/// assert_eq!(huber.gradient(&[-7.0])?, (6.5, vec![-1.0])); // another branch: recorded too
/// assert_eq!(huber.gradient(&[0.5])?, (0.125, vec![0.5])); // replayed
/// assert_eq!(huber.hessian(&[0.5])?, (0.125, vec![0.5], vec![1.0])); // of the same trace
/// assert_eq!((huber.report().traces, huber.report().recordings), (2, 2));
/// # Ok::<(), wengert::FunctionError>(())
/// ```
///
/// # What is promised
/// A closure that computes its result from its arguments alone is never seen through a stale branch: a call gives the
/// numbers of the closure at that point, or an error that says what happened. A closure that reads plain numbers out of the
/// recording ([`Var::value`], `to_f64`) is recorded at each call, and the [report](Self::report) lists the source lines, unless
/// they are [accepted](Self::accept_reads). A derivative of a closure whose results are constants for that reason alone is
/// [`GradientError::PlainReads`], and not 0.
///
/// What the closure takes from elsewhere is beyond the promise, as it leaves no trace: random numbers, clocks, files, `Cell`s
/// that it captures, numbers that were formatted as text and parsed again, values read on other threads. Such numbers stay as
/// they were when the trace was recorded. Make them [parameters](Self::with_parameters), which may change between calls.
/// For the same reason what a closure does beside computing, such as printing, happens at recordings only.
///
/// # Threads
/// A `Function` is `Send + Sync`, and its calls take `&mut self`: the state of a run is in it. For several threads, clone it:
/// clones share the traces known so far, and each has its own memory, finds its own further traces, and counts for itself.
///
/// # Cost
/// A call at a known trace costs what the [`Program`]'s driver costs; one forward more, and a small allocation, for each other
/// trace that is tried before. A recording costs several replays. Otherwise the forms that write `into` slices allocate nothing
/// at a trace that the same driver has run before (but in the one call in which the trace is
/// [optimised](Self::optimize_after)).
///
/// Single precision: [`program`](Self::program) gives the trace of a point, whose drivers run at `f32` too.
pub struct Function<'a> {
    closure: Arc<Closure<'a>>,
    parameters: Vec<f64>,
    traces: Traces,
    /// The memory of the last recording, unless a trace has taken it.
    recorder: SharedRecorder,
    optimize_after: u64,
    report: FunctionReport,
}

impl<'a> Function<'a> {
    /// The function that a closure computes, which gives a [`Var`], a `Vec` or an array of them. Nothing is recorded yet.
    ///
    /// How many inputs there are is said by each call; traces of other lengths are other traces.
    #[must_use]
    pub fn new<Y: Outputs<Var>>(f: impl Fn(&[Var]) -> Y + Send + Sync + 'a) -> Self {
        Self::of(Vec::new(), move |x, _| f(x).into_vec())
    }

    /// The function of inputs and parameters, which are not differentiated and may change from call to call
    /// ([`set_parameters`](Self::set_parameters)) without a new recording: data, rates, times.
    ///
    /// ```
    /// use wengert::Function;
    ///
    /// let mut decay = Function::with_parameters(&[0.0], |x, t| x[0] * (-x[1] * t[0]).exp());
    /// assert_eq!(decay.gradient(&[2.0, 3.0])?, (2.0, vec![1.0, 0.0]));
    /// decay.set_parameters(&[1.0]);
    /// assert_eq!(decay.value(&[2.0, 3.0])?, 2.0 * (-3.0_f64).exp());
    /// assert_eq!(decay.report().recordings, 1);
    /// # Ok::<(), wengert::FunctionError>(())
    /// ```
    #[must_use]
    pub fn with_parameters<Y: Outputs<Var>>(
        parameters: &[f64],
        f: impl Fn(&[Var], &[Var]) -> Y + Send + Sync + 'a,
    ) -> Self {
        Self::of(parameters.to_vec(), move |x, p| f(x, p).into_vec())
    }

    /// The function of a point of any shape: an array, a tuple, a struct of [`Parameters`]. The calls take the numbers of a
    /// point as [`Parameters::flatten`] gives them, and [`Parameters::restore`] brings a gradient back into the shape.
    ///
    /// ```
    /// use wengert::{Function, Parameters};
    ///
    /// let start = ([1.0, 2.0], 3.0);
    /// let mut f = Function::of_shape(start, |([x, y], z)| x * y + z * z);
    /// let (value, slopes) = f.gradient(&start.flatten())?;
    /// assert_eq!((value, start.restore(&slopes)), (11.0, Some(([2.0, 1.0], 6.0))));
    /// # Ok::<(), wengert::FunctionError>(())
    /// ```
    ///
    /// # Errors
    /// A call at a point of another length ends in [`Invalid::Lengths`].
    #[must_use]
    pub fn of_shape<P: Parameters + Send + Sync + 'a, Y: Outputs<Var>>(
        shape: P,
        f: impl Fn(P::With<Var>) -> Y + Send + Sync + 'a,
    ) -> Self {
        Self::of(Vec::new(), move |x, _| match shape.restore(x) {
            Some(x) => f(x).into_vec(),
            None => vec![Var::invalid(Invalid::Lengths(shape.flatten().len(), x.len()))],
        })
    }

    fn of(parameters: Vec<f64>, f: impl Fn(&[Var], &[Var]) -> Vec<Var> + Send + Sync + 'a) -> Self {
        Self {
            closure: Arc::new(f),
            parameters,
            traces: Traces::new(LIMIT),
            recorder: SharedRecorder::default(),
            optimize_after: OPTIMIZE_AFTER,
            report: FunctionReport::default(),
        }
    }

    /// Keeps at most so many traces (16 unless said otherwise): the one least recently used goes first. With 0 none
    /// is kept, and each call records, as [`gradient`](crate::gradient) does: right where hardly a point takes the
    /// path of another, which the [report](Self::report) tells by having few hits.
    #[must_use]
    pub fn limit(mut self, traces: usize) -> Self {
        self.report.dropped += self.traces.set_limit(traces);
        self
    }

    /// Optimises a trace ([`Program::optimized`]) once it has served so many calls (64 unless said otherwise): the passes cost
    /// as much as some tens of replays, and make every later one cheaper. With 0, as soon as it is recorded; with `u64::MAX`,
    /// never. Values stay the same bit for bit; derivatives may differ by rounding.
    #[must_use]
    pub fn optimize_after(mut self, calls: u64) -> Self {
        self.optimize_after = calls;
        self
    }

    /// Accepts that plain numbers are read at these lines: what is done with them may stay as it was when a trace was
    /// recorded. Traces whose reads are all accepted are kept. It is your word that no result depends on it.
    ///
    /// ```
    /// use wengert::Function;
    ///
    /// let mut f = Function::new(|x| {
    ///     log(x[0].value());
    ///     x[0] * x[0]
    /// });
    /// fn log(_: f64) {}
    /// f.value(&[1.0])?;
    /// f.value(&[2.0])?;
    /// assert_eq!((f.report().recordings, f.report().traces), (2, 0));
    /// let reads = f.report().reads;
    /// println!("a plain value is read at {}", reads[0]);
    /// f.accept_reads(reads);
    /// f.value(&[3.0])?;
    /// f.value(&[4.0])?;
    /// assert_eq!((f.report().recordings, f.report().hits), (3, 1));
    /// # Ok::<(), wengert::FunctionError>(())
    /// ```
    pub fn accept_reads(&mut self, lines: impl IntoIterator<Item = SourceLine>) {
        for line in lines {
            self.report.reads.retain(|read| *read != line);
            if !self.report.accepted.contains(&line) {
                self.report.accepted.push(line);
            }
        }
    }

    /// Sets the parameters of the calls from now on. Allocates nothing where there are as many as before; traces of another
    /// number of them are other traces.
    pub fn set_parameters(&mut self, parameters: &[f64]) {
        self.parameters.clear();
        self.parameters.extend_from_slice(parameters);
    }

    /// The parameters of the next call.
    #[must_use]
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// What the calls so far have needed.
    #[must_use]
    pub fn report(&self) -> FunctionReport {
        FunctionReport {
            traces: self.traces.len(),
            optimized: self.traces.optimized(),
            limit: self.traces.limit(),
            ..self.report.clone()
        }
    }

    /// The program of the trace that a point takes, run there once: to dump, to run on its own or at `f32`, to derive programs
    /// from. It is right where its comparisons have the outcomes that they have here, and says [`Diverged`] elsewhere.
    ///
    /// ```
    /// use wengert::{Function, Work};
    ///
    /// let mut f = Function::new(|x| if x[0] > 0.0 { x[0].sqrt() } else { x[0] * 0.0 });
    /// let program = f.program(&[4.0])?;
    /// let mut slope = [0.0_f32];
    /// let value = program.gradient_into(&mut Work::new(), &[2.25_f32], &mut slope).unwrap();
    /// assert_eq!((value, slope[0]), (1.5, 1.0 / 3.0));
    /// assert!(program.gradient(&[-1.0]).is_err());
    /// # Ok::<(), wengert::FunctionError>(())
    /// ```
    ///
    /// Its parameters are those of its recording until [`Program::set_parameters`] says otherwise.
    pub fn program(&mut self, x: &[f64]) -> Result<Program, FunctionError> {
        self.at_wanting(Wants::Values, x, |mut run| {
            run.program.run(run.work()?, x)?;
            Ok(run.program.clone())
        })
    }

    /// What `run`, which differentiates, gives at the trace of the point `x`.
    fn at<R>(
        &mut self,
        x: &[f64],
        run: impl FnMut(TraceRun<'_>) -> Result<R, RunError>,
    ) -> Result<R, FunctionError> {
        self.at_wanting(Wants::Derivatives, x, run)
    }

    fn at_wanting<R>(
        &mut self,
        wants: Wants,
        x: &[f64],
        mut run: impl FnMut(TraceRun<'_>) -> Result<R, RunError>,
    ) -> Result<R, FunctionError> {
        match self.replay(x, &mut run)? {
            Replay::Done(result) => Ok(result),
            Replay::Unknown(seen) => {
                let outputs = self.record(x, seen)?;
                self.may_give(wants, &outputs)?;
                self.run_recorded(run)
            }
        }
    }

    /// [`at`](Self::at) where a recording has the answer too: a trace that will not be kept is not worth a program. What both
    /// write to is `out`.
    fn at_or<R, O: ?Sized>(
        &mut self,
        wants: Wants,
        x: &[f64],
        out: &mut O,
        mut run: impl FnMut(TraceRun<'_>, &mut O) -> Result<R, RunError>,
        recorded: impl FnOnce(&mut Recorder, &[Var], &mut O) -> Result<R, FunctionError>,
    ) -> Result<R, FunctionError> {
        match self.replay(x, |ready| run(ready, out))? {
            Replay::Done(result) => Ok(result),
            Replay::Unknown(seen) => {
                let outputs = self.record(x, seen)?;
                self.may_give(wants, &outputs)?;
                if self.keeps() {
                    self.run_recorded(|ready| run(ready, out))
                } else {
                    recorded(self.recorder.get(), &outputs, out)
                }
            }
        }
    }

    /// Runs the traces that can be right at `x`.
    ///
    /// The latest is tried first. Where a comparison comes out otherwise, the traces that agree with what has been seen up to
    /// and including it are those that can be right; of a closure that computes from its arguments alone, each one tried agrees
    /// further. Where it is a comparison inside of a called program, any other trace can be: it may call another program.
    fn replay<R>(
        &mut self,
        x: &[f64],
        mut run: impl FnMut(TraceRun<'_>) -> Result<R, RunError>,
    ) -> Result<Replay<R>, FunctionError> {
        self.report.calls += 1;
        let mut next = self.traces.latest(x.len(), self.parameters.len());
        let mut seen: Option<(usize, Box<Diverged>)> = None;
        while let Some(k) = next {
            let trace = self.traces.get_mut(k);
            trace.tried = self.report.calls;
            if trace.calls >= self.optimize_after {
                trace.optimize();
            }
            match run(trace.run(&self.parameters)) {
                Ok(result) => {
                    self.report.hits += 1;
                    trace.calls += 1;
                    self.traces.used(k);
                    return Ok(Replay::Done(result));
                }
                Err(RunError::Diverged(diverged)) if diverged.calls == 0 => {
                    self.report.diverged(&diverged.at);
                    if seen.as_ref().is_some_and(|(_, before)| diverged.guard <= before.guard) {
                        return Err(FunctionError::Impure { at: diverged.at });
                    }
                    next = self.traces.agreeing(k, &diverged);
                    seen = Some((k, diverged));
                }
                Err(RunError::Diverged(diverged)) => {
                    self.report.diverged(&diverged.at);
                    next = self.traces.untried(k);
                    // Which comparisons of its own the next one meets says nothing of those before.
                    seen = None;
                }
                // Passes may have moved a call up past a comparison by which the closure does not come to it here.
                Err(RunError::Call(_)) => return Ok(Replay::Unknown(None)),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Replay::Unknown(seen))
    }

    /// Records the closure at `x`, where the last trace that could be right diverged as given; gives its outputs.
    fn record(&mut self, x: &[f64], seen: Option<(usize, Box<Diverged>)>) -> Result<Vec<Var>, FunctionError> {
        self.report.recordings += 1;
        let outputs = self.recorder.get().record(|s| {
            let (mut inputs, mut parameters) = (Vec::new(), Vec::new());
            s.inputs_into(x, &mut inputs);
            s.parameters_into(&self.parameters, &mut parameters);
            let outputs = (self.closure)(&inputs, &parameters);
            for y in &outputs {
                s.output(*y);
            }
            outputs
        })?;
        if let Some((k, diverged)) = seen
            && !self.traces.get_mut(k).leads_to(&diverged, self.recorder.get().tape())
        {
            return Err(FunctionError::Impure { at: diverged.at });
        }
        self.note_reads();
        Ok(outputs)
    }

    /// Makes a trace of the last recording, runs it, and keeps it if it may serve other calls.
    fn run_recorded<R>(
        &mut self,
        mut run: impl FnMut(TraceRun<'_>) -> Result<R, RunError>,
    ) -> Result<R, FunctionError> {
        let keep = self.keeps();
        let (tape, work) = core::mem::take(self.recorder.get()).into_recording();
        let mut trace = Trace::new(Program::accepting_reads(tape, &work)?);
        if keep && self.optimize_after == 0 {
            trace.optimize();
        }
        let result = run(trace.run(&self.parameters))?;
        if keep {
            self.report.dropped += self.traces.keep(trace);
        }
        Ok(result)
    }

    /// Whether the trace of the last recording may serve other calls.
    fn keeps(&mut self) -> bool {
        let accepted = |read: &Read| self.report.accepted.contains(&read.at);
        self.traces.limit() > 0 && self.recorder.get().tape().reads().iter().all(accepted)
    }

    /// That derivatives are not asked of results that are constants for the reason alone that plain values were read in the last
    /// recording, where that is not accepted.
    fn may_give(&mut self, wants: Wants, outputs: &[Var]) -> Result<(), FunctionError> {
        if wants == Wants::Values || outputs.is_empty() || !outputs.iter().all(|y| y.is_constant()) {
            return Ok(());
        }
        let mut lines = self.recorder.get().tape().lossy_reads();
        lines.retain(|line| !self.report.accepted.contains(line));
        if lines.is_empty() { Ok(()) } else { Err(GradientError::PlainReads { lines }.into()) }
    }

    /// Notes where the last recording read plain values that are not accepted.
    fn note_reads(&mut self) {
        let FunctionReport { reads, accepted, .. } = &mut self.report;
        for Read { at, .. } in self.recorder.get().tape().reads() {
            if !accepted.contains(at) && !reads.contains(at) {
                reads.push(at.clone());
            }
        }
    }
}

/// A recorder, which is not `Sync`, reached by `&mut` alone, so that a function is, and threads may clone it by reference.
#[derive(Default)]
struct SharedRecorder(Mutex<Recorder>);

impl SharedRecorder {
    /// Never locked. A panic in the closure leaves a recorder as usable as before.
    fn get(&mut self) -> &mut Recorder {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a call is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Values,
    Derivatives,
}

/// What the traces known so far gave.
enum Replay<R> {
    Done(R),
    /// None is right; the last that could be diverged like this.
    Unknown(Option<(usize, Box<Diverged>)>),
}

impl Clone for Function<'_> {
    /// The same closure and parameters, the traces known so far (shared), and a report that begins anew.
    fn clone(&self) -> Self {
        Self {
            closure: Arc::clone(&self.closure),
            parameters: self.parameters.clone(),
            traces: self.traces.clone(),
            recorder: SharedRecorder::default(),
            optimize_after: self.optimize_after,
            report: FunctionReport { accepted: self.report.accepted.clone(), ..FunctionReport::default() },
        }
    }
}

impl fmt::Debug for Function<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function")
            .field("parameters", &self.parameters.len())
            .field("report", &self.report())
            .finish_non_exhaustive()
    }
}

const _: () = {
    const fn any_thread<T: Send + Sync>() {}
    any_thread::<Function<'_>>();
};
