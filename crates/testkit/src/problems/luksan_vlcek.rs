//! Scalable problems with constraints from L. Lukšan and J. Vlček, *Sparse and partially separable test problems for
//! unconstrained and equality constrained optimization* (Report 767, Institute of Computer Science, Prague, 1999), by their
//! numbers there, in the form that the examples of the solver IPOPT give them; with the numbers of nonzeros that these state.

use wengert::Scalar;

/// Minimise `f(x)` where `c(x) = 0`, with what is known of the derivatives' patterns.
pub trait Constrained {
    /// What it is called.
    fn name(&self) -> String;
    /// The standard starting point.
    fn point(&self) -> Vec<f64>;
    /// The objective, then the constraints.
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T>;
    /// Nonzeros of the constraints' Jacobian.
    fn jacobian_nonzeros(&self) -> usize;
    /// Nonzeros of the lower triangle of the Lagrangian's Hessian.
    fn hessian_nonzeros(&self) -> usize;
}

/// `Σ term(j)`, one after the other.
fn sum<T: Scalar>(terms: usize, term: impl Fn(usize) -> T) -> T {
    (1..terms).fold(term(0), |sum, j| sum + term(j))
}

/// A point that repeats.
fn cycle(n: usize, period: &[f64]) -> Vec<f64> {
    (0..n).map(|k| period[k % period.len()]).collect()
}

/// (5.1) The chained Rosenbrock function with trigonometric-exponential constraints, of `n ≥ 3` variables.
pub struct ChainedRosenbrock(pub usize);

impl Constrained for ChainedRosenbrock {
    fn name(&self) -> String {
        format!("Lukšan–Vlček 5.1, {} variables", self.0)
    }
    fn point(&self) -> Vec<f64> {
        cycle(self.0, &[-1.2, 1.0])
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        let c = |c| T::lit(c);
        let objective =
            sum(self.0 - 1, |i| c(100.0) * (x[i].square() - x[i + 1]).square() + (x[i] - c(1.0)).square());
        let constraint = |x: &[T]| {
            c(3.0) * x[1].powi(3) + c(2.0) * x[2] - c(5.0)
                + (x[1] - x[2]).sin() * (x[1] + x[2]).sin()
                + c(4.0) * x[1]
                - x[0] * (x[0] - x[1]).exp()
                - c(3.0)
        };
        core::iter::once(objective).chain(x.windows(3).map(constraint)).collect()
    }
    fn jacobian_nonzeros(&self) -> usize {
        3 * (self.0 - 2)
    }
    fn hessian_nonzeros(&self) -> usize {
        2 * self.0 - 1
    }
}

/// (5.2) The chained Wood function with Broyden banded constraints, of `n ≥ 16` variables, an even number.
pub struct ChainedWood(pub usize);

impl Constrained for ChainedWood {
    fn name(&self) -> String {
        format!("Lukšan–Vlček 5.2, {} variables", self.0)
    }
    fn point(&self) -> Vec<f64> {
        cycle(self.0, &[-2.0, 1.0])
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        let c = |c| T::lit(c);
        let objective = sum(self.0 / 2 - 1, |j| {
            let x = &x[2 * j..2 * j + 4];
            c(100.0) * (x[0].square() - x[1]).square()
                + (x[0] - c(1.0)).square()
                + c(90.0) * (x[2].square() - x[3]).square()
                + (x[2] - c(1.0)).square()
                + c(10.0) * (x[1] + x[3] - c(2.0)).square()
                + c(0.1) * (x[1] - x[3]).square()
        });
        let constraint = |i: usize| {
            let band = &x[i.saturating_sub(5)..i + 2];
            let own = (c(2.0) + c(5.0) * x[i + 5].square()) * x[i + 5] + c(1.0);
            own + sum(band.len(), |k| band[k] * (band[k] + c(1.0)))
        };
        core::iter::once(objective).chain((0..self.0 - 9).map(constraint)).collect()
    }
    fn jacobian_nonzeros(&self) -> usize {
        25 + 8 * (self.0 - 9 - 5)
    }
    fn hessian_nonzeros(&self) -> usize {
        self.0 + (self.0 - 2) + 1
    }
}

/// (5.3) The chained Powell singular function with simplified trigonometric-exponential constraints, of `n ≥ 8` variables, a
/// multiple of 4.
pub struct ChainedPowell(pub usize);

impl Constrained for ChainedPowell {
    fn name(&self) -> String {
        format!("Lukšan–Vlček 5.3, {} variables", self.0)
    }
    fn point(&self) -> Vec<f64> {
        cycle(self.0, &[3.0, -1.0, 0.0, 1.0])
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> Vec<T> {
        let c = |c| T::lit(c);
        let n = self.0;
        let objective = sum(n / 2 - 1, |j| {
            let x = &x[2 * j..2 * j + 4];
            (x[0] + c(10.0) * x[1]).square()
                + c(5.0) * (x[2] - x[3]).square()
                + (x[1] - c(2.0) * x[2]).powi(4)
                + c(10.0) * (x[0] - x[3]).powi(4)
        });
        let first =
            c(3.0) * x[0].powi(3) + c(2.0) * x[1] - c(5.0) + (x[0] - x[1]).sin() * (x[0] + x[1]).sin();
        let last = c(4.0) * x[n - 3] - x[n - 4] * (x[n - 4] - x[n - 3]).exp() - c(3.0);
        vec![objective, first, last]
    }
    fn jacobian_nonzeros(&self) -> usize {
        4
    }
    fn hessian_nonzeros(&self) -> usize {
        5 * (self.0 - 2) / 2 + 3
    }
}
