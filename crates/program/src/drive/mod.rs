//! What users want of a program, one call for each: values, gradients, products, matrices; and second order of
//! closures, which are made programs of.

mod into;
mod lines;
mod given;
mod taylor;
pub(crate) mod second;
pub(crate) mod sparse;
