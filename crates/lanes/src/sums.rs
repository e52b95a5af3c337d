//! Sums over rows, in one order: that of the rows, whatever the width, the instructions or the threads.
//!
//! Rows form groups of [`GROUP`](crate::GROUP). In a group there are as many running sums as 64 bytes hold (eight at `f64`,
//! sixteen at `f32`): row `r` of the group is added to sum `r mod N`, and each begins with +0. They are joined by halves: sum
//! `j` with sum `j + N/2`, and so on. Groups are added up one after another.
//!
//! As sums begin with +0, none is ever −0. So a product in which zeros annihilate needs no care for the sign of a zero, and is
//! the plain product wherever that is a number.

use wengert_ops::Primitive;

use crate::frame::Frame;
use crate::steps::{CodeStep, SlotRead, StepAction};
use crate::vector::Vector;

/// The most vectors that `N` lanes are.
const MOST: usize = 4;

/// What sums are added to.
pub(crate) struct GroupSums<'a, F> {
    /// By sum: what the groups so far make.
    pub(crate) totals: &'a mut [F],
    /// By sum, `N` lanes each: the running sums of the group at hand.
    pub(crate) partial: &'a mut [F],
    /// How many rows there are now.
    pub(crate) rows: usize,
    /// Whether a group begins with these, and whether it ends with them.
    pub(crate) begins: bool,
    pub(crate) ends: bool,
}

/// What is summed: an operand, or its product with a uniform number or with another operand.
#[derive(Clone, Copy)]
struct Summand<V> {
    read: SlotRead,
    by: V,
    other: SlotRead,
}

const BY_UNIFORM: u8 = 1;
const BY_VARYING: u8 = 2;
/// An operand that may be uniform.
const ANY: u8 = 3;

impl<V> Summand<V> {
    #[inline(always)]
    fn at<F: Primitive, const KIND: u8>(&self, frame: &Frame<'_, F>, lane: usize) -> V
    where
        V: Vector<F>,
    {
        let [x]: [V; 1] =
            if KIND == ANY { frame.vectors(self.read, lane) } else { frame.varying(self.read, lane) };
        match KIND {
            BY_UNIFORM => x.mul(self.by),
            BY_VARYING => {
                let [p] = frame.varying(self.other, lane);
                x.mul(p)
            }
            _ => x,
        }
    }
}

/// Adds to the running sums what `term` gives from each lane on, `V::LANES` at a time. Lanes that are no rows are left out.
#[inline(always)]
fn add<F: Primitive, V: Vector<F>, const N: usize, const KIND: u8>(
    frame: &Frame<'_, F>,
    sums: &mut GroupSums<'_, F>,
    sum: usize,
    term: Summand<V>,
    careful: Option<[SlotRead; 2]>,
) {
    let vectors = const { N / V::LANES };
    if sums.begins && sums.ends && sums.rows.is_multiple_of(N) {
        let mut s = [V::splat(F::zero()); MOST];
        for chunk in 0..sums.rows / N {
            let mut k = 0;
            while k < vectors {
                s[k] = s[k].add(term.at::<F, KIND>(frame, chunk * N + k * V::LANES));
                k += 1;
            }
        }
        let mut half = vectors / 2;
        while half > 0 {
            let mut k = 0;
            while k < half {
                s[k] = s[k].add(s[k + half]);
                k += 1;
            }
            half /= 2;
        }
        let group = s[0].joined();
        if careful.is_none() || !group.is_nan() {
            sums.totals[sum] = sums.totals[sum] + group;
            return;
        }
    }
    in_part::<F, V, N, KIND>(frame, sums, sum, term, careful);
}

/// The same, where a group is not at hand as a whole, or has NaN in it.
#[inline(always)]
fn in_part<F: Primitive, V: Vector<F>, const N: usize, const KIND: u8>(
    frame: &Frame<'_, F>,
    sums: &mut GroupSums<'_, F>,
    sum: usize,
    term: Summand<V>,
    careful: Option<[SlotRead; 2]>,
) {
    let vectors = const { N / V::LANES };
    let partial = &mut sums.partial[sum * N..][..N];
    if sums.begins {
        partial.fill(F::zero());
    }
    let mut s = [V::splat(F::zero()); MOST];
    if !sums.begins {
        let mut k = 0;
        while k < vectors {
            s[k] = load(partial, k * V::LANES);
            k += 1;
        }
    }
    let whole = sums.rows / N;
    for chunk in 0..whole {
        let mut k = 0;
        while k < vectors {
            s[k] = s[k].add(term.at::<F, KIND>(frame, chunk * N + k * V::LANES));
            k += 1;
        }
    }
    let mut lanes = [F::zero(); 16];
    let mut k = 0;
    while k < vectors {
        s[k].store(&mut lanes[k * V::LANES..]);
        k += 1;
    }
    if whole * N < sums.rows {
        let mut last = [F::zero(); 16];
        let mut k = 0;
        while k < vectors {
            term.at::<F, KIND>(frame, whole * N + k * V::LANES).store(&mut last[k * V::LANES..]);
            k += 1;
        }
        for (lane, last) in lanes.iter_mut().zip(last).take(sums.rows - whole * N) {
            *lane = *lane + last;
        }
    }
    if let Some([a, b]) = careful
        && lanes[..N].iter().fold(false, |any, x| any | x.is_nan())
    {
        lanes[..N].copy_from_slice(partial);
        for row in 0..sums.rows {
            lanes[row % N] = lanes[row % N] + F::pull(frame.lane(a, row), frame.lane(b, row));
        }
    }
    if sums.ends {
        let mut half = N / 2;
        while half > 0 {
            let mut j = 0;
            while j < half {
                lanes[j] = lanes[j] + lanes[j + half];
                j += 1;
            }
            half /= 2;
        }
        sums.totals[sum] = sums.totals[sum] + lanes[0];
    } else {
        partial.copy_from_slice(&lanes[..N]);
    }
}

/// A sum of operands.
#[inline(always)]
pub(crate) fn whole<F: Primitive, V: Vector<F>, const N: usize>(
    frame: &Frame<'_, F>,
    step: &CodeStep,
    sums: &mut GroupSums<'_, F>,
) {
    let StepAction::Sum(sum) = step.action else { return };
    let [read] = *frame.reads(step) else { return };
    let term = Summand { read, by: V::splat(F::zero()), other: read };
    add::<F, V, N, ANY>(frame, sums, sum as usize, term, None);
}

/// Sums of products with one operand.
#[inline(always)]
pub(crate) fn products<F: Primitive, V: Vector<F>, const N: usize>(
    frame: &Frame<'_, F>,
    step: &CodeStep,
    sums: &mut GroupSums<'_, F>,
) {
    let careful = step.action == StepAction::Products { careful: true };
    let [shared, ref pairs @ ..] = *frame.reads(step) else { return };
    for pair in pairs.as_chunks::<2>().0 {
        let [read, sum]: [SlotRead; 2] = *pair;
        let (sum, care) = (sum.number() as usize, careful.then_some([shared, read]));
        if read.is_uniform() {
            let term = Summand { read: shared, by: V::splat(frame.uniform(read)), other: shared };
            add::<F, V, N, BY_UNIFORM>(frame, sums, sum, term, care);
        } else {
            let term = Summand { read: shared, by: V::splat(F::zero()), other: read };
            add::<F, V, N, BY_VARYING>(frame, sums, sum, term, care);
        }
    }
}

/// A vector of a slice from a place on; of one that ends before, what there is, and zeros.
#[inline(always)]
fn load<F: Primitive, V: Vector<F>>(x: &[F], place: usize) -> V {
    let mut lanes = [F::zero(); 16];
    let x = &x[place.min(x.len())..];
    let count = x.len().min(V::LANES);
    lanes[..count].copy_from_slice(&x[..count]);
    V::of(&lanes)
}
