//! Calls: programs and users' own operations as nodes of a tape.
//!
//! A call node reads any number of operands, and its results are the nodes behind it. What it calls ([`Callee`]) computes
//! them forward and takes adjoints back, at whatever number type the tape is run; what happens inside is stored nowhere
//! outside, and is computed anew in the reverse sweep. Read at a recording number a call records a call, and its reverse a
//! call of its derivative: so derivative programs have calls too.
//!
//! What is *not* here: the sweeps that meet call nodes (`sweep/`, `program/`).

mod cause;
mod error;
mod number;
mod list;
mod inner;
mod recording;
mod rule;
mod program;
mod map;
mod opaque;
mod implicit;
mod lu;
mod newton;
mod structure;
mod registry;
mod stored;

use core::fmt;
use core::panic::Location;
use std::borrow::Cow;
use std::sync::Arc;

use wengert_ops::{Real, Rule};

pub use cause::Cause;
pub use error::{CallError, Outcome};
pub use implicit::{Factorized, Solver};
pub(crate) use inner::{Inner, Loss};
pub(crate) use list::Calls;
pub use lu::{Lu, LuError};
pub use newton::{Newton, NewtonError};
pub use opaque::Opaque;
pub use registry::Registry;
pub(crate) use rule::record as record_rule;
pub(crate) use stored::Stored;

use crate::index::MAX_NODES;
use crate::program::Program;
use crate::spelling::Called;
use crate::var::Var;
use implicit::Implicit;
use map::Map;
use number::{of_variable, records, variable};
use opaque::Derivative;
use rule::OwnRule;

/// An operation that is not in the table, as a node of a tape: a program, a user's own rule, a user's code.
///
/// It has a name and a version, by which dumps spell it and a [`Registry`] finds it. A clone is the same operation.
///
/// ```
/// use wengert::{Program, gradient};
///
/// let inner = Program::record(&[1.0, 1.0], |x| vec![x[0] * x[1], x[0].sin()])?;
/// let operation = inner.named("product-and-sine", 1);
/// let (value, slopes) = gradient(&[2.0, 3.0], |x| {
///     let y = operation.call(&x);
///     y[0] + y[1]
/// })?;
/// assert_eq!((value, slopes), (6.0 + 2.0_f64.sin(), [3.0 + 2.0_f64.cos(), 2.0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Callee {
    kind: Kind,
    /// The name that a program was given; all others have their own.
    label: Option<Arc<Label>>,
}

#[derive(Clone)]
enum Kind {
    Program(Program),
    Map(Arc<Map>),
    Rule(&'static OwnRule),
    Opaque(Arc<dyn Opaque>),
    /// What an opaque operation's adjoints are: `(x, y, ȳ) ↦ x̄`.
    Derivative(Derivative),
    Implicit(Arc<Implicit>),
}

/// A name and a version.
#[derive(Debug, PartialEq, Eq)]
struct Label {
    name: String,
    version: u32,
}

impl Callee {
    fn new(kind: Kind) -> Self {
        Self { kind, label: None }
    }

    fn labelled(kind: Kind, name: String, version: u32) -> Self {
        Self { kind, label: Some(Arc::new(Label { name, version })) }
    }

    /// A rule of one's own, to be [registered](Registry) for the loader. Recording needs none: a rule that is read at a
    /// recording number is found by its type.
    ///
    /// ```
    /// use wengert::{Program, Var, call::Callee, ops::Real, rule};
    ///
    /// rule! {
    ///     /// The versine, `1 − cos x`.
    ///     Versin "versin" (x) { F::of(1.0) - x.cos() } d(x => _) { [x.sin()] }
    /// }
    /// let f = Program::record(&[0.5], |x| vec![Var::fixed::<Versin, 1>([x[0]])])?;
    /// assert_eq!(f.gradient(&[2.0])?, (1.0 - 2.0_f64.cos(), vec![2.0_f64.sin()]));
    /// assert_eq!(Callee::rule::<Versin, 1>().name(), "versin");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn rule<R: Rule<A>, const A: usize>() -> Self {
        Self::of_rule(OwnRule::of::<R, A>())
    }

    fn of_rule(rule: &'static OwnRule) -> Self {
        Self::new(Kind::Rule(rule))
    }

    /// The name, by which dumps spell it.
    #[must_use]
    pub fn name(&self) -> Cow<'_, str> {
        match (&self.label, &self.kind) {
            (Some(label), _) => Cow::Borrowed(&label.name),
            (None, Kind::Program(_) | Kind::Map(_)) => Cow::Borrowed("program"),
            (None, Kind::Rule(rule)) => Cow::Borrowed(rule.name),
            (None, Kind::Opaque(operation)) => Cow::Borrowed(operation.name()),
            (None, Kind::Derivative(Derivative(operation))) => format!("{}:vjp", operation.name()).into(),
            (None, Kind::Implicit(implicit)) => Cow::Borrowed(implicit.solver.name()),
        }
    }

    /// The version: another one for other numbers of the same operands.
    #[must_use]
    pub fn version(&self) -> u32 {
        match (&self.label, &self.kind) {
            (Some(label), _) => label.version,
            (None, Kind::Program(_) | Kind::Map(_)) => 0,
            (None, Kind::Rule(rule)) => rule.version,
            (None, Kind::Opaque(operation) | Kind::Derivative(Derivative(operation))) => operation.version(),
            (None, Kind::Implicit(implicit)) => implicit.solver.version(),
        }
    }

    /// How many operands it takes.
    #[must_use]
    pub fn inputs(&self) -> usize {
        match &self.kind {
            Kind::Program(program) => program.inputs(),
            Kind::Map(map) => map.inputs(),
            Kind::Rule(rule) => rule.arity,
            Kind::Opaque(operation) => operation.inputs(),
            Kind::Derivative(derivative) => derivative.inputs(),
            Kind::Implicit(implicit) => implicit.inputs(),
        }
    }

    /// How many results it has.
    #[must_use]
    pub fn outputs(&self) -> usize {
        match &self.kind {
            Kind::Program(program) => program.outputs(),
            Kind::Map(map) => map.outputs(),
            Kind::Rule(_) => 1,
            Kind::Opaque(operation) => operation.outputs(),
            Kind::Derivative(derivative) => derivative.outputs(),
            Kind::Implicit(implicit) => implicit.outputs(),
        }
    }

    /// Whether it does nothing but compute its results of its operands, and always the same ones: then passes may leave it
    /// out, do it once where it stands twice, or move it.
    #[must_use]
    pub fn is_pure(&self) -> bool {
        match &self.kind {
            Kind::Program(_) | Kind::Map(_) | Kind::Rule(_) | Kind::Implicit(_) => true,
            Kind::Opaque(operation) | Kind::Derivative(Derivative(operation)) => operation.is_pure(),
        }
    }

    /// Calls it in a recording: one node, and one a result. Of constants alone a pure operation gives constants, and records
    /// nothing.
    ///
    /// An error (the operation's own, a comparison inside a program that comes out otherwise, a wrong number of operands)
    /// ends the recording with [`RecordError::Call`](crate::RecordError::Call), and the results are NaN.
    ///
    /// # Panics
    /// As any operation on a variable where its thread records nothing.
    #[must_use]
    #[track_caller]
    pub fn call(&self, x: &[Var]) -> Vec<Var> {
        recording::call(self, x, Location::caller())
    }

    /// Its results at any number type; at a [`Var`](crate::Var) the call is recorded.
    ///
    /// ```
    /// use wengert::{Dual, Program};
    ///
    /// let square = Program::record(&[1.0], |x| vec![x[0] * x[0]])?.named("square", 1);
    /// assert_eq!(square.evaluate(&[3.0])?, [9.0]);
    /// let y = square.evaluate(&[Dual::<f64>::variable(3.0)])?;
    /// assert_eq!(y[0].tangent, [6.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`CallError`]. Cost: what the operation costs, and its memory.
    pub fn evaluate<T: Real>(&self, x: &[T]) -> Result<Vec<T>, CallError> {
        self.takes(x.len())?;
        let mut y = self.results(T::lit(f64::NAN))?;
        let mut inner = Inner::default();
        self.forward(x, &mut y, &mut inner)?;
        inner.known(y.iter().copied())?;
        Ok(y)
    }

    /// Room for its results. How many there are may be the word of a user's code.
    fn results<T: Copy>(&self, fill: T) -> Result<Vec<T>, CallError> {
        let (outputs, mut results) = (self.outputs(), Vec::new());
        if outputs > MAX_NODES as usize || results.try_reserve_exact(outputs).is_err() {
            return Err(CallError::TooManyResults { name: self.name().into_owned(), outputs });
        }
        results.resize(outputs, fill);
        Ok(results)
    }

    /// The results of a program at the point of its recording: there it need not be run. So the time to record a chain of
    /// programs, each of which calls the one before it at the same point, is in proportion to its length.
    fn known_at(&self, x: &[Var]) -> Option<&[f64]> {
        let Kind::Program(program) = &self.kind else { return None };
        let same = |(x, at): (&Var, &f64)| x.plain().to_bits() == at.to_bits();
        program.results().filter(|_| x.iter().zip(program.point()).all(same))
    }

    /// That it takes so many operands, and may be called at all.
    pub(crate) fn takes(&self, found: usize) -> Result<(), CallError> {
        let expected = self.inputs();
        if found != expected {
            return Err(CallError::Operands { name: self.name().into_owned(), expected, found });
        }
        match &self.kind {
            Kind::Program(program) => program::pure(program, self),
            Kind::Map(map) => program::pure(&map.program, self),
            Kind::Implicit(implicit) => program::pure(&implicit.equation, self),
            _ => Ok(()),
        }
    }

    /// Computes the results. Derivatives of theirs that cannot be had are NaN, and noted as a loss; an error is one of values.
    pub(crate) fn forward<T: Real>(
        &self,
        x: &[T],
        y: &mut [T],
        inner: &mut Inner<T>,
    ) -> Result<(), CallError> {
        if records::<T>() {
            let x: Vec<Var> = x.iter().filter_map(|x| variable(*x)).collect();
            let results: recording::Results = recording::call_again(self, &x, Location::caller());
            y.iter_mut().zip(results).for_each(|(y, result)| *y = of_variable(result));
            return Ok(());
        }
        match &self.kind {
            Kind::Program(called) => program::forward(called, Some(self), x, y, inner, inner.to_keep()),
            Kind::Map(map) => map.forward(self, x, y, inner),
            Kind::Rule(rule) => {
                y[0] = rule.at(x);
                Ok(())
            }
            Kind::Opaque(operation) => opaque::forward(&**operation, x, y, inner),
            Kind::Derivative(derivative) => {
                derivative.forward(x, y, inner);
                Ok(())
            }
            Kind::Implicit(implicit) => implicit.forward(x, y, inner),
        }
    }

    /// Adjoints of the operands from those of the results, of one seed or of several: `gy` and `gx` seed after seed; `y` are
    /// the results.
    pub(crate) fn reverse<T: Real>(
        &self,
        x: &[T],
        y: &[T],
        gy: &[T],
        gx: &mut [T],
        inner: &mut Inner<T>,
    ) -> Result<(), CallError> {
        if x.is_empty() || y.is_empty() {
            return Ok(());
        }
        match &self.kind {
            Kind::Program(called) => program::reverse(called, self, x, gy, gx, inner),
            Kind::Map(map) => map.reverse(self, x, gy, gx, inner),
            Kind::Rule(rule) => {
                for (gx, g) in gx.chunks_exact_mut(x.len()).zip(gy) {
                    rule.partials(x, y[0], gx);
                    for p in gx {
                        *p = T::pull(*g, *p);
                    }
                }
                Ok(())
            }
            Kind::Opaque(operation) => opaque::reverse(operation, x, y, gy, gx, inner),
            Kind::Derivative(derivative) => Err(derivative.no_derivative()),
            Kind::Implicit(implicit) => implicit.reverse(x, y, gy, gx, inner),
        }
    }

    /// Whether this callee and the other are clones of one callee: they are the same operation and were given the same name.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let named = match (&self.label, &other.label) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        named && self.kind.is(&other.kind)
    }

    /// Whether it is a program of adjoints, as sweeps that are recorded call it: by the name that these give it, which is what
    /// is left of it in a file.
    fn is_of_a_sweep(&self) -> bool {
        map::base(&self.name()).ends_with(":vjp")
    }

    /// Name and version as dumps spell them: `name/version`.
    pub(crate) fn spelling(&self) -> String {
        format!("{}/{}", self.name(), self.version())
    }
}

impl Kind {
    /// Whether two are the same operation.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Program(a), Self::Program(b)) => a.is(b),
            (Self::Map(a), Self::Map(b)) => a.is(b),
            (Self::Implicit(a), Self::Implicit(b)) => a.is(b),
            (Self::Rule(a), Self::Rule(b)) => core::ptr::eq(*a, *b),
            (Self::Opaque(a), Self::Opaque(b))
            | (Self::Derivative(Derivative(a)), Self::Derivative(Derivative(b))) => {
                Arc::as_ptr(a).addr() == Arc::as_ptr(b).addr()
            }
            _ => false,
        }
    }
}

impl PartialEq for Callee {
    /// The same operation under the same name.
    fn eq(&self, other: &Self) -> bool {
        self.kind.is(&other.kind) && self.version() == other.version() && self.name() == other.name()
    }
}

impl fmt::Debug for Callee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} → {})", Called(self), self.inputs(), self.outputs())
    }
}
