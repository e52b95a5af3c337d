//! A number that counts the elementary operations done with it, on its thread: for bounds that are stated as
//! counts.

use std::cell::Cell;
use std::ops::{Add, Div, Mul, Neg, Sub};

use wengert::ops::{Operands, Real, Rule, Shortcuts, Variadic, rows};

use crate::program::Placed;

thread_local! {
    static OPERATIONS: Cell<u64> = const { Cell::new(0) };
}

/// An `f64` whose operations are counted.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Counted(pub f64);

/// Runs `f` and gives its result and how many operations it did.
pub fn count<R>(f: impl FnOnce() -> R) -> (R, u64) {
    let before = OPERATIONS.get();
    let result = f();
    (result, OPERATIONS.get() - before)
}

impl Shortcuts for Counted {}

impl Real for Counted {
    fn lit(x: f64) -> Self {
        Self(x)
    }
    fn fixed<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self {
        OPERATIONS.set(OPERATIONS.get() + 1);
        Self(R::value(x.map(|x| x.0)))
    }
    fn variadic<R: Variadic>(x: &impl Operands<Self>) -> Self {
        OPERATIONS.set(OPERATIONS.get() + x.len() as u64);
        let values: Vec<f64> = (0..x.len()).map(|k| x.get(k).0).collect();
        Self(R::value(&Placed(&values, x.data())))
    }
    fn primal(self) -> f64 {
        self.0
    }
    fn map_parts(self, value: impl Fn(f64) -> f64 + Copy, _part: impl Fn(f64) -> f64 + Copy) -> Self {
        Self(value(self.0))
    }
    fn select(condition: Self, a: Self, b: Self) -> Self {
        if condition.0 == 0.0 { b } else { a }
    }
    fn pull(g: Self, p: Self) -> Self {
        OPERATIONS.set(OPERATIONS.get() + 1);
        Self(f64::pull(g.0, p.0))
    }
}

impl Add for Counted {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::fixed::<rows::Add, 2>([self, other])
    }
}

impl Sub for Counted {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::fixed::<rows::Sub, 2>([self, other])
    }
}

impl Mul for Counted {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::fixed::<rows::Mul, 2>([self, other])
    }
}

impl Div for Counted {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        Self::fixed::<rows::Div, 2>([self, other])
    }
}

impl Neg for Counted {
    type Output = Self;
    fn neg(self) -> Self {
        Self::fixed::<rows::Neg, 1>([self])
    }
}
