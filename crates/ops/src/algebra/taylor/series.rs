//! The type: a value, coefficients, and how far they are known.
//!
//! Invariant: a coefficient above `order` is not known, and one above `degree` is 0; neither is read from memory. So a
//! constant, or a partial that is one, costs next to nothing.

use core::fmt;

use crate::rule::Real;

/// `c₀ + c₁t + … + c_K tᴷ + O(tᴷ⁺¹)`: the Taylor series of order `K` of a function of one variable `t`.
///
/// `y.derivative(k)` is `k!·cₖ`, the `k`-th derivative at `t = 0`.
///
/// ```
/// use wengert::Taylor;
///
/// // sin(1 + t) up to t⁴: its derivatives at 1 are sin 1, cos 1, −sin 1, −cos 1, sin 1.
/// let y = Taylor::<f64, 4>::variable(1.0).sin();
/// let (s, c) = 1.0_f64.sin_cos();
/// for (k, expected) in [s, c, -s, -c, s].into_iter().enumerate() {
///     assert!((y.derivative(k).unwrap() - expected).abs() < 1e-15);
/// }
/// ```
///
/// Comparisons look at values alone. The coefficients' type `F` may be any number type: at `Taylor<Dual<f64>, K>` each
/// coefficient has a derivative of its own.
///
/// Cost of an operation, beyond its value at `F`: `O(K)` for sums and multiples, `O(K²)` for products and quotients,
/// `O(K³)` for elementary functions, where `K + 1` numbers of type `F` are memory. Of functions whose derivatives lead to
/// ever new functions (`sin` to `cos`, a power to one of lower exponent) the evaluation nests `K` deep.
#[derive(Clone, Copy)]
pub struct Taylor<F, const K: usize> {
    pub(super) value: F,
    /// Coefficients of the orders `1 … K`.
    pub(super) higher: [F; K],
    pub(super) order: usize,
    pub(super) degree: usize,
}

impl<F: Real, const K: usize> Taylor<F, K> {
    /// A constant: all other coefficients are 0.
    #[inline(always)]
    #[must_use]
    pub fn constant(value: F) -> Self {
        Self { value, higher: [F::lit(0.0); K], order: K, degree: 0 }
    }

    /// `value + t`: the variable by which derivatives are taken.
    ///
    /// ```
    /// use wengert::Taylor;
    /// let x = Taylor::<f64, 3>::variable(2.0);
    /// assert!((x * x * x).coefficients().eq([8.0, 12.0, 6.0, 1.0])); // (2 + t)³
    /// ```
    #[inline]
    #[must_use]
    pub fn variable(value: F) -> Self {
        Self::line(value, F::lit(1.0))
    }

    /// `value + slope·t`: a coordinate of a point that moves along a direction.
    #[inline]
    #[must_use]
    pub fn line(value: F, slope: F) -> Self {
        let mut x = Self::constant(value);
        if let Some(first) = x.higher.first_mut() {
            (*first, x.degree) = (slope, 1);
        }
        x
    }

    /// The series of these coefficients, order 0 first; what is missing is 0, what is beyond order `K` is dropped.
    ///
    /// ```
    /// use wengert::Taylor;
    /// let y = Taylor::<f64, 2>::series(&[1.0, 0.0, -0.5, 7.0]);
    /// assert!(y.coefficients().eq([1.0, 0.0, -0.5]));
    /// ```
    #[must_use]
    pub fn series(coefficients: &[F]) -> Self {
        let Some((value, higher)) = coefficients.split_first() else { return Self::lit(0.0) };
        let mut x = Self::constant(*value);
        x.degree = higher.len().min(K);
        x.higher[..x.degree].copy_from_slice(&higher[..x.degree]);
        x
    }

    /// The same, known up to `order` alone. Operations then cost what that order costs, and their results are known up to
    /// the least order of their operands.
    ///
    /// ```
    /// use wengert::Taylor;
    /// let y = Taylor::<f64, 9>::variable(0.5).truncated(2).exp();
    /// assert_eq!((y.order(), y.coefficient(3)), (2, None));
    /// ```
    #[inline]
    #[must_use]
    pub fn truncated(mut self, order: usize) -> Self {
        self.order = self.order.min(order);
        self.degree = self.degree.min(order);
        self
    }

    /// The value at `t = 0`.
    #[inline]
    #[must_use]
    pub fn value(&self) -> F {
        self.value
    }

    /// Up to which order the coefficients are known: `K`, unless it comes of a [truncated](Self::truncated) series.
    #[inline]
    #[must_use]
    pub fn order(&self) -> usize {
        self.order
    }

    /// `cₖ`; `None` above the order.
    #[inline]
    #[must_use]
    pub fn coefficient(&self, k: usize) -> Option<F> {
        (k <= self.order).then(|| self.at(k))
    }

    /// All coefficients that are known, order 0 first.
    pub fn coefficients(&self) -> impl DoubleEndedIterator<Item = F> + '_ {
        (0..=self.order).map(|k| self.at(k))
    }

    /// The `k`-th derivative by `t` at 0, `k!·cₖ`; `None` above the order.
    #[must_use]
    pub fn derivative(&self, k: usize) -> Option<F> {
        let factorial: f64 = (1..=k).map(|n| n as f64).product();
        Some(F::lit(factorial) * self.coefficient(k)?)
    }

    /// The sum of the series at `t`, by Horner's rule.
    ///
    /// ```
    /// use wengert::Taylor;
    /// let e = Taylor::<f64, 18>::variable(0.0).exp().sum_at(1.0);
    /// assert!((e - std::f64::consts::E).abs() < 1e-15);
    /// ```
    #[must_use]
    pub fn sum_at(&self, t: F) -> F {
        (0..self.degree).rev().fold(self.at(self.degree), |sum, k| sum * t + self.at(k))
    }

    /// `value + ∫₀ᵗ self`: known to one order more, up to `K`.
    ///
    /// The solution of `y′ = f(y)` is its own integral, and each evaluation of `f` adds an order to it:
    ///
    /// ```
    /// use wengert::Taylor;
    /// // y′ = y², y(0) = 1: y = 1/(1 − t) = 1 + t + t² + …
    /// let mut y = Taylor::<f64, 6>::constant(1.0).truncated(0);
    /// while y.order() < 6 {
    ///     y = (y * y).integral(1.0);
    /// }
    /// assert!(y.coefficients().eq([1.0; 7]));
    /// ```
    #[must_use]
    pub fn integral(&self, value: F) -> Self {
        let mut y = Self::constant(value);
        y.order = (self.order + 1).min(K);
        y.degree = (self.degree + 1).min(y.order);
        for n in 1..=y.degree {
            y.higher[n - 1] = self.at(n - 1) / F::lit(n as f64);
        }
        y
    }

    /// The coefficient of order `k ≤ K`.
    #[inline(always)]
    pub(super) fn at(&self, k: usize) -> F {
        match k {
            0 => self.value,
            k if k <= self.degree => self.higher[k - 1],
            _ => F::lit(0.0),
        }
    }

    /// The coefficients that may be other than 0, without the value.
    #[inline(always)]
    pub(super) fn moving(&self) -> &[F] {
        &self.higher[..self.degree]
    }

    /// The result as far as it is known.
    #[inline(always)]
    pub(super) fn truncated_to(&self, known: usize) -> Self {
        Self { order: known, degree: known, ..*self }
    }
}

/// Operands up to an order. Not by `map`, which takes the compiler long.
#[inline(always)]
pub(super) fn truncated<F: Real, const K: usize, const A: usize>(
    x: &[Taylor<F, K>; A],
    order: usize,
) -> [Taylor<F, K>; A] {
    let mut short = *x;
    for x in &mut short {
        *x = x.truncated(order);
    }
    short
}

impl<F: fmt::Debug, const K: usize> fmt::Debug for Taylor<F, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spell(f, fmt::Debug::fmt)
    }
}

spelled! { [const K: usize] Taylor, K }

impl<F, const K: usize> Taylor<F, K> {
    /// `c₀ + [c₁, c₂, …]t`, as many as are known.
    fn spell(
        &self,
        f: &mut fmt::Formatter<'_>,
        number: impl Fn(&F, &mut fmt::Formatter<'_>) -> fmt::Result,
    ) -> fmt::Result {
        number(&self.value, f)?;
        f.write_str(" + [")?;
        for n in 1..=self.order {
            f.write_str(if n > 1 { ", " } else { "" })?;
            match self.higher.get(n - 1) {
                Some(c) if n <= self.degree => number(c, f)?,
                _ => f.write_str("0")?,
            }
        }
        f.write_str("]t")
    }
}
