//! Sweeping a program in reverse, run by run: adjoints of every node from those of the outputs, by the partials that
//! the forward sweep has saved and the values it left.
//!
//! As in the sweep of a recording, products are taken as they are while all adjoints are finite; where one is not, the
//! caller begins anew with care ([`Real::pull`]).
//!
//! `unsafe` rests on the plan's invariants (`plan.rs`) and on the lengths, checked at entry.
#![allow(unsafe_code)]

use wengert_ops::{ByClass, Op, PartialKind, Real};
use wengert_tape::NodeId;
use wengert_tape::call::{CallError, Callee, Calling};

use super::adjoint::{Adjoint, Target};
use super::columns::{ReverseColumns, add, product, scaled};
use super::groups::LONGEST;
use super::many::Many;
use super::numbers::Caller;
use super::plan::{Form, InStep, Kinds, Plan, Run, Stride};

/// Sweeps all runs; an error is a call's. Without `CAREFUL`: `false` where an adjoint is infinite or NaN or the type does not
/// say, and then what the adjoints hold is of no use.
pub(super) fn reverse_runs<T: Real, G: Adjoint<T>, const CAREFUL: bool>(
    plan: &Plan,
    values: &[T],
    partials: &[T],
    adjoints: &mut [G],
    scratch: &mut Vec<T>,
    calling: &mut Caller<T>,
) -> Result<bool, CallError> {
    assert!(values.len() == plan.len() && adjoints.len() == plan.adjoints, "values of another program");
    assert!(partials.len() == plan.saved && plan.nodes >= plan.steps.len(), "partials of another program");
    if !CAREFUL && G::all_finite(&[]).is_none() {
        return Ok(false);
    }
    let finite = |adjoints: &[G]| CAREFUL || G::all_finite(adjoints) == Some(true);
    let columns = ReverseColumns {
        steps: plan.steps.as_ptr(),
        ops: plan.ops.as_ptr(),
        slots: plan.slots.as_ptr(),
        targets: plan.targets().as_ptr(),
        values,
        partials,
        adjoints: adjoints.as_mut_ptr(),
        len: adjoints.len(),
        scratch,
        data: plan.data(),
    };
    // Adjoints that are final are looked through while they are still in the nearest cache. Where only leaves' are wanted,
    // it is enough to look at these: what is infinite or NaN anywhere makes them so too, or does not come down to them.
    let mut looked = if plan.transient { plan.leaves } else { adjoints.len() };
    let mut end = End { slots: plan.slots.len(), saved: plan.saved };
    for run in plan.runs.iter().rev() {
        // SAFETY: the plan's invariants, and the lengths that were checked: runs lie one behind the other in the columns of
        // slots and partials. A run's nodes have adjoints; nothing else refers to them here.
        unsafe {
            match run.form {
                Form::Mixed => mixed::<T, G, CAREFUL>(&columns, run, &end),
                Form::InStep(operands) => in_step::<T, G, CAREFUL>(&columns, run, operands),
                Form::Call(call) => {
                    // What a call is given must be right: it may be anybody's code.
                    let results = columns.adjoints(run.own as usize + 1, run.nodes as usize - 1);
                    if !finite(results) {
                        return Ok(false);
                    }
                    called(&columns, run, plan.calls.callee(call as usize), calling)?;
                }
                _ if run.op.info().arity.is_none() => {
                    run.op.visit(Many::<T, G, CAREFUL> { run, columns: &columns });
                }
                _ => {
                    let cursor = ReverseCursor::<T, G>::at(&columns, run, &end);
                    run.step.class().visit(ListedReverse::<T, G, CAREFUL> { run, cursor });
                }
            }
            end = End { slots: run.slots, saved: run.saved };
            let own = run.own as usize;
            if plan.transient {
                if run.inherited {
                    columns.adjoints(own, run.nodes as usize).fill(G::nothing());
                }
            } else if looked - own >= LONGEST {
                if !finite(columns.adjoints(own, looked - own)) {
                    return Ok(false);
                }
                looked = own;
            }
        }
    }
    Ok(finite(&adjoints[..looked]))
}

/// A call: adjoints of its operands from those of its results.
///
/// # Safety
/// The run is one of the plan's, and nothing else refers to the adjoints.
#[inline(never)]
unsafe fn called<T: Real, G: Adjoint<T>>(
    columns: &ReverseColumns<'_, T, G>,
    run: &Run,
    callee: &Callee,
    calling: &mut Caller<T>,
) -> Result<(), CallError> {
    // SAFETY: the caller's promise.
    let ((slots, targets), adjoints) =
        unsafe { (columns.operands(run, run.arity as usize), columns.adjoints(0, columns.len)) };
    let operands = calling.work().operands(NodeId::new(run.node as usize));
    operands.extend(slots.iter().map(|slot| columns.values[*slot as usize]));
    let results = run.nodes as usize - 1;
    let y = &columns.values[run.first as usize + 1..][..results];
    let gy = &adjoints[run.own as usize + 1..][..results];
    let weights = calling.work().weights();
    for seed in 0..G::SEEDS {
        weights.extend(gy.iter().map(|g| g.of_seed(seed)));
    }
    if calling.reverse(callee, y, G::SEEDS)? {
        let work = calling.work();
        for (k, target) in targets.iter().enumerate() {
            add(adjoints, *target, G::by_seed(|seed| work.slope(seed, k)));
        }
    }
    Ok(())
}

/// Where a run's operands and partials end.
struct End {
    slots: usize,
    saved: usize,
}

/// The node behind the one that is swept next.
#[derive(Clone, Copy)]
struct ReverseCursor<T, G> {
    /// Operands by the slots of their values, and of their adjoints; those of the next node end at `at`.
    slots: *const u32,
    targets: *const u32,
    at: usize,
    partials: *const T,
    values: *const T,
    adjoints: *mut G,
    /// Slots of adjoints: those of constants are past the end.
    len: usize,
    /// The slot of the run's first node.
    own: u32,
    /// The slot behind that of the node that is swept next.
    slot: u32,
    /// The adjoint in the slot before this one, which most often is the next node's, in a register: it is often the one that
    /// was added to last, and a store takes long to be loaded again.
    next: G,
}

impl<T: Real, G: Adjoint<T>> ReverseCursor<T, G> {
    /// Behind the last node of a run.
    ///
    /// # Safety
    /// The run is one of the plan's, ends there, and the columns hold what it asks for.
    #[inline(always)]
    unsafe fn at(columns: &ReverseColumns<'_, T, G>, run: &Run, end: &End) -> Self {
        let slot = run.own + run.nodes;
        // SAFETY: the caller's promise.
        unsafe {
            Self {
                slots: columns.slots,
                targets: columns.targets,
                at: end.slots,
                partials: columns.partials.as_ptr().add(end.saved),
                values: columns.values.as_ptr(),
                adjoints: columns.adjoints,
                len: columns.len,
                own: run.own,
                slot,
                next: *columns.adjoints.add(slot as usize - 1),
            }
        }
    }

    /// Moves to the node before, and gives its adjoint.
    ///
    /// # Safety
    /// There is one, with so many operands and partials.
    #[inline(always)]
    unsafe fn back(&mut self, arity: usize, saved: usize) -> G {
        let g = self.next;
        self.slot -= 1;
        self.at -= arity;
        // SAFETY: the caller's promise. Before the first slot there is nothing to be read, and nothing is added to it here:
        // it is the node's own.
        unsafe {
            self.next = *self.adjoints.add(self.slot.saturating_sub(1) as usize);
            self.partials = self.partials.sub(saved);
        }
        g
    }

    /// Adds to an adjoint.
    ///
    /// # Safety
    /// There is one of that slot.
    #[inline(always)]
    unsafe fn add(&mut self, target: u32, change: G) {
        // SAFETY: the caller's promise.
        unsafe {
            let slot = self.adjoints.add(target as usize);
            if target + 1 == self.slot {
                self.next = self.next.accumulate(change);
                *slot = self.next;
            } else {
                *slot = (*slot).accumulate(change);
            }
        }
    }

    /// Adds what operand `j` gets by a partial of that kind; `other` is the other operand, and `partial` the place of the
    /// one that was saved.
    ///
    /// # Safety
    /// The operand is a node, the other one is there where its value is the partial, and so is the partial.
    #[inline(always)]
    unsafe fn pass<const CAREFUL: bool>(
        &mut self,
        kind: PartialKind,
        g: G,
        j: usize,
        other: usize,
        partial: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let read = |k: usize| *self.values.add(*self.slots.add(self.at + k) as usize);
            let partial = kind.partial(|| read(j), || read(other), || *self.partials.add(partial));
            let Some(change) = scaled::<T, G, CAREFUL>(g, partial) else { return };
            self.add(*self.targets.add(self.at + j), change);
        }
    }

    /// The step of a node of a class.
    ///
    /// # Safety
    /// The node before is of the class, and saves so many partials.
    #[inline(always)]
    unsafe fn step<const CAREFUL: bool, const A: usize, const P: u8, const Q: u8>(&mut self, saved: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let g = self.back(A, saved);
            self.pass::<CAREFUL>(PartialKind::of_code(P), g, 0, 1, 0);
            if A == 2 {
                self.pass::<CAREFUL>(PartialKind::of_code(Q), g, 1, 0, saved.wrapping_sub(1));
            }
        }
    }

    /// The step of a node of any row of fixed arity. The cursor comes and goes by value: were its address taken, it would
    /// stand in memory for all other steps too.
    ///
    /// # Safety
    /// The node before is of that operation.
    #[inline(never)]
    unsafe fn general<const CAREFUL: bool>(mut self, op: Op) -> Self {
        let kinds = op.visit(Kinds);
        let saved = PartialKind::saved(kinds);
        // SAFETY: the caller's promise. A row whose partial is the other operand's value has two.
        unsafe {
            let g = self.back(kinds.len(), saved);
            let mut partial = 0;
            for (j, kind) in kinds.iter().enumerate() {
                let index = partial;
                partial += usize::from(*kind == PartialKind::Saved);
                if *self.targets.add(self.at + j) as usize >= self.len {
                    continue;
                }
                self.pass::<CAREFUL>(*kind, g, j, usize::from(j == 0), index);
            }
        }
        self
    }
}

/// Whether the steps of each class are compiled apart. With care they seldom run, and of large numbers they are much code:
/// then one step looks the kinds of the partials up.
const fn by_class<G, const CAREFUL: bool>() -> bool {
    !CAREFUL || size_of::<G>() <= size_of::<f64>()
}

/// A node of a mixed run.
struct MixedReverse<'a, T, G, const CAREFUL: bool> {
    cursor: &'a mut ReverseCursor<T, G>,
    saved: usize,
    op: *const Op,
}

impl<T: Real, G: Adjoint<T>, const CAREFUL: bool> ByClass for MixedReverse<'_, T, G, CAREFUL> {
    type Output = ();
    #[inline(always)]
    fn kinds<const A: usize, const P: u8, const Q: u8>(self) {
        if const { !by_class::<G, CAREFUL>() } {
            return self.general();
        }
        // SAFETY: only `mixed` makes one, for the node before the cursor.
        unsafe { self.cursor.step::<CAREFUL, A, P, Q>(self.saved) }
    }
    #[inline(always)]
    fn general(self) {
        // SAFETY: as above; the opcode is the node's.
        unsafe { *self.cursor = self.cursor.general::<CAREFUL>(*self.op) }
    }
}

/// Nodes of any operations of fixed arity, from the last.
///
/// # Safety
/// The run is one of the plan's, ends there, and the columns hold what it asks for.
#[inline(never)]
unsafe fn mixed<T: Real, G: Adjoint<T>, const CAREFUL: bool>(
    columns: &ReverseColumns<'_, T, G>,
    run: &Run,
    end: &End,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut cursor = ReverseCursor::at(columns, run, end);
        let mut node = (run.node + run.nodes) as usize;
        while cursor.slot > run.own {
            node -= 1;
            let step = *columns.steps.add(node);
            let op = columns.ops.add(node);
            step.class().visit(MixedReverse::<T, G, CAREFUL> {
                cursor: &mut cursor,
                saved: step.saved(),
                op,
            });
        }
    }
}

/// Nodes of one operation, from the last.
struct ListedReverse<'a, T, G, const CAREFUL: bool> {
    run: &'a Run,
    cursor: ReverseCursor<T, G>,
}

impl<T: Real, G: Adjoint<T>, const CAREFUL: bool> ByClass for ListedReverse<'_, T, G, CAREFUL> {
    type Output = ();
    #[inline(never)]
    fn kinds<const A: usize, const P: u8, const Q: u8>(self) {
        if const { !by_class::<G, CAREFUL>() } {
            return self.general();
        }
        let Self { run, mut cursor } = self;
        let saved = run.step.saved();
        while cursor.slot > cursor.own {
            // SAFETY: only `reverse` makes one, at the end of one of the plan's runs, which is of this class.
            unsafe { cursor.step::<CAREFUL, A, P, Q>(saved) };
        }
    }
    fn general(self) {
        let Self { run, mut cursor } = self;
        while cursor.slot > cursor.own {
            // SAFETY: as above; all nodes are of the run's operation.
            cursor = unsafe { cursor.general::<CAREFUL>(run.op) };
        }
    }
}

/// The kinds of a run's partials.
struct KindsOfClass;
impl ByClass for KindsOfClass {
    type Output = [PartialKind; 2];
    fn kinds<const A: usize, const P: u8, const Q: u8>(self) -> [PartialKind; 2] {
        [PartialKind::of_code(P), PartialKind::of_code(Q)]
    }
    fn general(self) -> [PartialKind; 2] {
        [PartialKind::Zero; 2]
    }
}

/// All nodes of a run whose operands follow one another, operand by operand.
///
/// # Safety
/// The run is one of the plan's, and the columns hold what it asks for.
#[inline(never)]
unsafe fn in_step<T: Real, G: Adjoint<T>, const CAREFUL: bool>(
    columns: &ReverseColumns<'_, T, G>,
    run: &Run,
    operands: [InStep; 2],
) {
    let nodes = run.nodes as usize;
    let values = columns.values;
    let saved = run.step.saved();
    let kept = &columns.partials[run.saved..][..saved * nodes];
    // SAFETY: the caller's promise.
    let own = unsafe { &*columns.adjoints(run.own as usize, nodes) };
    let kinds = run.step.class().visit(KindsOfClass);
    // An operand that is multiplied by itself gets both its parts at once.
    let twice = kinds == [PartialKind::Other; 2] && operands[0] == operands[1];
    for (j, kind) in kinds.into_iter().enumerate() {
        if kind == PartialKind::Zero || (twice && j == 1) {
            continue;
        }
        let InStep { stride, slot, target } = operands[j];
        let slot = slot as usize;
        let count = if stride == Stride::Next { nodes } else { 1 };
        // SAFETY: these are adjoints of nodes that the run reads, of which none is its own.
        let slots = unsafe { columns.adjoints(target as usize, count) };
        let target = Target { slots, own, stride };
        let partial = |x: T| move |_: usize, g: G| product::<T, G, CAREFUL>(g, x);
        if const { CAREFUL } {
            // Seldom: one loop for all kinds.
            let other = operands[1 - j];
            let at = |from: InStep, k: usize| {
                values[from.slot as usize + if from.stride == Stride::Next { k } else { 0 }]
            };
            let kept = |k: usize| kept[j.min(saved - 1) + saved * k];
            target.add(|k, g| {
                let partial = kind.partial(|| at(operands[j], k), || at(other, k), || kept(k));
                let part = scaled::<T, G, CAREFUL>(g, partial).unwrap_or_else(G::nothing);
                if twice { part.accumulate(part) } else { part }
            });
            continue;
        }
        match kind {
            PartialKind::One => target.add(|_, g| g),
            PartialKind::MinusOne => target.add(|_, g| g.negated()),
            PartialKind::Saved if saved == 1 => target.add(|k, g| product::<T, G, CAREFUL>(g, kept[k])),
            PartialKind::Saved => {
                let kept = &kept[j.min(saved - 1)..];
                target.add(|k, g| product::<T, G, CAREFUL>(g, kept[saved * k]));
            }
            PartialKind::Twice => match stride {
                Stride::Next => {
                    let x = &values[slot..][..nodes];
                    target.add(|k, g| product::<T, G, CAREFUL>(g, x[k] + x[k]));
                }
                Stride::Same => target.add(partial(values[slot] + values[slot])),
            },
            _ => {
                let other = operands[1 - j].slot as usize;
                match operands[1 - j].stride {
                    Stride::Next if twice => {
                        let x = &values[other..][..nodes];
                        target.add(|k, g| {
                            let part = product::<T, G, CAREFUL>(g, x[k]);
                            part.accumulate(part)
                        });
                    }
                    Stride::Next => {
                        let x = &values[other..][..nodes];
                        target.add(|k, g| product::<T, G, CAREFUL>(g, x[k]));
                    }
                    Stride::Same => target.add(partial(values[other])),
                }
            }
        }
    }
}
