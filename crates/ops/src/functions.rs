//! Rows as methods of numbers: of any [`Real`] by the trait [`Functions`], and of a type that is no type parameter by methods
//! of its own.
//!
//! What a method computes is *not* here: it reads a row at the number it is called on (`formulas.rs`).

use crate::rule::Real;

/// A row's method by its form: as a default method of a trait, or as an inherent method whose second operand
/// may be anything that converts into the number.
#[doc(hidden)]
#[macro_export]
macro_rules! method {
    ($place:ident unary $(#[$meta:meta])* $Row:ident $method:ident) => {
        $crate::method! { @item $place [$(#[$meta])*] $method (self) -> Self {
            $crate::Real::fixed::<$crate::rows::$Row, 1>([self])
        } }
    };
    ($place:ident binary $(#[$meta:meta])* $Row:ident $method:ident) => {
        $crate::method! { @item $place [$(#[$meta])*] $method (self, other: impl Into<Self>) -> Self {
            $crate::Real::fixed::<$crate::rows::$Row, 2>([self, other.into()])
        } }
    };
    ($place:ident integer $(#[$meta:meta])* $Row:ident $method:ident) => {
        $crate::method! { @item $place [$(#[$meta])*] $method (self, n: i32) -> Self {
            $crate::Real::fixed::<$crate::rows::$Row, 2>([self, $crate::Real::lit(f64::from(n))])
        } }
    };
    (trait constant $(#[$meta:meta])* $Row:ident $method:ident) => {
        $crate::method! { @item trait [$(#[$meta])*] $method (self, c: f64) -> Self {
            $crate::Real::fixed::<$crate::rows::$Row, 2>([self, $crate::Real::lit(c)])
        } }
    };
    (inherent constant $(#[$meta:meta])* $Row:ident $method:ident) => {
        $crate::method! {
            @item inherent [$(#[$meta])* #[doc = ""] #[doc = "An exponent that is a number makes it `pow`."]]
            $method (self, exponent: impl $crate::Exponent<Self>) -> Self {
                $crate::Exponent::of(exponent, self)
            }
        }
    };
    ($place:ident ternary $(#[$meta:meta])* $Row:ident $method:ident) => {
        $crate::method! {
            @item $place [$(#[$meta])*] $method (self, b: impl Into<Self>, c: impl Into<Self>) -> Self {
                $crate::Real::fixed::<$crate::rows::$Row, 3>([self, b.into(), c.into()])
            }
        }
    };
    ($place:ident slice $(#[$meta:meta])* $Row:ident $method:ident) => {
        $crate::method! { @item $place [$(#[$meta])*] $method (xs: &[Self]) -> Self {
            <Self as $crate::Real>::variadic::<$crate::rows::$Row>(&xs)
        } }
    };
    ($place:ident slices $(#[$meta:meta])* $Row:ident $method:ident) => {
        $crate::method! { @item $place [$(#[$meta])*] $method (a: &[Self], b: &[Self]) -> Self {
            match $crate::__private::Halves::new(a, b) {
                Some(halves) => <Self as $crate::Real>::variadic::<$crate::rows::$Row>(&halves),
                None => $crate::Real::invalid($crate::Invalid::Lengths(a.len(), b.len())),
            }
        } }
    };
    ($place:ident data $(#[$meta:meta])* $Row:ident $method:ident) => {
        $crate::method! { @item $place [$(#[$meta])*] $method (xs: &[Self], data: &[f64]) -> Self {
            match $crate::WithData::new(xs, data) {
                Some(xs) => <Self as $crate::Real>::variadic::<$crate::rows::$Row>(&xs),
                None => $crate::Real::invalid($crate::Invalid::Lengths(xs.len(), data.len())),
            }
        } }
    };
    // Written with an operator (`+`), or reached through `Real` (`select`).
    ($place:ident operator $($rest:tt)*) => {};
    // Reached through the `Sum` and `Product` of iterators, whose names a method would take away.
    ($place:ident iterator $($rest:tt)*) => {};
    (@item trait [$($meta:tt)*] $method:ident ($($args:tt)*) -> Self $body:block) => {
        $($meta)*
        #[inline(always)]
        #[must_use]
        #[track_caller]
        fn $method($($args)*) -> Self $body
    };
    (@item inherent [$($meta:tt)*] $method:ident ($($args:tt)*) -> Self $body:block) => {
        $($meta)*
        #[inline(always)]
        #[must_use]
        #[track_caller]
        pub fn $method($($args)*) -> Self $body
    };
}

/// The rows' names and forms → the methods' trait.
macro_rules! functions {
    ($($(#[$doc:meta])* $form:ident $Row:ident $method:ident $x:tt $body:tt)*) => {
        /// Every row of the table as a method, under `f64`'s own name where it has one.
        ///
        /// Implemented for every [`Real`]; user code reaches it through [`Scalar`](crate::Scalar).
        ///
        /// If the compiler has led you here because a method is ambiguous (E0034), a type parameter has two traits with it,
        /// such as `T: Scalar + Float`. Take one away: [`Scalar`](crate::Scalar) alone is enough for new code, and `Float` of
        /// `num_traits` alone for code that exists. Where both must stay, name the trait: `Functions::sin(x)`.
        pub trait Functions: Real {
            $(method! { trait $form $(#[$doc])* $Row $method })*

            /// `(sin x, cos x)`: two operations, each with the bits of its own.
            #[inline]
            #[must_use]
            #[track_caller]
            fn sin_cos(self) -> (Self, Self) {
                (Functions::sin(self), Functions::cos(self))
            }
        }
        impl<T: Real> Functions for T {}
    };
}

table!(functions);

/// The rows' names and forms → inherent methods of a number type, so that they need no trait in scope.
#[doc(hidden)]
#[macro_export]
macro_rules! inherent_methods {
    ($($(#[$doc:meta])* $form:ident $Row:ident $method:ident $x:tt $body:tt)*) => {
        $($crate::method! { inherent $form $(#[$doc])* $Row $method })*

        /// `(sin x, cos x)`: two operations, each with the bits of its own.
        #[inline]
        #[must_use]
        #[track_caller]
        pub fn sin_cos(self) -> (Self, Self) {
            (self.sin(), self.cos())
        }
    };
}

/// The exponent of [`powf`](crate::Functions::powf) as a method of a number that is no type parameter: a float, which is a
/// constant, or a number, for which it is [`pow`](crate::Functions::pow).
///
/// ```
/// use wengert::gradient;
///
/// let (_, [dx, dn]) = gradient(&[3.0, 2.0], |[x, n]| x.powf(n) + x.powf(2.0))?;
/// assert_eq!((dx, dn), (6.0 + 6.0, 9.0 * 3.0_f64.ln()));
/// # Ok::<(), wengert::GradientError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no exponent of `powf` for numbers of the type `{T}`",
    note = "an exponent is a float (`x.powf(2.0)`) or a number of the same type; of an integer write `x.powi(n)`"
)]
pub trait Exponent<T> {
    /// `x` to this power.
    #[must_use]
    fn of(self, x: T) -> T;
}
