//! Elementary functions that are made for several lanes at once, at both floats: `both.rs` what they have in common,
//! `double.rs` and `single.rs` the coefficients and the trigonometry of each.
//!
//! What they are worth was measured over the whole range: the book's chapter *Batches* has the table.

mod both;
#[allow(clippy::unreadable_literal, clippy::excessive_precision)] // coefficients, as they were fitted
mod double;
#[allow(clippy::unreadable_literal, clippy::excessive_precision)] // as above
mod single;

use crate::rule::Primitive;

/// Beyond this size of its operand, sine, cosine and tangent are the standard library's.
pub(crate) const FAR: f64 = 1e5;

macro_rules! functions {
    ($($name:ident)*) => { $(
        #[inline(always)]
        pub(crate) fn $name<F: Primitive>(x: F) -> F {
            let x = x.wide();
            F::of(if F::IS_DOUBLE { double::$name(x) } else { f64::from(single::$name(x as f32)) })
        }
    )* };
}
functions! { exp exp2 exp_m1 ln log2 log10 ln_1p sin cos tan asin acos atan sinh cosh tanh erf erfc }
