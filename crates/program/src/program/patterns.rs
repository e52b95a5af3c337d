//! Where the derivatives of a called program can differ from 0, as those who call it ask.

use wengert_tape::{Pattern, PatternRows, Tape};

/// The patterns of all of a tape's outputs, as those who call it ask for them.
#[derive(Debug)]
pub(crate) struct Patterns {
    jacobian: PatternRows,
    /// The pairs of inputs that meet in a second derivative.
    pub(crate) second: Pattern,
}

impl Patterns {
    pub(crate) fn of(tape: &Tape) -> Self {
        Self { jacobian: tape.jacobian_pattern().by_rows(), second: tape.hessian_pattern() }
    }

    /// The inputs on which an output depends.
    pub(crate) fn of_output(&self, output: usize) -> impl Iterator<Item = usize> {
        let PatternRows { starts, columns, .. } = &self.jacobian;
        columns[starts[output]..starts[output + 1]].iter().map(|column| *column as usize)
    }
}
