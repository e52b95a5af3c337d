//! The traces that a function keeps, each with the memory of its runs, in the order of their last use.
//!
//! Where a closure computes from its arguments alone, the outcomes of comparisons tell which comparison a point meets next:
//! traces are the leaves of a tree whose branchings are outcomes, and at most one of them is right at a point. The tree itself
//! is not stored. It is looked through only after a run has failed, which costs more.

use wengert_program::{Program, Work};
use wengert_tape::call::Diverged;
use wengert_tape::{Guard, RunError, Tape};

/// A trace about to be run with the parameters of a call.
pub(super) struct TraceRun<'a> {
    pub(super) program: &'a Program,
    work: &'a mut Work,
    parameters: &'a [f64],
}

impl TraceRun<'_> {
    /// The memory of the trace's runs, with the parameters of the call.
    pub(super) fn work(&mut self) -> Result<&mut Work, RunError> {
        if self.program.parameters() + self.parameters.len() > 0 {
            self.program.set_parameters(self.work, self.parameters)?;
        }
        Ok(self.work)
    }
}

/// One path through the closure.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) program: Program,
    // Traces move at each change of trace.
    work: Box<Work>,
    /// How many calls it has served after that of its recording.
    pub(super) calls: u64,
    /// The function's call in which it was last tried, by number from 1.
    pub(super) tried: u64,
    optimized: bool,
}

impl Trace {
    pub(super) fn new(program: Program) -> Self {
        Self { program, work: Box::default(), calls: 0, tried: 0, optimized: false }
    }

    pub(super) fn run<'a>(&'a mut self, parameters: &'a [f64]) -> TraceRun<'a> {
        TraceRun { program: &self.program, work: &mut self.work, parameters }
    }

    /// Makes it cheaper, once.
    pub(super) fn optimize(&mut self) {
        if !self.optimized {
            // The order of guards stays, so that outcomes are still compared with those of other traces.
            self.program = self.program.optimized();
            *self.work = Work::default();
            self.optimized = true;
        }
    }

    fn guards(&self) -> &[Guard] {
        self.program.tape().guards()
    }

    /// Whether a tape has the outcomes that a run of this trace had which diverged.
    pub(super) fn leads_to(&self, diverged: &Diverged, tape: &Tape) -> bool {
        agree(self.guards(), diverged, tape.guards())
    }
}

/// Whether guards had the outcomes of `before`, up to the one that diverged, and there the outcome that was found.
fn agree(before: &[Guard], diverged: &Diverged, guards: &[Guard]) -> bool {
    let k = diverged.guard;
    guards.get(k).is_some_and(|guard| guard.test == diverged.found)
        && before[..k].iter().zip(guards).all(|(a, b)| a.test == b.test)
}

/// Traces, the latest first.
#[derive(Debug)]
pub(super) struct Traces {
    list: Vec<Trace>,
    limit: usize,
}

impl Traces {
    pub(super) fn new(limit: usize) -> Self {
        Self { list: Vec::new(), limit }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn optimized(&self) -> usize {
        self.list.iter().filter(|trace| trace.optimized).count()
    }

    /// Gives how many had to go.
    pub(super) fn set_limit(&mut self, limit: usize) -> u64 {
        self.limit = limit;
        self.shorten()
    }

    fn shorten(&mut self) -> u64 {
        let more = self.list.len().saturating_sub(self.limit);
        self.list.truncate(self.limit);
        more as u64
    }

    pub(super) fn get_mut(&mut self, k: usize) -> &mut Trace {
        &mut self.list[k]
    }

    /// The latest trace of so many inputs and parameters.
    pub(super) fn latest(&self, inputs: usize, parameters: usize) -> Option<usize> {
        let fits = |p: &Program| p.inputs() == inputs && p.parameters() == parameters;
        self.list.iter().position(|trace| fits(&trace.program))
    }

    /// The latest trace that can be right where trace `k` diverged inside of a call.
    pub(super) fn untried(&self, k: usize) -> Option<usize> {
        self.candidate(k, |_| true)
    }

    /// The latest trace that can be right where trace `k` diverged.
    pub(super) fn agreeing(&self, k: usize, diverged: &Diverged) -> Option<usize> {
        let failed = self.list[k].guards();
        self.candidate(k, |trace| agree(failed, diverged, trace.guards()))
    }

    /// The latest trace of as many inputs and parameters as trace `k` that was not tried in the same call, and of which this
    /// holds.
    fn candidate(&self, k: usize, can_be_right: impl Fn(&Trace) -> bool) -> Option<usize> {
        let failed = &self.list[k];
        let fits = |p: &Program| {
            p.inputs() == failed.program.inputs() && p.parameters() == failed.program.parameters()
        };
        let candidate =
            |trace: &Trace| trace.tried != failed.tried && fits(&trace.program) && can_be_right(trace);
        self.list.iter().position(candidate)
    }

    /// Notes that trace `k` is the latest.
    pub(super) fn used(&mut self, k: usize) {
        self.list[..=k].rotate_right(1);
    }

    /// Adds a trace as the latest; gives how many had to go.
    pub(super) fn keep(&mut self, trace: Trace) -> u64 {
        self.list.insert(0, trace);
        self.shorten()
    }
}

impl Clone for Traces {
    /// Programs are shared; the memory of runs is each one's own.
    fn clone(&self) -> Self {
        let share = |trace: &Trace| Trace {
            program: trace.program.clone(),
            work: Box::default(),
            tried: 0,
            ..*trace
        };
        Self { list: self.list.iter().map(share).collect(), limit: self.limit }
    }
}
