//! What can go wrong, one small enum for each thing a user does. Errors are data: they import indices, source lines and the
//! questions of comparisons, and nothing that computes.

mod cause;
mod record;
mod run;
mod sweep;
mod gradient;

pub use cause::Cause;
pub use gradient::GradientError;
pub(crate) use gradient::{copied, length};
pub use record::RecordError;
pub use run::{CallError, Diverged, Outcome, RunError};
pub use sweep::{SweepError, VariableError};
