//! Derivatives as programs: the sweeps read at [`Var`], so that what they compute is a tape of its own, to dump,
//! optimise, run, and differentiate again.
//!
//! Each carries its source's guards, and is right where they hold.

use core::array::from_fn;

use wengert_ops::{Dual, Real};

use crate::program::{Program, ProgramError, RunError};
use crate::record::Session;
use crate::var::Var;
use crate::workspace::Workspace;

impl Program {
    /// The gradient of a program of one output, Rⁿ → Rⁿ; of several, that of their sum.
    ///
    /// ```
    /// use wengert_tape::Program;
    ///
    /// let f = Program::record(&[-2.0, 5.0, -4.0], |x| vec![(x[0] + x[1]) * x[2]])?;
    /// assert_eq!(f.gradient_program()?.tape().to_string(), r#"
    /// wengert tape v1: 5 nodes, 3 inputs, 3 outputs, 0 guards
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
            let mut work = self.forward_at(x, parameters, |p| p)?;
            self.guard_again(s, &work, |x| x);
            self.reverse(&mut work, &vec![Var::constant(1.0); self.outputs()])?;
            for g in self.of_inputs(work.adjoints()) {
                s.output(g);
            }
            Ok(())
        })
    }

    /// The Jacobian, Rⁿ → Rᵐⁿ, row after row. Cost: one forward and `m` reverses, recorded.
    pub fn jacobian_program(&self) -> Result<Self, ProgramError> {
        self.derived(|s, x, parameters| {
            let mut work = self.forward_at(x, parameters, |p| p)?;
            self.guard_again(s, &work, |x| x);
            for row in 0..self.outputs() {
                let unit: Vec<Var> = (0..self.outputs()).map(|k| unit(k, row)).collect();
                self.reverse(&mut work, &unit)?;
                for g in self.of_inputs(work.adjoints()) {
                    s.output(g);
                }
            }
            Ok(())
        })
    }

    /// The Hessian of a program of one output, Rⁿ → Rⁿⁿ, row after row; of several, that of their sum. Cost: `⌈n/8⌉`
    /// forwards and reverses at 8 tangents, recorded.
    pub fn hessian_program(&self) -> Result<Self, ProgramError> {
        const LANES: usize = 8;
        self.derived(|s, x, parameters| {
            let n = x.len();
            let mut rows = vec![Var::constant(0.0); n * n];
            for first in (0..n).step_by(LANES) {
                let tangent = |k: usize| from_fn(|lane| unit(k, first + lane));
                let at: Vec<Dual<Var, LANES>> =
                    x.iter().enumerate().map(|(k, x)| Dual { value: *x, tangent: tangent(k) }).collect();
                let mut work = self.forward_at(&at, parameters, Dual::constant)?;
                if first == 0 {
                    self.guard_again(s, &work, |x| x.value);
                }
                self.reverse(&mut work, &vec![Dual::lit(1.0); self.outputs()])?;
                for (row, g) in rows.chunks_exact_mut(n).zip(self.of_inputs(work.adjoints())) {
                    for (slot, t) in row[first..].iter_mut().zip(g.tangent) {
                        *slot = t;
                    }
                }
            }
            for entry in rows {
                s.output(entry);
            }
            Ok(())
        })
    }

    /// The product `Hv` of the Hessian of a program of one output (of several, of their sum) with a vector: Rⁿ⁺ⁿ → Rⁿ, the
    /// inputs `x`, then `v`. Cost: one forward and one reverse at dual numbers, recorded.
    pub fn hvp_program(&self) -> Result<Self, ProgramError> {
        self.derived(|s, x, parameters| {
            let at: Vec<Dual<Var>> = x.iter().map(|x| Dual { value: *x, tangent: [s.input(1.0)] }).collect();
            let mut work = self.forward_at(&at, parameters, Dual::constant)?;
            self.guard_again(s, &work, |x| x.value);
            self.reverse(&mut work, &vec![Dual::lit(1.0); self.outputs()])?;
            for g in self.of_inputs(work.adjoints()) {
                s.output(g.tangent[0]);
            }
            Ok(())
        })
    }

    /// Records a program of this one, at the point and with the parameters of its recording. The closure is given the
    /// inputs, under their names, and the parameters.
    fn derived(
        &self,
        f: impl FnOnce(&Session<'_>, &[Var], &[Var]) -> Result<(), RunError>,
    ) -> Result<Self, ProgramError> {
        let mut ran = Ok(());
        let program = Self::record_with(|s| {
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

    /// A forward sweep at numbers made of recorded ones.
    fn forward_at<T: Real>(
        &self,
        x: &[T],
        parameters: &[Var],
        lift: impl Fn(Var) -> T,
    ) -> Result<Workspace<T>, RunError> {
        let mut work = Workspace::new();
        let parameters: Vec<T> = parameters.iter().map(|p| lift(*p)).collect();
        self.set_parameters(&mut work, &parameters)?;
        self.forward_unguarded(&mut work, x)?;
        Ok(work)
    }

    /// Records the guards of this program on what a forward sweep has computed.
    fn guard_again<T: Real>(&self, s: &Session<'_>, work: &Workspace<T>, primal: impl Fn(T) -> Var) {
        for (guard, [left, right]) in self.guarded(work) {
            s.guard_again(guard, primal(left), primal(right));
        }
    }
}

/// 1 where the two are the same, else 0: a constant.
fn unit(k: usize, direction: usize) -> Var {
    Var::constant(if k == direction { 1.0 } else { 0.0 })
}
