//! argmin's traits on a function: the same numbers, and errors that get through.

use argmin::core::{CostFunction, Executor, Gradient, Hessian, Jacobian, Operator};
use argmin::solver::trustregion::{Steihaug, TrustRegion};
use argmin_math::ArgminDot;
use wengert::argmin::Objective;
use wengert::{Function, Var};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Least at (1, 1, 3), with a branch on the way.
fn valley(x: &[Var], p: &[Var]) -> Var {
    let apart = x[2] - 3.0;
    let bowl = if apart > 2.0 { apart * 4.0 - 4.0 } else { apart.square() };
    (x[1] - x[0] * x[0]).square() * p[0] + (x[0] - 1.0).square() + bowl
}

#[test]
fn the_operator_is_the_matrix() -> Outcome {
    let f = Function::with_parameters(&[1.0], valley);
    let mut other = f.clone();
    let mut f = f;
    f.set_parameters(&[100.0]);
    other.set_parameters(&[100.0]);
    let dense = Objective::new(f);
    let free = Objective::new(other).matrix_free();
    let (x, v) = (vec![0.3, -0.7, 9.0], vec![1.0, -2.0, 0.5]);
    assert_eq!((dense.cost(&x)?, dense.gradient(&x)?), (free.cost(&x)?, free.gradient(&x)?));
    let (matrix, operator) = (dense.hessian(&x)?, free.hessian(&x)?);
    // Elsewhere meanwhile: another trace, which is none of the operator's business.
    free.cost(&vec![0.0; 3])?;
    let (by_matrix, by_operator) = (matrix.dot(&v), operator.clone().dot(&v));
    for (a, b) in by_matrix.iter().zip(&by_operator) {
        assert!((a - b).abs() <= 1e-12 * (1.0 + a.abs()), "{by_matrix:?} and {by_operator:?}");
    }
    assert!(operator.dot(&vec![1.0]).iter().all(|product| product.is_nan()));
    Ok(())
}

#[test]
fn a_trust_region_finds_the_minimum() -> Outcome {
    let mut f = Function::with_parameters(&[1.0], valley);
    f.set_parameters(&[100.0]);
    let solver = TrustRegion::new(Steihaug::new());
    let mut result = Executor::new(Objective::new(f).matrix_free(), solver)
        .configure(|state| state.param(vec![-1.2, 1.0, 9.0]).max_iters(200).target_cost(1e-20))
        .run()?;
    let found = result.state.best_param.take().ok_or("nothing found")?;
    assert!(found.iter().zip([1.0, 1.0, 3.0]).all(|(x, exact)| (x - exact).abs() < 1e-8), "{found:?}");
    let problem = result.problem.take_problem().ok_or("taken")?;
    assert_eq!((problem.report().recordings, problem.report().traces), (2, 2));
    assert_eq!(problem.into_function().parameters(), [100.0]);
    Ok(())
}

#[test]
fn residuals_and_errors() -> Outcome {
    let residuals = Objective::new(Function::new(|x| [x[0] * x[1], x[0] - x[1], x[1]]));
    let x = vec![2.0, 3.0];
    assert_eq!(residuals.apply(&x)?, [6.0, -1.0, 3.0]);
    assert_eq!(residuals.jacobian(&x)?, [[3.0, 2.0], [1.0, -1.0], [0.0, 1.0]]);
    let error = residuals.cost(&x).err().ok_or("three outputs have no cost")?;
    assert_eq!(error.to_string(), "the program has 3 outputs where this asks for one");
    assert!(residuals.gradient(&x).is_err() && residuals.hessian(&x).is_err());
    assert!(residuals.matrix_free().hessian(&x).is_err());
    Ok(())
}
