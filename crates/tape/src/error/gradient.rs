//! Why a one-call gradient has no result.

use super::{RecordError, RunError, SweepError};
use crate::source::{SourceLine, listed};

/// Why a one-call gradient has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GradientError {
    /// The recording failed.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The sweep failed.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// Nothing that is differentiated depends on the inputs, and plain values were taken out of the recording: what was
    /// computed with these has no derivative, and the zeros would be wrong.
    #[error(
        "no result depends on the inputs, but plain values were read, and what was computed with them has no derivative: at \
         {}; keep to recorded numbers and compare these, or read `x.detach()` where no derivative is meant to flow",
        listed(lines)
    )]
    PlainReads {
        /// Where they were read, each line once.
        lines: Vec<SourceLine>,
    },
    /// What was recorded could not be run for its second derivatives: a called operation does not give them, most often.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The shape of the point asks for another number of parameters than it holds, or the weights of a vjp
    /// or the directions of a jvp have another length than they must.
    #[error("{what}: expected {expected} numbers, got {found}")]
    Length {
        /// Which vector.
        what: &'static str,
        /// The length it must have.
        expected: usize,
        /// The length it has.
        found: usize,
    },
}

/// Checks the length of a slice.
pub(crate) fn length(what: &'static str, expected: usize, found: usize) -> Result<(), GradientError> {
    if expected == found { Ok(()) } else { Err(GradientError::Length { what, expected, found }) }
}

/// Numbers into a slice, which must have their length.
pub(crate) fn copied(
    what: &'static str,
    numbers: impl ExactSizeIterator<Item = f64>,
    slots: &mut [f64],
) -> Result<(), GradientError> {
    length(what, numbers.len(), slots.len())?;
    slots.iter_mut().zip(numbers).for_each(|(slot, x)| *slot = x);
    Ok(())
}
