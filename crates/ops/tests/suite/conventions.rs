//! Every statement of the book's chapter *Conventions*: value and partials at `f64`, and the same at dual numbers. Those of
//! higher order are in `conventions_of_higher_order.rs`.
//!
//! A statement names the heading under which it stands; a heading that the table cites must exist.

use wengert_ops::rows::*;
use wengert_ops::{Dual, Functions, Op, Operands, PartialKind, Real, Rule, Second, Variadic, Visitor};

const CHAPTER: &str = include_str!("../../docs/conventions.md");
const TABLE: &str = include_str!("../../src/table.rs");

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const PI: f64 = core::f64::consts::PI;

fn headings() -> impl Iterator<Item = &'static str> {
    CHAPTER.lines().filter_map(|line| line.strip_prefix("## "))
}

/// The same bits, and any NaN for any NaN.
fn same_value(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// The same number, whatever the sign of a zero.
fn same_partial(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

/// A row of fixed arity: value and partials as stated, at `f64` and along each operand at dual numbers.
#[track_caller]
fn row<R: Rule<A>, const A: usize>(x: [f64; A], value: f64, partials: [f64; A]) {
    let name = R::NAME;
    let y = R::value(x);
    assert!(same_value(y, value), "{name}{x:?} = {y:?}, not {value:?}");
    let found = R::partials(x, y);
    for k in 0..A {
        assert!(
            same_partial(found[k], partials[k]),
            "{name}{x:?}: ∂{k} = {:?}, not {:?}",
            found[k],
            partials[k]
        );
        let dual: Dual = Dual::fixed::<R, A>(core::array::from_fn(|j| Dual {
            value: x[j],
            tangent: [if j == k { 1.0 } else { 0.0 }],
        }));
        assert!(same_value(dual.value, value), "{name}{x:?} at dual numbers = {dual:?}, not {value:?}");
        assert!(
            same_partial(dual.tangent[0], partials[k]),
            "{name}{x:?} along {k}: {dual:?}, not {:?}",
            partials[k]
        );
    }
}

/// A row of any arity, in the same way.
#[track_caller]
fn variadic<R: Variadic>(x: &[f64], value: f64, partials: &[f64]) {
    let name = R::NAME;
    let y = R::value::<f64>(&x);
    assert!(same_value(y, value), "{name}{x:?} = {y:?}, not {value:?}");
    let mut found = Vec::new();
    R::partials(&x, y, &mut Vec::new(), |k, p| {
        assert_eq!(k, found.len(), "{name}: operand order");
        found.push(p);
    });
    assert_eq!(found.len(), partials.len(), "{name}{x:?}");
    for (k, (found, stated)) in found.iter().zip(partials).enumerate() {
        assert!(same_partial(*found, *stated), "{name}{x:?}: ∂{k} = {found:?}, not {stated:?}");
        let point: Vec<Dual> = x
            .iter()
            .enumerate()
            .map(|(j, x)| Dual { value: *x, tangent: [f64::from(u8::from(j == k))] })
            .collect();
        let dual = Dual::variadic::<R>(&point.as_slice());
        assert!(same_value(dual.value, value), "{name}{x:?} at dual numbers = {dual:?}, not {value:?}");
        assert!(same_partial(dual.tangent[0], *stated), "{name}{x:?} along {k}: {dual:?}, not {stated:?}");
    }
}

/// The statements of one heading: `Row(operands) = value, [partials];`.
macro_rules! statements {
    ($test:ident $heading:literal: $($Row:ident($($x:expr),*) = $y:expr, [$($p:expr),*];)*) => {
        #[test]
        fn $test() {
            assert!(headings().any(|h| h == $heading), "no heading `{}`", $heading);
            $(row::<$Row, _>([$($x),*], $y, [$($p),*]);)*
        }
    };
}

/// `f` and its slope at a dual number.
#[track_caller]
fn slope(f: impl Fn(Dual) -> Dual, x: f64, value: f64, slope: f64) {
    let y = f(Dual::variable(x));
    assert!(
        same_value(y.value, value) && same_partial(y.tangent[0], slope),
        "{y:?}, not {value:?} and {slope:?}"
    );
}

#[test]
fn every_heading_that_the_table_cites_exists() {
    let mut cited = 0;
    for line in TABLE.lines().map(str::trim).filter(|line| line.starts_with("///")) {
        assert_eq!(line.matches('[').count(), line.matches(r"\[").count(), "`{line}`: brackets are escaped");
        for (_, rest) in line.match_indices(r"\[").map(|(k, _)| line.split_at(k + 2)) {
            let heading = rest.split_once(r"\]").map(|(heading, _)| heading);
            assert!(
                headings().any(|h| Some(h) == heading),
                "`{line}` cites a heading that the chapter lacks"
            );
            cited += 1;
        }
    }
    assert!(cited > 20, "only {cited} rows cite the conventions");
}

#[test]
fn zero_times_infinity() {
    assert!(headings().any(|h| h == "zero times infinity"));
    for (g, p) in [(0.0, INF), (0.0, NAN), (INF, 0.0), (NAN, 0.0), (-0.0, -INF), (0.0, 0.0), (-1.0, 0.0)] {
        assert!(same_value(f64::pull(g, p), 0.0), "{g} × {p}");
    }
    assert_eq!(f64::pull(-2.0, 3.0), -6.0);
    assert!(f64::pull(INF, NAN).is_nan());
    // The product along a path does not depend on its order.
    let samples = [0.0, -0.0, 1.0, -2.0, INF, -INF, NAN];
    for a in samples {
        for b in samples {
            for c in samples {
                let (left, right) = (f64::pull(f64::pull(a, b), c), f64::pull(a, f64::pull(b, c)));
                assert!(same_partial(left, right), "{a} {b} {c}: {left} and {right}");
            }
        }
    }
    slope(|x| (x * x).sqrt(), 0.0, 0.0, 0.0);
    slope(|x| x.sqrt().square(), 0.0, 0.0, 0.0);
    slope(|x| x.powi(3).cbrt(), 0.0, 0.0, 0.0);
    slope(|x| x * x.ln(), 0.0, NAN, -INF);
    // Forward mode meets the pole with tangent 0.
    slope(|x| (x - x).sqrt(), 1.0, 0.0, 0.0);
    // The branch not taken.
    slope(|x| Dual::select(x.indicator_gt(0.0), x.ln(), Dual::lit(3.0)), -1.0, 3.0, 0.0);
    slope(|x| Dual::select(x.indicator_gt(0.0), x.ln(), Dual::lit(3.0)), 0.0, 3.0, 0.0);
}

statements! { division_by_zero "division by zero":
    Div(1.0, 0.0) = INF, [INF, -INF];
    Div(1.0, -0.0) = -INF, [-INF, -INF];
    Div(-1.0, 0.0) = -INF, [INF, INF];
    Div(0.0, 0.0) = NAN, [INF, NAN];
    Div(1.0, INF) = 0.0, [0.0, 0.0];
    Div(INF, INF) = NAN, [0.0, NAN];
    Recip(0.0) = INF, [-INF];
    Recip(-0.0) = -INF, [-INF];
    Recip(INF) = 0.0, [0.0];
    Recip(-INF) = -0.0, [0.0];
}

statements! { steps "steps":
    Floor(1.0) = 1.0, [0.0];
    Floor(-0.5) = -1.0, [0.0];
    Floor(NAN) = NAN, [0.0];
    Ceil(1.0) = 1.0, [0.0];
    Ceil(-0.5) = -0.0, [0.0];
    Round(0.5) = 1.0, [0.0];
    Round(-0.5) = -1.0, [0.0];
    Round(2.5) = 3.0, [0.0];
    Trunc(-1.5) = -1.0, [0.0];
    Signum(0.0) = 1.0, [0.0];
    Signum(-0.0) = -1.0, [0.0];
    Signum(NAN) = NAN, [0.0];
    IndicatorGe(1.0, 1.0) = 1.0, [0.0, 0.0];
    IndicatorGt(1.0, 1.0) = 0.0, [0.0, 0.0];
    IndicatorEq(0.0, -0.0) = 1.0, [0.0, 0.0];
    Fract(1.0) = 0.0, [1.0];
    Fract(-1.5) = -0.5, [1.0];
    Fract(INF) = NAN, [1.0];
    Rem(7.0, 2.0) = 1.0, [1.0, -3.0];
    Rem(-7.0, 2.0) = -1.0, [1.0, 3.0];
    Rem(6.0, 2.0) = 0.0, [1.0, -3.0];
    Rem(1.0, 0.1) = 0.099_999_999_999_999_95, [1.0, -9.0];
    Rem(-1.0, 0.1) = -0.099_999_999_999_999_95, [1.0, 9.0];
    Rem(5.0, INF) = 5.0, [1.0, 0.0];
    Rem(-5.0, INF) = -5.0, [1.0, 0.0];
    Rem(5.0, 0.0) = NAN, [1.0, NAN];
    Rem(INF, 2.0) = NAN, [1.0, NAN];
    Copysign(2.0, 0.0) = 2.0, [1.0, 0.0];
    Copysign(2.0, -0.0) = -2.0, [-1.0, 0.0];
    Copysign(-2.0, -1.0) = -2.0, [1.0, 0.0];
    Copysign(-2.0, NAN) = 2.0, [-1.0, 0.0];
    Select(1.0, 2.0, 3.0) = 2.0, [0.0, 1.0, 0.0];
    Select(0.0, 2.0, 3.0) = 3.0, [0.0, 0.0, 1.0];
    Select(-0.0, 2.0, 3.0) = 3.0, [0.0, 0.0, 1.0];
    Select(1.0, 2.0, NAN) = 2.0, [0.0, 1.0, 0.0];
    Select(0.0, NAN, 3.0) = 3.0, [0.0, 0.0, 1.0];
}

statements! { poles "poles":
    Sqrt(0.0) = 0.0, [INF];
    Sqrt(-0.0) = -0.0, [INF];
    Cbrt(0.0) = 0.0, [INF];
    Cbrt(-0.0) = -0.0, [INF];
    LnGamma(0.0) = INF, [NAN];
    LnGamma(-1.0) = INF, [NAN];
    LnGamma(-2.0) = INF, [NAN];
    Digamma(0.0) = NAN, [NAN];
    Digamma(-1.0) = NAN, [NAN];
    Polygamma(0.0, 1.0) = NAN, [NAN, 0.0];
    Polygamma(-1.0, 2.0) = NAN, [NAN, 0.0];
    Polygamma(1.0, -1.0) = NAN, [NAN, 0.0];
    Polygamma(1.0, -2.0) = NAN, [NAN, 0.0];
    Polygamma(2.0, 101.0) = NAN, [NAN, 0.0];
}

#[test]
fn the_last_polygamma_has_no_slope() {
    let y = Dual::<f64>::variable(2.0).polygamma(100);
    assert!(y.value.is_finite() && y.tangent[0].is_nan(), "{y:?}");
}

statements! { powers "powers":
    Powi(0.0, 0.0) = 1.0, [0.0, 0.0];
    Powi(INF, 0.0) = 1.0, [0.0, 0.0];
    Powi(NAN, 0.0) = 1.0, [0.0, 0.0];
    Powi(0.0, 1.0) = 0.0, [1.0, 0.0];
    Powi(0.0, 2.0) = 0.0, [0.0, 0.0];
    Powi(0.0, 3.0) = 0.0, [0.0, 0.0];
    Powi(0.0, -1.0) = INF, [-INF, 0.0];
    Powi(-0.0, -1.0) = -INF, [-INF, 0.0];
    Powi(-0.0, -2.0) = INF, [INF, 0.0];
    Powi(-2.0, 3.0) = -8.0, [12.0, 0.0];
    Powf(0.0, 0.0) = 1.0, [0.0, 0.0];
    Powf(INF, 0.0) = 1.0, [0.0, 0.0];
    Powf(NAN, 0.0) = 1.0, [0.0, 0.0];
    Powf(0.0, 0.5) = 0.0, [INF, 0.0];
    Powf(0.0, 1.0) = 0.0, [1.0, 0.0];
    Powf(0.0, 1.5) = 0.0, [0.0, 0.0];
    Powf(0.0, 2.0) = 0.0, [0.0, 0.0];
    Powf(0.0, -0.5) = INF, [-INF, 0.0];
    Powf(-2.0, 0.0) = 1.0, [0.0, 0.0];
    Powf(-2.0, 2.0) = 4.0, [-4.0, 0.0];
    Powf(-2.0, 0.5) = NAN, [NAN, 0.0];
    Pow(0.0, 0.0) = 1.0, [0.0, 0.0];
    Pow(0.0, 0.5) = 0.0, [INF, 0.0];
    Pow(0.0, 1.0) = 0.0, [1.0, 0.0];
    Pow(0.0, 2.0) = 0.0, [0.0, 0.0];
    Pow(0.0, -1.0) = INF, [-INF, -INF];
    Pow(-2.0, 0.0) = 1.0, [0.0, NAN];
    Pow(-2.0, 2.0) = 4.0, [-4.0, NAN];
    Pow(-2.0, 0.5) = NAN, [NAN, NAN];
    Pow(-2.0, -2000.0) = 0.0, [0.0, NAN];
    Pow(1.0, 2.0) = 1.0, [2.0, 0.0];
    Pow(1.0, INF) = 1.0, [INF, 0.0];
    Pow(2.0, -INF) = 0.0, [0.0, 0.0];
    Pow(0.5, INF) = 0.0, [0.0, 0.0];
    Pow(INF, -1.0) = 0.0, [0.0, 0.0];
    Pow(-INF, -1.0) = -0.0, [0.0, NAN];
    Pow(INF, 0.0) = 1.0, [0.0, INF];
    Pow(INF, 2.0) = INF, [INF, INF];
}

statements! { origin "origin":
    Hypot(0.0, 0.0) = 0.0, [0.0, 0.0];
    Hypot(-0.0, 0.0) = 0.0, [0.0, 0.0];
    Hypot(0.0, -3.0) = 3.0, [0.0, -1.0];
    Atan2(0.0, 0.0) = 0.0, [0.0, 0.0];
    Atan2(-0.0, 0.0) = -0.0, [0.0, 0.0];
    Atan2(0.0, -0.0) = PI, [0.0, 0.0];
    Atan2(-0.0, -0.0) = -PI, [0.0, 0.0];
    Atan2(0.0, -1.0) = PI, [-1.0, 0.0];
    Atan2(-0.0, -1.0) = -PI, [-1.0, 0.0];
    Hypot(3e-200, 4e-200) = 5e-200, [0.6, 0.8];
}

statements! { logarithms "logarithms":
    Ln(0.0) = -INF, [INF];
    Ln(-0.0) = -INF, [INF];
    Ln(-1.0) = NAN, [NAN];
    Ln(-INF) = NAN, [NAN];
    Ln1p(-1.0) = -INF, [INF];
    Ln1p(-2.0) = NAN, [NAN];
    Log2(0.0) = -INF, [INF];
    Log2(-0.0) = -INF, [INF];
    Log2(-1.0) = NAN, [NAN];
    Log10(0.0) = -INF, [INF];
    Log10(-0.0) = -INF, [INF];
    Log10(-1.0) = NAN, [NAN];
    Log(0.0, 2.0) = -INF, [INF, INF];
    Log(-0.0, 2.0) = -INF, [INF, INF];
    Log(0.0, 0.5) = INF, [-INF, INF];
    Log(-0.0, 0.5) = INF, [-INF, INF];
    Log(2.0, 0.0) = -0.0, [0.0, NAN];
    Log(2.0, -0.0) = -0.0, [0.0, NAN];
    Log(2.0, 1.0) = INF, [INF, -INF];
    Log(1.0, 1.0) = NAN, [INF, NAN];
    Log(-1.0, 2.0) = NAN, [NAN, NAN];
    Log(2.0, -1.0) = NAN, [NAN, NAN];
}

statements! { infinities "infinities":
    Exp(-INF) = 0.0, [0.0];
    Exp(INF) = INF, [INF];
    ExpM1(-INF) = -1.0, [0.0];
    ExpM1(INF) = INF, [INF];
    Sigmoid(-INF) = 0.0, [0.0];
    Sigmoid(INF) = 1.0, [0.0];
    Tanh(INF) = 1.0, [0.0];
    Tanh(-INF) = -1.0, [0.0];
    Atan(INF) = PI / 2.0, [0.0];
    Atan(-INF) = -PI / 2.0, [0.0];
    Erf(INF) = 1.0, [0.0];
    Erf(-INF) = -1.0, [0.0];
    NormCdf(INF) = 1.0, [0.0];
    NormCdf(-INF) = 0.0, [0.0];
    NormPdf(INF) = 0.0, [0.0];
    NormPdf(-INF) = 0.0, [0.0];
    Softplus(INF) = INF, [1.0];
    Softplus(-INF) = 0.0, [0.0];
    LogAddExp(INF, 1.0) = INF, [1.0, 0.0];
    LogAddExp(-INF, 3.0) = 3.0, [0.0, 1.0];
    LogAddExp(INF, INF) = INF, [0.5, 0.5];
    LogAddExp(-INF, -INF) = -INF, [0.5, 0.5];
    LogAddExp(INF, -INF) = INF, [1.0, 0.0];
    LogAddExp(1e17, 1e17) = 1e17, [0.5, 0.5];
    LogAddExp(-1e17, -1e17) = -1e17, [0.5, 0.5];
    LogAddExp(f64::MAX, -f64::MAX) = f64::MAX, [1.0, 0.0];
    Hypot(INF, 1.0) = INF, [1.0, 0.0];
    Hypot(-3.0, -INF) = INF, [0.0, -1.0];
    Hypot(INF, -INF) = INF, [1.0, -1.0];
    Hypot(-INF, NAN) = INF, [-1.0, 0.0];
    Hypot(f64::MAX, f64::MAX) = INF, [0.0, 0.0];
    Atan2(1.0, INF) = 0.0, [0.0, 0.0];
    Atan2(1.0, -INF) = PI, [0.0, 0.0];
    Atan2(INF, 1.0) = PI / 2.0, [0.0, 0.0];
    Atan2(-INF, INF) = -PI / 4.0, [0.0, 0.0];
    Atan2(INF, -INF) = 3.0 * PI / 4.0, [0.0, 0.0];
    Atan2(NAN, INF) = NAN, [NAN, NAN];
    Atan2(INF, NAN) = NAN, [NAN, NAN];
}

#[test]
fn infinities_among_any_number_of_operands() {
    variadic::<LogSumExp>(&[INF, 1.0, INF], INF, &[0.5, 0.0, 0.5]);
    variadic::<LogSumExp>(&[INF, -INF], INF, &[1.0, 0.0]);
    variadic::<LogSumExp>(&[-INF, -INF], -INF, &[0.5, 0.5]);
    variadic::<LogSumExp>(&[-INF; 4], -INF, &[0.25; 4]);
    variadic::<LogSumExp>(&[-INF, 3.0], 3.0, &[0.0, 1.0]);
    variadic::<LogSumExp>(&[5.0], 5.0, &[1.0]);
    variadic::<LogSumExp>(&[1e17; 4], 1e17, &[0.25; 4]);
    variadic::<LogSumExp>(&[NAN, INF], NAN, &[NAN, NAN]);
    variadic::<LogSumExp>(&[1.0, NAN], NAN, &[NAN, NAN]);
}

/// Equal up to `tolerance` relative to the second.
#[track_caller]
fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * b.abs(), "{a:e}, not {b:e}");
}

#[test]
fn weights_come_from_differences() {
    // The same differences wherever they stand: the same weights.
    for gap in [0.0_f64, 0.125, 1.0, 3.5, 30.0, 300.0] {
        let stated = [(1.0 + (-gap).exp()).recip(), (-gap).exp() / (1.0 + (-gap).exp())];
        for at in [0.0, 1e6, -1e6, 1e12, -1e12] {
            let x = [at + gap, at];
            let found = LogAddExp::partials(x, LogAddExp::value(x));
            let mut shares = [NAN; 2];
            LogSumExp::partials(&x.as_slice(), LogSumExp::value(&x.as_slice()), &mut Vec::new(), |k, p| {
                shares[k] = p;
            });
            for k in 0..2 {
                close(found[k], stated[k], 4e-16);
                close(shares[k], stated[k], 4e-16);
            }
        }
    }
    // At 1e17 neighbouring floats lie 16 apart.
    let found = LogAddExp::partials([1e17 + 16.0, 1e17], 1e17 + 16.0);
    close(found[1], (-16.0_f64).exp() / (1.0 + (-16.0_f64).exp()), 4e-16);
}

#[test]
fn weights_have_second_derivatives() {
    let second = |f: fn(Dual<Dual>, Dual<Dual>) -> Dual<Dual>, a: f64, b: f64, along: [f64; 2]| {
        let nested =
            |x: f64, t: f64| Dual { value: Dual { value: x, tangent: [t] }, tangent: [Dual::lit(t)] };
        f(nested(a, along[0]), nested(b, along[1])).tangent[0].tangent[0]
    };
    // ∂²/∂a² = σ(a − b)·σ(b − a); none along (1, 1), the direction of the slope 1.
    for f in [|a: Dual<Dual>, b| a.logaddexp(b), |a, b| Dual::logsumexp(&[a, b])] {
        for at in [0.0, 1.0, -3.0, 1e6, 1e17, -1e17] {
            assert_eq!(second(f, at, at, [1.0, 0.0]), 0.25);
            assert_eq!(second(f, at, at, [0.0, 1.0]), 0.25);
            assert_eq!(second(f, at, at, [1.0, 1.0]), 0.0);
            assert_eq!(second(f, at, at, [1.0, -1.0]), 1.0);
        }
        let (e, y) = ((-2.0_f64).exp(), (1.0 + (-2.0_f64).exp()).recip());
        close(second(f, 3.0, 1.0, [1.0, 0.0]), y * y * e, 1e-14);
        close(second(f, 1e6 + 2.0, 1e6, [0.0, 1.0]), y * y * e, 1e-14);
    }
}

statements! { ends_of_domains "ends of domains":
    Sqrt(-1.0) = NAN, [NAN];
    Asin(1.0) = PI / 2.0, [INF];
    Asin(-1.0) = -PI / 2.0, [INF];
    Asin(1.5) = NAN, [NAN];
    Asin(-INF) = NAN, [NAN];
    Acos(1.0) = 0.0, [-INF];
    Acos(-1.0) = PI, [-INF];
    Acos(-2.0) = NAN, [NAN];
    Acosh(1.0) = 0.0, [INF];
    Acosh(0.5) = NAN, [NAN];
    Acosh(-2.0) = NAN, [NAN];
    Atanh(1.0) = INF, [INF];
    Atanh(-1.0) = -INF, [INF];
    Atanh(1.5) = NAN, [NAN];
    Atanh(-1.5) = NAN, [NAN];
}

statements! { ties "ties":
    Max(4.0, 2.0) = 4.0, [1.0, 0.0];
    Max(2.0, 2.0) = 2.0, [1.0, 1.0];
    Max(INF, INF) = INF, [1.0, 1.0];
    Min(4.0, 2.0) = 2.0, [0.0, 1.0];
    Min(2.0, 2.0) = 2.0, [1.0, 1.0];
    Copysign(0.0, -1.0) = -0.0, [0.0, 0.0];
    Copysign(-0.0, 1.0) = 0.0, [0.0, 0.0];
    Copysign(0.0, 1.0) = 0.0, [0.0, 0.0];
    Relu(0.0) = 0.0, [1.0];
    Relu(-0.0) = 0.0, [1.0];
    Relu(-1.0) = 0.0, [0.0];
    Abs(0.0) = 0.0, [0.0];
    Abs(-0.0) = 0.0, [0.0];
    Abs(-3.0) = 3.0, [-1.0];
    Clamp(0.5, 0.0, 1.0) = 0.5, [1.0, 0.0, 0.0];
    Clamp(-1.0, 0.0, 1.0) = 0.0, [0.0, 1.0, 0.0];
    Clamp(2.0, 0.0, 1.0) = 1.0, [0.0, 0.0, 1.0];
    Clamp(0.0, 0.0, 1.0) = 0.0, [1.0, 1.0, 0.0];
    Clamp(1.0, 0.0, 1.0) = 1.0, [1.0, 0.0, 1.0];
    Clamp(1.0, 1.0, 1.0) = 1.0, [1.0, 1.0, 1.0];
    Clamp(0.5, 1.0, 0.0) = 0.0, [0.0, 0.0, 1.0];
    Clamp(-1.0, 1.0, 0.0) = 0.0, [0.0, 0.0, 1.0];
    Clamp(2.0, 1.0, 0.0) = 0.0, [0.0, 0.0, 1.0];
}

#[test]
fn a_variable_that_ties_with_itself_counts_twice() {
    slope(|x| x.max(x), 1.0, 1.0, 2.0);
    slope(|x| x.min(x), 1.0, 1.0, 2.0);
}

statements! { not_a_number "not a number":
    Max(NAN, 1.0) = 1.0, [0.0, 1.0];
    Max(1.0, NAN) = 1.0, [1.0, 0.0];
    Max(NAN, NAN) = NAN, [NAN, NAN];
    Min(NAN, 1.0) = 1.0, [0.0, 1.0];
    Min(1.0, NAN) = 1.0, [1.0, 0.0];
    Min(NAN, NAN) = NAN, [NAN, NAN];
    Relu(NAN) = 0.0, [0.0];
    Clamp(NAN, 0.0, 1.0) = NAN, [NAN, NAN, NAN];
    Clamp(NAN, NAN, NAN) = NAN, [NAN, NAN, NAN];
    Clamp(0.5, NAN, NAN) = 0.5, [1.0, 0.0, 0.0];
    Clamp(0.5, NAN, 1.0) = 0.5, [1.0, 0.0, 0.0];
    Clamp(5.0, NAN, 1.0) = 1.0, [0.0, 0.0, 1.0];
    Clamp(0.5, 0.0, NAN) = 0.5, [1.0, 0.0, 0.0];
    Clamp(-1.0, 0.0, NAN) = 0.0, [0.0, 1.0, 0.0];
    IndicatorGe(NAN, 1.0) = 0.0, [0.0, 0.0];
    IndicatorGt(1.0, NAN) = 0.0, [0.0, 0.0];
    IndicatorEq(NAN, NAN) = 0.0, [0.0, 0.0];
    Select(NAN, 2.0, 3.0) = 2.0, [0.0, 1.0, 0.0];
    Abs(NAN) = NAN, [NAN];
    Softplus(NAN) = NAN, [NAN];
    LogAddExp(NAN, INF) = NAN, [NAN, NAN];
    LogAddExp(NAN, NAN) = NAN, [NAN, NAN];
    Sigmoid(NAN) = NAN, [NAN];
    NormPdf(NAN) = NAN, [NAN];
    Copysign(NAN, 1.0) = NAN, [NAN, 0.0];
    Pow(NAN, 0.0) = 1.0, [0.0, NAN];
    Pow(0.0, NAN) = NAN, [NAN, NAN];
    Pow(1.0, NAN) = 1.0, [NAN, 0.0];
    Hypot(NAN, 1.0) = NAN, [NAN, NAN];
    Ln(NAN) = NAN, [NAN];
}

statements! { detached_values "detached values":
    Detach(3.0) = 3.0, [0.0];
    Detach(-0.0) = -0.0, [0.0];
    Detach(INF) = INF, [0.0];
    Detach(NAN) = NAN, [0.0];
}

#[test]
fn a_detached_value_has_no_derivative_of_any_order() {
    // Half of x² is held still: the slope is x, and the slope of that 1.
    let x = Dual::variable(Dual::<f64>::variable(3.0));
    let y = x * x.detach();
    assert_eq!((y.value.value, y.tangent[0].value, y.tangent[0].tangent[0]), (9.0, 3.0, 0.0));
    assert_eq!(Functions::detach(3.0_f32), 3.0);
}

/// Rows whose partials are not all the constant 0, at every choice of special operands.
struct NoSilence(Op);

impl Visitor for NoSilence {
    type Output = ();
    fn input(self) {}
    fn foreign(self) {}
    fn variadic<R: Variadic>(self) {}
    fn fixed<R: Rule<A>, const A: usize>(self) {
        const SPECIAL: [f64; 10] = [NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5];
        if R::KINDS.iter().all(|kind| *kind == PartialKind::Zero) {
            return;
        }
        for k in 0..SPECIAL.len().pow(A as u32) {
            let x: [f64; A] =
                core::array::from_fn(|j| SPECIAL[k / SPECIAL.len().pow(j as u32) % SPECIAL.len()]);
            if self.0.info().second == Second::Integer && x[1].fract() != 0.0 {
                continue;
            }
            let y = R::value(x);
            let silent = R::partials(x, y).iter().all(|p| *p == 0.0);
            assert!(!(y.is_nan() && silent), "{}{x:?} is NaN with slopes 0", R::NAME);
        }
    }
}

#[test]
fn a_nan_never_comes_with_a_gradient_of_zeros() {
    for op in Op::ALL {
        op.visit(NoSilence(*op));
    }
}

statements! { signed_zeros "signed zeros":
    Max(0.0, -0.0) = 0.0, [1.0, 1.0];
    Max(-0.0, 0.0) = 0.0, [1.0, 1.0];
    Min(0.0, -0.0) = -0.0, [1.0, 1.0];
    Min(-0.0, 0.0) = -0.0, [1.0, 1.0];
}

#[test]
fn sums_and_products_of_nothing() {
    assert!(headings().any(|h| h == "sums and products of nothing"));
    variadic::<Sum>(&[], -0.0, &[]);
    assert!(same_value(core::iter::empty::<f64>().sum(), -0.0));
    variadic::<Product>(&[], 1.0, &[]);
    variadic::<Dot>(&[], 0.0, &[]);
    variadic::<SumSquares>(&[], 0.0, &[]);
    variadic::<LogSumExp>(&[], -INF, &[]);
    variadic::<WeightedSum>(&[], 0.0, &[]);
    variadic::<DistanceSquaredTo>(&[], 0.0, &[]);
    variadic::<Product>(&[2.0, 0.0, 5.0], 0.0, &[0.0, 10.0, 0.0]);
    variadic::<Product>(&[0.0, 0.0, 5.0], 0.0, &[0.0, 0.0, 0.0]);
    assert!(<f64 as Functions>::dot(&[1.0, 2.0], &[1.0]).is_nan());
    assert!(Dual::<f64>::dot(&[Dual::lit(1.0)], &[]).value.is_nan());
    assert!(Operands::<f64>::is_empty(&[].as_slice()));
}

statements! { out_of_range "out of range":
    Exp(710.0) = INF, [INF];
    Exp(-746.0) = 0.0, [0.0];
    ExpM1(-40.0) = -1.0, [(-40.0_f64).exp()];
    ExpM1(-745.0) = -1.0, [5e-324];
    Sigmoid(0.0) = 0.5, [0.25];
    Sigmoid(40.0) = 1.0, [(-40.0_f64).exp()];
    Sigmoid(745.0) = 1.0, [0.0];
    Sigmoid(-745.0) = 0.0, [0.0];
    Sigmoid(1000.0) = 1.0, [0.0];
    Sigmoid(-1000.0) = 0.0, [0.0];
    Tanh(20.0) = 1.0, [0.0];
    Tanh(-20.0) = -1.0, [0.0];
}

#[test]
fn the_logistic_slope_is_accurate_in_both_tails() {
    for x in [1e-3_f64, 0.5, 2.0, 20.0, 36.0, 40.0, 300.0, 700.0] {
        let e = (-x).exp();
        let stated = e / ((1.0 + e) * (1.0 + e));
        for x in [x, -x] {
            close(Sigmoid::partials([x], Sigmoid::value([x]))[0], stated, 1e-15);
            // σ″ = σ′·(1 − 2σ) = −σ′·tanh(x/2).
            let nested = Dual::variable(Dual::variable(x)).sigmoid();
            let error = nested.tangent[0].tangent[0] + stated * (x / 2.0).tanh();
            assert!(error.abs() <= 2e-15 * stated, "{x}: {error:e}");
        }
    }
    for x in [1000.0, -1000.0, INF, -INF] {
        assert_eq!(Dual::variable(Dual::<f64>::variable(x)).sigmoid().tangent[0].tangent[0], 0.0);
    }
}
