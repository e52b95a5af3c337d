//! faer's sparse matrices: out of patterns and plans, into patterns and recordings.
//!
//! A plan's values come in the order in which faer keeps a matrix by columns, so that they are written into its matrix
//! itself: [`matrix`] makes it once, `val_mut` is the slice, and nothing is copied or allocated from then on.
//!
//! ```
//! use faer::linalg::solvers::Solve;
//! use faer::sparse::linalg::solvers::{Llt, SymbolicLlt};
//! use faer::{Col, Side};
//! use wengert::{Program, sparse::SparseHessian, Work};
//!
//! // Newton's method on a chain of springs: cosh of each difference, and a load at one end.
//! let f = Program::record(&[0.0; 50], |x| {
//!     vec![x[0].cosh() + x.windows(2).map(|w| (w[1] - w[0]).cosh()).sum::<wengert::Var>() - x[49] * 0.5]
//! })?;
//! let hessian = SparseHessian::new(&f);
//! let mut work = Work::new();
//! let mut h = wengert::faer::matrix::<f64>(hessian.pattern());
//! let symbolic = SymbolicLlt::try_new(h.symbolic(), Side::Lower)?;
//! let mut x = vec![0.0; 50];
//! for _ in 0..6 {
//!     let (_, gradient) = f.gradient(&x)?;
//!     hessian.values_into(&mut work, &x, &[1.0], h.val_mut())?;
//!     let step = Llt::try_new_with_symbolic(symbolic.clone(), h.as_ref(), Side::Lower)?
//!         .solve(Col::from_fn(50, |k| -gradient[k]));
//!     x.iter_mut().zip(step.iter()).for_each(|(x, step)| *x += step);
//! }
//! // Each spring pulls as much: sinh of a difference is the load.
//! assert!((x[49] / 50.0 - 0.5_f64.asinh()).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Not here: faer's dense matrices (a dense Jacobian is a slice, row after row, which faer views as it is), and its solvers as
//! operations of a tape.

use ::faer::Index;
use ::faer::sparse::{SparseColMat, SparseColMatRef, SymbolicSparseColMat, SymbolicSparseColMatRef};

use crate::Scalar;
use crate::ops::{Invalid, Primitive};
use crate::sparse::Pattern;

/// A pattern as faer's structure of a matrix by columns.
///
/// ```
/// let pattern = wengert::sparse::Pattern::new(2, 3, [(0, 0), (1, 0), (1, 2)]).unwrap();
/// let symbolic = wengert::faer::symbolic(&pattern);
/// assert_eq!((symbolic.nrows(), symbolic.ncols()), (2, 3));
/// assert_eq!((symbolic.col_ptr(), symbolic.row_idx()), (&[0, 2, 2, 3][..], &[0, 1, 1][..]));
/// ```
///
/// Cost: a copy of the pattern, at the width of faer's indices.
#[must_use]
pub fn symbolic(pattern: &Pattern) -> SymbolicSparseColMat<usize> {
    let rows = pattern.row_indices().iter().map(|row| *row as usize).collect();
    SymbolicSparseColMat::new_checked(
        pattern.rows(),
        pattern.columns(),
        pattern.starts().to_vec(),
        None,
        rows,
    )
}

/// A matrix of a pattern, all 0: its `val_mut` is what
/// [`SparseJacobian::values_into`](crate::sparse::SparseJacobian::values_into) and
/// [`SparseHessian::values_into`](crate::sparse::SparseHessian::values_into) fill.
///
/// A Hessian's is the lower triangle, which faer's Cholesky factorizations take with `Side::Lower`; the whole matrix, for LU,
/// is [`Pattern::mirrored`].
///
/// ```
/// use wengert::{Program, sparse::SparseJacobian, Work};
///
/// let f = Program::record(&[1.0, 2.0], |x| vec![x[0] * x[1], x[1].square()])?;
/// let jacobian = SparseJacobian::new(&f);
/// let mut j = wengert::faer::matrix::<f64>(jacobian.pattern());
/// jacobian.values_into(&mut Work::new(), &[3.0, 5.0], j.val_mut())?;
/// assert_eq!(j.get(0, 0), Some(&5.0));
/// assert_eq!(j.get(1, 0), None);
/// assert_eq!(j.get(1, 1), Some(&10.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn matrix<F: Primitive>(pattern: &Pattern) -> SparseColMat<usize, F> {
    SparseColMat::new(symbolic(pattern), vec![F::zero(); pattern.nonzeros()])
}

/// The pattern of a structure that faer has: to be coloured, or to be compared with that of a tape. `None` where it has 2³²
/// rows or columns.
///
/// ```
/// use wengert::sparse::{Pattern, VertexOrder};
///
/// let tridiagonal = Pattern::new(9, 9, (0..9).flat_map(|k| [(k, k), (8.min(k + 1), k)])).unwrap();
/// let symbolic = wengert::faer::symbolic(&tridiagonal);
/// let back = wengert::faer::pattern(symbolic.as_ref()).unwrap();
/// assert_eq!(back, tridiagonal);
/// assert_eq!(back.color_star(&VertexOrder::ALL).count(), 3);
/// ```
#[must_use]
pub fn pattern<I: Index>(structure: SymbolicSparseColMatRef<'_, I>) -> Option<Pattern> {
    let column = |j| structure.row_idx_of_col(j).map(move |i| (i, j));
    Pattern::new(structure.nrows(), structure.ncols(), (0..structure.ncols()).flat_map(column))
}

/// `A·x` of a matrix of constants, at any number type: one n-ary dot product a row, in which each entry is a constant and
/// costs no node.
///
/// ```
/// use wengert::{Program, sparse::Pattern, Work};
///
/// let differences = Pattern::new(2, 3, [(0, 0), (0, 1), (1, 1), (1, 2)]).unwrap();
/// let mut d = wengert::faer::matrix::<f64>(&differences);
/// d.val_mut().copy_from_slice(&[-1.0, 1.0, -1.0, 1.0]);
/// let f = Program::record(&[1.0, 4.0, 9.0], |x| wengert::faer::product(d.as_ref(), x))?;
/// assert_eq!(f.tape().len(), 5); // three inputs, two rows
/// assert_eq!(f.tape().jacobian_pattern(), differences);
/// assert_eq!(wengert::faer::product(d.as_ref(), &[1.0, 4.0, 9.0]), [3.0, 5.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A slice of the wrong length is no panic: the result is NaN, and at a recording number the recording ends in an error that
/// names the caller's line. Cost: a few passes over the matrix, and its entries by rows while they are recorded.
#[track_caller]
pub fn product<T: Scalar, I: Index>(a: SparseColMatRef<'_, I, f64>, x: &[T]) -> Vec<T> {
    if x.len() != a.ncols() {
        return vec![T::invalid(Invalid::Lengths(a.ncols(), x.len())); a.nrows()];
    }
    // Entries and their operands by rows: where each row ends, and then begins.
    let mut starts = vec![0; a.nrows() + 1];
    for entry in a.triplet_iter() {
        starts[entry.row] += 1;
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let zero = T::lit(0.0);
    let (mut entries, mut operands) = (vec![zero; sum], vec![zero; sum]);
    // From the last column, so that a row's columns ascend.
    for j in (0..a.ncols()).rev() {
        for (i, value) in a.row_idx_of_col(j).zip(a.val_of_col(j)) {
            starts[i] -= 1;
            (entries[starts[i]], operands[starts[i]]) = (T::lit(*value), x[j]);
        }
    }
    starts.windows(2).map(|row| T::dot(&entries[row[0]..row[1]], &operands[row[0]..row[1]])).collect()
}
