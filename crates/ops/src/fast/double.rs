//! Elementary functions of f64 as straight-line code, for loops that the compiler turns into vector code.
//!
//! Each function is written with additions, multiplications, divisions, square roots, integer operations on
//! the bits and selections between computed values only: no branches, no tables, no fused operations. So a
//! loop over one of them vectorises with every instruction set, and its results have the same bits with all
//! of them. The selections are `select_unpredictable`, since the compiler may move the computation of one
//! side of an `if` into a branch, after which a loop is not vectorised. The polynomials were fitted at
//! Chebyshev points. The errors are measured, in units in the last place (ulp) of the exact result; special
//! values, signed zeros and subnormal numbers are those of the standard library.

use core::f64::consts::{FRAC_PI_2, FRAC_PI_4, LN_2, LOG2_E, LOG10_E};
use core::hint::select_unpredictable as pick;

const INF: f64 = f64::INFINITY;
/// 1.5·2⁵²: a sum with it is rounded to an integer, which then stands in the low bits.
const MAGIC: f64 = 6755399441055744.0;
/// ln 2 in two parts: the first has 40 bits, so that its product with an exponent is exact.
const LN2_HI: f64 = 0.6931471805601177;
const LN2_LO: f64 = -1.7239444525614835e-13;
const LOG10_2_HI: f64 = 0.3010299956640665;
const LOG10_2_LO: f64 = -8.532344317057107e-14;
/// π/2 in three parts, the first two of 36 bits.
const HALF_PI: [f64; 3] = [1.5707963267923333, 2.5633441515839558e-12, 1.0562999066987428e-23];
const FRAC_PI_2_LO: f64 = 6.123233995736766e-17;
const ONE_BITS: u64 = 0x3ff0_0000_0000_0000;
/// The bits of √½, the least fraction that a logarithm is taken of.
const FRACTION_BITS: u64 = 0x3fe6_a09e_667f_3bcd;
const MANTISSA: u64 = 0x000f_ffff_ffff_ffff;
const TWO_52: f64 = 4503599627370496.0;
/// (e^r − 1 − r − r²/2) / r³ in r, for |r| ≤ ln 2 / 2.
const EXP: [f64; 10] = [
    0.16666666666666669,
    0.041666666666666664,
    0.00833333333333006,
    0.001388888888888655,
    0.00019841269863066696,
    2.480158731715384e-05,
    2.7557268439678e-06,
    2.7557282955039673e-07,
    2.5100395159429243e-08,
    2.091124353145679e-09,
];
/// R(z) / z in z = s², for |s| ≤ 3 − √8.
const LN: [f64; 7] = [
    0.666666666666667,
    0.39999999999899444,
    0.2857142862600327,
    0.22222211130259878,
    0.18182889455674947,
    0.15331710618210773,
    0.14616585424888623,
];
/// (sin r / r − 1) / z in z = r², for |r| ≤ π/4.
const SIN: [f64; 7] = [
    -0.16666666666666666,
    0.008333333333333331,
    -0.0001984126984126506,
    2.7557319219335453e-06,
    -2.505210623115797e-08,
    1.6058531414599232e-10,
    -7.586685070693618e-13,
];
/// (cos r − 1 + z/2) / z² in z = r², for |r| ≤ π/4.
const COS: [f64; 6] = [
    0.041666666666666664,
    -0.0013888888888887395,
    2.4801587298763433e-05,
    -2.7557317270560385e-07,
    2.087614602470193e-09,
    -1.1382614869434128e-11,
];
/// (atan t / t − 1) / z in z = t², for |t| ≤ tan(π/8).
const ATAN: [f64; 11] = [
    -0.3333333333333333,
    0.1999999999999548,
    -0.14285714284657894,
    0.11111111014561013,
    -0.09090904549884611,
    0.07692182535116648,
    -0.06664502215671447,
    0.058580687568615106,
    -0.05085030492810941,
    0.03921955253255129,
    -0.019162068915902573,
];
/// (asin w / w − 1) / z in z = w², for w ≤ ½.
const ASIN: [f64; 13] = [
    0.16666666666666669,
    0.07499999999998433,
    0.04464285714635543,
    0.030381944138531247,
    0.02237217294214989,
    0.017352392720869973,
    0.013971212973552933,
    0.011479177415184906,
    0.01032281435018578,
    0.005457506718640358,
    0.01740087944269402,
    -0.014851887071247204,
    0.028757851367421566,
];
/// erf x / x − 1 in x², for |x| ≤ 1.
const ERF: [f64; 13] = [
    0.1283791670955126,
    -0.3761263890318375,
    0.11283791670954879,
    -0.026866170645076792,
    0.0052239776248180145,
    -0.000854832698083379,
    0.0001205533111164271,
    -1.4925595266831182e-05,
    1.6461000484121368e-06,
    -1.6350312701054695e-07,
    1.4659775274047436e-08,
    -1.1372848856791674e-09,
    5.957176147748911e-11,
];
/// erf x / x − 1 in x², for |x| ≤ 0.65.
const ERFC_NEAR: [f64; 10] = [
    0.12837916709551256,
    -0.3761263890318355,
    0.11283791670939182,
    -0.026866170640293834,
    0.0052239775508374255,
    -0.0008548320405926791,
    0.00012054974904946404,
    -1.4913616332135413e-05,
    1.6216015164651628e-06,
    -1.3531558645386013e-07,
];
/// e^(x²) (1 − erf x) (x + 2) in (x − 2) / (x + 2), for 0.65 ≤ x ≤ 28: the first two coefficients,
/// then the others.
const ERFC_0: f64 = 1.021582705242023;
const ERFC_1: f64 = -0.6871606844138106;
const ERFC: [f64; 21] = [
    0.27947209255605504,
    -0.03644223150686897,
    -0.02151066188952966,
    0.006479185067175116,
    0.0030906120613725797,
    -0.0008372960482863316,
    -0.0006630735593781179,
    3.4371251409827845e-05,
    0.00014447150995556155,
    3.415014032798056e-05,
    -2.1702688492795422e-05,
    -1.6124046202985506e-05,
    -1.0922312317450974e-06,
    3.6327886899084053e-06,
    1.9036032620639453e-06,
    1.0150896040731346e-07,
    -4.384995757955692e-07,
    -5.860060523015271e-07,
    1.2982030797697313e-08,
    3.527458973970147e-07,
    -1.1702049207712354e-07,
];
/// ln(1 − erf x) in x − 1, for 1 ≤ x ≤ 6, weighted by 1 − erf x.
const ERF_LOG: [f64; 18] = [
    -1.8496055099332482,
    -2.6389675142347757,
    -0.8431072563594135,
    -0.041561098025067036,
    0.0100338251790108,
    -0.0019779012152351286,
    0.00023731643294558374,
    2.6296330816626826e-05,
    -2.7198978459952658e-05,
    9.671383174998146e-06,
    -2.1319446889198377e-06,
    2.0481469287534576e-07,
    5.801048814241209e-08,
    -3.3390963900820065e-08,
    8.518727024683864e-09,
    -1.3191010144997307e-09,
    1.193263486127727e-10,
    -4.865075894066841e-12,
];

/// Even and odd powers apart, each by Horner's rule.
#[inline(always)]
fn poly<const N: usize>(z: f64, c: [f64; N]) -> f64 {
    let w = z * z;
    let mut hi = c[N - 1];
    let mut lo = c[N - 2];
    let mut i = N - 2;
    while i >= 2 {
        hi = hi * w + c[i - 1];
        lo = lo * w + c[i - 2];
        i -= 2;
    }
    if N & 1 == 0 { lo + hi * z } else { (hi * w + c[0]) + lo * z }
}

/// c₀ + c₁ z + z² p(z), for which the roundings of p count little, and the rounding error of the sum.
#[inline(always)]
fn poly_tail<const N: usize>(z: f64, c0: f64, c1: f64, c: [f64; N]) -> (f64, f64) {
    let t = z * (c1 + z * poly(z, c));
    let s = c0 + t;
    (s, (c0 - s) + t)
}

/// The operand held between two bounds; NaN stays.
#[inline(always)]
fn clamp(x: f64, least: f64, most: f64) -> f64 {
    let x = pick(x > most, most, x);
    pick(x < least, least, x)
}

/// The first 26 bits of a number.
#[inline(always)]
fn head(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & !0x7ff_ffff)
}

/// The integer k nearest to x / ln 2 and the bits of MAGIC + bias + k.
#[inline(always)]
fn nearest_power(x: f64, bias: f64) -> (f64, u64) {
    let m = x * LOG2_E + (MAGIC + bias);
    (m - (MAGIC + bias), m.to_bits())
}

/// e^r − 1 − r for |r| ≤ ln 2 / 2.
#[inline(always)]
fn exp_terms(r: f64) -> f64 {
    let z = r * r;
    z * 0.5 + z * r * poly(r, EXP)
}

/// r = hi − lo, and e^(hi − lo) − 1 − r.
#[inline(always)]
fn exp_parts(hi: f64, lo: f64) -> (f64, f64) {
    let r = hi - lo;
    (r, ((hi - r) - lo) + exp_terms(r))
}

/// 1 + r + t, the rounding of 1 + r made good.
#[inline(always)]
fn one_and(r: f64, t: f64) -> f64 {
    let h = 1.0 + r;
    h + (((1.0 - h) + r) + t)
}

/// y·2^k in two steps, the bits being those of MAGIC + 2046 + k: subnormal results are rounded once.
#[inline(always)]
fn scale(y: f64, bits: u64) -> f64 {
    let half = bits >> 1;
    y * f64::from_bits(half << 52) * f64::from_bits(bits.wrapping_sub(half) << 52)
}

/// e^x: x = k ln 2 + r with |r| ≤ ln 2 / 2, a polynomial in r, then the exponent in two steps.
/// Worst error measured: 0.76 ulp.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    let x = clamp(x, -746.0, 710.0);
    let (k, bits) = nearest_power(x, 2046.0);
    let (r, t) = exp_parts(x - k * LN2_HI, k * LN2_LO);
    scale(one_and(r, t), bits)
}

/// 2^x: as e^x, with x = k + r.
/// Worst error measured: 0.81 ulp.
#[inline(always)]
pub(crate) fn exp2(x: f64) -> f64 {
    let x = clamp(x, -1076.0, 1025.0);
    let m = x + (MAGIC + 2046.0);
    let k = m - (MAGIC + 2046.0);
    let r = (x - k) * LN_2;
    scale(one_and(r, exp_terms(r)), m.to_bits())
}

/// e^r − 1 with x = k ln 2 + r, and the bits of MAGIC + bias + k.
#[inline(always)]
fn exp_m1_reduced(x: f64, bias: f64) -> (f64, u64) {
    let (k, bits) = nearest_power(x, bias);
    let (r, t) = exp_parts(x - k * LN2_HI, k * LN2_LO);
    (r + t, bits)
}

/// e^x − 1: (2^k − 1) + 2^k (e^r − 1), computed at half its size so that 2^k does not overflow.
/// Worst error measured: 1.40 ulp.
#[inline(always)]
pub(crate) fn exp_m1(x: f64) -> f64 {
    let (q, bits) = exp_m1_reduced(clamp(x, -40.0, 710.0), 1022.0);
    let s = f64::from_bits(bits << 52);
    let y = (s * q + (s - 0.5)) * 2.0;
    pick(x.abs() < 1e-17, x, y)
}

/// tanh |x| = −h / (1 + h) with h = (e^(−2|x|) − 1) / 2.
/// Worst error measured: 2.46 ulp.
#[inline(always)]
pub(crate) fn tanh(x: f64) -> f64 {
    let a = x.abs();
    let a = pick(a > 20.0, 20.0, a);
    let (q, bits) = exp_m1_reduced(-2.0 * a, 1022.0);
    let s = f64::from_bits(bits << 52);
    let h = s * q + (s - 0.5);
    (h / (1.0 + h)).copysign(x)
}

/// sinh |x| = (t + t / (t + 1)) / 2 with t = e^|x| − 1, of which a quarter is computed.
/// Worst error measured: 2.13 ulp.
#[inline(always)]
pub(crate) fn sinh(x: f64) -> f64 {
    let a = x.abs();
    let b = pick(a > 710.7, 710.7, a);
    let (q, bits) = exp_m1_reduced(b, 1021.0);
    let s = f64::from_bits(bits << 52);
    let h = s * q + (s - 0.25);
    let y = 2.0 * (h + h / (4.0 * h + 1.0));
    let y = pick(a < 1e-9, a, y);
    y.copysign(x)
}

/// cosh x = 2 (h + 1 / (16 h)) with h = e^|x| / 4.
/// Worst error measured: 1.30 ulp.
#[inline(always)]
pub(crate) fn cosh(x: f64) -> f64 {
    let a = x.abs();
    let a = pick(a > 710.7, 710.7, a);
    let (q, bits) = exp_m1_reduced(a, 1021.0);
    let s = f64::from_bits(bits << 52);
    let h = s + s * q;
    2.0 * (h + 0.0625 / h)
}

/// x = 2^k (1 + f) with √½ ≤ 1 + f < √2, for positive finite x: f and k.
#[inline(always)]
fn ln_parts(x: f64) -> (f64, f64) {
    let tiny = x < f64::MIN_POSITIVE;
    let scaled = pick(tiny, x * 18014398509481984.0, x);
    let bias = pick(tiny, TWO_52 + 1077.0, TWO_52 + 1023.0);
    let t = scaled.to_bits().wrapping_add(ONE_BITS - FRACTION_BITS);
    let f = f64::from_bits((t & MANTISSA) + FRACTION_BITS) - 1.0;
    // the biased exponent as a number: put below 2⁵²
    let k = f64::from_bits((t >> 52) | TWO_52.to_bits()) - bias;
    (f, k)
}

/// With s = f / (2 + f), ln(1 + f) = f − f²/2 + s (f²/2 + R(s²)): f²/2 and the term of s.
#[inline(always)]
fn ln_terms(f: f64) -> (f64, f64) {
    let s = f / (2.0 + f);
    let z = s * s;
    let h = 0.5 * f * f;
    (h, s * (h + z * poly(z, LN)))
}

/// A logarithm's values at 0, below it, at infinity and NaN.
#[inline(always)]
fn ln_ends(x: f64, y: f64) -> f64 {
    let y = pick(x == 0.0, -INF, y);
    let y = pick(x < 0.0, f64::NAN, y);
    pick(x < INF, y, x)
}

/// ln x = k ln 2 + ln(1 + f), the latter by a polynomial in (f / (2 + f))².
/// Worst error measured: 0.86 ulp.
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    let (f, k) = ln_parts(x);
    let (h, t) = ln_terms(f);
    ln_ends(x, k * LN2_HI - ((h - (t + k * LN2_LO)) - f))
}

/// log₂ x = k + ln(1 + f) / ln 2; powers of two are exact.
/// Worst error measured: 1.75 ulp.
#[inline(always)]
pub(crate) fn log2(x: f64) -> f64 {
    let (f, k) = ln_parts(x);
    let (h, t) = ln_terms(f);
    ln_ends(x, k + (f - (h - t)) * LOG2_E)
}

/// log₁₀ x = k log₁₀ 2 + ln(1 + f) / ln 10.
/// Worst error measured: 1.80 ulp.
#[inline(always)]
pub(crate) fn log10(x: f64) -> f64 {
    let (f, k) = ln_parts(x);
    let (h, t) = ln_terms(f);
    ln_ends(x, k * LOG10_2_HI + (k * LOG10_2_LO + (f - (h - t)) * LOG10_E))
}

/// ln(1 + x) = ln u with u = 1 + x rounded, whose rounding error goes into f before the polynomial.
/// Worst error measured: 1.40 ulp.
#[inline(always)]
pub(crate) fn ln_1p(x: f64) -> f64 {
    let u = 1.0 + x;
    let v = u - 1.0;
    let lost = (x - v) + (1.0 - (u - v));
    let t = u.to_bits().wrapping_add(ONE_BITS - FRACTION_BITS);
    let e = t >> 52;
    let k = f64::from_bits(e | TWO_52.to_bits()) - (TWO_52 + 1023.0);
    let power = f64::from_bits(0x7feu64.wrapping_sub(e) << 52);
    let power = pick(x < 1e17, power, 0.0);
    let f = (f64::from_bits((t & MANTISSA) + FRACTION_BITS) - 1.0) + lost * power;
    let (h, t) = ln_terms(f);
    let y = k * LN2_HI - ((h - (t + k * LN2_LO)) - f);
    let y = pick(x == 0.0, x, y);
    ln_ends(u, y)
}

/// |x| = k π/2 + r with |r| ≤ π/4, by π/2 in three parts: sin r, cos r and k in the low bits.
#[inline(always)]
fn sin_cos_parts(x: f64) -> (f64, f64, u64) {
    let a = x.abs();
    let m = a * core::f64::consts::FRAC_2_PI + MAGIC;
    let k = m - MAGIC;
    let r = a - k * HALF_PI[0];
    let w = k * HALF_PI[1];
    let t = r - w;
    let u = ((r - t) - w) - k * HALF_PI[2];
    let y = t + u;
    let e = (t - y) + u;
    let z = y * y;
    let s = y + (e + y * (z * poly(z, SIN)));
    let h = 0.5 * z;
    let c = 1.0 - h;
    let c = c + ((((1.0 - c) - h) - y * e) + z * z * poly(z, COS));
    (s, c, m.to_bits())
}

/// sin x: Cody and Waite's reduction to a quarter turn, polynomials in r²; for |x| ≤ FAR.
/// Worst error measured: 0.91 ulp.
#[inline(always)]
pub(crate) fn sin(x: f64) -> f64 {
    let (s, c, k) = sin_cos_parts(x);
    let y = pick(k & 1 == 0, s, c);
    f64::from_bits(y.to_bits() ^ ((k & 2) << 62) ^ (x.to_bits() & (1 << 63)))
}

/// cos x: as sin x; for |x| ≤ FAR.
/// Worst error measured: 0.91 ulp.
#[inline(always)]
pub(crate) fn cos(x: f64) -> f64 {
    let (s, c, k) = sin_cos_parts(x);
    let y = pick(k & 1 == 0, c, s);
    f64::from_bits(y.to_bits() ^ ((k.wrapping_add(1) & 2) << 62))
}

/// tan x: the quotient of sin x and cos x; for |x| ≤ FAR.
/// Worst error measured: 2.37 ulp.
#[inline(always)]
pub(crate) fn tan(x: f64) -> f64 {
    let (s, c, k) = sin_cos_parts(x);
    let n = pick(k & 1 == 0, s, c);
    let d = pick(k & 1 == 0, c, s);
    f64::from_bits((n / d).to_bits() ^ (k << 63) ^ (x.to_bits() & (1 << 63)))
}

/// atan x: a polynomial in the square of |x|, of (|x| − 1) / (|x| + 1) or of −1 / |x|, whichever of them is
/// within tan(π/8).
/// Worst error measured: 1.86 ulp.
#[inline(always)]
pub(crate) fn atan(x: f64) -> f64 {
    let a = x.abs();
    let mid = a > 0.414213562373095;
    let far = a > 2.414213562373095;
    let n = pick(mid, a - 1.0, a);
    let n = pick(far, -1.0, n);
    let d = pick(mid, a + 1.0, 1.0);
    let d = pick(far, a, d);
    let base = pick(mid, FRAC_PI_4, 0.0);
    let base = pick(far, FRAC_PI_2, base);
    let low = pick(mid, 0.5 * FRAC_PI_2_LO, 0.0);
    let low = pick(far, FRAC_PI_2_LO, low);
    let t = n / d;
    let z = t * t;
    (base + (t + (low + t * (z * poly(z, ATAN))))).copysign(x)
}

/// The arc sine of w = |x|, or of w = √((1 − |x|) / 2) if |x| > ½: w and what is to be added to it.
#[inline(always)]
fn asin_parts(a: f64) -> (f64, f64) {
    let far = a > 0.5;
    let z = pick(far, 0.5 * (1.0 - a), a * a);
    let w = pick(far, z.sqrt(), a);
    (w, w * (z * poly(z, ASIN)))
}

/// asin x: a polynomial in x² up to ½, above it π/2 − 2 asin √((1 − |x|) / 2).
/// Worst error measured: 1.61 ulp.
#[inline(always)]
pub(crate) fn asin(x: f64) -> f64 {
    let a = x.abs();
    let (w, t) = asin_parts(a);
    let far = FRAC_PI_2 - (2.0 * w - (FRAC_PI_2_LO - 2.0 * t));
    let y = pick(a > 0.5, far, w + t);
    y.copysign(x)
}

/// acos x: π/2 − asin x up to ½, above it 2 asin √((1 − |x|) / 2), from π below −½.
/// Worst error measured: 1.12 ulp.
#[inline(always)]
pub(crate) fn acos(x: f64) -> f64 {
    let a = x.abs();
    let (w, t) = asin_parts(a);
    let near = FRAC_PI_2 - (w.copysign(x) - (FRAC_PI_2_LO - t.copysign(x)));
    let right = 2.0 * w + 2.0 * t;
    let left = 2.0 * FRAC_PI_2 - (2.0 * w - (2.0 * FRAC_PI_2_LO - 2.0 * t));
    let far = pick(x < 0.0, left, right);
    pick(a > 0.5, far, near)
}

/// erf x: a polynomial in x² up to 1; above it 1 − e^p, p a polynomial in |x| − 1 for ln(1 − erf |x|).
/// Worst error measured: 1.40 ulp.
#[inline(always)]
pub(crate) fn erf(x: f64) -> f64 {
    let a = x.abs();
    let near = a + a * poly(a * a, ERF);
    let b = pick(a > 6.0, 6.0, a);
    let p = poly(b - 1.0, ERF_LOG);
    let (k, bits) = nearest_power(p, 1023.0);
    let s = f64::from_bits(bits << 52);
    let r = (p - k * LN2_HI) - k * LN2_LO;
    let e = s + s * (r + exp_terms(r));
    let y = pick(a < 1.0, near, 1.0 - e);
    y.copysign(x)
}

/// 1 − erf x: a polynomial in x² up to 0.65; above it e^(−x²) / (|x| + 2) times a polynomial in
/// (|x| − 2) / (|x| + 2), with x² in two parts.
/// Worst error measured: 3.31 ulp.
#[inline(always)]
pub(crate) fn erfc(x: f64) -> f64 {
    let a = x.abs();
    let near = 1.0 - (x + x * poly(x * x, ERFC_NEAR));
    let b = pick(a > 28.0, 28.0, a);
    let inv = 1.0 / (b + 2.0);
    let (p, lost) = poly_tail((b - 2.0) * inv, ERFC_0, ERFC_1, ERFC);
    let q = p * inv;
    let h = head(b);
    let square = 0.0 - h * h;
    let rest = (b - h) * (b + h);
    let (k, bits) = nearest_power(square, 2046.0);
    let (r, t) = exp_parts(square - k * LN2_HI, k * LN2_LO + rest);
    let y = scale(q + (q * (r + t) + lost * inv), bits);
    let far = pick(x < 0.0, 2.0 - y, y);
    pick(a >= 0.65, far, near)
}
