//! The state of a run: values, saved partials and adjoints. Reused between runs, so that nothing is allocated
//! in a loop. What it belongs to is a [`Tape`](crate::Tape) or a [`Program`](crate::Program).

use crate::call::Inner;
use crate::index::NodeId;

/// Which values are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Slots {
    /// One a node.
    #[default]
    ByNode,
    /// Slots are used again; what is there at the end is known to the program.
    Reused,
}

/// Values and adjoints of a tape's nodes.
#[derive(Clone, Debug)]
pub struct Workspace<T = f64> {
    /// One value a node; of a program, one a constant behind them.
    pub(crate) values: Vec<T>,
    /// The partials that rows asked to have saved, in order of recording.
    pub(crate) saved: Vec<T>,
    /// One adjoint a node, up to the highest seed of the last sweep.
    pub(crate) adjoints: Vec<T>,
    /// Scratch of variadic rows.
    pub(crate) scratch: Vec<T>,
    /// The parameters of the program's runs.
    pub(crate) parameters: Vec<T>,
    /// What its calls need.
    pub(crate) inner: Inner<T>,
    /// Which values of a program there are.
    pub(crate) slots: Slots,
    /// The program that the values belong to, by its number; 0 for a recording's.
    pub(crate) program: u64,
    /// How many constants stand behind the nodes' values.
    pub(crate) constants: usize,
    /// Whether the program's last run finished, its comparisons as they were recorded: else what is here is no result.
    pub(crate) finished: bool,
    /// Whether the saved partials are those of the values.
    pub(crate) ready: bool,
    /// The call whose run this is, where a called program's run is kept for the caller's reverse sweep.
    pub(crate) kept: Option<NodeId>,
}

impl<T> Default for Workspace<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            saved: Vec::new(),
            adjoints: Vec::new(),
            scratch: Vec::new(),
            parameters: Vec::new(),
            inner: Inner::default(),
            slots: Slots::ByNode,
            program: 0,
            constants: 0,
            finished: false,
            ready: false,
            kept: None,
        }
    }
}

impl<T> Workspace<T> {
    /// Without memory yet: the first run takes it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Values by node, of the last recording or run. Empty after a run for outputs alone
    /// ([`Program::run_for_outputs`](crate::Program::run_for_outputs) and the drivers that want no more), which does not
    /// keep them, and after a run that did not finish, whose numbers are those of another branch.
    #[must_use]
    pub fn values(&self) -> &[T] {
        match self.slots {
            Slots::ByNode if self.program == 0 || self.finished => {
                &self.values[..self.values.len() - self.constants]
            }
            _ => &[],
        }
    }

    /// Adjoints by node, of the last sweep; shorter than the tape where the sweep began below its end (what
    /// is missing is 0), empty before the first, after a sweep that failed, and once the program is run again.
    #[must_use]
    pub fn adjoints(&self) -> &[T] {
        &self.adjoints
    }

    pub(crate) fn clear(&mut self) {
        self.values.clear();
        self.saved.clear();
        self.adjoints.clear();
        self.slots = Slots::ByNode;
        self.program = 0;
        self.constants = 0;
        self.begin_run();
    }

    /// Before anything is computed: nothing here is a result until a run has finished.
    pub(crate) fn begin_run(&mut self) {
        self.adjoints.clear();
        self.inner.begin_run();
        self.finished = false;
        self.ready = false;
        self.kept = None;
    }

    /// Bytes in use: values, saved partials and adjoints, those of called programs too.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<T>() * (self.values.len() + self.saved.len() + self.adjoints.len()) + self.inner.bytes()
    }
}
