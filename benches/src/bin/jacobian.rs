//! Dense Jacobians: what the mode and the widths that are chosen cost beside the other mode, square and otherwise, of programs
//! of arithmetic, of elementary functions, and of n-ary rows; and what the estimate rests on, a pass of each kind.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin jacobian
//! ```

use std::time::Duration;

use wengert::{
    Dual, Program, RunError, Var, Work,
    program::{Mode, Several},
};
use wengert_benches::timing::Times;

/// A system `Rⁿ → Rᵐ`.
type System = fn(&[Var], usize) -> Vec<Var>;

const SYSTEMS: [(&str, System); 4] = [
    ("arithmetic", |x, m| each(x, m, |y, a, b| y * a + b - y * 0.5)),
    ("quotients, roots", |x, m| each(x, m, |y, a, b| a / (y + 2.0) + (b + 1.0).sqrt())),
    ("sines, exponentials", |x, m| each(x, m, |y, a, b| (y * a).sin() + (-b).exp())),
    ("dots", |x, m| {
        let row =
            |k: usize| (0..x.len()).map(|j| Var::from((1.0 + (j * k) as f64).cos())).collect::<Vec<_>>();
        (0..m).map(|k| Var::dot(x, &row(k)).tanh()).collect()
    }),
];

/// Six steps for each result, that of `k` beginning at input `k`.
fn each(x: &[Var], m: usize, step: impl Fn(Var, Var, Var) -> Var) -> Vec<Var> {
    let at = |k: usize| x[k % x.len()];
    (0..m).map(|k| (0..6).fold(at(k), |y, j| step(y, at(k + j), at(k * j + 1)))).collect()
}

/// The least of many times, in microseconds.
fn least(mut f: impl FnMut() -> Result<(), RunError>) -> Result<f64, RunError> {
    let (mut times, mut failed) = (Times::default(), Ok(()));
    times.sample(10, Duration::from_millis(60), || {
        failed = f();
        0.0
    });
    failed.map(|()| 1e6 * times.least())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "{:<22} {:>9} {:>9} {:>9} {:>9} {:>9} {:>8}",
        "m × n", "chosen", "time, µs", "forward", "reverse", "÷ least", "nodes"
    );
    let mut worst: f64 = 0.0;
    for (name, system) in SYSTEMS {
        println!("\n{name}");
        for (m, n) in [
            (1, 1),
            (2, 2),
            (3, 3),
            (4, 4),
            (6, 6),
            (8, 8),
            (12, 12),
            (50, 50),
            (3, 1),
            (9, 2),
            (24, 4),
            (4, 24),
        ] {
            let x: Vec<f64> = (0..n).map(|k| 0.3 + 0.02 * k as f64).collect();
            let f = Program::record(&x, |x| system(x, m))?.optimized();
            let (mut y, mut jacobian) = (vec![0.0; m], vec![0.0; m * n]);
            let mut time = |mut work: Work| least(|| f.jacobian_into(&mut work, &x, &mut y, &mut jacobian));
            let (chosen, mode) = (time(Work::new())?, f.jacobian_mode());
            let (forward, reverse) =
                (time(Work::in_mode(Mode::Forward))?, time(Work::in_mode(Mode::Reverse))?);
            let taken = if mode == Mode::Forward { forward } else { reverse };
            let ratio = taken / forward.min(reverse);
            if m == n {
                worst = worst.max(ratio);
            }
            println!(
                "{:<22} {:>9} {chosen:>9.2} {forward:>9.2} {reverse:>9.2} {ratio:>9.2} {:>8}",
                format!("{m} × {n}"),
                format!("{mode:?}"),
                f.tape().len()
            );
        }
    }
    println!("\nthe worst of the square ones: {worst:.2} × the cheaper mode");

    println!("\n{:<22} {:>32} {:>32}", "ns a node, by lanes", "forward 1, 4, 8", "saving; reverse 1, 4, 8");
    for (name, system) in SYSTEMS {
        let x: Vec<f64> = (0..24).map(|k| 0.3 + 0.02 * k as f64).collect();
        let f = Program::record(&x, |x| system(x, 24))?.optimized();
        let each = 1e3 / f.tape().len() as f64;
        let forward = [along::<1>(&f, &x)?, along::<4>(&f, &x)?, along::<8>(&f, &x)?].map(|t| t * each);
        let mut work = Work::new();
        let saving = least(|| f.forward(&mut work, &x))? * each;
        let reverse = [back::<1>(&f, &x)?, back::<4>(&f, &x)?, back::<8>(&f, &x)?].map(|t| t * each);
        println!("{name:<22} {:>32} {:>32}", format!("{forward:.2?}"), format!("{saving:.2}; {reverse:.2?}"));
    }
    Ok(())
}

fn along<const N: usize>(f: &Program, x: &[f64]) -> Result<f64, RunError> {
    let mut work = Work::new();
    let x: Vec<Dual<f64, N>> = x.iter().map(|x| Dual { value: *x, tangent: [1.0; N] }).collect();
    least(|| f.run_for_outputs(&mut work, &x))
}

fn back<const N: usize>(f: &Program, x: &[f64]) -> Result<f64, RunError> {
    let (mut work, mut adjoints) = (Work::new(), Vec::new());
    f.forward(&mut work, x)?;
    let weights = vec![Several([1.0; N]); f.outputs()];
    least(|| f.reverse_into(&mut work, &weights, &mut adjoints))
}
