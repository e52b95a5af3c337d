//! Taylor series of single operations, beside a number type that evaluates the partials anew for each order whether they
//! read the result or not: nanoseconds, the least of many. Inputs are opaque to the compiler.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin taylor
//! ```

use std::hint::black_box;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::time::Duration;

use wengert::{
    Scalar, Taylor,
    ops::{Operands, Real, Rule, Shortcuts, Variadic, rows},
};
use wengert_benches::timing::Times;

/// The coefficients of `sin` and its like as one would write them first: for each order all partials again.
#[derive(Clone, Copy, Debug)]
struct Naive<const K: usize> {
    coefficients: [f64; K],
    known: usize,
}

impl<const K: usize> Naive<K> {
    fn constant(value: f64) -> Self {
        let mut coefficients = [0.0; K];
        coefficients[0] = value;
        Self { coefficients, known: K }
    }
    fn line(value: f64, slope: f64) -> Self {
        let mut x = Self::constant(value);
        x.coefficients[1] = slope;
        x
    }
}

impl<const K: usize> Shortcuts for Naive<K> {}

impl<const K: usize> Real for Naive<K> {
    fn lit(x: f64) -> Self {
        Self::constant(x)
    }
    fn fixed<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self {
        let mut y = Self::constant(R::value(x.map(|x| x.coefficients[0])));
        let known = x.iter().fold(K, |known, x| known.min(x.known));
        for n in 1..known {
            y.known = n;
            let p = R::partials(x.map(|x| Self { known: n, ..x }), y);
            y.coefficients[n] = 0.0;
            for (p, x) in p.iter().zip(&x) {
                for j in 0..n {
                    y.coefficients[n] +=
                        p.coefficients[j] * x.coefficients[n - j] * (n - j) as f64 / n as f64;
                }
            }
        }
        y.known = known;
        y
    }
    fn variadic<R: Variadic>(x: &impl Operands<Self>) -> Self {
        let values: Vec<f64> = (0..x.len()).map(|k| x.get(k).coefficients[0]).collect();
        Self::constant(R::value(&values.as_slice()))
    }
    fn map_parts(self, value: impl Fn(f64) -> f64 + Copy, part: impl Fn(f64) -> f64 + Copy) -> Self {
        let mut y = Self { coefficients: self.coefficients.map(part), ..self };
        y.coefficients[0] = value(self.coefficients[0]);
        y
    }
    fn select(condition: Self, a: Self, b: Self) -> Self {
        if condition.coefficients[0] == 0.0 { b } else { a }
    }
    fn pull(g: Self, p: Self) -> Self {
        g * p
    }
    fn primal(self) -> f64 {
        self.coefficients[0]
    }
}

macro_rules! operator {
    ($($Op:ident $op:ident),*) => { $(
        impl<const K: usize> $Op for Naive<K> {
            type Output = Self;
            fn $op(self, other: Self) -> Self {
                Self::fixed::<rows::$Op, 2>([self, other])
            }
        }
    )* };
}
operator!(Add add, Sub sub, Mul mul, Div div);

impl<const K: usize> Neg for Naive<K> {
    type Output = Self;
    fn neg(self) -> Self {
        Self::fixed::<rows::Neg, 1>([self])
    }
}

fn least(f: impl FnMut() -> f64) -> f64 {
    let mut times = Times::default();
    times.sample(20, Duration::from_millis(200), f);
    times.least() * 1e9
}

/// Times an expression at a number that moves along a line, and at one whose coefficients are all other than 0.
macro_rules! line {
    ($name:literal, |$x:ident| $f:expr) => {{
        fn of<T: Scalar>($x: T) -> T {
            $f
        }
        fn series<const K: usize>() -> [f64; 2] {
            let (value, slope) = (0.7, 0.3);
            let mut coefficients = [0.0; K];
            coefficients.fill_with(|| 0.1);
            let line = least(|| {
                let x = Taylor::<f64, K>::line(black_box(value), black_box(slope));
                of(x).coefficient(K).unwrap_or(f64::NAN)
            });
            let full = Taylor::<f64, K>::series(&[&[value][..], &coefficients].concat());
            let full = least(|| of(black_box(full)).coefficient(K).unwrap_or(f64::NAN));
            [line, full]
        }
        let plain = least(|| of(black_box(0.7_f64)));
        let times = [series::<4>(), series::<12>(), series::<24>()];
        print!("{:<18} {plain:>7.1}", $name);
        for [line, full] in times {
            print!(" {line:>8.0} {full:>8.0}");
        }
        println!();
        times[1][0]
    }};
}

fn main() {
    println!("{:<18} {:>7} {:>17} {:>17} {:>17}", "ns", "value", "order 4", "order 12", "order 24");
    println!("{:<26} {}", "", " x₀ + v·t  general".repeat(3));
    line!("x·x", |x| x * x);
    line!("1/x", |x| x.recip());
    line!("exp x", |x| x.exp());
    line!("ln x", |x| x.ln());
    let sin = line!("sin x", |x| x.sin());
    line!("tan x", |x| x.tan());
    line!("√x", |x| x.sqrt());
    line!("x^2.5", |x| x.powf(2.5));
    line!("x^x", |x| x.pow(x));
    line!("asin x", |x| x.asin());
    line!("sigmoid x", |x| x.sigmoid());
    line!("hypot(x, 1)", |x| x.hypot(T::lit(1.0)));
    line!("atan2(x, x²)", |x| x.atan2(x * x));
    line!("ln Γ(x)", |x| x.ln_gamma());
    line!("x·eˣ·sin x", |x| x * x.exp() * x.sin());
    let naive = least(|| {
        let x = Naive::<13>::line(black_box(0.7), black_box(0.3));
        x.sin().coefficients[12]
    });
    println!("sin x of order 12, partials anew for each order: {naive:.0} ns, {:.0} times", naive / sin);
}

#[allow(unused_imports)] // methods by which `Scalar` code and `Naive` are read alike
use wengert::ops::Functions as _;
