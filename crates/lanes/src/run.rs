//! Running code over rows: the memory of a thread, and what it does with loads, outputs and calls.

use core::cell::Cell;
use core::fmt::Debug;

use wengert_ops::{Lanes, Primitive};

use crate::code::{Action, Code, Step};
use crate::frame::{Frame, NONE};
use crate::instructions::InstructionSet;
use crate::kernels::Kernels;
use crate::sums::GROUP;
use crate::table::Table;

/// What calls of the code do, row by row.
pub trait RowCalls<F> {
    /// Why a call has no results.
    type Error;

    /// Computes the results `y` of the call that stands at `site` from its operands `x`, in row `row`.
    ///
    /// # Errors
    /// Why there are none.
    fn call(&mut self, site: u32, row: usize, x: &[F], y: &mut [F]) -> Result<(), Self::Error>;
}

/// Nothing is called: the results of a call are NaN.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCalls;

impl<F: Primitive> RowCalls<F> for NoCalls {
    type Error = core::convert::Infallible;
    fn call(&mut self, _: u32, _: usize, _: &[F], y: &mut [F]) -> Result<(), Self::Error> {
        y.fill(F::nan());
        Ok(())
    }
}

/// A call that has no results: in which row, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: {why}")]
pub struct Stopped<E> {
    /// The row.
    pub row: usize,
    /// Why.
    pub why: E,
}

/// A float that code runs at: `f64`, and `f32`.
pub trait LaneFloat: Primitive {
    /// The memory of runs: lanes of this float, as many side by side as 64 bytes hold.
    #[doc(hidden)]
    type Memory: LaneMemory<Self>;
}

impl LaneFloat for f64 {
    type Memory = Memory<f64, 8>;
}

impl LaneFloat for f32 {
    type Memory = Memory<f32, 16>;
}

/// What runs and keeps lanes.
#[doc(hidden)]
pub trait LaneMemory<F>: Send {
    fn new(set: InstructionSet) -> Self;
    fn begin(&mut self, code: &Code, uniforms: &[F]);
    fn run<C: RowCalls<F>>(&mut self, rows: Rows<'_, F>, calls: &mut C) -> Result<(), Stopped<C::Error>>;
    fn failed(&self) -> &[Cell<u32>];
}

/// What is run over, and what comes out.
#[doc(hidden)]
pub struct Rows<'a, F> {
    code: &'a Code,
    tables: &'a [Table<'a, F>],
    first: usize,
    list: &'a [u32],
    y: &'a mut [F],
    totals: &'a mut [F],
}

/// The memory of a thread that runs code over rows.
pub struct Lanewise<F: LaneFloat = f64> {
    memory: F::Memory,
}

impl<F: LaneFloat> Lanewise<F> {
    /// Memory for code, which runs by the best instructions that the machine has.
    #[must_use]
    pub fn new() -> Self {
        Self::with(InstructionSet::best())
    }

    /// The same by the instructions of a set, or the baseline where the machine does not have it. Results are the same bits.
    #[must_use]
    pub fn with(set: InstructionSet) -> Self {
        Self { memory: F::Memory::new(set) }
    }

    /// Sets the uniform operands of the runs of code that follow; those that are missing are NaN.
    pub fn begin(&mut self, code: &Code, uniforms: &[F]) {
        self.memory.begin(code, uniforms);
    }

    /// Runs code over the rows `first + list[0]`, `first + list[1]`, …, with the numbers that these have in the tables; a
    /// number that a table does not have is NaN. Row `first + r` writes what it gives to `y[r·gives..]`, and the sums over all
    /// rows are added to `totals`, each in the order that [`GROUP`] belongs to.
    ///
    /// What a row gives that [fails](Self::failed) a guard is no result, nor is a sum with it.
    ///
    /// # Errors
    /// Where a call has no results, the row and why. What was written and added until then stays.
    ///
    /// Cost: one pass over the steps for each [`width`](Code::width) rows.
    #[allow(clippy::too_many_arguments)] // each is what it is, and none has a default
    pub fn run<C: RowCalls<F>>(
        &mut self,
        code: &Code,
        tables: &[Table<'_, F>],
        first: usize,
        list: &[u32],
        y: &mut [F],
        totals: &mut [F],
        calls: &mut C,
    ) -> Result<(), Stopped<C::Error>> {
        self.memory.run(Rows { code, tables, first, list, y, totals }, calls)
    }

    /// By place in the list of the last run: the first guard that the row has failed; none where it has failed none.
    pub fn failed(&self) -> impl ExactSizeIterator<Item = Option<u32>> + '_ {
        self.memory.failed().iter().map(|failed| Some(failed.get()).filter(|guard| *guard != NONE))
    }
}

impl<F: LaneFloat> Default for Lanewise<F> {
    fn default() -> Self {
        Self::new()
    }
}

/// Lanes, `N` side by side.
#[doc(hidden)]
pub struct Memory<F, const N: usize> {
    kernels: Kernels<F, N>,
    lanes: Vec<Lanes<F, N>>,
    /// Those of a run, and the constants of the code behind them.
    uniforms: Vec<F>,
    partial: Vec<Lanes<F, N>>,
    failed: Vec<Cell<u32>>,
    /// Operands and results of a call.
    called: [Vec<F>; 2],
}

impl<F: Primitive, const N: usize> LaneMemory<F> for Memory<F, N> {
    fn new(set: InstructionSet) -> Self {
        Self {
            kernels: Kernels::of(set),
            lanes: Vec::new(),
            uniforms: Vec::new(),
            partial: Vec::new(),
            failed: Vec::new(),
            called: [Vec::new(), Vec::new()],
        }
    }

    fn begin(&mut self, code: &Code, uniforms: &[F]) {
        self.uniforms.clear();
        self.uniforms.extend(uniforms.iter().copied().chain(core::iter::repeat(F::nan())).take(code.uniforms()));
        self.uniforms.extend(code.constants.iter().map(|c| F::of(*c)));
    }

    fn run<C: RowCalls<F>>(&mut self, rows: Rows<'_, F>, calls: &mut C) -> Result<(), Stopped<C::Error>> {
        let Rows { code, tables, first, list, y, totals } = rows;
        let zero = Lanes::splat(F::zero());
        let stride = code.width().div_ceil(N);
        let slots = code.slots() * stride;
        if self.lanes.len() < slots {
            self.lanes.resize(slots, zero);
        }
        if self.partial.len() < code.sums() {
            self.partial.resize(code.sums(), zero);
        }
        self.failed.clear();
        if code.guards() > 0 {
            self.failed.resize(list.len().next_multiple_of(N), Cell::new(NONE));
        }
        let mut done = 0;
        while done < list.len() {
            let count = code.width().min(list.len() - done);
            let here = &list[done..done + count];
            let frame = Frame {
                operands: &code.operands,
                data: &code.data,
                tests: &code.tests,
                lanes: Cell::from_mut(&mut self.lanes[..]).as_slice_of_cells(),
                stride,
                uniforms: &self.uniforms,
                rows: count,
                chunks: count.div_ceil(N),
                begins: done % GROUP == 0,
                ends: (done + count) % GROUP == 0 || done + count == list.len(),
                totals: Cell::from_mut(&mut *totals).as_slice_of_cells(),
                partial: Cell::from_mut(&mut self.partial[..]).as_slice_of_cells(),
                failed: self.failed.get(done..).unwrap_or(&[]),
            };
            for step in &code.steps {
                match step.action {
                    Action::Load { table, column } => {
                        load(&frame, step, tables.get(table as usize), first, here, column as usize);
                    }
                    Action::Give(k) => give(&frame, step, y, code.gives(), here, k as usize),
                    Action::Call { site, results } => {
                        call(&frame, step, (site, results as usize), first, here, &mut self.called, calls)?;
                    }
                    _ => self.kernels.run(&frame, step),
                }
            }
            done += count;
        }
        self.failed.truncate(list.len());
        Ok(())
    }

    fn failed(&self) -> &[Cell<u32>] {
        &self.failed
    }
}

/// Loads a column. Lanes that are no rows have the numbers of the first.
fn load<F: Primitive, const N: usize>(
    frame: &Frame<'_, F, N>,
    step: &Step,
    table: Option<&Table<'_, F>>,
    first: usize,
    list: &[u32],
    column: usize,
) {
    let slot = frame.slot(step.result as usize);
    let Some(table) = table else { return slot.iter().for_each(|y| y.set(Lanes::splat(F::nan()))) };
    let number = |row: u32| table.get(first + row as usize, column).unwrap_or(F::nan());
    let (whole, rest) = list.as_chunks::<N>();
    for (y, rows) in slot.iter().zip(whole) {
        let mut lanes = [F::zero(); N];
        for (lane, row) in lanes.iter_mut().zip(rows) {
            *lane = number(*row);
        }
        y.set(Lanes(lanes));
    }
    if let (Some(y), Some(row)) = (slot.get(whole.len()), list.first()) {
        let mut lanes = [number(*row); N];
        for (lane, row) in lanes.iter_mut().zip(rest) {
            *lane = number(*row);
        }
        y.set(Lanes(lanes));
    }
}

/// Writes an output of each row.
fn give<F: Primitive, const N: usize>(
    frame: &Frame<'_, F, N>,
    step: &Step,
    y: &mut [F],
    gives: usize,
    list: &[u32],
    k: usize,
) {
    let [read] = *frame.reads(step) else { return };
    for (chunk, rows) in list.chunks(N).enumerate() {
        let lanes = frame.chunk(read, chunk).0;
        for (x, row) in lanes.into_iter().zip(rows) {
            if let Some(y) = y.get_mut(*row as usize * gives + k) {
                *y = x;
            }
        }
    }
}

/// Calls, row by row; what has failed a guard would not have called.
fn call<F: Primitive, const N: usize, C: RowCalls<F>>(
    frame: &Frame<'_, F, N>,
    step: &Step,
    (site, results): (u32, usize),
    first: usize,
    list: &[u32],
    [x, y]: &mut [Vec<F>; 2],
    calls: &mut C,
) -> Result<(), Stopped<C::Error>> {
    let (operands, results) = frame.reads(step).split_at(step.count as usize - results);
    y.resize(results.len(), F::nan());
    for (lane, row) in list.iter().enumerate() {
        x.clear();
        x.extend(operands.iter().map(|read| frame.chunk(*read, lane / N).0[lane % N]));
        let row = first + *row as usize;
        if frame.failed.get(lane).is_none_or(|failed| failed.get() == NONE) {
            calls.call(site, row, x, y).map_err(|why| Stopped { row, why })?;
        } else {
            y.fill(F::nan());
        }
        for (result, y) in results.iter().zip(&*y) {
            let cell = &frame.slot(result.index())[lane / N];
            let mut lanes = cell.get();
            lanes.0[lane % N] = *y;
            cell.set(lanes);
        }
    }
    Ok(())
}
