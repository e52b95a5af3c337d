//! What a sparse plan may be told.

use wengert_tape::VertexOrder;

use crate::program::Program;

/// How a sparse derivative is planned.
///
/// ```
/// use wengert::{Program, sparse::{Recovery, SparseHessian, SparseOptions}};
///
/// let f = Program::record(&[1.0; 50], |x| vec![x.windows(2).map(|w| (w[0] * w[1]).sin()).sum()])?;
/// let direct = SparseHessian::new(&f);
/// let options = SparseOptions { recovery: Recovery::Substitution, ..SparseOptions::default() };
/// let substituted = SparseHessian::with(&f, &options)?;
/// assert_eq!((direct.report().colors, substituted.report().colors), (3, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SparseOptions {
    /// Which outputs, in which order; all where there is no list.
    pub outputs: Option<Vec<usize>>,
    /// In which orders colourings are tried; the best is kept, and none is tried when there can be no better.
    pub orders: Vec<VertexOrder>,
    /// How the entries of a Hessian follow from its products with directions.
    pub recovery: Recovery,
}

impl Default for SparseOptions {
    fn default() -> Self {
        Self { outputs: None, orders: VertexOrder::ALL.to_vec(), recovery: Recovery::Direct }
    }
}

impl SparseOptions {
    /// The outputs that are asked for, by number.
    pub(super) fn outputs_of(&self, program: &Program) -> Vec<usize> {
        self.outputs.clone().unwrap_or_else(|| (0..program.outputs()).collect())
    }
}

/// How the entries of a Hessian follow from its products with directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recovery {
    /// Each is read off: a star colouring. Rounding errors are those of the products.
    Direct,
    /// By substitution: an acyclic colouring, of fewer colours. An entry's error grows with how many were found before it
    /// and how large they are: along a band of `n` columns with up to `n` of them.
    Substitution,
}
