//! Reverse-mode automatic differentiation on a flat Wengert list.
//!
//! ```
//! // f = (x + y)·z at (−2, 5, −4): the value, and the gradient in the shape of the point.
//! let (f, [dx, dy, dz]) = wengert::gradient(&[-2.0, 5.0, -4.0], |[x, y, z]| (x + y) * z)?;
//! assert_eq!((f, dx, dy, dz), (-12.0, -4.0, -4.0, 3.0));
//! # Ok::<(), wengert::GradientError>(())
//! ```
//!
//! * [`gradient`], [`vjp`], [`jacobian`]: reverse mode in one call; [`forward`]: the same in forward mode.
//! * [`Recorder`], [`Session`], [`Var`]: record once, read the adjoint of every node, reuse the memory.
//! * [`Tape`]: the record itself, to print, draw, count and parse.
//! * [`Function`]: a closure recorded where it must be and replayed elsewhere, through branches too; every derivative of it.
//! * [`Program`]: a tape run again at other inputs; its Jacobians, Hessians, and derivatives as programs.
//! * [`Program::save`], [`Program::load`]: programs in files, whose own operations a [`Registry`] has.
//! * [`checkpoint`]: gradients of long time loops in bounded memory.
//! * [`SparseJacobian`], [`SparseHessian`], [`NonlinearProgram`]: sparse derivatives of programs, planned once.
//! * [`Taylor`]: derivatives of any order along a line or a curve.
//! * [`linear`]: norms and matrix products by n-ary operations, which make short tapes.
//! * [`Parameters`](trait@Parameters): shapes that hold numbers, which structs and enums derive.
//! * [`Scalar`]: what code is generic over, so that it runs at `f64`, [`Dual`], [`Taylor`] and [`Var`] alike.
#![forbid(unsafe_code)]

mod function;
#[cfg(feature = "argmin")]
pub mod argmin;
#[cfg(feature = "faer")]
pub mod faer;

pub use function::{Divergence, Function, FunctionError, FunctionReport};
pub use wengert_derive::Parameters;
pub use wengert_ops::{
    Dual, Exponent, Functions, Info, Invalid, Law, Listed, Op, Operands, Outputs, Parameters, PartialKind,
    Primitive, Reads, Real, Regrouping, Rule, Scalar, Second, Structure, Taylor, Then, Variadic, Visitor,
    conventions, linear, rows, rule,
};
pub use wengert_tape::*;
