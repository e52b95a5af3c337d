//! The structure of derivatives: which partials of an operation are identically 0, and by which operands each of them
//! varies. It is found by reading the rule at a number that knows nothing but the operands it was made of, so that no row
//! says it and none can say it wrongly.
//!
//! Invariant: what is called 0 here is computed as exactly 0 by dual numbers at every point where all is finite; what is
//! not called 0 may still be. This is *not* the structure of a tape (see `wengert-tape`, `sparse/`).

use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::opcodes::Op;
use crate::operands::Operands;
use crate::rule::{PartialKind, Real, Rule, Shortcuts, Variadic, Visitor};
use crate::visit::Info;

/// Which of the first and second partials of an operation can differ from 0.
///
/// ```
/// use wengert::ops::{Op, Structure};
///
/// let quotient = Op::from_name("div").unwrap().structure();
/// let Structure::Fixed { partials, second } = quotient else { panic!() };
/// assert_eq!(partials, 0b11); // by both operands
/// assert_eq!(second[0], 0b10); // ∂²(a/b)/∂a∂b, and not ∂²/∂a²
/// assert_eq!(second[1], 0b11);
/// // Piecewise linear: |x| has no second derivative but at its kink.
/// assert_eq!(Op::from_name("abs").unwrap().structure(), Structure::Fixed { partials: 1, second: [0; 4] });
/// assert_eq!(Op::from_name("dot").unwrap().structure(), Structure::Halves);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structure {
    /// A row of fixed arity, in bits by operand.
    Fixed {
        /// Bit `k`: `∂φ/∂xₖ` is not identically 0.
        partials: u8,
        /// Bit `j` of `second[k]`, as bit `k` of `second[j]`: `∂²φ/∂xₖ∂xⱼ` is not identically 0.
        second: [u8; 4],
    },
    /// Any number of operands, with constant partials.
    Linear,
    /// Any number of operands, each with a second derivative by itself alone.
    Squares,
    /// Two halves of one length, each operand with a second derivative by the one at its place of the other half alone.
    Halves,
    /// Nothing is known: any number of operands, all pairs of which can have a second derivative.
    Full,
}

impl Structure {
    /// The structure of a rule's derivatives: [`Op::structure`] for rules outside the table too. Of more operands than four it
    /// is [`Full`](Self::Full).
    ///
    /// ```
    /// use wengert::{ops::{Real, Structure}, rule};
    ///
    /// rule! {
    ///     /// `a·sin b`.
    ///     Swing "swing" (a, b) { a * b.sin() } d(a, b => _) { [b.sin(), a * b.cos()] }
    /// }
    /// let expected = Structure::Fixed { partials: 0b11, second: [0b10, 0b11, 0, 0] };
    /// assert_eq!(Structure::of::<Swing, 2>(), expected);
    /// ```
    ///
    /// Cost: its partials, read once.
    #[must_use]
    pub fn of<R: Rule<A>, const A: usize>() -> Self {
        if A > 4 {
            return Self::Full;
        }
        let operand = |k: usize| Origin { zero: false, operands: 1 << k };
        let x: [Origin; A] = core::array::from_fn(operand);
        let mask = |keep: &dyn Fn(usize) -> bool| (0..A).filter(|k| keep(*k)).map(|k| 1 << k).sum::<u8>();
        // The result reaches what the partials that are not 0 belong to; those, whatever the result is.
        let zeros = R::partials(x, operand(0)).map(|p| p.zero);
        let partials = mask(&|k| !zeros[k] && R::KINDS[k] != PartialKind::Zero);
        let slopes = R::partials(x, Origin { zero: false, operands: partials });
        let varies = |k: usize, j: usize| !slopes[k].zero && slopes[k].operands & (1 << j) & partials != 0;
        let mut second = [0; 4];
        for (k, second) in second.iter_mut().enumerate().take(A) {
            if partials & (1 << k) != 0 {
                *second = mask(&|j| varies(k, j) || (partials & (1 << j) != 0 && varies(j, k)));
            }
        }
        Self::Fixed { partials, second }
    }

    /// Whether no pair of operands has a second derivative.
    #[must_use]
    pub fn is_linear(self) -> bool {
        matches!(self, Self::Linear | Self::Fixed { second: [0, 0, 0, 0], .. })
    }
}

impl Op {
    /// The structure of the operation's derivatives. Cost: its partials, read once.
    #[must_use]
    pub fn structure(self) -> Structure {
        self.visit(StructureOf(self.info()))
    }
}

struct StructureOf(&'static Info);

impl Visitor for StructureOf {
    type Output = Structure;
    fn input(self) -> Structure {
        Structure::Fixed { partials: 0, second: [0; 4] }
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Structure {
        Structure::of::<R, A>()
    }
    fn variadic<R: Variadic>(self) -> Structure {
        match R::KIND {
            PartialKind::Zero | PartialKind::One | PartialKind::MinusOne | PartialKind::Datum => {
                Structure::Linear
            }
            PartialKind::Twice | PartialKind::TwiceResidual => Structure::Squares,
            PartialKind::Other if self.0.halves => Structure::Halves,
            PartialKind::Other | PartialKind::Saved => Structure::Full,
        }
    }
    fn foreign(self) -> Structure {
        Structure::Full
    }
}

/// Which operands a number was made of, and whether it is 0 whatever they are.
#[derive(Clone, Copy, Debug)]
struct Origin {
    zero: bool,
    operands: u8,
}

impl Origin {
    const ZERO: Self = Self { zero: true, operands: 0 };

    fn both(self, other: Self) -> Self {
        Self { zero: self.zero && other.zero, operands: self.operands | other.operands }
    }

    fn product(self, other: Self) -> Self {
        if self.zero || other.zero { Self::ZERO } else { self.both(other) }
    }
}

impl Shortcuts for Origin {}

impl Real for Origin {
    fn lit(x: f64) -> Self {
        Self { zero: x == 0.0, operands: 0 }
    }
    fn fixed<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self {
        let followed = x.iter().zip(R::KINDS).filter(|(_, kind)| *kind != PartialKind::Zero);
        Self { zero: false, operands: followed.fold(0, |all, (x, _)| all | x.operands) }
    }
    fn variadic<R: Variadic>(x: &impl Operands<Self>) -> Self {
        Self { zero: false, operands: (0..x.len()).fold(0, |all, k| all | x.get(k).operands) }
    }
    /// A condition is followed by no derivative.
    fn select(_condition: Self, a: Self, b: Self) -> Self {
        a.both(b)
    }
    fn pull(g: Self, p: Self) -> Self {
        g.product(p)
    }
    fn primal(self) -> f64 {
        f64::NAN
    }
    fn map_parts(self, _value: impl Fn(f64) -> f64 + Copy, _part: impl Fn(f64) -> f64 + Copy) -> Self {
        self
    }
}

impl Add for Origin {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.both(other)
    }
}

impl Sub for Origin {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.both(other)
    }
}

impl Mul for Origin {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.product(other)
    }
}

impl Div for Origin {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        self.product(Self { zero: false, ..other })
    }
}

impl Neg for Origin {
    type Output = Self;
    fn neg(self) -> Self {
        self
    }
}
