//! Higher-order derivatives of a program along a curve: its forward sweep at [`Taylor`] numbers, into slices of the
//! caller's.
//!
//! Up to order 8, runs at `f64` are those of the next order for which the sweep is compiled ahead, 4 or 8, with series that are
//! [truncated](Taylor::truncated) at `K`: so they cost what order `K` costs, but for memory. Nothing is allocated after the first
//! run in a memory, but for rows of any arity whose partials need scratch (`product`, `logsumexp`).

use wengert_ops::{Primitive, Shortcuts, Taylor};
use wengert_tape::RunError;

use crate::error::length;
use crate::program::Program;
use crate::run::RunState;
use crate::work::Work;

/// The memory of runs at series.
#[derive(Clone, Debug)]
struct Series<F: Primitive, const W: usize> {
    run: RunState<Taylor<F, W>>,
    x: Vec<Taylor<F, W>>,
}

impl<F: Primitive, const W: usize> Series<F, W> {
    const fn is_ahead() -> bool {
        <Taylor<F, W> as Shortcuts>::AHEAD.is_some()
    }
}

impl<F: Primitive, const W: usize> Default for Series<F, W> {
    fn default() -> Self {
        Self { run: RunState::default(), x: Vec::new() }
    }
}

impl Program {
    /// The Taylor coefficients of `t ↦ f(x + t·v)` up to order `K`: `K + 1` an output, order 0 first, output after output.
    /// The `k`-th directional derivative is `k!` times that of order `k`.
    ///
    /// ```
    /// use wengert::{Program, Work};
    ///
    /// let f = Program::record(&[1.0, 1.0], |x| vec![x[0] * x[1], x[1].exp()])?;
    /// let mut c = [0.0; 6];
    /// f.taylor_into::<2, _>(&mut Work::new(), &[3.0, 0.0], &[1.0, 2.0], &mut c)?;
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
    pub fn taylor_into<const K: usize, F: Primitive>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        v: &[F],
        coefficients: &mut [F],
    ) -> Result<(), RunError> {
        length("inputs", self.inputs(), x.len())?;
        length("the direction", self.inputs(), v.len())?;
        self.coefficients_into::<K, F>(work, &Path::Line(x, v), coefficients)
    }

    /// The same along a curve: `path` holds the inputs' own coefficients, `K + 1` an input, order 0 first.
    ///
    /// ```
    /// use wengert::{Program, Work};
    ///
    /// let f = Program::record(&[1.0], |x| vec![x[0] * x[0]])?;
    /// let mut c = [0.0; 4];
    /// f.taylor_along_into::<3, _>(&mut Work::new(), &[1.0, 1.0, 1.0, 0.0], &mut c)?;
    /// assert_eq!(c, [1.0, 2.0, 3.0, 2.0]); // (1 + t + t²)² up to t³
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`taylor_into`](Self::taylor_into).
    pub fn taylor_along_into<const K: usize, F: Primitive>(
        &self,
        work: &mut Work<F>,
        path: &[F],
        coefficients: &mut [F],
    ) -> Result<(), RunError> {
        length("the path", self.inputs() * (K + 1), path.len())?;
        self.coefficients_into::<K, F>(work, &Path::Curve(path, K + 1), coefficients)
    }

    fn coefficients_into<const K: usize, F: Primitive>(
        &self,
        work: &mut Work<F>,
        path: &Path<'_, F>,
        coefficients: &mut [F],
    ) -> Result<(), RunError> {
        if const { K <= 4 && Series::<F, 4>::is_ahead() } {
            self.coefficients_at::<F, K, 4>(work, path, coefficients)
        } else if const { K <= 8 && Series::<F, 8>::is_ahead() } {
            self.coefficients_at::<F, K, 8>(work, path, coefficients)
        } else {
            self.coefficients_at::<F, K, K>(work, path, coefficients)
        }
    }

    /// Coefficients up to order `K`, by numbers that have room for `W ≥ K`.
    fn coefficients_at<F: Primitive, const K: usize, const W: usize>(
        &self,
        work: &mut Work<F>,
        path: &Path<'_, F>,
        coefficients: &mut [F],
    ) -> Result<(), RunError> {
        length("the coefficients", self.outputs() * (K + 1), coefficients.len())?;
        let (Series { run, x }, parameters) = work.driver::<Series<F, W>>(self.number());
        self.tell(run, parameters)?;
        x.clear();
        x.extend((0..self.inputs()).map(|k| path.series::<W>(k).truncated(K)));
        self.evaluate_in(run, x)?;
        for (k, row) in coefficients.chunks_exact_mut(K + 1).enumerate() {
            let y = self.output_of(run, k).ok_or(RunError::NotRun)?;
            for (slot, c) in row.iter_mut().zip(y.coefficients()) {
                *slot = c;
            }
        }
        Ok(())
    }
}

/// Along what a program is run.
enum Path<'a, F> {
    /// From a point in a direction.
    Line(&'a [F], &'a [F]),
    /// The inputs' coefficients, so many each.
    Curve(&'a [F], usize),
}

impl<F: Primitive> Path<'_, F> {
    /// The series of input `k`.
    fn series<const W: usize>(&self, k: usize) -> Taylor<F, W> {
        match *self {
            Self::Line(x, v) => Taylor::line(x[k], v[k]),
            Self::Curve(coefficients, each) => Taylor::series(&coefficients[k * each..][..each]),
        }
    }
}
