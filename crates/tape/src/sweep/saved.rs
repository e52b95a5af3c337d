//! The `f64` reverse sweep over saved partials.
//!
//! Rows fall into a few classes with the same sweep ([`Class`]): what is branched on is the class, not the
//! operation, so that the branch predictor has few arms to learn. The classes come from the rows' declared
//! kinds of partials; no operation is named. Tried instead, and slower where branches can be learnt: one sweep
//! without branches, its partials picked by masks (see the decision *sweep classes*).
//!
//! The sweep multiplies and adds, and asks nothing of the numbers: as long as all are finite, that is
//! [`Real::pull`](wengert_ops::Real::pull). Infinities and NaN among adjoints or partials that matter leave an
//! infinity or a NaN in an adjoint behind; each block of adjoints is looked through once it is final, and where one
//! is found the careful sweep (`reverse.rs`) begins anew from the seeds.
//!
//! This is one of the two modules with `unsafe`. It rests on the arena's invariants (`arena.rs`): every operand
//! of node `i` is a node below `i` or a constant of the pool, and the pool holds what the opcodes ask for; and on
//! the lengths, checked at entry.
#![allow(unsafe_code)]

use wengert_ops::{Op, Operands, PartialKind, Real, Rule, Variadic, Visitor};

use crate::arena::{Arena, Node, Place};
use crate::call::Callee;
use crate::error::SweepError;
use crate::index::{NodeId, Operand};
use crate::sweep::forward::Gathered;
use crate::sweep::reverse::{self, Step};
use crate::tape::Tape;
use crate::workspace::Workspace;

/// Operations with the same sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Two operands, each partial the other's value.
    Product,
    /// Three operands, partials each the other's value and 1.
    Fused,
    /// Two operands, partials 1 and 1.
    Sum,
    /// Two operands, partials 1 and −1.
    Difference,
    /// Two operands, both partials saved.
    SavedPair,
    /// Two operands, any kinds.
    Pair,
    /// One operand, partial saved.
    Saved,
    /// One operand, partial twice its value.
    Twice,
    /// One operand, partial 1 or −1 or 0: the number in the table of units.
    Unit,
    /// Inputs: nothing to do.
    Leaf,
    /// Results of calls: nothing to do, but that they have two operands.
    Result,
    /// Calls.
    Call,
    /// Any number of operands, partials of one kind.
    Many,
    /// All else: the general step.
    General,
}

static CLASSES: [Class; 256] = {
    use PartialKind::{MinusOne, One, Other, Saved, Twice};
    let mut table = [Class::General; 256];
    let mut k = 0;
    while k < Op::ALL.len() {
        let info = Op::ALL[k].describe();
        table[k] = match (info.arity, info.kinds) {
            _ if matches!(Op::ALL[k], Op::Foreign) => Class::Call,
            _ if matches!(Op::ALL[k], Op::Result) => Class::Result,
            (Some(0), _) => Class::Leaf,
            (Some(1), [Saved, ..]) => Class::Saved,
            (Some(1), [Twice, ..]) => Class::Twice,
            (Some(1), _) => Class::Unit,
            (Some(2), [One, One, _]) => Class::Sum,
            (Some(2), [One, MinusOne, _]) => Class::Difference,
            (Some(2), [Other, Other, _]) => Class::Product,
            (Some(2), [Saved, Saved, _]) => Class::SavedPair,
            (Some(2), _) => Class::Pair,
            (Some(3), [Other, Other, One]) => Class::Fused,
            (None, [One | Other | Twice, ..]) => Class::Many,
            _ => Class::General,
        };
        k += 1;
    }
    table
};

/// By how much the sweep passes over a node: its operands, and its saved partials in the upper half; [`UNKNOWN`] where more
/// must be done for it. The sum over a block of nodes does not overflow.
static SIZES: [u32; 256] = {
    let mut table = [UNKNOWN; 256];
    let mut k = 0;
    while k < Op::ALL.len() {
        let info = Op::ALL[k].describe();
        if let Some(arity) = info.arity
            && !matches!(CLASSES[k], Class::General | Class::Call)
        {
            assert!((arity as usize) < 0x1_0000 / BLOCK, "a node of too many operands");
            table[k] = arity as u32 + ((info.saved() as u32) << 16);
        }
        k += 1;
    }
    table
};

const UNKNOWN: u32 = u32::MAX;

/// The general step without annihilating: `g·p` as it is.
struct Ordinary<'a>(Step<'a, f64>);

impl Visitor for Ordinary<'_> {
    type Output = ();
    fn input(self) {}
    fn fixed<R: Rule<A>, const A: usize>(self) {
        self.0.fixed::<R, A>();
    }
    fn variadic<R: Variadic>(self) {
        let Step { x: Gathered { arena, values, operands }, y, g, adjoints, scratch, .. } = self.0;
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

/// Operands of a node of the tape, read without checks.
#[derive(Clone, Copy)]
struct Unchecked<'a> {
    constants: &'a [f64],
    values: &'a [f64],
    operands: &'a [Operand],
}

impl Operands<f64> for Unchecked<'_> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.operands.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> f64 {
        let o = self.operands[k];
        // SAFETY: an operand of a node is a constant of the pool or an earlier node, which has a value.
        unsafe {
            *if o.is_constant() {
                self.constants.get_unchecked(o.index())
            } else {
                self.values.get_unchecked(o.index())
            }
        }
    }
    #[inline(always)]
    fn halves(&self) -> (impl Operands<f64>, impl Operands<f64>) {
        let (a, b) = self.operands.split_at(self.operands.len() / 2);
        (Self { operands: a, ..*self }, Self { operands: b, ..*self })
    }
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

/// Nodes whose adjoints are looked through together: 8 KiB, still in the nearest cache.
const BLOCK: usize = 1024;

/// Fills the adjoints up to the highest seed with `Σ wₖ ∂yₖ/∂v`. The seeds are nodes of the tape with their weights.
#[allow(clippy::needless_pass_by_value)] // an iterator: what is given away is a cursor
pub(crate) fn reverse(
    tape: &Tape,
    work: &mut Workspace,
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
    seed(&mut work.adjoints);
    if !finite(tape, work)? {
        seed(&mut work.adjoints);
        let Workspace { values, adjoints, scratch, inner, .. } = work;
        reverse::reverse(tape, values, adjoints, scratch, inner)?;
    }
    Ok(())
}

/// Sweeps from node `adjoints.len() − 1` down; `false` where an adjoint is infinite or NaN, and then what the
/// adjoints hold is of no use.
fn finite(tape: &Tape, work: &mut Workspace) -> Result<bool, SweepError> {
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

/// The adjoints, and the one of the node that is next, in a register.
///
/// The operand of a node is often the node right before it. Its adjoint is then known without waiting for the store
/// to be loaded again, which takes longer than the product and the sum.
struct Adjoints {
    by_node: *mut f64,
    /// The node that is next.
    below: usize,
    /// Its adjoint.
    next: f64,
}

impl Adjoints {
    /// Moves on to the node that is next, and gives its adjoint.
    ///
    /// # Safety
    /// `below > 0`, and there is an adjoint for each node up to it.
    #[inline(always)]
    unsafe fn step(&mut self) -> f64 {
        let g = self.next;
        self.below -= 1;
        // SAFETY: the caller's promise.
        self.next = unsafe { *self.by_node.add(self.below) };
        g
    }

    /// Passes over nodes from `low` up that are next, as long as nothing comes down to them: the sum of their sizes.
    ///
    /// # Safety
    /// `low > 0`, and there is an opcode and an adjoint for each node up to `below`.
    #[inline(always)]
    unsafe fn pass(&mut self, ops: *const Op, low: usize) -> u32 {
        let mut passed = 0;
        while self.below >= low && dead(self.next) {
            // SAFETY: the caller's promise.
            let size = unsafe { SIZES[*ops.add(self.below) as usize] };
            if size == UNKNOWN {
                break;
            }
            passed += size;
            // SAFETY: the caller's promise, and `below` is `low` at least.
            unsafe { self.step() };
        }
        passed
    }

    /// Adds to the adjoint of an operand of the node, unless it is a constant.
    ///
    /// # Safety
    /// The operand is a constant or a node below the one that is swept.
    #[inline(always)]
    unsafe fn add(&mut self, operand: Operand, change: f64) {
        if !operand.is_constant() {
            let index = operand.index();
            // SAFETY: the caller's promise.
            unsafe { *self.by_node.add(index) += change };
            if index == self.below {
                self.next += change;
            }
        }
    }
}

/// Sweeps nodes `low..high`, which end at `place`; `low` is at least 1. `false` where a call would be given an adjoint that is
/// infinite or NaN.
#[inline(never)]
fn block(
    tape: &Tape,
    work: &mut Workspace,
    low: usize,
    high: usize,
    place: &mut Place,
) -> Result<bool, SweepError> {
    let arena = &tape.arena;
    // Plain pointers, so that no store to an adjoint makes the loop load them anew.
    let (ops, constants) = (arena.ops.as_ptr(), arena.constants.as_ptr());
    let (primals, by_node) = (work.values.as_ptr(), work.adjoints.as_mut_ptr());
    // The next operand and the next saved partial stand right before these.
    // SAFETY: `place` lies within both columns.
    let mut pool = unsafe { arena.pool.as_ptr().add(place.pool) };
    let mut kept = unsafe { work.saved.as_ptr().add(place.saved) };
    let mut adjoints = Adjoints { by_node, below: high - 1, next: work.adjoints[high - 1] };
    while adjoints.below >= low {
        // SAFETY: 1 ≤ low < high ≤ the number of nodes and of adjoints. The pool holds the node's operands right
        // before `pool`, and its saved partials stand right before `kept`, by which both move; every operand is a
        // constant of the pool or a node below this one: the arena's invariants.
        unsafe {
            let node = adjoints.below;
            let op = *ops.add(node);
            let g = adjoints.step();
            let class = CLASSES[op as usize];
            let read = |o: Operand| *if o.is_constant() { constants } else { primals }.add(o.index());
            if dead(g) && SIZES[op as usize] != UNKNOWN {
                let passed = SIZES[op as usize] + adjoints.pass(ops, low);
                pool = pool.sub((passed & 0xffff) as usize);
                kept = kept.sub((passed >> 16) as usize);
                continue;
            }
            match class {
                Class::Product => {
                    pool = pool.sub(2);
                    let (a, b) = (*pool, *pool.add(1));
                    if a.is_constant() || b.is_constant() {
                        adjoints.add(a, g * read(b));
                        adjoints.add(b, g * read(a));
                    } else if a == b {
                        // A square: one sum instead of two that wait for one another.
                        let change = g * *primals.add(a.index());
                        adjoints.add(a, change + change);
                    } else {
                        let (x, y) = (*primals.add(a.index()), *primals.add(b.index()));
                        adjoints.add(a, g * y);
                        adjoints.add(b, g * x);
                    }
                }
                Class::Fused => {
                    pool = pool.sub(3);
                    let (a, b) = (*pool, *pool.add(1));
                    adjoints.add(a, g * read(b));
                    adjoints.add(b, g * read(a));
                    adjoints.add(*pool.add(2), g);
                }
                Class::Sum => {
                    pool = pool.sub(2);
                    adjoints.add(*pool, g);
                    adjoints.add(*pool.add(1), g);
                }
                Class::Difference => {
                    pool = pool.sub(2);
                    adjoints.add(*pool, g);
                    adjoints.add(*pool.add(1), -g);
                }
                Class::SavedPair => {
                    pool = pool.sub(2);
                    kept = kept.sub(2);
                    adjoints.add(*pool, g * *kept);
                    adjoints.add(*pool.add(1), g * *kept.add(1));
                }
                Class::Pair => {
                    let info = op.info();
                    pool = pool.sub(2);
                    kept = kept.sub(info.saved());
                    let (a, b) = (*pool, *pool.add(1));
                    let [p, q] = partials(info.kinds, [read(a), read(b)], kept);
                    adjoints.add(a, g * p);
                    adjoints.add(b, g * q);
                }
                Class::Saved => {
                    pool = pool.sub(1);
                    kept = kept.sub(1);
                    adjoints.add(*pool, g * *kept);
                }
                Class::Twice => {
                    pool = pool.sub(1);
                    adjoints.add(*pool, g * (2.0 * read(*pool)));
                }
                Class::Unit => {
                    pool = pool.sub(1);
                    adjoints.add(*pool, g * unit(op.info().kinds[0]));
                }
                Class::Leaf => {}
                Class::Result => pool = pool.sub(2),
                Class::Many | Class::General | Class::Call => {
                    let mut here = place_at(arena, work, pool, kept);
                    if !any(tape, work, node, class, &mut here)? {
                        return Ok(false);
                    }
                    pool = arena.pool.as_ptr().add(here.pool);
                    kept = work.saved.as_ptr().add(here.saved);
                    adjoints.next = work.adjoints[adjoints.below];
                }
            }
        }
    }
    // SAFETY: both have only moved within their columns.
    *place = unsafe { place_at(arena, work, pool, kept) };
    Ok(true)
}

/// The place that pointers into the columns stand for.
///
/// # Safety
/// `pool` points into the arena's pool and `kept` into the saved partials, or at their ends.
unsafe fn place_at(arena: &Arena, work: &Workspace, pool: *const Operand, kept: *const f64) -> Place {
    // SAFETY: the caller's promise.
    unsafe {
        Place {
            pool: pool.offset_from_unsigned(arena.pool.as_ptr()),
            saved: kept.offset_from_unsigned(work.saved.as_ptr()),
        }
    }
}

/// The step of a row of any arity, or of a call. Said to be cold, so that the loop keeps its registers for the others: it is
/// long, and a call more does not count.
#[cold]
#[inline(never)]
fn any(
    tape: &Tape,
    work: &mut Workspace,
    i: usize,
    class: Class,
    place: &mut Place,
) -> Result<bool, SweepError> {
    let node = tape.arena.node_before(i, place);
    if class == Class::Call {
        return call(tape, work, node);
    }
    if work.adjoints[i] == 0.0 {
        return Ok(true);
    }
    if class == Class::Many {
        many(&tape.arena, work, node);
    } else {
        general(&tape.arena, work, node);
    }
    Ok(true)
}

/// The step of a call. What it is given must be right: it may be anybody's code.
fn call(tape: &Tape, work: &mut Workspace, node: Node<'_>) -> Result<bool, SweepError> {
    let Workspace { values, adjoints, inner, .. } = work;
    let first = node.id.index() + 1;
    let results = tape.calls.at(node.id).map_or(0, Callee::outputs);
    let end = (first + results).min(adjoints.len());
    if !all_finite(&adjoints[first..end]) {
        return Ok(false);
    }
    reverse::call(tape, node, values, adjoints, inner)?;
    Ok(true)
}

/// The step of a row whose sweep has no class of its own.
fn general(arena: &Arena, work: &mut Workspace, node: Node<'_>) {
    let Workspace { values, adjoints, scratch, .. } = work;
    let i = node.id.index();
    let (g, y) = (adjoints[i], values[i]);
    let x = Gathered { arena, values, operands: node.operands };
    node.op.visit(Ordinary(Step { x, node, g, y, adjoints, scratch }));
}

/// The step of a row of any number of operands whose partials are all of one kind.
fn many(arena: &Arena, work: &mut Workspace, node: Node<'_>) {
    let Workspace { values, adjoints, .. } = work;
    let g = adjoints[node.id.index()];
    let read = |operands| Values::of(arena, values, operands);
    match node.op.info().kinds[0] {
        PartialKind::Other => {
            let (a, b) = node.operands.split_at(node.operands.len() / 2);
            read(b).times(g, a, adjoints);
            read(a).times(g, b, adjoints);
        }
        PartialKind::Twice => read(node.operands).times(2.0 * g, node.operands, adjoints),
        kind => spread(node.operands, adjoints, |_| g * unit(kind)),
    }
}

/// Adds to the adjoints of operands what `change` says of each.
#[inline(always)]
fn spread(operands: &[Operand], adjoints: &mut [f64], change: impl Fn(usize) -> f64) {
    if let Some(first) = run(operands) {
        if !first.is_constant() {
            let slots = &mut adjoints[first.index()..][..operands.len()];
            for (k, slot) in slots.iter_mut().enumerate() {
                *slot += change(k);
            }
        }
        return;
    }
    for (k, operand) in operands.iter().enumerate() {
        if !operand.is_constant() {
            adjoints[operand.index()] += change(k);
        }
    }
}

/// Operands that follow one another, nodes or constants: the first of them. The operands of a dot product often do,
/// and then the compiler can take several at a time.
fn run(operands: &[Operand]) -> Option<Operand> {
    let [first, .., last] = operands else { return operands.first().copied() };
    let expected = (first.bits()..).zip(operands);
    let differ = expected.fold(0, |bits, (expected, operand)| bits | (operand.bits() ^ expected));
    (differ == 0 && first.is_constant() == last.is_constant()).then_some(*first)
}

/// Values of operands.
enum Values<'a> {
    Run(&'a [f64]),
    Listed(Unchecked<'a>),
}

impl<'a> Values<'a> {
    fn of(arena: &'a Arena, values: &'a [f64], operands: &'a [Operand]) -> Self {
        let constants = &arena.constants;
        match run(operands) {
            Some(first) => {
                let column = if first.is_constant() { constants } else { values };
                Self::Run(&column[first.index()..][..operands.len()])
            }
            None => Self::Listed(Unchecked { constants, values, operands }),
        }
    }

    /// Adds `g` times each value to the adjoint of the operand at the same place.
    fn times(&self, g: f64, operands: &[Operand], adjoints: &mut [f64]) {
        match self {
            Self::Run(values) => spread(operands, adjoints, |k| g * values[k]),
            Self::Listed(values) => spread(operands, adjoints, |k| g * values.get(k)),
        }
    }
}

/// Both partials of a row of two operands with those values.
///
/// # Safety
/// From `kept` on stand as many saved partials as the kinds ask for.
#[inline(always)]
unsafe fn partials([first, second, _]: [PartialKind; 3], [x, y]: [f64; 2], mut kept: *const f64) -> [f64; 2] {
    [(first, x, y), (second, y, x)].map(|(kind, own, other)| match kind {
        PartialKind::Other => other,
        PartialKind::Twice => 2.0 * own,
        PartialKind::Saved => {
            // SAFETY: the caller's promise.
            unsafe {
                let p = *kept;
                kept = kept.add(1);
                p
            }
        }
        kind => unit(kind),
    })
}

/// A partial that is the same wherever it is taken.
fn unit(kind: PartialKind) -> f64 {
    match kind {
        PartialKind::One => 1.0,
        PartialKind::MinusOne => -1.0,
        _ => 0.0,
    }
}
