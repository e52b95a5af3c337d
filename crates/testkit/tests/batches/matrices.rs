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

/// A random program of two results, to be called for rows, and the numbers of these.
struct Mapped {
    random: RandomProgram,
    inner: Program,
    /// How many inputs are a row's own; the others are shared.
    own: usize,
    data: Vec<f64>,
}

impl Mapped {
    /// That of a seed; none where some row reads the sign of a NaN, which nothing promises.
    fn new(seed: u64, rows: usize) -> Option<Self> {
        let inputs = 2 + seed as usize % 6;
        let random = RandomProgram::random(seed, inputs, 5 + (seed as usize * 7) % 40);
        let own = 1 + seed as usize % (inputs - 1);
        let (of_row, shared) = random.point.split_at(own);
        let data = rows_near(of_row, rows, seed);
        let reads = |row: &[f64]| random.reads_the_sign_of_nan(&[row, shared].concat());
        if data.chunks(own).any(reads) {
            return None;
        }
        let of = |x: &[Var]| vec![random.eval(x), x[0] * x[inputs - 1]];
        let inner = Program::record(&random.point, of).unwrap();
        Some(Self { random, inner, own, data })
    }
}

/// The rows of a map are run by lanes, too: values bit for bit, derivatives as far as rounding goes.
#[test]
fn maps_of_many_rows_are_those_of_a_loop() {
    for seed in 0..programs() / 2 {
        let rows = 256 + seed as usize % 300;
        let Some(Mapped { random, inner, own, data }) = Mapped::new(seed, rows) else { continue };
        let (own, shared) = random.point.split_at(own);
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

/// Sums over the rows of a map have one order, whoever runs the rows, and the derivatives of the sums of the rows.
#[test]
fn sums_of_maps_are_those_of_a_loop() {
    for seed in 0..programs() / 2 {
        // By lanes, the last of them in parts; and row by row.
        let rows = [1, 70, 256 + seed as usize % 300, 1100][seed as usize % 4];
        let Some(Mapped { random, inner, own: width, data }) = Mapped::new(seed, rows) else { continue };
        let shared = &random.point[width..];
        let all = [&data[..], shared].concat();
        let rows_first = data.len();
        let summed =
            Program::record(&all, |x: &[Var]| inner.map_sum(&x[..rows_first], &x[rows_first..])).unwrap();
        assert_eq!(summed.tape().len(), all.len() + 3);
        let by_row: Vec<Vec<f64>> =
            data.chunks(width).map(|row| inner.values(&[row, shared].concat()).unwrap()).collect();
        let of_output = |k: usize| in_groups(by_row.iter().map(|y| y[k]));
        let expected = [of_output(0), of_output(1)];
        all_same(&summed.values(&all).unwrap(), &expected, &format!("sums of {seed}"));
        let direction: Vec<f64> = (0..all.len()).map(|k| (k as f64 * 0.3).cos()).collect();
        // At dual numbers, which are run row by row, the same.
        let (y, along) = summed.jvp(&all, &direction).unwrap();
        all_same(&y, &expected, &format!("sums at dual numbers of {seed}"));
        let weights = [0.7, -1.3];
        let (_, product) = summed.vjp(&all, &weights).unwrap();
        let mapped = Program::record(&all, |x: &[Var]| {
            let y = inner.map(&x[..rows_first], &x[rows_first..]);
            let sum = |k: usize| y.iter().skip(k).step_by(2).copied().sum::<Var>();
            [sum(0), sum(1)]
        });
        let (_, loop_product) = mapped.unwrap().vjp(&all, &weights).unwrap();
        let tolerance =
            1e-12 * (random.steps.len() as f64 + 100.0) * (1.0 + random.sensitivity) * rows as f64;
        let near = |a: f64, b: f64| same(a, b) || (a - b).abs() <= tolerance * (1.0 + b.abs());
        for (found, expected) in product.iter().zip(&loop_product) {
            assert!(near(*found, *expected), "{seed}: {found} and {expected}");
        }
        // Forward and reverse agree, and the program of the gradient with both.
        let both = [
            along.iter().zip(weights).map(|(a, w)| a * w).sum(),
            product.iter().zip(&direction).map(|(a, b)| a * b).sum(),
        ];
        let [forward, reverse]: [f64; 2] = both;
        let regular = product.iter().all(|g| g.is_finite());
        assert!(!regular || near(forward, reverse), "{seed}: {forward} and {reverse}");
        let derivative = summed.vjp_program().unwrap();
        let found = derivative.values(&[&all[..], &weights].concat()).unwrap();
        let found = &found[found.len() - all.len()..];
        assert!(found.iter().zip(&product).all(|(a, b)| near(*a, *b)), "{seed}: the program of adjoints");
    }
}

/// Of rows of data, nothing is kept by row: neither results nor derivatives of any order.
#[test]
fn a_sum_over_data_keeps_nothing_by_row() {
    let square = Program::record(&[0.5; 4], |x| vec![(x[2] * x[0] + x[3] - x[1].exp()).square()]).unwrap();
    let data: Vec<f64> = (0..600).map(|k| (f64::from(k) * 0.7).sin()).collect();
    let constants: Vec<Var> = data.iter().map(|x| Var::from(*x)).collect();
    let loss = Program::record(&[0.3, -0.2], |line| square.map_sum(&constants, line)).unwrap();
    assert_eq!(loss.tape().len(), 4);
    let gradient = loss.gradient_program().unwrap();
    assert!(gradient.tape().len() < 15, "{}", gradient.tape());
    // Of second order, too, where the adjoint of the sum is a number that varies.
    let of_sum = |line: &[Var]| vec![square.map_sum(&constants, line)[0].ln()];
    let composed = Program::record(&[0.3, -0.2], of_sum).unwrap();
    let second = composed.gradient_program().unwrap().jacobian_program().unwrap();
    assert!(second.tape().len() < 80, "{} nodes", second.tape().len());
    let (_, _, expected) = composed.hessian(&[0.3, -0.2]).unwrap();
    let found = second.values(&[0.3, -0.2]).unwrap();
    let alike = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-10 * (1.0 + b.abs());
    assert!(found.iter().zip(&expected).all(alike), "{found:?} and {expected:?}");
    // By hand.
    let (mut value, mut slopes, mut square) = (0.0, [0.0; 2], [0.0; 4]);
    for row in data.chunks(2) {
        let r = 0.3 * row[0] - 0.2 - row[1].exp();
        value += r * r;
        let by = [row[0], 1.0];
        for i in 0..2 {
            slopes[i] += 2.0 * r * by[i];
            (0..2).for_each(|j| square[2 * i + j] += 2.0 * by[i] * by[j]);
        }
    }
    let (y, g, h) = loss.hessian(&[0.3, -0.2]).unwrap();
    let near = |a: &f64, b: &f64| (a - b).abs() < 1e-10 * (1.0 + b.abs());
    assert!(
        near(&y, &value) && g.iter().zip(&slopes).all(|(a, b)| near(a, b)),
        "{y} {value} {g:?} {slopes:?}"
    );
    assert!(h.iter().zip(&square).all(|(a, b)| near(a, b)), "{h:?} and {square:?}");
    let of_program = gradient.values(&[0.3, -0.2]).unwrap();
    assert!(of_program.iter().zip(&slopes).all(|(a, b)| near(a, b)), "{of_program:?}");
    // As text and as a file it is the same.
    let loaded = Program::from_bytes(&loss.to_bytes().unwrap(), &wengert::call::Registry::new()).unwrap();
    assert_eq!(loaded.tape().to_string(), loss.tape().to_string());
    assert_eq!(loaded.gradient(&[0.3, -0.2]).unwrap(), loss.gradient(&[0.3, -0.2]).unwrap());
    // Rows that do not come out even.
    let product = Program::record(&[1.0; 3], |x| vec![x[0] * x[1] * x[2]]).unwrap();
    let uneven = Program::record(&[0.3, -0.2], |line| product.map_sum(line, &[]));
    let why = uneven.unwrap_err().to_string();
    assert!(why.contains("takes 3 numbers, got 2"), "{why}");
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
