//! Neighbours and their neighbours: a Hessian with a band of five.

use crate::arithmetic::Arithmetic;
use crate::problems::{Problem, power, uniform};

/// `Σ (xₖxₖ₊₁ − xₖ₊₂)² + xₖ₊₂·sin xₖ`.
pub struct Band(Vec<f64>);

impl Band {
    /// With `n` inputs, three at least.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Self(uniform(n, -1.0, 1.0))
    }
}

impl Problem for Band {
    fn name(&self) -> String {
        format!("band {}", power(self.0.len()))
    }
    fn point(&self) -> &[f64] {
        &self.0
    }
    fn operations(&self) -> usize {
        7 * (self.0.len() - 2) - 1
    }
    fn eval<A: Arithmetic>(&self, x: &[A::Number]) -> A::Number {
        let term = |a: A::Number, b: A::Number, c: A::Number| {
            let t = a * b - c;
            t * t + c * A::sin(a)
        };
        let mut sum = term(x[0], x[1], x[2]);
        for three in x[1..].windows(3) {
            sum = sum + term(three[0], three[1], three[2]);
        }
        sum
    }
}
