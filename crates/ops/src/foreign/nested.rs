//! What number types that carry derivatives of another number type share: the value decides. Comparisons look at values
//! alone, conversions make constants, and what other crates ask of a number is asked of its value, which the inner type
//! guards where it records.

/// For a number type with the field `value: T`, the constructor `constant`, and the generic parameters `T` and those given.
#[doc(hidden)]
#[macro_export]
macro_rules! nested {
    ($T:ident, [$($rest:tt)*] $Type:ty) => {
        /// What the operator macros ask of a number type, but for `with_constant` and `of_constant`, which are its own.
        impl<$T: $crate::Real, $($rest)*> $Type {
            #[track_caller]
            fn gather<R: $crate::Variadic>(iter: impl Iterator<Item = Self>) -> Self {
                <Self as $crate::Real>::variadic::<R>(&iter.collect::<Vec<_>>().as_slice())
            }
        }

        impl<$T: $crate::Real, $($rest)*> From<f64> for $Type {
            #[inline]
            fn from(x: f64) -> Self {
                <Self as $crate::Real>::lit(x)
            }
        }

        impl<$T: $crate::Real, $($rest)*> Default for $Type {
            fn default() -> Self {
                <Self as $crate::Real>::lit(0.0)
            }
        }

        impl<$T: PartialEq, $($rest)*> PartialEq for $Type {
            /// Compares values; derivatives do not count.
            #[track_caller]
            fn eq(&self, other: &Self) -> bool {
                self.value == other.value
            }
        }

        /// Each comparison is its own: at a value that records comparisons, the one that was asked is recorded.
        impl<$T: PartialOrd, $($rest)*> PartialOrd for $Type {
            $crate::comparisons! { Self, (this, other) => this.value, other.value }
        }

        impl<$T: $crate::Real + PartialEq, $($rest)*> PartialEq<f64> for $Type {
            #[track_caller]
            fn eq(&self, other: &f64) -> bool {
                self.value == $T::lit(*other)
            }
        }
        impl<$T: $crate::Real + PartialOrd, $($rest)*> PartialOrd<f64> for $Type {
            $crate::comparisons! { f64, (this, other) => this.value, $T::lit(*other) }
        }
        impl<$T: $crate::Real + PartialEq, $($rest)*> PartialEq<$Type> for f64 {
            #[track_caller]
            fn eq(&self, other: &$Type) -> bool {
                $T::lit(*self) == other.value
            }
        }
        impl<$T: $crate::Real + PartialOrd, $($rest)*> PartialOrd<$Type> for f64 {
            $crate::comparisons! { $Type, (this, other) => $T::lit(*this), other.value }
        }

        impl<$T: $crate::Real + PartialOrd, $($rest)*> $crate::Scalar for $Type {}

        $crate::primals! {
            [$T: $crate::Real + PartialOrd + $crate::__private::num_traits::Float, $($rest)*] $Type, $T
        }
        $crate::operators! { [$T: $crate::Real, $($rest)*] $Type }
        $crate::exponents! { [$T: $crate::Real, $($rest)*] $Type }
        $crate::conversions! { [$T: $crate::Real, $($rest)*] $Type }
        $crate::numeric! { [$T: $crate::Real + PartialOrd + $crate::__private::num_traits::Float, $($rest)*] $Type, $T }
        $crate::approximate! {
            [
                $T: $crate::Real
                    + PartialOrd
                    + $crate::__private::num_traits::Float
                    + $crate::__private::approx::UlpsEq<Epsilon = $T>,
                $($rest)*
            ] $Type, $T
        }
        #[cfg(feature = "nalgebra")]
        $crate::algebraic! {
            [
                $T: $crate::Real
                    + PartialOrd
                    + $crate::__private::num_traits::Float
                    + $crate::__private::nalgebra::RealField,
                $($rest)*
            ] $Type
        }
        #[cfg(feature = "ndarray")]
        $crate::arrays! { [$T: $crate::Real, $($rest)*] $Type }
    };
}

/// How a number that carries derivatives is written, by its `spell`: each part with the formatter's own options.
macro_rules! spelled {
    ([$($rest:tt)*] $Type:ident, $N:ident) => {
        spelled! { @each [$($rest)*] $Type, $N, Display LowerExp UpperExp }
    };
    (@each $rest:tt $Type:ident, $N:ident, $($Format:ident)*) => {
        $(spelled! { @one $rest $Type, $N, $Format })*
    };
    (@one [$($rest:tt)*] $Type:ident, $N:ident, $Format:ident) => {
        impl<T: fmt::$Format, $($rest)*> fmt::$Format for $Type<T, $N> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.spell(f, fmt::$Format::fmt)
            }
        }
    };
}
