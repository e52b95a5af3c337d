//! wengert beside other crates that differentiate: the problems of `wengert-benches`, read at each crate's numbers.
//!
//! A tool is one file under `tools`, which says how it is used in its fastest idiomatic way: tape kept and cleared,
//! buffers reused, its own operations of many operands where it has them. Each gradient is compared with wengert's
//! before it is timed.

pub mod tool;
pub mod tools;
pub mod agreement;
pub mod contest;
pub mod row;
pub mod tables;
pub mod csv;
pub mod plot;

pub use row::Row;
pub use tool::{Absent, Run, Tool};
