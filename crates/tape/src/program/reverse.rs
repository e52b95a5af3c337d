//! Sweeping a program in reverse, run by run: adjoints of every node from those of the outputs, by the partials that
//! the forward sweep has saved and the values it left.
//!
//! As in the sweep of a recording, products are taken as they are while all adjoints are finite; where one is not, the
//! caller begins anew with care ([`Real::pull`]).
//!
//! `unsafe` rests on the plan's invariants (`plan.rs`) and on the lengths, checked at entry.
#![allow(unsafe_code)]

use core::array::from_fn;

use wengert_ops::{PartialKind, Real, Rule, Variadic, Visitor};

use super::forward::{Follow, Slots};
use super::plan::{Plan, Run, Step, saved};

/// What a sweep carries at the number type `T`: one adjoint a node, or [`Several`].
pub trait Adjoint<T: Real>: Copy {
    /// No contribution yet.
    fn zero() -> Self;
    /// Whether all of these are finite; `None` where the type does not say.
    fn all_finite(adjoints: &[Self]) -> Option<bool>;
    /// The sum with a contribution.
    #[must_use]
    fn accumulate(self, contribution: Self) -> Self;
    /// The negative.
    #[must_use]
    fn negated(self) -> Self;
    /// The product with a partial.
    #[must_use]
    fn times(self, p: T) -> Self;
    /// The product with a partial, 0 where either is: [`Real::pull`].
    #[must_use]
    fn pull(self, p: T) -> Self;
}

impl<T: Real> Adjoint<T> for T {
    #[inline(always)]
    fn zero() -> Self {
        T::lit(0.0)
    }
    #[inline]
    fn all_finite(adjoints: &[Self]) -> Option<bool> {
        T::all_finite(adjoints)
    }
    #[inline(always)]
    fn accumulate(self, contribution: Self) -> Self {
        T::accumulate(self, contribution)
    }
    #[inline(always)]
    fn negated(self) -> Self {
        -self
    }
    #[inline(always)]
    fn times(self, p: T) -> Self {
        T::times(self, p)
    }
    #[inline(always)]
    fn pull(self, p: T) -> Self {
        T::pull(self, p)
    }
}

/// The adjoints of `N` seeds, swept at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Several<T, const N: usize>(pub [T; N]);

impl<T: Real, const N: usize> Adjoint<T> for Several<T, N> {
    #[inline(always)]
    fn zero() -> Self {
        Self([T::lit(0.0); N])
    }
    fn all_finite(adjoints: &[Self]) -> Option<bool> {
        let mut all = T::all_finite(&[]);
        for adjoint in adjoints {
            all = Some(all? & T::all_finite(&adjoint.0)?);
        }
        all
    }
    #[inline(always)]
    fn accumulate(self, contribution: Self) -> Self {
        Self(from_fn(|lane| T::accumulate(self.0[lane], contribution.0[lane])))
    }
    #[inline(always)]
    fn negated(self) -> Self {
        Self(self.0.map(|g| -g))
    }
    #[inline(always)]
    fn times(self, p: T) -> Self {
        Self(self.0.map(|g| T::times(g, p)))
    }
    #[inline(always)]
    fn pull(self, p: T) -> Self {
        Self(self.0.map(|g| T::pull(g, p)))
    }
}

/// Nodes whose adjoints are looked through together, while they are still in the nearest cache.
const BLOCK: usize = 1024;

/// Sweeps all runs. Without `CAREFUL`: `false` where an adjoint is infinite or NaN or the type does not say, and then what
/// the adjoints hold is of no use.
pub(super) fn reverse<T: Real, G: Adjoint<T>, const CAREFUL: bool>(
    plan: &Plan,
    values: &[T],
    partials: &[T],
    adjoints: &mut [G],
    scratch: &mut Vec<T>,
) -> bool {
    assert!(values.len() == plan.len() && adjoints.len() == plan.nodes, "values of another program");
    assert!(partials.len() == plan.saved, "partials of another program");
    if !CAREFUL && G::all_finite(&[]).is_none() {
        return false;
    }
    let finite = |adjoints: &[G]| CAREFUL || G::all_finite(adjoints) == Some(true);
    let columns = Columns {
        slots: plan.slots.as_ptr(),
        values,
        partials,
        adjoints: adjoints.as_mut_ptr(),
        nodes: plan.nodes,
        scratch,
    };
    let mut looked = plan.nodes;
    // The adjoint of the node before the run that was swept last: it is often the next to be read, and a store takes long
    // to be loaded again.
    let (mut next, mut before) = (0, G::zero());
    for run in plan.runs.iter().rev() {
        let end = run.first + run.nodes;
        // SAFETY: a run's nodes have adjoints; nothing else refers to them here.
        unsafe {
            if next != end {
                before = *columns.adjoints.add(end as usize - 1);
            }
            before = run.op.visit(Reverse::<T, G, CAREFUL> { run, columns: &columns, last: before });
            next = run.first;
            let first = run.first as usize;
            if looked - first >= BLOCK {
                if !finite(columns.adjoints(first, looked)) {
                    return false;
                }
                looked = first;
            }
        }
    }
    finite(&adjoints[..looked])
}

/// Where everything stands, adjoints and operands in plain pointers: a run of one node should cost little more than the
/// node.
struct Columns<'a, T, G> {
    slots: *const u32,
    values: &'a [T],
    partials: &'a [T],
    adjoints: *mut G,
    nodes: usize,
    scratch: *mut Vec<T>,
}

impl<T, G> Columns<'_, T, G> {
    /// The adjoints of nodes `from..to`.
    ///
    /// # Safety
    /// They are nodes, and nothing else refers to their adjoints as long as the slice is used.
    #[allow(clippy::mut_from_ref)] // the caller's promise
    unsafe fn adjoints(&self, from: usize, to: usize) -> &mut [G] {
        // SAFETY: the caller's promise.
        unsafe { core::slice::from_raw_parts_mut(self.adjoints.add(from), to - from) }
    }

    /// The operands of a run.
    ///
    /// # Safety
    /// The run is one of the plan's.
    unsafe fn slots(&self, run: &Run, count: usize) -> &[u32] {
        // SAFETY: the caller's promise.
        unsafe { core::slice::from_raw_parts(self.slots.add(run.slots), count) }
    }
}

struct Reverse<'a, T, G, const CAREFUL: bool> {
    run: &'a Run,
    columns: &'a Columns<'a, T, G>,
    /// The adjoint of the run's last node.
    last: G,
}

#[inline(always)]
fn product<T: Real, G: Adjoint<T>, const CAREFUL: bool>(g: G, p: T) -> G {
    if CAREFUL { g.pull(p) } else { g.times(p) }
}

impl<T: Real, G: Adjoint<T>, const CAREFUL: bool> Visitor for Reverse<'_, T, G, CAREFUL> {
    /// The adjoint of the node before the run; of a first node, its own.
    type Output = G;
    fn input(self) -> G {
        self.last
    }
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn fixed<R: Rule<A>, const A: usize>(self) -> G {
        let Self { run, columns, last } = self;
        // SAFETY: the plan's invariants, and the lengths that were checked at entry.
        unsafe {
            match run.shape.constant {
                _ if A <= 2 && run.shape.steps.is_some() => in_step::<T, G, R, A, CAREFUL>(columns, run),
                [false, false] => listed::<T, G, R, A, CAREFUL, false, false>(columns, run, last),
                [true, false] => listed::<T, G, R, A, CAREFUL, true, false>(columns, run, last),
                [false, true] => listed::<T, G, R, A, CAREFUL, false, true>(columns, run, last),
                [true, true] => listed::<T, G, R, A, CAREFUL, true, true>(columns, run, last),
            }
        }
    }
    fn variadic<R: Variadic>(self) -> G {
        let Self { run, columns, last: g } = self;
        let first = run.first as usize;
        let values = columns.values;
        let y = values[first];
        // SAFETY: as above; adjoints and scratch are referred to by nothing else here.
        let (slots, adjoints, scratch) = unsafe {
            (
                columns.slots(run, run.arity as usize),
                columns.adjoints(0, columns.nodes),
                &mut *columns.scratch,
            )
        };
        let times = |x: T| product::<T, G, CAREFUL>(g, x);
        if run.shape.steps.is_some() {
            let (a, b) = run.halves(slots);
            let x = Follow::of(values, (a, b));
            match R::KIND {
                PartialKind::One => each(adjoints, a, |_| g),
                PartialKind::MinusOne => each(adjoints, a, |_| g.negated()),
                PartialKind::Twice => each(adjoints, a, |k| times(x.a[k] + x.a[k])),
                PartialKind::Other => {
                    each(adjoints, a, |k| times(x.b[k]));
                    each(adjoints, b, |k| times(x.a[k]));
                }
                PartialKind::Zero => {}
                PartialKind::Saved => R::partials(&x, y, scratch, |k, p| add(adjoints, slots[k], times(p))),
            }
        } else {
            R::partials(&Slots { values, slots }, y, scratch, |k, p| add(adjoints, slots[k], times(p)));
        }
        adjoints[first.saturating_sub(1)]
    }
    fn foreign(self) -> G {
        self.last
    }
}

/// Node after node, from the last, whose adjoint is given; gives that of the node before the run. `C0` and `C1` say which
/// of the first two operands are constants.
///
/// # Safety
/// The slots of the run's operands are below the length of the values, those below `nodes` have adjoints, and the slots
/// and partials that the run asks for are there.
// Not where nothing is optimised: all rows in one function would take megabytes of stack.
#[cfg_attr(not(debug_assertions), inline(always))]
unsafe fn listed<
    T: Real,
    G: Adjoint<T>,
    R: Rule<A>,
    const A: usize,
    const CAREFUL: bool,
    const C0: bool,
    const C1: bool,
>(
    columns: &Columns<'_, T, G>,
    run: &Run,
    last: G,
) -> G {
    let (first, nodes) = (run.first as usize, run.nodes as usize);
    let saved = const { saved::<R, A>() };
    let mut next = last;
    // SAFETY: the caller's promise.
    unsafe {
        let slots = columns.slots.add(run.slots).cast::<[u32; A]>();
        let kept = columns.partials.as_ptr().add(run.saved);
        let (values, adjoints) = (columns.values.as_ptr(), columns.adjoints);
        for k in (0..nodes).rev() {
            let operands = *slots.add(k);
            let g = next;
            let before = (first + k).saturating_sub(1);
            next = *adjoints.add(before);
            let read = |j: usize| *values.add(operands[j] as usize);
            let mut n = 0;
            #[allow(clippy::needless_range_loop)] // over two arrays
            for j in 0..A {
                let mut partial = || {
                    n += 1;
                    *kept.add(saved * k + n - 1)
                };
                let change = match R::KINDS[j] {
                    PartialKind::Zero => continue,
                    PartialKind::One => g,
                    PartialKind::MinusOne => g.negated(),
                    PartialKind::Other => product::<T, G, CAREFUL>(g, read(1 - j)),
                    PartialKind::Twice => product::<T, G, CAREFUL>(g, read(j) + read(j)),
                    PartialKind::Saved => product::<T, G, CAREFUL>(g, partial()),
                };
                let constant = match (A, j) {
                    (1 | 2, 0) => C0,
                    (2, 1) => C1,
                    _ => operands[j] as usize >= columns.nodes,
                };
                if !constant {
                    let slot = adjoints.add(operands[j] as usize);
                    *slot = (*slot).accumulate(change);
                    if operands[j] as usize == before {
                        next = next.accumulate(change);
                    }
                }
            }
        }
    }
    next
}

/// All nodes of a run whose operands follow one another, operand by operand; gives the adjoint of the node before.
///
/// # Safety
/// As [`listed`].
#[inline(never)]
unsafe fn in_step<T: Real, G: Adjoint<T>, R: Rule<A>, const A: usize, const CAREFUL: bool>(
    columns: &Columns<'_, T, G>,
    run: &Run,
) -> G {
    let (first, nodes) = (run.first as usize, run.nodes as usize);
    let steps = run.shape.steps.unwrap_or([Step::Same; 2]);
    let values = columns.values;
    let saved = const { saved::<R, A>() };
    let kept = &columns.partials[run.saved..][..saved * nodes];
    // SAFETY: the caller's promise.
    let (begin, adjoints) = unsafe { (columns.slots(run, A), columns.adjoints(0, first + nodes)) };
    // The run's own adjoints, which are final, and those of the operands, which lie below.
    let (below, own) = adjoints.split_at_mut(first);
    let mut n = 0;
    for j in 0..A {
        if R::KINDS[j] == PartialKind::Saved {
            n += 1;
        }
        if run.shape.constant[j] {
            continue;
        }
        let slot = begin[j] as usize;
        let target = Target { slots: &mut below[slot..], own, step: steps[j] };
        match R::KINDS[j] {
            PartialKind::Zero => {}
            PartialKind::One => target.add(|_, g| g),
            PartialKind::MinusOne => target.add(|_, g| g.negated()),
            PartialKind::Saved => target.add(|k, g| product::<T, G, CAREFUL>(g, kept[saved * k + n - 1])),
            PartialKind::Twice => match steps[j] {
                Step::Next => {
                    let x = &values[slot..][..nodes];
                    target.add(|k, g| product::<T, G, CAREFUL>(g, x[k] + x[k]));
                }
                Step::Same => target.add(|_, g| product::<T, G, CAREFUL>(g, values[slot] + values[slot])),
            },
            PartialKind::Other => {
                let other = begin[1 - j] as usize;
                match steps[1 - j] {
                    Step::Next => {
                        let x = &values[other..][..nodes];
                        target.add(|k, g| product::<T, G, CAREFUL>(g, x[k]));
                    }
                    Step::Same => {
                        let x = values[other];
                        target.add(|_, g| product::<T, G, CAREFUL>(g, x));
                    }
                }
            }
        }
    }
    adjoints[first.saturating_sub(1)]
}

/// Adds to the adjoint of a slot, unless it is a constant's: those stand behind all nodes.
#[inline(always)]
fn add<T: Real, G: Adjoint<T>>(adjoints: &mut [G], slot: u32, change: G) {
    if let Some(adjoint) = adjoints.get_mut(slot as usize) {
        *adjoint = adjoint.accumulate(change);
    }
}

/// Adds to the adjoints of slots that follow one another.
#[inline(always)]
fn each<T: Real, G: Adjoint<T>>(adjoints: &mut [G], slots: &[u32], change: impl Fn(usize) -> G) {
    let first = slots.first().map_or(0, |slot| *slot as usize);
    if let Some(target) = adjoints.get_mut(first..first + slots.len()) {
        for (k, slot) in target.iter_mut().enumerate() {
            *slot = slot.accumulate(change(k));
        }
    }
}

/// Adjoints that a run's nodes add to.
struct Target<'a, G> {
    slots: &'a mut [G],
    own: &'a [G],
    step: Step,
}

impl<G: Copy> Target<'_, G> {
    #[inline(always)]
    fn add<T: Real>(self, change: impl Fn(usize, G) -> G)
    where
        G: Adjoint<T>,
    {
        match self.step {
            Step::Next => {
                for (k, (slot, g)) in self.slots.iter_mut().zip(self.own).enumerate() {
                    *slot = slot.accumulate(change(k, *g));
                }
            }
            Step::Same => {
                let mut sum = self.slots[0];
                for (k, g) in self.own.iter().enumerate().rev() {
                    sum = sum.accumulate(change(k, *g));
                }
                self.slots[0] = sum;
            }
        }
    }
}
