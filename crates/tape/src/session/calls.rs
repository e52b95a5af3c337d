//! Calls as a recording takes them: a node, and one for each result. What is called has been computed before.

use core::panic::Location;

use super::events::has_room;
use super::hot::{no_session, with_call_work, with_top};
use crate::error::{CallError, RecordError};
use crate::operation::{CallWork, Callee};
use crate::var::Var;

/// What the topmost recording keeps for calls, while a call runs, which may record; given back by being dropped.
pub(crate) struct Lent(Option<Box<CallWork<f64>>>);

impl Lent {
    pub(crate) fn new() -> Self {
        Self(with_call_work(Option::take).flatten())
    }

    /// Made anew where there was nothing yet.
    pub(crate) fn work(&mut self) -> &mut CallWork<f64> {
        self.0.get_or_insert_default()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let inner = self.0.take();
        with_call_work(|kept| *kept = inner);
    }
}

/// Records a call with these results.
pub(crate) fn call<R: FromIterator<Var>>(
    callee: &Callee,
    x: &[Var],
    y: &[f64],
    at: &'static Location<'static>,
) -> R {
    let recorded = with_top(|state| {
        let call = if state.error.is_some() { None } else { state.push_call(callee, x, y, at) };
        let result = |(k, value): (u64, &f64)| match call {
            Some(call) => Var::active(*value, state.base().node(u64::from(call) + 1 + k)),
            None => state.failed(*value),
        };
        (0..).zip(y).map(result).collect()
    });
    recorded.unwrap_or_else(|| nowhere(x, y, at))
}

/// Whether the topmost recording has room for a call; if not, it ends in the error.
pub(crate) fn has_room_for_call(operands: usize, results: usize, at: &'static Location<'static>) -> bool {
    has_room(|state| state.reserve_call(operands, results, at))
}

/// Ends the recording: what was called gave no numbers, for that reason unless the recording has one already.
pub(crate) fn call_failed<R: FromIterator<Var>>(
    callee: &Callee,
    why: Option<CallError>,
    x: &[Var],
    y: &[f64],
    at: &'static Location<'static>,
) -> R {
    let failed = with_top(|state| {
        if let Some(why) = why {
            let name = callee.name().into_owned();
            state.fail(RecordError::Call { name, why: Box::new(why), at: at.into() });
        }
        y.iter().map(|value| state.failed(*value)).collect()
    });
    failed.unwrap_or_else(|| nowhere(x, y, at))
}

/// Where nothing is recorded constants stay constants, and a variable is an error that has no recording to go to.
fn nowhere<R: FromIterator<Var>>(x: &[Var], y: &[f64], at: &'static Location<'static>) -> R {
    match x.iter().find(|x| !x.is_constant()) {
        Some(active) => no_session(at, active),
        None => y.iter().map(|y| Var::constant(*y)).collect(),
    }
}
