//! Who runs calls for a program's sweeps: at every number type the operations of this crate, which are written over any; all
//! others by way of the trait of operations.

use std::any::Any;

use wengert_ops::__private::Ahead;
use wengert_ops::Real;
use wengert_tape::call::{
    AnyCall, CallError, CallNumbers, CallWork, Callee, Calling, Forward, ForwardAt, Generic, OpaqueAdjoint,
    OpaqueOperation, OwnRule, Reverse, records,
};

use super::implicit::Implicit;
use super::map::Map;
use super::rule;
use crate::program::body::Body;
use crate::run::RunState;
use crate::sweep::{Caller, is_forward_alone, of_type, tag, with_type_ahead};

/// Tries each operation that is written over any number type.
macro_rules! by_kind {
    ($callee:ident; $($Kind:ty),*; $operation:ident => $call:expr) => {
        $(if let Some($operation) = $callee.downcast::<$Kind>() {
            return $call;
        })*
    };
}

/// Calls of programs, and of rules at numbers with derivatives: at floats a rule is read as any operation is.
#[inline(always)]
fn compute_own<T: Real>(
    work: &mut CallWork<T>,
    callee: &Callee,
    x: &[T],
    y: &mut [T],
) -> Option<Result<(), CallError>> {
    if let Some(program) = callee.downcast::<Body>() {
        return Some(program.forward_at(callee, Forward { x, y, work }));
    }
    if T::ORDER == 0 {
        return None;
    }
    y[0] = rule::value(OwnRule::of_callee(callee)?, x);
    Some(Ok(()))
}

/// At a type of the list.
fn compute_listed<T: Real>(
    work: &mut CallWork<T>,
    callee: &Callee,
    numbers: &mut CallNumbers<T>,
    y: &mut [T],
) -> Result<(), CallError>
where
    for<'a> ForwardAt<'a>: From<Forward<'a, T>>,
{
    let x = &numbers.x;
    match compute_own(work, callee, x, y) {
        Some(done) => done,
        None => callee.operation().forward(callee, Forward { x, y, work }.into()),
    }
}

fn compute<T: Real>(
    work: &mut CallWork<T>,
    callee: &Callee,
    numbers: &mut CallNumbers<T>,
    y: &mut [T],
) -> Result<(), CallError> {
    if !records::<T>() {
        let x = &numbers.x;
        if let Some(done) = compute_own(work, callee, x, y) {
            return done;
        }
        by_kind! { callee; Map, OpaqueOperation, OpaqueAdjoint, Implicit;
        operation => operation.forward_at(callee, Forward { x, y, work }) }
    }
    AnyCall(work).compute(callee, numbers, y)
}

fn pull<T: Real>(
    work: &mut CallWork<T>,
    callee: &Callee,
    numbers: &mut CallNumbers<T>,
    y: &[T],
) -> Result<(), CallError> {
    if const { T::AHEAD.is_some() } || !records::<T>() {
        let CallNumbers { x, gy, gx, .. } = &mut *numbers;
        if T::ORDER > 0
            && let Some(rule) = OwnRule::of_callee(callee)
        {
            for (gx, g) in gx.chunks_exact_mut(x.len()).zip(gy) {
                rule::partials(rule, x, y[0], gx);
                for p in gx {
                    *p = T::pull(*g, *p);
                }
            }
            return Ok(());
        }
        if let Some(program) = callee.downcast::<Body>() {
            return program.reverse_at(callee, Reverse { x, y, gy, gx, work });
        }
        // The list has series forward alone.
        if const { T::AHEAD.is_none() || is_forward_alone::<T>() } {
            by_kind! { callee; Map, OpaqueOperation, OpaqueAdjoint, Implicit;
            operation => operation.reverse_at(callee, Reverse { x, y, gy, gx, work }) }
        }
    }
    AnyCall(work).pull(callee, numbers, y)
}

/// The caller of a number type at which sweeps are compiled ahead, compiled here: all kinds of calls are in it, and a user's
/// crate would have them for each type that its drivers take.
fn ahead(tag: Ahead) -> Box<dyn Any> {
    with_type_ahead!(tag, T => Box::new(Caller::<T>::new(compute_listed, pull)))
}

/// Who runs calls at a number type.
fn caller<T: Real>() -> Caller<T> {
    match const { here::<T>() } {
        Some(caller) => caller(),
        None => *of_type(ahead(tag(T::AHEAD)).downcast().ok()),
    }
}

/// The generic caller, where none is compiled ahead: as data, so that a user's crate need not look through it.
const fn here<T: Real>() -> Option<fn() -> Caller<T>> {
    if T::AHEAD.is_some() { None } else { Some(|| Caller::new(compute, pull)) }
}

impl<T: Real> Default for RunState<T> {
    fn default() -> Self {
        Self::new(caller())
    }
}

/// The results of an operation at any number type; at a [`Var`](wengert_tape::Var) the call is recorded.
///
/// ```
/// use wengert::{Dual, Program, call::evaluate};
///
/// let square = Program::record(&[1.0], |x| vec![x[0] * x[0]])?.named("square", 1);
/// assert_eq!(evaluate(&square, &[3.0])?, [9.0]);
/// let y = evaluate(&square, &[Dual::<f64>::variable(3.0)])?;
/// assert_eq!(y[0].tangent, [6.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CallError`]. Cost: what the operation costs, and its memory.
pub fn evaluate<T: Real>(callee: &Callee, x: &[T]) -> Result<Vec<T>, CallError> {
    callee.takes(x.len())?;
    let (mut y, mut caller) = (callee.results(T::lit(f64::NAN))?, caller());
    caller.compute(callee, &mut CallNumbers::of(x.to_vec()), &mut y)?;
    caller.state().known(y.iter().copied())?;
    Ok(y)
}
