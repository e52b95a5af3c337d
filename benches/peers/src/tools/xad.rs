//! xad-rs: a tape that is kept; sums and dots as one statement each.

use wengert_benches::{Arithmetic, Problem};
use xad_rs::math::ad;
use xad_rs::{AReal, Tape};

use crate::tool::{Absent, Run, Tool};

pub(super) struct Xad;

impl Tool for Xad {
    const NAME: &'static str = "xad-rs";

    fn prepare<P: Problem>(problem: &P) -> Result<Box<dyn Run + '_>, Absent> {
        Ok(Box::new(Recorded { problem, tape: Tape::new(false), inputs: Vec::new() }))
    }
}

struct Recorded<'p, P> {
    problem: &'p P,
    tape: Tape<f64>,
    inputs: Vec<AReal<f64>>,
}

impl<P: Problem> Run for Recorded<'_, P> {
    fn gradient(&mut self, into: &mut [f64]) -> f64 {
        let Self { problem, tape, inputs } = self;
        let recording = tape.record();
        inputs.clear();
        inputs.extend(problem.point().iter().map(|x| AReal::input(*x, tape)));
        let output = problem.eval::<Numbers>(inputs);
        drop(recording);
        output.set_adjoint(tape, 1.0);
        tape.compute_adjoints();
        for (slot, input) in into.iter_mut().zip(inputs) {
            *slot = input.adjoint(tape);
        }
        output.value()
    }
}

struct Numbers;

impl Arithmetic for Numbers {
    type Number = AReal<f64>;
    type Constant = f64;

    #[inline]
    fn value(x: AReal<f64>) -> f64 {
        x.value()
    }
    #[inline]
    fn recip(x: AReal<f64>) -> AReal<f64> {
        1.0 / x
    }
    #[inline]
    fn exp(x: AReal<f64>) -> AReal<f64> {
        ad::exp(&x)
    }
    #[inline]
    fn ln(x: AReal<f64>) -> AReal<f64> {
        ad::ln(&x)
    }
    #[inline]
    fn sqrt(x: AReal<f64>) -> AReal<f64> {
        ad::sqrt(&x)
    }
    #[inline]
    fn sin(x: AReal<f64>) -> AReal<f64> {
        ad::sin(&x)
    }
    #[inline]
    fn tanh(x: AReal<f64>) -> AReal<f64> {
        ad::tanh(&x)
    }
    #[inline]
    fn max(x: AReal<f64>, y: AReal<f64>) -> AReal<f64> {
        ad::max(&x, &y)
    }
    #[inline]
    fn max_with(x: AReal<f64>, c: f64) -> AReal<f64> {
        ad::max(&x, &AReal::new(c))
    }
    #[inline]
    fn constant(x: f64) -> f64 {
        x
    }
    #[inline]
    fn weighted_sum(weights: &[f64], x: &[AReal<f64>]) -> AReal<f64> {
        ad::weighted_sum(weights, x)
    }
    #[inline]
    fn dot(a: &[AReal<f64>], b: &[AReal<f64>]) -> AReal<f64> {
        ad::dot(a, b)
    }
    #[inline]
    fn sum(x: &[AReal<f64>]) -> AReal<f64> {
        ad::sum(x)
    }
    /// It has none; its sum is one statement.
    #[inline]
    fn logsumexp(x: &[AReal<f64>]) -> AReal<f64> {
        let greatest = x.iter().map(AReal::value).fold(f64::NEG_INFINITY, f64::max);
        let powers: Vec<_> = x.iter().map(|x| ad::exp(&(*x - greatest))).collect();
        ad::ln(&ad::sum(&powers)) + greatest
    }
}
