//! The patterns of a tape's derivatives.

use super::dependence;
use super::pattern::Pattern;
use super::sets::Marks;
use crate::index::Operand;
use crate::tape::Tape;

/// Why a sparse derivative cannot be planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SparseError {
    /// An output that is asked for does not exist.
    #[error("output {output} was asked for, but the tape has {outputs} outputs, counted from 0")]
    Output {
        /// The output that was asked for.
        output: usize,
        /// How many there are.
        outputs: usize,
    },
    /// A nonlinear program without an objective.
    #[error("the program has no output: the first one is the objective, and the others are the constraints")]
    NoObjective,
    /// A nonlinear program of more outputs than solvers count.
    #[error("the program has {outputs} outputs, and solvers count rows in 31 bits")]
    TooMany {
        /// How many there are.
        outputs: usize,
    },
}

/// The outputs of a list.
fn select(tape: &Tape, outputs: &[usize]) -> Result<Vec<Operand>, SparseError> {
    let find = |output: &usize| {
        let missing = SparseError::Output { output: *output, outputs: tape.outputs.len() };
        tape.outputs.get(*output).copied().ok_or(missing)
    };
    outputs.iter().map(find).collect()
}

impl Tape {
    /// The pattern of the Jacobian: row `i` has the inputs on which output `i` depends.
    ///
    /// It holds at every point. A partial that is identically 0 (of `floor`, say) is not in it; one that is 0 at some points
    /// is, and so is one that cancels, as in `x − x`.
    ///
    /// ```
    /// use wengert::Program;
    ///
    /// let f = Program::record(&[1.0; 4], |x| x.windows(2).map(|w| w[1] - w[0].floor()).collect::<Vec<_>>())?;
    /// let pattern = f.tape().jacobian_pattern();
    /// assert_eq!(pattern.entries().collect::<Vec<_>>(), [(0, 1), (1, 2), (2, 3)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: a few passes over the tape and the pattern; memory in proportion to both (some bytes a node).
    #[must_use]
    pub fn jacobian_pattern(&self) -> Pattern {
        jacobian(self, &self.outputs)
    }

    /// The pattern of the Jacobian of some outputs, in their order.
    pub fn jacobian_pattern_of(&self, outputs: &[usize]) -> Result<Pattern, SparseError> {
        Ok(jacobian(self, &select(self, outputs)?))
    }

    /// The pattern of the Hessian of any combination of the outputs: its lower triangle, the diagonal included.
    ///
    /// It holds at every point. Two inputs are in it where they meet in an operation that is not linear in both: sums,
    /// products with constants and with parameters, `abs` and `max` let nothing meet, and a product only its two factors.
    ///
    /// ```
    /// use wengert::Program;
    ///
    /// let f = Program::record(&[1.0; 4], |x| vec![x[0] * x[1] + x[2].abs() + 3.0 * x[3] + x[3].sin()])?;
    /// let pattern = f.tape().hessian_pattern();
    /// assert_eq!(pattern.entries().collect::<Vec<_>>(), [(1, 0), (3, 3)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: a few passes over the tape, and pushing pairs of sets down to the pattern; memory in proportion to both.
    #[must_use]
    pub fn hessian_pattern(&self) -> Pattern {
        hessian(self, &self.outputs)
    }

    /// The pattern of the Hessian of any combination of some outputs.
    pub fn hessian_pattern_of(&self, outputs: &[usize]) -> Result<Pattern, SparseError> {
        Ok(hessian(self, &select(self, outputs)?))
    }
}

fn jacobian(tape: &Tape, outputs: &[Operand]) -> Pattern {
    let (sets, of_outputs) = dependence::of_outputs(tape, outputs);
    let mut marks = Marks::new(sets.len());
    let (mut row, mut rows, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for set in of_outputs {
        row.clear();
        marks.new_round();
        sets.inputs_into(set, &mut marks, &mut row);
        row.sort_unstable();
        row.dedup();
        rows.extend_from_slice(&row);
        ends.push(rows.len());
    }
    Pattern::from_rows(tape.inputs.len(), &ends, &rows)
}

fn hessian(tape: &Tape, outputs: &[Operand]) -> Pattern {
    let (sets, interactions) = dependence::interactions(tape, outputs);
    interactions.pattern(&sets)
}
