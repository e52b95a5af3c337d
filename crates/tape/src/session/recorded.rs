//! What sweeps that are recorded compute with: [`Recorded`], whose operations are calls of functions; and the two operations that
//! sweeps add to those of the table.

use core::cell::Cell;
use core::panic::Location;

use wengert_ops::{Invalid, Operands, Real, Rule, Shortcuts, Variadic, WithData, rows};

use super::events::{invalid, read};
use super::many::variadic;
use super::rows::{fixed, fixed_apart};
use crate::var::{Recorded, Var};

/// The product of an adjoint and a partial, 0 as soon as either is a constant 0. Constants are what they are at every input; a
/// value that happens to be 0 here may not be elsewhere.
#[track_caller]
pub(crate) fn pull(g: Var, p: Var) -> Var {
    let is = |x: Var, c: f64| x.is_constant() && x.plain() == c;
    if is(g, 0.0) || is(p, 0.0) {
        Var::constant(0.0)
    } else if is(p, 1.0) {
        g
    } else if is(g, 1.0) {
        p
    } else if is(p, -1.0) {
        (-Recorded(g)).0
    } else {
        fixed::<rows::Pull, 2>([g, p])
    }
}

/// The sum of an adjoint with a contribution.
#[track_caller]
pub(crate) fn accumulate(sum: Var, contribution: Var) -> Var {
    let is_zero = |x: Var| x.is_constant() && x.plain() == 0.0;
    if is_zero(sum) {
        contribution
    } else if is_zero(contribution) {
        sum
    } else {
        (Recorded(sum) + Recorded(contribution)).0
    }
}

thread_local! {
    /// Whether rows are written out.
    static UNFOLDS: Cell<bool> = const { Cell::new(false) };
}

/// Does something in which [`Recorded`] numbers record rows that [unfold](Variadic::UNFOLDS) by their formulas.
pub fn unfolded<R>(f: impl FnOnce() -> R) -> R {
    struct Reset(bool);
    impl Drop for Reset {
        fn drop(&mut self) {
            UNFOLDS.set(self.0);
        }
    }
    let _reset = Reset(UNFOLDS.replace(true));
    f()
}

impl Shortcuts for Recorded {
    #[inline(never)]
    fn accumulate(sum: Self, contribution: Self) -> Self {
        Self(accumulate(sum.0, contribution.0))
    }
}

impl Real for Recorded {
    fn lit(x: f64) -> Self {
        Self(Var::constant(x))
    }
    #[inline(never)]
    fn fixed<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self {
        let mut variables = [x[0].0; A];
        for (variable, x) in variables.iter_mut().zip(x) {
            *variable = x.0;
        }
        Self(fixed_apart::<R, A>(variables))
    }
    #[inline(never)]
    fn variadic<R: Variadic>(x: &impl Operands<Self>) -> Self {
        if const { R::UNFOLDS }
            && UNFOLDS.get()
            && let Some(y) = R::straight(x)
        {
            return y;
        }
        let variables: Vec<Var> = (0..x.len()).map(|k| x.get(k).0).collect();
        Self(match WithData::new(&variables, x.data()) {
            Some(x) if R::OP.op().info().data => variadic::<R>(&x),
            _ => variadic::<R>(&variables.as_slice()),
        })
    }
    #[inline(never)]
    fn select(condition: Self, a: Self, b: Self) -> Self {
        Self(fixed::<rows::Select, 3>([condition.0, a.0, b.0]))
    }
    #[inline(never)]
    fn pull(g: Self, p: Self) -> Self {
        Self(pull(g.0, p.0))
    }
    /// A read, as [`Var::value`].
    #[track_caller]
    fn primal(self) -> f64 {
        if !self.0.is_constant() {
            read(self.0, Location::caller());
        }
        self.0.plain()
    }
    #[track_caller]
    fn map_parts(self, value: impl Fn(f64) -> f64 + Copy, _part: impl Fn(f64) -> f64 + Copy) -> Self {
        Self(Var::constant(value(self.primal())))
    }
    #[track_caller]
    fn invalid(why: Invalid) -> Self {
        Self(invalid(why, Location::caller()))
    }
}

impl Recorded {
    fn with_constant<R: Rule<2>>(self, c: f64) -> Self {
        Self::fixed::<R, 2>([self, Self::lit(c)])
    }
    fn of_constant<R: Rule<2>>(c: f64, x: Self) -> Self {
        Self::fixed::<R, 2>([Self::lit(c), x])
    }
    fn gather<R: Variadic>(iter: impl Iterator<Item = Self>) -> Self {
        Self::variadic::<R>(&iter.collect::<Vec<_>>().as_slice())
    }
}

wengert_ops::operators! { [] Recorded }
