//! Code over `num_traits::Float` and `approx` runs on our numbers unchanged: the same bits, the right slopes, and
//! every question asked of a value a guard at the line that asked.

use std::num::FpCategory;

use approx::{AbsDiffEq, RelativeEq, UlpsEq};
use num_traits::{
    Bounded, Float, FloatConst, FromPrimitive, Inv, MulAdd, Num, NumAssign, NumCast, One, Pow, Signed,
    ToPrimitive, Zero,
};
use wengert::{
    Dual, Recorder, Var, gradient, jacobian,
    tape::{Source, Test},
};

/// The same bits, or both NaN.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// Reads `f` at `f64`, `Dual` and `Var`: one value, and the given slopes from both modes.
macro_rules! reads {
    ($(($($x:ident = $at:expr),+) $f:expr => [$($slope:expr),+];)+) => { $( {
        #[allow(clippy::cast_possible_wrap)]
        fn f<T: Float + FloatConst>([$($x),+]: [T; [$($at),+].len()]) -> T { $f }
        let at = [$($at),+];
        let text = stringify!($f);
        let plain = f::<f64>(at);
        let slopes: Vec<f64> = {
            let [$($x),+] = at;
            let _ = ($($x,)+);
            vec![$($slope),+]
        };
        let (value, reverse) = gradient(&at, f::<Var>).unwrap();
        assert!(same(value, plain), "{text}: {value} on the tape, {plain} at f64");
        for (k, slope) in slopes.iter().enumerate() {
            let mut x = at.map(Dual::<f64>::constant);
            x[k].tangent = [1.0];
            let y = f(x);
            assert!(same(y.value, plain), "{text}: {} at Dual, {plain} at f64", y.value);
            for (mode, d) in [("forward", y.tangent[0]), ("reverse", reverse[k])] {
                assert!((d - slope).abs() <= 1e-14 * (1.0 + slope.abs()), "{text}: {mode} slope {k} is {d}, not {slope}");
            }
        }
    } )+ };
}

#[test]
fn every_method_of_float() {
    let ln = f64::ln;
    reads! {
        (x = 1.7) x.floor() => [0.0];
        (x = 1.7) x.ceil() => [0.0];
        (x = 1.7) x.round() => [0.0];
        (x = -1.7) x.trunc() => [0.0];
        (x = 1.7) x.fract() => [1.0];
        (x = -1.7) x.abs() => [-1.0];
        (x = -1.7) x.signum() => [0.0];
        (a = 0.3, b = 0.4, c = 5.0) a.mul_add(b, c) => [b, a, 1.0];
        (x = 0.3) x.recip() => [-1.0 / (x * x)];
        (x = 0.3) x.powi(3) => [3.0 * x * x];
        (x = 0.3, a = 1.4) x.powf(a) => [a * x.powf(a - 1.0), x.powf(a) * ln(x)];
        (x = 0.3) x.sqrt() => [0.5 / x.sqrt()];
        (x = 0.3) x.exp() => [x.exp()];
        (x = 0.3) x.exp2() => [x.exp2() * std::f64::consts::LN_2];
        (x = 0.3) x.ln() => [1.0 / x];
        (x = 0.3, b = 3.0) x.log(b) => [1.0 / (x * ln(b)), -ln(x) / (b * ln(b) * ln(b))];
        (x = 0.3) x.log2() => [1.0 / (x * ln(2.0))];
        (x = 0.3) x.log10() => [1.0 / (x * ln(10.0))];
        (x = 0.3) x.to_degrees() => [180.0 / std::f64::consts::PI];
        (x = 0.3) x.to_radians() => [std::f64::consts::PI / 180.0];
        (a = 0.3, b = 0.4) a.max(b) => [0.0, 1.0];
        (a = 0.3, b = 0.4) a.min(b) => [1.0, 0.0];
        (x = 0.3, lo = 0.5, hi = 0.9) x.clamp(lo, hi) => [0.0, 1.0, 0.0];
        (x = 0.3) x.cbrt() => [1.0 / (3.0 * x.cbrt() * x.cbrt())];
        (a = 3.0, b = 4.0) a.hypot(b) => [a / 5.0, b / 5.0];
        (x = 0.3) x.sin() => [x.cos()];
        (x = 0.3) x.cos() => [-x.sin()];
        (x = 0.3) x.tan() => [1.0 / (x.cos() * x.cos())];
        (x = 0.3) x.asin() => [1.0 / (1.0 - x * x).sqrt()];
        (x = 0.3) x.acos() => [-1.0 / (1.0 - x * x).sqrt()];
        (x = 0.3) x.atan() => [1.0 / (1.0 + x * x)];
        (y = 3.0, x = -4.0) y.atan2(x) => [x / 25.0, -y / 25.0];
        (x = 0.3) x.sin_cos().0 => [x.cos()];
        (x = 0.3) x.sin_cos().1 => [-x.sin()];
        (x = 0.3) x.exp_m1() => [x.exp()];
        (x = 0.3) x.ln_1p() => [1.0 / (1.0 + x)];
        (x = 0.3) x.sinh() => [x.cosh()];
        (x = 0.3) x.cosh() => [x.sinh()];
        (x = 0.3) x.tanh() => [1.0 - x.tanh() * x.tanh()];
        (x = 0.3) x.asinh() => [1.0 / (1.0 + x * x).sqrt()];
        (x = 1.3) x.acosh() => [1.0 / (x * x - 1.0).sqrt()];
        (x = 0.3) x.atanh() => [1.0 / (1.0 - x * x)];
        (a = 0.3, b = -2.0) a.copysign(b) => [-1.0, 0.0];
        // Operators, `Num`, and constants of the trait.
        (x = 7.5, y = 2.0) x % y => [1.0, -3.0];
        (x = 0.3, y = 2.0) (x + y) * (x - y) / (x * y) + -x => [1.0 / y + y / (x * x) - 1.0, -x / (y * y) - 1.0 / x];
        (x = 0.3) T::PI() * x + T::one() - T::zero() + T::epsilon() => [std::f64::consts::PI];
        (x = 0.3) x * T::from(3_u8).unwrap() => [3.0];
    }
}

#[test]
#[allow(deprecated)]
fn abs_sub_is_fdim_everywhere() {
    reads! {
        (a = 5.0, b = 3.0) a.abs_sub(b) => [1.0, -1.0];
        (a = 3.0, b = 5.0) a.abs_sub(b) => [0.0, 0.0];
        // At the tie max(a − b, 0) has the slope of a − b.
        (a = 3.0, b = 3.0) a.abs_sub(b) => [1.0, -1.0];
    }
    let corners = [0.0, -0.0, 1.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    for (a, b) in corners.iter().flat_map(|a| corners.map(|b| (*a, b))) {
        let there = Float::abs_sub(Var::constant(a), Var::constant(b)).value();
        assert!(same(there, Float::abs_sub(a, b)), "{a} and {b} give {there}");
    }
}

/// A user's generic function, with a loop, a branch, and assigning operators.
fn softplus_norm<T: Float + NumAssign>(x: &[T]) -> T {
    let mut sum = T::zero();
    for &x in x {
        sum += if x > T::zero() { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() };
    }
    sum *= sum;
    sum.sqrt()
}

#[test]
fn a_generic_function_at_three_types() {
    let at = [0.3, -1.2, 4.0];
    let (value, slope) = gradient(at.as_slice(), |x| softplus_norm(&x)).unwrap();
    assert!(same(value, softplus_norm(&at)));
    for k in 0..3 {
        let x: [Dual; 3] =
            std::array::from_fn(|j| Dual { value: at[j], tangent: [if j == k { 1.0 } else { 0.0 }] });
        let forward = softplus_norm(&x);
        let sigmoid = 1.0 / (1.0 + (-at[k]).exp());
        assert!(same(forward.value, value));
        assert!((forward.tangent[0] - sigmoid).abs() < 1e-15);
        assert!((slope[k] - sigmoid).abs() < 1e-15);
    }
}

#[test]
fn the_smaller_traits() {
    let (values, rows) = jacobian(&[2.0, 3.0], |[x, y]| {
        vec![
            x.inv(),
            MulAdd::mul_add(x, y, x),
            Pow::pow(x, y),
            Pow::pow(x, 3),
            Pow::pow(x, 0.5),
            Signed::abs(&-x),
            Signed::signum(&-x),
            Signed::abs_sub(&y, &x),
        ]
    })
    .unwrap();
    assert_eq!(values, [0.5, 8.0, 8.0, 8.0, 2.0_f64.sqrt(), 2.0, -1.0, 1.0]);
    let expected = [
        [-0.25, 0.0],
        [4.0, 2.0],
        [12.0, 8.0 * 2.0_f64.ln()],
        [12.0, 0.0],
        [0.5 * 2.0_f64.powf(-0.5), 0.0],
        [1.0, 0.0],
        [0.0, 0.0],
        [-1.0, 1.0],
    ];
    assert_eq!(rows, expected);
}

#[test]
fn constants_need_no_recording() {
    // None of these is inside a recording; an active number would panic here.
    let sum = Var::zero() + Var::one() * Var::PI() + <Var as Float>::max_value().recip();
    assert!(sum.is_constant() && Var::zero().is_zero() && !Var::one().is_zero() && Var::one().is_one());
    assert_eq!(<Var as Num>::from_str_radix("-2.5", 10).unwrap().value(), -2.5);
    assert!(<Var as Num>::from_str_radix("two", 10).is_err());
    assert!(<Dual<f32> as Num>::from_str_radix("", 10).is_err());
    assert_eq!(Var::from_i128(-3).unwrap().value(), -3.0);
    assert_eq!(Var::from_u128(1 << 100).unwrap().value(), 2.0_f64.powi(100));
    assert_eq!(<Var as NumCast>::from(7_u64).unwrap().value(), 7.0);
    assert!(Float::is_nan(<Var as Float>::nan()) && Float::is_infinite(<Var as Float>::neg_infinity()));
    assert!(Float::is_sign_negative(<Var as Float>::neg_zero()));
    assert_eq!(<Var as Bounded>::min_value().value(), f64::MIN);
    assert_eq!(<Var as Float>::min_positive_value().value(), f64::MIN_POSITIVE);
    assert_eq!(<Var as Float>::epsilon().value(), f64::EPSILON);
    // The limits of the primal type, not of f64.
    assert_eq!(<Dual<f32> as Float>::epsilon().value, f32::EPSILON);
    assert_eq!(<Dual<f32, 3> as Float>::max_value().value, f32::MAX);
    // i64 → f32 rounds once.
    let above_half = (1_i64 << 53) + (1 << 29) + 1;
    assert_eq!(Dual::<f32>::from_i64(above_half).unwrap().value, above_half as f32);
    assert_ne!(above_half as f64 as f32, above_half as f32);

    let mut recorder = Recorder::new();
    recorder
        .record(|_| assert!(Float::max(Var::one(), Var::zero()).is_one() && Var::E() > Var::one()))
        .unwrap();
    assert!(recorder.tape().is_empty() && recorder.tape().guards().is_empty());
}

#[test]
fn constants_are_those_of_each_float() {
    macro_rules! compare {
        ($($name:ident)*) => { $(
            assert_eq!(Var::$name().value().to_bits(), f64::$name().to_bits(), stringify!($name));
            assert_eq!(Dual::<f32>::$name().value.to_bits(), f32::$name().to_bits(), stringify!($name));
        )* };
    }
    compare! {
        E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8 LN_10 LN_2
        LOG10_E LOG2_E PI SQRT_2 TAU LOG10_2 LOG2_10
    }
    for x in [0.1_f32, 1.0, 57.3, -1e30] {
        assert_eq!(Float::to_degrees(Dual::<f32>::constant(x)).value.to_bits(), x.to_degrees().to_bits());
        assert_eq!(Float::to_radians(Dual::<f32>::constant(x)).value.to_bits(), x.to_radians().to_bits());
    }
}

/// What was asked of `x` while `ask` ran, each with its line, and the lines of reads.
fn guards_and_reads(x: f64, ask: impl FnOnce(Var)) -> (Vec<(Test, u32)>, Vec<u32>) {
    let mut recorder = Recorder::new();
    recorder.record(|s| ask(s.input(x))).unwrap();
    let tape = recorder.tape();
    assert_eq!(tape.len(), 1, "a question is not an operation");
    assert!(tape.guards().iter().all(|guard| guard.at.file == file!()), "{:?}", tape.guards());
    assert!(tape.reads().iter().all(|read| read.at.file == file!()), "{:?}", tape.reads());
    let guards = tape.guards().iter().map(|guard| (guard.test, guard.at.line)).collect();
    (guards, tape.reads().iter().map(|read| read.at.line).collect())
}

fn guards(x: f64, ask: impl FnOnce(Var)) -> Vec<(Test, u32)> {
    guards_and_reads(x, ask).0
}

#[test]
// A method that is handed over by its path has no caller's line.
#[allow(clippy::redundant_closure)]
fn every_question_is_a_guard() {
    // Value, question, answer, what is guarded.
    macro_rules! tests {
        ($($x:expr, $question:expr => $answer:expr, [$($test:expr),*];)*) => { $( {
            let mut answer = None;
            let found = guards($x, |x| answer = Some($question(x)));
            assert_eq!(answer, Some($answer), "{}", stringify!($question));
            let found: Vec<Test> = found.into_iter().map(|(test, _)| test).collect();
            assert_eq!(found, [$($test),*], "{}", stringify!($question));
        } )* };
    }
    let inf = f64::INFINITY;
    tests! {
        2.5, |x| Float::is_nan(x) => false, [Test::IsNan(false)];
        2.5, |x| Float::is_finite(x) => true, [Test::Less(true), Test::Greater(true)];
        inf, |x| Float::is_finite(x) => false, [Test::Less(false)];
        2.5, |x| Float::is_infinite(x) => false, [Test::Equal(false), Test::Equal(false)];
        -inf, |x| Float::is_infinite(x) => true, [Test::Equal(false), Test::Equal(true)];
        2.5, |x| Float::is_normal(x) => true, [Test::Class(FpCategory::Normal)];
        1e-310, |x| Float::is_subnormal(x) => true, [Test::Class(FpCategory::Subnormal)];
        0.0, |x| Float::classify(x) => FpCategory::Zero, [Test::Class(FpCategory::Zero)];
        -0.0, |x| Float::is_sign_negative(x) => true, [Test::IsSignNegative(true)];
        -0.0, |x| Float::is_sign_positive(x) => false, [Test::IsSignNegative(true)];
        2.5, |x| Signed::is_positive(&x) => true, [Test::IsSignNegative(false)];
        2.5, |x| Signed::is_negative(&x) => false, [Test::IsSignNegative(false)];
        2.5, |x| Zero::is_zero(&x) => false, [Test::Equal(false)];
        1.0, |x| One::is_one(&x) => true, [Test::Equal(true)];
        2.5, |x| Float::integer_decode(x) => Float::integer_decode(2.5), [];
        -2.5, |x: Var| x.to_i64() => Some(-2), [Test::Integer(Some(-2))];
        -2.5, |x: Var| x.to_u8() => None, [Test::Integer(Some(-2))];
        -0.5, |x: Var| x.to_u32() => Some(0), [Test::Integer(Some(0))];
        f64::NAN, |x: Var| x.to_i128() => None, [Test::Integer(None)];
        2.0_f64.powi(127), |x: Var| x.to_u128() => Some(1 << 127),
            [Test::Integer(None), Test::Bits(2.0_f64.powi(127).to_bits())];
        2.5, |x: Var| x.to_f64() => Some(2.5), [];
        2.5, |x: Var| x.to_f32() => Some(2.5), [];
    }
}

#[test]
fn guards_name_the_users_line() {
    // Generic code: the line is inside it, not in a library.
    #[rustfmt::skip]
    fn questions<T: Float + Signed + ToPrimitive>(x: T) -> u32 {
        let first = line!() + 1;
        let _ = Float::is_nan(x);
        let _ = x.is_finite();
        let _ = x.is_infinite();
        let _ = x.is_normal();
        let _ = x.is_subnormal();
        let _ = x.classify();
        let _ = x.is_sign_negative();
        let _ = x.is_sign_positive();
        let _ = x.is_positive();
        let _ = x.is_zero();
        let _ = x.is_one();
        let _ = x.integer_decode();
        let _ = x.to_i64();
        let _ = x.to_f64();
        let _ = x.to_f32();
        let _ = x.to_usize();
        let _ = x.to_i8();
        let _ = T::from(x);
        let _ = x < T::one();
        first
    }
    let mut first = 0;
    let (guards_found, reads) = guards_and_reads(2.5, |x| first = questions(x));
    let mut lines: Vec<u32> = guards_found.iter().map(|(_, line)| *line - first).collect();
    lines.dedup();
    let reads: Vec<u32> = reads.iter().map(|line| *line - first).collect();
    // What leaves as a float or as bits is a read.
    assert_eq!(reads, [11, 13, 14, 17]);
    assert_eq!(lines, (0..19).filter(|line| !reads.contains(line)).collect::<Vec<_>>());
    // A dual number over a recording one asks the recording one.
    let mut nested = true;
    let found = guards(2.5, |x| nested = Float::is_nan(Dual::<Var>::variable(x)));
    assert_eq!((nested, found.len(), found[0].0), (false, 1, Test::IsNan(false)));
}

#[test]
fn questions_of_a_dual_number_look_at_its_value() {
    let x = Dual { value: -2.5, tangent: [f64::NAN, 0.0] };
    assert!(!Float::is_nan(x) && Float::is_finite(x) && Float::is_sign_negative(x));
    assert_eq!((x.to_i64(), x.to_f64(), x.classify()), (Some(-2), Some(-2.5), FpCategory::Normal));
    assert!(Dual { value: 0.0, tangent: [1.0] }.is_zero());
}

#[test]
fn what_leaves_as_a_float_is_constant() {
    let (value, slope) = gradient(&2.0, |x| x * <Var as NumCast>::from(x).unwrap()).unwrap();
    assert_eq!((value, slope), (4.0, 2.0));
    let y = <Dual as NumCast>::from(Dual::<f64>::variable(2.0)).unwrap();
    assert_eq!((y.value, y.tangent), (2.0, [0.0]));
}

#[test]
fn approximate_equality_is_that_of_f64() {
    let (tiny, inf) = (f64::from_bits(1), f64::INFINITY);
    let next = f64::from_bits(1.0_f64.to_bits() + 3);
    let corners = [0.0, -0.0, tiny, -tiny, 1.0, next, 1.0 + 1e-9, -1.0, 1e9, 1e9 + 1.0, inf, -inf, f64::NAN];
    for (a, b) in corners.iter().flat_map(|a| corners.map(|b| (*a, b))) {
        for e in [0.0, f64::EPSILON, 1e-8, 2.0, -1.0] {
            let expected = [a.abs_diff_eq(&b, e), a.relative_eq(&b, e, 1e-9), a.ulps_eq(&b, e, 3)];
            let mut recorder = Recorder::new();
            let taped = recorder
                .record(|s| {
                    let (a, b, e) = (s.input(a), s.input(b), Var::constant(e));
                    [a.abs_diff_eq(&b, e), a.relative_eq(&b, e, 1e-9.into()), a.ulps_eq(&b, e, 3)]
                })
                .unwrap();
            assert_eq!(taped, expected, "{a} and {b}, tolerance {e}");
            let [x, y, z] = [a, b, e].map(|v| Dual { value: v, tangent: [5.0] });
            assert_eq!(
                [x.abs_diff_eq(&y, z), x.relative_eq(&y, z, 1e-9.into()), x.ulps_eq(&y, z, 3)],
                expected
            );
        }
    }
    assert_eq!(<Var as AbsDiffEq>::default_epsilon().value(), f64::EPSILON);
    assert_eq!(<Dual<f32> as RelativeEq>::default_max_relative().value, f32::EPSILON);
    assert_eq!(<Var as UlpsEq>::default_max_ulps(), 4);
}

#[test]
fn approximate_equality_is_guarded_on_the_difference() {
    let mut recorder = Recorder::new();
    let line = recorder
        .record(|s| {
            let (a, b) = (s.input(1.0), s.input(1.5));
            assert!(a.abs_diff_eq(&b, 0.75.into()));
            line!() - 1
        })
        .unwrap();
    let tape = recorder.tape();
    let [guard] = tape.guards() else { panic!("one comparison, found {:?}", tape.guards()) };
    assert_eq!((guard.test, guard.at.line, &*guard.at.file), (Test::LessEqual(true), line, file!()));
    // The guard stands on |a − b|, which the tape holds: the last node.
    assert_eq!(guard.position, tape.len());
    let difference = tape.nodes().nth(2).unwrap();
    let operands: Vec<Source> = tape.operands(difference).unwrap().collect();
    assert_eq!((tape.len(), operands.len()), (4, 2));
    // A difference decides, and no derivative comes of it.
    let (_, slope) =
        gradient(&[1.0, 1.5], |[x, y]| if x.relative_eq(&y, 1.0.into(), 0.0.into()) { x * y } else { x })
            .unwrap();
    assert_eq!(slope, [1.5, 1.0]);
}
