//! What a user's own code ended in, kept as it is.

use core::error::Error;
use core::fmt;
use core::ops::Deref;
use std::sync::Arc;

/// An error of any kind, shared by those that carry it: what a callback or a solver of a user's ended in.
///
/// It reads as a `dyn Error`, and stands in the chain of [`source`](Error::source) as itself, so that it can be downcast:
///
/// ```
/// use std::error::Error;
/// use wengert::call::{CallError, Cause};
///
/// let failed = std::fs::read("no such file").unwrap_err();
/// let why = CallError::Failed { name: "table".into(), why: Cause::new(failed) };
/// let source = why.source().and_then(|why| why.downcast_ref::<std::io::Error>());
/// assert_eq!(source.map(std::io::Error::kind), Some(std::io::ErrorKind::NotFound));
/// ```
#[derive(Clone)]
pub struct Cause(Arc<dyn Error + Send + Sync>);

impl Cause {
    /// An error, or a message, as a cause.
    #[must_use]
    pub fn new(why: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(why.into().into())
    }
}

impl Deref for Cause {
    type Target = dyn Error + Send + Sync + 'static;
    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl PartialEq for Cause {
    /// The same error, or one of the same message.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.to_string() == other.to_string()
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
