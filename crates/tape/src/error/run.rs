//! Why a run of a program has no result: a comparison came out otherwise, most often; and why a call in it has none, which
//! may be that a program was run there.

use super::Cause;
use crate::source::SourceLine;
use wengert_ops::Test;

/// Why a run of a program has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A comparison came out otherwise than when the program was recorded.
    #[error(transparent)]
    Diverged(#[from] Box<Diverged>),
    /// A slice has the wrong length.
    #[error("{what}: {found} numbers where the program has {expected}")]
    Length {
        /// What the slice holds.
        what: &'static str,
        /// How many there must be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A reverse sweep needs the values of a run of this program.
    #[error("the workspace holds no finished run of this program: run it forward first")]
    NotRun,
    /// A called operation gave no numbers.
    #[error(transparent)]
    Call(Box<CallError>),
    /// The driver asks for a program of one output, and this one has several, or none.
    #[error("the program has {found} outputs where this asks for one")]
    NotScalar {
        /// How many it has.
        found: usize,
    },
}

/// A comparison came out otherwise than when the program was recorded: what the program computes from there on is
/// another branch of the user's code.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{at}: {} at {}; the program was recorded where {}{}",
    outcome(.found), numbers(.found, *.left, *.right), outcome(.recorded), .at.advice(.operands))]
pub struct Diverged {
    /// Which of [`Tape::guards`](crate::Tape::guards), from 0; inside a call, of the called program's.
    pub guard: usize,
    /// How many calls deep the comparison stands: 0 where it is one of the program's own.
    pub calls: usize,
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
    /// The source lines that made its operands, where the recording kept [lines](crate::Recorder::source_lines); none of a
    /// constant.
    pub operands: [Option<SourceLine>; 2],
}

/// What a user's own code ends in: nothing, or an error of any kind, which is kept as a [`Cause`].
pub type Outcome = Result<(), Box<dyn core::error::Error + Send + Sync>>;

/// Why a called operation gives no numbers.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The called program could not be run: a comparison inside it came out otherwise than when it was recorded, most often.
    #[error(transparent)]
    Run(Box<RunError>),
    /// The operation has no such derivative, or not at this number type. It is never taken to be 0.
    #[error("`{name}` gives no {what}; {hint}")]
    NoDerivative {
        /// The operation.
        name: String,
        /// What was asked for.
        what: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// The operation's own code ended in an error.
    #[error("`{name}` failed: {why}")]
    Failed {
        /// The operation.
        name: String,
        /// What it ended in.
        #[source]
        why: Cause,
    },
    /// It claims to have more results than there is memory for, or than a tape can have nodes.
    #[error("`{name}` claims to have {outputs} results, for which there is no room")]
    TooManyResults {
        /// The operation.
        name: String,
        /// How many it claims to have.
        outputs: usize,
    },
    /// It takes another number of operands.
    #[error("`{name}` takes {expected} numbers, got {found}")]
    Operands {
        /// The operation.
        name: String,
        /// How many it takes.
        expected: usize,
        /// How many it was given.
        found: usize,
    },
    /// A program was called that has an impure operation in it.
    #[error(
        "`{name}` calls `{impure}`, which is not pure: a called program is run again in the reverse sweep, and would do twice \
         what it is to do once; call `{impure}` outside of it"
    )]
    Impure {
        /// The program.
        name: String,
        /// The operation in it.
        impure: String,
    },
    /// The program of its derivative could not be made.
    #[error("the derivative of `{name}` could not be made: {why}")]
    Derivative {
        /// The operation.
        name: String,
        /// Why not.
        #[source]
        why: Cause,
    },
}

impl CallError {
    /// The operation that gave no numbers, where it is one that has a name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::NoDerivative { name, .. }
            | Self::Failed { name, .. }
            | Self::TooManyResults { name, .. }
            | Self::Operands { name, .. }
            | Self::Impure { name, .. }
            | Self::Derivative { name, .. } => Some(name),
            Self::Run(_) => None,
        }
    }

    /// That a user's code failed.
    #[must_use]
    pub fn failed(name: &str, why: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Self {
        Self::Failed { name: name.into(), why: Cause::new(why) }
    }
}

impl From<RunError> for CallError {
    /// The error of a call inside the called program is the same error.
    fn from(why: RunError) -> Self {
        match why {
            RunError::Call(why) => *why,
            why => Self::Run(Box::new(why)),
        }
    }
}

impl From<CallError> for RunError {
    /// A run of a called program that diverges is a run that diverges, one call deeper.
    fn from(why: CallError) -> Self {
        match why {
            CallError::Run(mut why) => {
                if let RunError::Diverged(diverged) = &mut *why {
                    diverged.calls += 1;
                }
                *why
            }
            why => Self::Call(Box::new(why)),
        }
    }
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

fn numbers(test: &Test, left: f64, right: f64) -> String {
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
