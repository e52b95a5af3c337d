//! The numbers of a run, and who runs its calls.

use wengert_ops::Real;
use wengert_tape::call::{AnyCall, CallError, CallNumbers, CallWork, Callee, Calling};

/// [`Calling::compute`], as a function of what calls need.
type Compute<T> = fn(&mut CallWork<T>, &Callee, &mut CallNumbers<T>, &mut [T]) -> Result<(), CallError>;
/// [`Calling::pull`], as a function of what calls need.
type Pull<T> = fn(&mut CallWork<T>, &Callee, &mut CallNumbers<T>, &[T]) -> Result<(), CallError>;

/// Who runs calls, as data: what calls need, and two functions.
#[derive(Clone, Debug)]
pub struct Caller<T> {
    work: CallWork<T>,
    compute: Compute<T>,
    pull: Pull<T>,
}

impl<T: Real> Default for Caller<T> {
    /// By way of the trait of operations alone.
    fn default() -> Self {
        Self::new(
            |work, callee, numbers, y| AnyCall(work).compute(callee, numbers, y),
            |work, callee, numbers, y| AnyCall(work).pull(callee, numbers, y),
        )
    }
}

impl<T> Caller<T> {
    /// By these functions.
    #[must_use]
    pub fn new(compute: Compute<T>, pull: Pull<T>) -> Self {
        Self { work: CallWork::default(), compute, pull }
    }

    /// What became of derivatives that calls could not give, and what calls keep.
    #[must_use]
    pub fn state(&self) -> &CallWork<T> {
        &self.work
    }

    /// The same, to be changed.
    pub fn state_mut(&mut self) -> &mut CallWork<T> {
        &mut self.work
    }
}

impl<T: Real> Calling<T> for Caller<T> {
    fn work(&mut self) -> &mut CallWork<T> {
        &mut self.work
    }

    fn compute(
        &mut self,
        callee: &Callee,
        numbers: &mut CallNumbers<T>,
        y: &mut [T],
    ) -> Result<(), CallError> {
        (self.compute)(&mut self.work, callee, numbers, y)
    }

    fn pull(&mut self, callee: &Callee, numbers: &mut CallNumbers<T>, y: &[T]) -> Result<(), CallError> {
        (self.pull)(&mut self.work, callee, numbers, y)
    }
}

/// The numbers of one run.
#[derive(Clone, Debug)]
pub struct Numbers<T> {
    /// The slots of values: first those of nodes, then one for each constant.
    pub values: Vec<T>,
    /// The partials that rows ask to have saved, where a reverse sweep will follow.
    pub saved: Vec<T>,
    /// Scratch of variadic rows.
    pub scratch: Vec<T>,
    /// Who runs calls.
    pub calls: Caller<T>,
}

impl<T> Numbers<T> {
    /// Without memory yet.
    #[must_use]
    pub fn new(calls: Caller<T>) -> Self {
        Self { values: Vec::new(), saved: Vec::new(), scratch: Vec::new(), calls }
    }
}
