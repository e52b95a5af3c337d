//! The state of a sparse plan's runs: workspaces for each width of a sweep, taken when they are first used.

use wengert_ops::{Dual, Primitive};

use crate::drive::program::SecondOrder;
use crate::program::{Program, RunError, Several, length};
use crate::workspace::Workspace;

/// What running a [`SparseJacobian`](crate::SparseJacobian) or [`SparseHessian`](crate::SparseHessian) needs: one a thread,
/// reused. Nothing is allocated after the first run of a plan in it.
#[derive(Clone, Debug)]
pub struct SparseWork<F = f64> {
    /// Values and saved partials, for reverse sweeps.
    pub(super) values: Workspace<F>,
    pub(super) lanes: Lanes<F>,
    /// One weight for each output of the program, asked for or not.
    pub(super) all_weights: Vec<F>,
    /// Products with a Hessian by variable and colour, where entries follow by substitution.
    pub(super) products: Vec<F>,
    /// The parameters, where they are not those of the recording.
    parameters: Vec<F>,
}

/// What sweeps of each width need.
#[derive(Clone, Debug)]
pub(super) struct Lanes<F> {
    pub(super) one: Lane<F, 1>,
    pub(super) two: Lane<F, 2>,
    pub(super) four: Lane<F, 4>,
    pub(super) eight: Lane<F, 8>,
}

/// What sweeps of one width need.
#[derive(Clone, Debug)]
pub(super) struct Lane<F, const N: usize> {
    pub(super) tangents: SecondOrder<F, N>,
    pub(super) adjoints: Vec<Several<F, N>>,
    pub(super) weights: Vec<Several<F, N>>,
    parameters: Vec<Dual<F, N>>,
}

impl<F, const N: usize> Default for Lane<F, N> {
    fn default() -> Self {
        let (adjoints, weights, parameters) = (Vec::new(), Vec::new(), Vec::new());
        Self { tangents: SecondOrder::new(), adjoints, weights, parameters }
    }
}

impl<F> Default for SparseWork<F> {
    fn default() -> Self {
        let lanes = Lanes {
            one: Lane::default(),
            two: Lane::default(),
            four: Lane::default(),
            eight: Lane::default(),
        };
        let (all_weights, products, parameters) = (Vec::new(), Vec::new(), Vec::new());
        Self { values: Workspace::new(), lanes, all_weights, products, parameters }
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
    /// Sets the parameters for the runs of this program in this workspace from now on; without, they are those of its
    /// recording.
    ///
    /// # Errors
    /// [`RunError::Length`].
    pub fn set_parameters(&mut self, program: &Program, parameters: &[F]) -> Result<(), RunError> {
        length("parameters", program.parameters(), parameters.len())?;
        self.parameters.clear();
        self.parameters.extend_from_slice(parameters);
        Ok(())
    }

    /// Hands the parameters to the workspace of values.
    pub(super) fn prepare_values(&mut self, program: &Program) -> Result<(), RunError> {
        if self.parameters.is_empty() {
            Ok(())
        } else {
            program.set_parameters(&mut self.values, &self.parameters)
        }
    }

    /// Hands the parameters to the workspaces of one width.
    pub(super) fn prepare_lane<const N: usize>(
        &mut self,
        program: &Program,
        lane: impl Fn(&mut Lanes<F>) -> &mut Lane<F, N>,
    ) -> Result<(), RunError> {
        if self.parameters.is_empty() {
            return Ok(());
        }
        let Lane { tangents, parameters, .. } = lane(&mut self.lanes);
        parameters.clear();
        parameters.extend(self.parameters.iter().map(|p| Dual::constant(*p)));
        program.set_parameters(&mut tangents.work, parameters)
    }
}

/// The seed of a vertex in a lane: 1 where it has the lane's colour.
#[inline(always)]
pub(super) fn seed<F: Primitive>(color: u32, first: u32, lane: usize) -> F {
    if color == first + lane as u32 { F::one() } else { F::zero() }
}
