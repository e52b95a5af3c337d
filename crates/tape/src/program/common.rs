//! Sweeps at the number types that programs are run at most often, compiled in this crate.
//!
//! A generic function is compiled in the crate that uses it. Those of sweeps have every row of the table in them: each
//! crate that takes a gradient would be compiled for a minute. So what [`Real::AHEAD`] marks goes through functions of
//! one type, and only other types through the generic ones.

use core::any::Any;

use wengert_ops::{Dual, Real};

use super::adjoint::{Adjoint, Several, WIDTH};
use super::forward::{self, Stopped};
use super::plan::Plan;
use super::reverse;
use crate::call::CallError;
use crate::workspace::Workspace;

/// Fills the slots of all nodes from those of the leaves and constants; with `SAVE`, the partials too.
pub(super) fn forward<T: Real, const SAVE: bool>(
    plan: &Plan,
    work: &mut Workspace<T>,
) -> Result<(), Box<Stopped>> {
    if const { T::AHEAD } {
        return ahead::forward(plan, work, SAVE);
    }
    generic_forward::<T, SAVE>(plan, work)
}

#[inline(always)]
fn generic_forward<T: Real, const SAVE: bool>(
    plan: &Plan,
    work: &mut Workspace<T>,
) -> Result<(), Box<Stopped>> {
    let Workspace { values, saved, inner, .. } = work;
    forward::forward::<T, SAVE>(plan, values, saved, inner)
}

/// Sweeps all runs in reverse, with care or without: then `false` where care is needed.
#[allow(clippy::ptr_arg)] // what type a vector is of can be asked, and not of a slice
pub(super) fn reverse<T: Real, G: Adjoint<T>>(
    plan: &Plan,
    work: &mut Workspace<T>,
    adjoints: &mut Vec<G>,
    careful: bool,
) -> Result<bool, CallError> {
    if const { G::AHEAD } {
        return ahead::reverse(plan, work, adjoints, careful);
    }
    generic_reverse(plan, work, adjoints, careful)
}

#[inline(always)]
fn generic_reverse<T: Real, G: Adjoint<T>>(
    plan: &Plan,
    work: &mut Workspace<T>,
    adjoints: &mut [G],
    careful: bool,
) -> Result<bool, CallError> {
    let Workspace { values, saved, scratch, inner, .. } = work;
    if careful {
        reverse::reverse::<T, G, true>(plan, values, saved, adjoints, scratch, inner)
    } else {
        reverse::reverse::<T, G, false>(plan, values, saved, adjoints, scratch, inner)
    }
}

/// The functions of one type, and the way to them: each asks whether the numbers are of its type.
macro_rules! ahead {
    ($($T:ty, $forward:ident, [$($G:ty, $reverse:ident),+];)+) => {
        mod ahead {
            use super::*;

            $(
                #[inline(never)]
                fn $forward(plan: &Plan, work: &mut Workspace<$T>, save: bool) -> Result<(), Box<Stopped>> {
                    if save {
                        generic_forward::<$T, true>(plan, work)
                    } else {
                        generic_forward::<$T, false>(plan, work)
                    }
                }
                $(
                    #[inline(never)]
                    fn $reverse(
                        plan: &Plan,
                        work: &mut Workspace<$T>,
                        adjoints: &mut [$G],
                        careful: bool,
                    ) -> Result<bool, CallError> {
                        generic_reverse::<$T, $G>(plan, work, adjoints, careful)
                    }
                )+
            )+

            pub(super) fn forward(plan: &Plan, work: &mut dyn Any, save: bool) -> Result<(), Box<Stopped>> {
                $(if let Some(work) = work.downcast_mut::<Workspace<$T>>() {
                    return $forward(plan, work, save);
                })+
                unreachable!("a number type that says it is compiled ahead and is not")
            }

            pub(super) fn reverse(
                plan: &Plan,
                work: &mut dyn Any,
                adjoints: &mut dyn Any,
                careful: bool,
            ) -> Result<bool, CallError> {
                $(if let Some(work) = work.downcast_mut::<Workspace<$T>>() {
                    $(if let Some(adjoints) = adjoints.downcast_mut::<Vec<$G>>() {
                        return $reverse(plan, work, adjoints, careful);
                    })+
                })+
                unreachable!("an adjoint that says it is compiled ahead and is not")
            }
        }
    };
}

ahead! {
    f64, forward_f64, [f64, reverse_f64, Several<f64, 4>, reverse_four, Several<f64, WIDTH>, reverse_several];
    f32, forward_f32, [f32, reverse_f32];
    Dual<f64>, forward_dual, [Dual<f64>, reverse_dual];
    Dual<f64, 4>, forward_four, [Dual<f64, 4>, reverse_four_duals];
    Dual<f64, WIDTH>, forward_duals, [Dual<f64, WIDTH>, reverse_duals];
}
