//! The state of a program's runs at one number type. What users hold is [`Work`](crate::Work), which has one of these for each
//! number type that its drivers take.

use core::num::NonZeroU64;

use wengert_ops::Real;
use wengert_tape::NodeId;
use wengert_tape::call::Kept;

use crate::sweep::{Caller, Numbers};

/// What tells a program apart from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ProgramId(pub(crate) NonZeroU64);

/// Which values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotUse {
    /// One a node.
    ByNode,
    /// Slots are used again; what is there at the end is known to the program.
    Reused,
}

/// The program that the numbers of a run belong to, and how they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) program: ProgramId,
    pub(crate) slots: SlotUse,
    /// How many constants stand behind the nodes' values.
    pub(crate) constants: usize,
}

/// Values, saved partials and adjoints of a program's runs at one number type.
#[derive(Clone, Debug)]
pub(crate) struct RunState<T> {
    pub(crate) numbers: Numbers<T>,
    /// One adjoint a node, of the last sweep.
    pub(crate) adjoints: Vec<T>,
    /// The parameters of the program's runs.
    pub(crate) parameters: Vec<T>,
    /// The program whose numbers these are; none before the first run.
    pub(crate) owner: Option<Owner>,
    /// Whether the program's last run finished, its comparisons as they were recorded: else what is here is no result.
    pub(crate) finished: bool,
    /// Whether the saved partials are those of the values.
    pub(crate) ready: bool,
    /// The call whose run this is, where a called program's run is kept for the caller's reverse sweep.
    pub(crate) kept: Option<(NodeId, u64)>,
}

impl<T> RunState<T> {
    /// Without memory yet.
    pub(crate) fn new(calls: Caller<T>) -> Self {
        Self {
            numbers: Numbers::new(calls),
            adjoints: Vec::new(),
            parameters: Vec::new(),
            owner: None,
            finished: false,
            ready: false,
            kept: None,
        }
    }

    /// Values by node, of the last run, where it kept them and has finished.
    pub(crate) fn values(&self) -> &[T] {
        match self.owner {
            Some(Owner { slots: SlotUse::ByNode, constants, .. }) if self.finished => {
                &self.numbers.values[..self.numbers.values.len() - constants]
            }
            _ => &[],
        }
    }

    /// Before anything is computed: nothing here is a result until a run has finished.
    pub(crate) fn begin(&mut self) {
        self.adjoints.clear();
        self.numbers.calls.state_mut().begin_run();
        self.finished = false;
        self.ready = false;
        self.kept = None;
    }

    /// The program whose numbers these are.
    pub(crate) fn program(&self) -> Option<ProgramId> {
        self.owner.map(|owner| owner.program)
    }

    /// Bytes in use: values, saved partials and adjoints, and what calls need.
    pub(crate) fn bytes(&self) -> usize {
        let Numbers { values, saved, calls, .. } = &self.numbers;
        size_of::<T>() * (values.len() + saved.len() + self.adjoints.len()) + calls.state().bytes()
    }
}

impl<T: Real> Kept for RunState<T> {
    fn bytes(&self) -> usize {
        self.bytes()
    }
    fn copied(&self) -> Box<dyn Kept> {
        Box::new(self.clone())
    }
}
