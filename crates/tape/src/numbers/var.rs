//! What a variable does: the methods and operators of `f64`, comparisons, formats. Each operation is recorded by `session/`.

use core::cmp::Ordering;
use core::fmt;
use core::panic::Location;

use wengert_ops::{Invalid, Operands, Real, Rule, Scalar, Shortcuts, Test, Variadic, inherent_methods};

use crate::error::VariableError;
use crate::index::NodeId;
use crate::session;
use crate::tag::Wire;
use crate::var::Var;

impl Var {
    /// The plain value.
    ///
    /// While the variable's recording goes on this is a *read*: what is done with the number is not on the tape, and is
    /// frozen when the tape is run again. So the tape keeps it, with the caller's line, in [`Tape::reads`]. A constant's
    /// value, and any value once the recording has ended, is free. On a thread other than the recording's a read is
    /// not seen. Hand it over as `|x| x.value()`: of a bare `Var::value` the line would be the standard library's.
    ///
    /// ```
    /// use wengert::Recorder;
    ///
    /// let mut recorder = Recorder::new();
    /// let y = recorder.record(|s| {
    ///     let x = s.input(3.0);
    ///     s.output(x * x.value()) // 3·x, whatever x is later
    /// })?;
    /// assert_eq!(y.value(), 9.0); // after the recording: no read
    /// assert_eq!(recorder.tape().reads().len(), 1);
    /// println!("read at {}", recorder.tape().reads()[0].at);
    /// # Ok::<(), wengert::RecordError>(())
    /// ```
    ///
    /// Cost: nothing for a constant; else a look at the thread's recordings.
    ///
    /// [`Tape::reads`]: crate::Tape::reads
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn value(self) -> f64 {
        if !self.is_constant() {
            session::read(self, Location::caller());
        }
        self.plain()
    }

    /// Names the node for dumps and diagrams, and gives the number back. Constants take no name.
    #[inline]
    #[allow(clippy::must_use_candidate, clippy::return_self_not_must_use)] // the name is what is wanted
    #[track_caller]
    pub fn named(self, name: &str) -> Self {
        session::name(self, name, Location::caller());
        self
    }

    wengert_ops::table!(inherent_methods);

    /// `a` where `condition ≠ 0`, else `b`; both are recorded, and the one not taken gets no gradient. Unlike an
    /// `if` this stays right when the tape is read at other inputs.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn select(condition: Self, a: impl Into<Self>, b: impl Into<Self>) -> Self {
        <Self as Real>::select(condition, a.into(), b.into())
    }

    #[inline(always)]
    #[track_caller]
    fn with_constant<R: Rule<2>>(self, c: f64) -> Self {
        session::with_constant::<R, false>(self, c)
    }

    #[inline(always)]
    #[track_caller]
    fn of_constant<R: Rule<2>>(c: f64, x: Self) -> Self {
        session::with_constant::<R, true>(x, c)
    }

    #[track_caller]
    fn gather<R: Variadic>(iter: impl Iterator<Item = Self>) -> Self {
        session::gather::<R>(iter)
    }

    /// Records what was asked of values, and gives the outcome back.
    #[inline]
    pub(crate) fn asked<T: Copy>(
        a: &Self,
        b: &Self,
        outcome: T,
        test: impl Fn(T) -> Test,
        at: &'static Location<'static>,
    ) -> T {
        if !a.is_constant() || !b.is_constant() {
            session::guard(test(outcome), *a, *b, at);
        }
        outcome
    }
}

impl Shortcuts for Var {
    const ORDER: usize = 0;

    #[track_caller]
    fn accumulate(sum: Self, contribution: Self) -> Self {
        session::accumulate(sum, contribution)
    }
    #[track_caller]
    fn by_rows<R: Variadic>(x: &[Self], data: &[f64], results: &mut Vec<Self>) {
        session::by_rows::<R>(x, data, results);
    }
}

impl Real for Var {
    #[inline(always)]
    fn lit(x: f64) -> Self {
        Self::constant(x)
    }
    #[inline(always)]
    #[track_caller]
    fn fixed<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self {
        session::fixed::<R, A>(x)
    }
    #[track_caller]
    fn variadic<R: Variadic>(x: &impl Operands<Self>) -> Self {
        session::variadic::<R>(x)
    }
    #[inline(always)]
    #[track_caller]
    fn select(condition: Self, a: Self, b: Self) -> Self {
        session::fixed::<wengert_ops::rows::Select, 3>([condition, a, b])
    }
    #[track_caller]
    fn pull(g: Self, p: Self) -> Self {
        session::pull(g, p)
    }
    /// A read, as [`Var::value`].
    #[track_caller]
    fn primal(self) -> f64 {
        self.value()
    }
    #[track_caller]
    fn map_parts(self, value: impl Fn(f64) -> f64 + Copy, _part: impl Fn(f64) -> f64 + Copy) -> Self {
        Self::constant(value(self.value()))
    }
    #[track_caller]
    fn invalid(why: Invalid) -> Self {
        session::invalid(why, Location::caller())
    }
}

impl Scalar for Var {}

wengert_ops::operators! { [] Var }
wengert_ops::exponents! { [] Var }
wengert_ops::conversions! { [] Var }

impl From<f64> for Var {
    #[inline(always)]
    fn from(x: f64) -> Self {
        Self::constant(x)
    }
}

impl From<Var> for Wire {
    fn from(x: Var) -> Self {
        Self::of_variable(x.tag())
    }
}

/// The node that a variable is, on the tape of its own recording.
impl TryFrom<Var> for NodeId {
    type Error = VariableError;
    /// # Errors
    /// [`VariableError::Constant`] of a constant.
    fn try_from(x: Var) -> Result<Self, VariableError> {
        if x.is_constant() {
            Err(VariableError::Constant { value: x.plain() })
        } else {
            Ok(Self::new(x.index()))
        }
    }
}

impl Default for Var {
    fn default() -> Self {
        Self::constant(0.0)
    }
}

/// Comparisons look at values. Between variables they are recorded as guards, with the line of the caller:
/// the tape is right for those inputs at which every guard has the same outcome.
impl PartialEq for Var {
    #[inline]
    #[track_caller]
    fn eq(&self, other: &Self) -> bool {
        Var::asked(self, other, self.plain() == other.plain(), Test::Equal, Location::caller())
    }
    // Provided `ne` would name its own line instead of the caller's.
    #[inline]
    #[track_caller]
    #[allow(clippy::partialeq_ne_impl)]
    fn ne(&self, other: &Self) -> bool {
        !Var::asked(self, other, self.plain() == other.plain(), Test::Equal, Location::caller())
    }
}

impl PartialEq<f64> for Var {
    #[inline]
    #[track_caller]
    fn eq(&self, other: &f64) -> bool {
        *self == Var::constant(*other)
    }
    #[inline]
    #[track_caller]
    #[allow(clippy::partialeq_ne_impl)]
    fn ne(&self, other: &f64) -> bool {
        *self != Var::constant(*other)
    }
}

impl PartialOrd for Var {
    #[inline]
    #[track_caller]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Var::asked(self, other, self.plain().partial_cmp(&other.plain()), Test::Order, Location::caller())
    }
    #[inline]
    #[track_caller]
    fn lt(&self, other: &Self) -> bool {
        Var::asked(self, other, self.plain() < other.plain(), Test::Less, Location::caller())
    }
    #[inline]
    #[track_caller]
    fn le(&self, other: &Self) -> bool {
        Var::asked(self, other, self.plain() <= other.plain(), Test::LessEqual, Location::caller())
    }
    #[inline]
    #[track_caller]
    fn gt(&self, other: &Self) -> bool {
        Var::asked(self, other, self.plain() > other.plain(), Test::Greater, Location::caller())
    }
    #[inline]
    #[track_caller]
    fn ge(&self, other: &Self) -> bool {
        Var::asked(self, other, self.plain() >= other.plain(), Test::GreaterEqual, Location::caller())
    }
}

impl PartialOrd<f64> for Var {
    wengert_ops::comparisons! { f64, (this, other) => *this, Var::constant(*other) }
}

impl PartialEq<Var> for f64 {
    #[inline]
    #[track_caller]
    fn eq(&self, other: &Var) -> bool {
        Var::constant(*self) == *other
    }
    #[inline]
    #[track_caller]
    #[allow(clippy::partialeq_ne_impl)]
    fn ne(&self, other: &Var) -> bool {
        Var::constant(*self) != *other
    }
}

impl PartialOrd<Var> for f64 {
    wengert_ops::comparisons! { Var, (this, other) => Var::constant(*this), *other }
}

macro_rules! spelled_as_value {
    ($($Format:ident)*) => { $(
        impl fmt::$Format for Var {
            /// The value alone, with the formatter's own options.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::$Format::fmt(&self.plain(), f)
            }
        }
    )* };
}

spelled_as_value! { Display LowerExp UpperExp }

impl fmt::Debug for Var {
    /// The value, and the node and recording that it belongs to: `3.0 (%2 of recording 1)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.plain(), f)?;
        match self.recording() {
            Some(recording) => write!(f, " (%{} of recording {recording})", self.index()),
            None => Ok(()),
        }
    }
}
