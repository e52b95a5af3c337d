//! What the tests of wengert share: random programs, over the whole table and with branches, sample points, operations of one's
//! own, and a number type that counts operations. For development only; no operation is named here.
#![forbid(unsafe_code)]

#[cfg(doctest)]
mod book;
pub mod branchy;
pub mod counting;
pub mod operations;
pub mod points;
pub mod problems;
pub mod program;
pub mod tiers;

pub use branchy::Branchy;
pub use counting::Counted;
pub use program::RandomProgram;
