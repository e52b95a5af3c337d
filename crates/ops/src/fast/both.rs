//! What both floats have in common: the functions, of constants that each file names for its own.
//!
//! | constant | is |
//! |---|---|
//! | `DIGITS`, `WHOLE` | digits behind the point, and two to that power |
//! | `BIAS`, `TOP` | the bias of exponents, and twice it, as bits |
//! | `BELOW_HEAD` | the lower half of the digits |
//! | `RAISED`, `RAISED_BY` | the power of two by which subnormal numbers are raised, and its exponent |
//! | `…_ENDS`, `…_END` | beyond which a result does not change any more |
//! | `…_ITSELF` | below which the operand is the result |
//! | `LARGE` | from where 1 more is not felt |

/// The functions at a float with bits of that type.
macro_rules! functions_of {
    ($F:ident, $B:ident) => {
        /// Even and odd powers apart, each by Horner's rule.
        #[inline(always)]
        pub(super) fn poly<const N: usize>(z: $F, c: [$F; N]) -> $F {
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
        fn poly_tail<const N: usize>(z: $F, c0: $F, c1: $F, c: [$F; N]) -> ($F, $F) {
            let t = z * (c1 + z * poly(z, c));
            let s = c0 + t;
            (s, (c0 - s) + t)
        }

        /// The operand held between two bounds; NaN stays.
        #[inline(always)]
        fn clamp(x: $F, least: $F, most: $F) -> $F {
            let x = pick(x > most, most, x);
            pick(x < least, least, x)
        }

        /// The first half of a number's bits.
        #[inline(always)]
        fn head(x: $F) -> $F {
            $F::from_bits(x.to_bits() & !BELOW_HEAD)
        }

        /// The integer k nearest to x / ln 2 and the bits of MAGIC + bias + k.
        #[inline(always)]
        fn nearest_power(x: $F, bias: $F) -> ($F, $B) {
            let m = x * LOG2_E + (MAGIC + bias);
            (m - (MAGIC + bias), m.to_bits())
        }

        /// e^r − 1 − r for |r| ≤ ln 2 / 2.
        #[inline(always)]
        fn exp_terms(r: $F) -> $F {
            let z = r * r;
            z * 0.5 + z * r * poly(r, EXP)
        }

        /// r = hi − lo, and e^(hi − lo) − 1 − r.
        #[inline(always)]
        fn exp_parts(hi: $F, lo: $F) -> ($F, $F) {
            let r = hi - lo;
            (r, ((hi - r) - lo) + exp_terms(r))
        }

        /// 1 + r + t, the rounding of 1 + r made good.
        #[inline(always)]
        fn one_and(r: $F, t: $F) -> $F {
            let h = 1.0 + r;
            h + (((1.0 - h) + r) + t)
        }

        /// y·2^k in two steps, the bits being those of MAGIC + 2·BIAS + k: subnormal results are rounded once.
        #[inline(always)]
        fn scale(y: $F, bits: $B) -> $F {
            let half = bits >> 1;
            y * $F::from_bits(half << DIGITS) * $F::from_bits(bits.wrapping_sub(half) << DIGITS)
        }

        /// e^x: x = k ln 2 + r with |r| ≤ ln 2 / 2, a polynomial in r, then the exponent in two steps.
        #[inline(always)]
        pub(crate) fn exp(x: $F) -> $F {
            let x = clamp(x, EXP_ENDS[0], EXP_ENDS[1]);
            let (k, bits) = nearest_power(x, 2.0 * BIAS);
            let (r, t) = exp_parts(x - k * LN2_HI, k * LN2_LO);
            scale(one_and(r, t), bits)
        }

        /// 2^x: as e^x, with x = k + r.
        #[inline(always)]
        pub(crate) fn exp2(x: $F) -> $F {
            let x = clamp(x, EXP2_ENDS[0], EXP2_ENDS[1]);
            let m = x + (MAGIC + 2.0 * BIAS);
            let k = m - (MAGIC + 2.0 * BIAS);
            let r = (x - k) * LN_2;
            scale(one_and(r, exp_terms(r)), m.to_bits())
        }

        /// e^r − 1 with x = k ln 2 + r, and the bits of MAGIC + bias + k.
        #[inline(always)]
        fn exp_m1_reduced(x: $F, bias: $F) -> ($F, $B) {
            let (k, bits) = nearest_power(x, bias);
            let (r, t) = exp_parts(x - k * LN2_HI, k * LN2_LO);
            (r + t, bits)
        }

        /// e^x − 1: (2^k − 1) + 2^k (e^r − 1), computed at half its size so that 2^k does not overflow.
        #[inline(always)]
        pub(crate) fn exp_m1(x: $F) -> $F {
            let (q, bits) = exp_m1_reduced(clamp(x, EXP_M1_ENDS[0], EXP_M1_ENDS[1]), BIAS - 1.0);
            let s = $F::from_bits(bits << DIGITS);
            let y = (s * q + (s - 0.5)) * 2.0;
            pick(x.abs() < EXP_M1_ITSELF, x, y)
        }

        /// tanh |x| = −h / (1 + h) with h = (e^(−2|x|) − 1) / 2.
        #[inline(always)]
        pub(crate) fn tanh(x: $F) -> $F {
            let a = x.abs();
            let a = pick(a > TANH_END, TANH_END, a);
            let (q, bits) = exp_m1_reduced(-2.0 * a, BIAS - 1.0);
            let s = $F::from_bits(bits << DIGITS);
            let h = s * q + (s - 0.5);
            (h / (1.0 + h)).copysign(x)
        }

        /// sinh |x| = (t + t / (t + 1)) / 2 with t = e^|x| − 1, of which a quarter is computed.
        #[inline(always)]
        pub(crate) fn sinh(x: $F) -> $F {
            let a = x.abs();
            let b = pick(a > SINH_END, SINH_END, a);
            let (q, bits) = exp_m1_reduced(b, BIAS - 2.0);
            let s = $F::from_bits(bits << DIGITS);
            let h = s * q + (s - 0.25);
            let y = 2.0 * (h + h / (4.0 * h + 1.0));
            let y = pick(a < SINH_ITSELF, a, y);
            y.copysign(x)
        }

        /// cosh x = 2 (h + 1 / (16 h)) with h = e^|x| / 4.
        #[inline(always)]
        pub(crate) fn cosh(x: $F) -> $F {
            let a = x.abs();
            let a = pick(a > SINH_END, SINH_END, a);
            let (q, bits) = exp_m1_reduced(a, BIAS - 2.0);
            let s = $F::from_bits(bits << DIGITS);
            let h = s + s * q;
            2.0 * (h + 0.0625 / h)
        }

        /// x = 2^k (1 + f) with √½ ≤ 1 + f < √2, for positive finite x: f and k.
        #[inline(always)]
        fn ln_parts(x: $F) -> ($F, $F) {
            let tiny = x < $F::MIN_POSITIVE;
            let scaled = pick(tiny, x * RAISED, x);
            let bias = pick(tiny, WHOLE + BIAS + RAISED_BY, WHOLE + BIAS);
            let t = scaled.to_bits().wrapping_add(ONE_BITS - FRACTION_BITS);
            let f = $F::from_bits((t & MANTISSA) + FRACTION_BITS) - 1.0;
            // the biased exponent as a number: put below 2⁵² or 2²³
            let k = $F::from_bits((t >> DIGITS) | WHOLE.to_bits()) - bias;
            (f, k)
        }

        /// With s = f / (2 + f), ln(1 + f) = f − f²/2 + s (f²/2 + R(s²)): f²/2 and the term of s.
        #[inline(always)]
        fn ln_terms(f: $F) -> ($F, $F) {
            let s = f / (2.0 + f);
            let z = s * s;
            let h = 0.5 * f * f;
            (h, s * (h + z * poly(z, LN)))
        }

        /// A logarithm's values at 0, below it, at infinity and NaN.
        #[inline(always)]
        fn ln_ends(x: $F, y: $F) -> $F {
            let y = pick(x == 0.0, -INF, y);
            let y = pick(x < 0.0, $F::NAN, y);
            pick(x < INF, y, x)
        }

        /// ln x = k ln 2 + ln(1 + f), the latter by a polynomial in (f / (2 + f))².
        #[inline(always)]
        pub(crate) fn ln(x: $F) -> $F {
            let (f, k) = ln_parts(x);
            let (h, t) = ln_terms(f);
            ln_ends(x, k * LN2_HI - ((h - (t + k * LN2_LO)) - f))
        }

        /// log₂ x = k + ln(1 + f) / ln 2; powers of two are exact.
        #[inline(always)]
        pub(crate) fn log2(x: $F) -> $F {
            let (f, k) = ln_parts(x);
            let (h, t) = ln_terms(f);
            ln_ends(x, k + (f - (h - t)) * LOG2_E)
        }

        /// log₁₀ x = k log₁₀ 2 + ln(1 + f) / ln 10.
        #[inline(always)]
        pub(crate) fn log10(x: $F) -> $F {
            let (f, k) = ln_parts(x);
            let (h, t) = ln_terms(f);
            ln_ends(x, k * LOG10_2_HI + (k * LOG10_2_LO + (f - (h - t)) * LOG10_E))
        }

        /// ln(1 + x) = ln u with u = 1 + x rounded, whose rounding error goes into f before the polynomial.
        #[inline(always)]
        pub(crate) fn ln_1p(x: $F) -> $F {
            let u = 1.0 + x;
            let v = u - 1.0;
            let lost = (x - v) + (1.0 - (u - v));
            let t = u.to_bits().wrapping_add(ONE_BITS - FRACTION_BITS);
            let e = t >> DIGITS;
            let k = $F::from_bits(e | WHOLE.to_bits()) - (WHOLE + BIAS);
            let power = $F::from_bits(TOP.wrapping_sub(e) << DIGITS);
            let power = pick(x < LARGE, power, 0.0);
            let f = ($F::from_bits((t & MANTISSA) + FRACTION_BITS) - 1.0) + lost * power;
            let (h, t) = ln_terms(f);
            let y = k * LN2_HI - ((h - (t + k * LN2_LO)) - f);
            let y = pick(x == 0.0, x, y);
            ln_ends(u, y)
        }

        /// atan x: a polynomial in the square of |x|, of (|x| − 1) / (|x| + 1) or of −1 / |x|, whichever of them is
        /// within tan(π/8).
        #[inline(always)]
        pub(crate) fn atan(x: $F) -> $F {
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
        fn asin_parts(a: $F) -> ($F, $F) {
            let far = a > 0.5;
            let z = pick(far, 0.5 * (1.0 - a), a * a);
            let w = pick(far, z.sqrt(), a);
            (w, w * (z * poly(z, ASIN)))
        }

        /// asin x: a polynomial in x² up to ½, above it π/2 − 2 asin √((1 − |x|) / 2).
        #[inline(always)]
        pub(crate) fn asin(x: $F) -> $F {
            let a = x.abs();
            let (w, t) = asin_parts(a);
            let far = FRAC_PI_2 - (2.0 * w - (FRAC_PI_2_LO - 2.0 * t));
            let y = pick(a > 0.5, far, w + t);
            y.copysign(x)
        }

        /// acos x: π/2 − asin x up to ½, above it 2 asin √((1 − |x|) / 2), from π below −½.
        #[inline(always)]
        pub(crate) fn acos(x: $F) -> $F {
            let a = x.abs();
            let (w, t) = asin_parts(a);
            let near = FRAC_PI_2 - (w.copysign(x) - (FRAC_PI_2_LO - t.copysign(x)));
            let right = 2.0 * w + 2.0 * t;
            let left = 2.0 * FRAC_PI_2 - (2.0 * w - (2.0 * FRAC_PI_2_LO - 2.0 * t));
            let far = pick(x < 0.0, left, right);
            pick(a > 0.5, far, near)
        }

        /// erf x: a polynomial in x² up to 1; above it 1 − e^p, p a polynomial in |x| − 1 for ln(1 − erf |x|).
        #[inline(always)]
        pub(crate) fn erf(x: $F) -> $F {
            let a = x.abs();
            let near = a + a * poly(a * a, ERF);
            let b = pick(a > ERF_END, ERF_END, a);
            let p = poly(b - 1.0, ERF_LOG);
            let (k, bits) = nearest_power(p, BIAS);
            let s = $F::from_bits(bits << DIGITS);
            let r = (p - k * LN2_HI) - k * LN2_LO;
            let e = s + s * (r + exp_terms(r));
            let y = pick(a < 1.0, near, 1.0 - e);
            y.copysign(x)
        }

        /// 1 − erf x: a polynomial in x² up to 0.65; above it e^(−x²) / (|x| + c) times a polynomial in
        /// (|x| − c) / (|x| + c), with x² in two parts.
        #[inline(always)]
        pub(crate) fn erfc(x: $F) -> $F {
            let a = x.abs();
            let near = 1.0 - (x + x * poly(x * x, ERFC_NEAR));
            let b = pick(a > ERFC_END, ERFC_END, a);
            let inv = 1.0 / (b + ERFC_CENTRE);
            let (p, lost) = poly_tail((b - ERFC_CENTRE) * inv, ERFC_0, ERFC_1, ERFC);
            let q = p * inv;
            let h = head(b);
            let square = 0.0 - h * h;
            let rest = (b - h) * (b + h);
            let (k, bits) = nearest_power(square, 2.0 * BIAS);
            let (r, t) = exp_parts(square - k * LN2_HI, k * LN2_LO + rest);
            let y = scale(q + (q * (r + t) + lost * inv), bits);
            let far = pick(x < 0.0, 2.0 - y, y);
            pick(a >= 0.65, far, near)
        }
    };
}
pub(super) use functions_of;
