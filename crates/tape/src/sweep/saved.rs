//! The `f64` reverse sweep over saved partials.
//!
//! Rows fall into a few classes with the same sweep ([`Class`]). Tried instead, and slower where branches can be learnt: one
//! sweep without branches, its partials picked by masks (see the decision *sweep classes*).
//!
//! The sweep multiplies and adds, and asks nothing of the numbers: as long as all are finite, that is
//! [`Real::pull`](wengert_ops::Real::pull). Infinities and NaN among adjoints or partials that matter leave an
//! infinity or a NaN in an adjoint behind; each block of adjoints is looked through once it is final, and where one
//! is found the careful sweep (`reverse.rs`) begins anew from the seeds.
//!
//! This is one of the modules with `unsafe` (ARCHITECTURE.md lists them). It rests on the arena's invariants
//! (`arena.rs`): every operand of node `i` is a node below `i` or a constant of the pool, and the pool holds what the
//! opcodes ask for; and on the lengths, checked at entry.
#![allow(unsafe_code)]

use wengert_ops::{Class, Op, Rule, Shortcuts, Variadic, Visitor};

use crate::arena::{Arena, Node, Place};
use crate::error::SweepError;
use crate::index::{NodeId, Operand};
use crate::operation::{Callee, Calling};
use crate::sweep::forward::Gathered;
use crate::sweep::lookup::{BLOCK, CLASSES, SIZES, UNKNOWN};
use crate::sweep::many::{Unchecked, beside_data, many};
use crate::sweep::reverse::{self, ReverseStep};
use crate::tape::Tape;

/// The general step without annihilating: `g·p` as it is.
struct Ordinary<'a>(ReverseStep<'a, f64>);

impl Visitor for Ordinary<'_> {
    type Output = ();
    fn input(self) {}
    fn fixed<R: Rule<A>, const A: usize>(self) {
        self.0.fixed::<R, A>();
    }
    fn variadic<R: Variadic>(self) {
        // Rows that read data are no general step.
        let ReverseStep { x: Gathered { arena, values, operands, .. }, y, g, adjoints, scratch, .. } = self.0;
        let x = Unchecked { constants: &arena.constants, values, operands };
        R::partials(&x, y, scratch, |k, p| {
            if let Some(operand) = operands.get(k)
                && !operand.is_constant()
            {
                // SAFETY: an operand that is not a constant is a node below the one that is swept.
                unsafe { *adjoints.get_unchecked_mut(operand.index()) += g * p };
            }
        });
    }
    fn foreign(self) {}
}

/// How many inputs stand at the tape's beginning: they ascend, so that input `k` is node `k` up to some `k`.
fn leading(inputs: &[NodeId]) -> usize {
    let (mut low, mut high) = (0, inputs.len());
    while low < high {
        let middle = low.midpoint(high);
        if inputs[middle].index() == middle {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// The numbers of a recording, and who runs its calls.
pub(crate) struct RecordedNumbers<'a> {
    pub(crate) values: &'a [f64],
    pub(crate) saved: &'a [f64],
    pub(crate) adjoints: &'a mut Vec<f64>,
    pub(crate) scratch: &'a mut Vec<f64>,
    pub(crate) calling: &'a mut dyn Calling<f64>,
}

/// Fills the adjoints up to the highest seed with `Σ wₖ ∂yₖ/∂v`. The seeds are nodes of the tape with their weights.
#[allow(clippy::needless_pass_by_value)] // an iterator: what is given away is a cursor
pub(crate) fn reverse(
    tape: &Tape,
    mut work: RecordedNumbers<'_>,
    seeds: impl Iterator<Item = (usize, f64)> + Clone,
) -> Result<(), SweepError> {
    let from = seeds.clone().map(|(node, _)| node + 1).max().unwrap_or(0);
    let seed = |adjoints: &mut Vec<f64>| {
        adjoints.clear();
        adjoints.resize(from, 0.0);
        for (node, weight) in seeds.clone() {
            adjoints[node] += weight;
        }
    };
    work.calling.work().forget_losses();
    seed(work.adjoints);
    let swept = match finite(tape, &mut work) {
        Ok(true) => Ok(()),
        Ok(false) => {
            seed(work.adjoints);
            let RecordedNumbers { values, adjoints, scratch, calling, .. } = &mut work;
            reverse::reverse(tape, values, adjoints, scratch, *calling)
        }
        Err(why) => Err(why),
    };
    let swept = swept.and_then(|()| reverse::known(tape, work.adjoints, work.calling.work()));
    if swept.is_err() {
        work.adjoints.clear();
    }
    swept
}

/// Sweeps from node `adjoints.len() − 1` down; `false` where an adjoint is infinite or NaN, and then what the
/// adjoints hold is of no use.
fn finite(tape: &Tape, work: &mut RecordedNumbers<'_>) -> Result<bool, SweepError> {
    let arena = &tape.arena;
    let from = work.adjoints.len();
    assert!(from <= arena.len() && work.values.len() == arena.len(), "a workspace of another tape");
    let mut place = if from == arena.len() { arena.end(work.saved.len()) } else { arena.place(from) };
    assert!(place.saved <= work.saved.len(), "saved partials of another tape");
    // Inputs that were made before anything else have nothing below them; nor has the first node, whatever it is.
    let inputs = leading(&tape.inputs).max(1).min(from);
    let mut high = from;
    while high > inputs {
        let low = inputs.max(high.saturating_sub(BLOCK));
        if !block(tape, work, low, high, &mut place)? || !all_finite(&work.adjoints[low..high]) {
            return Ok(false);
        }
        high = low;
    }
    Ok(all_finite(&work.adjoints[..inputs]))
}

/// Whether nothing comes down to a node with that adjoint. Whole branches of a graph are like that: what `max` and `select`
/// did not take. Should it be NaN, the sweep will begin anew in any case.
#[inline(always)]
#[allow(clippy::neg_cmp_op_on_partial_ord)] // true for NaN too, by one comparison
fn dead(g: f64) -> bool {
    !(g.abs() > 0.0)
}

fn all_finite(adjoints: &[f64]) -> bool {
    f64::all_finite(adjoints) == Some(true)
}

/// Where a sweep stands in the columns. Plain pointers, so that no store to an adjoint makes the loop load them anew.
struct SavedCursor {
    primals: *const f64,
    constants: *const f64,
    /// The operands of the node that is swept stand right before this.
    pool: *const Operand,
    /// Its saved partials stand right before this.
    kept: *const f64,
    adjoints: *mut f64,
    /// The node that is next.
    below: usize,
    /// Its adjoint, in a register: the first operand of a node is often the node right before it. It is known without
    /// waiting for the store to be loaded again, which takes longer than the product and the sum.
    next: f64,
}

/// # Safety
/// What all methods ask for: the node that is swept is above `below`, and there is an adjoint and a value for each node up to
/// it. Its operands and saved partials stand where the cursor says; an operand is a constant of the pool or a node below the
/// one that is swept.
impl SavedCursor {
    /// Moves over so many operands and saved partials.
    #[inline(always)]
    unsafe fn back(&mut self, operands: usize, saved: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            self.pool = self.pool.sub(operands);
            self.kept = self.kept.sub(saved);
        }
    }

    /// Operand `k` of the node that is swept.
    #[inline(always)]
    unsafe fn operand(&self, k: usize) -> Operand {
        // SAFETY: the caller's promise.
        unsafe { *self.pool.add(k) }
    }

    /// The value of an operand.
    #[inline(always)]
    unsafe fn value(&self, x: Operand) -> f64 {
        // SAFETY: the caller's promise.
        unsafe { *if x.is_constant() { self.constants } else { self.primals }.add(x.index()) }
    }

    /// Saved partial `k` of the node that is swept.
    #[inline(always)]
    unsafe fn kept_partial(&self, k: usize) -> f64 {
        // SAFETY: the caller's promise.
        unsafe { *self.kept.add(k) }
    }

    /// Reads the adjoint of the node that is next.
    #[inline(always)]
    unsafe fn load(&mut self) {
        // SAFETY: the caller's promise.
        self.next = unsafe { *self.adjoints.add(self.below) };
    }

    /// Adds to the adjoint of an operand, unless it is a constant.
    #[inline(always)]
    unsafe fn add(&mut self, x: Operand, change: f64) {
        if !x.is_constant() {
            // SAFETY: the caller's promise.
            unsafe { *self.adjoints.add(x.index()) += change };
        }
    }

    /// The same of the operand that comes last; then all is said about the node that is next.
    #[inline(always)]
    unsafe fn finish(&mut self, x: Operand, change: f64) {
        // SAFETY: the caller's promise.
        unsafe {
            if !x.is_constant() {
                let adjoint = self.adjoints.add(x.index());
                let sum = *adjoint + change;
                *adjoint = sum;
                if x.index() == self.below {
                    self.next = sum;
                    return;
                }
            }
            self.load();
        }
    }

    /// Passes over the node that is swept, of that size, and over those from `low` up to which nothing comes down either.
    #[inline(always)]
    unsafe fn pass(&mut self, size: u32, ops: *const Op, low: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            self.load();
            let mut passed = size;
            while self.below >= low && dead(self.next) {
                let size = SIZES[*ops.add(self.below) as usize];
                if size == UNKNOWN {
                    break;
                }
                passed += size;
                self.below -= 1;
                self.load();
            }
            self.back((passed & 0xffff) as usize, (passed >> 16) as usize);
        }
    }

    /// The step of a node of two operands, whatever the kinds of their partials.
    #[inline(always)]
    unsafe fn pair(&mut self, op: Op, g: f64) {
        // SAFETY: the caller's promise.
        unsafe {
            let info = op.info();
            let saved = info.saved();
            self.back(2, saved);
            let (a, b) = (self.operand(0), self.operand(1));
            let (x, y) = (self.value(a), self.value(b));
            let [p, q, _] = info.kinds;
            self.add(b, q.partial(|| y, || x, || self.kept_partial(saved - 1)).times(g));
            self.finish(a, p.partial(|| x, || y, || self.kept_partial(0)).times(g));
        }
    }

    /// The step of a node with the adjoint `g`; `false`, and nothing is done, where it is not of a fixed number of operands.
    #[inline(always)]
    unsafe fn step(&mut self, class: Class, op: Op, g: f64) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            match class {
                Class::Product => {
                    self.back(2, 0);
                    let (a, b) = (self.operand(0), self.operand(1));
                    if a.is_constant() || b.is_constant() {
                        let (x, c) = if b.is_constant() { (a, b) } else { (b, a) };
                        self.finish(x, g * *self.constants.add(c.index()));
                    } else {
                        let change = g * *self.primals.add(a.index());
                        if a == b {
                            // A square: one sum instead of two that wait for one another.
                            self.finish(a, change + change);
                        } else {
                            let other = g * *self.primals.add(b.index());
                            self.add(b, change);
                            self.finish(a, other);
                        }
                    }
                }
                Class::Fused => {
                    self.back(3, 0);
                    let (a, b) = (self.operand(0), self.operand(1));
                    self.add(b, g * self.value(a));
                    self.add(self.operand(2), g);
                    self.finish(a, g * self.value(b));
                }
                Class::Sum => {
                    self.back(2, 0);
                    self.add(self.operand(1), g);
                    self.finish(self.operand(0), g);
                }
                Class::Difference => {
                    self.back(2, 0);
                    self.add(self.operand(1), -g);
                    self.finish(self.operand(0), g);
                }
                Class::SavedPair => {
                    self.back(2, 2);
                    self.add(self.operand(1), g * self.kept_partial(1));
                    self.finish(self.operand(0), g * self.kept_partial(0));
                }
                Class::SavedFirst => {
                    self.back(2, 1);
                    self.finish(self.operand(0), g * self.kept_partial(0));
                }
                Class::NothingOfTwo
                | Class::WholeAndSaved
                | Class::WholeFirst
                | Class::WholeSecond
                | Class::NegativeSecond
                | Class::ScaledFirst
                | Class::ScaledSecond
                | Class::SavedSecond => {
                    self.pair(op, g);
                }
                Class::Saved => {
                    self.back(1, 1);
                    self.finish(self.operand(0), g * self.kept_partial(0));
                }
                Class::Twice => {
                    self.back(1, 0);
                    self.finish(self.operand(0), g * (2.0 * self.value(self.operand(0))));
                }
                Class::Nothing | Class::Whole | Class::Negative => {
                    self.back(1, 0);
                    self.finish(self.operand(0), op.info().kinds[0].partial(|| 0.0, || 0.0, || 0.0).times(g));
                }
                Class::Leaf => self.load(),
                Class::Result => {
                    self.back(2, 0);
                    self.load();
                }
                Class::Many | Class::Data | Class::General | Class::Call => return false,
            }
        }
        true
    }
}

/// Sweeps nodes `low..high`, which end at `place`; `low` is at least 1. `false` where a call would be given an adjoint that is
/// infinite or NaN.
#[inline(never)]
fn block(
    tape: &Tape,
    work: &mut RecordedNumbers<'_>,
    low: usize,
    high: usize,
    place: &mut Place,
) -> Result<bool, SweepError> {
    let arena = &tape.arena;
    let ops = arena.ops.as_ptr();
    let mut cursor = SavedCursor {
        primals: work.values.as_ptr(),
        constants: arena.constants.as_ptr(),
        // SAFETY: `place` lies within both columns.
        pool: unsafe { arena.pool.as_ptr().add(place.pool) },
        // SAFETY: as before.
        kept: unsafe { work.saved.as_ptr().add(place.saved) },
        adjoints: work.adjoints.as_mut_ptr(),
        below: high - 1,
        next: work.adjoints[high - 1],
    };
    while cursor.below >= low {
        // SAFETY: 1 ≤ low < high ≤ the number of nodes and of adjoints. The pool holds the node's operands right before
        // the cursor, and its saved partials likewise; every operand is a constant of the pool or a node below this one:
        // the arena's invariants.
        unsafe {
            let op = *ops.add(cursor.below);
            let g = cursor.next;
            cursor.below -= 1;
            let class = CLASSES[op as usize];
            if dead(g) && SIZES[op as usize] != UNKNOWN {
                cursor.pass(SIZES[op as usize], ops, low);
            } else if !cursor.step(class, op, g) {
                let mut here = place_at(arena, work, &cursor);
                if class == Class::Data {
                    cursor.below =
                        beside_data(arena, work.values, work.adjoints, cursor.below + 1, low, &mut here) - 1;
                } else if !any(tape, work, cursor.below + 1, class, &mut here)? {
                    return Ok(false);
                }
                cursor.pool = arena.pool.as_ptr().add(here.pool);
                cursor.kept = work.saved.as_ptr().add(here.saved);
                cursor.load();
            }
        }
    }
    // SAFETY: the cursor has only moved within the columns.
    *place = unsafe { place_at(arena, work, &cursor) };
    Ok(true)
}

/// The place where a cursor stands.
///
/// # Safety
/// It stands in this arena's pool and among these saved partials, or at their ends.
#[inline(always)]
unsafe fn place_at(arena: &Arena, work: &RecordedNumbers<'_>, cursor: &SavedCursor) -> Place {
    // SAFETY: the caller's promise.
    unsafe {
        Place {
            pool: cursor.pool.offset_from_unsigned(arena.pool.as_ptr()),
            saved: cursor.kept.offset_from_unsigned(work.saved.as_ptr()),
        }
    }
}

/// The step of a row of any arity, or of a call. Said to be cold, so that the loop keeps its registers for the others: it is
/// long, and a call more does not count.
#[cold]
#[inline(never)]
fn any(
    tape: &Tape,
    work: &mut RecordedNumbers<'_>,
    i: usize,
    class: Class,
    place: &mut Place,
) -> Result<bool, SweepError> {
    let op = tape.arena.ops[i];
    place.saved -= op.info().saved();
    let operands = tape.arena.operands_before(op, &mut place.pool);
    let node = Node { id: NodeId::new(i), op, operands, data: &[] };
    if class == Class::Call {
        return call(tape, work, node);
    }
    if work.adjoints[i] == 0.0 {
        return Ok(true);
    }
    if class == Class::Many {
        many(&tape.arena, work.values, work.adjoints, node);
    } else {
        general(&tape.arena, work, node);
    }
    Ok(true)
}

/// The step of a call. What it is given must be right: it may be anybody's code.
fn call(tape: &Tape, work: &mut RecordedNumbers<'_>, node: Node<'_>) -> Result<bool, SweepError> {
    let RecordedNumbers { values, adjoints, calling, .. } = work;
    let first = node.id.index() + 1;
    let results = tape.calls.at(node.id).map_or(0, Callee::outputs);
    let end = (first + results).min(adjoints.len());
    if !all_finite(&adjoints[first..end]) {
        return Ok(false);
    }
    reverse::call(tape, node, values, adjoints, *calling)?;
    Ok(true)
}

/// The step of a row whose sweep has no class of its own.
fn general(arena: &Arena, work: &mut RecordedNumbers<'_>, node: Node<'_>) {
    let RecordedNumbers { values, adjoints, scratch, .. } = work;
    let i = node.id.index();
    let (g, y) = (adjoints[i], values[i]);
    let x = Gathered::of(arena, values, &node);
    node.op.visit(Ordinary(ReverseStep { x, node, g, y, adjoints, scratch }));
}
