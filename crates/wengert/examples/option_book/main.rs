//! A book of options by Monte Carlo: prices and all sensitivities of a million paths, each with its confidence interval, beside
//! the closed forms where there are any; and why a barrier must be smoothed before it is differentiated path by path.
//!
//! ```text
//! cargo run --release --example option_book [directory]
//! ```
//!
//! Draws `option_book.svg` into the directory, `out/option_book` where none is given. `contracts.rs` has the contracts,
//! `closed.rs` the closed forms, `picture.rs` the picture.

mod contracts;
mod closed;
mod picture;

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs};

use indicatif::{ProgressBar, ProgressStyle};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wengert::Batch;
use wengert::batch::{By, Rows};

use contracts::{ASSETS, DATES, barrier, basket, european};

const PATHS: usize = 1_000_000;
/// Paths in memory at a time.
const BLOCK: usize = 1 << 16;
/// Spot, volatility, rate, years.
const MARKET: [f64; 4] = [100.0, 0.2, 0.03, 1.0];
const GREEKS: [&str; 5] = ["price", "delta", "vega", "rho", "by time"];

/// A mean over paths, and its standard error.
#[derive(Clone, Copy, Default)]
struct Estimate {
    mean: f64,
    error: f64,
}

/// Standard normal numbers, by Box and Muller.
fn normals(rng: &mut ChaCha8Rng, count: usize) -> Vec<f64> {
    let pair = |rng: &mut ChaCha8Rng| {
        let (u, v): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
        let (sin, cos) = (2.0 * std::f64::consts::PI * v).sin_cos();
        let r = (-2.0 * u.ln()).sqrt();
        [r * cos, r * sin]
    };
    (0..count.div_ceil(2)).flat_map(|_| pair(rng)).take(count).collect()
}

/// Price and sensitivities of a contract: the means over paths of the path's payoff and of its gradient.
fn estimate(
    name: &str,
    contract: &mut Batch<'_>,
    market: &[f64],
    width: usize,
    paths: usize,
) -> Result<Vec<Estimate>, Box<dyn Error>> {
    let style = ProgressStyle::with_template("{msg:<22} {bar:30} {human_pos} of {human_len} paths")?;
    let bar = ProgressBar::new(paths as u64).with_style(style).with_message(name.to_owned());
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut sums = vec![[0.0; 2]; 1 + market.len()];
    let mut done = 0;
    while done < paths {
        let count = BLOCK.min(paths - done);
        let normals = normals(&mut rng, count * width);
        let (payoffs, gradients) = contract.gradients(market, &Rows::new(&normals, width), By::Shared)?;
        for (payoff, gradient) in payoffs.iter().zip(gradients.chunks_exact(market.len())) {
            for ([sum, squares], x) in sums.iter_mut().zip([payoff].into_iter().chain(gradient)) {
                *sum += x;
                *squares += x * x;
            }
        }
        done += count;
        bar.inc(count as u64);
    }
    bar.finish_and_clear();
    let n = paths as f64;
    Ok(sums
        .into_iter()
        .map(|[sum, squares]| {
            let mean = sum / n;
            Estimate { mean, error: ((squares / n - mean * mean) / n).sqrt() }
        })
        .collect())
}

/// One line a number: what was found, its interval, and what is true. How many standard errors the furthest is off.
fn table(name: &str, found: &[Estimate], truth: Option<&[f64]>, seconds: f64) -> f64 {
    println!(
        "\n{name}, {seconds:.2} s\n{:<10} {:>11} {:>24} {:>12}",
        "", "found", "95 % interval", "closed form"
    );
    let mut far = 0.0_f64;
    for (k, (greek, Estimate { mean, error })) in GREEKS.iter().zip(found).enumerate() {
        let (low, high) = (mean - 1.96 * error, mean + 1.96 * error);
        print!("{greek:<10} {mean:>11.5} {:>24}", format!("{low:.5} … {high:.5}"));
        if let Some(truth) = truth {
            far = far.max((mean - truth[k]).abs() / error);
            print!(" {:>12.5}", truth[k]);
        }
        println!();
    }
    far
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args().nth(1).map_or_else(|| PathBuf::from("out/option_book"), PathBuf::from);
    let mut far = 0.0_f64;

    let start = Instant::now();
    let mut call = Batch::new(|m, z| european(m, z[0]));
    let found = estimate("European call", &mut call, &MARKET, 1, PATHS)?;
    let truth = closed::european(&MARKET)?;
    far = far.max(table("European call, strike 100", &found, Some(&truth), start.elapsed().as_secs_f64()));
    let european_found = (found, truth);

    let start = Instant::now();
    let mut call = Batch::new(basket);
    let found = estimate("basket", &mut call, &MARKET, 1 + ASSETS, PATHS)?;
    let truth = closed::basket(&MARKET)?;
    let name = format!("call on the geometric mean of {ASSETS} assets, correlation 1/2");
    far = far.max(table(&name, &found, Some(&truth), start.elapsed().as_secs_f64()));

    let start = Instant::now();
    let mut call = Batch::new(|m, z| barrier(m, z, true));
    let found = estimate("barrier, smoothed", &mut call, &MARKET, DATES, PATHS)?;
    let name = format!("up-and-out call, barrier 130 at {DATES} dates, smoothed");
    table(&name, &found, None, start.elapsed().as_secs_f64());

    let curves = deltas()?;
    fs::create_dir_all(&directory)?;
    let path = directory.join("option_book.svg");
    picture::draw(&path, &european_found, &curves)?;
    println!("\n{}", path.display());
    if far > 4.0 {
        return Err(format!("a number is {far:.1} standard errors from its closed form").into());
    }
    Ok(())
}

/// The delta of the barrier option by spot: by differences of prices; path by path with the barrier as it is; and smoothed.
struct Deltas {
    spots: Vec<f64>,
    by_differences: Vec<f64>,
    hard: Vec<f64>,
    smoothed: Vec<f64>,
}

fn deltas() -> Result<Deltas, Box<dyn Error>> {
    const FEW: usize = 100_000;
    let spots: Vec<f64> = (0..=16).map(|k| 80.0 + 3.0 * f64::from(k)).collect();
    let mut curves = Deltas { spots: spots.clone(), by_differences: vec![], hard: vec![], smoothed: vec![] };
    // A path that meets the barrier pays 0, and one that does not pays as if there were none: the closure branches, and paths
    // of both kinds are run among themselves.
    let mut hard = Batch::new(|m, z| barrier(m, z, false));
    let mut soft = Batch::new(|m, z| barrier(m, z, true));
    for spot in spots {
        let at = |spot: f64| [spot, MARKET[1], MARKET[2], MARKET[3]];
        let price = |batch: &mut Batch<'_>, spot: f64| {
            estimate("barrier", batch, &at(spot), DATES, FEW).map(|found| found[0].mean)
        };
        let h = 0.5;
        curves.by_differences.push((price(&mut hard, spot + h)? - price(&mut hard, spot - h)?) / (2.0 * h));
        curves.hard.push(estimate("barrier", &mut hard, &at(spot), DATES, FEW)?[1].mean);
        curves.smoothed.push(estimate("barrier", &mut soft, &at(spot), DATES, FEW)?[1].mean);
    }
    let off = |found: &[f64]| {
        found.iter().zip(&curves.by_differences).map(|(a, b)| (a - b).abs()).fold(0.0_f64, f64::max)
    };
    println!(
        "\nThe barrier's delta, path by path, is off the prices' own slope by up to {:.3} where the barrier is hard, and by\n\
         up to {:.3} where it is smoothed. A path does not cross the barrier as long as it is moved by nothing, so that its\n\
         own slope knows nothing of the paths that would; prices do. Each path's derivative is right, and the mean of the\n\
         derivatives is not the derivative of the mean.\n\n{}",
        off(&curves.hard),
        off(&curves.smoothed),
        hard.report()
    );
    Ok(curves)
}
