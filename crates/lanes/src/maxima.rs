//! The greatest number over rows, and the row that has it: the same whatever the order in which rows come.

use wengert_ops::Primitive;

use crate::exchange::RowsHere;
use crate::frame::Frame;
use crate::steps::{CodeStep, StepAction};

/// The greatest number over rows, and the first row that has it. A NaN is greater than all else, so that a row without a number
/// is named.
///
/// ```
/// use wengert::lanes::RowMaximum;
///
/// let mut most = RowMaximum::default();
/// for (row, value) in [3.0, 7.0, 7.0].into_iter().enumerate() {
///     most.meet(RowMaximum { value, row });
/// }
/// assert_eq!(most, RowMaximum { value: 7.0, row: 1 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowMaximum<F = f64> {
    /// The number; −∞ where there is no row.
    pub value: F,
    /// The row; the largest number that there is where there is none.
    pub row: usize,
}

impl<F: Primitive> Default for RowMaximum<F> {
    fn default() -> Self {
        Self { value: F::of(f64::NEG_INFINITY), row: usize::MAX }
    }
}

impl<F: Primitive> RowMaximum<F> {
    /// That of these rows and of others.
    pub fn meet(&mut self, other: Self) {
        let (here, there) = (self.value, other.value);
        let alike = here == there || here.is_nan() && there.is_nan();
        let above = there > here || there.is_nan() && !here.is_nan();
        if above || alike && other.row < self.row {
            *self = other;
        }
    }
}

/// Looks for the greatest of a step's operand among rows.
pub(crate) fn maximum<F: Primitive>(
    frame: &Frame<'_, F>,
    step: &CodeStep,
    rows: RowsHere<'_>,
    maxima: &mut [RowMaximum<F>],
) {
    let StepAction::Maximum(number) = step.action else { return };
    let (&[read], Some(most)) = (frame.reads(step), maxima.get_mut(number as usize)) else { return };
    let at = |row: &u32| rows.first + *row as usize;
    if read.is_uniform() {
        let first = rows.list.iter().map(at).min();
        return first.into_iter().for_each(|row| most.meet(RowMaximum { value: frame.uniform(read), row }));
    }
    let slot = &frame.slot(read)[..rows.list.len()];
    // Most often there is none above, which is told without looking at each row.
    let below = slot.iter().filter(|x| **x < most.value).count();
    if below < slot.len() {
        for (value, row) in slot.iter().zip(rows.list) {
            most.meet(RowMaximum { value: *value, row: at(row) });
        }
    }
}
