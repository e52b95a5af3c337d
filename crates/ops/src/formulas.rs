//! What stands in the braces of a row, made the [`Rule`] or [`Variadic`] of the row's type: value, partials, and what else is
//! declared. No other file reads it.
//!
//! No operation is named here, and what formulas share is in `kernels.rs`.

use crate::fast::FAR;
use crate::functions::Functions;
use crate::kernels::{self, chosen, cosine, logistic_share, plus_zero, power_slope, within};
use crate::laws::{Declared, Law, Regrouping};
use crate::opcodes::Op;
use crate::operands::Operands;
use crate::rows;
use crate::rule::{Listed, PartialKind, Primitive, Real, Variadic};

/// A rule outside the table: its type, and what the operation is (see the book's chapter *Adding an operation*). Rows of the
/// table become rules by it too.
///
/// `Name "name" (operands) { value } d(operands => result) { [partials] }`; behind it, where wanted, `[kinds]` and
/// `series { … }`, and behind the name `version 2` where the value is another one than it was.
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
    ($(#[$meta:meta])* $vis:vis $Row:ident $name:literal $($formulas:tt)+) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        $vis struct $Row;

        $crate::rule! { @of [None] $Row, $name, $($formulas)+ }
    };
    (@of [$op:expr] $Row:ty, $name:expr, $(version $version:literal)? ($($x:tt),+) { $value:expr }
     d($($p:tt),+ => $y:tt) { $partials:expr } $([$($kind:ident),+])? $(series { $series:expr })?
     $(wide [$wide:expr])? $(fast [$fast:expr])?) => {
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
                $(const WIDE: bool = $wide;)?
                $(const FAST: Option<f64> = Some($fast);)?
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
    (@reads _) => { false };
    (@reads $x:ident) => { true };
    (@kinds [$($x:tt)+] [$($kind:ident),+]) => { [$($crate::PartialKind::$kind),+] };
    (@kinds [$($x:tt)+]) => { [$($crate::rule!(@saved $x)),+] };
    (@saved $x:tt) => { $crate::PartialKind::Saved };
}

/// The braces of a row, by what they hold.
macro_rules! row {
    (@fixed $Row:ident $method:ident $x:tt {
        $value:expr;
        d $binders:tt $partials:expr;
        $(kinds $kinds:tt;)?
        $(series $series:expr;)?
        $(wide [$wide:expr];)?
        $(fast [$fast:expr];)?
        $(laws $laws:tt;)?
        $(regroup $regroup:tt;)?
    }) => {
        $crate::rule! {
            @of [Some(Listed::row(Op::$Row))] rows::$Row, stringify!($method), $x { $value }
            d $binders { $partials } $($kinds)? $(series { $series })? $(wide [$wide])? $(fast [$fast])?
        }
        row! { @declared $Row $(laws $laws)? $(regroup $regroup)? }
    };
    (@any $Row:ident $method:ident ($v:ident) {
        $value:expr;
        partials($x:ident, $y:tt, $scratch:tt, $sink:ident) $partials:block;
        $(straight [$straight:expr];)?
        $(unfolds [$unfolds:expr];)?
        $(fast [$fast:expr];)?
        $(kinds [$kind:ident];)?
        $(laws $laws:tt;)?
        $(regroup $regroup:tt;)?
    }) => {
        impl Variadic for rows::$Row {
            const NAME: &'static str = stringify!($method);
            const OP: Listed<Self> = Listed::row(Op::$Row);
            const READS_OUTPUT: bool = $crate::rule!(@reads $y);
            $(const KIND: PartialKind = PartialKind::$kind;)?
            $(const FAST: bool = $fast;)?
            $(const UNFOLDS: bool = $unfolds;)?
            #[inline]
            fn value<F: Primitive>($v: &impl Operands<F>) -> F {
                $value
            }
            $(const STRAIGHT: bool = $straight;
            #[inline(always)]
            fn straight<T: Real>($v: &impl Operands<T>) -> Option<T> {
                Some($value)
            })?
            #[inline]
            fn partials<T: Real>(
                $x: &impl Operands<T>,
                $y: T,
                $scratch: &mut Vec<T>,
                mut $sink: impl FnMut(usize, T),
            ) $partials
        }
        row! { @declared $Row $(laws $laws)? $(regroup $regroup)? }
    };
    (@declared $Row:ident $(laws $laws:tt)? $(regroup $regroup:tt)?) => {
        impl Declared for rows::$Row {
            $(const LAWS: &'static [Law] = {
                #[allow(unused_imports)]
                use crate::laws::{Arithmetic, Law::*, Then::*};
                &$laws
            };)?
            $(const REGROUPINGS: &'static [Regrouping] = {
                use crate::laws::Regrouping::*;
                &$regroup
            };)?
        }
    };
}

/// All that stands in braces → all rules of the table.
macro_rules! formulas {
    ($($(#[$doc:meta])* $form:ident $Row:ident $method:ident $x:tt $body:tt)*) => { $(
        by_form! { $form
            { row! { @fixed $Row $method $x $body } }
            { row! { @any $Row $method $x $body } }
        }
    )* };
}

table!(formulas);
