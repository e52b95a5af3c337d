//! Least squares, `‖A·x − b‖²`, with a matrix and a right side that are fixed: as data, as constants, and as plain code at
//! `f64`; the least of many times.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin data
//! ```

use std::time::Duration;

use wengert::{Program, Recorder, Scalar, Session, Var, Work, linear};
use wengert_benches::timing::Times;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    println!(
        "{:<12} {:>9} {:>9} {:>17} {:>17} {:>17} {:>17} {:>17}",
        "m × n", "value", "gradient", "constants", "data", "constants again", "data again", "H·v again"
    );
    println!("{:<12} {:>9} {:>9} {:>17}", "", "µs", "by hand", "µs, and times the plain value");
    for (m, n) in [(1_000, 10), (1_000, 50), (1_000, 200), (100, 1_000)] {
        line(m, n)?;
    }
    Ok(())
}

/// A matrix of so many rows and columns, a right side, and a point.
struct Problem {
    a: Vec<f64>,
    b: Vec<f64>,
    x: Vec<f64>,
}

impl Problem {
    fn new(m: usize, n: usize) -> Self {
        let numbers = |count: usize, step: f64| (0..count).map(|k| (k as f64 * step).sin()).collect();
        Self { a: numbers(m * n, 0.37), b: numbers(m, 0.91), x: numbers(n, 0.53) }
    }

    /// The plain loop.
    fn value(&self) -> f64 {
        let rows = self.a.chunks_exact(self.x.len()).zip(&self.b);
        rows.map(|(row, b)| {
            let r = row.iter().zip(&self.x).map(|(a, x)| a * x).sum::<f64>() - b;
            r * r
        })
        .sum()
    }

    /// The gradient by hand.
    fn gradient(&self, gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let mut value = 0.0;
        for (row, b) in self.a.chunks_exact(self.x.len()).zip(&self.b) {
            let r = row.iter().zip(&self.x).map(|(a, x)| a * x).sum::<f64>() - b;
            value += r * r;
            for (slope, a) in gradient.iter_mut().zip(row) {
                *slope += 2.0 * r * a;
            }
        }
        value
    }

    fn of_data<T: Scalar>(&self, x: &[T], y: &mut Vec<T>) -> T {
        linear::weighted_sums_into(&self.a, x, y);
        linear::distance_squared_to(y, &self.b)
    }
}

/// The same with constants, which are made once.
fn of_constants(x: &[Var], a: &[Var], b: &[Var], y: &mut Vec<Var>) -> Var {
    linear::matrix_vector_into(a, x, y);
    linear::distance_squared(y, b)
}

fn line(m: usize, n: usize) -> Outcome {
    let problem = Problem::new(m, n);
    let Problem { a, b, x } = &problem;
    let constants = |numbers: &[f64]| numbers.iter().map(|c| Var::constant(*c)).collect::<Vec<_>>();
    let (a, b) = (constants(a), constants(b));
    let mut y = Vec::new();
    let programs = [
        Program::record(x, |x| vec![of_constants(x, &a, &b, &mut Vec::new())])?,
        Program::record(x, |x| vec![problem.of_data(x, &mut Vec::new())])?,
    ];
    let mut gradients = [vec![0.0; n], vec![0.0; n], vec![0.0; n], vec![0.0; n], vec![0.0; n]];
    let mut product = vec![0.0; n];
    let mut recorders = [Recorder::new(), Recorder::new()];
    let mut work = [Work::new(), Work::new()];
    let mut second = Work::new();
    let mut least = [f64::INFINITY; 7];
    for _ in 0..6 {
        let [by_hand, first, other, again, data_again] = &mut gradients;
        let mut anew = |k: usize, gradient: &mut Vec<f64>, f: &mut dyn FnMut(&Session<'_>, &[Var]) -> Var| {
            let recorder = &mut recorders[k];
            seconds(|| {
                let Ok(f) = recorder.record(|s| {
                    let x = s.inputs(x.as_slice());
                    f(s, &x)
                }) else {
                    return f64::NAN;
                };
                let Ok(adjoints) = recorder.reverse(f) else { return f64::NAN };
                gradient.clear();
                gradient.extend(adjoints.inputs());
                f.value()
            })
        };
        let times = [
            seconds(|| problem.value()),
            seconds(|| problem.gradient(by_hand)),
            anew(0, first, &mut |_, x| of_constants(x, &a, &b, &mut y)),
            anew(1, other, &mut |_, x| problem.of_data(x, &mut y)),
            seconds(|| programs[0].gradient_into(&mut work[0], x, again).unwrap_or(f64::NAN)),
            seconds(|| programs[1].gradient_into(&mut work[1], x, data_again).unwrap_or(f64::NAN)),
            seconds(|| programs[1].hvp_into(&mut second, x, x, data_again, &mut product).unwrap_or(f64::NAN)),
        ];
        for (least, time) in least.iter_mut().zip(times) {
            *least = least.min(time);
        }
    }
    for gradient in &gradients[1..] {
        let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-9 * (1.0 + a.abs());
        assert!(gradient.len() == n && gradients[0].iter().zip(gradient).all(close), "gradients differ");
    }
    print!("{:<12} {:>9.2} {:>9.2}", format!("{m} × {n}"), least[0] * 1e6, least[1] * 1e6);
    for time in &least[2..] {
        print!(" {:>9.2} {:>7.2}", time * 1e6, time / least[0]);
    }
    println!();
    Ok(())
}

/// The least of many times of a call, in seconds.
fn seconds(f: impl FnMut() -> f64) -> f64 {
    let mut times = Times::default();
    times.sample(5, Duration::from_millis(20), f);
    times.least()
}
