//! A program over many rows of inputs, as one call.

use core::ops::Range;
use core::panic::Location;
use std::sync::Arc;

use wengert_ops::Real;

use super::number::{is_zero, of_variable, records, variable};
use super::{CallError, Callee, Cause, Inner, Kind, program, recording};
use crate::program::Program;
use crate::var::Var;
use crate::workspace::Slots;

/// A program and how many rows it is run for. Operands are the own inputs of each row, row after row, then those that all
/// rows share; results stand row after row.
pub(super) struct Map {
    pub(super) program: Program,
    pub(super) rows: usize,
    /// Which of the program's inputs are shared.
    pub(super) shared: Range<usize>,
}

impl Callee {
    /// Calls a program for each of several rows, as [`Program::map`] does. Of an operation that is no program, one call a
    /// row.
    ///
    /// # Panics
    /// As any operation on a variable where its thread records nothing.
    #[must_use]
    #[track_caller]
    pub fn map(&self, rows: &[Var], shared: &[Var]) -> Vec<Var> {
        let at = Location::caller();
        let own = self.inputs().saturating_sub(shared.len());
        let count = rows.len().checked_div(own).unwrap_or(0);
        let whole = count * own == rows.len() && shared.len() <= self.inputs();
        let mut operands = Vec::with_capacity(rows.len() + shared.len());
        if let Kind::Program(program) = &self.kind
            && whole
        {
            let map = Map { program: program.clone(), rows: count, shared: own..program.inputs() };
            operands.extend(rows.iter().chain(shared));
            return recording::call(&map.callee(self), &operands, at);
        }
        let mut results = Vec::new();
        // Rows that do not come out even are an error of the last one.
        for row in rows.chunks(own.max(1)) {
            operands.clear();
            operands.extend(row.iter().chain(shared));
            results.extend(recording::call::<recording::Results>(self, &operands, at));
        }
        results
    }

    /// The operation on so many rows, `shared` which of its inputs they share; `None` of what is no program, and of more
    /// than can be counted.
    pub(super) fn mapped(&self, rows: usize, shared: Range<usize>) -> Option<Self> {
        let Kind::Program(program) = &self.kind else { return None };
        // Where rows have no inputs of their own, nothing would bound how many there are.
        let own = program.inputs().saturating_sub(shared.len());
        let fits = shared.start <= shared.end && shared.end <= program.inputs() && (rows == 0 || own > 0);
        let most = program.inputs().max(program.outputs()).max(1);
        let counted = rows.checked_mul(most).is_some_and(|all| all < isize::MAX as usize / 16);
        let map = || Map { program: program.clone(), rows, shared };
        (fits && counted).then(|| map().callee(self))
    }
}

/// The name of the program in that of a map.
pub(super) fn base(name: &str) -> &str {
    name.rsplit_once(":map(").map_or(name, |(base, _)| base)
}

impl Map {
    fn callee(self, of: &Callee) -> Callee {
        let name = format!("{}:map({};{}..{})", of.name(), self.rows, self.shared.start, self.shared.end);
        Callee::labelled(Kind::Map(Arc::new(self)), name, of.version())
    }

    /// A row's own inputs.
    fn own(&self) -> usize {
        self.program.inputs() - self.shared.len()
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn inputs(&self) -> usize {
        self.rows * self.own() + self.shared.len()
    }

    pub(super) fn outputs(&self) -> usize {
        self.rows * self.program.outputs()
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.program.is(&other.program) && self.rows == other.rows && self.shared == other.shared
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

    pub(super) fn forward<T: Real>(
        &self,
        callee: &Callee,
        x: &[T],
        y: &mut [T],
        inner: &mut Inner<T>,
    ) -> Result<(), CallError> {
        let outputs = self.program.outputs();
        let mut operands = core::mem::take(&mut inner.row[0]);
        let mut run = |row: usize| {
            operands.clear();
            operands.extend(self.row(x, row));
            let y = &mut y[row * outputs..][..outputs];
            program::forward(&self.program, Some(callee), &operands, y, inner, None)
        };
        let done = (0..self.rows).try_for_each(&mut run);
        inner.row[0] = operands;
        done
    }

    pub(super) fn reverse<T: Real>(
        &self,
        callee: &Callee,
        x: &[T],
        gy: &[T],
        gx: &mut [T],
        inner: &mut Inner<T>,
    ) -> Result<(), CallError> {
        if records::<T>() {
            return self.record_reverse(callee, x, gy, gx);
        }
        let [mut operands, mut slopes] = core::mem::take(&mut inner.row);
        let mut run = |row: usize| {
            operands.clear();
            operands.extend(self.row(x, row));
            slopes.resize(operands.len(), T::lit(0.0));
            self.row_reverse(row, &operands, gy, gx, &mut slopes, inner)
        };
        let done = (0..self.rows).try_for_each(&mut run);
        inner.row = [operands, slopes];
        done
    }

    /// One row of all seeds.
    fn row_reverse<T: Real>(
        &self,
        row: usize,
        x: &[T],
        gy: &[T],
        gx: &mut [T],
        slopes: &mut [T],
        inner: &mut Inner<T>,
    ) -> Result<(), CallError> {
        let outputs = self.program.outputs();
        let seeds = gy.chunks_exact(self.outputs()).zip(gx.chunks_exact_mut(self.inputs()));
        let seeds = seeds.map(|(gy, gx)| (&gy[row * outputs..][..outputs], gx));
        // A row of which nothing is asked does nothing.
        let mut seeds = seeds.filter(|(gy, _)| !gy.iter().all(|g| is_zero(*g)));
        let Some(first) = seeds.next() else { return Ok(()) };
        let work = inner.program(self.program.number(), Slots::ByNode);
        self.program.forward_for_inputs(work, x)?;
        for (gy, gx) in core::iter::once(first).chain(seeds) {
            self.program.gradient_for_call(work, gy, slopes)?;
            for (k, slope) in slopes.iter().enumerate() {
                let slot = &mut gx[self.place(row, k)];
                *slot = T::accumulate(*slot, *slope);
            }
        }
        let loss = work.inner.take_loss();
        inner.take_on(loss);
        Ok(())
    }

    /// The derivative is a map of the program's derivative, which shares the same inputs; what rows add to these is a sum.
    fn record_reverse<T: Real>(
        &self,
        callee: &Callee,
        x: &[T],
        gy: &[T],
        gx: &mut [T],
    ) -> Result<(), CallError> {
        let at = Location::caller();
        let (inputs, outputs, own) = (self.program.inputs(), self.program.outputs(), self.own());
        let name = callee.name();
        let of = program::derivative(&self.program, &self.program.named(base(&name), callee.version()))?;
        let Some(derivative) = of.mapped(self.rows, self.shared.clone()) else {
            let why = Cause::new("too many rows");
            return Err(CallError::Derivative { name: name.into_owned(), why });
        };
        for (gy, gx) in gy.chunks_exact(self.outputs()).zip(gx.chunks_exact_mut(self.inputs())) {
            let (all, shared) = x.split_at(self.rows * own);
            let rows = (0..self.rows)
                .flat_map(|row| all[row * own..][..own].iter().chain(&gy[row * outputs..][..outputs]));
            let operands: Vec<Var> = rows.chain(shared).filter_map(|x| variable(*x)).collect();
            let results: recording::Results = recording::call_again(&derivative, &operands, at);
            for k in 0..inputs {
                let of_rows = (0..self.rows).map(|row| (row, results[row * inputs + k]));
                if self.shared.contains(&k) {
                    gx[self.place(0, k)] = of_variable(of_rows.map(|(_, g)| g).sum());
                } else {
                    of_rows.for_each(|(row, g)| gx[self.place(row, k)] = of_variable(g));
                }
            }
        }
        Ok(())
    }
}
