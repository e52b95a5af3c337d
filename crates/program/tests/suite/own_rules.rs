//! Rules outside the table on tapes: what the same formula gives when it is written in operations of the table, in every
//! mode.

use wengert_ops::{Functions, Real, Rule, rule};
use wengert_program::{Program, Work};
use wengert_tape::call::Registry;
use wengert_tape::{Dual, GradientError, RecordError, Taylor, Var, gradient};

use crate::modes::{close, everywhere};

rule! {
    /// `x·eˣ`, its partial by the result.
    XExp "x_exp" (x) { x * x.exp() } d(x => y) { [y / x + y] }
}
rule! {
    /// `x·eˣ`, its partial by the operand.
    XExpOfX "x_exp_of_x" version 3 (x) { x * x.exp() } d(x => _) { [(T::lit(1.0) + x) * x.exp()] }
}
rule! {
    /// `a·sin b`.
    Swing "swing" (a, b) { a * b.sin() } d(a, b => _) { [b.sin(), a * b.cos()] }
}
rule! {
    /// `a·b + sin c`; a partial is a rule of one's own too.
    Wave "wave" (a, b, c) { a * b + c.sin() }
    d(a, b, c => _) { [b, a, T::fixed::<Swing, 2>([T::lit(1.0), c + T::lit(core::f64::consts::FRAC_PI_2)])] }
}
rule! {
    /// `(a·b)/(c·d)`.
    Ratio "ratio" (a, b, c, d) { (a * b) / (c * d) } d(a, b, c, d => y) { [y / a, y / b, -y / c, -y / d] }
}
rule! {
    /// The logistic function, its partial by itself: exponential in the order of a series, but for the last line.
    Logistic "own_logistic" (x) { (F::of(1.0) + (-x).exp()).recip() }
    d(x => y) { [y * T::fixed::<Logistic, 1>([-x])] } series { (T::lit(1.0) + (-x).exp()).recip() }
}
rule! {
    /// `|x|`, with a branch in its partial.
    Distance "distance" (x) { x.abs() }
    d(x => _) { [T::select(x.indicator_ge(T::lit(0.0)), T::lit(1.0), T::lit(-1.0))] }
}
rule! {
    /// The sum of five.
    Five "five" (a, b, c, d, e) { a + b + c + d + e }
    d(_, _, _, _, _ => _) { [T::lit(1.0), T::lit(1.0), T::lit(1.0), T::lit(1.0), T::lit(1.0)] }
}

fn own<T: Functions>(x: &[T]) -> Vec<T> {
    let a = T::fixed::<XExp, 1>([x[0]]);
    let b = T::fixed::<Swing, 2>([a, x[1]]) + T::fixed::<XExpOfX, 1>([x[1]]);
    let c = T::fixed::<Wave, 3>([a, T::lit(2.0), b]);
    let d = T::fixed::<Ratio, 4>([a, b, c, x[2] + T::lit(1.0)]);
    let e = T::fixed::<Logistic, 1>([d - x[0]]);
    vec![c * T::fixed::<Distance, 1>([x[2]]), d + e, T::fixed::<Logistic, 1>([T::fixed::<XExp, 1>([x[2]])])]
}

fn table<T: Functions>(x: &[T]) -> Vec<T> {
    let x_exp = |x: T| x * x.exp();
    let logistic = |x: T| (T::lit(1.0) + (-x).exp()).recip();
    let a = x_exp(x[0]);
    let b = a * x[1].sin() + x_exp(x[1]);
    let c = a * T::lit(2.0) + b.sin();
    let d = (a * b) / (c * (x[2] + T::lit(1.0)));
    let e = logistic(d - x[0]);
    vec![c * x[2].abs(), d + e, logistic(x_exp(x[2]))]
}

const AT: [f64; 3] = [0.7, 0.4, -0.6];

#[test]
fn own_rules_are_what_the_table_would_give() {
    let found = Program::record(&AT, own).unwrap();
    let expected = Program::record(&AT, table).unwrap();
    assert!(found.tape().to_string().contains("= call \"x_exp/0\" %0\n"), "{}", found.tape());
    assert!(found.tape().to_string().contains("= call \"x_exp_of_x/3\" %1\n"), "{}", found.tape());
    for x in [AT, [0.3, 0.5, 0.2]] {
        everywhere(&found, &expected, &x);
    }
    let a = gradient(&AT, |x| own(&x).into_iter().sum()).unwrap();
    let b = gradient(&AT, |x| table(&x).into_iter().sum()).unwrap();
    assert_eq!(a.0, b.0);
    close("gradient", &a.1, &b.1);
}

/// Within a called program, and a map of it.
#[test]
fn own_rules_inside_calls() {
    let called = Program::record(&AT, own).unwrap();
    let found = Program::record(&AT, |x| {
        let y = called.call(x);
        called.map(&[y[0], y[1]], &[x[2]])
    })
    .unwrap();
    let expected = Program::record(&AT, |x| {
        let y = table(x);
        table(&[y[0], y[1], x[2]])
    })
    .unwrap();
    everywhere(&found, &expected, &AT);
}

/// A rule that gives itself as a composition of others is read from that at a series: otherwise this would take for ever.
#[test]
fn series_of_high_order() {
    let f = Program::record(&[0.5], |x| vec![Var::fixed::<Logistic, 1>([x[0]])]).unwrap();
    let mut work = Work::new();
    f.run(&mut work, &[Taylor::<f64, 40>::variable(0.5)]).unwrap();
    let found = f.output(&work, 0).unwrap();
    let expected = (Taylor::<f64, 40>::lit(1.0) + (-Taylor::<f64, 40>::variable(0.5)).exp()).recip();
    close("series", &found.coefficients().collect::<Vec<_>>(), &expected.coefficients().collect::<Vec<_>>());
}

/// A program with own rules read at a recording number, at numbers made of that, and at numbers made of its result.
#[test]
fn at_recorded_numbers() {
    let inner = Program::record(&AT, own).unwrap();
    let through = |x: &[Var]| {
        let mut work = Work::new();
        inner.run(&mut work, x).unwrap();
        let mut y = vec![Var::default(); 3];
        inner.outputs_into(&work, &mut y).unwrap();
        y
    };
    let found = Program::record(&AT, through).unwrap();
    let expected = Program::record(&AT, table).unwrap();
    assert_eq!(found.tape().statistics().calls.len(), 7);
    everywhere(&found, &expected, &AT);
    // Forward mode over a recording: tangents are recorded.
    let tangents = |x: &[Var]| {
        let along: Vec<Dual<Var>> = x.iter().map(|x| Dual { value: *x, tangent: [*x * 2.0] }).collect();
        own(&along[..]).iter().map(|y| y.tangent[0]).collect::<Vec<Var>>()
    };
    let expected = |x: &[Var]| {
        let along: Vec<Dual<Var>> = x.iter().map(|x| Dual { value: *x, tangent: [*x * 2.0] }).collect();
        table(&along[..]).iter().map(|y| y.tangent[0]).collect::<Vec<Var>>()
    };
    let (found, expected) =
        (Program::record(&AT, tangents).unwrap(), Program::record(&AT, expected).unwrap());
    let jacobian = |program: &Program| {
        let mut jacobian = [0.0; 9];
        program
            .jacobian_into(
                &mut wengert_program::Work::new(),
                &AT,
                &mut vec![0.0; program.outputs()],
                &mut jacobian,
            )
            .unwrap();
        jacobian
    };
    close("tangents", &jacobian(&found), &jacobian(&expected));
}

#[test]
fn equal_calls_are_shared_and_constants_are_not_recorded() {
    let f = Program::record(&[0.5], |x| {
        let [a, b] = [x[0], x[0]].map(|x| Var::fixed::<XExp, 1>([x]));
        vec![a + b, Var::fixed::<XExpOfX, 1>([x[0]]), Var::fixed::<Swing, 2>([2.0.into(), 3.0.into()])]
    })
    .unwrap();
    assert_eq!(f.tape().statistics().calls, [("x_exp/0".into(), 2), ("x_exp_of_x/3".into(), 1)]);
    assert_eq!(f.optimized().tape().statistics().calls, [("x_exp/0".into(), 1), ("x_exp_of_x/3".into(), 1)]);
}

#[test]
fn too_many_operands() {
    // At other number types any number is right.
    assert_eq!(Five::value([1.0; 5]), 5.0);
    let error = gradient(&[1.0; 5], |x| Var::fixed::<Five, 5>(x)).unwrap_err();
    let GradientError::Record(RecordError::Call { name, .. }) = &error else { panic!("{error}") };
    assert_eq!(name, "five");
    assert!(
        error.to_string().ends_with("a rule of 5 operands cannot be recorded: of at most 4 it can"),
        "{error}"
    );
}

#[test]
fn dumps_name_them_and_a_registry_finds_them() {
    let f = Program::record(&AT, own).unwrap();
    let all = Registry::new()
        .with_rule::<XExp, 1>()
        .with_rule::<XExpOfX, 1>()
        .with_rule::<Swing, 2>()
        .with_rule::<Wave, 3>()
        .with_rule::<Ratio, 4>()
        .with_rule::<Logistic, 1>()
        .with_rule::<Distance, 1>();
    let hessian = f.hessian_program().unwrap().optimized();
    for program in [&f, &hessian] {
        let text = program.tape().dump().full().to_string();
        let (tape, _) = wengert_tape::Tape::parse_with(&text, &all).unwrap();
        assert_eq!(tape, *program.tape());
    }
}
