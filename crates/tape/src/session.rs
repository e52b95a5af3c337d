//! The recording that is active on a thread, and the hot path of every operation.
//!
//! A thread has a stack of recordings, which owns them while they are active; beside it stands one [`Hot`]
//! block of plain pointers into the topmost, so that an operation costs a handful of instructions: check that
//! the operands belong here, store opcode, operands and value, advance.
//!
//! # Why this is sound
//!
//! * *Ownership.* The buffers belong to the thread-local stack, not to any handle of the user. A handle that is
//!   leaked, dropped late, or moved cannot free or move them. The stack's destructor empties `Hot` first.
//! * *Pointers.* `Hot` points into the topmost state's vectors. Every function that touches those vectors
//!   otherwise ([`with_top`], [`begin`], [`end`]) first stores the lengths back and afterwards derives the
//!   pointers anew ([`Hot::store`], [`Hot::load`]).
//! * *Room.* [`Hot::limit`] is at most the length at which every column still has room for one more node of up
//!   to two operands and two saved partials; the hot path is taken only below it.
//! * *Operands.* An operand is `tag − base`, compared with the number of nodes recorded: this one comparison
//!   says both that the variable is of this recording and that it is below the new node. Recording numbers
//!   wrap after 2³² recordings; a variable kept that long could be mistaken for one of a later recording, but
//!   its index is still below the length, so memory safety never rests on them.
//!
//! This is one of the two modules with `unsafe` (the other is the `f64` reverse sweep).
#![allow(unsafe_code)]

use core::cell::{Cell, RefCell};
use core::panic::Location;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

use wengert_ops::{Invalid, Op, Operands, PartialKind, Real, Rule, Second, Variadic};

use crate::arena::Arena;
use crate::error::{RecordError, SourceLine};
use crate::index::{MAX_NODES, NodeId, Operand};
use crate::tape::{Guard, Tape, Test};
use crate::var::Var;
use crate::workspace::Workspace;

/// Everything of one recording: the tape being made, its state, its limits.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) number: u32,
    pub(crate) tape: Tape,
    pub(crate) work: Workspace,
    pub(crate) config: Config,
    pub(crate) error: Option<RecordError>,
    /// The last constants recorded, by a hash of their bits, so that equal ones share an entry.
    recent: Box<[Cell<u32>; RECENT]>,
    /// Columns as `Hot` left them, while this state is not the topmost.
    parked: bool,
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

const RECENT: usize = 1024;

/// Bytes that one node of the hot path can need: opcode, two operands, value, two partials.
const NODE_BYTES: usize = 1 + 8 + 8 + 16;

impl Default for State {
    fn default() -> Self {
        Self {
            number: 0,
            tape: Tape::default(),
            work: Workspace::default(),
            config: Config::default(),
            error: None,
            recent: Box::new([const { Cell::new(0) }; RECENT]),
            parked: false,
        }
    }
}

impl State {
    /// Bytes of tape and state in use.
    pub(crate) fn bytes(&self) -> usize {
        self.tape.bytes() + self.work.bytes()
    }

    fn restart(&mut self, number: u32) {
        self.number = number;
        // Only the entries that were used: a short recording should not pay for all.
        for c in &self.tape.arena.constants {
            self.recent[hash(*c)].set(0);
        }
        self.tape.clear();
        self.tape.lines = self.config.lines.then(Vec::new);
        self.work.clear();
        self.error = None;
        self.tape.arena.constants.push(0.0);
    }

    /// Makes room for `nodes` more nodes with `operands` more operands in all, or says why there is none.
    fn reserve(&mut self, nodes: usize, operands: usize, at: &'static Location<'static>) -> Result<(), RecordError> {
        let len = self.tape.len();
        if len + nodes > self.config.max_nodes.min(MAX_NODES as usize) {
            return Err(RecordError::TooManyNodes { limit: self.config.max_nodes.min(MAX_NODES as usize), at: at.into() });
        }
        if self.bytes() + nodes * NODE_BYTES + 4 * operands.saturating_sub(2 * nodes) > self.config.budget {
            return Err(RecordError::OverBudget { budget: self.config.budget, nodes: len, at: at.into() });
        }
        let full = |_| RecordError::OutOfMemory { nodes: len, at: at.into() };
        grow(&mut self.tape.arena.ops, nodes).map_err(full)?;
        grow(&mut self.work.values, nodes).map_err(full)?;
        // Each node of the hot path may take two operands and two partials.
        let room = self.tape.arena.ops.capacity().min(self.work.values.capacity()) - len;
        grow(&mut self.tape.arena.pool, operands.max(2 * room)).map_err(full)?;
        grow(&mut self.work.saved, 2 * room).map_err(full)
    }

    /// How many nodes the hot path may add.
    fn room(&self) -> usize {
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
            .min(self.config.budget.saturating_sub(self.bytes()) / NODE_BYTES)
    }

    /// Appends a node; its operands are nodes below it or constants.
    fn push(
        &mut self,
        op: Op,
        operands: &[Operand],
        value: f64,
        saved: &[f64],
        at: &'static Location<'static>,
    ) -> Result<u32, RecordError> {
        self.reserve(1, operands.len() + 2, at)?;
        self.tape.arena.push(op, operands);
        self.work.values.push(value);
        self.work.saved.extend_from_slice(saved);
        if let Some(lines) = &mut self.tape.lines {
            lines.push(at.into());
        }
        Ok(self.tape.len() as u32 - 1)
    }

    /// The constant's place in the pool.
    fn intern(&mut self, c: f64) -> Operand {
        intern(&mut self.tape.arena.constants, &self.recent, c)
    }

    fn fail(&mut self, error: RecordError) {
        // The first error is the cause; what follows runs on plain values.
        self.error.get_or_insert(error);
    }
}

/// Room for `needed` more elements, doubling.
fn grow<T>(column: &mut Vec<T>, needed: usize) -> Result<(), std::collections::TryReserveError> {
    if column.capacity() - column.len() >= needed {
        return Ok(());
    }
    column.try_reserve_exact(needed.max(column.len()).max(64))
}

/// The constant's place in the pool: that of an equal one recorded lately, or a new one.
#[inline]
fn intern(constants: &mut Vec<f64>, recent: &[Cell<u32>; RECENT], c: f64) -> Operand {
    let slot = &recent[hash(c)];
    let id = slot.get();
    if constants[id as usize].to_bits() == c.to_bits() {
        return Operand::constant(id);
    }
    let id = constants.len() as u32;
    constants.push(c);
    slot.set(id);
    Operand::constant(id)
}

/// A place among the recent constants.
#[inline(always)]
fn hash(c: f64) -> usize {
    (c.to_bits().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54) as usize
}

/// Pointers into the topmost state of this thread: what the hot path reads and writes.
struct Hot {
    /// Recording number, shifted by 32; 0 where nothing is recorded.
    base: Cell<u64>,
    /// Nodes recorded; 0 where nothing is recorded or the recording has failed, so that no variable matches.
    len: Cell<u64>,
    /// The length from which on the slow path is taken.
    limit: Cell<u64>,
    ops: Cell<*mut Op>,
    values: Cell<*mut f64>,
    /// The next free place of the pool.
    pool: Cell<*mut Operand>,
    /// The next free place among the saved partials.
    saved: Cell<*mut f64>,
    constants: Cell<*const f64>,
    recent: Cell<*const Cell<u32>>,
}

/// The stack of recordings of a thread, the innermost last.
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
            base: Cell::new(0),
            len: Cell::new(0),
            limit: Cell::new(0),
            ops: Cell::new(ptr::null_mut()),
            values: Cell::new(ptr::null_mut()),
            pool: Cell::new(ptr::null_mut()),
            saved: Cell::new(ptr::null_mut()),
            constants: Cell::new(ptr::null()),
            recent: Cell::new(ptr::null()),
        }
    };
    static STACK: RefCell<Stack> = const { RefCell::new(Stack(Vec::new())) };
    /// The block of recording numbers that this thread deals from: next, end.
    static NUMBERS: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
}

/// A number for a recording: from blocks, so that threads seldom meet at the counter. 0 stands for constants
/// and is left out when the numbers wrap.
fn next_number() -> u32 {
    const BLOCK: u32 = 1024;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NUMBERS.with(|numbers| {
        let (mut next, mut end) = numbers.get();
        if next == end {
            next = NEXT.fetch_add(BLOCK, Ordering::Relaxed);
            end = next.wrapping_add(BLOCK);
        }
        let number = if next == 0 { 1 } else { next };
        numbers.set((number.wrapping_add(1), end));
        number
    })
}

/// This thread's pointers, for the hot path: `LocalKey::with` on a closure of this size is not inlined.
#[inline(always)]
fn here<R>(f: impl FnOnce(&Hot) -> R) -> R {
    let hot = HOT.with(ptr::from_ref);
    // SAFETY: `HOT` is initialised in place and never dropped; it lives as long as its thread, which is running
    // `f`, and `&Hot` cannot leave `f`.
    f(unsafe { &*hot })
}

impl Hot {
    fn empty(&self) {
        self.base.set(0);
        self.len.set(0);
        self.limit.set(0);
    }

    /// Derives the pointers from the topmost state.
    fn load(&self, state: &mut State) {
        let len = state.tape.len();
        let room = state.room();
        if state.error.is_some() {
            self.empty();
            return;
        }
        self.base.set(u64::from(state.number) << 32);
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
        self.constants.set(arena.constants.as_ptr());
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
        // runs only below `limit`, which `State::room` bounds by them).
        unsafe {
            let pool = self.pool.get().offset_from_unsigned(arena.pool.as_ptr());
            let saved = self.saved.get().offset_from_unsigned(state.work.saved.as_ptr());
            arena.ops.set_len(len);
            state.work.values.set_len(len);
            arena.pool.set_len(pool);
            state.work.saved.set_len(saved);
        }
        state.parked = true;
        self.empty();
    }

    /// Appends a node of the hot path.
    ///
    /// # Safety
    /// `len < limit`, `A ≤ 2`, `S ≤ 2`, and every operand is a node below `len` or a constant of the pool.
    #[inline(always)]
    unsafe fn push<const A: usize, const S: usize>(
        &self,
        op: Op,
        operands: [Operand; A],
        value: f64,
        saved: [f64; S],
    ) -> Var {
        let len = self.len.get();
        // SAFETY: below `limit` each column has room for one more node (see the module's documentation).
        unsafe {
            self.ops.get().add(len as usize).write(op);
            self.values.get().add(len as usize).write(value);
            let pool = self.pool.get();
            pool.cast::<[Operand; A]>().write(operands);
            self.pool.set(pool.add(A));
            if S > 0 {
                let column = self.saved.get();
                column.cast::<[f64; S]>().write(saved);
                self.saved.set(column.add(S));
            }
        }
        self.len.set(len + 1);
        Var::active(value, self.base.get() + len)
    }
}

/// Runs `f` on this thread's topmost recording, if there is one.
fn with_top<R>(f: impl FnOnce(Option<&mut State>) -> R) -> R {
    if !STACK.try_with(|stack| !stack.borrow().0.is_empty()).unwrap_or(false) {
        return f(None);
    }
    STACK.with(|stack| {
        let mut stack = stack.borrow_mut();
        let top = stack.0.last_mut().map(|state| &mut **state);
        HOT.with(|hot| match top {
            None => f(None),
            Some(state) => {
                hot.store(state);
                let result = f(Some(state));
                hot.load(state);
                result
            }
        })
    })
}

/// Makes `state` the topmost recording of this thread, empty and with a number of its own.
pub(crate) fn begin(mut state: Box<State>) -> u32 {
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
pub(crate) fn end(number: u32) -> Option<Box<State>> {
    STACK
        .try_with(|stack| {
            let mut stack = stack.borrow_mut();
            let position = stack.0.iter().rposition(|state| state.number == number)?;
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

/// How a table row saves its partials, as far as the type knows.
const fn saved_count(kinds: &[PartialKind]) -> usize {
    let mut count = 0;
    let mut k = 0;
    while k < kinds.len() {
        if matches!(kinds[k], PartialKind::Saved) {
            count += 1;
        }
        k += 1;
    }
    if kinds.len() <= 2 { count } else { 0 }
}

/// Whether a row's second operand must be a constant: it has no derivative by it.
const fn needs_constant(op: Option<Op>) -> bool {
    match op {
        Some(op) => !matches!(op.describe().second, Second::Variable),
        None => false,
    }
}

/// The partials that a row saves, in operand order.
#[inline(always)]
fn saved<R: Rule<A>, const A: usize, const S: usize>(x: [f64; A], y: f64) -> [f64; S] {
    let mut kept = [0.0; S];
    if S > 0 {
        let partials = R::partials(x, y);
        let mut n = 0;
        for k in 0..A {
            if matches!(R::KINDS[k], PartialKind::Saved) {
                kept[n] = partials[k];
                n += 1;
            }
        }
    }
    kept
}

/// Records a row of fixed arity.
#[inline(always)]
#[track_caller]
pub(crate) fn fixed<R: Rule<A>, const A: usize>(x: [Var; A]) -> Var {
    if const { needs_constant(R::OP) } && !x[A - 1].is_constant() {
        return invalid(Invalid::NotConstant(R::NAME), Location::caller());
    }
    let value = R::value(x.map(Var::value));
    // The number of saved partials as a constant of the row: 0, 1 or 2.
    match const { saved_count(&R::KINDS) } {
        0 => fixed_saving::<R, A, 0>(x, value, Location::caller()),
        1 => fixed_saving::<R, A, 1>(x, value, Location::caller()),
        _ => fixed_saving::<R, A, 2>(x, value, Location::caller()),
    }
}

#[inline(always)]
fn fixed_saving<R: Rule<A>, const A: usize, const S: usize>(
    x: [Var; A],
    value: f64,
    at: &'static Location<'static>,
) -> Var {
    let Some(op) = R::OP else { return slow::<R, A>(x, value, at) };
    if A > 2 {
        return slow::<R, A>(x, value, at);
    }
    if A == 2 && x[A - 1].is_constant() {
        return with_known::<R, A, S, 1>(x, value, at);
    }
    if A == 2 && x[0].is_constant() {
        return with_known::<R, A, S, 0>(x, value, at);
    }
    here(|hot| {
        let len = hot.len.get();
        let base = hot.base.get();
        let mut operands = [Operand::node(0); A];
        for k in 0..A {
            let index = x[k].tag().wrapping_sub(base);
            if index >= len {
                return if A == 2 { mixed::<R, A, S>(x, value, at) } else { slow::<R, A>(x, value, at) };
            }
            operands[k] = Operand::node(index as u32);
        }
        if len >= hot.limit.get() {
            return slow::<R, A>(x, value, at);
        }
        let kept = saved::<R, A, S>(x.map(Var::value), value);
        // SAFETY: `len < limit`, `A ≤ 2`, and each operand was just found below `len`.
        unsafe { hot.push(op, operands, value, kept) }
    })
}

/// A row of two operands of which one turned out to be a constant.
#[inline(never)]
fn mixed<R: Rule<A>, const A: usize, const S: usize>(x: [Var; A], value: f64, at: &'static Location<'static>) -> Var {
    match (x[0].is_constant(), x[1].is_constant()) {
        (false, true) => with_known::<R, A, S, 1>(x, value, at),
        (true, false) => with_known::<R, A, S, 0>(x, value, at),
        (true, true) => Var::constant(value),
        (false, false) => slow::<R, A>(x, value, at),
    }
}

/// Records a row of two operands of which the one at `C` is a constant.
#[inline(always)]
fn with_known<R: Rule<A>, const A: usize, const S: usize, const C: usize>(
    x: [Var; A],
    value: f64,
    at: &'static Location<'static>,
) -> Var {
    let Some(op) = R::OP else { return slow::<R, A>(x, value, at) };
    here(|hot| {
        let len = hot.len.get();
        let index = x[1 - C].tag().wrapping_sub(hot.base.get());
        if index >= len || len >= hot.limit.get() {
            return slow::<R, A>(x, value, at);
        }
        let c = x[C].value();
        // SAFETY: `recent` has an entry for every hash, and every entry is an index into the constants, which
        // are never empty while a recording is active (`State::restart`).
        let (id, known) = unsafe {
            let id = (*hot.recent.get().add(hash(c))).get();
            (id, *hot.constants.get().add(id as usize))
        };
        if known.to_bits() != c.to_bits() {
            return slow::<R, A>(x, value, at);
        }
        let mut operands = [Operand::node(index as u32); A];
        operands[C] = Operand::constant(id);
        let kept = saved::<R, A, S>(x.map(Var::value), value);
        // SAFETY: `len < limit`, `A` is 2; the node was just found below `len`, the constant in the pool.
        unsafe { hot.push(op, operands, value, kept) }
    })
}

/// Records a row of two operands of which one is a constant of the program's text (`x * 2.0`).
#[inline(always)]
#[track_caller]
pub(crate) fn with_constant<R: Rule<2>, const CONSTANT_FIRST: bool>(x: Var, c: f64) -> Var {
    let pair = if CONSTANT_FIRST { [Var::constant(c), x] } else { [x, Var::constant(c)] };
    let value = R::value(pair.map(Var::value));
    let at = Location::caller();
    match const { (saved_count(&R::KINDS), CONSTANT_FIRST) } {
        (0, false) => with_known::<R, 2, 0, 1>(pair, value, at),
        (1, false) => with_known::<R, 2, 1, 1>(pair, value, at),
        (_, false) => with_known::<R, 2, 2, 1>(pair, value, at),
        (0, true) => with_known::<R, 2, 0, 0>(pair, value, at),
        (1, true) => with_known::<R, 2, 1, 0>(pair, value, at),
        (_, true) => with_known::<R, 2, 2, 0>(pair, value, at),
    }
}

/// Whatever the hot path does not do: constants among the operands, growth, source lines, errors.
#[inline(never)]
fn slow<R: Rule<A>, const A: usize>(x: [Var; A], value: f64, at: &'static Location<'static>) -> Var {
    if x.iter().all(|x| x.is_constant()) {
        return Var::constant(value);
    }
    let all = || {
        let partials = R::partials(x.map(Var::value), value);
        let mut kept = smallvec::SmallVec::<[f64; 2]>::new();
        if const { saved_count(&R::KINDS) } > 0 {
            kept.extend((0..A).filter(|k| R::KINDS[*k] == PartialKind::Saved).map(|k| partials[k]));
        }
        kept
    };
    record(R::OP.ok_or(R::NAME), &x.as_slice(), value, all, at)
}

/// Records a variadic row.
#[track_caller]
pub(crate) fn variadic<R: Variadic>(x: &impl Operands<Var>) -> Var {
    struct Values<'a, X>(&'a X);
    impl<X: Operands<Var>> Operands<f64> for Values<'_, X> {
        #[inline(always)]
        fn len(&self) -> usize {
            self.0.len()
        }
        #[inline(always)]
        fn get(&self, k: usize) -> f64 {
            self.0.get(k).value()
        }
        #[inline(always)]
        fn halves(&self) -> (impl Operands<f64>, impl Operands<f64>) {
            let (a, b) = self.0.halves();
            (ValuesOf(a), ValuesOf(b))
        }
    }
    /// The same, of operands held.
    struct ValuesOf<X>(X);
    impl<X: Operands<Var>> Operands<f64> for ValuesOf<X> {
        #[inline(always)]
        fn len(&self) -> usize {
            self.0.len()
        }
        #[inline(always)]
        fn get(&self, k: usize) -> f64 {
            self.0.get(k).value()
        }
    }
    let at = Location::caller();
    let value = R::value(&Values(x));
    if (0..x.len()).all(|k| x.get(k).is_constant()) {
        return Var::constant(value);
    }
    let n = x.len();
    let hot = HOT.with(|hot| {
        let len = hot.len.get();
        let base = hot.base.get();
        if len >= hot.limit.get() {
            return None;
        }
        // Room for n + 2 entries beyond what the limit promises the nodes to come.
        STACK.with(|stack| {
            let mut stack = stack.borrow_mut();
            let state = stack.0.last_mut()?;
            hot.store(state);
            if state.reserve(1, n + 2, at).is_err() {
                hot.load(state);
                return None;
            }
            // The pool's length moves last: should an operand's reader unwind, nothing has been recorded.
            let State { tape, recent, .. } = &mut **state;
            let Arena { pool, constants, .. } = &mut tape.arena;
            let mut places = &mut pool.spare_capacity_mut()[1..=n];
            let mut foreign = false;
            x.slices(|run| {
                let taken = run.len().min(places.len());
                let (here, rest) = std::mem::take(&mut places).split_at_mut(taken);
                places = rest;
                // Most often a whole run is of variables: found without a branch each.
                if run.iter().fold(true, |all, v| all & (v.tag().wrapping_sub(base) < len)) {
                    for (place, v) in here.iter_mut().zip(run) {
                        place.write(Operand::node(v.index() as u32));
                    }
                    return;
                }
                // A run of data that was recorded before stands in the pool in the same order.
                let mut expected = usize::MAX;
                let mut outside = false;
                for (place, v) in here.iter_mut().zip(run) {
                    let index = v.tag().wrapping_sub(base);
                    place.write(if index < len {
                        Operand::node(index as u32)
                    } else {
                        outside |= !v.is_constant();
                        let operand = match constants.get(expected) {
                            Some(c) if c.to_bits() == v.value().to_bits() => Operand::constant(expected as u32),
                            _ => intern(constants, recent, v.value()),
                        };
                        expected = operand.index() + 1;
                        operand
                    });
                }
                foreign |= outside;
            });
            if foreign || !places.is_empty() {
                hot.load(state);
                return None;
            }
            let pool = &mut state.tape.arena.pool;
            pool.spare_capacity_mut()[0].write(Operand::count(n as u32));
            pool.spare_capacity_mut()[n + 1].write(Operand::count(n as u32));
            // SAFETY: the n + 2 elements behind the length have just been written.
            unsafe { pool.set_len(pool.len() + n + 2) };
            state.tape.arena.ops.push(R::OP);
            state.work.values.push(value);
            hot.load(state);
            Some(Var::active(value, base + len))
        })
    });
    hot.unwrap_or_else(|| record(Ok(R::OP), x, value, smallvec::SmallVec::new, at))
}

/// Appends a node to the topmost recording by way of its vectors; all errors end here.
#[inline(never)]
fn record(
    op: Result<Op, &'static str>,
    x: &impl Operands<Var>,
    value: f64,
    saved: impl FnOnce() -> smallvec::SmallVec<[f64; 2]>,
    at: &'static Location<'static>,
) -> Var {
    let recorded = with_top(|state| {
        let Some(state) = state else { return None };
        if state.error.is_some() {
            return Some(Var::constant(value));
        }
        let number = state.number;
        let len = state.tape.len() as u64;
        let mut operands = smallvec::SmallVec::<[Operand; 4]>::new();
        for k in 0..x.len() {
            let v = x.get(k);
            let index = v.tag().wrapping_sub(u64::from(number) << 32);
            if index < len {
                operands.push(Operand::node(index as u32));
            } else if v.is_constant() {
                operands.push(state.intern(v.value()));
            } else {
                state.fail(RecordError::ForeignVariable { found: v.recording(), active: number, at: at.into() });
                return Some(Var::constant(value));
            }
        }
        let pushed = match op {
            Ok(op) => state.push(op, &operands, value, &saved(), at),
            Err(name) => Err(RecordError::UnlistedOperation { name, at: at.into() }),
        };
        Some(match pushed {
            Ok(index) => Var::active(value, (u64::from(number) << 32) + u64::from(index)),
            Err(error) => {
                state.fail(error);
                Var::constant(value)
            }
        })
    });
    recorded.unwrap_or_else(|| no_session(at, &x.get((0..x.len()).find(|k| !x.get(*k).is_constant()).unwrap_or(0))))
}

/// The one sanctioned panic: an operation on a recorded variable where nothing is being recorded.
#[cold]
fn no_session(at: &'static Location<'static>, v: &Var) -> ! {
    panic!(
        "{}: a variable of recording {} was used on a thread that is not recording; take its plain value with \
         `value()` after the recording, and to record on several threads give each its own recording",
        SourceLine::from(at),
        v.recording()
    )
}

/// Adds inputs to the recording of that number, which must be the topmost. Gives the first one's node, and
/// `None` where the recording has failed.
pub(crate) fn inputs(number: u32, values: &[f64], at: &'static Location<'static>) -> Option<u64> {
    with_top(|state| {
        let state = state?;
        if state.number != number {
            state.fail(RecordError::ForeignSession { found: number, active: state.number, at: at.into() });
        }
        if state.error.is_some() {
            return None;
        }
        if let Err(error) = state.reserve(values.len(), 0, at) {
            state.fail(error);
            return None;
        }
        let first = state.tape.len();
        let nodes = first..first + values.len();
        state.tape.arena.ops.resize(nodes.end, Op::Input);
        state.tape.inputs.extend(nodes.map(NodeId::new));
        state.work.values.extend_from_slice(values);
        if let Some(lines) = &mut state.tape.lines {
            lines.resize(first + values.len(), at.into());
        }
        Some((u64::from(number) << 32) + first as u64)
    })
}

/// Marks an output of the recording of that number.
pub(crate) fn output(number: u32, v: Var, at: &'static Location<'static>) {
    with_top(|state| {
        let Some(state) = state else { return };
        if state.error.is_some() {
            return;
        }
        let index = v.tag().wrapping_sub(u64::from(number) << 32);
        if state.number != number {
            state.fail(RecordError::ForeignSession { found: number, active: state.number, at: at.into() });
        } else if index < state.tape.len() as u64 {
            state.tape.outputs.push(Operand::node(index as u32));
        } else if v.is_constant() {
            let constant = state.intern(v.value());
            state.tape.outputs.push(constant);
        } else {
            state.fail(RecordError::ForeignVariable { found: v.recording(), active: number, at: at.into() });
        }
    });
}

/// Runs `f` on the topmost recording with the operands `x`, unless all of them are constants. Errors as for an
/// operation.
fn beside<const A: usize>(x: [Var; A], at: &'static Location<'static>, f: impl FnOnce(&mut State, [Operand; A])) {
    if x.iter().all(|x| x.is_constant()) {
        return;
    }
    let found = with_top(|state| {
        let Some(state) = state else { return false };
        if state.error.is_some() {
            return true;
        }
        let mut operands = [Operand::node(0); A];
        for (operand, v) in operands.iter_mut().zip(x) {
            let index = v.tag().wrapping_sub(u64::from(state.number) << 32);
            *operand = if index < state.tape.len() as u64 {
                Operand::node(index as u32)
            } else if v.is_constant() {
                state.intern(v.value())
            } else {
                let error = RecordError::ForeignVariable { found: v.recording(), active: state.number, at: at.into() };
                state.fail(error);
                return true;
            };
        }
        f(state, operands);
        true
    });
    if !found {
        no_session(at, x.iter().find(|x| !x.is_constant()).unwrap_or(&x[0]));
    }
}

/// Records a comparison and its outcome.
#[inline(never)]
pub(crate) fn guard(test: Test, a: Var, b: Var, at: &'static Location<'static>) {
    beside([a, b], at, |state, [left, right]| {
        let position = state.tape.len();
        state.tape.guards.push(Guard { test, left, right, position, at: at.into() });
    });
}

/// Names a node.
pub(crate) fn name(v: Var, name: &str, at: &'static Location<'static>) {
    beside([v], at, |state, [operand]| {
        state.tape.names.insert(NodeId::new(operand.index()), name.into());
    });
}

/// Ends the topmost recording with an error, if anything is being recorded.
pub(crate) fn invalid(why: Invalid, at: &'static Location<'static>) -> Var {
    with_top(|state| {
        if let Some(state) = state {
            state.fail(RecordError::InvalidArguments { why, at: at.into() });
        }
    });
    Var::constant(f64::NAN)
}

thread_local! {
    /// Buffers in which iterators gather; one for each depth of nesting, so that none is allocated twice.
    static GATHERED: RefCell<Vec<Vec<Var>>> = const { RefCell::new(Vec::new()) };
}

/// Gathers an iterator's numbers, which may record while it runs, and records one variadic node.
#[track_caller]
pub(crate) fn gather<R: Variadic>(iter: impl Iterator<Item = Var>) -> Var {
    let mut buffer = GATHERED.with(|buffers| buffers.borrow_mut().pop()).unwrap_or_default();
    buffer.clear();
    buffer.extend(iter);
    let result = Var::variadic::<R>(&buffer.as_slice());
    GATHERED.with(|buffers| buffers.borrow_mut().push(buffer));
    result
}
