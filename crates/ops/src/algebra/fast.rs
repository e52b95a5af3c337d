//! A float whose exponentials, logarithms and trigonometric functions are made for several lanes at once: a rule read here is
//! its value by those. All else is the float's own.

use core::iter::{Product, Sum};
use core::num::FpCategory;
use core::ops::{Add, Div, Mul, Neg, Rem, Sub};

use num_traits::{Float, FloatConst, Num, NumCast, One, ToPrimitive, Zero};

use crate::fast;
use crate::operands::Operands;
use crate::rule::{Primitive, Real, Rule, Shortcuts, Variadic};

/// A float with fast functions: bits that are the same on every machine, a little further from the exact values than the standard
/// library's.
///
/// ```
/// use wengert::ops::{Fast, Rule, rows};
///
/// let [exact, fast] = [rows::Exp::value([0.3_f64]), rows::Exp::value([Fast(0.3)]).0];
/// assert!((exact - fast).abs() <= f64::EPSILON);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
#[repr(transparent)]
pub struct Fast<F>(pub F);

macro_rules! methods {
    (
        own $($name:ident)*; wide $($fast:ident)*; two $($two:ident)*; three $($three:ident)*;
        is $($is:ident)*; constant $($constant:ident)*;
    ) => {
        impl<F: Primitive> Float for Fast<F> {
            $(#[inline(always)]
            fn $name(self) -> Self {
                Self(Float::$name(self.0))
            })*
            $(#[inline(always)]
            fn $fast(self) -> Self {
                Self(fast::$fast(self.0))
            })*
            $(#[inline(always)]
            fn $two(self, other: Self) -> Self {
                Self(Float::$two(self.0, other.0))
            })*
            $(#[inline(always)]
            fn $three(self, a: Self, b: Self) -> Self {
                Self(Float::$three(self.0, a.0, b.0))
            })*
            $(#[inline(always)]
            fn $is(self) -> bool {
                Float::$is(self.0)
            })*
            $(#[inline(always)]
            fn $constant() -> Self {
                Self(<F as Float>::$constant())
            })*
            fn classify(self) -> FpCategory {
                self.0.classify()
            }
            fn powi(self, n: i32) -> Self {
                Self(Float::powi(self.0, n))
            }
            fn sin_cos(self) -> (Self, Self) {
                (Float::sin(self), Float::cos(self))
            }
            fn integer_decode(self) -> (u64, i16, i8) {
                self.0.integer_decode()
            }
        }
    };
}
methods! {
    own floor ceil round trunc fract abs signum recip sqrt cbrt asinh acosh atanh;
    wide exp exp2 exp_m1 ln log2 log10 ln_1p sin cos tan asin acos atan sinh cosh tanh;
    two powf log max min abs_sub hypot atan2 copysign;
    three mul_add;
    is is_nan is_infinite is_finite is_normal is_sign_positive is_sign_negative;
    constant nan infinity neg_infinity neg_zero min_value min_positive_value max_value epsilon;
}

macro_rules! operators {
    ($($Op:ident $op:ident)*) => { $(
        impl<F: Primitive> $Op for Fast<F> {
            type Output = Self;
            #[inline(always)]
            fn $op(self, other: Self) -> Self {
                Self($Op::$op(self.0, other.0))
            }
        }
    )* };
}
operators! { Add add Sub sub Mul mul Div div Rem rem }

impl<F: Primitive> Neg for Fast<F> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl<F: Primitive> Zero for Fast<F> {
    #[inline(always)]
    fn zero() -> Self {
        Self(F::zero())
    }
    #[inline(always)]
    fn is_zero(&self) -> bool {
        self.0.is_zero()
    }
}

impl<F: Primitive> One for Fast<F> {
    #[inline(always)]
    fn one() -> Self {
        Self(F::one())
    }
}

impl<F: Primitive> Num for Fast<F> {
    type FromStrRadixErr = F::FromStrRadixErr;
    fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
        F::from_str_radix(text, radix).map(Self)
    }
}

impl<F: Primitive> ToPrimitive for Fast<F> {
    fn to_i64(&self) -> Option<i64> {
        self.0.to_i64()
    }
    fn to_u64(&self) -> Option<u64> {
        self.0.to_u64()
    }
    fn to_f64(&self) -> Option<f64> {
        self.0.to_f64()
    }
}

impl<F: Primitive> NumCast for Fast<F> {
    fn from<T: ToPrimitive>(x: T) -> Option<Self> {
        <F as NumCast>::from(x).map(Self)
    }
}

macro_rules! constants {
    ($($name:ident)*) => {
        #[allow(non_snake_case)] // the trait's names
        impl<F: Primitive> FloatConst for Fast<F> {
            $(#[inline(always)]
            fn $name() -> Self {
                Self(F::$name())
            })*
        }
    };
}
constants! {
    E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8 LN_10 LN_2 LOG10_E LOG2_E
    PI SQRT_2
}

impl<F: Primitive> Sum for Fast<F> {
    fn sum<I: Iterator<Item = Self>>(x: I) -> Self {
        Self(x.map(|x| x.0).sum())
    }
}

impl<F: Primitive> Product for Fast<F> {
    fn product<I: Iterator<Item = Self>>(x: I) -> Self {
        Self(x.map(|x| x.0).product())
    }
}

impl<F: Primitive> Shortcuts for Fast<F> {
    const ORDER: usize = 0;
}

impl<F: Primitive> Real for Fast<F> {
    #[inline(always)]
    fn lit(x: f64) -> Self {
        Self(F::lit(x))
    }
    #[inline(always)]
    fn fixed<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self {
        R::value(x)
    }
    #[inline(always)]
    fn variadic<R: Variadic>(x: &impl Operands<Self>) -> Self {
        R::value(x)
    }
    #[inline(always)]
    fn select(condition: Self, a: Self, b: Self) -> Self {
        Self(F::select(condition.0, a.0, b.0))
    }
    #[inline(always)]
    fn pull(g: Self, p: Self) -> Self {
        Self(F::pull(g.0, p.0))
    }
    fn primal(self) -> f64 {
        self.0.primal()
    }
    fn map_parts(self, value: impl Fn(f64) -> f64 + Copy, part: impl Fn(f64) -> f64 + Copy) -> Self {
        Self(self.0.map_parts(value, part))
    }
}

impl<F: Primitive> Primitive for Fast<F> {
    #[inline(always)]
    fn of(x: f64) -> Self {
        Self(F::of(x))
    }
    #[inline(always)]
    fn wide(self) -> f64 {
        self.0.wide()
    }
    #[inline(always)]
    fn erf_value(self) -> Self {
        Self(fast::erf(self.0))
    }
    #[inline(always)]
    fn erfc_value(self) -> Self {
        Self(fast::erfc(self.0))
    }
    fn ln_gamma_value(self) -> Self {
        Self(self.0.ln_gamma_value())
    }
}
