//! Sweeps at the number types that programs are run at most often, compiled in this crate.
//!
//! A generic function is compiled in the crate that uses it. Those of sweeps have every row of the table in them: each
//! crate that takes a gradient would be compiled for a minute. So what [`Real::AHEAD`] marks goes through functions of
//! one type, and only other types through the generic ones.

use core::any::Any;

use wengert_ops::{Dual, Real};

use super::adjoint::{Adjoint, Several};
use super::forward;
use super::plan::Plan;
use super::reverse;
use crate::drive::program::WIDTH;
use crate::workspace::Workspace;

/// Fills the slots of all nodes from those of the leaves and constants; with `SAVE`, the partials too.
pub(super) fn forward<T: Real, const SAVE: bool>(plan: &Plan, work: &mut Workspace<T>) {
    if const { T::AHEAD } {
        ahead::forward(plan, work, SAVE);
    } else {
        forward::forward::<T, SAVE>(plan, &mut work.values, &mut work.saved);
    }
}

/// Sweeps all runs in reverse, with care or without: then `false` where care is needed.
#[allow(clippy::ptr_arg)] // what type a vector is of can be asked, and not of a slice
pub(super) fn reverse<T: Real, G: Adjoint<T>>(
    plan: &Plan,
    work: &mut Workspace<T>,
    adjoints: &mut Vec<G>,
    careful: bool,
) -> bool {
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
) -> bool {
    let Workspace { values, saved, scratch, .. } = work;
    if careful {
        reverse::reverse::<T, G, true>(plan, values, saved, adjoints, scratch)
    } else {
        reverse::reverse::<T, G, false>(plan, values, saved, adjoints, scratch)
    }
}

/// The functions of one type, and the way to them: each asks whether the numbers are of its type.
macro_rules! ahead {
    ($($T:ty, $forward:ident, [$($G:ty, $reverse:ident),+];)+) => {
        mod ahead {
            use super::*;

            $(
                #[inline(never)]
                fn $forward(plan: &Plan, work: &mut Workspace<$T>, save: bool) {
                    if save {
                        forward::forward::<$T, true>(plan, &mut work.values, &mut work.saved);
                    } else {
                        forward::forward::<$T, false>(plan, &mut work.values, &mut []);
                    }
                }
                $(
                    #[inline(never)]
                    fn $reverse(
                        plan: &Plan,
                        work: &mut Workspace<$T>,
                        adjoints: &mut [$G],
                        careful: bool,
                    ) -> bool {
                        generic_reverse::<$T, $G>(plan, work, adjoints, careful)
                    }
                )+
            )+

            pub(super) fn forward(plan: &Plan, work: &mut dyn Any, save: bool) {
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
            ) -> bool {
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
    f64, forward_f64, [f64, reverse_f64, Several<f64, WIDTH>, reverse_several];
    f32, forward_f32, [f32, reverse_f32];
    Dual<f64>, forward_dual, [Dual<f64>, reverse_dual];
    Dual<f64, WIDTH>, forward_duals, [Dual<f64, WIDTH>, reverse_duals];
}
