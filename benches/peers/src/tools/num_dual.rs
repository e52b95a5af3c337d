//! num-dual: forward mode, all directions in one evaluation, their number fixed while compiling. For few inputs only.

use ::num_dual::{DualNum, DualSVec64, gradient};
use nalgebra::SVector;
use wengert_benches::{Arithmetic, Problem};

use super::{chained_weights, few_inputs};
use crate::tool::Run;

pub(super) struct NumDual;

few_inputs!(NumDual, "num-dual");

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
