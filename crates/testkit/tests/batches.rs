//! Random programs at random batches: every row has the bits that it has alone, sums have the one order that is promised, and
//! none of it depends on threads, instructions or width.
//!
//! Apart from the other tests, so that many more of these programs can be run optimised without compiling those:
//!
//! ```text
//! WENGERT_PROGRAMS=100000 cargo test --release -p wengert-testkit --test batches
//! ```

use core::ops::ControlFlow;
use std::sync::Mutex;

use wengert::batch::{By, InstructionSet, Rows};
use wengert::program::Mode;
use wengert::sparse::{Recovery, SparseHessian, SparseJacobian, SparseOptions};
use wengert::{Batch, BatchError, Program, Var, Work};
use wengert_testkit::points::same;
use wengert_testkit::{Branchy, RandomProgram};

/// How many programs are tried: a few unless the environment says more.
fn programs() -> u64 {
    std::env::var("WENGERT_PROGRAMS").ok().and_then(|count| count.parse().ok()).unwrap_or(120)
}

/// Batches that end in whole chunks, groups and blocks, and that do not.
const ROWS: [usize; 7] = [1, 2, 9, 64, 100, 256, 700];

#[track_caller]
fn all_same(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(same(*found, *expected), "{what}, number {k}: {found} and {expected}");
    }
}

/// Numbers near a point, by row.
fn rows_near(point: &[f64], count: usize, seed: u64) -> Vec<f64> {
    let number = |k: usize| {
        let turn = (k as f64 * 0.618 + seed as f64 * 0.37).fract() - 0.5;
        point[k % point.len()] + if k / point.len() == 0 { 0.0 } else { turn * 0.2 }
    };
    (0..count * point.len()).map(number).collect()
}

/// The sum over rows in the order that a batch states, of rows of one trace.
fn in_order(y: &[f64], rows: &[usize]) -> Option<f64> {
    fn joined(blocks: &[Option<f64>]) -> Option<f64> {
        if let [one] = blocks {
            return *one;
        }
        let (first, rest) = blocks.split_at(blocks.len().next_power_of_two() / 2);
        match (joined(first), joined(rest)) {
            (Some(first), Some(rest)) => Some(first + rest),
            (first, rest) => first.or(rest),
        }
    }
    let block = |number: usize| {
        let of: Vec<usize> = rows.iter().copied().filter(|row| row / 256 == number).collect();
        let group = |rows: &[usize]| {
            let mut s = [0.0; 8];
            rows.iter().enumerate().for_each(|(r, row)| s[r % 8] += y[*row]);
            for half in [4, 2, 1] {
                (0..half).for_each(|j| s[j] += s[j + half]);
            }
            s[0]
        };
        (!of.is_empty()).then(|| of.chunks(64).fold(0.0, |sum, rows| sum + group(rows)))
    };
    let blocks: Vec<Option<f64>> = (0..y.len().div_ceil(256)).map(block).collect();
    joined(&blocks)
}

/// A random program whose first inputs are shared.
struct Case {
    program: RandomProgram,
    shared: Vec<f64>,
    data: Vec<f64>,
    rows: usize,
}

impl Case {
    /// That of a seed; none where some row reads the sign of a NaN, which nothing promises.
    fn new(seed: u64) -> Option<Self> {
        let inputs = 2 + seed as usize % 6;
        let program = RandomProgram::random(seed, inputs, 5 + (seed as usize * 7) % 90);
        let (shared, own) = program.point.split_at(seed as usize % inputs);
        let own = own.to_vec();
        let rows = ROWS[seed as usize % ROWS.len()];
        let (shared, data) = (shared.to_vec(), rows_near(&own, rows, seed));
        let reads = |row: &[f64]| program.reads_the_sign_of_nan(&[&shared, row].concat());
        let promised = !data.chunks_exact(own.len()).any(reads);
        promised.then_some(Self { program, shared, data, rows })
    }

    fn all(seeds: core::ops::Range<u64>) -> impl Iterator<Item = (u64, Self)> {
        seeds.filter_map(|seed| Some((seed, Self::new(seed)?)))
    }

    fn width(&self) -> usize {
        self.program.point.len() - self.shared.len()
    }

    fn batch(&self) -> Batch<'_> {
        Batch::new(|w, x| self.program.eval(&[w, x].concat()))
    }

    /// Rows as a batch takes them, one after another or by columns.
    fn by_columns(&self) -> Vec<f64> {
        (0..self.width())
            .flat_map(|column| self.data.iter().skip(column).step_by(self.width()))
            .copied()
            .collect()
    }

    /// What a program gives at every row.
    fn alone(&self, program: &Program) -> Vec<f64> {
        let at = |row: &[f64]| program.values(&[&self.shared, row].concat()).unwrap();
        self.data.chunks_exact(self.width()).flat_map(at).collect()
    }
}

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
        for mode in [Mode::Reverse, Mode::Forward] {
            let mut batch = case.batch().in_mode(mode);
            let (y, found) = batch.jacobian(shared, &rows, By::Both).unwrap();
            all_same(&y, &alone, &format!("values beside the Jacobian of {seed}"));
            assert_eq!(batch.report().traces[0].mode, Some(mode));
            if mode == Mode::Reverse {
                all_same(&found, &jacobian, &format!("Jacobian of {seed}"));
            }
            close(&found, &jacobian, &case, &format!("{mode:?} Jacobian of {seed}"));
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

#[track_caller]
fn close(found: &[f64], expected: &[f64], case: &Case, what: &str) {
    let tolerance = 1e-12 * (case.program.steps.len() as f64 + 100.0) * (1.0 + case.program.sensitivity);
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        let near = (found - expected).abs() <= tolerance * (1.0 + expected.abs());
        assert!(same(*found, *expected) || near, "{what}: {found} and {expected}");
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
            close(&scaled(&forward.1), &scaled(&reverse.1), &case, &format!("gradient of {seed}"));
            close(&scaled(&forward.2), &scaled(&reverse.2), &case, &format!("normal equations of {seed}"));
        }
    }
}

/// Results of one batch are the rows of another: as if it were one closure of both.
#[test]
fn rows_may_move_with_the_shared_inputs() {
    let angles: Vec<f64> = (0..100).map(|k| f64::from(k) * 0.1).collect();
    let shared = [2.0, 0.3, -0.5];
    let at = |w: &[Var], t: Var| [w[0] * (t + w[1]).cos(), w[2] * t.sin() + w[0]];
    let length =
        |w: &[Var], a: &[Var], b: &[Var], t: Var| [(a[0] - b[0]).hypot(a[1] - b[1]) * t, a[0] * b[1] * w[1]];
    let first: Vec<u32> = (0..300).map(|k| k * 7 % 100).collect();
    let second: Vec<u32> = (0..300).map(|k| (k * 3 + 1) % 100).collect();
    let factors: Vec<f64> = (0..300).map(|k| f64::from(k).sin() + 2.0).collect();

    let mut points = Batch::new(|w, t| at(w, t[0]));
    let (numbers, jacobian) = points.jacobian(&shared, &Rows::new(&angles, 1), By::Shared).unwrap();
    let mut edges = Batch::new(|w, x| length(w, &x[1..3], &x[3..5], x[0]));
    let moving = Rows::new(&factors, 1)
        .and_moving(&numbers, &jacobian, 2, &first)
        .and_moving(&numbers, &jacobian, 2, &second);

    let mut whole = Batch::new(|w, x| length(w, &at(w, x[1]), &at(w, x[2]), x[0]));
    let rows = Rows::new(&factors, 1).and(&angles, 1, &first).and(&angles, 1, &second);

    #[track_caller]
    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() <= 1e-11 * (1.0 + b.abs()), "{a} and {b}");
        }
    }
    assert_eq!(edges.values(&shared, &moving), whole.values(&shared, &rows));
    let (y, found) = edges.jacobian(&shared, &moving, By::Shared).unwrap();
    let (of_whole, expected) = whole.jacobian(&shared, &rows, By::Shared).unwrap();
    assert_eq!(y, of_whole);
    near(&found, &expected);
    // By both, the shared ones still count what moves, and the row's own do not.
    let (_, both) = edges.jacobian(&shared, &moving, By::Both).unwrap();
    let still = Rows::new(&factors, 1).beside_named(&numbers, 2, &first).beside_named(&numbers, 2, &second);
    let (_, own) = edges.jacobian(&shared, &still, By::Row).unwrap();
    for ((both, shared), own) in both.chunks(4).zip(found.chunks(3)).zip(own) {
        near(&both[..3], shared);
        near(&both[3..], &[own]);
    }
    near(&edges.gradient(&shared, &moving).unwrap().1, &whole.gradient(&shared, &rows).unwrap().1);
    let (found, expected) = (edges.gauss_newton(&shared, &moving), whole.gauss_newton(&shared, &rows));
    near(&found.unwrap().2, &expected.unwrap().2);

    // What would forget how rows move does not answer.
    let refused = edges.hvp(&shared, &moving, &[1.0, 0.0, 0.0]).unwrap_err();
    assert_eq!(refused, BatchError::Moving("hvp"));
    assert!(edges.vjp(&shared, &moving, &[1.0; 600]).is_err());
    assert!(edges.jvp(&shared, &moving, &[1.0; 3], &[]).is_err());
    assert!(edges.hessian(&shared, &moving).is_err());
    assert!(edges.gradient_in_parts(&shared).add(&moving).is_err());
    let short = Rows::count(300).and_moving(&numbers, &jacobian[..9], 2, &first);
    assert!(matches!(edges.values(&shared, &short), Err(BatchError::Rows(_))));
    let of_others = Rows::count(300).and_moving(&numbers, &numbers, 2, &first);
    assert!(matches!(edges.values(&shared, &of_others), Err(BatchError::Run(_))));
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
fn single_precision_is_the_plain_function_at_it() {
    fn f<T: wengert::Scalar>(w: [T; 2], x: [T; 2]) -> T {
        (w[0] * x[0]).sin() * x[1] + w[1].exp()
    }
    let data: Vec<f32> = (0..600).map(|k| (k as f32 * 0.37).sin()).collect();
    let mut batch = Batch::new(|w: &[Var], x: &[Var]| f([w[0], w[1]], [x[0], x[1]]));
    let y = batch.values(&[0.5_f32, 0.25], &Rows::new(&data, 2)).unwrap();
    for (y, row) in y.iter().zip(data.chunks(2)) {
        let plain = (0.5_f32 * row[0]).sin() * row[1] + 0.25_f32.exp();
        assert_eq!(y.to_bits(), plain.to_bits());
    }
    let (value, gradient) = batch.gradient(&[0.5_f32, 0.25], &Rows::new(&data, 2)).unwrap();
    let wide: Vec<f64> = data.iter().map(|x| f64::from(*x)).collect();
    let (exact, slopes) = batch.gradient(&[0.5, 0.25], &Rows::new(&wide, 2)).unwrap();
    assert!((f64::from(value) - exact).abs() < 1e-3 * exact.abs());
    assert!(gradient.iter().zip(slopes).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-3 * (1.0 + b.abs())));
}

/// Programs, rules, equations and callbacks in a row are called row by row, and have their derivatives.
#[test]
fn calls_stand_in_rows() {
    let inner = Program::record(&[1.0, 1.0], |x| vec![x[0] * x[1].exp()]).unwrap().named("growth", 1);
    let map = Program::record(&[1.0, 1.0], |x| vec![(x[0] * x[1]).sin()]).unwrap();
    let mut batch = Batch::new(|w, x| {
        let grown = inner.call(&[w[0], x[0]])[0];
        let mapped: Var = map.map(&[x[0], x[1]], &w[1..2]).into_iter().sum();
        grown + mapped * x[1]
    });
    let data: Vec<f64> = (0..700).map(|k| (f64::from(k) * 0.3).cos()).collect();
    let rows = Rows::new(&data, 2);
    let w = [1.5, -0.5];
    let plain = |x: &[f64]| w[0] * x[0].exp() + ((x[0] * w[1]).sin() + (x[1] * w[1]).sin()) * x[1];
    let (y, gradients) = batch.gradients(&w, &rows, By::Both).unwrap();
    for ((y, g), x) in y.iter().zip(gradients.chunks(4)).zip(data.chunks(2)) {
        assert!((y - plain(x)).abs() < 1e-14);
        let expected = [
            x[0].exp(),
            ((x[0] * w[1]).cos() * x[0] + (x[1] * w[1]).cos() * x[1]) * x[1],
            w[0] * x[0].exp() + (x[0] * w[1]).cos() * w[1] * x[1],
            (x[1] * w[1]).cos() * w[1] * x[1] + (x[0] * w[1]).sin() + (x[1] * w[1]).sin(),
        ];
        assert!(g.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-13), "{g:?} {expected:?}");
    }
    let (_, shared) = batch.gradient(&w, &rows).unwrap();
    let sum: f64 = gradients.chunks(4).map(|g| g[0]).sum();
    assert!((shared[0] - sum).abs() < 1e-9);
}

#[test]
fn every_row_has_the_numbers_of_its_own_branch() {
    let (mut traces, mut several) = (0, 0);
    for seed in 0..programs() {
        let program = Branchy::random(seed);
        let count = ROWS[seed as usize % ROWS.len()].min(100);
        let mut points = program.points(seed, count);
        let shared = points[0][..seed as usize % program.inputs].to_vec();
        for point in &mut points {
            point[..shared.len()].copy_from_slice(&shared);
        }
        let data: Vec<f64> = points.iter().flat_map(|point| &point[shared.len()..]).copied().collect();
        let rows = Rows::new(&data, program.inputs - shared.len());
        let mut batch = Batch::new(|w, x| program.eval(&[w, x].concat())).limit(1000);
        let y = batch.values(&shared, &rows).unwrap();
        let alone: Vec<f64> = points.iter().map(|point| program.eval(point)).collect();
        all_same(&y, &alone, &format!("values of {seed}"));
        traces += batch.report().traces.len();
        several += usize::from(batch.report().traces.len() > 1);
        assert_eq!(batch.report().traces.iter().map(|trace| trace.rows).sum::<usize>(), points.len());
        // Sums by trace, which are not told: each row's trace is the one that its first comparison-wise equal row has.
        let again = batch.value(&shared, &rows).unwrap();
        assert_eq!(batch.report().recordings, 0, "{seed}: known by now");
        let sum: f64 = alone.iter().sum();
        let scale: f64 = alone.iter().map(|y| y.abs()).sum();
        assert!(same(again, sum) || (again - sum).abs() <= 1e-12 * scale, "{seed}: {again} and {sum}");
        let (_, jacobian) = batch.gradients(&shared, &rows, By::Both).unwrap();
        let mut function = wengert::Function::new(|x: &[Var]| program.eval(x)).limit(1000);
        for (point, found) in points.iter().zip(jacobian.chunks(program.inputs)) {
            let (_, expected) = function.gradient(point).unwrap();
            let scale = expected.iter().fold(1.0, |scale: f64, e| scale.max(e.abs()));
            for (found, expected) in found.iter().zip(&expected) {
                let near = (found - expected).abs() <= 1e-9 * scale;
                assert!(same(*found, *expected) || near, "{seed} at {point:?}: {found} and {expected}");
            }
        }
    }
    assert!(several > 10 && traces > programs() as usize, "{several} programs, {traces} traces");
}

#[test]
fn traces_are_summed_by_their_first_rows() {
    let data: Vec<f64> = (0..1000).map(|k| (f64::from(k) * 0.7).sin()).collect();
    let f = |x: f64| if x > 0.0 { x.exp() } else { x.sin() - 1e-3 };
    let mut batch = Batch::new(|_, x| if x[0] > 0.0 { x[0].exp() } else { x[0].sin() - 1e-3 });
    let value = batch.value(&[], &Rows::new(&data, 1)).unwrap();
    let y: Vec<f64> = data.iter().map(|x| f(*x)).collect();
    let (above, below): (Vec<usize>, Vec<usize>) = (0..1000).partition(|row| data[*row] > 0.0);
    // Row 0 is 0, and so the first of those that are not above.
    let expected = in_order(&y, &below).unwrap() + in_order(&y, &above).unwrap();
    assert!(same(value, expected), "{value} and {expected}");
    assert_eq!(batch.report().traces.len(), 2);
}

#[test]
fn what_is_wrong_is_said() {
    let mut f = Batch::new(|w, x| w[0] * x[0] + x[1]);
    let said = |error: BatchError| error.to_string();
    let ragged = [1.0; 5];
    assert!(
        said(f.values(&[1.0], &Rows::new(&ragged, 2)).unwrap_err())
            .contains("5 numbers are no whole number of rows of 2")
    );
    let numbers = [1.0; 6];
    let rows = Rows::new(&numbers, 2);
    let few = [1.0; 2];
    assert!(
        said(f.value(&[1.0], &rows.clone().weighted(&few)).unwrap_err()).contains("weights: 2 for 3 rows")
    );
    assert!(said(f.gradient_into(&[1.0], &rows, &mut [0.0; 2]).unwrap_err()).contains("2 numbers"));
    let beyond = Rows::count(2).and(&numbers, 2, &[0, 3]);
    assert!(said(f.values(&[1.0], &beyond).unwrap_err()).contains("row 1 names row 3 of a table that has 3"));
    let none: [f64; 0] = [];
    assert_eq!(f.gradient(&[1.0], &Rows::new(&none, 2)), Ok((0.0, vec![0.0])));
    assert_eq!(f.values(&[1.0], &Rows::new(&none, 2)), Ok(vec![]));
    // A row that is NaN leaves the others alone, and is named.
    let mut root = Batch::new(|_, x| x[0].sqrt());
    let mut data = vec![4.0; 600];
    (data[411], data[599]) = (-1.0, f64::NAN);
    let y = root.values(&[], &Rows::new(&data, 1)).unwrap();
    assert_eq!(y.iter().filter(|y| **y == 2.0).count(), 598);
    assert_eq!((root.report().nan_rows, &root.report().first_nan_rows[..]), (2, &[411, 599][..]));
    assert!(root.value(&[], &Rows::new(&data, 1)).unwrap().is_nan());
    assert_eq!(root.report().first_nan_rows, [411, 599]);
    // Traces beyond the limit, with the line that splits them.
    let steps: Vec<f64> = (0..40).map(f64::from).collect();
    let mut many = Batch::new(|_, x| x[0] * x[0].value().floor()).limit(3);
    assert!(
        said(many.values(&[], &Rows::new(&steps, 1)).unwrap_err()).contains("row 0: "),
        "plain reads are no rows"
    );
    let mut many = Batch::new(|_, x| x[0] * x[0].to_i32()).limit(3);
    let error = said(many.values(&[], &Rows::new(&steps, 1)).unwrap_err());
    assert!(error.contains("row 3 takes another way") && error.contains("batches.rs:"), "{error}");
}

#[test]
fn rows_may_have_nothing_of_their_own_and_closures_no_outputs() {
    let mut same = Batch::new(|w, _| w[0] * w[0]);
    let rows = Rows::count(300);
    assert_eq!(same.gradient(&[3.0], &rows), Ok((2700.0, vec![1800.0])));
    assert_eq!(same.hessian(&[3.0], &rows), Ok((2700.0, vec![1800.0], vec![600.0])));
    assert_eq!(same.gradients(&[3.0], &rows, By::Both).unwrap().1, [6.0; 300]);
    assert_eq!(same.gauss_newton(&[1.0], &rows), Ok((150.0, vec![600.0], vec![1200.0])));
    let mut constant = Batch::new(|_, _| Var::constant(2.0));
    let numbers = [1.0; 100];
    assert_eq!(constant.gradient(&[3.0], &Rows::new(&numbers, 1)), Ok((200.0, vec![0.0])));
    let mut nothing = Batch::new(|_, _| Vec::new());
    assert_eq!(nothing.values(&[1.0], &Rows::new(&numbers, 1)), Ok(vec![]));
    assert_eq!(nothing.reduced(&[1.0], &Rows::new(&numbers, 1)), Ok(vec![]));
    assert!(nothing.value(&[1.0], &Rows::new(&numbers, 1)).is_err());
}

#[test]
fn parts_have_the_bits_of_the_whole() {
    let n = 50_000;
    let x: Vec<f64> = (0..n).map(|k| (f64::from(k) * 0.7).sin()).collect();
    let data: Vec<f64> = (0..n).map(|k| (f64::from(k) * 0.3).cos()).collect();
    let weights: Vec<f64> = (0..n).map(|k| 1.0 + (f64::from(k) * 0.1).sin()).collect();
    // Three ways, the third of which is met late.
    let mut batch = Batch::new(|w, x| {
        let y = (w[0] * x[0] - x[1]).exp() * w[1];
        if x[0] > 0.9999 {
            y * y
        } else if x[0] > 0.0 {
            y
        } else {
            y.sin()
        }
    })
    .mean()
    .limit(3);
    let (w, all) = ([0.5, 1.25], Rows::new(&x, 1).beside(&data, 1).weighted(&weights));
    let whole = batch.gradient(&w, &all).unwrap();
    for part in [1_000, 256, 16_384, 20_001, 50_000] {
        let mut parts = batch.gradient_in_parts(&w);
        for ((x, data), weights) in x.chunks(part).zip(data.chunks(part)).zip(weights.chunks(part)) {
            parts.add(&Rows::new(x, 1).beside(data, 1).weighted(weights)).unwrap();
        }
        assert_eq!(parts.finish().unwrap(), whole, "parts of {part}");
    }
    let mut parts = batch.gradient_in_parts(&w);
    parts.add(&Rows::new(&x, 1).beside(&data, 1).weighted(&weights)).unwrap();
    assert!(parts.add(&Rows::new(&x, 1)).is_err(), "rows of another shape");
    drop(parts);
    let none = batch.gradient_in_parts::<f64>(&[1.0, 2.0]).finish();
    assert!(none.is_ok_and(|(value, gradient)| value.is_nan() && gradient.len() == 2), "the mean of nothing");
}

#[test]
fn traces_make_room_for_others() {
    let mut f = Batch::new(|w, x| x[0] * w[0].to_i32()).limit(3);
    for k in 0..10 {
        let w = f64::from(k % 5);
        assert_eq!(f.values(&[w], &Rows::new(&[2.0, 3.0], 1)), Ok(vec![2.0 * w, 3.0 * w]));
        assert_eq!(f.report().recordings, 1, "five ways, and room for three");
    }
}

trait ToI32 {
    fn to_i32(self) -> f64;
}
impl ToI32 for Var {
    #[track_caller]
    fn to_i32(self) -> f64 {
        num_traits::ToPrimitive::to_i32(&self).map_or(f64::NAN, f64::from)
    }
}

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

#[test]
fn a_batch_is_watched_and_stopped() {
    let seen = Mutex::new(Vec::new());
    let numbers = vec![1.0; 2_000];
    let watcher = |done: usize, rows: usize| {
        assert_eq!(rows, 2_000);
        let mut seen = seen.lock().unwrap();
        seen.push(done);
        if seen.len() < 5 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let mut batch = Batch::new(|_, x| x[0] * 2.0).watch(watcher).on_one_thread();
    assert_eq!(batch.value(&[], &Rows::new(&numbers, 1)), Err(BatchError::Stopped { rows: 1_280 }));
    assert_eq!(*seen.lock().unwrap(), [256, 512, 768, 1_024, 1_280]);
}
