//! Functions with derivatives that somebody else has worked out: what every way to differentiate is held against.

pub mod least_squares;
pub mod curve_fits;
pub mod systems;
pub mod linear_algebra;
pub mod luksan_vlcek;

use wengert::Scalar;

/// A function Rⁿ → R with a point, and its value and gradient there, found by hand.
pub trait Known {
    /// What it is called where it comes from.
    fn name(&self) -> String;
    /// The point.
    fn point(&self) -> Vec<f64>;
    /// The function.
    fn eval<T: Scalar>(&self, x: &[T]) -> T;
    /// Value and gradient at any point, by formulas of their own.
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>);
}

/// Checks a value that is published to seven digits or so, by the function and by the formulas of its gradient.
#[cfg(test)]
fn at_start(problem: &impl Known, published: f64) {
    let x = problem.point();
    for found in [problem.eval(&x), problem.by_hand(&x).0] {
        let close = (found - published).abs() <= 1e-6 * published.abs();
        assert!(close, "{}: {found}, published {published}", problem.name());
    }
}

/// Something to be done with each of the problems.
pub trait ForEach {
    /// Does it.
    fn problem(&mut self, problem: &impl Known);
}

/// All problems, in order; gives their number.
pub fn all(each: &mut impl ForEach) -> usize {
    let mut count = 0;
    macro_rules! problems {
        ($($problem:expr),* $(,)?) => { $( each.problem(&$problem); count += 1; )* };
    }
    problems![
        least_squares::Rosenbrock,
        least_squares::Powell,
        least_squares::Wood,
        least_squares::Helical,
        least_squares::Beale,
        least_squares::BrownDennis,
        least_squares::Trigonometric(7),
        curve_fits::JennrichSampson,
        curve_fits::Bard,
        curve_fits::Gaussian,
        curve_fits::Meyer,
        curve_fits::BoxThree,
        curve_fits::KowalikOsborne,
        curve_fits::Biggs,
        systems::FreudensteinRoth,
        systems::PowellScaled,
        systems::BrownScaled,
        systems::Watson(6),
        systems::Penalty(4),
        systems::VariablyDimensioned(10),
        systems::AlmostLinear(10),
        systems::Tridiagonal(10),
        linear_algebra::Minors(4),
        linear_algebra::LeadingMinor(6),
        linear_algebra::Product(5),
        linear_algebra::RungeKutta,
        linear_algebra::Polynomial,
    ];
    count
}
