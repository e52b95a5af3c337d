//! What code costs: an estimate from its steps alone, so that what is chosen by it is the same on every machine.

use wengert_ops::{Rule, Variadic, Visitor};

use crate::code::Code;
use crate::steps::{CodeStep, StepAction};

/// What an elementary function costs more than an addition, and what a call does.
const FUNCTION: f64 = 20.0;
const CALL: f64 = 200.0;

impl Code {
    /// What a row costs, in additions. Cost: linear.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.steps.iter().map(of_step).sum()
    }
}

fn of_step(step: &CodeStep) -> f64 {
    let count = f64::from(step.count);
    match step.action {
        StepAction::Row(op) => op.visit(CostOfRow { count }),
        // A term is two or three numbers long.
        StepAction::Chain { .. } => count / 2.5,
        // Pairs.
        StepAction::Dot | StepAction::Load { .. } | StepAction::Give { .. } | StepAction::Products { .. } => {
            count / 2.0
        }
        StepAction::GiveSquares { .. } => count / 1.25,
        StepAction::Call { .. } => CALL + count,
        StepAction::Guard(_) | StepAction::Sum(_) | StepAction::Maximum(_) => 1.0,
    }
}

/// A row of the table, of so many operands.
struct CostOfRow {
    count: f64,
}

impl Visitor for CostOfRow {
    type Output = f64;
    fn input(self) -> f64 {
        0.0
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> f64 {
        if R::WIDE { 1.0 } else { FUNCTION }
    }
    fn variadic<R: Variadic>(self) -> f64 {
        // What is worth being written out has functions in it.
        if R::STRAIGHT && !R::UNFOLDS { self.count } else { FUNCTION * self.count }
    }
    fn foreign(self) -> f64 {
        0.0
    }
}
