//! `Function`: the right trace at every point, and what the report says of it.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

use wengert::{
    Dual, Function, FunctionError, Program, ProgramError, RecordError, Recorder, RunError, Scalar, Var,
    call::{Callee, Opaque, evaluate},
    forward,
    ops::Real as _,
    rule,
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Branches within branches.
fn nested<T: Scalar>(x: &[T]) -> T {
    if x[0] > T::lit(0.0) {
        if x[0] > x[1] {
            x[0].sin() * x[1]
        } else if x[1] > T::lit(2.0) {
            x[1].exp() * x[0]
        } else {
            x[0] / (T::lit(1.0) + x[1] * x[1])
        }
    } else {
        x[1].cos() + x[0]
    }
}

/// One point for each path through [`nested`].
const PATHS: [[f64; 2]; 4] = [[3.0, 1.0], [1.0, 2.5], [1.0, 1.5], [-1.0, 0.5]];

/// A loop whose count depends on the input, by the bisection of a step.
fn halvings<T: Scalar>(x: &[T]) -> T {
    let (mut step, mut sum) = (x[0], T::lit(0.0));
    while step.abs() > T::lit(1.0) {
        step *= T::lit(0.5);
        sum += step.sin();
    }
    sum * step
}

fn duals<const N: usize>(f: impl Fn(&[Dual<f64, 8>]) -> Dual<f64, 8>, x: &[f64; N]) -> (f64, [f64; N]) {
    forward::gradient(x, |x| f(&x)).unwrap()
}

#[test]
fn each_path_is_recorded_once_and_then_found() -> Outcome {
    let mut f = Function::new(nested::<Var>);
    for _ in 0..3 {
        for x in PATHS {
            let (value, slopes) = f.gradient(&x)?;
            let (expected, by_duals) = duals(nested, &x);
            assert_eq!(value, expected, "at {x:?}");
            for (slope, expected) in slopes.iter().zip(by_duals) {
                assert!(
                    (slope - expected).abs() <= 1e-14 * expected.abs(),
                    "{slope} and {expected} at {x:?}"
                );
            }
        }
    }
    let report = f.report();
    assert_eq!((report.calls, report.recordings, report.hits, report.traces), (12, 4, 8, 4));
    assert_eq!((report.dropped, report.limit), (0, 16));
    Ok(())
}

/// How many runs fail on the way to a trace: each one tried agrees with all that was seen before.
#[test]
fn divergences_are_counted_exactly() -> Outcome {
    let mut f = Function::new(nested::<Var>);
    let mut failed = Vec::new();
    // The last trace: none; another that differs at the first comparison: one; one that differs at a later: as many as the
    // latest of those that agree leads astray.
    for k in [0, 0, 3, 0, 1, 2, 0, 3, 3, 2] {
        let before = f.report().divergences;
        f.value(&PATHS[k])?;
        failed.push(f.report().divergences - before);
    }
    // 0 recorded, again; 3 after 0; 0 after 3; 1 after 0; 2 after 1; 0 after 2; 3 after 0; again; 2 after 3: 0 is tried.
    assert_eq!(failed, [0, 0, 1, 1, 1, 1, 1, 1, 0, 2]);
    Ok(())
}

#[test]
fn loops_with_counts_that_depend_on_data() -> Outcome {
    let mut f = Function::new(halvings::<Var>).limit(20);
    for round in 0..2 {
        for count in 0..20 {
            let x = [1.5 * f64::from(count).exp2() / 2.0];
            let (value, slopes) = f.gradient(&x)?;
            let (expected, [slope]) = duals(halvings, &x);
            assert_eq!(value, expected);
            assert!((slopes[0] - slope).abs() <= 1e-12 * (1.0 + slope.abs()), "{} and {slope}", slopes[0]);
            assert_eq!(f.report().recordings, if round == 0 { count as u64 + 1 } else { 20 });
        }
    }
    Ok(())
}

/// Each driver, called first at a point whose path is not known yet.
#[test]
fn every_driver_diverges_and_records() -> Outcome {
    let cubes = |x: &[Var]| if x[0] < 0.0 { [x[0] * x[1], x[1]] } else { [x[0] * x[0] * x[0], x[0] * x[1]] };
    let (off, on) = ([-1.0, 2.0], [2.0, 3.0]);
    let start = || -> Result<_, FunctionError> {
        let mut f = Function::new(cubes);
        f.values(&off)?;
        Ok(f)
    };
    let checked = |f: &Function| {
        let report = f.report();
        assert_eq!((report.recordings, report.divergences, report.traces), (2, 1, 2));
    };
    let mut f = start()?;
    assert_eq!(f.values(&on)?, [8.0, 6.0]);
    checked(&f);
    let mut f = start()?;
    assert_eq!(f.jvp(&on, &[1.0, 10.0])?, (vec![8.0, 6.0], vec![12.0, 23.0]));
    checked(&f);
    let mut f = start()?;
    assert_eq!(f.vjp(&on, &[1.0, 10.0])?, (vec![8.0, 6.0], vec![42.0, 20.0]));
    checked(&f);
    let mut f = start()?;
    assert_eq!(f.jacobian(&on)?.1, [12.0, 0.0, 3.0, 2.0]);
    checked(&f);
    let mut f = start()?;
    assert_eq!(f.lagrangian_hessian(&on, &[1.0, 10.0])?.1, [12.0, 10.0, 10.0, 0.0]);
    checked(&f);
    let mut f = start()?;
    let (mut gradient, mut product) = ([0.0; 2], [0.0; 2]);
    f.lagrangian_hvp_into(&on, &[1.0, 10.0], &[1.0, 1.0], &mut gradient, &mut product)?;
    assert_eq!((gradient, product), ([42.0, 20.0], [22.0, 10.0]));
    checked(&f);
    let mut one = Function::new(move |x| cubes(x)[0]);
    one.value(&off)?;
    assert_eq!(one.hvp(&on, &[1.0, 1.0])?.2, [12.0, 0.0]);
    let mut one = Function::new(move |x| cubes(x)[0]);
    one.value(&off)?;
    assert_eq!(one.hessian(&on)?.2, [12.0, 0.0, 0.0, 0.0]);
    assert_eq!(one.hessian(&off)?.2, [0.0, 1.0, 1.0, 0.0]);
    Ok(())
}

#[test]
fn at_most_so_many_traces() -> Outcome {
    let mut f = Function::new(nested::<Var>).limit(2);
    for k in [0, 1, 0, 2] {
        f.value(&PATHS[k])?; // 2 drops 1, which was used before 0
    }
    assert_eq!((f.report().traces, f.report().dropped, f.report().recordings), (2, 1, 3));
    f.value(&PATHS[0])?;
    assert_eq!(f.report().recordings, 3, "the latest were kept");
    f.value(&PATHS[1])?;
    assert_eq!((f.report().traces, f.report().dropped, f.report().recordings), (2, 2, 4));
    let mut f = f.limit(0);
    for x in PATHS {
        assert_eq!(f.value(&x)?, nested(&x));
    }
    let report = f.report();
    assert_eq!((report.traces, report.recordings, report.hits), (0, 8, 2));
    Ok(())
}

#[test]
fn reads_are_recorded_each_time_until_accepted() -> Outcome {
    // Whether it reads depends on the branch.
    let mut f = Function::new(|x| if x[0] > 0.0 { x[0] * x[0].value() } else { x[0] * 3.0 });
    assert_eq!(f.gradient(&[-2.0])?, (-6.0, vec![3.0]));
    for x in [1.0, 2.0, 3.0] {
        assert_eq!(f.gradient(&[x])?, (x * x, vec![x]), "what was read is a constant of its recording");
    }
    assert_eq!(f.gradient(&[-4.0])?, (-12.0, vec![3.0]));
    let report = f.report();
    assert_eq!((report.traces, report.recordings, report.hits), (1, 4, 1));
    assert_eq!(report.reads.len(), 1);
    assert!(report.reads[0].file.ends_with("function.rs"), "{report}");
    assert!(report.to_string().contains("a plain value is read"), "{report}");
    // Another line is not this one.
    let mut other = report.reads[0].clone();
    other.line += 1;
    f.accept_reads([other]);
    f.value(&[1.0])?;
    assert_eq!((f.report().recordings, f.report().traces), (5, 1));
    f.accept_reads(report.reads);
    f.value(&[5.0])?;
    assert_eq!(f.value(&[2.0])?, 10.0, "frozen, as was accepted");
    assert_eq!((f.report().recordings, f.report().traces, f.report().reads.len()), (6, 2, 0));
    Ok(())
}

#[test]
fn parameters_change_without_a_recording() -> Outcome {
    let model = |x: &[Var], p: &[Var]| {
        let curve = x[0] * x[0] * p[0] + x[1] * p[1];
        if p[0] > p[1] { [curve, x[0]] } else { [-curve, x[1]] }
    };
    let mut f = Function::with_parameters(&[2.0, 1.0], model);
    let x = [3.0, 5.0];
    assert_eq!(f.vjp(&x, &[1.0, 0.0])?, (vec![23.0, 3.0], vec![12.0, 1.0]));
    f.set_parameters(&[10.0, 7.0]);
    assert_eq!(f.vjp(&x, &[1.0, 0.0])?, (vec![125.0, 3.0], vec![60.0, 7.0]));
    assert_eq!(f.jvp(&x, &[1.0, 0.0])?.1, [60.0, 1.0]);
    assert_eq!(f.jacobian(&x)?.1, [60.0, 7.0, 1.0, 0.0]);
    assert_eq!(f.lagrangian_hessian(&x, &[1.0, 0.0])?.1, [20.0, 0.0, 0.0, 0.0]);
    assert_eq!(f.report().recordings, 1);
    // A comparison of parameters is one too.
    f.set_parameters(&[7.0, 10.0]);
    assert_eq!(f.values(&x)?, [-113.0, 5.0]);
    assert_eq!((f.report().recordings, f.report().traces), (2, 2));
    let program = f.program(&x)?;
    assert_eq!((program.parameters(), f.parameters()), (2, &[7.0, 10.0][..]));
    Ok(())
}

#[test]
fn lengths_are_traces_of_their_own() -> Outcome {
    let mut f = Function::new(Var::sum_squares);
    for _ in 0..2 {
        assert_eq!(f.gradient(&[1.0, 2.0])?, (5.0, vec![2.0, 4.0]));
        assert_eq!(f.gradient(&[1.0, 2.0, 3.0])?, (14.0, vec![2.0, 4.0, 6.0]));
    }
    assert_eq!((f.report().recordings, f.report().hits, f.report().divergences), (2, 2, 0));
    Ok(())
}

#[test]
fn traces_are_optimised_once_they_have_served() -> Outcome {
    let mut f = Function::new(|x| (x[0] * 2.0).sin() + (x[0] * 2.0).sin()).optimize_after(3);
    // Recorded, and three that it serves as it is.
    for optimized in [0, 0, 0, 0, 1, 1] {
        assert_eq!(f.value(&[0.25])?, 2.0 * 0.5_f64.sin());
        assert_eq!(f.report().optimized, optimized);
    }
    assert_eq!(f.program(&[0.25])?.tape().len(), 4);
    let mut f = Function::new(|x| x[0] * 2.0).optimize_after(0);
    f.value(&[0.25])?;
    assert_eq!(f.report().optimized, 1);
    Ok(())
}

#[test]
fn clones_share_what_is_known() -> Outcome {
    let calls = AtomicU32::new(0);
    let mut f = Function::new(|x| {
        calls.fetch_add(1, Ordering::Relaxed);
        nested(x)
    });
    for x in PATHS {
        f.value(&x)?;
    }
    let results = std::thread::scope(|scope| {
        let run = |k: usize| {
            let f = &f;
            scope.spawn(move || {
                let mut f = f.clone();
                (0..100).map(|n| f.value(&PATHS[(k + n) % 4])).collect::<Result<Vec<_>, _>>()
            })
        };
        let threads: Vec<_> = (0..3).map(run).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    for (k, values) in results.into_iter().enumerate() {
        let expected: Vec<f64> = (0..100).map(|n| nested(&PATHS[(k + n) % 4])).collect();
        assert_eq!(values?, expected);
    }
    assert_eq!(calls.load(Ordering::Relaxed), 4);
    Ok(())
}

#[test]
fn errors_say_what_happened() -> Outcome {
    let mut f = Function::new(|x| [x[0], x[0] * 2.0]);
    assert!(matches!(f.value(&[1.0]), Err(FunctionError::Run(RunError::NotScalar { found: 2 }))));
    assert!(matches!(f.gradient(&[1.0]), Err(FunctionError::Run(RunError::NotScalar { found: 2 }))));
    assert!(matches!(f.hvp(&[1.0], &[1.0]), Err(FunctionError::Run(RunError::NotScalar { found: 2 }))));
    let short = f.vjp(&[1.0], &[1.0]);
    assert!(matches!(short, Err(FunctionError::Run(RunError::Length { expected: 2, found: 1, .. }))));
    assert!(f.values_into(&[1.0], &mut [0.0]).is_err());
    assert!(f.jacobian_into(&[1.0], &mut [0.0; 2], &mut [0.0]).is_err());
    assert!(f.jvp(&[1.0], &[]).is_err());
    assert_eq!(f.values(&[1.0])?, [1.0, 2.0]);
    // A failed recording.
    let mut f = Function::new(|x| Var::dot(x, &x[..1]));
    assert!(matches!(f.value(&[1.0, 2.0]), Err(FunctionError::Record(RecordError::InvalidArguments { .. }))));
    assert_eq!(f.value(&[3.0])?, 9.0);
    let mut f = Function::of_shape([1.0, 2.0], |[x, y]| x * y);
    assert!(matches!(f.value(&[1.0]), Err(FunctionError::Record(RecordError::InvalidArguments { .. }))));
    let error = FunctionError::from(ProgramError::Workspace { values: 1, nodes: 2 });
    assert_eq!(error.to_string(), "the workspace holds 1 values, but the tape has 2 nodes");
    Ok(())
}

/// Of a trace that is not kept the recording itself is swept: the same numbers, and the same errors.
#[test]
fn recorded_each_time() -> Outcome {
    let f = |x: &[Var]| if x[0] > 0.0 { [x[0] * x[1], x[1]] } else { [x[1].exp(), Var::constant(2.0)] };
    let (mut kept, mut not) = (Function::new(f), Function::new(f).limit(0));
    for x in [[2.0, 3.0], [-1.0, 0.5]] {
        assert_eq!(not.values(&x)?, kept.values(&x)?);
        let (mut a, mut b) = ([0.0; 2], [0.0; 2]);
        not.values_into(&x, &mut a)?;
        kept.values_into(&x, &mut b)?;
        assert_eq!(a, b);
        assert_eq!(not.vjp(&x, &[1.0, 10.0])?, kept.vjp(&x, &[1.0, 10.0])?);
        assert_eq!(not.jvp(&x, &[1.0, 10.0])?, kept.jvp(&x, &[1.0, 10.0])?);
        assert_eq!(not.jacobian(&x)?, kept.jacobian(&x)?);
        assert_eq!(not.vjp(&x, &[1.0]), kept.vjp(&x, &[1.0]));
        assert_eq!(not.value(&x), kept.value(&x));
        assert_eq!(not.gradient(&x), kept.gradient(&x));
    }
    let (mut kept, mut not) = (Function::new(move |x| f(x)[0]), Function::new(move |x| f(x)[0]).limit(0));
    for x in [[2.0, 3.0], [-1.0, 0.5]] {
        assert_eq!((not.value(&x)?, not.gradient(&x)?), (kept.value(&x)?, kept.gradient(&x)?));
        assert!(not.gradient_into(&x, &mut [0.0]).is_err());
    }
    assert_eq!((not.report().recordings, not.report().hits), (6, 0));
    let mut constant = Function::new(|_| Var::constant(7.0)).limit(0);
    assert_eq!(constant.gradient(&[1.0])?, (7.0, vec![0.0]));
    Ok(())
}

/// A closure that branches by what it was not given is found out where it shows.
#[test]
fn a_closure_with_a_state_of_its_own() {
    let calls = AtomicU32::new(0);
    let mut f = Function::new(|x| {
        let call = calls.fetch_add(1, Ordering::Relaxed);
        if call.is_multiple_of(2) && x[0] < 0.0 { x[0] * 2.0 } else { x[0] }
    });
    assert_eq!(f.value(&[1.0]), Ok(1.0));
    let found = f.value(&[-1.0]);
    assert!(matches!(found, Err(FunctionError::Impure { .. })), "{found:?}");
    assert!(found.unwrap_err().to_string().contains("function.rs:"));
}

/// A panic in the closure leaves the function as it was.
#[test]
fn a_panic_in_the_closure() -> Outcome {
    let mut f = Function::new(|x| {
        assert!(x[0] < 10.0, "too large");
        x[0] * x[0]
    });
    assert_eq!(f.value(&[2.0])?, 4.0);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| f.value(&[11.0])));
    assert!(caught.is_err());
    assert_eq!(f.value(&[3.0])?, 9.0);
    assert_eq!((f.report().recordings, f.report().hits), (2, 1));
    Ok(())
}

/// A function is called within another recording, at plain numbers.
#[test]
fn within_a_recording() -> Outcome {
    let inner = Cell::new(0.0);
    let (value, [slope]) = wengert::gradient(&[3.0], |[x]| {
        let mut f = Function::new(|x| x[0] * x[0]);
        inner.set(f.value(&[5.0]).unwrap_or(f64::NAN));
        x * 2.0
    })?;
    assert_eq!((value, slope, inner.get()), (6.0, 2.0, 25.0));
    Ok(())
}

/// `√x`, which says that it has none below 0.
struct Root;

impl Opaque for Root {
    fn name(&self) -> &'static str {
        "root"
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
        y[0] = x[0].sqrt();
        if x[0] < 0.0 { Err("no root".into()) } else { Ok(()) }
    }
    fn vjp(&self, _: &[f64], y: &[f64], gy: &[f64], gx: &mut [f64]) -> wengert::call::Outcome {
        gx[0] = gy[0] * 0.5 / y[0];
        Ok(())
    }
}

/// Calls on some branches, before and after comparisons: a branch on which nobody calls is found whatever they would say.
#[test]
fn calls_within_branches() -> Outcome {
    let square = Program::record(&[1.0], |x| vec![if x[0] > 0.0 { x[0] * x[0] } else { x[0] }])?;
    for callee in [Callee::opaque(Root), square.named("square", 1)] {
        let closure = |x: &[Var]| {
            // The comparison's operand takes longer to be computed than the call's.
            let late = (0..20).fold(x[0], |y, _| (y * 1.1).sinh().asinh());
            if late > 0.0 { callee.call(&[x[0]])[0] * x[1] } else { x[0] * x[1].exp() }
        };
        let mut f = Function::new(closure).optimize_after(0);
        let y = evaluate(&callee, &[4.0])?[0];
        for _ in 0..3 {
            let (value, slopes) = f.gradient(&[4.0, 3.0])?;
            assert_eq!((value, slopes[1]), (3.0 * y, y));
            let (value, slopes) = f.gradient(&[-2.0, 0.0])?;
            assert_eq!((value, &slopes[..]), (-2.0, &[1.0, -2.0][..]));
        }
        // Where it is called and fails, that is the error.
        let mut f = Function::new(|x: &[Var]| callee.call(x)[0] * 2.0);
        f.gradient(&[4.0])?;
        let error = f.gradient(&[-4.0]).unwrap_err();
        assert!(matches!(error, FunctionError::Record(RecordError::Call { .. })), "{error}");
        assert_eq!(f.gradient(&[4.0])?.0, 2.0 * y);
    }
    Ok(())
}

rule! {
    /// `a·eᵇ`.
    Growth "growth" (a, b) { a * b.exp() } d(a, b => y) { [b.exp(), y] }
}

/// Every driver, through a program, a map and a rule, as of the same work inlined.
#[test]
fn every_mode_through_calls() -> Outcome {
    fn step<T: Scalar>(x: &[T]) -> Vec<T> {
        vec![x[0] * x[1].sin(), x[1] + x[2] * x[0]]
    }
    let called = Program::record(&[1.0; 3], step)?;
    let mut found = Function::new(move |x: &[Var]| {
        let y = called.call(x);
        let rows = called.map(&[y[0], y[1], x[0], x[2]], &[x[1]]);
        vec![rows[0] + rows[3], Var::fixed::<Growth, 2>([rows[1], rows[2]])]
    });
    let mut inlined = Function::new(|x: &[Var]| {
        let y = step(x);
        let (a, b) = (step(&[y[0], y[1], x[1]]), step(&[x[0], x[2], x[1]]));
        vec![a[0] + b[1], a[1] * b[0].exp()]
    });
    let near = |a: &[f64], b: &[f64]| {
        assert!(a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12), "{a:?}, {b:?}");
    };
    for x in [[0.5, 0.7, -0.3], [0.4, 0.9, 0.2], [1.5, -0.5, 0.1]] {
        let (w, v) = ([0.5, -2.0], [1.0, 0.25, -1.0]);
        assert_eq!(found.values(&x)?, inlined.values(&x)?);
        near(&found.jvp(&x, &v)?.1, &inlined.jvp(&x, &v)?.1);
        near(&found.vjp(&x, &w)?.1, &inlined.vjp(&x, &w)?.1);
        near(&found.jacobian(&x)?.1, &inlined.jacobian(&x)?.1);
        near(&found.lagrangian_hessian(&x, &w)?.1, &inlined.lagrangian_hessian(&x, &w)?.1);
        let (mut g, mut a, mut b) = ([0.0; 3], [0.0; 3], [0.0; 3]);
        found.lagrangian_hvp_into(&x, &w, &v, &mut g, &mut a)?;
        inlined.lagrangian_hvp_into(&x, &w, &v, &mut g, &mut b)?;
        near(&a, &b);
    }
    assert_eq!(found.report().recordings, 1);
    Ok(())
}

/// A called program keeps to its path; a function over it says where it leaves it, and goes on elsewhere. A closure that makes
/// the program that it calls has a trace for each path of that.
#[test]
fn calls_of_programs_that_branch() {
    fn huber(x: Var) -> Var {
        if x.abs() < 1.0 { 0.5 * x * x } else { x.abs() - 0.5 }
    }
    let near = Program::record(&[0.5], |x| vec![huber(x[0])]).unwrap();
    let mut fixed = Function::new(|x| near.call(x));
    assert_eq!(fixed.gradient(&[0.25]).unwrap().1, [0.25]);
    for _ in 0..2 {
        let error = fixed.gradient(&[3.0]).unwrap_err();
        assert!(matches!(&error, FunctionError::Record(RecordError::Call { .. })), "{error}");
        assert!(error.to_string().contains("`a < b` is false at a = 3.0, b = 1.0"), "{error}");
        assert_eq!(fixed.gradient(&[-0.5]).unwrap().1, [-0.5]);
    }

    let mut made = Function::new(|x| {
        let at = x[0].value();
        Program::record(&[at], |x| vec![huber(x[0])]).map_or(vec![x[0]], |program| program.call(x))
    });
    made.gradient(&[0.25]).unwrap();
    made.accept_reads(made.report().reads);
    for x in [0.25, 3.0, 0.5, -4.0, 2.0, -0.125, -3.0] {
        let slope = if f64::abs(x) < 1.0 { x } else { f64::signum(x) };
        assert_eq!(made.gradient(&[x]).unwrap().1, [slope], "at {x}");
    }
    let report = made.report();
    assert_eq!((report.recordings, report.traces, report.hits), (3, 2, 5));
}

/// Comparisons of the closure's own and of the programs that it makes, one after the other: no trace is tried twice, and what one
/// saw is held against those alone that can have seen it.
#[test]
fn traces_that_differ_inside_and_outside() {
    let mut f = Function::new(|x: &[Var]| {
        let at = x[0].value();
        let inner = Program::record(&[at], |z| vec![if z[0] > 0.0 { z[0] * 2.0 } else { -z[0] }]);
        let y = inner.map_or(x[0], |inner| inner.call(&x[..1])[0]);
        if x[1] > 2.0 { y + x[1] } else { y * x[1] }
    });
    f.gradient(&[1.0, 3.0]).unwrap();
    f.accept_reads(f.report().reads);
    let points = [[-1.0, 1.5], [1.0, 3.0], [1.0, 0.75], [-1.0, 4.0]];
    for k in 0..64 {
        let [a, b] = points[(k * k + k / 5) % 4];
        let y = if a > 0.0 { 2.0 * a } else { -a };
        let expected = if b > 2.0 { y + b } else { y * b };
        assert_eq!(f.gradient(&[a, b]).unwrap().0, expected, "at {a}, {b}");
    }
    assert_eq!(f.report().traces, 4);
}

/// The report says which comparisons make traces differ, and how often each did.
#[test]
fn diverging_comparisons_are_counted_by_line() -> Outcome {
    let mut f = Function::new(|x| {
        let y = if x[0] > 0.0 { x[0] } else { x[0] * 2.0 };
        if y < 10.0 { y } else { y.sqrt() }
    })
    .limit(1);
    let second = line!() - 3;
    for x in [1.0, -1.0, 1.0, 20.0, 1.0, 2.0] {
        f.value(&[x])?;
    }
    let report = f.report();
    let counts: Vec<_> = report.diverging.iter().map(|d| (d.at.line, d.count)).collect();
    assert_eq!(counts, [(second - 1, 2), (second, 2)]);
    assert_eq!(report.divergences, 4);
    let text = report.to_string();
    assert!(
        text.contains(&format!("function.rs:{second}:")) && text.contains("in 2 of these runs"),
        "{text}"
    );
    Ok(())
}

/// A comparison through references is made by the standard library, which hides its caller: that is said, and what to do.
#[test]
#[allow(clippy::op_ref)]
fn comparisons_through_references_are_said_to_be_hidden() -> Outcome {
    let mut f = Function::new(|x| if &x[0] < &x[1] || x.contains(&Var::constant(7.0)) { x[0] } else { x[1] });
    f.value(&[1.0, 2.0])?;
    f.value(&[3.0, 2.0])?;
    f.value(&[7.0, 2.0])?;
    let report = f.report();
    assert!(report.diverging.iter().all(|d| d.at.is_in_std()), "{report}");
    assert!(report.to_string().contains("through references: compare by value"), "{report}");

    // Where the recording kept lines, those of what was compared are named.
    let mut recorder = Recorder::new().source_lines(true);
    let line = line!() + 3;
    recorder.record(|s| {
        let [x, y] = s.inputs(&[1.0, 2.0]);
        let z = x * 2.0 + y;
        s.output(if &z < &y { x } else { y });
    })?;
    let (tape, work) = recorder.into_recording();
    let error = Program::new(tape, &work)?.value(&[-1.0, 2.0]).unwrap_err();
    let RunError::Diverged(diverged) = &error else { panic!("{error}") };
    assert!(diverged.at.is_in_std());
    assert_eq!(diverged.operands.iter().flatten().map(|at| at.line).collect::<Vec<_>>(), [line, line - 1]);
    let text = error.to_string();
    assert!(text.contains("compare by value") && text.contains(&format!("function.rs:{line}:")), "{text}");
    Ok(())
}
