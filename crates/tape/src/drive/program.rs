//! What users want of a program: values, gradients, products with Jacobians and Hessians, each into slices of the
//! caller's. Nothing is allocated after the first run in a workspace.
//!
//! Costs are in sweeps: *forward* is one run, *reverse* one reverse sweep.

use core::array::from_fn;

use wengert_ops::{Dual, Primitive, Real};

use crate::program::{
    Adjoint, Mode, Program, RunError, Several, WIDTH, assert_ahead, assert_swept_ahead, length,
};
use crate::workspace::Workspace;

/// What products with a Hessian need: a workspace at dual numbers, and room for their slices.
#[derive(Clone, Debug)]
pub struct SecondOrder<F = f64, const N: usize = 1> {
    pub(super) work: Workspace<Dual<F, N>>,
    x: Vec<Dual<F, N>>,
    weights: Vec<Dual<F, N>>,
    pub(super) adjoints: Vec<Dual<F, N>>,
}

impl<F, const N: usize> Default for SecondOrder<F, N> {
    fn default() -> Self {
        Self { work: Workspace::new(), x: Vec::new(), weights: Vec::new(), adjoints: Vec::new() }
    }
}

impl<F, const N: usize> SecondOrder<F, N> {
    /// Without memory yet: the first run takes it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<F: Primitive, const N: usize> SecondOrder<F, N> {
    /// Sets the parameters for the runs of a program in this memory from now on.
    ///
    /// ```
    /// use wengert::{Program, program::SecondOrder};
    ///
    /// let program = Program::record_with(|s| {
    ///     let (x, p) = (s.input(1.0), s.parameter(1.0));
    ///     s.output(p * x * x);
    /// })?;
    /// let (mut work, mut g, mut h) = (SecondOrder::new(), [0.0], [0.0]);
    /// work.set_parameters(&program, &[5.0])?;
    /// program.hvp_into(&mut work, &[3.0], &[1.0], &mut g, &mut h)?;
    /// assert_eq!((g, h), ([30.0], [10.0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RunError::Length`].
    pub fn set_parameters(&mut self, program: &Program, parameters: &[F]) -> Result<(), RunError> {
        program.set_parameters_of(&mut self.work, parameters.iter().map(|p| Dual::constant(*p)))
    }
}

/// What dense Jacobians need: workspaces of both modes, of several widths. Those that are used take memory.
#[derive(Clone, Debug)]
pub struct Matrices<F = f64> {
    /// The mode that is to be taken, whatever it costs.
    mode: Option<Mode>,
    /// The parameters that were set, and the program whose they are, by its number.
    parameters: Vec<F>,
    of: u64,
    work: Workspace<F>,
    one: Pass<F>,
    four: Pass<Several<F, 4>>,
    eight: Pass<Several<F, WIDTH>>,
    along_one: SecondOrder<F, 1>,
    along_four: SecondOrder<F, 4>,
    along_eight: SecondOrder<F, WIDTH>,
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

impl<F> Default for Matrices<F> {
    fn default() -> Self {
        Self {
            mode: None,
            parameters: Vec::new(),
            of: 0,
            work: Workspace::new(),
            one: Pass::default(),
            four: Pass::default(),
            eight: Pass::default(),
            along_one: SecondOrder::new(),
            along_four: SecondOrder::new(),
            along_eight: SecondOrder::new(),
        }
    }
}

impl<F> Matrices<F> {
    /// Without memory yet: the first run takes it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, for Jacobians in this mode, where [`Program::jacobian_mode`] would take another.
    ///
    /// ```
    /// use wengert::{Program, program::{Matrices, Mode}};
    ///
    /// let f = Program::record(&[1.0; 3], |x| vec![x[0] * x[1] * x[2]])?;
    /// assert_eq!(f.jacobian_mode(), Mode::Reverse);
    /// let mut jacobian = [0.0; 3];
    /// f.jacobian_into(&mut Matrices::in_mode(Mode::Forward), &[4.0, -3.0, 1.0], &mut [0.0], &mut jacobian)?;
    /// assert_eq!(jacobian, [-3.0, 4.0, -12.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn in_mode(mode: Mode) -> Self {
        Self { mode: Some(mode), ..Self::default() }
    }
}

impl<F: Primitive> Matrices<F> {
    /// Sets the parameters for the Jacobians of a program in this memory, until those of another program are set; a program whose
    /// are not set has those of its recording.
    ///
    /// ```
    /// use wengert::{Program, program::Matrices};
    ///
    /// let program = Program::record_with(|s| {
    ///     let (x, p) = (s.input(1.0), s.parameter(1.0));
    ///     s.output(p * x * x);
    /// })?;
    /// let (mut work, mut jacobian) = (Matrices::new(), [0.0]);
    /// work.set_parameters(&program, &[5.0])?;
    /// program.jacobian_into(&mut work, &[3.0], &mut [0.0], &mut jacobian)?;
    /// assert_eq!(jacobian, [30.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RunError::Length`].
    pub fn set_parameters(&mut self, program: &Program, parameters: &[F]) -> Result<(), RunError> {
        length("parameters", program.parameters(), parameters.len())?;
        self.parameters.clear();
        self.parameters.extend_from_slice(parameters);
        self.of = program.number();
        Ok(())
    }
}

impl Program {
    /// Values of all outputs, into a slice. Cost: one forward.
    pub fn values_into<F: Primitive>(
        &self,
        work: &mut Workspace<F>,
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
        work: &mut Workspace<F>,
        x: &[F],
        gradient: &mut [F],
    ) -> Result<F, RunError> {
        self.scalar()?;
        length("the gradient", self.inputs(), gradient.len())?;
        self.forward_for_inputs(work, x)?;
        self.gradient_of(work, &[F::one()], gradient)?;
        self.output(work, 0).ok_or(RunError::NotRun)
    }

    /// Values `y` and `wᵀJ`, one weight an output. Cost: one forward, one reverse.
    pub fn vjp_into<F: Primitive>(
        &self,
        work: &mut Workspace<F>,
        x: &[F],
        weights: &[F],
        y: &mut [F],
        product: &mut [F],
    ) -> Result<(), RunError> {
        length("weights", self.outputs(), weights.len())?;
        length("outputs", self.outputs(), y.len())?;
        length("the product", self.inputs(), product.len())?;
        self.forward_for_inputs(work, x)?;
        self.gradient_of(work, weights, product)?;
        self.outputs_into(work, y)
    }

    /// Values `y` and `Jv`. Cost: one forward at dual numbers.
    pub fn jvp_into<F: Primitive>(
        &self,
        work: &mut SecondOrder<F>,
        x: &[F],
        v: &[F],
        y: &mut [F],
        product: &mut [F],
    ) -> Result<(), RunError> {
        length("the direction", self.inputs(), v.len())?;
        length("outputs", self.outputs(), y.len())?;
        length("the product", self.outputs(), product.len())?;
        self.run_along(work, x, |k, _| v[k])?;
        for k in 0..self.outputs() {
            let Dual { value, tangent } = self.output(&work.work, k).ok_or(RunError::NotRun)?;
            (y[k], product[k]) = (value, tangent[0]);
        }
        Ok(())
    }

    /// Values `y` and the Jacobian at `x`, `m × n`, row after row. Cost: the forwards with tangents that `n` columns take, or one forward and
    /// the reverses that `m` rows take, in passes of one, four or eight lines; whichever [costs less](Self::jacobian_mode).
    pub fn jacobian_into<F: Primitive>(
        &self,
        work: &mut Matrices<F>,
        x: &[F],
        y: &mut [F],
        jacobian: &mut [F],
    ) -> Result<(), RunError> {
        length("outputs", self.outputs(), y.len())?;
        length("the Jacobian", self.outputs() * self.inputs(), jacobian.len())?;
        match work.mode.unwrap_or_else(|| self.jacobian_mode()) {
            Mode::Forward => self.jacobian_forward(work, x, y, jacobian),
            Mode::Reverse => self.jacobian_reverse(work, x, y, jacobian),
        }
    }

    /// The mode in which [`jacobian_into`](Self::jacobian_into) finds a Jacobian, unless [told](Matrices::in_mode): the one of
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
        work: &mut Matrices<F>,
        x: &[F],
        y: &mut [F],
        jacobian: &mut [F],
    ) -> Result<(), RunError> {
        let n = self.inputs();
        let Matrices { parameters, of, along_one, along_four, along_eight, .. } = work;
        let parameters = (*of == self.number()).then_some(&parameters[..]);
        let mut first = 0;
        while first < n {
            let (width, _) = self.cost().widths(Mode::Forward, n - first);
            match width {
                1 => self.columns(along_one, parameters, x, first, y, jacobian)?,
                4 => self.columns(along_four, parameters, x, first, y, jacobian)?,
                _ => self.columns(along_eight, parameters, x, first, y, jacobian)?,
            }
            first += width;
        }
        if n == 0 {
            // No column to find; but there are values, and where a comparison comes out otherwise, that is to be known.
            self.columns(along_one, parameters, x, 0, y, jacobian)?;
        }
        Ok(())
    }

    /// Gives a workspace these parameters, or else those of the recording: several workspaces must have the same ones.
    fn take_parameters<F: Primitive, T: Real>(
        &self,
        work: &mut Workspace<T>,
        parameters: Option<&[F]>,
    ) -> Result<(), RunError> {
        if self.parameters() == 0 {
            return Ok(());
        }
        match parameters {
            Some(parameters) => self.set_parameters_of(work, parameters.iter().map(|p| T::lit(p.wide()))),
            None => self.set_parameters_of(work, self.recorded_parameters().iter().map(|p| T::lit(*p))),
        }
    }

    /// The columns from `first` on, as many as one pass has lanes.
    fn columns<F: Primitive, const N: usize>(
        &self,
        work: &mut SecondOrder<F, N>,
        parameters: Option<&[F]>,
        x: &[F],
        first: usize,
        y: &mut [F],
        jacobian: &mut [F],
    ) -> Result<(), RunError> {
        self.take_parameters(&mut work.work, parameters)?;
        self.run_along(work, x, |k, lane| if k == first + lane { F::one() } else { F::zero() })?;
        for (k, slot) in y.iter_mut().enumerate() {
            let Dual { value, tangent } = self.output(&work.work, k).ok_or(RunError::NotRun)?;
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
        work: &mut Matrices<F>,
        x: &[F],
        y: &mut [F],
        jacobian: &mut [F],
    ) -> Result<(), RunError> {
        let (m, n) = (self.outputs(), self.inputs());
        let Matrices { parameters, of, work, one, four, eight, .. } = work;
        self.take_parameters(work, (*of == self.number()).then_some(&parameters[..]))?;
        self.forward_for_inputs(work, x)?;
        self.outputs_into(work, y)?;
        let mut first = 0;
        while first < m {
            let (width, _) = self.cost().widths(Mode::Reverse, m - first);
            let rows = &mut jacobian[first * n..];
            match width {
                1 => self.rows(work, one, first, rows)?,
                4 => self.rows(work, four, first, rows)?,
                _ => self.rows(work, eight, first, rows)?,
            }
            first += width;
        }
        Ok(())
    }

    /// The rows from `first` on, as many as one pass has lanes.
    fn rows<F: Primitive, G: Adjoint<F>>(
        &self,
        work: &mut Workspace<F>,
        pass: &mut Pass<G>,
        first: usize,
        rows: &mut [F],
    ) -> Result<(), RunError> {
        const { assert_swept_ahead::<F, G>() };
        let Pass { adjoints, weights, .. } = pass;
        let unit = |k: usize| G::by_seed(|seed| if k == first + seed { F::one() } else { F::zero() });
        weights.clear();
        weights.extend((0..self.outputs()).map(unit));
        self.reverse_for_inputs(work, weights, adjoints)?;
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
        work: &mut SecondOrder<F>,
        x: &[F],
        v: &[F],
        gradient: &mut [F],
        product: &mut [F],
    ) -> Result<F, RunError> {
        self.scalar()?;
        self.lagrangian_hvp_into(work, x, &[F::one()], v, gradient, product)?;
        Ok(self.output(&work.work, 0).ok_or(RunError::NotRun)?.value)
    }

    /// The gradient and the product with `v` of the Hessian of `Σ wₖfₖ`, one weight an output. Cost: one forward and one
    /// reverse at dual numbers.
    pub fn lagrangian_hvp_into<F: Primitive>(
        &self,
        work: &mut SecondOrder<F>,
        x: &[F],
        weights: &[F],
        v: &[F],
        gradient: &mut [F],
        product: &mut [F],
    ) -> Result<(), RunError> {
        length("the direction", self.inputs(), v.len())?;
        length("the gradient", self.inputs(), gradient.len())?;
        length("the product", self.inputs(), product.len())?;
        self.second_order(work, x, weights, |k, _| v[k])?;
        for (k, g) in self.of_inputs(&work.adjoints).enumerate() {
            (gradient[k], product[k]) = (g.value, g.tangent[0]);
        }
        Ok(())
    }

    /// The gradient and the Hessian of a program of one output, `n × n`, row after row; gives the value. Cost: `⌈n/8⌉` forwards
    /// and reverses at 8 tangents.
    pub fn hessian_into<F: Primitive>(
        &self,
        work: &mut SecondOrder<F, WIDTH>,
        x: &[F],
        gradient: &mut [F],
        hessian: &mut [F],
    ) -> Result<F, RunError> {
        self.scalar()?;
        self.lagrangian_hessian_into(work, x, &[F::one()], gradient, hessian)?;
        Ok(self.output(&work.work, 0).ok_or(RunError::NotRun)?.value)
    }

    /// The gradient and the Hessian of `Σ wₖfₖ`, one weight an output, `n × n`, row after row. Cost: `⌈n/8⌉` forwards and
    /// reverses at 8 tangents (at least one).
    pub fn lagrangian_hessian_into<F: Primitive>(
        &self,
        work: &mut SecondOrder<F, WIDTH>,
        x: &[F],
        weights: &[F],
        gradient: &mut [F],
        hessian: &mut [F],
    ) -> Result<(), RunError> {
        let n = self.inputs();
        length("the gradient", n, gradient.len())?;
        length("the Hessian", n * n, hessian.len())?;
        for first in (0..n.max(1)).step_by(WIDTH) {
            let unit = |k, lane| if k == first + lane { F::one() } else { F::zero() };
            self.second_order(work, x, weights, unit)?;
            for (k, g) in self.of_inputs(&work.adjoints).enumerate() {
                gradient[k] = g.value;
                for (slot, t) in hessian[k * n..][first..n].iter_mut().zip(g.tangent) {
                    *slot = t;
                }
            }
        }
        Ok(())
    }

    /// Forward and reverse at dual numbers.
    pub(super) fn second_order<F: Primitive, const N: usize>(
        &self,
        work: &mut SecondOrder<F, N>,
        x: &[F],
        weights: &[F],
        tangent: impl Fn(usize, usize) -> F,
    ) -> Result<(), RunError> {
        const { assert_ahead::<F, Dual<F, N>>() };
        length("weights", self.outputs(), weights.len())?;
        self.seed(work, x, tangent)?;
        let SecondOrder { work, x, weights: seeds, adjoints } = work;
        seeds.clear();
        seeds.extend(weights.iter().map(|w| Dual::constant(*w)));
        self.forward_for_inputs(work, x)?;
        self.reverse_for_inputs(work, seeds, adjoints)
    }

    /// Runs it forward at dual numbers, for the outputs.
    pub(super) fn run_along<F: Primitive, const N: usize>(
        &self,
        work: &mut SecondOrder<F, N>,
        x: &[F],
        tangent: impl Fn(usize, usize) -> F,
    ) -> Result<(), RunError> {
        const { assert_ahead::<F, Dual<F, N>>() };
        self.seed(work, x, tangent)?;
        let SecondOrder { work, x, .. } = work;
        self.run_for_outputs(work, x)
    }

    /// Inputs at dual numbers.
    fn seed<F: Primitive, const N: usize>(
        &self,
        work: &mut SecondOrder<F, N>,
        x: &[F],
        tangent: impl Fn(usize, usize) -> F,
    ) -> Result<(), RunError> {
        length("inputs", self.inputs(), x.len())?;
        work.x.clear();
        let number =
            |(k, value): (usize, &F)| Dual { value: *value, tangent: from_fn(|lane| tangent(k, lane)) };
        work.x.extend(x.iter().enumerate().map(number));
        Ok(())
    }

    /// That there is one output.
    pub(super) fn scalar(&self) -> Result<(), RunError> {
        if self.outputs() == 1 { Ok(()) } else { Err(RunError::NotScalar { found: self.outputs() }) }
    }
}
