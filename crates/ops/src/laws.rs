//! What is true of an operation besides its value and partials: laws by which a tape may be made smaller.
//!
//! A row of the table declares its laws in a column of its own. Passes ask for laws and never for names, so an
//! operation without any is simply left alone. A [`Law`] holds *bit for bit at every input* (NaN, infinities, zeros of
//! either sign and subnormals included; any NaN equals any NaN), and both sides have the same derivatives of first and
//! second order at every point, those that are conventions included (but for [`Law::Picks`] and [`Law::Computes`]); a test
//! holds each declaration to that, at `f64`, `f32` and dual numbers. A [`Regrouping`] holds among real numbers alone, and is used
//! only where that is asked for.
//!
//! This is *not* where any operation is named (`table.rs`), nor what is done with a law (the passes of
//! `wengert-tape`).

use crate::opcodes::Op;

/// Something that holds exactly of the row `φ` that declares it.
///
/// ```
/// use wengert::ops::{Law, Op};
///
/// // a + b = b + a. But a − b is not b − a.
/// assert!(Op::Add.info().laws.contains(&Law::Commutes));
/// assert!(!Op::Sub.info().laws.contains(&Law::Commutes));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Law {
    /// `φ(a, b, …) = φ(b, a, …)`.
    Commutes,
    /// With the constant `c` (by its bits) as operand `k`, `φ` is something simpler.
    At(usize, f64, Then),
    /// Of so many operands, `φ` is something simpler.
    Of(usize, Then),
    /// `φ(ψ(x)) = φ(x)`. Where `ψ` is `φ`, the operation is idempotent.
    Ignores(Op),
    /// `φ(φ(x)) = x`.
    Involution,
    /// `φ(a, ψ(b)) = χ(a, b)`, for `Through(ψ, χ)`.
    Through(Op, Op),
    /// `φ(ψ(a), ψ(b), …) = φ(a, b, …)`, where `ψ(ψ(c)) = c`.
    Cancels(Op),
    /// `φ(ψ(a, c)) = ψ(a, φ(c))`, so that a constant `c` takes `φ` in.
    Enters(Op),
    /// `φ(c, a, b)` is `a` where `c ≠ 0`, else `b`; for a constant `c` that does not become 0 at `f32` alone. And
    /// `φ(x, a, a) = a`.
    Chooses,
    /// `φ(a, c) = χ(a, 1/c)` where `c` is a power of two and neither `c` nor `1/c` leaves the normal numbers of `f32`.
    Reciprocal(Op),
    /// `φ(φ(a, b), c) = Φ(a, b, c)`, and so on: the n-ary row `Φ` does from first to last what a chain of `φ` does.
    Chains(Op),
    /// The value of `φ` is what a number type's own arithmetic computes, so that those who run values alone may do it with others
    /// in one step.
    Computes(Arithmetic),
    /// `φ(x, x, …) = x`, of one and the same variable. It alone holds of *values* only: of operands that are equal by chance
    /// each has its slope, which add up to more. So it is no pass's to use; a recorder, who sees that there is one variable and
    /// no tie, gives it back.
    Picks,
}

/// What number types do without the table ([`Real`](crate::Real)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// `a + b`, and so on from first to last.
    Sum,
    /// `a * b`.
    Product,
    /// [`Real::pull`](crate::Real::pull)`(a, b)`.
    Pull,
    /// `a·b + c`, rounded once.
    Fused,
    /// `Σ aₖbₖ` of two halves in four running sums by `k mod 4`, from 0, joined as `(s₀ + s₁) + (s₂ + s₃)`.
    Dot,
    /// `Σ xₖ²`, summed as that.
    Squares,
    /// `Σ xₖwₖ` with data `wₖ`, summed as that.
    Weighted,
}

/// What an operation becomes at some operands.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Then {
    /// The one operand that is left.
    Rest,
    /// A constant.
    Constant(f64),
    /// Another operation of the operands that are left, in their order.
    Is(Op),
}

/// Something that holds of the row `φ` among real numbers, and up to rounding at floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Regrouping {
    /// `φ` is associative and commutes: any tree of it is the n-ary row `Φ` of its leaves.
    Gathers(Op),
    /// `Φ(ψ(a₁, b₁), ψ(a₂, b₂), …) = χ(a₁, a₂, … b₁, b₂, …)`, for `Terms(ψ, χ)`; of a `ψ` of one operand, `χ(a₁, a₂, …)`.
    Terms(Op, Op),
    /// `φ(ψ(a, b), c) = χ(a, b, c)`, for `Fuses(ψ, χ)`, rounded once instead of twice.
    Fuses(Op, Op),
}

/// What the rows of the table say of themselves. Rules outside it have no opcode to say it by.
pub(crate) trait Declared {
    const LAWS: &'static [Law] = &[];
    const REGROUPINGS: &'static [Regrouping] = &[];
}
