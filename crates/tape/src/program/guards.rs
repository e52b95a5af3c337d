//! Whether the comparisons of a recording have, at other inputs, the outcomes that they had.

use core::num::FpCategory;

use num_traits::ToPrimitive;

use crate::error::SourceLine;
use crate::tape::Test;

/// A comparison came out otherwise than when the program was recorded: what the program computes from there on is
/// another branch of the user's code.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{at}: {} at {}, and was {} when the program was recorded", outcome(.found), operands(.found, *.left, *.right), outcome(.recorded))]
pub struct Diverged {
    /// Which of [`Tape::guards`](crate::Tape::guards), from 0.
    pub guard: usize,
    /// The question with the outcome that it had.
    pub recorded: Test,
    /// The question with the outcome that it has now.
    pub found: Test,
    /// The left operand's value now.
    pub left: f64,
    /// The right operand's value now; that of the left where one number was asked.
    pub right: f64,
    /// The source line of the comparison.
    pub at: SourceLine,
}

fn outcome(test: &Test) -> String {
    match test {
        Test::Less(yes) => format!("`a < b` is {yes}"),
        Test::LessEqual(yes) => format!("`a <= b` is {yes}"),
        Test::Greater(yes) => format!("`a > b` is {yes}"),
        Test::GreaterEqual(yes) => format!("`a >= b` is {yes}"),
        Test::Equal(yes) => format!("`a == b` is {yes}"),
        Test::Order(Some(order)) => format!("the order of a and b is {order:?}"),
        Test::Order(None) => "a and b have no order".into(),
        Test::IsNan(yes) => format!("`a.is_nan()` is {yes}"),
        Test::Class(class) => format!("the class of a is {class:?}"),
        Test::IsSignNegative(yes) => format!("`a.is_sign_negative()` is {yes}"),
        Test::Integer(Some(n)) => format!("a as an integer is {n}"),
        Test::Integer(None) => "a is no integer".into(),
        Test::Bits(bits) => format!("a is {:?}", f64::from_bits(*bits)),
        #[allow(unreachable_patterns)]
        other => format!("{other:?}"),
    }
}

fn operands(test: &Test, left: f64, right: f64) -> String {
    match test {
        Test::Less(_)
        | Test::LessEqual(_)
        | Test::Greater(_)
        | Test::GreaterEqual(_)
        | Test::Equal(_)
        | Test::Order(_) => format!("a = {left:?}, b = {right:?}"),
        _ => format!("a = {left:?}"),
    }
}

impl Test {
    /// The same question asked of other values.
    pub(crate) fn ask(self, a: f64, b: f64) -> Self {
        match self {
            Self::Less(_) => Self::Less(a < b),
            Self::LessEqual(_) => Self::LessEqual(a <= b),
            Self::Greater(_) => Self::Greater(a > b),
            Self::GreaterEqual(_) => Self::GreaterEqual(a >= b),
            Self::Equal(_) => Self::Equal(a == b),
            Self::Order(_) => Self::Order(a.partial_cmp(&b)),
            Self::IsNan(_) => Self::IsNan(a.is_nan()),
            Self::Class(_) => Self::Class(a.classify()),
            Self::IsSignNegative(_) => Self::IsSignNegative(a.is_sign_negative()),
            Self::Integer(_) => Self::Integer(a.to_i128()),
            Self::Bits(_) => Self::Bits(a.to_bits()),
        }
    }

    /// Whether the outcome is the same: [`Test::ask`] compared, and cheaper for the frequent questions.
    #[inline]
    pub(crate) fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::Less(yes) => (a < b) == yes,
            Self::LessEqual(yes) => (a <= b) == yes,
            Self::Greater(yes) => (a > b) == yes,
            Self::GreaterEqual(yes) => (a >= b) == yes,
            Self::Equal(yes) => (a == b) == yes,
            Self::Class(class) => a.classify() == class || (class == FpCategory::Nan && a.is_nan()),
            other => other.ask(a, b) == other,
        }
    }
}
