//! The trait of operations, and [`Callee`], which call nodes hold: an operation and the name that it was given.

use core::any::{Any, TypeId};
use core::fmt;
use core::ops::Range;
use std::borrow::Cow;
use std::sync::Arc;

use super::cost::Cost;
use super::numbers::{ForwardAt, ReverseAt};
use crate::error::CallError;
use crate::index::MAX_NODES;
use crate::var::Var;

/// An operation of one's own, as a call node calls it.
///
/// Everything but names, counts and the two readings has a default, which is always right: every result depends on every
/// operand, any two operands may meet in a second derivative, and a derivative that is not given is an error and never 0.
///
/// ```
/// use wengert::call::{CallError, Callee, ForwardAt, Operation, ReverseAt};
/// use wengert::gradient;
///
/// /// `(x, y) ↦ x·y`, at `f64` alone.
/// struct Product;
/// impl Operation for Product {
///     fn name(&self) -> std::borrow::Cow<'_, str> { "product".into() }
///     fn inputs(&self) -> usize { 2 }
///     fn outputs(&self) -> usize { 1 }
///     fn forward(&self, of: &Callee, call: ForwardAt<'_>) -> Result<(), CallError> {
///         match call {
///             ForwardAt::Double(call) => call.y[0] = call.x[0] * call.x[1],
///             _ => return Err(of.no_derivative("derivative forward")),
///         }
///         Ok(())
///     }
///     fn reverse(&self, of: &Callee, call: ReverseAt<'_>) -> Result<(), CallError> {
///         match call {
///             // Adjoints of the operands, seed after seed.
///             ReverseAt::Double(call) => {
///                 for (gx, g) in call.gx.chunks_exact_mut(2).zip(call.gy) {
///                     gx.copy_from_slice(&[g * call.x[1], g * call.x[0]]);
///                 }
///             }
///             _ => return Err(of.no_derivative("second derivative")),
///         }
///         Ok(())
///     }
/// }
/// let product = Callee::new(Product);
/// assert_eq!(gradient(&[4.0, -3.0], |x| product.call(&x)[0])?, (-12.0, [-3.0, 4.0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Operation: Any + Send + Sync {
    /// The name, by which dumps spell it.
    fn name(&self) -> Cow<'_, str>;

    /// The version: another one for other numbers of the same operands.
    fn version(&self) -> u32 {
        0
    }

    /// How many operands it takes: always the same number.
    fn inputs(&self) -> usize;

    /// How many results it has: always the same number.
    fn outputs(&self) -> usize;

    /// Whether it does nothing but compute its results of its operands, and always the same ones: then passes may leave it
    /// out, do it once where it stands twice, or move it.
    fn is_pure(&self) -> bool {
        true
    }

    /// Computes the results, at the number type that the call is of. A type that it is not written for is a typed error
    /// ([`Callee::no_derivative`]).
    ///
    /// # Errors
    /// Whatever keeps it from that.
    fn forward(&self, of: &Callee, call: ForwardAt<'_>) -> Result<(), CallError>;

    /// Takes adjoints back: those of the operands from those of the results, seed after seed.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    fn reverse(&self, of: &Callee, call: ReverseAt<'_>) -> Result<(), CallError>;

    /// Its adjoint as an operation: what sweeps that are recorded call, and so derivative programs; of it comes second order in
    /// these.
    ///
    /// # Errors
    /// Unless it is written, [`CallError::NoDerivative`].
    fn adjoint(&self, of: &Callee) -> Result<Adjunct, CallError> {
        Err(of.no_derivative("derivative program"))
    }

    /// The same where one call of one operation is not enough: records what makes the adjoints of the operands. `None` where
    /// [`adjoint`](Self::adjoint) says all.
    fn record_reverse(
        &self,
        of: &Callee,
        x: &[Var],
        y: &[Var],
        gy: &[Var],
        gx: &mut [Var],
    ) -> Option<Result<(), CallError>> {
        let _ = (of, x, y, gy, gx);
        None
    }

    /// An operation that is made of this one, and is called by this one's name, a colon and `part`: a loader asks for it by
    /// name. `vjp` is the [`adjoint`](Self::adjoint), unless this is written.
    fn part(&self, of: &Callee, part: &str) -> Option<Callee> {
        if part == "vjp" { self.adjoint(of).ok().map(|adjoint| adjoint.callee) } else { None }
    }

    /// The operation for each of several rows at once, `shared` which of its operands all rows have in common. `None` where it
    /// is called row by row.
    fn over_rows(&self, of: &Callee, rows: usize, shared: Range<usize>) -> Option<Callee> {
        let _ = (of, rows, shared);
        None
    }

    /// That it may be called at all.
    ///
    /// # Errors
    /// Such as [`CallError::Impure`].
    fn check(&self, of: &Callee) -> Result<(), CallError> {
        let _ = of;
        Ok(())
    }

    /// The results at these operands, where they are known without being computed.
    fn known_at(&self, x: &[Var]) -> Option<&[f64]> {
        let _ = x;
        None
    }

    /// Hands over the operands on which a result depends; all, unless this is written. None may be left out of which the
    /// derivative can differ from 0.
    fn operands_of(&self, result: usize, each: &mut dyn FnMut(usize)) {
        let _ = result;
        (0..self.inputs()).for_each(each);
    }

    /// Hands over the pairs of operands that can meet in a second derivative of some result; `false`, as unless this is written,
    /// where any two may.
    fn pairs(&self, each: &mut dyn FnMut(usize, usize)) -> bool {
        let _ = each;
        false
    }

    /// What a call of it costs.
    fn cost(&self) -> Cost {
        Cost::of_unknown()
    }

    /// Whether another operation is the same one: unless this is written, the same object.
    fn is(&self, other: &dyn Operation) -> bool {
        core::ptr::from_ref(self).addr() == core::ptr::from_ref(other).addr()
            && self.type_id() == other.type_id()
    }
}

/// The adjoint of an operation, as an operation: `(x, ȳ) ↦ x̄`, or `(x, y, ȳ) ↦ x̄` where it reads the results too.
#[derive(Clone, Debug)]
pub struct Adjunct {
    /// The operation.
    pub callee: Callee,
    /// Whether it takes the results, between the operands and their adjoints.
    pub reads_results: bool,
}

/// An operation that is not in the table, as a node of a tape: a program, a user's own rule, a user's code.
///
/// It has a name and a version, by which dumps spell it and a [`Registry`](super::Registry) finds it. A clone is the
/// same operation.
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
    operation: Arc<dyn Operation>,
    /// The type of the operation, at hand: calls ask for it each time.
    kind: TypeId,
    /// The name that it was given; without one it has its own.
    label: Option<Arc<Label>>,
}

/// A name and a version.
#[derive(Debug, PartialEq, Eq)]
struct Label {
    name: String,
    version: u32,
}

impl Callee {
    /// An operation of one's own.
    #[must_use]
    pub fn new(operation: impl Operation) -> Self {
        Self::shared(Arc::new(operation))
    }

    /// An operation that others have, too.
    #[must_use]
    pub fn shared(operation: Arc<dyn Operation>) -> Self {
        let kind = (&*operation as &dyn Any).type_id();
        Self { operation, kind, label: None }
    }

    /// The same operation under another name and version.
    #[must_use]
    pub fn named(&self, name: &str, version: u32) -> Self {
        let label = Label { name: name.into(), version };
        Self { operation: Arc::clone(&self.operation), kind: self.kind, label: Some(Arc::new(label)) }
    }

    /// What it calls.
    #[must_use]
    pub fn operation(&self) -> &dyn Operation {
        &*self.operation
    }

    /// What it calls, if that is of this type.
    #[must_use]
    pub fn downcast<O: Operation>(&self) -> Option<&O> {
        if self.kind != TypeId::of::<O>() {
            return None;
        }
        (&*self.operation as &dyn Any).downcast_ref()
    }

    /// The name, by which dumps spell it.
    #[must_use]
    pub fn name(&self) -> Cow<'_, str> {
        match &self.label {
            Some(label) => Cow::Borrowed(&label.name),
            None => self.operation.name(),
        }
    }

    /// The version: another one for other numbers of the same operands.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.label.as_ref().map_or_else(|| self.operation.version(), |label| label.version)
    }

    /// How many operands it takes.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.operation.inputs()
    }

    /// How many results it has.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.operation.outputs()
    }

    /// Whether it does nothing but compute its results of its operands, and always the same ones: then passes may leave it
    /// out, do it once where it stands twice, or move it.
    #[must_use]
    pub fn is_pure(&self) -> bool {
        self.operation.is_pure()
    }

    /// Room for its results. How many there are may be the word of a user's code.
    ///
    /// # Errors
    /// [`CallError::TooManyResults`].
    pub fn results<T: Copy>(&self, fill: T) -> Result<Vec<T>, CallError> {
        let (outputs, mut results) = (self.outputs(), Vec::new());
        if outputs > MAX_NODES as usize || results.try_reserve_exact(outputs).is_err() {
            return Err(CallError::TooManyResults { name: self.name().into_owned(), outputs });
        }
        results.resize(outputs, fill);
        Ok(results)
    }

    /// That it takes so many operands, and may be called at all.
    ///
    /// # Errors
    /// [`CallError::Operands`], and what [`Operation::check`] gives.
    pub fn takes(&self, found: usize) -> Result<(), CallError> {
        let expected = self.inputs();
        if found != expected {
            return Err(CallError::Operands { name: self.name().into_owned(), expected, found });
        }
        self.operation.check(self)
    }

    /// The error of a derivative that the operation does not give.
    #[must_use]
    pub fn no_derivative(&self, what: &'static str) -> CallError {
        let hint = "give it as a rule or as a program to have every derivative";
        CallError::NoDerivative { name: self.name().into_owned(), what, hint }
    }

    /// Whether this callee and the other are clones of one callee: they are the same operation and were given the same name.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let named = match (&self.label, &other.label) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        named && self.does_the_same(other)
    }

    /// Whether both call one operation. That it is the very same one is most often seen at once.
    fn does_the_same(&self, other: &Self) -> bool {
        core::ptr::addr_eq(Arc::as_ptr(&self.operation), Arc::as_ptr(&other.operation))
            || self.operation.is(other.operation())
    }

    /// Name and version as dumps spell them: `name/version`.
    pub(crate) fn spelling(&self) -> String {
        format!("{}/{}", self.name(), self.version())
    }
}

impl PartialEq for Callee {
    /// The same operation under the same name.
    fn eq(&self, other: &Self) -> bool {
        self.does_the_same(other) && self.version() == other.version() && self.name() == other.name()
    }
}

impl fmt::Debug for Callee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({} → {})", self.spelling(), self.inputs(), self.outputs())
    }
}
