//! Systems of equations as sums of squares, and penalties, from Moré, Garbow & Hillstrom, *Testing Unconstrained Optimization
//! Software* (ACM TOMS 7, 1981), by their numbers there, at the standard starting points; gradients by hand.

use wengert::Scalar;

use super::Known;
use super::least_squares::squares;

/// (2) Freudenstein & Roth: f = 400.5 at the start.
pub struct FreudensteinRoth;

impl Known for FreudensteinRoth {
    fn name(&self) -> String {
        "Freudenstein and Roth".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![0.5, -2.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let (c, y) = (T::lit, x[1]);
        let f = c(-13.0) + x[0] + ((c(5.0) - y) * y - c(2.0)) * y;
        let g = c(-29.0) + x[0] + ((y + c(1.0)) * y - c(14.0)) * y;
        f * f + g * g
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let y = x[1];
        squares(&[
            (-13.0 + x[0] + 5.0 * y * y - y * y * y - 2.0 * y, vec![1.0, 10.0 * y - 3.0 * y * y - 2.0]),
            (-29.0 + x[0] + y * y * y + y * y - 14.0 * y, vec![1.0, 3.0 * y * y + 2.0 * y - 14.0]),
        ])
    }
}

/// (3) Powell's badly scaled function: f = 1.135261717… at the start.
pub struct PowellScaled;

impl Known for PowellScaled {
    fn name(&self) -> String {
        "Powell badly scaled".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![0.0, 1.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let f = T::lit(1e4) * x[0] * x[1] - T::lit(1.0);
        let g = (-x[0]).exp() + (-x[1]).exp() - T::lit(1.0001);
        f.square() + g.square()
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let (a, b) = ((-x[0]).exp(), (-x[1]).exp());
        squares(&[(1e4 * x[0] * x[1] - 1.0, vec![1e4 * x[1], 1e4 * x[0]]), (a + b - 1.0001, vec![-a, -b])])
    }
}

/// (4) Brown's badly scaled function: f = 999998000003 at the start, to 12 digits.
pub struct BrownScaled;

impl Known for BrownScaled {
    fn name(&self) -> String {
        "Brown badly scaled".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![1.0, 1.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let c = T::lit;
        (x[0] - c(1e6)).powi(2) + (x[1] - c(2e-6)).powi(2) + (x[0] * x[1] - c(2.0)).powi(2)
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        squares(&[
            (x[0] - 1e6, vec![1.0, 0.0]),
            (x[1] - 2e-6, vec![0.0, 1.0]),
            (x[0] * x[1] - 2.0, vec![x[1], x[0]]),
        ])
    }
}

/// (20) Watson, of so many variables: f = 30 at the start, whatever their number.
pub struct Watson(pub usize);

impl Known for Watson {
    fn name(&self) -> String {
        format!("Watson {}", self.0)
    }
    fn point(&self) -> Vec<f64> {
        vec![0.0; self.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let residual = |i: i32| {
            let t = f64::from(i) / 29.0;
            let (mut slope, mut sum) = (T::lit(0.0), T::lit(0.0));
            for (j, x) in (0..).zip(x) {
                sum += *x * T::lit(t.powi(j));
                if j > 0 {
                    slope += T::lit(f64::from(j) * t.powi(j - 1)) * *x;
                }
            }
            slope - sum.square() - T::lit(1.0)
        };
        let mut residuals: Vec<T> = (1..=29).map(residual).collect();
        residuals.extend([x[0], x[1] - x[0].square() - T::lit(1.0)]);
        T::sum_squares(&residuals)
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let row = |i: i32| {
            let t = f64::from(i) / 29.0;
            let derivative = |j: i32| if j == 0 { 0.0 } else { f64::from(j) * t.powi(j - 1) };
            let sum: f64 = (0..).zip(x).map(|(j, x)| x * t.powi(j)).sum();
            let slope: f64 = (0..).zip(x).map(|(j, x)| x * derivative(j)).sum();
            let by = |(j, _)| derivative(j) - 2.0 * sum * t.powi(j);
            (slope - sum * sum - 1.0, (0..).zip(x).map(by).collect())
        };
        let mut rows: Vec<(f64, Vec<f64>)> = (1..=29).map(row).collect();
        let only = |entries: &[(usize, f64)]| {
            let mut row = vec![0.0; x.len()];
            for (k, slope) in entries {
                row[*k] = *slope;
            }
            row
        };
        rows.push((x[0], only(&[(0, 1.0)])));
        rows.push((x[1] - x[0] * x[0] - 1.0, only(&[(0, -2.0 * x[0]), (1, 1.0)])));
        squares(&rows)
    }
}

/// (23) Penalty function I: f = 885.0626… at the start, of four variables.
pub struct Penalty(pub usize);

impl Known for Penalty {
    fn name(&self) -> String {
        format!("penalty I {}", self.0)
    }
    fn point(&self) -> Vec<f64> {
        (1..=self.0).map(|j| j as f64).collect()
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let near: Vec<T> = x.iter().map(|x| *x - T::lit(1.0)).collect();
        T::lit(1e-5) * T::sum_squares(&near) + (T::sum_squares(x) - T::lit(0.25)).square()
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let radius = x.iter().map(|x| x * x).sum::<f64>() - 0.25;
        let near: f64 = x.iter().map(|x| (x - 1.0) * (x - 1.0)).sum();
        let slope = |x: &f64| 2e-5 * (x - 1.0) + 4.0 * radius * x;
        (1e-5 * near + radius * radius, x.iter().map(slope).collect())
    }
}

/// (25) The variably dimensioned function: f = 2198551.1625 at the start, of ten variables.
pub struct VariablyDimensioned(pub usize);

impl Known for VariablyDimensioned {
    fn name(&self) -> String {
        format!("variably dimensioned {}", self.0)
    }
    fn point(&self) -> Vec<f64> {
        (1..=self.0).map(|j| 1.0 - j as f64 / self.0 as f64).collect()
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let away: Vec<T> = x.iter().map(|x| *x - T::lit(1.0)).collect();
        let weights: Vec<T> = (1..=x.len()).map(|j| T::lit(j as f64)).collect();
        let weighted = T::dot(&weights, &away);
        T::sum_squares(&away) + weighted.square() + weighted.powi(4)
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let weighted: f64 = x.iter().enumerate().map(|(j, x)| (j as f64 + 1.0) * (x - 1.0)).sum();
        let away: f64 = x.iter().map(|x| (x - 1.0) * (x - 1.0)).sum();
        let slope = |(j, x): (usize, &f64)| {
            2.0 * (x - 1.0) + (j as f64 + 1.0) * (2.0 * weighted + 4.0 * weighted.powi(3))
        };
        (away + weighted.powi(2) + weighted.powi(4), x.iter().enumerate().map(slope).collect())
    }
}

/// (27) Brown's almost-linear function: f = 273.2480478… at the start, of ten variables.
pub struct AlmostLinear(pub usize);

impl Known for AlmostLinear {
    fn name(&self) -> String {
        format!("Brown almost-linear {}", self.0)
    }
    fn point(&self) -> Vec<f64> {
        vec![0.5; self.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let (sum, n) = (wengert::linear::sum(x), x.len());
        let mut residuals: Vec<T> = x[..n - 1].iter().map(|x| *x + sum - T::lit(n as f64 + 1.0)).collect();
        residuals.push(wengert::linear::product(x) - T::lit(1.0));
        T::sum_squares(&residuals)
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let (sum, n) = (x.iter().sum::<f64>(), x.len());
        let row = |i: usize| {
            (x[i] + sum - (n as f64 + 1.0), (0..n).map(|j| if i == j { 2.0 } else { 1.0 }).collect())
        };
        let mut rows: Vec<(f64, Vec<f64>)> = (0..n - 1).map(row).collect();
        let without = |k: usize| (0..n).filter(|j| *j != k).map(|j| x[j]).product();
        rows.push((x.iter().product::<f64>() - 1.0, (0..n).map(without).collect()));
        squares(&rows)
    }
}

/// (30) Broyden's tridiagonal function: f = 21 at the start, of ten variables.
pub struct Tridiagonal(pub usize);

impl Known for Tridiagonal {
    fn name(&self) -> String {
        format!("Broyden tridiagonal {}", self.0)
    }
    fn point(&self) -> Vec<f64> {
        vec![-1.0; self.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let c = T::lit;
        let residual = |i: usize| {
            let mut f = (c(3.0) - c(2.0) * x[i]) * x[i] + c(1.0);
            if i > 0 {
                f -= x[i - 1];
            }
            if i + 1 < x.len() {
                f -= c(2.0) * x[i + 1];
            }
            f
        };
        T::sum_squares(&(0..x.len()).map(residual).collect::<Vec<_>>())
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let n = x.len();
        let row = |i: usize| {
            let mut slopes = vec![0.0; n];
            slopes[i] = 3.0 - 4.0 * x[i];
            let mut value = (3.0 - 2.0 * x[i]) * x[i] + 1.0;
            if i > 0 {
                slopes[i - 1] = -1.0;
                value -= x[i - 1];
            }
            if i + 1 < n {
                slopes[i + 1] = -2.0;
                value -= 2.0 * x[i + 1];
            }
            (value, slopes)
        };
        squares(&(0..n).map(row).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problems::at_start;

    #[test]
    fn published_values() {
        at_start(&FreudensteinRoth, 400.5);
        at_start(&PowellScaled, 1.135_261_717);
        at_start(&BrownScaled, 999_998_000_003.0);
        at_start(&Watson(6), 30.0);
        at_start(&Watson(9), 30.0);
        at_start(&Penalty(4), 885.062_64);
        at_start(&VariablyDimensioned(10), 2_198_551.162_5);
        at_start(&AlmostLinear(10), 273.248_047_8);
        at_start(&Tridiagonal(10), 21.0);
    }
}
