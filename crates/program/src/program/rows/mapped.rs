//! The rows of a map: one program, called for each of several rows, of whose inputs some are shared.

use core::ops::Range;
use std::sync::OnceLock;

use wengert_lanes::{LaneFloat, RowBlock, RowTable};
use wengert_tape::{RunError, Var};

use super::modes::{By, RowInputs, RowMode, RowProgram};
use super::runner::{RowRunner, SharedWork};
use crate::error::ProgramError;
use crate::program::{Body, Program};

/// How many rows a map has at least that are run by lanes: for fewer it would take longer to make code than to run them once.
const FEWEST: usize = 256;

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
        y: &mut [F],
    ) -> bool {
        let Some(rows) = self.made(program, RowMode::Values) else { return false };
        work.run(rows, RowMode::Values, [own, shared, &[]], [y, &mut []]).is_ok_and(|all_hold| all_hold)
    }

    /// Adds what the adjoints of all results contribute to those of the rows' inputs and of the shared ones; `false` where they
    /// have to be found row by row, and nothing was added.
    pub(crate) fn reverse<F: LaneFloat>(
        &self,
        program: &Body,
        work: &mut MappedWork<F>,
        [own, shared, gy]: [&[F]; 3],
        [by_row, by_shared]: [&mut [F]; 2],
    ) -> bool {
        const MODE: RowMode = RowMode::Vjp(By::Both);
        let Some(rows) = self.made(program, MODE) else { return false };
        let (mut y, mut found) = (core::mem::take(&mut work.values), core::mem::take(&mut work.by_row));
        y.resize(gy.len(), F::zero());
        found.resize(own.len(), F::zero());
        let mut ran = work.run(rows, MODE, [own, shared, gy], [&mut y, &mut found]).is_ok();
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

impl<F: LaneFloat> MappedWork<F> {
    /// Runs a mode over all rows; whether they hold all comparisons that it asks.
    fn run(
        &mut self,
        rows: &RowProgram,
        mode: RowMode,
        [own, shared, further]: [&[F]; 3],
        y: [&mut [F]; 2],
    ) -> Result<bool, RunError> {
        let Self { shared: memory, runner, rows: list, given, uniforms, sums, .. } = self;
        let Some(code) = rows.code(mode) else { return Ok(false) };
        rows.boundary_at(memory, shared, given)?;
        code.uniforms(memory, given, uniforms)?;
        runner.begin(code, uniforms);
        let width = rows.row_inputs().tables.iter().sum::<usize>();
        let outputs = rows.program().outputs();
        list.clear();
        list.extend(0..(own.len() / width.max(1)) as u32);
        sums.clear();
        sums.resize(code.code().sums(), F::zero());
        let tables = &[RowTable::by_rows(own, width), RowTable::by_rows(further, outputs)];
        let [first, second] = y;
        let block = RowBlock { tables, first: 0, list, y: &mut [first, second], totals: sums };
        runner.run(code, block).map_err(|stopped| stopped.why)?;
        let all_hold = runner.failed().all(|failed| failed.is_none());
        Ok(all_hold)
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
