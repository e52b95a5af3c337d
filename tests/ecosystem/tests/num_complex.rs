//! `num-complex` has complex numbers over any number type. Its `Complex<T>` has `MulAdd` and `MulAddAssign` where `T` has, and
//! reads text where `T` has `FromStr`.
//!
//! The tests run Horner's rule by each of the two on complex numbers of ours, with coefficients that are read from text, and
//! compare slopes with the derivative of the polynomial by the equations of Cauchy and Riemann.

use num_complex::Complex;
use num_traits::{MulAdd, MulAddAssign, Num, NumAssign};
use std::fmt::Debug;
use std::str::FromStr;
use wengert::{Recorder, Var, forward, jacobian};
use wengert_ecosystem::assert_rows_near;

/// `z³ − 2iz² + (0.5 + i)z − 3`, from the highest power down.
const COEFFICIENTS: [&str; 4] = ["1", "-2i", "0.5+1i", "-3"];

fn coefficients<T: FromStr<Err: Debug> + Num + Clone>() -> [Complex<T>; 4] {
    COEFFICIENTS.map(|text| text.parse().unwrap())
}

fn by_values<T: MulAdd<Output = T> + Num + Copy + FromStr<Err: Debug>>([x, y]: [T; 2]) -> [T; 2] {
    let z = Complex::new(x, y);
    let p = coefficients().into_iter().reduce(|p, c| p.mul_add(z, c)).unwrap();
    [p.re, p.im]
}

fn in_place<T: MulAddAssign + NumAssign + Copy + FromStr<Err: Debug>>([x, y]: [T; 2]) -> [T; 2] {
    let z = Complex::new(x, y);
    let [mut p, rest @ ..] = coefficients();
    for c in rest {
        p.mul_add_assign(z, c);
    }
    [p.re, p.im]
}

#[test]
fn horner_by_mul_add_and_by_mul_add_assign() {
    let at = [0.6, -1.1];
    let z = Complex::new(at[0], at[1]);
    let i = Complex::i();
    let p = z * z * z - i * z * z * 2.0 + (i + 0.5) * z - 3.0;
    let slope = z * z * 3.0 - i * z * 4.0 + i + 0.5;
    let wanted = [[slope.re, -slope.im], [slope.im, slope.re]];
    for f in [by_values::<Var>, in_place::<Var>] {
        let (values, rows) = jacobian(&at, f).unwrap();
        assert_rows_near(&[[values[0], values[1]]], &[[p.re, p.im]], 1e-14);
        assert_rows_near(&rows, &wanted, 1e-14);
    }
    assert_rows_near(&forward::jacobian(&at, by_values).unwrap().1, &wanted, 1e-14);
    assert_rows_near(&forward::jacobian(&at, in_place).unwrap().1, &wanted, 1e-14);
}

/// What is read from text is a constant, which needs no recording, and text that is no number is refused.
#[test]
fn text_becomes_constants() {
    let z: Complex<Var> = "1.5-2.5i".parse().unwrap();
    assert_eq!((z.re.value(), z.im.value()), (1.5, -2.5));
    assert!("1.5-2.5k".parse::<Complex<Var>>().is_err());
    let mut recorder = Recorder::new();
    recorder.record(|_| "4+3i".parse::<Complex<Var>>().unwrap().norm()).unwrap();
    assert!(recorder.tape().is_empty(), "constants are no nodes");
}
