//! Forward mode in one call: the function is read at [`Dual`] or [`Taylor`] numbers, nothing is recorded.
//!
//! The cheaper mode for few inputs: each evaluation carries up to 8 directions.

use wengert_ops::{Dual, Parameters, Scalar, Taylor};

use crate::drive::reverse::shaped;
use crate::error::GradientError;

/// Directions that one evaluation carries.
pub const DIRECTIONS: usize = 8;

/// Value and gradient of `f: Rⁿ → R`, by `⌈n/8⌉` evaluations at dual numbers (at least one).
///
/// ```
/// use wengert::forward;
///
/// let (value, [dx, dy]) = forward::gradient(&[4.0, -3.0], |[x, y]| x * y)?;
/// assert_eq!((value, dx, dy), (-12.0, -3.0, 4.0));
/// # Ok::<(), wengert::GradientError>(())
/// ```
pub fn gradient<P: Parameters + ?Sized>(
    at: &P,
    f: impl Fn(P::With<Dual<f64, DIRECTIONS>>) -> Dual<f64, DIRECTIONS>,
) -> Result<(f64, P::With<f64>), GradientError> {
    let (values, mut rows) = jacobian(at, |x| vec![f(x)])?;
    match (values.first(), rows.pop()) {
        (Some(value), Some(row)) => Ok((*value, row)),
        _ => Err(GradientError::Length { what: "outputs", expected: 1, found: 0 }),
    }
}

/// Values of `f: Rⁿ → Rᵐ` and its Jacobian, one gradient (in the shape of the point) a row; by `⌈n/8⌉` evaluations
/// at dual numbers.
///
/// ```
/// use wengert::forward;
///
/// let (values, rows) = forward::jacobian(&[4.0, -3.0], |[x, y]| vec![x * y, x + y])?;
/// assert_eq!(values, [-12.0, 1.0]);
/// assert_eq!(rows, [[-3.0, 4.0], [1.0, 1.0]]);
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// # Errors
/// [`GradientError::Length`] where `f` gives a different number of outputs from one evaluation to the next.
#[allow(clippy::type_complexity)] // values and rows, as the other drivers; an alias would hide them
pub fn jacobian<P: Parameters + ?Sized>(
    at: &P,
    f: impl Fn(P::With<Dual<f64, DIRECTIONS>>) -> Vec<Dual<f64, DIRECTIONS>>,
) -> Result<(Vec<f64>, Vec<P::With<f64>>), GradientError> {
    let n = at.flatten().len();
    let mut values = Vec::new();
    let mut flat: Vec<Vec<f64>> = Vec::new();
    for first in (0..n.max(1)).step_by(DIRECTIONS) {
        let ys = f(seeded(at, |k, direction| if k == first + direction { 1.0 } else { 0.0 }));
        if first == 0 {
            values = ys.iter().map(|y| y.value).collect();
            flat = vec![vec![0.0; n]; ys.len()];
        }
        if ys.len() != flat.len() {
            return Err(GradientError::Length { what: "outputs", expected: flat.len(), found: ys.len() });
        }
        for (row, y) in flat.iter_mut().zip(&ys) {
            for (slot, t) in row[first..].iter_mut().zip(y.tangent) {
                *slot = t;
            }
        }
    }
    let rows = flat.iter().map(|row| shaped(at, row)).collect::<Result<_, _>>()?;
    Ok((values, rows))
}

/// Values of `f: Rⁿ → Rᵐ` and `Jv`, its derivative along a direction `v` of the point's shape; one evaluation at
/// dual numbers.
///
/// ```
/// use wengert::forward;
///
/// let (values, along) = forward::jvp(&[4.0, -3.0], &[1.0, 2.0], |[x, y]| vec![x * y, x + y])?;
/// assert_eq!((values, along), (vec![-12.0, 1.0], vec![5.0, 3.0]));
/// # Ok::<(), wengert::GradientError>(())
/// ```
pub fn jvp<P: Parameters + ?Sized>(
    at: &P,
    direction: &P,
    f: impl FnOnce(P::With<Dual<f64>>) -> Vec<Dual<f64>>,
) -> Result<(Vec<f64>, Vec<f64>), GradientError> {
    let v = along(at, direction)?;
    let ys = f(seeded(at, |k, _| v[k]));
    Ok(ys.iter().map(|y| (y.value, y.tangent[0])).unzip())
}

/// Taylor series up to order `K` of `t ↦ f(x + t·v)`, one an output, for `f: Rⁿ → Rᵐ` and a direction `v` of the point's
/// shape; one evaluation at [`Taylor`] numbers.
///
/// ```
/// use wengert::forward;
///
/// let y = forward::taylor::<_, 3>(&[4.0, -3.0], &[1.0, 2.0], |[x, y]| vec![x * y, (x + y).exp()])?;
/// assert!(y[0].coefficients().eq([-12.0, 5.0, 2.0, 0.0])); // (4 + t)(−3 + 2t)
/// let third = y[1].derivative(3).unwrap_or(f64::NAN); // d³/dt³ e^(1 + 3t)
/// assert!((third - 27.0 * 1.0_f64.exp()).abs() < 1e-12);
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// Cost: a sum `O(K)`, a product `O(K²)`, an elementary function `O(K³)`.
pub fn taylor<P: Parameters + ?Sized, const K: usize>(
    at: &P,
    direction: &P,
    f: impl FnOnce(P::With<Taylor<f64, K>>) -> Vec<Taylor<f64, K>>,
) -> Result<Vec<Taylor<f64, K>>, GradientError> {
    let v = along(at, direction)?;
    let mut slopes = v.iter();
    Ok(f(at.map_numbers(&mut |x| Taylor::line(x, slopes.next().copied().unwrap_or(0.0)))))
}

/// The numbers of a direction, as many as the point has.
fn along<P: Parameters + ?Sized>(at: &P, direction: &P) -> Result<Vec<f64>, GradientError> {
    let (n, v) = (at.flatten().len(), direction.flatten());
    if v.len() == n {
        Ok(v)
    } else {
        Err(GradientError::Length { what: "direction", expected: n, found: v.len() })
    }
}

/// The point at dual numbers, number `k` with the tangents `tangent(k, direction)`.
fn seeded<P: Parameters + ?Sized, const N: usize>(
    at: &P,
    tangent: impl Fn(usize, usize) -> f64,
) -> P::With<Dual<f64, N>>
where
    Dual<f64, N>: Scalar,
{
    let mut k = 0;
    at.map_numbers(&mut |value| {
        k += 1;
        Dual { value, tangent: core::array::from_fn(|direction| tangent(k - 1, direction)) }
    })
}
