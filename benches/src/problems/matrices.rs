//! Dense matrices of numbers.

use crate::arithmetic::Arithmetic;
use crate::problems::{Problem, uniform};

/// The determinant of a square matrix by LU decomposition with partial pivoting; gradient by all entries.
///
/// The pivot is the greatest by plain values, as generic code written for `f64` would choose it.
pub struct Determinant {
    point: Vec<f64>,
    size: usize,
}

impl Determinant {
    /// Of a random matrix of that size.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { point: uniform(size * size, -1.0, 1.0), size }
    }
}

impl Problem for Determinant {
    fn name(&self) -> String {
        format!("determinant {0}x{0}", self.size)
    }
    fn point(&self) -> &[f64] {
        &self.point
    }
    fn operations(&self) -> usize {
        let eliminated: usize = (1..self.size).map(|k| k + 2 * k * k).sum();
        eliminated + self.size
    }
    fn eval<A: Arithmetic>(&self, x: &[A::Number]) -> A::Number {
        let n = self.size;
        let mut rows: Vec<Vec<A::Number>> = x.chunks_exact(n).map(<[_]>::to_vec).collect();
        let mut sign = 1.0;
        for k in 0..n {
            let size = |row: &[A::Number]| A::value(row[k]).abs();
            let pivot = (k..n).fold(k, |best, l| if size(&rows[l]) > size(&rows[best]) { l } else { best });
            if pivot != k {
                rows.swap(k, pivot);
                sign = -sign;
            }
            let (done, below) = rows.split_at_mut(k + 1);
            let pivot = &done[k];
            for row in below {
                let factor = row[k] / pivot[k];
                for l in k + 1..n {
                    row[l] = row[l] - factor * pivot[l];
                }
            }
        }
        let mut product = rows[0][0];
        for (k, row) in rows.iter().enumerate().skip(1) {
            product = product * row[k];
        }
        product * sign
    }
}

/// `Σ cₖₗ²` of a product of two square matrices by dots of rows and columns; gradient by all entries of both.
pub struct MatrixProduct {
    point: Vec<f64>,
    size: usize,
}

impl MatrixProduct {
    /// Of random matrices of that size.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { point: uniform(2 * size * size, -1.0, 1.0), size }
    }
}

impl Problem for MatrixProduct {
    fn name(&self) -> String {
        format!("matrices {0}x{0}, dots", self.size)
    }
    fn point(&self) -> &[f64] {
        &self.point
    }
    fn operations(&self) -> usize {
        2 * self.size.pow(3) + 2 * self.size.pow(2)
    }
    fn eval<A: Arithmetic>(&self, x: &[A::Number]) -> A::Number {
        let n = self.size;
        let (rows, columns) = x.split_at(n * n);
        let mut entries = Vec::with_capacity(n * n);
        for row in rows.chunks_exact(n) {
            entries.extend(columns.chunks_exact(n).map(|column| A::dot(row, column)));
        }
        A::dot(&entries, &entries)
    }
}
