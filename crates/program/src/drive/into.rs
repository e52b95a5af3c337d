//! What users want of a program: values, gradients, products with Jacobians and Hessians, each into slices of the
//! caller's. Nothing is allocated after the first run of a driver in its memory, but once where a matrix was asked for so often
//! that its lines are found by lanes from then on (`lines.rs`).
//!
//! Costs are in sweeps: *forward* is one run, *reverse* one reverse sweep. Lanes take a half to a tenth of them.

use core::array::from_fn;

use wengert_lanes::LaneFloat;
use wengert_ops::{Dual, Primitive, Real};
use wengert_tape::RunError;
use wengert_tape::call::Mode;

use crate::error::length;
use crate::program::Program;
use crate::run::RunState;
use crate::sweep::{Adjoint, Several, WIDEST, assert_ahead, assert_swept_ahead};
use crate::work::{ToTell, Work};

/// What runs at dual numbers need: a run, and room for their slices.
#[derive(Clone, Debug)]
pub(super) struct Tangents<F: Primitive, const N: usize> {
    pub(super) run: RunState<Dual<F, N>>,
    x: Vec<Dual<F, N>>,
    weights: Vec<Dual<F, N>>,
    pub(super) adjoints: Vec<Dual<F, N>>,
}

impl<F: Primitive, const N: usize> Default for Tangents<F, N> {
    fn default() -> Self {
        Self { run: RunState::default(), x: Vec::new(), weights: Vec::new(), adjoints: Vec::new() }
    }
}

/// What reverse passes of one width carry.
#[derive(Clone, Debug)]
struct Pass<G> {
    adjoints: Vec<G>,
    weights: Vec<G>,
}

impl<G> Default for Pass<G> {
    fn default() -> Self {
        Self { adjoints: Vec::new(), weights: Vec::new() }
    }
}

impl Program {
    /// Values of all outputs, into a slice. Cost: one forward.
    pub fn values_into<F: Primitive>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        y: &mut [F],
    ) -> Result<(), RunError> {
        length("outputs", self.outputs(), y.len())?;
        self.run_for_outputs(work, x)?;
        self.outputs_into(work, y)
    }

    /// The value and the gradient of a program of one output. Cost: one forward, one reverse.
    pub fn gradient_into<F: Primitive>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        gradient: &mut [F],
    ) -> Result<F, RunError> {
        self.scalar()?;
        length("the gradient", self.inputs(), gradient.len())?;
        self.forward_for_inputs(self.entered(work)?, x)?;
        self.gradient_of(&mut work.run, &[F::one()], gradient)?;
        self.output(work, 0).ok_or(RunError::NotRun)
    }

    /// Values `y` and `wᵀJ`, one weight an output. Cost: one forward, one reverse.
    pub fn vjp_into<F: Primitive>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        weights: &[F],
        y: &mut [F],
        product: &mut [F],
    ) -> Result<(), RunError> {
        length("weights", self.outputs(), weights.len())?;
        length("outputs", self.outputs(), y.len())?;
        length("the product", self.inputs(), product.len())?;
        self.forward_for_inputs(self.entered(work)?, x)?;
        self.gradient_of(&mut work.run, weights, product)?;
        self.outputs_into(work, y)
    }

    /// Values `y` and `Jv`. Cost: one forward at dual numbers.
    pub fn jvp_into<F: Primitive>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        v: &[F],
        y: &mut [F],
        product: &mut [F],
    ) -> Result<(), RunError> {
        length("the direction", self.inputs(), v.len())?;
        length("outputs", self.outputs(), y.len())?;
        length("the product", self.outputs(), product.len())?;
        let tangents = self.tangents::<F, 1>(work)?;
        self.run_along(tangents, x, |k, _| v[k])?;
        for k in 0..self.outputs() {
            let Dual { value, tangent } = self.output_of(&tangents.run, k).ok_or(RunError::NotRun)?;
            (y[k], product[k]) = (value, tangent[0]);
        }
        Ok(())
    }

    /// Values `y` and the Jacobian at `x`, `m × n`, row after row. Cost: the forwards with tangents that `n` columns
    /// take, or one forward and the reverses that `m` rows take, in passes of one, four or eight lines; whichever
    /// [costs less](Self::jacobian_mode).
    pub fn jacobian_into<F: LaneFloat>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        y: &mut [F],
        jacobian: &mut [F],
    ) -> Result<(), RunError> {
        length("outputs", self.outputs(), y.len())?;
        length("the Jacobian", self.outputs() * self.inputs(), jacobian.len())?;
        let mode = work.mode().unwrap_or_else(|| self.jacobian_mode());
        if self.jacobian_by_lines(work, mode, x, y, jacobian) {
            return Ok(());
        }
        match mode {
            Mode::Forward => self.jacobian_forward(work, x, y, jacobian),
            Mode::Reverse => self.jacobian_reverse(work, x, y, jacobian),
        }
    }

    /// The mode in which [`jacobian_into`](Self::jacobian_into) finds a Jacobian, unless [told](Work::in_mode): the one of
    /// which an estimate says that it costs less. The estimate counts operations of the program, and nothing else; so a
    /// program has the same bits on every machine.
    ///
    /// ```
    /// use wengert::{Program, program::Mode};
    ///
    /// let curve = Program::record(&[1.0], |x| vec![x[0].sin(), x[0].cos(), x[0] * x[0]])?;
    /// assert_eq!(curve.jacobian_mode(), Mode::Forward); // 3 × 1
    /// let square = Program::record(&[1.0; 6], |x| x.iter().map(|y| (*y * x[0]).sin()).collect::<Vec<_>>())?;
    /// assert_eq!(square.jacobian_mode(), Mode::Reverse); // 6 × 6
    /// # Ok::<(), wengert::ProgramError>(())
    /// ```
    #[must_use]
    pub fn jacobian_mode(&self) -> Mode {
        self.cost().mode(self.inputs(), self.outputs())
    }

    fn jacobian_forward<F: Primitive>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        y: &mut [F],
        jacobian: &mut [F],
    ) -> Result<(), RunError> {
        let n = self.inputs();
        let mut first = 0;
        while first < n {
            let (width, _) = self.cost().widths(Mode::Forward, n - first);
            match width {
                1 => self.columns(self.tangents::<F, 1>(work)?, x, first, y, jacobian)?,
                4 => self.columns(self.tangents::<F, 4>(work)?, x, first, y, jacobian)?,
                _ => self.columns(self.tangents::<F, WIDEST>(work)?, x, first, y, jacobian)?,
            }
            first += width;
        }
        if n == 0 {
            // No column to find; but there are values, and where a comparison comes out otherwise, that is to be known.
            self.columns(self.tangents::<F, 1>(work)?, x, 0, y, jacobian)?;
        }
        Ok(())
    }

    /// The columns from `first` on, as many as one pass has lanes.
    fn columns<F: Primitive, const N: usize>(
        &self,
        tangents: &mut Tangents<F, N>,
        x: &[F],
        first: usize,
        y: &mut [F],
        jacobian: &mut [F],
    ) -> Result<(), RunError> {
        self.run_along(tangents, x, |k, lane| if k == first + lane { F::one() } else { F::zero() })?;
        for (k, slot) in y.iter_mut().enumerate() {
            let Dual { value, tangent } = self.output_of(&tangents.run, k).ok_or(RunError::NotRun)?;
            *slot = value;
            let row = &mut jacobian[k * self.inputs()..][..self.inputs()];
            for (slot, t) in row[first..].iter_mut().zip(tangent) {
                *slot = t;
            }
        }
        Ok(())
    }

    fn jacobian_reverse<F: Primitive>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        y: &mut [F],
        jacobian: &mut [F],
    ) -> Result<(), RunError> {
        let (m, n) = (self.outputs(), self.inputs());
        self.forward_for_inputs(self.entered(work)?, x)?;
        self.outputs_into(work, y)?;
        let mut first = 0;
        while first < m {
            let (width, _) = self.cost().widths(Mode::Reverse, m - first);
            let rows = &mut jacobian[first * n..];
            match width {
                1 => self.rows::<F, F>(work, first, rows)?,
                4 => self.rows::<F, Several<F, 4>>(work, first, rows)?,
                _ => self.rows::<F, Several<F, WIDEST>>(work, first, rows)?,
            }
            first += width;
        }
        Ok(())
    }

    /// The rows from `first` on, as many as one pass has lanes.
    fn rows<F: Primitive, G: Adjoint<F> + Send + Sync>(
        &self,
        work: &mut Work<F>,
        first: usize,
        rows: &mut [F],
    ) -> Result<(), RunError> {
        const { assert_swept_ahead::<F, G>() };
        let (run, Pass { adjoints, weights }) = work.run_and::<Pass<G>>();
        let unit = |k: usize| G::by_seed(|seed| if k == first + seed { F::one() } else { F::zero() });
        weights.clear();
        weights.extend((0..self.outputs()).map(unit));
        self.reverse_for_inputs(run, weights, adjoints)?;
        for (seed, row) in rows.chunks_exact_mut(self.inputs().max(1)).take(G::SEEDS).enumerate() {
            for (slot, g) in row.iter_mut().zip(self.of_inputs(adjoints)) {
                *slot = g.of_seed(seed);
            }
        }
        Ok(())
    }

    /// The gradient `g` and the product `Hv` of a program of one output with its Hessian. Cost: one forward and one reverse
    /// at dual numbers.
    pub fn hvp_into<F: Primitive>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        v: &[F],
        gradient: &mut [F],
        product: &mut [F],
    ) -> Result<F, RunError> {
        self.scalar()?;
        self.lagrangian_hvp_into(work, x, &[F::one()], v, gradient, product)?;
        Ok(self.output_of(&self.tangents::<F, 1>(work)?.run, 0).ok_or(RunError::NotRun)?.value)
    }

    /// The gradient and the product with `v` of the Hessian of `Σ wₖfₖ`, one weight an output. Cost: one forward and one
    /// reverse at dual numbers.
    pub fn lagrangian_hvp_into<F: Primitive>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        weights: &[F],
        v: &[F],
        gradient: &mut [F],
        product: &mut [F],
    ) -> Result<(), RunError> {
        length("the direction", self.inputs(), v.len())?;
        length("the gradient", self.inputs(), gradient.len())?;
        length("the product", self.inputs(), product.len())?;
        let tangents = self.tangents::<F, 1>(work)?;
        self.second_order(tangents, x, weights, |k, _| v[k])?;
        for (k, g) in self.of_inputs(&tangents.adjoints).enumerate() {
            (gradient[k], product[k]) = (g.value, g.tangent[0]);
        }
        Ok(())
    }

    /// The gradient and the Hessian of a program of one output, `n × n`, row after row; gives the value. Cost: as
    /// [`lagrangian_hessian_into`](Self::lagrangian_hessian_into).
    pub fn hessian_into<F: LaneFloat>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        gradient: &mut [F],
        hessian: &mut [F],
    ) -> Result<F, RunError> {
        self.scalar()?;
        let mut value = [F::zero()];
        self.hessian_of(work, x, &[F::one()], &mut value, gradient, hessian)?;
        Ok(value[0])
    }

    /// The gradient and the Hessian of `Σ wₖfₖ`, one weight an output, `n × n`, row after row. Cost: `⌈n/8⌉` forwards and
    /// reverses (at least one), each at 8 tangents, or at 4 where so few columns are left.
    pub fn lagrangian_hessian_into<F: LaneFloat>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        weights: &[F],
        gradient: &mut [F],
        hessian: &mut [F],
    ) -> Result<(), RunError> {
        self.hessian_of(work, x, weights, &mut [], gradient, hessian)
    }

    /// The same, and the first outputs.
    fn hessian_of<F: LaneFloat>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        weights: &[F],
        y: &mut [F],
        gradient: &mut [F],
        hessian: &mut [F],
    ) -> Result<(), RunError> {
        let n = self.inputs();
        length("the gradient", n, gradient.len())?;
        length("the Hessian", n * n, hessian.len())?;
        length("weights", self.outputs(), weights.len())?;
        if self.hessian_by_lines(work, x, weights, y, [&mut *gradient, &mut *hessian]) {
            return Ok(());
        }
        let mut first = 0;
        while first < n.max(1) {
            let left = n.saturating_sub(first);
            let matrix = [&mut *gradient, &mut *hessian];
            first += match left {
                0..=4 => self.hessian_columns(self.tangents::<F, 4>(work)?, x, weights, first, y, matrix)?,
                _ => self.hessian_columns(self.tangents::<F, WIDEST>(work)?, x, weights, first, y, matrix)?,
            };
        }
        Ok(())
    }

    /// The columns of a Hessian from `first` on, as many as one pass has lanes; gives their number.
    fn hessian_columns<F: Primitive, const N: usize>(
        &self,
        tangents: &mut Tangents<F, N>,
        x: &[F],
        weights: &[F],
        first: usize,
        y: &mut [F],
        [gradient, hessian]: [&mut [F]; 2],
    ) -> Result<usize, RunError> {
        let n = self.inputs();
        let unit = |k, lane| if k == first + lane { F::one() } else { F::zero() };
        self.second_order(tangents, x, weights, unit)?;
        for (k, g) in self.of_inputs(&tangents.adjoints).enumerate() {
            gradient[k] = g.value;
            for (slot, t) in hessian[k * n..][first..n].iter_mut().zip(g.tangent) {
                *slot = t;
            }
        }
        for (k, y) in y.iter_mut().enumerate() {
            *y = self.output_of(&tangents.run, k).ok_or(RunError::NotRun)?.value;
        }
        Ok(N)
    }

    /// What runs at dual numbers need, with the parameters of that memory.
    pub(super) fn tangents<'w, F: Primitive, const N: usize>(
        &self,
        work: &'w mut Work<F>,
    ) -> Result<&'w mut Tangents<F, N>, RunError> {
        let (tangents, parameters) = work.driver::<Tangents<F, N>>(self.number());
        self.tell(&mut tangents.run, parameters)?;
        Ok(tangents)
    }

    /// Gives a run at another number type the parameters of the memory that it is in, or those of the recording.
    pub(super) fn tell<F: Primitive, T: Real>(
        &self,
        run: &mut RunState<T>,
        parameters: ToTell<'_, F>,
    ) -> Result<(), RunError> {
        let parameter = match parameters {
            ToTell::Nothing => return Ok(()),
            ToTell::Set(set) => Some(set),
            ToTell::Recorded => None,
        };
        let recorded = self.recorded_parameters();
        let parameter = |k: usize| T::lit(parameter.map_or(recorded[k], |set| set[k].wide()));
        if recorded.is_empty() {
            Ok(())
        } else {
            self.set_parameters_of(run, (0..recorded.len()).map(parameter))
        }
    }

    /// Forward and reverse at dual numbers.
    pub(super) fn second_order<F: Primitive, const N: usize>(
        &self,
        memory: &mut Tangents<F, N>,
        x: &[F],
        weights: &[F],
        tangent: impl Fn(usize, usize) -> F,
    ) -> Result<(), RunError> {
        const { assert_ahead::<F, Dual<F, N>>() };
        length("weights", self.outputs(), weights.len())?;
        self.seed(memory, x, tangent)?;
        let Tangents { run, x, weights: seeds, adjoints } = memory;
        seeds.clear();
        seeds.extend(weights.iter().map(|w| Dual::constant(*w)));
        self.forward_for_inputs(run, x)?;
        self.reverse_for_inputs(run, seeds, adjoints)
    }

    /// Runs it forward at dual numbers, for the outputs.
    pub(super) fn run_along<F: Primitive, const N: usize>(
        &self,
        memory: &mut Tangents<F, N>,
        x: &[F],
        tangent: impl Fn(usize, usize) -> F,
    ) -> Result<(), RunError> {
        const { assert_ahead::<F, Dual<F, N>>() };
        self.seed(memory, x, tangent)?;
        let Tangents { run, x, .. } = memory;
        self.evaluate_in(run, x)
    }

    /// Inputs at dual numbers.
    fn seed<F: Primitive, const N: usize>(
        &self,
        memory: &mut Tangents<F, N>,
        x: &[F],
        tangent: impl Fn(usize, usize) -> F,
    ) -> Result<(), RunError> {
        length("inputs", self.inputs(), x.len())?;
        memory.x.clear();
        let number =
            |(k, value): (usize, &F)| Dual { value: *value, tangent: from_fn(|lane| tangent(k, lane)) };
        memory.x.extend(x.iter().enumerate().map(number));
        Ok(())
    }

    /// That there is one output.
    pub(super) fn scalar(&self) -> Result<(), RunError> {
        if self.outputs() == 1 { Ok(()) } else { Err(RunError::NotScalar { found: self.outputs() }) }
    }
}
