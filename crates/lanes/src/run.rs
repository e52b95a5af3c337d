//! Running code over rows: the memory of a thread, and what it does with loads, outputs and calls.

use core::fmt::Debug;

use wengert_ops::Primitive;

use crate::code::{Code, GROUP};
use crate::exchange::RowsHere;
use crate::frame::Slots;
use crate::instructions::{InstructionSet, Precision};
use crate::kernels::{Failed, Kernels};
use crate::maxima::{self, RowMaximum};
use crate::steps::{CodeStep, StepAction};
use crate::sums::GroupSums;
use crate::table::RowTable;
use crate::vector::Vectors;

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
pub struct RowStopped<E> {
    /// The row.
    pub row: usize,
    /// Why.
    pub why: E,
}

/// A float that code runs at: `f64`, and `f32`.
pub trait LaneFloat: Vectors {
    /// The memory of runs: lanes of this float, as many side by side as 64 bytes hold.
    #[doc(hidden)]
    type Memory: LaneMemory<Self>;
}

/// What runs and keeps lanes.
#[doc(hidden)]
pub trait LaneMemory<F>: Send + Sync {
    fn new(set: InstructionSet, precision: Precision) -> Self;
    fn begin(&mut self, code: &Code, uniforms: &[F]);
    fn run(
        &mut self,
        code: &Code,
        block: RowBlock<'_, '_, F>,
        calls: &mut dyn FnMut(RowCall<'_, F>) -> bool,
    ) -> Result<(), usize>;
    fn failed(&self) -> &[u32];
}

// Not generic, so that all of it is compiled here and not in the crates of users.
macro_rules! lane_float {
    ($($F:ty, $N:literal;)*) => { $(
        impl LaneFloat for $F {
            type Memory = LaneStore<$F, $N>;
        }
        impl LaneMemory<$F> for LaneStore<$F, $N> {
            fn new(set: InstructionSet, precision: Precision) -> Self {
                Self::of(set, precision)
            }
            fn begin(&mut self, code: &Code, uniforms: &[$F]) {
                self.set_uniforms(code, uniforms);
            }
            fn run(
                &mut self,
                code: &Code,
                block: RowBlock<'_, '_, $F>,
                calls: &mut dyn FnMut(RowCall<'_, $F>) -> bool,
            ) -> Result<(), usize> {
                self.run_over(code, block, calls)
            }
            fn failed(&self) -> &[u32] {
                &self.failed
            }
        }
    )* };
}
lane_float! { f64, 8; f32, 16; }

/// A call in a row: `false` from who makes it where it has no results.
#[doc(hidden)]
pub struct RowCall<'a, F> {
    site: u32,
    row: usize,
    x: &'a [F],
    y: &'a mut [F],
}

/// The rows of a run, and where what they give goes.
#[derive(Debug)]
pub struct RowBlock<'a, 'y, F> {
    /// Where rows find their numbers.
    pub tables: &'a [RowTable<'a, F>],
    /// The rows are `first + list[0]`, `first + list[1]`, …
    pub first: usize,
    /// See [`first`](Self::first).
    pub list: &'a [u32],
    /// By table of outputs: row `first + r` writes row `r`, whose width is that of [`Code::gives`].
    pub y: &'a mut [&'y mut [F]],
    /// The sums over rows are added to these, in the order that [`GROUP`] belongs to.
    pub totals: &'a mut [F],
    /// The greatest over rows [meet](RowMaximum::meet) these.
    pub maxima: &'a mut [RowMaximum<F>],
}

/// The memory of a thread that runs code over rows.
pub struct Lanewise<F: LaneFloat = f64> {
    memory: F::Memory,
}

impl<F: LaneFloat> Lanewise<F> {
    /// Memory for code, which runs by the best instructions that the machine has.
    #[must_use]
    pub fn new() -> Self {
        Self::with(InstructionSet::best(), Precision::Exact)
    }

    /// The same by the instructions of a set, or the baseline where the machine does not have it, and by these functions. Results
    /// do not depend on the set.
    #[must_use]
    pub fn with(set: InstructionSet, precision: Precision) -> Self {
        Self { memory: F::Memory::new(set, precision) }
    }

    /// Sets the uniform operands of the runs of code that follow; those that are missing are NaN.
    pub fn begin(&mut self, code: &Code, uniforms: &[F]) {
        self.memory.begin(code, uniforms);
    }

    /// Runs code over rows, with the numbers that these have in the tables; a number that a table does not have is NaN.
    ///
    /// What a row gives that [fails](Self::failed) a guard is no result, nor is a sum with it.
    ///
    /// # Errors
    /// Where a call has no results, the row and why. What was written and added until then stays.
    ///
    /// Cost: one pass over the steps for each [`width`](Code::width) rows.
    pub fn run<C: RowCalls<F>>(
        &mut self,
        code: &Code,
        block: RowBlock<'_, '_, F>,
        calls: &mut C,
    ) -> Result<(), RowStopped<C::Error>> {
        let mut why = None;
        let mut call = |called: RowCall<'_, F>| {
            why = calls.call(called.site, called.row, called.x, called.y).err();
            why.is_none()
        };
        let done = self.memory.run(code, block, &mut call);
        match (done, why) {
            (Err(row), Some(why)) => Err(RowStopped { row, why }),
            _ => Ok(()),
        }
    }

    /// By place in the list of the last run: the first guard that the row has failed; none where it has failed none.
    pub fn failed(&self) -> impl ExactSizeIterator<Item = Option<u32>> + '_ {
        self.memory.failed().iter().map(|failed| Some(*failed).filter(|guard| *guard != NONE))
    }
}

impl<F: LaneFloat> Default for Lanewise<F> {
    fn default() -> Self {
        Self::new()
    }
}

/// A row that has failed no guard.
const NONE: u32 = u32::MAX;

/// Lanes, `N` in a chunk.
#[doc(hidden)]
pub struct LaneStore<F, const N: usize> {
    kernels: Kernels<F>,
    /// Slots, from the first place on that begins a line of the cache.
    lanes: Vec<F>,
    /// Those of a run, and the constants of the code behind them.
    uniforms: Vec<F>,
    partial: Vec<F>,
    failed: Vec<u32>,
    /// Operands and results of a call.
    called: [Vec<F>; 2],
}

impl<F: Vectors, const N: usize> LaneStore<F, N> {
    fn of(set: InstructionSet, precision: Precision) -> Self {
        Self {
            kernels: Kernels::of::<N>(set, precision),
            lanes: Vec::new(),
            uniforms: Vec::new(),
            partial: Vec::new(),
            failed: Vec::new(),
            called: [Vec::new(), Vec::new()],
        }
    }

    fn set_uniforms(&mut self, code: &Code, uniforms: &[F]) {
        self.uniforms.clear();
        self.uniforms
            .extend(uniforms.iter().copied().chain(core::iter::repeat(F::nan())).take(code.uniforms()));
        self.uniforms.extend(code.constants.iter().map(|c| F::of(*c)));
    }

    fn run_over(
        &mut self,
        code: &Code,
        block: RowBlock<'_, '_, F>,
        calls: &mut dyn FnMut(RowCall<'_, F>) -> bool,
    ) -> Result<(), usize> {
        let RowBlock { tables, first, list, y, totals, maxima } = block;
        let width = code.width();
        let lanes = slots(&mut self.lanes, code.slots() * width);
        if self.partial.len() < code.sums() * N {
            self.partial.resize(code.sums() * N, F::zero());
        }
        for (slot, uniform) in lanes.chunks_exact_mut(width).zip(&code.spread) {
            slot.fill(self.uniforms.get(*uniform as usize).copied().unwrap_or(F::nan()));
        }
        self.failed.clear();
        if code.guards() > 0 {
            self.failed.resize(list.len(), NONE);
        }
        // There are fewer only where `begin` was not called.
        let Some(mut slots) = Slots::new(code, &self.uniforms, lanes) else { return Ok(()) };
        let mut done = 0;
        while done < list.len() {
            let count = width.min(list.len() - done);
            let here = &list[done..done + count];
            slots.set_used(code, count.next_multiple_of(N));
            let failed = self.failed.get_mut(done..done + count).unwrap_or(&mut []);
            let mut failed = Failed { tests: &code.tests, by_row: failed };
            let mut sums = GroupSums {
                totals: &mut *totals,
                partial: &mut self.partial,
                rows: count,
                begins: done % GROUP == 0,
                ends: (done + count) % GROUP == 0 || done + count == list.len(),
            };
            for step in &code.steps {
                match step.action {
                    StepAction::Row(_) | StepAction::Chain { .. } | StepAction::Dot => {
                        self.kernels.write(&mut slots, step);
                    }
                    StepAction::Sum(_) | StepAction::Products { .. } => {
                        self.kernels.add(&slots, step, &mut sums);
                    }
                    StepAction::Maximum(_) => {
                        let rows = RowsHere { first, list: here };
                        maxima::maximum(&slots.frame(), step, rows, maxima);
                    }
                    StepAction::Guard(_) => self.kernels.compare(&slots, step, &mut failed),
                    StepAction::Load { table } => {
                        let rows = RowsHere { first, list: here };
                        self.kernels.load(&mut slots, step, tables.get(table as usize), rows);
                    }
                    StepAction::Give { table } | StepAction::GiveSquares { table } => {
                        let width = code.gives()[table as usize];
                        if let Some(y) = y.get_mut(table as usize) {
                            self.kernels.give(&slots, step, y, width, here);
                        }
                    }
                    StepAction::Call { site, results } => {
                        let place = CallPlace { site, results: results as usize, first, list: here };
                        call(&mut slots, step, place, failed.by_row, &mut self.called, calls)?;
                    }
                }
            }
            done += count;
        }
        Ok(())
    }
}

/// Room for so many lanes, which begins a line of the cache.
fn slots<F: Primitive>(lanes: &mut Vec<F>, count: usize) -> &mut [F] {
    const LINE: usize = 64;
    let most = count + LINE / size_of::<F>();
    if lanes.len() < most {
        lanes.resize(most, F::zero());
    }
    // Where it cannot be told, it is as right, and slower.
    let first = lanes.as_ptr().align_offset(LINE).min(most - count);
    &mut lanes[first..first + count]
}

/// Which call, and of which rows.
struct CallPlace<'a> {
    site: u32,
    results: usize,
    first: usize,
    list: &'a [u32],
}

/// Calls, row by row; what has failed a guard would not have called.
fn call<F: Primitive>(
    slots: &mut Slots<'_, F>,
    step: &CodeStep,
    CallPlace { site, results, first, list }: CallPlace<'_>,
    failed: &[u32],
    [x, y]: &mut [Vec<F>; 2],
    calls: &mut dyn FnMut(RowCall<'_, F>) -> bool,
) -> Result<(), usize> {
    let reads = slots.reads(step);
    let (operands, results) = reads.split_at(reads.len() - results);
    y.resize(results.len(), F::nan());
    for (lane, row) in list.iter().enumerate() {
        x.clear();
        x.extend(operands.iter().map(|read| slots.frame().lane(*read, lane)));
        let row = first + *row as usize;
        if failed.get(lane).is_none_or(|failed| *failed == NONE) {
            if !calls(RowCall { site, row, x, y }) {
                return Err(row);
            }
        } else {
            y.fill(F::nan());
        }
        for (result, y) in results.iter().zip(&*y) {
            slots.slot_mut(*result)[lane] = *y;
        }
    }
    Ok(())
}
