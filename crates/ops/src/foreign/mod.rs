//! What every number type owes to the standard library and to other crates: operators with floats and
//! references, and the traits of `num_traits`, `approx`, `nalgebra` and `ndarray`. Each is a macro, written
//! once and used where the type lives.
//!
//! The macros ask of the type: `Copy`, [`Real`](crate::Real), `From<f64>`, comparisons, the table's inherent
//! methods, and (for `numeric!`) private ways to read its value (`primals.rs`).

#[macro_use]
mod operators;
#[macro_use]
mod comparisons;
#[macro_use]
mod primals;
#[macro_use]
mod inherent;
#[macro_use]
mod conversions;
#[macro_use]
mod numeric;
#[macro_use]
mod approximate;
#[cfg(feature = "nalgebra")]
#[macro_use]
mod algebraic;
#[cfg(feature = "ndarray")]
#[macro_use]
mod arrays;
#[macro_use]
mod nested;
