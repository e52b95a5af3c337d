//! What a reverse sweep carries for each node: one adjoint, or those of several seeds; and what a run adds to those of its
//! operands.

use core::array::from_fn;

use wengert_ops::__private::Ahead;
use wengert_ops::Real;

use super::plan::Stride;

pub use wengert_tape::call::WIDEST;

/// What sweeps that are compiled ahead carry. `common.rs` matches on all of these.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SweptAhead {
    Double,
    Single,
    Dual,
    FourDuals,
    EightDuals,
    FourSeeds,
    EightSeeds,
}

/// What a sweep carries at the number type `T`: one adjoint a node, or [`Several`].
pub trait Adjoint<T: Real>: Copy + 'static {
    /// Which of the sweeps that are compiled ahead is its.
    #[doc(hidden)]
    const AHEAD: Option<SweptAhead> = None;
    /// How many seeds' adjoints it is.
    const SEEDS: usize;
    /// The adjoint of one seed.
    fn of_seed(self, seed: usize) -> T;
    /// From the adjoint of each seed.
    fn by_seed(adjoint: impl FnMut(usize) -> T) -> Self;
    /// No contribution yet.
    fn nothing() -> Self;
    /// Whether all of these are finite; `None` where the type does not say.
    fn all_finite(adjoints: &[Self]) -> Option<bool>;
    /// The sum with a contribution.
    #[must_use]
    fn accumulate(self, contribution: Self) -> Self;
    /// The negative.
    #[must_use]
    fn negated(self) -> Self;
    /// The product with a partial.
    #[must_use]
    fn times(self, p: T) -> Self;
    /// The product with a partial, 0 where either is: [`Real::pull`].
    #[must_use]
    fn pull(self, p: T) -> Self;
}

impl<T: Real> Adjoint<T> for T {
    const AHEAD: Option<SweptAhead> = match T::AHEAD {
        // Series are run forward; who sweeps back at one compiles it.
        None | Some(Ahead::FourthOrder | Ahead::EighthOrder) => None,
        Some(Ahead::Double) => Some(SweptAhead::Double),
        Some(Ahead::Single) => Some(SweptAhead::Single),
        Some(Ahead::Dual) => Some(SweptAhead::Dual),
        Some(Ahead::FourDuals) => Some(SweptAhead::FourDuals),
        Some(Ahead::EightDuals) => Some(SweptAhead::EightDuals),
    };
    const SEEDS: usize = 1;
    #[inline]
    fn of_seed(self, _seed: usize) -> T {
        self
    }
    #[inline]
    fn by_seed(mut adjoint: impl FnMut(usize) -> T) -> Self {
        adjoint(0)
    }
    #[inline(always)]
    fn nothing() -> Self {
        T::lit(0.0)
    }
    #[inline]
    fn all_finite(adjoints: &[Self]) -> Option<bool> {
        T::all_finite(adjoints)
    }
    #[inline(always)]
    fn accumulate(self, contribution: Self) -> Self {
        T::accumulate(self, contribution)
    }
    #[inline(always)]
    fn negated(self) -> Self {
        -self
    }
    #[inline(always)]
    fn times(self, p: T) -> Self {
        T::times(self, p)
    }
    #[inline(always)]
    fn pull(self, p: T) -> Self {
        T::pull(self, p)
    }
}

/// The adjoints of `N` seeds, swept at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Several<T, const N: usize>(pub [T; N]);

impl<T: Copy, const N: usize> Several<T, N> {
    /// Not by `map`, which takes the compiler long.
    #[inline(always)]
    fn by_lane(mut self, f: impl Fn(T, usize) -> T) -> Self {
        for (lane, g) in self.0.iter_mut().enumerate() {
            *g = f(*g, lane);
        }
        self
    }
}

impl<T: Real, const N: usize> Adjoint<T> for Several<T, N> {
    const AHEAD: Option<SweptAhead> = match N {
        4 if T::IS_DOUBLE => Some(SweptAhead::FourSeeds),
        WIDEST if T::IS_DOUBLE => Some(SweptAhead::EightSeeds),
        _ => None,
    };
    const SEEDS: usize = N;
    #[inline]
    fn of_seed(self, seed: usize) -> T {
        self.0[seed]
    }
    #[inline]
    fn by_seed(adjoint: impl FnMut(usize) -> T) -> Self {
        Self(from_fn(adjoint))
    }
    #[inline(always)]
    fn nothing() -> Self {
        Self([T::lit(0.0); N])
    }
    fn all_finite(adjoints: &[Self]) -> Option<bool> {
        let mut all = T::all_finite(&[]);
        for adjoint in adjoints {
            all = Some(all? & T::all_finite(&adjoint.0)?);
        }
        all
    }
    #[inline(always)]
    fn accumulate(self, contribution: Self) -> Self {
        self.by_lane(|g, lane| T::accumulate(g, contribution.0[lane]))
    }
    #[inline(always)]
    fn negated(self) -> Self {
        self.by_lane(|g, _| -g)
    }
    #[inline(always)]
    fn times(self, p: T) -> Self {
        self.by_lane(|g, _| T::times(g, p))
    }
    #[inline(always)]
    fn pull(self, p: T) -> Self {
        self.by_lane(|g, _| T::pull(g, p))
    }
}

/// Adjoints that a run's nodes add to.
pub(super) struct Target<'a, G> {
    pub(super) slots: &'a mut [G],
    /// Those of the nodes themselves.
    pub(super) own: &'a [G],
    pub(super) stride: Stride,
}

impl<G: Copy> Target<'_, G> {
    #[inline(always)]
    pub(super) fn add<T: Real>(self, change: impl Fn(usize, G) -> G)
    where
        G: Adjoint<T>,
    {
        match self.stride {
            Stride::Next => {
                for (k, (slot, g)) in self.slots.iter_mut().zip(self.own).enumerate() {
                    *slot = slot.accumulate(change(k, *g));
                }
            }
            Stride::Same => {
                // Several sums, so that none waits for the other.
                let mut sums = [G::nothing(); 4];
                if const { size_of::<G>() > 16 } {
                    // The same ones, in less code: the parts of a number do not wait for each other.
                    let whole = self.own.len() - self.own.len() % sums.len();
                    for (k, g) in self.own.iter().enumerate() {
                        let sum = &mut sums[if k < whole { k % 4 } else { 0 }];
                        *sum = sum.accumulate(change(k, *g));
                    }
                    let [a, b, c, d] = sums;
                    self.slots[0] = self.slots[0].accumulate(a.accumulate(b).accumulate(c.accumulate(d)));
                    return;
                }
                let mut nodes = self.own.chunks_exact(sums.len());
                let mut k = 0;
                for chunk in &mut nodes {
                    for (sum, g) in sums.iter_mut().zip(chunk) {
                        *sum = sum.accumulate(change(k, *g));
                        k += 1;
                    }
                }
                for g in nodes.remainder() {
                    sums[0] = sums[0].accumulate(change(k, *g));
                    k += 1;
                }
                let [a, b, c, d] = sums;
                self.slots[0] = self.slots[0].accumulate(a.accumulate(b).accumulate(c.accumulate(d)));
            }
        }
    }
}
