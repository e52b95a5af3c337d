//! Sums of squares from Moré, Garbow & Hillstrom, *Testing Unconstrained Optimization Software* (ACM TOMS 7, 1981), by
//! their numbers there, at the standard starting points; gradients by hand.

use wengert::Scalar;

use super::Known;

/// Sum of squares, and its gradient from residuals and the rows of their Jacobian.
pub(super) fn squares(rows: &[(f64, Vec<f64>)]) -> (f64, Vec<f64>) {
    let value = rows.iter().map(|(r, _)| r * r).sum();
    let n = rows[0].1.len();
    (value, (0..n).map(|k| rows.iter().map(|(r, row)| 2.0 * r * row[k]).sum()).collect())
}

/// (1) Rosenbrock: f = 24.2 at the start.
pub struct Rosenbrock;

impl Known for Rosenbrock {
    fn name(&self) -> String {
        "Rosenbrock".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![-1.2, 1.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let (f, g) = (T::lit(10.0) * (x[1] - x[0].square()), T::lit(1.0) - x[0]);
        f.square() + g.square()
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        squares(&[(10.0 * (x[1] - x[0] * x[0]), vec![-20.0 * x[0], 10.0]), (1.0 - x[0], vec![-1.0, 0.0])])
    }
}

/// (13) Powell's singular function: f = 215 at the start.
pub struct Powell;

impl Known for Powell {
    fn name(&self) -> String {
        "Powell singular".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![3.0, -1.0, 0.0, 1.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let c = |c| T::lit(c);
        T::sum_squares(&[
            x[0] + c(10.0) * x[1],
            c(5.0).sqrt() * (x[2] - x[3]),
            (x[1] - c(2.0) * x[2]).powi(2),
            c(10.0).sqrt() * (x[0] - x[3]).powi(2),
        ])
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let (a, b) = (x[1] - 2.0 * x[2], x[0] - x[3]);
        let (s5, s10) = (5.0_f64.sqrt(), 10.0_f64.sqrt());
        squares(&[
            (x[0] + 10.0 * x[1], vec![1.0, 10.0, 0.0, 0.0]),
            (s5 * (x[2] - x[3]), vec![0.0, 0.0, s5, -s5]),
            (a * a, vec![0.0, 2.0 * a, -4.0 * a, 0.0]),
            (s10 * b * b, vec![2.0 * s10 * b, 0.0, 0.0, -2.0 * s10 * b]),
        ])
    }
}

/// (14) Wood: f = 19192 at the start.
pub struct Wood;

impl Known for Wood {
    fn name(&self) -> String {
        "Wood".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![-3.0, -1.0, -3.0, -1.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let c = |c| T::lit(c);
        c(100.0) * (x[1] - x[0] * x[0]).square()
            + (c(1.0) - x[0]).square()
            + c(90.0) * (x[3] - x[2] * x[2]).square()
            + (c(1.0) - x[2]).square()
            + c(10.0) * (x[1] + x[3] - c(2.0)).square()
            + (x[1] - x[3]).square() / c(10.0)
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let (s90, s10) = (90.0_f64.sqrt(), 10.0_f64.sqrt());
        squares(&[
            (10.0 * (x[1] - x[0] * x[0]), vec![-20.0 * x[0], 10.0, 0.0, 0.0]),
            (1.0 - x[0], vec![-1.0, 0.0, 0.0, 0.0]),
            (s90 * (x[3] - x[2] * x[2]), vec![0.0, 0.0, -2.0 * s90 * x[2], s90]),
            (1.0 - x[2], vec![0.0, 0.0, -1.0, 0.0]),
            (s10 * (x[1] + x[3] - 2.0), vec![0.0, s10, 0.0, s10]),
            ((x[1] - x[3]) / s10, vec![0.0, 1.0 / s10, 0.0, -1.0 / s10]),
        ])
    }
}

/// (7) The helical valley: f = 2500 at the start.
pub struct Helical;

impl Known for Helical {
    fn name(&self) -> String {
        "helical valley".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![-1.0, 0.1, 0.2]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let turns = x[1].atan2(x[0]) / T::lit(core::f64::consts::TAU);
        let radius = x[0].hypot(x[1]);
        let residuals =
            [T::lit(10.0) * (x[2] - T::lit(10.0) * turns), T::lit(10.0) * (radius - T::lit(1.0)), x[2]];
        T::sum_squares(&residuals)
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let r = x[0].hypot(x[1]);
        let turn = |p: f64| p / (core::f64::consts::TAU * r * r);
        let theta = x[1].atan2(x[0]) / core::f64::consts::TAU;
        squares(&[
            (10.0 * (x[2] - 10.0 * theta), vec![100.0 * turn(x[1]), -100.0 * turn(x[0]), 10.0]),
            (10.0 * (r - 1.0), vec![10.0 * x[0] / r, 10.0 * x[1] / r, 0.0]),
            (x[2], vec![0.0, 0.0, 1.0]),
        ])
    }
}

/// (5) Beale: f = 14.203125 at the start.
pub struct Beale;

impl Known for Beale {
    fn name(&self) -> String {
        "Beale".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![1.0, 1.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let residual = |y: f64, n: i32| T::lit(y) - x[0] * (T::lit(1.0) - x[1].powi(n));
        T::sum_squares(&[residual(1.5, 1), residual(2.25, 2), residual(2.625, 3)])
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let row = |(y, n): (f64, i32)| {
            let u = x[1].powi(n);
            (y - x[0] * (1.0 - u), vec![u - 1.0, x[0] * f64::from(n) * x[1].powi(n - 1)])
        };
        squares(&[(1.5, 1), (2.25, 2), (2.625, 3)].map(row))
    }
}

/// (16) Brown & Dennis, 20 residuals: f = 7926693.33699… at the start.
pub struct BrownDennis;

impl Known for BrownDennis {
    fn name(&self) -> String {
        "Brown and Dennis".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![25.0, 5.0, -5.0, -1.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let residual = |i: i32| {
            let t = f64::from(i) / 5.0;
            let a = x[0] + T::lit(t) * x[1] - T::lit(t.exp());
            let b = x[2] + x[3] * T::lit(t.sin()) - T::lit(t.cos());
            a.square() + b.square()
        };
        (1..=20).fold(T::lit(0.0), |sum, i| sum + residual(i).square())
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let row = |i: i32| {
            let t = f64::from(i) / 5.0;
            let (a, b) = (x[0] + t * x[1] - t.exp(), x[2] + x[3] * t.sin() - t.cos());
            (a * a + b * b, vec![2.0 * a, 2.0 * a * t, 2.0 * b, 2.0 * b * t.sin()])
        };
        squares(&(1..=20).map(row).collect::<Vec<_>>())
    }
}

/// (26) The trigonometric function of so many variables.
pub struct Trigonometric(pub usize);

impl Known for Trigonometric {
    fn name(&self) -> String {
        format!("trigonometric {}", self.0)
    }
    fn point(&self) -> Vec<f64> {
        vec![1.0 / self.0 as f64; self.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let n = T::lit(x.len() as f64);
        let cosines: Vec<T> = x.iter().map(|x| x.cos()).collect();
        let sum = wengert::linear::sum(&cosines);
        let residual = |(k, x): (usize, &T)| {
            let (sin, cos) = x.sin_cos();
            n - sum + T::lit(k as f64 + 1.0) * (T::lit(1.0) - cos) - sin
        };
        let residuals: Vec<T> = x.iter().enumerate().map(residual).collect();
        T::sum_squares(&residuals)
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let n = x.len();
        let sum: f64 = x.iter().map(|x| x.cos()).sum();
        let row = |i: usize| {
            let weight = i as f64 + 1.0;
            let residual = n as f64 - sum + weight * (1.0 - x[i].cos()) - x[i].sin();
            let slope = |j: usize| x[j].sin() + if i == j { weight * x[i].sin() - x[i].cos() } else { 0.0 };
            (residual, (0..n).map(slope).collect())
        };
        squares(&(0..n).map(row).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problems::at_start;

    /// The values of the paper's starting points.
    #[test]
    fn published_values() {
        at_start(&Rosenbrock, 24.2);
        at_start(&Powell, 215.0);
        at_start(&Wood, 19192.0);
        at_start(&Beale, 14.203_125);
        at_start(&BrownDennis, 7_926_693.336_997);
        let valley: f64 = Helical.eval(&[-1.0, 0.0, 0.0]);
        assert!((valley - 2500.0).abs() <= 1e-9);
    }
}
