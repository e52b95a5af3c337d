//! The drivers of a program that give their results back: each takes memory for one call. In a loop, those that write into
//! slices keep it.

use wengert_lanes::LaneFloat;
use wengert_ops::Primitive;
use wengert_tape::RunError;

use crate::program::Program;
use crate::work::Work;

impl Program {
    /// The value of a program of one output. Cost: one forward, and its memory.
    ///
    /// ```
    /// let f = wengert::Program::record(&[1.0, 1.0], |x| x[0] * x[1])?;
    /// assert_eq!(f.value(&[4.0, -3.0])?, -12.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn value<F: Primitive>(&self, x: &[F]) -> Result<F, RunError> {
        self.scalar()?;
        let mut y = [F::zero()];
        self.values_into(&mut Work::new(), x, &mut y)?;
        Ok(y[0])
    }

    /// The values of all outputs. Cost: one forward, and its memory.
    ///
    /// ```
    /// let f = wengert::Program::record(&[1.0, 1.0], |x| [x[0] * x[1], x[0]])?;
    /// assert_eq!(f.values(&[4.0, -3.0])?, [-12.0, 4.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn values<F: Primitive>(&self, x: &[F]) -> Result<Vec<F>, RunError> {
        let mut y = zeros(self.outputs());
        self.values_into(&mut Work::new(), x, &mut y)?;
        Ok(y)
    }

    /// The value and the gradient of a program of one output. Cost: one forward, one reverse, and their memory.
    ///
    /// ```
    /// let f = wengert::Program::record(&[1.0, 1.0], |x| x[0] * x[1])?;
    /// assert_eq!(f.gradient(&[4.0, -3.0])?, (-12.0, vec![-3.0, 4.0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn gradient<F: Primitive>(&self, x: &[F]) -> Result<(F, Vec<F>), RunError> {
        let mut gradient = zeros(self.inputs());
        let value = self.gradient_into(&mut Work::new(), x, &mut gradient)?;
        Ok((value, gradient))
    }

    /// Values and `Jv`, the derivative along a direction. Cost: one forward at dual numbers, and its memory.
    ///
    /// ```
    /// let f = wengert::Program::record(&[1.0, 1.0], |x| [x[0] * x[1], x[0]])?;
    /// assert_eq!(f.jvp(&[4.0, -3.0], &[1.0, 2.0])?, (vec![-12.0, 4.0], vec![5.0, 1.0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn jvp<F: Primitive>(&self, x: &[F], v: &[F]) -> Result<(Vec<F>, Vec<F>), RunError> {
        let (mut y, mut product) = (zeros(self.outputs()), zeros(self.outputs()));
        self.jvp_into(&mut Work::new(), x, v, &mut y, &mut product)?;
        Ok((y, product))
    }

    /// Values and `wᵀJ`, the gradient of `Σ wₖfₖ`, one weight an output. Cost: one forward, one reverse, and their memory.
    ///
    /// ```
    /// let f = wengert::Program::record(&[1.0, 1.0], |x| [x[0] * x[1], x[0]])?;
    /// assert_eq!(f.vjp(&[4.0, -3.0], &[1.0, 10.0])?, (vec![-12.0, 4.0], vec![7.0, 4.0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn vjp<F: Primitive>(&self, x: &[F], weights: &[F]) -> Result<(Vec<F>, Vec<F>), RunError> {
        let (mut y, mut product) = (zeros(self.outputs()), zeros(self.inputs()));
        self.vjp_into(&mut Work::new(), x, weights, &mut y, &mut product)?;
        Ok((y, product))
    }

    /// Values and the Jacobian, `m × n`, row after row. Cost: as [`jacobian_into`](Self::jacobian_into), and memory.
    ///
    /// ```
    /// let f = wengert::Program::record(&[1.0, 1.0], |x| [x[0] * x[1], x[0]])?;
    /// assert_eq!(f.jacobian(&[4.0, -3.0])?, (vec![-12.0, 4.0], vec![-3.0, 4.0, 1.0, 0.0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn jacobian<F: LaneFloat>(&self, x: &[F]) -> Result<(Vec<F>, Vec<F>), RunError> {
        let (mut y, mut jacobian) = (zeros(self.outputs()), zeros(self.outputs() * self.inputs()));
        self.jacobian_into(&mut Work::new(), x, &mut y, &mut jacobian)?;
        Ok((y, jacobian))
    }

    /// Value, gradient, and product `Hv` with the Hessian of a program of one output. Cost: one forward and one reverse at dual
    /// numbers, and their memory.
    ///
    /// ```
    /// let f = wengert::Program::record(&[1.0, 1.0], |x| x[0] * x[0] * x[1])?;
    /// assert_eq!(f.hvp(&[2.0, 3.0], &[1.0, 10.0])?, (12.0, vec![12.0, 4.0], vec![46.0, 4.0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hvp<F: Primitive>(&self, x: &[F], v: &[F]) -> Result<(F, Vec<F>, Vec<F>), RunError> {
        let (mut gradient, mut product) = (zeros(self.inputs()), zeros(self.inputs()));
        let value = self.hvp_into(&mut Work::new(), x, v, &mut gradient, &mut product)?;
        Ok((value, gradient, product))
    }

    /// Value, gradient and Hessian, `n × n`, row after row, of a program of one output. Cost: `⌈n/8⌉` forwards and reverses at 8
    /// tangents, and their memory.
    ///
    /// ```
    /// let f = wengert::Program::record(&[1.0, 1.0], |x| x[0] * x[0] * x[1])?;
    /// assert_eq!(f.hessian(&[2.0, 3.0])?, (12.0, vec![12.0, 4.0], vec![6.0, 4.0, 4.0, 0.0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hessian<F: LaneFloat>(&self, x: &[F]) -> Result<(F, Vec<F>, Vec<F>), RunError> {
        let (mut gradient, mut hessian) = (zeros(self.inputs()), zeros(self.inputs() * self.inputs()));
        let value = self.hessian_into(&mut Work::new(), x, &mut gradient, &mut hessian)?;
        Ok((value, gradient, hessian))
    }
}

fn zeros<F: Primitive>(n: usize) -> Vec<F> {
    vec![F::zero(); n]
}
