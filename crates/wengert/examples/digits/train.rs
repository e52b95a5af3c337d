//! Training in mini-batches: a sample's objective is recorded once, and run over the samples of each batch side by side.

use std::error::Error;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use rand::Rng;
use rand::seq::SliceRandom;
use wengert::batch::Rows;
use wengert::{Batch, Parameters, Var};

use crate::data::{CLASSES, PIXELS, Sample, Split};
use crate::model::{Classifier, answer, objective};

/// Samples whose mean gradient makes one step.
const BATCH: usize = 32;

/// How long and how fast to train.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) epochs: usize,
    /// The first epoch's step size; it falls linearly to 0, so that the last steps settle.
    pub(crate) rate: f64,
}

/// What one pass through the training samples achieved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch {
    /// The mean of its batches' objectives.
    pub(crate) loss: f64,
    /// The fraction of the test samples answered rightly.
    pub(crate) accuracy: f64,
}

/// A trained model, and how it got there.
pub(crate) struct Trained<M> {
    pub(crate) model: M,
    pub(crate) history: Vec<Epoch>,
    pub(crate) time: Duration,
}

impl<M> Trained<M> {
    /// The objective in the last epoch.
    pub(crate) fn loss(&self) -> f64 {
        self.history.last().map_or(f64::NAN, |epoch| epoch.loss)
    }

    /// The test accuracy after the last epoch.
    pub(crate) fn accuracy(&self) -> f64 {
        self.history.last().map_or(0.0, |epoch| epoch.accuracy)
    }
}

/// Trains a model on one half of the split, and measures it on the other after each epoch.
pub(crate) fn train<M>(
    name: &'static str,
    mut model: M,
    split: &Split,
    plan: Plan,
    rng: &mut impl Rng,
) -> Result<Trained<M>, Box<dyn Error>>
where
    M: Parameters<With<f64> = M> + Classifier<f64> + Send + Sync,
    M::With<Var>: Classifier<Var>,
{
    let start = Instant::now();
    let bar = progress_bar(name, plan.epochs)?;
    // All samples stand in one table, of whose rows each mini-batch names some.
    let samples: Vec<f64> = split.train.iter().flat_map(Sample::row).collect();
    let mut order: Vec<u32> = (0..split.train.len() as u32).collect();
    let shape = model.restore(&model.flatten()).ok_or("a model has as many numbers as it has")?;
    let mut mean = Batch::new(move |parameters: &[Var], row: &[Var]| match shape.restore(parameters) {
        Some(model) => objective(&model, row),
        None => Var::constant(f64::NAN),
    })
    .mean();
    let mut momentum = Momentum::new(&model);
    let mut history = Vec::with_capacity(plan.epochs);

    for epoch in 0..plan.epochs {
        let rate = plan.rate * (1.0 - epoch as f64 / plan.epochs as f64);
        let mut total = 0.0;
        order.shuffle(rng);
        for batch in order.chunks(BATCH) {
            let rows = Rows::count(batch.len()).beside_named(&samples, PIXELS + CLASSES, batch);
            let (loss, gradient) = mean.gradient(&model.flatten(), &rows)?;
            model = momentum.step(&model, gradient.into_iter(), rate);
            total += loss * batch.len() as f64;
        }
        let done = Epoch { loss: total / order.len() as f64, accuracy: accuracy(&model, &split.test) };
        history.push(done);
        bar.set_message(format!("loss {:.4}, test accuracy {:.2} %", done.loss, 100.0 * done.accuracy));
        bar.inc(1);
    }
    bar.finish();
    Ok(Trained { model, history, time: start.elapsed() })
}

/// Gradient descent with momentum (Polyak 1964): the step is a running sum of gradients, in which each counts
/// 0.9 times as much as the one after it.
struct Momentum {
    /// One number a parameter, in their flat order.
    velocity: Vec<f64>,
}

impl Momentum {
    fn new(model: &impl Parameters) -> Self {
        Self { velocity: vec![0.0; model.flatten().len()] }
    }

    /// The model one step further: `v ← 0.9 v − rate·g`, `x ← x + v`.
    fn step<M>(&mut self, model: &M, mut gradient: impl Iterator<Item = f64>, rate: f64) -> M
    where
        M: Parameters<With<f64> = M>,
    {
        let mut velocity = self.velocity.iter_mut();
        model.map_numbers(&mut |x| match (velocity.next(), gradient.next()) {
            (Some(v), Some(g)) => {
                *v = 0.9 * *v - rate * g;
                x + *v
            }
            _ => x,
        })
    }
}

/// The fraction of the samples whose right digit has the highest score.
fn accuracy(model: &impl Classifier<f64>, samples: &[Sample]) -> f64 {
    let right = samples.iter().filter(|sample| answer(&model.scores(&sample.image)) == sample.digit).count();
    right as f64 / samples.len() as f64
}

/// Drawn on a terminal only: logs and pipes see nothing of it.
fn progress_bar(name: &'static str, epochs: usize) -> Result<ProgressBar, Box<dyn Error>> {
    let style = ProgressStyle::with_template("{prefix:18} {bar:30} {pos:>3}/{len} {msg}")?;
    Ok(ProgressBar::new(epochs as u64).with_style(style).with_prefix(name))
}
