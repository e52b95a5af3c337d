//! Sparse Jacobians: columns of one colour forward in one direction, or rows of one colour in reverse from one seed.

use wengert_lanes::LaneFloat;
use wengert_ops::{Dual, Primitive};
use wengert_tape::call::Mode;
use wengert_tape::{Coloring, Pattern, RunError, SparseError};

use super::options::SparseOptions;
use super::plan::{COLORS, EntryRead, SparseSweeps, Sweep, seed};
use super::report::{SparseMode, SparseReport};
use crate::error::length;
use crate::program::Program;
use crate::program::rows::Lines;
use crate::sweep::{Several, assert_swept_ahead};
use crate::work::Work;

/// The Jacobian of a program at its pattern: planned once, then run at many points.
///
/// Columns that share no row (or rows that share no column) are swept together; whichever needs less work is chosen. Values
/// come in the pattern's order, by columns; [`Pattern::by_rows`] gives the order by rows.
///
/// ```
/// use wengert::{Program, Work, sparse::SparseJacobian};
///
/// // Differences of neighbours, squared: a band of two.
/// let f = Program::record(&[0.0; 5], |x| x.windows(2).map(|w| (w[1] - w[0]).square()).collect::<Vec<_>>())?;
/// let jacobian = SparseJacobian::new(&f);
/// assert_eq!((jacobian.pattern().nonzeros(), jacobian.report().colors), (8, 2));
/// let mut work = Work::new();
/// let mut values = vec![0.0; 8];
/// jacobian.values_into(&mut work, &[0.0, 1.0, 3.0, 6.0, 10.0], &mut values)?;
/// assert_eq!(values, [-2.0, 2.0, -4.0, 4.0, -6.0, 6.0, -8.0, 8.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SparseJacobian {
    program: Program,
    /// The program's output of each row.
    outputs: Vec<u32>,
    pattern: Pattern,
    reverse: bool,
    coloring: Coloring,
    plan: SparseSweeps,
}

impl SparseJacobian {
    /// Plans the Jacobian of all outputs.
    #[must_use]
    pub fn new(program: &Program) -> Self {
        let outputs = (0..program.outputs() as u32).collect();
        let pattern = program.tape().jacobian_pattern();
        Self::planned(program, outputs, pattern, &SparseOptions::default())
    }

    /// Plans the Jacobian of some outputs, or with other orders for colourings.
    ///
    /// # Errors
    /// [`SparseError::Output`] where there is no such output.
    pub fn with(program: &Program, options: &SparseOptions) -> Result<Self, SparseError> {
        let outputs = options.outputs_of(program);
        let pattern = program.tape().jacobian_pattern_of(&outputs)?;
        let outputs = outputs.iter().map(|k| *k as u32).collect();
        Ok(Self::planned(program, outputs, pattern, options))
    }

    fn planned(program: &Program, outputs: Vec<u32>, pattern: Pattern, options: &SparseOptions) -> Self {
        // The longest row and column bound the colours from below; what can only lose is not coloured.
        let rows = pattern.transposed();
        let longest = |p: &Pattern| p.starts().windows(2).map(|w| w[1] - w[0]).max().unwrap_or(0);
        let (by_columns, by_rows) = (longest(&rows), longest(&pattern));
        let cheaper_in_reverse = |columns: usize, rows: usize| {
            program.cost().mode_at_width(COLORS, columns, rows) == Mode::Reverse
        };
        let forward = || pattern.color_columns(&options.orders);
        let reverse = || rows.color_columns(&options.orders);
        let (coloring, in_reverse) = if cheaper_in_reverse(by_columns, by_rows) {
            let coloring = reverse();
            if cheaper_in_reverse(by_columns, coloring.count()) {
                (coloring, true)
            } else {
                better(program, forward(), coloring)
            }
        } else {
            let coloring = forward();
            if cheaper_in_reverse(coloring.count(), by_rows) {
                better(program, coloring, reverse())
            } else {
                (coloring, false)
            }
        };
        let colors = coloring.colors();
        let read = |(position, (row, column)): (usize, (usize, usize))| {
            if in_reverse {
                EntryRead { position, row: column as u32, lane: colors[row] }
            } else {
                EntryRead { position, row: outputs[row], lane: colors[column] }
            }
        };
        let reads: Vec<EntryRead> = pattern.entries().enumerate().map(read).collect();
        let plan =
            if reads.is_empty() { SparseSweeps::default() } else { SparseSweeps::new(&coloring, &reads) };
        Self { program: program.clone(), outputs, pattern, reverse: in_reverse, coloring, plan }
    }

    /// Where the Jacobian can differ from 0.
    #[must_use]
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// The colours of the columns; in reverse, of the rows.
    #[must_use]
    pub fn coloring(&self) -> &Coloring {
        &self.coloring
    }

    /// What the plan came to.
    #[must_use]
    pub fn report(&self) -> SparseReport {
        SparseReport {
            rows: self.pattern.rows(),
            columns: self.pattern.columns(),
            nonzeros: self.pattern.nonzeros(),
            mode: if self.reverse { SparseMode::Reverse } else { SparseMode::Forward },
            colors: self.coloring.count(),
            order: self.coloring.order(),
            sweeps: self.plan.sweeps.len(),
        }
    }

    /// Writes the values at `x`, in the order of the [pattern](Self::pattern).
    ///
    /// Cost: the sweeps of the [report](Self::report) (in reverse, and one forward), and a pass over the entries.
    ///
    /// # Errors
    /// [`RunError::Length`], [`RunError::Diverged`].
    pub fn values_into<F: LaneFloat>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        values: &mut [F],
    ) -> Result<(), RunError> {
        length("the Jacobian's values", self.pattern.nonzeros(), values.len())?;
        if self.by_lines(work, x, values) {
            return Ok(());
        }
        if self.reverse {
            self.program.forward_for_inputs(self.program.entered(work)?, x)?;
        } else if self.plan.sweeps.is_empty() {
            // Nothing to find; but where a comparison comes out otherwise, that is to be known.
            self.program.evaluate_in(self.program.entered(work)?, x)?;
        }
        for sweep in &self.plan.sweeps {
            self.sweep(work, sweep, x, values)?;
        }
        Ok(())
    }

    /// Finds the values by lanes, a colour each; `false` where sweeps find them.
    fn by_lines<F: LaneFloat>(&self, work: &mut Work<F>, x: &[F], values: &mut [F]) -> bool {
        let Self { program, coloring, outputs, plan, .. } = self;
        let lines = if self.reverse { Lines::Adjoints } else { Lines::Tangents };
        let Some(code) = program.code_of_lines::<F>(lines, coloring.count()) else { return false };
        let numbers = if self.reverse { program.outputs() } else { program.inputs() };
        let seed = |color: usize, seeds: &mut [F]| {
            for (k, _) in coloring.colors().iter().enumerate().filter(|(_, of)| **of as usize == color) {
                seeds[if self.reverse { outputs[k] as usize } else { k }] = F::one();
            }
        };
        let each = |color: usize, found: &[F]| {
            plan.reads_of(color).for_each(|read| values[read.position] = found[read.row as usize]);
        };
        let work = program.line_work(work);
        // Where it cannot be run, sweeps say why.
        work.find(code, &[x], [coloring.count(), numbers], seed, each).is_ok()
    }

    fn sweep<F: Primitive>(
        &self,
        work: &mut Work<F>,
        sweep: &Sweep,
        x: &[F],
        values: &mut [F],
    ) -> Result<(), RunError> {
        let program = &self.program;
        let colors = self.coloring.colors();
        if self.reverse {
            let (run, ByRows { adjoints, seeds }) = work.run_and::<ByRows<F>>();
            seeds.clear();
            seeds.resize(program.outputs(), Several([F::zero(); COLORS]));
            for (output, color) in self.outputs.iter().zip(colors) {
                if let Some(lane) = color.checked_sub(sweep.first).filter(|lane| (*lane as usize) < COLORS) {
                    seeds[*output as usize].0[lane as usize] = F::one();
                }
            }
            const { assert_swept_ahead::<F, Several<F, COLORS>>() };
            program.reverse_for_inputs(run, seeds, adjoints)?;
            let places = program.places_of_inputs();
            for read in self.plan.reads(sweep) {
                values[read.position] = adjoints[places[read.row as usize] as usize].0[read.lane as usize];
            }
        } else {
            let tangents = program.tangents::<F, COLORS>(work)?;
            program.run_along(tangents, x, |k, lane| seed(colors[k], sweep.first, lane))?;
            for read in self.plan.reads(sweep) {
                let output = program.output_of(&tangents.run, read.row as usize);
                let Dual { tangent, .. } = output.ok_or(RunError::NotRun)?;
                values[read.position] = tangent[read.lane as usize];
            }
        }
        Ok(())
    }
}

/// What reverse sweeps of rows need.
#[derive(Clone, Debug)]
struct ByRows<F> {
    adjoints: Vec<Several<F, COLORS>>,
    seeds: Vec<Several<F, COLORS>>,
}

impl<F> Default for ByRows<F> {
    fn default() -> Self {
        Self { adjoints: Vec::new(), seeds: Vec::new() }
    }
}

/// The cheaper one, and whether it is that of rows.
fn better(program: &Program, columns: Coloring, rows: Coloring) -> (Coloring, bool) {
    match program.cost().mode_at_width(COLORS, columns.count(), rows.count()) {
        Mode::Reverse => (rows, true),
        Mode::Forward => (columns, false),
    }
}
