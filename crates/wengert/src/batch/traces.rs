//! The traces of a batch, and which of them each row takes.

use wengert_lanes::{LaneFloat, RowBlock, RowTable};
use wengert_program::{Program, ProgramError, RowError, RowProgram, RowRunner};
use wengert_tape::call::{Call, Mode};
use wengert_tape::{RecordError, Recorder, RunError, Var};

use super::blocks::{OverBlocks, Written};
use super::error::BatchError;
use super::kept::{IdleRunners, ReadyCode};
use super::rows::Rows;

/// A user's closure, of shared inputs and a row.
pub(super) type RowClosure<'a> = dyn Fn(&[Var], &[Var]) -> Vec<Var> + Send + Sync + 'a;

/// Traces that are kept, and where their comparisons stand.
#[derive(Debug)]
pub(super) struct RowTraces {
    pub(super) list: Vec<RowTrace>,
    pub(super) limit: usize,
    /// The number of the call, and the first whose traces stay: that, or one before.
    calls: u64,
    held: u64,
}

/// One way through the closure.
#[derive(Debug)]
pub(super) struct RowTrace {
    pub(super) program: RowProgram,
    /// Whether rows can fail a comparison of it.
    pub(super) guarded: bool,
    /// The last call in which rows took it.
    taken: u64,
}

/// A row that no trace was found for yet.
pub(super) const OPEN: u32 = u32::MAX;

/// Which trace each row takes.
pub(super) struct Taken {
    /// By row; none where all take the only one.
    pub(super) by_row: Option<Vec<u32>>,
    /// The traces that are taken, by their first rows: trace, first row, how many rows.
    pub(super) traces: Vec<(usize, usize, usize)>,
}

impl RowTraces {
    pub(super) fn new(limit: usize) -> Self {
        Self { list: Vec::new(), limit, calls: 0, held: u64::MAX }
    }

    pub(super) fn begin_call(&mut self) {
        self.calls += 1;
    }

    /// The traces of all calls from the next on stay, until they are [released](Self::release).
    pub(super) fn hold(&mut self) {
        self.held = self.calls + 1;
    }

    pub(super) fn release(&mut self) {
        self.held = u64::MAX;
    }

    /// Notes that rows of the call take a trace.
    pub(super) fn note_taken(&mut self, trace: usize) {
        self.list[trace].taken = self.calls;
    }

    /// The place of another trace: behind the others, or where they are as many as may be, that of the one which no row of the
    /// call takes and which was taken longest ago; none where rows take them all.
    pub(super) fn room(&self) -> Option<usize> {
        if self.list.len() < self.limit {
            return Some(self.list.len());
        }
        let idle = self.list.iter().enumerate().filter(|(_, trace)| trace.taken < self.calls.min(self.held));
        idle.min_by_key(|(_, trace)| trace.taken).map(|(place, _)| place)
    }

    pub(super) fn fits<F: Copy>(&self, trace: usize, shared: &[F], rows: &Rows<'_, F>) -> bool {
        let program = &self.list[trace].program;
        *program.row_inputs() == rows.inputs(shared.len())
            && program.program().recorded_parameters().len() == rows.parameters.len()
    }

    /// Records the closure at a row, and keeps the trace there.
    pub(super) fn record<F: LaneFloat>(
        &mut self,
        place: usize,
        (closure, mode): (&RowClosure<'_>, Option<Mode>),
        shared: &[F],
        rows: &Rows<'_, F>,
        row: usize,
    ) -> Result<(), BatchError> {
        let mut recorder = Recorder::new();
        let recorded = recorded_at(&mut recorder, closure, shared, rows, row);
        recorded.map_err(|why| BatchError::Record { row, why })?;
        let (tape, work) = recorder.into_recording();
        if let Some(call) = tape.calls().iter().find(|call| !call.callee.is_pure()) {
            return Err(BatchError::Acts(call.callee.name().into_owned()));
        }
        let of_row = |why: ProgramError| BatchError::Program { row, why };
        let program = Program::new(tape, &work).map_err(of_row)?;
        let program = RowProgram::new(&program, rows.inputs(shared.len())).map_err(of_row)?.in_mode(mode);
        let guarded = !program.varying().tape().guards().is_empty();
        let trace = RowTrace { program, guarded, taken: self.calls };
        match self.list.get_mut(place) {
            Some(kept) => *kept = trace,
            None => self.list.push(trace),
        }
        Ok(())
    }
}

/// Why a row has no result, with the line of the closure: it is recorded there once more.
pub(super) fn without_result<F: LaneFloat>(
    closure: &RowClosure<'_>,
    shared: &[F],
    rows: &Rows<'_, F>,
    RowError { row, why }: RowError,
) -> BatchError {
    let mut recorder = Recorder::new().source_lines(true);
    if let Err(why) = recorded_at(&mut recorder, closure, shared, rows, row) {
        return BatchError::Record { row, why };
    }
    // It has a value there, and no derivative.
    let tape = recorder.tape();
    let failed =
        |call: &Call<'_>| matches!(&why, RunError::Call(why) if why.name() == Some(&call.callee.name()));
    let at = tape.calls().iter().find(failed).and_then(|call| tape.line(call.node)).cloned();
    BatchError::Row { row, why, at }
}

/// Records the closure at a row.
fn recorded_at<F: LaneFloat>(
    recorder: &mut Recorder,
    closure: &RowClosure<'_>,
    shared: &[F],
    rows: &Rows<'_, F>,
    row: usize,
) -> Result<(), RecordError> {
    let wide = |numbers: &[F]| numbers.iter().map(|x| x.wide()).collect::<Vec<f64>>();
    recorder.record(|s| {
        let (mut of_all, mut own): (Vec<Var>, Vec<Var>) = Default::default();
        s.inputs_into(&wide(shared), &mut of_all);
        s.inputs_into(&wide(&rows.row(row)), &mut own);
        s.parameters_into(&wide(rows.parameters), &mut of_all);
        for y in closure(&of_all, &own) {
            s.output(y);
        }
    })
}

/// Rows with and without traces.
pub(super) struct Sorting {
    pub(super) by_row: Option<Vec<u32>>,
    /// The trace that all rows take, where none was asked.
    pub(super) all: Option<usize>,
    pub(super) open: usize,
}

impl Sorting {
    pub(super) fn is_open(&self, row: usize) -> bool {
        self.open > 0 && self.by_row.as_ref().is_none_or(|of| of[row] == OPEN)
    }

    /// The first row without a trace.
    pub(super) fn first_open(&self) -> usize {
        self.by_row.as_ref().and_then(|of| of.iter().position(|trace| *trace == OPEN)).unwrap_or(0)
    }

    /// All rows that are open take the trace.
    pub(super) fn give_rest(&mut self, trace: usize) {
        self.open = 0;
        match &mut self.by_row {
            Some(by_row) => by_row.iter_mut().filter(|of| **of == OPEN).for_each(|of| *of = trace as u32),
            None => self.all = Some(trace),
        }
    }

    pub(super) fn taken(self, rows: usize, known: usize) -> Taken {
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
pub(super) struct Sort<'a, F: LaneFloat> {
    pub(super) ready: ReadyCode<'a, F>,
    pub(super) idle: IdleRunners<F>,
    pub(super) tables: &'a [RowTable<'a, F>],
    pub(super) trace: u32,
}

impl<F: LaneFloat> Sort<'_, F> {
    /// The memory of threads, for other passes.
    pub(super) fn into_runners(self) -> Vec<RowRunner<F>> {
        self.idle.and([self.ready].into_iter())
    }
}

impl<'a, F: LaneFloat> OverBlocks for Sort<'a, F> {
    type Out = Written<'a, u32>;
    /// By guard: how many rows failed it first.
    type Sum = Vec<usize>;
    type Error = RowError;

    fn block(&self, rows: core::ops::Range<usize>, out: Written<'a, u32>) -> Result<Vec<usize>, Self::Error> {
        let code = self.ready.code;
        let mut fails = vec![0; code.guards().len()];
        let list: Vec<u32> =
            out.numbers.iter().zip(0..).filter(|(trace, _)| **trace == OPEN).map(|(_, row)| row).collect();
        if list.is_empty() {
            return Ok(fails);
        }
        let block = RowBlock {
            tables: self.tables,
            first: rows.start,
            list: &list,
            y: &mut [],
            totals: &mut [],
            maxima: &mut [],
        };
        self.ready.run(&self.idle, |runner| {
            runner.run(code, block)?;
            for (row, failed) in list.iter().zip(runner.failed()) {
                match failed {
                    None => out.numbers[*row as usize] = self.trace,
                    Some(guard) => fails[guard as usize] += 1,
                }
            }
            Ok(())
        })?;
        Ok(fails)
    }

    fn join(&self, mut first: Vec<usize>, rest: Vec<usize>) -> Vec<usize> {
        first.iter_mut().zip(rest).for_each(|(sum, more)| *sum += more);
        first
    }
}
