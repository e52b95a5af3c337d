//! Fits a spectrum of 100,000 points, two lines on a slope, by least squares: Gauss–Newton steps, and the standard errors of all
//! eight numbers. `JᵀJ` and `Jᵀr` come out of one pass over the points; no row of `J` is ever stored.
//!
//! ```text
//! cargo run --release --example fit [directory]
//! ```
//!
//! Draws `fit.svg` into the directory, `out/fit` where none is given. `picture.rs` is the picture.

mod picture;

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wengert::batch::Rows;
use wengert::call::{Factorized, Lu};
use wengert::{Batch, Scalar};

const POINTS: usize = 100_000;
const NOISE: f64 = 0.4;
const NAMES: [&str; 8] =
    ["background", "slope", "height 1", "place 1", "width 1", "height 2", "place 2", "width 2"];
/// What made the points, which the fit is not told.
const TRUTH: [f64; 8] = [2.0, -0.1, 5.0, 3.2, 0.45, 3.0, 4.6, 0.8];

/// The curve at a place: the same code for numbers that record and for plain ones.
fn curve<T: Scalar>(w: &[T], x: T) -> T {
    let line = |w: &[T]| {
        let t = (x - w[1]) / w[2];
        w[0] * (T::lit(-0.5) * t * t).exp()
    };
    w[0] + w[1] * x + line(&w[2..5]) + line(&w[5..8])
}

/// Points of the curve with normal noise: place and reading of each.
fn measured() -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let point = |k: usize| {
        let x = 10.0 * k as f64 / POINTS as f64;
        // Box and Muller's way to a normal number.
        let (u, v): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
        let normal = (-2.0 * u.ln()).sqrt() * (2.0 * std::f64::consts::PI * v).cos();
        [x, curve(&TRUTH, x) + NOISE * normal]
    };
    (0..POINTS).flat_map(point).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args().nth(1).map_or_else(|| PathBuf::from("out/fit"), PathBuf::from);
    let points = measured();
    let rows = Rows::new(&points, 2);
    let mut residual = Batch::new(|w, row| curve(w, row[0]) - row[1]);

    println!("{POINTS} points, {} unknowns\n\nstep   half the sum of squares   damping", NAMES.len());
    let start = Instant::now();
    let guess = [1.0, 0.0, 3.0, 2.8, 0.6, 2.0, 5.2, 0.6];
    let (mut w, mut damping) = (guess.to_vec(), 1e-3);
    let (mut half, mut gradient, mut square) = residual.gauss_newton(&w, &rows)?;
    for step in 0..50 {
        println!("{step:>4}   {half:>23.4}   {damping:.0e}");
        let next = damped_step(&w, &gradient, &square, damping)?;
        let found = residual.gauss_newton(&next, &rows)?;
        if found.0 > half {
            damping *= 10.0;
            continue;
        }
        let gained = half - found.0;
        (w, damping) = (next, damping / 10.0);
        (half, gradient, square) = found;
        if gained <= 1e-10 * half {
            break;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("\n{}\n\nin {seconds:.2} s", residual.report());

    let noise = (2.0 * half / (POINTS - NAMES.len()) as f64).sqrt();
    println!(
        "\nnoise {noise:.4}, of {NOISE}\n\n{:<12} {:>9} {:>14} {:>9} {:>18}",
        "", "found", "standard error", "truth", "standard errors off"
    );
    let errors = standard_errors(&square, noise)?;
    let mut far = 0.0_f64;
    for (k, name) in NAMES.iter().enumerate() {
        let off = (w[k] - TRUTH[k]) / errors[k];
        far = far.max(off.abs());
        println!("{name:<12} {:>9.4} {:>14.5} {:>9.2} {off:>18.2}", w[k], errors[k], TRUTH[k]);
    }
    fs::create_dir_all(&directory)?;
    let path = directory.join("fit.svg");
    picture::draw(&path, &points, &guess, &w, noise)?;
    println!("\n{}", path.display());
    if far > 4.0 {
        return Err("the fit is further from the truth than its standard errors allow".into());
    }
    Ok(())
}

/// Levenberg's step: as Gauss and Newton's, with the diagonal of `JᵀJ` made larger.
fn damped_step(
    w: &[f64],
    gradient: &[f64],
    square: &[f64],
    damping: f64,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let n = w.len();
    let mut matrix = square.to_vec();
    (0..n).for_each(|k| matrix[k * n + k] *= 1.0 + damping);
    let mut step = gradient.to_vec();
    Lu::new(&matrix)?.solve(&mut step);
    Ok(w.iter().zip(step).map(|(w, step)| w - step).collect())
}

/// The roots of the diagonal of `(JᵀJ)⁻¹`, times the noise.
fn standard_errors(square: &[f64], noise: f64) -> Result<Vec<f64>, Box<dyn Error>> {
    let n = NAMES.len();
    let factors = Lu::new(square)?;
    let error = |k: usize| {
        let mut unit = vec![0.0; n];
        unit[k] = 1.0;
        factors.solve(&mut unit);
        noise * unit[k].sqrt()
    };
    Ok((0..n).map(error).collect())
}
