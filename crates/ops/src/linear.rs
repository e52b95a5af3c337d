//! Vectors and matrices on slices, by n-ary operations: a node for each result, whatever its length.
//!
//! Written with `+` and `·`, a dot product of `n` makes `2n − 1` nodes; here it is one, recorded and swept several
//! operands at a time where they follow one another. Matrices are row-major: entry `(i, j)` of an `m × n` matrix is
//! `a[i·n + j]`.
//!
//! What a function is given and never differentiates by (measurements, fixed weights, a matrix of features) is *data*: a
//! plain `&[f64]`, beside numbers of any type. Functions that take some say so in their names; a recording copies their
//! data as they are, where constants among the numbers would be looked up one by one.
//!
//! ```
//! use wengert::{Scalar, linear};
//!
//! /// Least squares: ‖A·x − b‖², with a matrix `A` and a right side `b` of data.
//! fn least_squares<T: Scalar>(x: &[T], a: &[f64], b: &[f64]) -> T {
//!     linear::distance_squared_to(&linear::weighted_sums(a, x), b)
//! }
//!
//! let (a, b) = ([1.0, 0.0, 1.0, 1.0, 1.0, 2.0], [1.0, 3.0, 4.0]);
//! let (value, gradient) = wengert::gradient(&[0.5, 1.0], |x| least_squares(&x, &a, &b))?;
//! // The residuals are −0.5, −1.5 and −1.5.
//! assert_eq!((value, gradient), (4.75, [-7.0, -9.0]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A slice of the wrong length is no panic: the result is NaN, and at a recording number the recording ends in an error
//! that names the caller's line.

use crate::functions::Functions;
use crate::rows;
use crate::rule::Invalid;

/// The sum `Σ xₖ`, from first to last, as the standard library's `Iterator::sum`, which of our numbers makes the same node.
///
/// ```
/// assert_eq!(wengert::linear::sum(&[3.0, -4.0]), -1.0);
/// ```
///
/// Nodes: 1.
#[track_caller]
pub fn sum<T: Functions>(x: &[T]) -> T {
    T::variadic::<rows::Sum>(&x)
}

/// The product `Π xₖ`, from first to last, as the standard library's `Iterator::product`, which of our numbers makes the same
/// node. Its partials need no division, and are right where elements are 0.
///
/// ```
/// assert_eq!(wengert::linear::product(&[3.0, -4.0]), -12.0);
/// ```
///
/// Nodes: 1.
#[track_caller]
pub fn product<T: Functions>(x: &[T]) -> T {
    T::variadic::<rows::Product>(&x)
}

/// The Euclidean norm `√Σ xₖ²` without overflow; all derivatives are 0 at the origin, as those of `hypot`.
///
/// ```
/// assert_eq!(wengert::linear::norm(&[3.0, 4.0]), 5.0);
/// ```
///
/// Nodes: 1.
#[track_caller]
pub fn norm<T: Functions>(x: &[T]) -> T {
    T::norm(x)
}

/// The sum of absolute values `Σ |xₖ|`; slope 0 where `xₖ = 0`.
///
/// ```
/// assert_eq!(wengert::linear::norm_1(&[3.0, -4.0]), 7.0);
/// ```
///
/// Nodes: `n + 1`. Memory: `n` numbers.
#[track_caller]
pub fn norm_1<T: Functions>(x: &[T]) -> T {
    let absolute: Vec<T> = x.iter().map(|x| x.abs()).collect();
    sum(&absolute)
}

/// The mean `Σ xₖ/n`; NaN of nothing.
///
/// ```
/// assert_eq!(wengert::linear::mean(&[1.0, 2.0, 6.0]), 3.0);
/// ```
///
/// Nodes: 2.
#[track_caller]
pub fn mean<T: Functions>(x: &[T]) -> T {
    sum(x) / T::lit(x.len() as f64)
}

/// `Σ (xₖ − yₖ)²`.
///
/// ```
/// assert_eq!(wengert::linear::distance_squared(&[1.0, 2.0], &[4.0, 6.0]), 25.0);
/// ```
///
/// Nodes: `n + 1`. Memory: `n` numbers.
#[track_caller]
pub fn distance_squared<T: Functions>(x: &[T], y: &[T]) -> T {
    if x.len() != y.len() {
        return T::invalid(Invalid::Lengths(x.len(), y.len()));
    }
    let differences: Vec<T> = x.iter().zip(y).map(|(x, y)| *x - *y).collect();
    T::sum_squares(&differences)
}

/// `Σ wₖxₖ` with data `wₖ`: the value of `T::dot(x, w)` with the data as constants, to the last bit, in four running sums
/// by `k mod 4` as there. At `f32` the data are rounded once.
///
/// ```
/// assert_eq!(wengert::linear::weighted_sum(&[1.0, 2.0], &[10.0, 0.5]), 11.0);
/// ```
///
/// Nodes: 1, of 4 bytes an operand and 8 a datum.
#[track_caller]
pub fn weighted_sum<T: Functions>(x: &[T], w: &[f64]) -> T {
    T::weighted_sum(x, w)
}

/// `Σ (xₖ − wₖ)²`, the squared distance to data: the value of [`distance_squared`] with the data as constants, to the last
/// bit. At `f32` the data are rounded once.
///
/// ```
/// assert_eq!(wengert::linear::distance_squared_to(&[1.0, 2.0], &[4.0, 6.0]), 25.0);
/// ```
///
/// Nodes: 1, of 4 bytes an operand and 8 a datum; with constants, `n + 1` and memory of `n` numbers.
#[track_caller]
pub fn distance_squared_to<T: Functions>(x: &[T], data: &[f64]) -> T {
    T::distance_squared_to(x, data)
}

/// `A·x` of an `m × n` matrix of data and `n` numbers: `m` numbers, each a [`weighted_sum`]. A program runs the rows of one
/// matrix together.
///
/// ```
/// use wengert::linear::weighted_sums;
/// let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]; // 2 × 3
/// assert_eq!(weighted_sums(&a, &[1.0, 0.0, -1.0]), [-2.0, -2.0]);
/// ```
///
/// Nodes: `m`.
#[track_caller]
pub fn weighted_sums<T: Functions>(a: &[f64], x: &[T]) -> Vec<T> {
    let mut y = Vec::new();
    weighted_sums_into(a, x, &mut y);
    y
}

/// [`weighted_sums`] into a vector that is reused; what was in it goes.
#[track_caller]
pub fn weighted_sums_into<T: Functions>(a: &[f64], x: &[T], y: &mut Vec<T>) {
    y.clear();
    if x.is_empty() || !a.len().is_multiple_of(x.len()) {
        y.resize(a.len().checked_div(x.len()).unwrap_or(0), T::invalid(Invalid::Rows(a.len(), x.len())));
        return;
    }
    y.reserve(a.len() / x.len());
    T::by_rows::<rows::WeightedSum>(x, a, y);
}

/// `A·B` of an `m × k` matrix of data and a `k × n` matrix, given `k`: `m × n` numbers, each a [`weighted_sum`].
///
/// ```
/// use wengert::linear::data_times_matrix;
/// let (a, b) = ([1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 1.0, 0.0]);
/// assert_eq!(data_times_matrix(&a, &b, 2), [2.0, 1.0, 4.0, 3.0]);
/// ```
///
/// Nodes: `m·n`. Memory: the product, and `B` turned so that its columns lie in slices.
#[track_caller]
pub fn data_times_matrix<T: Functions>(a: &[f64], b: &[T], k: usize) -> Vec<T> {
    let columns = match turned([a.len(), b.len()], b, k) {
        Ok(columns) => columns,
        Err(wrong) => return vec![T::invalid(wrong)],
    };
    let mut product = Vec::with_capacity((a.len() / k) * (columns.len() / k));
    for row in a.chunks_exact(k) {
        for column in columns.chunks_exact(k) {
            product.push(T::weighted_sum(column, row));
        }
    }
    product
}

/// `A·B` of an `m × k` matrix and a `k × n` matrix of data, given `k`: `m × n` numbers, each a [`weighted_sum`]. With `k`
/// numbers as `B` it is the product with a vector of data.
///
/// ```
/// use wengert::linear::matrix_times_data;
/// let (a, b) = ([1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 1.0, 0.0]);
/// assert_eq!(matrix_times_data(&a, &b, 2), [2.0, 1.0, 4.0, 3.0]);
/// ```
///
/// Nodes: `m·n`. Memory: the product, and `B` turned so that its columns lie in slices.
#[track_caller]
pub fn matrix_times_data<T: Functions>(a: &[T], b: &[f64], k: usize) -> Vec<T> {
    let columns = match turned([a.len(), b.len()], b, k) {
        Ok(columns) => columns,
        Err(wrong) => return vec![T::invalid(wrong)],
    };
    let mut product = Vec::with_capacity((a.len() / k) * (columns.len() / k));
    for row in a.chunks_exact(k) {
        for column in columns.chunks_exact(k) {
            product.push(T::weighted_sum(row, column));
        }
    }
    product
}

/// A `k × n` matrix with its columns one after another, where both lengths are whole numbers of `k`.
fn turned<B: Copy>(lengths: [usize; 2], b: &[B], k: usize) -> Result<Vec<B>, Invalid> {
    if let Some(wrong) = lengths.into_iter().find(|length| k == 0 || !length.is_multiple_of(k)) {
        return Err(Invalid::Rows(wrong, k));
    }
    let n = b.len() / k;
    Ok((0..n).flat_map(|j| (0..k).map(move |i| b[i * n + j])).collect())
}

/// `A·x` of an `m × n` matrix and `n` numbers: `m` numbers.
///
/// ```
/// use wengert::linear::matrix_vector;
/// let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]; // 2 × 3
/// assert_eq!(matrix_vector(&a, &[1.0, 0.0, -1.0]), [-2.0, -2.0]);
/// ```
///
/// Nodes: `m`.
#[track_caller]
pub fn matrix_vector<T: Functions>(a: &[T], x: &[T]) -> Vec<T> {
    let mut y = Vec::new();
    matrix_vector_into(a, x, &mut y);
    y
}

/// [`matrix_vector`] into a vector that is reused; what was in it goes.
#[track_caller]
pub fn matrix_vector_into<T: Functions>(a: &[T], x: &[T], y: &mut Vec<T>) {
    y.clear();
    if x.is_empty() || !a.len().is_multiple_of(x.len()) {
        y.resize(a.len().checked_div(x.len()).unwrap_or(0), T::invalid(Invalid::Rows(a.len(), x.len())));
        return;
    }
    for row in a.chunks_exact(x.len()) {
        y.push(T::dot(row, x));
    }
}

/// `A·x + b` of an `m × n` matrix, `n` and `m` numbers: a dense layer.
///
/// ```
/// use wengert::linear::affine;
/// assert_eq!(affine(&[1.0, 2.0, 3.0, 4.0], &[1.0, 1.0], &[0.5, -0.5]), [3.5, 6.5]);
/// ```
///
/// Nodes: `2m`.
#[track_caller]
pub fn affine<T: Functions>(a: &[T], x: &[T], b: &[T]) -> Vec<T> {
    let mut y = matrix_vector(a, x);
    if y.len() == b.len() {
        for (y, b) in y.iter_mut().zip(b) {
            *y = *y + *b;
        }
    } else {
        let wrong = T::invalid(Invalid::Lengths(y.len(), b.len()));
        y.fill(wrong);
    }
    y
}

/// `A·B` of an `m × k` and a `k × n` matrix, given `k`: `m × n` numbers.
///
/// ```
/// use wengert::linear::matrix_product;
/// let (a, b) = ([1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 1.0, 0.0]);
/// assert_eq!(matrix_product(&a, &b, 2), [2.0, 1.0, 4.0, 3.0]);
/// ```
///
/// Nodes: `m·n`. Memory: the product, and `B` turned so that its columns lie in slices.
#[track_caller]
pub fn matrix_product<T: Functions>(a: &[T], b: &[T], k: usize) -> Vec<T> {
    if let Some(wrong) = [a, b].into_iter().find(|matrix| k == 0 || !matrix.len().is_multiple_of(k)) {
        return vec![T::invalid(Invalid::Rows(wrong.len(), k))];
    }
    let n = b.len() / k;
    let columns: Vec<T> = (0..n).flat_map(|j| (0..k).map(move |i| b[i * n + j])).collect();
    let rows = a.chunks_exact(k);
    rows.flat_map(|row| columns.chunks_exact(k).map(|column| T::dot(row, column)).collect::<Vec<_>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_lengths_are_nan() {
        assert!(matrix_vector::<f64>(&[1.0, 2.0, 3.0], &[1.0, 2.0])[0].is_nan());
        assert_eq!(matrix_vector::<f64>(&[], &[]), [0.0; 0]);
        assert!(affine::<f64>(&[1.0, 2.0], &[1.0, 2.0], &[1.0, 2.0])[0].is_nan());
        assert!(matrix_product::<f64>(&[1.0, 2.0, 3.0], &[1.0, 2.0], 2)[0].is_nan());
        assert!(distance_squared::<f64>(&[1.0], &[1.0, 2.0]).is_nan());
        assert!(weighted_sum::<f64>(&[1.0], &[1.0, 2.0]).is_nan());
        assert!(distance_squared_to::<f64>(&[1.0, 2.0], &[1.0]).is_nan());
        assert!(weighted_sums::<f64>(&[1.0, 2.0, 3.0], &[1.0, 2.0])[0].is_nan());
        assert_eq!(weighted_sums::<f64>(&[], &[]), [0.0; 0]);
        assert!(data_times_matrix::<f64>(&[1.0, 2.0, 3.0], &[1.0, 2.0], 2)[0].is_nan());
        assert!(matrix_times_data::<f64>(&[1.0, 2.0], &[1.0], 2)[0].is_nan());
        assert!(matrix_times_data::<f64>(&[1.0, 2.0], &[1.0], 0)[0].is_nan());
    }

    #[test]
    fn slopes_of_norms() {
        use crate::Dual;
        let along = |x: [f64; 2]| norm(&x.map(Dual::<f64>::variable)).tangent[0];
        assert!((along([3.0, 4.0]) - 1.4).abs() < 1e-15);
        assert_eq!(along([0.0, 0.0]), 0.0);
        let twice =
            |x: [f64; 2]| norm(&x.map(|x| Dual::<Dual>::variable(Dual::variable(x)))).tangent[0].tangent[0];
        assert_eq!(twice([0.0, 0.0]), 0.0);
        // d²/dt² |(3 + t, 4 + t)| = (v·v − (x·v/r)²)/r with v = (1, 1).
        assert!((twice([3.0, 4.0]) - (2.0 - 1.4 * 1.4) / 5.0).abs() < 1e-15);
    }

    #[test]
    fn norms_at_the_ends_of_the_range() {
        use crate::Dual;
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        for (x, expected) in [
            (vec![], 0.0),
            (vec![0.0, -0.0], 0.0),
            (vec![3e200, -4e200], 5e200),
            (vec![3e-200, 4e-200], 5e-200),
            (vec![3e-320, 0.0], 3e-320),
            (vec![f64::MAX, 0.0], f64::MAX),
            (vec![f64::MAX, f64::MAX], inf),
            (vec![1.0, -inf, nan], inf),
        ] {
            let found = norm(&x);
            assert!((found - expected).abs() <= 2e-16 * expected || found == expected, "{x:?}: {found}");
        }
        assert!(norm(&[1.0, nan]).is_nan() && norm(&[nan]).is_nan());
        assert_eq!(norm(&[3e30_f32, 4e30]), 5e30);
        let slopes = |x: [f64; 2]| {
            [0, 1].map(|k| {
                norm(&[0, 1].map(|j| Dual::<f64> { value: x[j], tangent: [f64::from(u8::from(j == k))] }))
                    .tangent[0]
            })
        };
        assert_eq!((slopes([1e-310, 0.0]), slopes([f64::MAX, 0.0])), ([1.0, 0.0], [1.0, 0.0]));
        let small = slopes([3e-320, 4e-320]);
        assert!((small[0] - 0.6).abs() < 1e-4 && (small[1] - 0.8).abs() < 1e-4, "{small:?}");
        assert!(slopes([inf, 1.0])[0].is_nan() && slopes([inf, 1.0])[1] == 0.0);
    }
}
