//! All tools on each problem: first the gradients are compared and memory is measured, then times are taken in rounds
//! over the tools, so that a noisy neighbour meets all alike.

use std::hint::black_box;
use std::thread;
use std::time::Duration;

use wengert_benches::arithmetic::Plain;
use wengert_benches::catalogue::Visitor;
use wengert_benches::timing::Times;
use wengert_benches::{Problem, allocations};

use crate::agreement::agree;
use crate::row::{Cell, Measured, Row};
use crate::tool::{Absent, Candidate, Run};
use crate::tools;

/// Samples of one tool in one round take at least so long.
const ENOUGH: Duration = Duration::from_millis(10);

/// Collects rows from the problems that it is shown.
#[derive(Debug)]
pub struct Contest {
    rounds: usize,
    rows: Vec<Row>,
    shown: usize,
}

impl Contest {
    /// Nothing measured yet; so many rounds over the tools each time that a problem is shown.
    #[must_use]
    pub fn new(rounds: usize) -> Self {
        Self { rounds, rows: Vec::new(), shown: 0 }
    }

    /// Begins another pass over the same problems.
    pub fn again(&mut self) {
        self.shown = 0;
    }

    /// What was measured, in the problems' order.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

impl Visitor for Contest {
    fn problem<P: Problem + 'static>(&mut self, _: &'static str, _: &'static str, make: fn() -> P) {
        let (rounds, so_far) = (self.rounds, self.rows.get(self.shown).cloned());
        // A thread of its own, as ad_trait's graph is the thread's: it ends with it.
        let measured = thread::spawn(move || measure(&make(), rounds, so_far)).join();
        let row = measured.expect("no tool panics");
        match self.rows.get_mut(self.shown) {
            Some(before) => *before = row,
            None => self.rows.push(row),
        }
        self.shown += 1;
    }
}

/// The row of a problem, added to what was measured before.
fn measure<P: Problem>(problem: &P, rounds: usize, so_far: Option<Row>) -> Row {
    let mut runs = Vec::new();
    let mut cells = Vec::new();
    let mut expected = None;
    for candidate in tools::all::<P>() {
        let outcome = match admit(&candidate, problem, &mut expected) {
            Ok((run, measured)) => {
                runs.push(run);
                Ok(measured)
            }
            Err(why) => Err(why),
        };
        cells.push(Cell { tool: candidate.name, outcome });
    }
    let mut row = so_far.unwrap_or_else(|| Row {
        problem: problem.name(),
        operations: problem.operations(),
        primal: Times::default(),
        cells,
    });
    let mut gradient = vec![0.0; problem.point().len()];
    for _ in 0..rounds {
        row.primal.sample(1, ENOUGH, || problem.eval::<Plain>(black_box(problem.point())));
        let measured = row.cells.iter_mut().filter_map(|cell| cell.outcome.as_mut().ok());
        for (measured, run) in measured.zip(&mut runs) {
            measured.gradient.sample(1, ENOUGH, || run.gradient(&mut gradient));
        }
    }
    row
}

/// A tool that is ready, with what it holds; the first tool's gradient is what the others are compared with.
fn admit<'p, P: Problem>(
    candidate: &Candidate<P>,
    problem: &'p P,
    expected: &mut Option<Vec<f64>>,
) -> Result<(Box<dyn Run + 'p>, Measured), Absent> {
    let mut gradient = vec![0.0; problem.point().len()];
    allocations::begin_peak();
    let before = allocations::bytes();
    let mut run = (candidate.prepare)(problem)?;
    run.gradient(&mut gradient);
    let held = allocations::bytes().saturating_sub(before);
    let peak = allocations::peak().saturating_sub(before);
    agree(expected.get_or_insert_with(|| gradient.clone()), &gradient)?;
    Ok((run, Measured { gradient: Times::default(), held, peak }))
}
