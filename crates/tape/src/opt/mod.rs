//! Passes, each from a tape to a tape that computes the same: what every one keeps is said in its own file.

mod builder;
mod schedule;

pub(crate) use schedule::schedule;
