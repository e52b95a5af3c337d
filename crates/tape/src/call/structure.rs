//! What is known of a call without running it: where its derivatives can differ from 0 (on which operands each result
//! depends, and which of these meet in a second derivative), and what it costs.
//!
//! A program is asked for the patterns of its own tape, found once; a rule for its structure. Of callbacks and of solutions of
//! equations nothing is known: all results depend on all operands, and all of these meet.

use wengert_ops::Structure;

use super::{Callee, Kind};
use crate::program::Cost;

impl Callee {
    /// Hands over the operands on which a result depends.
    pub(crate) fn operands_of(&self, result: usize, each: impl FnMut(usize)) {
        match &self.kind {
            Kind::Program(program) => program.patterns().of_output(result).for_each(each),
            Kind::Map(map) => {
                let (row, output) = (result / map.program.outputs(), result % map.program.outputs());
                map.program.patterns().of_output(output).map(|k| map.place(row, k)).for_each(each);
            }
            Kind::Rule(rule) => match (rule.structure)() {
                Structure::Fixed { partials, .. } => bits(partials).for_each(each),
                _ => (0..rule.arity).for_each(each),
            },
            Kind::Opaque(_) | Kind::Derivative(_) | Kind::Implicit(_) => (0..self.inputs()).for_each(each),
        }
    }

    /// Hands over the pairs of operands that meet in a second derivative of some result; `false` where any two may.
    pub(crate) fn pairs(&self, mut each: impl FnMut(usize, usize)) -> bool {
        match &self.kind {
            Kind::Program(program) => program.patterns().second.entries().for_each(|(a, b)| each(a, b)),
            Kind::Map(map) => {
                for row in 0..map.rows() {
                    for (a, b) in map.program.patterns().second.entries() {
                        each(map.place(row, a), map.place(row, b));
                    }
                }
            }
            Kind::Rule(rule) => match (rule.structure)() {
                Structure::Fixed { second, .. } => {
                    for (a, with) in second.into_iter().enumerate() {
                        bits(with).filter(|b| *b <= a).for_each(|b| each(a, b));
                    }
                }
                _ => return false,
            },
            Kind::Opaque(_) | Kind::Derivative(_) | Kind::Implicit(_) => return false,
        }
        true
    }
}

impl Callee {
    /// What a call of it costs.
    pub(crate) fn cost(&self) -> Cost {
        match &self.kind {
            Kind::Program(program) => program.cost().called(),
            Kind::Map(map) => map.program.cost().called().times(map.rows()),
            Kind::Rule(_) => Cost::of_function(),
            Kind::Implicit(_) => Cost::of_equation(),
            Kind::Opaque(_) | Kind::Derivative(_) => Cost::of_unknown(),
        }
    }
}

/// Which bits are set.
fn bits(set: u8) -> impl Iterator<Item = usize> {
    (0..8).filter(move |k| set & (1 << k) != 0)
}
