//! What the first call that everyone makes costs beside a `Recorder` that one keeps oneself: `gradient` of a closure at arrays
//! and at slices, from 100 to a million nodes; then second order by closures beside programs. Nanoseconds a call, the least of
//! many, the two in turns.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin one_call
//! ```

use wengert::{Recorder, Var, gradient, gradient_into, hvp_into, memory};
use wengert_benches::timing::least;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Some six operations a link, of rows of several kinds.
fn chain(x: &[Var], links: usize) -> Var {
    let (mut a, mut b) = (x[0], x[1]);
    for k in 0..links {
        let c = x[k % x.len()];
        (a, b) = (a * 0.99 + b * c, b * 0.98 - a * 0.02);
    }
    a * b
}

/// The least of several rounds of each, in turns.
fn turns<const N: usize>(mut each: [&mut dyn FnMut() -> f64; N]) -> [f64; N] {
    let mut best = [f64::INFINITY; N];
    for _ in 0..8 {
        for (best, f) in best.iter_mut().zip(&mut each) {
            *best = best.min(least(&mut *f));
        }
    }
    best.map(|seconds| seconds * 1e9)
}

fn main() -> Outcome {
    const POINT: [f64; 10] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
    println!(
        "{:>9} {:>13} {:>22} {:>22} {:>22} {:>22}",
        "nodes",
        "recorder, ns",
        "gradient, array",
        "gradient, slice",
        "gradient_into, slice",
        "memory taken anew"
    );
    for links in [15, 150, 1_500, 15_000, 150_000] {
        let mut recorder = Recorder::new();
        let (mut x, mut slopes) = (Vec::new(), [0.0; 10]);
        let mut kept = || {
            x.clear();
            let y = recorder.record(|s| {
                s.inputs_into(&POINT, &mut x);
                chain(&x, links)
            });
            let Ok(y) = y else { return f64::NAN };
            let Ok(adjoints) = recorder.reverse(y) else { return f64::NAN };
            slopes.iter_mut().zip(adjoints.inputs()).for_each(|(slot, g)| *slot = g);
            slopes[0]
        };
        let first = |slopes: Result<(f64, [f64; 10]), _>| {
            slopes.map_or(f64::NAN, |(_, slopes): (f64, [f64; 10])| slopes[0])
        };
        let array = || first(gradient(&POINT, |x| chain(&x, links)));
        let slice = || gradient(&POINT[..], |x| chain(&x, links)).map_or(f64::NAN, |(_, slopes)| slopes[0]);
        let mut room = [0.0; 10];
        let mut into = || gradient_into(&POINT[..], |x| chain(&x, links), &mut room).unwrap_or(f64::NAN);
        let anew = || {
            memory::release();
            first(gradient(&POINT, |x| chain(&x, links)))
        };
        let (mut array, mut slice, mut anew) = (array, slice, anew);
        let [base, rest @ ..] = turns([&mut kept, &mut array, &mut slice, &mut into, &mut anew]);
        print!("{:>9} {base:>13.0}", 10 + 6 * links + 1);
        for time in rest {
            print!(" {time:>13.0} {:>8.2}", time / base);
        }
        println!();
    }

    println!("\nproducts with Hessians of a chain of 900 nodes, by a closure and by a program that is kept");
    let program = wengert::Program::record(&POINT, |x| chain(x, 150))?;
    let (mut work, mut g, mut product) = (wengert::Work::new(), [0.0; 10], [0.0; 10]);
    let mut by_program =
        || program.hvp_into(&mut work, &POINT, &POINT, &mut g, &mut product).unwrap_or(f64::NAN);
    let (mut h, mut along) = ([0.0; 10], [0.0; 10]);
    let mut by_closure =
        || hvp_into(&POINT, |x| chain(&x, 150), &POINT, &mut h, &mut along).unwrap_or(f64::NAN);
    let [program, closure] = turns([&mut by_program, &mut by_closure]);
    println!("program {program:.0} ns, closure {closure:.0} ns, ratio {:.1}", closure / program);
    Ok(())
}
