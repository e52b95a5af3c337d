//! Why a tape is no program.

use wengert_tape::{RecordError, RunError, SourceLine};

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
    /// It is too large to be run over rows.
    #[error("the program is too large to be run over rows: {0}")]
    Rows(#[from] wengert_lanes::StraightError),
    /// The workspace does not hold the tape's values.
    #[error("the workspace holds {values} values, but the tape has {nodes} nodes")]
    Workspace {
        /// Values in the workspace.
        values: usize,
        /// Nodes of the tape.
        nodes: usize,
    },
}

/// Checks a slice's length.
pub(crate) fn length(what: &'static str, expected: usize, found: usize) -> Result<(), RunError> {
    if expected == found { Ok(()) } else { Err(RunError::Length { what, expected, found }) }
}
