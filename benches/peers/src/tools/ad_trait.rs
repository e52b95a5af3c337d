//! `ad_trait`: its graph is the thread's, kept and reset; the vector of adjoints is a new one each time.

use std::ops::{Add, Div, Mul, Sub};

use ::ad_trait::AD;
use ::ad_trait::reverse_ad::adr::{GlobalComputationGraph, adr};
use simba::scalar::{ComplexField, RealField};
use wengert_benches::{Arithmetic, Problem};

use super::chained_weights;
use crate::tool::{Absent, Run, Tool};

pub(super) struct AdTrait;

impl Tool for AdTrait {
    const NAME: &'static str = "ad_trait";

    fn prepare<P: Problem>(problem: &P) -> Result<Box<dyn Run + '_>, Absent> {
        Ok(Box::new(Recorded { problem, inputs: Vec::new() }))
    }
}

struct Recorded<'p, P> {
    problem: &'p P,
    inputs: Vec<Number>,
}

impl<P: Problem> Run for Recorded<'_, P> {
    fn gradient(&mut self, into: &mut [f64]) -> f64 {
        let Self { problem, inputs } = self;
        GlobalComputationGraph::get().reset();
        inputs.clear();
        inputs.extend(problem.point().iter().map(|x| Number(adr::new_variable(*x, false))));
        let output = problem.eval::<Numbers>(inputs).0;
        let adjoints = output.get_backwards_mode_grad();
        for (slot, input) in into.iter_mut().zip(inputs) {
            *slot = adjoints.wrt(&input.0);
        }
        output.value()
    }
}

/// Its number, which has no operators with a plain float.
#[derive(Clone, Copy)]
struct Number(adr);

macro_rules! operators {
    ($($Op:ident $op:ident)+) => {
        $(
            impl $Op for Number {
                type Output = Self;
                #[inline]
                fn $op(self, other: Self) -> Self {
                    Self(self.0.$op(other.0))
                }
            }
            impl $Op<f64> for Number {
                type Output = Self;
                #[inline]
                fn $op(self, other: f64) -> Self {
                    Self(self.0.$op(adr::constant(other)))
                }
            }
        )+
    };
}
operators! { Add add Sub sub Mul mul Div div }

struct Numbers;

impl Arithmetic for Numbers {
    type Number = Number;

    chained_weights!();

    #[inline]
    fn value(x: Number) -> f64 {
        x.0.value()
    }
    #[inline]
    fn recip(x: Number) -> Number {
        Number(ComplexField::recip(x.0))
    }
    #[inline]
    fn exp(x: Number) -> Number {
        Number(ComplexField::exp(x.0))
    }
    #[inline]
    fn ln(x: Number) -> Number {
        Number(ComplexField::ln(x.0))
    }
    #[inline]
    fn sqrt(x: Number) -> Number {
        Number(ComplexField::sqrt(x.0))
    }
    #[inline]
    fn sin(x: Number) -> Number {
        Number(ComplexField::sin(x.0))
    }
    #[inline]
    fn tanh(x: Number) -> Number {
        Number(ComplexField::tanh(x.0))
    }
    #[inline]
    fn max(x: Number, y: Number) -> Number {
        Number(RealField::max(x.0, y.0))
    }
    #[inline]
    fn max_with(x: Number, c: f64) -> Number {
        Number(RealField::max(x.0, adr::constant(c)))
    }
}
