//! Functions of matrices, an ordinary differential equation, and a polynomial, with derivatives in closed form.

use wengert::{Scalar, linear};

use super::Known;

/// A well-conditioned matrix: entries that differ, a heavy diagonal.
fn matrix(n: usize) -> Vec<f64> {
    let entry = |k: usize| {
        let (i, j) = (k / n, k % n);
        ((3 * i + 5 * j + 1) as f64).sin() + if i == j { n as f64 } else { 0.0 }
    };
    (0..n * n).map(entry).collect()
}

/// The inverse and the determinant, by Gauss and Jordan.
fn inverse(n: usize, a: &[f64]) -> (Vec<f64>, f64) {
    let width = 2 * n;
    let mut rows: Vec<f64> = (0..n)
        .flat_map(|i| {
            let unit = (0..n).map(move |j| if i == j { 1.0 } else { 0.0 });
            a[i * n..][..n].iter().copied().chain(unit)
        })
        .collect();
    let mut determinant = 1.0;
    for k in 0..n {
        let pivot = rows[k * width + k];
        determinant *= pivot;
        for j in 0..width {
            rows[k * width + j] /= pivot;
        }
        for i in (0..n).filter(|i| *i != k) {
            let factor = rows[i * width + k];
            for j in 0..width {
                rows[i * width + j] -= factor * rows[k * width + j];
            }
        }
    }
    ((0..n).flat_map(|i| rows[i * width + n..][..n].to_vec()).collect(), determinant)
}

/// `∂ det A/∂A = det A · A⁻ᵀ`.
fn determinant_by_hand(n: usize, a: &[f64]) -> (f64, Vec<f64>) {
    let (inverse, determinant) = inverse(n, a);
    let slope = |k: usize| determinant * inverse[(k % n) * n + k / n];
    (determinant, (0..n * n).map(slope).collect())
}

/// The determinant of an n×n matrix by expansion along the first row.
pub struct Minors(pub usize);

fn minors<T: Scalar>(n: usize, a: &[T]) -> T {
    if n == 1 {
        return a[0];
    }
    let mut sum = T::lit(0.0);
    for column in 0..n {
        let minor: Vec<T> = (n..n * n).filter(|k| k % n != column).map(|k| a[k]).collect();
        let term = a[column] * minors(n - 1, &minor);
        sum = if column % 2 == 0 { sum + term } else { sum - term };
    }
    sum
}

impl Known for Minors {
    fn name(&self) -> String {
        format!("determinant by minors {}", self.0)
    }
    fn point(&self) -> Vec<f64> {
        matrix(self.0)
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        minors(self.0, x)
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        determinant_by_hand(self.0, x)
    }
}

/// The determinant of an n×n matrix by elimination, the pivot of each column found by comparing.
pub struct LeadingMinor(pub usize);

impl Known for LeadingMinor {
    fn name(&self) -> String {
        format!("determinant by LU {}", self.0)
    }
    fn point(&self) -> Vec<f64> {
        matrix(self.0)
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let n = self.0;
        let mut a = x.to_vec();
        let mut determinant = T::lit(1.0);
        for k in 0..n {
            let mut pivot = k;
            for i in k + 1..n {
                if a[i * n + k].abs() > a[pivot * n + k].abs() {
                    pivot = i;
                }
            }
            if pivot != k {
                (0..n).for_each(|j| a.swap(k * n + j, pivot * n + j));
                determinant = -determinant;
            }
            determinant *= a[k * n + k];
            for i in k + 1..n {
                let factor = a[i * n + k] / a[k * n + k];
                for j in k + 1..n {
                    a[i * n + j] = a[i * n + j] - factor * a[k * n + j];
                }
            }
        }
        determinant
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        determinant_by_hand(self.0, x)
    }
}

/// `½‖A·B‖²` of two n×n matrices: `∂/∂A = (AB)Bᵀ`, `∂/∂B = Aᵀ(AB)`.
pub struct Product(pub usize);

impl Known for Product {
    fn name(&self) -> String {
        format!("matrix product {}", self.0)
    }
    fn point(&self) -> Vec<f64> {
        let mut both = matrix(self.0);
        both.extend(matrix(self.0).iter().rev().map(|x| x * 0.5));
        both
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let (a, b) = x.split_at(self.0 * self.0);
        T::lit(0.5) * T::sum_squares(&linear::matrix_product(a, b, self.0))
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let n = self.0;
        let (a, b) = x.split_at(n * n);
        let turned = |a: &[f64]| -> Vec<f64> { (0..n * n).map(|k| a[(k % n) * n + k / n]).collect() };
        let times = |a: &[f64], b: &[f64]| -> Vec<f64> {
            (0..n * n).map(|k| (0..n).map(|l| a[k / n * n + l] * b[l * n + k % n]).sum()).collect()
        };
        let c = times(a, b);
        let mut gradient = times(&c, &turned(b));
        gradient.extend(times(&turned(a), &c));
        (0.5 * c.iter().map(|c| c * c).sum::<f64>(), gradient)
    }
}

/// `½y(1)²` of `y′ = λy`, `y(0) = y₀`, by 50 steps of the classical Runge–Kutta method, whose factor a step is a
/// polynomial of `hλ`; by `λ` and `y₀`.
pub struct RungeKutta;

const STEPS: i32 = 50;

impl Known for RungeKutta {
    fn name(&self) -> String {
        "Runge-Kutta".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![-1.3, 2.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let (lambda, mut y) = (x[0], x[1]);
        let h = T::lit(1.0 / f64::from(STEPS));
        let (half, two) = (T::lit(0.5), T::lit(2.0));
        for _ in 0..STEPS {
            let k1 = lambda * y;
            let k2 = lambda * (y + half * h * k1);
            let k3 = lambda * (y + half * h * k2);
            let k4 = lambda * (y + h * k3);
            y += h / T::lit(6.0) * (k1 + two * k2 + two * k3 + k4);
        }
        half * y.square()
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let h = 1.0 / f64::from(STEPS);
        let z = h * x[0];
        let factor = 1.0 + z * (1.0 + z / 2.0 * (1.0 + z / 3.0 * (1.0 + z / 4.0)));
        let slope = h * (1.0 + z * (1.0 + z / 2.0 * (1.0 + z / 3.0)));
        let y = x[1] * factor.powi(STEPS);
        (0.5 * y * y, vec![y * y * f64::from(STEPS) * slope / factor, y * y / x[1]])
    }
}

/// A polynomial of degree 6 in two variables, by Horner and by powers.
pub struct Polynomial;

impl Known for Polynomial {
    fn name(&self) -> String {
        "polynomial".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![0.7, -1.1]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let horner = [3.0, -2.0, 0.5, 4.0].iter().fold(T::lit(1.0), |sum, c| sum * x[0] + T::lit(*c));
        horner * x[1].powi(2) - x[0].powi(3) * x[1].powi(3)
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let (a, b) = (x[0], x[1]);
        let p = a.powi(4) + 3.0 * a.powi(3) - 2.0 * a * a + 0.5 * a + 4.0;
        let slope = 4.0 * a.powi(3) + 9.0 * a * a - 4.0 * a + 0.5;
        (
            p * b * b - (a * b).powi(3),
            vec![slope * b * b - 3.0 * a * a * b.powi(3), 2.0 * p * b - 3.0 * a.powi(3) * b * b],
        )
    }
}
