//! A program: a tape made ready to be run again, a function Rⁿ → Rᵐ.
//!
//! `handle.rs`: what users hold and run; `body.rs`: what all its clones share, run at one number type. `layout.rs`: where
//! what goes in and comes out stands; `guards.rs`: whether comparisons still hold; `stages.rs`: what of a run is compiled
//! ahead. `derivative.rs`: derivatives, programs too. `rows/`: a program over many rows. `calls/`: programs, rows of one and
//! equations as operations of other programs.
//!
//! A program may call programs, so files here import one another in a circle: a run meets calls, which run programs.

mod handle;
mod body;
mod calls;
mod cost;
mod derivative;
mod guards;
mod layout;
mod stages;
mod patterns;
mod beside;
mod transformed;
pub(crate) mod rows;

pub(crate) use body::Body;
pub(crate) use calls::Stored;
pub use calls::{Solver, evaluate, implicit};
pub use handle::Program;
