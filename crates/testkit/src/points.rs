//! Where rows are sampled.

use wengert::ops::Second;

/// Points away from kinks, ties and integers, on both sides of 0 and of 1.
pub const ORDINARY: [f64; 7] = [-2.31, -0.72, -0.13, 0.29, 0.94, 1.68, 3.23];

/// The points at which conventions speak: zeros, ends of domains, infinities, NaN, extremes.
pub const SPECIAL: [f64; 14] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.0,
    -3.0,
    0.5,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    f64::MIN_POSITIVE,
    1e300,
    -1e300,
    5e-324,
];

/// Every point of a grid in `A` dimensions, the second coordinate an integer where the row asks for one.
#[must_use]
pub fn grid<const A: usize>(values: &[f64], second: Second) -> Vec<[f64; A]> {
    let mut points = vec![[0.0; A]];
    for k in 0..A {
        points = points
            .iter()
            .flat_map(|p| {
                values.iter().map(|v| {
                    let mut p = *p;
                    p[k] = if k == 1 && second == Second::Integer {
                        f64::from(v.clamp(-9.0, 9.0) as i8)
                    } else {
                        *v
                    };
                    p
                })
            })
            .collect();
    }
    points
}

/// Whether a row of that value and those partials gives its operand back and says that its slope is 0: it stops the
/// gradient by intent, and differences have nothing to say of it.
#[must_use]
pub fn stops_the_gradient(x: &[f64], y: f64, partials: &[f64]) -> bool {
    matches!((x, partials), ([x], [p]) if same(*x, y) && *p == 0.0)
}

/// The same bits, or both NaN.
#[must_use]
pub fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}
