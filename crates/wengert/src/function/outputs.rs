//! What a closure may give back.

use wengert_tape::Var;

/// The result of a function's closure: one number, a `Vec` or an array of numbers.
pub trait Outputs {
    /// The numbers, in order.
    fn into_vec(self) -> Vec<Var>;
}

impl Outputs for Var {
    fn into_vec(self) -> Vec<Var> {
        vec![self]
    }
}

impl Outputs for Vec<Var> {
    fn into_vec(self) -> Vec<Var> {
        self
    }
}

impl<const N: usize> Outputs for [Var; N] {
    fn into_vec(self) -> Vec<Var> {
        self.into()
    }
}
