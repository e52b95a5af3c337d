//! What a call costs beside the same work inlined: a chain of calls of a program, a map over rows, and calls of one's own
//! rules and callbacks.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin calls
//! ```
//!
//! *Over inlined* is what a call costs more than the same operations written where it stands. In reverse that holds the called
//! program's run forward, which is made anew there so that nothing of it is stored. Times are the least of many.

use std::hint::black_box;
use std::time::Instant;

use wengert::{
    Program, Recorder, Var, Work,
    call::{Callee, Opaque},
    ops::Real,
    rule,
};

/// Calls in a program, and rows of a map.
const CALLS: usize = 1_000;

/// Rounds of which the least times count.
const ROUNDS: usize = 200;

type Outcome = Result<(), Box<dyn std::error::Error>>;

rule! {
    /// `x·eˣ/3`.
    Scaled "scaled" (x) { x * x.exp() * F::of(1.0 / 3.0) } d(x => y) { [y / x + y] }
}

/// The same by a callback.
struct Callback;

impl Opaque for Callback {
    fn name(&self) -> &'static str {
        "callback"
    }
    fn inputs(&self) -> usize {
        1
    }
    fn outputs(&self) -> usize {
        1
    }
    fn is_pure(&self) -> bool {
        true
    }
    fn value(&self, x: &[f64], y: &mut [f64]) -> wengert::call::Outcome {
        y[0] = x[0] * x[0].exp() * (1.0 / 3.0);
        Ok(())
    }
    fn vjp(&self, x: &[f64], y: &[f64], gy: &[f64], gx: &mut [f64]) -> wengert::call::Outcome {
        gx[0] = gy[0] * (y[0] / x[0] + y[0]);
        Ok(())
    }
}

/// Nanoseconds of one run, the least of many.
fn least(mut run: impl FnMut()) -> f64 {
    run();
    let time = |_| {
        let begun = Instant::now();
        run();
        begun.elapsed().as_nanos() as f64
    };
    (0..ROUNDS).map(time).fold(f64::INFINITY, f64::min)
}

/// Nanoseconds a call: recording, forward, in reverse; and bytes of the workspace.
struct Costs {
    times: [f64; 3],
    bytes: usize,
}

fn costs(x: &[f64], f: impl Fn(&[Var]) -> Var) -> Result<Costs, Box<dyn std::error::Error>> {
    let mut recorder = Recorder::new();
    let record = least(|| {
        let _ = black_box(recorder.record(|s| f(&s.inputs(black_box(x)))));
    });
    let program = Program::record(x, |x| vec![f(x)])?;
    let (mut work, mut y, mut slopes) = (Work::new(), [0.0], vec![0.0; x.len()]);
    program.values_into(&mut work, x, &mut y)?;
    let forward = least(|| {
        let _ = program.values_into(&mut work, black_box(x), &mut y);
    });
    let mut work = Work::new();
    program.gradient_into(&mut work, x, &mut slopes)?;
    let gradient = least(|| {
        let _ = program.gradient_into(&mut work, black_box(x), &mut slopes);
    });
    let times = [record, forward, gradient - forward].map(|time| time / CALLS as f64);
    Ok(Costs { times, bytes: work.bytes() })
}

/// A chain of calls.
fn chain(call: impl Fn(Var) -> Var) -> impl Fn(&[Var]) -> Var {
    move |x| (0..CALLS).fold(x[0], |y, _| call(y))
}

fn row(name: &str, [record, forward, reverse]: [f64; 3], bytes: &str) {
    println!("{name:<34} {record:>10.1} {forward:>10.1} {reverse:>10.1} {bytes:>12}");
}

/// Called, inlined, and what the call costs more.
fn compare(called: &Costs, inlined: &Costs) {
    row("  called", called.times, &called.bytes.to_string());
    row("  inlined", inlined.times, &inlined.bytes.to_string());
    row("  over inlined", std::array::from_fn(|k| called.times[k] - inlined.times[k]), "");
}

/// A chain of programs, each of which calls the one before it: what recording one more takes, at the point of all, and what a
/// value and a sweep elsewhere take, a program.
fn deep(depth: usize) -> Outcome {
    let mut last = Program::record(&[0.5], |x| vec![x[0].sin()])?;
    for _ in 0..depth {
        last = Program::record(&[0.5], |x| vec![last.call(x)[0] + 0.1])?;
    }
    let mut recorder = Recorder::new();
    let record = least(|| {
        let _ = black_box(recorder.record(|s| last.call(&[s.input(black_box(0.5))])));
    });
    let (mut work, mut y, mut slopes) = (Work::new(), [0.0], [0.0]);
    let forward = least(|| {
        let _ = last.values_into(&mut work, black_box(&[0.4]), &mut y);
    });
    let mut work = Work::new();
    let gradient = least(|| {
        let _ = last.gradient_into(&mut work, black_box(&[0.4]), &mut slopes);
    });
    let [forward, reverse] = [forward, gradient - forward].map(|time| time / depth as f64);
    row("  a program (recording: all)", [record, forward, reverse], &work.bytes().to_string());
    Ok(())
}

fn main() -> Outcome {
    println!(
        "{:<34} {:>10} {:>10} {:>10} {:>12}",
        "nanoseconds a call", "record", "forward", "reverse", "bytes"
    );
    for nodes in [1, 10, 100, 1000] {
        let body = move |x: Var| (0..nodes).fold(x, |y, k| if k % 2 == 0 { y * 0.999 } else { y + 0.001 });
        let small = Program::record(&[0.5], |x| vec![body(x[0])])?;
        println!("a program of {nodes} nodes, {CALLS} calls one after another");
        compare(&costs(&[0.5], chain(|x| small.call(&[x])[0]))?, &costs(&[0.5], chain(body))?);
    }
    let residual = |x: Var, a: Var, b: Var| {
        let r = a * (b * x).exp() - x;
        r * r
    };
    let small = Program::record(&[0.5; 3], |x| vec![residual(x[0], x[1], x[2])])?;
    let rows: Vec<f64> = (0..CALLS).map(|k| k as f64 / CALLS as f64).chain([0.5, -1.5]).collect();
    println!("a residual of 5 nodes, {CALLS} rows, two inputs shared");
    let sum = |y: Vec<Var>| y.into_iter().sum::<Var>();
    compare(
        &costs(&rows, |x| sum(small.map(&x[..CALLS], &x[CALLS..])))?,
        &costs(&rows, |x| sum(x[..CALLS].iter().map(|t| residual(*t, x[CALLS], x[CALLS + 1])).collect()))?,
    );
    for depth in [100, 200, 400, 800] {
        println!("programs that call one another, {depth} deep");
        deep(depth)?;
    }
    let inlined = costs(&[0.5], chain(|x| x * x.exp() * (1.0 / 3.0)))?;
    println!("x·eˣ/3, a rule of one's own");
    compare(&costs(&[0.5], chain(|x| Var::fixed::<Scaled, 1>([x])))?, &inlined);
    println!("the same, a callback");
    let callback = Callee::opaque(Callback);
    compare(&costs(&[0.5], chain(|x| callback.call(&[x])[0]))?, &inlined);
    Ok(())
}
