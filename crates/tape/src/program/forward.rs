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
    let Some(first) = values.first() else { return };
    let mut last = *first;
    let columns = Columns {
        slots: plan.slots.as_ptr(),
        values: values.as_mut_ptr(),
        len: values.len(),
        partials: partials.as_mut_ptr(),
    };
    let mut end = 0;
    for run in &plan.runs {
        if end != run.first {
            // Leaves stand between.
            // SAFETY: slots below the plan's length, which is that of the values.
            last = unsafe { *columns.values.add(run.first.saturating_sub(1) as usize) };
        }
        last = run.op.visit(Forward::<T, SAVE> { run, columns: &columns, last });
        end = run.first + run.nodes;
    }
}

/// Where everything stands, in plain pointers: a run of one node should cost little more than the node.
struct Columns<T> {
    slots: *const u32,
    values: *mut T,
    len: usize,
    partials: *mut T,
}

struct Forward<'a, T, const SAVE: bool> {
    run: &'a Run,
    columns: &'a Columns<T>,
    /// The value of the node before, in a register: a store takes long to be loaded again.
    last: T,
}

impl<T: Real, const SAVE: bool> Visitor for Forward<'_, T, SAVE> {
    /// The value of the run's last node.
    type Output = T;
    fn input(self) -> T {
        self.last
    }
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn fixed<R: Rule<A>, const A: usize>(self) -> T {
        // SAFETY: the plan's invariants, and the lengths that were checked at entry.
        unsafe {
            if A <= 2
                && let Some(steps) = self.run.shape.steps
            {
                in_step::<T, R, A, SAVE>(self.columns, self.run, steps)
            } else {
                listed::<T, R, A, SAVE>(self.columns, self.run, self.last)
            }
        }
    }
    fn variadic<R: Variadic>(self) -> T {
        let Self { run, columns, .. } = self;
        // SAFETY: as above. The slices are gone when the value is written.
        unsafe {
            let slots = core::slice::from_raw_parts(columns.slots.add(run.slots), run.arity as usize);
            let values = core::slice::from_raw_parts(columns.values.cast_const(), columns.len);
            let y = if run.shape.steps.is_some() {
                T::variadic::<R>(&Follow::of(values, run.halves(slots)))
            } else {
                T::variadic::<R>(&Slots { values, slots })
            };
            *columns.values.add(run.first as usize) = y;
            y
        }
    }
    fn foreign(self) -> T {
        self.last
    }
}

/// Node after node, operands where they are listed; gives the last value.
///
/// # Safety
/// The slots of the run's operands and its nodes are below the length of the values, and the slots and partials that it
/// asks for are there.
// Not where nothing is optimised: all rows in one function would take megabytes of stack.
#[cfg_attr(not(debug_assertions), inline(always))]
unsafe fn listed<T: Real, R: Rule<A>, const A: usize, const SAVE: bool>(
    columns: &Columns<T>,
    run: &Run,
    mut last: T,
) -> T {
    let (first, nodes) = (run.first as usize, run.nodes as usize);
    let saved = const { saved::<R, A>() };
    // SAFETY: the caller's promise.
    unsafe {
        let slots = columns.slots.add(run.slots).cast::<[u32; A]>();
        let kept = if SAVE { columns.partials.add(run.saved) } else { columns.partials };
        let values = columns.values;
        for k in 0..nodes {
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
    last
}

/// All nodes of a run whose operands follow one another; gives the last value.
///
/// # Safety
/// As [`listed`].
#[inline(never)]
unsafe fn in_step<T: Real, R: Rule<A>, const A: usize, const SAVE: bool>(
    columns: &Columns<T>,
    run: &Run,
    steps: [Step; 2],
) -> T {
    let (first, nodes) = (run.first as usize, run.nodes as usize);
    let values = columns.values;
    // SAFETY: the caller's promise. `first..first + nodes` are the run's own slots, and no operand of it is among them
    // (`Run::steps`), so that nothing else reads or writes what `out` borrows; operand `j` of node `k` is `k` slots after
    // the first, or the first.
    unsafe {
        let kept = if SAVE { columns.partials.add(run.saved) } else { columns.partials };
        let slots = columns.slots.add(run.slots);
        let begin: [*const T; A] = from_fn(|j| values.add(*slots.add(j) as usize).cast_const());
        let out = core::slice::from_raw_parts_mut(values.add(first), nodes);
        match steps.map(|step| step == Step::Next) {
            [true, true] => each::<T, R, A, SAVE>(out, kept, |k| from_fn(|j| *begin[j].add(k))),
            [true, false] => {
                each::<T, R, A, SAVE>(out, kept, |k| from_fn(|j| *begin[j].add(if j == 0 { k } else { 0 })));
            }
            [false, true] => {
                each::<T, R, A, SAVE>(out, kept, |k| from_fn(|j| *begin[j].add(if j == 1 { k } else { 0 })));
            }
            [false, false] => each::<T, R, A, SAVE>(out, kept, |_| from_fn(|j| *begin[j])),
        }
        *values.add(first + nodes - 1)
    }
}

/// # Safety
/// From `kept` on is room for what each of `out` saves.
#[inline(always)]
unsafe fn each<T: Real, R: Rule<A>, const A: usize, const SAVE: bool>(
    out: &mut [T],
    kept: *mut T,
    read: impl Fn(usize) -> [T; A],
) {
    let saved = const { saved::<R, A>() };
    for (k, slot) in out.iter_mut().enumerate() {
        let x = read(k);
        let y = T::fixed::<R, A>(x);
        *slot = y;
        if SAVE && saved > 0 {
            // SAFETY: the caller's promise.
            unsafe { save::<T, R, A>(x, y, kept.add(saved * k)) };
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
