//! The structure that ARCHITECTURE.md states, read from the sources: no circles, and its invariants that are absences.
//!
//! Apart from the other tests, so that it is built in no time while files move: it calls nothing but the table.

mod graph;
mod sources;
mod uses;
mod levels;
mod circles;
mod tokens;
mod absences;
mod sizes;
