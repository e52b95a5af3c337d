//! Running a program forward: every node's value, and where a reverse sweep will follow the partials that rows ask to
//! have saved, at any number type.
//!
//! `unsafe` rests on the plan's invariants (`plan.rs`) and on the lengths, checked at entry.
#![allow(unsafe_code)]

use core::array::from_fn;

use wengert_ops::{Operands, PartialKind, Real, Rule, Variadic, Visitor};

use super::plan::{Plan, Run, Step, saved};

/// Fills the slots of all nodes from those of the leaves and constants; with `SAVE`, the partials too.
pub(super) fn forward<T: Real, const SAVE: bool>(plan: &Plan, values: &mut [T], partials: &mut [T]) {
    assert!(values.len() == plan.len(), "values of another program");
    assert!(!SAVE || partials.len() == plan.saved, "partials of another program");
    for run in &plan.runs {
        run.op.visit(Forward::<T, SAVE> { plan, run, values, partials });
    }
}

struct Forward<'a, T, const SAVE: bool> {
    plan: &'a Plan,
    run: &'a Run,
    values: &'a mut [T],
    partials: &'a mut [T],
}

impl<T: Real, const SAVE: bool> Visitor for Forward<'_, T, SAVE> {
    type Output = ();
    fn input(self) {}
    #[inline(always)]
    fn fixed<R: Rule<A>, const A: usize>(self) {
        if A <= 2
            && let Some(steps) = self.run.shape.steps
        {
            self.in_step::<R, A>(steps);
        } else {
            self.listed::<R, A>();
        }
    }
    fn variadic<R: Variadic>(self) {
        let Self { plan, run, values, .. } = self;
        let slots = &plan.slots[run.slots..][..run.arity as usize];
        values[run.first as usize] = if run.shape.steps.is_some() {
            T::variadic::<R>(&Follow::of(values, run.halves(slots)))
        } else {
            T::variadic::<R>(&Slots { values, slots })
        };
    }
    fn foreign(self) {}
}

impl<T: Real, const SAVE: bool> Forward<'_, T, SAVE> {
    /// Node after node, operands where they are listed.
    fn listed<R: Rule<A>, const A: usize>(self) {
        let Self { plan, run, values, partials } = self;
        let (first, nodes) = (run.first as usize, run.nodes as usize);
        let slots = plan.slots[run.slots..][..A * nodes].as_ptr().cast::<[u32; A]>();
        let saved = const { saved::<R, A>() };
        let kept =
            if SAVE { partials[run.saved..][..saved * nodes].as_mut_ptr() } else { partials.as_mut_ptr() };
        let values = values.as_mut_ptr();
        // The value of the node before, in a register: a store takes long to be loaded again.
        // SAFETY: `first` is a slot, and so is the one before it, if there is one.
        let mut last = unsafe { *values.add(first.saturating_sub(1)) };
        for k in 0..nodes {
            // SAFETY: the slots of a run's operands, and its nodes, are below the plan's length, which is that of the
            // values; `slots` and `kept` point to `nodes` times as many as a node asks for.
            unsafe {
                let before = (first + k).wrapping_sub(1);
                let x = (*slots.add(k))
                    .map(|slot| if slot as usize == before { last } else { *values.add(slot as usize) });
                let y = T::fixed::<R, A>(x);
                *values.add(first + k) = y;
                last = y;
                if SAVE && saved > 0 {
                    save::<T, R, A>(x, y, kept.add(saved * k));
                }
            }
        }
    }

    /// All nodes of a run whose operands follow one another.
    fn in_step<R: Rule<A>, const A: usize>(self, steps: [Step; 2]) {
        let Self { plan, run, values, partials } = self;
        let (first, nodes) = (run.first as usize, run.nodes as usize);
        let slots = &plan.slots[run.slots..][..A * nodes];
        let saved = const { saved::<R, A>() };
        let kept =
            if SAVE { partials[run.saved..][..saved * nodes].as_mut_ptr() } else { partials.as_mut_ptr() };
        let values = values.as_mut_ptr();
        // Of each operand, where it begins; none of these ranges meets the run's own nodes.
        let begin: [*const T; A] = from_fn(|j| values.wrapping_add(slots[j] as usize).cast_const());
        // SAFETY: `first..first + nodes` are the run's own slots, and no operand of it is among them (`Run::steps`), so
        // that nothing else reads or writes what `out` borrows.
        let out = unsafe { core::slice::from_raw_parts_mut(values.add(first), nodes) };
        let next = steps.map(|step| step == Step::Next);
        // SAFETY (of the loops): as `out`; operand `j` of node `k` is `k` slots after the first, or the first.
        match next {
            [true, true] => Self::each::<R, A>(out, kept, |k| from_fn(|j| unsafe { *begin[j].add(k) })),
            [true, false] => {
                Self::each::<R, A>(out, kept, |k| {
                    from_fn(|j| unsafe { *begin[j].add(if j == 0 { k } else { 0 }) })
                });
            }
            [false, true] => {
                Self::each::<R, A>(out, kept, |k| {
                    from_fn(|j| unsafe { *begin[j].add(if j == 1 { k } else { 0 }) })
                });
            }
            [false, false] => Self::each::<R, A>(out, kept, |_| from_fn(|j| unsafe { *begin[j] })),
        }
    }

    #[inline(always)]
    fn each<R: Rule<A>, const A: usize>(out: &mut [T], kept: *mut T, read: impl Fn(usize) -> [T; A]) {
        let saved = const { saved::<R, A>() };
        for (k, slot) in out.iter_mut().enumerate() {
            let x = read(k);
            let y = T::fixed::<R, A>(x);
            *slot = y;
            if SAVE && saved > 0 {
                // SAFETY: `kept` points to as many as a node saves for each of `out`.
                unsafe { save::<T, R, A>(x, y, kept.add(saved * k)) };
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
    for k in 0..A {
        if matches!(R::KINDS[k], PartialKind::Saved) {
            // SAFETY: the caller's promise.
            unsafe { *kept.add(n) = partials[k] };
            n += 1;
        }
    }
}

/// Operands of a variadic node, in slots.
pub(super) struct Slots<'a, T> {
    pub(super) values: &'a [T],
    pub(super) slots: &'a [u32],
}

impl<T: Copy> Operands<T> for Slots<'_, T> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.slots.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> T {
        self.values[self.slots[k] as usize]
    }
    #[inline(always)]
    fn halves(&self) -> (impl Operands<T>, impl Operands<T>) {
        let (a, b) = self.slots.split_at(self.slots.len() / 2);
        (Slots { slots: a, ..*self }, Slots { slots: b, ..*self })
    }
}

/// Operands of a variadic node that follow one another in the slots, of two halves those of each.
pub(super) struct Follow<'a, T> {
    pub(super) a: &'a [T],
    pub(super) b: &'a [T],
}

impl<'a, T> Follow<'a, T> {
    pub(super) fn of(values: &'a [T], (a, b): (&[u32], &[u32])) -> Self {
        let part = |slots: &[u32]| slots.first().map_or(&[][..], |k| &values[*k as usize..][..slots.len()]);
        Self { a: part(a), b: part(b) }
    }
}

impl<T: Copy> Operands<T> for Follow<'_, T> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.a.len() + self.b.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> T {
        self.a.get(k).copied().unwrap_or_else(|| self.b[k - self.a.len()])
    }
    #[inline(always)]
    fn halves(&self) -> (impl Operands<T>, impl Operands<T>) {
        (self.a, self.b)
    }
}
