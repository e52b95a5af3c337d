//! A function at many rows: the plain loop at `f64`, and a batch's values, gradient and what else it gives, on one thread; in
//! times of the plain loop, the least of many.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin batch
//! ```

use std::time::Duration;

use rand::RngExt;
use rand::distr::StandardUniform;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use wengert::batch::{By, InstructionSet, Precision, Rows};
use wengert::{Batch, Scalar};
use wengert_benches::timing::Times;

/// A function of shared inputs and a row: what is the same in all rows is prepared first.
trait RowProblem: Sync {
    fn name(&self) -> String;
    fn shared(&self) -> Vec<f64>;
    fn width(&self) -> usize;
    fn rows(&self) -> usize;
    fn prepare<T: Scalar>(&self, shared: &[T]) -> Vec<T>;
    fn row<T: Scalar>(&self, prepared: &[T], row: &[T]) -> T;
}

fn numbers(n: usize, seed: u64) -> Vec<f64> {
    let rng = ChaCha8Rng::seed_from_u64(seed);
    rng.sample_iter::<f64, _>(StandardUniform).take(n).map(|x| 2.0 * x - 1.0).collect()
}

/// The log likelihood of a mixture of `k` Gaussians in `d` dimensions.
struct Mixture {
    d: usize,
    k: usize,
    rows: usize,
}

impl RowProblem for Mixture {
    fn name(&self) -> String {
        format!("mixture {}_{}, {} points", self.d, self.k, self.rows)
    }
    fn shared(&self) -> Vec<f64> {
        numbers(self.k * (1 + 2 * self.d + self.d * (self.d - 1) / 2), 1)
    }
    fn width(&self) -> usize {
        self.d
    }
    fn rows(&self) -> usize {
        self.rows
    }
    fn prepare<T: Scalar>(&self, shared: &[T]) -> Vec<T> {
        let (d, below) = (self.d, self.d * (self.d - 1) / 2);
        let (alpha, rest) = shared.split_at(self.k);
        let (mu, rest) = rest.split_at(self.k * d);
        let (q, l) = rest.split_at(self.k * d);
        let mut components = Vec::new();
        for k in 0..self.k {
            let (q, l) = (&q[k * d..][..d], &l[k * below..][..below]);
            components.extend_from_slice(&mu[k * d..][..d]);
            for row in 0..d {
                components.extend((0..row).map(|c| l[c * (2 * d - c - 1) / 2 + row - c - 1]));
                components.push(q[row].exp());
            }
            components.push(alpha[k] + wengert::linear::sum(q));
        }
        components
    }
    fn row<T: Scalar>(&self, components: &[T], x: &[T]) -> T {
        let d = self.d;
        let stride = d + d * (d + 1) / 2 + 1;
        let (mut difference, mut scaled) = (vec![T::lit(0.0); d], vec![T::lit(0.0); d]);
        let mut beta = Vec::with_capacity(self.k);
        for component in components.chunks_exact(stride) {
            let (mean, rest) = component.split_at(d);
            let (mut factor, weight) = rest.split_at(rest.len() - 1);
            for ((difference, x), mean) in difference.iter_mut().zip(x).zip(mean) {
                *difference = *x - *mean;
            }
            for (j, scaled) in scaled.iter_mut().enumerate() {
                let (row, after) = factor.split_at(j + 1);
                *scaled = T::dot(row, &difference[..=j]);
                factor = after;
            }
            beta.push(weight[0] - T::lit(0.5) * T::sum_squares(&scaled));
        }
        T::logsumexp(&beta)
    }
}

/// A European call by Monte Carlo: rows are the normal numbers of a path.
struct OptionPaths {
    steps: usize,
    rows: usize,
}

impl RowProblem for OptionPaths {
    fn name(&self) -> String {
        format!("option, {} steps, {} paths", self.steps, self.rows)
    }
    fn shared(&self) -> Vec<f64> {
        vec![100.0, 0.2, 0.03]
    }
    fn width(&self) -> usize {
        self.steps
    }
    fn rows(&self) -> usize {
        self.rows
    }
    fn prepare<T: Scalar>(&self, shared: &[T]) -> Vec<T> {
        shared.to_vec()
    }
    fn row<T: Scalar>(&self, shared: &[T], row: &[T]) -> T {
        let [spot, volatility, rate] = [shared[0], shared[1], shared[2]];
        let dt = T::lit(1.0 / self.steps as f64);
        let drift = (rate - T::lit(0.5) * volatility * volatility) * dt;
        let spread = volatility * dt.sqrt();
        let mut s = spot;
        for z in row {
            s *= (drift + spread * *z).exp();
        }
        (s - T::lit(100.0)).max(T::lit(0.0)) * (-rate).exp()
    }
}

/// The loss of a logistic regression: features, and the label behind them.
struct Logistic {
    features: usize,
    rows: usize,
}

impl RowProblem for Logistic {
    fn name(&self) -> String {
        format!("logistic, {} × {}", self.rows, self.features)
    }
    fn shared(&self) -> Vec<f64> {
        numbers(self.features + 1, 2)
    }
    fn width(&self) -> usize {
        self.features + 1
    }
    fn rows(&self) -> usize {
        self.rows
    }
    fn prepare<T: Scalar>(&self, shared: &[T]) -> Vec<T> {
        shared.to_vec()
    }
    fn row<T: Scalar>(&self, w: &[T], row: &[T]) -> T {
        let (label, x) = row.split_last().unwrap_or((&row[0], &[]));
        let z = T::dot(&w[..x.len()], x) + w[x.len()];
        z.softplus() - *label * z
    }
}

/// Arithmetic alone: turns of the plane, again and again.
struct Arithmetic {
    rounds: usize,
    rows: usize,
}

impl RowProblem for Arithmetic {
    fn name(&self) -> String {
        format!("arithmetic, {} operations", 6 * self.rounds)
    }
    fn shared(&self) -> Vec<f64> {
        vec![0.8, 0.6]
    }
    fn width(&self) -> usize {
        2
    }
    fn rows(&self) -> usize {
        self.rows
    }
    fn prepare<T: Scalar>(&self, shared: &[T]) -> Vec<T> {
        shared.to_vec()
    }
    fn row<T: Scalar>(&self, w: &[T], row: &[T]) -> T {
        let (mut x, mut y) = (row[0], row[1]);
        for _ in 0..self.rounds {
            let next = w[0] * x - w[1] * y;
            y = w[1] * x + w[0] * y;
            x = next;
        }
        x + y
    }
}

fn line<P: RowProblem>(problem: &P) {
    // One problem alone, by a part of its name.
    if std::env::args().nth(1).is_some_and(|part| !problem.name().contains(&part)) {
        return;
    }
    let (shared, data) = (problem.shared(), numbers(problem.width() * problem.rows(), 3));
    let rows = Rows::new(&data, problem.width());
    let plain = least(|| {
        let prepared = problem.prepare(&shared);
        data.chunks_exact(problem.width()).map(|row| problem.row(&prepared, row)).sum()
    });
    print!("{:<32} {:>10.1}", problem.name(), plain * 1e6);
    for set in InstructionSet::available() {
        let mut batch =
            Batch::new(|w, x| problem.row(&problem.prepare(w), x)).on_one_thread().with_instructions(set);
        let mut y = vec![0.0; problem.rows()];
        let values = least(|| batch.values_into(&shared, &rows, &mut y).map_or(f64::NAN, |()| y[0]));
        let mut gradient = vec![0.0; shared.len()];
        let one = least(|| batch.gradient_into(&shared, &rows, &mut gradient).unwrap_or(f64::NAN));
        print!(" {:>8.2} {:>8.2}", values / plain, one / plain);
        if set == InstructionSet::best() {
            let mut fast = Batch::new(|w, x| problem.row(&problem.prepare(w), x));
            fast = fast.on_one_thread().precision(Precision::Fast);
            let values = least(|| fast.values_into(&shared, &rows, &mut y).map_or(f64::NAN, |()| y[0]));
            let quick = least(|| fast.gradient_into(&shared, &rows, &mut gradient).unwrap_or(f64::NAN));
            print!(" {:>8.2} {:>8.2}", values / plain, quick / plain);
            let few = problem.width() <= 64;
            let by_row = few.then(|| {
                let mut own = vec![0.0; data.len()];
                let mut run = || {
                    batch
                        .gradients_into(&shared, &rows, By::Row, &mut y, &mut own)
                        .map_or(f64::NAN, |()| own[0])
                };
                least(&mut run)
            });
            print!(" {:>8.2}", by_row.unwrap_or(f64::NAN) / plain);
            let mut batch = Batch::new(|w, x| problem.row(&problem.prepare(w), x));
            let all = least(|| batch.gradient_into(&shared, &rows, &mut gradient).unwrap_or(f64::NAN));
            print!(" {:>8.2}", one / all);
            let trace = &batch.report().traces[0];
            print!("   {} steps, {} slots, {} wide", trace.steps, trace.slots, trace.width);
        }
    }
    println!();
}

fn main() {
    print!("{:<32} {:>10}", "", "plain, µs");
    for set in InstructionSet::available() {
        print!(" {:>17}", format!("{set:?}"));
    }
    println!(" {:>17}", "the same, fast");
    println!(
        "{:<32} {:>10} values, gradient by shared inputs for each; gradients by row; threads gain",
        "", ""
    );
    line(&Mixture { d: 10, k: 5, rows: 1_000 });
    line(&Mixture { d: 20, k: 5, rows: 1_000 });
    line(&OptionPaths { steps: 52, rows: 1_024 });
    line(&Logistic { features: 30, rows: 100_000 });
    line(&Arithmetic { rounds: 100, rows: 1_024 });
    line(&Mixture { d: 64, k: 25, rows: 1_000 });
}

/// The least of many times of a call, in seconds.
fn least(f: impl FnMut() -> f64) -> f64 {
    let mut times = Times::default();
    times.sample(5, Duration::from_millis(400), f);
    times.least()
}
