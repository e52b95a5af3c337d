//! How a called program is run: in memory of its own among what calls keep, one set a program however often it is called.

use wengert_ops::Real;
use wengert_tape::NodeId;
use wengert_tape::call::{CallError, CallWork, Callee, Cause, Loss};

use crate::program::body::Body;
use crate::run::{RunState, SlotUse};
use crate::sweep::is_forward_alone;

/// The name of the program in that of a map, whose results are summed or not.
pub(super) fn base(name: &str) -> &str {
    let of = |part: &str| name.rsplit_once(part).map(|(base, _)| base);
    // The part that stands last.
    let of_either = of(":map(").into_iter().chain(of(":map_sum("));
    of_either.max_by_key(|base| base.len()).unwrap_or(name)
}

/// The run of a program among what calls keep.
pub(super) fn run_of<'a, T: Real>(
    program: &Body,
    slots: SlotUse,
    work: &'a mut CallWork<T>,
) -> &'a mut RunState<T> {
    let key = 2 * program.number().0.get() + u64::from(slots == SlotUse::Reused);
    work.memory().of(key)
}

/// Where a program is run for its results: where values are kept for a reverse sweep behind, or slots are used again.
pub(super) fn slots_for<T: Real>(keep: Option<(NodeId, u64)>) -> SlotUse {
    match keep {
        Some(_) if const { !is_forward_alone::<T>() } => SlotUse::ByNode,
        _ => SlotUse::Reused,
    }
}

/// Runs it for its results, in a run that is [its own](run_of). Where the run is to be kept for the reverse sweep, it is that of
/// the call `keep`. The callee is that of a call; an equation, whose residuals are no values of anybody's, has none. Gives the
/// first derivative that was lost.
pub(super) fn compute<T: Real>(
    program: &Body,
    callee: Option<&Callee>,
    x: &[T],
    y: &mut [T],
    run: &mut RunState<T>,
    keep: Option<(NodeId, u64)>,
) -> Result<Option<Box<Loss>>, CallError> {
    // Where there is no reverse sweep behind, none is compiled for.
    if const { is_forward_alone::<T>() } {
        program.run_for_call(run, x)?;
    } else if keep.is_some() {
        program.forward_for_inputs(run, x)?;
        run.kept = keep;
    } else {
        program.run_for_call(run, x)?;
    }
    program.outputs_of(run, y)?;
    let Some(loss) = run.numbers.calls.state_mut().take_loss() else { return Ok(None) };
    // A derivative program that a sweep calls gives adjoints, which zeros may still annihilate. To all others what it gives is
    // a value, of which a comparison or a maximum could make a number.
    if y.iter().any(|y| y.primal().is_nan()) && callee.is_some_and(|callee| !is_of_a_sweep(callee)) {
        return Err(loss.why);
    }
    Ok(Some(loss))
}

/// Runs it for [`pull`]: where sweeps are forward alone, that does it all.
pub(super) fn run_for_pull<T: Real>(program: &Body, x: &[T], run: &mut RunState<T>) -> Result<(), CallError> {
    if const { is_forward_alone::<T>() } {
        return Ok(());
    }
    Ok(program.forward_for_inputs(run, x)?)
}

/// The adjoints of its inputs `x`, from those of its outputs: by a sweep, or, where sweeps are forward alone, by a run of the
/// program of its adjoints.
pub(super) fn pull<T: Real>(
    program: &Body,
    x: &[T],
    gy: &[T],
    gx: &mut [T],
    run: &mut RunState<T>,
) -> Result<(), CallError> {
    if const { !is_forward_alone::<T>() } {
        return Ok(program.gradient_for_call(run, gy, gx)?);
    }
    let failed = |why| CallError::Derivative { name: "program".into(), why: Cause::new(why) };
    let adjoint = program.vjp_shared().map_err(failed)?;
    // A run begins with nothing lost, and this may be one of several behind one call.
    let earlier = run.numbers.calls.state_mut().take_loss();
    adjoint.run_for_call(run, &[x, gy].concat())?;
    run.numbers.calls.state_mut().take_on(earlier);
    Ok(adjoint.outputs_of(run, gx)?)
}

/// Whether it is a program of adjoints, as sweeps that are recorded call it: by the name that these give it, which is what
/// is left of it in a file.
fn is_of_a_sweep(callee: &Callee) -> bool {
    base(&callee.name()).ends_with(":vjp")
}
