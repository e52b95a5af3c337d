//! The traces of a batch, and which of them each row takes.

use std::sync::Mutex;

use wengert_lanes::{InstructionSet, LaneFloat, RowBlock, Table};
use wengert_program::{Program, ProgramError, RowCode, RowError, RowMode, RowProgram, RowRunner, SharedWork};
use wengert_tape::{Recorder, RunError, SourceLine, Var};

use super::blocks::{OverBlocks, Written, over};
use super::error::BatchError;
use super::report::SplitReport;
use super::rows::Rows;
use super::{Batch, Closure};

/// Traces that are kept, and where their comparisons stand.
#[derive(Debug)]
pub(super) struct RowTraces {
    pub(super) list: Vec<RowTrace>,
    pub(super) limit: usize,
}

/// One way through the closure.
#[derive(Debug)]
pub(super) struct RowTrace {
    pub(super) program: RowProgram,
    /// The columns of the tables that it reads.
    widths: Vec<usize>,
    /// Whether rows can fail a comparison of it.
    guarded: bool,
}

/// A row that no trace was found for yet.
const OPEN: u32 = u32::MAX;

/// Which trace each row takes.
pub(super) struct Taken {
    /// By row; none where all take the only one.
    pub(super) by_row: Option<Vec<u32>>,
    /// The traces that are taken, by their first rows: trace, first row, how many rows.
    pub(super) traces: Vec<(usize, usize, usize)>,
}

impl RowTraces {
    pub(super) fn new(limit: usize) -> Self {
        Self { list: Vec::new(), limit }
    }

    fn fits<F>(&self, trace: usize, shared: &[F], widths: &[usize]) -> bool {
        let RowTrace { program, widths: own, .. } = &self.list[trace];
        program.shared() == shared.len() && own == widths
    }

    /// Records the closure at a row, and keeps the trace.
    fn record<F: LaneFloat>(
        &mut self,
        closure: &Closure<'_>,
        shared: &[F],
        rows: &Rows<'_, F>,
        row: usize,
    ) -> Result<usize, BatchError> {
        let mut recorder = Recorder::new();
        let inputs: Vec<f64> = shared.iter().chain(&rows.row(row)).map(|x| x.wide()).collect();
        let recorded = recorder.record(|s| {
            let mut x: Vec<Var> = Vec::new();
            s.inputs_into(&inputs, &mut x);
            let (shared, row) = x.split_at(shared.len());
            closure(shared, row).iter().for_each(|y| _ = s.output(*y));
        });
        recorded.map_err(|why| BatchError::Record { row, why })?;
        let (tape, work) = recorder.into_recording();
        if let Some(call) = tape.calls().iter().find(|call| !call.callee.is_pure()) {
            return Err(BatchError::Acts(call.callee.name().into_owned()));
        }
        let of_row = |why: ProgramError| BatchError::Program { row, why };
        let program = Program::new(tape, &work).map_err(of_row)?;
        let program = RowProgram::new(&program, shared.len(), &rows.widths).map_err(of_row)?;
        let guarded = !program.varying().tape().guards().is_empty();
        self.list.push(RowTrace { program, widths: rows.widths.clone(), guarded });
        Ok(self.list.len() - 1)
    }
}

impl Batch<'_> {
    /// Finds the trace of each row, and records those that are not known.
    pub(super) fn taken<F: LaneFloat>(
        &mut self,
        work: &mut SharedWork<F>,
        shared: &[F],
        rows: &Rows<'_, F>,
    ) -> Result<Taken, BatchError> {
        self.report = super::BatchReport { rows: rows.len(), ..Default::default() };
        if rows.is_empty() {
            return Ok(Taken { by_row: None, traces: Vec::new() });
        }
        let mut sorting = Sorting { by_row: None, all: None, open: rows.len() };
        let known = self.traces.list.len();
        for trace in 0..known {
            if sorting.open > 0 && self.traces.fits(trace, shared, &rows.widths) {
                self.sort(&mut sorting, trace, work, shared, rows)?;
            }
        }
        while sorting.open > 0 {
            let first_open = |of: &Vec<u32>| of.iter().position(|trace| *trace == OPEN);
            let row = sorting.by_row.as_ref().and_then(first_open).unwrap_or(0);
            if let Some(split) = self.report.splits.last()
                && self.traces.list.len() >= self.traces.limit
            {
                return Err(BatchError::Traces { row, limit: self.traces.limit, at: split.at.clone() });
            }
            let trace = self.traces.record(&*self.closure, shared, rows, row)?;
            self.report.recordings += 1;
            let before = sorting.open;
            self.sort(&mut sorting, trace, work, shared, rows)?;
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
        work: &mut SharedWork<F>,
        shared: &[F],
        rows: &Rows<'_, F>,
    ) -> Result<(), BatchError> {
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
            return Ok(());
        }
        let code = program.make(RowMode::Guards).map_err(|why| BatchError::Program { row: 0, why })?;
        let mut uniforms = Vec::new();
        code.uniforms(work, &boundary, &mut uniforms)?;
        let by_row = sorting.by_row.get_or_insert_with(|| vec![OPEN; rows.len()]);
        let sort = Sort {
            code,
            uniforms: &uniforms,
            tables: &rows.tables,
            trace: trace as u32,
            runners: Mutex::new(Vec::new()),
            set: self.instructions,
        };
        let found = Written { numbers: by_row, width: 1 };
        let fails = over(&sort, 0..rows.len(), found, self.threads)
            .map_err(|RowError { row, why }| BatchError::Row { row, why })?;
        let guards = code.guards().to_vec();
        sorting.open = sorting.by_row.iter().flatten().filter(|trace| **trace == OPEN).count();
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
            Some(split) => split.rows += rows,
            None => self.report.splits.push(SplitReport { at, rows }),
        }
    }
}

/// Rows with and without traces.
struct Sorting {
    by_row: Option<Vec<u32>>,
    /// The trace that all rows take, where none was asked.
    all: Option<usize>,
    open: usize,
}

impl Sorting {
    fn is_open(&self, row: usize) -> bool {
        self.open > 0 && self.by_row.as_ref().is_none_or(|of| of[row] == OPEN)
    }

    /// All rows that are open take the trace.
    fn give_rest(&mut self, trace: usize) {
        self.open = 0;
        match &mut self.by_row {
            Some(by_row) => by_row.iter_mut().filter(|of| **of == OPEN).for_each(|of| *of = trace as u32),
            None => self.all = Some(trace),
        }
    }

    fn taken(self, rows: usize, known: usize) -> Taken {
        let Some(by_row) = self.by_row else {
            return Taken {
                by_row: None,
                traces: self.all.map(|trace| (trace, 0, rows)).into_iter().collect(),
            };
        };
        let mut traces: Vec<(usize, usize, usize)> = Vec::new();
        let mut places = vec![None; known];
        for (row, trace) in by_row.iter().enumerate() {
            let place = *places[*trace as usize].get_or_insert_with(|| {
                traces.push((*trace as usize, row, 0));
                traces.len() - 1
            });
            traces[place].2 += 1;
        }
        Taken { by_row: (traces.len() > 1).then_some(by_row), traces }
    }
}

/// The pass that asks open rows for the guards of a trace.
struct Sort<'a, F: LaneFloat> {
    code: &'a RowCode,
    uniforms: &'a [F],
    tables: &'a [Table<'a, F>],
    trace: u32,
    runners: Mutex<Vec<RowRunner<F>>>,
    set: InstructionSet,
}

impl<'a, F: LaneFloat> OverBlocks for Sort<'a, F> {
    type Out = Written<'a, u32>;
    /// By guard: how many rows failed it first.
    type Sum = Vec<usize>;
    type Error = RowError;

    fn block(&self, rows: core::ops::Range<usize>, out: Written<'a, u32>) -> Result<Vec<usize>, Self::Error> {
        let mut fails = vec![0; self.code.guards().len()];
        let list: Vec<u32> =
            out.numbers.iter().zip(0..).filter(|(trace, _)| **trace == OPEN).map(|(_, row)| row).collect();
        if list.is_empty() {
            return Ok(fails);
        }
        let kept = self.runners.lock().map_or(None, |mut runners| runners.pop());
        let mut runner = kept.unwrap_or_else(|| {
            let mut runner = RowRunner::with(self.set);
            runner.begin(self.code, self.uniforms);
            runner
        });
        let block =
            RowBlock { tables: self.tables, first: rows.start, list: &list, y: &mut [], totals: &mut [] };
        runner.run(self.code, block)?;
        for (row, failed) in list.iter().zip(runner.failed()) {
            match failed {
                None => out.numbers[*row as usize] = self.trace,
                Some(guard) => fails[guard as usize] += 1,
            }
        }
        if let Ok(mut runners) = self.runners.lock() {
            runners.push(runner);
        }
        Ok(fails)
    }

    fn join(&self, mut first: Vec<usize>, rest: Vec<usize>) -> Vec<usize> {
        first.iter_mut().zip(rest).for_each(|(sum, more)| *sum += more);
        first
    }
}
