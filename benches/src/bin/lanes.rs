//! What lanes gain inside a program: matrices of which a program is asked often, and maps over many rows. Each beside the way
//! that few questions and few rows take, in one run; the least of many times.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin lanes
//! ```

use std::time::{Duration, Instant};

use wengert::program::Mode;
use wengert::{Program, Var, Work};
use wengert_benches::timing::Times;

/// From which question on a program finds matrices by lanes, and how many more are timed.
const OFTEN: usize = 32;
const MORE: usize = 100;
/// Programs that are made anew for the questions before.
const PROGRAMS: usize = 8;

const INPUTS: usize = 50;

fn point() -> Vec<f64> {
    (0..INPUTS).map(|k| 0.6 + (k as f64).sin() * 0.2).collect()
}

type Function = dyn Fn(&[Var]) -> Vec<Var>;
type Question = dyn Fn(&Program, &mut Work);

/// Rounds of operations on neighbours.
fn rounds(x: &[Var]) -> Vec<Var> {
    (0..20).fold(x.to_vec(), |y, round| {
        let of = |k: usize| {
            let (a, b) = (y[k], y[(k + 1 + round) % y.len()]);
            match round % 4 {
                0 => (a * b).sin() + a,
                2 => a / (b * b + 2.0),
                _ => a * b + x[k] * 0.5,
            }
        };
        (0..y.len()).map(of).collect()
    })
}

fn line(name: &str, f: &Function, ask: &Question) -> Option<()> {
    let program = || Program::record(&point(), |x| f(x)).ok();
    let (mut before, mut made, mut after) = (f64::INFINITY, 0.0, f64::INFINITY);
    for round in 0..PROGRAMS {
        let (program, mut work) = (program()?, Work::new());
        for question in 1..OFTEN + if round == 0 { MORE } else { 0 } {
            let start = Instant::now();
            ask(&program, &mut work);
            let time = start.elapsed().as_secs_f64() * 1e6;
            match question {
                1 => {}
                OFTEN => made = time,
                ..OFTEN => before = before.min(time),
                _ => after = after.min(time),
            }
        }
    }
    let nodes = program()?.tape().len();
    let gain = before / after;
    println!("{name:<34} {nodes:>6} {before:>10.1} {after:>10.1} {gain:>6.1} {:>10.0}", made - after);
    Some(())
}

fn jacobian(program: &Program, work: &mut Work) {
    let mut y = vec![0.0; program.outputs()];
    let mut jacobian = vec![0.0; y.len() * program.inputs()];
    let _ = program.jacobian_into(work, &point(), &mut y, &mut jacobian);
}

fn jacobian_forward(program: &Program, _: &mut Work) {
    jacobian(program, &mut Work::in_mode(Mode::Forward));
}

fn hessian(program: &Program, work: &mut Work) {
    let (mut gradient, mut hessian) = (vec![0.0; INPUTS], vec![0.0; INPUTS * INPUTS]);
    let _ = program.hessian_into(work, &point(), &mut gradient, &mut hessian);
}

fn many(x: &[Var]) -> Vec<Var> {
    let y = rounds(x);
    (1..=60).flat_map(|k| y.iter().map(move |y| *y * *y + f64::from(k)).collect::<Vec<_>>()).collect()
}

fn sum(terms: impl Iterator<Item = Var>) -> Vec<Var> {
    vec![terms.reduce(|sum, term| sum + term).unwrap_or(Var::from(0.0))]
}

/// A gradient of the sum over a map's rows: in several nodes of so few rows that they are run one by one, in one, and without the
/// rows' results.
fn maps(name: &str, row: &Function, own: usize, shared: usize) -> Option<()> {
    const ROWS: usize = 1024;
    let inner = Program::record(&vec![0.5; own + shared], |x| row(x)).ok()?;
    let at: Vec<f64> = (0..ROWS * own + shared).map(|k| (k as f64 * 0.7).sin() * 0.3 + 0.5).collect();
    let time = |summed: bool, together: usize| {
        let program = Program::record(&at, |x| {
            let (rows, shared) = x.split_at(ROWS * own);
            if summed {
                return inner.map_sum(rows, shared);
            }
            sum(rows.chunks(together * own).flat_map(|rows| inner.map(rows, shared)))
        })
        .ok()?;
        let (mut work, mut gradient) = (Work::new(), vec![0.0; at.len()]);
        let mut times = Times::default();
        times.sample(5, Duration::from_millis(300), || {
            program.gradient_into(&mut work, &at, &mut gradient).unwrap_or(f64::NAN)
        });
        Some(times.least() * 1e6)
    };
    let (one_by_one, by_lanes, summed) = (time(false, 128)?, time(false, ROWS)?, time(true, ROWS)?);
    let (nodes, gain) = (inner.tape().len(), one_by_one / by_lanes);
    println!("{name:<34} {nodes:>6} {one_by_one:>10.1} {by_lanes:>10.1} {gain:>6.1} {summed:>10.1}");
    Some(())
}

fn main() {
    println!(
        "{:<34} {:>6} {:>10} {:>10} {:>6} {:>10}",
        "", "nodes", "passes, µs", "lanes, µs", "gain", "code, µs"
    );
    let matrices: [(&str, &Function, &Question); 5] = [
        ("Jacobian 50 × 50, reverse", &rounds, &jacobian),
        ("Jacobian 50 × 50, forward", &rounds, &jacobian_forward),
        ("Jacobian 3000 × 50", &many, &jacobian),
        ("Hessian of 50, rounds", &|x| sum(rounds(x).into_iter().map(|y| y * y)), &hessian),
        (
            "Hessian of 50, Rosenbrock",
            &|x| sum(x.windows(2).map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (1.0 - w[0]).powi(2))),
            &hessian,
        ),
    ];
    for (name, f, ask) in matrices {
        line(name, f, ask);
    }
    println!(
        "\n{:<34} {:>6} {:>10} {:>10} {:>6} {:>10}",
        "gradient, 1024 rows", "nodes", "one by one", "lanes, µs", "gain", "summed, µs"
    );
    maps("polynomial of degree 20", &|x| vec![(0..20).fold(x[1], |y, _| y * x[0] + x[2])], 1, 2);
    maps(
        "network 8-8-1, dots",
        &|x| {
            let (row, w) = x.split_at(8);
            let hidden: Vec<Var> = (0..8).map(|k| Var::dot(&w[8 * k..8 * k + 8], row).tanh()).collect();
            vec![hidden.iter().fold(w[0], |y, h| y + *h)]
        },
        8,
        64,
    );
}
