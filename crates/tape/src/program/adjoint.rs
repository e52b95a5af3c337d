//! What a reverse sweep carries for each node: one adjoint, or those of several seeds.

use core::array::from_fn;

use wengert_ops::Real;

/// What a sweep carries at the number type `T`: one adjoint a node, or [`Several`].
pub trait Adjoint<T: Real>: Copy + 'static {
    /// Whether the sweep is compiled ahead ([`Real::AHEAD`]).
    #[doc(hidden)]
    const AHEAD: bool = false;
    /// How many seeds' adjoints it is.
    const SEEDS: usize;
    /// The adjoint of one seed.
    fn of_seed(self, seed: usize) -> T;
    /// From the adjoint of each seed.
    fn by_seed(adjoint: impl FnMut(usize) -> T) -> Self;
    /// No contribution yet.
    fn zero() -> Self;
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
    const AHEAD: bool = T::AHEAD;
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
    fn zero() -> Self {
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
    const AHEAD: bool = T::IS_DOUBLE && N == crate::drive::program::WIDTH;
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
    fn zero() -> Self {
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
