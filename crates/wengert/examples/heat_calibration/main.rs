//! Finds how well a rod conducts heat, at every place along it, from seven thermometers: a model of 100,000 time steps
//! is fitted to what they read, with gradients through all of its steps, in a few hundred kilobytes.
//!
//! ```text
//! cargo run --release --example heat_calibration [directory]
//! ```
//!
//! Draws `heat_calibration.svg` into the directory, `out/heat_calibration` where none is given. `rod.rs` is the model,
//! `minimise.rs` the method that looks for the best fit, `picture.rs` the picture.

mod rod;
mod minimise;
mod picture;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs};

use indicatif::{ProgressBar, ProgressStyle};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wengert::checkpoint::{CheckpointReport, TimeStep, checkpointed};
use wengert::{Recorder, Var, vjp};

use minimise::{Point, minimise};
use rod::{CELLS, ERROR, EVERY, KNOTS, ROOM, Rod, STEPS, THERMOMETERS};

/// States that are kept of the 100,000.
const SNAPSHOTS: usize = 30;
/// What the first guess says everywhere, in mm²/s.
const GUESS: f64 = 40.0;
/// Neighbouring knots differ by a factor of e^(±½), about: what is believed before anything is read. It decides where the
/// readings do not.
const ROUGHNESS: f64 = 0.5;
/// The fit must come so near to the truth, on average along the rod.
const REQUIRED: f64 = 0.05;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args().nth(1).map_or_else(|| PathBuf::from("out/heat_calibration"), PathBuf::from);
    println!(
        "A rod of a metre is warmed and cooled at both ends for 14 hours. {} thermometers are read every {} s, to within \
         {ERROR} °C. How well does the rod conduct, and where?\n\n\
         The model: {CELLS} cells, {STEPS} steps of {} s. Its unknowns: the diffusivity at {KNOTS} places.",
        THERMOMETERS.len(),
        EVERY as f64 * rod::DT,
        rod::DT,
    );
    let (rod, truth) = experiment();
    compare_memory(&rod, &truth)?;

    let start = Instant::now();
    let guess = vec![GUESS.ln(); KNOTS];
    let (found, history, report) = calibrate(&rod, &guess)?;
    let diffusivity = rod::diffusivity(&found.x);
    println!(
        "{} gradients in {:.1} s, each by {} evaluated and {} recorded steps, in {} kB with {} snapshots",
        history.len(),
        start.elapsed().as_secs_f64(),
        report.advances,
        report.recorded,
        report.bytes / 1000,
        report.snapshots,
    );
    if let Some(bytes) = most_memory() {
        println!("the most memory that the whole program has held: {:.0} MB", bytes / 1e6);
    }

    let off = |a: &[f64]| {
        let relative = |(a, b): (&f64, &f64)| (a / b).ln().abs();
        a.iter().zip(&truth).map(relative).sum::<f64>() / truth.len() as f64
    };
    let (before, after) = (off(&rod::diffusivity(&guess)), off(&diffusivity));
    println!(
        "off the truth, on average along the rod: {:.0} % at first, {:.1} % now",
        1e2 * before,
        1e2 * after
    );
    draw(&directory, &rod, &truth, &guess, &found.x)?;
    if after > REQUIRED {
        return Err(format!(
            "the fit is {:.1} % off, and was expected within {:.0} %",
            1e2 * after,
            1e2 * REQUIRED
        )
        .into());
    }
    Ok(())
}

/// What the thermometers read, made with the true diffusivity and with errors; and that diffusivity, which the fit is not
/// told.
fn experiment() -> (Rod, Vec<f64>) {
    let truth: Vec<f64> = (0..rod::INTERFACES).map(|i| rod::truth(rod::position(i))).collect();
    let mut rod = Rod { readings: Vec::new() };
    let mut readings = rod::simulate(&rod, &rod::parameters(&truth));
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for reading in readings.iter_mut().flatten() {
        // A sum of twelve has the variance 1, and is nearly normal.
        *reading += ERROR * (0..12).map(|_| rng.random_range(-0.5..0.5)).sum::<f64>();
    }
    rod.readings = readings;
    (rod, truth)
}

/// Says what a tape of all steps would take: a step's, so many times.
fn compare_memory(rod: &Rod, truth: &[f64]) -> Result<(), Box<dyn Error>> {
    let mut recorder = Recorder::new();
    let next = recorder.record(|s| {
        let (u, a) = (s.inputs([ROOM; CELLS].as_slice()), s.inputs(truth));
        let mut next = u.clone();
        rod.step(1, &u, &a, &mut next).map(|()| next)
    })??;
    recorder.reverse(next[CELLS - 1])?;
    let all = recorder.bytes() as f64 * STEPS as f64;
    println!(
        "A tape of all steps would take {:.1} GB. With {SNAPSHOTS} states kept, it takes one step's.\n",
        all / 1e9
    );
    Ok(())
}

/// Fits the model; what it found, the misfit after each gradient, and what one gradient took.
fn calibrate(rod: &Rod, guess: &[f64]) -> Result<(Point, Vec<f64>, CheckpointReport), Box<dyn Error>> {
    let style = ProgressStyle::with_template("{spinner} {pos:>3} gradients {elapsed_precise}  {msg}")?;
    let bar = ProgressBar::new_spinner().with_style(style);
    let mut history = Vec::new();
    let mut report = CheckpointReport::default();
    let mut evaluate = |knots: &[f64]| {
        let (point, took) = misfit(rod, knots)?;
        bar.inc(1);
        history.push(point.value);
        report = took;
        Ok::<_, Box<dyn Error>>(point)
    };
    let first = evaluate(guess)?;
    let found = minimise(first, 0.05, evaluate, |best| bar.set_message(format!("misfit {:.1}", best.value)))?;
    bar.finish();
    let readings = (rod.readings.len() * THERMOMETERS.len()) as f64;
    println!(
        "misfit {:.0} at first, {:.0} now; {:.0} is what errors of {ERROR} °C in {readings} readings come to",
        history.first().copied().unwrap_or_default(),
        found.value,
        readings / 2.0,
    );
    Ok((found, history, report))
}

/// The misfit and its gradient by the knots: through all time steps by `checkpointed`, which gives it by the model's
/// parameters, and from those to the knots by a vjp.
fn misfit(rod: &Rod, knots: &[f64]) -> Result<(Point, CheckpointReport), Box<dyn Error>> {
    let parameters = rod::parameters(&rod::diffusivity(knots));
    let through =
        checkpointed(STEPS, SNAPSHOTS, &[ROOM; CELLS], &parameters, rod, |_, _| Var::constant(0.0))?;
    let (_, mut gradient) = vjp(knots, |knots| rod::field(&knots), &through.by_params)?;
    let (roughness, by_knots) = wengert::gradient(knots, |knots| {
        let differences: Vec<Var> = knots.windows(2).map(|k| (k[1] - k[0]) / ROUGHNESS).collect();
        Var::sum_squares(&differences) * 0.5
    })?;
    gradient.iter_mut().zip(by_knots).for_each(|(g, by_knot)| *g += by_knot);
    Ok((Point { x: knots.to_vec(), value: through.value + roughness, gradient }, through.report))
}

fn draw(
    directory: &Path,
    rod: &Rod,
    truth: &[f64],
    guess: &[f64],
    found: &[f64],
) -> Result<(), Box<dyn Error>> {
    let [at_first, now] = [guess, found].map(|knots| {
        let diffusivity = rod::diffusivity(knots);
        picture::Model { readings: rod::simulate(rod, &rod::parameters(&diffusivity)), diffusivity }
    });
    fs::create_dir_all(directory).map_err(|why| format!("cannot write to {}: {why}", directory.display()))?;
    let path = directory.join("heat_calibration.svg");
    picture::draw(&path, truth, &rod.readings, &at_first, &now)?;
    println!("\n{}  the diffusivity along the rod: the truth, the first guess, and the fit", path.display());
    Ok(())
}

/// The most bytes of memory that this process has held so far, where the system says so.
fn most_memory() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok().map(|kilobytes| 1024.0 * kilobytes)
}
