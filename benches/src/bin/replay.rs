//! Programs that are run again, beside recording anew: nanoseconds an operation, the least of many.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin replay
//! ```

use std::time::{Duration, Instant};

use wengert::{Program, SecondOrder, Workspace};
use wengert_benches::arithmetic::Recording;
use wengert_benches::problems::{Heat, Layers, Network, RandomGraph, Rosenbrock, SinChain};
use wengert_benches::timing::Times;
use wengert_benches::workload::Prepared;
use wengert_benches::{Phase, Problem, Workload};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "{:<24} {:>9} {:>7} {:>7} {:>9} {:>6} {:>7} {:>9}",
        "problem", "ops", "anew", "again", "optimised", "ratio", "H·v", "passes, s"
    );
    row(|| Rosenbrock::new(1_000))?;
    row(|| Rosenbrock::new(10_000))?;
    row(|| Rosenbrock::new(100_000))?;
    row(|| Network::new(&[64, 64, 10], Layers::Dots))?;
    row(|| Network::new(&[64, 64, 64, 1], Layers::Chains))?;
    row(|| RandomGraph::new(100_000, true))?;
    row(|| SinChain::new(10_000))?;
    row(|| Heat::new(200, 2_000))
}

/// One line: the gradient by recording anew, by the program as it was recorded, and by the optimised one; and the
/// optimised one's product with the Hessian.
fn row<P: Problem + 'static>(problem: impl Fn() -> P) -> Result<(), Box<dyn std::error::Error>> {
    let mut prepared = Prepared::new(problem());
    let anew = least(|| prepared.run(Phase::Both));
    let problem = problem();
    let x = problem.point();
    let program = Program::record(x, |x| vec![problem.eval::<Recording>(x)])?;
    let start = Instant::now();
    let optimized = program.optimized();
    let passes = start.elapsed().as_secs_f64();
    let mut gradient = vec![0.0; x.len()];
    let mut time = |program: &Program| {
        let mut work = Workspace::new();
        least(|| program.gradient_into(&mut work, x, &mut gradient).unwrap_or(f64::NAN))
    };
    let (again, fast) = (time(&program), time(&optimized));
    let (mut work, mut product) = (SecondOrder::new(), vec![0.0; x.len()]);
    let second =
        least(|| optimized.hvp_into(&mut work, x, x, &mut gradient, &mut product).unwrap_or(f64::NAN));
    let operations = problem.operations() as f64;
    let [anew, again, fast, second] = [anew, again, fast, second].map(|seconds| seconds * 1e9 / operations);
    println!(
        "{:<24} {operations:>9} {anew:>7.2} {again:>7.2} {fast:>9.2} {:>6.2} {second:>7.2} {passes:>9.4}",
        problem.name(),
        anew / fast
    );
    Ok(())
}

/// The least of many times of a call, in seconds.
fn least(f: impl FnMut() -> f64) -> f64 {
    let mut times = Times::default();
    times.sample(20, Duration::from_millis(300), f);
    times.least()
}
