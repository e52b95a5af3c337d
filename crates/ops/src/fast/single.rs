//! Elementary functions of f32 as straight-line code, for loops that the compiler turns into vector code;
//! written as those of f64. The sine, cosine, tangent and power are computed in f64, the others in f32.

use core::f32::consts::{FRAC_PI_2, FRAC_PI_4, LN_2, LOG2_E, LOG10_E};
use core::hint::select_unpredictable as pick;

use super::both::functions_of;
use super::double;

const INF: f32 = f32::INFINITY;
/// 1.5·2²³: a sum with it is rounded to an integer, which then stands in the low bits.
const MAGIC: f32 = 12582912.0;
/// ln 2 in two parts: the first has 14 bits, so that its product with an exponent is exact.
const LN2_HI: f32 = 0.69317626953125;
const LN2_LO: f32 = -2.908897130469058e-05;
const LOG10_2_HI: f32 = 0.301025390625;
const LOG10_2_LO: f32 = 4.605038981195214e-06;
const FRAC_PI_2_LO: f32 = -4.3711390001862426e-08;
const ONE_BITS: u32 = 0x3f80_0000;
/// The bits of √½, the least fraction that a logarithm is taken of.
const FRACTION_BITS: u32 = 0x3f35_04f3;
const MANTISSA: u32 = 0x007f_ffff;
const WHOLE: f32 = 8388608.0;
/// 1.5·2⁵², as MAGIC in f64.
const MAGIC_64: f64 = 6755399441055744.0;
/// π/2 in two parts, the first of 33 bits.
const HALF_PI_HI: f64 = 1.5707963267341256;
const HALF_PI_LO: f64 = 6.077100506506192e-11;
/// (e^r − 1 − r − r²/2) / r³ in r, for |r| ≤ ln 2 / 2.
const EXP: [f32; 5] = [0.16666667, 0.041666556, 0.008333321, 0.0013926191, 0.00019882707];
/// R(z) / z in z = s², for |s| ≤ 3 − √8.
const LN: [f32; 3] = [0.66666687, 0.39988777, 0.29580054];
/// (sin r / r − 1) / z in z = r², for |r| ≤ π/4.
const SIN: [f64; 4] =
    [-0.16666666663853044, 0.008333331873837132, -0.00019840086263779024, 2.7249864658196823e-06];
/// (cos r − 1 + z/2) / z² in z = r², for |r| ≤ π/4.
const COS: [f64; 4] =
    [0.04166666666431933, -0.0013888887671288145, 2.480059998355139e-05, -2.73009081705482e-07];
/// (atan t / t − 1) / z in z = t², for |t| ≤ tan(π/8).
const ATAN: [f32; 5] = [-0.3333333, 0.19999538, -0.14263897, 0.107430995, -0.06449835];
/// (asin w / w − 1) / z in z = w², for w ≤ ½.
const ASIN: [f32; 6] = [0.16666666, 0.07500094, 0.044599403, 0.031100662, 0.017149238, 0.033690847];
/// erf x / x − 1 in x², for |x| ≤ 1.
const ERF: [f32; 7] =
    [0.12837917, -0.37612626, 0.11283594, -0.026854211, 0.0051890872, -0.00080168643, 7.875875e-05];
/// erf x / x − 1 in x², for |x| ≤ 0.65.
const ERFC_NEAR: [f32; 6] = [0.12837917, -0.37612635, 0.11283656, -0.026852371, 0.0051600486, -0.0007159896];
/// e^(x²) (1 − erf x) (x + 1.5) in (x − 1.5) / (x + 1.5), for 0.65 ≤ x ≤ 11: the first two coefficients,
/// then the others.
const ERFC_0: f32 = 0.96475625;
const ERFC_1: f32 = -0.50785;
const ERFC: [f32; 9] = [
    0.07562179,
    0.047768533,
    -0.008119244,
    -0.0094644455,
    -0.000816315,
    0.0017971565,
    0.0009066229,
    -0.00014002857,
    -0.0002746813,
];
/// ln(1 − erf x) in x − 1, for 1 ≤ x ≤ 4, weighted by 1 − erf x.
const ERF_LOG: [f32; 7] =
    [-1.8496056, -2.6389668, -0.8431183, -0.041500736, 0.009890984, -0.0018262364, 0.00018559465];

const DIGITS: u32 = 23;
const BIAS: f32 = 127.0;
const TOP: u32 = 0xfe;
const BELOW_HEAD: u32 = 0xfff;
const RAISED: f32 = 16777216.0;
const RAISED_BY: f32 = 24.0;
const EXP_ENDS: [f32; 2] = [-104.0, 89.0];
const EXP2_ENDS: [f32; 2] = [-151.0, 129.0];
const EXP_M1_ENDS: [f32; 2] = [-20.0, 89.0];
const EXP_M1_ITSELF: f32 = 1e-8;
const TANH_END: f32 = 10.0;
const SINH_END: f32 = 89.6;
const SINH_ITSELF: f32 = 1e-4;
const LARGE: f32 = 1e9;
const ERF_END: f32 = 4.0;
const ERFC_END: f32 = 10.5;
const ERFC_CENTRE: f32 = 1.5;

functions_of!(f32, u32);

/// |x| = k π/2 + r with |r| ≤ π/4, by π/2 in two parts: sin r, cos r and k in the low bits, in f64.
#[inline(always)]
fn sin_cos_parts(x: f32) -> (f64, f64, u64) {
    let a = x.abs() as f64;
    let m = a * core::f64::consts::FRAC_2_PI + MAGIC_64;
    let k = m - MAGIC_64;
    let r = (a - k * HALF_PI_HI) - k * HALF_PI_LO;
    let z = r * r;
    let s = r + r * (z * double::poly(z, SIN));
    let c = 1.0 - (0.5 * z - z * z * double::poly(z, COS));
    (s, c, m.to_bits())
}

/// sin x: Cody and Waite's reduction to a quarter turn, polynomials in r², in f64; for |x| ≤ FAR.
#[inline(always)]
pub(crate) fn sin(x: f32) -> f32 {
    let (s, c, k) = sin_cos_parts(x);
    let y = pick(k & 1 == 0, s, c);
    let y = f64::from_bits(y.to_bits() ^ ((k & 2) << 62)) as f32;
    f32::from_bits(y.to_bits() ^ (x.to_bits() & (1 << 31)))
}

/// cos x: as sin x; for |x| ≤ FAR.
#[inline(always)]
pub(crate) fn cos(x: f32) -> f32 {
    let (s, c, k) = sin_cos_parts(x);
    let y = pick(k & 1 == 0, c, s);
    f64::from_bits(y.to_bits() ^ ((k.wrapping_add(1) & 2) << 62)) as f32
}

/// tan x: the quotient of sin x and cos x, in f64; for |x| ≤ FAR.
#[inline(always)]
pub(crate) fn tan(x: f32) -> f32 {
    let (s, c, k) = sin_cos_parts(x);
    let n = pick(k & 1 == 0, s, c);
    let d = pick(k & 1 == 0, c, s);
    let y = f64::from_bits((n / d).to_bits() ^ (k << 63)) as f32;
    f32::from_bits(y.to_bits() ^ (x.to_bits() & (1 << 31)))
}
