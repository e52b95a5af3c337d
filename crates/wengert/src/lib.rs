//! Reverse-mode automatic differentiation on a flat Wengert list.
//!
//! ```
//! // f = (x + y)·z at (−2, 5, −4): the value, and the gradient in the shape of the point.
//! let (f, [dx, dy, dz]) = wengert::gradient(&[-2.0, 5.0, -4.0], |[x, y, z]| (x + y) * z)?;
//! assert_eq!((f, dx, dy, dz), (-12.0, -4.0, -4.0, 3.0));
//! # Ok::<(), wengert::GradientError>(())
//! ```
//!
//! | what you want | what to take |
//! |---|---|
//! | one gradient, now | [`gradient`]; its kin [`vjp`], [`jvp`], [`jacobian`], [`hvp`], [`hessian`]; and [`check_gradient`] |
//! | to look inside | a [`Recorder`], whose [`Tape`] prints, draws and counts itself ([`dump`]), with the adjoint of every node |
//! | the same function again | [`Function`]: a closure recorded where it must be and replayed elsewhere, through branches too |
//! | one function at many rows: data, paths | [`Batch`]: rows side by side, on all threads |
//! | full control, no branches | [`Program`]: a tape run again, at `f64` and `f32`; saved to files; derived as programs |
//! | few inputs | [`forward`]: dual numbers, nothing recorded; [`Taylor`] for derivatives of any order |
//! | sparse derivatives | [`sparse`]: patterns, colourings, plans for solvers |
//! | long time loops | [`checkpoint`]: gradients in bounded memory |
//! | a function given by code of another kind, or by an equation | [`call`] |
//!
//! Code that is generic over [`Scalar`] runs at `f64`, [`Dual`], [`Taylor`] and [`Var`] alike; a point may be any shape of
//! [`Parameters`], which a struct of yours can derive. [`linear`] has norms and matrix products that make short tapes.
//!
//! # Drivers
//! Every driver has one name wherever it stands: on closures (here), on a [`Function`], on a [`Program`].
//!
//! | driver | gives | of closures |
//! |---|---|---|
//! | `value`, `values` | `f(x)` | call `f` at floats |
//! | `gradient` | `f(x)`, `∇f` | `gradient(&x, f)` |
//! | `jvp` | `f(x)`, `J·v` | `jvp(&x, f, &v)` |
//! | `vjp` | `f(x)`, `wᵀ·J` | `vjp(&x, f, &w)` |
//! | `jacobian` | `f(x)`, `J` | `jacobian(&x, f)` |
//! | `hvp` | `f(x)`, `∇f`, `∇²f·v` | `hvp(&x, f, &v)` |
//! | `hessian` | `f(x)`, `∇f`, `∇²f` | `hessian(&x, f)` |
//!
//! The point comes first, then the function, then directions or weights; the values come out first. Each has a form that ends
//! in `_into` and writes into slices. Closures give one number, an array or a `Vec`.
//!
//! # Features
//! `rayon` is on by default, and none of the others unless it is named.
//!
//! | feature | version | what it is for |
//! |---|---|---|
//! | `argmin` | 0.11 | argmin's solvers minimise a [`Function`] |
//! | `faer` | 0.24 | sparse derivatives in faer's matrices; rows of a batch in its views |
//! | `nalgebra` | 0.35 | our numbers as elements of nalgebra's matrices and vectors |
//! | `ndarray` | 0.17 | our numbers as elements of ndarray's arrays; rows of a batch in its views |
//! | `rayon` | 1.12 | batches run on all threads of the pool that they are called in |
//!
//! The versions are those of the other crate that fit. The traits of `num_traits` 0.2 and `approx` 0.5 are always there.
#![forbid(unsafe_code)]

pub mod batch;
pub mod function;
#[cfg(feature = "argmin")]
pub mod argmin;
#[cfg(feature = "faer")]
pub mod faer;

#[doc(inline)]
pub use batch::{Batch, BatchError};
#[doc(inline)]
pub use function::{Function, FunctionError};
pub use wengert_derive::Parameters;
pub use wengert_ops::{Dual, Outputs, Parameters, Scalar, Taylor, conventions, linear, rule};
pub use wengert_program::{Program, ProgramError, Work, hessian, hessian_into, hvp, hvp_into};
pub use wengert_tape::{
    Adjoints, CheckError, GradientError, NodeId, RecordError, Recorder, RunError, Session, SourceLine,
    SweepError, Tape, Var, VariableError, Workspace, check_gradient, checkpoint, forward, gradient,
    gradient_into, jacobian, jacobian_into, jvp, jvp_into, memory, vjp, vjp_into,
};

/// What a [`Program`]'s runs give: modes of Jacobians, divergences; ways to run one; and why it is not saved or loaded.
pub mod program {
    pub use wengert_program::{
        Adjoint, Caller, Forms, LoadError, Numbers, Plan, SaveError, Several, Stopped, Tier, WIDEST,
    };
    pub use wengert_tape::call::{Diverged, Mode};
}

/// What batches run on: programs over rows, and the executor of straight-line code that runs many of these at a time.
pub mod lanes {
    pub use wengert_lanes::{
        Code, GROUP, InstructionSet, LaneFloat, LaneValue, Lanewise, NoCalls, Precision, RowBlock, RowCalls,
        RowMaximum, RowStopped, RowTable, Straight, StraightError,
    };
    pub use wengert_program::{By, RowCode, RowError, RowInputs, RowMode, RowProgram, RowRunner, SharedWork};
}

/// Where derivatives can differ from 0, and plans that find those entries and no others.
pub mod sparse {
    pub use wengert_program::{
        NonlinearProgram, Recovery, SparseHessian, SparseJacobian, SparseMode, SparseOptions, SparseReport,
    };
    pub use wengert_tape::{Coloring, Graph, Pattern, PatternRows, SparseError, VertexOrder};
}

/// Operations as one node of a tape: programs, rules of yours, callbacks, solutions of equations; and what one of your own kind
/// must do.
pub mod call {
    pub use wengert_program::{Factorized, Lu, LuError, Newton, NewtonError, Solver, evaluate, implicit};
    pub use wengert_tape::call::{
        Adjunct, AnyCall, Call, CallError, CallNumbers, CallWork, Callee, Calling, Calls, Cause, Cost,
        Forward, ForwardAt, ForwardReader, Generic, Kept, Loss, Memory, Opaque, Operation, Outcome, OwnRule,
        Registry, Resolve, Results, Reverse, ReverseAt, ReverseReader, forward_generic, reverse_generic,
    };
}

/// A tape as text, as a drawing, in numbers; and reading the text back.
pub mod dump {
    pub use wengert_tape::{Comparison, Diagram, Dump, NodeState, ParseError, ParseReason, Statistics};
}

/// What a [`Tape`] is made of, and how one is assembled.
pub mod tape {
    pub use wengert_tape::{
        Assembly, ConstId, Guard, MAX_NODES, Node, Operand, Read, Source, SourceFile, Test, VerifyError, Wire,
    };
}

/// Gradients against differences, with tolerances.
pub mod check {
    pub use wengert_tape::{Check, Coordinate, Report};
}

/// What an operation is: number types, rules and rows of the table, and what passes know of them. For those who write
/// operations or number types of their own.
pub mod ops {
    pub use wengert_ops::{
        Arithmetic, Exponent, Fast, Functions, Info, Invalid, Lanes, Law, Listed, Op, Operands, PartialKind,
        Primitive, Reads, Real, Regrouping, Rule, Second, Shortcuts, Structure, Then, Variadic, Visitor,
        WithData, rows,
    };
}
