//! What a step of code sees while it runs: the slots that it reads, and uniform numbers.

use wengert_ops::{Lanes, Operands, Primitive};

use crate::code::{Read, Step};
use crate::vector::Vector;

/// The slots beside one that is written, and uniform numbers.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a, F> {
    operands: &'a [Read],
    data: &'a [f64],
    uniforms: &'a [F],
    before: &'a [F],
    after: &'a [F],
    width: usize,
    used: usize,
}

/// All slots of a run over some rows.
pub(crate) struct Slots<'a, F> {
    pub(crate) operands: &'a [Read],
    pub(crate) data: &'a [f64],
    pub(crate) uniforms: &'a [F],
    pub(crate) lanes: &'a mut [F],
    /// Lanes of a slot, and how many are in use: whole chunks.
    pub(crate) width: usize,
    pub(crate) used: usize,
}

impl<'a, F> Slots<'a, F> {
    /// A slot to be written, and what is beside it.
    #[inline(always)]
    pub(crate) fn apart(&mut self, slot: u32) -> (&mut [F], Frame<'_, F>) {
        let Self { operands, data, uniforms, width, used, .. } = *self;
        let (before, rest) = self.lanes.split_at_mut(slot as usize * width);
        let (y, after) = rest.split_at_mut(width);
        (&mut y[..used], Frame { operands, data, uniforms, before, after, width, used })
    }

    /// All slots, to be read.
    #[inline(always)]
    pub(crate) fn whole(&self) -> Frame<'_, F> {
        let Self { operands, data, uniforms, width, used, .. } = *self;
        Frame { operands, data, uniforms, before: self.lanes, after: &[], width, used }
    }

    /// The lanes in use of a slot, to be written.
    #[inline(always)]
    pub(crate) fn slot_mut(&mut self, slot: usize) -> &mut [F] {
        &mut self.lanes[slot * self.width..][..self.used]
    }
}

impl<'a, F: Copy> Frame<'a, F> {
    /// What a step reads.
    #[inline(always)]
    pub(crate) fn reads(&self, step: &Step) -> &'a [Read] {
        &self.operands[step.first as usize..][..step.count as usize]
    }

    /// The data of a step that reads as many as operands.
    #[inline(always)]
    pub(crate) fn data(&self, step: &Step) -> &'a [f64] {
        &self.data[step.data as usize..][..step.count as usize]
    }

    #[inline(always)]
    pub(crate) fn uniform(&self, read: Read) -> F {
        self.uniforms[read.index()]
    }

    /// A slot.
    #[inline(always)]
    pub(crate) fn slot(&self, read: Read) -> &'a [F] {
        let place = read.index() * self.width;
        if place < self.before.len() {
            &self.before[place..place + self.used]
        } else {
            &self.after[place - self.before.len() - self.width..][..self.used]
        }
    }

    /// What is read, uniform or not, in one lane.
    pub(crate) fn lane(&self, read: Read, lane: usize) -> F {
        if read.is_uniform() { self.uniform(read) } else { self.slot(read)[lane] }
    }

    /// Some vectors of what is read, uniform or not, from a lane on.
    #[inline(always)]
    pub(crate) fn vectors<V: Vector<F>, const K: usize>(&self, read: Read, lane: usize) -> [V; K] {
        if read.is_uniform() {
            return [V::splat(self.uniform(read)); K];
        }
        let slot = &self.slot(read)[lane..lane + K * V::LANES];
        let mut all = [V::load(slot); K];
        let mut k = 1;
        while k < K {
            all[k] = V::load(&slot[k * V::LANES..]);
            k += 1;
        }
        all
    }
}

/// Operands of a step at some lanes side by side.
pub(crate) struct AtLanes<'a, F> {
    pub(crate) frame: Frame<'a, F>,
    pub(crate) reads: &'a [Read],
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
