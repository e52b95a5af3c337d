//! Memory: a call into slices at a trace that its driver has run allocates nothing.

#[path = "../../program/tests/memory/counting.rs"]
mod counting;

use counting::allocations;
use wengert::{Function, FunctionError, Var};

const N: usize = 6;

fn residuals(x: &[Var], p: &[Var]) -> [Var; 3] {
    let sum = wengert::linear::sum(x);
    // Two paths, two traces.
    let bent = if sum > 0.0 { (x[0] * x[1]).sin() + sum.powi(3) } else { x[2].exp() * sum };
    [bent, Var::dot(x, p), x[3].max(x[4]) * p[0]]
}

/// Slices of all sizes that are asked for.
struct Slices {
    y: [f64; 3],
    along: [f64; 3],
    g: [f64; N],
    product: [f64; N],
    jacobian: [f64; 3 * N],
    hessian: [f64; N * N],
}

fn all_of_several(f: &mut Function, x: &[f64], s: &mut Slices) -> Result<(), FunctionError> {
    let w = [1.0, 2.0, 3.0];
    f.values_into(x, &mut s.y)?;
    f.jvp_into(x, x, &mut s.y, &mut s.along)?;
    f.vjp_into(x, &w, &mut s.y, &mut s.product)?;
    f.jacobian_into(x, &mut s.y, &mut s.jacobian)?;
    f.lagrangian_hvp_into(x, &w, x, &mut s.g, &mut s.product)?;
    f.lagrangian_hessian_into(x, &w, &mut s.g, &mut s.hessian)
}

fn all_of_one(f: &mut Function, x: &[f64], s: &mut Slices) -> Result<(), FunctionError> {
    f.value(x)?;
    f.gradient_into(x, &mut s.g)?;
    f.hvp_into(x, x, &mut s.g, &mut s.product)?;
    f.hessian_into(x, &mut s.g, &mut s.hessian)?;
    Ok(())
}

#[test]
fn a_call_at_a_known_trace_allocates_nothing() -> Result<(), FunctionError> {
    let parameters = |scale: f64| -> Vec<f64> { (0..N).map(|k| scale * k as f64 - 1.0).collect() };
    let mut several = Function::with_parameters(&parameters(1.0), residuals).optimize_after(0);
    let mut one =
        Function::with_parameters(&parameters(1.0), |x, p| residuals(x, p)[0] * x[5]).optimize_after(0);
    let mut slices = Slices {
        y: [0.0; 3],
        along: [0.0; 3],
        g: [0.0; N],
        product: [0.0; N],
        jacobian: [0.0; 3 * N],
        hessian: [0.0; N * N],
    };
    let points =
        [1.0, -1.0].map(|sign: f64| -> Vec<f64> { (0..N).map(|k| sign * (0.3 + 0.1 * k as f64)).collect() });
    let other = parameters(2.0);
    // Point after point: each call at the trace of the one before.
    for x in &points {
        let mut counts = Vec::new();
        for _ in 0..4 {
            let (ran, count) = allocations(|| -> Result<(), FunctionError> {
                all_of_several(&mut several, x, &mut slices)?;
                several.set_parameters(&other);
                all_of_one(&mut one, x, &mut slices)?;
                one.set_parameters(&other);
                Ok(())
            });
            ran?;
            counts.push(count);
        }
        assert!(counts[0] > 0, "the allocator counts nothing");
        assert_eq!(counts[1..], [0; 3], "{counts:?}");
    }
    // In turns: a run of the other trace that is tried first says where it diverged, in one box.
    let before = several.report().divergences;
    let (ran, count) =
        allocations(|| (0..10).try_for_each(|k| several.values_into(&points[k % 2], &mut slices.y)));
    ran?;
    assert_eq!((several.report().divergences - before, count), (10, 10));
    Ok(())
}
