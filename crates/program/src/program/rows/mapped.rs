//! The rows of a map: one program, called for each of several rows, of whose inputs some are shared.

use core::ops::Range;
use std::sync::OnceLock;

use wengert_lanes::{GROUP, LaneFloat, RowBlock, RowTable};
use wengert_ops::Real;
use wengert_tape::{RunError, Var};

use super::modes::{By, RowCode, RowInputs, RowMode, RowProgram};
use super::runner::{RowRunner, SharedWork};
use crate::error::ProgramError;
use crate::program::{Body, Program};

/// How many rows a map has at least that are run by lanes: for fewer it would take longer to make code than to run them once.
const FEWEST: usize = 256;

/// How many rows are run together: whole groups, so that sums over rows do not depend on it.
const TOGETHER: usize = 16 * GROUP;

/// Where the results of rows go.
pub(crate) enum MapResults<'a, F> {
    /// Into a list, row after row.
    ByRow(&'a mut [F]),
    Summed(&'a mut RowSums<F>),
}

/// Running sums in one group of rows.
const RUNNING: usize = 8;

/// Sums over rows, number by number, at any number type in one order: that of the rows in groups of 64, in which row `r` is added
/// to running sum `r mod 8`, each from 0, and these are joined by halves; groups are added up in order.
#[derive(Clone, Debug)]
pub(crate) struct RowSums<T> {
    /// By number, the running sums of the group at hand.
    running: Vec<[T; RUNNING]>,
    totals: Vec<T>,
    rows: usize,
}

impl<T> Default for RowSums<T> {
    fn default() -> Self {
        Self { running: Vec::new(), totals: Vec::new(), rows: 0 }
    }
}

impl<T: Real> RowSums<T> {
    /// Begins sums of so many numbers.
    pub(crate) fn begin(&mut self, numbers: usize) {
        let Self { running, totals, rows } = self;
        running.clear();
        running.resize(numbers, [T::lit(0.0); RUNNING]);
        totals.clear();
        totals.resize(numbers, T::lit(0.0));
        *rows = 0;
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, row: &[T]) {
        let place = self.rows % RUNNING;
        for (running, x) in self.running.iter_mut().zip(row) {
            running[place] = running[place] + *x;
        }
        self.rows += 1;
        if self.rows.is_multiple_of(GROUP) {
            self.join();
        }
    }

    fn join(&mut self) {
        for (total, running) in self.totals.iter_mut().zip(&mut self.running) {
            let [a, b, c, d, e, f, g, h] = *running;
            *total = *total + (((a + e) + (c + g)) + ((b + f) + (d + h)));
            *running = [T::lit(0.0); RUNNING];
        }
    }

    /// The sums of all rows.
    pub(crate) fn finish(&mut self) -> &[T] {
        if !self.rows.is_multiple_of(GROUP) {
            self.join();
        }
        &self.totals
    }
}

/// A program over the rows of a map, whose code is made when it is first asked for. `None` where it cannot be.
#[derive(Debug)]
pub(crate) struct MappedCode {
    shared: Range<usize>,
    values: OnceLock<Option<RowProgram>>,
    products: OnceLock<Option<RowProgram>>,
}

/// The memory of rows at one float.
pub(crate) struct MappedWork<F: LaneFloat> {
    shared: SharedWork<F>,
    runner: RowRunner<F>,
    rows: Vec<u32>,
    given: Vec<F>,
    uniforms: Vec<F>,
    values: Vec<F>,
    sums: Vec<F>,
    by_row: Vec<F>,
    by_shared: Vec<F>,
}

impl<F: LaneFloat> Default for MappedWork<F> {
    fn default() -> Self {
        let (shared, runner) = (SharedWork::default(), RowRunner::default());
        let (rows, given, uniforms, values, sums, by_row, by_shared) = Default::default();
        Self { shared, runner, rows, given, uniforms, values, sums, by_row, by_shared }
    }
}

impl MappedCode {
    pub(crate) fn new(shared: Range<usize>) -> Self {
        Self { shared, values: OnceLock::new(), products: OnceLock::new() }
    }

    /// Whether so many rows of a program are run by lanes: calls in it are run row by row, and have derivatives of their own.
    pub(crate) fn pays(program: &Body, rows: usize) -> bool {
        rows >= FEWEST && u32::try_from(rows).is_ok() && program.tape().calls().is_empty()
    }

    /// Whether it is for these shared inputs.
    pub(crate) fn shares(&self, shared: &Range<usize>) -> bool {
        self.shared == *shared
    }

    fn made(&self, program: &Body, mode: RowMode) -> Option<&RowProgram> {
        let place = if mode == RowMode::Values { &self.values } else { &self.products };
        let make = || {
            let shared = self.shared.clone();
            let own = program.inputs() - shared.len();
            let inputs = RowInputs { shared: shared.len(), tables: vec![own], ..RowInputs::default() };
            let mut rows = RowProgram::new(&shared_first(program, shared).ok()?, inputs).ok()?;
            rows.make(mode).is_ok().then_some(rows)
        };
        place.get_or_init(make).as_ref()
    }

    /// The results of all rows, of their own inputs and the shared ones; `false` where they have to be found row by row, and
    /// nothing was written that stays.
    pub(crate) fn forward<F: LaneFloat>(
        &self,
        program: &Body,
        work: &mut MappedWork<F>,
        [own, shared]: [&[F]; 2],
        mut results: MapResults<'_, F>,
    ) -> bool {
        let Some(rows) = self.made(program, RowMode::Values) else { return false };
        let (outputs, mut some) = (program.outputs(), core::mem::take(&mut work.values));
        some.resize(TOGETHER * outputs, F::zero());
        let none = RowTable::by_rows(&[], 0);
        let ran = work.run(rows, RowMode::Values, [own, shared], none, |work, run| {
            let y = match &mut results {
                MapResults::ByRow(y) => &mut y[run.first * outputs..][..run.count * outputs],
                MapResults::Summed(_) => &mut some[..run.count * outputs],
            };
            let all_hold = work.part(run, &mut [y])?;
            if let MapResults::Summed(sums) = &mut results {
                some[..run.count * outputs].chunks_exact(outputs.max(1)).for_each(|row| sums.add(row));
            }
            Ok(all_hold)
        });
        work.values = some;
        ran.is_ok_and(|all_hold| all_hold)
    }

    /// Adds what adjoints of the results, of one row after another or of all rows alike, contribute to those of the rows' inputs
    /// and of the shared ones; `false` where they have to be found row by row, and nothing was added.
    pub(crate) fn reverse<F: LaneFloat>(
        &self,
        program: &Body,
        work: &mut MappedWork<F>,
        ([own, shared], gy): ([&[F]; 2], RowTable<'_, F>),
        [by_row, by_shared]: [&mut [F]; 2],
    ) -> bool {
        const MODE: RowMode = RowMode::Vjp(By::Both);
        let Some(rows) = self.made(program, MODE) else { return false };
        let (outputs, width) = (program.outputs(), rows.row_inputs().tables[0]);
        let (mut y, mut found) = (core::mem::take(&mut work.values), core::mem::take(&mut work.by_row));
        y.resize(TOGETHER * outputs, F::zero());
        found.resize(own.len(), F::zero());
        let ran = work.run(rows, MODE, [own, shared], gy, |work, run| {
            let found = &mut found[run.first * width..][..run.count * width];
            work.part(run, &mut [&mut y[..run.count * outputs], found])
        });
        let mut ran = ran.is_ok();
        if ran {
            let MappedWork { shared: memory, sums, by_shared: slopes, .. } = work;
            slopes.resize(shared.len(), F::zero());
            ran = rows.pull_shared(memory, shared, sums, slopes).is_ok();
            if ran {
                by_row.iter_mut().zip(&found).for_each(|(sum, g)| *sum = *sum + *g);
                by_shared.iter_mut().zip(slopes).for_each(|(sum, g)| *sum = *sum + *g);
            }
        }
        (work.values, work.by_row) = (y, found);
        ran
    }
}

/// Rows that are run together.
struct RowsRun<'a, F> {
    code: &'a RowCode,
    tables: &'a [RowTable<'a, F>],
    first: usize,
    count: usize,
}

impl<F: LaneFloat> MappedWork<F> {
    /// Runs a mode over all rows, some at a time: each says whether it goes on. Whether all did.
    fn run(
        &mut self,
        rows: &RowProgram,
        mode: RowMode,
        [own, shared]: [&[F]; 2],
        further: RowTable<'_, F>,
        mut each: impl FnMut(&mut Self, &RowsRun<'_, F>) -> Result<bool, RunError>,
    ) -> Result<bool, RunError> {
        let Self { shared: memory, runner, rows: list, given, uniforms, sums, .. } = self;
        let Some(code) = rows.code(mode) else { return Ok(false) };
        rows.boundary_at(memory, shared, given)?;
        code.uniforms(memory, given, uniforms)?;
        runner.begin(code, uniforms);
        list.clear();
        list.extend(0..TOGETHER as u32);
        sums.clear();
        sums.resize(code.code().sums(), F::zero());
        let width = rows.row_inputs().tables[0];
        let all = own.len().checked_div(width).unwrap_or(0);
        let tables = &[RowTable::by_rows(own, width), further];
        for first in (0..all).step_by(TOGETHER) {
            let run = RowsRun { code, tables, first, count: TOGETHER.min(all - first) };
            if !each(self, &run)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Runs some rows; whether they hold all comparisons that are asked.
    fn part(&mut self, run: &RowsRun<'_, F>, y: &mut [&mut [F]]) -> Result<bool, RunError> {
        let Self { runner, rows: list, sums, .. } = self;
        let (tables, first, list) = (run.tables, run.first, &list[..run.count]);
        let block = RowBlock { tables, first, list, y, totals: sums, maxima: &mut [] };
        runner.run(run.code, block).map_err(|stopped| stopped.why)?;
        Ok(runner.failed().all(|failed| failed.is_none()))
    }
}

/// The same program with its shared inputs first.
fn shared_first(program: &Body, shared: Range<usize>) -> Result<Program, ProgramError> {
    let point = program.point();
    let mut ran = Ok(());
    let recorded = Program::record_with(|s| {
        let of_all: Vec<Var> = point[shared.clone()].iter().map(|x| s.input(*x)).collect();
        let own = point.iter().enumerate().filter(|(k, _)| !shared.contains(k));
        let mut own = own.map(|(_, x)| s.input(*x)).collect::<Vec<Var>>().into_iter();
        let x: Vec<Var> = (0..point.len())
            .filter_map(|k| if shared.contains(&k) { Some(of_all[k - shared.start]) } else { own.next() })
            .collect();
        let parameters: Vec<Var> = program.recorded_parameters().iter().map(|p| Var::from(*p)).collect();
        ran = program.record_outputs(s, &x, &parameters);
    })?;
    ran?;
    Ok(recorded)
}
