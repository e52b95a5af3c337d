//! Curves fitted to data, from Moré, Garbow & Hillstrom, *Testing Unconstrained Optimization Software* (ACM TOMS 7, 1981), by
//! their numbers there, with their data, at the standard starting points; gradients by hand.

use wengert::Scalar;

use super::Known;
use super::least_squares::squares;

/// (6) Jennrich & Sampson, 10 residuals: f = 4171.306… at the start.
pub struct JennrichSampson;

impl Known for JennrichSampson {
    fn name(&self) -> String {
        "Jennrich and Sampson".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![0.3, 0.4]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let residual = |i: i32| {
            let t = T::lit(f64::from(i));
            T::lit(f64::from(2 + 2 * i)) - ((t * x[0]).exp() + (t * x[1]).exp())
        };
        T::sum_squares(&(1..=10).map(residual).collect::<Vec<_>>())
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let row = |i: i32| {
            let t = f64::from(i);
            let (a, b) = ((t * x[0]).exp(), (t * x[1]).exp());
            (2.0 + 2.0 * t - a - b, vec![-t * a, -t * b])
        };
        squares(&(1..=10).map(row).collect::<Vec<_>>())
    }
}

/// (8) Bard: f = 41.6817… at the start.
pub struct Bard;

const BARD: [f64; 15] =
    [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39];

impl Known for Bard {
    fn name(&self) -> String {
        "Bard".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![1.0; 3]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let residual = |(k, y): (usize, &f64)| {
            let (u, v) = (k as f64 + 1.0, 15.0 - k as f64);
            T::lit(*y) - (x[0] + T::lit(u) / (T::lit(v) * x[1] + T::lit(u.min(v)) * x[2]))
        };
        T::sum_squares(&BARD.iter().enumerate().map(residual).collect::<Vec<_>>())
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let row = |(k, y): (usize, &f64)| {
            let (u, v) = (k as f64 + 1.0, 15.0 - k as f64);
            let w = u.min(v);
            let d = v * x[1] + w * x[2];
            (y - x[0] - u / d, vec![-1.0, u * v / (d * d), u * w / (d * d)])
        };
        squares(&BARD.iter().enumerate().map(row).collect::<Vec<_>>())
    }
}

/// (9) The Gaussian: f = 3.88810699… · 10⁻⁶ at the start.
pub struct Gaussian;

const GAUSSIAN: [f64; 15] = [
    0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989, 0.3521, 0.2420, 0.1295, 0.0540, 0.0175,
    0.0044, 0.0009,
];

impl Known for Gaussian {
    fn name(&self) -> String {
        "Gaussian".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![0.4, 1.0, 0.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let residual = |(k, y): (usize, &f64)| {
            let t = T::lit((7.0 - k as f64) / 2.0);
            x[0] * (-x[1] * (t - x[2]).square() / T::lit(2.0)).exp() - T::lit(*y)
        };
        T::sum_squares(&GAUSSIAN.iter().enumerate().map(residual).collect::<Vec<_>>())
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let row = |(k, y): (usize, &f64)| {
            let s = (7.0 - k as f64) / 2.0 - x[2];
            let e = (-x[1] * s * s / 2.0).exp();
            (x[0] * e - y, vec![e, -x[0] * e * s * s / 2.0, x[0] * e * x[1] * s])
        };
        squares(&GAUSSIAN.iter().enumerate().map(row).collect::<Vec<_>>())
    }
}

/// (10) Meyer: f = 1.6936…·10⁹ at the start.
pub struct Meyer;

const MEYER: [f64; 16] = [
    34780.0, 28610.0, 23650.0, 19630.0, 16370.0, 13720.0, 11540.0, 9744.0, 8261.0, 7030.0, 6005.0, 5147.0,
    4427.0, 3820.0, 3307.0, 2872.0,
];

impl Known for Meyer {
    fn name(&self) -> String {
        "Meyer".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![0.02, 4000.0, 250.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let residual = |(k, y): (usize, &f64)| {
            let t = T::lit(50.0 + 5.0 * k as f64);
            x[0] * (x[1] / (t + x[2])).exp() - T::lit(*y)
        };
        T::sum_squares(&MEYER.iter().enumerate().map(residual).collect::<Vec<_>>())
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let row = |(k, y): (usize, &f64)| {
            let d = 50.0 + 5.0 * k as f64 + x[2];
            let e = (x[1] / d).exp();
            (x[0] * e - y, vec![e, x[0] * e / d, -x[0] * e * x[1] / (d * d)])
        };
        squares(&MEYER.iter().enumerate().map(row).collect::<Vec<_>>())
    }
}

/// (12) Box, three-dimensional, 10 residuals: f = 1031.1538… at the start.
pub struct BoxThree;

impl Known for BoxThree {
    fn name(&self) -> String {
        "Box three-dimensional".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![0.0, 10.0, 20.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let residual = |i: i32| {
            let t = f64::from(i) / 10.0;
            let data = (-t).exp() - (-10.0 * t).exp();
            (T::lit(-t) * x[0]).exp() - (T::lit(-t) * x[1]).exp() - x[2] * T::lit(data)
        };
        T::sum_squares(&(1..=10).map(residual).collect::<Vec<_>>())
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let row = |i: i32| {
            let t = f64::from(i) / 10.0;
            let data = (-t).exp() - (-10.0 * t).exp();
            let (a, b) = ((-t * x[0]).exp(), (-t * x[1]).exp());
            (a - b - x[2] * data, vec![-t * a, t * b, -data])
        };
        squares(&(1..=10).map(row).collect::<Vec<_>>())
    }
}

/// (15) Kowalik & Osborne: f = 5.3131…·10⁻³ at the start.
pub struct KowalikOsborne;

const KOWALIK: [(f64, f64); 11] = [
    (0.1957, 4.0),
    (0.1947, 2.0),
    (0.1735, 1.0),
    (0.1600, 0.5),
    (0.0844, 0.25),
    (0.0627, 0.167),
    (0.0456, 0.125),
    (0.0342, 0.1),
    (0.0323, 0.0833),
    (0.0235, 0.0714),
    (0.0246, 0.0625),
];

impl Known for KowalikOsborne {
    fn name(&self) -> String {
        "Kowalik and Osborne".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![0.25, 0.39, 0.415, 0.39]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let residual = |(y, u): &(f64, f64)| {
            let (u, squared) = (T::lit(*u), T::lit(u * u));
            T::lit(*y) - x[0] * (squared + u * x[1]) / (squared + u * x[2] + x[3])
        };
        T::sum_squares(&KOWALIK.iter().map(residual).collect::<Vec<_>>())
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let row = |(y, u): &(f64, f64)| {
            let (n, d) = (u * u + u * x[1], u * u + u * x[2] + x[3]);
            let by_d = x[0] * n / (d * d);
            (y - x[0] * n / d, vec![-n / d, -x[0] * u / d, by_d * u, by_d])
        };
        squares(&KOWALIK.iter().map(row).collect::<Vec<_>>())
    }
}

/// (18) Biggs EXP6, 13 residuals: f = 0.77907… at the start.
pub struct Biggs;

impl Known for Biggs {
    fn name(&self) -> String {
        "Biggs EXP6".into()
    }
    fn point(&self) -> Vec<f64> {
        vec![1.0, 2.0, 1.0, 1.0, 1.0, 1.0]
    }
    fn eval<T: Scalar>(&self, x: &[T]) -> T {
        let residual = |i: i32| {
            let t = f64::from(i) / 10.0;
            let e = |x: T| (T::lit(-t) * x).exp();
            x[2] * e(x[0]) - x[3] * e(x[1]) + x[5] * e(x[4]) - T::lit(biggs(t))
        };
        T::sum_squares(&(1..=13).map(residual).collect::<Vec<_>>())
    }
    fn by_hand(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let row = |i: i32| {
            let t = f64::from(i) / 10.0;
            let [a, b, c] = [x[0], x[1], x[4]].map(|x| (-t * x).exp());
            (
                x[2] * a - x[3] * b + x[5] * c - biggs(t),
                vec![-t * x[2] * a, t * x[3] * b, a, -b, -t * x[5] * c, c],
            )
        };
        squares(&(1..=13).map(row).collect::<Vec<_>>())
    }
}

/// The data that Biggs fits.
fn biggs(t: f64) -> f64 {
    (-t).exp() - 5.0 * (-10.0 * t).exp() + 3.0 * (-4.0 * t).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problems::at_start;

    #[test]
    fn published_values() {
        at_start(&JennrichSampson, 4171.306);
        at_start(&Bard, 41.6817);
        at_start(&Gaussian, 3.888_107e-6);
        at_start(&Meyer, 1.693_608e9);
        at_start(&BoxThree, 1031.154);
        at_start(&KowalikOsborne, 5.313_172e-3);
        at_start(&Biggs, 0.779_070);
    }
}
