//! Programs called by programs: run at the number type of the caller, swept by a run and a sweep of their own.

use core::panic::Location;

use wengert_ops::Real;

use super::number::{of_variable, records, variable};
use super::{CallError, Callee, Cause, Inner, Kind, recording};
use crate::index::NodeId;
use crate::program::{Program, is_forward_alone};
use crate::var::Var;
use crate::workspace::Slots;

impl Program {
    /// The program as an operation of that name and version, by which dumps spell its calls and a
    /// [`Registry`](crate::Registry) finds it.
    #[must_use]
    pub fn named(&self, name: &str, version: u32) -> Callee {
        Callee::labelled(Kind::Program(self.clone()), name.into(), version)
    }

    /// Calls the program in a recording: one node, and one a result, whatever happens inside. Parameters of the program keep
    /// the values that they had when it was recorded; to change them, make them inputs.
    ///
    /// Its values inside are computed anew in the reverse sweep, so that a long calculation made of calls needs the memory of
    /// one; only where the program is called once are they kept. Its comparisons are checked in every run. A tape whose dump is
    /// to be read back gives it a name: [`named`](Self::named).
    ///
    /// ```
    /// use wengert::{Program, Workspace};
    ///
    /// // One step of y′ = a·sin y.
    /// let step = Program::record(&[1.0, 0.1], |x| vec![x[0] + x[1] * x[0].sin()])?;
    /// let f = Program::record(&[1.0, 0.1], |x| {
    ///     vec![(0..100).fold(x[0], |y, _| step.call(&[y, x[1]])[0])]
    /// })?;
    /// assert_eq!(f.tape().len(), 2 + 200);
    ///
    /// let (mut work, mut slopes) = (Workspace::new(), [0.0; 2]);
    /// f.gradient_into(&mut work, &[0.5, 0.1], &mut slopes)?;
    /// # let inlined = Program::record(&[1.0, 0.1], |x| vec![(0..100).fold(x[0], |y, _| y + x[1] * y.sin())])?;
    /// # assert_eq!(inlined.gradient(&[0.5, 0.1])?.1, slopes);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: recording, a run of the program; forward, the same; reverse, a run and a sweep.
    ///
    /// # Panics
    /// As any operation on a variable where its thread records nothing.
    #[must_use]
    #[track_caller]
    pub fn call(&self, x: &[Var]) -> Vec<Var> {
        recording::call(&self.callee(), x, Location::caller())
    }

    /// Calls the program for each of several rows in a recording, all in one node: `rows` holds the inputs of the first row,
    /// of the second, and so on; `shared` are inputs that are the same for all rows, the program's last ones. The results
    /// stand row after row.
    ///
    /// Rows are run one after the other, and what several rows add to a shared input is added in their order, so that
    /// nothing depends on how many threads there are.
    ///
    /// ```
    /// use wengert::{Program, gradient};
    ///
    /// // Residuals of a line through three points, the data constants.
    /// let residual = Program::record(&[0.0; 4], |x| vec![x[2] * x[0] + x[3] - x[1]])?;
    /// let data = [0.0, 1.0, 1.0, 3.0, 2.0, 5.5].map(wengert::Var::from);
    /// let (value, slopes) = gradient(&[2.0, 1.0], |line| {
    ///     residual.map(&data, &line).iter().map(|r| *r * *r).sum()
    /// })?;
    /// assert_eq!((value, slopes), (0.25, [-2.0, -1.0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// As any operation on a variable where its thread records nothing.
    #[must_use]
    #[track_caller]
    pub fn map(&self, rows: &[Var], shared: &[Var]) -> Vec<Var> {
        self.callee().map(rows, shared)
    }

    /// The program as an operation without a name of its own.
    fn callee(&self) -> Callee {
        Callee::new(Kind::Program(self.clone()))
    }
}

/// That a program has no impure operation in it.
pub(super) fn pure(program: &Program, callee: &Callee) -> Result<(), CallError> {
    match program.tape().calls.iter().find(|call| !call.callee.is_pure()) {
        Some(call) => Err(CallError::Impure {
            name: callee.name().into_owned(),
            impure: call.callee.name().into_owned(),
        }),
        None => Ok(()),
    }
}

/// Runs it for its results. Where the run is to be kept for the reverse sweep, it is that of the node `keep`. The callee is that
/// of a call; an equation, whose residuals are no values of anybody's, has none.
pub(super) fn forward<T: Real>(
    program: &Program,
    callee: Option<&Callee>,
    x: &[T],
    y: &mut [T],
    inner: &mut Inner<T>,
    keep: Option<NodeId>,
) -> Result<(), CallError> {
    let slots = match keep {
        Some(_) if !is_forward_alone::<T>() => Slots::ByNode,
        _ => Slots::Reused,
    };
    let work = inner.program(program.number(), slots);
    // Where there is no reverse sweep behind, none is compiled for.
    if const { is_forward_alone::<T>() } {
        program.run_for_call(work, x)?;
    } else if keep.is_some() {
        program.forward_for_inputs(work, x)?;
        work.kept = keep;
    } else {
        program.run_for_call(work, x)?;
    }
    program.outputs_into(work, y)?;
    let Some(loss) = work.inner.take_loss() else { return Ok(()) };
    // A derivative program that a sweep calls gives adjoints, which zeros may still annihilate. To all others what it gives is
    // a value, of which a comparison or a maximum could make a number.
    if y.iter().any(|y| y.primal().is_nan()) && callee.is_some_and(|callee| !callee.is_of_a_sweep()) {
        return Err(loss.why);
    }
    inner.take_on(Some(loss));
    Ok(())
}

pub(super) fn reverse<T: Real>(
    program: &Program,
    callee: &Callee,
    x: &[T],
    gy: &[T],
    gx: &mut [T],
    inner: &mut Inner<T>,
) -> Result<(), CallError> {
    if records::<T>() {
        let derivative = derivative(program, callee)?;
        for (gy, gx) in seeds(program, gy, gx) {
            let operands: Vec<Var> = x.iter().chain(gy).filter_map(|x| variable(*x)).collect();
            let results: recording::Results =
                recording::call_again(&derivative, &operands, Location::caller());
            gx.iter_mut().zip(results).for_each(|(gx, g)| *gx = of_variable(g));
        }
        return Ok(());
    }
    let node = inner.node();
    let work = inner.program(program.number(), Slots::ByNode);
    if work.kept != Some(node) {
        program.forward_for_inputs(work, x)?;
    }
    if gy.len() == program.outputs() {
        // One seed: no division, which would take as long as a node.
        program.gradient_for_call(work, gy, gx)?;
    } else {
        for (gy, gx) in seeds(program, gy, gx) {
            program.gradient_for_call(work, gy, gx)?;
        }
    }
    let loss = work.inner.take_loss();
    inner.take_on(loss);
    Ok(())
}

/// Adjoints of results and of operands, seed by seed.
fn seeds<'a, T>(
    program: &Program,
    gy: &'a [T],
    gx: &'a mut [T],
) -> impl Iterator<Item = (&'a [T], &'a mut [T])> {
    gy.chunks_exact(program.outputs()).zip(gx.chunks_exact_mut(program.inputs()))
}

/// The operation `(x, ȳ) ↦ x̄` of a program's.
pub(super) fn derivative(program: &Program, callee: &Callee) -> Result<Callee, CallError> {
    match program.vjp_shared() {
        Ok(vjp) => {
            Ok(Callee::labelled(Kind::Program(vjp), format!("{}:vjp", callee.name()), callee.version()))
        }
        Err(why) => Err(CallError::Derivative { name: callee.name().into_owned(), why: Cause::new(why) }),
    }
}
