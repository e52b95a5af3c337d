//! A recording number whose operations are calls.
//!
//! [`Var`] is made to be inlined where a user writes an operation. A sweep has every row's rule in it: with every
//! operation of every rule inlined it would be megabytes of code, compiled for minutes, to record what takes no time.

use wengert_ops::{Invalid, Operands, Real, Rule, Variadic, WithData};

use crate::session;
use crate::var::Var;

/// What a sweep that is recorded computes with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recorded(pub(crate) Var);

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
        Self(session::fixed_apart::<R, A>(variables))
    }
    #[inline(never)]
    fn variadic<R: Variadic>(x: &impl Operands<Self>) -> Self {
        let variables: Vec<Var> = (0..x.len()).map(|k| x.get(k).0).collect();
        Self(match WithData::new(&variables, x.data()) {
            Some(x) if R::OP.op().info().data => Var::variadic::<R>(&x),
            _ => Var::variadic::<R>(&variables.as_slice()),
        })
    }
    #[inline(never)]
    fn select(condition: Self, a: Self, b: Self) -> Self {
        Self(<Var as Real>::select(condition.0, a.0, b.0))
    }
    #[inline(never)]
    fn pull(g: Self, p: Self) -> Self {
        Self(Var::pull(g.0, p.0))
    }
    #[inline(never)]
    fn accumulate(sum: Self, contribution: Self) -> Self {
        Self(Var::accumulate(sum.0, contribution.0))
    }
    fn primal(self) -> f64 {
        self.0.primal()
    }
    fn map_parts(self, value: impl Fn(f64) -> f64 + Copy, part: impl Fn(f64) -> f64 + Copy) -> Self {
        Self(self.0.map_parts(value, part))
    }
    fn invalid(why: Invalid) -> Self {
        Self(Var::invalid(why))
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
