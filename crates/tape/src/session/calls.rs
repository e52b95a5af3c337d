//! Calls as a recording takes them: a node, and one for each result. What is called has been computed before.

use core::panic::Location;

use smallvec::SmallVec;

use super::hot::{with_inner, with_top};
use super::rows::no_session;
use super::state::State;
use crate::call::{CallError, Callee, Inner};
use crate::error::RecordError;
use crate::index::Operand;
use crate::var::Var;

/// Takes what the topmost recording keeps for calls, to be given back; `None` where there is nothing yet.
pub(crate) fn lend_inner() -> Option<Box<Inner<f64>>> {
    with_inner(Option::take).flatten()
}

/// Gives it back to the topmost recording.
pub(crate) fn give_inner_back(inner: Box<Inner<f64>>) {
    with_inner(|kept| *kept = Some(inner));
}

/// Records a call with these results.
pub(crate) fn call(
    callee: &Callee,
    x: &[Var],
    y: &[f64],
    at: &'static Location<'static>,
) -> SmallVec<[Var; 4]> {
    let recorded = with_top(|state| {
        let call = if state.error.is_some() { None } else { push(state, callee, x, y, at) };
        let result = |(k, value): (u64, &f64)| match call {
            Some(call) => Var::active(*value, (u64::from(state.number) << 32) + u64::from(call) + 1 + k),
            None => state.failed(*value),
        };
        (0..).zip(y).map(result).collect()
    });
    recorded.unwrap_or_else(|| nowhere(x, y, at))
}

/// Appends the nodes, or ends the recording.
fn push(
    state: &mut State,
    callee: &Callee,
    x: &[Var],
    y: &[f64],
    at: &'static Location<'static>,
) -> Option<u32> {
    let mut operands = SmallVec::<[Operand; 8]>::new();
    for v in x {
        operands.push(state.operand(*v, at)?);
    }
    state.push_call(callee, &operands, y, at).map_err(|error| state.fail(error)).ok()
}

/// Ends the recording: what was called gave no numbers.
pub(crate) fn call_failed(
    callee: &Callee,
    why: CallError,
    x: &[Var],
    y: &[f64],
    at: &'static Location<'static>,
) -> SmallVec<[Var; 4]> {
    let failed = with_top(|state| {
        state.fail(RecordError::Call { name: callee.name().into_owned(), why: Box::new(why), at: at.into() });
        y.iter().map(|value| state.failed(*value)).collect()
    });
    failed.unwrap_or_else(|| nowhere(x, y, at))
}

/// Where nothing is recorded constants stay constants, and a variable is an error that has no recording to go to.
fn nowhere(x: &[Var], y: &[f64], at: &'static Location<'static>) -> SmallVec<[Var; 4]> {
    match x.iter().find(|x| !x.is_constant()) {
        Some(active) => no_session(at, active),
        None => y.iter().map(|y| Var::constant(*y)).collect(),
    }
}
