//! What `Function` adds to the program that it replays, what comparisons add to a program, and what traces cost: nanoseconds
//! a call, the least of many.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin function
//! ```

use wengert::{Function, Program, Recorder, Var, Work};
use wengert_benches::Problem;
use wengert_benches::arithmetic::Recording;
use wengert_benches::problems::{Layers, Network, Rosenbrock};
use wengert_benches::timing::least;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    println!("a call of `gradient_into`, beside the optimised program's own");
    println!("{:<26} {:>12} {:>12} {:>8}", "problem", "program, ns", "function, ns", "ratio");
    overhead(&Rosenbrock::new(2))?;
    overhead(&Rosenbrock::new(100))?;
    overhead(&Rosenbrock::new(10_000))?;
    overhead(&Network::new(&[64, 64, 10], Layers::Dots))?;

    println!("\nthe gradient of a chain with and without a comparison in so many of its links");
    println!("{:<26} {:>12} {:>12} {:>8}", "links, comparisons in", "without, ns", "with, ns", "ratio");
    for links in [1_000, 100_000] {
        for every in [1, 4, 16] {
            guards(links, every)?;
        }
    }

    println!("\ntraces of Rosenbrock's function, nanoseconds a node");
    println!(
        "{:<26} {:>12} {:>12} {:>12} {:>12}",
        "dimensions", "recorded", "passes", "replayed", "optimised"
    );
    for n in [100, 10_000] {
        traces(&Rosenbrock::new(n))?;
    }
    turns();
    Ok(())
}

fn overhead<P: Problem + Sync>(problem: &P) -> Outcome {
    let x = problem.point();
    let program = Program::record(x, |x| vec![problem.eval::<Recording>(x)])?.optimized();
    let mut f = Function::new(|x| problem.eval::<Recording>(x)).optimize_after(0);
    let (mut work, mut gradient) = (Work::new(), vec![0.0; x.len()]);
    let bare = least(|| program.gradient_into(&mut work, x, &mut gradient).unwrap_or(f64::NAN));
    let called = least(|| f.gradient_into(x, &mut gradient).unwrap_or(f64::NAN));
    row(&problem.name(), bare, called);
    Ok(())
}

/// Links of some ten operations, as a step of an integrator would be, which may ask whether a number has left its range.
fn chain<const GUARDS: bool>(x: &[Var], links: usize, every: usize) -> Var {
    let (mut a, mut b) = (x[0], x[1]);
    for k in 0..links {
        (a, b) = (a * 0.99 + b * 0.01, b * 0.98 - a * 0.02 + a * b * 0.001);
        if GUARDS && k % every == 0 && a > 1e6 {
            a *= 0.5;
        }
    }
    a + b
}

fn guards(links: usize, every: usize) -> Outcome {
    let x = [1.0, 0.5];
    let mut gradient = [0.0; 2];
    let programs = [
        Program::record(&x, |x| vec![chain::<false>(x, links, every)])?.optimized(),
        Program::record(&x, |x| vec![chain::<true>(x, links, every)])?.optimized(),
    ];
    let mut work = [Work::new(), Work::new()];
    // In turns, so that what else the machine does falls on both.
    let mut best = [f64::INFINITY; 2];
    for k in 0..16 {
        let (program, work) = (&programs[k % 2], &mut work[k % 2]);
        let seconds = least(|| program.gradient_into(work, &x, &mut gradient).unwrap_or(f64::NAN));
        best[k % 2] = best[k % 2].min(seconds);
    }
    row(&format!("{links}, every {every}"), best[0], best[1]);
    Ok(())
}

fn traces<P: Problem>(problem: &P) -> Outcome {
    let x = problem.point();
    let record = || Program::record(x, |x| vec![problem.eval::<Recording>(x)]);
    let program = record()?;
    let nodes = program.tape().len() as f64;
    let recorded = least(|| record().map_or(0.0, |program| program.bytes() as f64));
    let passes = least(|| program.optimized().bytes() as f64);
    let mut gradient = vec![0.0; x.len()];
    let mut time = |program: &Program| {
        let mut work = Work::new();
        least(|| program.gradient_into(&mut work, x, &mut gradient).unwrap_or(f64::NAN))
    };
    let (replayed, optimized) = (time(&program), time(&program.optimized()));
    let [recorded, passes, replayed, optimized] =
        [recorded, passes, replayed, optimized].map(|seconds| seconds * 1e9 / nodes);
    println!("{:<26} {recorded:>12.2} {passes:>12.2} {replayed:>12.2} {optimized:>12.2}", x.len());
    Ok(())
}

/// Points that take one path, two in turns, or a new one each time.
fn turns() {
    let f = |x: &[Var]| {
        let y = x.iter().map(|x| (*x * *x).sin()).sum::<Var>();
        if x[0] > 0.0 { y } else { y * 2.0 }
    };
    let points = [[1.0; 100], [-1.0; 100]];
    let mut gradient = [0.0; 100];
    println!("\na gradient of 100 sines behind one comparison, nanoseconds a call");
    for (name, limit, turn) in
        [("one path", 16, false), ("two paths in turns", 16, true), ("recorded each time", 0, true)]
    {
        let mut function = Function::new(f).limit(limit);
        let mut k = 0;
        let seconds = least(|| {
            k += usize::from(turn);
            function.gradient_into(&points[k % 2], &mut gradient).unwrap_or(f64::NAN)
        });
        println!("{name:<26} {:>12.0}", seconds * 1e9);
    }
    let (mut recorder, mut variables) = (Recorder::new(), Vec::new());
    let seconds = least(|| {
        variables.clear();
        let y = recorder.record(|s| {
            s.inputs_into(&points[0], &mut variables);
            f(&variables)
        });
        let first = y.map(|y| recorder.reverse(y).map(|adjoints| adjoints.of(variables[0])));
        first.ok().and_then(Result::ok).and_then(Result::ok).unwrap_or(f64::NAN)
    });
    println!("{:<26} {:>12.0}", "by a recorder", seconds * 1e9);
}

fn row(name: &str, a: f64, b: f64) {
    println!("{name:<26} {:>12.1} {:>12.1} {:>8.3}", a * 1e9, b * 1e9, b / a);
}
