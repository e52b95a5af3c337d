//! A random graph of mixed operations.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::arithmetic::Arithmetic;
use crate::problems::{Problem, power, uniform};

/// A random graph of eight kinds of steps.
pub struct RandomGraph {
    point: Vec<f64>,
    steps: Vec<Step>,
    local: bool,
}

/// One to three operations on two results and a constant. The constant is a new one each time, so that no two results
/// are equal: at a tie of `max`, conventions differ.
struct Step {
    kind: u8,
    a: u32,
    b: u32,
    c: f64,
}

impl RandomGraph {
    /// With so many steps; operands are drawn from the last 64 results, or from all.
    #[must_use]
    pub fn new(steps: usize, local: bool) -> Self {
        let inputs = 64;
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let steps = (0..steps)
            .map(|k| {
                let len = inputs + k;
                let from = if local { len - 64 } else { 0 };
                let kind = rng.random_range(0..8u8);
                let a = rng.random_range(from..len) as u32;
                // Another one than `a`, each as likely.
                let b = rng.random_range(from..len - 1) as u32;
                let b = b + u32::from(b >= a);
                Step { kind, a, b, c: rng.random_range(0.25..0.75) }
            })
            .collect();
        Self { point: uniform(inputs, 0.5, 1.5), steps, local }
    }
}

impl Problem for RandomGraph {
    fn name(&self) -> String {
        format!("random {} {}", if self.local { "local" } else { "wide" }, power(self.steps.len()))
    }
    fn point(&self) -> &[f64] {
        &self.point
    }
    fn operations(&self) -> usize {
        let of_kind = |kind: u8| match kind {
            3 => 1,
            6 | 7 => 3,
            _ => 2,
        };
        self.steps.iter().map(|step| of_kind(step.kind)).sum()
    }
    fn eval<A: Arithmetic>(&self, x: &[A::Number]) -> A::Number {
        let mut v = Vec::with_capacity(x.len() + self.steps.len());
        v.extend_from_slice(x);
        for &Step { kind, a, b, c } in &self.steps {
            let (a, b) = (v[a as usize], v[b as usize]);
            v.push(match kind {
                0 => (a + b) * c,
                1 => a - b * c,
                2 => a * b - c,
                3 => a * c,
                4 => A::max(a, b) * c,
                5 => A::tanh(a) + c,
                6 => a / (b * b + (1.0 + c)),
                _ => A::sqrt(a * a + c),
            });
        }
        v[v.len() - 1]
    }
}
