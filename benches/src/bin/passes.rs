//! What each pass costs and what it is worth: nanoseconds a node of the tape that it is given, nodes before and
//! after, and the replayed gradient with it.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin passes
//! ```

use std::time::{Duration, Instant};

use wengert::{Program, Tape, Work};
use wengert_benches::Problem;
use wengert_benches::arithmetic::Recording;
use wengert_benches::problems::{Heat, Layers, Network, RandomGraph, Rosenbrock};
use wengert_benches::timing::Times;

type Pass = (&'static str, fn(&Tape) -> Tape);

/// Each pass alone, then what is asked for by one word, then what changes values and so is asked for apart.
const PASSES: [Pass; 10] = [
    ("folded", Tape::folded),
    ("simplified", Tape::simplified),
    ("shared", Tape::shared),
    ("pruned", Tape::pruned),
    ("gathered", Tape::gathered),
    ("scheduled", Tape::scheduled),
    ("optimized", Tape::optimized),
    ("reassociated, optimized", |tape| tape.reassociated().optimized()),
    ("contracted, optimized", |tape| tape.contracted().optimized()),
    ("both, optimized", |tape| tape.reassociated().contracted().optimized()),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{:<26} {:>9} {:>9} {:>8} {:>12}", "pass", "before", "after", "ns/node", "gradient, ms");
    table(&Rosenbrock::new(100_000), false)?;
    table(&Rosenbrock::new(10_000), true)?;
    table(&Network::new(&[64, 64, 64, 1], Layers::Chains), false)?;
    table(&Network::new(&[32, 32, 1], Layers::Chains), true)?;
    table(&RandomGraph::new(100_000, true), false)?;
    table(&Heat::new(200, 2_000), false)
}

/// The lines of one problem, or of its gradient as a program.
fn table(problem: &impl Problem, derivative: bool) -> Result<(), Box<dyn std::error::Error>> {
    let x = problem.point();
    let mut program = Program::record(x, |x| vec![problem.eval::<Recording>(x)])?;
    if derivative {
        program = program.gradient_program()?;
    }
    let what = if derivative { ", its gradient" } else { "" };
    let tape = program.tape();
    println!("\n{}{what}", problem.name());
    println!(
        "{:<26} {:>9} {:>9} {:>8} {:>12.4}",
        "as recorded",
        "",
        tape.len(),
        "",
        run(&program, x, derivative)
    );
    for (name, pass) in PASSES {
        let mut least = f64::INFINITY;
        let mut after = Tape::default();
        for _ in 0..5 {
            let start = Instant::now();
            after = pass(tape);
            least = least.min(start.elapsed().as_secs_f64());
        }
        let (before, nodes) = (tape.len(), after.len());
        let milliseconds = run(&program.transformed(|_| after)?, x, derivative);
        let each = least * 1e9 / before as f64;
        println!("{name:<26} {before:>9} {nodes:>9} {each:>8.1} {milliseconds:>12.4}");
    }
    Ok(())
}

/// The least time of a replayed gradient, in milliseconds; of a gradient program, of its value.
fn run(program: &Program, x: &[f64], derivative: bool) -> f64 {
    let (mut work, mut gradient) = (Work::new(), vec![0.0; x.len()]);
    let mut times = Times::default();
    times.sample(10, Duration::from_millis(200), || {
        let ran = if derivative {
            program.values_into(&mut work, x, &mut gradient).map(|()| 0.0)
        } else {
            program.gradient_into(&mut work, x, &mut gradient)
        };
        ran.unwrap_or(f64::NAN)
    });
    1e3 * times.least()
}
