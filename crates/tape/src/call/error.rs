//! Why a call gives no numbers.

use super::Cause;
use crate::program::RunError;

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
    /// That a user's code failed.
    pub(super) fn failed(name: &str, why: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Self {
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
