//! `nalgebra` (by way of `simba`): our numbers as a real field, so that matrices of them factorise and solve.
//!
//! A pivot or a sign is chosen by comparing values, which a recording number notes as guards. Where `f64`
//! branches in a formula that can be a `select`, it is one. Numbers of ours are their own real and complex
//! part, and vectors of one lane.

/// `simba` and `nalgebra` for a number type.
#[doc(hidden)]
#[macro_export]
macro_rules! algebraic {
    ([$($generics:tt)*] $Type:ty) => {
        $crate::algebraic! { @lanes [$($generics)*] $Type }
        $crate::algebraic! { @subset [$($generics)*] $Type, f64, to_f64 }
        $crate::algebraic! { @subset [$($generics)*] $Type, f32, to_f32 }
        $crate::algebraic! { @field [$($generics)*] $Type }
        $crate::algebraic! { @real [$($generics)*] $Type }
    };
    (@lanes [$($generics:tt)*] $Type:ty) => {
        // The trait declares two methods `unsafe`, so they must be here; nothing in them is. The index is not
        // read, so an index past the one lane gives that lane.
        #[allow(unsafe_code)]
        impl<$($generics)*> $crate::__private::simba::simd::SimdValue for $Type {
            const LANES: usize = 1;
            type Element = Self;
            type SimdBool = bool;
            #[inline(always)]
            fn splat(x: Self) -> Self {
                x
            }
            #[inline(always)]
            fn extract(&self, _: usize) -> Self {
                *self
            }
            #[inline(always)]
            unsafe fn extract_unchecked(&self, _: usize) -> Self {
                *self
            }
            #[inline(always)]
            fn replace(&mut self, _: usize, x: Self) {
                *self = x;
            }
            #[inline(always)]
            unsafe fn replace_unchecked(&mut self, _: usize, x: Self) {
                *self = x;
            }
            /// The condition is a plain `bool`, whose guard was recorded where it came from.
            #[inline(always)]
            fn select(self, condition: bool, other: Self) -> Self {
                if condition { self } else { other }
            }
        }
        impl<$($generics)*> $crate::__private::simba::simd::PrimitiveSimdValue for $Type {}
    };
    // A float is a number of ours; the way back gives the plain value, through which no derivative flows. Not by `NumCast` of
    // the float, whose line a read would name.
    (@subset [$($generics:tt)*] $Type:ty, $Float:ty, $taken:ident) => {
        impl<$($generics)*> $crate::__private::simba::scalar::SubsetOf<$Type> for $Float {
            #[inline]
            fn to_superset(&self) -> $Type {
                <$Type as $crate::Real>::lit(f64::from(*self))
            }
            #[inline]
            #[track_caller]
            fn from_superset_unchecked(x: &$Type) -> Self {
                $crate::__private::num_traits::ToPrimitive::$taken(x).unwrap_or(<$Float>::NAN)
            }
            #[inline]
            fn is_in_subset(_: &$Type) -> bool {
                true
            }
        }
    };
    (@field [$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> $crate::__private::simba::scalar::SubsetOf<$Type> for $Type {
            #[inline]
            fn to_superset(&self) -> Self {
                *self
            }
            #[inline]
            fn from_superset_unchecked(x: &Self) -> Self {
                *x
            }
            #[inline]
            fn is_in_subset(_: &Self) -> bool {
                true
            }
        }

        impl<$($generics)*> $crate::__private::simba::scalar::Field for $Type {}

        impl<$($generics)*> $crate::__private::simba::scalar::ComplexField for $Type {
            type RealField = Self;
            $crate::forward! { unary
                floor ceil round trunc fract abs signum recip sqrt exp exp2 ln log2 log10 cbrt
                sin cos tan asin acos atan exp_m1 ln_1p sinh cosh tanh asinh acosh atanh
            }
            $crate::forward! { binary log hypot }
            $crate::forward! { ternary mul_add }

            #[inline]
            fn from_real(re: Self) -> Self {
                re
            }
            #[inline]
            fn real(self) -> Self {
                self
            }
            #[inline]
            fn imaginary(self) -> Self {
                <Self as $crate::Real>::lit(0.0)
            }
            #[inline]
            fn conjugate(self) -> Self {
                self
            }
            #[inline]
            #[track_caller]
            fn modulus(self) -> Self {
                <$Type>::abs(self)
            }
            #[inline]
            #[track_caller]
            fn modulus_squared(self) -> Self {
                self.square()
            }
            #[inline]
            #[track_caller]
            fn norm1(self) -> Self {
                <$Type>::abs(self)
            }
            /// 0, or `π` of negative numbers.
            #[inline]
            #[track_caller]
            fn argument(self) -> Self {
                let [zero, pi] = [0.0, ::core::f64::consts::PI].map(<Self as $crate::Real>::lit);
                <Self as $crate::Real>::select(self.indicator_ge(zero), zero, pi)
            }
            /// `x = |x|·±1`. A guard decides the sign, and not `abs` and `signum`: reflections (QR, eigenvalues)
            /// need `|x|` with the slope of that sign at `x = 0` too, where the slope of `abs` is 0.
            #[inline]
            #[track_caller]
            fn to_exp(self) -> (Self, Self) {
                if self >= <Self as $crate::Real>::lit(0.0) {
                    (self, <Self as $crate::Real>::lit(1.0))
                } else {
                    (-self, <Self as $crate::Real>::lit(-1.0))
                }
            }
            #[inline]
            #[track_caller]
            fn scale(self, factor: Self) -> Self {
                self * factor
            }
            #[inline]
            #[track_caller]
            fn unscale(self, factor: Self) -> Self {
                self / factor
            }
            #[inline]
            #[track_caller]
            fn sin_cos(self) -> (Self, Self) {
                Self::sin_cos(self)
            }
            /// `sin x / x`; at 0 its expansion `1 − x²/6`, right to the third derivative.
            #[inline]
            #[track_caller]
            fn sinc(self) -> Self {
                let at_zero = 1.0 - self.square() / 6.0;
                let zero = <Self as $crate::Real>::lit(0.0);
                <Self as $crate::Real>::select(self.indicator_eq(zero), at_zero, <$Type>::sin(self) / self)
            }
            /// `sinh x / x`; at 0 its expansion `1 + x²/6`, right to the third derivative.
            #[inline]
            #[track_caller]
            fn sinhc(self) -> Self {
                let at_zero = 1.0 + self.square() / 6.0;
                let zero = <Self as $crate::Real>::lit(0.0);
                <Self as $crate::Real>::select(self.indicator_eq(zero), at_zero, <$Type>::sinh(self) / self)
            }
            #[inline]
            #[track_caller]
            fn powi(self, n: i32) -> Self {
                Self::powi(self, n)
            }
            #[inline]
            #[track_caller]
            fn powf(self, n: Self) -> Self {
                self.pow(n)
            }
            #[inline]
            #[track_caller]
            fn powc(self, n: Self) -> Self {
                self.pow(n)
            }
            #[inline]
            #[track_caller]
            fn is_finite(&self) -> bool {
                $crate::__private::num_traits::Float::is_finite(*self)
            }
            #[inline]
            #[track_caller]
            fn try_sqrt(self) -> Option<Self> {
                if self >= <Self as $crate::Real>::lit(0.0) { Some(<$Type>::sqrt(self)) } else { None }
            }
        }
    };
    (@real [$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> $crate::__private::simba::scalar::RealField for $Type {
            $crate::forward! { binary max min atan2 copysign }
            $crate::forward! { ternary clamp }
            $crate::forward! { constants
                pi PI two_pi TAU frac_pi_2 FRAC_PI_2 frac_pi_3 FRAC_PI_3 frac_pi_4 FRAC_PI_4
                frac_pi_6 FRAC_PI_6 frac_pi_8 FRAC_PI_8 frac_1_pi FRAC_1_PI frac_2_pi FRAC_2_PI
                frac_2_sqrt_pi FRAC_2_SQRT_PI e E log2_e LOG2_E log10_e LOG10_E ln_2 LN_2 ln_10 LN_10
            }

            #[inline]
            #[track_caller]
            fn is_sign_positive(&self) -> bool {
                !self.primal_is_sign_negative()
            }
            #[inline]
            #[track_caller]
            fn is_sign_negative(&self) -> bool {
                self.primal_is_sign_negative()
            }
            #[inline]
            fn min_value() -> Option<Self> {
                Some($crate::__private::num_traits::Bounded::min_value())
            }
            #[inline]
            fn max_value() -> Option<Self> {
                Some($crate::__private::num_traits::Bounded::max_value())
            }
        }
    };
}
