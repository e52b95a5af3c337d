//! A call option by simulation.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::arithmetic::Arithmetic;
use crate::problems::{Problem, power};

/// The Black–Scholes price of a European call, the mean of `max(S − K, 0)` over paths that a seed fixes; gradient by
/// spot, strike, volatility, rate and time.
pub struct MonteCarlo {
    point: Vec<f64>,
    normals: Vec<f64>,
}

impl MonteCarlo {
    /// By so many paths.
    #[must_use]
    pub fn new(paths: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        // By Box and Muller.
        let mut normal = || {
            let (radius, angle) = (rng.random_range(f64::EPSILON..1.0), rng.random_range(0.0..1.0));
            (-2.0 * f64::ln(radius)).sqrt() * (std::f64::consts::TAU * angle).cos()
        };
        let normals = (0..paths).map(|_| normal()).collect();
        Self { point: vec![100.0, 105.0, 0.2, 0.03, 1.5], normals }
    }
}

impl Problem for MonteCarlo {
    fn name(&self) -> String {
        format!("black-scholes {}", power(self.normals.len()))
    }
    fn point(&self) -> &[f64] {
        &self.point
    }
    fn operations(&self) -> usize {
        7 * self.normals.len() + 10
    }
    fn eval<A: Arithmetic>(&self, x: &[A::Number]) -> A::Number {
        let (spot, strike, volatility, rate, time) = (x[0], x[1], x[2], x[3], x[4]);
        let drift = (rate - volatility * volatility * 0.5) * time;
        let spread = volatility * A::sqrt(time);
        let payoff = |z: f64| {
            let end = spot * A::exp(spread * z + drift);
            A::max_with(end - strike, 0.0)
        };
        let mut sum = payoff(self.normals[0]);
        for z in &self.normals[1..] {
            sum = sum + payoff(*z);
        }
        sum * (1.0 / self.normals.len() as f64) * A::exp(rate * time * -1.0)
    }
}
