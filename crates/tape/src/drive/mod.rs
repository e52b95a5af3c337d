//! One call for each thing that users want of a function: value and gradient, jvp, vjp, Jacobian.

pub mod forward;
pub(crate) mod reverse;
pub(crate) mod second;
pub(crate) mod program;
mod given;
pub(crate) mod taylor;
mod derivative;
pub(crate) mod sparse;
