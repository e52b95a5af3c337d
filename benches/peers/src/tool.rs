//! What a tool is: something that prepares a problem, and then takes its gradient over and over.

use std::fmt;

use wengert_benches::Problem;

/// A way to take gradients.
pub trait Tool {
    /// The crate's name.
    const NAME: &'static str;

    /// Makes everything ready that gradients of this problem can share.
    ///
    /// # Errors
    /// Where the tool is not meant for such a problem.
    fn prepare<P: Problem>(problem: &P) -> Result<Box<dyn Run + '_>, Absent>;
}

/// A problem made ready for a tool.
pub trait Run {
    /// Value at the problem's point; the gradient goes into the slice.
    fn gradient(&mut self, into: &mut [f64]) -> f64;
}

/// Why a tool has no figures for a problem.
#[derive(Clone, Debug, PartialEq)]
pub enum Absent {
    /// Forward mode takes an evaluation for every few inputs.
    TooManyInputs {
        /// How many it would be used for.
        limit: usize,
    },
    /// Its gradient is another one.
    Differs {
        /// Which entry.
        index: usize,
        /// That entry.
        found: f64,
        /// wengert's.
        expected: f64,
    },
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyInputs { limit } => write!(f, "forward mode, used up to {limit} inputs"),
            Self::Differs { index, found, expected } => {
                write!(f, "its derivative by input {index} is {found}, and {expected} by wengert")
            }
        }
    }
}

/// A tool whose type is forgotten.
pub struct Candidate<P> {
    /// The crate's name.
    pub name: &'static str,
    /// [`Tool::prepare`].
    #[allow(clippy::type_complexity)] // what `prepare` is
    pub prepare: fn(&P) -> Result<Box<dyn Run + '_>, Absent>,
}

impl<P: Problem> Candidate<P> {
    /// Of that tool.
    #[must_use]
    pub fn of<T: Tool>() -> Self {
        Self { name: T::NAME, prepare: T::prepare::<P> }
    }
}

/// The version of a crate, as the lock file has it.
#[must_use]
pub fn version(name: &str) -> Option<&'static str> {
    let lock = include_str!("../Cargo.lock");
    let (_, package) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    package.split('"').next()
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_are_read_from_the_lock_file() {
        assert!(super::version("echidna").is_some_and(|version| version.starts_with("0.15.")));
        assert_eq!(super::version("echidn"), None);
    }
}
