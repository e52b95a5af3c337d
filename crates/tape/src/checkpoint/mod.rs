//! Gradients of time loops in bounded memory: few states are kept, and the steps between them evaluated again.
//!
//! `schedule.rs`: which states to keep when, in integers. `snapshots.rs`: how many, as users choose. `store.rs`: where they
//! live. `run.rs`: a loop differentiated by a schedule.

mod schedule;
mod snapshots;
mod store;
mod run;
mod error;

pub use error::CheckpointError;
pub use run::{CheckpointReport, Checkpointed, TimeStep, checkpointed, checkpointed_vjp};
pub use schedule::{Action, Schedule};
pub use snapshots::Snapshots;
