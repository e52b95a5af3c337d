//! Guarded numerics that rows share: values that must not overflow or cancel, and partials at kinks, poles
//! and ends of domains. What they guard is stated in `conventions.md`.
//!
//! This module knows nothing of opcodes; it may be read at any number type.

use crate::functions::Functions;
use crate::operands::Operands;
use crate::rule::{Primitive, Real};

// ---- values: at primitive floats, and at any number type what asks nothing of numbers ------------------

/// The larger; the number where the other is NaN; `+0` of `±0`.
///
/// Which it is cannot be foretold, most often. So each choice hangs on one comparison of two floats, which compilers turn
/// into masks, not branches.
#[inline(always)]
pub(crate) fn max<F: Primitive>(a: F, b: F) -> F {
    let tie = if a == F::zero() { a + b } else { b };
    let larger = if a > b { a } else { b };
    let larger = if a == b { tie } else { larger };
    if b.is_nan() { a } else { larger }
}

/// The smaller; the number where the other is NaN; `−0` of `±0`.
#[inline(always)]
pub(crate) fn min<F: Primitive>(a: F, b: F) -> F {
    -max(-a, -b)
}

/// 1 where the condition holds, else 0.
#[inline(always)]
pub(crate) fn indicator<F: Primitive>(condition: bool) -> F {
    if condition { F::of(1.0) } else { F::of(0.0) }
}

/// `ln(1 + eˣ)` without overflow.
#[inline]
pub(crate) fn softplus<F: Primitive>(x: F) -> F {
    max(x, F::of(0.0)) + (-x.abs()).exp().ln_1p()
}

/// `ln(eᵃ + eᵇ)` without overflow; exact where an operand is infinite.
#[inline]
pub(crate) fn logaddexp<F: Primitive>(a: F, b: F) -> F {
    if a == b {
        return a + if a.is_finite() { F::LN_2() } else { F::of(0.0) };
    }
    if a.is_nan() || b.is_nan() {
        return F::nan();
    }
    max(a, b) + (-(a - b).abs()).exp().ln_1p()
}

/// `ln Σ eˣᵏ`, shifted by the largest operand, unless that is infinite; summed from first to last; `−∞` of no operands.
#[inline(always)]
pub(crate) fn logsumexp<T: Real>(x: &impl Operands<T>) -> T {
    let Largest { shift, .. } = largest(x);
    let mut sum = T::lit(0.0);
    for k in 0..x.len() {
        sum = sum + Functions::exp(x.get(k) - shift);
    }
    shift + Functions::ln(sum)
}

/// The largest operand, whether it is finite, and what exponents are shifted by.
struct Largest<T> {
    most: T,
    finite: T,
    shift: T,
}

#[inline(always)]
fn largest<T: Real>(x: &impl Operands<T>) -> Largest<T> {
    let mut most = T::lit(f64::NEG_INFINITY);
    for k in 0..x.len() {
        most = Functions::max(most, x.get(k));
    }
    let finite = Functions::indicator_gt(T::lit(f64::INFINITY), Functions::abs(most));
    let shift = T::select(finite, most, T::lit(0.0));
    Largest { most, finite, shift }
}

/// `Σ xₖ` from first to last, as the standard library's: of no operands −0.
#[inline(always)]
pub(crate) fn sum<T: Real>(x: &impl Operands<T>) -> T {
    (0..x.len()).fold(T::lit(-0.0), |sum, k| sum + x.get(k))
}

/// `Π xₖ` from first to last, as the standard library's.
#[inline(always)]
pub(crate) fn product<T: Real>(x: &impl Operands<T>) -> T {
    (0..x.len()).fold(T::lit(1.0), |product, k| product * x.get(k))
}

/// `Σ aₖbₖ` of as many `b` as `a`, in four running sums, `k mod 4`, joined as `(s₀ + s₁) + (s₂ + s₃)`.
///
/// Four, because one chain of additions would wait for each addition's latency; and read four at a time, so that where
/// they end is asked once for all.
#[inline(always)]
pub(crate) fn dot<T: Real>(a: &impl Operands<T>, b: &impl Operands<T>) -> T {
    let n = a.len();
    // Only operands have another number that contradict themselves.
    if b.len() != n {
        return T::lit(f64::NAN);
    }
    let mut s = [T::lit(0.0); 4];
    for (x, y) in a.fours().zip(b.fours()) {
        for (lane, sum) in s.iter_mut().enumerate() {
            *sum = *sum + x[lane] * y[lane];
        }
    }
    let whole = n - n % 4;
    // Not by a loop of as many turns as there are: the sums would go by way of memory, and a pair that was written apart
    // takes long to be read together.
    for (lane, sum) in s[..3].iter_mut().enumerate() {
        if whole + lane < n {
            *sum = *sum + a.get(whole + lane) * b.get(whole + lane);
        }
    }
    (s[0] + s[1]) + (s[2] + s[3])
}

/// `√Σ xₖ²`: the root of [`dot`], where the sum of squares neither overflows nor loses digits; else scaled by the largest
/// operand. Infinite as soon as an operand is, as `hypot`.
#[inline]
pub(crate) fn norm<F: Primitive>(x: &impl Operands<F>) -> F {
    let squares = dot(x, x);
    if squares.is_finite() && squares >= F::min_positive_value() / F::epsilon() {
        return squares.sqrt();
    }
    let zero = F::of(0.0);
    let (mut largest, mut is_nan) = (zero, false);
    for k in 0..x.len() {
        let a = x.get(k).abs();
        is_nan |= a.is_nan();
        largest = max(largest, a);
    }
    if largest.is_infinite() {
        return largest;
    }
    if is_nan || largest == zero {
        return if is_nan { F::nan() } else { zero };
    }
    let scaled = (0..x.len()).map(|k| x.get(k) / largest);
    largest * scaled.fold(zero, |sum, a| sum + a * a).sqrt()
}

/// The Bernoulli numbers B₂ … B₂₀.
const BERNOULLI: [f64; 10] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
    43867.0 / 798.0,
    -174_611.0 / 330.0,
];

/// The polygamma function `ψ⁽ⁿ⁾(x) = dⁿ⁺¹/dxⁿ⁺¹ ln Γ(x)`.
///
/// Recurrence up to `x ≥ 16 + n`, then the asymptotic series with Bernoulli numbers (Abramowitz & Stegun
/// 6.3.18, 6.4.11); reflection (6.4.7) for `x < 0`. NaN at the poles `0, −1, −2 …`, for negative or
/// non-integer orders, and for orders over 100 (whose factorials leave the range).
pub(crate) fn polygamma(order: f64, x: f64) -> f64 {
    if !(0.0..=100.0).contains(&order) || order.fract() != 0.0 || x.is_nan() {
        return f64::NAN;
    }
    let n = order as i32;
    if x <= 0.0 {
        if x.fract() == 0.0 {
            return f64::NAN;
        }
        // ψ⁽ⁿ⁾(x) = (−1)ⁿ ψ⁽ⁿ⁾(1−x) − π dⁿ/dxⁿ cot πx
        let mirrored = polygamma(order, 1.0 - x);
        return sign(n) * mirrored - cot_derivative(n, x);
    }
    if x == f64::INFINITY {
        return if n == 0 { f64::INFINITY } else { 0.0 };
    }
    let k = f64::from(n);
    let factorial: f64 = (1..=n).map(f64::from).product();
    // Upward: ψ⁽ⁿ⁾(x) = ψ⁽ⁿ⁾(x+1) − (−1)ⁿ n!/xⁿ⁺¹.
    let mut z = x;
    let mut shifted = 0.0;
    while z < 16.0 + k {
        shifted += z.powi(-n - 1);
        z += 1.0;
    }
    // Σ B₂ₖ (2k+n−1)!/(2k)! z^(−2k−n), its factor built up from term to term.
    let mut series = 0.0;
    let mut factor = if n == 0 { 1.0 } else { factorial / k } * z.powi(-n); // (n−1)!/zⁿ
    for (j, b) in BERNOULLI.iter().enumerate() {
        let m = 2.0 * (j as f64 + 1.0);
        factor *= if n == 0 && j == 0 { 0.5 } else { (m + k - 2.0) * (m + k - 1.0) / (m * (m - 1.0)) };
        factor /= z * z;
        series += b * factor;
    }
    let asymptotic = if n == 0 {
        z.ln() - 0.5 / z - series
    } else {
        let head = factorial / k * z.powi(-n) + 0.5 * factorial * z.powi(-n - 1);
        -sign(n) * (head + series)
    };
    asymptotic - sign(n) * factorial * shifted
}

/// `(−1)ⁿ`.
fn sign(n: i32) -> f64 {
    if n % 2 == 0 { 1.0 } else { -1.0 }
}

/// `π dⁿ/dxⁿ cot πx`, as a polynomial in `c = cot πx` by `dc/dx = −π(1 + c²)`.
fn cot_derivative(n: i32, x: f64) -> f64 {
    let pi = core::f64::consts::PI;
    let r = x - x.round();
    let c = (pi * r).tan().recip();
    let mut p = vec![0.0, 1.0];
    for _ in 0..n {
        let mut q = vec![0.0; p.len() + 1];
        for (i, a) in p.iter().enumerate().skip(1) {
            q[i - 1] -= pi * i as f64 * a;
            q[i + 1] -= pi * i as f64 * a;
        }
        p = q;
    }
    pi * p.iter().rev().fold(0.0, |sum, a| sum * c + a)
}

// ---- partials, at any number type -------------------------------------------------------------------------

/// `p` where the condition (0 or 1) holds, NaN elsewhere: outside its domain an operation has no derivative.
///
/// Elsewhere it is `p·NaN`, and not the constant: its own derivatives must be NaN too, and those of a constant are 0.
#[inline(always)]
pub(crate) fn within<T: Real>(condition: T, p: T) -> T {
    T::select(condition, p, p * T::lit(f64::NAN))
}

/// `x`, but `+0` for `−0`, so that a pole at 0 has one slope; `x`'s own derivatives, at 0 too.
#[inline(always)]
pub(crate) fn plus_zero<T: Real>(x: T) -> T {
    x + T::lit(0.0)
}

/// `n·xⁿ⁻¹`: 0 for `n = 0`, whatever `x`; at `0⁰` its own derivatives are 0 too.
#[inline(always)]
pub(crate) fn power_slope<T: Real>(x: T, n: T, power: impl Fn(T, T) -> T) -> T {
    let zero = T::lit(0.0);
    let flat = n.indicator_eq(zero) * x.indicator_eq(zero);
    T::select(flat, zero, T::pull(n, power(x, n - T::lit(1.0))))
}

/// `xᵃ` as `xᶜ·e^((a − c) ln x)` with `c` the value of `a`: the first factor is a power of constant exponent, exact at
/// `x = 0`, and the second is 1 where `a` does not vary.
pub(crate) fn power_series<T: Real>(x: T, a: T, power: impl Fn(T, T) -> T) -> T {
    let c = a.detach();
    let zero = T::lit(0.0);
    let flat = x.indicator_eq(zero) * a.indicator_ge(zero);
    let rest = T::select(flat, T::lit(1.0), T::pull(a - c, x.ln()).exp());
    T::pull(power(x, c), rest)
}

/// 1 where `x` is the result `y` of a choice, else 0; NaN where the result is.
#[inline(always)]
pub(crate) fn chosen<T: Real>(x: T, y: T) -> T {
    within(y.indicator_eq(y), x.indicator_eq(y))
}

/// `a/r` for the leg `a` of a triangle with hypotenuse `r`: 0 at the origin; where `r` is infinite, `±1` for an
/// infinite leg and 0 for a finite one.
#[inline(always)]
pub(crate) fn cosine<T: Real>(a: T, r: T) -> T {
    let infinity = T::lit(f64::INFINITY);
    let far = T::select(a.abs().indicator_eq(infinity), a.signum(), T::lit(0.0));
    let near = T::select(r.indicator_eq(T::lit(0.0)), T::lit(0.0), a / r);
    T::select(r.indicator_eq(infinity), far, near)
}

/// `a − b`, and 0 where both are the same infinity.
#[inline(always)]
fn gap<T: Real>(a: T, b: T) -> T {
    let infinite = a.abs().indicator_eq(T::lit(f64::INFINITY));
    T::select(a.indicator_eq(b) * infinite, T::lit(0.0), a - b)
}

/// The share of `eᵃ` in `eᵃ + eᵇ`, from the difference, so that large operands lose nothing.
#[inline(always)]
pub(crate) fn logistic_share<T: Real>(a: T, b: T) -> T {
    gap(a, b).sigmoid()
}

/// The share of each `eˣᵏ` in their sum, from the exponentials of [`logsumexp`]; those that are largest share alike where they
/// are infinite.
pub(crate) fn softmax<T: Real>(x: &impl Operands<T>, scratch: &mut Vec<T>, mut sink: impl FnMut(usize, T)) {
    let Largest { most, finite, shift } = largest(x);
    scratch.clear();
    let (mut sum, mut count) = (T::lit(0.0), T::lit(0.0));
    for k in 0..x.len() {
        let e = Functions::exp(x.get(k) - shift);
        sum = sum + e;
        let is_most = x.get(k).indicator_eq(most);
        count = count + is_most;
        scratch.push(T::select(finite, e, is_most));
    }
    // Exponentials have a sum that is a number, unless an operand is none.
    let count = T::select(sum.indicator_eq(sum), count, sum);
    let all = T::select(finite, sum, count);
    for (k, e) in scratch.iter().enumerate() {
        sink(k, *e / all);
    }
}

// ---- data ---------------------------------------------------------------------------------------------

/// Datum `k`; NaN where an operand has none, which only operands have that contradict themselves.
#[inline(always)]
pub(crate) fn datum(data: &[f64], k: usize) -> f64 {
    data.get(k).copied().unwrap_or(f64::NAN)
}

/// Data as operands, rounded to the number type once.
pub(crate) struct Data<'a>(pub(crate) &'a [f64]);

impl<T: Real> Operands<T> for Data<'_> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.0.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> T {
        T::lit(datum(self.0, k))
    }
    #[inline(always)]
    fn fours(&self) -> impl Iterator<Item = [T; 4]> {
        fours_of(self.0)
    }
}

/// Four data after four others.
#[inline(always)]
fn fours_of<T: Real>(data: &[f64]) -> impl Iterator<Item = [T; 4]> {
    data.as_chunks().0.iter().map(|[a, b, c, d]| [T::lit(*a), T::lit(*b), T::lit(*c), T::lit(*d)])
}

/// The sum of the squared differences between operands and their data.
#[inline]
pub(crate) fn distance_squared_to<T: Real>(x: &impl Operands<T>) -> T {
    if x.data().len() == x.len() { dot(&Residuals(x), &Residuals(x)) } else { T::lit(f64::NAN) }
}

/// The differences between operands and as many data.
struct Residuals<'a, X>(&'a X);

impl<T: Real, X: Operands<T>> Operands<T> for Residuals<'_, X> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.0.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> T {
        self.0.get(k) - T::lit(datum(self.0.data(), k))
    }
    #[inline(always)]
    fn fours(&self) -> impl Iterator<Item = [T; 4]> {
        let subtract = |(x, w): ([T; 4], [T; 4])| [x[0] - w[0], x[1] - w[1], x[2] - w[2], x[3] - w[3]];
        self.0.fours().zip(fours_of::<T>(self.0.data())).map(subtract)
    }
}

#[cfg(test)]
mod tests {
    use super::polygamma;

    /// Values from Abramowitz & Stegun, 6.3.2–6.4.4, and closed forms.
    #[test]
    fn polygamma_meets_closed_forms() {
        let pi = core::f64::consts::PI;
        let euler = 0.577_215_664_901_532_9;
        let zeta3 = 1.202_056_903_159_594_3;
        let zeta5 = 1.036_927_755_143_37;
        let cases = [
            (0.0, 1.0, -euler),
            (0.0, 0.5, -euler - 2.0 * core::f64::consts::LN_2),
            (0.0, 2.0, 1.0 - euler),
            (0.0, -0.5, 2.0 - euler - 2.0 * core::f64::consts::LN_2),
            (1.0, 1.0, pi * pi / 6.0),
            (1.0, 0.5, pi * pi / 2.0),
            (1.0, -0.5, pi * pi / 2.0 + 4.0),
            (2.0, 1.0, -2.0 * zeta3),
            (2.0, 0.5, -14.0 * zeta3),
            (2.0, -0.5, -14.0 * zeta3 + 16.0),
            (3.0, 1.0, pi.powi(4) / 15.0),
            (4.0, 1.0, -24.0 * zeta5),
        ];
        for (n, x, expected) in cases {
            let got = polygamma(n, x);
            assert!(
                (got - expected).abs() <= 4e-15 * expected.abs().max(1.0),
                "ψ({n}, {x}) = {got}, not {expected}"
            );
        }
        assert!(
            polygamma(0.0, 0.0).is_nan() && polygamma(1.0, -3.0).is_nan() && polygamma(0.5, 1.0).is_nan()
        );
        assert_eq!(polygamma(1.0, f64::INFINITY), 0.0);
    }
}
