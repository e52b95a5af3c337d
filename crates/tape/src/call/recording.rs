//! Calls while recording: computed at `f64`, then one call node and its results.

use core::panic::Location;

use smallvec::SmallVec;

use super::rule::{MOST, OwnRule};
use super::{CallError, Callee};
use crate::session;
use crate::var::Var;

/// Results of a call that are looked at and dropped: most have few.
pub(super) type Results = SmallVec<[Var; 4]>;

/// Computes a call and records it: its results, in a list of whatever kind. An error ends the recording.
pub(super) fn call<R: FromIterator<Var>>(callee: &Callee, x: &[Var], at: &'static Location<'static>) -> R {
    let (mut few, mut many) = ([f64::NAN; 4], Vec::new());
    let y = if let Some(y) = few.get_mut(..callee.outputs()) {
        y
    } else {
        many.resize(callee.outputs(), f64::NAN);
        &mut many[..]
    };
    if let Err(why) = compute(callee, x, y) {
        return session::call_failed(callee, why, x, y, at);
    }
    if callee.is_pure() && x.iter().all(|x| x.is_constant()) {
        return y.iter().copied().map(Var::constant).collect();
    }
    session::call(callee, x, y, at)
}

fn compute(callee: &Callee, x: &[Var], y: &mut [f64]) -> Result<(), CallError> {
    callee.takes(x.len())?;
    // The recording's own, so that one after another finds what it needs. Code that runs meanwhile may record.
    let mut lent = session::Lent::new();
    let inner = lent.inner();
    inner.operands(x.iter().map(|x| x.plain()));
    inner.forward(callee, y)
}

/// Records a call of a rule, whose value is known already.
pub(super) fn own_rule(rule: &'static OwnRule, x: &[Var], value: f64, at: &'static Location<'static>) -> Var {
    let callee = Callee::of_rule(rule);
    let y: Results = if x.len() <= MOST {
        session::call(&callee, x, &[value], at)
    } else {
        let why = format!("a rule of {} operands cannot be recorded: of at most {MOST} it can", x.len());
        let why = CallError::Failed { name: callee.name().into_owned(), why };
        session::call_failed(&callee, why, x, &[value], at)
    };
    y.first().copied().unwrap_or(Var::constant(f64::NAN))
}
