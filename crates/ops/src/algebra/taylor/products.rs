//! Sums, multiples and products of series, which follow from the kinds of a row's partials alone.

use super::series::Taylor;
use crate::rule::{PartialKind, Real};

impl<F: Real, const K: usize> Taylor<F, K> {
    /// Adds the coefficients of `x`, or what is negative to them; not the value.
    #[inline(never)]
    pub(super) fn add(&mut self, x: &Self, negative: bool) {
        self.degree = self.degree.max(x.degree.min(self.order));
        for (sum, x) in self.higher[..self.degree].iter_mut().zip(x.moving()) {
            *sum = F::accumulate(*sum, if negative { -*x } else { *x });
        }
    }

    /// Adds what is beyond the value of `w·x`.
    pub(super) fn add_times(&mut self, x: &Self, w: f64) {
        self.degree = self.degree.max(x.degree.min(self.order));
        for (sum, x) in self.higher[..self.degree].iter_mut().zip(x.moving()) {
            *sum = F::accumulate(*sum, F::pull(*x, F::lit(w)));
        }
    }

    /// Fills in what is beyond the value where the kinds of the partials say what the result is but for a constant: a sum,
    /// a product, a square. One function for all rows, as the product is.
    #[inline(never)]
    pub(super) fn combine(&mut self, x: &[Self], kinds: &[PartialKind]) {
        for (k, kind) in kinds.iter().enumerate() {
            match kind {
                PartialKind::One => self.add(&x[k], false),
                PartialKind::MinusOne => self.add(&x[k], true),
                PartialKind::Other if k == 0 => self.put(Self::bilinear(&x[0], &x[1], self.value)),
                PartialKind::Twice => self.put(Self::bilinear(&x[k], &x[k], self.value)),
                PartialKind::Other
                | PartialKind::Zero
                | PartialKind::Saved
                | PartialKind::Datum
                | PartialKind::TwiceResidual => {}
            }
        }
    }

    /// The coefficients of another, as far as this one is to be known.
    #[inline(always)]
    fn put(&mut self, x: Self) {
        *self = Self { order: self.order, degree: x.degree.min(self.order), ..x };
    }

    /// The product as it comes where all of it is finite, else with care for zeros. One function for all rows: what a call
    /// costs is little beside the product, and in line it would be compiled once a row.
    #[inline(never)]
    pub(super) fn bilinear(a: &Self, b: &Self, value: F) -> Self {
        if F::all_finite(&[]).is_some() {
            let y = Self::convolution::<false>(a, b, value);
            if F::all_finite(y.moving()) == Some(true) {
                return y;
            }
        }
        Self::convolution::<true>(a, b, value)
    }

    /// `cₙ = Σⱼ aⱼ bₙ₋ⱼ`.
    #[inline(always)]
    pub(super) fn convolution<const CARE: bool>(a: &Self, b: &Self, value: F) -> Self {
        let mut y = Self::constant(value);
        y.order = a.order.min(b.order);
        y.degree = (a.degree + b.degree).min(y.order);
        let sums = &mut y.higher[..y.degree];
        for (sum, b) in sums.iter_mut().zip(b.moving()) {
            *sum = times::<F, CARE>(*b, a.value);
        }
        for (j, a) in a.moving().iter().enumerate().take(sums.len()) {
            sums[j] = F::accumulate(sums[j], times::<F, CARE>(*a, b.value));
            for (sum, b) in sums[j + 1..].iter_mut().zip(b.moving()) {
                *sum = F::accumulate(*sum, times::<F, CARE>(*a, *b));
            }
        }
        y
    }
}

/// The product, with care for zeros or as it comes.
#[inline(always)]
pub(super) fn times<F: Real, const CARE: bool>(g: F, p: F) -> F {
    if CARE { F::pull(g, p) } else { F::times(g, p) }
}
