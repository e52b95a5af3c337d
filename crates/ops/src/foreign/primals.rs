//! How the other macros read the value of a number: by private methods of the type. A type whose value is a field has them from
//! here; a recording number, whose answers are guards, writes its own.
//!
//! Each carries `#[track_caller]`. `primal_whole` is the whole value, to compare it; `primal_is_nan`, `primal_class`,
//! `primal_is_sign_negative` and `primal_integer` (towards 0) are five with it and not one, because a guard on less is right at
//! more inputs; `primal_taken` is the whole value, to compute with it elsewhere; and `primal_from` makes any number a primal.

/// The value's answers for a number type with the field `value: $Primal`, which is a float itself.
#[doc(hidden)]
#[macro_export]
macro_rules! primals {
    ([$($generics:tt)*] $Type:ty, $Primal:ty) => {
        /// What `numeric!` and its kin ask of a number type.
        impl<$($generics)*> $Type {
            #[inline]
            fn primal_whole(self) -> $Primal {
                self.value
            }

            /// The inner type notes what is done with it.
            #[inline]
            fn primal_taken(self) -> $Primal {
                self.value
            }

            #[inline]
            #[track_caller]
            fn primal_is_nan(self) -> bool {
                self.value.is_nan()
            }

            #[inline]
            #[track_caller]
            fn primal_class(self) -> ::core::num::FpCategory {
                $crate::__private::num_traits::Float::classify(self.value)
            }

            #[inline]
            #[track_caller]
            fn primal_is_sign_negative(self) -> bool {
                self.value.is_sign_negative()
            }

            #[inline]
            #[track_caller]
            fn primal_integer(self) -> Option<i128> {
                self.value.to_i128()
            }

            #[inline]
            #[track_caller]
            fn primal_from<P: $crate::__private::num_traits::ToPrimitive>(n: P) -> Option<$Primal> {
                <$Primal as $crate::__private::num_traits::NumCast>::from(n)
            }
        }
    };
}
