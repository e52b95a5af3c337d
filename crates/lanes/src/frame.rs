//! What a step of code sees while it runs: the slots that it reads, and uniform numbers.
//!
//! Slots and uniform numbers are read without bounds checks. That rests on the invariants of code (`code.rs`): what its steps
//! read and write are slots of its own, and uniform numbers that it has. A frame is made for one code, by [`Slots::new`], which
//! checks that there are as many lanes and uniform numbers; and what it is asked for comes out of that code's steps.

#![allow(unsafe_code)]

use core::marker::PhantomData;
use core::slice;

use wengert_ops::{Fast, Lanes, Operands, Primitive};

use crate::code::Code;
use crate::steps::{CodeStep, SlotRead};
use crate::vector::Vector;

/// All slots of a run of code over some rows.
pub(crate) struct Slots<'a, F> {
    operands: &'a [SlotRead],
    data: &'a [f64],
    uniforms: &'a [F],
    lanes: *mut F,
    /// How many lanes of a slot are in use: whole chunks.
    used: usize,
    borrowed: PhantomData<&'a mut [F]>,
}

/// What a step reads, while it writes another slot.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a, F> {
    operands: &'a [SlotRead],
    data: &'a [f64],
    uniforms: &'a [F],
    lanes: *const F,
    used: usize,
    borrowed: PhantomData<&'a [F]>,
}

impl<'a, F: Primitive> Slots<'a, F> {
    /// Slots of a run of that code, of as many lanes as its width; `None` where there are fewer, or fewer uniform numbers.
    pub(crate) fn new(code: &'a Code, uniforms: &'a [F], lanes: &'a mut [F]) -> Option<Self> {
        let enough = lanes.len() >= code.slots() * code.width() && uniforms.len() >= code.numbers();
        let (operands, data) = (&code.operands[..], &code.data[..]);
        let lanes = lanes.as_mut_ptr();
        enough.then_some(Self { operands, data, uniforms, lanes, used: code.width(), borrowed: PhantomData })
    }

    /// Sets how many lanes of a slot are in use, at most the width.
    pub(crate) fn set_used(&mut self, code: &Code, used: usize) {
        self.used = used.min(code.width());
    }

    /// What a step reads.
    pub(crate) fn reads(&self, step: &CodeStep) -> &'a [SlotRead] {
        &self.operands[step.first as usize..][..step.count as usize]
    }

    /// All slots, to be read.
    #[inline(always)]
    pub(crate) fn frame(&self) -> Frame<'_, F> {
        let Self { operands, data, uniforms, lanes, used, .. } = *self;
        Frame { operands, data, uniforms, lanes, used, borrowed: PhantomData }
    }

    /// The slot of a step's result, to be written, and what it reads: no step reads what it writes.
    #[inline(always)]
    pub(crate) fn apart(&mut self, step: &CodeStep) -> (&mut [F], Frame<'_, F>) {
        // SAFETY: the slot is one of the code's, within the lanes (`new`); the step reads none of it.
        let y = unsafe { slice::from_raw_parts_mut(self.lanes.add(step.result as usize), self.used) };
        let Self { operands, data, uniforms, lanes, used, .. } = *self;
        (y, Frame { operands, data, uniforms, lanes, used, borrowed: PhantomData })
    }

    /// A slot to be written.
    #[inline(always)]
    pub(crate) fn slot_mut(&mut self, read: SlotRead) -> &mut [F] {
        // SAFETY: as above; nothing else is borrowed.
        unsafe { slice::from_raw_parts_mut(self.lanes.add(read.index()), self.used) }
    }
}

impl<'a, F: Primitive> Frame<'a, F> {
    /// What a step reads.
    #[inline(always)]
    pub(crate) fn reads(&self, step: &CodeStep) -> &'a [SlotRead] {
        &self.operands[step.first as usize..][..step.count as usize]
    }

    /// The data of a step that reads as many as operands.
    #[inline(always)]
    pub(crate) fn data(&self, step: &CodeStep) -> &'a [f64] {
        &self.data[step.data as usize..][..step.count as usize]
    }

    /// A uniform number.
    #[inline(always)]
    pub(crate) fn uniform(&self, read: SlotRead) -> F {
        debug_assert!(read.is_uniform() && read.index() < self.uniforms.len());
        // SAFETY: it is one of the code's, of which there are enough (`Slots::new`).
        unsafe { *self.uniforms.get_unchecked(read.index()) }
    }

    /// A slot.
    #[inline(always)]
    pub(crate) fn slot(&self, read: SlotRead) -> &'a [F] {
        debug_assert!(!read.is_uniform());
        // SAFETY: it is one of the code's, within the lanes (`Slots::new`), and the step that reads it writes another.
        unsafe { slice::from_raw_parts(self.lanes.add(read.index()), self.used) }
    }

    /// What is read, uniform or not, in one lane.
    pub(crate) fn lane(&self, read: SlotRead, lane: usize) -> F {
        if read.is_uniform() { self.uniform(read) } else { self.slot(read)[lane] }
    }

    /// Some vectors of a slot from a lane on, which are in use.
    #[inline(always)]
    pub(crate) fn varying<V: Vector<F>, const K: usize>(&self, read: SlotRead, lane: usize) -> [V; K]
    where
        F: Primitive,
    {
        debug_assert!(!read.is_uniform() && lane + K * V::LANES <= self.used);
        let (mut all, mut k) = ([V::splat(F::zero()); K], 0);
        while k < K {
            // SAFETY: as of `slot`, of which these lanes are some.
            all[k] = unsafe { V::load(self.lanes.add(read.index() + lane + k * V::LANES)) };
            k += 1;
        }
        all
    }

    /// The same of what is read, uniform or not.
    #[inline(always)]
    pub(crate) fn vectors<V: Vector<F>, const K: usize>(&self, read: SlotRead, lane: usize) -> [V; K] {
        if read.is_uniform() { [V::splat(self.uniform(read)); K] } else { self.varying(read, lane) }
    }
}

/// Operands of a step at some lanes side by side.
pub(crate) struct AtLanes<'a, F> {
    pub(crate) frame: Frame<'a, F>,
    pub(crate) reads: &'a [SlotRead],
    pub(crate) data: &'a [f64],
    pub(crate) lane: usize,
}

impl<F: Primitive, const N: usize> Operands<Lanes<F, N>> for AtLanes<'_, F> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.reads.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> Lanes<F, N> {
        let read = self.reads[k];
        if read.is_uniform() {
            return Lanes::splat(self.frame.uniform(read));
        }
        let slot = &self.frame.slot(read)[self.lane..self.lane + N];
        let (mut all, mut lane) = ([slot[0]; N], 1);
        while lane < N {
            all[lane] = slot[lane];
            lane += 1;
        }
        Lanes(all)
    }
    #[inline(always)]
    fn halves(&self) -> (impl Operands<Lanes<F, N>>, impl Operands<Lanes<F, N>>) {
        let (a, b) = self.reads.split_at(self.reads.len() / 2);
        (Self { reads: a, ..*self }, Self { reads: b, ..*self })
    }
    #[inline(always)]
    fn data(&self) -> &[f64] {
        self.data
    }
}

/// The same operands at fast functions.
pub(crate) struct FastLanes<'a, F>(pub(crate) AtLanes<'a, F>);

impl<F: Primitive, const N: usize> Operands<Lanes<Fast<F>, N>> for FastLanes<'_, F> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.0.reads.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> Lanes<Fast<F>, N> {
        let own: Lanes<F, N> = self.0.get(k);
        let (mut all, mut lane) = ([Fast(own.0[0]); N], 1);
        while lane < N {
            all[lane] = Fast(own.0[lane]);
            lane += 1;
        }
        Lanes(all)
    }
    #[inline(always)]
    fn data(&self) -> &[f64] {
        self.0.data
    }
}

/// Operands of a step in one lane.
pub(crate) struct AtLane<'a, F>(pub(crate) AtLanes<'a, F>);

impl<F: Primitive> Operands<F> for AtLane<'_, F> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.0.reads.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> F {
        self.0.frame.lane(self.0.reads[k], self.0.lane)
    }
    #[inline(always)]
    fn halves(&self) -> (impl Operands<F>, impl Operands<F>) {
        let (a, b) = self.0.reads.split_at(self.0.reads.len() / 2);
        (Self(AtLanes { reads: a, ..self.0 }), Self(AtLanes { reads: b, ..self.0 }))
    }
    #[inline(always)]
    fn data(&self) -> &[f64] {
        self.0.data
    }
}
