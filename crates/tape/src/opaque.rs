//! Code that the library cannot look into: callbacks over slices of floats.
//!
//! It has the modes that it gives: value and adjoints at `f64`, and at `f32` by way of it; tangents of dual numbers over
//! these. Whatever needs more (second order, Taylor series) is an error, and never 0 or a constant, unless nobody asks for it:
//! operands that do not vary and adjoints of 0 need no code.

use core::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

use wengert_ops::Real;

use crate::error::{CallError, Outcome};
use crate::number::{is_still, is_zero, unknown};
use crate::operation::{
    Adjunct, Callee, Forward, ForwardAt, Generic, Kept, Operation, Reverse, ReverseAt, forward_generic,
    reverse_generic,
};

/// An operation by callbacks: code of any kind, a table, a solver, a foreign library.
///
/// ```
/// use wengert::{call::{Callee, Opaque, Outcome}, gradient};
///
/// /// `x ↦ x₀·x₁`, somewhere else.
/// struct Remote;
/// impl Opaque for Remote {
///     fn name(&self) -> &str { "remote" }
///     fn inputs(&self) -> usize { 2 }
///     fn outputs(&self) -> usize { 1 }
///     fn is_pure(&self) -> bool { true }
///     fn value(&self, x: &[f64], y: &mut [f64]) -> Outcome {
///         y[0] = x[0] * x[1];
///         Ok(())
///     }
///     fn vjp(&self, x: &[f64], _y: &[f64], gy: &[f64], gx: &mut [f64]) -> Outcome {
///         gx.copy_from_slice(&[gy[0] * x[1], gy[0] * x[0]]);
///         Ok(())
///     }
/// }
/// let remote = Callee::opaque(Remote);
/// assert_eq!(gradient(&[4.0, -3.0], |x| remote.call(&x)[0])?, (-12.0, [-3.0, 4.0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Opaque: Send + Sync + 'static {
    /// The name in dumps.
    fn name(&self) -> &str;

    /// The version: another one for other numbers of the same operands.
    fn version(&self) -> u32 {
        0
    }

    /// How many operands it takes.
    fn inputs(&self) -> usize;

    /// How many results it has.
    fn outputs(&self) -> usize;

    /// Whether it does nothing but compute its results of its operands, and always the same ones. One that is not pure is
    /// called once in a recording and once in each run forward, and passes neither leave it out, nor merge it, nor move it
    /// past another such.
    fn is_pure(&self) -> bool;

    /// Computes the results.
    ///
    /// # Errors
    /// Whatever keeps it from that: the recording or the run ends with the message.
    fn value(&self, x: &[f64], y: &mut [f64]) -> Outcome;

    /// Computes `gx = gyᵀ·∂y/∂x`, given operands and results: the adjoints of the operands from those of the results. `gx`
    /// holds zeros. It is not called where `gy` is 0.
    ///
    /// # Errors
    /// As [`value`](Self::value).
    fn vjp(&self, x: &[f64], y: &[f64], gy: &[f64], gx: &mut [f64]) -> Outcome;

    /// Computes `dy = ∂y/∂x·dx`: the tangents of the results from those of the operands; `None` where there is no such
    /// code. Forward mode then takes one [`vjp`](Self::vjp) a result.
    ///
    /// # Errors
    /// As [`value`](Self::value).
    fn jvp(&self, x: &[f64], y: &[f64], dx: &[f64], dy: &mut [f64]) -> Option<Outcome> {
        let _ = (x, y, dx, dy);
        None
    }
}

/// A user's operation with what it said of itself when it became one: what is asked again may be answered otherwise, and
/// tapes rest on it.
struct Stated<O> {
    operation: O,
    inputs: usize,
    outputs: usize,
    pure: bool,
}

impl<O: Opaque> Opaque for Stated<O> {
    fn name(&self) -> &str {
        self.operation.name()
    }
    fn version(&self) -> u32 {
        self.operation.version()
    }
    fn inputs(&self) -> usize {
        self.inputs
    }
    fn outputs(&self) -> usize {
        self.outputs
    }
    fn is_pure(&self) -> bool {
        self.pure
    }
    fn value(&self, x: &[f64], y: &mut [f64]) -> Outcome {
        self.operation.value(x, y)
    }
    fn vjp(&self, x: &[f64], y: &[f64], gy: &[f64], gx: &mut [f64]) -> Outcome {
        self.operation.vjp(x, y, gy, gx)
    }
    fn jvp(&self, x: &[f64], y: &[f64], dx: &[f64], dy: &mut [f64]) -> Option<Outcome> {
        self.operation.jvp(x, y, dx, dy)
    }
}

impl Callee {
    /// An operation by callbacks. How many operands and results it has, and whether it is pure, is asked once, here.
    #[must_use]
    pub fn opaque(operation: impl Opaque) -> Self {
        let (inputs, outputs, pure) = (operation.inputs(), operation.outputs(), operation.is_pure());
        Self::new(OpaqueOperation(Arc::new(Stated { operation, inputs, outputs, pure })))
    }
}

/// A callback as an operation.
pub struct OpaqueOperation(Arc<dyn Opaque>);

/// The adjoints of a callback as an operation, `(x, y, ȳ) ↦ x̄`: what a derivative program calls.
pub struct OpaqueAdjoint(Arc<dyn Opaque>);

/// Whether two are the same callback.
fn same(a: &Arc<dyn Opaque>, b: &Arc<dyn Opaque>) -> bool {
    Arc::as_ptr(a).addr() == Arc::as_ptr(b).addr()
}

impl Operation for OpaqueOperation {
    fn name(&self) -> Cow<'_, str> {
        self.0.name().into()
    }
    fn version(&self) -> u32 {
        self.0.version()
    }
    fn inputs(&self) -> usize {
        self.0.inputs()
    }
    fn outputs(&self) -> usize {
        self.0.outputs()
    }
    fn is_pure(&self) -> bool {
        self.0.is_pure()
    }
    fn forward(&self, of: &Callee, call: ForwardAt<'_>) -> Result<(), CallError> {
        forward_generic(self, of, call)
    }
    fn reverse(&self, of: &Callee, call: ReverseAt<'_>) -> Result<(), CallError> {
        reverse_generic(self, of, call)
    }
    fn adjoint(&self, _: &Callee) -> Result<Adjunct, CallError> {
        Ok(Adjunct { callee: Callee::new(OpaqueAdjoint(Arc::clone(&self.0))), reads_results: true })
    }
    fn is(&self, other: &dyn Operation) -> bool {
        (other as &dyn Any).downcast_ref::<Self>().is_some_and(|other| same(&self.0, &other.0))
    }
}

impl Operation for OpaqueAdjoint {
    fn name(&self) -> Cow<'_, str> {
        format!("{}:vjp", self.0.name()).into()
    }
    fn version(&self) -> u32 {
        self.0.version()
    }
    fn inputs(&self) -> usize {
        self.0.outputs().saturating_mul(2).saturating_add(self.0.inputs())
    }
    fn outputs(&self) -> usize {
        self.0.inputs()
    }
    fn is_pure(&self) -> bool {
        self.0.is_pure()
    }
    fn forward(&self, of: &Callee, call: ForwardAt<'_>) -> Result<(), CallError> {
        forward_generic(self, of, call)
    }
    fn reverse(&self, of: &Callee, call: ReverseAt<'_>) -> Result<(), CallError> {
        reverse_generic(self, of, call)
    }
    fn adjoint(&self, _: &Callee) -> Result<Adjunct, CallError> {
        Err(no_derivative(self.0.name(), "second derivative"))
    }
    fn is(&self, other: &dyn Operation) -> bool {
        (other as &dyn Any).downcast_ref::<Self>().is_some_and(|other| same(&self.0, &other.0))
    }
}

/// Floats for callbacks, whatever the number type.
#[derive(Clone, Debug, Default)]
struct Floats {
    x: Vec<f64>,
    y: Vec<f64>,
    gy: Vec<f64>,
    gx: Vec<f64>,
}

impl Kept for Floats {
    fn copied(&self) -> Box<dyn Kept> {
        Box::new(self.clone())
    }
}

fn no_derivative(name: &str, what: &'static str) -> CallError {
    let hint = "it is opaque: give it as a rule or as a program to have every derivative";
    CallError::NoDerivative { name: name.into(), what, hint }
}

fn done(name: &str, outcome: Outcome) -> Result<(), CallError> {
    outcome.map_err(|why| CallError::failed(name, why))
}

/// Whether a number type is a float.
fn is_float<T: Real>() -> bool {
    T::DIRECTIONS == Some(0)
}

fn of_floats<T: Real>(numbers: &[T], floats: &mut Vec<f64>) {
    floats.clear();
    floats.extend(numbers.iter().map(|x| x.primal()));
}

impl Generic for OpaqueOperation {
    fn forward_at<T: Real>(&self, _: &Callee, call: Forward<'_, T>) -> Result<(), CallError> {
        let Forward { x, y, work } = call;
        let operation = &*self.0;
        let floats: &mut Floats = work.memory().of(0);
        of_floats(x, &mut floats.x);
        floats.y.clear();
        floats.y.resize(y.len(), 0.0);
        done(operation.name(), operation.value(&floats.x, &mut floats.y))?;
        if y.is_empty() || x.iter().all(|x| is_still(*x)) {
            y.iter_mut().zip(&floats.y).for_each(|(y, value)| *y = T::lit(*value));
            return Ok(());
        }
        let why = if let Some(directions) = T::DIRECTIONS {
            let mut tangents = vec![0.0; directions * y.len()];
            let along = |d| x.iter().map(move |x| x.tangent_in(d));
            let moved: Vec<f64> = (0..directions).flat_map(along).collect();
            let why = tangents_by(operation, floats, &moved, &mut tangents);
            for (k, number) in y.iter_mut().enumerate() {
                *number = T::of_tangents(floats.y[k], |d| tangents[d * floats.y.len() + k]);
            }
            why
        } else {
            y.iter_mut().zip(&floats.y).for_each(|(y, value)| *y = unknown(*value));
            let what = "derivative at this number type (of second order, a Taylor series)";
            Some(no_derivative(operation.name(), what))
        };
        if let Some(why) = why {
            work.lose(why);
        }
        Ok(())
    }

    fn reverse_at<T: Real>(&self, _: &Callee, call: Reverse<'_, T>) -> Result<(), CallError> {
        let Reverse { x, y, gy, gx, work } = call;
        if !is_float::<T>() {
            return Err(no_derivative(self.0.name(), "second derivative"));
        }
        let floats: &mut Floats = work.memory().of(0);
        of_floats(x, &mut floats.x);
        of_floats(y, &mut floats.y);
        for (gy, gx) in gy.chunks_exact(y.len()).zip(gx.chunks_exact_mut(x.len())) {
            of_floats(gy, &mut floats.gy);
            adjoints(&*self.0, floats)?;
            gx.iter_mut().zip(&floats.gx).for_each(|(gx, g)| *gx = T::lit(*g));
        }
        Ok(())
    }
}

/// The tangents of the results from those of the operands, direction after direction: by the operation's jvp, or where it has
/// none by one vjp a result. Of a direction in which no operand moves they stay 0. What cannot be had is NaN; the first reason
/// is given back.
fn tangents_by(operation: &dyn Opaque, floats: &Floats, dx: &[f64], dy: &mut [f64]) -> Option<CallError> {
    let Floats { x, y, .. } = floats;
    let (n, m) = (x.len(), y.len());
    let (mut by_rows, mut why) = (Vec::new(), None);
    for (d, (dx, dy)) in dx.chunks_exact(n).zip(dy.chunks_exact_mut(m)).enumerate() {
        if dx.iter().all(|dx| *dx == 0.0) {
            continue;
        }
        match operation.jvp(x, y, dx, dy) {
            Some(outcome) => {
                if let Err(failed) = done(operation.name(), outcome) {
                    dy.fill(f64::NAN);
                    why.get_or_insert(failed);
                }
            }
            None => by_rows.push(d),
        }
    }
    if by_rows.is_empty() {
        return why;
    }
    let (mut unit, mut row) = (vec![0.0; m], vec![0.0; n]);
    for k in 0..m {
        row.fill(0.0);
        unit[k] = 1.0;
        if let Err(failed) = done(operation.name(), operation.vjp(x, y, &unit, &mut row)) {
            row.fill(f64::NAN);
            why.get_or_insert(failed);
        }
        unit[k] = 0.0;
        for d in &by_rows {
            let dx = &dx[d * n..][..n];
            dy[d * m + k] = row.iter().zip(dx).map(|(p, dx)| f64::pull(*dx, *p)).sum();
        }
    }
    why
}

/// `gx` of operands, results and their adjoints: 0 where all of these are.
fn adjoints(operation: &dyn Opaque, floats: &mut Floats) -> Result<(), CallError> {
    floats.gx.clear();
    floats.gx.resize(floats.x.len(), 0.0);
    if floats.gy.iter().all(|g| is_zero(*g)) {
        return Ok(());
    }
    done(operation.name(), operation.vjp(&floats.x, &floats.y, &floats.gy, &mut floats.gx))
}

impl Generic for OpaqueAdjoint {
    fn forward_at<T: Real>(&self, _: &Callee, call: Forward<'_, T>) -> Result<(), CallError> {
        let Forward { x, y, work } = call;
        let (operands, rest) = x.split_at(self.0.inputs());
        let (results, weights) = rest.split_at(self.0.outputs());
        if weights.iter().all(|g| is_zero(*g)) {
            y.fill(T::lit(0.0));
            return Ok(());
        }
        let floats: &mut Floats = work.memory().of(0);
        of_floats(operands, &mut floats.x);
        of_floats(results, &mut floats.y);
        of_floats(weights, &mut floats.gy);
        let why = match adjoints(&*self.0, floats) {
            Err(why) => {
                floats.gx.fill(f64::NAN);
                Some(why)
            }
            Ok(()) => {
                x.iter().any(|x| !is_still(*x)).then(|| no_derivative(self.0.name(), "second derivative"))
            }
        };
        for (y, g) in y.iter_mut().zip(&floats.gx) {
            *y = if why.is_none() { T::lit(*g) } else { unknown(*g) };
        }
        if let Some(why) = why {
            work.lose(why);
        }
        Ok(())
    }

    fn reverse_at<T: Real>(&self, _: &Callee, _: Reverse<'_, T>) -> Result<(), CallError> {
        Err(no_derivative(self.0.name(), "second derivative"))
    }
}
