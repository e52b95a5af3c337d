//! `rustfft` computes discrete Fourier transforms. Its `FftNum` asks for `num_traits`' `FromPrimitive` and `Signed`, and for
//! `Copy`, `Send`, `Sync` and `Debug`. For numbers that are neither `f32` nor `f64` it takes its portable algorithms.
//!
//! The tests differentiate powers of the spectrum by the signal, at lengths for which the crate takes different algorithms,
//! and compare with the closed form. A transform asks nothing of values, so that its tape has neither guards nor reads.
//!
//! A planner (`FftPlanner`) compiles each algorithm of the crate for the number type. It does work at `Var`, but
//! compiles there for longer than all else in this folder together. So the planner is tried at `Dual`, and a few of the algorithms that it chooses from at `Var`.

use std::f64::consts::TAU;
use std::sync::Arc;

use rustfft::algorithm::butterflies::{
    Butterfly2, Butterfly3, Butterfly4, Butterfly5, Butterfly6, Butterfly16,
};
use rustfft::algorithm::{BluesteinsAlgorithm, GoodThomasAlgorithm, MixedRadix, RadersAlgorithm};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection, FftNum, FftPlanner};
use wengert::{Dual, Recorder, Var, vjp};
use wengert_ecosystem::assert_near;

/// `|X₀|², |X₁|², …` of a real signal.
fn powers<T: FftNum>(signal: &[T], transform: &dyn Fft<T>) -> Vec<T> {
    let mut numbers: Vec<_> = signal.iter().map(|x| Complex::new(*x, T::zero())).collect();
    transform.process(&mut numbers);
    numbers.into_iter().map(|x| x.re * x.re + x.im * x.im).collect()
}

/// Lengths and their algorithms: unrolled code, two ways to put a transform together of two shorter ones, and two ways to
/// transform a prime number of values.
fn transforms<T: FftNum>(to: FftDirection) -> [(usize, Box<dyn Fft<T>>); 5] {
    [
        (16, Box::new(Butterfly16::new(to))),
        (6, Box::new(MixedRadix::new(Arc::new(Butterfly3::new(to)), Arc::new(Butterfly2::new(to))))),
        (
            20,
            Box::new(GoodThomasAlgorithm::new(Arc::new(Butterfly4::new(to)), Arc::new(Butterfly5::new(to)))),
        ),
        (7, Box::new(RadersAlgorithm::new(Arc::new(Butterfly6::new(to))))),
        (7, Box::new(BluesteinsAlgorithm::new(7, Arc::new(Butterfly16::new(to))))),
    ]
}

fn signal(n: usize) -> Vec<f64> {
    (0..n).map(|k| (k as f64 * 1.3).sin() + 0.1 * k as f64).collect()
}

/// `X_k` by its definition, and `∂|X_k|²/∂xⱼ = 2·Re(conj(X_k)·e^{−2πijk/n})` for each `j`.
fn by_definition(x: &[f64], k: usize) -> (f64, Vec<f64>) {
    let root = |j: usize| Complex::from_polar(1.0, -TAU * ((j * k) % x.len()) as f64 / x.len() as f64);
    let sum: Complex<f64> = x.iter().enumerate().map(|(j, x)| root(j) * x).sum();
    (sum.norm_sqr(), (0..x.len()).map(|j| 2.0 * (sum.conj() * root(j)).re).collect())
}

#[test]
fn powers_of_a_spectrum_by_the_signal() {
    for (n, transform) in &transforms::<Var>(FftDirection::Forward) {
        let x = signal(*n);
        for k in [0, 1, n / 2] {
            let mut weights = vec![0.0; *n];
            weights[k] = 1.0;
            let (values, slopes) = vjp(&x[..], |x| powers(&x, &**transform), &weights).unwrap();
            let (power, wanted) = by_definition(&x, k);
            assert_near(values[k], power, 1e-12);
            assert_eq!(slopes.len(), *n);
            for (slope, wanted) in slopes.iter().zip(&wanted) {
                assert_near(*slope, *wanted, 1e-12);
            }
        }
    }
}

/// A power of two, one of mixed factors, a small prime and a large one.
#[test]
fn the_planner_at_dual_numbers() {
    let mut planner = FftPlanner::new();
    for n in [16, 30, 7, 37] {
        let x = signal(n);
        let transform = planner.plan_fft_forward(n);
        for j in [0, 1, n - 1] {
            let mut duals: Vec<_> = x.iter().copied().map(Dual::<f64>::constant).collect();
            duals[j].tangent = [1.0];
            for (k, found) in powers(&duals, &*transform).iter().enumerate() {
                let (power, slopes) = by_definition(&x, k);
                assert_near(found.value, power, 1e-12);
                assert_near(found.tangent[0], slopes[j], 1e-12);
            }
        }
    }
}

#[test]
fn a_transform_asks_nothing_of_values() {
    for (n, transform) in &transforms::<Var>(FftDirection::Forward) {
        let mut recorder = Recorder::new();
        recorder.record(|s| powers(&s.inputs(&signal(*n)), &**transform)).unwrap();
        assert!(recorder.tape().len() > *n);
        assert_eq!(recorder.tape().guards(), []);
        assert_eq!(recorder.tape().reads(), []);
    }
}

/// There and back is `n` times the signal, so that the slope by the number itself is `n`, and by each other number 0.
#[test]
fn there_and_back_is_the_identity() {
    let back = transforms::<Var>(FftDirection::Inverse);
    for ((n, there), (_, back)) in transforms::<Var>(FftDirection::Forward).iter().zip(&back) {
        let round = |signal: Vec<Var>| {
            let mut numbers: Vec<_> = signal.into_iter().map(Complex::from).collect();
            there.process(&mut numbers);
            back.process(&mut numbers);
            numbers.into_iter().map(|x| x.re).collect::<Vec<_>>()
        };
        let x = signal(*n);
        let weights: Vec<f64> = (0..*n).map(|k| k as f64).collect();
        let (values, slopes) = vjp(&x, round, &weights).unwrap();
        for j in 0..*n {
            assert_near(values[j], *n as f64 * x[j], 1e-12);
            assert_near(slopes[j], (n * j) as f64, 1e-12);
        }
    }
}
