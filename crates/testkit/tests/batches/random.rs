//! Random programs at random batches, against each row alone and sums in their order.

use wengert::batch::{By, InstructionSet, Rows};
use wengert::program::Mode;
use wengert::{Batch, Program, Var, Work};
use wengert_testkit::points::same;

use crate::case::*;

#[test]
fn values_and_jacobians_are_those_of_each_row_alone() {
    for (seed, case) in Case::all(0..programs()) {
        let (shared, rows) = (&case.shared, Rows::new(&case.data, case.width()));
        let alone: Vec<f64> = case
            .data
            .chunks_exact(case.width())
            .map(|row| case.program.eval(&[shared, row].concat()))
            .collect();
        let mut batch = case.batch();
        all_same(&batch.values(shared, &rows).unwrap(), &alone, &format!("values of {seed}"));
        let columns = case.by_columns();
        let by_columns = batch.values(shared, &Rows::by_columns(&columns, case.rows)).unwrap();
        all_same(&by_columns, &alone, &format!("values by columns of {seed}"));
        // In reverse mode the same derivative program, run row by row; forward mode may round otherwise.
        let program = Program::record(&case.program.point, |x: &[Var]| case.program.eval(x)).unwrap();
        let jacobian = case.alone(&program.jacobian_program().unwrap());
        // A tangent that cancels to 0 annihilates what is no number; adjoints that are none do not cancel. So what forward mode
        // gives beside a value that is none is held against that of the row alone.
        let by_tangents = alone.iter().any(|y| y.is_nan()).then(|| {
            let (mut work, mut y) = (Work::in_mode(Mode::Forward), [0.0]);
            let of_row = |row: &[f64]| {
                let x = [shared, row].concat();
                let mut line = vec![0.0; x.len()];
                program.jacobian_into(&mut work, &x, &mut y, &mut line).unwrap();
                line
            };
            case.data.chunks_exact(case.width()).flat_map(of_row).collect::<Vec<f64>>()
        });
        for mode in [Mode::Reverse, Mode::Forward] {
            let mut batch = case.batch().in_mode(mode);
            let (y, found) = batch.jacobian(shared, &rows, By::Both).unwrap();
            all_same(&y, &alone, &format!("values beside the Jacobian of {seed}"));
            assert_eq!(batch.report().traces[0].mode, Some(mode));
            if mode == Mode::Reverse {
                all_same(&found, &jacobian, &format!("Jacobian of {seed}"));
            }
            let forward = by_tangents.as_ref().filter(|_| mode == Mode::Forward);
            close(&found, forward.unwrap_or(&jacobian), &case, &format!("{mode:?} Jacobian of {seed}"));
        }
        for (by, from, to) in
            [(By::Shared, 0, shared.len()), (By::Row, shared.len(), case.program.point.len())]
        {
            let part: Vec<f64> =
                jacobian.chunks(case.program.point.len()).flat_map(|line| &line[from..to]).copied().collect();
            let (_, found) = batch.gradients(shared, &rows, by).unwrap();
            // What is the same in all rows may be pulled apart otherwise, and round otherwise.
            close(&found, &part, &case, &format!("{by:?} of {seed}"));
        }
    }
}

#[test]
fn sums_have_the_order_that_is_promised() {
    for (seed, case) in Case::all(0..programs()) {
        let (shared, rows) = (&case.shared, Rows::new(&case.data, case.width()));
        let mut batch = case.batch();
        let y = batch.values(shared, &rows).unwrap();
        let all: Vec<usize> = (0..case.rows).collect();
        let value = batch.value(shared, &rows).unwrap();
        assert!(same(value, in_order(&y, &all).unwrap()), "{seed}: {value}");
        let most = batch.maximum(shared, &rows).unwrap()[0];
        let first_nan = y.iter().position(|y| y.is_nan());
        let greatest = y.iter().fold(f64::NEG_INFINITY, |most, y| most.max(*y));
        let row = first_nan.or_else(|| y.iter().position(|y| *y == greatest)).unwrap();
        assert!(most.row == row && same(most.value, y[row]), "{seed}: {most:?}, row {row} of {y:?}");
        // The gradient is the sum of the rows' own, as far as rounding goes.
        let (beside, gradient) = batch.gradient(shared, &rows).unwrap();
        assert!(same(beside, value), "{seed}: {beside} and {value}");
        let (_, own) = batch.gradients(shared, &rows, By::Shared).unwrap();
        let mut sums = vec![0.0; shared.len()];
        for own in own.chunks(shared.len().max(1)) {
            sums.iter_mut().zip(own).for_each(|(s, g)| *s += g);
        }
        let scale = case.rows as f64;
        let scaled = |g: &[f64]| g.iter().map(|g| g / scale).collect::<Vec<_>>();
        close(&scaled(&gradient), &scaled(&sums), &case, &format!("gradient of {seed}"));
    }
}

#[test]
fn reduced_derivatives_agree_in_both_modes() {
    for (seed, case) in Case::all(0..programs() / 2) {
        let (shared, rows) = (&case.shared, Rows::new(&case.data, case.width()));
        let weights: Vec<f64> = (0..case.rows).map(|row| (row as f64 * 0.7).sin()).collect();
        for rows in [rows.clone(), rows.weighted(&weights)] {
            // Beside a value that is no number, forward mode is held against the row alone, above.
            let of = |mode: Mode| {
                let mut batch = case.batch().in_mode(mode).mean();
                let (value, gradient) = batch.gradient(shared, &rows).unwrap();
                let (half, by, square) = batch.gauss_newton(shared, &rows).unwrap();
                (value, gradient, [vec![half], by, square].concat())
            };
            let (reverse, forward) = (of(Mode::Reverse), of(Mode::Forward));
            assert!(same(reverse.0, forward.0), "{seed}: {} and {}", reverse.0, forward.0);
            // Means by weights are divided by their sum, which may be small.
            let size = reverse.1.iter().chain(&reverse.2).fold(1.0_f64, |most, x| most.max(x.abs()));
            let scaled = |x: &[f64]| x.iter().map(|x| x / size).collect::<Vec<_>>();
            if reverse.0.is_nan() && reverse.1.iter().zip(&forward.1).any(|(r, f)| r.is_nan() && *f == 0.0) {
                continue;
            }
            close(&scaled(&forward.1), &scaled(&reverse.1), &case, &format!("gradient of {seed}"));
            close(&scaled(&forward.2), &scaled(&reverse.2), &case, &format!("normal equations of {seed}"));
        }
    }
}

#[test]
fn nothing_depends_on_instructions_or_threads() {
    let pools: Vec<_> = [1, 2, 4, 8]
        .map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap())
        .into_iter()
        .collect();
    for (seed, case) in Case::all(0..programs() / 2) {
        let (shared, rows) = (&case.shared, Rows::new(&case.data, case.width()));
        let weights: Vec<f64> = (0..case.rows).map(|row| (row as f64 * 0.7).sin()).collect();
        let weighted = rows.clone().weighted(&weights);
        let all = |batch: &mut Batch<'_>| {
            let (value, gradient) = batch.gradient(shared, &weighted).unwrap();
            let (y, product, of_rows) = batch.vjp(shared, &rows, &weights).unwrap();
            [vec![value], gradient, y, product, of_rows].concat()
        };
        let expected = all(&mut case.batch().on_one_thread());
        for set in InstructionSet::available() {
            let found = all(&mut case.batch().on_one_thread().with_instructions(set));
            all_same(&found, &expected, &format!("{set:?} of {seed}"));
        }
        for pool in &pools {
            let found = pool.install(|| all(&mut case.batch()));
            all_same(&found, &expected, &format!("threads of {seed}"));
        }
    }
}

#[test]
fn products_agree_with_jacobians() {
    for (seed, case) in Case::all(0..programs() / 2) {
        let (shared, rows) = (&case.shared, Rows::new(&case.data, case.width()));
        let mut batch = case.batch();
        let (y, jacobian) = batch.jacobian(shared, &rows, By::Both).unwrap();
        let direction: Vec<f64> = (0..shared.len()).map(|k| (k as f64 + 0.3).cos()).collect();
        let of_rows: Vec<f64> = (0..case.data.len()).map(|k| (k as f64 * 0.9).sin()).collect();
        let n = case.program.point.len();
        for (direction, of_rows) in [(&direction[..], &of_rows[..]), (&[], &of_rows), (&direction, &[])] {
            if direction.is_empty() && of_rows.is_empty() {
                continue;
            }
            let of = |row: usize, k: usize| match k.checked_sub(shared.len()) {
                None => direction.get(k),
                Some(k) => of_rows.get(row * case.width() + k),
            };
            let expected: Vec<f64> = (0..case.rows)
                .map(|row| (0..n).map(|k| jacobian[row * n + k] * of(row, k).copied().unwrap_or(0.0)).sum())
                .collect();
            let (values, product) = batch.jvp(shared, &rows, direction, of_rows).unwrap();
            all_same(&values, &y, &format!("values beside a product of {seed}"));
            if jacobian.iter().all(|x| x.is_finite()) {
                close(&product, &expected, &case, &format!("product of {seed}"));
            }
        }
    }
}

#[test]
fn second_order_is_the_sum_of_each_rows() {
    for (seed, case) in Case::all(0..programs() / 4) {
        let (shared, rows) = (&case.shared, Rows::new(&case.data, case.width()));
        let weights: Vec<f64> = (0..case.rows).map(|row| 1.5 + (row as f64 * 0.7).sin()).collect();
        let program = Program::record(&case.program.point, |x: &[Var]| case.program.eval(x)).unwrap();
        let (n, k) = (case.program.point.len(), shared.len());
        let total: f64 = weights.iter().sum();
        let mut hessian = vec![0.0; k * k];
        let (mut half, mut slope, mut square) = (0.0, vec![0.0; k], vec![0.0; k * k]);
        for (row, weight) in case.data.chunks_exact(case.width()).zip(&weights) {
            let (y, g, h) = program.hessian(&[shared, row].concat()).unwrap();
            half += weight * y * y * 0.5 / total;
            for i in 0..k {
                slope[i] += weight * y * g[i] / total;
                for j in 0..k {
                    hessian[i * k + j] += weight * h[i * n + j] / total;
                    square[i * k + j] += weight * g[i] * g[j] / total;
                }
            }
        }
        let all = [&hessian, &slope, &square].into_iter().flatten().chain([&half]);
        if !all.into_iter().all(|x| x.is_finite() && x.abs() < 1e12) {
            continue;
        }
        let weighted = rows.weighted(&weights);
        let mut batch = case.batch().mean();
        let near = |found: &[f64], expected: &[f64], what: &str| {
            assert_eq!(found.len(), expected.len());
            for (a, b) in found.iter().zip(expected) {
                let scale = 1e-9
                    * (1.0 + case.program.sensitivity)
                    * (1.0 + expected.iter().fold(0.0, |m: f64, x| m.max(x.abs())));
                assert!(same(*a, *b) || (a - b).abs() <= scale * 1e3, "{what} of {seed}: {a} and {b}");
            }
        };
        let (value, gradient, found) = batch.hessian(shared, &weighted).unwrap();
        let (alone, slopes) = batch.gradient(shared, &weighted).unwrap();
        all_same(&[value], &[alone], &format!("value beside the Hessian of {seed}"));
        near(&gradient, &slopes, "gradient beside the Hessian");
        near(&found, &hessian, "Hessian");
        let v: Vec<f64> = (0..k).map(|j| (j as f64 + 0.5).cos()).collect();
        let (_, _, product) = batch.hvp(shared, &weighted, &v).unwrap();
        let expected: Vec<f64> = (0..k).map(|i| (0..k).map(|j| hessian[i * k + j] * v[j]).sum()).collect();
        near(&product, &expected, "Hessian times a direction");
        let (found_half, found_slope, found_square) = batch.gauss_newton(shared, &weighted).unwrap();
        near(&[found_half], &[half], "half the squares");
        near(&found_slope, &slope, "slope of the squares");
        near(&found_square, &square, "JᵀJ");
    }
}

#[test]
fn parameters_are_shared_inputs_that_no_derivative_is_by() {
    for (seed, case) in Case::all(0..programs() / 2) {
        let rows = Rows::new(&case.data, case.width());
        let mode = if seed % 2 == 0 { Mode::Reverse } else { Mode::Forward };
        let (mut all, mut fewer) = (case.batch().in_mode(mode), case.batch().in_mode(mode));
        // At other shared inputs than those of the recording, too.
        for shift in [0.0, 0.125] {
            let shared: Vec<f64> = case.shared.iter().map(|x| x + shift).collect();
            let (own, parameters) = shared.split_at(shared.len() / 2);
            let with = rows.clone().parameters(parameters);
            let n = own.len();
            let firsts = |numbers: &[f64], of: usize| {
                numbers
                    .chunks_exact(of.max(1))
                    .flat_map(|line| line[..n.min(of)].to_vec())
                    .collect::<Vec<_>>()
            };
            let expected = all.values(&shared, &rows).unwrap();
            all_same(&fewer.values(own, &with).unwrap(), &expected, &format!("values of {seed}"));
            let (value, gradient) = all.gradient(&shared, &rows).unwrap();
            let found = fewer.gradient(own, &with).unwrap();
            assert!(same(found.0, value), "{seed}: {} and {value}", found.0);
            let scale = case.rows as f64;
            let scaled = |g: &[f64]| g.iter().map(|g| g / scale).collect::<Vec<_>>();
            close(&scaled(&found.1), &scaled(&gradient[..n]), &case, &format!("gradient of {seed}"));
            let (_, jacobian) = all.gradients(&shared, &rows, By::Shared).unwrap();
            let (_, found) = fewer.gradients(own, &with, By::Shared).unwrap();
            close(&found, &firsts(&jacobian, shared.len()), &case, &format!("gradients of {seed}"));
            let direction: Vec<f64> = (0..n).map(|k| (k as f64 + 0.3).cos()).collect();
            let longer = [&direction[..], &vec![0.0; parameters.len()]].concat();
            let (_, _, product) = all.hvp(&shared, &rows, &longer).unwrap();
            let (_, _, found) = fewer.hvp(own, &with, &direction).unwrap();
            let size = product.iter().fold(1.0_f64, |most, x| most.max(x.abs()));
            let near = |(a, b): (&f64, &f64)| {
                same(*a, *b) || (a - b).abs() <= 1e-9 * size * (1.0 + case.program.sensitivity)
            };
            let regular = product.iter().all(|x| x.abs() < 1e12);
            assert!(
                !regular || found.iter().zip(&product[..n]).all(near),
                "{seed}: {found:?} and {product:?}"
            );
        }
    }
}
