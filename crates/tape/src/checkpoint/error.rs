//! Why a time loop has no gradient.

use std::io;

use crate::error::{RecordError, SweepError};

/// Why a time loop has no gradient. `E` is the error of its steps.
///
/// Whichever it is, no file is left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError<E> {
    /// Not even the initial state may be kept.
    #[error("no snapshots: at least one, the initial state, is needed; 20 serve most loops")]
    NoSnapshots,
    /// A step, or its cost, failed.
    #[error("step {k}: {why}")]
    Step {
        /// The step, from 0.
        k: usize,
        /// What it said.
        why: E,
    },
    /// A step, or its cost, could not be recorded.
    #[error("recording step {k}: {why}")]
    Record {
        /// The step, from 0.
        k: usize,
        /// Why.
        why: RecordError,
    },
    /// A step could not be swept: what it put into the next state or gave as its cost is a variable of another
    /// recording.
    #[error("sweeping step {k}: {why}; what a step gives must come from its own arguments")]
    Sweep {
        /// The step, from 0.
        k: usize,
        /// Why.
        why: SweepError,
    },
    /// The loss could not be recorded.
    #[error("recording the loss: {0}")]
    RecordLoss(RecordError),
    /// The loss could not be swept: it is a variable of another recording.
    #[error("sweeping the loss: {0}; the loss must come from its own arguments")]
    SweepLoss(SweepError),
    /// The adjoint of the final state has another length than the state.
    #[error("the final state has {expected} numbers and its adjoint {found}: give one weight for each")]
    Adjoint {
        /// Numbers in the state.
        expected: usize,
        /// Numbers in the adjoint.
        found: usize,
    },
    /// The file for snapshots could not be made.
    #[error("no file for snapshots: {0}; is the folder there, and may one write to it?")]
    File(io::Error),
    /// A snapshot could not be kept or brought back: the disk or the memory is full.
    #[error("the snapshot of the state before step {k}: {why}; keep fewer, or give them more room")]
    Snapshot {
        /// The step, from 0.
        k: usize,
        /// Why.
        why: io::Error,
    },
}
