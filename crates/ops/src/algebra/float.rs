//! The primitive floats `f64` and `f32`: a rule read here is its value.

use crate::rule::{Operands, Primitive, Real, Rule, Variadic};

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
        }
    };
}

float!(f64, libm::erf, libm::erfc, libm::lgamma);
float!(f32, libm::erff, libm::erfcf, libm::lgammaf);
