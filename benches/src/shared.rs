//! The Rosenbrock function timed by whichever object calls this: the executable, or a shared library.
//!
//! A recording finds its memory through a variable of the thread. An executable reads such a variable at a fixed
//! offset; a library that is loaded at run time must ask the loader where its variables are. The compiler asks once
//! for a loop whose operations it inlined, and once an operation where each is in a function of its own.
#![allow(unsafe_code)]

use std::time::Duration;

use libloading::{Library, library_filename};

use crate::problems::{Called, Rosenbrock};
use crate::timing::Times;
use crate::workload::{Phase, Prepared, Workload};

/// Least and median nanoseconds a scalar operation.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Measured {
    /// Of recording.
    pub record: [f64; 2],
    /// Of the sweep.
    pub reverse: [f64; 2],
    /// Of recording and sweep.
    pub both: [f64; 2],
    /// A number that depends on the value and on an adjoint.
    pub checksum: f64,
}

impl Measured {
    /// Before the first round.
    pub const NEVER: Self = Self {
        record: [f64::INFINITY; 2],
        reverse: [f64::INFINITY; 2],
        both: [f64::INFINITY; 2],
        checksum: 0.0,
    };

    /// The lesser of each time, of medians too.
    #[must_use]
    pub fn merge(self, new: Self) -> Self {
        let lesser = |x: [f64; 2], y: [f64; 2]| [x[0].min(y[0]), x[1].min(y[1])];
        Self {
            record: lesser(self.record, new.record),
            reverse: lesser(self.reverse, new.reverse),
            both: lesser(self.both, new.both),
            checksum: new.checksum,
        }
    }
}

/// The function that the library exports.
pub type Measure = extern "C" fn(inputs: usize, called: bool, samples: usize) -> Measured;

/// Measures in the object that this is compiled into: one loop, or a call an operation.
#[must_use]
pub fn measure(inputs: usize, called: bool, samples: usize) -> Measured {
    let problem = Rosenbrock::new(inputs);
    if called {
        of(&mut Prepared::new(Called(problem)), samples)
    } else {
        of(&mut Prepared::new(problem), samples)
    }
}

fn of(workload: &mut dyn Workload, samples: usize) -> Measured {
    let operations = workload.operations() as f64;
    let mut times = |phase| {
        let mut times = Times::default();
        times.sample(samples, Duration::from_millis(60), || workload.run(phase));
        [times.least(), times.median()].map(|seconds| seconds * 1e9 / operations)
    };
    let (record, reverse, both) = (times(Phase::Record), times(Phase::Reverse), times(Phase::Both));
    let checksum = workload.run(Phase::Record) + workload.run(Phase::Reverse);
    Measured { record, reverse, both, checksum }
}

/// The library as built by cargo, beside the running executable.
#[derive(Debug)]
pub struct Shared(Library);

impl Shared {
    /// The symbol; its version goes up with [`Measured`].
    const SYMBOL: &'static str = "wengert_benches_rosenbrock_v1";

    /// Loads it; an error says why there is none.
    ///
    /// # Errors
    /// Where there is no such library beside the executable, or it cannot be loaded.
    pub fn load() -> Result<Self, Box<dyn std::error::Error>> {
        let path = std::env::current_exe()?.with_file_name(library_filename("wengert_benches_shared"));
        // SAFETY: the library has no initialisers but those of the standard library.
        Ok(Self(unsafe { Library::new(path) }?))
    }

    /// Measures inside the library.
    ///
    /// # Errors
    /// Where the library was built of other sources and lacks the function.
    pub fn measure(
        &self,
        inputs: usize,
        called: bool,
        samples: usize,
    ) -> Result<Measured, libloading::Error> {
        // SAFETY: the library defines the symbol with this type, and the symbol's version says so.
        let measure = unsafe { self.0.get::<Measure>(Self::SYMBOL) }?;
        Ok(measure(inputs, called, samples))
    }
}
