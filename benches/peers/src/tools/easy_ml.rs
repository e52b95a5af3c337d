//! easy-ml: a list that is kept and cleared. Inputs borrow it, so their vector is a new one each time, as is the
//! derivatives'.

use std::marker::PhantomData;

use ::easy_ml::differentiation::record_operations::SwappedOperations;
use ::easy_ml::differentiation::{Record, WengertList};
use ::easy_ml::numeric::extra::{Exp, Ln, Sin, Sqrt};
use wengert_benches::{Arithmetic, Problem};

use super::{chained_weights, same_names};
use crate::tool::{Absent, Run, Tool};

pub(super) struct EasyMl;

impl Tool for EasyMl {
    const NAME: &'static str = "easy-ml";

    fn prepare<P: Problem>(problem: &P) -> Result<Box<dyn Run + '_>, Absent> {
        Ok(Box::new(Recorded { problem, list: WengertList::new() }))
    }
}

struct Recorded<'p, P> {
    problem: &'p P,
    list: WengertList<f64>,
}

impl<P: Problem> Run for Recorded<'_, P> {
    fn gradient(&mut self, into: &mut [f64]) -> f64 {
        let Self { problem, list } = self;
        list.clear();
        let inputs: Vec<_> = problem.point().iter().map(|x| list.variable(*x)).collect();
        let output = problem.eval::<Numbers<'_>>(&inputs);
        let derivatives = output.derivatives();
        for (slot, input) in into.iter_mut().zip(&inputs) {
            *slot = derivatives[input];
        }
        output.number
    }
}

struct Numbers<'a>(PhantomData<&'a WengertList<f64>>);

impl<'a> Arithmetic for Numbers<'a> {
    type Number = Record<'a, f64>;

    chained_weights!();
    same_names!(exp ln sqrt sin);

    #[inline]
    fn value(x: Record<'a, f64>) -> f64 {
        x.number
    }
    #[inline]
    fn recip(x: Record<'a, f64>) -> Record<'a, f64> {
        x.div_swapped(1.0)
    }
    /// It has none, and the result of a function that it does not have may not outlive its operand:
    /// `tanh x = 1 − 2/(e²ˣ + 1)`.
    #[inline]
    fn tanh(x: Record<'a, f64>) -> Record<'a, f64> {
        ((x * 2.0).exp() + 1.0).div_swapped(2.0).sub_swapped(1.0)
    }
    #[inline]
    fn max_with(x: Record<'a, f64>, c: f64) -> Record<'a, f64> {
        if x.number >= c { x } else { Record::constant(c) }
    }
}
