//! Equations of several unknowns by what the library brings: dense factors, and Newton's method.

use std::error::Error;

use proptest::prelude::*;
use wengert::{
    GradientError, Program, RecordError, Var,
    call::{CallError, Callee, Factorized, Lu, LuError, Newton, NewtonError, Opaque, Outcome},
    check_gradient, gradient, hessian,
};

proptest! {
    /// `A·x = b` and `Aᵀ·x = b` to rounding, whatever rows must be exchanged.
    #[test]
    fn factors_solve(n in 1..9_usize, numbers in prop::collection::vec(-1.0..1.0_f64, 90), zeros in any::<u64>()) {
        let a: Vec<f64> = (0..n * n)
            .map(|k| if zeros >> (k % 64) & 1 == 1 && k % (n + 1) != 1 % (n + 1) { 0.0 } else { numbers[k] })
            .collect();
        let Ok(lu) = Lu::new(&a) else { return Ok(()) };
        let x = &numbers[81..][..n];
        let product = |at: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            (0..n).map(|i| (0..n).map(|j| at(i, j) * x[j]).sum()).collect()
        };
        let mut b = product(&|i, j| a[i * n + j]);
        lu.solve(&mut b);
        let mut c = product(&|i, j| a[j * n + i]);
        lu.solve_transposed(&mut c);
        // The condition of the matrix, by its inverse.
        let mut inverse = 0.0_f64;
        for k in 0..n {
            let mut unit = vec![0.0; n];
            unit[k] = 1.0;
            lu.solve(&mut unit);
            inverse = inverse.max(unit.iter().map(|x| x.abs()).fold(0.0, f64::max));
        }
        for k in 0..n {
            let gap = (b[k] - x[k]).abs().max((c[k] - x[k]).abs());
            prop_assert!(gap <= 1e-14 * (1.0 + inverse) * n as f64, "{a:?}: {b:?} {c:?} for {x:?}");
        }
    }
}

#[test]
fn matrices_without_factors_say_why() {
    assert_eq!(Lu::new(&[1.0; 3]).unwrap_err(), LuError::NotSquare { elements: 3 });
    assert_eq!(Lu::new(&[1.0, 2.0, 2.0, 4.0]).unwrap_err(), LuError::Singular { column: 1 });
    // What is no number is no missing pivot.
    for matrix in [[1.0, 2.0, f64::NAN, 4.0], [0.0, 2.0, f64::NAN, 4.0], [1.0, f64::NAN, 2.0, 4.0]] {
        let (mut x, mut y) = ([1.0, 1.0], [1.0, 1.0]);
        let lu = Lu::new(&matrix).unwrap();
        lu.solve(&mut x);
        lu.solve_transposed(&mut y);
        assert!(x.iter().any(|x| x.is_nan()) && y.iter().any(|x| x.is_nan()), "{matrix:?}: {x:?} {y:?}");
    }
    let mut nothing: [f64; 0] = [];
    Lu::new(&[]).unwrap().solve(&mut nothing);
}

/// A circle of radius `r` and the curve `y = eˣ − a`.
fn circle() -> Program {
    Program::record(&[1.0, 1.0, 2.0, 1.0], |v| {
        [v[0] * v[0] + v[1] * v[1] - v[2] * v[2], v[0].exp() - v[3] - v[1]]
    })
    .unwrap()
}

#[test]
fn newtons_method_gives_values_and_derivatives() {
    let equation = circle();
    let newton = Newton::new(&equation, &[1.0, 1.0]);
    for r in [0.5, 2.0, 5.0] {
        let x = newton.solution(&[r, 1.0]).unwrap();
        let residual = equation.values(&[x[0], x[1], r, 1.0]).unwrap();
        assert!(residual.iter().all(|f| f.abs() < 1e-14 * r * r), "{residual:?}");
    }
    let meeting = newton.into_callee("meeting").unwrap();
    let f = |p: [wengert::Var; 2]| {
        let x = meeting.call(&p);
        x[0] * x[1]
    };
    check_gradient(&[2.0, 1.0], f).unwrap();
    let (_, _, rows) = hessian(&[2.0, 1.0], f).unwrap();
    let h = 1e-5;
    let slope = |r: f64| gradient(&[r, 1.0], f).unwrap().1;
    for (k, numeric) in
        slope(2.0 + h).iter().zip(slope(2.0 - h)).map(|(a, b)| (a - b) / (2.0 * h)).enumerate()
    {
        assert!((rows[0][k] - numeric).abs() < 1e-8, "{rows:?} {numeric}");
    }
}

#[test]
fn newtons_method_says_where_it_stopped() {
    let equation = circle();
    // The circle about the origin is far below the curve's lowest height, −a.
    let apart = Newton::new(&equation, &[1.0, 1.0]).solution(&[0.5, -3.0]).unwrap_err();
    assert!(matches!(apart, NewtonError::Stuck { .. } | NewtonError::Matrix { .. }), "{apart}");
    let few = Newton::new(&equation, &[1.0, 1.0]).steps(1).solution(&[2.0, 1.0]).unwrap_err();
    assert!(matches!(few, NewtonError::Steps { steps: 1, .. }), "{few}");
    let flat = Newton::new(&equation, &[0.0, 0.0]).solution(&[2.0, 1.0]).unwrap_err();
    assert!(matches!(flat, NewtonError::Matrix { step: 0, why: LuError::Singular { .. } }), "{flat}");
    let short = Newton::new(&equation, &[1.0]);
    assert_eq!(short.solution(&[2.0, 1.0]).unwrap_err(), NewtonError::Start { expected: 2, found: 1 });
    assert!(short.into_callee("short").is_err());
    // The wrong number of parameters, more outputs than inputs, and comparisons that come out otherwise.
    let wrong = Newton::new(&equation, &[1.0, 1.0]).solution(&[2.0]).unwrap_err();
    assert_eq!(wrong, NewtonError::Parameters { expected: 2, found: 1 });
    let narrow = Program::record(&[1.0], |x| [x[0], x[0] * 2.0]).unwrap();
    let wrong = Newton::new(&narrow, &[1.0, 1.0]).solution(&[]).unwrap_err();
    assert_eq!(wrong, NewtonError::Unknowns { unknowns: 2, inputs: 1 });
    let branch =
        Program::record(&[1.0, 1.0], |v| if v[0] > 0.5 { v[0] - v[1] } else { v[0] * 2.0 - v[1] }).unwrap();
    let error = Newton::new(&branch, &[1.0]).solution(&[0.25]).unwrap_err();
    assert!(matches!(error, NewtonError::Run(_)), "{error}");
}

/// The first error of that type behind another.
fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    match error.downcast_ref() {
        Some(found) => Some(found),
        None => cause(error.source()?),
    }
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("no data at {0}")]
struct NoData(f64);

/// A table that has nothing below 0, and no slope at 1.
struct Table;

impl Opaque for Table {
    fn name(&self) -> &'static str {
        "table"
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
    fn value(&self, x: &[f64], y: &mut [f64]) -> Outcome {
        if x[0] < 0.0 {
            return Err(NoData(x[0]).into());
        }
        y[0] = x[0];
        Ok(())
    }
    fn vjp(&self, x: &[f64], _: &[f64], gy: &[f64], gx: &mut [f64]) -> Outcome {
        if x[0] == 1.0 {
            return Err(NoData(1.0).into());
        }
        gx[0] = gy[0];
        Ok(())
    }
}

#[test]
fn errors_keep_their_cause() {
    let table = Callee::opaque(Table);
    let f = |[x]: [wengert::Var; 1]| table.call(&[x])[0];
    for at in [-2.0, 1.0] {
        let error = gradient(&[at], f).unwrap_err();
        assert_eq!(cause(&error), Some(&NoData(at)), "{error}");
    }
    let error = gradient(&[-2.0], f).unwrap_err();
    assert!(
        matches!(&error, GradientError::Record(RecordError::Call { why, .. }) if matches!(**why, CallError::Failed { .. }))
    );
    let program = Program::record(&[2.0], |x| table.call(x)).unwrap();
    for error in [program.value(&[-2.0]).unwrap_err(), program.gradient(&[1.0]).unwrap_err()] {
        assert!(cause::<NoData>(&error).is_some(), "{error}");
    }
    let mut function = wengert::Function::new(|x| table.call(x));
    assert_eq!(cause(&function.gradient(&[-2.0]).unwrap_err()), Some(&NoData(-2.0)));
    // A solver of ours.
    let stuck = Newton::new(&circle(), &[1.0, 1.0]).steps(1).into_callee("stuck").unwrap();
    let error = gradient(&[2.0, 1.0], |p| stuck.call(&p)[0]).unwrap_err();
    assert!(matches!(cause(&error), Some(NewtonError::Steps { .. })), "{error}");
}

/// What is no number is no solution, wherever it stands: in the start, in a parameter, in a value, in a slope.
#[test]
fn newtons_method_takes_nothing_for_a_solution_that_is_none() {
    let one = |f: fn(Var, Var) -> Var| Program::record(&[1.0, 1.0], |v| f(v[0], v[1])).unwrap();
    let square = one(|x, p| x * x - p);
    let cases = [
        (one(|x, p| x.ln() - p), -1.0, 2.0),
        (square.clone(), 1.0, f64::NAN),
        (square.clone(), f64::NAN, 4.0),
        (square.clone(), f64::INFINITY, 4.0),
        (one(|x, p| x.exp() - p), 1000.0, 2.0),
        (one(|x, p| x.sqrt() + 1.0 - p), 0.0, 3.0),
        (one(|x, p| (x * 1e15).tanh() + 2.0 * p), 1e-15, 1.0),
    ];
    for (k, (equation, start, p)) in cases.into_iter().enumerate() {
        let found = Newton::new(&equation, &[start]).solution(&[p]);
        assert!(found.is_err(), "{k}: {found:?}");
    }
    let two = Program::record(&[1.0; 4], |v| [v[0].sqrt() - v[2], v[1] - v[3]]).unwrap();
    assert!(Newton::new(&two, &[0.0, 0.0]).solution(&[3.0, 4.0]).is_err());
    let nan = Newton::new(&square, &[1.0]).into_callee("root").unwrap();
    assert!(gradient(&[f64::NAN], |p| nan.call(&p)[0]).is_err());
}

#[test]
fn newtons_method_is_as_exact_for_small_unknowns() {
    let square = Program::record(&[1.0, 1.0], |v| v[0] * v[0] - v[1]).unwrap();
    for p in [1e-300, 1e-26, 1e-20, 1e-3, 4.0, 1e20] {
        let x = Newton::new(&square, &[1.0]).steps(2_000).solution(&[p]).unwrap()[0];
        assert!((x - p.sqrt()).abs() <= 4.0 * f64::EPSILON * p.sqrt(), "{p}: {x}");
    }
    // Solutions that are 0, and rounding that no step takes away.
    let shifted = Program::record(&[1.0, 1.0], |v| (v[0] + 1e3).square() - 1e6 - v[1]).unwrap();
    let x = Newton::new(&shifted, &[1.0]).solution(&[0.0]).unwrap()[0];
    assert!(x.abs() < 1e-12, "{x}");
    let cubic = Program::record(&[1.0, 0.0], |v| v[0] * v[0] * v[0] + v[0] - v[1]).unwrap();
    let x = Newton::new(&cubic, &[1.0]).solution(&[0.0]).unwrap()[0];
    assert!(x.abs() < 1e-100, "{x}");
}

#[test]
fn the_last_step_counts() {
    let line = Program::record(&[0.0, 5.0], |v| v[0] - v[1]).unwrap();
    assert_eq!(Newton::new(&line, &[0.0]).steps(1).solution(&[5.0]), Ok(vec![5.0]));
    assert_eq!(Newton::new(&line, &[5.0]).steps(0).solution(&[5.0]), Ok(vec![5.0]));
    let none = Newton::new(&line, &[0.0]).steps(0).solution(&[5.0]).unwrap_err();
    assert_eq!(none, NewtonError::Steps { steps: 0, residual: 5.0 });
    let nothing = Program::record(&[1.0], |_| Vec::new()).unwrap();
    assert_eq!(Newton::new(&nothing, &[]).solution(&[1.0]), Ok(vec![]));
}

#[test]
fn slices_of_another_length_are_no_solution() {
    let lu = Lu::new(&[0.0, 2.0, 4.0, 1.0]).unwrap();
    for n in [0, 1, 3] {
        let (mut x, mut y) = (vec![1.0; n], vec![1.0; n]);
        lu.solve(&mut x);
        lu.solve_transposed(&mut y);
        assert!(x.iter().chain(&y).all(|x| x.is_nan()), "{x:?} {y:?}");
    }
}
