//! Why a tape is no program, and why a run of one has no result.

use super::Diverged;
use crate::call::CallError;
use crate::error::{RecordError, SourceLine};

/// Why a tape is no program.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// The recording failed.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Plain values were read while recording: what was done with them is frozen.
    #[error(
        "{at}: a plain value was read while recording ({reads} such reads in all), and whatever was done with it would \
         stay as it was at every other input; keep to recorded numbers, or accept it with `Program::accepting_reads`"
    )]
    PlainReads {
        /// How many reads.
        reads: usize,
        /// The first.
        at: SourceLine,
    },
    /// The program could not be run at the point of its recording.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The workspace does not hold the tape's values.
    #[error("the workspace holds {values} values, but the tape has {nodes} nodes")]
    Workspace {
        /// Values in the workspace.
        values: usize,
        /// Nodes of the tape.
        nodes: usize,
    },
}

/// Why a run of a program has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A comparison came out otherwise than when the program was recorded.
    #[error(transparent)]
    Diverged(#[from] Box<Diverged>),
    /// A slice has the wrong length.
    #[error("{what}: {found} numbers where the program has {expected}")]
    Length {
        /// What the slice holds.
        what: &'static str,
        /// How many there must be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A reverse sweep needs the values of a run of this program.
    #[error("the workspace holds no finished run of this program: run it forward first")]
    NotRun,
    /// A called operation gave no numbers.
    #[error(transparent)]
    Call(Box<CallError>),
    /// The driver asks for a program of one output, and this one has several, or none.
    #[error("the program has {found} outputs where this asks for one")]
    NotScalar {
        /// How many it has.
        found: usize,
    },
}

/// Checks a slice's length.
pub(crate) fn length(what: &'static str, expected: usize, found: usize) -> Result<(), RunError> {
    if expected == found { Ok(()) } else { Err(RunError::Length { what, expected, found }) }
}
