//! reverse: a tape that is kept and cleared. Inputs borrow it, so their vector is a new one each time, as is the
//! gradient's.

use std::marker::PhantomData;

use ::reverse::{Gradient, Tape, Var};
use wengert_benches::{Arithmetic, Problem};

use super::{chained_weights, same_names};
use crate::tool::{Absent, Run, Tool};

pub(super) struct Reverse;

impl Tool for Reverse {
    const NAME: &'static str = "reverse";

    fn prepare<P: Problem>(problem: &P) -> Result<Box<dyn Run + '_>, Absent> {
        Ok(Box::new(Recorded { problem, tape: Tape::new() }))
    }
}

struct Recorded<'p, P> {
    problem: &'p P,
    tape: Tape,
}

impl<P: Problem> Run for Recorded<'_, P> {
    fn gradient(&mut self, into: &mut [f64]) -> f64 {
        self.tape.clear();
        let inputs = self.tape.add_vars(self.problem.point());
        let output = self.problem.eval::<Numbers<'_>>(&inputs);
        let adjoints = output.grad();
        for (slot, input) in into.iter_mut().zip(&inputs) {
            *slot = adjoints.wrt(input);
        }
        output.val()
    }
}

struct Numbers<'a>(PhantomData<&'a Tape>);

impl<'a> Arithmetic for Numbers<'a> {
    type Number = Var<'a>;

    chained_weights!();
    same_names!(recip exp ln sqrt sin tanh);

    #[inline]
    fn value(x: Var<'a>) -> f64 {
        x.val()
    }
    /// It has no constants: one is an input that nobody asks for.
    #[inline]
    fn max_with(x: Var<'a>, c: f64) -> Var<'a> {
        if x.val() >= c { x } else { x.tape.add_var(c) }
    }
}
