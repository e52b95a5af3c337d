//! Random programs whose first inputs are shared, and rows near their points.

use wengert::{Batch, Program};
use wengert_testkit::RandomProgram;
use wengert_testkit::points::same;

/// How many programs are tried: a few unless the environment says more.
pub(crate) fn programs() -> u64 {
    std::env::var("WENGERT_PROGRAMS").ok().and_then(|count| count.parse().ok()).unwrap_or(120)
}

/// Batches that end in whole chunks, groups and blocks, and that do not.
pub(crate) const ROWS: [usize; 7] = [1, 2, 9, 64, 100, 256, 700];

#[track_caller]
pub(crate) fn all_same(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(same(*found, *expected), "{what}, number {k}: {found} and {expected}");
    }
}

/// Numbers near a point, by row.
pub(crate) fn rows_near(point: &[f64], count: usize, seed: u64) -> Vec<f64> {
    let number = |k: usize| {
        let turn = (k as f64 * 0.618 + seed as f64 * 0.37).fract() - 0.5;
        point[k % point.len()] + if k / point.len() == 0 { 0.0 } else { turn * 0.2 }
    };
    (0..count * point.len()).map(number).collect()
}

/// The sum of numbers in groups of 64, in each eight running sums, joined by halves.
pub(crate) fn in_groups(y: impl IntoIterator<Item = f64>) -> f64 {
    let y: Vec<f64> = y.into_iter().collect();
    y.chunks(64).fold(0.0, |total, group| {
        let mut s = [0.0; 8];
        group.iter().enumerate().for_each(|(row, y)| s[row % 8] += y);
        for half in [4, 2, 1] {
            (0..half).for_each(|j| s[j] += s[j + half]);
        }
        total + s[0]
    })
}

/// The sum over rows in the order that a batch states, of rows of one trace.
pub(crate) fn in_order(y: &[f64], rows: &[usize]) -> Option<f64> {
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
        (!of.is_empty()).then(|| in_groups(of.iter().map(|row| y[*row])))
    };
    let blocks: Vec<Option<f64>> = (0..y.len().div_ceil(256)).map(block).collect();
    joined(&blocks)
}

/// A random program whose first inputs are shared.
pub(crate) struct Case {
    pub(crate) program: RandomProgram,
    pub(crate) shared: Vec<f64>,
    pub(crate) data: Vec<f64>,
    pub(crate) rows: usize,
}

impl Case {
    /// That of a seed; none where some row reads the sign of a NaN, which nothing promises.
    pub(crate) fn new(seed: u64) -> Option<Self> {
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

    pub(crate) fn all(seeds: core::ops::Range<u64>) -> impl Iterator<Item = (u64, Self)> {
        seeds.filter_map(|seed| Some((seed, Self::new(seed)?)))
    }

    pub(crate) fn width(&self) -> usize {
        self.program.point.len() - self.shared.len()
    }

    pub(crate) fn batch(&self) -> Batch<'_> {
        Batch::new(|w, x| self.program.eval(&[w, x].concat()))
    }

    /// Rows as a batch takes them, one after another or by columns.
    pub(crate) fn by_columns(&self) -> Vec<f64> {
        (0..self.width())
            .flat_map(|column| self.data.iter().skip(column).step_by(self.width()))
            .copied()
            .collect()
    }

    /// What a program gives at every row.
    pub(crate) fn alone(&self, program: &Program) -> Vec<f64> {
        let at = |row: &[f64]| program.values(&[&self.shared, row].concat()).unwrap();
        self.data.chunks_exact(self.width()).flat_map(at).collect()
    }
}

#[track_caller]
pub(crate) fn close(found: &[f64], expected: &[f64], case: &Case, what: &str) {
    let tolerance = 1e-12 * (case.program.steps.len() as f64 + 100.0) * (1.0 + case.program.sensitivity);
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        let near = (found - expected).abs() <= tolerance * (1.0 + expected.abs());
        // In another order, what is so large overflows here or there, and may meet its like and be no number any more.
        let [found_far, expected_far] = [found, expected].map(|x| x.is_nan() || x.abs() > 1e250);
        let beyond = found_far && expected_far || case.program.sensitivity > 1e250;
        assert!(same(*found, *expected) || near || beyond, "{what}: {found} and {expected}");
    }
}
