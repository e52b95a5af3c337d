//! Starting and ending a recording.
//!
//! A [`Recorder`] owns the memory of one recording and is reused for the next; [`Recorder::record`] runs a
//! closure with a [`Session`], through which inputs and outputs are made. Everything in between are plain
//! operators on [`Var`].

use core::marker::PhantomData;
use core::panic::Location;

use wengert_ops::{Invalid, Op, Outputs, Parameters};

use crate::calling::AnyCall;
use crate::error::{GradientError, RecordError, SweepError, VariableError, copied};
use crate::index::NodeId;
use crate::session::{self, Config, State, number};
use crate::sweep::saved::{self, RecordedNumbers};
use crate::tag::RecordingId;
use crate::tape::{Guard, Tape};
use crate::var::Var;
use crate::workspace::Workspace;

/// The memory and the limits of recordings, reused from one to the next.
///
/// ```
/// use wengert::Recorder;
///
/// let mut recorder = Recorder::new();
/// let (x, y, z, q, f) = recorder.record(|s| {
///     let (x, y, z) = (s.input(-2.0), s.input(5.0), s.input(-4.0));
///     let q = x + y;
///     (x, y, z, q, q * z)
/// })?;
/// let adjoints = recorder.reverse(f)?;
/// assert_eq!((q.value(), f.value()), (3.0, -12.0));
/// assert_eq!(adjoints.of(z)?, 3.0);
/// assert_eq!(adjoints.of(q)?, -4.0); // an intermediate node
/// assert_eq!((adjoints.of(x)?, adjoints.of(y)?), (-4.0, -4.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Cost: memory is kept between recordings; a recording no longer than an earlier one allocates nothing.
#[derive(Debug)]
pub struct Recorder {
    /// Away only while a closure records.
    state: Option<Box<State>>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self { state: Some(Box::default()) }
    }
}

impl Recorder {
    /// A recorder with no memory yet and no limits but the machine's.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits each recording to so many bytes of tape, values and partials, comparisons, names and source lines included;
    /// adjoints (8 bytes a node) come on top when they are asked for. A recording that needs more ends in
    /// [`RecordError::OverBudget`].
    #[must_use]
    pub fn budget(mut self, bytes: usize) -> Self {
        self.state_mut().config.budget = bytes;
        self
    }

    /// Limits each recording to so many nodes (2³¹ at most).
    #[must_use]
    pub fn max_nodes(mut self, nodes: usize) -> Self {
        self.state_mut().config.max_nodes = nodes;
        self
    }

    /// Whether each node keeps the source line that made it, for dumps. Slower, and larger by some 40 bytes a
    /// node.
    #[must_use]
    pub fn source_lines(mut self, keep: bool) -> Self {
        self.state_mut().config.lines = keep;
        self
    }

    /// Records what the closure does with numbers made by its [`Session`], and gives back its result.
    ///
    /// Recordings nest, and survive a panic in the closure. What was recorded before an error or a panic stays
    /// readable in [`tape`](Self::tape) and [`workspace`](Self::workspace).
    pub fn record<R>(&mut self, f: impl FnOnce(&Session<'_>) -> R) -> Result<R, RecordError> {
        /// Takes the recording off the thread again, on unwinding too.
        struct Ending<'a> {
            home: &'a mut Option<Box<State>>,
            /// Until it has ended.
            recording: Option<RecordingId>,
            config: Config,
        }
        impl Ending<'_> {
            fn end(&mut self) -> bool {
                let ended = self.recording.take().and_then(session::end);
                let found = ended.is_some();
                let mut state = ended.unwrap_or_default();
                state.config = self.config;
                *self.home = Some(state);
                found
            }
        }
        impl Drop for Ending<'_> {
            fn drop(&mut self) {
                if self.recording.is_some() {
                    self.end();
                }
            }
        }

        let mut state = self.state.take().unwrap_or_default();
        let config = state.config;
        state.error = None;
        let recording = session::begin(state);
        let mut ending = Ending { home: &mut self.state, recording: Some(recording), config };
        let result = f(&Session { recording, scope: PhantomData });
        let ended = ending.end();
        drop(ending);
        if !ended {
            return Err(RecordError::Displaced { number: recording.number() });
        }
        match &self.state().error {
            None => Ok(result),
            Some(error) => Err(error.clone()),
        }
    }

    fn state(&self) -> &State {
        match &self.state {
            Some(state) => state,
            None => unreachable!("a recorder has its state while no closure records"),
        }
    }

    fn state_mut(&mut self) -> &mut State {
        self.state.get_or_insert_default()
    }

    /// The tape of the last recording.
    #[must_use]
    pub fn tape(&self) -> &Tape {
        &self.state().tape
    }

    /// Values and adjoints of the last recording.
    #[must_use]
    pub fn workspace(&self) -> &Workspace {
        &self.state().work
    }

    /// Bytes of tape and state in use: of all that a [budget](Self::budget) counts, and of the adjoints.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.state().bytes()
    }

    /// The last recording, taken out: to keep, or to hand to another thread.
    #[must_use]
    pub fn into_recording(self) -> (Tape, Workspace) {
        let State { tape, work, .. } = *self.state.unwrap_or_default();
        (tape, work)
    }

    /// That these results of the last recording are not constants for the reason alone that plain values were read.
    pub(crate) fn varies(&self, results: &[Var]) -> Result<(), GradientError> {
        if results.is_empty() || !results.iter().all(|y| y.is_constant()) {
            return Ok(());
        }
        let lines = self.tape().lossy_reads();
        if lines.is_empty() { Ok(()) } else { Err(GradientError::PlainReads { lines }) }
    }

    /// Records a function of a point of any shape, of which a derivative is to be taken. Its results are no outputs: who runs the
    /// tape again marks them ([`record_output_at`](Self::record_output_at)).
    pub(crate) fn record_at<P: Parameters + ?Sized, Y: Outputs<Var>>(
        &mut self,
        at: &P,
        f: impl FnOnce(P::With<Var>) -> Y,
        line: &'static Location<'static>,
    ) -> Result<Y, GradientError> {
        let y = self.record(|s| f(s.leaves(Op::Input, at, line)))?;
        let State { number, tape, .. } = self.state();
        for y in y.as_slice() {
            if let Err(VariableError::Foreign { found, here }) = lookup(*y, *number, tape.len()) {
                return Err(RecordError::ForeignVariable { found, active: here, at: line.into() }.into());
            }
        }
        self.varies(y.as_slice())?;
        Ok(y)
    }

    /// Records a function of a point of any shape, and marks its result as the tape's output: for drivers of one's
    /// own. Leaves and errors have the line that is given, which is the driver's caller's.
    ///
    /// # Errors
    /// [`GradientError::Record`], [`GradientError::PlainReads`].
    pub fn record_output_at<P: Parameters + ?Sized>(
        &mut self,
        at: &P,
        f: impl FnOnce(P::With<Var>) -> Var,
        line: &'static Location<'static>,
    ) -> Result<Var, GradientError> {
        let y = self.record(|s| {
            let y = f(s.leaves(Op::Input, at, line));
            session::output(s.recording, y, line);
            y
        })?;
        self.varies(&[y])?;
        Ok(y)
    }

    /// Value and gradient of `f: Rⁿ → R` at a point of any shape, into a slice in the flat order of [`Parameters`].
    ///
    /// ```
    /// use wengert::Recorder;
    ///
    /// let (mut recorder, mut slopes) = (Recorder::new(), [0.0; 2]);
    /// let value = recorder.gradient_into(&[4.0, -3.0], |[x, y]| x * y, &mut slopes)?;
    /// assert_eq!((value, slopes), (-12.0, [-3.0, 4.0]));
    /// # Ok::<(), wengert::GradientError>(())
    /// ```
    ///
    /// Cost: one recording and one sweep. Once the memory is there nothing is allocated but the vectors of the shape that `f`
    /// is given: none for arrays, one for a slice.
    ///
    /// # Errors
    /// As [`gradient`](crate::gradient); [`GradientError::Length`] where the slice has not as many places as the point has
    /// numbers.
    #[track_caller]
    pub fn gradient_into<P: Parameters + ?Sized>(
        &mut self,
        at: &P,
        f: impl FnOnce(P::With<Var>) -> Var,
        gradient: &mut [f64],
    ) -> Result<f64, GradientError> {
        let y = self.record_output_at(at, f, Location::caller())?;
        copied("the gradient", self.reverse(y)?.inputs(), gradient)?;
        Ok(y.plain())
    }

    /// Bytes of memory that is held for the next recording.
    pub(crate) fn held(&self) -> usize {
        self.state().held()
    }

    /// Lets go of what users own.
    pub(crate) fn let_go(&mut self) {
        self.state_mut().let_go();
    }

    /// Sweeps in reverse from `y`, whose adjoint is seeded with 1: fills `∂y/∂v` for every node `v`.
    ///
    /// Cost: one pass over the nodes up to `y`, and 8 bytes a node.
    pub fn reverse(&mut self, y: Var) -> Result<Adjoints<'_>, SweepError> {
        self.reverse_seeded(&[(y, 1.0)])
    }

    /// Sweeps in reverse from several seeds at once: fills `Σ wₖ ∂yₖ/∂v` for every node `v`. A seed on a constant
    /// has no effect; seeds on one node add up.
    pub fn reverse_seeded(&mut self, seeds: &[(Var, f64)]) -> Result<Adjoints<'_>, SweepError> {
        self.sweep(seeds.iter().copied())
    }

    /// [`reverse_seeded`](Self::reverse_seeded) of results and weights that stand apart.
    pub(crate) fn reverse_weighted(&mut self, ys: &[Var], weights: &[f64]) -> Result<(), SweepError> {
        self.sweep(ys.iter().copied().zip(weights.iter().copied()))?;
        Ok(())
    }

    fn sweep(&mut self, seeds: impl Iterator<Item = (Var, f64)> + Clone) -> Result<Adjoints<'_>, SweepError> {
        let state = self.state_mut();
        for (position, (y, _)) in seeds.clone().enumerate() {
            match lookup(y, state.number, state.tape.len()) {
                Ok(_) | Err(VariableError::Constant { .. }) => {}
                Err(why) => return Err(SweepError::Seed { position, why }),
            }
        }
        let nodes = seeds.filter(|(y, _)| !y.is_constant()).map(|(y, weight)| (y.index(), weight));
        let State { tape, work, .. } = state;
        let Workspace { values, saved, adjoints, scratch, calls } = work;
        let numbers = RecordedNumbers { values, saved, adjoints, scratch, calling: &mut AnyCall(calls) };
        saved::reverse(tape, numbers, nodes)?;
        Ok(self.adjoints())
    }

    /// What the last sweep has filled.
    pub(crate) fn adjoints(&self) -> Adjoints<'_> {
        let State { number, tape, work, .. } = self.state();
        Adjoints { number: *number, tape, by_node: &work.adjoints }
    }
}

/// The node that a variable names in a recording.
fn lookup(v: Var, recording: Option<RecordingId>, len: usize) -> Result<usize, VariableError> {
    if v.is_constant() {
        Err(VariableError::Constant { value: v.plain() })
    } else if v.recording() != recording {
        Err(VariableError::Foreign { found: number(v.recording()), here: number(recording) })
    } else if v.index() >= len {
        Err(VariableError::Unrecorded { recording: number(recording) })
    } else {
        Ok(v.index())
    }
}

/// The scope within which a thread records: makes inputs and parameters, and marks outputs.
///
/// It stays on its thread and inside its closure:
///
/// ```compile_fail
/// # use wengert::Recorder;
/// Recorder::new().record(|s| std::thread::scope(|t| { t.spawn(|| s.input(1.0)); }));
/// ```
#[derive(Debug)]
pub struct Session<'a> {
    recording: RecordingId,
    scope: PhantomData<(&'a (), *const ())>,
}

impl Session<'_> {
    /// A new input of that value: a variable that can be differentiated by.
    #[track_caller]
    #[must_use]
    pub fn input(&self, value: f64) -> Var {
        self.leaf(Op::Input, value)
    }

    /// A new parameter of that value: a variable that may change when the tape is run again, as an input may, but that
    /// is not differentiated by. It has no place in the gradient, and no adjoint.
    ///
    /// ```
    /// use wengert::{Recorder, VariableError};
    ///
    /// let mut recorder = Recorder::new();
    /// let (rate, f) = recorder.record(|s| {
    ///     let (x, rate) = (s.input(2.0), s.parameter(0.5).named("rate"));
    ///     (rate, s.output(rate * x * x))
    /// })?;
    /// let adjoints = recorder.reverse(f)?;
    /// assert_eq!(adjoints.inputs().collect::<Vec<_>>(), [2.0]);
    /// assert!(matches!(adjoints.of(rate), Err(VariableError::Parameter { .. })));
    /// assert_eq!(recorder.tape().parameters().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    #[must_use]
    pub fn parameter(&self, value: f64) -> Var {
        self.leaf(Op::Parameter, value)
    }

    #[track_caller]
    fn leaf(&self, op: Op, value: f64) -> Var {
        match session::leaves(op, self.recording, &[value], Location::caller()) {
            Ok(tag) | Err(tag) => Var::active(value, tag),
        }
    }

    /// One input for each number of a shape (a slice, an array, a struct of parameters), in the same shape.
    #[track_caller]
    pub fn inputs<P: Parameters + ?Sized>(&self, at: &P) -> P::With<Var> {
        self.leaves(Op::Input, at, Location::caller())
    }

    /// One [parameter](Self::parameter) for each number of a shape, in the same shape.
    #[track_caller]
    pub fn parameters<P: Parameters + ?Sized>(&self, at: &P) -> P::With<Var> {
        self.leaves(Op::Parameter, at, Location::caller())
    }

    fn leaves<P: Parameters + ?Sized>(
        &self,
        op: Op,
        at: &P,
        line: &'static Location<'static>,
    ) -> P::With<Var> {
        let (expected, first) = if let Some(flat) = at.as_numbers() {
            (flat.len(), session::leaves(op, self.recording, flat, line))
        } else {
            // A user's code hands out the numbers, and may do anything meanwhile, so that they are not written into the
            // recording at once.
            let mut flat = session::take_flat();
            flat.clear();
            at.each_number(&mut |x| flat.push(x));
            let first = session::leaves(op, self.recording, &flat, line);
            let expected = flat.len();
            session::give_flat(flat);
            (expected, first)
        };
        let mut asked = 0;
        let shape = at.map_numbers(&mut |x| {
            asked += 1;
            match first {
                Ok(first) if asked <= expected => Var::active(x, first.node(asked as u64 - 1)),
                Ok(_) => Var::constant(x),
                Err(tag) => Var::active(x, tag),
            }
        });
        if asked != expected {
            let _ = session::invalid(Invalid::Shape(expected, asked), line);
        }
        shape
    }

    /// Inputs for a slice, appended to a vector that the caller reuses: allocates nothing once both are large
    /// enough.
    #[track_caller]
    pub fn inputs_into(&self, at: &[f64], variables: &mut Vec<Var>) {
        self.leaves_into(Op::Input, at, variables);
    }

    /// [Parameters](Self::parameter) for a slice, appended to a vector that the caller reuses.
    #[track_caller]
    pub fn parameters_into(&self, at: &[f64], variables: &mut Vec<Var>) {
        self.leaves_into(Op::Parameter, at, variables);
    }

    #[track_caller]
    fn leaves_into(&self, op: Op, at: &[f64], variables: &mut Vec<Var>) {
        match session::leaves(op, self.recording, at, Location::caller()) {
            Ok(first) => variables.extend(at.iter().zip(0..).map(|(x, k)| Var::active(*x, first.node(k)))),
            Err(tag) => variables.extend(at.iter().map(|x| Var::active(*x, tag))),
        }
    }

    /// Records another recording's comparison, made of these.
    #[allow(clippy::unused_self)] // a session is what records
    pub fn guard_again(&self, guard: &Guard, a: Var, b: Var) {
        session::guard_again(guard, a, b);
    }

    /// Marks an output of the tape, for dumps and for running the tape again; gives the number back.
    #[track_caller]
    #[allow(clippy::must_use_candidate)] // the mark is what is wanted
    pub fn output(&self, y: Var) -> Var {
        session::output(self.recording, y, Location::caller());
        y
    }
}

/// The adjoints that a reverse sweep has filled: `∂y/∂v` for every node `v` of the tape.
#[derive(Clone, Copy, Debug)]
pub struct Adjoints<'a> {
    number: Option<RecordingId>,
    tape: &'a Tape,
    by_node: &'a [f64],
}

impl<'a> Adjoints<'a> {
    /// The adjoint of an input or of any intermediate result; a parameter has none.
    pub fn of(&self, v: Var) -> Result<f64, VariableError> {
        let node = NodeId::new(lookup(v, self.number, self.tape.len())?);
        if self.tape.op(node) == Some(Op::Parameter) {
            return Err(VariableError::Parameter { node });
        }
        Ok(self.at(node))
    }

    /// The adjoint of a node; 0 for nodes that the sweep did not reach. Of a parameter, whatever the sweep left there.
    #[must_use]
    pub fn at(&self, node: NodeId) -> f64 {
        self.by_node.get(node.index()).copied().unwrap_or(0.0)
    }

    /// The gradient: the adjoints of the inputs, in the order in which they were made, without the parameters.
    #[must_use]
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = f64> + use<'a> {
        let this = *self;
        self.tape.inputs.iter().map(move |node| this.at(*node))
    }

    /// The adjoints by node, up to the highest seed; those above are 0. At a parameter stands whatever the sweep left
    /// there.
    #[must_use]
    pub fn as_slice(&self) -> &'a [f64] {
        self.by_node
    }

    /// The tape that was swept.
    #[must_use]
    pub fn tape(&self) -> &'a Tape {
        self.tape
    }
}
