//! What a number has of `f64` besides the rows of the table: questions, composed methods, comparisons, conversions, spelling;
//! each compared with `f64`'s own at special points. And generic code over `Scalar`, with every operator that it may use.

use core::cmp::Ordering;
use core::num::ParseFloatError;
use core::str::FromStr;

use wengert::{Dual, Recorder, Scalar, Taylor, Var, forward, gradient, ops::Real};
use wengert_testkit::points::{SPECIAL, same};

/// What `f64` says of one number and of two, as text; and what our number says, of the same methods.
macro_rules! answers {
    ($x:expr, $y:expr) => {{
        let (x, y) = ($x, $y);
        format!(
            "{} {} {} {} {} {} {} {:?} {:?} {} {} {} {} {} {}",
            x.is_nan(),
            x.is_infinite(),
            x.is_finite(),
            x.is_normal(),
            x.is_subnormal(),
            x.is_sign_positive(),
            x.is_sign_negative(),
            x.classify(),
            x.total_cmp(&y),
            2.0 < x,
            x < 2.0,
            2.0 >= x,
            2.0 == x,
            x != 2.0,
            x.partial_cmp(&y).is_none(),
        )
    }};
}

macro_rules! composed {
    ($x:expr, $y:expr) => {{
        let (x, y) = ($x, $y);
        [x.div_euclid(y), x.rem_euclid(y), x.midpoint(y), x.to_degrees(), x.to_radians()]
    }};
}

#[test]
fn numbers_answer_as_floats_do() {
    for x in SPECIAL {
        for y in SPECIAL {
            let expected = answers!(x, y);
            assert_eq!(answers!(Var::constant(x), Var::constant(y)), expected, "{x} {y}");
            assert_eq!(answers!(Dual::<f64, 2>::constant(x), Dual::constant(y)), expected, "{x} {y}");
            assert_eq!(answers!(Taylor::<f64, 2>::constant(x), Taylor::constant(y)), expected, "{x} {y}");
            let expected = composed!(x, y);
            let var = composed!(Var::constant(x), Var::constant(y)).map(Var::value);
            let dual = composed!(Dual::<f64>::constant(x), Dual::constant(y)).map(|z| z.value);
            for (k, e) in expected.into_iter().enumerate() {
                assert!(
                    same(var[k], e) && same(dual[k], e),
                    "{k} of {x} and {y}: {} {}, {e}",
                    var[k],
                    dual[k]
                );
            }
        }
    }
}

#[test]
fn composed_methods_have_slopes_and_need_no_comparison() {
    let mut recorder = Recorder::new();
    let y = recorder
        .record(|s| {
            let [x, y] = s.inputs(&[-7.5, 2.0]);
            x.rem_euclid(y) + x.midpoint(y) * 10.0 + x.div_euclid(y) + x.to_degrees().to_radians() * 100.0
        })
        .unwrap();
    let slopes: Vec<f64> = recorder.reverse(y).unwrap().inputs().collect();
    // x rem y = x + 4y
    assert_eq!(slopes, [1.0 + 5.0 + 100.0, 4.0 + 5.0]);
    assert!(recorder.tape().guards().is_empty());
}

#[test]
fn questions_are_guards_of_their_line() {
    let mut recorder = Recorder::new();
    let (first, last) = recorder
        .record(|s| {
            let x = s.input(-7.5);
            let first = line!() + 1;
            assert!(x.is_sign_negative());
            assert!(!x.is_nan());
            assert!(x.is_finite());
            assert!(2.0 > x);
            assert!(2.0 != x);
            assert_eq!(x.total_cmp(&Var::constant(1.0)), Ordering::Less);
            (first, line!() - 1)
        })
        .unwrap();
    let lines: Vec<u32> = recorder.tape().guards().iter().map(|guard| guard.at.line).collect();
    assert!(
        recorder.tape().guards().iter().all(|guard| guard.at.file.to_string().ends_with("number_methods.rs"))
    );
    assert_eq!((lines[0], lines[lines.len() - 1]), (first, last));
    assert!(lines.iter().all(|line| (first..=last).contains(line)), "{lines:?}");
}

#[test]
fn an_exponent_may_be_a_number() {
    let (value, [dx, dn]) = gradient(&[3.0, 2.0], |[x, n]| x.powf(n) + x.powf(2.0)).unwrap();
    assert_eq!((value, dx, dn), (18.0, 12.0, 9.0 * 3.0_f64.ln()));
    let (_, [dx, dn]) = forward::gradient(&[3.0, 2.0], |[x, n]| x.powf(n) + x.powf(2.0)).unwrap();
    assert_eq!((dx, dn), (12.0, 9.0 * 3.0_f64.ln()));
}

#[test]
fn conversions_make_constants_and_spelling_is_the_values() {
    fn all<T>() -> f64
    where
        T: Scalar + FromStr<Err = ParseFloatError>,
        T: From<f32> + From<i8> + From<i16> + From<i32> + From<u8> + From<u16> + From<u32>,
    {
        let sum =
            T::from(1_i8) + T::from(2_i16) + T::from(3_i32) + T::from(4_u8) + T::from(5_u16) + T::from(6_u32);
        assert!("one".parse::<T>().is_err());
        (sum + T::from(0.5_f32) + T::from(0.25_f64) + "1e3".parse::<T>().unwrap()).primal()
    }
    assert_eq!((all::<Var>(), all::<Dual>(), all::<Taylor<f64, 2>>()), (1021.75, 1021.75, 1021.75));
    let (x, d) = (Var::constant(1500.0), Dual { value: 1500.0, tangent: [2.0] });
    assert_eq!(format!("{x} {x:e} {x:.1E} {x:8.1}"), format!("{0} {0:e} {0:.1E} {0:8.1}", 1500.0));
    assert_eq!(format!("{d:e} | {d:.1E}"), "1.5e3 + [2e0]ε | 1.5E3 + [2.0E0]ε");
    assert_eq!(format!("{:e}", Taylor::<f64, 1>::line(1500.0, 2.0)), "1.5e3 + [2e0]t");
}

/// Every operator and comparison that generic code may use.
fn generic<T: Scalar>(x: &[T]) -> T {
    let (a, b) = (x[0], x[1]);
    let mut s = a * 2.0 + 1.0 - b / 4.0 % 3.0;
    s += a;
    s -= b;
    s *= a;
    s /= b;
    s %= T::from(100.0);
    s += 0.5;
    s -= 0.25;
    s *= 2.0;
    s /= 4.0;
    s %= 1000.0;
    if s > 0.0 && a != 7.0 && a < b {
        s = -s;
    }
    if s.is_nan() || !s.is_finite() || s.is_infinite() {
        s = T::lit(1.0);
    }
    s += (a - 1.0).max(0.0) + b.min(2.0).clamp(0.0, 3.0) + a.hypot(2.0) + a.rem_euclid(0.7) + a.div_euclid(b);
    s += a.midpoint(1.0) + a.to_degrees().to_radians() + a.mul_add(2.0, b);
    let squares: T = x.iter().map(|x| *x * *x).sum();
    let scaled: T = x.iter().map(|x| *x * 0.5).product();
    s + x.iter().sum::<T>() * x.iter().product::<T>() + squares * scaled + a % b
}

/// The same where more bounds are given, as older code has them.
fn bounded<T: Scalar + core::iter::Sum + core::ops::AddAssign>(x: &[T]) -> T {
    let mut sum: T = x.iter().copied().sum();
    sum += x[0];
    sum
}

#[test]
fn generic_code_runs_at_every_scalar() {
    let at = [1.5, 2.5];
    let value = generic(&at);
    let (recorded, slopes) = gradient(&at, |x| generic(&x)).unwrap();
    let (dual, forward) = forward::gradient(&at, |x| generic(&x)).unwrap();
    let series = forward::taylor::<1, _, _>(&at, |x| generic(&x), &[1.0, 0.0]).unwrap();
    assert_eq!((recorded, dual, series[0].primal()), (value, value, value));
    assert!((slopes[0] - forward[0]).abs() < 1e-12 && (slopes[1] - forward[1]).abs() < 1e-12);
    assert!((series[0].derivative(1).unwrap() - forward[0]).abs() < 1e-12);
    assert_eq!(bounded(&at), 5.5);
}

/// Whoever imports everything still calls what other crates' traits have by its name.
mod everything_imported {
    use num_traits::*;
    #[allow(clippy::wildcard_imports)]
    use wengert::*;

    #[test]
    fn names_are_not_ambiguous() {
        let (zero, one) = (Var::zero(), Var::one());
        assert!(zero.is_zero() && one.is_one() && 2.0 > one && 0.0 == zero);
        assert_eq!((one.max(zero).sin().value(), Var::epsilon().value()), (1.0_f64.sin(), f64::EPSILON));
        let (zero, one) = (Dual::<f64>::zero(), Dual::<f64>::one());
        assert!(zero.is_zero() && one.is_one() && one.is_finite() && !one.is_nan());
        let _ = Var::constant(1.0).named("a name is not asked for");
        Var::constant(1.0).named("nor that it is used");
    }
}
