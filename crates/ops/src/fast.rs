//! Elementary functions in a few plain operations without a branch, so that a compiler takes several lanes at once.
//!
//! No product is fused with a sum and nothing is looked up, so that the bits are the same by the instructions of any machine.
//! Coefficients are minimax fits (Remez) of relative error below 2⁻⁵³; logarithms of 2 and multiples of π/2 are taken off in parts
//! whose products with an integer are exact (Cody and Waite). What they are worth was measured over the whole range:
//! the book's chapter *Batches* has the table. At `f32` they are these at `f64`, rounded.

/// 1.5·2⁵²: a number below 2⁵¹ in size that is added to it is rounded to an integer, which its last bits then are.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// ln 2 in two parts, the first of 32 bits.
const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];

/// An integer near `x`, and the number whose last bits it is.
#[inline(always)]
fn rounded(x: f64) -> (f64, u64) {
    let shifted = x + ROUND;
    (shifted - ROUND, shifted.to_bits())
}

/// `y·2ᵏ`, in two factors, so that neither overflows and a subnormal result is rounded once; `k`, between −1,100 and 1,100, is
/// the last bits of a number.
#[inline(always)]
fn scaled(y: f64, k: u64) -> f64 {
    let k = (k << 52).cast_signed() >> 52;
    let half = k >> 1;
    let power = |k: i64| f64::from_bits(((k + 1023) << 52).cast_unsigned());
    y * power(half) * power(k - half)
}

/// `(eʳ − 1 − r)/r²` for `|r| ≤ ln 2 / 2`.
#[inline(always)]
fn exponential_rest(r: f64) -> f64 {
    let square = r * r;
    let p = 2.511_005_340_600_916_8e-8 * r + 2.762_013_913_907_592e-7;
    let p = p * square + (2.755_724_232_534_411_7e-6 * r + 2.480_152_118_906_108_5e-5);
    let p = p * square + (1.984_126_988_660_370_6e-4 * r + 1.388_888_891_728_287_1e-3);
    let p = p * square + (8.333_333_333_322_201e-3 * r + 4.166_666_666_662_399e-2);
    p * square + (0.166_666_666_666_666_74 * r + 0.5)
}

/// `x` held within what does not overflow an exponent.
#[inline(always)]
fn held(x: f64, least: f64, most: f64) -> f64 {
    let x = if x > most { most } else { x };
    if x < least { least } else { x }
}

/// `eˣ`: `x = k·ln 2 + r`.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    let within = held(x, -746.0, 710.0);
    let (k, bits) = rounded(within * core::f64::consts::LOG2_E);
    let r = (within - k * LN_2[0]) - k * LN_2[1];
    let y = scaled(1.0 + (r + r * r * exponential_rest(r)), bits);
    if x.is_nan() { x } else { y }
}

/// `2ˣ`.
#[inline(always)]
pub(crate) fn exp2(x: f64) -> f64 {
    let within = held(x, -1076.0, 1025.0);
    let (k, bits) = rounded(within);
    let r = (within - k) * core::f64::consts::LN_2;
    let y = scaled(1.0 + (r + r * r * exponential_rest(r)), bits);
    if x.is_nan() { x } else { y }
}

/// `eˣ − 1`: `2ᵏ·((eʳ − 1) + (1 − 2⁻ᵏ))`.
#[inline(always)]
pub(crate) fn exp_m1(x: f64) -> f64 {
    let within = held(x, -40.0, 710.0);
    let (k, bits) = rounded(within * core::f64::consts::LOG2_E);
    let high = within - k * LN_2[0];
    let low = k * LN_2[1];
    let r = high - low;
    // What rounding took from r counts beside 1.
    let lost = (high - r) - low;
    let less = r + (lost + r * r * exponential_rest(r));
    let one = 1.0 - scaled(1.0, 0_u64.wrapping_sub(bits));
    let sum = one + less;
    // The part of the smaller that the sum has lost, by Dekker: both orders, without a branch.
    let rest = (one - (sum - (sum - one))) + (less - (sum - one));
    let y = scaled(sum + rest, bits);
    let y = if x == 0.0 { x } else { y };
    if x.is_nan() { x } else { y }
}

/// The exponent `k` and `f` of `x = 2ᵏ·(1 + f)`, `√½ ≤ 1 + f < √2`, of a positive normal number.
#[inline(always)]
fn split(x: f64) -> (f64, f64) {
    let bits = x.to_bits();
    let exponent = bits.wrapping_sub(core::f64::consts::FRAC_1_SQRT_2.to_bits()).cast_signed() >> 52;
    let k = f64::from_bits(ROUND.to_bits().wrapping_add(exponent.cast_unsigned())) - ROUND;
    (k, f64::from_bits(bits.wrapping_sub((exponent << 52).cast_unsigned())) - 1.0)
}

/// `k·ln 2 + ln(1 + f) + more`, `more` being small: by `ln(1 + f) = 2·artanh s`, `s = f/(2 + f)`.
#[inline(always)]
fn logarithm(k: f64, f: f64, more: f64) -> f64 {
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (0.222_222_110_316_776_97 + w * 0.153_314_976_515_544_2);
    let even = w * (0.399_999_999_998_978_9 + even);
    let odd = w * (0.181_828_962_122_495_02 + w * 0.146_190_978_788_06);
    let odd = z * (0.666_666_666_666_667 + w * 0.285_714_286_266_516_9 + w * odd);
    let half = 0.5 * f * f;
    k * LN_2[0] - ((half - (s * (half + (odd + even)) + (k * LN_2[1] + more))) - f)
}

/// `ln x`.
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    let tiny = x < f64::MIN_POSITIVE;
    let (k, f) = split(if tiny { x * 18_014_398_509_481_984.0 } else { x });
    let y = logarithm(if tiny { k - 54.0 } else { k }, f, 0.0);
    ends(x, y)
}

/// `log₂ x`, exact at powers of 2.
#[inline(always)]
pub(crate) fn log2(x: f64) -> f64 {
    let tiny = x < f64::MIN_POSITIVE;
    let (k, f) = split(if tiny { x * 18_014_398_509_481_984.0 } else { x });
    let y = logarithm(0.0, f, 0.0) * core::f64::consts::LOG2_E + if tiny { k - 54.0 } else { k };
    ends(x, y)
}

/// A logarithm at the ends of its domain and beyond.
#[inline(always)]
fn ends(x: f64, y: f64) -> f64 {
    let y = if x == 0.0 { f64::NEG_INFINITY } else { y };
    let y = if x < 0.0 { f64::NAN } else { y };
    if x == f64::INFINITY || x.is_nan() { x } else { y }
}

/// `ln(1 + x)`: that of the rounded sum, and what rounding took from it.
#[inline(always)]
pub(crate) fn ln_1p(x: f64) -> f64 {
    let sum = 1.0 + x;
    let (k, f) = split(sum);
    let lost = if x > 1.0 { 1.0 - (sum - x) } else { x - (sum - 1.0) };
    // Near 1 nothing need be lost.
    let near = k == 0.0;
    let y = logarithm(k, if near { x } else { f }, if near { 0.0 } else { lost / sum });
    let y = if x == 0.0 { x } else { y };
    let y = if x == -1.0 { f64::NEG_INFINITY } else { y };
    let y = if x < -1.0 { f64::NAN } else { y };
    if x == f64::INFINITY || x.is_nan() { x } else { y }
}

/// Beyond this size of its operand, sine, cosine and tangent are the standard library's.
pub(crate) const FAR: f64 = 1e5;

/// Sine and cosine of what is left of `x` when multiples of π/2 are taken off, and how many were, in the last bits.
#[inline(always)]
fn turned(x: f64) -> (f64, f64, u64) {
    const PARTS: [f64; 4] = [
        1.570_796_326_734_125_6,
        6.077_100_506_303_966e-11,
        2.022_266_248_711_166_5e-21,
        8.478_427_660_368_9e-32,
    ];
    let (k, bits) = rounded(x * core::f64::consts::FRAC_2_PI);
    let near = x - k * PARTS[0];
    let high = near - k * PARTS[1];
    let low = k * PARTS[2];
    let r = high - low;
    // What rounding took from both differences.
    let lost = ((near - high) - k * PARTS[1]) + (((high - r) - low) - k * PARTS[3]);
    let z = r * r;
    let s = 1.591_808_636_952_43e-10 * z - 2.505_113_126_818_8e-8;
    let s = s * z + 2.755_731_609_989_687_6e-6;
    let s = (s * z - 1.984_126_983_675_373e-4) * z + 8.333_333_333_330_946e-3;
    let sine = r + (r * z * (s * z - 0.166_666_666_666_666_66) + lost * (1.0 - 0.5 * z));
    let c = -1.138_260_465_216_245_6e-11 * z + 2.087_614_589_336_703_3e-9;
    let c = (c * z - 2.755_731_726_999_191e-7) * z + 2.480_158_729_876_248_7e-5;
    let c = (c * z - 1.388_888_888_888_739_5e-3) * z + 4.166_666_666_666_666_4e-2;
    let half = 0.5 * z;
    let w = 1.0 - half;
    let cosine = w + (((1.0 - w) - half) + (z * z * c - r * lost));
    (sine, cosine, bits)
}

/// One of both, the other in odd quarters; its sign turned in two of four.
#[inline(always)]
fn quarter(even: f64, odd: f64, quarters: u64) -> f64 {
    let y = if quarters & 1 == 0 { even } else { odd };
    f64::from_bits(y.to_bits() ^ ((quarters & 2) << 62))
}

/// `sin x`, `|x| ≤` [`FAR`].
#[inline(always)]
pub(crate) fn sin(x: f64) -> f64 {
    let (sine, cosine, quarters) = turned(x);
    let y = quarter(sine, cosine, quarters);
    if x == 0.0 { x } else { y }
}

/// `cos x`, `|x| ≤` [`FAR`].
#[inline(always)]
pub(crate) fn cos(x: f64) -> f64 {
    let (sine, cosine, quarters) = turned(x);
    quarter(cosine, sine, quarters.wrapping_add(1) & 2 | quarters & 1)
}

/// `tan x`, `|x| ≤` [`FAR`].
#[inline(always)]
pub(crate) fn tan(x: f64) -> f64 {
    let (sine, cosine, quarters) = turned(x);
    let odd = quarters & 1 != 0;
    let (above, below) = (if odd { -cosine } else { sine }, if odd { sine } else { cosine });
    let y = above / below;
    if x == 0.0 { x } else { y }
}

/// `tanh x`: `t/(t + 2)` of `t = e^2|x| − 1`.
#[inline(always)]
pub(crate) fn tanh(x: f64) -> f64 {
    let size = x.abs();
    // From there on it is 1.
    let t = exp_m1(2.0 * if size > 22.0 { 22.0 } else { size });
    let y = (t / (t + 2.0)).copysign(x);
    if x.is_nan() { x } else { y }
}
