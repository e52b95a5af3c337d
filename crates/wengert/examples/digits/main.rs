//! Learns to read handwritten digits, twice: with a linear support vector machine, and with a network of two
//! layers. Every gradient comes from the tape.
//!
//! ```text
//! cargo run --release --example digits [directory]
//! ```
//!
//! The order to read in: [`model`] (the two models and their losses), [`train`], [`saliency`], [`tape`]. Results go
//! into the directory, `out/digits` unless one is given.

mod data;
mod model;
mod picture;
mod saliency;
mod tape;
mod train;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use wengert::{Parameters, Var, check_gradient};

use data::{CLASSES, Sample, Split};
use model::{Classifier, Linear, Network, objective};
use picture::{Column, Curve};
use saliency::saliency;
use train::{Plan, Trained, train};

/// Fixed, and of a generator whose numbers are the same on every machine: each run sees the same split.
const SEED: u64 = 1998;
const TEST_FRACTION: f64 = 0.2;

const LINEAR: &str = "linear SVM";
const NETWORK: &str = "two-layer network";
/// The test accuracies below which something must be broken.
const REQUIRED: [f64; 2] = [0.94, 0.96];

fn main() -> ExitCode {
    let directory = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("out/digits"), PathBuf::from);
    match run(&directory) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("digits: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(directory: &Path) -> Result<(), Box<dyn Error>> {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let split = data::stratified_split(&data::load()?, TEST_FRACTION, &mut rng);
    println!(
        "{} images to learn from, {} to test with\n{}\n",
        split.train.len(),
        split.test.len(),
        data::SOURCE
    );

    let (linear, network) = (Linear::random(&mut rng), Network::random(&mut rng));
    println!("gradients against central differences:");
    check(LINEAR, &linear, &split)?;
    check(NETWORK, &network, &split)?;

    let linear = train(LINEAR, linear, &split, Plan { epochs: 30, rate: 0.02 }, &mut rng)?;
    let network = train(NETWORK, network, &split, Plan { epochs: 30, rate: 0.1 }, &mut rng)?;
    println!("\nmodel              parameters   epochs     time     loss   test accuracy");
    row(LINEAR, &linear);
    row(NETWORK, &network);

    write_results(directory, &linear, &network, &split)
        .map_err(|why| format!("cannot write to {}: {why}", directory.display()))?;
    require(LINEAR, linear.accuracy(), REQUIRED[0])?;
    require(NETWORK, network.accuracy(), REQUIRED[1])
}

/// Before a gradient is trusted for training, it is compared with what a gradient means: `f(x + h) ≈ f(x) + h·df/dx`.
fn check<M>(name: &str, model: &M, split: &Split) -> Result<(), Box<dyn Error>>
where
    M: Parameters,
    M::With<Var>: Classifier<Var>,
{
    let row = split.train[0].row().map(Var::constant);
    let report =
        check_gradient(model, |model| objective(&model, &row)).map_err(|why| format!("{name}: {why}"))?;
    let furthest = report.coordinates.iter().map(|c| (c.analytic - c.numeric).abs()).fold(0.0, f64::max);
    println!("  {name:18} {:>5} derivatives, each within {furthest:.0e}", report.coordinates.len());
    Ok(())
}

fn row<M: Parameters>(name: &str, trained: &Trained<M>) {
    let parameters = trained.model.flatten().len();
    let (epochs, time) = (trained.history.len(), trained.time.as_secs_f64());
    let (loss, percent) = (trained.loss(), 100.0 * trained.accuracy());
    println!("{name:18} {parameters:>10} {epochs:>8} {time:>6.1} s {loss:>8.4} {percent:>13.2} %");
}

fn require(name: &str, accuracy: f64, required: f64) -> Result<(), Box<dyn Error>> {
    if accuracy >= required {
        return Ok(());
    }
    let (got, wanted) = (100.0 * accuracy, 100.0 * required);
    Err(format!("the {name} reads {got:.2} % of the test images, and at least {wanted:.0} % were expected")
        .into())
}

fn write_results(
    directory: &Path,
    linear: &Trained<Linear<f64>>,
    network: &Trained<Network<f64>>,
    split: &Split,
) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(directory)?;
    let [svg, text, dot] = ["digits.svg", "tape.txt", "tape.dot"].map(|name| directory.join(name));

    let mut columns = Vec::new();
    for sample in one_of_each(&split.test) {
        let saliency = [saliency(&linear.model, sample)?, saliency(&network.model, sample)?];
        columns.push(Column { image: sample.image, saliency });
    }
    let curves = [(LINEAR, &linear.history), (NETWORK, &network.history)];
    picture::draw(&svg, &curves.map(|(name, history)| Curve { name, history }), &columns)?;

    if let Some(sample) = hardest(&linear.model, &split.test) {
        tape::write(&linear.model, sample, &text, &dot)?;
    }
    println!("\n{}  training, and what the models look at", svg.display());
    println!("{}    the linear SVM's loss on one image: its tape, values and adjoints", text.display());
    println!("{}    the same as a circuit (dot -Tsvg {0} -o tape.svg)", dot.display());
    Ok(())
}

/// The first sample of each digit.
fn one_of_each(samples: &[Sample]) -> impl Iterator<Item = &Sample> {
    (0..CLASSES).filter_map(|digit| samples.iter().find(|sample| sample.digit == digit))
}

/// The sample with the largest loss, whose gradient has the most to say.
fn hardest<'a, M: Classifier<f64>>(model: &M, samples: &'a [Sample]) -> Option<&'a Sample> {
    let loss = |sample: &Sample| {
        let scores = model.scores(&sample.image);
        M::loss(&scores, scores[sample.digit])
    };
    samples.iter().max_by(|a, b| loss(a).total_cmp(&loss(b)))
}
