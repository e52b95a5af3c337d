//! One function at many rows: the gradient of a European option's price over simulated paths, by each tool, and by wengert's
//! batches; in times of the plain function at `f64`, on one thread, the least of many.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml --bin rows [--features xad]
//! ```

use std::time::Duration;

use wengert::batch::{Precision, Rows};
use wengert::{Batch, Scalar};
use wengert_benches::arithmetic::Plain;
use wengert_benches::timing::Times;
use wengert_benches::{Arithmetic, Problem};
use wengert_peers::tools;

const STEPS: usize = 52;
const PATHS: usize = 1024;
const STRIKE: f64 = 100.0;

/// All paths, one after another, by spot, volatility and rate.
struct Paths {
    point: [f64; 3],
    normals: Vec<f64>,
}

impl Problem for Paths {
    fn name(&self) -> String {
        format!("option, {STEPS} steps, {PATHS} paths")
    }
    fn point(&self) -> &[f64] {
        &self.point
    }
    fn operations(&self) -> usize {
        PATHS * (4 * STEPS + 3)
    }
    fn eval<A: Arithmetic>(&self, x: &[A::Number]) -> A::Number {
        let [spot, volatility, rate] = [x[0], x[1], x[2]];
        let dt = 1.0 / STEPS as f64;
        let drift = (rate - volatility * volatility * 0.5) * dt;
        let spread = volatility * dt.sqrt();
        let discount = A::exp(rate * -1.0);
        let payoff = |z: &[f64]| {
            let last = z.iter().fold(spot, |s, z| s * A::exp(drift + spread * *z));
            A::max_with(last - STRIKE, 0.0) * discount
        };
        let paths = self.normals.chunks_exact(STEPS);
        paths.map(payoff).reduce(|sum, y| sum + y).unwrap_or(discount)
    }
}

/// One path, at wengert's numbers.
fn path<T: Scalar>(market: &[T], z: &[T]) -> T {
    let [spot, volatility, rate] = [market[0], market[1], market[2]];
    let dt = T::lit(1.0 / STEPS as f64);
    let drift = (rate - volatility * volatility * T::lit(0.5)) * dt;
    let spread = volatility * dt.sqrt();
    let last = z.iter().fold(spot, |s, z| s * (drift + spread * *z).exp());
    (last - T::lit(STRIKE)).max(T::lit(0.0)) * (-rate).exp()
}

fn least(run: impl FnMut() -> f64) -> f64 {
    let mut times = Times::default();
    times.sample(5, Duration::from_millis(300), run);
    times.least() * 1e6
}

fn main() {
    let normals = (0..STEPS * PATHS).map(|k| ((k as f64 * 0.618).fract() - 0.5) * 3.0).collect();
    let problem = Paths { point: [100.0, 0.2, 0.03], normals };
    let plain = least(|| problem.eval::<Plain>(&problem.point));
    println!("{}: the value at f64 {plain:.0} µs; gradients, and how many times that", problem.name());
    let line = |name: &str, time: f64| println!("{name:<28} {time:>9.0} µs {:>7.2}", time / plain);
    for (name, precision) in [("wengert, Batch", Precision::Exact), ("wengert, Batch, fast", Precision::Fast)]
    {
        let mut batch = Batch::new(|market, z| path(market, z)).on_one_thread().precision(precision);
        let (rows, mut gradient) = (Rows::new(&problem.normals, STEPS), [0.0; 3]);
        line(name, least(|| batch.gradient_into(&problem.point, &rows, &mut gradient).unwrap_or(f64::NAN)));
    }
    for candidate in tools::all::<Paths>() {
        let mut gradient = [0.0; 3];
        match (candidate.prepare)(&problem) {
            Ok(mut run) => line(candidate.name, least(|| run.gradient(&mut gradient))),
            Err(absent) => println!("{:<28} {absent}", candidate.name),
        }
    }
}
