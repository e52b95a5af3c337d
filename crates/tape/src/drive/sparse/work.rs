//! The state of a sparse plan's runs.

use wengert_ops::Primitive;

use super::plan::LANES;
use crate::drive::program::SecondOrder;
use crate::program::{Program, RunError, Several};
use crate::workspace::Workspace;

/// What running a [`SparseJacobian`](crate::SparseJacobian) or [`SparseHessian`](crate::SparseHessian) needs: one a thread,
/// reused. Nothing is allocated after the first run of a plan in it.
#[derive(Clone, Debug)]
pub struct SparseWork<F = f64> {
    /// Values and saved partials, for reverse sweeps of a Jacobian's rows.
    pub(super) values: Workspace<F>,
    pub(super) adjoints: Vec<Several<F, LANES>>,
    pub(super) seeds: Vec<Several<F, LANES>>,
    pub(super) tangents: SecondOrder<F, LANES>,
    /// One weight for each output of the program, asked for or not.
    pub(super) all_weights: Vec<F>,
    /// Products with a Hessian by variable and colour, where entries follow by substitution.
    pub(super) products: Vec<F>,
}

impl<F> Default for SparseWork<F> {
    fn default() -> Self {
        Self {
            values: Workspace::new(),
            adjoints: Vec::new(),
            seeds: Vec::new(),
            tangents: SecondOrder::new(),
            all_weights: Vec::new(),
            products: Vec::new(),
        }
    }
}

impl<F> SparseWork<F> {
    /// Without memory yet: the first run takes it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<F: Primitive> SparseWork<F> {
    /// Sets the parameters for the runs of a program in this workspace, until another program is run in it; otherwise they
    /// are those of its recording.
    ///
    /// ```
    /// use wengert::{Program, sparse::{SparseHessian, SparseWork}};
    ///
    /// let f = Program::record_with(|s| {
    ///     let (x, scale) = (s.input(1.0), s.parameter(1.0));
    ///     s.output(scale * x.square());
    /// })?;
    /// let (hessian, mut work, mut values) = (SparseHessian::new(&f), SparseWork::new(), [0.0]);
    /// work.set_parameters(&f, &[10.0])?;
    /// hessian.values_into(&mut work, &[3.0], &[1.0], &mut values)?;
    /// assert_eq!(values, [20.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RunError::Length`].
    pub fn set_parameters(&mut self, program: &Program, parameters: &[F]) -> Result<(), RunError> {
        program.set_parameters(&mut self.values, parameters)?;
        self.tangents.set_parameters(program, parameters)
    }
}

/// The seed of a vertex in a lane: 1 where it has the lane's colour.
#[inline(always)]
pub(super) fn seed<F: Primitive>(color: u32, first: u32, lane: usize) -> F {
    if color == first + lane as u32 { F::one() } else { F::zero() }
}
