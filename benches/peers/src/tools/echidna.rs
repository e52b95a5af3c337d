//! echidna: the tape behind its `grad`, kept and cleared; the vector of adjoints is a new one each time.

use ::echidna::tape::{Tape, TapeGuard};
use ::echidna::{Reverse, Scalar};
use num_traits::Float;
use wengert_benches::{Arithmetic, Problem};

use super::chained_weights;
use crate::tool::{Absent, Run, Tool};

pub(super) struct Echidna;

impl Tool for Echidna {
    const NAME: &'static str = "echidna";

    fn prepare<P: Problem>(problem: &P) -> Result<Box<dyn Run + '_>, Absent> {
        Ok(Box::new(Recorded { problem, tape: Tape::new(), inputs: Vec::new() }))
    }
}

struct Recorded<'p, P> {
    problem: &'p P,
    tape: Tape<f64>,
    inputs: Vec<Reverse<f64>>,
}

impl<P: Problem> Run for Recorded<'_, P> {
    fn gradient(&mut self, into: &mut [f64]) -> f64 {
        let Self { problem, tape, inputs } = self;
        tape.clear();
        inputs.clear();
        inputs.extend(problem.point().iter().map(|x| {
            let (index, value) = tape.new_variable(*x);
            Reverse::from_tape(value, index)
        }));
        let recording = TapeGuard::new(tape);
        let output = problem.eval::<Numbers>(inputs);
        drop(recording);
        // Inputs are the first variables.
        into.copy_from_slice(&tape.reverse(output.index())[..into.len()]);
        output.value()
    }
}

struct Numbers;

impl Arithmetic for Numbers {
    type Number = Reverse<f64>;

    chained_weights!();

    #[inline]
    fn value(x: Reverse<f64>) -> f64 {
        x.value()
    }
    #[inline]
    fn recip(x: Reverse<f64>) -> Reverse<f64> {
        Float::recip(x)
    }
    #[inline]
    fn exp(x: Reverse<f64>) -> Reverse<f64> {
        Float::exp(x)
    }
    #[inline]
    fn ln(x: Reverse<f64>) -> Reverse<f64> {
        Float::ln(x)
    }
    #[inline]
    fn sqrt(x: Reverse<f64>) -> Reverse<f64> {
        Float::sqrt(x)
    }
    #[inline]
    fn sin(x: Reverse<f64>) -> Reverse<f64> {
        Float::sin(x)
    }
    #[inline]
    fn tanh(x: Reverse<f64>) -> Reverse<f64> {
        Float::tanh(x)
    }
    #[inline]
    fn max(x: Reverse<f64>, y: Reverse<f64>) -> Reverse<f64> {
        Float::max(x, y)
    }
    #[inline]
    fn max_with(x: Reverse<f64>, c: f64) -> Reverse<f64> {
        Float::max(x, Reverse::constant(c))
    }
}
