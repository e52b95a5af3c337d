//! The conversions of `f64`: from the integers and floats that it holds exactly, and from text. Each makes a constant.

/// Conversions into a number type that has `From<f64>`; `$($From)*` are the types besides.
#[doc(hidden)]
#[macro_export]
macro_rules! conversions {
    ([$($generics:tt)*] $Type:ty) => {
        $crate::conversions! { @from [$($generics)*] $Type, f32 }
        $crate::conversions! { @from [$($generics)*] $Type, i8 }
        $crate::conversions! { @from [$($generics)*] $Type, i16 }
        $crate::conversions! { @from [$($generics)*] $Type, i32 }
        $crate::conversions! { @from [$($generics)*] $Type, u8 }
        $crate::conversions! { @from [$($generics)*] $Type, u16 }
        $crate::conversions! { @from [$($generics)*] $Type, u32 }

        impl<$($generics)*> ::core::str::FromStr for $Type {
            type Err = ::core::num::ParseFloatError;
            /// A constant, spelled as `f64` is.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(<Self as $crate::Real>::lit)
            }
        }
    };
    (@from [$($generics:tt)*] $Type:ty, $From:ty) => {
        impl<$($generics)*> From<$From> for $Type {
            /// A constant.
            #[inline]
            fn from(x: $From) -> Self {
                <Self as $crate::Real>::lit(x.into())
            }
        }
    };
}
