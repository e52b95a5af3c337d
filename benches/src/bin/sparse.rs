//! Sparse Hessians of banded problems: what the pattern, the plan and the values cost, in gradients of the same program,
//! and what the pattern takes in memory.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin sparse
//! ```

use std::hint::black_box;
use std::time::{Duration, Instant};

use wengert::{
    Program, Work,
    sparse::{Recovery, SparseHessian, SparseOptions, VertexOrder},
};
use wengert_benches::arithmetic::Recording;
use wengert_benches::problems::{Band, Rosenbrock};
use wengert_benches::timing::Times;
use wengert_benches::{Problem, allocations};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "{:<18} {:>9} {:>9} {:>10} {:>8} {:>8} {:>8} {:>8} {:>7} {:>11}",
        "problem",
        "nonzeros",
        "nodes",
        "gradient",
        "pattern",
        "plan",
        "direct",
        "subst.",
        "colors",
        "peak bytes"
    );
    for n in [1_000, 16_000, 100_000, 1_000_000] {
        row(&Rosenbrock::new(n))?;
        row(&Band::new(n))?;
    }
    Ok(())
}

/// One line: seconds of a replayed gradient of the optimised program; then pattern, plan (natural order), and values by each
/// recovery, as multiples of it; and the most bytes that finding the pattern held at once.
fn row(problem: &impl Problem) -> Result<(), Box<dyn std::error::Error>> {
    let x = problem.point();
    let program = Program::record(x, |x| vec![problem.eval::<Recording>(x)])?.optimized();
    let mut gradient = vec![0.0; x.len()];
    let mut work = Work::new();
    let unit = least(|| program.gradient_into(&mut work, x, &mut gradient).unwrap_or(f64::NAN));
    let pattern = least(|| program.tape().hessian_pattern().nonzeros() as f64);
    allocations::begin_peak();
    let before = allocations::bytes();
    let found = black_box(program.tape().hessian_pattern());
    let peak = allocations::peak() - before;
    let plan = |recovery| {
        let options =
            SparseOptions { recovery, orders: vec![VertexOrder::Natural], ..SparseOptions::default() };
        SparseHessian::with(&program, &options)
    };
    let start = Instant::now();
    let direct = plan(Recovery::Direct)?;
    let planned = start.elapsed().as_secs_f64();
    let substituted = plan(Recovery::Substitution)?;
    let mut values = vec![0.0; found.nonzeros()];
    let mut time = |hessian: &SparseHessian| {
        let mut work = Work::new();
        least(|| {
            let ran = hessian.values_into(&mut work, x, &[1.0], &mut values);
            if ran.is_ok() { values[0] } else { f64::NAN }
        })
    };
    let [by_reading, by_substitution] = [time(&direct), time(&substituted)];
    println!(
        "{:<18} {:>9} {:>9} {unit:>10.2e} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>7} {peak:>11}",
        problem.name(),
        found.nonzeros(),
        program.tape().len(),
        pattern / unit,
        planned / unit,
        by_reading / unit,
        by_substitution / unit,
        format!("{}/{}", direct.report().colors, substituted.report().colors),
    );
    Ok(())
}

/// The least of many times of a call, in seconds.
fn least(f: impl FnMut() -> f64) -> f64 {
    let mut times = Times::default();
    times.sample(5, Duration::from_millis(300), f);
    times.least()
}
