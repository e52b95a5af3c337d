//! What is differentiated. Each problem is one generic function: read at `f64` it is the primal, at `Var` the
//! recording, and at another tool's number what that tool does.
//!
//! Points are away from kinks, ties and poles, where tools may rightly differ.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::arithmetic::Arithmetic;

mod band;
mod rosenbrock;
mod chains;
mod random;
mod network;
mod monte_carlo;
mod bodies;
mod heat;
mod matrices;
mod logsumexp;

pub use band::Band;
pub use bodies::Bodies;
pub use chains::{Product, SinChain};
pub use heat::Heat;
pub use logsumexp::LogSumExp;
pub use matrices::{Determinant, MatrixProduct};
pub use monte_carlo::MonteCarlo;
pub use network::{Layers, Network};
pub use random::RandomGraph;
pub use rosenbrock::{Called, Rosenbrock};

/// A function Rⁿ → R with a point to take its gradient at.
pub trait Problem {
    /// The name in tables.
    fn name(&self) -> String;
    /// The point.
    fn point(&self) -> &[f64];
    /// Scalar operations in one evaluation; an n-ary dot counts its multiplications and additions.
    fn operations(&self) -> usize;
    /// The function.
    fn eval<A: Arithmetic>(&self, x: &[A::Number]) -> A::Number;
}

/// Numbers drawn evenly from a range, the same each time.
fn uniform(n: usize, low: f64, high: f64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(42);
    (0..n).map(|_| rng.random_range(low..high)).collect()
}

/// `1e6` for a million.
fn power(n: usize) -> String {
    let exponent = n.ilog10();
    if n == 10_usize.pow(exponent) { format!("1e{exponent}") } else { n.to_string() }
}
