//! The state of a run: values, saved partials and adjoints. Reused between runs, so that nothing is allocated
//! in a loop. The program that they belong to is a [`Tape`](crate::Tape).

/// Values and adjoints of a tape's nodes.
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
}

impl Workspace {
    /// Values by node.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Adjoints by node, of the last sweep; shorter than the tape where the sweep began below its end (what
    /// is missing is 0), empty before the first.
    #[must_use]
    pub fn adjoints(&self) -> &[f64] {
        &self.adjoints
    }

    pub(crate) fn clear(&mut self) {
        self.values.clear();
        self.saved.clear();
        self.adjoints.clear();
    }

    /// Bytes in use.
    pub(crate) fn bytes(&self) -> usize {
        8 * (self.values.len() + self.saved.len() + self.adjoints.len())
    }
}
