//! Two chains, in which each operation waits for the one before.

use crate::arithmetic::Arithmetic;
use crate::problems::{Problem, power, uniform};

/// `x ← sin(x)·a + b`, over and over.
pub struct SinChain {
    point: Vec<f64>,
    links: usize,
}

impl SinChain {
    /// With so many links of three operations.
    #[must_use]
    pub fn new(links: usize) -> Self {
        Self { point: vec![0.3, 1.1, 0.4], links }
    }
}

impl Problem for SinChain {
    fn name(&self) -> String {
        format!("sin chain {}", power(3 * self.links))
    }
    fn point(&self) -> &[f64] {
        &self.point
    }
    fn operations(&self) -> usize {
        3 * self.links
    }
    #[inline]
    fn eval<A: Arithmetic>(&self, x: &[A::Number]) -> A::Number {
        let (mut y, a, b) = (x[0], x[1], x[2]);
        for _ in 0..self.links {
            y = A::sin(y) * a + b;
        }
        y
    }
}

/// Speelpenning's product, `x₁·x₂·…·xₙ`, by a loop of multiplications.
///
/// The classic case for reverse mode (Speelpenning, *Compiling Fast Partial Derivatives*, 1980): each of the `n`
/// partials is a product of `n − 1` factors, and all together cost twice the function.
pub struct Product(Vec<f64>);

impl Product {
    /// Of `n` factors; they are near 1, so that no partial overflows or vanishes.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Self(uniform(n, 0.9, 1.1))
    }
}

impl Problem for Product {
    fn name(&self) -> String {
        format!("product {}", power(self.0.len()))
    }
    fn point(&self) -> &[f64] {
        &self.0
    }
    fn operations(&self) -> usize {
        self.0.len() - 1
    }
    #[inline]
    fn eval<A: Arithmetic>(&self, x: &[A::Number]) -> A::Number {
        let mut product = x[0];
        for x in &x[1..] {
            product = product * *x;
        }
        product
    }
}
