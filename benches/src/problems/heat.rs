//! The heat equation in one dimension, in time.

use crate::arithmetic::{Arithmetic, chain};
use crate::problems::{Problem, uniform};

/// `u ← u + α·(u₋₁ − 2u + u₊₁)` on a ring of cells, step after step, then `Σ (u − ½)²`; gradient by the first state
/// and by `α`.
pub struct Heat {
    point: Vec<f64>,
    steps: usize,
}

impl Heat {
    /// With so many cells, three at least, and steps.
    #[must_use]
    pub fn new(cells: usize, steps: usize) -> Self {
        let mut point = uniform(cells, 0.0, 1.0);
        point.push(0.2);
        Self { point, steps }
    }
}

impl Problem for Heat {
    fn name(&self) -> String {
        format!("heat {}x{}", self.point.len() - 1, self.steps)
    }
    fn point(&self) -> &[f64] {
        &self.point
    }
    fn operations(&self) -> usize {
        let cells = self.point.len() - 1;
        5 * cells * self.steps + 3 * cells - 1
    }
    fn eval<A: Arithmetic>(&self, x: &[A::Number]) -> A::Number {
        let (first, alpha) = x.split_at(x.len() - 1);
        let (cells, alpha) = (first.len(), alpha[0]);
        let mut now = first.to_vec();
        let mut next = now.clone();
        for _ in 0..self.steps {
            let step = |left, u, right| u + alpha * (left - u * 2.0 + right);
            next[0] = step(now[cells - 1], now[0], now[1]);
            for k in 1..cells - 1 {
                next[k] = step(now[k - 1], now[k], now[k + 1]);
            }
            next[cells - 1] = step(now[cells - 2], now[cells - 1], now[0]);
            std::mem::swap(&mut now, &mut next);
        }
        chain(cells, |k| {
            let error = now[k] - 0.5;
            error * error
        })
    }
}
