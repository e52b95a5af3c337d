//! Forward mode in one call: the function is read at [`Dual`] or [`Taylor`] numbers, nothing is recorded.
//!
//! The cheaper mode for few inputs: each evaluation carries up to 8 directions.

use wengert_ops::{Dual, Outputs, Parameters, Scalar, Taylor};

use super::reverse::{filled, shaped};
use crate::error::{GradientError, copied, length};

pub use crate::operation::WIDEST;

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
    f: impl Fn(P::With<Dual<f64, WIDEST>>) -> Dual<f64, WIDEST>,
) -> Result<(f64, P::With<f64>), GradientError> {
    let mut gradient = vec![0.0; at.count_numbers()];
    let value = gradient_into(at, f, &mut gradient)?;
    Ok((value, shaped(at, gradient.into_iter())?))
}

/// [`gradient`] into a slice, in the flat order of [`Parameters`]; gives the value. Allocates nothing of an array.
///
/// ```
/// let mut slopes = [0.0; 2];
/// let value = wengert::forward::gradient_into(&[4.0, -3.0], |[x, y]| x * y, &mut slopes)?;
/// assert_eq!((value, slopes), (-12.0, [-3.0, 4.0]));
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// # Errors
/// [`GradientError::Length`].
pub fn gradient_into<P: Parameters + ?Sized>(
    at: &P,
    f: impl Fn(P::With<Dual<f64, WIDEST>>) -> Dual<f64, WIDEST>,
    gradient: &mut [f64],
) -> Result<f64, GradientError> {
    length("the gradient", at.count_numbers(), gradient.len())?;
    let mut value = [0.0];
    jacobian_into(at, f, &mut value, gradient)?;
    Ok(value[0])
}

/// Values of `f: Rⁿ → Rᵐ` and its Jacobian, one gradient (in the shape of the point) a row; by `⌈n/8⌉` evaluations
/// at dual numbers.
///
/// ```
/// use wengert::forward;
///
/// let (values, rows) = forward::jacobian(&[4.0, -3.0], |[x, y]| [x * y, x + y])?;
/// assert_eq!(values, [-12.0, 1.0]);
/// assert_eq!(rows, [[-3.0, 4.0], [1.0, 1.0]]);
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// # Errors
/// [`GradientError::Length`] where `f` gives a different number of outputs from one evaluation to the next.
#[allow(clippy::type_complexity)] // values and rows, as the other drivers; an alias would hide them
pub fn jacobian<P: Parameters + ?Sized, Y: Outputs<Dual<f64, WIDEST>>>(
    at: &P,
    f: impl Fn(P::With<Dual<f64, WIDEST>>) -> Y,
) -> Result<(Vec<f64>, Vec<P::With<f64>>), GradientError> {
    let n = at.count_numbers();
    let (mut values, mut matrix) = (Vec::new(), Vec::new());
    evaluated(at, f, |first, ys| {
        if first == 0 {
            values = ys.iter().map(|y| y.value).collect();
            matrix = vec![0.0; ys.len() * n];
        }
        length("outputs", values.len(), ys.len())?;
        columns(first, n, ys, &mut matrix)
    })?;
    let row = |k: usize| shaped(at, matrix[k * n..][..n].iter().copied());
    let rows = (0..values.len()).map(row).collect::<Result<_, _>>()?;
    Ok((values, rows))
}

/// [`jacobian`] into slices: the values into `y`, the matrix, `m × n`, row after row into `jacobian`. Allocates nothing of an
/// array.
///
/// ```
/// let (mut y, mut rows) = ([0.0; 2], [0.0; 4]);
/// wengert::forward::jacobian_into(&[4.0, -3.0], |[x, y]| [x * y, x + y], &mut y, &mut rows)?;
/// assert_eq!((y, rows), ([-12.0, 1.0], [-3.0, 4.0, 1.0, 1.0]));
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// # Errors
/// As [`jacobian`].
pub fn jacobian_into<P: Parameters + ?Sized, Y: Outputs<Dual<f64, WIDEST>>>(
    at: &P,
    f: impl Fn(P::With<Dual<f64, WIDEST>>) -> Y,
    y: &mut [f64],
    jacobian: &mut [f64],
) -> Result<(), GradientError> {
    let n = at.count_numbers();
    evaluated(at, f, |first, ys| {
        copied("outputs", ys.iter().map(|y| y.value), y)?;
        columns(first, n, ys, jacobian)
    })
}

/// Evaluates `f` at all directions, eight at a time: `each` is given the number of the first, and the results.
fn evaluated<P: Parameters + ?Sized, Y: Outputs<Dual<f64, WIDEST>>>(
    at: &P,
    f: impl Fn(P::With<Dual<f64, WIDEST>>) -> Y,
    mut each: impl FnMut(usize, &[Dual<f64, WIDEST>]) -> Result<(), GradientError>,
) -> Result<(), GradientError> {
    for first in (0..at.count_numbers().max(1)).step_by(WIDEST) {
        let ys = f(seeded(at, |k, direction| if k == first + direction { 1.0 } else { 0.0 })?);
        each(first, ys.as_slice())?;
    }
    Ok(())
}

/// Tangents as columns of a matrix, from the `first` on.
fn columns(
    first: usize,
    n: usize,
    ys: &[Dual<f64, WIDEST>],
    matrix: &mut [f64],
) -> Result<(), GradientError> {
    length("the Jacobian", ys.len() * n, matrix.len())?;
    for (row, y) in matrix.chunks_exact_mut(n.max(1)).zip(ys) {
        row[first..].iter_mut().zip(y.tangent).for_each(|(slot, t)| *slot = t);
    }
    Ok(())
}

/// Values of `f: Rⁿ → Rᵐ` and `Jv`, its derivative along a direction `v` of the point's shape; one evaluation at
/// dual numbers, nothing is recorded.
///
/// ```
/// use wengert::jvp;
///
/// let (values, along) = jvp(&[4.0, -3.0], |[x, y]| [x * y, x + y], &[1.0, 2.0])?;
/// assert_eq!((values, along), (vec![-12.0, 1.0], vec![5.0, 3.0]));
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// # Errors
/// [`GradientError::Length`] where the direction has not as many numbers as the point.
pub fn jvp<P: Parameters + ?Sized, Y: Outputs<Dual<f64>>>(
    at: &P,
    f: impl FnOnce(P::With<Dual<f64>>) -> Y,
    direction: &P,
) -> Result<(Vec<f64>, Vec<f64>), GradientError> {
    let ys = moved(at, f, direction)?;
    Ok(ys.as_slice().iter().map(|y| (y.value, y.tangent[0])).unzip())
}

/// [`jvp`] into slices: the values into `y`, `Jv` into `product`.
///
/// ```
/// let (mut y, mut product) = ([0.0; 2], [0.0; 2]);
/// wengert::jvp_into(&[4.0, -3.0], |[x, y]| [x * y, x + y], &[1.0, 2.0], &mut y, &mut product)?;
/// assert_eq!((y, product), ([-12.0, 1.0], [5.0, 3.0]));
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// # Errors
/// As [`jvp`].
pub fn jvp_into<P: Parameters + ?Sized, Y: Outputs<Dual<f64>>>(
    at: &P,
    f: impl FnOnce(P::With<Dual<f64>>) -> Y,
    direction: &P,
    y: &mut [f64],
    product: &mut [f64],
) -> Result<(), GradientError> {
    let ys = moved(at, f, direction)?;
    copied("outputs", ys.as_slice().iter().map(|y| y.value), y)?;
    copied("the product", ys.as_slice().iter().map(|y| y.tangent[0]), product)
}

/// Evaluates `f` along one direction.
fn moved<P: Parameters + ?Sized, Y>(
    at: &P,
    f: impl FnOnce(P::With<Dual<f64>>) -> Y,
    direction: &P,
) -> Result<Y, GradientError> {
    let v = along(at, direction)?;
    Ok(f(seeded(at, |k, _| v.get(k).copied().unwrap_or(0.0))?))
}

/// Taylor series up to order `K` of `t ↦ f(x + t·v)`, one an output, for `f: Rⁿ → Rᵐ` and a direction `v` of the point's
/// shape; one evaluation at [`Taylor`] numbers.
///
/// ```
/// use wengert::forward;
///
/// let y = forward::taylor::<3, _, _>(&[4.0, -3.0], |[x, y]| [x * y, (x + y).exp()], &[1.0, 2.0])?;
/// assert!(y[0].coefficients().eq([-12.0, 5.0, 2.0, 0.0])); // (4 + t)(−3 + 2t)
/// let third = y[1].derivative(3).unwrap_or(f64::NAN); // d³/dt³ e^(1 + 3t)
/// assert!((third - 27.0 * 1.0_f64.exp()).abs() < 1e-12);
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// Cost: a sum `O(K)`, a product `O(K²)`, an elementary function `O(K³)`.
///
/// # Errors
/// As [`jvp`].
pub fn taylor<const K: usize, P: Parameters + ?Sized, Y: Outputs<Taylor<f64, K>>>(
    at: &P,
    f: impl FnOnce(P::With<Taylor<f64, K>>) -> Y,
    direction: &P,
) -> Result<Vec<Taylor<f64, K>>, GradientError> {
    let v = along(at, direction)?;
    let x = filled(at, v.len(), |k, x| Taylor::line(x, v.get(k).copied().unwrap_or(0.0)))?;
    Ok(f(x).into_vec())
}

/// The numbers of a direction, as many as the point has.
fn along<P: Parameters + ?Sized>(at: &P, direction: &P) -> Result<Vec<f64>, GradientError> {
    let v = direction.flatten();
    length("the direction", at.count_numbers(), v.len())?;
    Ok(v)
}

/// The point at dual numbers, number `k` with the tangents `tangent(k, direction)`.
fn seeded<P: Parameters + ?Sized, const N: usize>(
    at: &P,
    tangent: impl Fn(usize, usize) -> f64,
) -> Result<P::With<Dual<f64, N>>, GradientError>
where
    Dual<f64, N>: Scalar,
{
    filled(at, at.count_numbers(), |k, value| Dual {
        value,
        tangent: core::array::from_fn(|direction| tangent(k, direction)),
    })
}
