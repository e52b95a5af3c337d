//! Truncated Taylor series: the coefficients of `t ↦ y(t)` up to order `K`, carried through every operation together.
//!
//! A rule read here is the differential equation that its partials are, `y′ = Σₖ pₖ·xₖ′` with `pₖ = ∂φ/∂xₖ(x, y)`, solved
//! coefficient by coefficient (Griewank & Walther, *Evaluating Derivatives*, chapter 13):
//!
//! ```text
//! n·yₙ = Σₖ Σⱼ pₖ,ⱼ·(n − j)·xₖ,ₙ₋ⱼ,   j = 0 … n − 1
//! ```
//!
//! The partials are series too, read from the row at this number type with one order less. Where they do not read the
//! result, they are evaluated once; where they do, once an order, with the result as far as it is known.
//!
//! Invariant: a coefficient above `order` is not known, and one above `degree` is 0; neither is read from memory. So a
//! constant, or a partial that is one, costs next to nothing.
//!
//! What is *not* here: any operation's recurrence. Rows whose partials would be exponential in the order say in the table
//! of which other operations they are composed.

mod sums;

use core::fmt;

use sums::Sums;

use crate::kernels;
use crate::rule::{Ahead, Mapped, Operands, PartialKind, Real, Rule, Variadic};

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
    value: F,
    /// Coefficients of the orders `1 … K`.
    higher: [F; K],
    order: usize,
    degree: usize,
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
    fn at(&self, k: usize) -> F {
        match k {
            0 => self.value,
            k if k <= self.degree => self.higher[k - 1],
            _ => F::lit(0.0),
        }
    }

    /// The coefficients that may be other than 0, without the value.
    #[inline(always)]
    fn moving(&self) -> &[F] {
        &self.higher[..self.degree]
    }

    /// Adds the coefficients of `x`, or what is negative to them; not the value.
    #[inline(never)]
    fn add(&mut self, x: &Self, negative: bool) {
        self.degree = self.degree.max(x.degree.min(self.order));
        for (sum, x) in self.higher[..self.degree].iter_mut().zip(x.moving()) {
            *sum = F::accumulate(*sum, if negative { -*x } else { *x });
        }
    }

    /// Adds what is beyond the value of `w·x`.
    fn add_times(&mut self, x: &Self, w: f64) {
        self.degree = self.degree.max(x.degree.min(self.order));
        for (sum, x) in self.higher[..self.degree].iter_mut().zip(x.moving()) {
            *sum = F::accumulate(*sum, F::pull(*x, F::lit(w)));
        }
    }

    /// Takes the order from the operands, and says whether there is anything beyond the value.
    #[inline(never)]
    fn moved_by(&mut self, x: &[Self]) -> bool {
        self.order = x.iter().fold(K, |order, x| order.min(x.order));
        self.order > 0 && x.iter().any(|x| x.degree > 0)
    }

    /// Fills in what is beyond the value where the kinds of the partials say what the result is but for a constant: a sum,
    /// a product, a square. One function for all rows, as the product is.
    #[inline(never)]
    fn combine(&mut self, x: &[Self], kinds: &[PartialKind]) {
        for (k, kind) in kinds.iter().enumerate() {
            match kind {
                PartialKind::One => self.add(&x[k], false),
                PartialKind::MinusOne => self.add(&x[k], true),
                PartialKind::Other if k == 0 => self.put(Self::bilinear(&x[0], &x[1], self.value)),
                PartialKind::Twice => self.put(Self::bilinear(&x[k], &x[k], self.value)),
                PartialKind::Other
                | PartialKind::Zero
                | PartialKind::Saved
                | PartialKind::Datum
                | PartialKind::TwiceResidual => {}
            }
        }
    }

    /// The coefficients of another, as far as this one is to be known.
    #[inline(always)]
    fn put(&mut self, x: Self) {
        *self = Self { order: self.order, degree: x.degree.min(self.order), ..x };
    }

    /// The product as it comes where all of it is finite, else with care for zeros. One function for all rows: what a call
    /// costs is little beside the product, and in line it would be compiled once a row.
    #[inline(never)]
    fn bilinear(a: &Self, b: &Self, value: F) -> Self {
        if F::all_finite(&[]).is_some() {
            let y = Self::convolution::<false>(a, b, value);
            if F::all_finite(y.moving()) == Some(true) {
                return y;
            }
        }
        Self::convolution::<true>(a, b, value)
    }

    /// `cₙ = Σⱼ aⱼ bₙ₋ⱼ`.
    #[inline(always)]
    fn convolution<const CARE: bool>(a: &Self, b: &Self, value: F) -> Self {
        let mut y = Self::constant(value);
        y.order = a.order.min(b.order);
        y.degree = (a.degree + b.degree).min(y.order);
        let sums = &mut y.higher[..y.degree];
        for (sum, b) in sums.iter_mut().zip(b.moving()) {
            *sum = times::<F, CARE>(*b, a.value);
        }
        for (j, a) in a.moving().iter().enumerate().take(sums.len()) {
            sums[j] = F::accumulate(sums[j], times::<F, CARE>(*a, b.value));
            for (sum, b) in sums[j + 1..].iter_mut().zip(b.moving()) {
                *sum = F::accumulate(*sum, times::<F, CARE>(*a, *b));
            }
        }
        y
    }

    /// Fills in what is beyond the value, up to `order`, from the partials: `partials` is given the result as far as it is
    /// known, and the order up to which operands and partials are needed, and hands each partial on with its operand.
    #[inline(always)]
    fn integrate<const A: usize>(
        &mut self,
        x: &[Self; A],
        reads_output: bool,
        partials: impl Fn([Self; A], Self) -> [Self; A],
    ) {
        let target = self.order;
        let mut known = 0;
        while known < target {
            let below = if reads_output { known } else { target - 1 };
            let p = partials(truncated(x, below), self.truncated_to(known));
            known = self.advance(x, &p, known, target);
        }
        self.order = target;
    }

    /// Fills in the coefficients beyond `known` that the partials give, and says up to which order these are. One function
    /// for all rows.
    #[inline(never)]
    fn advance(&mut self, x: &[Self], p: &[Self], known: usize, target: usize) -> usize {
        if F::all_finite(&[]).is_some() {
            let upto = Sums::of::<false>(x, p, known, target).write(self);
            if F::all_finite(&self.higher[known..upto]) == Some(true) {
                return upto;
            }
        }
        Sums::of::<true>(x, p, known, target).write(self)
    }

    /// The result as far as it is known.
    #[inline(always)]
    fn truncated_to(&self, known: usize) -> Self {
        Self { order: known, degree: known, ..*self }
    }
}

/// Operands up to an order. Not by `map`, which takes the compiler long.
#[inline(always)]
fn truncated<F: Real, const K: usize, const A: usize>(
    x: &[Taylor<F, K>; A],
    order: usize,
) -> [Taylor<F, K>; A] {
    let mut short = *x;
    for x in &mut short {
        *x = x.truncated(order);
    }
    short
}

/// The product, with care for zeros or as it comes.
#[inline(always)]
fn times<F: Real, const CARE: bool>(g: F, p: F) -> F {
    if CARE { F::pull(g, p) } else { F::times(g, p) }
}

impl<F: Real, const K: usize> Real for Taylor<F, K> {
    const ORDER: usize = F::ORDER + K;
    const AHEAD: Option<Ahead> = match K {
        4 if F::IS_DOUBLE => Some(Ahead::FourthOrder),
        8 if F::IS_DOUBLE => Some(Ahead::EighthOrder),
        _ => None,
    };

    #[inline(always)]
    fn lit(x: f64) -> Self {
        Self::constant(F::lit(x))
    }

    #[track_caller]
    fn fixed<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self {
        let mut values = [x[0].value; A];
        for (value, x) in values.iter_mut().zip(&x) {
            *value = x.value;
        }
        let value = F::fixed::<R, A>(values);
        let mut y = Self::constant(value);
        if const { PartialKind::all_zero(&R::KINDS) } || !y.moved_by(&x) {
            return y;
        }
        if const { !PartialKind::any_saved(&R::KINDS) } {
            y.combine(&x, &R::KINDS);
        } else if let Some(series) = R::series(x) {
            (y.higher, y.degree) = (series.higher, series.degree);
            // The slope is the row's own, at the points of the conventions too.
            let first = truncated(&x, 1);
            let mut slope = y.truncated_to(0);
            slope.order = 1;
            let mut partials = [slope; A];
            for (series, p) in partials.iter_mut().zip(R::partials(values, value)) {
                *series = Self::constant(p);
            }
            slope.advance(&first, &partials, 0, 1);
            y.higher[0] = slope.higher[0];
        } else {
            y.integrate(&x, R::READS.output, R::partials);
        }
        y
    }

    #[track_caller]
    fn variadic<R: Variadic>(x: &impl Operands<Self>) -> Self {
        let value = F::variadic::<R>(&Mapped::new(x, |x: Self| x.value));
        let mut y = Self::constant(value);
        let n = x.len();
        y.order = (0..n).fold(K, |order, k| order.min(x.get(k).order));
        if (0..n).all(|k| x.get(k).degree == 0) {
            return y;
        }
        if R::KIND != PartialKind::Saved {
            let (a, b) = x.halves();
            match R::KIND {
                PartialKind::One => (0..n).for_each(|k| y.add(&x.get(k), false)),
                PartialKind::MinusOne => (0..n).for_each(|k| y.add(&x.get(k), true)),
                PartialKind::Other => {
                    (0..b.len()).for_each(|k| y.add(&Self::bilinear(&a.get(k), &b.get(k), value), false));
                }
                PartialKind::Twice => {
                    (0..n).for_each(|k| y.add(&Self::bilinear(&x.get(k), &x.get(k), value), false));
                }
                PartialKind::Datum => {
                    (0..n).for_each(|k| y.add_times(&x.get(k), kernels::datum(x.data(), k)));
                }
                PartialKind::TwiceResidual => (0..n).for_each(|k| {
                    let mut r = x.get(k);
                    r.value = r.value - F::lit(kernels::datum(x.data(), k));
                    y.add(&Self::bilinear(&r, &r, value), false);
                }),
                PartialKind::Zero | PartialKind::Saved => {}
            }
            return y;
        }
        let target = y.order;
        let mut known = 0;
        while known < target {
            let below = if R::READS_OUTPUT { known } else { target - 1 };
            let seen = Mapped::new(x, |x: Self| x.truncated(below));
            let mut sums = Sums::new(known, target);
            R::partials(&seen, y.truncated_to(known), &mut Vec::new(), |k, p| {
                sums.add::<true>(&p, &x.get(k));
            });
            known = sums.write(&mut y);
        }
        y
    }

    /// `yₙ = (aₙ − Σⱼ bⱼ yₙ₋ⱼ)/b₀`, `j = 1 … n`.
    #[track_caller]
    fn quotient(a: Self, b: Self) -> Self {
        let mut y = Self::constant(a.value / b.value);
        y.order = a.order.min(b.order);
        y.degree = if b.degree == 0 { a.degree.min(y.order) } else { y.order };
        let quick = F::all_finite(&[]).is_some();
        let mut sums = [F::lit(0.0); K];
        let mut last = y.value;
        for n in 1..=y.degree {
            let mut c = y.value;
            if quick {
                for (sum, b) in sums[n - 1..].iter_mut().zip(b.moving()) {
                    *sum = F::accumulate(*sum, F::times(last, *b));
                }
                c = (a.at(n) - sums[n - 1]) / b.value;
            }
            if !quick || F::all_finite(&[c]) != Some(true) {
                let terms = (1..=n.min(b.degree)).map(|j| F::pull(y.at(n - j), b.at(j)));
                let sum = terms.fold(F::lit(0.0), F::accumulate);
                c = F::pull(a.at(n) - sum, F::lit(1.0) / b.value);
            }
            y.higher[n - 1] = c;
            last = c;
        }
        y
    }

    #[inline(always)]
    #[track_caller]
    fn select(condition: Self, a: Self, b: Self) -> Self {
        let mut y = Self::constant(F::select(condition.value, a.value, b.value));
        y.order = a.order.min(b.order);
        y.degree = a.degree.max(b.degree).min(y.order);
        for n in 1..=y.degree {
            y.higher[n - 1] = F::select(condition.value, a.at(n), b.at(n));
        }
        y
    }

    /// The product of series, each product of coefficients annihilated by its own zeros.
    #[inline(always)]
    #[track_caller]
    fn pull(g: Self, p: Self) -> Self {
        Self::convolution::<true>(&g, &p, F::pull(g.value, p.value))
    }

    #[inline(always)]
    #[track_caller]
    fn times(g: Self, p: Self) -> Self {
        Self::convolution::<false>(&g, &p, F::times(g.value, p.value))
    }

    #[inline]
    fn all_finite(numbers: &[Self]) -> Option<bool> {
        let mut all = F::all_finite(&[])?;
        for x in numbers {
            all &= F::all_finite(&[x.value])? && F::all_finite(x.moving())?;
        }
        Some(all)
    }

    #[inline(always)]
    fn primal(self) -> f64 {
        self.value.primal()
    }

    fn map_parts(self, value: impl Fn(f64) -> f64 + Copy, part: impl Fn(f64) -> f64 + Copy) -> Self {
        let mut y = Self { value: self.value.map_parts(value, part), ..self };
        // Coefficients above the degree are 0, and stay so unless `part` makes something of 0.
        y.degree = if part(0.0) == 0.0 { self.degree } else { self.order };
        for n in 1..=y.degree {
            y.higher[n - 1] = self.at(n).map_parts(part, part);
        }
        y
    }

    #[track_caller]
    fn invalid(why: crate::rule::Invalid) -> Self {
        Self::constant(F::invalid(why))
    }
}

impl<F: Real, const K: usize> Taylor<F, K> {
    crate::table!(inherent_methods);

    #[inline(always)]
    #[track_caller]
    fn with_constant<R: Rule<2>>(self, c: f64) -> Self {
        Self::fixed::<R, 2>([self, Self::lit(c)])
    }

    #[inline(always)]
    #[track_caller]
    fn of_constant<R: Rule<2>>(c: f64, x: Self) -> Self {
        Self::fixed::<R, 2>([Self::lit(c), x])
    }
}

crate::nested! { F, [const K: usize] Taylor<F, K> }

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

#[cfg(test)]
mod tests {
    use super::Taylor;
    use crate::Real;
    use crate::table::rows::MulAdd;

    #[test]
    fn a_sum_with_a_product_is_known_as_far_as_all_three() {
        let x = Taylor::<f64, 4>::series(&[0.5, 1.0, 0.25, 2.0, -1.0]);
        for k in 0..3 {
            let mut operands = [x; 3];
            operands[k] = x.truncated(2);
            let [a, b, c] = operands;
            let y = Taylor::fixed::<MulAdd, 3>(operands);
            assert_eq!(y.order(), 2, "operand {k}");
            assert_eq!(y.coefficients().collect::<Vec<_>>(), (a * b + c).coefficients().collect::<Vec<_>>());
        }
    }
}
