//! What may be asked of numbers, the answers, and how both are spelled. It imports nothing of the crate.

use core::cmp::Ordering;
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
    Order(Option<Ordering>),
    /// Whether `a` is NaN.
    IsNan(bool),
    /// The floating-point class of `a`.
    Class(FpCategory),
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

/// What a test asks, without its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// `%1 < %2`
    Between(&'static str),
    /// `is_nan %1`
    Of(&'static str),
}

/// The signs that stand between two operands.
#[doc(hidden)]
pub const BETWEEN: [&str; 6] = ["<", "<=", ">", ">=", "==", "<=>"];
/// The words that stand before one operand.
#[doc(hidden)]
pub const OF: [&str; 5] = ["is_nan", "class", "is_sign_negative", "integer", "bits"];

impl Test {
    /// What is asked.
    #[must_use]
    pub fn question(&self) -> Question {
        match self {
            Self::Less(_) => Question::Between("<"),
            Self::LessEqual(_) => Question::Between("<="),
            Self::Greater(_) => Question::Between(">"),
            Self::GreaterEqual(_) => Question::Between(">="),
            Self::Equal(_) => Question::Between("=="),
            Self::Order(_) => Question::Between("<=>"),
            Self::IsNan(_) => Question::Of("is_nan"),
            Self::Class(_) => Question::Of("class"),
            Self::IsSignNegative(_) => Question::Of("is_sign_negative"),
            Self::Integer(_) => Question::Of("integer"),
            Self::Bits(_) => Question::Of("bits"),
        }
    }

    /// What is asked as dumps and files spell it: the sign between two operands (`<`, `<=`, `>`, `>=`, `==`, `<=>`),
    /// or the word before one (`is_nan`, `class`, …).
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.question() {
            Question::Between(word) | Question::Of(word) => word,
        }
    }

    /// The test of that [word](Self::word) and [answer](Self::answer); `None` where there is none.
    #[must_use]
    pub fn spelled(word: &str, answer: &str) -> Option<Self> {
        test(word, answer)
    }

    /// The answer as dumps and files spell it.
    #[must_use]
    pub fn answer(&self) -> String {
        match self {
            Self::Less(yes)
            | Self::LessEqual(yes)
            | Self::Greater(yes)
            | Self::GreaterEqual(yes)
            | Self::Equal(yes)
            | Self::IsNan(yes)
            | Self::IsSignNegative(yes) => yes.to_string(),
            Self::Order(order) => spelling(&ORDERS, order).into(),
            Self::Class(class) => spelling(&CLASSES, class).into(),
            Self::Integer(None) => "none".into(),
            Self::Integer(Some(n)) => n.to_string(),
            Self::Bits(bits) => format!("{bits:#018x}"),
        }
    }
}

/// The test of that question and answer.
fn test(question: &str, answer: &str) -> Option<Test> {
    let yes = || answer.parse::<bool>().ok();
    Some(match question {
        "<" => Test::Less(yes()?),
        "<=" => Test::LessEqual(yes()?),
        ">" => Test::Greater(yes()?),
        ">=" => Test::GreaterEqual(yes()?),
        "==" => Test::Equal(yes()?),
        "<=>" => Test::Order(meaning(&ORDERS, answer)?),
        "is_nan" => Test::IsNan(yes()?),
        "class" => Test::Class(meaning(&CLASSES, answer)?),
        "is_sign_negative" => Test::IsSignNegative(yes()?),
        "integer" if answer == "none" => Test::Integer(None),
        "integer" => Test::Integer(Some(answer.parse().ok()?)),
        "bits" => {
            let digits = answer.strip_prefix("0x").filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
            Test::Bits(u64::from_str_radix(digits, 16).ok()?)
        }
        _ => return None,
    })
}

const ORDERS: [(Option<Ordering>, &str); 4] = [
    (Some(Ordering::Less), "less"),
    (Some(Ordering::Equal), "equal"),
    (Some(Ordering::Greater), "greater"),
    (None, "unordered"),
];

const CLASSES: [(FpCategory, &str); 5] = [
    (FpCategory::Nan, "nan"),
    (FpCategory::Infinite, "infinite"),
    (FpCategory::Zero, "zero"),
    (FpCategory::Subnormal, "subnormal"),
    (FpCategory::Normal, "normal"),
];

fn spelling<T: PartialEq>(table: &[(T, &'static str)], meaning: &T) -> &'static str {
    table.iter().find(|(known, _)| known == meaning).map_or("", |(_, word)| word)
}

fn meaning<T: Copy>(table: &[(T, &str)], word: &str) -> Option<T> {
    table.iter().find(|(_, known)| *known == word).map(|(meaning, _)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_reads_back() {
        let mut tests =
            vec![Test::Integer(None), Test::Integer(Some(i128::MIN)), Test::Bits(5), Test::Bits(u64::MAX)];
        tests.extend(ORDERS.map(|(order, _)| Test::Order(order)));
        tests.extend(CLASSES.map(|(class, _)| Test::Class(class)));
        for yes in [false, true] {
            tests.extend([
                Test::Less(yes),
                Test::LessEqual(yes),
                Test::Greater(yes),
                Test::GreaterEqual(yes),
            ]);
            tests.extend([Test::Equal(yes), Test::IsNan(yes), Test::IsSignNegative(yes)]);
        }
        for t in tests {
            let word = match t.question() {
                Question::Between(sign) if BETWEEN.contains(&sign) => sign,
                Question::Of(word) if OF.contains(&word) => word,
                unlisted => panic!("{unlisted:?} is in no list"),
            };
            assert_eq!(test(word, &t.answer()), Some(t));
        }
        assert_eq!(test("<", "maybe"), None);
        assert_eq!(test("bits", "0x+5"), None);
    }
}
