//! Where everything stands that the reverse sweep of a plan reads and writes, and how an adjoint is added to.
//!
//! `unsafe` rests on the plan's invariants (`plan.rs`): only [`reverse`](super::reverse) makes these columns.
#![allow(unsafe_code)]

use wengert_ops::{Multiple, Op, Real};

use super::adjoint::Adjoint;
use super::plan::Run;
use super::step::NodeStep;

/// Where everything stands, adjoints and operands in plain pointers: a run of few nodes should cost little more than the
/// nodes.
pub(super) struct ReverseColumns<'a, T, G> {
    pub(super) steps: *const NodeStep,
    pub(super) ops: *const Op,
    /// Operands by the slots of their values, and of their adjoints.
    pub(super) slots: *const u32,
    pub(super) targets: *const u32,
    pub(super) values: &'a [T],
    pub(super) partials: &'a [T],
    pub(super) adjoints: *mut G,
    pub(super) len: usize,
    pub(super) scratch: *mut Vec<T>,
    pub(super) data: &'a [f64],
}

impl<T, G> ReverseColumns<'_, T, G> {
    /// So many adjoints.
    ///
    /// # Safety
    /// There are so many, and nothing else refers to them as long as the slice is used.
    #[allow(clippy::mut_from_ref)] // the caller's promise
    pub(super) unsafe fn adjoints(&self, from: usize, count: usize) -> &mut [G] {
        // SAFETY: the caller's promise.
        unsafe { core::slice::from_raw_parts_mut(self.adjoints.add(from), count) }
    }

    /// The first operands of a run, by the slots of their values and of their adjoints.
    ///
    /// # Safety
    /// The run is one of the plan's.
    pub(super) unsafe fn operands(&self, run: &Run, count: usize) -> (&[u32], &[u32]) {
        // SAFETY: the caller's promise.
        unsafe {
            (
                core::slice::from_raw_parts(self.slots.add(run.slots), count),
                core::slice::from_raw_parts(self.targets.add(run.slots), count),
            )
        }
    }
}

/// Adjoint times partial, with care for zeros or as it comes.
#[inline(always)]
pub(super) fn product<T: Real, G: Adjoint<T>, const CAREFUL: bool>(g: G, p: T) -> G {
    if CAREFUL { g.pull(p) } else { g.times(p) }
}

/// An adjoint by a partial of a row of fixed arity; `None` where nothing comes through.
#[inline(always)]
pub(super) fn scaled<T: Real, G: Adjoint<T>, const CAREFUL: bool>(g: G, partial: Multiple<T>) -> Option<G> {
    match partial {
        Multiple::Nothing => None,
        Multiple::Whole => Some(g),
        Multiple::Negative => Some(g.negated()),
        Multiple::By(p) => Some(product::<T, G, CAREFUL>(g, p)),
    }
}

/// Adds to the adjoint of a slot, unless it is a constant's: those stand behind all nodes.
#[inline(always)]
pub(super) fn add<T: Real, G: Adjoint<T>>(adjoints: &mut [G], slot: u32, change: G) {
    if let Some(adjoint) = adjoints.get_mut(slot as usize) {
        *adjoint = adjoint.accumulate(change);
    }
}

/// Adds to the adjoints of slots that follow one another, unless they are constants'.
#[inline(always)]
pub(super) fn each<T: Real, G: Adjoint<T>>(adjoints: &mut [G], slots: &[u32], change: impl Fn(usize) -> G) {
    each_by(adjoints, slots, |adjoint, k| adjoint.accumulate(change(k)));
}

/// Changes the adjoints of slots that follow one another, unless they are constants'.
#[inline(always)]
pub(super) fn each_by<G: Copy>(adjoints: &mut [G], slots: &[u32], changed: impl Fn(G, usize) -> G) {
    let first = slots.first().map_or(0, |slot| *slot as usize);
    if let Some(target) = adjoints.get_mut(first..).and_then(|rest| rest.get_mut(..slots.len())) {
        for (k, slot) in target.iter_mut().enumerate() {
            *slot = changed(*slot, k);
        }
    }
}
