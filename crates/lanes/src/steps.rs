//! What code is made of: steps, and what they read and write.

use wengert_ops::Op;

/// What a step reads: the first lane of a slot, or, by the top bit, a uniform number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotRead(pub(crate) u32);

impl SlotRead {
    pub(crate) const UNIFORM: u32 = 1 << 31;

    #[inline(always)]
    pub(crate) fn is_uniform(self) -> bool {
        self.0 & Self::UNIFORM != 0
    }

    /// The place among lanes or among uniform numbers.
    #[inline(always)]
    pub(crate) fn index(self) -> usize {
        (self.0 & !Self::UNIFORM) as usize
    }

    /// A number that stands among operands.
    #[inline(always)]
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepAction {
    /// Loads columns of a table: pairs of a slot and a column.
    Load { table: u32 },
    /// An operation.
    Row(Op),
    /// A chain: its operands are terms, each a [`word`] and what it reads.
    Chain { careful: bool },
    /// Pairs of operands, multiplied and added in four running sums.
    Dot,
    /// Calls what stands there; operands, then slots of results.
    Call { site: u32, results: u32 },
    /// Compares, by the number of the test.
    Guard(u32),
    /// Gives outputs by row: pairs of an operand and a column of the table.
    Give { table: u32 },
    /// The same of slots, four by four, whose columns follow one another: the columns of the table from one on.
    GiveSquares { table: u32 },
    /// Adds to a sum over rows.
    Sum(u32),
    /// Looks for the greatest over rows, by its number.
    Maximum(u32),
    /// Adds products of the first operand with others to sums over rows: pairs of an operand and the number of its sum.
    Products { careful: bool },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct CodeStep {
    pub(crate) action: StepAction,
    /// The first lane of the slot of the result.
    pub(crate) result: u32,
    /// Where its operands begin.
    pub(crate) first: u32,
    pub(crate) count: u32,
    /// Where its data begin.
    pub(crate) data: u32,
}

impl CodeStep {
    /// Whether it writes the slot of its result.
    pub(crate) fn writes(&self) -> bool {
        matches!(self.action, StepAction::Row(_) | StepAction::Chain { .. } | StepAction::Dot)
    }
}

/// The words that stand before what a term of a chain reads.
pub(crate) mod word {
    pub(crate) const WHOLE: u32 = 0;
    pub(crate) const PRODUCT: u32 = 1;
    pub(crate) const FUSED: u32 = 2;
    pub(crate) const PULL: u32 = 3;
}

/// The places of slots that a step writes, where these stand among its operands.
pub(crate) fn each_result(step: &CodeStep, each: impl FnMut(usize)) {
    let (first, end) = (step.first as usize, (step.first + step.count) as usize);
    match step.action {
        StepAction::Call { results, .. } => (end - results as usize..end).for_each(each),
        StepAction::Load { .. } => (first..end).step_by(2).for_each(each),
        _ => {}
    }
}

/// The places of what a step reads.
pub(crate) fn each_read(step: &CodeStep, operands: &[SlotRead], mut each: impl FnMut(usize)) {
    let (first, end) = (step.first as usize, (step.first + step.count) as usize);
    match step.action {
        StepAction::Chain { .. } => {
            let mut place = first;
            while place < end {
                let both = operands[place].number() != word::WHOLE;
                each(place + 1);
                if both {
                    each(place + 2);
                }
                place += 2 + usize::from(both);
            }
        }
        StepAction::Call { results, .. } => (first..end - results as usize).for_each(each),
        StepAction::Load { .. } => {}
        StepAction::Give { .. } => (first..end).step_by(2).for_each(each),
        StepAction::GiveSquares { .. } => {
            (first..end).step_by(5).for_each(|square| (square + 1..square + 5).for_each(&mut each));
        }
        StepAction::Products { .. } => {
            each(first);
            (first + 1..end).step_by(2).for_each(each);
        }
        _ => (first..end).for_each(each),
    }
}
