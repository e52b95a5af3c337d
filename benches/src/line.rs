//! One line of the table: a problem's times, memory and allocations.

use std::fmt;
use std::time::Duration;

use wengert::Recorder;

use crate::timing::Times;
use crate::{Phase, Workload, allocations, layout};

/// A problem as measured, over any number of rounds.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// The problem's name.
    pub name: String,
    /// Nodes recorded.
    pub nodes: usize,
    /// Scalar operations.
    pub operations: usize,
    /// Seconds a call, one for each of [`Phase::ALL`].
    pub times: [Times; 4],
    /// Bytes of tape, values, partials and adjoints in use.
    pub bytes: usize,
    /// What the layout adds up to.
    pub layout: usize,
    /// Bytes that the recorder has allocated, room to grow included.
    pub held: usize,
    /// Allocations of one warm recording and sweep, beyond those that the function itself makes at `f64`.
    pub allocations: usize,
}

impl Line {
    /// Adds a round of times, and measures memory anew.
    pub fn round(&mut self, mut workload: Box<dyn Workload>) {
        let (samples, enough) = (10, Duration::from_millis(60));
        for (phase, times) in Phase::ALL.into_iter().zip(&mut self.times) {
            times.sample(samples, enough, || workload.run(phase));
        }
        self.name = workload.name();
        self.operations = workload.operations();
        let mut count = |phase| {
            let before = allocations::count();
            workload.run(phase);
            allocations::count() - before
        };
        self.allocations = count(Phase::Both).saturating_sub(count(Phase::Primal));
        self.measure_memory(workload.into_recorder());
    }

    fn measure_memory(&mut self, recorder: Recorder) {
        self.nodes = recorder.tape().len();
        self.bytes = recorder.bytes();
        let before = allocations::bytes();
        self.layout = layout::bytes(recorder.tape());
        // The first question about an operand leaves an index behind in the tape, which is no part of recording.
        let index = allocations::bytes() - before;
        let before = allocations::bytes();
        drop(recorder);
        self.held = before - allocations::bytes() - index;
    }

    /// The least time of a phase, in nanoseconds an operation.
    #[must_use]
    pub fn least(&self, phase: Phase) -> f64 {
        self.times[phase as usize].least() * 1e9 / self.operations as f64
    }

    /// The median time of a phase, in nanoseconds an operation.
    #[must_use]
    pub fn median(&self, phase: Phase) -> f64 {
        self.times[phase as usize].median() * 1e9 / self.operations as f64
    }

    /// Gradient over primal.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.least(Phase::Both) / self.least(Phase::Primal)
    }

    /// The heading over lines.
    #[must_use]
    pub fn heading() -> String {
        format!(
            "{:<22} {:>9} {:>9} {:>7} {:>7} {:>7} {:>7} {:>7} {:>6} {:>8} {:>8} {:>8} {:>6}",
            "problem",
            "nodes",
            "ops",
            "primal",
            "record",
            "reverse",
            "both",
            "median",
            "ratio",
            "bytes/op",
            "/layout",
            "held",
            "allocs"
        )
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layout = self.layout as f64;
        write!(f, "{:<22} {:>9} {:>9}", self.name, self.nodes, self.operations)?;
        for phase in Phase::ALL {
            write!(f, " {:>7.2}", self.least(phase))?;
        }
        write!(f, " {:>7.2} {:>6.1}", self.median(Phase::Both), self.ratio())?;
        write!(f, " {:>8.1}", self.bytes as f64 / self.operations as f64)?;
        write!(f, " {:>8.3} {:>8.2}", self.bytes as f64 / layout, self.held as f64 / layout)?;
        write!(f, " {:>6}", self.allocations)
    }
}
