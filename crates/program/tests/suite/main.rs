//! The tests of programs, calls and passes: one binary, so that what they share is compiled and linked once. A file is
//! run alone by its name, as in `cargo test -p wengert-program --test suite calls::`.
//!
//! Apart from it stands `memory`, whose allocator counts.

mod modes;
mod soundness;
mod leaves;
mod passes;
mod data;
mod calls;
mod calls_kept_and_discarded;
mod own_rules;
mod opaque;
mod implicit;
mod sparse_calls;
