//! A problem with the memory to record and sweep it, ready to run one phase at a time.

use std::hint::black_box;

use wengert::{Recorder, Var};

use crate::Problem;
use crate::arithmetic::{Plain, Recording};

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Plain `f64` evaluation.
    Primal,
    /// Recording, into memory that is reused.
    Record,
    /// The reverse sweep of the last recording, the zeroing of its adjoints included.
    Reverse,
    /// Recording, then the sweep.
    Both,
}

impl Phase {
    /// All, in the order of the columns.
    pub const ALL: [Self; 4] = [Self::Primal, Self::Record, Self::Reverse, Self::Both];

    /// The name in tables and on command lines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Primal => "primal",
            Self::Record => "record",
            Self::Reverse => "reverse",
            Self::Both => "both",
        }
    }
}

/// A problem of any type, recorded once already.
pub trait Workload {
    /// The name in tables.
    fn name(&self) -> String;
    /// Scalar operations in one evaluation.
    fn operations(&self) -> usize;
    /// Runs one phase; the number depends on all of its work.
    fn run(&mut self, phase: Phase) -> f64;
    /// The recorder, with the last recording.
    fn into_recorder(self: Box<Self>) -> Recorder;
}

/// The [`Workload`] of a problem.
pub struct Prepared<P> {
    problem: P,
    recorder: Recorder,
    inputs: Vec<Var>,
    output: Var,
}

impl<P: Problem> Prepared<P> {
    /// Records the problem once, so that later recordings find their memory.
    pub fn new(problem: P) -> Self {
        let output = Var::from(0.0);
        let mut this = Self { problem, recorder: Recorder::new(), inputs: Vec::new(), output };
        this.record();
        this
    }

    fn record(&mut self) -> f64 {
        let Self { problem, recorder, inputs, output } = self;
        let recorded = recorder.record(|s| {
            inputs.clear();
            s.inputs_into(black_box(problem.point()), inputs);
            problem.eval::<Recording>(inputs)
        });
        *output = recorded.expect("one recording, without limits");
        output.value()
    }

    fn reverse(&mut self) -> f64 {
        let adjoints = self.recorder.reverse(self.output).expect("a variable of the last recording");
        adjoints.as_slice()[0]
    }
}

impl<P: Problem> Workload for Prepared<P> {
    fn name(&self) -> String {
        self.problem.name()
    }
    fn operations(&self) -> usize {
        self.problem.operations()
    }
    fn run(&mut self, phase: Phase) -> f64 {
        match phase {
            Phase::Primal => self.problem.eval::<Plain>(black_box(self.problem.point())),
            Phase::Record => self.record(),
            Phase::Reverse => self.reverse(),
            Phase::Both => {
                self.record();
                self.reverse()
            }
        }
    }
    fn into_recorder(self: Box<Self>) -> Recorder {
        self.recorder
    }
}
