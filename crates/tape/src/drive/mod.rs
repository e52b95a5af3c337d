//! One call for each thing that users want of a closure: value and gradient, jvp, vjp, Jacobian.

pub mod forward;
pub(crate) mod reverse;
