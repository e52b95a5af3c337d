//! The tests of recordings, tapes, calls and passes: one binary, so that what they share is compiled and linked once. A file is
//! run alone by its name, as in `cargo test -p wengert-tape --test suite threads::`.
//!
//! Apart from it stands `memory`, whose allocator counts.

mod common;
mod modes;
mod misuse;
mod threads;
mod soundness;
mod leaves;
mod sizes;
mod dump;
mod parse;
mod passes;
mod calls;
mod calls_kept_and_discarded;
mod own_rules;
mod opaque;
mod implicit;
mod sparse_calls;
