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

use super::both::functions_of;

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
const WHOLE: f64 = 4503599627370496.0;
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

const DIGITS: u32 = 52;
const BIAS: f64 = 1023.0;
const TOP: u64 = 0x7fe;
const BELOW_HEAD: u64 = 0x7ff_ffff;
const RAISED: f64 = 18014398509481984.0;
const RAISED_BY: f64 = 54.0;
const EXP_ENDS: [f64; 2] = [-746.0, 710.0];
const EXP2_ENDS: [f64; 2] = [-1076.0, 1025.0];
const EXP_M1_ENDS: [f64; 2] = [-40.0, 710.0];
const EXP_M1_ITSELF: f64 = 1e-17;
const TANH_END: f64 = 20.0;
const SINH_END: f64 = 710.7;
const SINH_ITSELF: f64 = 1e-9;
const LARGE: f64 = 1e17;
const ERF_END: f64 = 6.0;
const ERFC_END: f64 = 28.0;
const ERFC_CENTRE: f64 = 2.0;

functions_of!(f64, u64);

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
#[inline(always)]
pub(crate) fn sin(x: f64) -> f64 {
    let (s, c, k) = sin_cos_parts(x);
    let y = pick(k & 1 == 0, s, c);
    f64::from_bits(y.to_bits() ^ ((k & 2) << 62) ^ (x.to_bits() & (1 << 63)))
}

/// cos x: as sin x; for |x| ≤ FAR.
#[inline(always)]
pub(crate) fn cos(x: f64) -> f64 {
    let (s, c, k) = sin_cos_parts(x);
    let y = pick(k & 1 == 0, c, s);
    f64::from_bits(y.to_bits() ^ ((k.wrapping_add(1) & 2) << 62))
}

/// tan x: the quotient of sin x and cos x; for |x| ≤ FAR.
#[inline(always)]
pub(crate) fn tan(x: f64) -> f64 {
    let (s, c, k) = sin_cos_parts(x);
    let n = pick(k & 1 == 0, s, c);
    let d = pick(k & 1 == 0, c, s);
    f64::from_bits((n / d).to_bits() ^ (k << 63) ^ (x.to_bits() & (1 << 63)))
}
