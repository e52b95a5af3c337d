//! Truncated Taylor series: the coefficients of `t ↦ y(t)` up to order `K`, carried through every operation together.
//!
//! A rule read here is the differential equation that its partials are, `y′ = Σₖ pₖ·xₖ′` with `pₖ = ∂φ/∂xₖ(x, y)`, solved
//! coefficient by coefficient (Griewank & Walther, *Evaluating Derivatives*, chapter 13):
//!
//! ```text
//! n·yₙ = Σₖ Σⱼ pₖ,ⱼ·(n − j)·xₖ,ₙ₋ⱼ,   j = 0 … n − 1
//! ```
//!
//! The partials are series too, read from the row at this number type with one order less. Where they do not read the
//! result, they are evaluated once; where they do, once an order, with the result as far as it is known.
//!
//! What is *not* here: any operation's recurrence. Rows whose partials would be exponential in the order say in the table
//! of which other operations they are composed.

mod series;
mod products;
mod sums;

use series::truncated;
use sums::Sums;

pub use series::Taylor;

use crate::kernels;
use crate::operands::{Mapped, Operands};
use crate::rule::{Ahead, Invalid, PartialKind, Real, Rule, Shortcuts, Variadic};

impl<F: Real, const K: usize> Taylor<F, K> {
    /// Takes the order from the operands, and says whether there is anything beyond the value.
    #[inline(never)]
    fn moved_by(&mut self, x: &[Self]) -> bool {
        self.order = x.iter().fold(K, |order, x| order.min(x.order));
        self.order > 0 && x.iter().any(|x| x.degree > 0)
    }

    /// Fills in what is beyond the value, up to `order`, from the partials: `partials` is given the result as far as it is
    /// known, and the order up to which operands and partials are needed, and hands each partial on with its operand.
    #[inline(always)]
    fn integrate<const A: usize>(
        &mut self,
        x: &[Self; A],
        reads_output: bool,
        partials: impl Fn([Self; A], Self) -> [Self; A],
    ) {
        let target = self.order;
        let mut known = 0;
        while known < target {
            let below = if reads_output { known } else { target - 1 };
            let p = partials(truncated(x, below), self.truncated_to(known));
            known = self.advance(x, &p, known, target);
        }
        self.order = target;
    }

    /// Fills in the coefficients beyond `known` that the partials give, and says up to which order these are. One function
    /// for all rows.
    #[inline(never)]
    fn advance(&mut self, x: &[Self], p: &[Self], known: usize, target: usize) -> usize {
        if F::all_finite(&[]).is_some() {
            let upto = Sums::of::<false>(x, p, known, target).write(self);
            if F::all_finite(&self.higher[known..upto]) == Some(true) {
                return upto;
            }
        }
        Sums::of::<true>(x, p, known, target).write(self)
    }
}

impl<F: Real, const K: usize> Shortcuts for Taylor<F, K> {
    const ORDER: usize = F::ORDER + K;
    const AHEAD: Option<Ahead> = match K {
        4 if F::IS_DOUBLE => Some(Ahead::FourthOrder),
        8 if F::IS_DOUBLE => Some(Ahead::EighthOrder),
        _ => None,
    };

    /// `yₙ = (aₙ − Σⱼ bⱼ yₙ₋ⱼ)/b₀`, `j = 1 … n`.
    #[track_caller]
    fn quotient(a: Self, b: Self) -> Self {
        let mut y = Self::constant(a.value / b.value);
        y.order = a.order.min(b.order);
        y.degree = if b.degree == 0 { a.degree.min(y.order) } else { y.order };
        let quick = F::all_finite(&[]).is_some();
        let mut sums = [F::lit(0.0); K];
        let mut last = y.value;
        for n in 1..=y.degree {
            let mut c = y.value;
            if quick {
                for (sum, b) in sums[n - 1..].iter_mut().zip(b.moving()) {
                    *sum = F::accumulate(*sum, F::times(last, *b));
                }
                c = (a.at(n) - sums[n - 1]) / b.value;
            }
            if !quick || F::all_finite(&[c]) != Some(true) {
                let terms = (1..=n.min(b.degree)).map(|j| F::pull(y.at(n - j), b.at(j)));
                let sum = terms.fold(F::lit(0.0), F::accumulate);
                c = F::pull(a.at(n) - sum, F::lit(1.0) / b.value);
            }
            y.higher[n - 1] = c;
            last = c;
        }
        y
    }

    #[inline(always)]
    #[track_caller]
    fn times(g: Self, p: Self) -> Self {
        Self::convolution::<false>(&g, &p, F::times(g.value, p.value))
    }

    #[inline]
    fn all_finite(numbers: &[Self]) -> Option<bool> {
        let mut all = F::all_finite(&[])?;
        for x in numbers {
            all &= F::all_finite(&[x.value])? && F::all_finite(x.moving())?;
        }
        Some(all)
    }
}

impl<F: Real, const K: usize> Real for Taylor<F, K> {
    #[inline(always)]
    fn lit(x: f64) -> Self {
        Self::constant(F::lit(x))
    }

    #[track_caller]
    fn fixed<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self {
        let mut values = [x[0].value; A];
        for (value, x) in values.iter_mut().zip(&x) {
            *value = x.value;
        }
        let value = F::fixed::<R, A>(values);
        let mut y = Self::constant(value);
        if const { PartialKind::all_zero(&R::KINDS) } || !y.moved_by(&x) {
            return y;
        }
        if const { !PartialKind::any_saved(&R::KINDS) } {
            y.combine(&x, &R::KINDS);
        } else if let Some(series) = R::series(x) {
            (y.higher, y.degree) = (series.higher, series.degree);
            // The slope is the row's own, at the points of the conventions too.
            let first = truncated(&x, 1);
            let mut slope = y.truncated_to(0);
            slope.order = 1;
            let mut partials = [slope; A];
            for (series, p) in partials.iter_mut().zip(R::partials(values, value)) {
                *series = Self::constant(p);
            }
            slope.advance(&first, &partials, 0, 1);
            y.higher[0] = slope.higher[0];
        } else {
            y.integrate(&x, R::READS.output, R::partials);
        }
        y
    }

    #[track_caller]
    fn variadic<R: Variadic>(x: &impl Operands<Self>) -> Self {
        let value = F::variadic::<R>(&Mapped::new(x, |x: Self| x.value));
        let mut y = Self::constant(value);
        let n = x.len();
        y.order = (0..n).fold(K, |order, k| order.min(x.get(k).order));
        if (0..n).all(|k| x.get(k).degree == 0) {
            return y;
        }
        if R::KIND != PartialKind::Saved {
            let (a, b) = x.halves();
            match R::KIND {
                PartialKind::One => (0..n).for_each(|k| y.add(&x.get(k), false)),
                PartialKind::MinusOne => (0..n).for_each(|k| y.add(&x.get(k), true)),
                PartialKind::Other => {
                    (0..b.len()).for_each(|k| y.add(&Self::bilinear(&a.get(k), &b.get(k), value), false));
                }
                PartialKind::Twice => {
                    (0..n).for_each(|k| y.add(&Self::bilinear(&x.get(k), &x.get(k), value), false));
                }
                PartialKind::Datum => {
                    (0..n).for_each(|k| y.add_times(&x.get(k), kernels::datum(x.data(), k)));
                }
                PartialKind::TwiceResidual => (0..n).for_each(|k| {
                    let mut r = x.get(k);
                    r.value = r.value - F::lit(kernels::datum(x.data(), k));
                    y.add(&Self::bilinear(&r, &r, value), false);
                }),
                PartialKind::Zero | PartialKind::Saved => {}
            }
            return y;
        }
        let target = y.order;
        let mut known = 0;
        while known < target {
            let below = if R::READS_OUTPUT { known } else { target - 1 };
            let seen = Mapped::new(x, |x: Self| x.truncated(below));
            let mut sums = Sums::new(known, target);
            R::partials(&seen, y.truncated_to(known), &mut Vec::new(), |k, p| {
                sums.add::<true>(&p, &x.get(k));
            });
            known = sums.write(&mut y);
        }
        y
    }

    #[inline(always)]
    #[track_caller]
    fn select(condition: Self, a: Self, b: Self) -> Self {
        let mut y = Self::constant(F::select(condition.value, a.value, b.value));
        y.order = a.order.min(b.order);
        y.degree = a.degree.max(b.degree).min(y.order);
        for n in 1..=y.degree {
            y.higher[n - 1] = F::select(condition.value, a.at(n), b.at(n));
        }
        y
    }

    /// The product of series, each product of coefficients annihilated by its own zeros.
    #[inline(always)]
    #[track_caller]
    fn pull(g: Self, p: Self) -> Self {
        Self::convolution::<true>(&g, &p, F::pull(g.value, p.value))
    }

    #[inline(always)]
    fn primal(self) -> f64 {
        self.value.primal()
    }

    fn map_parts(self, value: impl Fn(f64) -> f64 + Copy, part: impl Fn(f64) -> f64 + Copy) -> Self {
        let mut y = Self { value: self.value.map_parts(value, part), ..self };
        // Coefficients above the degree are 0, and stay so unless `part` makes something of 0.
        y.degree = if part(0.0) == 0.0 { self.degree } else { self.order };
        for n in 1..=y.degree {
            y.higher[n - 1] = self.at(n).map_parts(part, part);
        }
        y
    }

    #[track_caller]
    fn invalid(why: Invalid) -> Self {
        Self::constant(F::invalid(why))
    }
}

impl<F: Real, const K: usize> Taylor<F, K> {
    crate::table!(inherent_methods);

    #[inline(always)]
    #[track_caller]
    fn with_constant<R: Rule<2>>(self, c: f64) -> Self {
        Self::fixed::<R, 2>([self, Self::lit(c)])
    }

    #[inline(always)]
    #[track_caller]
    fn of_constant<R: Rule<2>>(c: f64, x: Self) -> Self {
        Self::fixed::<R, 2>([Self::lit(c), x])
    }
}

crate::nested! { F, [const K: usize] Taylor<F, K> }

#[cfg(test)]
mod tests {
    use super::Taylor;
    use crate::Real;
    use crate::rows::MulAdd;

    #[test]
    fn a_sum_with_a_product_is_known_as_far_as_all_three() {
        let x = Taylor::<f64, 4>::series(&[0.5, 1.0, 0.25, 2.0, -1.0]);
        for k in 0..3 {
            let mut operands = [x; 3];
            operands[k] = x.truncated(2);
            let [a, b, c] = operands;
            let y = Taylor::fixed::<MulAdd, 3>(operands);
            assert_eq!(y.order(), 2, "operand {k}");
            assert_eq!(y.coefficients().collect::<Vec<_>>(), (a * b + c).coefficients().collect::<Vec<_>>());
        }
    }
}
