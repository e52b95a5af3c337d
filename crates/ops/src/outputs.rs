//! What a closure may give back: one number, an array or a `Vec` of numbers.

use crate::rule::Real;

/// The result of a function that is differentiated: one number, an array or a `Vec` of numbers.
///
/// ```
/// use wengert::jacobian;
///
/// let (_, one) = jacobian(&[4.0, -3.0], |[x, y]| x * y)?;
/// let (_, two) = jacobian(&[4.0, -3.0], |[x, y]| [x * y, x + y])?;
/// let (_, some) = jacobian(&[4.0, -3.0], |x| x.map(|x| x * x).to_vec())?;
/// assert_eq!((one.len(), two.len(), some.len()), (1, 2, 2));
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// An iterator's numbers are collected by `.collect::<Vec<_>>()`: of a bare `.collect()` the compiler asks into what.
#[diagnostic::on_unimplemented(
    message = "a function that is differentiated gives one number, an array or a `Vec` of numbers of the type \
               `{T}`, and this one gives `{Self}`",
    note = "of a tuple make an array: `[a, b]`; a plain `f64` has no derivative: keep to the numbers that the \
            function is given, and make constants of them by `.into()`"
)]
pub trait Outputs<T> {
    /// The numbers, in order.
    fn as_slice(&self) -> &[T];
    /// The numbers, in order.
    fn into_vec(self) -> Vec<T>;
}

impl<T: Real> Outputs<T> for T {
    fn as_slice(&self) -> &[T] {
        core::slice::from_ref(self)
    }
    fn into_vec(self) -> Vec<T> {
        vec![self]
    }
}

impl<T> Outputs<T> for Vec<T> {
    fn as_slice(&self) -> &[T] {
        self
    }
    fn into_vec(self) -> Vec<T> {
        self
    }
}

impl<T, const N: usize> Outputs<T> for [T; N] {
    fn as_slice(&self) -> &[T] {
        self
    }
    fn into_vec(self) -> Vec<T> {
        self.into()
    }
}
