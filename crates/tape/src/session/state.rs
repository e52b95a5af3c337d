//! Everything of one recording: the tape being made, its state, its limits. Safe code; the hot path, which appends
//! past it, is in `hot.rs`.

use core::cell::Cell;
use core::panic::Location;

use wengert_ops::Op;

use crate::error::RecordError;
use crate::index::{MAX_NODES, NodeId, Operand};
use crate::operation::{CallWork, Callee, Calls};
use crate::source::SourceLine;
use crate::tag::{RecordingId, Tag};
use crate::tape::Tape;
use crate::var::Var;
use crate::workspace::Workspace;

/// Everything of one recording: the tape being made, its state, its limits.
#[derive(Debug)]
pub(crate) struct State {
    /// The recording's number; none before the first.
    pub(crate) number: Option<RecordingId>,
    pub(crate) tape: Tape,
    pub(crate) work: Workspace,
    /// What calls need to be computed while they are recorded.
    pub(super) inner: Option<Box<CallWork<f64>>>,
    pub(crate) config: Config,
    pub(crate) error: Option<RecordError>,
    /// Room for the numbers of a point while they are recorded.
    pub(super) flat: Vec<f64>,
    /// Bytes of names.
    pub(super) names: usize,
    /// The last constants recorded, by a hash of their bits, so that equal ones share an entry.
    pub(super) recent: Box<[Cell<u32>; RECENT]>,
    /// Columns as `Hot` left them, while this state is not the topmost.
    pub(super) parked: bool,
}

/// Limits and wishes of a recording.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Config {
    pub(crate) max_nodes: usize,
    pub(crate) budget: usize,
    pub(crate) lines: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { max_nodes: MAX_NODES as usize, budget: usize::MAX, lines: false }
    }
}

pub(super) const RECENT: usize = 1024;

/// Bytes that one node of the hot path can need: opcode, two operands, value, two partials.
const NODE_BYTES: usize = 1 + 8 + 8 + 16;

impl Default for State {
    fn default() -> Self {
        Self {
            number: None,
            tape: Tape::default(),
            work: Workspace::default(),
            inner: None,
            config: Config::default(),
            error: None,
            flat: Vec::new(),
            names: 0,
            recent: Box::new([const { Cell::new(0) }; RECENT]),
            parked: false,
        }
    }
}

impl State {
    /// Bytes of tape and state in use, names included.
    pub(crate) fn bytes(&self) -> usize {
        let calls = self.inner.as_ref().map_or(0, |inner| inner.bytes());
        self.tape.bytes() + self.tape.bytes_beside() + self.names + self.work.bytes() + calls
    }

    /// Bytes of memory that is held for the next recording, in use or not.
    pub(crate) fn held(&self) -> usize {
        let columns =
            [&self.work.values, &self.work.saved, &self.work.adjoints, &self.work.scratch, &self.flat];
        size_of::<Self>()
            + size_of::<[Cell<u32>; RECENT]>()
            + self.tape.held()
            + columns.iter().map(|column| size_of::<f64>() * column.capacity()).sum::<usize>()
    }

    /// Lets go of what users own, and of what calls of it needed: nothing of a user's is to live longer than the recording's
    /// results, in memory that is kept for others.
    pub(crate) fn let_go(&mut self) {
        if !self.tape.calls.is_empty() || self.inner.is_some() {
            self.tape.calls.clear();
            self.inner = None;
            self.work.calls = CallWork::default();
        }
        if !self.tape.names.is_empty() {
            self.tape.names.clear();
        }
        self.error = None;
    }

    /// Bytes that a node can need: opcode, two operands, value, two partials, and its line where lines are kept.
    fn node_bytes(&self) -> usize {
        NODE_BYTES + if self.config.lines { size_of::<SourceLine>() } else { 0 }
    }

    /// Bytes that the budget leaves. They are counted where there is one.
    fn left(&self) -> usize {
        match self.config.budget {
            usize::MAX => usize::MAX,
            budget => budget.saturating_sub(self.bytes()),
        }
    }

    pub(super) fn restart(&mut self, number: RecordingId) {
        self.number = Some(number);
        // Only the entries that were used: a short recording should not pay for all, nor one of many constants for each.
        if self.tape.arena.constants.len() < RECENT {
            for c in &self.tape.arena.constants {
                self.recent[hash(*c)].set(0);
            }
        } else {
            self.recent.fill(const { Cell::new(0) });
        }
        self.tape.clear();
        self.tape.recording = Some(number);
        self.tape.lines = self.config.lines.then(Vec::new);
        self.work.clear();
        self.error = None;
        self.names = 0;
        self.tape.arena.constants.push(0.0);
    }

    /// Makes room for `nodes` more nodes with `operands` more operands in all, or says why there is none.
    pub(super) fn reserve(
        &mut self,
        nodes: usize,
        operands: usize,
        at: &'static Location<'static>,
    ) -> Result<(), RecordError> {
        let len = self.tape.len();
        if nodes > self.config.max_nodes.min(MAX_NODES as usize).saturating_sub(len) {
            return Err(RecordError::TooManyNodes {
                limit: self.config.max_nodes.min(MAX_NODES as usize),
                at: at.into(),
            });
        }
        // The indices of constants and the counts of operands have 31 bits too.
        if operands >= (MAX_NODES as usize).saturating_sub(self.tape.arena.constants.len()) {
            return Err(RecordError::TooManyNodes { limit: MAX_NODES as usize, at: at.into() });
        }
        if nodes * self.node_bytes() + 4 * operands.saturating_sub(2 * nodes) > self.left() {
            return Err(RecordError::OverBudget { budget: self.config.budget, nodes: len, at: at.into() });
        }
        let full = |_| RecordError::OutOfMemory { nodes: len, at: at.into() };
        let before = self.tape.arena.ops.capacity().min(self.work.values.capacity());
        grow(&mut self.tape.arena.ops, nodes).map_err(full)?;
        grow(&mut self.work.values, nodes).map_err(full)?;
        let capacity = self.tape.arena.ops.capacity().min(self.work.values.capacity());
        // Each node of the hot path may take two operands and two partials. Room for that is made where the
        // columns of nodes grow; a recording that is no longer than an earlier one finds what it needs.
        let room = if capacity > before { 2 * (capacity - len) } else { 2 };
        grow(&mut self.tape.arena.pool, operands.max(room)).map_err(full)?;
        grow(&mut self.work.saved, room).map_err(full)
    }

    /// Makes room for so many nodes, each of which reads so many operands and as many data, or says why there is none.
    pub(super) fn reserve_with_data(
        &mut self,
        nodes: usize,
        operands: usize,
        at: &'static Location<'static>,
    ) -> Result<(), RecordError> {
        let count = nodes.saturating_mul(operands);
        self.reserve(nodes, count.saturating_add(3 * nodes), at)?;
        let (added, nodes) = (nodes, self.tape.len());
        if count > (MAX_NODES as usize).saturating_sub(self.tape.arena.data.len()) {
            return Err(RecordError::TooManyNodes { limit: MAX_NODES as usize, at: at.into() });
        }
        if added * self.node_bytes() + (4 + 8) * count > self.left() {
            return Err(RecordError::OverBudget { budget: self.config.budget, nodes, at: at.into() });
        }
        grow(&mut self.tape.arena.data, count).map_err(|_| RecordError::OutOfMemory { nodes, at: at.into() })
    }

    /// How many nodes the hot path may add.
    pub(super) fn room(&self) -> usize {
        if self.config.lines || self.error.is_some() {
            return 0;
        }
        let arena = &self.tape.arena;
        let len = arena.len();
        (arena.ops.capacity() - len)
            .min(self.work.values.capacity() - len)
            .min((arena.pool.capacity() - arena.pool.len()) / 2)
            .min((self.work.saved.capacity() - self.work.saved.len()) / 2)
            .min(self.config.max_nodes.min(MAX_NODES as usize).saturating_sub(len))
            .min(self.left() / NODE_BYTES)
    }

    /// How many places of the pool the hot path may fill: those of a recording with a budget are counted by node.
    pub(super) fn places(&self, room: usize) -> usize {
        let pool = &self.tape.arena.pool;
        if room == 0 || self.config.budget != usize::MAX { 0 } else { pool.capacity() - pool.len() }
    }

    /// Appends a node; its operands are nodes below it or constants, with as many data where its row reads data.
    pub(super) fn push(
        &mut self,
        op: Op,
        operands: &[Operand],
        data: &[f64],
        value: f64,
        saved: &[f64],
        at: &'static Location<'static>,
    ) -> Result<u32, RecordError> {
        if op.info().data {
            self.reserve_with_data(1, operands.len(), at)?;
        } else {
            self.reserve(1, operands.len() + 2, at)?;
        }
        Ok(self.append(op, operands, data, value, saved, at))
    }

    /// Appends a node for which there is room.
    #[inline]
    fn append(
        &mut self,
        op: Op,
        operands: &[Operand],
        data: &[f64],
        value: f64,
        saved: &[f64],
        at: &'static Location<'static>,
    ) -> u32 {
        self.tape.arena.push(op, operands, data);
        self.work.values.push(value);
        self.work.saved.extend_from_slice(saved);
        if let Some(lines) = &mut self.tape.lines {
            lines.push(at.into());
        }
        self.tape.len() as u32 - 1
    }

    /// Appends a call of these variables and its results, all or none; gives the call's index. An error ends the recording.
    pub(super) fn push_call(
        &mut self,
        callee: &Callee,
        x: &[Var],
        results: &[f64],
        at: &'static Location<'static>,
    ) -> Option<u32> {
        if let Err(error) = self.reserve_call(x.len(), results.len(), at) {
            self.fail(error);
            return None;
        }
        let (call, begin, count) = (self.tape.len() as u32, self.tape.arena.pool.len(), x.len() as u32);
        self.tape.arena.pool.push(Operand::count(count));
        for v in x {
            let Some(operand) = self.operand(*v, at) else {
                self.tape.arena.pool.truncate(begin);
                return None;
            };
            self.tape.arena.pool.push(operand);
        }
        self.tape.arena.pool.push(Operand::count(count));
        self.tape.arena.ops.push(Op::Foreign);
        self.tape.calls.push(NodeId::new(call as usize), callee);
        self.work.values.push(0.0);
        // Each result names the call and its number, a constant.
        for (k, value) in results.iter().enumerate() {
            let number = self.intern(k as f64);
            self.tape.arena.pool.extend([Operand::node(call), number]);
            self.tape.arena.ops.push(Op::Result);
            self.work.values.push(*value);
        }
        if let Some(lines) = &mut self.tape.lines {
            lines.resize(self.tape.arena.len(), at.into());
        }
        Some(call)
    }

    /// Makes room for a call and its results.
    pub(super) fn reserve_call(
        &mut self,
        operands: usize,
        results: usize,
        at: &'static Location<'static>,
    ) -> Result<(), RecordError> {
        let nodes = results.saturating_add(1);
        self.reserve(nodes, results.saturating_mul(2).saturating_add(operands + 2), at)?;
        // The list of calls is not counted by node.
        if Calls::ENTRY + nodes * self.node_bytes() + 4 * operands > self.left() {
            let (budget, nodes) = (self.config.budget, self.tape.len());
            return Err(RecordError::OverBudget { budget, nodes, at: at.into() });
        }
        Ok(())
    }

    /// The constant's place in the pool.
    pub(super) fn intern(&mut self, c: f64) -> Operand {
        Growing { constants: &mut self.tape.arena.constants, recent: &self.recent }.intern(c)
    }

    /// What a variable is to this recording: a node, a constant, or an error that ends it.
    pub(super) fn operand(&mut self, v: Var, at: &'static Location<'static>) -> Option<Operand> {
        let index = v.tag().offset(self.base());
        if index < self.tape.len() as u64 {
            Some(Operand::node(index as u32))
        } else if v.is_constant() {
            Some(self.intern(v.plain()))
        } else {
            let [found, active] = [v.recording(), self.number].map(number);
            self.fail(RecordError::ForeignVariable { found, active, at: at.into() });
            None
        }
    }

    /// The tag of its first node; before the first recording, of none.
    #[inline]
    pub(super) fn base(&self) -> Tag {
        self.number.map_or(Tag::CONSTANT, Tag::base)
    }

    /// What an operation of a failed recording gives: a number that is plain inside it and foreign anywhere else, so
    /// that it cannot pass for a constant of another recording.
    pub(super) fn failed(&self, value: f64) -> Var {
        self.number.map_or(Var::constant(value), |number| Var::active(value, Tag::unrecorded(number)))
    }

    pub(super) fn fail(&mut self, error: RecordError) {
        // The first error is the cause; what follows runs on plain values.
        self.error.get_or_insert(error);
    }
}

/// The number of a recording as messages have it; 0 of none.
pub(crate) fn number(recording: Option<RecordingId>) -> u32 {
    recording.map_or(0, RecordingId::number)
}

/// Room for `needed` more elements, doubling.
fn grow<T>(column: &mut Vec<T>, needed: usize) -> Result<(), std::collections::TryReserveError> {
    if column.capacity() - column.len() >= needed {
        return Ok(());
    }
    column.try_reserve_exact(needed.max(column.len()).max(64))
}

/// The constants of a recording, as a new node's operands ask for them.
pub(super) trait Constants {
    /// All recorded so far.
    fn all(&self) -> &[f64];
    /// The place of a constant, if it can have one.
    fn place(&mut self, c: f64) -> Option<Operand>;
}

/// Constants of which no new one can be recorded here.
pub(super) struct KnownConstants<'a> {
    pub(super) constants: &'a [f64],
    pub(super) recent: &'a [Cell<u32>; RECENT],
}

impl Constants for KnownConstants<'_> {
    #[inline(always)]
    fn all(&self) -> &[f64] {
        self.constants
    }
    /// The place of an equal one that was recorded lately.
    #[inline(always)]
    fn place(&mut self, c: f64) -> Option<Operand> {
        let id = self.recent[hash(c)].get();
        (self.constants[id as usize].to_bits() == c.to_bits()).then(|| Operand::constant(id))
    }
}

/// Constants to which new ones are added.
pub(super) struct Growing<'a> {
    pub(super) constants: &'a mut Vec<f64>,
    pub(super) recent: &'a [Cell<u32>; RECENT],
}

impl Growing<'_> {
    /// The place of an equal one that was recorded lately, or a new place.
    #[inline]
    fn intern(&mut self, c: f64) -> Operand {
        let Self { constants, recent } = self;
        KnownConstants { constants, recent }.place(c).unwrap_or_else(|| {
            let id = constants.len() as u32;
            constants.push(c);
            recent[hash(c)].set(id);
            Operand::constant(id)
        })
    }
}

impl Constants for Growing<'_> {
    fn all(&self) -> &[f64] {
        self.constants
    }
    fn place(&mut self, c: f64) -> Option<Operand> {
        Some(self.intern(c))
    }
}

/// A place among the recent constants.
#[inline(always)]
pub(super) fn hash(c: f64) -> usize {
    (c.to_bits().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54) as usize
}
