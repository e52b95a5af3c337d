//! A call of a batch: its rows sorted by the traces that they take, and passes over them.

use core::sync::atomic::{AtomicBool, AtomicUsize};

use wengert_lanes::{LaneFloat, RowMaximum, RowTable};
use wengert_program::{By, RowCode, RowMode, RowProgram, SharedWork};
use wengert_tape::call::Mode;
use wengert_tape::{RunError, SourceLine};

use super::Batch;
use super::blocks::{Written, over};
use super::error::BatchError;
use super::kept::{IdleRunners, KeptRuns, ReadyCode, RunsOf};
use super::pass::{PassError, PassPart, PassTables, RowPass, nothing};
use super::report::{SplitReport, TraceReport};
use super::rows::Rows;
use super::traces::{OPEN, RowTrace, Sort, Sorting, Taken, without_result};

/// What a mode is given at what is uniform, of each trace.
pub(super) type Given<'a, F> = dyn FnMut(&RowProgram, &mut SharedWork<F>) -> Result<Vec<F>, RunError> + 'a;

/// Ends a driver that takes no rows which move.
pub(super) fn unmoved<F: Copy>(driver: &'static str, rows: &Rows<'_, F>) -> Result<(), BatchError> {
    if rows.moving_by.is_some() { Err(BatchError::Moving(driver)) } else { Ok(()) }
}

/// Checks a slice's length.
pub(super) fn length(what: &'static str, expected: usize, found: usize) -> Result<(), BatchError> {
    if expected == found { Ok(()) } else { Err(RunError::Length { what, expected, found }.into()) }
}

pub(super) fn zeros<F: LaneFloat>(n: usize) -> Vec<F> {
    vec![F::zero(); n]
}

/// What a pass over all rows finds beside its tables.
pub(super) struct PassFound<F> {
    /// The sums of each trace.
    pub(super) sums: Vec<Vec<F>>,
    /// The greatest of all rows.
    pub(super) maxima: Vec<RowMaximum<F>>,
}

/// A call in the making: rows that are some, and the traces that they take.
pub(super) struct CallOf<F: LaneFloat> {
    pub(super) runs: RunsOf<F>,
    /// Where these go when the call has ended.
    kept: KeptRuns,
    pub(super) taken: Taken,
    /// How many outputs a row has; none where there is no row.
    pub(super) outputs: usize,
}

impl<F: LaneFloat> Drop for CallOf<F> {
    fn drop(&mut self) {
        self.kept.put(core::mem::take(&mut self.runs));
    }
}

impl Batch<'_> {
    /// Finds the trace of each row, and records those that are not known.
    pub(super) fn taken<F: LaneFloat>(
        &mut self,
        runs: &mut RunsOf<F>,
        shared: &[F],
        rows: &Rows<'_, F>,
    ) -> Result<Taken, BatchError> {
        self.report = super::BatchReport { rows: rows.len(), ..Default::default() };
        if rows.is_empty() {
            return Ok(Taken { by_row: None, traces: Vec::new() });
        }
        self.traces.begin_call();
        let mut sorting = Sorting { by_row: None, all: None, open: rows.len() };
        let known = self.traces.list.len();
        for trace in 0..known {
            if sorting.open > 0 && self.traces.fits(trace, shared, rows) {
                self.sort(&mut sorting, trace, runs, shared, rows)?;
            }
        }
        while sorting.open > 0 {
            let row = sorting.first_open();
            let trace = match (self.traces.room(), self.report.splits.last()) {
                (Some(trace), _) => trace,
                (None, Some(split)) => {
                    return Err(BatchError::Traces { row, limit: self.traces.limit, at: split.at.clone() });
                }
                (None, None) => return Err(BatchError::Impure { row }),
            };
            self.traces.record(trace, (&*self.closure, self.mode), shared, rows, row)?;
            self.report.recordings += 1;
            let before = sorting.open;
            self.sort(&mut sorting, trace, runs, shared, rows)?;
            if sorting.is_open(row) || sorting.open == before {
                return Err(BatchError::Impure { row });
            }
        }
        Ok(sorting.taken(rows.len(), self.traces.list.len()))
    }

    /// Gives a trace the rows that take it, of those that are open.
    fn sort<F: LaneFloat>(
        &mut self,
        sorting: &mut Sorting,
        trace: usize,
        RunsOf { work, runners }: &mut RunsOf<F>,
        shared: &[F],
        rows: &Rows<'_, F>,
    ) -> Result<(), BatchError> {
        let before = sorting.open;
        let RowTrace { program, guarded, .. } = &mut self.traces.list[trace];
        let mut boundary = Vec::new();
        match program.boundary_at(work, shared, &mut boundary) {
            Ok(()) => {}
            // What the shared inputs alone decide is decided otherwise.
            Err(RunError::Diverged(diverged)) if diverged.calls == 0 => {
                self.note(diverged.at, sorting.open);
                return Ok(());
            }
            Err(why) => return Err(why.into()),
        }
        if !*guarded {
            sorting.give_rest(trace);
            self.traces.note_taken(trace);
            return Ok(());
        }
        let row = sorting.first_open();
        let code = program.make(RowMode::Guards).map_err(|why| BatchError::Program { row, why })?;
        let mut uniforms = Vec::new();
        code.uniforms(work, &boundary, &mut uniforms)?;
        let by_row = sorting.by_row.get_or_insert_with(|| vec![OPEN; rows.len()]);
        let sort = Sort {
            ready: ReadyCode::new(code, uniforms),
            idle: IdleRunners::new((self.instructions, self.precision), core::mem::take(runners)),
            tables: &rows.tables,
            trace: trace as u32,
        };
        let found = Written { numbers: by_row, width: 1 };
        let fails = over(&sort, 0..rows.len(), found, self.threads);
        *runners = sort.into_runners();
        let fails = fails.map_err(|error| without_result(&*self.closure, shared, rows, error))?;
        let guards = code.guards().to_vec();
        sorting.open = sorting.by_row.iter().flatten().filter(|trace| **trace == OPEN).count();
        if sorting.open < before {
            self.traces.note_taken(trace);
        }
        for (guard, rows) in guards.iter().zip(fails) {
            if rows > 0 {
                self.note(guard.at.clone(), rows);
            }
        }
        Ok(())
    }

    /// Notes that so many rows failed a comparison.
    fn note(&mut self, at: SourceLine, rows: usize) {
        match self.report.splits.iter_mut().find(|split| split.at == at) {
            Some(split) => split.times += rows,
            None => self.report.splits.push(SplitReport { at, times: rows }),
        }
    }
}

impl Batch<'_> {
    /// Runs the code of a mode over all rows. `given` says what the mode is given at what is uniform, and `further` is the
    /// table that it reads behind those of the rows.
    pub(super) fn pass<F: LaneFloat>(
        &mut self,
        mode: RowMode,
        call: &mut CallOf<F>,
        (shared, rows): (&[F], &Rows<'_, F>),
        given: &mut Given<'_, F>,
        further: Option<RowTable<'_, F>>,
        out: PassTables<'_, F>,
    ) -> Result<PassFound<F>, BatchError> {
        let CallOf { runs: RunsOf { work, runners }, taken, .. } = call;
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
                mode: code.mode(),
            });
            parts.push(PassPart { ready: ReadyCode::new(code, uniforms), trace: *trace as u32 });
        }
        let tables = rows.tables.iter().chain(&rows.jacobians).copied().chain(further).collect();
        let pass = RowPass {
            parts,
            by_row: taken.by_row.as_deref(),
            tables,
            idle: IdleRunners::new((self.instructions, self.precision), core::mem::take(runners)),
            watcher: self.watcher.as_deref(),
            rows: rows.len(),
            done: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        };
        let sums = over(&pass, 0..rows.len(), out, self.threads);
        *runners = pass.into_runners();
        let sums = sums.map_err(|error| match error {
            PassError::Row(error) => without_result(&*self.closure, shared, rows, error),
            PassError::Stopped(rows) => BatchError::Stopped { rows },
        })?;
        (self.report.nan_rows, self.report.first_nan_rows) = (sums.nan_rows, sums.first_nan_rows);
        let by_trace = sums.by_trace.into_iter().map(Option::unwrap_or_default).collect();
        Ok(PassFound { sums: by_trace, maxima: sums.maxima })
    }
}

impl Batch<'_> {
    pub(super) fn begin<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
    ) -> Result<CallOf<F>, BatchError> {
        if let Some(wrong) = rows.wrong {
            return Err(wrong.into());
        }
        if let Some(by) = rows.moving_by {
            length("derivatives of a number of the rows by the shared inputs", shared.len(), by)?;
        }
        let kept = self.kept.clone();
        let mut runs = kept.take();
        runs.work.set_parameters(rows.parameters);
        let taken = self.taken(&mut runs, shared, rows)?;
        let of = |trace: &(usize, usize, usize)| self.traces.list[trace.0].program.program().outputs();
        let outputs = taken.traces.first().map_or(0, of);
        match taken.traces.iter().find(|trace| of(trace) != outputs) {
            Some(trace) => Err(BatchError::Outputs { row: trace.1, expected: outputs, found: of(trace) }),
            None => Ok(CallOf { runs, kept, taken, outputs }),
        }
    }

    /// How a trace's derivatives were found, where there was a choice.
    pub(super) fn mode_of(&self, trace: usize, mode: RowMode) -> Option<Mode> {
        self.traces.list[trace].program.code(mode).and_then(RowCode::mode)
    }

    /// What reduced results are divided by: the number of rows, or the sum of the weights.
    pub(super) fn divisor<F: LaneFloat>(&self, rows: &Rows<'_, F>) -> F {
        match (self.mean, rows.weights) {
            (false, _) => F::one(),
            (true, None) => F::of(rows.len() as f64),
            (true, Some(weights)) => weights.iter().fold(F::zero(), |sum, weight| sum + *weight),
        }
    }

    /// Names the rows whose values are NaN, where a sum is.
    pub(super) fn name_nan<F: LaneFloat>(
        &mut self,
        call: &mut CallOf<F>,
        shared: &[F],
        rows: &Rows<'_, F>,
        sums: &[F],
    ) -> Result<(), BatchError> {
        if !sums.iter().any(|sum| sum.is_nan()) {
            return Ok(());
        }
        let report = self.report.traces.clone();
        let mut y = zeros(rows.len() * call.outputs);
        self.by_row(call, RowMode::Values, shared, rows, &mut y)?;
        self.report.traces = report;
        Ok(())
    }

    /// A pass for values by row alone.
    pub(super) fn by_row<F: LaneFloat>(
        &mut self,
        call: &mut CallOf<F>,
        mode: RowMode,
        shared: &[F],
        rows: &Rows<'_, F>,
        y: &mut [F],
    ) -> Result<(), BatchError> {
        let outputs = call.outputs;
        let out = (Written { numbers: y, width: outputs }, nothing());
        self.pass(
            mode,
            call,
            (shared, rows),
            &mut |program, work| boundary(program, work, shared),
            None,
            out,
        )?;
        Ok(())
    }

    /// The sums of a mode, by trace.
    pub(super) fn sums<F: LaneFloat>(
        &mut self,
        call: &mut CallOf<F>,
        mode: RowMode,
        (shared, rows): (&[F], &Rows<'_, F>),
        given: &mut Given<'_, F>,
    ) -> Result<Vec<Vec<F>>, BatchError> {
        let further = rows.weights.map(|weights| RowTable::by_rows(weights, 1));
        Ok(self.pass(mode, call, (shared, rows), given, further, (nothing(), nothing()))?.sums)
    }
}

/// What most modes are given.
pub(super) fn boundary<F: LaneFloat>(
    program: &RowProgram,
    work: &mut SharedWork<F>,
    shared: &[F],
) -> Result<Vec<F>, RunError> {
    let mut boundary = Vec::new();
    program.boundary_at(work, shared, &mut boundary)?;
    Ok(boundary)
}

/// What the code of a mode is given: in reverse the boundary, where the adjoints of that are what is asked for; else the shared
/// inputs.
pub(super) fn given_by_mode<F: LaneFloat>(
    mode: RowMode,
    shared: &[F],
) -> impl FnMut(&RowProgram, &mut SharedWork<F>) -> Result<Vec<F>, RunError> {
    move |program, work| {
        let reverse = program.code(mode).and_then(RowCode::mode) != Some(Mode::Forward);
        match mode {
            RowMode::Gradient { .. } | RowMode::Jacobian(By::Row) if reverse => {
                boundary(program, work, shared)
            }
            _ => Ok(shared.to_vec()),
        }
    }
}
