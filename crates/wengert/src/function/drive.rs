//! What users ask of a function: values, gradients, products and matrices, given back or written into slices.
//!
//! Each is the [`Program`](wengert_program::Program)'s driver at the trace of the point. Costs are those of a call at a known
//! trace, in sweeps: *forward* is one run, *reverse* one reverse sweep. Matrices are row after row. A slice of a wrong length,
//! or several outputs where one is asked of, is a [`FunctionError::Run`]; the slices' contents after an error are of no use.

use wengert_tape::{Recorder, RunError, Var};

use super::{Function, FunctionError, Wants};

/// That a function has one output.
fn scalar(outputs: usize) -> Result<(), RunError> {
    if outputs == 1 { Ok(()) } else { Err(RunError::NotScalar { found: outputs }) }
}

/// That a slice has the length it must.
fn length(what: &'static str, expected: usize, found: usize) -> Result<(), RunError> {
    if expected == found { Ok(()) } else { Err(RunError::Length { what, expected, found }) }
}

/// The values of a recording's outputs.
fn values_of(outputs: &[Var], y: &mut [f64]) -> Result<(), RunError> {
    length("outputs", outputs.len(), y.len())?;
    for (slot, y) in y.iter_mut().zip(outputs) {
        *slot = y.value();
    }
    Ok(())
}

/// The gradient of the weighted outputs of a recording.
fn sweep(
    recorder: &mut Recorder,
    outputs: &[Var],
    weights: &[f64],
    gradient: &mut [f64],
) -> Result<(), FunctionError> {
    length("weights", outputs.len(), weights.len())?;
    length("the gradient", recorder.tape().inputs().len(), gradient.len())?;
    let seeds: Vec<_> = outputs.iter().copied().zip(weights.iter().copied()).collect();
    for (slot, g) in gradient.iter_mut().zip(recorder.reverse_seeded(&seeds)?.inputs()) {
        *slot = g;
    }
    Ok(())
}

impl Function<'_> {
    /// The value of a function of one output. Cost: one forward. Allocates nothing.
    ///
    /// ```
    /// let mut f = wengert::Function::new(|x| x[0] * x[1]);
    /// assert_eq!(f.value(&[2.0, 3.0])?, 6.0);
    /// # Ok::<(), wengert::FunctionError>(())
    /// ```
    pub fn value(&mut self, x: &[f64]) -> Result<f64, FunctionError> {
        self.at_or(
            Wants::Values,
            x,
            &mut [0.0],
            |mut run, y| {
                scalar(run.program.outputs())?;
                run.program.values_into(run.work()?, x, y)?;
                Ok(y[0])
            },
            |_, outputs, _| {
                scalar(outputs.len())?;
                Ok(outputs[0].value())
            },
        )
    }

    /// The values of all outputs. Cost: one forward.
    ///
    /// ```
    /// let mut f = wengert::Function::new(|x| [x[0] + x[1], x[0] * x[1]]);
    /// assert_eq!(f.values(&[2.0, 3.0])?, [5.0, 6.0]);
    /// # Ok::<(), wengert::FunctionError>(())
    /// ```
    pub fn values(&mut self, x: &[f64]) -> Result<Vec<f64>, FunctionError> {
        let mut y = Vec::new();
        self.at_or(
            Wants::Values,
            x,
            &mut y,
            |mut run, y| {
                y.resize(run.program.outputs(), 0.0);
                run.program.values_into(run.work()?, x, y)
            },
            |_, outputs, y| {
                y.extend(outputs.iter().map(|y| y.value()));
                Ok(())
            },
        )?;
        Ok(y)
    }

    /// [`values`](Self::values), into a slice.
    pub fn values_into(&mut self, x: &[f64], y: &mut [f64]) -> Result<(), FunctionError> {
        self.at_or(
            Wants::Values,
            x,
            y,
            |mut run, y| run.program.values_into(run.work()?, x, y),
            |_, outputs, y| Ok(values_of(outputs, y)?),
        )
    }

    /// The value and the gradient of a function of one output. Cost: one forward, one reverse.
    ///
    /// ```
    /// let mut f = wengert::Function::new(|x| x[0] * x[1]);
    /// assert_eq!(f.gradient(&[2.0, 3.0])?, (6.0, vec![3.0, 2.0]));
    /// # Ok::<(), wengert::FunctionError>(())
    /// ```
    pub fn gradient(&mut self, x: &[f64]) -> Result<(f64, Vec<f64>), FunctionError> {
        let mut gradient = vec![0.0; x.len()];
        Ok((self.gradient_into(x, &mut gradient)?, gradient))
    }

    /// [`gradient`](Self::gradient), into a slice; gives the value.
    pub fn gradient_into(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64, FunctionError> {
        self.at_or(
            Wants::Derivatives,
            x,
            gradient,
            |mut run, gradient| run.program.gradient_into(run.work()?, x, gradient),
            |recorder, outputs, gradient| {
                scalar(outputs.len())?;
                sweep(recorder, outputs, &[1.0], gradient)?;
                Ok(outputs[0].value())
            },
        )
    }

    /// Values and `Jv`, the derivative along a direction. Cost: one forward at dual numbers.
    ///
    /// ```
    /// let mut f = wengert::Function::new(|x| [x[0] + x[1], x[0] * x[1]]);
    /// assert_eq!(f.jvp(&[2.0, 3.0], &[1.0, 10.0])?, (vec![5.0, 6.0], vec![11.0, 23.0]));
    /// # Ok::<(), wengert::FunctionError>(())
    /// ```
    pub fn jvp(&mut self, x: &[f64], v: &[f64]) -> Result<(Vec<f64>, Vec<f64>), FunctionError> {
        self.at(x, |mut run| {
            let [mut y, mut product] = [vec![0.0; run.program.outputs()], vec![0.0; run.program.outputs()]];
            run.program.jvp_into(run.work()?, x, v, &mut y, &mut product)?;
            Ok((y, product))
        })
    }

    /// [`jvp`](Self::jvp), into slices.
    pub fn jvp_into(
        &mut self,
        x: &[f64],
        v: &[f64],
        y: &mut [f64],
        product: &mut [f64],
    ) -> Result<(), FunctionError> {
        self.at(x, |mut run| run.program.jvp_into(run.work()?, x, v, y, product))
    }

    /// Values and `wᵀJ`, the gradient of `Σ wₖfₖ`, one weight an output. Cost: one forward, one reverse.
    ///
    /// ```
    /// let mut f = wengert::Function::new(|x| [x[0] + x[1], x[0] * x[1]]);
    /// assert_eq!(f.vjp(&[2.0, 3.0], &[1.0, 10.0])?, (vec![5.0, 6.0], vec![31.0, 21.0]));
    /// # Ok::<(), wengert::FunctionError>(())
    /// ```
    pub fn vjp(&mut self, x: &[f64], weights: &[f64]) -> Result<(Vec<f64>, Vec<f64>), FunctionError> {
        // One weight an output, so there are as many values.
        let [mut y, mut product] = [vec![0.0; weights.len()], vec![0.0; x.len()]];
        self.vjp_into(x, weights, &mut y, &mut product)?;
        Ok((y, product))
    }

    /// [`vjp`](Self::vjp), into slices.
    pub fn vjp_into(
        &mut self,
        x: &[f64],
        weights: &[f64],
        y: &mut [f64],
        product: &mut [f64],
    ) -> Result<(), FunctionError> {
        self.at_or(
            Wants::Derivatives,
            x,
            &mut (y, product),
            |mut run, (y, product)| run.program.vjp_into(run.work()?, x, weights, y, product),
            |recorder, outputs, (y, product)| {
                sweep(recorder, outputs, weights, product)?;
                Ok(values_of(outputs, y)?)
            },
        )
    }

    /// Values and the Jacobian, `m × n`. Cost: forwards with tangents for `n` columns, or one forward and reverses
    /// for `m` rows, up to eight lines a pass: in the mode of the trace that [costs
    /// less](wengert_program::Program::jacobian_mode).
    ///
    /// ```
    /// let mut f = wengert::Function::new(|x| [x[0] + x[1], x[0] * x[1]]);
    /// assert_eq!(f.jacobian(&[2.0, 3.0])?, (vec![5.0, 6.0], vec![1.0, 1.0, 3.0, 2.0]));
    /// # Ok::<(), wengert::FunctionError>(())
    /// ```
    pub fn jacobian(&mut self, x: &[f64]) -> Result<(Vec<f64>, Vec<f64>), FunctionError> {
        self.at(x, |mut run| {
            let mut y = vec![0.0; run.program.outputs()];
            let mut jacobian = vec![0.0; y.len() * x.len()];
            run.program.jacobian_into(run.work()?, x, &mut y, &mut jacobian)?;
            Ok((y, jacobian))
        })
    }

    /// [`jacobian`](Self::jacobian), into slices.
    pub fn jacobian_into(
        &mut self,
        x: &[f64],
        y: &mut [f64],
        jacobian: &mut [f64],
    ) -> Result<(), FunctionError> {
        self.at(x, |mut run| run.program.jacobian_into(run.work()?, x, y, jacobian))
    }

    /// Value, gradient, and product `Hv` of the Hessian of a function of one output with a vector. Cost: one forward and one
    /// reverse at dual numbers; no Hessian is formed.
    ///
    /// ```
    /// let mut f = wengert::Function::new(|x| x[0] * x[0] * x[1]);
    /// assert_eq!(f.hvp(&[2.0, 3.0], &[1.0, 10.0])?, (12.0, vec![12.0, 4.0], vec![46.0, 4.0]));
    /// # Ok::<(), wengert::FunctionError>(())
    /// ```
    pub fn hvp(&mut self, x: &[f64], v: &[f64]) -> Result<(f64, Vec<f64>, Vec<f64>), FunctionError> {
        let [mut gradient, mut product] = [vec![0.0; x.len()], vec![0.0; x.len()]];
        let value = self.hvp_into(x, v, &mut gradient, &mut product)?;
        Ok((value, gradient, product))
    }

    /// [`hvp`](Self::hvp), into slices; gives the value.
    pub fn hvp_into(
        &mut self,
        x: &[f64],
        v: &[f64],
        gradient: &mut [f64],
        product: &mut [f64],
    ) -> Result<f64, FunctionError> {
        self.at(x, |mut run| run.program.hvp_into(run.work()?, x, v, gradient, product))
    }

    /// Value, gradient and Hessian, `n × n`, of a function of one output. Cost: `⌈n/8⌉` forwards and reverses at 8 tangents.
    ///
    /// ```
    /// let mut f = wengert::Function::new(|x| x[0] * x[0] * x[1]);
    /// assert_eq!(f.hessian(&[2.0, 3.0])?, (12.0, vec![12.0, 4.0], vec![6.0, 4.0, 4.0, 0.0]));
    /// # Ok::<(), wengert::FunctionError>(())
    /// ```
    pub fn hessian(&mut self, x: &[f64]) -> Result<(f64, Vec<f64>, Vec<f64>), FunctionError> {
        let [mut gradient, mut hessian] = [vec![0.0; x.len()], vec![0.0; x.len() * x.len()]];
        let value = self.hessian_into(x, &mut gradient, &mut hessian)?;
        Ok((value, gradient, hessian))
    }

    /// [`hessian`](Self::hessian), into slices; gives the value.
    pub fn hessian_into(
        &mut self,
        x: &[f64],
        gradient: &mut [f64],
        hessian: &mut [f64],
    ) -> Result<f64, FunctionError> {
        self.at(x, |mut run| run.program.hessian_into(run.work()?, x, gradient, hessian))
    }

    /// Gradient and Hessian of `Σ wₖfₖ`, one weight an output, `n × n`: of a Lagrangian, with the objective and the constraints
    /// as outputs. Cost: `⌈n/8⌉` forwards and reverses at 8 tangents.
    ///
    /// ```
    /// let mut f = wengert::Function::new(|x| [x[0] * x[0], x[0] * x[1]]);
    /// let (gradient, hessian) = f.lagrangian_hessian(&[2.0, 3.0], &[1.0, 10.0])?;
    /// assert_eq!((gradient, hessian), (vec![34.0, 20.0], vec![2.0, 10.0, 10.0, 0.0]));
    /// # Ok::<(), wengert::FunctionError>(())
    /// ```
    pub fn lagrangian_hessian(
        &mut self,
        x: &[f64],
        weights: &[f64],
    ) -> Result<(Vec<f64>, Vec<f64>), FunctionError> {
        let [mut gradient, mut hessian] = [vec![0.0; x.len()], vec![0.0; x.len() * x.len()]];
        self.lagrangian_hessian_into(x, weights, &mut gradient, &mut hessian)?;
        Ok((gradient, hessian))
    }

    /// [`lagrangian_hessian`](Self::lagrangian_hessian), into slices.
    pub fn lagrangian_hessian_into(
        &mut self,
        x: &[f64],
        weights: &[f64],
        gradient: &mut [f64],
        hessian: &mut [f64],
    ) -> Result<(), FunctionError> {
        self.at(x, |mut run| run.program.lagrangian_hessian_into(run.work()?, x, weights, gradient, hessian))
    }

    /// Gradient of `Σ wₖfₖ`, one weight an output, and the product of its Hessian with a vector. Cost: one forward and one
    /// reverse at dual numbers.
    ///
    /// ```
    /// let mut f = wengert::Function::new(|x| [x[0] * x[0], x[0] * x[1]]);
    /// let (gradient, product) = f.lagrangian_hvp(&[2.0, 3.0], &[1.0, 10.0], &[1.0, 1.0])?;
    /// assert_eq!((gradient, product), (vec![34.0, 20.0], vec![12.0, 10.0]));
    /// # Ok::<(), wengert::FunctionError>(())
    /// ```
    pub fn lagrangian_hvp(
        &mut self,
        x: &[f64],
        weights: &[f64],
        v: &[f64],
    ) -> Result<(Vec<f64>, Vec<f64>), FunctionError> {
        let [mut gradient, mut product] = [vec![0.0; x.len()], vec![0.0; x.len()]];
        self.lagrangian_hvp_into(x, weights, v, &mut gradient, &mut product)?;
        Ok((gradient, product))
    }

    /// [`lagrangian_hvp`](Self::lagrangian_hvp), into slices.
    pub fn lagrangian_hvp_into(
        &mut self,
        x: &[f64],
        weights: &[f64],
        v: &[f64],
        gradient: &mut [f64],
        product: &mut [f64],
    ) -> Result<(), FunctionError> {
        self.at(x, |mut run| run.program.lagrangian_hvp_into(run.work()?, x, weights, v, gradient, product))
    }
}
