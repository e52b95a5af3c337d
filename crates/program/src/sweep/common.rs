//! Sweeps at the number types that programs are run at most often, compiled in this crate.
//!
//! A generic function is compiled in the crate that uses it. Those of sweeps have every row of the table in them: each
//! crate that takes a gradient would be compiled for a minute. So what [`Shortcuts::AHEAD`] marks goes through functions of
//! one type, and only other types through the generic ones.
//!
//! Invariant, held by the compiler: what a type says is compiled ahead, is, here and at that type. The tags are
//! matched on without a default, and each function asserts that its type's tag is its own. Drivers assert that the
//! widths that they take are tagged ([`assert_ahead`]).

use core::any::Any;

use wengert_ops::__private::Ahead;
use wengert_ops::{Dual, Real};
use wengert_tape::Tape;
use wengert_tape::call::CallError;

use super::adjoint::{Adjoint, Several, SweptAhead, WIDEST};
use super::numbers::Numbers;
use super::plan::Plan;
use super::tier::{Stopped, Tier};
use super::{forward, reverse};

impl Tier for Plan {
    fn of(tape: &Tape) -> Self {
        Self::by_node(tape)
    }

    fn forward<T: Real>(&self, numbers: &mut Numbers<T>, save: bool) -> Result<(), Box<Stopped>> {
        if save { self.forward_saving::<T, true>(numbers) } else { self.forward_saving::<T, false>(numbers) }
    }

    fn reverse<T: Real, G: Adjoint<T>>(
        &self,
        numbers: &mut Numbers<T>,
        adjoints: &mut Vec<G>,
        careful: bool,
    ) -> Result<bool, CallError> {
        match const { reverse_here::<T, G>() } {
            Some(reverse) => reverse(self, numbers, adjoints, careful),
            None => ahead::reverse_by_tag(tag(G::AHEAD), self, numbers, adjoints, careful),
        }
    }
}

impl Plan {
    /// Fills the slots of all nodes from those of the leaves and constants; with `SAVE`, the partials too.
    pub(crate) fn forward_saving<T: Real, const SAVE: bool>(
        &self,
        numbers: &mut Numbers<T>,
    ) -> Result<(), Box<Stopped>> {
        if SAVE {
            numbers.saved.resize(self.saved, T::lit(0.0));
        }
        match const { forward_here::<T, SAVE>() } {
            Some(forward) => forward(self, numbers),
            None => ahead::forward_by_tag(tag(T::AHEAD), self, numbers, SAVE),
        }
    }
}

/// [`forward_compiled_here`], as a function.
type ForwardHere<T> = fn(&Plan, &mut Numbers<T>) -> Result<(), Box<Stopped>>;
/// [`reverse_compiled_here`], as a function.
type ReverseHere<T, G> = fn(&Plan, &mut Numbers<T>, &mut [G], bool) -> Result<bool, CallError>;

/// The generic sweep forward, where none is compiled ahead.
///
/// It is data, evaluated while compiling: a crate that takes a gradient then has no generic sweep to look through. A call
/// that is never reached would have it looked through.
const fn forward_here<T: Real, const SAVE: bool>() -> Option<ForwardHere<T>> {
    if is_ahead::<T, SAVE>() { None } else { Some(forward_compiled_here::<T, SAVE>) }
}

/// The generic sweep in reverse, where none is compiled ahead.
const fn reverse_here<T: Real, G: Adjoint<T>>() -> Option<ReverseHere<T, G>> {
    if G::AHEAD.is_some() { None } else { Some(reverse_compiled_here::<T, G>) }
}

/// The tag of a type that has one, which was asked before.
#[inline(always)]
pub(crate) fn tag<Tag: Copy>(ahead: Option<Tag>) -> Tag {
    let Some(tag) = ahead else { unreachable!("sweeps that are compiled ahead have a tag") };
    tag
}

/// Whether sweeps that are compiled ahead save partials at this type, for a reverse sweep behind. At series they do
/// not: no driver sweeps back at one.
pub(crate) const fn saves_ahead<T: Real>() -> bool {
    !matches!(T::AHEAD, None | Some(Ahead::FourthOrder | Ahead::EighthOrder))
}

#[inline(always)]
fn forward_compiled_here<T: Real, const SAVE: bool>(
    plan: &Plan,
    numbers: &mut Numbers<T>,
) -> Result<(), Box<Stopped>> {
    let Numbers { values, saved, calls, .. } = numbers;
    forward::forward_runs::<T, SAVE>(plan, values, saved, calls)
}

/// Sweeps all runs in reverse, with care or without: then `false` where care is needed.
#[inline(always)]
fn reverse_compiled_here<T: Real, G: Adjoint<T>>(
    plan: &Plan,
    numbers: &mut Numbers<T>,
    adjoints: &mut [G],
    careful: bool,
) -> Result<bool, CallError> {
    let Numbers { values, saved, scratch, calls } = numbers;
    if careful {
        reverse::reverse_runs::<T, G, true>(plan, values, saved, adjoints, scratch, calls)
    } else {
        reverse::reverse_runs::<T, G, false>(plan, values, saved, adjoints, scratch, calls)
    }
}

/// Whether the sweep forward is compiled ahead; with `SAVE`, the one that saves partials.
pub(crate) const fn is_ahead<T: Real, const SAVE: bool>() -> bool {
    T::AHEAD.is_some() && (saves_ahead::<T>() || !SAVE)
}

/// Whether runs at this type are forward alone, unless a user sweeps back at it: then nothing need be kept for that.
pub(crate) const fn is_forward_alone<T: Real>() -> bool {
    T::AHEAD.is_some() && !saves_ahead::<T>()
}

/// That sweeps of `f64` at this width are compiled ahead; asserted while compiling, by the drivers that take it.
pub(crate) const fn assert_ahead<F: Real, T: Real>() {
    assert!(
        !F::IS_DOUBLE || T::AHEAD.is_some(),
        "a driver takes a number type at which no sweep is compiled ahead"
    );
}

/// The same of what a reverse sweep carries.
pub(crate) const fn assert_swept_ahead<F: Real, G: Adjoint<F>>() {
    assert!(
        !F::IS_DOUBLE || G::AHEAD.is_some(),
        "a driver sweeps at a width at which no sweep is compiled ahead"
    );
}

/// Runs code at the number type that a tag stands for: the one list of those at which sweeps are compiled ahead.
macro_rules! with_type_ahead {
    ($tag:expr, $T:ident => $code:expr) => {
        $crate::sweep::with_type_ahead! { $tag, $T => $code;
            Double f64;
            Single f32;
            Dual ::wengert_ops::Dual<f64>;
            FourDuals ::wengert_ops::Dual<f64, 4>;
            EightDuals ::wengert_ops::Dual<f64, { $crate::sweep::WIDEST }>;
            FourthOrder ::wengert_ops::Taylor<f64, 4>;
            EighthOrder ::wengert_ops::Taylor<f64, 8>;
        }
    };
    ($tag:expr, $T:ident => $code:expr; $($Tag:ident $Type:ty;)+) => {
        match $tag {
            $(::wengert_ops::__private::Ahead::$Tag => {
                type $T = $Type;
                const _: () = assert!(matches!(
                    <$T as ::wengert_ops::Shortcuts>::AHEAD,
                    Some(::wengert_ops::__private::Ahead::$Tag)
                ));
                $code
            })+
        }
    };
}
pub(crate) use with_type_ahead;

/// The sweeps, each a function of its own.
mod ahead {
    use super::{
        Adjoint, Ahead, Any, CallError, Dual, Numbers, Plan, Several, Stopped, SweptAhead, WIDEST,
        forward_compiled_here, of_type, reverse_compiled_here, saves_ahead,
    };

    #[inline]
    pub(super) fn forward_by_tag(
        tag: Ahead,
        plan: &Plan,
        work: &mut dyn Any,
        save: bool,
    ) -> Result<(), Box<Stopped>> {
        with_type_ahead!(tag, T => {
            #[inline(never)]
            fn forward(plan: &Plan, work: &mut Numbers<T>, save: bool) -> Result<(), Box<Stopped>> {
                // What is known while compiling stands first, so that what is not done is not compiled.
                if const { saves_ahead::<T>() } && save {
                    return forward_compiled_here::<T, true>(plan, work);
                }
                forward_compiled_here::<T, false>(plan, work)
            }
            forward(plan, of_type(work.downcast_mut()), save)
        })
    }

    /// The types of values and of what is swept.
    macro_rules! reverse_ahead {
        ($($Tag:ident $T:ty, $G:ty;)+) => {
            #[inline]
            pub(super) fn reverse_by_tag(
                tag: SweptAhead,
                plan: &Plan,
                work: &mut dyn Any,
                adjoints: &mut dyn Any,
                careful: bool,
            ) -> Result<bool, CallError> {
                match tag {
                    $(SweptAhead::$Tag => {
                        const _: () = assert!(matches!(<$G as Adjoint<$T>>::AHEAD, Some(SweptAhead::$Tag)));
                        #[inline(never)]
                        fn reverse(
                            plan: &Plan,
                            work: &mut Numbers<$T>,
                            adjoints: &mut [$G],
                            careful: bool,
                        ) -> Result<bool, CallError> {
                            reverse_compiled_here::<$T, $G>(plan, work, adjoints, careful)
                        }
                        let adjoints = of_type(adjoints.downcast_mut::<Vec<$G>>());
                        reverse(plan, of_type(work.downcast_mut()), adjoints, careful)
                    })+
                }
            }
        };
    }

    reverse_ahead! {
        Double f64, f64;
        FourSeeds f64, Several<f64, 4>;
        EightSeeds f64, Several<f64, WIDEST>;
        Single f32, f32;
        Dual Dual<f64>, Dual<f64>;
        FourDuals Dual<f64, 4>, Dual<f64, 4>;
        EightDuals Dual<f64, WIDEST>, Dual<f64, WIDEST>;
    }
}

/// What a tag says that it is.
#[inline(always)]
pub(crate) fn of_type<T>(found: Option<T>) -> T {
    let Some(found) = found else { unreachable!("another type has the tag of this one") };
    found
}
