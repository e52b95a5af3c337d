//! The Rosenbrock function: additions and multiplications in one loop.

use crate::arithmetic::Arithmetic;
use crate::problems::{Problem, power, uniform};

/// `Σ 100·(xₖ₊₁ − xₖ²)² + (xₖ − 1)²`.
pub struct Rosenbrock(Vec<f64>);

impl Rosenbrock {
    /// With `n` inputs, two at least.
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
        8 * (self.0.len() - 1) - 1
    }
    #[inline]
    fn eval<A: Arithmetic>(&self, x: &[A::Number]) -> A::Number {
        let term = |a: A::Number, b: A::Number| {
            let t = b - a * a;
            let u = a - 1.0;
            t * t * 100.0 + u * u
        };
        let mut sum = term(x[0], x[1]);
        for pair in x[1..].windows(2) {
            sum = sum + term(pair[0], pair[1]);
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
    fn eval<A: Arithmetic>(&self, x: &[A::Number]) -> A::Number {
        #[inline(never)]
        fn add<A: Arithmetic>(a: A::Number, b: A::Number) -> A::Number {
            a + b
        }
        #[inline(never)]
        fn sub<A: Arithmetic>(a: A::Number, b: A::Number) -> A::Number {
            a - b
        }
        #[inline(never)]
        fn mul<A: Arithmetic>(a: A::Number, b: A::Number) -> A::Number {
            a * b
        }
        #[inline(never)]
        fn less<A: Arithmetic>(a: A::Number, c: f64) -> A::Number {
            a - c
        }
        #[inline(never)]
        fn times<A: Arithmetic>(a: A::Number, c: f64) -> A::Number {
            a * c
        }
        let term = |a, b| {
            let t = sub::<A>(b, mul::<A>(a, a));
            let u = less::<A>(a, 1.0);
            add::<A>(times::<A>(mul::<A>(t, t), 100.0), mul::<A>(u, u))
        };
        let mut sum = term(x[0], x[1]);
        for pair in x[1..].windows(2) {
            sum = add::<A>(sum, term(pair[0], pair[1]));
        }
        sum
    }
}
