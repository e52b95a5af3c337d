//! What users may do with a batch, and what they are told.

use core::ops::ControlFlow;
use std::sync::Mutex;

use wengert::batch::{By, InstructionSet, Precision, Rows};
use wengert::call::Callee;
use wengert::{Batch, BatchError, Program, Var};
use wengert_testkit::points::same;
use wengert_testkit::{Branchy, operations};

use crate::case::*;

#[track_caller]
fn near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-11 * (1.0 + b.abs()), "{a} and {b}");
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
/// Derivatives by tables are those of one program of all numbers.
#[test]
fn tables_have_derivatives_of_their_own() {
    let (shared, corners, springs) = ([1.5, -0.5], 7, 40);
    let points: Vec<f64> = (0..2 * corners).map(|k| (k as f64 * 0.7).sin()).collect();
    let scales: Vec<f64> = (0..5).map(|k| f64::from(k) * 0.3 + 0.5).collect();
    let named = |step: u32, of: u32| -> Vec<u32> { (0..springs).map(|k| (k * step + k / 3) % of).collect() };
    // Some rows name the same point twice.
    let (first, second, scale) = (named(3, 7), named(5, 7), named(2, 5));
    let weights: Vec<f64> = (0..springs).map(|k| f64::from(k % 4) - 1.0).collect();
    let f = |w: &[Var], x: &[Var]| {
        let square = (x[0] - x[2]).square() + (x[1] - x[3]).square();
        [(square + w[0]).sqrt() * x[4], (x[0] * x[3] * w[1]).sin()]
    };
    let rows = Rows::count(springs as usize)
        .and(&points, 2, &first)
        .and(&points, 2, &second)
        .and(&scales, 1, &scale);
    assert_eq!(rows.unknowns(), 19);
    let all = [&shared[..], &points, &scales].concat();
    let program = Program::record(&all, |x: &[Var]| {
        let (w, points, scales) = (&x[..2], &x[2..16], &x[16..]);
        let at = |k: usize| {
            let (a, b) = (2 * first[k] as usize, 2 * second[k] as usize);
            [points[a], points[a + 1], points[b], points[b + 1], scales[scale[k] as usize]]
        };
        (0..springs as usize).flat_map(|k| f(w, &at(k))).collect::<Vec<_>>()
    })
    .unwrap();
    let (values, dense) = program.jacobian(&all).unwrap();
    let mut batch = Batch::new(|w, x| f(w, x));
    for (by, columns) in [(By::Shared, 0..2), (By::Row, 2..21), (By::Both, 0..21)] {
        let sparse = batch.sparse_jacobian(&shared, &rows, by).unwrap();
        assert_eq!((sparse.width(), sparse.starts().len()), (columns.len(), values.len() + 1));
        let (mut y, mut entries) = (vec![0.0; values.len()], vec![f64::NAN; sparse.nonzeros()]);
        batch.sparse_values_into(&sparse, &shared, &rows, &mut y, &mut entries).unwrap();
        near(&y, &values);
        for (row, line) in dense.chunks(all.len()).enumerate() {
            let mut whole = vec![0.0; columns.len()];
            let of = sparse.starts()[row]..sparse.starts()[row + 1];
            assert!(sparse.columns()[of.clone()].is_sorted_by(|a, b| a < b));
            for (column, x) in sparse.columns()[of.clone()].iter().zip(&entries[of]) {
                whole[*column as usize] = *x;
            }
            near(&whole, &line[columns.clone()]);
        }
    }
    let weighted = rows.clone().weighted(&weights);
    let of_all: Vec<f64> = weights.iter().flat_map(|w| [*w; 2]).collect();
    let (_, expected) = program.vjp(&all, &of_all).unwrap();
    let (value, by_shared, by_tables) = batch.gradient_by_tables(&shared, &weighted).unwrap();
    near(&[by_shared, by_tables].concat(), &expected);
    near(&[value], &[batch.gradient(&shared, &weighted).unwrap().0]);
    let sum: f64 = weights.iter().sum();
    let mut mean = Batch::new(|w, x| f(w, x)).mean();
    let (value, by_shared, by_tables) = mean.gradient_by_tables(&shared, &weighted).unwrap();
    let scaled: Vec<f64> = expected.iter().map(|g| g / sum).collect();
    near(&[by_shared, by_tables].concat(), &scaled);
    near(&[value], &[mean.gradient(&shared, &weighted).unwrap().0]);
    assert!(rows.scatter(&[1.0; 3], &mut [0.0; 19]).is_err());
    assert!(batch.gradient_by_tables_into(&shared, &rows, &mut [0.0; 18]).is_err());
}

/// Fast functions have the same bits whoever runs them, and are near those of the standard library.
#[test]
fn fast_functions_are_near_and_the_same_everywhere() {
    let data: Vec<f64> = (0..1400).map(|k| (f64::from(k) * 0.37).sin() * 2.0).collect();
    let shared = [0.7, -0.3, 1.1];
    let f = |w: &[Var], x: &[Var]| {
        let hidden = [(w[0] * x[0]).tanh(), (w[1] * x[1]).sigmoid(), (w[2] * x[0]).sin() * x[1].exp()];
        [Var::logsumexp(&hidden) - hidden[0], (x[0] * x[0] + w[0]).ln() * (x[1] * 1e6).cos()]
    };
    let rows = Rows::new(&data, 2);
    let all = |mut batch: Batch<'_>| {
        let (value, gradient) = batch.gradient(&shared, &rows).unwrap();
        let (y, jacobian) = batch.jacobian(&shared, &rows, By::Both).unwrap();
        [vec![value], gradient, y, jacobian].concat()
    };
    let exact = all(Batch::new(f));
    let fast = all(Batch::new(f).precision(Precision::Fast));
    assert_ne!(exact, fast);
    // Far from 0, where fast functions end, the operand of a cosine is as exact as before.
    let scale = exact.iter().fold(1.0_f64, |most, x| most.max(x.abs()));
    for (a, b) in exact.iter().zip(&fast) {
        assert!((a - b).abs() <= 1e-12 * scale, "{a} and {b}");
    }
    for set in InstructionSet::available() {
        let batch = Batch::new(f).precision(Precision::Fast).with_instructions(set);
        assert_eq!(all(batch.on_one_thread()), fast, "{set:?}");
    }
}

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
    // The greatest is that of all traces, and ties are the first row's.
    let twice = [&data[..], &data].concat();
    let most = batch.maximum(&[], &Rows::new(&twice, 1)).unwrap()[0];
    let expected = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    assert_eq!((most.value, most.row), (expected, y.iter().position(|y| *y == expected).unwrap()));
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
    assert!(error.contains("row 3 takes another way") && error.contains("front.rs:"), "{error}");
}

#[test]
fn a_row_without_a_result_is_named_with_the_line() {
    let picky = Callee::opaque(operations::Picky);
    let mut data = vec![4.0; 6000];
    let mut batch = Batch::new(|_, x| {
        let near = picky.call(&[x[0] + 1.0])[0];
        near + picky.call(x)[0] // here
    });
    let here = line!() - 2;
    data[4711] = 0.0;
    let why = batch.values(&[], &Rows::new(&data, 1)).unwrap_err().to_string();
    let at = format!("front.rs:{here}:");
    assert!(["row 4711: ", &at, "no reciprocal of 0"].iter().all(|part| why.contains(part)), "{why}");
    // One with a value, whose derivative cannot be had.
    let mut batch = Batch::new(|_, x| if x[0] < 0.0 { picky.call(x)[0] } else { x[0] });
    let here = line!() - 1;
    data[4711] = -1.0;
    let why = batch.gradients(&[], &Rows::new(&data, 1), By::Row).unwrap_err();
    assert!(matches!(&why, BatchError::Row { row: 4711, at: Some(_), .. }), "{why}");
    let (why, at) = (why.to_string(), format!("front.rs:{here}:"));
    assert!(why.contains(&at) && why.contains("nobody asks"), "{why}");
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
    let whole = batch.gauss_newton(&w, &all).unwrap();
    for part in [256, 20_001] {
        let mut parts = batch.gauss_newton_in_parts(&w);
        for ((x, data), weights) in x.chunks(part).zip(data.chunks(part)).zip(weights.chunks(part)) {
            parts.add(&Rows::new(x, 1).beside(data, 1).weighted(weights)).unwrap();
        }
        assert_eq!(parts.finish().unwrap(), whole, "normal equations of parts of {part}");
    }
    let mut parts = batch.gradient_in_parts(&w);
    parts.add(&Rows::new(&x, 1).beside(&data, 1).weighted(&weights)).unwrap();
    assert!(parts.add(&Rows::new(&x, 1)).is_err(), "rows of another shape");
    drop(parts);
    let mut line = Batch::new(|w, x| w[0] * x[0] + w[1]);
    let whole = line.gradient(&[0.5], &Rows::new(&x, 1).parameters(&[2.0])).unwrap();
    let mut parts = line.gradient_in_parts(&[0.5]);
    for part in x.chunks(20_001) {
        parts.add(&Rows::new(part, 1).parameters(&[2.0])).unwrap();
    }
    let others = parts.add(&Rows::new(&x, 1).parameters(&[3.0])).unwrap_err();
    assert!(others.to_string().contains("other parameters"), "{others}");
    assert_eq!(parts.finish().unwrap(), whole);
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
