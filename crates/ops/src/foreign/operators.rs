//! `+ − × ÷ %` and negation: between numbers, with a float on either side, by reference, assigning.

/// Operators of a number type whose arithmetic is [`Real::fixed`](crate::Real::fixed).
#[doc(hidden)]
#[macro_export]
macro_rules! operators {
    ([$($generics:tt)*] $Type:ty) => {
        $crate::operators! { @binary [$($generics)*] $Type, Add add AddAssign add_assign }
        $crate::operators! { @binary [$($generics)*] $Type, Sub sub SubAssign sub_assign }
        $crate::operators! { @binary [$($generics)*] $Type, Mul mul MulAssign mul_assign }
        $crate::operators! { @binary [$($generics)*] $Type, Div div DivAssign div_assign }
        $crate::operators! { @binary [$($generics)*] $Type, Rem rem RemAssign rem_assign }

        impl<$($generics)*> ::core::ops::Neg for $Type {
            type Output = $Type;
            #[inline(always)]
            #[track_caller]
            fn neg(self) -> $Type {
                <$Type as $crate::Real>::fixed::<$crate::rows::Neg, 1>([self])
            }
        }
        impl<$($generics)*> ::core::ops::Neg for &$Type {
            type Output = $Type;
            #[inline(always)]
            #[track_caller]
            fn neg(self) -> $Type {
                -*self
            }
        }
        impl<$($generics)*> ::core::iter::Sum for $Type {
            /// One n-ary node for the whole iterator.
            #[track_caller]
            fn sum<I: Iterator<Item = $Type>>(iter: I) -> $Type {
                <$Type>::gather::<$crate::rows::Sum>(iter)
            }
        }
        impl<$($generics)*> ::core::iter::Product for $Type {
            /// One n-ary node for the whole iterator.
            #[track_caller]
            fn product<I: Iterator<Item = $Type>>(iter: I) -> $Type {
                <$Type>::gather::<$crate::rows::Product>(iter)
            }
        }
        impl<'a, $($generics)*> ::core::iter::Sum<&'a $Type> for $Type {
            #[track_caller]
            fn sum<I: Iterator<Item = &'a $Type>>(iter: I) -> $Type {
                iter.copied().sum()
            }
        }
        impl<'a, $($generics)*> ::core::iter::Product<&'a $Type> for $Type {
            #[track_caller]
            fn product<I: Iterator<Item = &'a $Type>>(iter: I) -> $Type {
                iter.copied().product()
            }
        }
    };
    (@binary [$($generics:tt)*] $Type:ty, $Op:ident $op:ident $Assign:ident $assign:ident) => {
        impl<$($generics)*> ::core::ops::$Op for $Type {
            type Output = $Type;
            #[inline(always)]
            #[track_caller]
            fn $op(self, other: $Type) -> $Type {
                <$Type as $crate::Real>::fixed::<$crate::rows::$Op, 2>([self, other])
            }
        }
        impl<$($generics)*> ::core::ops::$Op<f64> for $Type {
            type Output = $Type;
            #[inline(always)]
            #[track_caller]
            fn $op(self, other: f64) -> $Type {
                <$Type>::with_constant::<$crate::rows::$Op>(self, other)
            }
        }
        impl<$($generics)*> ::core::ops::$Op<$Type> for f64 {
            type Output = $Type;
            #[inline(always)]
            #[track_caller]
            fn $op(self, other: $Type) -> $Type {
                <$Type>::of_constant::<$crate::rows::$Op>(self, other)
            }
        }
        $crate::operators! { @refs [$($generics)*] $Type, $Type, $Type, $Op $op }
        $crate::operators! { @refs [$($generics)*] $Type, $Type, f64, $Op $op }
        $crate::operators! { @refs [$($generics)*] $Type, f64, $Type, $Op $op }
        $crate::operators! { @assign [$($generics)*] $Type, $Type, $Op $op $Assign $assign }
        $crate::operators! { @assign [$($generics)*] $Type, &$Type, $Op $op $Assign $assign }
        $crate::operators! { @assign [$($generics)*] $Type, f64, $Op $op $Assign $assign }
    };
    (@refs [$($generics:tt)*] $Type:ty, $Left:ty, $Right:ty, $Op:ident $op:ident) => {
        impl<$($generics)*> ::core::ops::$Op<&$Right> for $Left {
            type Output = $Type;
            #[inline(always)]
            #[track_caller]
            fn $op(self, other: &$Right) -> $Type {
                ::core::ops::$Op::$op(self, *other)
            }
        }
        impl<$($generics)*> ::core::ops::$Op<$Right> for &$Left {
            type Output = $Type;
            #[inline(always)]
            #[track_caller]
            fn $op(self, other: $Right) -> $Type {
                ::core::ops::$Op::$op(*self, other)
            }
        }
        impl<$($generics)*> ::core::ops::$Op<&$Right> for &$Left {
            type Output = $Type;
            #[inline(always)]
            #[track_caller]
            fn $op(self, other: &$Right) -> $Type {
                ::core::ops::$Op::$op(*self, *other)
            }
        }
    };
    (@assign [$($generics:tt)*] $Type:ty, $Right:ty, $Op:ident $op:ident $Assign:ident $assign:ident) => {
        impl<$($generics)*> ::core::ops::$Assign<$Right> for $Type {
            #[inline(always)]
            #[track_caller]
            fn $assign(&mut self, other: $Right) {
                *self = ::core::ops::$Op::$op(*self, other);
            }
        }
    };
}
