//! Number types told apart while running: an operation is reached by way of a tape that knows none, and some of what it does is
//! there for some types alone. For those who write operations. Each question is settled while compiling; nothing is looked up.

use core::any::Any;
use core::cell::Cell;

use wengert_ops::Real;

use crate::var::{Recorded, Var};

/// The same number, where it is of that type.
#[inline(always)]
#[must_use]
pub fn cast<T: Copy + 'static, U: Copy + 'static>(x: T) -> Option<U> {
    (&x as &dyn Any).downcast_ref::<U>().copied()
}

/// The variable that a number of a recording type is.
#[inline(always)]
#[must_use]
pub fn variable<T: Real>(x: T) -> Option<Var> {
    cast::<T, Var>(x).or_else(|| cast::<T, Recorded>(x).map(|x| x.0))
}

/// Whether what is done with these numbers is recorded.
#[inline(always)]
#[must_use]
pub fn records<T: Real>() -> bool {
    variable(T::lit(0.0)).is_some()
}

/// The number of a recording type that is a variable; NaN at other types.
#[must_use]
pub fn of_variable<T: Real>(v: Var) -> T {
    cast::<Var, T>(v).or_else(|| cast(Recorded(v))).unwrap_or_else(|| T::lit(f64::NAN))
}

/// Whether a number is known to be 0 in all its components, so that nothing comes of it.
#[must_use]
pub fn is_zero<T: Real>(g: T) -> bool {
    match variable(g) {
        // A value that happens to be 0 here may not be elsewhere.
        Some(g) => g.is_constant() && g.plain() == 0.0,
        None => !any(g, |part| part != 0.0),
    }
}

/// Whether something holds of a float in the number: of its value, or of a part of a derivative.
fn any<T: Real>(x: T, holds: impl Fn(f64) -> bool + Copy) -> bool {
    let found = Cell::new(false);
    let look = |part: f64| {
        found.set(found.get() | holds(part));
        part
    };
    let _ = x.map_parts(look, look);
    found.get()
}

/// Whether a number, or a part of its derivatives, is NaN.
#[must_use]
pub fn has_nan<T: Real>(x: T) -> bool {
    any(x, f64::is_nan)
}

/// Whether a number has no derivative but 0.
#[must_use]
pub fn is_still<T: Real>(x: T) -> bool {
    T::ORDER == 0 || is_zero(with_value(x, 0.0))
}

/// The same derivatives of another value.
#[must_use]
pub fn with_value<T: Real>(x: T, value: f64) -> T {
    x.map_parts(|_| value, |part| part)
}

/// A value of which no derivative is known: they are NaN.
#[must_use]
pub fn unknown<T: Real>(value: f64) -> T {
    T::lit(value).map_parts(|value| value, |_| f64::NAN)
}

#[cfg(test)]
mod tests {
    use wengert_ops::Dual;

    use super::*;
    use crate::tag::{RecordingId, Tag};

    #[test]
    fn zero_in_all_components() {
        let dual = |value, tangent| Dual::<f64, 2> { value, tangent };
        assert!(is_zero(0.0) && is_zero(-0.0_f32) && is_zero(dual(0.0, [0.0; 2])));
        for g in [1e-300, f64::NAN, f64::INFINITY] {
            assert!(!is_zero(g) && !is_zero(dual(g, [0.0; 2])) && !is_zero(dual(0.0, [0.0, g])));
        }
        assert!(is_zero(Var::constant(0.0)) && is_zero(Recorded(Var::constant(0.0))));
        assert!(!is_zero(Recorded(Var::active(0.0, Tag::base(RecordingId::new(1).unwrap())))));
    }

    #[test]
    fn types_are_told_apart() {
        assert!(records::<Var>() && records::<Recorded>() && !records::<f64>() && !records::<Dual>());
        assert_eq!(cast::<f64, f64>(2.5), Some(2.5));
        assert_eq!(cast::<f32, f64>(2.5), None);
        assert_eq!(of_variable::<Recorded>(Var::constant(3.0)).0.plain(), 3.0);
    }
}
