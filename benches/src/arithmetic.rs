//! The arithmetic that problems are written over, so that each is written once for every tool.
//!
//! A problem reads its numbers through a type that implements [`Arithmetic`]: [`Plain`] is `f64`, [`Recording`] is
//! wengert's `Var`, and each tool that wengert is compared with has one of its own. The implementor is a marker and
//! not the number itself, so that numbers of other crates, numbers that borrow a tape included, need no wrapper.
//!
//! There are no literals: some tools make a number only on a tape. Constants come in as `f64` operands.

use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Sub};

use wengert::{Scalar, Var, ops::Real};

/// What problems do with numbers.
pub trait Arithmetic {
    /// The number.
    type Number: Copy
        + Add<Output = Self::Number>
        + Sub<Output = Self::Number>
        + Mul<Output = Self::Number>
        + Div<Output = Self::Number>
        + Add<f64, Output = Self::Number>
        + Sub<f64, Output = Self::Number>
        + Mul<f64, Output = Self::Number>;

    /// A constant in the form that [`weighted_sum`](Self::weighted_sum) takes it in.
    type Constant: Copy;

    /// The plain value.
    fn value(x: Self::Number) -> f64;
    /// `1/x`
    fn recip(x: Self::Number) -> Self::Number;
    /// `eˣ`
    fn exp(x: Self::Number) -> Self::Number;
    /// `ln x`
    fn ln(x: Self::Number) -> Self::Number;
    /// `√x`
    fn sqrt(x: Self::Number) -> Self::Number;
    /// `sin x`
    fn sin(x: Self::Number) -> Self::Number;
    /// `tanh x`
    fn tanh(x: Self::Number) -> Self::Number;

    /// The greater of two.
    #[inline]
    fn max(x: Self::Number, y: Self::Number) -> Self::Number {
        if Self::value(x) >= Self::value(y) { x } else { y }
    }

    /// The greater of a number and a constant.
    fn max_with(x: Self::Number, c: f64) -> Self::Number;

    /// Makes a constant.
    fn constant(x: f64) -> Self::Constant;

    /// `Σ wₖxₖ`; there is at least one.
    fn weighted_sum(weights: &[Self::Constant], x: &[Self::Number]) -> Self::Number;

    /// `Σ aₖbₖ`; there is at least one.
    #[inline]
    fn dot(a: &[Self::Number], b: &[Self::Number]) -> Self::Number {
        chain(a.len(), |k| a[k] * b[k])
    }

    /// `Σ xₖ`; there is at least one.
    #[inline]
    fn sum(x: &[Self::Number]) -> Self::Number {
        chain(x.len(), |k| x[k])
    }

    /// `ln Σ exp xₖ`, shifted by the greatest; there is at least one.
    #[inline]
    fn logsumexp(x: &[Self::Number]) -> Self::Number {
        let greatest = x.iter().map(|x| Self::value(*x)).fold(f64::NEG_INFINITY, f64::max);
        Self::ln(chain(x.len(), |k| Self::exp(x[k] - greatest))) + greatest
    }
}

/// `term(0) + term(1) + …`, one addition after the other.
///
/// # Panics
/// Where there is no term.
#[inline]
pub fn chain<N: Copy + Add<Output = N>>(terms: usize, term: impl Fn(usize) -> N) -> N {
    (1..terms).fold(term(0), |sum, k| sum + term(k))
}

/// One of wengert's numbers, with the operations of many operands that it has.
#[derive(Debug)]
pub struct Of<T>(PhantomData<T>);

/// Plain `f64`: the primal.
pub type Plain = Of<f64>;

/// wengert's recording number.
pub type Recording = Of<Var>;

impl<T> Arithmetic for Of<T>
where
    T: Scalar + Add<f64, Output = T> + Sub<f64, Output = T> + Mul<f64, Output = T>,
{
    type Number = T;
    type Constant = T;

    #[inline(always)]
    fn value(x: T) -> f64 {
        Real::primal(x)
    }
    #[inline(always)]
    fn recip(x: T) -> T {
        x.recip()
    }
    #[inline(always)]
    fn exp(x: T) -> T {
        x.exp()
    }
    #[inline(always)]
    fn ln(x: T) -> T {
        x.ln()
    }
    #[inline(always)]
    fn sqrt(x: T) -> T {
        x.sqrt()
    }
    #[inline(always)]
    fn sin(x: T) -> T {
        x.sin()
    }
    #[inline(always)]
    fn tanh(x: T) -> T {
        x.tanh()
    }
    #[inline(always)]
    fn max(x: T, y: T) -> T {
        x.max(y)
    }
    #[inline(always)]
    fn max_with(x: T, c: f64) -> T {
        x.max(T::lit(c))
    }
    #[inline(always)]
    fn constant(x: f64) -> T {
        T::lit(x)
    }
    #[inline(always)]
    fn weighted_sum(weights: &[T], x: &[T]) -> T {
        T::dot(weights, x)
    }
    #[inline(always)]
    fn dot(a: &[T], b: &[T]) -> T {
        T::dot(a, b)
    }
    #[inline(always)]
    fn sum(x: &[T]) -> T {
        wengert::linear::sum(x)
    }
    #[inline(always)]
    fn logsumexp(x: &[T]) -> T {
        T::logsumexp(x)
    }
}

#[cfg(test)]
mod tests {
    use super::{Arithmetic, Plain};

    /// `f64` with nothing but what every tool has.
    struct Bare;

    impl Arithmetic for Bare {
        type Number = f64;
        type Constant = f64;
        fn value(x: f64) -> f64 {
            x
        }
        fn recip(x: f64) -> f64 {
            x.recip()
        }
        fn exp(x: f64) -> f64 {
            x.exp()
        }
        fn ln(x: f64) -> f64 {
            x.ln()
        }
        fn sqrt(x: f64) -> f64 {
            x.sqrt()
        }
        fn sin(x: f64) -> f64 {
            x.sin()
        }
        fn tanh(x: f64) -> f64 {
            x.tanh()
        }
        fn max_with(x: f64, c: f64) -> f64 {
            x.max(c)
        }
        fn constant(x: f64) -> f64 {
            x
        }
        fn weighted_sum(weights: &[f64], x: &[f64]) -> f64 {
            Self::dot(weights, x)
        }
    }

    #[test]
    fn chains_agree_with_rows_of_many_operands() {
        let (a, b) = ([0.5, -2.0, 3.0, 1.0, 0.25], [1.0, 4.0, -0.5, 2.0, 8.0]);
        assert_eq!(Bare::dot(&a, &b), Plain::dot(&a, &b));
        assert_eq!(Bare::sum(&a), Plain::sum(&a));
        assert_eq!(Bare::weighted_sum(&a, &b), Plain::weighted_sum(&a, &b));
        assert_eq!(Bare::max(a[0], a[2]), Plain::max(a[0], a[2]));
        assert!((Bare::logsumexp(&a) - Plain::logsumexp(&a)).abs() < 1e-15);
    }
}
