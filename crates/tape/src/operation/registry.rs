//! Operations by name and version, for those who read a tape that was written elsewhere.

use std::collections::BTreeMap;

use super::callee::Callee;

/// The longest chain of names made of names (`step:vjp:vjp`): each stands for a program some times as long.
const DEPTH: usize = 4;

/// Where a loader finds the operations that a text or a file calls by name.
pub trait Resolve {
    /// The operation of a name and a version.
    fn resolve(&self, name: &str, version: u32) -> Option<Callee>;

    /// Which versions of a name there are, for messages.
    fn versions(&self, name: &str) -> Vec<u32>;
}

/// The operations that a loader knows. It is handed to the loader ([`Tape::parse_with`](crate::Tape::parse_with)); there is
/// none for all.
///
/// ```
/// use wengert::{Program, Tape, call::Registry};
///
/// let step = Program::record(&[1.0], |x| vec![x[0] * x[0]])?.named("step", 2);
/// let f = Program::record(&[3.0], |x| step.call(x))?;
/// let text = f.tape().dump().full().to_string();
/// assert!(text.contains("%1 = call \"step/2\" %0\n%2 = result %1 0.0\n"));
///
/// let known = Registry::new().with(step);
/// assert_eq!(Tape::parse_with(&text, &known)?.0, *f.tape());
/// let error = Tape::parse(&text).unwrap_err();
/// assert!(error.to_string().contains("`step/2` is not registered"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Registry {
    operations: BTreeMap<String, BTreeMap<u32, Callee>>,
}

impl Registry {
    /// Knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With an operation, in the place of one of the same name and version.
    #[must_use]
    pub fn with(mut self, operation: Callee) -> Self {
        self.insert(operation);
        self
    }

    /// Adds an operation, and gives the one back that had its name and version.
    pub fn insert(&mut self, operation: Callee) -> Option<Callee> {
        let versions = self.operations.entry(operation.name().into_owned()).or_default();
        versions.insert(operation.version(), operation)
    }

    /// The operation of a name and a version: one that was added, or one made of it as derivative programs do, such as
    /// `step:vjp`.
    #[must_use]
    pub fn get(&self, name: &str, version: u32) -> Option<Callee> {
        self.find(name, version, DEPTH)
    }

    fn find(&self, name: &str, version: u32, depth: usize) -> Option<Callee> {
        if let Some(found) = self.operations.get(name).and_then(|versions| versions.get(&version)) {
            return Some(found.clone());
        }
        let (base, part) = name.rsplit_once(':')?;
        let base = self.find(base, version, depth.checked_sub(1)?)?;
        base.operation().part(&base, part)
    }
}

impl Resolve for Registry {
    fn resolve(&self, name: &str, version: u32) -> Option<Callee> {
        self.get(name, version)
    }

    fn versions(&self, name: &str) -> Vec<u32> {
        self.operations.get(name).map_or(Vec::new(), |versions| versions.keys().copied().collect())
    }
}
