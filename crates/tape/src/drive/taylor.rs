//! Higher-order derivatives of a program along a curve: its forward sweep at [`Taylor`] numbers, into slices of the
//! caller's.
//!
//! Nothing is allocated after the first run in a workspace, but for rows of any arity whose partials need scratch
//! (`product`, `logsumexp`).

use wengert_ops::{Primitive, Taylor};

use crate::program::{Program, RunError, length};
use crate::workspace::Workspace;

/// What Taylor coefficients up to order `K` need: a workspace at [`Taylor`] numbers, and room for the inputs.
#[derive(Clone, Debug)]
pub struct HigherOrder<F, const K: usize> {
    work: Workspace<Taylor<F, K>>,
    x: Vec<Taylor<F, K>>,
}

impl<F, const K: usize> Default for HigherOrder<F, K> {
    fn default() -> Self {
        Self { work: Workspace::new(), x: Vec::new() }
    }
}

impl<F, const K: usize> HigherOrder<F, K> {
    /// Without memory yet: the first run takes it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Program {
    /// The Taylor coefficients of `t ↦ f(x + t·v)` up to order `K`: `K + 1` an output, order 0 first, output after output.
    /// The `k`-th directional derivative is `k!` times that of order `k`.
    ///
    /// ```
    /// use wengert::{Program, program::HigherOrder};
    ///
    /// let f = Program::record(&[1.0, 1.0], |x| vec![x[0] * x[1], x[1].exp()])?;
    /// let mut c = [0.0; 6];
    /// f.taylor_into(&mut HigherOrder::<f64, 2>::new(), &[3.0, 0.0], &[1.0, 2.0], &mut c)?;
    /// assert_eq!(c[..3], [0.0, 6.0, 2.0]); // (3 + t)·2t
    /// assert_eq!(c[3..], [1.0, 2.0, 2.0]); // e²ᵗ
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Guards compare values at `t = 0`. Cost: one forward at Taylor numbers; a sum costs `O(K)`, a product `O(K²)`, an
    /// elementary function `O(K³)`.
    ///
    /// # Errors
    /// [`RunError::Diverged`] where a comparison comes out otherwise than when it was recorded, [`RunError::Length`].
    pub fn taylor_into<F: Primitive, const K: usize>(
        &self,
        work: &mut HigherOrder<F, K>,
        x: &[F],
        v: &[F],
        coefficients: &mut [F],
    ) -> Result<(), RunError> {
        length("inputs", self.inputs(), x.len())?;
        length("the direction", self.inputs(), v.len())?;
        work.x.clear();
        work.x.extend(x.iter().zip(v).map(|(x, v)| Taylor::line(*x, *v)));
        self.coefficients_into(work, coefficients)
    }

    /// The same along a curve: `path` holds the inputs' own coefficients, `K + 1` an input, order 0 first.
    ///
    /// ```
    /// use wengert::{Program, program::HigherOrder};
    ///
    /// let f = Program::record(&[1.0], |x| vec![x[0] * x[0]])?;
    /// let mut c = [0.0; 4];
    /// f.taylor_along_into(&mut HigherOrder::<f64, 3>::new(), &[1.0, 1.0, 1.0, 0.0], &mut c)?;
    /// assert_eq!(c, [1.0, 2.0, 3.0, 2.0]); // (1 + t + t²)² up to t³
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`taylor_into`](Self::taylor_into).
    pub fn taylor_along_into<F: Primitive, const K: usize>(
        &self,
        work: &mut HigherOrder<F, K>,
        path: &[F],
        coefficients: &mut [F],
    ) -> Result<(), RunError> {
        length("the path", self.inputs() * (K + 1), path.len())?;
        work.x.clear();
        work.x.extend(path.chunks_exact(K + 1).map(Taylor::series));
        self.coefficients_into(work, coefficients)
    }

    fn coefficients_into<F: Primitive, const K: usize>(
        &self,
        work: &mut HigherOrder<F, K>,
        coefficients: &mut [F],
    ) -> Result<(), RunError> {
        length("the coefficients", self.outputs() * (K + 1), coefficients.len())?;
        let HigherOrder { work, x } = work;
        self.run_for_outputs(work, x)?;
        for (k, row) in coefficients.chunks_exact_mut(K + 1).enumerate() {
            let y = self.output(work, k).ok_or(RunError::NotRun)?;
            for (slot, c) in row.iter_mut().zip(y.coefficients()) {
                *slot = c;
            }
        }
        Ok(())
    }
}
