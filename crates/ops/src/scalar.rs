//! What user code is generic over. The contract of number types themselves is in `rule.rs`.

use core::f64::consts::PI;
use core::iter::{Product, Sum};
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Rem, RemAssign, Sub, SubAssign};

use crate::functions::Functions;
use crate::rule::Real;

/// What user code is generic over: a number with the operators and comparisons of `f64`, between themselves and with a float
/// on the right, with `+=` and `sum()`, and with every operation of the table as a method under `f64`'s own name (from
/// [`Functions`]). `f64`, [`Dual`](crate::Dual), [`Taylor`](crate::Taylor) and the tape's `Var` are such numbers.
///
/// ```
/// use wengert::{Dual, Scalar};
///
/// /// Huber's loss of residuals, per residual.
/// fn huber<T: Scalar>(residuals: &[T]) -> T {
///     let mut total = T::lit(0.0);
///     for &r in residuals {
///         total += if r.abs() < 1.0 { r * r * 0.5 } else { r.abs() - 0.5 };
///     }
///     total / residuals.len() as f64
/// }
/// assert_eq!(huber(&[3.0, 0.0]), 1.25);
/// assert_eq!(huber(&[Dual::variable(0.5), Dual::constant(2.0)]).tangent, [0.25]);
/// ```
///
/// # What Rust does not allow, and what to write instead
/// * `2.0 * x` of a generic `x`: a trait of ours cannot promise an operator of `f64`. Write `x * 2.0`, `-x + 1.0`, `x.recip()`,
///   or make the float a number first: `T::lit(2.0) * x`. (Of a `Var` or a `Dual` that is no type parameter, `2.0 * x` is right.)
/// * `T: Scalar + Float` with `Float` of `num_traits`: both have `sin`, and a call is ambiguous (error E0034). One of the two
///   is enough: code that exists over `Float` runs at our numbers as it is, and new code is written over `Scalar`.
/// * `x.powf(y)` of two generic numbers: the exponent of `powf` is a float. Write `x.pow(y)`.
/// * `let mut s = 0.0; s += x`: the sum is a number as `x` is. Write `let mut s = T::lit(0.0)`, or of a `Var` `Var::from(0.0)`.
/// * A closure whose parameter has no type, as in `|x| x - y`: the compiler asks for it. Write `|x: T| x - y`.
/// * `&a + &b`: numbers are `Copy`; write `a + b`, or `*a + *b` of references.
/// * `f32`, which has no operators with `f64`. It is a [`Real`](crate::Real), and [`Functions`] are its methods: code for it is
///   over `T: Functions + PartialOrd`, and floats in it are `T::lit(2.0)`.
///
/// A number type of your own says `impl Scalar for Mine {}` once it has all that stands above the braces.
///
/// # Cost
/// A product of a dual number with a float multiplies its tangents; one with a constant of its own type multiplies that one's
/// tangents of 0, too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number that generic code can be read at",
    label = "neither `f64` nor a number that carries derivatives",
    note = "`Scalar` is implemented for `f64`, `Dual`, `Taylor` and `Var`; convert integers and `f32` by \
            `f64::from(n)`, and hand over numbers by value (`*x`) rather than references"
)]
pub trait Scalar:
    Functions
    + PartialOrd
    + PartialOrd<f64>
    + From<f64>
    + Rem<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
    + Rem<f64, Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + RemAssign
    + AddAssign<f64>
    + SubAssign<f64>
    + MulAssign<f64>
    + DivAssign<f64>
    + RemAssign<f64>
    + Sum
    + Product
    + for<'a> Sum<&'a Self>
    + for<'a> Product<&'a Self>
{
    /// Whether the value is NaN.
    #[inline]
    #[must_use]
    #[track_caller]
    #[allow(clippy::eq_op)] // NaN alone differs from itself
    fn is_nan(self) -> bool {
        self != self
    }
    // By comparison, and not by class, so that a tape stays right when a number becomes 0.
    /// Whether the value is infinite, of either sign.
    #[inline]
    #[must_use]
    #[track_caller]
    #[allow(clippy::manual_is_infinite)] // this is the method
    fn is_infinite(self) -> bool {
        self == f64::INFINITY || self == f64::NEG_INFINITY
    }
    /// Whether the value is neither infinite nor NaN.
    #[inline]
    #[must_use]
    #[track_caller]
    #[allow(clippy::manual_is_infinite)] // as above
    fn is_finite(self) -> bool {
        self < f64::INFINITY && self > f64::NEG_INFINITY
    }
    /// The quotient `n` of the division with a remainder that is not negative: `x = n·y + r`, `0 ≤ r < |y|`. Slope 0.
    #[inline]
    #[must_use]
    #[track_caller]
    fn div_euclid(self, y: impl Into<Self>) -> Self {
        let (y, zero) = (y.into(), Self::lit(0.0));
        let n = Functions::trunc(self / y);
        let lower = Real::select(Functions::indicator_ge(zero, y), n + 1.0, n - 1.0);
        Real::select(Functions::indicator_ge(self % y, zero), n, lower)
    }
    /// The remainder `r` that is not negative: `x = n·y + r`, `0 ≤ r < |y|`.
    #[inline]
    #[must_use]
    #[track_caller]
    fn rem_euclid(self, y: impl Into<Self>) -> Self {
        let y = y.into();
        let r = self % y;
        Real::select(Functions::indicator_ge(r, Self::lit(0.0)), r, r + Functions::abs(y))
    }
    /// Radians as degrees.
    #[inline]
    #[must_use]
    #[track_caller]
    fn to_degrees(self) -> Self {
        self * (180.0 / PI)
    }
    /// Degrees as radians.
    #[inline]
    #[must_use]
    #[track_caller]
    fn to_radians(self) -> Self {
        self * (PI / 180.0)
    }
    /// The number half way, `(x + y)/2`, without overflow.
    #[inline]
    #[must_use]
    #[track_caller]
    fn midpoint(self, y: impl Into<Self>) -> Self {
        let y = y.into();
        let sum = self + y;
        let overflows = Functions::indicator_ge(Functions::abs(sum), Self::lit(f64::INFINITY));
        Real::select(overflows, self / 2.0 + y / 2.0, sum / 2.0)
    }
}
