//! Matrices of a program by lanes.

use wengert::program::Mode;
use wengert::sparse::{Recovery, SparseHessian, SparseJacobian, SparseOptions};
use wengert::{Program, Var, Work};
use wengert_testkit::RandomProgram;

use crate::case::*;

/// From some call on, matrices of a program are found by lanes: the same numbers, the sign of a zero apart.
#[test]
fn matrices_are_the_same_however_often_they_are_asked_for() {
    fn all_equal<F: wengert::lanes::LaneFloat>(found: &[F], expected: &[F], what: &str) {
        for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
            let (a, b) = (found.wide(), expected.wide());
            assert!(a == b || a.is_nan() && b.is_nan(), "{what}, number {k}: {a} and {b}");
        }
    }
    fn asked<F: wengert::lanes::LaneFloat>(program: &Program, point: &[f64], seed: u64) {
        let (n, m) = (program.inputs(), program.outputs());
        let x: Vec<F> = point.iter().map(|x| F::of(*x)).collect();
        let weights: Vec<F> = (0..m).map(|k| F::of((k as f64 + 0.5).sin())).collect();
        for mode in [Mode::Forward, Mode::Reverse] {
            let (mut work, mut first) = (Work::in_mode(mode), None);
            for _ in 0..34 {
                let (mut y, mut jacobian) = (vec![F::zero(); m], vec![F::zero(); m * n]);
                if program.jacobian_into(&mut work, &x, &mut y, &mut jacobian).is_err() {
                    break;
                }
                y.extend(jacobian);
                all_equal(&y, first.get_or_insert_with(|| y.clone()), &format!("{mode:?} of {seed}"));
            }
        }
        let (mut work, mut first) = (Work::new(), None);
        for _ in 0..34 {
            let (mut gradient, mut hessian) = (vec![F::zero(); n], vec![F::zero(); n * n]);
            if program.lagrangian_hessian_into(&mut work, &x, &weights, &mut gradient, &mut hessian).is_err()
            {
                break;
            }
            gradient.extend(hessian);
            all_equal(
                &gradient,
                first.get_or_insert_with(|| gradient.clone()),
                &format!("Hessian of {seed}"),
            );
        }
    }
    for seed in 0..programs() / 4 {
        let inputs = 12 + seed as usize % 70;
        let random = RandomProgram::random(seed, inputs, 20 + (seed as usize * 7) % 90);
        if random.reads_the_sign_of_nan(&random.point) {
            continue;
        }
        let program = Program::record(&random.point, |x: &[Var]| random.eval_all(x)).unwrap();
        asked::<f64>(&program, &random.point, seed);
        let program = Program::record(&random.point, |x: &[Var]| random.eval_all(x)).unwrap();
        asked::<f32>(&program, &random.point, seed);
    }
    // So are sparse ones, a lane for a colour: bands of many diagonals, in both modes and both recoveries.
    for reverse in [false, true] {
        let (n, wide) = (40, 15);
        let x: Vec<f64> = (0..n).map(|k| (k as f64).sin() + 1.5).collect();
        let band = |x: &[Var]| -> Vec<Var> {
            let windows: Vec<Var> =
                x.windows(wide).map(|w| w.iter().fold(w[0], |y, x| (y * *x).sin())).collect();
            if reverse { windows } else { [&windows[..], x, x, x].concat() }
        };
        let program = Program::record(&x, band).unwrap();
        let jacobian = SparseJacobian::new(&program);
        assert!(jacobian.coloring().count() >= 12);
        let mut work = Work::new();
        let mut values = || {
            let mut values = vec![0.0; jacobian.pattern().nonzeros()];
            jacobian.values_into(&mut work, &x, &mut values).map(|()| values).unwrap()
        };
        let first = values();
        (0..40).for_each(|_| all_equal(&values(), &first, "sparse Jacobian"));
        for recovery in [Recovery::Direct, Recovery::Substitution] {
            let options = SparseOptions { recovery, ..SparseOptions::default() };
            let hessian = SparseHessian::with(&program, &options).unwrap();
            let weights: Vec<f64> = (0..program.outputs()).map(|k| (k as f64 * 0.3).cos()).collect();
            let mut values = || {
                let mut values = vec![0.0; hessian.pattern().nonzeros()];
                hessian.values_into(&mut work, &x, &weights, &mut values).map(|()| values).unwrap()
            };
            let first = values();
            (0..40).for_each(|_| all_equal(&values(), &first, "sparse Hessian"));
        }
    }
    // Parameters are those of the memory, and a comparison that comes out otherwise ends the call as before.
    let program = Program::record_with(|s| {
        let p = s.parameter(2.0);
        let x: Vec<Var> = (0..20).map(|k| s.input(f64::from(k) * 0.1)).collect();
        let sum = x.iter().fold(p, |sum, x| (sum * *x + p).sin());
        s.output(if x[0] < 0.5 { sum } else { p });
    })
    .unwrap();
    let mut work = Work::new();
    let mut hessian = |point: f64, parameter: f64| {
        let (mut gradient, mut hessian) = (vec![0.0; 20], vec![0.0; 400]);
        let x: Vec<f64> = (0..20).map(|k| f64::from(k) * 0.1 + point).collect();
        program.set_parameters(&mut work, &[parameter]).unwrap();
        program.hessian_into(&mut work, &x, &mut gradient, &mut hessian).map(|_| hessian)
    };
    let expected = [2.0, 3.0].map(|parameter| hessian(0.1, parameter).unwrap());
    for _ in 0..34 {
        assert_eq!([2.0, 3.0].map(|parameter| hessian(0.1, parameter).unwrap()), expected);
        assert!(matches!(hessian(1.0, 2.0), Err(wengert::RunError::Diverged(_))));
    }
}
