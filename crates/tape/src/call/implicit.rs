//! Functions given by an equation: `x(p)` with `F(x, p) = 0`, solved by a user's solver, differentiated by the implicit
//! function theorem.
//!
//! `∂x/∂p = −(∂F/∂x)⁻¹·∂F/∂p`, which needs no derivative of the solver, and no step of it on the tape: in reverse one linear
//! solve with the transposed matrix. At numbers that carry derivatives these are corrected by Newton steps with the
//! matrix at the solution, `x ← x − J⁻¹F(x, p)`: each makes them right to one order more (Griewank & Walther, *Evaluating
//! Derivatives*, chapter 15). The value itself is the solver's at every number type, bit for bit: no step touches it.

use core::panic::Location;
use std::sync::{Arc, OnceLock};

use wengert_ops::Real;

use super::error::Outcome;
use super::number::{cast, is_still, is_zero, of_variable, records, unknown, variable, with_value};
use super::{CallError, Callee, Cause, Inner, Kind, Lu, program, recording};
use crate::program::Program;
use crate::var::Var;
use crate::workspace::Slots;

/// The solver of an equation `F(x, p) = 0`.
///
/// ```
/// use wengert::{Program, call::{Callee, Outcome, Solver}, gradient};
///
/// /// `x·x = p`, by Newton's method.
/// struct Root;
/// impl Solver for Root {
///     fn name(&self) -> &str { "root" }
///     fn solve(&self, p: &[f64], x: &mut [f64]) -> Outcome {
///         x[0] = 1.0 + 0.5 * p[0];
///         for _ in 0..50 {
///             x[0] = 0.5 * (x[0] + p[0] / x[0]);
///         }
///         Ok(())
///     }
/// }
/// let equation = Program::record(&[1.0, 1.0], |x| vec![x[0] * x[0] - x[1]])?;
/// let root = Callee::implicit(Root, equation)?;
/// assert_eq!(gradient(&4.0, |p| root.call(&[p])[0])?, (2.0, 0.25));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Solver: Send + Sync + 'static {
    /// The name in dumps.
    fn name(&self) -> &str;

    /// The version: another one for another solution.
    fn version(&self) -> u32 {
        0
    }

    /// Finds `x` with `F(x, p) = 0`, to the accuracy that is wanted of values: derivatives are those of an exact solution
    /// there. `x` holds zeros.
    ///
    /// # Errors
    /// Whatever keeps it from that: the recording or the run ends with the message.
    fn solve(&self, p: &[f64], x: &mut [f64]) -> Outcome;

    /// Makes ready to solve linear equations with the matrix `∂F/∂x`, `n × n`, row after row.
    ///
    /// Unless this is written, [`Lu`]: elimination with row exchanges, for dense matrices. Write it where the matrix is large
    /// and has structure, or where the solver has its factors already.
    ///
    /// # Errors
    /// Such as that the matrix is singular.
    fn factorize(
        &self,
        matrix: &[f64],
    ) -> Result<Box<dyn Factorized>, Box<dyn core::error::Error + Send + Sync>> {
        Ok(Box::new(Lu::new(matrix)?))
    }
}

/// A matrix that linear equations can be solved with.
pub trait Factorized {
    /// Solves `A·x = b`, in place.
    fn solve(&self, b: &mut [f64]);
    /// Solves `Aᵀ·x = b`, in place.
    fn solve_transposed(&self, b: &mut [f64]);
}

/// An equation with its solver.
pub(super) struct Implicit {
    pub(super) solver: Arc<dyn Solver>,
    /// `(x, p) ↦ F(x, p)`.
    pub(super) equation: Program,
    /// The solution is a linear function of so many of the last operands: where these are 0, so is the solution, whatever the
    /// others are. In an adjoint equation they are `x̄`; of a user's equation none is known to be so.
    linear: usize,
    /// Its adjoint, made where it is asked for.
    adjoint: OnceLock<Callee>,
}

impl Callee {
    /// The solution `x(p)` of an equation: `equation` is the program of `(x, p) ↦ F(x, p)`, the unknowns first, as many as it
    /// has outputs. The operation takes `p` and gives `x`, with derivatives of every order.
    ///
    /// # Errors
    /// [`CallError::Operands`] where the equation has fewer inputs than outputs, [`CallError::Impure`].
    pub fn implicit(solver: impl Solver, equation: Program) -> Result<Self, CallError> {
        Self::of_equation(Arc::new(solver), equation, 0)
    }

    fn of_equation(solver: Arc<dyn Solver>, equation: Program, linear: usize) -> Result<Self, CallError> {
        let (expected, found) = (equation.outputs(), equation.inputs());
        let implicit = Implicit { solver, equation, linear, adjoint: OnceLock::new() };
        let made = Self::new(Kind::Implicit(Arc::new(implicit)));
        if found < expected {
            return Err(CallError::Operands { name: made.name().into_owned(), expected, found });
        }
        made.takes(made.inputs())?;
        Ok(made)
    }
}

impl Implicit {
    /// Unknowns.
    pub(super) fn outputs(&self) -> usize {
        self.equation.outputs()
    }

    pub(super) fn inputs(&self) -> usize {
        self.equation.inputs() - self.outputs()
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::as_ptr(&self.solver).addr() == Arc::as_ptr(&other.solver).addr()
            && self.equation.is(&other.equation)
    }

    /// The equation as an operation, by the name that it has in dumps of derivative programs.
    pub(super) fn residual(&self) -> Callee {
        self.equation.named(&format!("{}:equation", self.solver.name()), self.solver.version())
    }

    /// The adjoint of the equation: `λ(x, p, x̄)` with `(∂F/∂x)ᵀ·λ = x̄`, itself given by an equation. It is one operation,
    /// so that passes find equal calls of it.
    pub(super) fn adjoint(&self) -> Result<Callee, CallError> {
        if let Some(made) = self.adjoint.get() {
            return Ok(made.clone());
        }
        // Where two threads are at it, the first one's is everybody's.
        let made = self.make_adjoint()?;
        Ok(self.adjoint.get_or_init(|| made).clone())
    }

    fn make_adjoint(&self) -> Result<Callee, CallError> {
        let (n, of) = (self.outputs(), self.residual());
        let vjp = program::derivative(&self.equation, &of)?;
        let point = self.equation.point();
        let equation = Program::record_with(|s| {
            let one = vec![1.0; n];
            let (lambda, at, g) = (s.inputs(&one[..]), s.inputs(point), s.inputs(&one[..]));
            let operands: Vec<Var> = at.into_iter().chain(lambda).collect();
            for (product, g) in vjp.call(&operands).into_iter().zip(g) {
                s.output(product - g);
            }
        });
        let failed = |why| CallError::Derivative { name: self.solver.name().into(), why: Cause::new(why) };
        let equation = equation.map_err(failed)?;
        let solver = Adjoint {
            name: format!("{}:adjoint", self.solver.name()),
            of: Self {
                solver: Arc::clone(&self.solver),
                equation: self.equation.clone(),
                linear: self.linear,
                adjoint: OnceLock::new(),
            },
        };
        Callee::of_equation(Arc::new(solver), equation, n)
    }

    fn failed(&self, why: Box<dyn core::error::Error + Send + Sync>) -> CallError {
        CallError::failed(self.solver.name(), why)
    }

    /// `∂F/∂x` at a point `(x, p)`, ready to be solved with.
    fn factorize(&self, at: &[f64], inner: &mut Inner<f64>) -> Result<Box<dyn Factorized>, CallError> {
        let n = self.outputs();
        let work = inner.program(self.equation.number(), Slots::ByNode);
        self.equation.forward_for_inputs(work, at)?;
        let (mut matrix, mut unit, mut row) = (Vec::with_capacity(n * n), vec![0.0; n], vec![0.0; at.len()]);
        for k in 0..n {
            unit[k] = 1.0;
            self.equation.gradient_of(work, &unit, &mut row)?;
            unit[k] = 0.0;
            matrix.extend_from_slice(&row[..n]);
        }
        self.solver.factorize(&matrix).map_err(|why| self.failed(why))
    }

    /// The inverse of the matrix, or of its transpose, at any number type.
    fn inverse<T: Real>(&self, matrix: &dyn Factorized, transposed: bool) -> Inverse<T> {
        let n = self.outputs();
        let mut columns = Vec::with_capacity(n * n);
        let mut column = vec![0.0; n];
        for k in 0..n {
            column.fill(0.0);
            column[k] = 1.0;
            if transposed {
                matrix.solve_transposed(&mut column);
            } else {
                matrix.solve(&mut column);
            }
            columns.extend(column.iter().map(|c| T::lit(*c)));
        }
        Inverse(columns)
    }

    pub(super) fn forward<T: Real>(
        &self,
        p: &[T],
        x: &mut [T],
        inner: &mut Inner<T>,
    ) -> Result<(), CallError> {
        if self.linear > 0 && p[p.len() - self.linear..].iter().all(|g| is_zero(*g)) {
            x.fill(T::lit(0.0));
            return Ok(());
        }
        let mut at = vec![0.0; x.len()];
        let primals: Vec<f64> = p.iter().map(|p| p.primal()).collect();
        if let Err(why) = self.solver.solve(&primals, &mut at) {
            let why = self.failed(why);
            // An adjoint is a derivative, which may yet be discarded.
            if self.linear == 0 {
                return Err(why);
            }
            x.fill(unknown(f64::NAN));
            inner.lose(why);
            return Ok(());
        }
        x.iter_mut().zip(&at).for_each(|(x, value)| *x = T::lit(*value));
        if p.iter().all(|p| is_still(*p)) {
            return Ok(());
        }
        if let Err(why) = self.correct(p, x, &primals, inner) {
            x.iter_mut().zip(at).for_each(|(x, value)| *x = unknown(value));
            inner.lose(why);
        }
        Ok(())
    }

    /// Newton steps that bring the derivatives of `x` from 0 to what they are, and leave its values alone.
    fn correct<T: Real>(
        &self,
        p: &[T],
        x: &mut [T],
        primals: &[f64],
        inner: &mut Inner<T>,
    ) -> Result<(), CallError> {
        let n = x.len();
        let values: Vec<f64> = x.iter().map(|x| x.primal()).collect();
        let at: Vec<f64> = values.iter().chain(primals).copied().collect();
        let matrix = self.factorize(&at, inner.primal())?;
        let inverse = self.inverse::<T>(&*matrix, false);
        let mut operands: Vec<T> = x.iter().chain(p).copied().collect();
        let mut residual = vec![T::lit(0.0); n];
        for _ in 0..T::ORDER {
            program::forward(&self.equation, None, &operands, &mut residual, inner, None)?;
            // What the solver has left of the residual stays.
            for r in &mut residual {
                *r = with_value(-*r, 0.0);
            }
            inverse.add(&residual, &mut operands[..n]);
            operands.iter_mut().zip(&values).for_each(|(x, value)| *x = with_value(*x, *value));
        }
        x.copy_from_slice(&operands[..n]);
        Ok(())
    }

    /// `p̄ = −(∂F/∂p)ᵀ·λ` with `(∂F/∂x)ᵀ·λ = x̄`.
    pub(super) fn reverse<T: Real>(
        &self,
        p: &[T],
        x: &[T],
        gx: &[T],
        gp: &mut [T],
        inner: &mut Inner<T>,
    ) -> Result<(), CallError> {
        let n = x.len();
        let seeds = gx.chunks_exact(n).zip(gp.chunks_exact_mut(p.len()));
        let at: Vec<T> = x.iter().chain(p).copied().collect();
        if records::<T>() {
            let (adjoint, vjp) = (self.adjoint()?, program::derivative(&self.equation, &self.residual())?);
            let variables = |numbers: &[T]| numbers.iter().filter_map(|x| variable(*x)).collect::<Vec<Var>>();
            for (gx, gp) in seeds {
                let mut operands = variables(&at);
                operands.extend(variables(gx));
                let lambda: recording::Results =
                    recording::call_again(&adjoint, &operands, Location::caller());
                operands.truncate(at.len());
                operands.extend(lambda);
                let products: recording::Results = recording::call_again(&vjp, &operands, Location::caller());
                gp.iter_mut().zip(&products[n..]).for_each(|(gp, g)| *gp = of_variable(-*g));
            }
            return Ok(());
        }
        let primals: Vec<f64> = at.iter().map(|x| x.primal()).collect();
        let matrix = self.factorize(&primals, inner.primal())?;
        let inverse =
            if cast::<T, f64>(x[0]).is_some() { None } else { Some(self.inverse::<T>(&*matrix, true)) };
        let work = inner.program(self.equation.number(), Slots::ByNode);
        self.equation.forward_for_inputs(work, &at)?;
        let mut slopes = at.clone();
        for (gx, gp) in seeds {
            let mut lambda = vec![T::lit(0.0); n];
            match &inverse {
                None => {
                    let mut b: Vec<f64> = gx.iter().filter_map(|g| cast(*g)).collect();
                    matrix.solve_transposed(&mut b);
                    lambda.iter_mut().zip(b).for_each(|(lambda, b)| *lambda = T::lit(b));
                }
                Some(inverse) => inverse.add(gx, &mut lambda),
            }
            self.equation.gradient_for_call(work, &lambda, &mut slopes)?;
            for _ in 0..T::ORDER {
                let residual: Vec<T> = gx.iter().zip(&slopes).map(|(g, product)| *g - *product).collect();
                if let Some(inverse) = &inverse {
                    inverse.add(&residual, &mut lambda);
                }
                self.equation.gradient_for_call(work, &lambda, &mut slopes)?;
            }
            gp.iter_mut().zip(&slopes[n..]).for_each(|(gp, g)| *gp = -*g);
        }
        let loss = work.inner.take_loss();
        inner.take_on(loss);
        Ok(())
    }
}

/// The inverse of a matrix, column after column: vectors of all number types are multiplied by it.
struct Inverse<T>(Vec<T>);

impl<T: Real> Inverse<T> {
    /// `y += A⁻¹·b`.
    fn add(&self, b: &[T], y: &mut [T]) {
        for (column, b) in self.0.chunks_exact(b.len().max(1)).zip(b) {
            for (y, c) in y.iter_mut().zip(column) {
                *y = T::accumulate(*y, T::pull(*b, *c));
            }
        }
    }
}

/// The solver of the adjoint equation.
struct Adjoint {
    name: String,
    of: Implicit,
}

impl Solver for Adjoint {
    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> u32 {
        self.of.solver.version()
    }

    /// Solves for the operands `(x, p, x̄)`.
    fn solve(&self, operands: &[f64], lambda: &mut [f64]) -> Outcome {
        let (at, g) = operands.split_at(self.of.equation.inputs());
        let matrix = self.of.factorize(at, &mut Inner::default())?;
        lambda.copy_from_slice(g);
        matrix.solve_transposed(lambda);
        Ok(())
    }

    /// The matrix is the transpose of the equation's.
    fn factorize(
        &self,
        matrix: &[f64],
    ) -> Result<Box<dyn Factorized>, Box<dyn core::error::Error + Send + Sync>> {
        struct Transposed(Box<dyn Factorized>);
        impl Factorized for Transposed {
            fn solve(&self, b: &mut [f64]) {
                self.0.solve_transposed(b);
            }
            fn solve_transposed(&self, b: &mut [f64]) {
                self.0.solve(b);
            }
        }
        let n = self.of.outputs();
        let transposed: Vec<f64> = (0..n * n).map(|k| matrix[(k % n) * n + k / n]).collect();
        Ok(Box::new(Transposed(self.of.solver.factorize(&transposed)?)))
    }
}
