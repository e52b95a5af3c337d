//! What is done to a run with no numbers of the caller's, compiled ahead where sweeps are: a user's crate has the rest alone.

use core::any::Any;

use wengert_ops::__private::Ahead;
use wengert_ops::Real;
use wengert_tape::{RunError, Tape};

use super::layout::Layout;
use crate::run::{ProgramId, RunState};
use crate::sweep::{is_ahead, of_type, saves_ahead, tag, with_type_ahead};

/// A stage of a run in a layout.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage<'a> {
    /// Makes it one of a program with these parameters.
    Claim(ProgramId, &'a [f64]),
    /// From the inputs, which are in place, to values whose comparisons come out as in the tape.
    Run(&'a Tape),
}

/// A stage at one number type.
type StageHere<T> = fn(&Layout, &mut RunState<T>, Stage<'_>) -> Result<(), RunError>;

impl Layout {
    /// A stage of a run; with `SAVE`, the partials are saved too.
    pub(super) fn stage<T: Real, const SAVE: bool>(
        &self,
        run: &mut RunState<T>,
        stage: Stage<'_>,
    ) -> Result<(), RunError> {
        match const { here::<T, SAVE>() } {
            Some(staged) => staged(self, run, stage),
            None => by_tag(tag(T::AHEAD), self, run, stage, SAVE),
        }
    }

    #[inline(always)]
    fn stage_compiled_here<T: Real, const SAVE: bool>(
        &self,
        run: &mut RunState<T>,
        stage: Stage<'_>,
    ) -> Result<(), RunError> {
        match stage {
            Stage::Claim(program, parameters) => self.claim(run, program, parameters),
            Stage::Run(tape) => {
                self.forward_unchecked::<T, SAVE>(tape, run)?;
                self.check(tape, run)?;
                // A run whose guards do not hold is none.
                (run.finished, run.ready) = (true, SAVE);
            }
        }
        Ok(())
    }

    /// From inputs that are in place to values; comparisons are not checked.
    pub(super) fn forward_unchecked<T: Real, const SAVE: bool>(
        &self,
        tape: &Tape,
        run: &mut RunState<T>,
    ) -> Result<(), RunError> {
        let ran = self.plan.forward_saving::<T, SAVE>(&mut run.numbers);
        ran.map_err(|stopped| self.stopped(tape, run, *stopped))
    }
}

/// The stages where none is compiled ahead: as data, so that a user's crate need not look through them.
const fn here<T: Real, const SAVE: bool>() -> Option<StageHere<T>> {
    if is_ahead::<T, SAVE>() { None } else { Some(Layout::stage_compiled_here::<T, SAVE>) }
}

#[inline]
fn by_tag(
    tag: Ahead,
    layout: &Layout,
    run: &mut dyn Any,
    stage: Stage<'_>,
    save: bool,
) -> Result<(), RunError> {
    with_type_ahead!(tag, T => {
        #[inline(never)]
        fn staged(
            layout: &Layout,
            run: &mut RunState<T>,
            stage: Stage<'_>,
            save: bool,
        ) -> Result<(), RunError> {
            if const { saves_ahead::<T>() } && save {
                return layout.stage_compiled_here::<T, true>(run, stage);
            }
            layout.stage_compiled_here::<T, false>(run, stage)
        }
        staged(layout, of_type(run.downcast_mut()), stage, save)
    })
}
