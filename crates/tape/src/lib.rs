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
mod source;
mod error;
mod arena;
mod tag;
mod var;
mod number;
mod operation;
mod tape;
mod workspace;
mod session;
mod numbers;
mod opaque;
mod sweep;
mod calling;
mod record;
mod reading;
pub mod memory;
mod spelling;
mod verify;
mod assembly;
mod text;
mod dump;
mod opt;
mod sparse;
mod drive;
pub mod checkpoint;
mod check;

pub use arena::Node;
pub use assembly::Assembly;
pub use check::{Check, CheckError, Coordinate, Report, check_gradient};
pub use drive::forward;
pub use drive::forward::{jvp, jvp_into};
pub use drive::reverse::{gradient, gradient_into, jacobian, jacobian_into, shaped, vjp, vjp_into};
pub use dump::{Comparison, Diagram, Dump, Statistics};
pub use error::{GradientError, RecordError, RunError, SweepError, VariableError};
pub use index::{ConstId, MAX_NODES, NodeId, Operand, Source};
pub use record::{Adjoints, Recorder, Session};
pub use session::unfolded;
pub use source::{SourceFile, SourceLine};
pub use sparse::coloring::Coloring;
pub use sparse::graph::Graph;
pub use sparse::order::VertexOrder;
pub use sparse::pattern::{Pattern, PatternRows};
pub use sparse::patterns::SparseError;
pub use tag::Wire;
pub use tape::{Guard, Read, Tape};
pub use text::{ParseError, ParseReason};
pub use var::{Recorded, Var};
pub use verify::VerifyError;
#[doc(no_inline)]
pub use wengert_ops::{Dual, Taylor, Test};
pub use workspace::{NodeState, Workspace};

/// Operations as one node of a tape: what they are, how they are called, and who runs them for a sweep.
pub mod call {
    pub use crate::calling::AnyCall;
    pub use crate::error::{CallError, Cause, Diverged, Outcome};
    pub use crate::number::{
        cast, has_nan, is_still, is_zero, of_variable, records, unknown, variable, with_value,
    };
    pub use crate::opaque::{Opaque, OpaqueAdjoint, OpaqueOperation};
    pub use crate::operation::{
        Adjunct, Call, CallNumbers, CallWork, Callee, Calling, Calls, Cost, Forward, ForwardAt,
        ForwardReader, Generic, Kept, Loss, Memory, Mode, Operation, Registry, Resolve, Reverse, ReverseAt,
        ReverseReader, WIDEST, WIDTHS, forward_generic, reverse_generic,
    };
    pub use crate::session::{OwnRule, Results, StandIn};
}
