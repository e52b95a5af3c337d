//! The tests of the whole: one binary, so that sweeps at all of their number types are compiled and linked once. A file is run
//! alone by its name, as in `cargo test -p wengert-testkit --test suite table::`.
//!
//! Apart from it stand `branches`, which is also run optimised and then needs nothing else compiled, and `structure`,
//! which reads sources and calls next to nothing, so that it is built in no time while files move.

mod table;
mod laws;
mod structures;
mod taylor;
mod series;
mod number_methods;
mod num_traits;
mod complex;
mod random;
mod programs;
mod runs;
mod passes;
mod sparse;
mod equations;
mod saved;
mod saved_calls;
mod conformance;
mod tiers;
mod own_calls;
mod silently_wrong;
mod published;
#[cfg(feature = "nalgebra")]
mod nalgebra;
#[cfg(feature = "ndarray")]
mod ndarray;
#[cfg(all(feature = "nalgebra", feature = "ndarray"))]
mod ties;
