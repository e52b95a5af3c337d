//! What an elementary operation *is*: its value and its partial derivatives, written once in [one
//! table](table!) and read at any number type.
//!
//! | read at | gives |
//! |---|---|
//! | `f64`, `f32` | the value; the partials that a reverse sweep multiplies adjoints by |
//! | [`Dual<T, N>`](Dual) | forward mode: a value and `N` tangents; nests |
//! | [`Taylor<F, K>`](Taylor) | the Taylor series of order `K` along a curve; nests |
//! | `Var` of `wengert-tape` | a recording |
//!
//! ```
//! use wengert::{Dual, Scalar};
//!
//! // Written once …
//! fn f<T: Scalar>(x: T) -> T {
//!     x.sin() * x.exp()
//! }
//! // … read at a float, and at a dual number: d/dx (sin x · eˣ) = (cos x + sin x)·eˣ.
//! assert_eq!(f(0.0_f64), 0.0);
//! let y = f(Dual::variable(0.0_f64));
//! assert_eq!((y.value, y.tangent[0]), (0.0, 1.0));
//! ```
//!
//! This crate stores nothing, does no I/O, and knows nothing of tapes. Values at kinks, poles, ties and
//! ends of domains are stated once in [`conventions`].
#![cfg_attr(not(feature = "nalgebra"), forbid(unsafe_code))]
// Methods that a trait of `simba` declares `unsafe` must be implemented as such; no code here is unsafe.
#![cfg_attr(feature = "nalgebra", deny(unsafe_code))]

#[macro_use]
mod table;
mod opcodes;
mod laws;
mod operands;
mod rule;
mod class;
pub mod rows;
#[macro_use]
mod functions;
mod kernels;
mod fast;
mod formulas;
mod visit;
mod structure;
mod test;
mod scalar;
#[macro_use]
mod foreign;
pub mod algebra;
mod parameters;
mod outputs;
pub mod linear;

pub use algebra::dual::Dual;
pub use algebra::fast::Fast;
pub use algebra::lanes::Lanes;
pub use algebra::taylor::Taylor;
pub use class::{ByClass, Class, Multiple};
pub use functions::{Exponent, Functions};
pub use laws::{Arithmetic, Law, Regrouping, Then};
pub use opcodes::Op;
pub use operands::{Operands, WithData};
pub use outputs::Outputs;
pub use parameters::Parameters;
pub use rule::{Invalid, Listed, PartialKind, Primitive, Reads, Real, Rule, Shortcuts, Variadic, Visitor};
pub use scalar::Scalar;
pub use structure::Structure;
pub use test::{Question, Test};
pub use visit::{Info, Second};

#[doc = include_str!("../docs/conventions.md")]
pub mod conventions {}

#[doc(hidden)]
pub mod __private {
    pub use crate::operands::Halves;
    pub use crate::rule::Ahead;
    pub use crate::test::{BETWEEN, OF};
    pub use approx;
    #[cfg(feature = "nalgebra")]
    pub use nalgebra;
    #[cfg(feature = "ndarray")]
    pub use ndarray;
    pub use num_traits;
    #[cfg(feature = "nalgebra")]
    pub use simba;
}
