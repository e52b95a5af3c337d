//! Sparse Jacobians and Hessians of programs: a plan that is made once and run at many points.
//!
//! Patterns and colourings are the tape's; here a plan says which directions are swept together, and where each
//! entry of the matrix is read off.

mod plan;
mod report;
mod options;
mod jacobian;
mod substitution;
mod hessian;
mod nonlinear;

pub use hessian::SparseHessian;
pub use jacobian::SparseJacobian;
pub use nonlinear::NonlinearProgram;
pub use options::{Recovery, SparseOptions};
pub use report::{SparseMode, SparseReport};
