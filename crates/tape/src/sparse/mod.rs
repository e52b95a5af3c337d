//! Where derivatives can differ from 0, and which of their columns can be found together: read from a tape, without
//! running it.
//!
//! `sets → effects → dependence → interactions → pattern → graph → orderings, colours`. The drivers that find values are in
//! `drive/sparse`.

mod sets;
mod effects;
mod dependence;
mod interactions;
pub(crate) mod pattern;
pub(crate) mod patterns;
mod colors;
pub(crate) mod graph;
pub(crate) mod order;
mod distance_two;
mod star;
mod acyclic;
pub(crate) mod coloring;
