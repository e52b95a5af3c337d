//! What a step of code sees while it runs: lanes, uniform numbers, and sums.
//!
//! Lanes are cells, because a result may take the slot of an operand. Each chunk of operands is read by value before the
//! chunk of the result is written, so that the compiler takes whole chunks in registers.

use core::cell::Cell;

use wengert_ops::{Lanes, Operands, Primitive, Test};

use crate::code::{Read, Step};

/// What a step does, whatever the instructions.
pub(crate) trait Body {
    fn run<F: Primitive, const N: usize>(frame: &Frame<'_, F, N>, step: &Step);
}

/// A view of what runs over some rows.
pub(crate) struct Frame<'a, F, const N: usize> {
    pub(crate) operands: &'a [Read],
    pub(crate) data: &'a [f64],
    pub(crate) tests: &'a [Test],
    /// All slots, `stride` chunks each.
    pub(crate) lanes: &'a [Cell<Lanes<F, N>>],
    pub(crate) stride: usize,
    pub(crate) uniforms: &'a [F],
    /// How many rows there are now, and in how many chunks.
    pub(crate) rows: usize,
    pub(crate) chunks: usize,
    /// Whether a group of rows begins with these, and whether it ends with them.
    pub(crate) begins: bool,
    pub(crate) ends: bool,
    /// By sum: what the groups so far make, and the lanes of the group at hand.
    pub(crate) totals: &'a [Cell<F>],
    pub(crate) partial: &'a [Cell<Lanes<F, N>>],
    /// By row: the first guard that it has failed.
    pub(crate) failed: &'a [Cell<u32>],
}

/// A row that has failed no guard.
pub(crate) const NONE: u32 = u32::MAX;

impl<'a, F: Primitive, const N: usize> Frame<'a, F, N> {
    /// The chunks in use of a slot.
    #[inline(always)]
    pub(crate) fn slot(&self, slot: usize) -> &'a [Cell<Lanes<F, N>>] {
        &self.lanes[slot * self.stride..][..self.chunks]
    }

    #[inline(always)]
    pub(crate) fn uniform(&self, read: Read) -> F {
        self.uniforms[read.index()]
    }

    /// What a step reads.
    #[inline(always)]
    pub(crate) fn reads(&self, step: &Step) -> &'a [Read] {
        &self.operands[step.first as usize..][..step.count as usize]
    }

    /// A chunk of what is read.
    #[inline(always)]
    pub(crate) fn chunk(&self, read: Read, chunk: usize) -> Lanes<F, N> {
        if read.is_uniform() {
            Lanes::splat(self.uniform(read))
        } else {
            self.lanes[read.index() * self.stride + chunk].get()
        }
    }

    /// How many lanes of the last chunk are rows, where it is no whole one.
    #[inline(always)]
    pub(crate) fn ragged(&self) -> Option<usize> {
        (self.rows % N != 0).then_some(self.rows % N)
    }
}

/// Operands of a step, whatever they are, at one chunk.
pub(crate) struct Mixed<'a, 'f, F, const N: usize> {
    pub(crate) frame: &'f Frame<'a, F, N>,
    pub(crate) reads: &'a [Read],
    pub(crate) data: &'a [f64],
    pub(crate) chunk: usize,
}

impl<F: Primitive, const N: usize> Operands<Lanes<F, N>> for Mixed<'_, '_, F, N> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.reads.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> Lanes<F, N> {
        self.frame.chunk(self.reads[k], self.chunk)
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

/// Operands of which it is known how they lie: whether each half is uniform.
pub(crate) struct Known<'a, 'f, F, const N: usize, const A: bool, const B: bool>(pub(crate) Mixed<'a, 'f, F, N>);

impl<F: Primitive, const N: usize, const A: bool, const B: bool> Known<'_, '_, F, N, A, B> {
    #[inline(always)]
    fn read(&self, k: usize, uniform: bool) -> Lanes<F, N> {
        let Mixed { frame, reads, chunk, .. } = self.0;
        if uniform {
            Lanes::splat(frame.uniform(reads[k]))
        } else {
            frame.lanes[reads[k].index() * frame.stride + chunk].get()
        }
    }
}

impl<F: Primitive, const N: usize, const A: bool, const B: bool> Operands<Lanes<F, N>>
    for Known<'_, '_, F, N, A, B>
{
    #[inline(always)]
    fn len(&self) -> usize {
        self.0.reads.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> Lanes<F, N> {
        if A == B { self.read(k, A) } else { self.0.get(k) }
    }
    #[inline(always)]
    fn halves(&self) -> (impl Operands<Lanes<F, N>>, impl Operands<Lanes<F, N>>) {
        let (a, b) = self.0.reads.split_at(self.0.reads.len() / 2);
        (Half::<F, N, A>(Mixed { reads: a, ..self.0 }), Half::<F, N, B>(Mixed { reads: b, ..self.0 }))
    }
}

/// A half of these.
struct Half<'a, 'f, F, const N: usize, const U: bool>(Mixed<'a, 'f, F, N>);

impl<F: Primitive, const N: usize, const U: bool> Operands<Lanes<F, N>> for Half<'_, '_, F, N, U> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.0.reads.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> Lanes<F, N> {
        Known::<F, N, U, U>(Mixed { ..self.0 }).read(k, U)
    }
}
