//! num-dual: forward mode, all directions in one evaluation, their number fixed while compiling. For few inputs only.

use ::num_dual::{DualNum, DualSVec64, gradient};
use nalgebra::SVector;
use wengert_benches::{Arithmetic, Problem};

use super::chained_weights;
use crate::tool::{Absent, Run, Tool};

pub(super) struct NumDual;

impl Tool for NumDual {
    const NAME: &'static str = "num-dual";

    fn prepare<P: Problem>(problem: &P) -> Result<Box<dyn Run + '_>, Absent> {
        match problem.point().len() {
            1 => Ok(Box::new(Forward::<_, 1>(problem))),
            2 => Ok(Box::new(Forward::<_, 2>(problem))),
            3 => Ok(Box::new(Forward::<_, 3>(problem))),
            4 => Ok(Box::new(Forward::<_, 4>(problem))),
            5 => Ok(Box::new(Forward::<_, 5>(problem))),
            6 => Ok(Box::new(Forward::<_, 6>(problem))),
            _ => Err(Absent::TooManyInputs { limit: 6 }),
        }
    }
}

struct Forward<'p, P, const N: usize>(&'p P);

impl<P: Problem, const N: usize> Run for Forward<'_, P, N> {
    fn gradient(&mut self, into: &mut [f64]) -> f64 {
        let point = SVector::<f64, N>::from_column_slice(self.0.point());
        let (value, tangents) = gradient(|x| self.0.eval::<Numbers<N>>(x.as_slice()), &point);
        into.copy_from_slice(tangents.as_slice());
        value
    }
}

struct Numbers<const N: usize>;

impl<const N: usize> Arithmetic for Numbers<N> {
    type Number = DualSVec64<N>;

    chained_weights!();

    #[inline]
    fn value(x: DualSVec64<N>) -> f64 {
        x.re
    }
    #[inline]
    fn recip(x: DualSVec64<N>) -> DualSVec64<N> {
        DualNum::recip(&x)
    }
    #[inline]
    fn exp(x: DualSVec64<N>) -> DualSVec64<N> {
        DualNum::exp(&x)
    }
    #[inline]
    fn ln(x: DualSVec64<N>) -> DualSVec64<N> {
        DualNum::ln(&x)
    }
    #[inline]
    fn sqrt(x: DualSVec64<N>) -> DualSVec64<N> {
        DualNum::sqrt(&x)
    }
    #[inline]
    fn sin(x: DualSVec64<N>) -> DualSVec64<N> {
        DualNum::sin(&x)
    }
    #[inline]
    fn tanh(x: DualSVec64<N>) -> DualSVec64<N> {
        DualNum::tanh(&x)
    }
    #[inline]
    fn max_with(x: DualSVec64<N>, c: f64) -> DualSVec64<N> {
        if x.re >= c { x } else { DualSVec64::from(c) }
    }
}
