//! Running a program forward: every node's value, and where a reverse sweep will follow the partials that rows ask to
//! have saved, at any number type.
//!
//! `unsafe` rests on the plan's invariants (`plan.rs`) and on the lengths, checked at entry.
#![allow(unsafe_code)]

use wengert_ops::{Op, PartialKind, Real, Rule, Variadic, Visitor, WithData};
use wengert_tape::NodeId;
use wengert_tape::call::{CallError, Callee, Calling};

use super::numbers::Caller;
use super::operands::{Follow, SlotOperands};
use super::plan::{Form, InStep, Plan, Run, Stride};
use super::tier::Stopped;

/// Fills the slots of all nodes from those of the leaves and constants; with `SAVE`, the partials too.
pub(super) fn forward_runs<T: Real, const SAVE: bool>(
    plan: &Plan,
    values: &mut [T],
    partials: &mut [T],
    calling: &mut Caller<T>,
) -> Result<(), Box<Stopped>> {
    assert!(values.len() == plan.len(), "values of another program");
    assert!(!SAVE || partials.len() == plan.saved, "partials of another program");
    let Some(first) = values.first() else { return Ok(()) };
    let mut last = *first;
    let mut slot = 0;
    let columns = ForwardColumns {
        ops: plan.ops.as_ptr(),
        slots: plan.slots.as_ptr(),
        values: values.as_mut_ptr(),
        len: values.len(),
        partials: partials.as_mut_ptr(),
        data: plan.data().as_ptr(),
    };
    for run in &plan.runs {
        // SAFETY: the plan's invariants, and the lengths that were checked.
        last = unsafe {
            match run.form {
                Form::Mixed => mixed::<T, SAVE>(&columns, run, slot, last),
                Form::InStep(operands) => {
                    let moves = operands.map(|operand| operand.stride == Stride::Next);
                    run.op.visit(Together::<T, SAVE> { run, columns: &columns, operands, moves })
                }
                Form::Listed | Form::Follow => {
                    run.op.visit(ListedForward::<T, SAVE> { run, columns: &columns, slot, last })
                }
                Form::Call(call) => {
                    let callee = plan.calls.callee(call as usize);
                    let keep = SAVE && plan.alone[call as usize];
                    let called = called(&columns, run, callee, calling, keep);
                    called.map_err(|why| Box::new(Stopped { node: run.node as usize, why }))?
                }
            }
        };
        slot = run.first + run.nodes - 1;
    }
    Ok(())
}

/// A call and its results; gives the value of the run's last node.
///
/// # Safety
/// The run is one of the plan's, and the columns hold what it asks for.
#[inline(never)]
unsafe fn called<T: Real>(
    columns: &ForwardColumns<T>,
    run: &Run,
    callee: &Callee,
    calling: &mut Caller<T>,
    keep: bool,
) -> Result<T, CallError> {
    // SAFETY: the caller's promise. The operands are copied before the run's own slots are borrowed.
    let own = unsafe {
        let slots = core::slice::from_raw_parts(columns.slots.add(run.slots), run.arity as usize);
        let operands = calling.work().operands(NodeId::new(run.node as usize));
        operands.extend(slots.iter().map(|slot| *columns.values.add(*slot as usize)));
        core::slice::from_raw_parts_mut(columns.values.add(run.first as usize), run.nodes as usize)
    };
    let [call, results @ ..] = own else { unreachable!("a run of nothing") };
    *call = T::lit(0.0);
    calling.forward(callee, results, keep)?;
    Ok(own[own.len() - 1])
}

/// Whether rows are compiled in line in each loop. Where numbers are large, or of a type that few programs are run at, each
/// row's value is one function ([`Apart`]), and the loops are compiled once for all rows: what a call costs is little beside
/// it, and what would be compiled is much.
const fn in_line<T: Real>() -> bool {
    T::AHEAD.is_some() && size_of::<T>() <= 16
}

/// One thing for each operand. Not by `from_fn`, of which the compiler moves numbers through integer registers; nor by an
/// iterator, which takes it long, and this is compiled for each row at each type. Any value will do to begin with.
#[inline(always)]
fn operands_by<X: Copy, const A: usize>(any: X, f: impl Fn(usize) -> X) -> [X; A] {
    let (mut all, mut k) = ([any; A], 0);
    while k < A {
        all[k] = f(k);
        k += 1;
    }
    all
}

/// Where everything stands, in plain pointers: a run of few nodes should cost little more than the nodes.
struct ForwardColumns<T> {
    ops: *const Op,
    slots: *const u32,
    values: *mut T,
    len: usize,
    partials: *mut T,
    data: *const f64,
}

/// Where the next node's operands, value and partials stand.
struct ForwardCursor<T> {
    slots: *const u32,
    values: *mut T,
    partials: *mut T,
    /// The next node's slot.
    out: u32,
    /// The slot of the node before, and its value in a register: a store takes long to be loaded again.
    slot: u32,
    last: T,
}

impl<T: Real> ForwardCursor<T> {
    /// Computes a node and moves on.
    ///
    /// # Safety
    /// The slots of the node and of its operands are below the length of the values, and the slots and partials that it
    /// asks for are there.
    #[inline(always)]
    unsafe fn node<R: Rule<A>, const A: usize, const SAVE: bool>(&mut self) {
        let saved = const { PartialKind::saved(&R::KINDS) };
        // SAFETY: the caller's promise.
        unsafe {
            let mut x = [self.last; A];
            for (k, x) in x.iter_mut().enumerate() {
                let slot = *self.slots.add(k);
                if slot != self.slot {
                    *x = *self.values.add(slot as usize);
                }
            }
            let y = T::fixed::<R, A>(x);
            *self.values.add(self.out as usize) = y;
            (self.slot, self.last) = (self.out, y);
            self.out += 1;
            self.slots = self.slots.add(A);
            if SAVE && saved > 0 {
                if const { size_of::<T>() <= size_of::<f64>() } {
                    save::<T, R, A>(x, y, self.partials);
                } else {
                    save_apart::<T, R, A>(x, y, self.partials);
                }
                self.partials = self.partials.add(saved);
            }
        }
    }
}

impl<T: Real> ForwardCursor<T> {
    /// [`node`](Self::node) of any row.
    ///
    /// # Safety
    /// As [`node`](Self::node).
    #[inline(never)]
    unsafe fn node_apart<const A: usize>(&mut self, row: Apart<T, A>) {
        // SAFETY: the caller's promise.
        unsafe {
            let x = operands_by(self.last, |k| *self.values.add(*self.slots.add(k) as usize));
            let y = (row.value)(x);
            *self.values.add(self.out as usize) = y;
            (self.slot, self.last) = (self.out, y);
            self.out += 1;
            self.slots = self.slots.add(A);
            if row.saved > 0 {
                (row.save)(x, y, self.partials);
                self.partials = self.partials.add(row.saved);
            }
        }
    }

    /// So many nodes of a row; gives the last value.
    ///
    /// # Safety
    /// As [`node`](Self::node).
    #[inline(never)]
    unsafe fn nodes_apart<const A: usize>(mut self, nodes: u32, row: Apart<T, A>) -> T {
        for _ in 0..nodes {
            // SAFETY: the caller's promise.
            unsafe { self.node_apart(row) };
        }
        self.last
    }
}

/// A node of a mixed run.
struct MixedForward<'a, T, const SAVE: bool>(&'a mut ForwardCursor<T>);

impl<T: Real, const SAVE: bool> Visitor for MixedForward<'_, T, SAVE> {
    type Output = ();
    fn input(self) {}
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn fixed<R: Rule<A>, const A: usize>(self) {
        // SAFETY: only `mixed` makes one, whose caller promises it.
        unsafe {
            if const { in_line::<T>() } {
                self.0.node::<R, A, SAVE>();
            } else {
                self.0.node_apart(const { Apart::of::<R, SAVE>() });
            }
        }
    }
    fn variadic<R: Variadic>(self) {}
    fn foreign(self) {}
}

/// Where the run begins.
///
/// # Safety
/// The run is one of the plan's, and the columns hold what it asks for.
#[inline(always)]
unsafe fn cursor<T, const SAVE: bool>(
    columns: &ForwardColumns<T>,
    run: &Run,
    slot: u32,
    last: T,
) -> ForwardCursor<T> {
    // SAFETY: the caller's promise.
    unsafe {
        ForwardCursor {
            slots: columns.slots.add(run.slots),
            values: columns.values,
            partials: if SAVE { columns.partials.add(run.saved) } else { columns.partials },
            out: run.first,
            slot,
            last,
        }
    }
}

/// Nodes of any operations, one after the other; gives the last value.
///
/// # Safety
/// The run is one of the plan's, and the columns hold what it asks for.
#[inline(never)]
unsafe fn mixed<T: Real, const SAVE: bool>(columns: &ForwardColumns<T>, run: &Run, slot: u32, last: T) -> T {
    // SAFETY: the caller's promise: there is an opcode for each node, and all are of fixed arity.
    unsafe {
        let mut cursor = cursor::<T, SAVE>(columns, run, slot, last);
        let mut op = columns.ops.add(run.node as usize);
        let end = op.add(run.nodes as usize);
        while op != end {
            (*op).visit(MixedForward::<T, SAVE>(&mut cursor));
            op = op.add(1);
        }
        cursor.last
    }
}

/// Nodes of one operation, operands as listed.
struct ListedForward<'a, T, const SAVE: bool> {
    run: &'a Run,
    columns: &'a ForwardColumns<T>,
    /// The node before.
    slot: u32,
    last: T,
}

impl<T: Real, const SAVE: bool> Visitor for ListedForward<'_, T, SAVE> {
    /// The value of the run's last node.
    type Output = T;
    fn input(self) -> T {
        self.last
    }
    // In one function all rows would share one frame, of megabytes where nothing is optimised.
    #[inline(never)]
    fn fixed<R: Rule<A>, const A: usize>(self) -> T {
        if const { SAVE && PartialKind::saved(&R::KINDS) == 0 } {
            let Self { run, columns, slot, last } = self;
            return ListedForward::<T, false> { run, columns, slot, last }.fixed::<R, A>();
        }
        // SAFETY: only `forward` makes one, of the plan's runs.
        unsafe {
            let mut cursor = cursor::<T, SAVE>(self.columns, self.run, self.slot, self.last);
            if const { !in_line::<T>() } {
                return cursor.nodes_apart(self.run.nodes, const { Apart::of::<R, SAVE>() });
            }
            for _ in 0..self.run.nodes {
                cursor.node::<R, A, SAVE>();
            }
            cursor.last
        }
    }
    fn variadic<R: Variadic>(self) -> T {
        let Self { run, columns, .. } = self;
        let n = run.arity as usize;
        let mut y = self.last;
        // Of a row that reads no data a run is one node.
        let nodes = if const { reads_data::<R>() } { run.nodes as usize } else { 1 };
        // SAFETY: as above.
        let slots = unsafe { core::slice::from_raw_parts(columns.slots.add(run.slots), n) };
        for k in 0..nodes {
            // SAFETY: as above; the plan has `n` data for each node of the run. The slices are gone when the value is written.
            unsafe {
                let data = if const { reads_data::<R>() } {
                    core::slice::from_raw_parts(columns.data.add(run.data as usize + k * n), n)
                } else {
                    &[]
                };
                let values = core::slice::from_raw_parts(columns.values.cast_const(), columns.len);
                y = if run.form != Form::Follow {
                    T::variadic::<R>(&SlotOperands { values, slots, data })
                } else if const { R::OP.op().describe().halves } {
                    T::variadic::<R>(&Follow::of(values, run.halves(slots)))
                } else {
                    let x = slots.first().map_or(&[][..], |first| &values[*first as usize..][..n]);
                    if const { reads_data::<R>() } {
                        let Some(x) = WithData::new(x, data) else { unreachable!("a datum an operand") };
                        T::variadic::<R>(&x)
                    } else {
                        T::variadic::<R>(&x)
                    }
                };
                *columns.values.add(run.first as usize + k) = y;
            }
        }
        y
    }
    fn foreign(self) -> T {
        self.last
    }
}

/// Whether a row reads data.
const fn reads_data<R: Variadic>() -> bool {
    R::OP.op().describe().data
}

/// Nodes of one operation whose operands follow one another.
struct Together<'a, T, const SAVE: bool> {
    run: &'a Run,
    columns: &'a ForwardColumns<T>,
    operands: [InStep; 2],
    /// Which of them follow one another.
    moves: [bool; 2],
}

impl<T: Real, const SAVE: bool> Visitor for Together<'_, T, SAVE> {
    /// The value of the run's last node.
    type Output = T;
    fn input(self) -> T {
        self.nothing()
    }
    #[inline(never)]
    fn fixed<R: Rule<A>, const A: usize>(self) -> T {
        let Self { run, columns, operands, moves } = self;
        if const { A > 2 } {
            return self.nothing();
        }
        if const { SAVE && PartialKind::saved(&R::KINDS) == 0 } {
            return Together::<T, false> { run, columns, operands, moves }.fixed::<R, A>();
        }
        let (first, nodes) = (run.first as usize, run.nodes as usize);
        let values = columns.values;
        // SAFETY: only `forward` makes one, of the plan's runs. `first..first + nodes` are the run's own slots, and no
        // operand is in them, so that nothing else reads or writes what `out` borrows; operand `j` of node `k` is `k` slots
        // after the first, or the first.
        unsafe {
            let kept = if SAVE { columns.partials.add(run.saved) } else { columns.partials };
            let begin: [*const T; A] =
                operands_by(values.cast_const(), |j| values.add(operands[j].slot as usize).cast_const());
            let out = core::slice::from_raw_parts_mut(values.add(first), nodes);
            if const { !in_line::<T>() } {
                return together_apart(out, kept, begin, moves, const { Apart::of::<R, SAVE>() });
            }
            if const { T::CAREFUL && !PartialKind::constant(&R::KINDS) } && T::all_finite(&[]).is_some() {
                // Free of care for zeros, as long as all comes out finite. It seldom does not.
                run_of::<T, R, A, SAVE>(out, kept, begin, moves, T::fixed_freely::<R, A>);
                if T::all_finite(out) != Some(true) {
                    return together_apart(out, kept, begin, moves, const { Apart::of::<R, SAVE>() });
                }
            } else {
                run_of::<T, R, A, SAVE>(out, kept, begin, moves, T::fixed::<R, A>);
            }
            *values.add(first + nodes - 1)
        }
    }
    fn variadic<R: Variadic>(self) -> T {
        self.nothing()
    }
    fn foreign(self) -> T {
        self.nothing()
    }
}

impl<T: Real, const SAVE: bool> Together<'_, T, SAVE> {
    /// Rows that are never in step.
    fn nothing(self) -> T {
        unreachable!("{:?} in step", self.run.op)
    }
}

/// Computes each of `out`, of one or two operands that begin there and move or do not.
///
/// # Safety
/// The operands are there, and from `kept` on is room for what each of `out` saves.
#[inline(always)]
unsafe fn run_of<T: Real, R: Rule<A>, const A: usize, const SAVE: bool>(
    out: &mut [T],
    kept: *mut T,
    begin: [*const T; A],
    moves: [bool; 2],
    value: impl Fn([T; A]) -> T,
) {
    // SAFETY: the caller's promise.
    unsafe {
        if const { A == 1 } {
            each::<T, R, A, SAVE>(out, kept, value, |k| [*begin[0].add(k); A]);
        } else if moves == [true; 2] {
            each::<T, R, A, SAVE>(out, kept, value, |k| operands_by(*begin[0], |j| *begin[j].add(k)));
        } else if moves[0] {
            let x = *begin[A - 1];
            each::<T, R, A, SAVE>(out, kept, value, |k| {
                operands_by(x, |j| if j == 0 { *begin[0].add(k) } else { x })
            });
        } else {
            let x = *begin[0];
            each::<T, R, A, SAVE>(out, kept, value, |k| {
                operands_by(x, |j| if j == 0 { x } else { *begin[j].add(k) })
            });
        }
    }
}

/// # Safety
/// From `kept` on is room for what each of `out` saves.
#[inline(always)]
unsafe fn each<T: Real, R: Rule<A>, const A: usize, const SAVE: bool>(
    out: &mut [T],
    kept: *mut T,
    value: impl Fn([T; A]) -> T,
    read: impl Fn(usize) -> [T; A],
) {
    let saved = const { PartialKind::saved(&R::KINDS) };
    for (k, slot) in out.iter_mut().enumerate() {
        let x = read(k);
        let y = value(x);
        *slot = y;
        if SAVE && saved > 0 {
            // SAFETY: the caller's promise.
            unsafe {
                if const { size_of::<T>() <= size_of::<f64>() } {
                    save::<T, R, A>(x, y, kept.add(saved * k));
                } else {
                    save_apart::<T, R, A>(x, y, kept.add(saved * k));
                }
            }
        }
    }
}

/// Writes the partials that the row saves.
///
/// # Safety
/// From `kept` on is room for so many.
#[inline(always)]
unsafe fn save<T: Real, R: Rule<A>, const A: usize>(x: [T; A], y: T, kept: *mut T) {
    let partials = R::partials(x, y);
    let mut n = 0;
    #[allow(clippy::needless_range_loop)] // over two arrays
    for k in 0..A {
        if matches!(R::KINDS[k], PartialKind::Saved) {
            // SAFETY: the caller's promise.
            unsafe { *kept.add(n) = partials[k] };
            n += 1;
        }
    }
}

/// What a row does, as functions: all that is compiled of it where it is not compiled in line.
#[derive(Clone, Copy)]
struct Apart<T, const A: usize> {
    value: fn([T; A]) -> T,
    /// Writes the partials that are saved, and how many there are.
    save: unsafe fn([T; A], T, *mut T),
    saved: usize,
}

impl<T: Real, const A: usize> Apart<T, A> {
    const fn of<R: Rule<A>, const SAVE: bool>() -> Self {
        Self {
            value: T::fixed::<R, A>,
            save: if SAVE { save_apart::<T, R, A> } else { nothing_saved::<T, A> },
            saved: if SAVE { PartialKind::saved(&R::KINDS) } else { 0 },
        }
    }
}

/// Stands in for rows and runs that save nothing; it is never called.
fn nothing_saved<T, const A: usize>(_: [T; A], _: T, _: *mut T) {}

/// [`each`], of any row: of each of `out`, whose operands begin there and move or do not. Gives the last.
///
/// # Safety
/// The operands are there, and from `kept` on is room for what each of `out` saves.
#[inline(never)]
unsafe fn together_apart<T: Real, const A: usize>(
    out: &mut [T],
    kept: *mut T,
    begin: [*const T; A],
    moves: [bool; 2],
    row: Apart<T, A>,
) -> T {
    let mut last = out[0];
    for (k, slot) in out.iter_mut().enumerate() {
        // SAFETY: the caller's promise.
        unsafe {
            let x = operands_by(*begin[0], |j| *begin[j].add(if moves[j] { k } else { 0 }));
            last = (row.value)(x);
            *slot = last;
            if row.saved > 0 {
                (row.save)(x, last, kept.add(row.saved * k));
            }
        }
    }
    last
}

/// [`save`], compiled once a row.
///
/// # Safety
/// As [`save`].
#[inline(never)]
unsafe fn save_apart<T: Real, R: Rule<A>, const A: usize>(x: [T; A], y: T, kept: *mut T) {
    // SAFETY: the caller's promise.
    unsafe { save::<T, R, A>(x, y, kept) }
}
