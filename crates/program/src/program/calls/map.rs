//! A program over many rows of inputs, as one call: its results row after row, or their sums over all rows.

use std::any::Any;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use wengert_lanes::{LaneFloat, RowTable};
use wengert_ops::Real;
use wengert_tape::Var;
use wengert_tape::call::{
    CallError, Callee, Cause, Cost, Forward, ForwardAt, Generic, Kept, Loss, Operation, Results, Reverse,
    ReverseAt, forward_generic, is_zero, reverse_generic,
};

use super::running::{base, compute, pull, run_for_pull, run_of, slots_for};
use crate::program::body::Body;
use crate::program::rows::{MapResults, MappedCode, MappedWork, RowSums};
use crate::run::{RunState, SlotUse};

/// A program and how many rows it is run for. Operands are the own inputs of each row, row after row, then those that all
/// rows share; results stand row after row, or are summed.
pub(super) struct Map {
    /// The program, as it is called for one row.
    of: Callee,
    pub(super) rows: usize,
    /// Which of the program's inputs are shared.
    pub(super) shared: Range<usize>,
    /// Whether the results are the sums over all rows.
    summed: bool,
    /// How the rows are run by lanes, where the program has that for other shared inputs.
    lanes: OnceLock<Box<MappedCode>>,
}

/// Rows while they are run.
#[derive(Clone, Debug)]
struct RowsOf<T> {
    operands: Vec<T>,
    results: Vec<T>,
    sums: RowSums<T>,
}

impl<T> Default for RowsOf<T> {
    fn default() -> Self {
        Self { operands: Vec::new(), results: Vec::new(), sums: RowSums::default() }
    }
}

impl<T: Real> Kept for RowsOf<T> {
    fn copied(&self) -> Box<dyn Kept> {
        Box::new(self.clone())
    }
}

/// The memory of rows that lanes run.
struct OfLanes<F: LaneFloat>(MappedWork<F>, RowSums<F>);

impl<F: LaneFloat> Default for OfLanes<F> {
    fn default() -> Self {
        Self(MappedWork::default(), RowSums::default())
    }
}

impl<F: LaneFloat> Kept for OfLanes<F> {
    fn copied(&self) -> Box<dyn Kept> {
        Box::new(Self::default())
    }
}

/// What a program keeps for its maps, of what [drivers](Body::beside) keep with it.
const MAPPED: usize = 3;

impl Map {
    /// A program over so many rows, `shared` which of its inputs they share; its results by row, or summed.
    pub(super) fn of_rows(of: &Callee, rows: usize, shared: Range<usize>, summed: bool) -> Callee {
        let part = if summed { "map_sum" } else { "map" };
        let name = format!("{}:{part}({rows};{}..{})", of.name(), shared.start, shared.end);
        let version = of.version();
        let map = Self { of: of.clone(), rows, shared, summed, lanes: OnceLock::new() };
        Callee::new(map).named(&name, version)
    }

    /// What the part of a program is that is named so.
    pub(super) fn named(of: &Callee, part: &str) -> Option<Callee> {
        let (map, summed) = (part.strip_prefix("map("), part.strip_prefix("map_sum("));
        let (rows, shared) = map.or(summed)?.strip_suffix(')')?.split_once(';')?;
        let (start, end) = shared.split_once("..")?;
        let number = |digits: &str| digits.parse::<usize>().ok();
        Self::checked(of, number(rows)?, number(start)?..number(end)?, summed.is_some())
    }

    /// [`of_rows`](Self::of_rows); `None` of what is no program, of more rows than can be counted, and where the shared inputs
    /// are none of its.
    pub(super) fn checked(of: &Callee, rows: usize, shared: Range<usize>, summed: bool) -> Option<Callee> {
        let program: &Body = of.downcast()?;
        // Where rows have no inputs of their own, nothing would bound how many there are.
        let own = program.inputs().saturating_sub(shared.len());
        let fits = shared.start <= shared.end && shared.end <= program.inputs() && (rows == 0 || own > 0);
        let most = program.inputs().max(program.outputs()).max(1);
        let counted = rows.checked_mul(most).is_some_and(|all| all < isize::MAX as usize / 16);
        (fits && counted).then(|| Self::of_rows(of, rows, shared, summed))
    }

    /// The program of each row.
    pub(super) fn program(&self) -> &Body {
        match self.of.downcast() {
            Some(program) => program,
            None => unreachable!("a map is one of a program"),
        }
    }

    /// How the rows are run by lanes, where they are: all maps of a program that share the same inputs have it in common.
    fn lanes(&self) -> Option<&MappedCode> {
        let program = self.program();
        if !MappedCode::pays(program, self.rows) {
            return None;
        }
        let make = || MappedCode::new(self.shared.clone());
        let common = program.beside(MAPPED).after(1, || Some(make()));
        let fits = common.filter(|code: &&MappedCode| code.shares(&self.shared));
        Some(fits.unwrap_or_else(|| self.lanes.get_or_init(|| Box::new(make()))))
    }

    /// All rows at floats by lanes; `false` where they have to be run one by one.
    fn forward_by_lanes<F: LaneFloat>(&self, call: &mut Forward<'_, F>) -> bool {
        let Forward { x, y, work } = call;
        let Some(lanes) = self.lanes() else { return false };
        let x = x.split_at(self.rows * self.own()).into();
        let OfLanes(memory, sums) = work.memory().of::<OfLanes<F>>(0);
        if !self.summed {
            return lanes.forward(self.program(), memory, x, MapResults::ByRow(y));
        }
        sums.begin(y.len());
        let done = lanes.forward(self.program(), memory, x, MapResults::Summed(sums));
        if done {
            y.copy_from_slice(sums.finish());
        }
        done
    }

    /// All rows in reverse at floats by lanes, seed after seed.
    fn reverse_by_lanes<F: LaneFloat>(&self, call: &mut Reverse<'_, F>) -> bool {
        let Reverse { x, gy, gx, work, .. } = call;
        let Some(lanes) = self.lanes() else { return false };
        let (own, shared) = x.split_at(self.rows * self.own());
        let memory = &mut work.memory().of::<OfLanes<F>>(0).0;
        let seeds =
            gy.chunks_exact(self.all_outputs().max(1)).zip(gx.chunks_exact_mut(self.all_inputs().max(1)));
        let outputs = self.program().outputs();
        // Of the seeds all or none is found so: the first one says.
        seeds.into_iter().all(|(gy, gx)| {
            let (by_row, by_shared) = gx.split_at_mut(own.len());
            let of_rows = if self.summed {
                RowTable::strided(gy, self.rows, 0, 1)
            } else {
                RowTable::by_rows(gy, outputs)
            };
            gy.iter().all(|g| is_zero(*g))
                || lanes.reverse(self.program(), memory, ([own, shared], of_rows), [by_row, by_shared])
        })
    }

    /// A row's own inputs.
    fn own(&self) -> usize {
        self.program().inputs() - self.shared.len()
    }

    fn all_inputs(&self) -> usize {
        self.rows * self.own() + self.shared.len()
    }

    fn all_outputs(&self) -> usize {
        self.program().outputs() * if self.summed { 1 } else { self.rows }
    }

    /// The adjoints of a row's results, of those of all results.
    fn of_row<'a, T>(&self, row: usize, gy: &'a [T]) -> &'a [T] {
        let outputs = self.program().outputs();
        if self.summed { gy } else { &gy[row * outputs..][..outputs] }
    }

    fn same(&self, other: &Self) -> bool {
        let of_rows = |map: &Self| (map.rows, map.shared.clone(), map.summed);
        self.program().is(other.program()) && of_rows(self) == of_rows(other)
    }

    /// The program's inputs of a row, of the operands.
    fn row<'a, T>(&self, x: &'a [T], row: usize) -> impl Iterator<Item = &'a T> {
        let (all, shared) = x.split_at(self.rows * self.own());
        let (before, behind) = all[row * self.own()..][..self.own()].split_at(self.shared.start);
        before.iter().chain(shared).chain(behind)
    }

    /// Where input `k` of the program stands among the operands of a row.
    pub(super) fn place(&self, row: usize, k: usize) -> usize {
        if self.shared.contains(&k) {
            self.rows * self.own() + k - self.shared.start
        } else {
            row * self.own() + if k < self.shared.start { k } else { k - self.shared.len() }
        }
    }

    /// One row of all seeds, and what was lost in it.
    fn row_reverse<T: Real>(
        &self,
        row: usize,
        x: &[T],
        gy: &[T],
        gx: &mut [T],
        slopes: &mut [T],
        run: &mut RunState<T>,
    ) -> Result<Option<Box<Loss>>, CallError> {
        let seeds = gy.chunks_exact(self.all_outputs()).zip(gx.chunks_exact_mut(self.all_inputs()));
        let seeds = seeds.map(|(gy, gx)| (self.of_row(row, gy), gx));
        // A row of which nothing is asked does nothing.
        let mut seeds = seeds.filter(|(gy, _)| !gy.iter().all(|g| is_zero(*g)));
        let Some(first) = seeds.next() else { return Ok(None) };
        run_for_pull(self.program(), x, run)?;
        for (gy, gx) in core::iter::once(first).chain(seeds) {
            pull(self.program(), x, gy, slopes, run)?;
            for (k, slope) in slopes.iter().enumerate() {
                let slot = &mut gx[self.place(row, k)];
                *slot = T::accumulate(*slot, *slope);
            }
        }
        Ok(run.numbers.calls.state_mut().take_loss())
    }

    /// The derivative is a map of the program's derivative, which shares the same inputs; what rows add to these is a sum. Where
    /// the rows' own inputs are constants, that sum is all, and nothing is kept by row; so that this is true of its derivatives,
    /// adjoints that all rows have alike are shared, too.
    fn record(&self, of: &Callee, x: &[Var], gy: &[Var], gx: &mut [Var]) -> Result<(), CallError> {
        let (inputs, own) = (self.program().inputs(), self.own());
        let name = of.name();
        let program = self.of.named(base(&name), of.version());
        let adjoint = self.program().adjoint(&program)?.callee;
        let (all, shared) = x.split_at(self.rows * own);
        let summed = all.iter().all(|x| x.is_constant());
        // Behind the shared inputs, where these are the last.
        let alike = self.summed && self.shared.end == inputs;
        let end = self.shared.end + if alike { self.program().outputs() } else { 0 };
        let Some(derivative) = Self::checked(&adjoint, self.rows, self.shared.start..end, summed) else {
            let why = Cause::new("too many rows");
            return Err(CallError::Derivative { name: name.into_owned(), why });
        };
        for (gy, gx) in gy.chunks_exact(self.all_outputs()).zip(gx.chunks_exact_mut(self.all_inputs())) {
            let of_row = |row: usize| if alike { &[] } else { self.of_row(row, gy) };
            let of_all = if alike { gy } else { &[] };
            let rows = (0..self.rows).flat_map(|row| all[row * own..][..own].iter().chain(of_row(row)));
            let operands: Vec<Var> = rows.chain(shared).chain(of_all).copied().collect();
            let results: Results = derivative.call_again(&operands);
            for k in 0..inputs {
                let of_rows = (0..self.rows).map(|row| (row, results[row * inputs + k]));
                match (self.shared.contains(&k), summed) {
                    (true, true) => gx[self.place(0, k)] = results[k],
                    (true, false) => gx[self.place(0, k)] = of_rows.map(|(_, g)| g).sum(),
                    (false, false) => of_rows.for_each(|(row, g)| gx[self.place(row, k)] = g),
                    // Of constants nobody asks.
                    (false, true) => {}
                }
            }
        }
        Ok(())
    }
}

impl Operation for Map {
    fn name(&self) -> Cow<'_, str> {
        "program".into()
    }
    fn inputs(&self) -> usize {
        self.all_inputs()
    }
    fn outputs(&self) -> usize {
        self.all_outputs()
    }
    fn forward(&self, of: &Callee, mut call: ForwardAt<'_>) -> Result<(), CallError> {
        let done = match &mut call {
            ForwardAt::Double(call) => self.forward_by_lanes(call),
            ForwardAt::Single(call) => self.forward_by_lanes(call),
            _ => false,
        };
        if done { Ok(()) } else { forward_generic(self, of, call) }
    }
    fn reverse(&self, of: &Callee, mut call: ReverseAt<'_>) -> Result<(), CallError> {
        let done = match &mut call {
            ReverseAt::Double(call) => self.reverse_by_lanes(call),
            ReverseAt::Single(call) => self.reverse_by_lanes(call),
            _ => false,
        };
        if done { Ok(()) } else { reverse_generic(self, of, call) }
    }
    fn record_reverse(
        &self,
        of: &Callee,
        x: &[Var],
        _: &[Var],
        gy: &[Var],
        gx: &mut [Var],
    ) -> Option<Result<(), CallError>> {
        Some(self.record(of, x, gy, gx))
    }
    fn check(&self, of: &Callee) -> Result<(), CallError> {
        self.program().check(of)
    }
    fn operands_of(&self, result: usize, each: &mut dyn FnMut(usize)) {
        let (row, output) = (result / self.program().outputs(), result % self.program().outputs());
        for k in self.program().patterns().of_output(output) {
            if self.summed && !self.shared.contains(&k) {
                (0..self.rows).for_each(|row| each(self.place(row, k)));
            } else {
                each(self.place(row, k));
            }
        }
    }
    fn pairs(&self, each: &mut dyn FnMut(usize, usize)) -> bool {
        for row in 0..self.rows {
            for (a, b) in self.program().patterns().second.entries() {
                each(self.place(row, a), self.place(row, b));
            }
        }
        true
    }
    fn cost(&self) -> Cost {
        Operation::cost(self.program()).times(self.rows)
    }
    fn is(&self, other: &dyn Operation) -> bool {
        (other as &dyn Any).downcast_ref::<Self>().is_some_and(|other| self.same(other))
    }
}

impl Generic for Map {
    fn forward_at<T: Real>(&self, of: &Callee, call: Forward<'_, T>) -> Result<(), CallError> {
        let Forward { x, y, work } = call;
        let outputs = self.program().outputs();
        let RowsOf { mut operands, mut results, mut sums } =
            core::mem::take(work.memory().of::<RowsOf<T>>(0));
        if self.summed {
            sums.begin(outputs);
            results.resize(outputs, T::lit(0.0));
        }
        let mut lost = None;
        let run = run_of(self.program(), slots_for::<T>(None), work);
        let done = (0..self.rows).try_for_each(|row| {
            operands.clear();
            operands.extend(self.row(x, row));
            let y = if self.summed { &mut results[..outputs] } else { &mut y[row * outputs..][..outputs] };
            let loss = compute(self.program(), Some(of), &operands, y, run, None)?;
            if self.summed {
                sums.add(y);
            }
            lost = lost.take().or(loss);
            Ok(())
        });
        if self.summed {
            y.copy_from_slice(sums.finish());
        }
        work.take_on(lost);
        *work.memory().of::<RowsOf<T>>(0) = RowsOf { operands, results, sums };
        done
    }

    fn reverse_at<T: Real>(&self, _: &Callee, call: Reverse<'_, T>) -> Result<(), CallError> {
        let Reverse { x, gy, gx, work, .. } = call;
        let RowsOf { mut operands, results: mut slopes, sums } =
            core::mem::take(work.memory().of::<RowsOf<T>>(0));
        let mut lost = None;
        let run = run_of(self.program(), SlotUse::ByNode, work);
        let done = (0..self.rows).try_for_each(|row| {
            operands.clear();
            operands.extend(self.row(x, row));
            slopes.resize(operands.len(), T::lit(0.0));
            let loss = self.row_reverse(row, &operands, gy, gx, &mut slopes, run)?;
            lost = lost.take().or(loss);
            Ok(())
        });
        work.take_on(lost);
        *work.memory().of::<RowsOf<T>>(0) = RowsOf { operands, results: slopes, sums };
        done
    }
}
