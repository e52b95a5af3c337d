//! The functions that are timed, each written once over [`Scalar`], and how they are timed.

pub mod problems;
pub mod timing;

pub use problems::Problem;
