//! The primitive floats `f64` and `f32`: a rule read here is its value.

use crate::operands::Operands;
use crate::rule::{Ahead, Primitive, Real, Rule, Shortcuts, Variadic};
use crate::scalar::Scalar;

macro_rules! float {
    ($F:ty, $erf:path, $erfc:path, $ln_gamma:path) => {
        impl Primitive for $F {
            #[inline(always)]
            fn of(x: f64) -> Self {
                x as $F
            }
            #[inline(always)]
            fn wide(self) -> f64 {
                self as f64
            }
            #[inline]
            fn erf_value(self) -> Self {
                $erf(self)
            }
            #[inline]
            fn erfc_value(self) -> Self {
                $erfc(self)
            }
            #[inline]
            fn ln_gamma_value(self) -> Self {
                $ln_gamma(self)
            }
        }

        impl Shortcuts for $F {
            const ORDER: usize = 0;
            const IS_DOUBLE: bool = size_of::<$F>() == 8;
            const AHEAD: Option<Ahead> =
                Some(if size_of::<$F>() == 8 { Ahead::Double } else { Ahead::Single });
            const DIRECTIONS: Option<usize> = Some(0);

            #[inline]
            fn all_finite(numbers: &[Self]) -> Option<bool> {
                // Several sums, so that the compiler can take several numbers at a time. Should finite ones overflow, care
                // is taken for nothing.
                let mut sums = [0.0; 8];
                let mut chunks = numbers.chunks_exact(sums.len());
                for chunk in &mut chunks {
                    for (sum, x) in sums.iter_mut().zip(chunk) {
                        *sum += x;
                    }
                }
                Some(sums.iter().chain(chunks.remainder()).all(|x| x.is_finite()))
            }
        }

        impl Real for $F {
            #[inline(always)]
            fn lit(x: f64) -> Self {
                x as $F
            }
            #[inline(always)]
            fn fixed<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self {
                R::value(x)
            }
            #[inline(always)]
            fn variadic<R: Variadic>(x: &impl Operands<Self>) -> Self {
                R::value(x)
            }
            #[inline(always)]
            fn select(condition: Self, a: Self, b: Self) -> Self {
                if condition != 0.0 { a } else { b }
            }
            #[inline(always)]
            fn pull(g: Self, p: Self) -> Self {
                if g == 0.0 || p == 0.0 { 0.0 } else { g * p }
            }
            #[inline(always)]
            fn primal(self) -> f64 {
                self.into()
            }
            #[inline(always)]
            fn map_parts(self, value: impl Fn(f64) -> f64 + Copy, _part: impl Fn(f64) -> f64 + Copy) -> Self {
                value(self.into()) as $F
            }
        }
    };
}

float!(f64, libm::erf, libm::erfc, libm::lgamma);
float!(f32, libm::erff, libm::erfcf, libm::lgammaf);

impl Scalar for f64 {}
