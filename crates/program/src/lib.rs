//! Programs: a tape run again at other inputs, at any number type; derived, called by others, and saved.
//!
//! ```
//! use wengert::{Program, Work};
//!
//! let f = Program::record(&[-2.0, 5.0, -4.0], |x| (x[0] + x[1]) * x[2])?;
//! let (mut work, mut gradient) = (Work::new(), [0.0; 3]);
//! assert_eq!(f.gradient_into(&mut work, &[1.0, 2.0, 3.0], &mut gradient)?, 9.0);
//! assert_eq!(gradient, [3.0, 3.0, 3.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Data flows one way: a [`Tape`](wengert_tape::Tape) → plan → sweeps over its runs → [`Program`] → drivers.
#![deny(unsafe_code)]

mod error;
mod sweep;
mod run;
mod work;
mod lu;
mod program;
mod drive;
mod newton;
mod save;

pub use drive::second::{hessian, hessian_into, hvp, hvp_into};
pub use drive::sparse::{
    NonlinearProgram, Recovery, SparseHessian, SparseJacobian, SparseMode, SparseOptions, SparseReport,
};
pub use error::ProgramError;
pub use lu::{Factorized, Lu, LuError};
pub use newton::{Newton, NewtonError};
pub use program::rows::{By, RowCode, RowError, RowInputs, RowMode, RowProgram, RowRunner, SharedWork};
pub use program::{Program, Solver, evaluate, implicit};
pub use save::{LoadError, SaveError};
pub use sweep::{Adjoint, Caller, Forms, Numbers, Plan, Several, Stopped, Tier, WIDEST};
pub use work::Work;
