//! What stands between sweeps and calls.

use wengert_ops::Real;

use super::callee::Callee;
use super::work::{CallNumbers, CallWork};
use crate::error::CallError;

/// Who runs calls for a sweep at the number type `T`. The sweeps know nothing else of calls: they hand over operands, and the
/// adjoints of results, and are given results, and the adjoints of operands.
pub trait Calling<T: Real> {
    /// What calls need to run, and what became of derivatives that they could not give.
    fn work(&mut self) -> &mut CallWork<T>;

    /// Computes the results `y` from the operands `x`.
    ///
    /// # Errors
    /// Why there are none.
    fn compute(
        &mut self,
        callee: &Callee,
        numbers: &mut CallNumbers<T>,
        y: &mut [T],
    ) -> Result<(), CallError>;

    /// Adjoints `gx` of the operands from those of the results, `gy`, seed after seed.
    ///
    /// # Errors
    /// Why there are none.
    fn pull(&mut self, callee: &Callee, numbers: &mut CallNumbers<T>, y: &[T]) -> Result<(), CallError>;

    /// Computes the results of the operands that [`CallWork::operands`] was given. What a called program has computed can be kept
    /// for the reverse sweep, which is worth it where no other call needs the memory meanwhile.
    ///
    /// # Errors
    /// Why there are none.
    fn forward(&mut self, callee: &Callee, y: &mut [T], keep: bool) -> Result<(), CallError> {
        let mut numbers = self.work().begin_forward(keep);
        let done = self.compute(callee, &mut numbers, y);
        self.work().give_back(numbers);
        done
    }

    /// Sweeps a call of the operands that [`CallWork::operands`] was given, with the results `y` and the adjoints of these, seed
    /// after seed, that [`CallWork::weights`] was given. `false` where no seed reaches the call; otherwise
    /// [`slope`](CallWork::slope) gives what operands get, NaN where the call does not give it.
    ///
    /// # Errors
    /// That of a sweep which is recorded: what is recorded now is to be right at other inputs too.
    fn reverse(&mut self, callee: &Callee, y: &[T], seeds: usize) -> Result<bool, CallError> {
        let Some(mut numbers) = self.work().begin_reverse(y.len(), seeds) else { return Ok(false) };
        // Without operands or results there is nothing to hand on.
        let nothing = numbers.x.is_empty() || y.is_empty();
        let done = if nothing { Ok(()) } else { self.pull(callee, &mut numbers, y) };
        self.work().give_back(numbers);
        self.work().end_reverse(done)?;
        Ok(true)
    }
}
