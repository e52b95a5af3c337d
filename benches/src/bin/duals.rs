//! Dual numbers of one to eight tangents in a user's function, which the compiler sees whole: nanoseconds an evaluation, the
//! least of many. What is put into a function of its own in the arithmetic of duals shows here.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin duals
//! ```

use std::hint::black_box;

use wengert::{Dual, Scalar};
use wengert_benches::timing::least;

/// A call option by Black and Scholes, with a logistic curve for the normal distribution.
fn option<T: Scalar>([spot, strike, rate, volatility, time]: [T; 5]) -> T {
    let width = volatility * time.sqrt();
    let upper = ((spot / strike).ln() + (rate + volatility * volatility * 0.5) * time) / width;
    let distribution = |x: T| ((x * -1.7).exp() + 1.0).recip();
    spot * distribution(upper) - strike * (-rate * time).exp() * distribution(upper - width)
}

/// Products and quotients, each of what the one before gave.
fn quotients<T: Scalar>(x: [T; 5]) -> T {
    (0..40).fold(x[0], |s, k| s * x[k % 5] + x[(k + 1) % 5] / (s * s + 1.0))
}

fn line<const N: usize>()
where
    Dual<f64, N>: Scalar,
{
    let x: [Dual<f64, N>; 5] = std::array::from_fn(|k| {
        let value = 1.0 + 0.1 * k as f64;
        Dual::along(value, k).unwrap_or(Dual::constant(value))
    });
    let nanoseconds =
        [least(|| option(black_box(x)).tangent[0]), least(|| quotients(black_box(x)).tangent[0])]
            .map(|seconds| seconds * 1e9);
    println!("{N:>8} {:>8.1} {:>10.1}", nanoseconds[0], nanoseconds[1]);
}

fn main() {
    println!("tangents   option  quotients");
    line::<1>();
    line::<2>();
    line::<3>();
    line::<4>();
    line::<5>();
    line::<8>();
}
