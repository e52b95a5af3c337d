//! One pass over all rows in a mode: each trace's rows by its code, block by block.

use core::ops::{ControlFlow, Range};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use wengert_lanes::{LaneFloat, RowBlock, RowMaximum, RowTable};
use wengert_program::{RowError, RowRunner};

use super::blocks::{BLOCK, OverBlocks, Written};
use super::kept::{IdleRunners, ReadyCode};

/// What is told of a long batch, and says whether it goes on.
pub(super) type Watcher<'a> = dyn Fn(usize, usize) -> ControlFlow<()> + Send + Sync + 'a;

/// How many rows whose result is NaN are named.
const NAMED: usize = 16;

/// What one part of the rows makes together.
pub(super) struct PassSums<F> {
    /// By trace that is taken, in order: its sums, where rows of the part take it.
    pub(super) by_trace: Vec<Option<Vec<F>>>,
    /// The greatest of all traces.
    pub(super) maxima: Vec<RowMaximum<F>>,
    pub(super) nan_rows: usize,
    pub(super) first_nan_rows: Vec<usize>,
}

/// What two tables of a pass are written to.
pub(super) type PassTables<'a, F> = (Written<'a, F>, Written<'a, F>);

/// No table.
pub(super) fn nothing<'a, F>() -> Written<'a, F> {
    Written { numbers: &mut [], width: 0 }
}

/// A trace that rows of the pass take.
pub(super) struct PassPart<'a, F: LaneFloat> {
    pub(super) ready: ReadyCode<'a, F>,
    /// Its place in the list of traces.
    pub(super) trace: u32,
}

pub(super) struct RowPass<'a, F: LaneFloat> {
    pub(super) parts: Vec<PassPart<'a, F>>,
    pub(super) by_row: Option<&'a [u32]>,
    pub(super) tables: Vec<RowTable<'a, F>>,
    pub(super) idle: IdleRunners<F>,
    pub(super) watcher: Option<&'a Watcher<'a>>,
    pub(super) rows: usize,
    pub(super) done: AtomicUsize,
    /// Whether it was told to stop.
    pub(super) stopped: AtomicBool,
}

pub(super) enum PassError {
    Row(RowError),
    Stopped(usize),
}

impl<F: LaneFloat> RowPass<'_, F> {
    /// The memory of threads, for other passes.
    pub(super) fn into_runners(self) -> Vec<RowRunner<F>> {
        self.idle.and(self.parts.into_iter().map(|part| part.ready))
    }

    /// Runs the rows of a block that take a trace.
    fn part(
        &self,
        part: &PassPart<'_, F>,
        first: usize,
        list: &[u32],
        out: &mut PassTables<'_, F>,
        most: &mut Vec<RowMaximum<F>>,
    ) -> Result<Vec<F>, PassError> {
        let ready = &part.ready;
        let mut totals = vec![F::zero(); ready.code.code().sums()];
        let y: &mut [&mut [F]] = &mut [&mut *out.0.numbers, &mut *out.1.numbers];
        most.resize(ready.code.code().maxima(), RowMaximum::default());
        let block =
            RowBlock { tables: &self.tables, first, list, y, totals: &mut totals, maxima: &mut *most };
        ready.run(&self.idle, |runner| runner.run(ready.code, block)).map_err(PassError::Row)?;
        Ok(totals)
    }
}

impl<'a, F: LaneFloat> OverBlocks for RowPass<'a, F> {
    type Out = PassTables<'a, F>;
    type Sum = PassSums<F>;
    type Error = PassError;

    fn block(&self, rows: Range<usize>, mut out: PassTables<'a, F>) -> Result<PassSums<F>, PassError> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(PassError::Stopped(self.done.load(Ordering::Relaxed)));
        }
        let mut by_trace: Vec<Option<Vec<F>>> = self.parts.iter().map(|_| None).collect();
        let mut maxima = Vec::new();
        let all: [u32; BLOCK] = core::array::from_fn(|row| row as u32);
        match self.by_row {
            None => {
                for (part, sums) in self.parts.iter().zip(&mut by_trace) {
                    *sums = Some(self.part(part, rows.start, &all[..rows.len()], &mut out, &mut maxima)?);
                }
            }
            Some(by_row) => {
                for (part, sums) in self.parts.iter().zip(&mut by_trace) {
                    let of = by_row[rows.clone()].iter().zip(all).filter(|(trace, _)| **trace == part.trace);
                    let list: Vec<u32> = of.map(|(_, row)| row).collect();
                    if !list.is_empty() {
                        *sums = Some(self.part(part, rows.start, &list, &mut out, &mut maxima)?);
                    }
                }
            }
        }
        let mut sums = PassSums { by_trace, maxima, nan_rows: 0, first_nan_rows: Vec::new() };
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
                    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum = *sum + more);
                }
                (None, more) => *sums = more,
                (Some(_), None) => {}
            }
        }
        first.maxima.resize(first.maxima.len().max(rest.maxima.len()), RowMaximum::default());
        first.maxima.iter_mut().zip(rest.maxima).for_each(|(most, more)| most.meet(more));
        first.nan_rows += rest.nan_rows;
        first.first_nan_rows.extend(rest.first_nan_rows);
        first.first_nan_rows.truncate(NAMED);
        first
    }
}

impl<F: LaneFloat> PassSums<F> {
    /// Notes the rows whose results are NaN.
    fn note_nan(&mut self, out: &PassTables<'_, F>, rows: Range<usize>) {
        let nan = |written: &Written<'_, F>, row: usize| {
            let numbers = &written.numbers[row * written.width..][..written.width];
            numbers.iter().fold(false, |any, x| any | x.is_nan())
        };
        // Most often there is none, which is told without looking at each row.
        let all_finite = |written: &Written<'_, F>| F::all_finite(written.numbers) == Some(true);
        if all_finite(&out.0) && all_finite(&out.1) {
            return;
        }
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
