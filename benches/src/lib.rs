//! What is timed, and how: the machinery of `cargo bench` and of the binaries `report` and `hot`.
//!
//! Each problem is one function, written once over [`Arithmetic`]; the package in `benches/peers` reads the same
//! problems at other tools' numbers. Nothing here is a test: times
//! are written down with their date, in `benches/records`, and read by people.
#![deny(unsafe_code)]

pub mod arithmetic;
pub mod problems;
pub mod workload;
pub mod catalogue;
pub mod timing;
pub mod layout;
pub mod allocations;
pub mod line;
pub mod huge;
pub mod shared;
pub mod date;
pub mod machine;
pub mod csv;

pub use arithmetic::Arithmetic;
pub use line::Line;
pub use problems::Problem;
pub use workload::{Phase, Workload};
