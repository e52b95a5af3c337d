//! Forward mode by stages: a function is read at dual numbers with as many tangents as it has arguments, and the
//! chain rule joins it to what made them. Cheaper than to carry all directions through every step where few numbers
//! pass from one stage to the next.

use wengert::Dual;

/// The variable of that direction.
#[inline(always)]
pub(crate) fn along<const N: usize>(value: f64, direction: usize) -> Dual<f64, N> {
    let mut variable = Dual { value, tangent: [0.0; N] };
    variable.tangent[direction] = 1.0;
    variable
}

/// `Σ pₖ ẋₖ`: the tangents of a result from its partials and its arguments' tangents. A partial that is 0 adds
/// nothing.
#[inline(always)]
pub(crate) fn join<'a, const N: usize>(
    partials: &[f64],
    arguments: impl IntoIterator<Item = &'a [f64; N]>,
) -> [f64; N] {
    let mut sum = [0.0; N];
    for (p, tangent) in partials.iter().zip(arguments) {
        if *p != 0.0 {
            for (sum, t) in sum.iter_mut().zip(tangent) {
                *sum += p * t;
            }
        }
    }
    sum
}
