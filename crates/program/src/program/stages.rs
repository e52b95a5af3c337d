//! What is done to a run with no numbers of the caller's, compiled ahead where sweeps are: a user's crate has the rest alone.

use core::any::Any;

use wengert_ops::__private::Ahead;
use wengert_ops::Real;
use wengert_tape::RunError;

use super::body::Body;
use super::layout::Layout;
use crate::run::RunState;
use crate::sweep::{of_type, saves_ahead, tag, with_type_ahead};

/// A stage of a run.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    /// Makes it one of a layout of the program.
    Claim,
    /// From the inputs, which are in place, to values whose comparisons come out as they were recorded.
    Run,
}

/// A stage at one number type.
type Staged<T> = fn(&Body, &Layout, &mut RunState<T>, Stage) -> Result<(), RunError>;

impl Body {
    /// A stage of a run; with `SAVE`, the partials are saved too.
    pub(super) fn stage<T: Real, const SAVE: bool>(
        &self,
        layout: &Layout,
        run: &mut RunState<T>,
        stage: Stage,
    ) -> Result<(), RunError> {
        match const { here::<T, SAVE>() } {
            Some(staged) => staged(self, layout, run, stage),
            None => by_tag(self, layout, run, stage, tag(T::AHEAD), SAVE),
        }
    }

    fn stage_compiled_here<T: Real, const SAVE: bool>(
        &self,
        layout: &Layout,
        run: &mut RunState<T>,
        stage: Stage,
    ) -> Result<(), RunError> {
        match stage {
            Stage::Claim => layout.claim(run, self.number, &self.parameters),
            Stage::Run => {
                self.forward_unchecked::<T, SAVE>(layout, run)?;
                layout.check(&self.tape, run)?;
                // A run whose guards do not hold is none.
                (run.finished, run.ready) = (true, SAVE);
            }
        }
        Ok(())
    }
}

/// The stages where none is compiled ahead: as data, so that a user's crate need not look through them.
const fn here<T: Real, const SAVE: bool>() -> Option<Staged<T>> {
    if T::AHEAD.is_some() && (saves_ahead::<T>() || !SAVE) {
        return None;
    }
    Some(Body::stage_compiled_here::<T, SAVE>)
}

fn by_tag(
    body: &Body,
    layout: &Layout,
    run: &mut dyn Any,
    stage: Stage,
    tag: Ahead,
    save: bool,
) -> Result<(), RunError> {
    with_type_ahead!(tag, T => {
        let run: &mut RunState<T> = of_type(run.downcast_mut());
        if const { saves_ahead::<T>() } {
            if save {
                return body.stage_compiled_here::<T, true>(layout, run, stage);
            }
        }
        body.stage_compiled_here::<T, false>(layout, run, stage)
    })
}
