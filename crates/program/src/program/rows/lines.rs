//! Matrices line by line, many lines at a time: the program at one point is what all lines have in common, and each has its
//! direction, or its weights. So the program is run once, and only what moves along a direction is computed for each.

use wengert_lanes::{LaneFloat, RowBlock, RowTable};
use wengert_ops::{Dual, Real};
use wengert_tape::{Recorded, RunError};

use super::lower::Ends;
use super::modes::{RowCode, code_of};
use super::runner::{RowRunner, SharedWork};
use crate::error::ProgramError;
use crate::program::{Body, Program};
use crate::run::RunState;
use crate::sweep::Caller;

/// What lines are found; beside them the values, which all lines share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lines {
    /// `Jv`, a direction a line.
    Tangents,
    /// `wᵀJ`, weights a line.
    Adjoints,
    /// `Hv` of the sum of outputs times weights, which all lines share; and beside it the gradient of that sum.
    Second,
}

/// How many lines are found together.
const TOGETHER: usize = 64;

/// The memory of lines at one float.
pub(crate) struct LineWork<F: LaneFloat> {
    pub(crate) shared: SharedWork<F>,
    runner: RowRunner<F>,
    given: Vec<F>,
    uniforms: Vec<F>,
    seeds: Vec<F>,
    found: Vec<F>,
}

impl<F: LaneFloat> Default for LineWork<F> {
    fn default() -> Self {
        let (shared, runner) = (SharedWork::default(), RowRunner::default());
        let (given, uniforms, seeds, found) = Default::default();
        Self { shared, runner, given, uniforms, seeds, found }
    }
}

impl Body {
    /// The program of lines: of the point, then a line's numbers, then what all lines share.
    fn line_program(&self, lines: Lines) -> Result<Program, ProgramError> {
        let n = self.inputs();
        self.derived(|s, x, parameters| {
            let more = |count: usize| (0..count).map(|_| Recorded(s.input(1.0))).collect::<Vec<_>>();
            let give = |x: Recorded| _ = s.output(x.0);
            if lines == Lines::Adjoints {
                let mut run = self.record_forward(s, x, parameters)?;
                let weights = more(self.outputs());
                self.record_sweep(&mut run, &weights)?;
                self.by_inputs(&run.adjoints).for_each(give);
                self.values_in(&run).for_each(give);
                return Ok(());
            }
            let tangents = more(n);
            let constant = |x: &wengert_tape::Var| Dual::constant(Recorded(*x));
            let mut run: RunState<Dual<Recorded>> = RunState::new(Caller::default());
            self.set_parameters_of(&mut run, parameters.iter().map(constant))?;
            let along = x.iter().zip(&tangents);
            let x: Vec<Dual<Recorded>> =
                along.map(|(x, tangent)| Dual { value: Recorded(*x), tangent: [*tangent] }).collect();
            self.forward_unguarded(&mut run, &x)?;
            for (guard, [left, right]) in self.guarded(&run) {
                s.guard_again(guard, left.value.0, right.value.0);
            }
            if lines == Lines::Tangents {
                self.values_in(&run).for_each(|y| give(y.tangent[0]));
                self.values_in(&run).for_each(|y| give(y.value));
                return Ok(());
            }
            let weights: Vec<Dual<Recorded>> = more(self.outputs()).into_iter().map(Dual::constant).collect();
            let mut adjoints = Vec::new();
            self.sweep_by_node(&mut run, &weights, &mut adjoints)?;
            self.by_inputs(&adjoints).for_each(|g| give(g.tangent[0]));
            self.values_in(&run).for_each(|y| give(y.value));
            self.by_inputs(&adjoints).for_each(|g| give(g.value));
            Ok(())
        })
    }

    /// The adjoints of the inputs, of those of all nodes.
    fn by_inputs<'a, T: Copy>(&'a self, adjoints: &'a [T]) -> impl Iterator<Item = T> + 'a {
        self.tape().inputs().iter().map(|node| adjoints[node.index()])
    }

    /// The values of the outputs in a run.
    fn values_in<'a, T: Real>(&'a self, run: &'a RunState<T>) -> impl Iterator<Item = T> + 'a {
        (0..self.outputs()).map(|k| self.output_of(run, k).unwrap_or(T::lit(f64::NAN)))
    }

    /// Code of lines; none where calls stand in the way, which have derivatives of their own.
    pub(crate) fn line_code(&self, lines: Lines) -> Option<RowCode> {
        if !self.tape().calls().is_empty() {
            return None;
        }
        let (n, m) = (self.inputs(), self.outputs());
        let (own, behind, beside) = match lines {
            Lines::Tangents => (n, 0, m),
            Lines::Adjoints => (m, 0, m),
            Lines::Second => (n, m, m + n),
        };
        let columns: Vec<(u32, u32)> = (0..own as u32).map(|column| (0, column)).collect();
        let given = |_: usize| Some(Ends::Given(0));
        code_of(&self.line_program(lines).ok()?, [n, behind, beside], &columns, given, false, None).ok()
    }
}

impl<F: LaneFloat> LineWork<F> {
    /// Finds lines, the numbers of line `k` being `seed(k)`, and hands each to a function. Gives what stands beside them.
    pub(crate) fn find(
        &mut self,
        code: &RowCode,
        given: &[&[F]],
        [lines, numbers]: [usize; 2],
        mut seed: impl FnMut(usize, &mut [F]),
        mut each: impl FnMut(usize, &[F]),
    ) -> Result<&[F], RunError> {
        let Self { shared, runner, given: all, uniforms, seeds, found } = self;
        all.clear();
        for given in given {
            all.extend_from_slice(given);
        }
        code.uniforms(shared, all, uniforms)?;
        runner.begin(code, uniforms);
        let width = code.code().gives().first().copied().unwrap_or(0);
        let list: [u32; TOGETHER] = core::array::from_fn(|line| line as u32);
        found.resize(TOGETHER * width, F::zero());
        for first in (0..lines).step_by(TOGETHER) {
            let count = TOGETHER.min(lines - first);
            seeds.clear();
            seeds.resize(count * numbers, F::zero());
            for (line, seeds) in seeds.chunks_exact_mut(numbers.max(1)).enumerate() {
                seed(first + line, seeds);
            }
            let tables = &[RowTable::by_rows(seeds, numbers)];
            let y: &mut [&mut [F]] = &mut [found];
            let block =
                RowBlock { tables, first: 0, list: &list[..count], y, totals: &mut [], maxima: &mut [] };
            runner.run(code, block).map_err(|stopped| stopped.why)?;
            for (line, found) in found.chunks_exact(width.max(1)).take(count).enumerate() {
                each(first + line, found);
            }
        }
        Ok(&uniforms[code.code().uniforms().min(uniforms.len())..])
    }
}
