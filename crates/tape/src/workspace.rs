//! The state of a recording: values, saved partials and adjoints. Reused between recordings, so that nothing is allocated in a
//! loop. The state of a program's runs is *not* here.

use crate::operation::CallWork;

/// Values and adjoints of a tape's nodes, as they were recorded or read.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// One value a node.
    pub(crate) values: Vec<f64>,
    /// The partials that rows asked to have saved, in order of recording.
    pub(crate) saved: Vec<f64>,
    /// One adjoint a node, up to the highest seed of the last sweep.
    pub(crate) adjoints: Vec<f64>,
    /// Scratch of variadic rows.
    pub(crate) scratch: Vec<f64>,
    /// What its calls need.
    pub(crate) calls: CallWork<f64>,
}

impl Workspace {
    /// Without memory yet: the first recording takes it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Values by node, of the last recording.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Adjoints by node, of the last sweep; shorter than the tape where the sweep began below its end (what is missing is 0),
    /// empty before the first and after a sweep that failed.
    #[must_use]
    pub fn adjoints(&self) -> &[f64] {
        &self.adjoints
    }

    pub(crate) fn clear(&mut self) {
        self.values.clear();
        self.saved.clear();
        self.adjoints.clear();
        self.calls.begin_run();
    }

    /// Bytes in use: values, saved partials and adjoints, and what calls need.
    #[must_use]
    pub fn bytes(&self) -> usize {
        8 * (self.values.len() + self.saved.len() + self.adjoints.len()) + self.calls.bytes()
    }
}

/// Numbers by node, to be shown beside a tape: those of a recording, or of a program's run.
#[derive(Clone, Copy, Debug)]
pub struct NodeState<'a> {
    /// One value a node.
    pub values: &'a [f64],
    /// One adjoint a node, up to the highest seed of a sweep; none before the first.
    pub adjoints: &'a [f64],
}

impl<'a> From<&'a Workspace> for NodeState<'a> {
    fn from(work: &'a Workspace) -> Self {
        Self { values: &work.values, adjoints: &work.adjoints }
    }
}
