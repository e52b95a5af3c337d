//! One step of a series through a row: the sums of partials and operands, order by order.
//!
//! What is *not* here: where the partials come from, and whether care for zeros is needed (`taylor.rs`).

use super::products::times;
use super::series::Taylor;
use crate::rule::Real;

/// The sums `Σₖ Σⱼ pₖ,ⱼ·(n − j)·xₖ,ₙ₋ⱼ` for the orders `n` from `known + 1` to what the partials allow.
pub(super) struct Sums<F, const K: usize> {
    /// `Σₖ pₖ,₀·xₖ,ₙ`, which needs no division by `n`.
    straight: [F; K],
    /// The rest, where there is any.
    curved: [F; K],
    bends: bool,
    known: usize,
    reach: usize,
    degree: usize,
}

impl<F: Real, const K: usize> Sums<F, K> {
    #[inline(always)]
    pub(super) fn new(known: usize, target: usize) -> Self {
        let zero = F::lit(0.0);
        Self { straight: [zero; K], curved: [zero; K], bends: false, known, reach: target, degree: 0 }
    }

    /// The sums of all operands and their partials.
    #[inline(always)]
    pub(super) fn of<const CARE: bool>(
        x: &[Taylor<F, K>],
        p: &[Taylor<F, K>],
        known: usize,
        target: usize,
    ) -> Self {
        let mut sums = Self::new(known, target);
        for (p, x) in p.iter().zip(x) {
            sums.add::<CARE>(p, x);
        }
        sums
    }

    /// Adds the part of an operand and its partial. One function for all rows, as the product is.
    #[inline(never)]
    pub(super) fn add<const CARE: bool>(&mut self, p: &Taylor<F, K>, x: &Taylor<F, K>) {
        if x.degree == 0 {
            return;
        }
        self.reach = self.reach.min(p.order + 1);
        self.degree = self.degree.max(p.degree + x.degree);
        let Self { known, reach, .. } = *self;
        for n in known + 1..=reach.min(x.degree) {
            let sum = &mut self.straight[n - 1];
            *sum = F::accumulate(*sum, times::<F, CARE>(x.higher[n - 1], p.value));
        }
        let most = p.degree.min(reach.saturating_sub(1));
        if most == 0 {
            return;
        }
        self.bends = true;
        let mut slopes = x.higher;
        for (n, slope) in slopes[..x.degree].iter_mut().enumerate().skip(1) {
            *slope = *slope * F::lit((n + 1) as f64);
        }
        for (j, p) in p.higher[..most].iter().enumerate() {
            // Order n takes the slope n − j − 1 places from the first.
            let first = known.max(j + 1);
            let last = reach.min(j + 1 + x.degree);
            if first < last {
                let slopes = &slopes[first - j - 1..last - j - 1];
                for (sum, slope) in self.curved[first..last].iter_mut().zip(slopes) {
                    *sum = F::accumulate(*sum, times::<F, CARE>(*slope, *p));
                }
            }
        }
    }

    /// Writes the coefficients that the sums give, and says up to which order.
    #[inline(never)]
    pub(super) fn write(&self, y: &mut Taylor<F, K>) -> usize {
        for n in self.known..self.reach {
            y.higher[n] = if self.bends {
                F::accumulate(self.straight[n], self.curved[n] / F::lit((n + 1) as f64))
            } else {
                self.straight[n]
            };
        }
        y.degree = self.degree.min(self.reach);
        self.reach
    }
}
