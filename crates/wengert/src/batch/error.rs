//! Why a call of a batch has no result.

use wengert_program::ProgramError;
use wengert_tape::{RecordError, RunError, SourceLine};

use super::rows::RowsError;

/// A line before what happened there.
fn of_line(at: Option<&SourceLine>) -> String {
    at.map(|at| format!("{at}: ")).unwrap_or_default()
}

/// Why a call of a [`Batch`](crate::Batch) has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The rows are none.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// The recording at a row failed.
    #[error("row {row}: {why}")]
    Record {
        /// The row.
        row: usize,
        /// Why.
        #[source]
        why: RecordError,
    },
    /// What was recorded at a row cannot be run over others.
    #[error("row {row}: {why}")]
    Program {
        /// The row.
        row: usize,
        /// Why.
        #[source]
        why: ProgramError,
    },
    /// A row has no result.
    #[error("row {row}: {}{why}", of_line(.at.as_ref()))]
    Row {
        /// The row.
        row: usize,
        /// The line of the closure where it has none.
        at: Option<SourceLine>,
        /// Why.
        #[source]
        why: RunError,
    },
    /// A slice has the wrong length, what is uniform has no value, or one output was asked of several.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A row's recording has other outputs than that of the first row.
    #[error("row {row} has {found} outputs where the rows before have {expected}")]
    Outputs {
        /// The row.
        row: usize,
        /// How many outputs the rows before it have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// Rows come in more traces than are kept.
    #[error(
        "row {row} takes another way through the closure than those of {limit} traces, which are all that are kept; the \
         comparison at {at} is the last that told them apart: say how many there may be by `Batch::limit`, or write what is \
         compared without a branch (`max`, `select`)"
    )]
    Traces {
        /// The row.
        row: usize,
        /// How many traces are kept.
        limit: usize,
        /// A comparison whose outcome tells them apart.
        at: SourceLine,
    },
    /// Recorded at a row again, the closure did not make the comparisons that it made there before.
    #[error(
        "row {row}: recorded there, the closure comes to comparisons that a run of the recording at the same numbers does not \
         come to, so it computes with more than its arguments (make what changes a number of the row), or at `f32` a comparison \
         comes out by rounding"
    )]
    Impure {
        /// The row.
        row: usize,
    },
    /// An operation that does more than compute was called, which rows would do in any order.
    #[error(
        "`{0}` is not pure: rows are run in any order and on several threads, and it would act in that order"
    )]
    Acts(String),
    /// Rows [come with derivatives](crate::batch::Rows::and_moving) of their numbers by the shared inputs, which the driver does
    /// not take.
    #[error(
        "{0} takes no rows that come with derivatives by the shared inputs; `gradient`, `jacobian` and `gauss_newton` do"
    )]
    Moving(&'static str),
    /// It was [watched](crate::Batch::watch), and told to stop.
    #[error("stopped after {rows} rows")]
    Stopped {
        /// How many rows were done.
        rows: usize,
    },
}

impl BatchError {
    /// The same where the first row is that behind so many others.
    pub(super) fn behind(mut self, rows: usize) -> Self {
        match &mut self {
            Self::Record { row, .. }
            | Self::Program { row, .. }
            | Self::Row { row, .. }
            | Self::Outputs { row, .. }
            | Self::Traces { row, .. }
            | Self::Impure { row } => *row += rows,
            Self::Stopped { rows: done } => *done += rows,
            Self::Rows(_) | Self::Run(_) | Self::Acts(_) | Self::Moving(_) => {}
        }
        self
    }
}
