//! One pass over all rows in a mode: each trace's rows by its code, block by block.

use core::ops::{ControlFlow, Range};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Mutex;

use wengert_lanes::{InstructionSet, LaneFloat, RowBlock, Table};
use wengert_program::{RowCode, RowError, RowMode, RowProgram, RowRunner, SharedWork};
use wengert_tape::RunError;

use super::blocks::{BLOCK, OverBlocks, Written, over};
use super::error::BatchError;
use super::report::TraceReport;
use super::rows::Rows;
use super::traces::Taken;
use super::{Batch, Watcher};

/// How many rows whose result is NaN are named.
const NAMED: usize = 16;

/// The sums of one part of the rows.
pub(super) struct PassSums<F> {
    /// By trace that is taken, in order: its sums, where rows of the part take it.
    pub(super) by_trace: Vec<Option<Vec<F>>>,
    nan_rows: usize,
    first_nan_rows: Vec<usize>,
}

/// What two tables of a pass are written to.
pub(super) type Outputs<'a, F> = (Written<'a, F>, Written<'a, F>);

/// No table.
pub(super) fn nothing<'a, F>() -> Written<'a, F> {
    Written { numbers: &mut [], width: 0 }
}

/// A trace that rows of the pass take.
struct Part<'a, F: LaneFloat> {
    code: &'a RowCode,
    uniforms: Vec<F>,
    /// Memory of threads, which has these uniform operands.
    runners: Mutex<Vec<RowRunner<F>>>,
    /// Its place in the list of traces.
    trace: u32,
}

struct Pass<'a, F: LaneFloat> {
    parts: Vec<Part<'a, F>>,
    by_row: Option<&'a [u32]>,
    tables: Vec<Table<'a, F>>,
    set: InstructionSet,
    watcher: Option<&'a Watcher<'a>>,
    rows: usize,
    done: AtomicUsize,
    /// Whether it was told to stop.
    stopped: AtomicBool,
}

enum PassError {
    Row(RowError),
    Stopped(usize),
}

impl<F: LaneFloat> Pass<'_, F> {
    /// Runs the rows of a block that take a trace.
    fn part(
        &self,
        part: &Part<'_, F>,
        first: usize,
        list: &[u32],
        out: &mut Outputs<'_, F>,
    ) -> Result<Vec<F>, PassError> {
        let kept = part.runners.lock().map_or(None, |mut runners| runners.pop());
        let mut runner = kept.unwrap_or_else(|| {
            let mut runner = RowRunner::with(self.set);
            runner.begin(part.code, &part.uniforms);
            runner
        });
        let mut totals = vec![F::zero(); part.code.code().sums()];
        let y: &mut [&mut [F]] = &mut [&mut *out.0.numbers, &mut *out.1.numbers];
        let block = RowBlock { tables: &self.tables, first, list, y, totals: &mut totals };
        runner.run(part.code, block).map_err(PassError::Row)?;
        if let Ok(mut runners) = part.runners.lock() {
            runners.push(runner);
        }
        Ok(totals)
    }
}

impl<'a, F: LaneFloat> OverBlocks for Pass<'a, F> {
    type Out = Outputs<'a, F>;
    type Sum = PassSums<F>;
    type Error = PassError;

    fn block(&self, rows: Range<usize>, mut out: Outputs<'a, F>) -> Result<PassSums<F>, PassError> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(PassError::Stopped(self.done.load(Ordering::Relaxed)));
        }
        let mut by_trace: Vec<Option<Vec<F>>> = self.parts.iter().map(|_| None).collect();
        let all: [u32; BLOCK] = core::array::from_fn(|row| row as u32);
        match self.by_row {
            None => {
                for (part, sums) in self.parts.iter().zip(&mut by_trace) {
                    *sums = Some(self.part(part, rows.start, &all[..rows.len()], &mut out)?);
                }
            }
            Some(by_row) => {
                for (part, sums) in self.parts.iter().zip(&mut by_trace) {
                    let of = by_row[rows.clone()].iter().zip(all).filter(|(trace, _)| **trace == part.trace);
                    let list: Vec<u32> = of.map(|(_, row)| row).collect();
                    if !list.is_empty() {
                        *sums = Some(self.part(part, rows.start, &list, &mut out)?);
                    }
                }
            }
        }
        let mut sums = PassSums { by_trace, nan_rows: 0, first_nan_rows: Vec::new() };
        sums.note_nan(&out, rows.clone());
        let done = self.done.fetch_add(rows.len(), Ordering::Relaxed) + rows.len();
        match self.watcher.map(|watcher| watcher(done, self.rows)) {
            Some(ControlFlow::Break(())) => {
                self.stopped.store(true, Ordering::Relaxed);
                Err(PassError::Stopped(done))
            }
            _ => Ok(sums),
        }
    }

    fn join(&self, mut first: PassSums<F>, rest: PassSums<F>) -> PassSums<F> {
        for (sums, more) in first.by_trace.iter_mut().zip(rest.by_trace) {
            match (&mut *sums, more) {
                (Some(sums), Some(more)) => {
                    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum = *sum + more)
                }
                (None, more) => *sums = more,
                (Some(_), None) => {}
            }
        }
        first.nan_rows += rest.nan_rows;
        first.first_nan_rows.extend(rest.first_nan_rows);
        first.first_nan_rows.truncate(NAMED);
        first
    }
}

impl<F: LaneFloat> PassSums<F> {
    /// Notes the rows whose results are NaN.
    fn note_nan(&mut self, out: &Outputs<'_, F>, rows: Range<usize>) {
        let nan = |written: &Written<'_, F>, row: usize| {
            let numbers = &written.numbers[row * written.width..][..written.width];
            numbers.iter().fold(false, |any, x| any | x.is_nan())
        };
        for (k, row) in rows.enumerate() {
            if nan(&out.0, k) || nan(&out.1, k) {
                self.nan_rows += 1;
                if self.first_nan_rows.len() < NAMED {
                    self.first_nan_rows.push(row);
                }
            }
        }
    }
}

impl Batch<'_> {
    /// Runs the code of a mode over all rows. `given` says what the mode is given at what is uniform, and `further` is the
    /// table that it reads behind those of the rows.
    pub(super) fn pass<F: LaneFloat>(
        &mut self,
        mode: RowMode,
        work: &mut SharedWork<F>,
        rows: &Rows<'_, F>,
        taken: &Taken,
        given: &mut dyn FnMut(&RowProgram, &mut SharedWork<F>) -> Result<Vec<F>, RunError>,
        further: Option<Table<'_, F>>,
        out: Outputs<'_, F>,
    ) -> Result<Vec<Vec<F>>, BatchError> {
        for (trace, row, _) in &taken.traces {
            let made = self.traces.list[*trace].program.make(mode);
            made.map_err(|why| BatchError::Program { row: *row, why })?;
        }
        self.report.traces.clear();
        let mut parts = Vec::new();
        for (trace, first_row, count) in &taken.traces {
            let program = &self.traces.list[*trace].program;
            let Some(code) = program.code(mode) else { continue };
            let mut uniforms = Vec::new();
            let given = given(program, work)?;
            code.uniforms(work, &given, &mut uniforms)?;
            self.report.traces.push(TraceReport {
                rows: *count,
                first_row: *first_row,
                nodes: program.program().tape().len(),
                steps: code.code().steps(),
                uniforms: code.code().uniforms(),
                slots: code.code().slots(),
                width: code.code().width(),
            });
            parts.push(Part { code, uniforms, runners: Mutex::new(Vec::new()), trace: *trace as u32 });
        }
        let tables = rows.tables.iter().copied().chain(further).collect();
        let pass = Pass {
            parts,
            by_row: taken.by_row.as_deref(),
            tables,
            set: self.instructions,
            watcher: self.watcher.as_deref(),
            rows: rows.len(),
            done: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        };
        let sums = over(&pass, 0..rows.len(), out, self.threads).map_err(|error| match error {
            PassError::Row(RowError { row, why }) => BatchError::Row { row, why },
            PassError::Stopped(rows) => BatchError::Stopped { rows },
        })?;
        (self.report.nan_rows, self.report.first_nan_rows) = (sums.nan_rows, sums.first_nan_rows);
        Ok(sums.by_trace.into_iter().map(Option::unwrap_or_default).collect())
    }
}
