//! Operations that are written once over any number type.

use wengert_ops::Real;

use super::callee::{Callee, Operation};
use super::numbers::{Forward, ForwardAt, ForwardReader, Reverse, ReverseAt, ReverseReader};
use crate::error::CallError;

/// An operation that is written once over any number type: [`forward_generic`] and [`reverse_generic`] read it at each of the
/// list.
pub trait Generic: Operation {
    /// Computes the results.
    ///
    /// # Errors
    /// As [`Operation::forward`].
    fn forward_at<T: Real>(&self, of: &Callee, call: Forward<'_, T>) -> Result<(), CallError>;

    /// Takes adjoints back.
    ///
    /// # Errors
    /// As [`Operation::reverse`].
    fn reverse_at<T: Real>(&self, of: &Callee, call: Reverse<'_, T>) -> Result<(), CallError>;
}

/// [`Operation::forward`] of what is written over any number type.
///
/// # Errors
/// As [`Operation::forward`].
pub fn forward_generic<O: Generic>(operation: &O, of: &Callee, call: ForwardAt<'_>) -> Result<(), CallError> {
    struct At<'a, O>(&'a O, &'a Callee);
    impl<O: Generic> ForwardReader for At<'_, O> {
        fn read<T: Real>(self, call: Forward<'_, T>) -> Result<(), CallError> {
            self.0.forward_at(self.1, call)
        }
    }
    call.read(At(operation, of))
}

/// [`Operation::reverse`] of what is written over any number type.
///
/// # Errors
/// As [`Operation::reverse`].
pub fn reverse_generic<O: Generic>(operation: &O, of: &Callee, call: ReverseAt<'_>) -> Result<(), CallError> {
    struct At<'a, O>(&'a O, &'a Callee);
    impl<O: Generic> ReverseReader for At<'_, O> {
        fn read<T: Real>(self, call: Reverse<'_, T>) -> Result<(), CallError> {
            self.0.reverse_at(self.1, call)
        }
    }
    call.read(At(operation, of))
}
