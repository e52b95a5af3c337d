//! `approx`: equality up to a tolerance, which is itself a number of the type (as `nalgebra` requires).
//!
//! Each outcome is computed with the type's own operations and comparisons, so a recording notes it as guards
//! on the difference, and a replay where it turns out otherwise is found. Distances in units in the last
//! place have no such form: past the tolerance and the signs they are guarded by the bits of both numbers.

/// `approx` for a number type over the primal type `$Primal`.
#[doc(hidden)]
#[macro_export]
macro_rules! approximate {
    ([$($generics:tt)*] $Type:ty, $Primal:ty) => {
        impl<$($generics)*> $crate::__private::approx::AbsDiffEq for $Type {
            type Epsilon = Self;
            #[inline]
            fn default_epsilon() -> Self {
                <$Type>::constant(<$Primal as $crate::__private::num_traits::Float>::epsilon())
            }
            #[inline]
            #[track_caller]
            fn abs_diff_eq(&self, other: &Self, epsilon: Self) -> bool {
                (*self - *other).abs() <= epsilon
            }
        }

        impl<$($generics)*> $crate::__private::approx::RelativeEq for $Type {
            #[inline]
            fn default_max_relative() -> Self {
                <$Type>::constant(<$Primal as $crate::__private::num_traits::Float>::epsilon())
            }
            #[inline]
            #[track_caller]
            fn relative_eq(&self, other: &Self, epsilon: Self, max_relative: Self) -> bool {
                use $crate::__private::num_traits::Float;
                if *self == *other {
                    return true;
                }
                if Float::is_infinite(*self) || Float::is_infinite(*other) {
                    return false;
                }
                let gap = (*self - *other).abs();
                // Rows, so that the larger operand costs no guard of its own.
                gap <= epsilon || gap <= Float::max(self.abs(), other.abs()) * max_relative
            }
        }

        impl<$($generics)*> $crate::__private::approx::UlpsEq for $Type {
            #[inline]
            fn default_max_ulps() -> u32 {
                <$Primal as $crate::__private::approx::UlpsEq>::default_max_ulps()
            }
            #[inline]
            #[track_caller]
            fn ulps_eq(&self, other: &Self, epsilon: Self, max_ulps: u32) -> bool {
                use $crate::__private::approx::{AbsDiffEq, UlpsEq};
                if self.abs_diff_eq(other, epsilon) {
                    return true;
                }
                if self.primal_is_sign_negative() != other.primal_is_sign_negative() {
                    return false;
                }
                // The tolerance has been asked above, so that what is left is the distance.
                <$Primal as UlpsEq>::ulps_eq(&self.primal_whole(), &other.primal_whole(), $crate::Real::lit(0.0), max_ulps)
            }
        }
    };
}
