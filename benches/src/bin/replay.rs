//! Programs that are run again, beside recording anew: nanoseconds an operation, the least of many.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin replay            # all, in some minutes
//! cargo run --release -p wengert-benches --bin replay -- heat    # those whose name contains a word
//! ```

use std::time::{Duration, Instant};

use wengert::{Program, Var, Work};
use wengert_benches::arithmetic::Recording;
use wengert_benches::problems::{Heat, Layers, Network, RandomGraph, Rosenbrock, SinChain};
use wengert_benches::timing::Times;
use wengert_benches::workload::Prepared;
use wengert_benches::{Phase, Problem, Workload};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    gradients()?;
    derivative_programs()?;
    guards()
}

/// Whether a problem is asked for.
fn asked(name: &str) -> bool {
    let mut words = std::env::args().skip(1).peekable();
    words.peek().is_none() || words.any(|word| name.contains(&word))
}

/// Gradients and products with Hessians, by size.
fn gradients() -> Outcome {
    println!(
        "{:<26} {:>9} {:>7} {:>7} {:>9} {:>6} {:>7} {:>6} {:>8} {:>9}",
        "problem", "ops", "anew", "again", "optimised", "ratio", "H·v", "H·v/∇", "bytes/op", "passes, s"
    );
    for n in [125, 1_250, 12_500, 125_000] {
        gradient(|| Rosenbrock::new(n))?;
    }
    gradient(|| Network::new(&[64, 64, 10], Layers::Dots))?;
    for wide in [16, 64, 256] {
        gradient(|| Network::new(&[wide, wide, wide, 1], Layers::Chains))?;
    }
    for steps in [500, 5_000, 50_000, 500_000] {
        gradient(|| RandomGraph::new(steps, true))?;
    }
    for links in [333, 3_333, 33_333, 333_333] {
        gradient(|| SinChain::new(links))?;
    }
    for steps in [1, 10, 100, 1_000, 2_000] {
        gradient(|| Heat::new(200, steps))?;
    }
    Ok(())
}

/// One line: the gradient by recording anew, by the program as it was recorded, and by the optimised one; and of the
/// optimised one the product with the Hessian, and the bytes of its plan and its workspace.
fn gradient<P: Problem + 'static>(problem: impl Fn() -> P) -> Outcome {
    let problem = problem();
    if !asked(&problem.name()) {
        return Ok(());
    }
    let (x, program) = recorded(&problem)?;
    let operations = problem.operations() as f64;
    let start = Instant::now();
    let optimized = program.optimized();
    let passes = start.elapsed().as_secs_f64();
    let mut prepared = Prepared::new(problem);
    let name = prepared.name();
    let (mut gradient, mut product) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    let mut work = [Work::new(), Work::new()];
    let mut second = Work::new();
    // Turn by turn, so that a neighbour's noise meets all.
    let mut least = [f64::INFINITY; 4];
    for _ in 0..ROUNDS {
        let mut again = |program: &Program, work: &mut Work| {
            seconds(|| program.gradient_into(work, &x, &mut gradient).unwrap_or(f64::NAN))
        };
        let times = [
            seconds(|| prepared.run(Phase::Both)),
            again(&program, &mut work[0]),
            again(&optimized, &mut work[1]),
            seconds(|| {
                optimized.hvp_into(&mut second, &x, &x, &mut gradient, &mut product).unwrap_or(f64::NAN)
            }),
        ];
        for (least, time) in least.iter_mut().zip(times) {
            *least = least.min(time);
        }
    }
    let bytes = (optimized.bytes() + work[1].bytes()) as f64 / operations;
    let [anew, again, fast, second] = least.map(|seconds| seconds * 1e9 / operations);
    println!(
        "{name:<26} {operations:>9} {anew:>7.2} {again:>7.2} {fast:>9.2} {:>6.2} {second:>7.2} {:>6.2} {bytes:>8.1} \
         {passes:>9.4}",
        anew / fast,
        second / fast
    );
    Ok(())
}

/// Gradients as programs of their own: all values kept, beside slots used again.
fn derivative_programs() -> Outcome {
    println!(
        "\n{:<26} {:>9} {:>12} {:>12} {:>12} {:>12}",
        "∇ as a program", "nodes", "ns/node", "reused", "bytes", "reused"
    );
    derivative(|| Rosenbrock::new(100_000))?;
    derivative(|| Heat::new(200, 200))?;
    derivative(|| Heat::new(200, 1_000))
}

fn derivative<P: Problem>(problem: impl Fn() -> P) -> Outcome {
    let problem = problem();
    if !asked(&problem.name()) {
        return Ok(());
    }
    let (x, program) = recorded(&problem)?;
    let derivative = program.gradient_program()?.optimized();
    let mut work = [Work::new(), Work::new()];
    let mut least = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        let [all, reused] = &mut work;
        let times = [
            seconds(|| derivative.run(all, &x).map_or(f64::NAN, |()| 0.0)),
            seconds(|| derivative.run_for_outputs(reused, &x).map_or(f64::NAN, |()| 0.0)),
        ];
        for (least, time) in least.iter_mut().zip(times) {
            *least = least.min(time);
        }
    }
    let nodes = derivative.tape().len();
    let [all, reused] = least.map(|seconds| seconds * 1e9 / nodes as f64);
    println!(
        "{:<26} {nodes:>9} {all:>12.2} {reused:>12.2} {:>12} {:>12}",
        problem.name(),
        work[0].bytes(),
        work[1].bytes()
    );
    Ok(())
}

/// What guards cost a replayed gradient: Rosenbrock's sum with one comparison a term (of seven to eight operations), and
/// with none.
fn guards() -> Outcome {
    if !asked("guards") {
        return Ok(());
    }
    println!("\n{:<26} {:>9} {:>9} {:>9} {:>7}", "guards", "guards", "without", "with", "cost");
    for n in [100, 1_000, 10_000, 100_000] {
        let x: Vec<f64> = (0..n).map(|k| 0.3 + f64::from(k % 7) * 0.1).collect();
        let guarded = |compare: bool| {
            Program::record(&x, |x| {
                let mut sum = Var::from(0.0);
                for pair in x.windows(2) {
                    let (t, u) = (pair[1] - pair[0] * pair[0], pair[0] - 1.0);
                    let small = !compare || t < Var::from(1_000.0);
                    sum += if small { t * t * 100.0 + u * u } else { t };
                }
                vec![sum]
            })
            .map(|program| program.optimized())
        };
        let programs = [guarded(false)?, guarded(true)?];
        let mut work = [Work::new(), Work::new()];
        let mut gradient = vec![0.0; x.len()];
        let mut least = [f64::INFINITY; 2];
        for _ in 0..ROUNDS {
            for k in 0..2 {
                let run = || programs[k].gradient_into(&mut work[k], &x, &mut gradient).unwrap_or(f64::NAN);
                least[k] = least[k].min(seconds(run));
            }
        }
        let [without, with] = least.map(|seconds| seconds * 1e9 / (8 * (n - 1)) as f64);
        println!(
            "{:<26} {:>9} {without:>9.2} {with:>9.2} {:>6.1} %",
            format!("rosenbrock, {n} inputs"),
            programs[1].tape().guards().len(),
            100.0 * (with / without - 1.0)
        );
    }
    Ok(())
}

const ROUNDS: usize = 6;

/// A problem's point, and the program of it.
fn recorded<P: Problem>(problem: &P) -> Result<(Vec<f64>, Program), Box<dyn std::error::Error>> {
    let x = problem.point().to_vec();
    let program = Program::record(&x, |x| vec![problem.eval::<Recording>(x)])?;
    Ok((x, program))
}

/// The least of many times of a call, in seconds.
fn seconds(f: impl FnMut() -> f64) -> f64 {
    let mut times = Times::default();
    times.sample(5, Duration::from_millis(50), f);
    times.least()
}
