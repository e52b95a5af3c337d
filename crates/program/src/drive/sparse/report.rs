//! What a plan found, for people.

use core::fmt;

use wengert_tape::VertexOrder;

/// What a plan for a sparse derivative came to.
///
/// ```
/// use wengert::{Program, sparse::SparseHessian};
///
/// let f = Program::record(&[1.0; 1_000], |x| vec![x[1..].iter().map(|y| (x[0] * *y).sin()).sum()])?;
/// assert_eq!(
///     SparseHessian::new(&f).report().to_string(),
///     "1000 × 1000, 1999 nonzeros, 2 colors (natural order), direct, 1 sweep"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SparseReport {
    /// Rows of the matrix.
    pub rows: usize,
    /// Columns of the matrix.
    pub columns: usize,
    /// Entries that are computed; of a Hessian, those of the lower triangle.
    pub nonzeros: usize,
    /// How they are.
    pub mode: SparseMode,
    /// Colours: directions in all.
    pub colors: usize,
    /// The order in which they were found.
    pub order: VertexOrder,
    /// How many sweeps carry them.
    pub sweeps: usize,
}

/// How a sparse derivative is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SparseMode {
    /// Columns together, forward at dual numbers.
    Forward,
    /// Rows together, in reverse.
    Reverse,
    /// Products with a Hessian, entries read off.
    Direct,
    /// Products with a Hessian, entries by substitution.
    Substitution,
}

impl fmt::Display for SparseMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forward => "forward",
            Self::Reverse => "reverse",
            Self::Direct => "direct",
            Self::Substitution => "substitution",
        })
    }
}

impl fmt::Display for SparseReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, columns, nonzeros, mode, colors, order, sweeps } = self;
        let s = |count: usize| if count == 1 { "" } else { "s" };
        write!(f, "{rows} × {columns}, {nonzeros} nonzero{}, ", s(*nonzeros))?;
        write!(f, "{colors} color{} ({order} order), {mode}, {sweeps} sweep{}", s(*colors), s(*sweeps))
    }
}
