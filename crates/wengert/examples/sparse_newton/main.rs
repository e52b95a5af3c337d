//! Newton's method on 100,000 variables and 99,998 constraints: problem 5.1 of L. Lukšan and J. Vlček, *Sparse and partially
//! separable test problems for unconstrained and equality constrained optimization* (Report 767, Prague, 1999), with sparse
//! derivatives by colouring and faer's sparse factorisation.
//!
//! ```text
//! cargo run --release -p wengert --example sparse_newton --features faer [-- directory]
//! ```
//!
//! Draws where the matrices are not 0 into the directory, `out/sparse_newton` unless one is given.

mod kkt;
mod picture;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use kkt::Kkt;
use wengert::{Program, Var, Work, sparse::NonlinearProgram};

const VARIABLES: usize = 100_000;
const TOLERANCE: f64 = 1e-10;

/// The chained Rosenbrock function, then trigonometric-exponential constraints that are 0 at a solution.
fn problem(x: &[Var]) -> Vec<Var> {
    let valley = |x: &[Var]| 100.0 * (x[0].square() - x[1]).square() + (x[0] - 1.0).square();
    let constraint = |x: &[Var]| {
        3.0 * x[1].powi(3) + 2.0 * x[2] - 5.0 + (x[1] - x[2]).sin() * (x[1] + x[2]).sin() + 4.0 * x[1]
            - x[0] * (x[0] - x[1]).exp()
            - 3.0
    };
    std::iter::once(x.windows(2).map(valley).sum()).chain(x.windows(3).map(constraint)).collect()
}

fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()))
}

fn one_norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x.abs()).sum()
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// Where the time went.
#[derive(Default)]
struct Times {
    derivatives: Duration,
    factorisations: Duration,
    line_search: Duration,
}

/// Runs `f` and adds what it took.
fn timed<R>(sum: &mut Duration, f: impl FnOnce() -> R) -> R {
    let start = Instant::now();
    let result = f();
    *sum += start.elapsed();
    result
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("out/sparse_newton"), PathBuf::from);
    let mut x: Vec<f64> = [-1.2, 1.0].into_iter().cycle().take(VARIABLES).collect();

    let start = Instant::now();
    let recorded = Program::record(&x, problem)?;
    let program = recorded.optimized();
    println!(
        "recorded: {} nodes, {} optimised, in {:.2?}",
        recorded.tape().len(),
        program.tape().len(),
        start.elapsed()
    );
    let start = Instant::now();
    let nlp = NonlinearProgram::new(&program)?;
    let (jacobian, hessian) = nlp.plans();
    println!("Jacobian: {}", jacobian.report());
    println!("Hessian:  {}", hessian.report());
    println!("patterns, colours and plans in {:.2?}", start.elapsed());
    let start = Instant::now();
    let mut kkt = Kkt::new(nlp.hessian(), nlp.jacobian())?;
    println!(
        "KKT:      {} nonzeros, {} in its factor, found in {:.2?}\n",
        kkt.pattern().nonzeros(),
        kkt.fill(),
        start.elapsed()
    );

    let (n, m) = (nlp.variables(), nlp.constraints());
    let mut work = Work::new();
    let (mut gradient, mut c, mut lambda) = (vec![0.0; n], vec![0.0; m], vec![0.0; m]);
    let (mut h, mut j) = (vec![0.0; nlp.hessian().nonzeros()], vec![0.0; nlp.jacobian().nonzeros()]);
    let (mut step, mut candidate) = (vec![0.0; n + m], vec![0.0; n]);
    let (mut times, mut penalty, all) = (Times::default(), 0.0_f64, Instant::now());
    println!("{:>4} {:>14} {:>10} {:>10} {:>9} {:>8}", "", "objective", "|c|", "|∇L|", "added", "step");
    for iteration in 0.. {
        if iteration == 100 {
            return Err("no solution after 100 steps".into());
        }
        let f = timed(&mut times.derivatives, || -> Result<f64, wengert::RunError> {
            nlp.eval_grad_f(&mut work, &x, &mut gradient)?;
            nlp.eval_g(&mut work, &x, &mut c)?;
            nlp.eval_jac_g(&mut work, &x, &mut j)?;
            nlp.eval_h(&mut work, &x, 1.0, &lambda, &mut h)?;
            nlp.eval_f(&mut work, &x)
        })?;
        // ∇L = ∇f + Jᵀλ.
        let mut slope = gradient.clone();
        for ((row, column), value) in nlp.jacobian().entries().zip(&j) {
            slope[column] += value * lambda[row];
        }
        let (violation, stationarity) = (largest(&c), largest(&slope));
        print!("{iteration:>4} {f:>14.6e} {violation:>10.2e} {stationarity:>10.2e}");
        if violation.max(stationarity) < TOLERANCE {
            println!("\n");
            break;
        }
        // [H + δI, Jᵀ; J, 0] (d, λ⁺ − λ) = −(∇L, c).
        for (s, value) in step.iter_mut().zip(slope.iter().chain(&c)) {
            *s = -value;
        }
        let added = timed(&mut times.factorisations, || kkt.solve(&h, &j, &mut step))?;
        let (d, change) = step.split_at(n);
        // Backtracking on f + ν‖c‖₁, which falls along d when ν is more than the multipliers.
        let reach = lambda.iter().zip(change).fold(0.0, |most: f64, (l, d)| most.max((l + d).abs()));
        penalty = penalty.max(1.1 * reach);
        let merit = f + penalty * one_norm(&c);
        let fall = dot(&gradient, d) - penalty * one_norm(&c);
        let length = timed(&mut times.line_search, || -> Result<f64, wengert::RunError> {
            let mut length = 1.0;
            loop {
                for ((new, x), d) in candidate.iter_mut().zip(&x).zip(d) {
                    *new = x + length * d;
                }
                nlp.eval_g(&mut work, &candidate, &mut c)?;
                let there = nlp.eval_f(&mut work, &candidate)? + penalty * one_norm(&c);
                // Near the solution the merit's own rounding is all that is left of the difference.
                if there <= merit + 1e-4 * length * fall + 1e-13 * merit.abs() || length < 1e-10 {
                    return Ok(length);
                }
                length *= 0.5;
            }
        })?;
        x.copy_from_slice(&candidate);
        lambda.iter_mut().zip(change).for_each(|(l, d)| *l += length * d);
        println!(" {added:>9.1e} {length:>8.4}");
    }
    let Times { derivatives, factorisations, line_search } = times;
    println!(
        "solved in {:.2?}: derivatives {derivatives:.2?}, factorisations {factorisations:.2?}, line search {line_search:.2?}",
        all.elapsed()
    );
    std::fs::create_dir_all(&folder)?;
    let path = folder.join("sparse_newton.svg");
    picture::draw(&path, &nlp, kkt.pattern())?;
    println!("{}", path.display());
    Ok(())
}
