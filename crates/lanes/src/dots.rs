//! Sums of operands and products in each lane, kept in registers from term to term.
//!
//! A *chain* adds its terms one after another; a *dot* has four running sums, by `k mod 4`, joined as `(s₀ + s₁) + (s₂ + s₃)`:
//! in each lane the bits of the operations that they stand for.

use wengert_ops::Primitive;

use crate::frame::Frame;
use crate::steps::{CodeStep, SlotRead, StepAction, word};
use crate::vector::Vector;

/// Lanes by blocks of as many vectors as stay in registers, then by fewer.
macro_rules! by_blocks {
    ($V:ident, $y:ident, $lane:ident => $block:ident::<$F:ty, $_V:ident>($($argument:expr),*)) => {{
        let mut $lane = 0;
        while $lane + 8 * $V::LANES <= $y.len() {
            $block::<$F, $V, 8>($($argument),*, $lane, &mut $y[$lane..]);
            $lane += 8 * $V::LANES;
        }
        while $lane + 2 * $V::LANES <= $y.len() {
            $block::<$F, $V, 2>($($argument),*, $lane, &mut $y[$lane..]);
            $lane += 2 * $V::LANES;
        }
        while $lane < $y.len() {
            $block::<$F, $V, 1>($($argument),*, $lane, &mut $y[$lane..]);
            $lane += $V::LANES;
        }
    }};
}

#[inline(always)]
fn store<F, V: Vector<F>, const K: usize>(x: [V; K], y: &mut [F]) {
    let mut k = 0;
    while k < K {
        x[k].store(&mut y[k * V::LANES..]);
        k += 1;
    }
}

#[inline(always)]
fn added<F, V: Vector<F>, const K: usize>(a: [V; K], b: [V; K]) -> [V; K] {
    let (mut sum, mut k) = (a, 0);
    while k < K {
        sum[k] = a[k].add(b[k]);
        k += 1;
    }
    sum
}

#[inline(always)]
fn multiplied<F, V: Vector<F>, const K: usize>(a: [V; K], b: [V; K]) -> [V; K] {
    let (mut product, mut k) = (a, 0);
    while k < K {
        product[k] = a[k].mul(b[k]);
        k += 1;
    }
    product
}

/// Pairs of operands in four running sums.
#[inline(always)]
pub(crate) fn dot<F: Primitive, V: Vector<F>>(frame: &Frame<'_, F>, step: &CodeStep, y: &mut [F]) {
    let reads = frame.reads(step);
    by_blocks!(V, y, lane => dot_block::<F, V>(frame, reads));
}

#[inline(always)]
fn dot_block<F: Primitive, V: Vector<F>, const K: usize>(
    frame: &Frame<'_, F>,
    reads: &[SlotRead],
    lane: usize,
    y: &mut [F],
) {
    let first = added(one_in_four::<F, V, K>(frame, reads, 0, lane), one_in_four(frame, reads, 1, lane));
    let second = added(one_in_four::<F, V, K>(frame, reads, 2, lane), one_in_four(frame, reads, 3, lane));
    store(added(first, second), y);
}

// No closures: a closure that is called twice may not be inlined into the function that has the instructions.

/// One of the four running sums, by itself, so that it stays in registers at as many lanes as they hold.
#[inline(always)]
fn one_in_four<F: Primitive, V: Vector<F>, const K: usize>(
    frame: &Frame<'_, F>,
    reads: &[SlotRead],
    first: usize,
    lane: usize,
) -> [V; K] {
    let mut sum = [V::splat(F::zero()); K];
    let mut k = 2 * first;
    while let [a, b, ..] = reads[k.min(reads.len())..] {
        sum = added_product(frame, sum, a, b, lane);
        k += 8;
    }
    sum
}

/// A sum, and the product of two operands.
#[inline(always)]
fn added_product<F: Primitive, V: Vector<F>, const K: usize>(
    frame: &Frame<'_, F>,
    mut sum: [V; K],
    a: SlotRead,
    b: SlotRead,
    lane: usize,
) -> [V; K] {
    let mut k = 0;
    if a.is_uniform() || b.is_uniform() {
        // One is read once.
        let (a, b) = if a.is_uniform() { (a, b) } else { (b, a) };
        let a = V::splat(frame.uniform(a));
        let b = frame.vectors::<V, K>(b, lane);
        while k < K {
            sum[k] = sum[k].add(a.mul(b[k]));
            k += 1;
        }
    } else {
        let (a, b) = (frame.varying::<V, K>(a, lane), frame.varying::<V, K>(b, lane));
        while k < K {
            sum[k] = sum[k].add(a[k].mul(b[k]));
            k += 1;
        }
    }
    sum
}

/// Terms one after another.
#[inline(always)]
pub(crate) fn chain<F: Primitive, V: Vector<F>>(frame: &Frame<'_, F>, step: &CodeStep, y: &mut [F]) {
    let reads = frame.reads(step);
    let careful = step.action == StepAction::Chain { careful: true };
    by_blocks!(V, y, lane => chain_block::<F, V>(frame, reads, careful));
}

#[inline(always)]
fn chain_block<F: Primitive, V: Vector<F>, const K: usize>(
    frame: &Frame<'_, F>,
    reads: &[SlotRead],
    careful: bool,
    lane: usize,
    y: &mut [F],
) {
    // As long as all is finite, zeros that annihilate need no care but for the sign of a sum that is 0.
    let mut sum = chained::<F, V, K, false>(frame, reads, lane);
    if careful && sum.iter().fold(false, |any, sum| any | sum.has_nan_or_minus_zero()) {
        sum = chained::<F, V, K, true>(frame, reads, lane);
    }
    store(sum, y);
}

/// The sum of a chain's terms, with care for zeros that annihilate or without.
#[inline(always)]
fn chained<F: Primitive, V: Vector<F>, const K: usize, const CARE: bool>(
    frame: &Frame<'_, F>,
    reads: &[SlotRead],
    lane: usize,
) -> [V; K] {
    let (mut sum, mut rest) = match *reads {
        [term, a, b, ref rest @ ..] if term.number() != word::WHOLE => {
            (product::<F, V, K, CARE>(frame, term, a, b, lane), rest)
        }
        [_, a, ref rest @ ..] => (frame.vectors(a, lane), rest),
        _ => return [V::splat(F::zero()); K],
    };
    loop {
        match *rest {
            [term, a, b, ref more @ ..] if term.number() != word::WHOLE => {
                if term.number() == word::FUSED {
                    let (a, b): ([V; K], [V; K]) = (frame.vectors(a, lane), frame.vectors(b, lane));
                    let mut k = 0;
                    while k < K {
                        sum[k] = a[k].fused(b[k], sum[k]);
                        k += 1;
                    }
                } else if CARE {
                    sum = added(sum, product::<F, V, K, CARE>(frame, term, a, b, lane));
                } else {
                    sum = added_product(frame, sum, a, b, lane);
                }
                rest = more;
            }
            [_, a, ref more @ ..] => {
                sum = added(sum, frame.vectors(a, lane));
                rest = more;
            }
            _ => return sum,
        }
    }
}

/// A product of a chain.
#[inline(always)]
fn product<F: Primitive, V: Vector<F>, const K: usize, const CARE: bool>(
    frame: &Frame<'_, F>,
    term: SlotRead,
    a: SlotRead,
    b: SlotRead,
    lane: usize,
) -> [V; K] {
    let (a, b): ([V; K], [V; K]) = (frame.vectors(a, lane), frame.vectors(b, lane));
    if !CARE || term.number() != word::PULL {
        return multiplied(a, b);
    }
    let (mut all, mut k) = (a, 0);
    while k < K {
        all[k] = a[k].pull(b[k]);
        k += 1;
    }
    all
}
