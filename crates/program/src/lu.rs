//! Dense linear equations by elimination with row exchanges (LU with partial pivoting; Golub & Van Loan, *Matrix Computations*,
//! section 3.4): what a [`Solver`](crate::Solver) takes unless it brings its own.

/// A matrix that linear equations can be solved with.
pub trait Factorized {
    /// Solves `A·x = b`, in place.
    fn solve(&self, b: &mut [f64]);
    /// Solves `Aᵀ·x = b`, in place.
    fn solve_transposed(&self, b: &mut [f64]);
}

/// A dense square matrix, factorized: `P·A = L·U`, `L` with ones on its diagonal.
///
/// ```
/// use wengert::call::{Factorized, Lu};
///
/// let lu = Lu::new(&[0.0, 2.0, 4.0, 1.0])?; // the rows 0 2 and 4 1
/// let mut x = [6.0, 7.0];
/// lu.solve(&mut x);
/// assert_eq!(x, [1.0, 3.0]);
/// # Ok::<(), wengert::call::LuError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Lu {
    /// Row after row: `U` on and above the diagonal, `L` below it.
    factors: Vec<f64>,
    /// Which row of the matrix each row is.
    rows: Vec<usize>,
}

/// Why a matrix has no factors.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LuError {
    /// It is not square.
    #[error("a matrix of {elements} elements is not square")]
    NotSquare {
        /// How many elements it has.
        elements: usize,
    },
    /// A column is a combination of those before it.
    #[error("the matrix is singular: there is no pivot in column {column} (from 0)")]
    Singular {
        /// The column, from 0.
        column: usize,
    },
}

impl Lu {
    /// Factorizes an `n × n` matrix, row after row. NaN in it makes NaN of solutions. Cost: `n³/3` multiplications; memory `n²`.
    ///
    /// # Errors
    /// [`LuError`].
    pub fn new(matrix: &[f64]) -> Result<Self, LuError> {
        let n = matrix.len().isqrt();
        if n * n != matrix.len() {
            return Err(LuError::NotSquare { elements: matrix.len() });
        }
        let (mut a, mut rows) = (matrix.to_vec(), (0..n).collect::<Vec<_>>());
        for column in 0..n {
            let mut largest = column;
            for row in column..n {
                let x = a[row * n + column];
                // What is no number makes no number of the solution, and is no reason to find a pivot missing.
                if x.is_nan() || x.abs() > a[largest * n + column].abs() {
                    largest = row;
                }
            }
            if a[largest * n + column] == 0.0 {
                return Err(LuError::Singular { column });
            }
            if largest != column {
                rows.swap(largest, column);
                let (above, below) = a.split_at_mut(largest * n);
                above[column * n..][..n].swap_with_slice(&mut below[..n]);
            }
            let (above, below) = a.split_at_mut((column + 1) * n);
            let pivot = &above[column * n + column..];
            for row in below.chunks_exact_mut(n) {
                let row = &mut row[column..];
                row[0] /= pivot[0];
                let factor = row[0];
                for (x, p) in row[1..].iter_mut().zip(&pivot[1..]) {
                    *x -= factor * p;
                }
            }
        }
        Ok(Self { factors: a, rows })
    }

    fn row(&self, k: usize) -> &[f64] {
        let n = self.rows.len();
        &self.factors[k * n..][..n]
    }
}

/// A slice of another length than the matrix has rows becomes NaN.
impl Factorized for Lu {
    fn solve(&self, b: &mut [f64]) {
        let n = self.rows.len();
        if b.len() != n {
            return b.fill(f64::NAN);
        }
        let given = b.to_vec();
        for k in 0..n {
            let known: f64 = self.row(k)[..k].iter().zip(&*b).map(|(l, x)| l * x).sum();
            b[k] = given[self.rows[k]] - known;
        }
        for k in (0..n).rev() {
            let row = self.row(k);
            let known: f64 = row[k + 1..].iter().zip(&b[k + 1..]).map(|(u, x)| u * x).sum();
            b[k] = (b[k] - known) / row[k];
        }
    }

    fn solve_transposed(&self, b: &mut [f64]) {
        let n = self.rows.len();
        if b.len() != n {
            return b.fill(f64::NAN);
        }
        // Uᵀ, then Lᵀ: each unknown, once it is known, is taken out of the equations that are left.
        for k in 0..n {
            let row = self.row(k);
            b[k] /= row[k];
            let x = b[k];
            b[k + 1..].iter_mut().zip(&row[k + 1..]).for_each(|(b, u)| *b -= u * x);
        }
        for k in (0..n).rev() {
            let x = b[k];
            b[..k].iter_mut().zip(self.row(k)).for_each(|(b, l)| *b -= l * x);
        }
        let found = b.to_vec();
        self.rows.iter().zip(found).for_each(|(row, x)| b[*row] = x);
    }
}
