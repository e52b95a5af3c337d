//! Functions given by an equation: `x(p)` with `F(x, p) = 0`, solved by a user's solver, differentiated by the implicit
//! function theorem.
//!
//! `∂x/∂p = −(∂F/∂x)⁻¹·∂F/∂p`, which needs no derivative of the solver, and no step of it on the tape: in reverse one linear
//! solve with the transposed matrix. At numbers that carry derivatives these are corrected by Newton steps with the
//! matrix at the solution, `x ← x − J⁻¹F(x, p)`: each makes them right to one order more (Griewank & Walther, *Evaluating
//! Derivatives*, chapter 15). The value itself is the solver's at every number type, bit for bit: no step touches it.

use core::any::Any;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use wengert_ops::Real;
use wengert_tape::Var;
use wengert_tape::call::{
    CallError, CallWork, Callee, Cause, Cost, Forward, ForwardAt, Generic, Operation, Outcome, Results,
    Reverse, ReverseAt, cast, forward_generic, is_still, is_zero, reverse_generic, unknown, with_value,
};

use super::running::{compute, pull, run_for_pull, run_of, slots_for};
use crate::lu::{Factorized, Lu};
use crate::program::handle::Program;
use crate::run::SlotUse;

/// The solver of an equation `F(x, p) = 0`.
///
/// ```
/// use wengert::{Program, call::{Outcome, Solver, implicit}, gradient};
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
/// let root = implicit(Root, equation)?;
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

/// An equation with its solver.
pub(super) struct Implicit {
    solver: Arc<dyn Solver>,
    /// `(x, p) ↦ F(x, p)`.
    equation: Program,
    /// The solution is a linear function of so many of the last operands: where these are 0, so is the solution, whatever the
    /// others are. In an adjoint equation they are `x̄`; of a user's equation none is known to be so.
    linear: usize,
    /// Its adjoint, made where it is asked for.
    adjoint: OnceLock<Callee>,
}

/// The solution `x(p)` of an equation: `equation` is the program of `(x, p) ↦ F(x, p)`, the unknowns first, as many as it
/// has outputs. The operation takes `p` and gives `x`, with derivatives of every order.
///
/// # Errors
/// [`CallError::Operands`] where the equation has fewer inputs than outputs, [`CallError::Impure`].
pub fn implicit(solver: impl Solver, equation: Program) -> Result<Callee, CallError> {
    of_equation(Arc::new(solver), equation, 0)
}

fn of_equation(solver: Arc<dyn Solver>, equation: Program, linear: usize) -> Result<Callee, CallError> {
    let (expected, found) = (equation.outputs(), equation.inputs());
    if found < expected {
        return Err(CallError::Operands { name: solver.name().into(), expected, found });
    }
    let made = Callee::new(Implicit { solver, equation, linear, adjoint: OnceLock::new() });
    made.takes(made.inputs())?;
    Ok(made)
}

impl Implicit {
    /// Unknowns.
    fn unknowns(&self) -> usize {
        self.equation.outputs()
    }

    /// The equation as an operation, by the name that it has in dumps of derivative programs.
    fn residual(&self) -> Callee {
        self.equation.named(&format!("{}:equation", self.solver.name()), self.solver.version())
    }

    /// The adjoint of the equation: `λ(x, p, x̄)` with `(∂F/∂x)ᵀ·λ = x̄`, itself given by an equation. It is one operation,
    /// so that passes find equal calls of it.
    fn adjoint_equation(&self) -> Result<Callee, CallError> {
        if let Some(made) = self.adjoint.get() {
            return Ok(made.clone());
        }
        // Where two threads are at it, the first one's is everybody's.
        let made = self.make_adjoint()?;
        Ok(self.adjoint.get_or_init(|| made).clone())
    }

    fn make_adjoint(&self) -> Result<Callee, CallError> {
        let (n, of) = (self.unknowns(), self.residual());
        let vjp = Operation::adjoint(&*self.equation, &of)?.callee;
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
        let solver = AdjointSolver {
            name: format!("{}:adjoint", self.solver.name()),
            of: Self {
                solver: Arc::clone(&self.solver),
                equation: self.equation.clone(),
                linear: self.linear,
                adjoint: OnceLock::new(),
            },
        };
        of_equation(Arc::new(solver), equation, n)
    }

    fn failed(&self, why: Box<dyn core::error::Error + Send + Sync>) -> CallError {
        CallError::failed(self.solver.name(), why)
    }

    /// `∂F/∂x` at a point `(x, p)`, ready to be solved with.
    fn factorize(&self, at: &[f64], work: &mut CallWork<f64>) -> Result<Box<dyn Factorized>, CallError> {
        let n = self.unknowns();
        let run = run_of(&self.equation, SlotUse::ByNode, work);
        self.equation.forward_for_inputs(run, at)?;
        let (mut matrix, mut unit, mut row) = (Vec::with_capacity(n * n), vec![0.0; n], vec![0.0; at.len()]);
        for k in 0..n {
            unit[k] = 1.0;
            self.equation.gradient_of(run, &unit, &mut row)?;
            unit[k] = 0.0;
            matrix.extend_from_slice(&row[..n]);
        }
        self.solver.factorize(&matrix).map_err(|why| self.failed(why))
    }

    /// The inverse of the matrix, or of its transpose, at any number type.
    fn inverse<T: Real>(&self, matrix: &dyn Factorized, transposed: bool) -> Inverse<T> {
        let n = self.unknowns();
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

    /// Newton steps that bring the derivatives of `x` from 0 to what they are, and leave its values alone.
    fn correct<T: Real>(
        &self,
        p: &[T],
        x: &mut [T],
        primals: &[f64],
        work: &mut CallWork<T>,
    ) -> Result<(), CallError> {
        let n = x.len();
        let values: Vec<f64> = x.iter().map(|x| x.primal()).collect();
        let at: Vec<f64> = values.iter().chain(primals).copied().collect();
        let matrix = self.factorize(&at, work.memory().of(0))?;
        let inverse = self.inverse::<T>(&*matrix, false);
        let mut operands: Vec<T> = x.iter().chain(p).copied().collect();
        let mut residual = vec![T::lit(0.0); n];
        for _ in 0..T::ORDER {
            let run = run_of(&self.equation, slots_for::<T>(None), work);
            let loss = compute(&self.equation, None, &operands, &mut residual, run, None)?;
            work.take_on(loss);
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

    /// A call of the adjoint equation, and one of the derivative of `F`.
    fn record(&self, p: &[Var], x: &[Var], gx: &[Var], gp: &mut [Var]) -> Result<(), CallError> {
        let (adjoint, vjp) =
            (self.adjoint_equation()?, Operation::adjoint(&*self.equation, &self.residual())?.callee);
        let at: Vec<Var> = x.iter().chain(p).copied().collect();
        for (gx, gp) in gx.chunks_exact(x.len()).zip(gp.chunks_exact_mut(p.len())) {
            let mut operands = at.clone();
            operands.extend(gx);
            let lambda: Results = adjoint.call_again(&operands);
            operands.truncate(at.len());
            operands.extend(lambda);
            let products: Results = vjp.call_again(&operands);
            gp.iter_mut().zip(&products[x.len()..]).for_each(|(gp, g)| *gp = -*g);
        }
        Ok(())
    }
}

impl Operation for Implicit {
    fn name(&self) -> Cow<'_, str> {
        self.solver.name().into()
    }
    fn version(&self) -> u32 {
        self.solver.version()
    }
    fn inputs(&self) -> usize {
        self.equation.inputs() - self.unknowns()
    }
    fn outputs(&self) -> usize {
        self.unknowns()
    }
    fn forward(&self, of: &Callee, call: ForwardAt<'_>) -> Result<(), CallError> {
        forward_generic(self, of, call)
    }
    fn reverse(&self, of: &Callee, call: ReverseAt<'_>) -> Result<(), CallError> {
        reverse_generic(self, of, call)
    }
    fn record_reverse(
        &self,
        _: &Callee,
        p: &[Var],
        x: &[Var],
        gx: &[Var],
        gp: &mut [Var],
    ) -> Option<Result<(), CallError>> {
        Some(self.record(p, x, gx, gp))
    }
    fn part(&self, _: &Callee, part: &str) -> Option<Callee> {
        match part {
            "equation" => Some(self.residual()),
            "adjoint" => self.adjoint_equation().ok(),
            _ => None,
        }
    }
    fn check(&self, of: &Callee) -> Result<(), CallError> {
        Operation::check(&*self.equation, of)
    }
    fn cost(&self) -> Cost {
        Cost::of_equation()
    }
    fn is(&self, other: &dyn Operation) -> bool {
        (other as &dyn Any).downcast_ref::<Self>().is_some_and(|other| {
            Arc::as_ptr(&self.solver).addr() == Arc::as_ptr(&other.solver).addr()
                && self.equation.is(&other.equation)
        })
    }
}

impl Generic for Implicit {
    fn forward_at<T: Real>(&self, _: &Callee, call: Forward<'_, T>) -> Result<(), CallError> {
        let Forward { x: p, y: x, work } = call;
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
            work.lose(why);
            return Ok(());
        }
        x.iter_mut().zip(&at).for_each(|(x, value)| *x = T::lit(*value));
        if p.iter().all(|p| is_still(*p)) {
            return Ok(());
        }
        if let Err(why) = self.correct(p, x, &primals, work) {
            x.iter_mut().zip(at).for_each(|(x, value)| *x = unknown(value));
            work.lose(why);
        }
        Ok(())
    }

    /// `p̄ = −(∂F/∂p)ᵀ·λ` with `(∂F/∂x)ᵀ·λ = x̄`.
    fn reverse_at<T: Real>(&self, _: &Callee, call: Reverse<'_, T>) -> Result<(), CallError> {
        let Reverse { x: p, y: x, gy: gx, gx: gp, work } = call;
        let n = x.len();
        let at: Vec<T> = x.iter().chain(p).copied().collect();
        let primals: Vec<f64> = at.iter().map(|x| x.primal()).collect();
        let matrix = self.factorize(&primals, work.memory().of(0))?;
        let inverse =
            if cast::<T, f64>(x[0]).is_some() { None } else { Some(self.inverse::<T>(&*matrix, true)) };
        let run = run_of(&self.equation, SlotUse::ByNode, work);
        run_for_pull(&self.equation, &at, run)?;
        let mut slopes = at.clone();
        for (gx, gp) in gx.chunks_exact(n).zip(gp.chunks_exact_mut(p.len())) {
            let mut lambda = vec![T::lit(0.0); n];
            match &inverse {
                None => {
                    let mut b: Vec<f64> = gx.iter().filter_map(|g| cast(*g)).collect();
                    matrix.solve_transposed(&mut b);
                    lambda.iter_mut().zip(b).for_each(|(lambda, b)| *lambda = T::lit(b));
                }
                Some(inverse) => inverse.add(gx, &mut lambda),
            }
            pull(&self.equation, &at, &lambda, &mut slopes, run)?;
            for _ in 0..T::ORDER {
                let residual: Vec<T> = gx.iter().zip(&slopes).map(|(g, product)| *g - *product).collect();
                if let Some(inverse) = &inverse {
                    inverse.add(&residual, &mut lambda);
                }
                pull(&self.equation, &at, &lambda, &mut slopes, run)?;
            }
            gp.iter_mut().zip(&slopes[n..]).for_each(|(gp, g)| *gp = -*g);
        }
        let loss = run.numbers.calls.state_mut().take_loss();
        work.take_on(loss);
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
struct AdjointSolver {
    name: String,
    of: Implicit,
}

impl Solver for AdjointSolver {
    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> u32 {
        self.of.solver.version()
    }

    /// Solves for the operands `(x, p, x̄)`.
    fn solve(&self, operands: &[f64], lambda: &mut [f64]) -> Outcome {
        let (at, g) = operands.split_at(self.of.equation.inputs());
        let matrix = self.of.factorize(at, &mut CallWork::default())?;
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
        let n = self.of.unknowns();
        let transposed: Vec<f64> = (0..n * n).map(|k| matrix[(k % n) * n + k / n]).collect();
        Ok(Box::new(Transposed(self.of.solver.factorize(&transposed)?)))
    }
}
