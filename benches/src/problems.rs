//! What is differentiated. Each problem is one generic function: read at `f64` it is the primal, at `Var` the
//! recording.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wengert::Scalar;

/// A function Rⁿ → R with a point to take its gradient at.
pub trait Problem {
    /// The name in tables.
    fn name(&self) -> String;
    /// The point.
    fn point(&self) -> &[f64];
    /// Scalar operations in one evaluation; an n-ary dot counts its multiplications and additions.
    fn operations(&self) -> usize;
    /// The function.
    fn eval<T: Scalar>(&self, x: &[T]) -> T;
}

/// `Σ 100·(xₖ₊₁ − xₖ²)² + (1 − xₖ)²`.
pub struct Rosenbrock(Vec<f64>);

impl Rosenbrock {
    /// With `n` inputs.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Self(uniform(n, -1.0, 1.0))
    }
}

impl Problem for Rosenbrock {
    fn name(&self) -> String {
        format!("rosenbrock {}", power(self.0.len()))
    }
    fn point(&self) -> &[f64] {
        &self.0
    }
    fn operations(&self) -> usize {
        8 * (self.0.len() - 1)
    }
    #[inline]
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let mut sum = T::lit(0.0);
        for pair in x.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let t = b - a * a;
            let u = T::lit(1.0) - a;
            sum = sum + (T::lit(100.0) * t * t + u * u);
        }
        sum
    }
}

/// [`Rosenbrock`] with a call for each operation, none of which the compiler may inline: what code costs that is
/// spread over many functions.
pub struct Called(pub Rosenbrock);

impl Problem for Called {
    fn name(&self) -> String {
        format!("{}, calls", self.0.name())
    }
    fn point(&self) -> &[f64] {
        self.0.point()
    }
    fn operations(&self) -> usize {
        self.0.operations()
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        #[inline(never)]
        fn add<T: Scalar>(a: T, b: T) -> T {
            a + b
        }
        #[inline(never)]
        fn sub<T: Scalar>(a: T, b: T) -> T {
            a - b
        }
        #[inline(never)]
        fn mul<T: Scalar>(a: T, b: T) -> T {
            a * b
        }
        let mut sum = T::lit(0.0);
        for pair in x.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let t = sub(b, mul(a, a));
            let u = sub(T::lit(1.0), a);
            sum = add(sum, add(mul(mul(T::lit(100.0), t), t), mul(u, u)));
        }
        sum
    }
}

/// `x ← sin(x)·a + b`, over and over: one long chain.
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
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let (mut y, a, b) = (x[0], x[1], x[2]);
        for _ in 0..self.links {
            y = y.sin() * a + b;
        }
        y
    }
}

/// A random graph of mixed operations.
pub struct RandomGraph {
    point: Vec<f64>,
    steps: Vec<(u8, u32, u32)>,
    local: bool,
}

impl RandomGraph {
    /// With so many steps of one to three operations; operands are drawn from the last 64 results, or from
    /// all.
    #[must_use]
    pub fn new(steps: usize, local: bool) -> Self {
        let inputs = 64;
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let steps = (0..steps)
            .map(|k| {
                let len = inputs + k;
                let from = if local { len.saturating_sub(64) } else { 0 };
                let draw = |rng: &mut ChaCha8Rng| rng.random_range(from..len) as u32;
                (rng.random_range(0..8u8), draw(&mut rng), draw(&mut rng))
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
        let of_step = |op: u8| match op {
            0..=5 => 1,
            6 => 3,
            _ => 2,
        };
        self.steps.iter().map(|(op, ..)| of_step(*op)).sum()
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let mut v = Vec::with_capacity(x.len() + self.steps.len());
        v.extend_from_slice(x);
        for &(op, a, b) in &self.steps {
            let (a, b) = (v[a as usize], v[b as usize]);
            v.push(match op {
                0 => a + b,
                1 => a - b,
                2 => a * b,
                3 => a * T::lit(0.5),
                4 => a.max(b),
                5 => a.tanh(),
                6 => a / (T::lit(2.0) + b * b),
                _ => a.abs().sqrt(),
            });
        }
        v[v.len() - 1]
    }
}

/// A dense network 64-64-10 with tanh and softmax cross-entropy, its layers by n-ary dots.
pub struct Network(Vec<f64>, Vec<f64>);

impl Network {
    const IN: usize = 64;
    const HIDDEN: usize = 64;
    const OUT: usize = 10;

    /// With random weights and one random sample.
    #[must_use]
    pub fn new() -> Self {
        let weights = (Self::IN + 1) * Self::HIDDEN + (Self::HIDDEN + 1) * Self::OUT;
        Self(uniform(weights, -0.2, 0.2), uniform(Self::IN, 0.0, 1.0))
    }
}

impl Default for Network {
    fn default() -> Self {
        Self::new()
    }
}

impl Problem for Network {
    fn name(&self) -> String {
        "network 64-64-10, dots".into()
    }
    fn point(&self) -> &[f64] {
        &self.0
    }
    fn operations(&self) -> usize {
        2 * (Self::IN * Self::HIDDEN + Self::HIDDEN * Self::OUT) + 2 * Self::HIDDEN + 4 * Self::OUT
    }
    fn eval<T: Scalar>(&self, w: &[T]) -> T {
        let layer = |w: &[T], b: &[T], x: &[T], f: fn(T) -> T| -> Vec<T> {
            w.chunks_exact(x.len()).zip(b).map(|(row, b)| f(T::dot(row, x) + *b)).collect()
        };
        let (w1, rest) = w.split_at(Self::IN * Self::HIDDEN);
        let (b1, rest) = rest.split_at(Self::HIDDEN);
        let (w2, b2) = rest.split_at(Self::HIDDEN * Self::OUT);
        let x: Vec<T> = self.1.iter().map(|x| T::lit(*x)).collect();
        let hidden = layer(w1, b1, &x, |v| v.tanh());
        let scores = layer(w2, b2, &hidden, |v| v);
        T::logsumexp(&scores) - scores[3]
    }
}

fn uniform(n: usize, low: f64, high: f64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(42);
    (0..n).map(|_| rng.random_range(low..high)).collect()
}

/// `10⁶` for a million.
fn power(n: usize) -> String {
    let exponent = n.ilog10();
    if n == 10_usize.pow(exponent) { format!("1e{exponent}") } else { n.to_string() }
}
