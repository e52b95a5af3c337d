//! The executor against rows read one by one.

mod rows;
mod programs;
mod soundness;
