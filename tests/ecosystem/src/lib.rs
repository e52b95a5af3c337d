//! What the tests of this folder share: comparing numbers, and derivatives by differences.

/// Asserts that `found` is `wanted`, up to `tolerance·(1 + |wanted|)`.
///
/// # Panics
/// Where it is not, or either is NaN.
#[track_caller]
pub fn assert_near(found: f64, wanted: f64, tolerance: f64) {
    let gap = (found - wanted).abs();
    assert!(gap <= tolerance * (1.0 + wanted.abs()), "{found} is not {wanted}: {gap:e} apart");
}

/// [`assert_near`] for each entry of two Jacobians, given by their rows.
///
/// # Panics
/// Where an entry is not near, or the numbers of rows differ.
#[track_caller]
pub fn assert_rows_near<const N: usize>(found: &[[f64; N]], wanted: &[[f64; N]], tolerance: f64) {
    assert_eq!(found.len(), wanted.len(), "the Jacobians have different numbers of rows");
    for (i, (row, other)) in found.iter().zip(wanted).enumerate() {
        for (j, (a, b)) in row.iter().zip(other).enumerate() {
            let gap = (a - b).abs();
            assert!(gap <= tolerance * (1.0 + b.abs()), "row {i}, column {j}: {a} is not {b}: {gap:e} apart");
        }
    }
}

/// The Jacobian of `f` by central differences with the given step, row after row.
pub fn differences<const N: usize>(
    at: &[f64; N],
    step: f64,
    f: impl Fn([f64; N]) -> Vec<f64>,
) -> Vec<[f64; N]> {
    let mut rows = vec![[0.0; N]; f(*at).len()];
    for j in 0..N {
        let moved = |by: f64| {
            let mut x = *at;
            x[j] += by;
            f(x)
        };
        for (row, (above, below)) in rows.iter_mut().zip(moved(step).iter().zip(moved(-step))) {
            row[j] = (above - below) / (2.0 * step);
        }
    }
    rows
}
