//! `ndarray`: our numbers as the scalar on an operator's right (`&array * x`).
//!
//! Nothing else is asked: `ndarray::LinalgScalar`, which `.dot` needs, is implemented for every number with
//! `Zero`, `One` and the four operators.

/// `ndarray` for a number type.
#[doc(hidden)]
#[macro_export]
macro_rules! arrays {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> $crate::__private::ndarray::ScalarOperand for $Type {}
    };
}
