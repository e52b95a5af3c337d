//! Sums over rows, in one order: that of the rows, whatever the width, the instructions or the threads.
//!
//! Rows form groups of [`GROUP`]. In a group there are as many running sums as lanes in a chunk (eight at `f64`, sixteen at
//! `f32`): row `r` of the group is added to sum `r mod N`, and each begins with +0. They are joined by halves: sum `j` with sum
//! `j + N/2`, and so on. Groups are added up one after another.
//!
//! As sums begin with +0, none is ever −0. So a product in which zeros annihilate needs no care for the sign of a zero, and is
//! the plain product wherever that is a number.

use wengert_ops::{Lanes, Primitive, Real};

use crate::code::{Action, Step};
use crate::frame::{Body, Frame};

/// How many rows are summed in lanes before the lanes are joined.
pub const GROUP: usize = 64;

/// The sum of all lanes, joined by halves.
#[inline(always)]
pub(crate) fn joined<F: Primitive, const N: usize>(lanes: Lanes<F, N>) -> F {
    let (mut sums, mut half) = (lanes.0, N / 2);
    while half > 0 {
        let mut j = 0;
        while j < half {
            sums[j] = sums[j] + sums[j + half];
            j += 1;
        }
        half /= 2;
    }
    sums[0]
}

/// A sum of operands.
pub(crate) struct Whole;

/// Adds what a chunk gives to a sum over all chunks: lanes that are no rows are 0.
#[inline(always)]
fn over_chunks<F: Primitive, const N: usize>(
    frame: &Frame<'_, F, N>,
    begin: Lanes<F, N>,
    term: impl Fn(usize) -> Lanes<F, N>,
) -> Lanes<F, N> {
    let mut sum = begin;
    let ragged = frame.ragged();
    let whole = frame.chunks - usize::from(ragged.is_some());
    for chunk in 0..whole {
        sum = sum + term(chunk);
    }
    if let Some(rows) = ragged {
        let mut last = term(whole);
        for lane in &mut last.0[rows..] {
            *lane = F::zero();
        }
        sum = sum + last;
    }
    sum
}

#[inline(always)]
fn begin<F: Primitive, const N: usize>(frame: &Frame<'_, F, N>, sum: usize) -> Lanes<F, N> {
    if frame.begins { Lanes::lit(0.0) } else { frame.partial[sum].get() }
}

#[inline(always)]
fn end<F: Primitive, const N: usize>(frame: &Frame<'_, F, N>, sum: usize, lanes: Lanes<F, N>) {
    if frame.ends {
        let total = &frame.totals[sum];
        total.set(total.get() + joined(lanes));
    } else {
        frame.partial[sum].set(lanes);
    }
}

impl Body for Whole {
    #[inline(always)]
    fn run<F: Primitive, const N: usize>(frame: &Frame<'_, F, N>, step: &Step) {
        let Action::Sum(sum) = step.action else { return };
        let [read] = *frame.reads(step) else { return };
        let lanes = over_chunks(frame, begin(frame, sum as usize), |chunk| frame.chunk(read, chunk));
        end(frame, sum as usize, lanes);
    }
}

/// Sums of products with one operand.
pub(crate) struct Products;

impl Body for Products {
    #[inline(always)]
    fn run<F: Primitive, const N: usize>(frame: &Frame<'_, F, N>, step: &Step) {
        let careful = step.action == Action::Products { careful: true };
        let [shared, ref pairs @ ..] = *frame.reads(step) else { return };
        let g = frame.slot(shared.index());
        for pair in pairs.as_chunks::<2>().0 {
            let [read, sum] = [pair[0], pair[1]];
            let (sum, first) = (sum.number() as usize, begin(frame, sum.number() as usize));
            let mut lanes = if read.is_uniform() {
                let p = Lanes::splat(frame.uniform(read));
                over_chunks(frame, first, |chunk| g[chunk].get() * p)
            } else {
                let p = frame.slot(read.index());
                over_chunks(frame, first, |chunk| g[chunk].get() * p[chunk].get())
            };
            if careful && is_nan(&lanes) {
                lanes = over_chunks(frame, first, |chunk| Lanes::pull(g[chunk].get(), frame.chunk(read, chunk)));
            }
            end(frame, sum, lanes);
        }
    }
}

#[inline(always)]
fn is_nan<F: Primitive, const N: usize>(x: &Lanes<F, N>) -> bool {
    let mut any = false;
    for x in &x.0 {
        any |= *x != *x;
    }
    any
}
