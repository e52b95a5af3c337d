//! A shared library that records: see `shared.rs` of `wengert-benches`, which loads it and is compiled into it.

use wengert_benches::shared::{self, Measured};

const _: shared::Measure = wengert_benches_rosenbrock_v1;

/// Records and sweeps the Rosenbrock function of so many inputs, at least so many times.
#[unsafe(no_mangle)]
pub extern "C" fn wengert_benches_rosenbrock_v1(inputs: usize, called: bool, samples: usize) -> Measured {
    shared::measure(inputs, called, samples)
}
