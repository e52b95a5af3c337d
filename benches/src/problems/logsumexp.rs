//! One operation of very many operands.

use crate::arithmetic::Arithmetic;
use crate::problems::{Problem, power, uniform};

/// `ln Σ eˣ` of all inputs.
pub struct LogSumExp(Vec<f64>);

impl LogSumExp {
    /// Of `n` inputs.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Self(uniform(n, -5.0, 5.0))
    }
}

impl Problem for LogSumExp {
    fn name(&self) -> String {
        format!("logsumexp {}", power(self.0.len()))
    }
    fn point(&self) -> &[f64] {
        &self.0
    }
    /// A subtraction, an exponential and an addition an input.
    fn operations(&self) -> usize {
        3 * self.0.len() + 1
    }
    fn eval<A: Arithmetic>(&self, x: &[A::Number]) -> A::Number {
        A::logsumexp(x)
    }
}
