//! Calls while recording: computed at `f64`, then one call node and its results.

use core::panic::Location;

use smallvec::SmallVec;

use super::rule::{MOST, OwnRule};
use super::{CallError, Callee};
use crate::index::NodeId;
use crate::session;
use crate::var::Var;

/// Results of a call that are looked at and dropped: most have few.
pub(super) type Results = SmallVec<[Var; 4]>;

/// Computes a call and records it: its results, in a list of whatever kind. An error ends the recording.
pub(super) fn call<R: FromIterator<Var>>(callee: &Callee, x: &[Var], at: &'static Location<'static>) -> R {
    record(callee, x, at, false)
}

/// [`call`] while a sweep is recorded. A derivative that cannot be had at the point of the recording is NaN there, as in any
/// sweep; it may be discarded, and elsewhere it may be had.
pub(super) fn call_again<R: FromIterator<Var>>(
    callee: &Callee,
    x: &[Var],
    at: &'static Location<'static>,
) -> R {
    record(callee, x, at, true)
}

fn record<R: FromIterator<Var>>(
    callee: &Callee,
    x: &[Var],
    at: &'static Location<'static>,
    again: bool,
) -> R {
    let mut few = [f64::NAN; 4];
    let mut many;
    let outputs = callee.outputs();
    let y = if let Some(y) = few.get_mut(..outputs) {
        y
    } else {
        // The count is the word of a user's code. Where there is no room for so many, some are given, for those who look at
        // the first ones before the recording ends.
        let refused = |why| session::call_failed(callee, why, x, &vec![f64::NAN; outputs.min(1 << 16)], at);
        if !session::has_room_for_call(x.len(), outputs, at) {
            return refused(None);
        }
        many = match callee.results(f64::NAN) {
            Ok(results) => results,
            Err(why) => return refused(Some(why)),
        };
        &mut many[..]
    };
    if let Err(why) = compute(callee, x, y, again) {
        return session::call_failed(callee, Some(why), x, y, at);
    }
    if callee.is_pure() && x.iter().all(|x| x.is_constant()) {
        return y.iter().copied().map(Var::constant).collect();
    }
    session::call(callee, x, y, at)
}

fn compute(callee: &Callee, x: &[Var], y: &mut [f64], again: bool) -> Result<(), CallError> {
    callee.takes(x.len())?;
    if let Some(known) = callee.known_at(x) {
        y.copy_from_slice(known);
        return Ok(());
    }
    // The recording's own, so that one after another finds what it needs. Code that runs meanwhile may record.
    let mut lent = session::Lent::new();
    let inner = lent.inner();
    inner.forget_losses();
    inner.operands(NodeId::new(0), x.iter().map(|x| x.plain()));
    inner.forward(callee, y, false)?;
    if again { Ok(()) } else { inner.known(y.iter().copied()) }
}

/// Records a call of a rule, whose value is known already.
pub(super) fn own_rule(rule: &'static OwnRule, x: &[Var], value: f64, at: &'static Location<'static>) -> Var {
    let callee = Callee::of_rule(rule);
    let y: Results = if x.len() <= MOST {
        session::call(&callee, x, &[value], at)
    } else {
        let why = format!("a rule of {} operands cannot be recorded: of at most {MOST} it can", x.len());
        let why = CallError::failed(&callee.name(), why);
        session::call_failed(&callee, Some(why), x, &[value], at)
    };
    y.first().copied().unwrap_or(Var::constant(f64::NAN))
}
