//! Matrices of a program, and maps in it, by lanes.

use wengert::lanes::LaneFloat;
use wengert::program::Mode;
use wengert::sparse::{Recovery, SparseHessian, SparseJacobian, SparseOptions};
use wengert::{Program, Var, Work};
use wengert_testkit::RandomProgram;
use wengert_testkit::points::same;

use crate::case::*;

fn all_equal<F: LaneFloat>(found: &[F], expected: &[F], what: &str) {
    for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
        let (a, b) = (found.wide(), expected.wide());
        assert!(a == b || a.is_nan() && b.is_nan(), "{what}, number {k}: {a} and {b}");
    }
}

fn asked<F: LaneFloat>(program: &Program, point: &[f64], seed: u64) {
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
        if program.lagrangian_hessian_into(&mut work, &x, &weights, &mut gradient, &mut hessian).is_err() {
            break;
        }
        gradient.extend(hessian);
        all_equal(&gradient, first.get_or_insert_with(|| gradient.clone()), &format!("Hessian of {seed}"));
    }
}

/// From some call on, matrices of a program are found by lanes: the same numbers, the sign of a zero apart.
#[test]
fn matrices_are_the_same_however_often_they_are_asked_for() {
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
}

/// So are sparse ones, a lane for a colour: bands of many diagonals, in both modes and both recoveries.
#[test]
fn sparse_matrices_are_the_same_however_often_they_are_asked_for() {
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
}

/// Parameters are those of the memory, and a comparison that comes out otherwise ends the call as before.
#[test]
fn lines_have_the_parameters_of_their_memory() {
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

/// The rows of a map are run by lanes, too: values bit for bit, derivatives as far as rounding goes.
#[test]
fn maps_of_many_rows_are_those_of_a_loop() {
    for seed in 0..programs() / 2 {
        let inputs = 2 + seed as usize % 6;
        let random = RandomProgram::random(seed, inputs, 5 + (seed as usize * 7) % 40);
        let rows = 256 + seed as usize % 300;
        let (own, shared) = random.point.split_at(1 + seed as usize % (inputs - 1));
        let data = rows_near(own, rows, seed);
        if data.chunks(own.len()).any(|row| random.reads_the_sign_of_nan(&[row, shared].concat())) {
            continue;
        }
        let inner =
            Program::record(&random.point, |x: &[Var]| vec![random.eval(x), x[0] * x[inputs - 1]]).unwrap();
        let all = [&data[..], shared].concat();
        let mapped =
            Program::record(&all, |x: &[Var]| inner.map(&x[..data.len()], &x[data.len()..])).unwrap();
        let of_row = |row: &[f64]| [row, shared].concat();
        let expected: Vec<f64> =
            data.chunks(own.len()).flat_map(|row| inner.values(&of_row(row)).unwrap()).collect();
        // In reverse, row by row.
        let weights: Vec<f64> = (0..2 * rows).map(|k| (k as f64 * 0.3).cos()).collect();
        let (mut by_rows, mut by_shared) = (Vec::new(), vec![0.0; shared.len()]);
        for (row, weights) in data.chunks(own.len()).zip(weights.chunks(2)) {
            let (_, product) = inner.vjp(&of_row(row), weights).unwrap();
            by_rows.extend_from_slice(&product[..own.len()]);
            by_shared.iter_mut().zip(&product[own.len()..]).for_each(|(sum, g)| *sum += g);
        }
        let mut work = Work::new();
        for _ in 0..2 {
            let (mut y, mut product) = (vec![0.0; 2 * rows], vec![0.0; all.len()]);
            mapped.vjp_into(&mut work, &all, &weights, &mut y, &mut product).unwrap();
            all_same(&y, &expected, &format!("rows of {seed}"));
            let tolerance = 1e-12 * (random.steps.len() as f64 + 100.0) * (1.0 + random.sensitivity);
            let (found, of_shared) = product.split_at(by_rows.len());
            let scale = rows as f64;
            for (found, expected, scale) in found
                .iter()
                .zip(&by_rows)
                .map(|(a, b)| (*a, *b, 1.0))
                .chain(of_shared.iter().zip(&by_shared).map(|(a, b)| (*a, *b, scale)))
            {
                let near = (found - expected).abs() <= tolerance * (scale + expected.abs());
                assert!(same(found, expected) || near, "{seed}: {found} and {expected}");
            }
        }
    }
}

/// A row of a map that fails a comparison is named as it is where rows are run one by one.
#[test]
fn a_row_of_a_map_that_takes_another_branch_ends_the_run() {
    let inner =
        Program::record(&[1.0, 2.0], |x: &[Var]| vec![if x[0] > 0.0 { x[0] * x[1] } else { -x[1] }]).unwrap();
    let run = |rows: usize| {
        let at = vec![1.0; rows + 1];
        let mapped = Program::record(&at, |x: &[Var]| inner.map(&x[..rows], &x[rows..])).unwrap();
        assert!(mapped.gradient_program().is_ok());
        let mut away = at.clone();
        away[rows - 3] = -1.0;
        mapped.values(&away).unwrap_err().to_string()
    };
    assert_eq!(run(300), run(30));
}
