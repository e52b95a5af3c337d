//! What a row of the table expands to: a rule type, an opcode, a method, a line of the registry.
//!
//! This is *not* where any operation is defined; no operation is named here.

/// One row → one zero-sized rule type. The table is made of these; a rule outside the table can be written
/// with it too (see the book's chapter *Adding an operation*).
///
/// ```
/// use wengert::{Dual, ops::{Functions, Primitive, Real}, rule};
///
/// rule! {
///     /// The versine, `1 − cos x`.
///     pub Versin "versin" (x) { F::of(1.0) - x.cos() } d(x => _) { [x.sin()] }
/// }
/// let y = Dual::fixed::<Versin, 1>([Dual::<f64>::variable(0.5)]);
/// assert_eq!(y.value, 1.0 - 0.5_f64.cos());
/// assert_eq!(y.tangent[0], 0.5_f64.sin());
/// ```
#[macro_export]
macro_rules! rule {
    ($(#[$meta:meta])* $vis:vis $Row:ident $name:literal $(version $version:literal)? ($($x:tt),+) { $value:expr }
     d($($p:tt),+ => $y:tt) { $partials:expr } $([$($kind:ident),+])? $(series { $series:expr })?) => {
        $crate::rule! {
            @impl [None] $(#[$meta])* $vis $Row ($name) $(version $version)? ($($x),+) { $value }
            d($($p),+ => $y) { $partials } $([$($kind),+])? $(series { $series })?
        }
    };
    (@impl [$op:expr] $(#[$meta:meta])* $vis:vis $Row:ident $name:tt $(version $version:literal)? ($($x:tt),+) { $value:expr }
     d($($p:tt),+ => $y:tt) { $partials:expr } $([$($kind:ident),+])? $(series { $series:expr })?) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        $vis struct $Row;

        #[allow(unused_imports)]
        const _: () = {
        use $crate::Functions as _;
        impl $crate::Rule<{ $crate::rule!(@count $($x)+) }> for $Row {
            const NAME: &'static str = $name;
            $(const VERSION: u32 = $version;)?
            const OP: Option<$crate::Listed<Self>> = $op;
            const KINDS: [$crate::PartialKind; { $crate::rule!(@count $($x)+) }] =
                $crate::rule!(@kinds [$($x)+] $([$($kind),+])?);
            const READS: $crate::Reads<{ $crate::rule!(@count $($x)+) }> = $crate::Reads {
                operands: [$($crate::rule!(@reads $p)),+],
                output: $crate::rule!(@reads $y),
            };
            #[inline(always)]
            fn value<F: $crate::Primitive>([$($x),+]: [F; { $crate::rule!(@count $($x)+) }]) -> F {
                $value
            }
            #[inline(always)]
            #[allow(unused_variables)]
            fn partials<T: $crate::Real>(
                [$($p),+]: [T; { $crate::rule!(@count $($x)+) }],
                $y: T,
            ) -> [T; { $crate::rule!(@count $($x)+) }] {
                $partials
            }
            #[inline(always)]
            #[allow(unused_variables)]
            fn series<T: $crate::Real>(operands: [T; { $crate::rule!(@count $($x)+) }]) -> Option<T> {
                $crate::rule!(@series operands [$($x),+] $($series)?)
            }
        }
        };
    };
    (@series $operands:ident [$($x:tt),+]) => { None };
    (@series $operands:ident [$($x:tt),+] $series:expr) => { {
        let [$($x),+] = $operands;
        Some($series)
    } };
    (@count) => { 0 };
    (@count $head:tt $($tail:tt)*) => { 1 + $crate::rule!(@count $($tail)*) };
    (@halves slices) => { true };
    (@halves $form:ident) => { false };
    (@data data) => { true };
    (@data $form:ident) => { false };
    (@second integer) => { $crate::Second::Integer };
    (@second constant) => { $crate::Second::Constant };
    (@second $form:ident) => { $crate::Second::Variable };
    (@reads _) => { false };
    (@reads $x:ident) => { true };
    (@kinds [$($x:tt)+] [$($kind:ident),+]) => { [$($crate::PartialKind::$kind),+] };
    (@kinds [$($x:tt)+]) => { [$($crate::rule!(@saved $x)),+] };
    (@saved $x:tt) => { $crate::PartialKind::Saved };
}

/// The whole table → the opcodes, the rule types, the one `match`, the registry and the methods' trait.
macro_rules! expand {
    (
        fixed { $(
            $(#[$meta:meta])*
            $form:ident $Row:ident $method:ident ($($x:tt),+) { $value:expr }
            d($($p:tt),+ => $y:tt) { $partials:expr } $([$($kind:ident),+])?
            $(series { $series:expr })? $(laws [$($law:tt)*])? $(regroup [$($regroup:tt)*])? ;
        )* }
        variadic { $(
            $(#[$vmeta:meta])*
            $vform:ident $VRow:ident $vmethod:ident
            value($vx:ident) { $vvalue:expr }
            partials($px:ident, $py:tt, $scratch:tt, $sink:ident) { $($vpartials:tt)* } $([$vkind:ident])?
            $(laws [$($vlaw:tt)*])? $(regroup [$($vregroup:tt)*])? ;
        )* }
    ) => {
        /// The opcode of a node: one byte.
        ///
        /// ```
        /// use wengert::ops::Op;
        /// assert_eq!(Op::from_name("mul").unwrap().info().arity, Some(2));
        /// assert_eq!(std::mem::size_of::<Op>(), 1);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Op {
            /// A leaf: an input of the recording.
            Input,
            /// A leaf that is not differentiated: a parameter of the recording.
            Parameter,
            $($(#[$meta])* $Row,)*
            $($(#[$vmeta])* $VRow,)*
            /// A call: of a program, or of a user's own operation. Its values are the results behind it.
            Foreign,
            /// A result of a call: the call, and which of its results.
            Result,
        }

        /// One zero-sized rule type for each row of the table.
        pub mod rows {
            use super::*;
            $($crate::rule! {
                @impl [Some($crate::Listed::row(Op::$Row))] $(#[$meta])* pub $Row (stringify!($method)) ($($x),+) { $value }
                d($($p),+ => $y) { $partials } $([$($kind),+])? $(series { $series })?
            })*
            $(
                $(#[$vmeta])*
                #[derive(Clone, Copy, Debug)]
                pub struct $VRow;
                impl Variadic for $VRow {
                    const NAME: &'static str = stringify!($vmethod);
                    const OP: $crate::Listed<Self> = $crate::Listed::row(Op::$VRow);
                    const READS_OUTPUT: bool = $crate::rule!(@reads $py);
                    $(const KIND: PartialKind = PartialKind::$vkind;)?
                    #[inline]
                    fn value<F: Primitive>($vx: &impl Operands<F>) -> F {
                        $vvalue
                    }
                    #[inline]
                    fn partials<T: Real>(
                        $px: &impl Operands<T>,
                        $py: T,
                        $scratch: &mut Vec<T>,
                        mut $sink: impl FnMut(usize, T),
                    ) {
                        $($vpartials)*
                    }
                }
            )*
        }

        impl Op {
            /// Every opcode, in order of its byte.
            pub const ALL: &[Op] = &[Op::Input, Op::Parameter, $(Op::$Row,)* $(Op::$VRow,)* Op::Foreign, Op::Result];

            /// What [`Op::info`] tabulates, for tables made while compiling.
            #[must_use]
            pub const fn describe(self) -> Info {
                use $crate::laws::{Law::*, Regrouping::*, Then::*};
                const fn kind<R: Rule<A>, const A: usize>(k: usize) -> PartialKind {
                    if k < A { R::KINDS[k] } else { PartialKind::Zero }
                }
                const fn fixed<R: Rule<A>, const A: usize>(second: Second) -> Info {
                    let kinds = [kind::<R, A>(0), kind::<R, A>(1), kind::<R, A>(2)];
                    Info { arity: Some(A as u8), kinds, second, ..plain(R::NAME) }
                }
                const fn plain(name: &'static str) -> Info {
                    Info {
                        name,
                        arity: None,
                        kinds: [PartialKind::Saved; 3],
                        second: Second::Variable,
                        halves: false,
                        data: false,
                        laws: &[],
                        regroupings: &[],
                    }
                }
                const fn leaf(name: &'static str) -> Info {
                    Info { arity: Some(0), kinds: [PartialKind::Zero; 3], ..plain(name) }
                }
                match self {
                    Op::Input => leaf("input"),
                    Op::Parameter => leaf("parameter"),
                    $(Op::$Row => Info {
                        $(laws: &[$($law)*],)?
                        $(regroupings: &[$($regroup)*],)?
                        ..fixed::<rows::$Row, { $crate::rule!(@count $($x)+) }>($crate::rule!(@second $form))
                    },)*
                    $(Op::$VRow => Info {
                        kinds: [<rows::$VRow as Variadic>::KIND; 3],
                        halves: $crate::rule!(@halves $vform),
                        data: $crate::rule!(@data $vform),
                        $(laws: &[$($vlaw)*],)?
                        $(regroupings: &[$($vregroup)*],)?
                        ..plain(<rows::$VRow as Variadic>::NAME)
                    },)*
                    Op::Foreign => plain("call"),
                    Op::Result => Info {
                        arity: Some(2),
                        kinds: [PartialKind::Zero; 3],
                        second: Second::Integer,
                        ..plain("result")
                    },
                }
            }

            /// Hands the operation's rule to a visitor: the only `match` on operations in the project.
            #[inline(always)]
            pub fn visit<V: Visitor>(self, visitor: V) -> V::Output {
                match self {
                    Op::Input | Op::Parameter => visitor.input(),
                    $(Op::$Row => visitor.fixed::<rows::$Row, { $crate::rule!(@count $($x)+) }>(),)*
                    $(Op::$VRow => visitor.variadic::<rows::$VRow>(),)*
                    Op::Foreign | Op::Result => visitor.foreign(),
                }
            }
        }

        /// Every row of the table as a method, under `f64`'s own name where it has one.
        ///
        /// Implemented for every [`Real`]; user code reaches it through [`Scalar`](crate::Scalar).
        ///
        /// If the compiler has led you here because a method is ambiguous (E0034), a type parameter has two traits with it, such as
        /// `T: Scalar + Float`. Take one away: [`Scalar`](crate::Scalar) alone is enough for new code, and `Float` of `num_traits`
        /// alone for code that exists. Where both must stay, name the trait: `Functions::sin(x)`.
        pub trait Functions: Real {
            $(method! { trait $form $(#[$meta])* $Row $method })*
            $(method! { trait $vform $(#[$vmeta])* $VRow $vmethod })*

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
    (trait binary $(#[$meta:meta])* $Row:ident $method:ident) => {
        $crate::method! { @item trait [$(#[$meta])*] $method (self, other: impl Into<Self>) -> Self {
            $crate::Real::fixed::<$crate::rows::$Row, 2>([self, other.into()])
        } }
    };
    (inherent binary $(#[$meta:meta])* $Row:ident $method:ident) => {
        $crate::method! { @item inherent [$(#[$meta])*] $method (self, other: impl Into<Self>) -> Self {
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
    (trait ternary $(#[$meta:meta])* $Row:ident $method:ident) => {
        $crate::method! {
            @item trait [$(#[$meta])*] $method (self, b: impl Into<Self>, c: impl Into<Self>) -> Self {
                $crate::Real::fixed::<$crate::rows::$Row, 3>([self, b.into(), c.into()])
            }
        }
    };
    (inherent ternary $(#[$meta:meta])* $Row:ident $method:ident) => {
        $crate::method! {
            @item inherent [$(#[$meta])*] $method (self, b: impl Into<Self>, c: impl Into<Self>) -> Self {
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

/// The whole table → inherent methods of a number type, so that they need no trait in scope.
#[doc(hidden)]
#[macro_export]
macro_rules! inherent_methods {
    (
        fixed { $(
            $(#[$meta:meta])*
            $form:ident $Row:ident $method:ident ($($x:tt),+) { $value:expr }
            d($($p:tt),+ => $y:tt) { $partials:expr } $([$($kind:ident),+])?
            $(series { $series:expr })? $(laws [$($law:tt)*])? $(regroup [$($regroup:tt)*])? ;
        )* }
        variadic { $(
            $(#[$vmeta:meta])*
            $vform:ident $VRow:ident $vmethod:ident
            value($vx:ident) { $vvalue:expr }
            partials($($px:tt),*) { $($vpartials:tt)* } $([$vkind:ident])?
            $(laws [$($vlaw:tt)*])? $(regroup [$($vregroup:tt)*])? ;
        )* }
    ) => {
        $($crate::method! { inherent $form $(#[$meta])* $Row $method })*
        $($crate::method! { inherent $vform $(#[$vmeta])* $VRow $vmethod })*

        /// `(sin x, cos x)`: two operations, each with the bits of its own.
        #[inline]
        #[must_use]
        #[track_caller]
        pub fn sin_cos(self) -> (Self, Self) {
            (self.sin(), self.cos())
        }
    };
}
