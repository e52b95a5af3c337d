//! The tape: numbers that record what is done with them, the flat arena in which the record lands, and the
//! sweeps that run over it.
//!
//! ```
//! use wengert::gradient;
//!
//! // f = (x + y)·z at (−2, 5, −4)
//! let (f, [dx, dy, dz]) = gradient(&[-2.0, 5.0, -4.0], |[x, y, z]| (x + y) * z)?;
//! assert_eq!(f, -12.0);
//! assert_eq!([dx, dy, dz], [-4.0, -4.0, 3.0]);
//! # Ok::<(), wengert::GradientError>(())
//! ```
//!
//! Data flows one way: [`Recorder::record`] → [`Tape`] → sweep → [`Workspace`] → drivers.
#![deny(unsafe_code)]

mod index;
mod arena;
mod source_file;
mod error;
mod tape;
mod workspace;
mod session;
mod var;
mod recorded;
mod foreign;
mod record;
pub mod memory;
mod call;
mod sweep;
mod spelling;
mod verify;
mod text;
mod dump;
mod program;
mod opt;
mod save;
mod sparse;
mod drive;
pub mod checkpoint;
mod check;

pub use call::{
    CallError, Callee, Cause, Factorized, Lu, LuError, Newton, NewtonError, Opaque, Outcome, Registry, Solver,
};
pub use check::{Check, CheckError, Coordinate, Report, check_gradient};
pub use drive::forward;
pub use drive::forward::{jvp, jvp_into};
pub use drive::program::{Matrices, SecondOrder};
pub use drive::reverse::{gradient, gradient_into, jacobian, jacobian_into, vjp, vjp_into};
pub use drive::second::{hessian, hessian_into, hvp, hvp_into};
pub use drive::sparse::{
    NonlinearProgram, NonlinearWork, Recovery, SparseHessian, SparseJacobian, SparseMode, SparseOptions,
    SparseReport, SparseWork,
};
pub use drive::taylor::HigherOrder;
pub use dump::{Comparison, Diagram, Dump, Statistics};
pub use error::{GradientError, RecordError, SourceLine, SweepError, VariableError};
pub use index::{ConstId, MAX_NODES, NodeId, Source, Wire};
pub use program::{Adjoint, Diverged, Forms, Mode, Program, ProgramError, RunError, Several, WIDTH};
pub use record::{Adjoints, Recorder, Session};
pub use save::{LoadError, SaveError};
pub use source_file::SourceFile;
pub use sparse::coloring::Coloring;
pub use sparse::order::VertexOrder;
pub use sparse::pattern::{Pattern, Rows};
pub use sparse::patterns::SparseError;
pub use tape::{Guard, Read, Tape, Test};
pub use text::{ParseError, ParseReason};
pub use var::Var;
pub use verify::VerifyError;
#[doc(no_inline)]
pub use wengert_ops::{Dual, Taylor};
pub use workspace::Workspace;
