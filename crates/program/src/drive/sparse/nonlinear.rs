//! A nonlinear program in the shape in which interior-point solvers ask for it.

use wengert_lanes::LaneFloat;
use wengert_ops::Primitive;
use wengert_tape::{Pattern, RunError, SparseError};

use super::hessian::SparseHessian;
use super::jacobian::SparseJacobian;
use super::options::SparseOptions;
use crate::error::length;
use crate::program::Program;
use crate::work::Work;

/// Minimise `f(x)` where `g(x)` is within bounds, both of them outputs of one program, the objective first: what solvers of
/// the class of IPOPT ask for, under the names that its callbacks have.
///
/// Structures never change; values are written into the solver's own slices, in the order of the structures, and nothing is
/// allocated after the first call. Entries are `(row, column)` from 0 as the solver's "C style" has them. The Hessian is that
/// of the Lagrangian `σ·f + Σ λᵢgᵢ`, its lower triangle.
///
/// ```
/// use wengert::{Program, Work, sparse::NonlinearProgram};
///
/// // Hock and Schittkowski, problem 71.
/// let program = Program::record(&[1.0, 5.0, 5.0, 1.0], |x| {
///     let f = x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2];
///     vec![f, x[0] * x[1] * x[2] * x[3], x.iter().map(|x| x.square()).sum()]
/// })?;
/// let problem = NonlinearProgram::new(&program)?;
/// assert_eq!((problem.variables(), problem.constraints()), (4, 2));
/// let (mut work, x) = (Work::new(), [1.0, 5.0, 5.0, 1.0]);
/// assert_eq!(problem.eval_f(&mut work, &x)?, 16.0);
/// let (mut gradient, mut g) = ([0.0; 4], [0.0; 2]);
/// problem.eval_grad_f(&mut work, &x, &mut gradient)?;
/// problem.eval_g(&mut work, &x, &mut g)?;
/// assert_eq!((gradient, g), ([12.0, 1.0, 2.0, 11.0], [25.0, 52.0]));
/// let mut jacobian = vec![0.0; problem.jacobian().nonzeros()];
/// problem.eval_jac_g(&mut work, &x, &mut jacobian)?;
/// assert_eq!(jacobian, [25.0, 2.0, 5.0, 10.0, 5.0, 10.0, 25.0, 2.0]); // by columns: (0, 0), (1, 0), (0, 1) …
/// let mut hessian = vec![0.0; problem.hessian().nonzeros()];
/// problem.eval_h(&mut work, &x, 1.0, &[0.5, 0.25], &mut hessian)?;
/// assert_eq!(problem.hessian().position(0, 0), Some(0));
/// assert_eq!(hessian[0], 2.0 + 0.25 * 2.0); // ∂²f/∂x₀² = 2x₃
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct NonlinearProgram {
    program: Program,
    jacobian: SparseJacobian,
    hessian: SparseHessian,
}

/// All outputs, or a weight for each.
#[derive(Clone, Debug)]
struct OutputWeights<F>(Vec<F>);

impl<F> Default for OutputWeights<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl NonlinearProgram {
    /// Plans the derivatives of a program whose first output is the objective, the others constraints.
    ///
    /// # Errors
    /// [`SparseError::NoObjective`], [`SparseError::TooMany`].
    pub fn new(program: &Program) -> Result<Self, SparseError> {
        match program.outputs() {
            0 => return Err(SparseError::NoObjective),
            outputs if i32::try_from(outputs).is_err() => return Err(SparseError::TooMany { outputs }),
            _ => {}
        }
        let outputs = Some((1..program.outputs()).collect());
        let options = SparseOptions { outputs, ..SparseOptions::default() };
        let jacobian = SparseJacobian::with(program, &options)?;
        Ok(Self { program: program.clone(), jacobian, hessian: SparseHessian::new(program) })
    }

    /// How many variables.
    #[must_use]
    pub fn variables(&self) -> usize {
        self.program.inputs()
    }

    /// How many constraints.
    #[must_use]
    pub fn constraints(&self) -> usize {
        self.program.outputs() - 1
    }

    /// The structure of the constraints' Jacobian.
    #[must_use]
    pub fn jacobian(&self) -> &Pattern {
        self.jacobian.pattern()
    }

    /// The structure of the Lagrangian's Hessian: its lower triangle.
    #[must_use]
    pub fn hessian(&self) -> &Pattern {
        self.hessian.pattern()
    }

    /// The plans, for their reports.
    #[must_use]
    pub fn plans(&self) -> (&SparseJacobian, &SparseHessian) {
        (&self.jacobian, &self.hessian)
    }

    /// Writes the rows and columns of the Jacobian's entries, as solvers ask for them.
    ///
    /// # Errors
    /// [`RunError::Length`].
    pub fn jac_g_structure(&self, rows: &mut [i32], columns: &mut [i32]) -> Result<(), RunError> {
        structure(self.jacobian(), rows, columns)
    }

    /// Writes the rows and columns of the Hessian's entries, as solvers ask for them.
    ///
    /// # Errors
    /// [`RunError::Length`].
    pub fn h_structure(&self, rows: &mut [i32], columns: &mut [i32]) -> Result<(), RunError> {
        structure(self.hessian(), rows, columns)
    }

    /// The objective. Cost: one forward.
    pub fn eval_f<F: Primitive>(&self, work: &mut Work<F>, x: &[F]) -> Result<F, RunError> {
        self.program.run_for_outputs(work, x)?;
        self.program.output(work, 0).ok_or(RunError::NotRun)
    }

    /// The objective's gradient. Cost: one forward, one reverse.
    pub fn eval_grad_f<F: Primitive>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        gradient: &mut [F],
    ) -> Result<(), RunError> {
        length("the gradient", self.variables(), gradient.len())?;
        self.program.entered(work)?;
        let (run, OutputWeights(outputs)) = work.run_and::<OutputWeights<F>>();
        outputs.clear();
        outputs.resize(self.program.outputs(), F::zero());
        outputs[0] = F::one();
        self.program.forward_for_inputs(run, x)?;
        self.program.gradient_of(run, outputs, gradient)
    }

    /// The constraints. Cost: one forward.
    pub fn eval_g<F: Primitive>(&self, work: &mut Work<F>, x: &[F], g: &mut [F]) -> Result<(), RunError> {
        length("constraints", self.constraints(), g.len())?;
        self.program.run_for_outputs(work, x)?;
        for (k, g) in g.iter_mut().enumerate() {
            *g = self.program.output(work, k + 1).ok_or(RunError::NotRun)?;
        }
        Ok(())
    }

    /// The values of the constraints' Jacobian. Cost: that of [`SparseJacobian::values_into`].
    pub fn eval_jac_g<F: LaneFloat>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        values: &mut [F],
    ) -> Result<(), RunError> {
        self.jacobian.values_into(work, x, values)
    }

    /// The values of the Lagrangian's Hessian, `objective_factor·∇²f + Σ λᵢ∇²gᵢ`. Cost: that of
    /// [`SparseHessian::values_into`].
    pub fn eval_h<F: LaneFloat>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        objective_factor: F,
        lambda: &[F],
        values: &mut [F],
    ) -> Result<(), RunError> {
        length("multipliers", self.constraints(), lambda.len())?;
        // Taken while the memory lends what else is needed.
        let mut weights = core::mem::take(&mut work.run_and::<OutputWeights<F>>().1.0);
        weights.clear();
        weights.push(objective_factor);
        weights.extend_from_slice(lambda);
        let found = self.hessian.values_into(work, x, &weights, values);
        work.run_and::<OutputWeights<F>>().1.0 = weights;
        found
    }
}

/// Rows and columns of a pattern: there are fewer than 2³¹ inputs, as nodes, and constraints, as
/// [`NonlinearProgram::new`] checks.
#[allow(clippy::cast_possible_wrap)]
fn structure(pattern: &Pattern, rows: &mut [i32], columns: &mut [i32]) -> Result<(), RunError> {
    length("rows of entries", pattern.nonzeros(), rows.len())?;
    length("columns of entries", pattern.nonzeros(), columns.len())?;
    for ((row, column), (i, j)) in pattern.entries().zip(rows.iter_mut().zip(columns)) {
        (*i, *j) = (row as i32, column as i32);
    }
    Ok(())
}
