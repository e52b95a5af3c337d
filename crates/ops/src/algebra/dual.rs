//! Dual numbers: a value and `N` tangents, carried forward together.
//!
//! A rule read here is its value at `T`, and each tangent is `Σₖ ẋₖ·∂φ/∂xₖ`, with the partials read at `T` too.
//! So `Dual<Dual<f64>>` gives second derivatives. Comparisons look at values alone.
//!
//! Cost of an operation: its value and partials once, then `N` multiplications and additions an operand.

use core::fmt;

use crate::operands::{Mapped, Operands};
use crate::rule::{Ahead, Invalid, PartialKind, Real, Rule, Shortcuts, Variadic};

/// A value and its derivatives in `N` directions.
///
/// ```
/// use wengert::Dual;
/// // f(x, y) = x·y at (4, −3), both partials in one evaluation.
/// let x = Dual { value: 4.0, tangent: [1.0, 0.0] };
/// let y = Dual { value: -3.0, tangent: [0.0, 1.0] };
/// let f = x * y;
/// assert_eq!((f.value, f.tangent), (-12.0, [-3.0, 4.0]));
/// ```
#[derive(Clone, Copy)]
pub struct Dual<T = f64, const N: usize = 1> {
    /// The primal value.
    pub value: T,
    /// One tangent a direction.
    pub tangent: [T; N],
}

impl<T: Real, const N: usize> Dual<T, N> {
    /// A constant: its tangents are 0.
    #[inline]
    #[must_use]
    pub fn constant(value: T) -> Self {
        Self { value, tangent: [T::lit(0.0); N] }
    }

    /// The variable of direction `direction`: tangent 1 there, 0 elsewhere; `None` where there is no such
    /// direction.
    #[inline]
    #[must_use]
    pub fn along(value: T, direction: usize) -> Option<Self> {
        let mut x = Self::constant(value);
        *x.tangent.get_mut(direction)? = T::lit(1.0);
        Some(x)
    }
}

impl<T: Real> Dual<T, 1> {
    /// The variable that is differentiated by: tangent 1.
    ///
    /// ```
    /// use wengert::Dual;
    /// let x = Dual::variable(Dual::variable(3.0)); // nested: second derivatives
    /// let y = x * x * x;
    /// assert_eq!(y.tangent[0].tangent[0], 18.0); // (x³)″ = 6x
    /// ```
    #[inline]
    #[must_use]
    pub fn variable(value: T) -> Self {
        Self { value, tangent: [T::lit(1.0)] }
    }
}

/// The tangents of `Σ aₖbₖ`, with that product.
#[inline(always)]
fn products<T: Real, const N: usize>(
    n: usize,
    pair: impl Fn(usize) -> (Dual<T, N>, Dual<T, N>),
    product: impl Fn(T, T) -> T,
) -> [T; N] {
    // Several sums, so that none waits for the other.
    let mut sums = [[T::lit(0.0); N]; 4];
    for k in 0..n {
        let (a, b) = pair(k);
        for (d, sum) in sums[k % 4].iter_mut().enumerate() {
            *sum = *sum + (product(a.tangent[d], b.value) + product(b.tangent[d], a.value));
        }
    }
    each(|d| (sums[0][d] + sums[1][d]) + (sums[2][d] + sums[3][d]))
}

/// The tangents of `Σ wₖxₖ` with data `wₖ`, with that product.
#[inline(always)]
fn weighted<T: Real, const N: usize>(x: &impl Operands<Dual<T, N>>, product: impl Fn(T, T) -> T) -> [T; N] {
    let mut sums = [[T::lit(0.0); N]; 4];
    for (k, w) in x.data().iter().enumerate().take(x.len()) {
        let (tangent, w) = (x.get(k).tangent, T::lit(*w));
        for (sum, t) in sums[k % 4].iter_mut().zip(tangent) {
            *sum = *sum + product(t, w);
        }
    }
    each(|d| (sums[0][d] + sums[1][d]) + (sums[2][d] + sums[3][d]))
}

/// One number a direction. Not by `from_fn`, whose result the compiler moves through integer registers; nor by an iterator,
/// which takes it long, and this is compiled for each row at each width.
#[inline(always)]
fn each<T: Real, const N: usize>(f: impl Fn(usize) -> T) -> [T; N] {
    let (mut all, mut d) = ([T::lit(0.0); N], 0);
    while d < N {
        all[d] = f(d);
        d += 1;
    }
    all
}

/// No operand is a constant; as many operands are in no row.
const NONE: usize = usize::MAX;

/// A rule's value, and the tangents by the chain rule, `Σₖ ẋₖ·∂φ/∂xₖ`, with that product. Operand `C` is a constant.
#[inline(always)]
#[track_caller]
fn chained<R: Rule<A>, T: Real, const A: usize, const N: usize, const C: usize>(
    x: [Dual<T, N>; A],
    product: impl Fn(T, T) -> T,
) -> Dual<T, N> {
    let (mut primal, mut k) = ([x[0].value; A], 1);
    while k < A {
        primal[k] = x[k].value;
        k += 1;
    }
    let value = T::fixed::<R, A>(primal);
    let partials = R::partials(primal, value);
    let tangent = each(|d| {
        let part = |k: usize| match R::KINDS[k] {
            _ if k == C => None,
            PartialKind::Zero => None,
            PartialKind::One => Some(x[k].tangent[d]),
            PartialKind::MinusOne => Some(-x[k].tangent[d]),
            _ => Some(product(x[k].tangent[d], partials[k])),
        };
        let mut sum = part(0);
        for k in 1..A {
            sum = match (sum, part(k)) {
                (Some(a), Some(b)) => Some(a + b),
                (a, b) => a.or(b),
            };
        }
        sum.unwrap_or_else(|| T::lit(0.0))
    });
    Dual { value, tangent }
}

/// A rule, of which operand `C` is a constant.
#[inline(always)]
#[track_caller]
fn by<R: Rule<A>, T: Real, const A: usize, const N: usize, const C: usize>(x: [Dual<T, N>; A]) -> Dual<T, N> {
    // As long as all is finite, zeros need no care, and several tangents are found at a time. Of one tangent the
    // question would cost more than the care.
    if N > 1 && T::all_finite(&[]).is_some() && !const { PartialKind::constant(&R::KINDS) } {
        let y = chained::<R, T, A, N, C>(x, |t, p| t * p);
        if T::all_finite(&y.tangent) == Some(true) {
            return y;
        }
        seldom();
    }
    chained::<R, T, A, N, C>(x, T::pull)
}

/// Says that what follows is seldom done, so that the compiler does not do it always and pick.
#[cold]
#[inline(never)]
fn seldom() {
    core::hint::black_box(());
}

impl<T: Real, const N: usize> Shortcuts for Dual<T, N> {
    const ORDER: usize = T::ORDER + 1;
    const DIRECTIONS: Option<usize> = if T::ORDER == 0 { Some(N) } else { None };
    const CAREFUL: bool = true;
    const AHEAD: Option<Ahead> = match N {
        1 if T::IS_DOUBLE => Some(Ahead::Dual),
        4 if T::IS_DOUBLE => Some(Ahead::FourDuals),
        8 if T::IS_DOUBLE => Some(Ahead::EightDuals),
        _ => None,
    };

    #[inline(always)]
    #[track_caller]
    fn fixed_freely<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self {
        chained::<R, T, A, N, NONE>(x, |t, p| t * p)
    }

    #[inline(always)]
    fn times(g: Self, p: Self) -> Self {
        Self {
            value: T::times(g.value, p.value),
            tangent: each(|d| T::times(g.tangent[d], p.value) + T::times(g.value, p.tangent[d])),
        }
    }

    #[inline]
    fn all_finite(numbers: &[Self]) -> Option<bool> {
        T::all_finite(&[])?;
        // 0·x is 0 or NaN. Several sums, so that none waits for the other; of all parts of a number at once: should finite
        // ones overflow, care is taken for nothing.
        let zero = T::lit(0.0);
        let whole = |x: &Self| x.tangent.iter().fold(x.value, |sum, t| sum + *t);
        let mut sums = [zero; 8];
        let mut chunks = numbers.chunks_exact(sums.len());
        for chunk in &mut chunks {
            for (sum, x) in sums.iter_mut().zip(chunk) {
                *sum = *sum + T::times(whole(x), zero);
            }
        }
        for x in chunks.remainder() {
            sums[0] = sums[0] + T::times(whole(x), zero);
        }
        T::all_finite(&sums)
    }

    fn tangent_in(self, direction: usize) -> f64 {
        self.tangent[direction].primal()
    }

    fn of_tangents(value: f64, tangent: impl Fn(usize) -> f64) -> Self {
        Self { value: T::lit(value), tangent: each(|d| T::lit(tangent(d))) }
    }
}

impl<T: Real, const N: usize> Real for Dual<T, N> {
    #[inline(always)]
    fn lit(x: f64) -> Self {
        Self::constant(T::lit(x))
    }

    #[inline(always)]
    #[track_caller]
    fn fixed<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self {
        by::<R, T, A, N, NONE>(x)
    }

    #[track_caller]
    fn variadic<R: Variadic>(x: &impl Operands<Self>) -> Self {
        let primals = Mapped::new(x, |x: Self| x.value);
        let value = T::variadic::<R>(&primals);
        // As long as all is finite, zeros need no care; with care, the sums have the same order.
        if R::KIND == PartialKind::Other {
            let (a, b) = x.halves();
            let pair = |k| (a.get(k), b.get(k));
            if T::all_finite(&[]).is_some() {
                let tangent = products(b.len(), pair, |t, p| t * p);
                if T::all_finite(&tangent) == Some(true) {
                    return Self { value, tangent };
                }
            }
            return Self { value, tangent: products(b.len(), pair, T::pull) };
        }
        if R::KIND == PartialKind::Datum {
            if T::all_finite(&[]).is_some() {
                let tangent = weighted(x, |t, w| t * w);
                if T::all_finite(&tangent) == Some(true) {
                    return Self { value, tangent };
                }
            }
            return Self { value, tangent: weighted(x, T::pull) };
        }
        let mut tangent = [T::lit(0.0); N];
        R::partials(&primals, value, &mut Vec::new(), |k, p| {
            for (sum, t) in tangent.iter_mut().zip(x.get(k).tangent) {
                *sum = *sum + T::pull(t, p);
            }
        });
        Self { value, tangent }
    }

    #[inline(always)]
    fn primal(self) -> f64 {
        self.value.primal()
    }

    #[inline]
    fn map_parts(self, value: impl Fn(f64) -> f64 + Copy, part: impl Fn(f64) -> f64 + Copy) -> Self {
        Self {
            value: self.value.map_parts(value, part),
            tangent: each(|d| self.tangent[d].map_parts(part, part)),
        }
    }

    #[inline(always)]
    #[track_caller]
    fn select(condition: Self, a: Self, b: Self) -> Self {
        Self {
            value: T::select(condition.value, a.value, b.value),
            tangent: each(|d| T::select(condition.value, a.tangent[d], b.tangent[d])),
        }
    }

    #[inline(always)]
    fn pull(g: Self, p: Self) -> Self {
        // (g·p)˙ = ġ·p + g·ṗ, each product annihilated by its own zeros: so a factor that is 0 in all its
        // components gives exactly 0, and one that is 0 in its value alone keeps its tangents.
        Self {
            value: T::pull(g.value, p.value),
            tangent: each(|d| T::pull(g.tangent[d], p.value) + T::pull(g.value, p.tangent[d])),
        }
    }

    #[track_caller]
    fn invalid(why: Invalid) -> Self {
        Self::constant(T::invalid(why))
    }
}

impl<T: Real, const N: usize> Dual<T, N> {
    crate::table!(inherent_methods);

    #[inline(always)]
    #[track_caller]
    fn with_constant<R: Rule<2>>(self, c: f64) -> Self {
        by::<R, T, 2, N, 1>([self, Self::lit(c)])
    }

    #[inline(always)]
    #[track_caller]
    fn of_constant<R: Rule<2>>(c: f64, x: Self) -> Self {
        by::<R, T, 2, N, 0>([Self::lit(c), x])
    }
}

crate::nested! { T, [const N: usize] Dual<T, N> }

impl<T: fmt::Debug, const N: usize> fmt::Debug for Dual<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} + {:?}ε", self.value, self.tangent)
    }
}

impl<T, const N: usize> Dual<T, N> {
    /// `value + [t₀, t₁, …]ε`.
    fn spell(
        &self,
        f: &mut fmt::Formatter<'_>,
        number: impl Fn(&T, &mut fmt::Formatter<'_>) -> fmt::Result,
    ) -> fmt::Result {
        number(&self.value, f)?;
        f.write_str(" + [")?;
        for (k, t) in self.tangent.iter().enumerate() {
            f.write_str(if k > 0 { ", " } else { "" })?;
            number(t, f)?;
        }
        f.write_str("]ε")
    }
}

spelled! { [const N: usize] Dual, N }
