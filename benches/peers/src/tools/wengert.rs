//! wengert: a recorder that is kept, one recording and one sweep a gradient.

use wengert::{Recorder, Var};
use wengert_benches::Problem;
use wengert_benches::arithmetic::Recording;

use crate::tool::{Absent, Run, Tool};

pub(super) struct Wengert;

impl Tool for Wengert {
    const NAME: &'static str = "wengert";

    fn prepare<P: Problem>(problem: &P) -> Result<Box<dyn Run + '_>, Absent> {
        Ok(Box::new(Recorded { problem, recorder: Recorder::new(), inputs: Vec::new() }))
    }
}

struct Recorded<'p, P> {
    problem: &'p P,
    recorder: Recorder,
    inputs: Vec<Var>,
}

impl<P: Problem> Run for Recorded<'_, P> {
    fn gradient(&mut self, into: &mut [f64]) -> f64 {
        let Self { problem, recorder, inputs } = self;
        let recorded = recorder.record(|s| {
            inputs.clear();
            s.inputs_into(problem.point(), inputs);
            problem.eval::<Recording>(inputs)
        });
        let output = recorded.expect("one recording, without limits");
        let adjoints = recorder.reverse(output).expect("a variable of the last recording");
        for (slot, adjoint) in into.iter_mut().zip(adjoints.inputs()) {
            *slot = adjoint;
        }
        output.value()
    }
}
