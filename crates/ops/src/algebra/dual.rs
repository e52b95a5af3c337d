//! Dual numbers: a value and `N` tangents, carried forward together.
//!
//! A rule read here is its value at `T`, and each tangent is `Σₖ ẋₖ·∂φ/∂xₖ`, with the partials read at `T` too.
//! So `Dual<Dual<f64>>` gives second derivatives. Comparisons look at values alone.
//!
//! Cost of an operation: its value and partials once, then `N` multiplications and additions an operand.

use core::fmt;

use crate::rule::{Mapped, Operands, Real, Rule, Variadic};

/// A value and its derivatives in `N` directions.
///
/// ```
/// use wengert_ops::Dual;
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
    /// use wengert_ops::Dual;
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

impl<T: Real, const N: usize> Real for Dual<T, N> {
    #[inline(always)]
    fn lit(x: f64) -> Self {
        Self::constant(T::lit(x))
    }

    #[inline(always)]
    #[track_caller]
    fn fixed<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self {
        let primal = x.map(|x| x.value);
        let value = T::fixed::<R, A>(primal);
        let partials = R::partials(primal, value);
        // As long as all is finite, zeros need no care: then the tangents are found several at a time.
        let sum = |product: fn(T, T) -> T| {
            core::array::from_fn(|d| {
                let mut sum = product(x[0].tangent[d], partials[0]);
                for k in 1..A {
                    sum = sum + product(x[k].tangent[d], partials[k]);
                }
                sum
            })
        };
        if T::all_finite(&[]).is_some() {
            let tangent = sum(|t, p| t * p);
            if T::all_finite(&tangent) == Some(true) {
                return Self { value, tangent };
            }
        }
        Self { value, tangent: sum(T::pull) }
    }

    #[track_caller]
    fn variadic<R: Variadic>(x: &impl Operands<Self>) -> Self {
        let primals = Mapped::new(x, |x: Self| x.value);
        let value = T::variadic::<R>(&primals);
        let mut tangent = [T::lit(0.0); N];
        R::partials(&primals, value, &mut Vec::new(), |k, p| {
            for (sum, t) in tangent.iter_mut().zip(x.get(k).tangent) {
                *sum = *sum + T::pull(t, p);
            }
        });
        Self { value, tangent }
    }

    #[inline(always)]
    fn times(g: Self, p: Self) -> Self {
        Self {
            value: T::times(g.value, p.value),
            tangent: core::array::from_fn(|d| {
                T::times(g.tangent[d], p.value) + T::times(g.value, p.tangent[d])
            }),
        }
    }

    #[inline]
    fn all_finite(numbers: &[Self]) -> Option<bool> {
        T::all_finite(&[])?;
        // 0·x is 0 or NaN. Several sums, so that none waits for the other.
        let zero = T::lit(0.0);
        let mut sums = [Self::constant(zero); 4];
        let mut chunks = numbers.chunks_exact(sums.len());
        for chunk in &mut chunks {
            for (sum, x) in sums.iter_mut().zip(chunk) {
                sum.value = sum.value + T::times(x.value, zero);
                for (sum, t) in sum.tangent.iter_mut().zip(x.tangent) {
                    *sum = *sum + T::times(t, zero);
                }
            }
        }
        let finite = |x: &Self| Some(T::all_finite(&[x.value])? && T::all_finite(&x.tangent)?);
        let mut all = true;
        for x in sums.iter().chain(chunks.remainder()) {
            all &= finite(x)?;
        }
        Some(all)
    }

    #[inline(always)]
    fn primal(self) -> f64 {
        self.value.primal()
    }

    #[inline(always)]
    #[track_caller]
    fn select(condition: Self, a: Self, b: Self) -> Self {
        Self {
            value: T::select(condition.value, a.value, b.value),
            tangent: core::array::from_fn(|d| T::select(condition.value, a.tangent[d], b.tangent[d])),
        }
    }

    #[inline(always)]
    fn pull(g: Self, p: Self) -> Self {
        // (g·p)˙ = ġ·p + g·ṗ, each product annihilated by its own zeros: so a factor that is 0 in all its
        // components gives exactly 0, and one that is 0 in its value alone keeps its tangents.
        Self {
            value: T::pull(g.value, p.value),
            tangent: core::array::from_fn(|d| {
                T::pull(g.tangent[d], p.value) + T::pull(g.value, p.tangent[d])
            }),
        }
    }

    #[track_caller]
    fn invalid(why: crate::rule::Invalid) -> Self {
        Self::constant(T::invalid(why))
    }
}

impl<T: Real, const N: usize> Dual<T, N> {
    crate::table!(inherent_methods);
}

crate::nested! { T, [const N: usize] Dual<T, N> }

impl<T: fmt::Debug, const N: usize> fmt::Debug for Dual<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} + {:?}ε", self.value, self.tangent)
    }
}

impl<T: fmt::Display, const N: usize> fmt::Display for Dual<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)?;
        f.write_str(" + [")?;
        for (k, t) in self.tangent.iter().enumerate() {
            if k > 0 {
                f.write_str(", ")?;
            }
            fmt::Display::fmt(t, f)?;
        }
        f.write_str("]ε")
    }
}
