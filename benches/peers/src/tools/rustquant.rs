//! `RustQuant_autodiff`: a graph that is kept and cleared. Inputs borrow it, so their vector is a new one each time, as is the
//! gradient's.

use std::marker::PhantomData;

use RustQuant_autodiff::{Accumulate, Gradient, Graph, Max, Variable};
use wengert_benches::{Arithmetic, Problem};

use super::{chained_weights, same_names};
use crate::tool::{Absent, Run, Tool};

pub(super) struct RustQuant;

impl Tool for RustQuant {
    const NAME: &'static str = "RustQuant_autodiff";

    fn prepare<P: Problem>(problem: &P) -> Result<Box<dyn Run + '_>, Absent> {
        Ok(Box::new(Recorded { problem, graph: Graph::new() }))
    }
}

struct Recorded<'p, P> {
    problem: &'p P,
    graph: Graph,
}

impl<P: Problem> Run for Recorded<'_, P> {
    fn gradient(&mut self, into: &mut [f64]) -> f64 {
        self.graph.clear();
        let inputs = self.graph.vars(self.problem.point());
        let output = self.problem.eval::<Numbers<'_>>(&inputs);
        let adjoints = output.accumulate();
        for (slot, input) in into.iter_mut().zip(&inputs) {
            *slot = adjoints.wrt(input);
        }
        output.value()
    }
}

struct Numbers<'a>(PhantomData<&'a Graph>);

impl<'a> Arithmetic for Numbers<'a> {
    type Number = Variable<'a>;

    chained_weights!();
    same_names!(recip exp ln sqrt sin tanh);

    #[inline]
    fn value(x: Variable<'a>) -> f64 {
        x.value()
    }
    #[inline]
    fn max(x: Variable<'a>, y: Variable<'a>) -> Variable<'a> {
        Max::max(&x, y)
    }
    #[inline]
    fn max_with(x: Variable<'a>, c: f64) -> Variable<'a> {
        Max::max(&x, c)
    }
}
