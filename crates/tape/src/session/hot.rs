//! The stack of recordings of a thread, and the hot path of every operation.
//!
//! The stack owns the recordings while they are active; beside it stands one [`Hot`] block of plain pointers into
//! the topmost, so that an operation costs a handful of instructions: check that the operands belong here, store
//! opcode, operands and value, advance.
//!
//! # Why this is sound
//!
//! * *Ownership.* The buffers belong to the thread-local stack, not to any handle of the user. A handle that is
//!   leaked, dropped late, or moved cannot free or move them. The stack's destructor empties `Hot` first.
//! * *Pointers.* `Hot` points into the topmost state's vectors. Every function that touches those vectors
//!   otherwise ([`with_top`], [`with_recording`], [`begin`], [`end`]) first stores the lengths back and afterwards
//!   derives the pointers anew ([`Hot::store`], [`Hot::load`]).
//! * *Room.* [`Hot::limit`] is at most the length at which every column still has room for one more node of up
//!   to two operands and two saved partials; the hot path is taken only below it.
//! * *Many operands.* A node of any arity is written past the pool's end first, and counts only if meanwhile nothing
//!   has moved ([`Unfinished`]); afterwards `limit` is lowered to what the pool still has room for. A node of three
//!   operands lowers it in the same way ([`Hot::push_wide`]).
//! * *Operands.* An operand is the offset of its tag from the base ([`Tag::offset`]), compared with the number of nodes
//!   recorded: this one comparison says both that the variable is of this recording and that it is below the new node.
//!   Recording numbers wrap (after 2³² of them dealt, those that threads left unused included). A variable kept that
//!   long could be mistaken for one of a later recording, but its index is still below the length, so memory safety
//!   never rests on them.
//! * *Beside the columns.* Comparisons, reads and data go to lists of the topmost state that are no columns
//!   ([`with_events`], [`with_data`]), so that the pointers stay.
//!
//! This is one of the modules with `unsafe` (ARCHITECTURE.md lists them).
#![allow(unsafe_code)]

use core::cell::{Cell, RefCell};
use core::mem::MaybeUninit;
use core::panic::Location;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

use wengert_ops::Op;

use super::state::{KnownConstants, RECENT, State, hash, number};
use crate::index::{MAX_NODES, Operand};
use crate::operation::CallWork;
use crate::source::SourceLine;
use crate::tag::{RecordingId, Tag};
use crate::tape::{Guard, Read};
use crate::var::Var;

/// Pointers into the topmost state of this thread: what the hot path reads and writes.
pub(super) struct Hot {
    /// The tag of the first node; a constant's where nothing is recorded.
    pub(super) base: Cell<Tag>,
    /// Nodes recorded; 0 where nothing is recorded or the recording has failed, so that no variable matches.
    pub(super) len: Cell<u64>,
    /// The length from which on the slow path is taken.
    pub(super) limit: Cell<u64>,
    ops: Cell<*mut Op>,
    values: Cell<*mut f64>,
    /// The next free place of the pool, and how many there are for nodes of many operands; none where a budget must
    /// be kept, which counts by node.
    pool: Cell<*mut Operand>,
    pool_end: Cell<*mut Operand>,
    /// The next free place among the saved partials.
    saved: Cell<*mut f64>,
    /// The constants, how many there are, and how many there is room for; no room where a budget must be kept.
    pub(super) constants: Cell<*mut f64>,
    constants_len: Cell<usize>,
    constants_room: Cell<usize>,
    pub(super) recent: Cell<*const Cell<u32>>,
}

/// The stack of recordings of a thread, the innermost last.
#[allow(clippy::vec_box)] // the recorder's box, lent and handed back; a `State` is large to move
struct Stack(Vec<Box<State>>);

impl Drop for Stack {
    fn drop(&mut self) {
        // A thread that ends with a recording active (a coroutine that never finished): nothing may write
        // through the pointers any more.
        HOT.with(Hot::empty);
    }
}

thread_local! {
    static HOT: Hot = const {
        Hot {
            base: Cell::new(Tag::CONSTANT),
            len: Cell::new(0),
            limit: Cell::new(0),
            ops: Cell::new(ptr::null_mut()),
            values: Cell::new(ptr::null_mut()),
            pool: Cell::new(ptr::null_mut()),
            pool_end: Cell::new(ptr::null_mut()),
            saved: Cell::new(ptr::null_mut()),
            constants: Cell::new(ptr::null_mut()),
            constants_len: Cell::new(0),
            constants_room: Cell::new(0),
            recent: Cell::new(ptr::null()),
        }
    };
    static STACK: RefCell<Stack> = const { RefCell::new(Stack(Vec::new())) };
    /// The block of recording numbers that this thread deals from: next, end, size.
    static NUMBERS: Cell<(u32, u32, u32)> = const { Cell::new((0, 0, 0)) };
}

/// A number for a recording: from blocks, so that threads seldom meet at the counter; small ones at first, so that
/// threads that record once do not use the numbers up. 0 is left out when they wrap.
fn next_number() -> RecordingId {
    const LARGEST: u32 = 1024;
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NUMBERS.with(|numbers| {
        let (mut next, mut end, mut block) = numbers.get();
        loop {
            if next == end {
                block = (2 * block).clamp(1, LARGEST);
                next = NEXT.fetch_add(block, Ordering::Relaxed);
                end = next.wrapping_add(block);
            }
            let number = next;
            next = next.wrapping_add(1);
            if let Some(number) = RecordingId::new(number) {
                numbers.set((next, end, block));
                return number;
            }
        }
    })
}

/// This thread's pointers, for the hot path: `LocalKey::with` on a closure of this size is not inlined.
#[inline(always)]
pub(super) fn here<R>(f: impl FnOnce(&Hot) -> R) -> R {
    let hot = HOT.with(ptr::from_ref);
    // SAFETY: `HOT` is initialised in place and never dropped; it lives as long as its thread, which is running
    // `f`, and `&Hot` cannot leave `f`.
    f(unsafe { &*hot })
}

impl Hot {
    fn empty(&self) {
        self.base.set(Tag::CONSTANT);
        self.len.set(0);
        self.limit.set(0);
        self.pool_end.set(self.pool.get());
        self.constants_room.set(0);
    }

    /// Derives the pointers from the topmost state.
    fn load(&self, state: &mut State) {
        let len = state.tape.len();
        let room = state.room();
        let places_left = state.places(room);
        if state.error.is_some() {
            self.empty();
            return;
        }
        self.base.set(state.base());
        self.len.set(len as u64);
        self.limit.set((len + room) as u64);
        let arena = &mut state.tape.arena;
        self.ops.set(arena.ops.as_mut_ptr());
        self.values.set(state.work.values.as_mut_ptr());
        // SAFETY: one past the last element of a vector is inside its allocation.
        unsafe {
            self.pool.set(arena.pool.as_mut_ptr().add(arena.pool.len()));
            self.saved.set(state.work.saved.as_mut_ptr().add(state.work.saved.len()));
        }
        // SAFETY: `places_left` ends within the pool's allocation.
        self.pool_end.set(unsafe { self.pool.get().add(places_left) });
        self.constants.set(arena.constants.as_mut_ptr());
        self.constants_len.set(arena.constants.len());
        self.constants_room.set(if places_left == 0 {
            0
        } else {
            arena.constants.capacity().min(MAX_NODES as usize)
        });
        self.recent.set(state.recent.as_ptr());
        state.parked = false;
    }

    /// Stores the lengths that the hot path has reached back into the topmost state, and points nowhere until
    /// the next [`Hot::load`].
    fn store(&self, state: &mut State) {
        if state.parked || state.error.is_some() {
            return;
        }
        let len = self.len.get() as usize;
        let arena = &mut state.tape.arena;
        // SAFETY: the hot path wrote every element below these lengths, and stayed below the capacities (it
        // runs only below `limit`, which `State::room` bounds by them, and adds constants only where there is room).
        unsafe {
            let pool = self.pool.get().offset_from_unsigned(arena.pool.as_ptr());
            let saved = self.saved.get().offset_from_unsigned(state.work.saved.as_ptr());
            arena.ops.set_len(len);
            state.work.values.set_len(len);
            arena.pool.set_len(pool);
            arena.constants.set_len(self.constants_len.get());
            state.work.saved.set_len(saved);
        }
        state.parked = true;
        self.empty();
    }

    /// Whether nothing limits what is kept beside the nodes: where there is a budget, it is counted on the slow path.
    #[inline]
    pub(super) fn has_room_beside(&self) -> bool {
        self.constants_room.get() > 0
    }

    /// What a variable is to this recording, if it is found at once: a node, or a constant that is there or has room.
    #[inline]
    pub(super) fn operand(&self, v: Var) -> Option<Operand> {
        let index = v.tag().offset(self.base.get());
        if index < self.len.get() {
            return Some(Operand::node(index as u32));
        }
        if !v.is_constant() || self.len.get() == 0 {
            return None;
        }
        Some(Operand::constant(self.constant(v.plain())?))
    }

    /// The place of a constant: one that was seen lately, or a new one if there is room. Only while something is recorded.
    #[inline(always)]
    pub(super) fn constant(&self, c: f64) -> Option<u32> {
        self.known(c).or_else(|| self.add_constant(c))
    }

    /// The place of a constant that was seen lately. Only while something is recorded.
    #[inline(always)]
    fn known(&self, c: f64) -> Option<u32> {
        // SAFETY: `recent` has an entry for every hash, and every entry is an index into the constants, which
        // are never empty while a recording is active (`State::restart`).
        let (id, known) = unsafe {
            let id = (*self.recent.get().add(hash(c))).get();
            (id, *self.constants.get().add(id as usize))
        };
        (known.to_bits() == c.to_bits()).then_some(id)
    }

    /// Appends a constant that was not seen lately, if there is room: its place.
    #[inline(always)]
    fn add_constant(&self, c: f64) -> Option<u32> {
        let len = self.constants_len.get();
        if len >= self.constants_room.get() {
            return None;
        }
        // SAFETY: there is room for one more constant, and `recent` has an entry for every hash.
        unsafe {
            self.constants.get().add(len).write(c);
            (*self.recent.get().add(hash(c))).set(len as u32);
        }
        self.constants_len.set(len + 1);
        Some(len as u32)
    }

    /// Appends a node of the hot path, of one operand or two; the second does not count where `A` is 1.
    ///
    /// # Safety
    /// `len < limit`, `A ≤ 2`, `S ≤ 2`, and every operand is a node below `len` or a constant of the pool.
    #[inline(always)]
    pub(super) unsafe fn push<const A: usize, const S: usize>(
        &self,
        op: Op,
        first: Operand,
        second: Operand,
        value: f64,
        saved: [f64; S],
    ) -> Var {
        let len = self.len.get();
        // SAFETY: below `limit` each column has room for one more node (see the module's documentation).
        unsafe {
            self.ops.get().add(len as usize).write(op);
            self.values.get().add(len as usize).write(value);
            let pool = self.pool.get();
            // One by one: an array of two is put together in a register before.
            pool.write(first);
            if A == 2 {
                pool.add(1).write(second);
            }
            self.pool.set(pool.add(A));
            if S > 0 {
                let column = self.saved.get();
                column.cast::<[f64; S]>().write(saved);
                self.saved.set(column.add(S));
            }
        }
        self.len.set(len + 1);
        Var::active(value, self.base.get().node(len))
    }

    /// Appends a node of more than two operands, of which no partial is saved; `None` where the hot path has no room for it.
    ///
    /// # Safety
    /// Every operand is a node below `len` or a constant of the pool.
    #[inline(always)]
    pub(super) unsafe fn push_wide<const A: usize>(
        &self,
        op: Op,
        operands: [Operand; A],
        value: f64,
    ) -> Option<Var> {
        let (len, pool) = (self.len.get(), self.pool.get());
        // Addresses, as there may be no allocation.
        let left = self.pool_end.get().addr().saturating_sub(pool.addr()) / size_of::<Operand>();
        if len >= self.limit.get() || left < A {
            return None;
        }
        // SAFETY: below `limit` each column of nodes has room for one more, and the pool has for `A` operands.
        unsafe {
            self.ops.get().add(len as usize).write(op);
            self.values.get().add(len as usize).write(value);
            pool.cast::<[Operand; A]>().write(operands);
            self.pool.set(pool.add(A));
        }
        self.limit.set(self.limit.get().min(len + 1 + (left - A) as u64 / 2));
        self.len.set(len + 1);
        Some(Var::active(value, self.base.get().node(len)))
    }
}

/// A node of any number of operands, written past the pool's end run by run.
///
/// Handing over the runs is other code, which may record: what was written counts only while the recording is where it
/// was, and is looked at anew for each run. With `DATA` the node is of a row that reads data, and has one entry more.
pub(super) struct Unfinished<'a, const DATA: bool> {
    hot: &'a Hot,
    base: Tag,
    len: u64,
    pool: *mut Operand,
    operands: usize,
    written: usize,
}

impl<'a, const DATA: bool> Unfinished<'a, DATA> {
    /// Entries of the pool beside the operands; as `arena::around` has it.
    const AROUND: usize = 2 + DATA as usize;

    /// Begins a node of `n` operands; `None` where the hot path has no room for it.
    #[inline(always)]
    pub(super) fn new(hot: &'a Hot, n: usize) -> Option<Self> {
        let (base, len, pool) = (hot.base.get(), hot.len.get(), hot.pool.get());
        let begun = Self { hot, base, len, pool, operands: n, written: 0 };
        (len < hot.limit.get() && begun.fits(n + Self::AROUND)).then_some(begun)
    }

    /// Whether so many places are free.
    #[inline(always)]
    fn fits(&self, places: usize) -> bool {
        // Addresses, as there may be no allocation.
        self.hot.pool_end.get().addr().saturating_sub(self.hot.pool.get().addr())
            >= places * size_of::<Operand>()
    }

    /// Whether nothing has been recorded since, nor moved.
    #[inline(always)]
    fn current(&self) -> bool {
        let hot = self.hot;
        hot.base.get() == self.base
            && hot.len.get() == self.len
            && hot.pool.get() == self.pool
            && self.fits(self.operands + Self::AROUND)
    }

    /// Writes the operands of a run by `f`, which is given the places, the recording's base and length, and its
    /// constants, and says whether it wrote them all. `false` ends the attempt.
    #[inline(always)]
    pub(super) fn run(
        &mut self,
        run: usize,
        f: impl FnOnce(&mut [MaybeUninit<Operand>], Tag, u64, KnownConstants<'_>) -> bool,
    ) -> bool {
        if !self.current() || run > self.operands - self.written {
            return false;
        }
        // SAFETY: the recording is where it was, with places in the pool for the operands and what is around them; the
        // first is the count's. Constants and recent ones are the recording's, which `f` cannot reach otherwise.
        let all = unsafe {
            let places = self.pool.add(1 + self.written).cast::<MaybeUninit<Operand>>();
            let places = core::slice::from_raw_parts_mut(places, run);
            let constants =
                core::slice::from_raw_parts(self.hot.constants.get(), self.hot.constants_len.get());
            let recent = &*self.hot.recent.get().cast::<[Cell<u32>; RECENT]>();
            f(places, self.base, self.len, KnownConstants { constants, recent })
        };
        self.written += run;
        all
    }

    /// Appends the node, with `DATA` one of as many data as operands. Its operands must all have been written, each a node
    /// below it or a constant of the pool.
    #[inline(always)]
    pub(super) fn finish(self, op: Op, value: f64, data: &[f64]) -> Option<Var> {
        if !self.current() || self.written != self.operands || (DATA && data.len() != self.operands) {
            return None;
        }
        let (hot, n) = (self.hot, self.operands);
        let begin = if DATA { append(data)? } else { 0 };
        // SAFETY: below `limit` each column has room for one more node, and the pool for `n` operands and what is around
        // them.
        unsafe {
            hot.ops.get().add(self.len as usize).write(op);
            hot.values.get().add(self.len as usize).write(value);
            self.pool.write(Operand::count(n as u32));
            if DATA {
                self.pool.add(n + 1).write(Operand::count(begin));
            }
            self.pool.add(n + Self::AROUND - 1).write(Operand::count(n as u32));
            hot.pool.set(self.pool.add(n + Self::AROUND));
            let left = hot.pool_end.get().offset_from_unsigned(hot.pool.get());
            hot.limit.set(hot.limit.get().min(self.len + 1 + left as u64 / 2));
        }
        hot.len.set(self.len + 1);
        Some(Var::active(value, self.base.node(self.len)))
    }
}

/// Runs `f` on what the topmost recording keeps for calls, of which nothing is a column that the hot path fills: its pointers
/// stay. `None` where nothing is recorded.
pub(super) fn with_call_work<R>(f: impl FnOnce(&mut Option<Box<CallWork<f64>>>) -> R) -> Option<R> {
    let kept = |stack: &RefCell<Stack>| Some(f(&mut stack.borrow_mut().0.last_mut()?.inner));
    STACK.try_with(kept).ok().flatten()
}

/// The same of its room for the numbers of a point.
pub(super) fn with_flat<R>(f: impl FnOnce(&mut Vec<f64>) -> R) -> Option<R> {
    let flat = |stack: &RefCell<Stack>| Some(f(&mut stack.borrow_mut().0.last_mut()?.flat));
    STACK.try_with(flat).ok().flatten()
}

/// The same of its comparisons and reads.
pub(super) fn with_events<R>(f: impl FnOnce(&mut Vec<Guard>, &mut Vec<Read>) -> R) -> Option<R> {
    let events = |stack: &RefCell<Stack>| {
        let mut stack = stack.borrow_mut();
        let tape = &mut stack.0.last_mut()?.tape;
        Some(f(&mut tape.guards, &mut tape.reads))
    };
    STACK.try_with(events).ok().flatten()
}

/// The same of its data.
fn with_data<R>(f: impl FnOnce(&mut Vec<f64>) -> R) -> Option<R> {
    let data = |stack: &RefCell<Stack>| Some(f(&mut stack.borrow_mut().0.last_mut()?.tape.arena.data));
    STACK.try_with(data).ok().flatten()
}

/// Appends data to those of the topmost recording, if there is room: where they begin. They count once a node reads them.
#[inline(never)]
fn append(data: &[f64]) -> Option<u32> {
    with_data(|column| {
        let begin = column.len();
        let room = column.capacity().min(MAX_NODES as usize) - begin;
        (data.len() <= room).then(|| {
            column.extend_from_slice(data);
            begin as u32
        })
    })
    .flatten()
}

/// Runs `f` on this thread's topmost recording; `None` where nothing is recorded.
pub(super) fn with_top<R>(f: impl FnOnce(&mut State) -> R) -> Option<R> {
    STACK
        .try_with(|stack| {
            let mut stack = stack.borrow_mut();
            Some(stored(stack.0.last_mut()?, f))
        })
        .ok()
        .flatten()
}

/// Runs `f` on this thread's recording of that number, topmost or not; `None` where there is none.
pub(super) fn with_recording<R>(number: RecordingId, f: impl FnOnce(&mut State) -> R) -> Option<R> {
    STACK
        .try_with(|stack| {
            let mut stack = stack.borrow_mut();
            let (top, outer) = stack.0.split_last_mut()?;
            if top.number == Some(number) {
                return Some(stored(top, f));
            }
            // The pointers are into the topmost alone; the lengths of those below are stored already.
            outer.iter_mut().find(|state| state.number == Some(number)).map(|state| f(state))
        })
        .ok()
        .flatten()
}

/// Runs `f` on the topmost recording, its lengths stored before and the pointers derived anew behind.
#[inline(always)]
fn stored<R>(top: &mut State, f: impl FnOnce(&mut State) -> R) -> R {
    here(|hot| hot.store(top));
    let result = f(top);
    here(|hot| hot.load(top));
    result
}

/// Makes `state` the topmost recording of this thread, empty and with a number of its own.
pub(crate) fn begin(mut state: Box<State>) -> RecordingId {
    let number = next_number();
    state.restart(number);
    // On a thread whose locals are gone already the state is dropped, and `end` will not find it.
    let _ = STACK.try_with(|stack| {
        let mut stack = stack.borrow_mut();
        HOT.with(|hot| {
            if let Some(outer) = stack.0.last_mut() {
                hot.store(outer);
            }
            hot.load(&mut state);
        });
        stack.0.push(state);
    });
    number
}

/// Takes the recording of that number off this thread's stack, wherever it stands; `None` where it is not there.
pub(crate) fn end(number: RecordingId) -> Option<Box<State>> {
    STACK
        .try_with(|stack| {
            let mut stack = stack.borrow_mut();
            let position = stack.0.iter().rposition(|state| state.number == Some(number))?;
            HOT.with(|hot| {
                if let Some(top) = stack.0.last_mut() {
                    hot.store(top);
                }
                let state = stack.0.remove(position);
                match stack.0.last_mut() {
                    Some(top) => hot.load(top),
                    None => hot.empty(),
                }
                Some(state)
            })
        })
        .ok()
        .flatten()
}

/// The one sanctioned panic: an operation on a recorded variable where nothing is being recorded.
#[cold]
pub(super) fn no_session(at: &'static Location<'static>, v: &Var) -> ! {
    panic!(
        "{}: a variable of recording {} was used on a thread that is not recording; take its plain value with \
         `value()` after the recording, and to record on several threads give each its own recording",
        SourceLine::from(at),
        number(v.recording())
    )
}
