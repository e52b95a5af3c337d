//! The traits of `num_traits`, so that code over `num_traits::Float` (and `num_complex::Complex`) runs on our
//! numbers unchanged.
//!
//! A method that computes is a row of the table; a method that answers with a plain `bool` or integer asks the
//! value, which a recording number notes as a guard. What leaves as a float, or as its bits, has left the
//! derivative too, which a recording number notes as a read; `T::from(x)` of a number `x` of ours is a constant.
//!
//! What is asked of the type, to read its value, is in `primals.rs`.

/// Trait methods that hand on to the inherent method of their name, so that the table's row is read. (A name
/// that the table lacks would call itself, which rustc reports.)
#[doc(hidden)]
#[macro_export]
macro_rules! forward {
    (unary $($method:ident)*) => { $(
        #[inline]
        #[track_caller]
        fn $method(self) -> Self {
            Self::$method(self)
        }
    )* };
    (binary $($method:ident)*) => { $(
        #[inline]
        #[track_caller]
        fn $method(self, other: Self) -> Self {
            Self::$method(self, other)
        }
    )* };
    (ternary $($method:ident)*) => { $(
        #[inline]
        #[track_caller]
        fn $method(self, b: Self, c: Self) -> Self {
            Self::$method(self, b, c)
        }
    )* };
    (questions) => {
        $crate::forward! { @questions
            is_nan bool is_infinite bool is_finite bool is_normal bool is_subnormal bool
            is_sign_positive bool is_sign_negative bool classify ::core::num::FpCategory
        }
    };
    (@questions $($method:ident $Answer:ty)*) => { $(
        #[inline]
        #[track_caller]
        fn $method(self) -> $Answer {
            Self::$method(self)
        }
    )* };
    // Constants, named as in `core::f64::consts`.
    (constants $($method:ident $NAME:ident)*) => { $(
        #[inline]
        fn $method() -> Self {
            <Self as $crate::Real>::lit(::core::f64::consts::$NAME)
        }
    )* };
}

/// `num_traits` for a number type over the primal type `$Primal`.
#[doc(hidden)]
#[macro_export]
macro_rules! numeric {
    ([$($generics:tt)*] $Type:ty, $Primal:ty) => {
        $crate::questions! { [$($generics)*] $Type, $Primal }
        $crate::numeric! { @algebra [$($generics)*] $Type, $Primal }
        $crate::numeric! { @conversions [$($generics)*] $Type, $Primal }
        $crate::numeric! { @float [$($generics)*] $Type, $Primal }
        $crate::numeric! { @float_core [$($generics)*] $Type, $Primal }
    };
    (@algebra [$($generics:tt)*] $Type:ty, $Primal:ty) => {
        impl<$($generics)*> $crate::__private::num_traits::Zero for $Type {
            #[inline]
            fn zero() -> Self {
                <Self as $crate::Real>::lit(0.0)
            }
            #[inline]
            #[track_caller]
            fn is_zero(&self) -> bool {
                *self == <Self as $crate::Real>::lit(0.0)
            }
        }

        impl<$($generics)*> $crate::__private::num_traits::One for $Type {
            #[inline]
            fn one() -> Self {
                <Self as $crate::Real>::lit(1.0)
            }
            #[inline]
            #[track_caller]
            fn is_one(&self) -> bool {
                *self == <Self as $crate::Real>::lit(1.0)
            }
        }

        impl<$($generics)*> $crate::__private::num_traits::Num for $Type {
            type FromStrRadixErr = <$Primal as $crate::__private::num_traits::Num>::FromStrRadixErr;
            /// A constant.
            fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
                <$Primal as $crate::__private::num_traits::Num>::from_str_radix(text, radix).map(<$Type>::constant)
            }
        }

        impl<$($generics)*> $crate::__private::num_traits::Signed for $Type {
            #[inline]
            #[track_caller]
            fn abs(&self) -> Self {
                <$Type>::abs(*self)
            }
            #[inline]
            #[track_caller]
            fn abs_sub(&self, other: &Self) -> Self {
                $crate::__private::num_traits::Float::abs_sub(*self, *other)
            }
            #[inline]
            #[track_caller]
            fn signum(&self) -> Self {
                <$Type>::signum(*self)
            }
            #[inline]
            #[track_caller]
            fn is_positive(&self) -> bool {
                !self.primal_is_sign_negative()
            }
            #[inline]
            #[track_caller]
            fn is_negative(&self) -> bool {
                self.primal_is_sign_negative()
            }
        }

        impl<$($generics)*> $crate::__private::num_traits::Bounded for $Type {
            #[inline]
            fn min_value() -> Self {
                <$Type>::constant(<$Primal as $crate::__private::num_traits::Float>::min_value())
            }
            #[inline]
            fn max_value() -> Self {
                <$Type>::constant(<$Primal as $crate::__private::num_traits::Float>::max_value())
            }
        }

        impl<$($generics)*> $crate::__private::num_traits::Inv for $Type {
            type Output = Self;
            #[inline]
            #[track_caller]
            fn inv(self) -> Self {
                self.recip()
            }
        }

        impl<$($generics)*> $crate::__private::num_traits::MulAdd for $Type {
            type Output = Self;
            $crate::forward! { ternary mul_add }
        }

        impl<$($generics)*> $crate::__private::num_traits::MulAddAssign for $Type {
            #[inline]
            #[track_caller]
            fn mul_add_assign(&mut self, a: Self, b: Self) {
                *self = Self::mul_add(*self, a, b);
            }
        }

        impl<$($generics)*> $crate::__private::num_traits::Euclid for $Type {
            #[inline]
            #[track_caller]
            fn div_euclid(&self, other: &Self) -> Self {
                Self::div_euclid(*self, *other)
            }
            #[inline]
            #[track_caller]
            fn rem_euclid(&self, other: &Self) -> Self {
                Self::rem_euclid(*self, *other)
            }
        }

        impl<$($generics)*> $crate::__private::num_traits::float::TotalOrder for $Type {
            #[inline]
            #[track_caller]
            fn total_cmp(&self, other: &Self) -> ::core::cmp::Ordering {
                Self::total_cmp(self, other)
            }
        }

        impl<$($generics)*> $crate::__private::num_traits::Pow<$Type> for $Type {
            type Output = Self;
            $crate::forward! { binary pow }
        }
        impl<$($generics)*> $crate::__private::num_traits::Pow<i32> for $Type {
            type Output = Self;
            #[inline]
            #[track_caller]
            fn pow(self, n: i32) -> Self {
                self.powi(n)
            }
        }
        impl<$($generics)*> $crate::__private::num_traits::Pow<f64> for $Type {
            type Output = Self;
            #[inline]
            #[track_caller]
            fn pow(self, c: f64) -> Self {
                self.powf(c)
            }
        }
    };
    (@conversions [$($generics:tt)*] $Type:ty, $Primal:ty) => {
        // The trait's defaults for narrow types would do, but guards would then name lines of `num_traits`.
        impl<$($generics)*> $crate::__private::num_traits::ToPrimitive for $Type {
            $crate::numeric! { @integers
                to_isize isize to_i8 i8 to_i16 i16 to_i32 i32 to_i64 i64 to_i128 i128
                to_usize usize to_u8 u8 to_u16 u16 to_u32 u32 to_u64 u64
            }
            #[inline]
            #[track_caller]
            fn to_u128(&self) -> Option<u128> {
                match self.primal_integer() {
                    Some(n) => u128::try_from(n).ok(),
                    // 2¹²⁷ and above.
                    None => $crate::__private::num_traits::ToPrimitive::to_u128(&self.primal_whole()),
                }
            }
            /// The plain value, through which no derivative flows: a read, of a number that records.
            #[inline]
            #[track_caller]
            fn to_f32(&self) -> Option<f32> {
                $crate::__private::num_traits::ToPrimitive::to_f32(&self.primal_taken())
            }
            /// The plain value, through which no derivative flows: a read, of a number that records.
            #[inline]
            #[track_caller]
            fn to_f64(&self) -> Option<f64> {
                $crate::__private::num_traits::ToPrimitive::to_f64(&self.primal_taken())
            }
        }

        impl<$($generics)*> $crate::__private::num_traits::NumCast for $Type {
            /// A constant: whatever `n` is, it comes by way of a plain number.
            #[inline]
            #[track_caller]
            fn from<P: $crate::__private::num_traits::ToPrimitive>(n: P) -> Option<Self> {
                <$Type>::primal_from(n).map(<$Type>::constant)
            }
        }

        impl<$($generics)*> $crate::__private::num_traits::FromPrimitive for $Type {
            #[inline]
            fn from_i64(n: i64) -> Option<Self> {
                <Self as $crate::__private::num_traits::NumCast>::from(n)
            }
            #[inline]
            fn from_u64(n: u64) -> Option<Self> {
                <Self as $crate::__private::num_traits::NumCast>::from(n)
            }
            #[inline]
            fn from_i128(n: i128) -> Option<Self> {
                <Self as $crate::__private::num_traits::NumCast>::from(n)
            }
            #[inline]
            fn from_u128(n: u128) -> Option<Self> {
                <Self as $crate::__private::num_traits::NumCast>::from(n)
            }
            #[inline]
            fn from_f64(x: f64) -> Option<Self> {
                <Self as $crate::__private::num_traits::NumCast>::from(x)
            }
        }
    };
    (@float [$($generics:tt)*] $Type:ty, $Primal:ty) => {
        impl<$($generics)*> $crate::__private::num_traits::FloatConst for $Type {
            $crate::forward! { constants
                E E FRAC_1_PI FRAC_1_PI FRAC_1_SQRT_2 FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_PI
                FRAC_2_SQRT_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_2 FRAC_PI_3 FRAC_PI_3 FRAC_PI_4 FRAC_PI_4
                FRAC_PI_6 FRAC_PI_6 FRAC_PI_8 FRAC_PI_8 LN_10 LN_10 LN_2 LN_2 LOG10_E LOG10_E LOG2_E LOG2_E
                PI PI SQRT_2 SQRT_2 TAU TAU LOG10_2 LOG10_2 LOG2_10 LOG2_10
            }
        }

        impl<$($generics)*> $crate::__private::num_traits::Float for $Type {
            $crate::numeric! { @limits $Type, $Primal,
                nan infinity neg_infinity neg_zero min_value min_positive_value epsilon max_value
            }
            $crate::forward! { unary
                floor ceil round trunc fract abs signum recip sqrt exp exp2 ln log2 log10 cbrt
                sin cos tan asin acos atan exp_m1 ln_1p sinh cosh tanh asinh acosh atanh
            }
            $crate::forward! { binary log max min hypot atan2 copysign }
            $crate::forward! { ternary mul_add clamp }

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
            fn sin_cos(self) -> (Self, Self) {
                Self::sin_cos(self)
            }
            $crate::forward! { unary to_degrees to_radians }
            /// `max(a − b, 0)`, 0 at equal infinities and NaN at NaN as `f64` has it; at the tie `a = b` the
            /// slopes of `max(·, 0)`.
            #[inline]
            #[track_caller]
            fn abs_sub(self, other: Self) -> Self {
                let gap = self - other;
                <Self as $crate::Real>::select(other.indicator_ge(self), gap.relu(), gap)
            }

            $crate::forward! { questions }

            #[inline]
            #[track_caller]
            fn integer_decode(self) -> (u64, i16, i8) {
                $crate::__private::num_traits::Float::integer_decode(self.primal_taken())
            }
        }
    };
    // Every method, and none of the trait's own, whose guards would name lines of `num_traits`.
    (@float_core [$($generics:tt)*] $Type:ty, $Primal:ty) => {
        impl<$($generics)*> $crate::__private::num_traits::float::FloatCore for $Type {
            $crate::numeric! { @limits $Type, $Primal,
                nan infinity neg_infinity neg_zero min_value min_positive_value epsilon max_value
            }
            $crate::forward! { unary floor ceil round trunc fract abs signum recip to_degrees to_radians }
            $crate::forward! { binary max min }
            $crate::forward! { ternary clamp }
            $crate::forward! { questions }

            #[inline]
            #[track_caller]
            fn powi(self, n: i32) -> Self {
                Self::powi(self, n)
            }
            #[inline]
            #[track_caller]
            fn integer_decode(self) -> (u64, i16, i8) {
                $crate::__private::num_traits::Float::integer_decode(self)
            }
        }
    };
    (@integers $($method:ident $Integer:ident)*) => { $(
        #[inline]
        #[track_caller]
        fn $method(&self) -> Option<$Integer> {
            $Integer::try_from(self.primal_integer()?).ok()
        }
    )* };
    (@limits $Type:ty, $Primal:ty, $($limit:ident)*) => { $(
        #[inline]
        fn $limit() -> Self {
            <$Type>::constant(<$Primal as $crate::__private::num_traits::Float>::$limit())
        }
    )* };
}
