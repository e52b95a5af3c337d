//! Calls while recording: computed at `f64`, then one call node and its results. What is called is behind a trait, and is not
//! known here.

use core::panic::Location;

use smallvec::SmallVec;

use super::calls::{Lent, call, call_failed, has_room_for_call};
use crate::error::CallError;
use crate::index::NodeId;
use crate::operation::{Callee, Forward, ForwardAt};
use crate::var::Var;

/// Results of a call that are looked at and dropped: most have few.
pub type Results = SmallVec<[Var; 4]>;

impl Callee {
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
        record(self, x, Location::caller(), false)
    }

    /// Calls it once for each of several rows in a recording: `rows` holds the operands of the first row, of the
    /// second, and so on; `shared` are operands that are the same for all rows, the last ones. The results stand row
    /// after row. A program is called for all rows in one node
    /// ([`Operation::over_rows`](crate::call::Operation::over_rows)), any other operation once a row.
    ///
    /// # Panics
    /// As any operation on a variable where its thread records nothing.
    #[must_use]
    #[track_caller]
    pub fn map(&self, rows: &[Var], shared: &[Var]) -> Vec<Var> {
        let at = Location::caller();
        let own = self.inputs().saturating_sub(shared.len());
        let count = rows.len().checked_div(own).unwrap_or(0);
        let whole = count * own == rows.len() && shared.len() <= self.inputs();
        let mut operands = Vec::with_capacity(rows.len() + shared.len());
        if whole && let Some(all) = self.operation().over_rows(self, count, own..self.inputs()) {
            operands.extend(rows.iter().chain(shared));
            return record(&all, &operands, at, false);
        }
        let mut results = Vec::new();
        // Rows that do not come out even are an error of the last one.
        for row in rows.chunks(own.max(1)) {
            operands.clear();
            operands.extend(row.iter().chain(shared));
            results.extend(record::<Results>(self, &operands, at, false));
        }
        results
    }

    /// [`call`](Self::call) while a sweep is recorded. A derivative that cannot be had at the point of the recording
    /// is NaN there, as in any sweep; it may be discarded, and elsewhere it may be had.
    #[must_use]
    #[track_caller]
    pub fn call_again(&self, x: &[Var]) -> Results {
        record(self, x, Location::caller(), true)
    }
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
        let refused = |why| call_failed(callee, why, x, &vec![f64::NAN; outputs.min(1 << 16)], at);
        if !has_room_for_call(x.len(), outputs, at) {
            return refused(None);
        }
        many = match callee.results(f64::NAN) {
            Ok(results) => results,
            Err(why) => return refused(Some(why)),
        };
        &mut many[..]
    };
    if let Err(why) = compute(callee, x, y, again) {
        return call_failed(callee, Some(why), x, y, at);
    }
    if callee.is_pure() && x.iter().all(|x| x.is_constant()) {
        return y.iter().copied().map(Var::constant).collect();
    }
    call(callee, x, y, at)
}

fn compute(callee: &Callee, x: &[Var], y: &mut [f64], again: bool) -> Result<(), CallError> {
    callee.takes(x.len())?;
    if let Some(known) = callee.operation().known_at(x) {
        y.copy_from_slice(known);
        return Ok(());
    }
    // The recording's own, so that one after another finds what it needs. Code that runs meanwhile may record.
    let mut lent = Lent::new();
    let work = lent.work();
    work.forget_losses();
    let x: SmallVec<[f64; 8]> = x.iter().map(|x| x.plain()).collect();
    let _ = work.operands(NodeId::new(0));
    callee.operation().forward(callee, ForwardAt::Double(Forward { x: &x, y: &mut *y, work }))?;
    if again { Ok(()) } else { work.known(y.iter().copied()) }
}
