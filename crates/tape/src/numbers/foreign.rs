//! [`Var`] as a number of other crates: `num_traits`, `approx`, `nalgebra`, `ndarray`. Constants are made without
//! a recording, arithmetic is the table's, and what is asked of values is recorded as guards.
//!
//! The traits themselves are written once, in `wengert-ops`.

use core::num::FpCategory;
use core::panic::Location;

use num_traits::ToPrimitive;

use crate::var::Var;
use wengert_ops::Test;

/// What the macros ask of a number type; each answer is a guard on no more than was asked.
impl Var {
    /// The value that leaves the recording: a read.
    #[inline]
    #[track_caller]
    fn primal_taken(self) -> f64 {
        self.value()
    }

    /// The value, where all of it is asked for: a tape is then right for this value alone.
    #[inline]
    #[track_caller]
    fn primal_whole(self) -> f64 {
        Self::asked(&self, &self, self.plain().to_bits(), Test::Bits, Location::caller());
        self.plain()
    }

    #[inline]
    #[track_caller]
    fn primal_is_nan(self) -> bool {
        Self::asked(&self, &self, self.plain().is_nan(), Test::IsNan, Location::caller())
    }

    #[inline]
    #[track_caller]
    fn primal_class(self) -> FpCategory {
        Self::asked(&self, &self, self.plain().classify(), Test::Class, Location::caller())
    }

    #[inline]
    #[track_caller]
    fn primal_is_sign_negative(self) -> bool {
        Self::asked(&self, &self, self.plain().is_sign_negative(), Test::IsSignNegative, Location::caller())
    }

    #[inline]
    #[track_caller]
    fn primal_integer(self) -> Option<i128> {
        Self::asked(&self, &self, self.plain().to_i128(), Test::Integer, Location::caller())
    }

    // Not by `NumCast` of `f64`, whose line the guard on another `Var` would name. By value as there.
    #[allow(clippy::needless_pass_by_value)]
    #[inline]
    #[track_caller]
    fn primal_from<P: ToPrimitive>(n: P) -> Option<f64> {
        n.to_f64()
    }
}

wengert_ops::numeric! { [] Var, f64 }
wengert_ops::approximate! { [] Var, f64 }
#[cfg(feature = "nalgebra")]
wengert_ops::algebraic! { [] Var }
#[cfg(feature = "ndarray")]
wengert_ops::arrays! { [] Var }
