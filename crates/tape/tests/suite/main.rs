//! The tests of recordings and tapes: one binary, so that what they share is compiled and linked once. A file is
//! run alone by its name, as in `cargo test -p wengert-tape --test suite threads::`.

mod common;
mod misuse;
mod threads;
mod sizes;
mod dump;
mod parse;
