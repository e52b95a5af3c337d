//! What may be asked of values while they are recorded, and the answers. It imports nothing of the crate.

use core::num::FpCategory;

use num_traits::ToPrimitive;

/// A question asked of values, with the answer it got.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Test {
    /// `a < b`
    Less(bool),
    /// `a ≤ b`
    LessEqual(bool),
    /// `a > b`
    Greater(bool),
    /// `a ≥ b`
    GreaterEqual(bool),
    /// `a = b`
    Equal(bool),
    /// The order of `a` and `b`, `None` where one is NaN.
    Order(Option<core::cmp::Ordering>),
    /// Whether `a` is NaN.
    IsNan(bool),
    /// The floating-point class of `a`.
    Class(core::num::FpCategory),
    /// Whether the sign bit of `a` is set.
    IsSignNegative(bool),
    /// The integer that `a` was turned into, towards 0.
    Integer(Option<i128>),
    /// The bits that `a` was taken apart into.
    Bits(u64),
}

impl Test {
    /// The same question asked of other values.
    #[must_use]
    pub fn ask(self, a: f64, b: f64) -> Self {
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
    #[must_use]
    pub fn holds(self, a: f64, b: f64) -> bool {
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
