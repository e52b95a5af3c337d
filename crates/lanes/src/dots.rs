//! Sums of operands and products in each lane, kept in registers from term to term.
//!
//! A *chain* adds its terms one after another; a *dot* has four running sums, by `k mod 4`, joined as `(s₀ + s₁) + (s₂ + s₃)`:
//! in each lane the bits of the operations that they stand for.

use wengert_ops::Primitive;

use crate::code::{Action, Read, Step, word};
use crate::frame::Frame;
use crate::vector::Vector;

/// Lanes by blocks of as many vectors as stay in registers, then vector by vector.
macro_rules! by_blocks {
    ($V:ident, $y:ident, $lane:ident => $block:ident::<$F:ty, $_V:ident>($($argument:expr),*)) => {{
        let mut $lane = 0;
        if $V::MANY == 4 {
            while $lane + 4 * $V::LANES <= $y.len() {
                $block::<$F, $V, 4>($($argument),*, $lane, &mut $y[$lane..]);
                $lane += 4 * $V::LANES;
            }
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
pub(crate) fn dot<F: Primitive, V: Vector<F>>(frame: &Frame<'_, F>, step: &Step, y: &mut [F]) {
    let reads = frame.reads(step);
    by_blocks!(V, y, lane => dot_block::<F, V>(frame, reads));
}

#[inline(always)]
fn dot_block<F: Primitive, V: Vector<F>, const K: usize>(
    frame: &Frame<'_, F>,
    reads: &[Read],
    lane: usize,
    y: &mut [F],
) {
    let mut s = [[V::splat(F::zero()); K]; 4];
    let (quads, rest) = reads.as_chunks::<8>();
    for quad in quads {
        let mut j = 0;
        while j < 4 {
            let (a, b) = (frame.vectors(quad[2 * j], lane), frame.vectors(quad[2 * j + 1], lane));
            s[j] = added(s[j], multiplied(a, b));
            j += 1;
        }
    }
    let mut j = 0;
    while j < 3 {
        if let [a, b] = *rest.get(2 * j..2 * j + 2).unwrap_or(&[]) {
            s[j] = added(s[j], multiplied(frame.vectors(a, lane), frame.vectors(b, lane)));
        }
        j += 1;
    }
    store(added(added(s[0], s[1]), added(s[2], s[3])), y);
}

/// Terms one after another.
#[inline(always)]
pub(crate) fn chain<F: Primitive, V: Vector<F>>(frame: &Frame<'_, F>, step: &Step, y: &mut [F]) {
    let reads = frame.reads(step);
    let careful = step.action == Action::Chain { careful: true };
    by_blocks!(V, y, lane => chain_block::<F, V>(frame, reads, careful));
}

#[inline(always)]
fn chain_block<F: Primitive, V: Vector<F>, const K: usize>(
    frame: &Frame<'_, F>,
    reads: &[Read],
    careful: bool,
    lane: usize,
    y: &mut [F],
) {
    let (mut sum, mut rest) = match *reads {
        [term, a, b, ref rest @ ..] if term.number() != word::WHOLE => {
            (multiplied::<F, V, K>(frame.vectors(a, lane), frame.vectors(b, lane)), rest)
        }
        [_, a, ref rest @ ..] => (frame.vectors(a, lane), rest),
        _ => return,
    };
    loop {
        match *rest {
            [term, a, b, ref more @ ..] if term.number() != word::WHOLE => {
                let (a, b): ([V; K], [V; K]) = (frame.vectors(a, lane), frame.vectors(b, lane));
                if term.number() == word::FUSED {
                    let mut k = 0;
                    while k < K {
                        sum[k] = a[k].fused(b[k], sum[k]);
                        k += 1;
                    }
                } else {
                    sum = added(sum, multiplied(a, b));
                }
                rest = more;
            }
            [_, a, ref more @ ..] => {
                sum = added(sum, frame.vectors(a, lane));
                rest = more;
            }
            _ => break,
        }
    }
    // As long as all is finite, zeros that annihilate need no care but for the sign of a sum that is 0.
    if careful && sum.iter().fold(false, |any, sum| any | sum.has_nan_or_minus_zero()) {
        for (j, y) in y[..K * V::LANES].iter_mut().enumerate() {
            *y = careful_chain(frame, reads, lane + j);
        }
    } else {
        store(sum, y);
    }
}

/// The chain in one lane, with care for zeros.
#[inline(never)]
fn careful_chain<F: Primitive>(frame: &Frame<'_, F>, mut reads: &[Read], lane: usize) -> F {
    let mut sum = None;
    loop {
        let term = match *reads {
            [term, a, b, ref rest @ ..] if term.number() != word::WHOLE => {
                let (a, b) = (frame.lane(a, lane), frame.lane(b, lane));
                reads = rest;
                match term.number() {
                    word::PULL => F::pull(a, b),
                    word::FUSED if sum.is_some() => {
                        sum = sum.map(|sum| num_traits::Float::mul_add(a, b, sum));
                        continue;
                    }
                    _ => a * b,
                }
            }
            [_, a, ref rest @ ..] => {
                reads = rest;
                frame.lane(a, lane)
            }
            _ => return sum.unwrap_or(F::zero()),
        };
        sum = Some(sum.map_or(term, |sum| sum + term));
    }
}
