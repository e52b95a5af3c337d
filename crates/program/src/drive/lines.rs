//! Matrices by lanes: many lines at a time, what they have in common computed once.
//!
//! The numbers are those of the passes of `into.rs` and of sparse sweeps, bit for bit but for the sign of a zero; so it changes
//! nothing but time that code of lines is made when a program was asked for the same often enough, as making it costs some
//! microseconds a node.

use wengert_lanes::LaneFloat;
use wengert_tape::call::Mode;

use crate::program::Program;
use crate::program::rows::{LineWork, Lines, RowCode};
use crate::work::Work;

/// From which call on lines are found by lanes: about when passes have cost as much as making code does; and how many lines there
/// must be.
const OFTEN: usize = 32;
const FEWEST: usize = 12;
/// How many numbers a line may be given, and nodes a program may have, so that code and its memory stay small.
const WIDEST_LINE: usize = 4096;
const MOST_NODES: usize = 1 << 20;

impl Program {
    /// The code of lines, where it pays for so many. At `f32` there is none: what a derivative program computes of constants
    /// alone is computed at `f64`, and rounds otherwise.
    pub(super) fn code_of_lines<F: LaneFloat>(&self, lines: Lines, count: usize) -> Option<&RowCode> {
        let numbers = if lines == Lines::Adjoints { self.outputs() } else { self.inputs() };
        let large = numbers > WIDEST_LINE || self.tape().len() > MOST_NODES;
        if count < FEWEST || large || !F::IS_DOUBLE {
            return None;
        }
        self.beside(lines as usize).after(OFTEN, || self.line_code(lines))
    }

    /// The memory of lines, with the parameters of the memory that it is in.
    pub(super) fn line_work<'w, F: LaneFloat>(&self, work: &'w mut Work<F>) -> &'w mut LineWork<F> {
        // Taken while the memory says which they are.
        let mut parameters = core::mem::take(work.run_and::<LineWork<F>>().1.shared.parameters_mut());
        parameters.clear();
        match work.parameters_of(self.number()) {
            Some(set) => parameters.extend_from_slice(set),
            None => parameters.extend(self.recorded_parameters().iter().map(|p| F::of(*p))),
        }
        let lines = work.run_and::<LineWork<F>>().1;
        *lines.shared.parameters_mut() = parameters;
        lines
    }

    /// Values and the Jacobian; `false` where passes find it.
    pub(super) fn jacobian_by_lines<F: LaneFloat>(
        &self,
        work: &mut Work<F>,
        mode: Mode,
        x: &[F],
        y: &mut [F],
        jacobian: &mut [F],
    ) -> bool {
        let (n, m) = (self.inputs(), self.outputs());
        let (lines, count) = match mode {
            Mode::Forward => (Lines::Tangents, n),
            Mode::Reverse => (Lines::Adjoints, m),
        };
        let Some(code) = self.code_of_lines::<F>(lines, count) else { return false };
        let work = self.line_work(work);
        let each = |line: usize, found: &[F]| match lines {
            Lines::Adjoints => jacobian[line * n..][..n].copy_from_slice(found),
            _ => found.iter().enumerate().for_each(|(k, t)| jacobian[k * n + line] = *t),
        };
        // Where it cannot be run, passes say why.
        let Ok(values) = work.find(code, &[x], [count, count], unit, each) else { return false };
        y.copy_from_slice(values);
        true
    }

    /// Values, the gradient and the Hessian of `Σ wₖfₖ`; `false` where passes find them.
    pub(super) fn hessian_by_lines<F: LaneFloat>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        weights: &[F],
        y: &mut [F],
        [gradient, hessian]: [&mut [F]; 2],
    ) -> bool {
        let n = self.inputs();
        let Some(code) = self.code_of_lines::<F>(Lines::Second, n) else { return false };
        let work = self.line_work(work);
        let each = |line: usize, found: &[F]| {
            found.iter().enumerate().for_each(|(k, h)| hessian[k * n + line] = *h);
        };
        let Ok(beside) = work.find(code, &[x, weights], [n, n], unit, each) else { return false };
        let (values, slopes) = beside.split_at(self.outputs());
        y.iter_mut().zip(values).for_each(|(y, value)| *y = *value);
        gradient.copy_from_slice(slopes);
        true
    }
}

/// The direction of an input, the weights of an output.
fn unit<F: LaneFloat>(line: usize, seeds: &mut [F]) {
    seeds[line] = F::one();
}
