//! The tests of what users depend on: one binary, so that what they share is compiled and linked once. A file is run alone by its
//! name, as in `cargo test -p wengert --test suite function::`.
//!
//! Apart from it stand `allocation`, whose allocator counts, and `derive`, which denies warnings as the root of a crate.

mod examples;
mod reads;
mod function;
#[cfg(feature = "argmin")]
mod argmin;
#[cfg(feature = "faer")]
mod faer;
