//! Reverse mode in one call: record, sweep, and give the derivative back in the shape of the point, or in a slice.
//!
//! Memory comes from the thread ([`crate::memory`]): from the second call on none is allocated but what is handed over.

use core::panic::Location;

use wengert_ops::{Outputs, Parameters, Scalar};

use crate::error::{GradientError, copied, length};
use crate::memory::with_recorder;
use crate::record::Recorder;
use crate::var::Var;

/// Value and gradient of `f: Rⁿ → R` at a point of any shape: an array, a slice, a tuple, a struct of
/// [`Parameters`].
///
/// ```
/// use wengert::gradient;
///
/// let (value, [dx, dy]) = gradient(&[4.0, -3.0], |[x, y]| x * y)?;
/// assert_eq!((value, dx, dy), (-12.0, -3.0, 4.0));
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// Cost: one recording and one sweep, whatever `n`. The memory of the recording is [the thread's](crate::memory): from the
/// second call on, arrays allocate nothing, and a slice or a `Vec` two vectors, the one that `f` is given and the gradient. What
/// called operations need is taken anew.
///
/// # Errors
/// [`GradientError::Record`] and [`GradientError::Sweep`]. [`GradientError::PlainReads`] where the result is a constant and the
/// closure has taken plain values out of its numbers ([`Var::value`], `to_f64`). Where only a part of the result was computed
/// with such values, that part is missing from the gradient, and no error says so: ask [`Tape::lossy_reads`] of a recording.
///
/// [`Tape::lossy_reads`]: crate::Tape::lossy_reads
#[track_caller]
pub fn gradient<P: Parameters + ?Sized>(
    at: &P,
    f: impl FnOnce(P::With<Var>) -> Var,
) -> Result<(f64, P::With<f64>), GradientError> {
    let line = Location::caller();
    with_recorder(|recorder| {
        let y = recorder.record_at(at, f, line)?;
        Ok((y.plain(), shaped(at, recorder.reverse(y)?.inputs())?))
    })
}

/// [`gradient`] into a slice, in the flat order of [`Parameters`]; gives the value.
///
/// ```
/// let mut slopes = [0.0; 2];
/// let value = wengert::gradient_into(&[4.0, -3.0], |[x, y]| x * y, &mut slopes)?;
/// assert_eq!((value, slopes), (-12.0, [-3.0, 4.0]));
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// # Errors
/// As [`gradient`]; [`GradientError::Length`].
#[track_caller]
pub fn gradient_into<P: Parameters + ?Sized>(
    at: &P,
    f: impl FnOnce(P::With<Var>) -> Var,
    gradient: &mut [f64],
) -> Result<f64, GradientError> {
    let line = Location::caller();
    with_recorder(|recorder| {
        let y = recorder.record_at(at, f, line)?;
        copied("the gradient", recorder.reverse(y)?.inputs(), gradient)?;
        Ok(y.plain())
    })
}

/// Values of `f: Rⁿ → Rᵐ` and `wᵀJ`, the gradient of `Σ wₖfₖ`, one weight a value.
///
/// ```
/// use wengert::vjp;
///
/// let (values, [dx, dy]) = vjp(&[4.0, -3.0], |[x, y]| [x * y, x + y], &[1.0, 10.0])?;
/// assert_eq!((values, dx, dy), (vec![-12.0, 1.0], 7.0, 14.0));
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// Cost: one recording and one sweep.
///
/// # Errors
/// As [`gradient`]; [`GradientError::Length`] where there are not as many weights as values.
#[track_caller]
pub fn vjp<P: Parameters + ?Sized, Y: Outputs<Var>>(
    at: &P,
    f: impl FnOnce(P::With<Var>) -> Y,
    weights: &[f64],
) -> Result<(Vec<f64>, P::With<f64>), GradientError> {
    let line = Location::caller();
    with_recorder(|recorder| {
        let ys = weighted(recorder, at, f, weights, line)?;
        Ok((ys.as_slice().iter().map(|y| y.plain()).collect(), shaped(at, recorder.adjoints().inputs())?))
    })
}

/// [`vjp`] into slices: the values into `y`, `wᵀJ` into `product`, in the flat order of [`Parameters`].
///
/// ```
/// let (mut y, mut product) = ([0.0; 2], [0.0; 2]);
/// wengert::vjp_into(&[4.0, -3.0], |[x, y]| [x * y, x + y], &[1.0, 10.0], &mut y, &mut product)?;
/// assert_eq!((y, product), ([-12.0, 1.0], [7.0, 14.0]));
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// # Errors
/// As [`vjp`].
#[track_caller]
pub fn vjp_into<P: Parameters + ?Sized, Y: Outputs<Var>>(
    at: &P,
    f: impl FnOnce(P::With<Var>) -> Y,
    weights: &[f64],
    y: &mut [f64],
    product: &mut [f64],
) -> Result<(), GradientError> {
    let line = Location::caller();
    with_recorder(|recorder| {
        let ys = weighted(recorder, at, f, weights, line)?;
        values_into(ys.as_slice(), y)?;
        copied("the product", recorder.adjoints().inputs(), product)
    })
}

/// Records, and sweeps once from all results with their weights.
fn weighted<P: Parameters + ?Sized, Y: Outputs<Var>>(
    recorder: &mut Recorder,
    at: &P,
    f: impl FnOnce(P::With<Var>) -> Y,
    weights: &[f64],
    line: &'static Location<'static>,
) -> Result<Y, GradientError> {
    let ys = recorder.record_at(at, f, line)?;
    length("weights", ys.as_slice().len(), weights.len())?;
    recorder.reverse_weighted(ys.as_slice(), weights)?;
    Ok(ys)
}

/// Values of `f: Rⁿ → Rᵐ` and its Jacobian, one gradient (in the shape of the point) a row.
///
/// ```
/// use wengert::jacobian;
///
/// let (values, rows) = jacobian(&[4.0, -3.0], |[x, y]| [x * y, x + y])?;
/// assert_eq!(values, [-12.0, 1.0]);
/// assert_eq!(rows, [[-3.0, 4.0], [1.0, 1.0]]);
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// Cost: one recording and `m` sweeps; for small `n`, [`forward::jacobian`](crate::forward::jacobian) is cheaper.
///
/// # Errors
/// As [`gradient`].
#[allow(clippy::type_complexity)] // values and rows, as the other drivers; an alias would hide them
#[track_caller]
pub fn jacobian<P: Parameters + ?Sized, Y: Outputs<Var>>(
    at: &P,
    f: impl FnOnce(P::With<Var>) -> Y,
) -> Result<(Vec<f64>, Vec<P::With<f64>>), GradientError> {
    let line = Location::caller();
    with_recorder(|recorder| {
        let ys = recorder.record_at(at, f, line)?;
        let ys = ys.as_slice();
        let mut rows = Vec::with_capacity(ys.len());
        for y in ys {
            rows.push(shaped(at, recorder.reverse(*y)?.inputs())?);
        }
        Ok((ys.iter().map(|y| y.plain()).collect(), rows))
    })
}

/// [`jacobian`] into slices: the values into `y`, the matrix, `m × n`, row after row into `jacobian`.
///
/// ```
/// let (mut y, mut rows) = ([0.0; 2], [0.0; 4]);
/// wengert::jacobian_into(&[4.0, -3.0], |[x, y]| [x * y, x + y], &mut y, &mut rows)?;
/// assert_eq!((y, rows), ([-12.0, 1.0], [-3.0, 4.0, 1.0, 1.0]));
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// # Errors
/// As [`jacobian`]; [`GradientError::Length`]. What stands in the slices then is of no use.
#[track_caller]
pub fn jacobian_into<P: Parameters + ?Sized, Y: Outputs<Var>>(
    at: &P,
    f: impl FnOnce(P::With<Var>) -> Y,
    y: &mut [f64],
    jacobian: &mut [f64],
) -> Result<(), GradientError> {
    let line = Location::caller();
    with_recorder(|recorder| {
        let ys = recorder.record_at(at, f, line)?;
        let (ys, n) = (ys.as_slice(), recorder.tape().inputs().len());
        values_into(ys, y)?;
        length("the Jacobian", ys.len() * n, jacobian.len())?;
        for (k, y) in ys.iter().enumerate() {
            copied("the Jacobian", recorder.reverse(*y)?.inputs(), &mut jacobian[k * n..][..n])?;
        }
        Ok(())
    })
}

/// The plain values of results, into a slice.
fn values_into(ys: &[Var], y: &mut [f64]) -> Result<(), GradientError> {
    copied("outputs", ys.iter().map(|y| y.plain()), y)
}

/// The shape of the point with other numbers: `number` is given how many came before, and the point's own. There must be as many
/// as `expected`, which was counted otherwise.
pub(super) fn filled<P: Parameters + ?Sized, U: Scalar>(
    at: &P,
    expected: usize,
    mut number: impl FnMut(usize, f64) -> U,
) -> Result<P::With<U>, GradientError> {
    let mut asked = 0;
    let shape = at.map_numbers(&mut |x| {
        asked += 1;
        number(asked - 1, x)
    });
    length("the shape of the point", expected, asked)?;
    Ok(shape)
}

/// Numbers in the shape of a point, in its flat order.
///
/// # Errors
/// [`GradientError::Length`] where the shape asks for another number of them.
pub fn shaped<P: Parameters + ?Sized>(
    at: &P,
    mut numbers: impl ExactSizeIterator<Item = f64>,
) -> Result<P::With<f64>, GradientError> {
    filled(at, numbers.len(), |_, x| numbers.next().unwrap_or(x))
}
