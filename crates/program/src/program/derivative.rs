//! Derivatives as programs: the sweeps read at [`Var`], so that what they compute is a tape of its own, to dump,
//! optimise, run, and differentiate again.
//!
//! Each carries its source's guards, and is right where they hold.

use wengert_ops::Real;
use wengert_tape::{Recorded, RunError, Session, Var};

use super::body::{Body, known};
use super::handle::Program;
use crate::error::ProgramError;
use crate::run::RunState;
use crate::sweep::Caller;

impl Program {
    /// The gradient of a program of one output, Rⁿ → Rⁿ; of several, that of their sum.
    ///
    /// ```
    /// use wengert::Program;
    ///
    /// let f = Program::record(&[-2.0, 5.0, -4.0], |x| vec![(x[0] + x[1]) * x[2]])?;
    /// assert_eq!(f.gradient_program()?.tape().to_string(), r#"
    /// wengert tape v2: 5 nodes, 3 inputs, 3 outputs, 0 guards
    /// node
    /// %0 = input
    /// %1 = input
    /// %2 = input
    /// %3 = add %0 %1
    /// %4 = mul %3 %2
    /// outputs %2 %2 %3
    /// "#.trim_start());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: one forward and one reverse, recorded. The values of `f` are among its nodes, used or not.
    pub fn gradient_program(&self) -> Result<Self, ProgramError> {
        self.derived(|s, x, parameters| {
            let mut work = self.record_forward(s, x, parameters)?;
            self.record_sweep(&mut work, &vec![Recorded::lit(1.0); self.outputs()])?;
            self.give_gradient(s, &work);
            Ok(())
        })
    }

    /// The Jacobian, Rⁿ → Rᵐⁿ, row after row. Cost: one forward and `m` reverses, recorded.
    pub fn jacobian_program(&self) -> Result<Self, ProgramError> {
        self.derived(|s, x, parameters| {
            let mut work = self.record_forward(s, x, parameters)?;
            let mut unit = vec![Recorded::lit(0.0); self.outputs()];
            for row in 0..self.outputs() {
                unit[row] = Recorded::lit(1.0);
                self.record_sweep(&mut work, &unit)?;
                unit[row] = Recorded::lit(0.0);
                self.give_gradient(s, &work);
            }
            Ok(())
        })
    }

    /// The Hessian of a program of one output, Rⁿ → Rⁿⁿ, row after row; of several, that of their sum: the Jacobian of the
    /// gradient. Cost: that of the gradient's program, and `n` reverses over it, recorded; what is known to be 0 records
    /// nothing.
    pub fn hessian_program(&self) -> Result<Self, ProgramError> {
        self.gradient_program()?.jacobian_program()
    }

    /// The product `Hv` of the Hessian of a program of one output (of several, of their sum) with a vector: Rⁿ⁺ⁿ → Rⁿ, the
    /// inputs `x`, then `v`. As the Hessian is symmetric, this is `vᵀ` times the Jacobian of the gradient. Cost: that of the
    /// gradient's program, and one reverse over it, recorded.
    pub fn hvp_program(&self) -> Result<Self, ProgramError> {
        let gradient = self.gradient_program()?;
        gradient.derived(|s, x, parameters| {
            let mut work = gradient.record_forward(s, x, parameters)?;
            let v: Vec<Recorded> = x.iter().map(|_| Recorded(s.input(1.0))).collect();
            gradient.record_sweep(&mut work, &v)?;
            gradient.give_gradient(s, &work);
            Ok(())
        })
    }

    /// The products of weights of the outputs with the Jacobian, Rⁿ⁺ᵐ → Rⁿ: the inputs `x`, then `w`, one weight an output,
    /// to `wᵀJ(x)`. Cost: one forward and one reverse, recorded.
    ///
    /// ```
    /// use wengert::{Program, Work};
    ///
    /// let f = Program::record(&[1.0, 1.0], |x| vec![x[0] * x[1], x[0] + x[1]])?;
    /// let mut product = [0.0; 2];
    /// f.vjp_program()?.values_into(&mut Work::new(), &[4.0, -3.0, 1.0, 10.0], &mut product)?;
    /// assert_eq!(product, [7.0, 14.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn vjp_program(&self) -> Result<Self, ProgramError> {
        self.vjp_derived()
    }
}

impl Body {
    /// [`Program::vjp_program`].
    pub(super) fn vjp_derived(&self) -> Result<Program, ProgramError> {
        self.derived(|s, x, parameters| {
            let mut work = self.record_forward(s, x, parameters)?;
            let weights: Vec<Recorded> = (0..self.outputs()).map(|_| Recorded(s.input(1.0))).collect();
            self.record_sweep(&mut work, &weights)?;
            self.give_gradient(s, &work);
            Ok(())
        })
    }

    /// Records a program of this one, at the point and with the parameters of its recording. The closure is given the
    /// inputs, under their names, and the parameters.
    pub(crate) fn derived(
        &self,
        f: impl FnOnce(&Session<'_>, &[Var], &[Var]) -> Result<(), RunError>,
    ) -> Result<Program, ProgramError> {
        let mut ran = Ok(());
        let program = Program::record_with(|s| {
            let inputs = self.tape().inputs().iter().zip(self.point());
            let named = |(node, value): (&_, &f64)| match self.tape().name(*node) {
                Some(name) => s.input(*value).named(name),
                None => s.input(*value),
            };
            let x: Vec<Var> = inputs.map(named).collect();
            let parameters: Vec<Var> = self.recorded_parameters().iter().map(|p| s.parameter(*p)).collect();
            ran = f(s, &x, &parameters);
        })?;
        ran?;
        Ok(program)
    }

    /// A forward sweep, recorded, and with it this program's guards.
    pub(crate) fn record_forward(
        &self,
        s: &Session<'_>,
        x: &[Var],
        parameters: &[Var],
    ) -> Result<RunState<Recorded>, RunError> {
        let numbers = |variables: &[Var]| variables.iter().copied().map(Recorded).collect::<Vec<_>>();
        // Calls of all kinds are recorded in the same way, so this needs none that is read at the number type.
        let mut work = RunState::new(Caller::default());
        self.set_parameters_of(&mut work, numbers(parameters).into_iter())?;
        self.forward_unguarded(&mut work, &numbers(x))?;
        for (guard, [left, right]) in self.guarded(&work) {
            s.guard_again(guard, left.0, right.0);
        }
        Ok(work)
    }

    /// The program itself, recorded at these inputs, its outputs those of the recording.
    pub(crate) fn record_outputs(
        &self,
        s: &Session<'_>,
        x: &[Var],
        parameters: &[Var],
    ) -> Result<(), RunError> {
        let run = self.record_forward(s, x, parameters)?;
        for k in 0..self.outputs() {
            s.output(self.output_of(&run, k).unwrap_or(Recorded::lit(f64::NAN)).0);
        }
        Ok(())
    }

    /// A reverse sweep, recorded, for the adjoints of all nodes.
    pub(crate) fn record_sweep(
        &self,
        work: &mut RunState<Recorded>,
        weights: &[Recorded],
    ) -> Result<(), RunError> {
        let mut adjoints = core::mem::take(&mut work.adjoints);
        self.reverse_in(self.by_node(), work, weights, &mut adjoints)?;
        known(work, self.by_node().of_inputs(&adjoints))?;
        work.adjoints = adjoints;
        Ok(())
    }

    /// A reverse sweep of a run at any number type, for the adjoints of all nodes.
    pub(crate) fn sweep_by_node<T: Real>(
        &self,
        work: &mut RunState<T>,
        weights: &[T],
        adjoints: &mut Vec<T>,
    ) -> Result<(), RunError> {
        self.reverse_in(self.by_node(), work, weights, adjoints)
    }

    /// Marks the adjoints of the inputs as outputs.
    fn give_gradient(&self, s: &Session<'_>, work: &RunState<Recorded>) {
        for node in self.tape().inputs() {
            s.output(work.adjoints[node.index()].0);
        }
    }
}
