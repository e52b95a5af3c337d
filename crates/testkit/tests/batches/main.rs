//! Random programs at random batches: every row has the bits that it has alone, sums have the one order that is promised, and
//! none of it depends on threads, instructions or width.
//!
//! Apart from the other tests, so that many more of these programs can be run optimised without compiling those:
//!
//! ```text
//! WENGERT_PROGRAMS=100000 cargo test --release -p wengert-testkit --test batches
//! ```

mod case;
mod random;
mod front;
mod matrices;
mod widths;
