//! Lanes: several floats side by side, of which each goes its own way. A rule read here is its value in each lane.
//!
//! Nothing is compared and nothing branches, so that the compiler takes several lanes with one instruction; each lane has the
//! bits of the rule read at the float alone. There is *no* code for any instruction set here: which there is, is for the caller
//! to know, into whose functions all of this is inlined.

use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::operands::Operands;
use crate::rows;
use crate::rule::{Primitive, Real, Rule, Shortcuts, Variadic};

/// `N` floats side by side.
///
/// ```
/// use wengert::ops::{Functions, Lanes};
///
/// let x = Lanes([1.0, 4.0, 9.0, 16.0]);
/// assert_eq!((x.sqrt() + x).0, [2.0, 6.0, 12.0, 20.0]);
/// ```
///
/// Aligned to 64 bytes, so that eight `f64` or sixteen `f32` are one line of the cache and at most one register.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub struct Lanes<F, const N: usize>(pub [F; N]);

impl<F: Copy, const N: usize> Lanes<F, N> {
    /// The same number in all lanes.
    #[inline(always)]
    #[must_use]
    pub fn splat(x: F) -> Self {
        Self([x; N])
    }

    /// What a function makes of each lane, by its number.
    #[inline(always)]
    fn each(mut f: impl FnMut(usize) -> F) -> Self {
        let mut all = [f(0); N];
        let mut lane = 1;
        while lane < N {
            all[lane] = f(lane);
            lane += 1;
        }
        Self(all)
    }
}

/// One lane of operands.
struct Lane<'a, X, const N: usize> {
    whole: &'a X,
    lane: usize,
}

impl<F: Primitive, const N: usize, X: Operands<Lanes<F, N>>> Operands<F> for Lane<'_, X, N> {
    #[inline]
    fn len(&self) -> usize {
        self.whole.len()
    }
    #[inline]
    fn get(&self, k: usize) -> F {
        self.whole.get(k).0[self.lane]
    }
    #[inline]
    fn data(&self) -> &[f64] {
        self.whole.data()
    }
}

impl<F: Primitive, const N: usize> Real for Lanes<F, N> {
    #[inline(always)]
    fn lit(x: f64) -> Self {
        Self::splat(F::of(x))
    }

    #[inline(always)]
    fn fixed<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self {
        // No closure: one that is called twice may not be inlined into the function that has the instructions.
        let (mut all, mut lane) = (x[0].0, 0);
        while lane < N {
            let (mut operands, mut k) = ([x[0].0[lane]; A], 1);
            while k < A {
                operands[k] = x[k].0[lane];
                k += 1;
            }
            all[lane] = R::value(operands);
            lane += 1;
        }
        Self(all)
    }

    #[inline(always)]
    fn variadic<R: Variadic>(x: &impl Operands<Self>) -> Self {
        match R::straight(x) {
            Some(y) => y,
            None => Self::each(|lane| R::value(&Lane::<_, N> { whole: x, lane })),
        }
    }

    #[inline(always)]
    fn select(condition: Self, a: Self, b: Self) -> Self {
        Self::each(|lane| F::select(condition.0[lane], a.0[lane], b.0[lane]))
    }

    #[inline(always)]
    fn pull(g: Self, p: Self) -> Self {
        Self::each(|lane| F::pull(g.0[lane], p.0[lane]))
    }

    /// The value that all lanes have; NaN where they differ.
    fn primal(self) -> f64 {
        let [first, rest @ ..] = &self.0[..] else { return f64::NAN };
        if rest.iter().all(|x| x == first) { first.wide() } else { f64::NAN }
    }

    fn map_parts(self, value: impl Fn(f64) -> f64 + Copy, part: impl Fn(f64) -> f64 + Copy) -> Self {
        Self(self.0.map(|x| x.map_parts(value, part)))
    }
}

impl<F: Primitive, const N: usize> Shortcuts for Lanes<F, N> {
    const ORDER: usize = 0;
}

macro_rules! operators_of_lanes {
    ($($Op:ident $op:ident)*) => { $(
        impl<F: Primitive, const N: usize> $Op for Lanes<F, N> {
            type Output = Self;
            #[inline(always)]
            fn $op(self, other: Self) -> Self {
                Self::fixed::<rows::$Op, 2>([self, other])
            }
        }
    )* };
}
operators_of_lanes! { Add add Sub sub Mul mul Div div }

impl<F: Primitive, const N: usize> Neg for Lanes<F, N> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self::fixed::<rows::Neg, 1>([self])
    }
}
