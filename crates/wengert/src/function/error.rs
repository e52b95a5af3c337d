//! Why a call of a function has no result.

use wengert_program::ProgramError;
use wengert_tape::{GradientError, RecordError, RunError, SourceLine, SweepError};

/// Why a call of a [`Function`](crate::Function) has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FunctionError {
    /// The recording failed.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A recording that is not kept could not be swept.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// A derivative was asked of results that are constants because plain values were read; at lines that
    /// [`accept_reads`](crate::Function::accept_reads) has, they may be.
    #[error(transparent)]
    Gradient(#[from] GradientError),
    /// A slice has the wrong length, or one output was asked of several.
    #[error(transparent)]
    Run(#[from] RunError),
    /// What was recorded cannot be run.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// Recorded again, the closure did not make the comparisons that it made at the same numbers before.
    #[error(
        "{at}: recorded again, the closure came to other comparisons than before at the same numbers, so it computes with \
         more than its inputs and parameters; make what changes a parameter"
    )]
    Impure {
        /// The comparison up to which it should have agreed.
        at: SourceLine,
    },
}
