//! The methods of `f64` that are no rows: questions, and what is composed of rows. They are inherent, so that they need no
//! trait in scope and are never ambiguous.
//!
//! Each answer is asked of the value, which a recording number notes as a guard on no more than was asked.

/// Inherent methods of a number type over the primal type `$Primal`, which asks of it what [`numeric!`](crate::numeric) does.
#[doc(hidden)]
#[macro_export]
macro_rules! questions {
    ([$($generics:tt)*] $Type:ty, $Primal:ty) => {
        /// What `f64` answers, asked of the value.
        impl<$($generics)*> $Type {
            /// Whether the value is NaN.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn is_nan(self) -> bool {
                self.primal_is_nan()
            }
            // By comparison, and not by class, so that a tape stays right when a number becomes 0.
            /// Whether the value is infinite, of either sign.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn is_infinite(self) -> bool {
                $crate::Scalar::is_infinite(self)
            }
            /// Whether the value is neither infinite nor NaN.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn is_finite(self) -> bool {
                $crate::Scalar::is_finite(self)
            }
            /// Whether the value is neither 0, subnormal, infinite nor NaN.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn is_normal(self) -> bool {
                self.classify() == ::core::num::FpCategory::Normal
            }
            /// Whether the value is subnormal.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn is_subnormal(self) -> bool {
                self.classify() == ::core::num::FpCategory::Subnormal
            }
            /// The class of the value.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn classify(self) -> ::core::num::FpCategory {
                self.primal_class()
            }
            /// Whether the value has the sign of `+0.0`.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn is_sign_positive(self) -> bool {
                !self.primal_is_sign_negative()
            }
            /// Whether the value has the sign of `-0.0`.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn is_sign_negative(self) -> bool {
                self.primal_is_sign_negative()
            }
            /// The order of values that is total, as `f64::total_cmp` has it: `−NaN`, `−∞` … `−0`, `+0` … `∞`, `NaN`. NaNs of
            /// one sign are equal, whatever else they hold.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn total_cmp(&self, other: &Self) -> ::core::cmp::Ordering {
                use ::core::cmp::Ordering::Equal;
                match self.partial_cmp(other) {
                    Some(Equal) if *self != <Self as $crate::Real>::lit(0.0) => Equal,
                    Some(Equal) => {
                        self.primal_is_sign_negative().cmp(&other.primal_is_sign_negative()).reverse()
                    }
                    Some(order) => order,
                    None => {
                        let rank = |x: &Self| match (x.primal_is_nan(), x.primal_is_sign_negative()) {
                            (false, _) => 0,
                            (true, negative) => if negative { -1 } else { 1 },
                        };
                        rank(self).cmp(&rank(other))
                    }
                }
            }
        }

        /// What `f64` computes of rows of the table, as [`Scalar`]($crate::Scalar) does.
        impl<$($generics)*> $Type {
            /// The quotient `n` of the division with a remainder that is not negative: `x = n·y + r`, `0 ≤ r < |y|`. Slope 0.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn div_euclid(self, y: impl Into<Self>) -> Self {
                $crate::Scalar::div_euclid(self, y)
            }
            /// The remainder `r` that is not negative: `x = n·y + r`, `0 ≤ r < |y|`.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn rem_euclid(self, y: impl Into<Self>) -> Self {
                $crate::Scalar::rem_euclid(self, y)
            }
            /// Radians as degrees.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn to_degrees(self) -> Self {
                $crate::Scalar::to_degrees(self)
            }
            /// Degrees as radians.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn to_radians(self) -> Self {
                $crate::Scalar::to_radians(self)
            }
            /// The number half way, `(x + y)/2`, without overflow.
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn midpoint(self, y: impl Into<Self>) -> Self {
                $crate::Scalar::midpoint(self, y)
            }
        }
    };
}

/// [`Exponent`](crate::Exponent) for a number type.
#[doc(hidden)]
#[macro_export]
macro_rules! exponents {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> $crate::Exponent<$Type> for f64 {
            #[inline(always)]
            #[track_caller]
            fn of(self, x: $Type) -> $Type {
                $crate::Functions::powf(x, self)
            }
        }
        impl<$($generics)*> $crate::Exponent<$Type> for $Type {
            #[inline(always)]
            #[track_caller]
            fn of(self, x: $Type) -> $Type {
                $crate::Functions::pow(x, self)
            }
        }
    };
}
