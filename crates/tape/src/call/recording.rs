//! Calls while recording: computed at `f64`, then one call node and its results.

use core::panic::Location;

use smallvec::SmallVec;

use super::rule::{MOST, OwnRule};
use super::{CallError, Callee};
use crate::session;
use crate::var::Var;

/// Results of a call. Most have few.
pub(super) type Results = SmallVec<[Var; 4]>;

/// Computes a call and records it. An error ends the recording.
pub(super) fn call(callee: &Callee, x: &[Var], at: &'static Location<'static>) -> Results {
    let mut y: SmallVec<[f64; 4]> = smallvec::smallvec![f64::NAN; callee.outputs()];
    let computed = compute(callee, x, &mut y);
    let known = callee.is_pure() && x.iter().all(|x| x.is_constant());
    match computed {
        Ok(()) if known => y.into_iter().map(Var::constant).collect(),
        Ok(()) => session::call(callee, x, &y, at),
        Err(why) => session::call_failed(callee, why, x, &y, at),
    }
}

fn compute(callee: &Callee, x: &[Var], y: &mut [f64]) -> Result<(), CallError> {
    callee.takes(x.len())?;
    // The recording's own, so that one after another finds what it needs. Code that runs meanwhile may record.
    let mut inner = session::lend_inner().unwrap_or_default();
    inner.operands(x.iter().map(|x| x.plain()));
    let done = inner.forward(callee, y);
    session::give_inner_back(inner);
    done
}

/// Records a call of a rule, whose value is known already.
pub(super) fn own_rule(rule: &'static OwnRule, x: &[Var], value: f64, at: &'static Location<'static>) -> Var {
    let callee = Callee::of_rule(rule);
    let y = if x.len() <= MOST {
        session::call(&callee, x, &[value], at)
    } else {
        let why = format!("a rule of {} operands cannot be recorded: of at most {MOST} it can", x.len());
        let why = CallError::Failed { name: callee.name().into_owned(), why };
        session::call_failed(&callee, why, x, &[value], at)
    };
    y.first().copied().unwrap_or(Var::constant(f64::NAN))
}
