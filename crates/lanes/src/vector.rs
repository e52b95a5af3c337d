//! Vectors of floats, as wide as the registers of an instruction set: sums of products over lanes are written once, over these.
//!
//! A compiler takes loops over lanes several at a time by itself where a step writes what it reads at the same place; sums that
//! stay in registers from operand to operand it does not. So this is the arithmetic of such sums, and nothing more.

// The intrinsics of an instruction set are called where the machine has it: these methods are inlined into functions that are
// compiled for it (`kernels.rs`), which nobody else calls.
#![allow(unsafe_code)]

use wengert_ops::{Functions, Primitive};

/// A vector of floats.
pub trait Vector<F>: Copy {
    /// How many.
    const LANES: usize;
    fn splat(x: F) -> Self;
    /// The numbers from a place on.
    ///
    /// # Safety
    /// As many as there are lanes can be read there.
    unsafe fn load(x: *const F) -> Self;
    /// The first of sixteen numbers.
    #[inline(always)]
    fn of(x: &[F; 16]) -> Self {
        const { assert!(Self::LANES <= 16) };
        // SAFETY: there are at least as many.
        unsafe { Self::load(x.as_ptr()) }
    }
    /// Writes the first numbers of a slice, which has as many.
    fn store(self, y: &mut [F]);
    fn add(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    /// The product, but 0 where either is 0.
    fn pull(self, other: Self) -> Self;
    /// `self·b + c`, rounded once.
    fn fused(self, b: Self, c: Self) -> Self;
    /// The sum of all lanes, joined by halves: lane `j` with lane `j + N/2`, and so on.
    fn joined(self) -> F;
    /// Whether some lane is NaN or −0.
    fn has_nan_or_minus_zero(self) -> bool;
}

/// Four floats side by side, of which four make a square that can be turned.
pub trait Tile<F>: Copy {
    /// The first four numbers of a slice, which has as many.
    fn from_slice(x: &[F]) -> Self;
    /// Writes the first four numbers of a slice, which has as many.
    fn write(self, y: &mut [F]);
    /// Rows made columns.
    fn turned(square: [Self; 4]) -> [Self; 4];
}

/// A float with its vectors, by instruction set.
pub trait Vectors: Primitive {
    /// What is turned by the instructions of AVX2.
    #[doc(hidden)]
    type Tile: Tile<Self>;
    #[doc(hidden)]
    type Baseline: Vector<Self>;
    #[doc(hidden)]
    type Avx2: Vector<Self>;
    #[doc(hidden)]
    type Avx512: Vector<Self>;
}

#[cfg(target_arch = "x86_64")]
impl Vectors for f64 {
    type Tile = x86::Tile64;
    type Baseline = Plain<f64, 2>;
    type Avx2 = x86::Four64;
    type Avx512 = x86::Eight64;
}
#[cfg(target_arch = "x86_64")]
impl Vectors for f32 {
    type Tile = x86::Tile32;
    type Baseline = Plain<f32, 4>;
    type Avx2 = x86::Eight32;
    type Avx512 = x86::Sixteen32;
}
#[cfg(not(target_arch = "x86_64"))]
impl Vectors for f64 {
    type Tile = Plain<f64, 4>;
    type Baseline = Plain<f64, 2>;
    type Avx2 = Plain<f64, 2>;
    type Avx512 = Plain<f64, 2>;
}
#[cfg(not(target_arch = "x86_64"))]
impl Vectors for f32 {
    type Tile = Plain<f32, 4>;
    type Baseline = Plain<f32, 4>;
    type Avx2 = Plain<f32, 4>;
    type Avx512 = Plain<f32, 4>;
}

/// Floats side by side, as they are everywhere.
#[derive(Clone, Copy)]
pub struct Plain<F, const N: usize>([F; N]);

impl<F: Primitive, const N: usize> Plain<F, N> {
    #[inline(always)]
    fn each(f: impl Fn(usize) -> F) -> Self {
        let (mut all, mut k) = ([f(0); N], 1);
        while k < N {
            all[k] = f(k);
            k += 1;
        }
        Self(all)
    }
}

impl<F: Primitive> Tile<F> for Plain<F, 4> {
    #[inline(always)]
    fn from_slice(x: &[F]) -> Self {
        Self([x[0], x[1], x[2], x[3]])
    }
    #[inline(always)]
    fn write(self, y: &mut [F]) {
        y[..4].copy_from_slice(&self.0);
    }
    #[inline(always)]
    fn turned(square: [Self; 4]) -> [Self; 4] {
        let [a, b, c, d] = square.map(|row| row.0);
        [0, 1, 2, 3].map(|k| Self([a[k], b[k], c[k], d[k]]))
    }
}

impl<F: Primitive, const N: usize> Vector<F> for Plain<F, N> {
    const LANES: usize = N;
    #[inline(always)]
    fn splat(x: F) -> Self {
        Self([x; N])
    }
    #[inline(always)]
    unsafe fn load(x: *const F) -> Self {
        // SAFETY: the caller's word; floats may be read in arrays.
        Self(unsafe { x.cast::<[F; N]>().read() })
    }
    #[inline(always)]
    fn store(self, y: &mut [F]) {
        y[..N].copy_from_slice(&self.0);
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self::each(|k| self.0[k] + other.0[k])
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::each(|k| self.0[k] * other.0[k])
    }
    #[inline(always)]
    fn pull(self, other: Self) -> Self {
        Self::each(|k| F::pull(self.0[k], other.0[k]))
    }
    #[inline(always)]
    fn fused(self, b: Self, c: Self) -> Self {
        Self::each(|k| Functions::mul_add(self.0[k], b.0[k], c.0[k]))
    }
    #[inline(always)]
    fn joined(self) -> F {
        let (mut sums, mut half) = (self.0, N / 2);
        while half > 0 {
            let mut j = 0;
            while j < half {
                sums[j] = sums[j] + sums[j + half];
                j += 1;
            }
            half /= 2;
        }
        sums[0]
    }
    #[inline(always)]
    fn has_nan_or_minus_zero(self) -> bool {
        self.0.iter().fold(false, |any, x| any | x.is_nan() | ((*x == F::zero()) & x.is_sign_negative()))
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86 {
    #[allow(clippy::wildcard_imports)] // what it is made of
    use core::arch::x86_64::*;

    use super::{Tile, Vector};

    /// Four `f64`, turned by AVX2.
    #[derive(Clone, Copy)]
    pub struct Tile64(__m256d);

    impl Tile<f64> for Tile64 {
        #[inline(always)]
        fn from_slice(x: &[f64]) -> Self {
            let x = &x[..4];
            // SAFETY: the machine has these instructions (head of the file); the slice has as many, aligned or not.
            Self(unsafe { _mm256_loadu_pd(x.as_ptr()) })
        }
        #[inline(always)]
        fn write(self, y: &mut [f64]) {
            let y = &mut y[..4];
            // SAFETY: the machine has these instructions (head of the file); the slice has as many, aligned or not.
            unsafe { _mm256_storeu_pd(y.as_mut_ptr(), self.0) }
        }
        #[inline(always)]
        fn turned([a, b, c, d]: [Self; 4]) -> [Self; 4] {
            // SAFETY: the machine has these instructions (head of the file).
            unsafe {
                // Pairs within halves, then the halves.
                let (ab, ba) = (_mm256_unpacklo_pd(a.0, b.0), _mm256_unpackhi_pd(a.0, b.0));
                let (cd, dc) = (_mm256_unpacklo_pd(c.0, d.0), _mm256_unpackhi_pd(c.0, d.0));
                [
                    Self(_mm256_permute2f128_pd::<0x20>(ab, cd)),
                    Self(_mm256_permute2f128_pd::<0x20>(ba, dc)),
                    Self(_mm256_permute2f128_pd::<0x31>(ab, cd)),
                    Self(_mm256_permute2f128_pd::<0x31>(ba, dc)),
                ]
            }
        }
    }

    /// Four `f32`, turned by what all machines of this kind have.
    #[derive(Clone, Copy)]
    pub struct Tile32(__m128);

    impl Tile<f32> for Tile32 {
        #[inline(always)]
        fn from_slice(x: &[f32]) -> Self {
            let x = &x[..4];
            // SAFETY: all machines of this kind have it; the slice has as many, aligned or not.
            Self(unsafe { _mm_loadu_ps(x.as_ptr()) })
        }
        #[inline(always)]
        fn write(self, y: &mut [f32]) {
            let y = &mut y[..4];
            // SAFETY: all machines of this kind have it; the slice has as many, aligned or not.
            unsafe { _mm_storeu_ps(y.as_mut_ptr(), self.0) }
        }
        #[inline(always)]
        fn turned([a, b, c, d]: [Self; 4]) -> [Self; 4] {
            // SAFETY: all machines of this kind have these.
            unsafe {
                let (ab, ba) = (_mm_unpacklo_ps(a.0, b.0), _mm_unpackhi_ps(a.0, b.0));
                let (cd, dc) = (_mm_unpacklo_ps(c.0, d.0), _mm_unpackhi_ps(c.0, d.0));
                [
                    Self(_mm_movelh_ps(ab, cd)),
                    Self(_mm_movehl_ps(cd, ab)),
                    Self(_mm_movelh_ps(ba, dc)),
                    Self(_mm_movehl_ps(dc, ba)),
                ]
            }
        }
    }

    /// The sum of both.
    #[inline(always)]
    fn pair(x: __m128d) -> f64 {
        // SAFETY: all machines of this kind have these.
        unsafe { _mm_cvtsd_f64(_mm_add_sd(x, _mm_unpackhi_pd(x, x))) }
    }

    /// The sum of four, joined by halves.
    #[inline(always)]
    fn four(x: __m128) -> f32 {
        // SAFETY: all machines of this kind have these.
        unsafe {
            let x = _mm_add_ps(x, _mm_movehl_ps(x, x));
            _mm_cvtss_f32(_mm_add_ss(x, _mm_shuffle_ps::<1>(x, x)))
        }
    }

    macro_rules! vector {
        ($(#[$doc:meta])* $Name:ident $V:ident $F:ident $N:literal
         $splat:ident $load:ident $store:ident $add:ident $mul:ident $fused:ident
         |$x:ident, $y:ident| $pull:expr, $nan:expr, $minus_zero:expr, $joined:expr) => {
            $(#[$doc])*
            #[derive(Clone, Copy)]
            pub struct $Name($V);

            impl Vector<$F> for $Name {
                const LANES: usize = $N;
                #[inline(always)]
                fn splat(x: $F) -> Self {
                    // SAFETY: the machine has these instructions (head of the file).
                    Self(unsafe { $splat(x) })
                }
                #[inline(always)]
                unsafe fn load(x: *const $F) -> Self {
                    // SAFETY: the machine has these instructions (head of the file); the caller's word, aligned or not.
                    Self(unsafe { $load(x) })
                }
                #[inline(always)]
                fn store(self, y: &mut [$F]) {
                    let y = &mut y[..$N];
                    // SAFETY: the machine has these instructions (head of the file); the slice has as many, aligned or not.
                    unsafe { $store(y.as_mut_ptr(), self.0) }
                }
                #[inline(always)]
                fn add(self, other: Self) -> Self {
                    // SAFETY: the machine has these instructions (head of the file).
                    Self(unsafe { $add(self.0, other.0) })
                }
                #[inline(always)]
                fn mul(self, other: Self) -> Self {
                    // SAFETY: the machine has these instructions (head of the file).
                    Self(unsafe { $mul(self.0, other.0) })
                }
                #[inline(always)]
                fn pull(self, other: Self) -> Self {
                    let ($x, $y) = (self.0, other.0);
                    // SAFETY: the machine has these instructions (head of the file).
                    Self(unsafe { $pull })
                }
                #[inline(always)]
                fn fused(self, b: Self, c: Self) -> Self {
                    // SAFETY: the machine has these instructions (head of the file).
                    Self(unsafe { $fused(self.0, b.0, c.0) })
                }
                #[inline(always)]
                fn joined(self) -> $F {
                    let $x = self.0;
                    // SAFETY: the machine has these instructions (head of the file).
                    unsafe { $joined }
                }
                #[inline(always)]
                fn has_nan_or_minus_zero(self) -> bool {
                    let $x = self.0;
                    // SAFETY: the machine has these instructions (head of the file).
                    unsafe { $nan | $minus_zero }
                }
            }
        };
    }

    vector! {
        /// Four `f64` of AVX2.
        Four64 __m256d f64 4
        _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_add_pd _mm256_mul_pd _mm256_fmadd_pd
        |x, y| {
            let zero = _mm256_setzero_pd();
            let none = _mm256_or_pd(_mm256_cmp_pd::<_CMP_EQ_OQ>(x, zero), _mm256_cmp_pd::<_CMP_EQ_OQ>(y, zero));
            _mm256_andnot_pd(none, _mm256_mul_pd(x, y))
        },
        _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_UNORD_Q>(x, x)) != 0,
        _mm256_movemask_epi8(_mm256_cmpeq_epi64(_mm256_castpd_si256(x), _mm256_set1_epi64x(i64::MIN))) != 0,
        pair(_mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd::<1>(x)))
    }
    vector! {
        /// Eight `f32` of AVX2.
        Eight32 __m256 f32 8
        _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_add_ps _mm256_mul_ps _mm256_fmadd_ps
        |x, y| {
            let zero = _mm256_setzero_ps();
            let none = _mm256_or_ps(_mm256_cmp_ps::<_CMP_EQ_OQ>(x, zero), _mm256_cmp_ps::<_CMP_EQ_OQ>(y, zero));
            _mm256_andnot_ps(none, _mm256_mul_ps(x, y))
        },
        _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_UNORD_Q>(x, x)) != 0,
        _mm256_movemask_epi8(_mm256_cmpeq_epi32(_mm256_castps_si256(x), _mm256_set1_epi32(i32::MIN))) != 0,
        four(_mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x)))
    }
    vector! {
        /// Eight `f64` of AVX-512.
        Eight64 __m512d f64 8
        _mm512_set1_pd _mm512_loadu_pd _mm512_storeu_pd _mm512_add_pd _mm512_mul_pd _mm512_fmadd_pd
        |x, y| {
            let zero = _mm512_setzero_pd();
            let some = _mm512_cmp_pd_mask::<_CMP_NEQ_UQ>(x, zero) & _mm512_cmp_pd_mask::<_CMP_NEQ_UQ>(y, zero);
            _mm512_maskz_mul_pd(some, x, y)
        },
        _mm512_cmp_pd_mask::<_CMP_UNORD_Q>(x, x) != 0,
        _mm512_cmpeq_epi64_mask(_mm512_castpd_si512(x), _mm512_set1_epi64(i64::MIN)) != 0,
        {
            let x = _mm256_add_pd(_mm512_castpd512_pd256(x), _mm512_extractf64x4_pd::<1>(x));
            pair(_mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd::<1>(x)))
        }
    }
    vector! {
        /// Sixteen `f32` of AVX-512.
        Sixteen32 __m512 f32 16
        _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps _mm512_add_ps _mm512_mul_ps _mm512_fmadd_ps
        |x, y| {
            let zero = _mm512_setzero_ps();
            let some = _mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(x, zero) & _mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(y, zero);
            _mm512_maskz_mul_ps(some, x, y)
        },
        _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(x, x) != 0,
        _mm512_cmpeq_epi32_mask(_mm512_castps_si512(x), _mm512_set1_epi32(i32::MIN)) != 0,
        {
            let x = _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps::<1>(x));
            four(_mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x)))
        }
    }
}
