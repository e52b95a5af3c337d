//! Gradients of time loops in bounded memory: few states are kept, and the steps between them evaluated again.
//!
//! A loop is a [`TimeStep`]; [`checkpointed`] gives its loss and its gradient by the initial state and by the parameters,
//! keeping as many [`Snapshots`] as it is told; [`Schedule`] says which, and is of use alone.
//!
//! `schedule.rs`: which states to keep when, in integers. `snapshots.rs`: how many, as users choose. `store.rs`: where they
//! live. `run.rs`: a loop differentiated by a schedule. Nothing here sweeps: that is a recorder's.

mod schedule;
mod snapshots;
mod store;
mod run;
mod error;

pub use error::CheckpointError;
pub use run::{CheckpointReport, Checkpointed, TimeStep, checkpointed, checkpointed_vjp};
pub use schedule::{Action, Schedule};
pub use snapshots::Snapshots;
