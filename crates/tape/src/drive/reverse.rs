//! Reverse mode in one call: record, sweep, and give the derivative back in the shape of the point.

use wengert_ops::Parameters;

use crate::error::GradientError;
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
/// Cost: one recording and one sweep, whatever `n`. In a loop, [`Recorder`] keeps the memory.
///
/// # Errors
/// [`GradientError::Record`] and [`GradientError::Sweep`]. [`GradientError::PlainReads`] where the result is a constant and the
/// closure has taken plain values out of its numbers ([`Var::value`], `to_f64`). Where only a part of the result was computed
/// with such values, that part is missing from the gradient, and no error says so: ask [`Tape::lossy_reads`] of a recording.
///
/// [`Tape::lossy_reads`]: crate::Tape::lossy_reads
pub fn gradient<P: Parameters + ?Sized>(
    at: &P,
    f: impl FnOnce(P::With<Var>) -> Var,
) -> Result<(f64, P::With<f64>), GradientError> {
    let mut recorder = Recorder::new();
    let y = recorder.record(|s| s.output(f(s.inputs(at))))?;
    recorder.varies(&[y])?;
    let flat: Vec<f64> = recorder.reverse(y)?.inputs().collect();
    Ok((y.plain(), shaped(at, &flat)?))
}

/// Values of `f: Rⁿ → Rᵐ` and `wᵀJ`, the gradient of `Σ wₖfₖ`.
///
/// ```
/// use wengert::vjp;
///
/// let (values, [dx, dy]) = vjp(&[4.0, -3.0], |[x, y]| vec![x * y, x + y], &[1.0, 10.0])?;
/// assert_eq!((values, dx, dy), (vec![-12.0, 1.0], 7.0, 14.0));
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// Cost: one recording and one sweep.
///
/// # Errors
/// As [`gradient`]; [`GradientError::Length`] where there are not as many weights as values.
pub fn vjp<P: Parameters + ?Sized>(
    at: &P,
    f: impl FnOnce(P::With<Var>) -> Vec<Var>,
    weights: &[f64],
) -> Result<(Vec<f64>, P::With<f64>), GradientError> {
    let mut recorder = Recorder::new();
    let ys = recorder.record(|s| f(s.inputs(at)))?;
    recorder.varies(&ys)?;
    if ys.len() != weights.len() {
        return Err(GradientError::Length { what: "weights", expected: ys.len(), found: weights.len() });
    }
    let seeds: Vec<_> = ys.iter().copied().zip(weights.iter().copied()).collect();
    let flat: Vec<f64> = recorder.reverse_seeded(&seeds)?.inputs().collect();
    Ok((ys.iter().map(|y| y.plain()).collect(), shaped(at, &flat)?))
}

/// Values of `f: Rⁿ → Rᵐ` and its Jacobian, one gradient (in the shape of the point) a row.
///
/// ```
/// use wengert::jacobian;
///
/// let (values, rows) = jacobian(&[4.0, -3.0], |[x, y]| vec![x * y, x + y])?;
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
pub fn jacobian<P: Parameters + ?Sized>(
    at: &P,
    f: impl FnOnce(P::With<Var>) -> Vec<Var>,
) -> Result<(Vec<f64>, Vec<P::With<f64>>), GradientError> {
    let mut recorder = Recorder::new();
    let ys = recorder.record(|s| f(s.inputs(at)))?;
    recorder.varies(&ys)?;
    let mut flat = Vec::new();
    let mut rows = Vec::with_capacity(ys.len());
    for y in &ys {
        flat.clear();
        flat.extend(recorder.reverse(*y)?.inputs());
        rows.push(shaped(at, &flat)?);
    }
    Ok((ys.iter().map(|y| y.plain()).collect(), rows))
}

/// A flat gradient in the shape of the point.
pub(crate) fn shaped<P: Parameters + ?Sized>(at: &P, flat: &[f64]) -> Result<P::With<f64>, GradientError> {
    at.restore(flat).ok_or_else(|| GradientError::Length {
        what: "the shape of the point",
        expected: flat.len(),
        found: at.flatten().len(),
    })
}
