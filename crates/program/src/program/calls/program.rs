//! Programs called by programs: run at the number type of the caller, swept by a run and a sweep of their own.

use std::any::Any;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use wengert_ops::Real;
use wengert_tape::Var;
use wengert_tape::call::{
    Adjunct, CallError, Callee, Cause, Cost, Forward, ForwardAt, Generic, Operation, Reverse, ReverseAt,
    forward_generic, reverse_generic,
};

use super::map::Map;
use super::running::{compute, pull, run_for_pull, run_of, slots_for};
use crate::program::body::Body;
use crate::program::handle::Program;
use crate::run::SlotUse;

impl Program {
    /// The program as an operation of that name and version, by which dumps spell its calls and a
    /// [`Registry`](wengert_tape::call::Registry) finds it.
    #[must_use]
    pub fn named(&self, name: &str, version: u32) -> Callee {
        self.callee().named(name, version)
    }

    /// Calls the program in a recording: one node, and one a result, whatever happens inside. Parameters of the program keep
    /// the values that they had when it was recorded; to change them, make them inputs.
    ///
    /// Its values inside are computed anew in the reverse sweep, so that a long calculation made of calls needs the memory of
    /// one; only where the program is called once are they kept. Its comparisons are checked in every run. A tape whose dump is
    /// to be read back gives it a name: [`named`](Self::named).
    ///
    /// ```
    /// use wengert::{Program, Work};
    ///
    /// // One step of y′ = a·sin y.
    /// let step = Program::record(&[1.0, 0.1], |x| vec![x[0] + x[1] * x[0].sin()])?;
    /// let f = Program::record(&[1.0, 0.1], |x| {
    ///     vec![(0..100).fold(x[0], |y, _| step.call(&[y, x[1]])[0])]
    /// })?;
    /// assert_eq!(f.tape().len(), 2 + 200);
    ///
    /// let (mut work, mut slopes) = (Work::new(), [0.0; 2]);
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
        self.callee().call(x)
    }

    /// Calls the program for each of several rows in a recording, all in one node: `rows` holds the inputs of the first row,
    /// of the second, and so on; `shared` are inputs that are the same for all rows, the program's last ones. The results
    /// stand row after row.
    ///
    /// Of 256 rows and more, many are run side by side at `f64` and `f32` (unless the program calls something itself); fewer are
    /// run one after the other. What rows add to a shared input is added in one order, that of the rows or of groups of them, so
    /// that nothing depends on the machine.
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

    /// The sums over all rows of what [`map`](Self::map) gives, one a result of the program, in one node and without the rows'
    /// results: a loss over data. Rows are added in one order at all number types and on all machines: in groups of 64, in which
    /// row `r` is added to running sum `r mod 8`, each from 0, and these are joined by halves, `j` with `j + 4`, then `j + 2`,
    /// then `j + 1`; groups are added up in order.
    ///
    /// ```
    /// use wengert::{Program, Var, gradient};
    ///
    /// let square = Program::record(&[0.0; 4], |x| vec![(x[2] * x[0] + x[3] - x[1]).square()])?;
    /// let data = [0.0, 1.0, 1.0, 3.0, 2.0, 5.5].map(Var::from);
    /// let (loss, slopes) = gradient(&[2.0, 1.0], |line| square.map_sum(&data, &line)[0])?;
    /// assert_eq!((loss, slopes), (0.25, [-2.0, -1.0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: that of [`map`](Self::map), in the memory of 1,024 rows. Where the rows' own inputs are constants, the derivatives
    /// of the sums keep nothing by row either.
    ///
    /// # Panics
    /// As any operation on a variable where its thread records nothing.
    #[must_use]
    #[track_caller]
    pub fn map_sum(&self, rows: &[Var], shared: &[Var]) -> Vec<Var> {
        let own = self.inputs().saturating_sub(shared.len());
        let count = rows.len().checked_div(own).unwrap_or(0);
        if own * count != rows.len() || shared.len() > self.inputs() {
            // The error that those are.
            return self.map(rows, shared);
        }
        let operands: Vec<Var> = rows.iter().chain(shared).copied().collect();
        Map::of_rows(&self.callee(), count, own..self.inputs(), true).call(&operands)
    }

    /// The program as an operation without a name of its own.
    pub(super) fn callee(&self) -> Callee {
        Callee::shared(Arc::clone(&self.0) as Arc<dyn Operation>)
    }
}

impl Operation for Body {
    fn name(&self) -> Cow<'_, str> {
        "program".into()
    }
    fn inputs(&self) -> usize {
        self.inputs()
    }
    fn outputs(&self) -> usize {
        self.outputs()
    }
    fn forward(&self, of: &Callee, call: ForwardAt<'_>) -> Result<(), CallError> {
        forward_generic(self, of, call)
    }
    fn reverse(&self, of: &Callee, call: ReverseAt<'_>) -> Result<(), CallError> {
        reverse_generic(self, of, call)
    }

    /// `(x, ȳ) ↦ x̄`, a program.
    fn adjoint(&self, of: &Callee) -> Result<Adjunct, CallError> {
        match self.vjp_shared() {
            Ok(vjp) => {
                let callee = vjp.callee().named(&format!("{}:vjp", of.name()), of.version());
                Ok(Adjunct { callee, reads_results: false })
            }
            Err(why) => Err(CallError::Derivative { name: of.name().into_owned(), why: Cause::new(why) }),
        }
    }

    fn part(&self, of: &Callee, part: &str) -> Option<Callee> {
        if part == "vjp" {
            return self.adjoint(of).ok().map(|adjoint| adjoint.callee);
        }
        Map::named(of, part)
    }

    fn over_rows(&self, of: &Callee, rows: usize, shared: Range<usize>) -> Option<Callee> {
        Some(Map::of_rows(of, rows, shared, false))
    }

    /// That there is no impure operation in it.
    fn check(&self, of: &Callee) -> Result<(), CallError> {
        match self.tape().calls().iter().find(|call| !call.callee.is_pure()) {
            Some(call) => Err(CallError::Impure {
                name: of.name().into_owned(),
                impure: call.callee.name().into_owned(),
            }),
            None => Ok(()),
        }
    }

    /// The results at the point of the recording: there it need not be run. So the time to record a chain of programs, each of
    /// which calls the one before it at the same point, is in proportion to its length.
    fn known_at(&self, x: &[Var]) -> Option<&[f64]> {
        let same = |(x, at): (&Var, &f64)| x.plain().to_bits() == at.to_bits();
        self.results().filter(|_| x.iter().zip(self.point()).all(same))
    }

    fn operands_of(&self, result: usize, each: &mut dyn FnMut(usize)) {
        self.patterns().of_output(result).for_each(each);
    }

    fn pairs(&self, each: &mut dyn FnMut(usize, usize)) -> bool {
        self.patterns().second.entries().for_each(|(a, b)| each(a, b));
        true
    }

    fn cost(&self) -> Cost {
        self.cost().called()
    }

    fn is(&self, other: &dyn Operation) -> bool {
        (other as &dyn Any).downcast_ref::<Self>().is_some_and(|other| self.is(other))
    }
}

impl Generic for Body {
    fn forward_at<T: Real>(&self, of: &Callee, call: Forward<'_, T>) -> Result<(), CallError> {
        let keep = call.work.to_keep();
        let run = run_of(self, slots_for::<T>(keep), call.work);
        let loss = compute(self, Some(of), call.x, call.y, run, keep)?;
        call.work.take_on(loss);
        Ok(())
    }

    fn reverse_at<T: Real>(&self, _: &Callee, call: Reverse<'_, T>) -> Result<(), CallError> {
        let Reverse { x, gy, gx, work, .. } = call;
        let here = work.call();
        let run = run_of(self, SlotUse::ByNode, work);
        if run.kept != Some(here) {
            run_for_pull(self, x, run)?;
        }
        if gy.len() == self.outputs() {
            // One seed: no division, which would take as long as a node.
            pull(self, x, gy, gx, run)?;
        } else {
            for (gy, gx) in gy.chunks_exact(self.outputs()).zip(gx.chunks_exact_mut(self.inputs())) {
                pull(self, x, gy, gx, run)?;
            }
        }
        let loss = run.numbers.calls.state_mut().take_loss();
        work.take_on(loss);
        Ok(())
    }
}
