//! What is recorded beside operations: inputs and parameters, outputs, names, comparisons, reads, and what iterators
//! gather.

use core::cell::RefCell;
use core::panic::Location;

use wengert_ops::{Invalid, Op, Test};

use super::hot::{here, no_session, with_events, with_flat, with_recording, with_top};
use super::state::{State, number};
use crate::error::RecordError;
use crate::index::{MAX_NODES, NodeId, Operand};
use crate::source::SourceLine;
use crate::tag::{RecordingId, Tag};
use crate::tape::{Guard, Read};
use crate::var::Var;

/// Adds leaves, inputs or parameters by their opcode, to the recording of that number, which must be the topmost. Gives
/// the first one's tag; where the recording has failed, the tag of what belongs nowhere.
pub(crate) fn leaves(
    op: Op,
    recording: RecordingId,
    values: &[f64],
    at: &'static Location<'static>,
) -> Result<Tag, Tag> {
    let added = with_top(|state| {
        belongs(state, recording, at);
        let nowhere = state.number.map_or(Tag::CONSTANT, Tag::unrecorded);
        if state.error.is_some() {
            return Err(nowhere);
        }
        if let Err(error) = state.reserve(values.len(), 0, at) {
            state.fail(error);
            return Err(nowhere);
        }
        let first = state.tape.len();
        let nodes = first..first + values.len();
        state.tape.arena.ops.resize(nodes.end, op);
        if let Some(list) = state.tape.leaves_mut(op) {
            list.extend(nodes.map(NodeId::new));
        }
        state.work.values.extend_from_slice(values);
        if let Some(lines) = &mut state.tape.lines {
            lines.resize(first + values.len(), at.into());
        }
        Ok(Tag::base(recording).node(first as u64))
    });
    // Where the thread's locals are gone nothing is recorded, and the recording ends in an error: plain numbers.
    added.unwrap_or(Err(Tag::CONSTANT))
}

/// Ends a recording whose session is not the one that was used.
fn belongs(state: &mut State, recording: RecordingId, at: &'static Location<'static>) {
    if state.number != Some(recording) {
        let (found, active) = (recording.number(), number(state.number));
        state.fail(RecordError::ForeignSession { found, active, at: at.into() });
    }
}

/// The topmost recording's room for the numbers of a point; to be [given back](give_flat).
pub(crate) fn take_flat() -> Vec<f64> {
    with_flat(core::mem::take).unwrap_or_default()
}

/// Gives the room back.
pub(crate) fn give_flat(room: Vec<f64>) {
    with_flat(|flat| *flat = room);
}

/// Marks an output of the recording of that number.
pub(crate) fn output(recording: RecordingId, v: Var, at: &'static Location<'static>) {
    with_top(|state| {
        belongs(state, recording, at);
        if state.error.is_none()
            && let Some(operand) = state.operand(v, at)
        {
            state.tape.outputs.push(operand);
        }
    });
}

/// Runs `f` on the topmost recording with the operands `x`, unless all of them are constants. Errors as for an
/// operation.
fn beside<const A: usize>(
    x: [Var; A],
    at: &'static Location<'static>,
    f: impl FnOnce(&mut State, [Operand; A]),
) {
    let Some(active) = x.iter().find(|x| !x.is_constant()) else { return };
    let found = with_top(|state| {
        if state.error.is_some() {
            return;
        }
        let mut operands = [Operand::node(0); A];
        for (operand, v) in operands.iter_mut().zip(x) {
            match state.operand(v, at) {
                Some(found) => *operand = found,
                None => return,
            }
        }
        f(state, operands);
    });
    if found.is_none() {
        no_session(at, active);
    }
}

/// Records a comparison and its outcome.
#[inline(never)]
pub(crate) fn guard(test: Test, a: Var, b: Var, at: &'static Location<'static>) {
    if a.is_constant() && b.is_constant() {
        return;
    }
    if guard_at_once(test, a, b, at).is_none() {
        guard_of(test, a, b, at, || at.into());
    }
}

/// The same where both numbers are found at once and nothing has to be counted.
fn guard_at_once(test: Test, a: Var, b: Var, at: &'static Location<'static>) -> Option<()> {
    let (left, right, position) = here(|hot| {
        let (left, right) = (hot.operand(a)?, hot.operand(b)?);
        hot.has_room_beside().then_some((left, right, hot.len.get() as usize))
    })?;
    with_events(|guards, _| guards.push(Guard { test, left, right, position, at: at.into() }))
}

/// Records a comparison with the line of another recording's.
#[track_caller]
pub(crate) fn guard_again(guard: &Guard, a: Var, b: Var) {
    guard_of(guard.test, a, b, Location::caller(), || guard.at.clone());
}

fn guard_of(test: Test, a: Var, b: Var, at: &'static Location<'static>, line: impl FnOnce() -> SourceLine) {
    beside([a, b], at, |state, [left, right]| {
        let (position, at) = (state.tape.len(), line());
        if affords(state, size_of::<Guard>(), &at) {
            state.tape.guards.push(Guard { test, left, right, position, at });
        }
    });
}

/// Records that the plain value of a variable was read, on its own recording wherever that stands among those of this
/// thread; where it has ended, or goes on elsewhere, nothing.
#[inline(never)]
pub(crate) fn read(v: Var, at: &'static Location<'static>) {
    if read_at_once(v, at).is_none() {
        read_anywhere(v, at);
    }
}

/// The same where the variable is of the topmost recording and nothing has to be counted.
fn read_at_once(v: Var, at: &'static Location<'static>) -> Option<()> {
    let position = here(|hot| {
        let (index, len) = (v.tag().offset(hot.base.get()), hot.len.get());
        (index < len && hot.has_room_beside()).then_some(len as usize)
    })?;
    with_events(|_, reads| reads.push(Read { node: NodeId::new(v.index()), position, at: at.into() }))
}

#[cold]
fn read_anywhere(v: Var, at: &'static Location<'static>) {
    let Some(recording) = v.recording() else { return };
    with_recording(recording, |state| {
        let position = state.tape.len();
        // A variable that was made after its recording had failed has no node.
        if state.error.is_none() && v.index() < position {
            let at = at.into();
            if affords(state, size_of::<Read>(), &at) {
                state.tape.reads.push(Read { node: NodeId::new(v.index()), position, at });
            }
        }
    });
}

/// Whether the budget has room for so many more bytes of comparisons, reads and names, which nodes do not count; if not, the
/// recording fails.
fn affords(state: &mut State, more: usize, at: &SourceLine) -> bool {
    let (budget, nodes) = (state.config.budget, state.tape.len());
    if budget == usize::MAX {
        return true;
    }
    let room = state.bytes() + more <= budget;
    if !room {
        state.fail(RecordError::OverBudget { budget, nodes, at: at.clone() });
    }
    room
}

/// Names a node.
pub(crate) fn name(v: Var, name: &str, at: &'static Location<'static>) {
    beside([v], at, |state, [operand]| {
        // The text and a place in the map.
        let bytes = name.len() + 2 * size_of::<(NodeId, Box<str>)>();
        if affords(state, bytes, &at.into()) {
            state.names += bytes;
            state.tape.names.insert(NodeId::new(operand.index()), name.into());
        }
    });
}

/// Whether the topmost recording has room for what `reserve` asks of it; if not, it ends in the error. Where nothing is recorded,
/// and where a recording goes on with plain values, nothing limits.
#[cold]
pub(super) fn has_room(reserve: impl FnOnce(&mut State) -> Result<(), RecordError>) -> bool {
    let asked = with_top(|state| {
        if state.error.is_some() {
            return true;
        }
        match reserve(state) {
            Ok(()) => true,
            Err(why) => {
                state.fail(why);
                false
            }
        }
    });
    asked.unwrap_or(true)
}

/// Ends the topmost recording, if anything is being recorded: an operation has more operands than a tape can hold.
#[cold]
pub(super) fn too_many(at: &'static Location<'static>) -> Var {
    with_top(|state| state.fail(RecordError::TooManyNodes { limit: MAX_NODES as usize, at: at.into() }));
    Var::constant(f64::NAN)
}

/// Ends the topmost recording with an error, if anything is being recorded.
pub(crate) fn invalid(why: Invalid, at: &'static Location<'static>) -> Var {
    with_top(|state| state.fail(RecordError::InvalidArguments { why, at: at.into() }));
    Var::constant(f64::NAN)
}

thread_local! {
    /// Buffers in which iterators gather; one for each depth of nesting, so that none is allocated twice.
    static GATHERED: RefCell<Vec<Vec<Var>>> = const { RefCell::new(Vec::new()) };
}

/// Gathers an iterator's numbers, which may record while it runs, and hands them over together.
pub(crate) fn gathered(iter: impl Iterator<Item = Var>, record: impl FnOnce(&[Var]) -> Var) -> Var {
    // Where the thread's locals are gone already, a buffer of its own.
    let pooled = GATHERED.try_with(|buffers| buffers.borrow_mut().pop());
    let mut buffer = pooled.ok().flatten().unwrap_or_default();
    buffer.clear();
    buffer.extend(iter);
    let result = record(&buffer);
    let _ = GATHERED.try_with(|buffers| buffers.borrow_mut().push(buffer));
    result
}

/// Appends a node to the topmost recording by way of its vectors; all errors end here.
#[inline(never)]
pub(super) fn record(
    op: Op,
    x: &[Var],
    data: &[f64],
    value: f64,
    saved: &[f64],
    at: &'static Location<'static>,
) -> Var {
    let recorded = with_top(|state| {
        if state.error.is_some() {
            return state.failed(value);
        }
        let mut operands = smallvec::SmallVec::<[Operand; 4]>::new();
        for v in x {
            match state.operand(*v, at) {
                Some(operand) => operands.push(operand),
                None => return state.failed(value),
            }
        }
        match state.push(op, &operands, data, value, saved, at) {
            Ok(index) => Var::active(value, state.base().node(u64::from(index))),
            Err(error) => {
                state.fail(error);
                state.failed(value)
            }
        }
    });
    recorded.unwrap_or_else(|| no_session(at, x.iter().find(|v| !v.is_constant()).unwrap_or(&x[0])))
}
