//! Gradients of time loops in bounded memory: their time beside what the schedule's counts predict, and the most memory
//! they hold beside a tape of the whole loop.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin checkpoint
//! ```
//!
//! The prediction is advances × the time of a plain step + steps × the time of recording and sweeping one, each timed
//! alone, between runs of the whole, the least of many.

use std::convert::Infallible;
use std::hint::black_box;
use std::time::Instant;

use wengert::checkpoint::{Snapshots, TimeStep, checkpointed};
use wengert::{Recorder, Scalar, Var};
use wengert_benches::allocations::{self, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Rounds of which the least times count.
const ROUNDS: usize = 7;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Heat on a ring of cells, each interface with a diffusivity of its own, a parameter.
struct Heat;

impl TimeStep for Heat {
    type Error = Infallible;
    fn step<T: Scalar>(&self, _: usize, u: &[T], a: &[T], next: &mut [T]) -> Result<(), Infallible> {
        let n = u.len();
        let mut flux = a[n - 1] * (u[0] - u[n - 1]);
        let first = flux;
        for i in 0..n {
            let after = if i + 1 == n { first } else { a[i] * (u[i + 1] - u[i]) };
            next[i] = u[i] + after - flux;
            flux = after;
        }
        Ok(())
    }
}

/// A pendulum: a step of a handful of operations.
struct Pendulum;

impl TimeStep for Pendulum {
    type Error = Infallible;
    fn step<T: Scalar>(&self, _: usize, x: &[T], p: &[T], next: &mut [T]) -> Result<(), Infallible> {
        let dt = T::lit(1e-3);
        next[1] = x[1] - dt * (x[0].sin() + p[0] * x[1]);
        next[0] = x[0] + dt * next[1];
        Ok(())
    }
}

fn main() -> Outcome {
    println!(
        "{:<14} {:>7} {:>6} {:>6} {:>9} {:>9} {:>9} {:>9} {:>9} {:>6} {:>11} {:>13}",
        "loop",
        "steps",
        "kept",
        "disk",
        "advances",
        "plain, ns",
        "swept, ns",
        "took, ms",
        "would, ms",
        "ratio",
        "peak, bytes",
        "whole, bytes"
    );
    let folder = std::env::temp_dir();
    let cells = |n: u32| -> [Vec<f64>; 2] {
        [(0..n).map(|k| (f64::from(k) * 0.1).sin()).collect(), vec![0.2; n as usize]]
    };
    let [u, a] = cells(100);
    for snapshots in [5, 10, 20, 40] {
        row("heat, 100", &Heat, 1_000, &snapshots.into(), &u, &a)?;
    }
    row("heat, 100", &Heat, 10_000, &20.into(), &u, &a)?;
    row("heat, 100", &Heat, 10_000, &Snapshots::count(10).disk_count(&folder, 10), &u, &a)?;
    let [u, a] = cells(10_000);
    row("heat, 10,000", &Heat, 100, &5.into(), &u, &a)?;
    row("heat, 10,000", &Heat, 100, &Snapshots::count(1).disk_count(&folder, 4), &u, &a)?;
    row("pendulum", &Pendulum, 100_000, &20.into(), &[1.0, 0.0], &[0.1])?;
    row("pendulum", &Pendulum, 100_000, &3.into(), &[1.0, 0.0], &[0.1])
}

/// One line.
fn row<S: TimeStep<Error = Infallible>>(
    name: &str,
    step: &S,
    steps: usize,
    snapshots: &Snapshots,
    state: &[f64],
    params: &[f64],
) -> Outcome {
    let run =
        || checkpointed(steps, snapshots.clone(), state, params, step, |last, _| wengert::linear::sum(last));
    let before = allocations::bytes();
    allocations::begin_peak();
    let report = run()?.report;
    let peak = allocations::peak() - before;
    allocations::begin_peak();
    whole(step, steps, state, params)?;
    let whole = allocations::peak() - before;

    let (mut plain, mut swept) = (Plain::new(state), Swept::default());
    let [mut advance, mut sweep, mut took] = [f64::INFINITY; 3];
    let each = (steps / 10).max(10);
    for _ in 0..ROUNDS {
        advance = advance.min(seconds(|| plain.run(step, each, params)) / each as f64);
        sweep = sweep.min(timed(|| swept.run(step, each, state, params))? / each as f64);
        took = took.min(timed(|| Ok(run().map(|found| drop(black_box(found)))?))?);
    }
    let would = report.advances as f64 * advance + steps as f64 * sweep;
    println!(
        "{name:<14} {steps:>7} {:>6} {:>6} {:>9} {:>9.1} {:>9.1} {:>9.3} {:>9.3} {:>6.2} {peak:>11} {whole:>13}",
        report.snapshots,
        report.disk_bytes / 8 / state.len() as u64,
        report.advances,
        advance * 1e9,
        sweep * 1e9,
        took * 1e3,
        would * 1e3,
        took / would,
    );
    Ok(())
}

fn seconds(f: impl FnOnce()) -> f64 {
    let start = Instant::now();
    f();
    start.elapsed().as_secs_f64()
}

fn timed(f: impl FnOnce() -> Outcome) -> Result<f64, Box<dyn std::error::Error>> {
    let start = Instant::now();
    f()?;
    Ok(start.elapsed().as_secs_f64())
}

/// Plain steps, one after the other.
struct Plain([Vec<f64>; 2]);

impl Plain {
    fn new(state: &[f64]) -> Self {
        Self([state.to_vec(), state.to_vec()])
    }

    fn run<S: TimeStep<Error = Infallible>>(&mut self, step: &S, steps: usize, params: &[f64]) {
        let [now, next] = &mut self.0;
        for k in 0..steps {
            let Ok(()) = step.step(k, black_box(now), params, next);
            std::mem::swap(now, next);
        }
    }
}

/// One step recorded and swept, again and again.
#[derive(Default)]
struct Swept {
    recorder: Recorder,
    variables: Vec<Var>,
    next: Vec<Var>,
    seeds: Vec<(Var, f64)>,
    gradient: Vec<f64>,
}

impl Swept {
    fn run<S: TimeStep<Error = Infallible>>(
        &mut self,
        step: &S,
        times: usize,
        state: &[f64],
        params: &[f64],
    ) -> Outcome {
        let Self { recorder, variables, next, seeds, gradient } = self;
        for k in 0..times {
            recorder.record(|s| {
                variables.clear();
                s.inputs_into(black_box(state), variables);
                s.inputs_into(params, variables);
                let (x, p) = variables.split_at(state.len());
                next.clear();
                next.extend_from_slice(x);
                let Ok(()) = step.step(k, x, p, next);
            })?;
            seeds.clear();
            seeds.extend(next.iter().map(|x| (*x, 1.0)));
            gradient.clear();
            gradient.extend(recorder.reverse_seeded(seeds)?.inputs());
            black_box(&gradient);
        }
        Ok(())
    }
}

/// The gradient by a tape of the whole loop.
fn whole<S: TimeStep<Error = Infallible>>(step: &S, steps: usize, state: &[f64], params: &[f64]) -> Outcome {
    let mut recorder = Recorder::new();
    let y = recorder.record(|s| {
        let (mut x, p) = (s.inputs(state), s.inputs(params));
        let mut next = x.clone();
        for k in 0..steps {
            let Ok(()) = step.step(k, &x, &p, &mut next);
            std::mem::swap(&mut x, &mut next);
        }
        wengert::linear::sum(&x)
    })?;
    black_box(recorder.reverse(y)?.inputs().sum::<f64>());
    Ok(())
}
