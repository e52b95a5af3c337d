//! The executor against rows read one by one.

mod exchange;
mod rows;
mod programs;
mod soundness;
