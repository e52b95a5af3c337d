//! Why a time loop has no gradient.

use std::io;

use crate::error::{RecordError, SweepError};

/// Why a time loop has no gradient. `E` is the error of its steps.
///
/// Whichever it is, no file is left behind.
///
/// ```
/// use wengert::Scalar;
/// use wengert::checkpoint::{CheckpointError, TimeStep, checkpointed};
///
/// /// x ← √(x − p)
/// struct Root;
///
/// impl TimeStep for Root {
///     type Error = String;
///     fn step<T: Scalar>(&self, _: usize, x: &[T], p: &[T], next: &mut [T]) -> Result<(), String> {
///         if x[0] < p[0] {
///             return Err("no real root".into());
///         }
///         next[0] = (x[0] - p[0]).sqrt();
///         Ok(())
///     }
/// }
///
/// let failed = checkpointed(10, 3, &[7.0], &[1.0], &Root, |last, _| last[0]); // 7, √6, √1.45, 0.45 …
/// assert!(matches!(failed, Err(CheckpointError::Step { k: 3, .. })));
/// assert_eq!(failed.unwrap_err().to_string(), "step 3: no real root");
/// ```
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
        #[source]
        why: RecordError,
    },
    /// A step could not be swept: what it put into the next state or gave as its cost is a variable of another
    /// recording.
    #[error("sweeping step {k}: {why}; what a step gives must come from its own arguments")]
    Sweep {
        /// The step, from 0.
        k: usize,
        /// Why.
        #[source]
        why: SweepError,
    },
    /// The loss could not be recorded.
    #[error("recording the loss: {0}")]
    RecordLoss(#[source] RecordError),
    /// The loss could not be swept: it is a variable of another recording.
    #[error("sweeping the loss: {0}; the loss must come from its own arguments")]
    SweepLoss(#[source] SweepError),
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
    File(#[source] io::Error),
    /// A snapshot could not be kept or brought back: the disk or the memory is full.
    #[error("the snapshot of the state before step {k}: {why}; keep fewer, or give them more room")]
    Snapshot {
        /// The step, from 0.
        k: usize,
        /// Why.
        #[source]
        why: io::Error,
    },
}
