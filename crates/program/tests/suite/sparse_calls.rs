//! Sparse patterns and plans through calls: those of the same work inlined where it can be looked into, dense where not; what
//! a callback does not give is an error.

use wengert_ops::{Real, Scalar, rule};
use wengert_program::{
    NonlinearProgram, Program, Recovery, Solver, SparseHessian, SparseOptions, Work, implicit,
};
use wengert_tape::call::{CallError, Callee, Opaque, Outcome};
use wengert_tape::{Pattern, RunError, Var};

use crate::modes::{close, everywhere, sparse_hessian, sparse_jacobian};

fn entries(pattern: &Pattern) -> Vec<(usize, usize)> {
    pattern.entries().collect()
}

/// Both patterns of two programs are the same.
fn same_patterns(found: &Program, expected: &Program) {
    let (a, b) = (found.tape(), expected.tape());
    assert_eq!(entries(&a.jacobian_pattern()), entries(&b.jacobian_pattern()), "Jacobian");
    assert_eq!(entries(&a.hessian_pattern()), entries(&b.hessian_pattern()), "Hessian");
}

/// Of four inputs: one is dead, one linear, two meet; the outputs differ in what they read.
fn inner<T: Scalar>(x: &[T]) -> Vec<T> {
    vec![x[0] * x[1] + x[2], x[2] * T::lit(3.0) - x[1], x[3].floor() + x[0].sin()]
}

const AT: [f64; 4] = [0.5, 0.7, -0.3, 1.25];

fn of(f: impl Fn(&[Var]) -> Vec<Var>) -> Program {
    Program::record(&AT, |x| f(x)).unwrap()
}

/// Calls of results, of constants, of the same variable twice.
fn outer<T: Scalar>(x: &[T], call: impl Fn(&[T]) -> Vec<T>) -> Vec<T> {
    let a = call(x);
    let b = call(&[x[3], T::lit(0.5), a[1], a[0]]);
    let c = call(&[a[2], a[2], x[1], b[0]]);
    vec![a[0], b[0] + b[2], c[0].exp() + c[1] + c[2], x[0] * a[1]]
}

#[test]
fn programs_have_the_patterns_of_what_they_do() {
    let called = of(inner);
    let (found, expected) = (of(|x| outer(x, |x| called.call(x))), of(|x| outer(x, inner)));
    same_patterns(&found, &expected);
    assert!(found.tape().hessian_pattern().nonzeros() < 10, "some pairs do not meet");
    everywhere(&found, &expected, &[0.4, 0.8, -0.2, 1.5]);
    // One call deeper, and with one output left out.
    let deeper = of(|x| found.call(x));
    same_patterns(&deeper, &expected);
    for outputs in [vec![0], vec![1], vec![3, 0]] {
        let of = |program: &Program| {
            let jacobian = program.tape().jacobian_pattern_of(&outputs).unwrap();
            (jacobian, program.tape().hessian_pattern_of(&outputs).unwrap())
        };
        let (found, expected) = (of(&deeper), of(&expected));
        assert_eq!(found.0, expected.0);
        // A call's results share their pairs, so that it may be larger, and is never smaller.
        assert!(expected.1.entries().all(|(i, j)| found.1.contains(i, j)), "{outputs:?}");
    }
}

#[test]
fn what_is_linear_lets_nothing_meet() {
    let called = of(|x| vec![x[0] + x[1] * 2.0, x[2].abs()]);
    let found = of(|x| called.call(x));
    assert_eq!(entries(&found.tape().jacobian_pattern()), [(0, 0), (0, 1), (1, 2)]);
    assert_eq!(found.tape().hessian_pattern().nonzeros(), 0);
    let squared = of(|x| called.call(x)[..1].iter().map(|y| y.square()).collect());
    assert_eq!(entries(&squared.tape().hessian_pattern()), [(0, 0), (1, 0), (1, 1)]);
}

/// A row of a map reads its own inputs and the shared ones.
#[test]
fn rows_of_a_map_are_apart() {
    let called = of(inner);
    let point: Vec<f64> = (0..20).map(|k| 0.3 + 0.1 * f64::from(k)).collect();
    let rows = |x: &[Var], row: &dyn Fn(&[Var]) -> Vec<Var>| {
        let y: Vec<Var> = x[..18].chunks(3).flat_map(|own| row(&[own[0], own[1], own[2], x[18]])).collect();
        y.iter().map(|y| *y * x[19]).collect::<Vec<_>>()
    };
    let expected = Program::record(&point, |x| rows(x, &|x| inner(x))).unwrap();
    let found = Program::record(&point, |x| {
        called.map(&x[..18], &x[18..19]).iter().map(|y| *y * x[19]).collect::<Vec<_>>()
    })
    .unwrap();
    same_patterns(&found, &expected);
    everywhere(&found, &expected, &point);
    let plan = SparseHessian::new(&found);
    assert!(plan.report().colors < 8, "{}", plan.report());
}

rule! {
    /// `a·sin b`: linear in `a`.
    Swing "swing" (a, b) { a * b.sin() } d(a, b => _) { [b.sin(), a * b.cos()] }
}
rule! {
    /// `a + 2b`.
    Mixture "mixture" (a, b) { a + b * F::of(2.0) } d(_, _ => _) { [T::lit(1.0), T::lit(2.0)] }
}

#[test]
fn rules_are_read() {
    let own = of(|x| {
        let a = Var::fixed::<Mixture, 2>([x[0], x[1]]);
        vec![a, Var::fixed::<Swing, 2>([x[2], x[3]]), Var::fixed::<Swing, 2>([a, 2.0.into()])]
    });
    let table = of(|x| {
        let a = x[0] + x[1] * 2.0;
        vec![a, x[2] * x[3].sin(), a * Var::from(2.0).sin()]
    });
    same_patterns(&own, &table);
    assert_eq!(entries(&own.tape().hessian_pattern()), [(3, 2), (3, 3)]);
    everywhere(&own, &table, &AT);
}

/// `(x₀·x₁, x₂)`, of which nobody knows.
struct Hidden;

impl Opaque for Hidden {
    fn name(&self) -> &'static str {
        "hidden"
    }
    fn inputs(&self) -> usize {
        3
    }
    fn outputs(&self) -> usize {
        2
    }
    fn is_pure(&self) -> bool {
        true
    }
    fn value(&self, x: &[f64], y: &mut [f64]) -> Outcome {
        y.copy_from_slice(&[x[0] * x[1], x[2]]);
        Ok(())
    }
    fn vjp(&self, x: &[f64], _: &[f64], gy: &[f64], gx: &mut [f64]) -> Outcome {
        gx.copy_from_slice(&[gy[0] * x[1], gy[0] * x[0], gy[1]]);
        Ok(())
    }
}

#[test]
fn callbacks_are_dense() {
    let callee = Callee::opaque(Hidden);
    let found = of(|x| {
        let y = callee.call(&[x[0], x[1], x[2]]);
        vec![y[0], y[1] + x[3], x[3] * x[0]]
    });
    let jacobian = found.tape().jacobian_pattern();
    assert_eq!(jacobian.nonzeros(), 3 + 4 + 2);
    assert_eq!(found.tape().hessian_pattern().nonzeros(), 6 + 1);
    let mut expected = [0.0; 12];
    found.jacobian_into(&mut Work::new(), &AT, &mut vec![0.0; found.outputs()], &mut expected).unwrap();
    close("sparse Jacobian", &sparse_jacobian(&found, &AT), &expected);
    // Many rows of few columns: swept in reverse, or forward.
    let wide = of(|x| vec![callee.call(&x[1..])[0] + x.iter().map(|x| x.sin()).sum::<Var>()]);
    let mut expected = [0.0; 4];
    wide.jacobian_into(&mut Work::new(), &AT, &mut vec![0.0; wide.outputs()], &mut expected).unwrap();
    close("wide", &sparse_jacobian(&wide, &AT), &expected);
    // It gives no second derivative, and that is said; of outputs that do not come of it there is one.
    let plan = SparseHessian::new(&found);
    let mut values = vec![0.0; plan.pattern().nonzeros()];
    let error = plan.values_into(&mut Work::new(), &AT, &[1.0, 1.0, 1.0], &mut values).unwrap_err();
    let hidden = |why: &CallError| matches!(why, CallError::NoDerivative { name, .. } if name == "hidden");
    let missing = |error: &RunError| matches!(error, RunError::Call(why) if hidden(why));
    assert!(missing(&error), "{error}");
    let options = SparseOptions { outputs: Some(vec![2]), ..SparseOptions::default() };
    let plan = SparseHessian::with(&found, &options).unwrap();
    assert_eq!(entries(plan.pattern()), [(3, 0)]);
    let mut values = [0.0];
    plan.values_into(&mut Work::new(), &AT, &[2.0], &mut values).unwrap();
    assert_eq!(values, [2.0]);
    // In the shape of solvers.
    let problem = NonlinearProgram::new(&found).unwrap();
    let (mut work, mut values) = (Work::new(), vec![0.0; problem.jacobian().nonzeros()]);
    problem.eval_jac_g(&mut work, &AT, &mut values).unwrap();
    let mut values = vec![0.0; problem.hessian().nonzeros()];
    let error = problem.eval_h(&mut work, &AT, 1.0, &[0.5, 0.5], &mut values).unwrap_err();
    assert!(missing(&error), "{error}");
    // The adjoints that a derivative program calls.
    let derivative = of(|x| vec![callee.call(&x[..3])[0]]).gradient_program().unwrap();
    assert_eq!(derivative.tape().jacobian_pattern().nonzeros(), 3 * 3);
}

/// `x₀·x₁ = p₀`, `x₀ = p₁x₁`.
struct Pair;

impl Solver for Pair {
    fn name(&self) -> &'static str {
        "pair"
    }
    fn solve(&self, p: &[f64], x: &mut [f64]) -> Outcome {
        x.copy_from_slice(&[(p[0] * p[1]).sqrt(), (p[0] / p[1]).sqrt()]);
        Ok(())
    }
    fn factorize(
        &self,
        matrix: &[f64],
    ) -> Result<Box<dyn wengert_program::Factorized>, Box<dyn core::error::Error + Send + Sync>> {
        struct Inverse([f64; 4]);
        impl wengert_program::Factorized for Inverse {
            fn solve(&self, b: &mut [f64]) {
                let [m, n, p, q] = self.0;
                b.copy_from_slice(&[m * b[0] + n * b[1], p * b[0] + q * b[1]]);
            }
            fn solve_transposed(&self, b: &mut [f64]) {
                let [m, n, p, q] = self.0;
                b.copy_from_slice(&[m * b[0] + p * b[1], n * b[0] + q * b[1]]);
            }
        }
        let &[a, b, c, d] = matrix else { return Err("of two unknowns".into()) };
        let det = a * d - b * c;
        Ok(Box::new(Inverse([d / det, -b / det, -c / det, a / det])))
    }
}

#[test]
fn solutions_of_equations_are_dense() {
    let equation = Program::record(&[1.0; 4], |x| vec![x[0] * x[1] - x[2], x[0] - x[3] * x[1]]).unwrap();
    let callee = implicit(Pair, equation).unwrap();
    let at = [0.5, 0.7, 1.3, 1.25];
    let found = Program::record(&at, |p| {
        let x = callee.call(&[p[0] * p[1], p[2]]);
        vec![x[0] + p[3].square(), x[1]]
    })
    .unwrap();
    assert_eq!(found.tape().jacobian_pattern().nonzeros(), 4 + 3);
    // The lower triangle of three inputs that meet, and one that meets itself.
    assert_eq!(found.tape().hessian_pattern().nonzeros(), 6 + 1);
    let mut hessian = [0.0; 16];
    let weights = [1.0, 1.0 + 1.0_f64.sin()];
    found
        .lagrangian_hessian_into(
            &mut Work::new(),
            &at,
            &weights,
            &mut vec![0.0; found.inputs()],
            &mut hessian,
        )
        .unwrap();
    for recovery in [Recovery::Direct, Recovery::Substitution] {
        close("sparse Hessian", &sparse_hessian(&found, &at, recovery), &hessian);
    }
}

/// Whatever a called program's output is multiplied by later, the pairs inside it meet; results that nobody reads, and calls
/// of which only a linear part is read, ask for nothing.
#[test]
fn results_that_are_not_read() {
    let called = of(|x| vec![x[0] * x[1], x[2] + x[3]]);
    let found = of(|x| vec![called.call(x)[1], x[0]]);
    assert_eq!(entries(&found.tape().jacobian_pattern()), [(1, 0), (0, 2), (0, 3)]);
    let nothing = of(|x| {
        let _ = called.call(x);
        vec![x[0] * 2.0]
    });
    assert_eq!(
        (nothing.tape().jacobian_pattern().nonzeros(), nothing.tape().hessian_pattern().nonzeros()),
        (1, 0)
    );
}
