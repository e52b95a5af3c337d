//! Running the code of rows: what is uniform once, then rows in the memory of each thread.

use core::fmt;

use wengert_lanes::{InstructionSet, LaneFloat, Lanewise, Precision, RowBlock, RowCalls};
use wengert_ops::Dual;
use wengert_tape::call::{CallError, CallNumbers, Callee, Calling};
use wengert_tape::{NodeId, RunError};

use super::modes::{RowCode, RowProgram};
use crate::error::length;
use crate::program::Program;
use crate::run::RunState;
use crate::sweep::Caller;

/// Why a row has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("row {row}: {why}")]
pub struct RowError {
    /// The row.
    pub row: usize,
    /// Why.
    pub why: RunError,
}

/// The memory of what is uniform.
#[derive(Clone, Debug)]
pub struct SharedWork<F: LaneFloat = f64> {
    run: RunState<F>,
    dual: RunState<Dual<F>>,
    /// The parameters of the runs that follow; none where they are those that were recorded.
    parameters: Option<Vec<F>>,
}

impl<F: LaneFloat> Default for SharedWork<F> {
    fn default() -> Self {
        Self { run: RunState::default(), dual: RunState::default(), parameters: None }
    }
}

impl<F: LaneFloat> SharedWork<F> {
    /// Sets the parameters of the programs that are run in it from now on, where they have some; until then they are those that
    /// were recorded.
    pub fn set_parameters(&mut self, parameters: &[F]) {
        let kept = self.parameters_mut();
        kept.clear();
        kept.extend_from_slice(parameters);
    }

    /// The same as a list to be filled.
    pub(crate) fn parameters_mut(&mut self) -> &mut Vec<F> {
        self.parameters.get_or_insert_default()
    }

    /// The memory of runs at floats of a program, with the parameters.
    fn of(&mut self, uniform: &Program) -> Result<&mut RunState<F>, RunError> {
        if let Some(parameters) = self.parameters.as_ref().filter(|_| uniform.parameters() > 0) {
            uniform.set_parameters_of(&mut self.run, parameters.iter().copied())?;
        }
        Ok(&mut self.run)
    }

    /// The same at dual numbers.
    fn of_dual(&mut self, uniform: &Program) -> Result<&mut RunState<Dual<F>>, RunError> {
        if let Some(parameters) = self.parameters.as_ref().filter(|_| uniform.parameters() > 0) {
            uniform.set_parameters_of(&mut self.dual, parameters.iter().map(|p| Dual::constant(*p)))?;
        }
        Ok(&mut self.dual)
    }
}

/// The values of a program of what is uniform.
fn values<F: LaneFloat>(
    uniform: &Program,
    work: &mut SharedWork<F>,
    x: &[F],
    y: &mut Vec<F>,
) -> Result<(), RunError> {
    y.clear();
    y.resize(uniform.outputs(), F::zero());
    let run = work.of(uniform)?;
    uniform.evaluate_in(run, x)?;
    uniform.outputs_of(run, y)
}

/// Numbers with tangents.
fn dual<F: LaneFloat>(values: &[F], tangents: &[F]) -> Vec<Dual<F>> {
    let pairs = values.iter().zip(tangents);
    pairs.map(|(value, tangent)| Dual { value: *value, tangent: [*tangent] }).collect()
}

impl RowCode {
    /// The uniform operands of the code from the numbers that its mode is given.
    ///
    /// # Errors
    /// [`RunError`]: a comparison among what is uniform that comes out otherwise, a call.
    pub fn uniforms<F: LaneFloat>(
        &self,
        work: &mut SharedWork<F>,
        given: &[F],
        uniforms: &mut Vec<F>,
    ) -> Result<(), RunError> {
        values(&self.uniform, work, given, uniforms)
    }
}

impl RowProgram {
    /// The boundary at the shared inputs.
    ///
    /// # Errors
    /// [`RunError`], where the program is another one there.
    pub fn boundary_at<F: LaneFloat>(
        &self,
        work: &mut SharedWork<F>,
        shared: &[F],
        boundary: &mut Vec<F>,
    ) -> Result<(), RunError> {
        values(self.uniform(), work, shared, boundary)
    }

    /// The adjoints of the shared inputs from those of the boundary.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn pull_shared<F: LaneFloat>(
        &self,
        work: &mut SharedWork<F>,
        shared: &[F],
        adjoints: &[F],
        gradient: &mut [F],
    ) -> Result<(), RunError> {
        let uniform = self.uniform();
        let run = work.of(uniform)?;
        uniform.forward_for_inputs(run, shared)?;
        uniform.gradient_of(run, adjoints, gradient)
    }

    /// The tangents of the boundary along a direction in the shared inputs, behind the boundary itself.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn push_shared<F: LaneFloat>(
        &self,
        work: &mut SharedWork<F>,
        shared: &[F],
        direction: &[F],
        boundary: &mut Vec<F>,
    ) -> Result<(), RunError> {
        length("the direction", shared.len(), direction.len())?;
        let uniform = self.uniform();
        let run = work.of_dual(uniform)?;
        uniform.evaluate_in(run, &dual(shared, direction))?;
        let mut numbers = vec![Dual::constant(F::zero()); self.boundary()];
        uniform.outputs_of(run, &mut numbers)?;
        boundary.clear();
        boundary.extend(numbers.iter().map(|number| number.value));
        boundary.extend(numbers.iter().map(|number| number.tangent[0]));
        Ok(())
    }

    /// The adjoints of the shared inputs and their derivatives along a direction, from the adjoints of the boundary and the
    /// derivatives of these.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn pull_shared_along<F: LaneFloat>(
        &self,
        work: &mut SharedWork<F>,
        shared: &[F],
        direction: &[F],
        [adjoints, derivatives]: [&[F]; 2],
        gradient: &mut [F],
        product: &mut [F],
    ) -> Result<(), RunError> {
        length("the direction", shared.len(), direction.len())?;
        let uniform = self.uniform();
        let run = work.of_dual(uniform)?;
        uniform.forward_for_inputs(run, &dual(shared, direction))?;
        let mut slopes = vec![Dual::constant(F::zero()); shared.len()];
        uniform.gradient_of(run, &dual(adjoints, derivatives), &mut slopes)?;
        for ((g, h), slope) in gradient.iter_mut().zip(product).zip(slopes) {
            (*g, *h) = (slope.value, slope.tangent[0]);
        }
        Ok(())
    }
}

/// The memory of a thread that runs the code of rows.
pub struct RowRunner<F: LaneFloat = f64> {
    lanes: Lanewise<F>,
    calls: RowCaller<F>,
}

impl<F: LaneFloat> RowRunner<F> {
    /// Memory of a thread, by the best instructions that the machine has.
    #[must_use]
    pub fn new() -> Self {
        Self::with(InstructionSet::best(), Precision::Exact)
    }

    /// The same by the instructions of a set, and by these functions.
    #[must_use]
    pub fn with(set: InstructionSet, precision: Precision) -> Self {
        let calls = RowCaller { caller: RunState::default().numbers.calls, numbers: CallNumbers::default() };
        Self { lanes: Lanewise::with(set, precision), calls }
    }

    /// Sets the [uniform operands](RowCode::uniforms) of the runs that follow.
    pub fn begin(&mut self, code: &RowCode, uniforms: &[F]) {
        self.lanes.begin(&code.code, uniforms);
    }

    /// Runs code over rows.
    ///
    /// # Errors
    /// [`RowError`] where a call has no results, or cannot give a derivative that it is asked for.
    pub fn run(&mut self, code: &RowCode, block: RowBlock<'_, '_, F>) -> Result<(), RowError> {
        let mut calls = OfCode { callees: &code.callees, calls: &mut self.calls };
        let stopped = |stopped: wengert_lanes::RowStopped<CallError>| RowError {
            row: stopped.row,
            why: stopped.why.into(),
        };
        self.lanes.run(&code.code, block, &mut calls).map_err(stopped)
    }

    /// By place in the list of the last run: the first guard that the row has failed.
    pub fn failed(&self) -> impl ExactSizeIterator<Item = Option<u32>> + '_ {
        self.lanes.failed()
    }
}

impl<F: LaneFloat> Default for RowRunner<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: LaneFloat> fmt::Debug for RowRunner<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowRunner").finish_non_exhaustive()
    }
}

/// Who runs calls.
struct RowCaller<F> {
    caller: Caller<F>,
    numbers: CallNumbers<F>,
}

/// The calls of code.
struct OfCode<'a, F> {
    callees: &'a [Callee],
    calls: &'a mut RowCaller<F>,
}

impl<F: LaneFloat> RowCalls<F> for OfCode<'_, F> {
    type Error = CallError;
    fn call(&mut self, site: u32, _: usize, x: &[F], y: &mut [F]) -> Result<(), CallError> {
        let Some(callee) = self.callees.get(site as usize) else { return Ok(()) };
        let RowCaller { caller, numbers } = &mut *self.calls;
        caller.state_mut().operands(NodeId::new(site as usize));
        numbers.x.clear();
        numbers.x.extend_from_slice(x);
        caller.compute(callee, numbers, y)?;
        match caller.state_mut().take_loss() {
            Some(loss) => Err(loss.why),
            None => Ok(()),
        }
    }
}
