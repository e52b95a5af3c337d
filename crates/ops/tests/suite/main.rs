//! The tests of the table as users meet it, one binary.

mod conventions;
mod floats_beside;
