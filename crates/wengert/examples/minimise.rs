//! argmin minimises Rosenbrock's function in a thousand dimensions: by gradients (L-BFGS), and by gradients and products with
//! a Hessian that is never formed (a trust region by Steihaug's method; Newton-CG).
//!
//! ```text
//! cargo run --release -p wengert --example minimise --features argmin
//! ```

use std::time::Instant;

use argmin::core::{Executor, IterState, Solver, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::newton::NewtonCG;
use argmin::solver::quasinewton::LBFGS;
use argmin::solver::trustregion::{Steihaug, TrustRegion};
use wengert::argmin::Objective;
use wengert::{Function, Var};

const DIMENSIONS: usize = 1_000;

/// `Σ 100·(x₂ₖ₊₁ − x₂ₖ²)² + (1 − x₂ₖ)²`, least at (1, … 1), where it is 0.
fn rosenbrock(x: &[Var]) -> Var {
    x.chunks_exact(2).map(|x| (x[1] - x[0] * x[0]).square() * 100.0 + (1.0 - x[0]).square()).sum()
}

fn start() -> Vec<f64> {
    // The usual starting point, a little different in each pair, so that the pairs are not all solved at once.
    (0..DIMENSIONS).map(|k| [-1.2, 1.0][k % 2] + 0.1 * (k as f64).sin()).collect()
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let objective = || Objective::new(Function::new(rosenbrock));
    let lbfgs = LBFGS::new(MoreThuenteLineSearch::new(), 10).with_tolerance_grad(1e-8)?;
    minimise("L-BFGS", objective(), lbfgs)?;
    let region = TrustRegion::new(Steihaug::new());
    minimise("trust region, H·v", objective().matrix_free(), region)?;
    let newton = NewtonCG::new(MoreThuenteLineSearch::new());
    minimise("Newton-CG, H·v", objective().matrix_free(), newton)
}

/// Runs a solver and prints what it needed.
fn minimise<'a, F, H, S>(name: &str, problem: Objective<'a, F>, solver: S) -> Outcome<()>
where
    S: Solver<Objective<'a, F>, IterState<Vec<f64>, Vec<f64>, (), H, (), f64>>,
    IterState<Vec<f64>, Vec<f64>, (), H, (), f64>: State<Param = Vec<f64>, Float = f64>,
{
    let begin = Instant::now();
    let mut result = Executor::new(problem, solver)
        .configure(|state| state.param(start()).max_iters(500).target_cost(1e-16))
        .run()?;
    let seconds = begin.elapsed().as_secs_f64();
    let (cost, iterations) = (result.state.get_best_cost(), result.state.get_iter());
    println!("{name}: cost {cost:.1e} after {iterations} iterations, {:.1} ms", 1e3 * seconds);
    let mut counts: Vec<_> = result.problem.counts.iter().collect();
    counts.sort();
    println!("  {}", counts.iter().map(|(what, n)| format!("{what} {n}")).collect::<Vec<_>>().join(", "));
    if let Some(problem) = result.problem.take_problem() {
        println!("  {}\n", problem.report().to_string().replace('\n', "\n  "));
    }
    Ok(())
}
