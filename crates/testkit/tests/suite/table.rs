//! The table tests itself: every row, found by iterating the opcodes, none named (but for the oracle's own
//! vocabulary at the end).

use wengert::{
    Dual, Program, Recorder, Taylor, Var, Work,
    check::Check,
    ops::{
        Info, Law, Op, Operands, PartialKind, Primitive, Real, Rule, Second, Structure, Variadic, Visitor,
    },
};
use wengert_testkit::points::{ORDINARY, SPECIAL, grid, same, stops_the_gradient};
use wengert_testkit::program::{Beside, data};

/// Something to hold against every row of fixed arity.
trait Row {
    fn check<R: Rule<A>, const A: usize>(info: &Info);
}

/// Ordinary points, without ties: there slopes are conventions, and not limits of differences.
fn ordinary<const A: usize>(info: &Info) -> Vec<[f64; A]> {
    let tied = |x: &[f64; A]| (1..A).any(|k| x[..k].contains(&x[k]));
    grid::<A>(&ORDINARY, info.second).into_iter().filter(|x| !tied(x)).collect()
}

/// Visits one opcode with a [`Row`].
struct Each<C>(Op, std::marker::PhantomData<C>);

impl<C: Row> Visitor for Each<C> {
    type Output = usize;
    fn input(self) -> usize {
        0
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> usize {
        C::check::<R, A>(self.0.info());
        1
    }
    fn variadic<R: Variadic>(self) -> usize {
        0
    }
    fn foreign(self) -> usize {
        0
    }
}

fn every_row<C: Row>() {
    let rows: usize = Op::ALL.iter().map(|op| op.visit(Each::<C>(*op, std::marker::PhantomData))).sum();
    assert!(rows > 50, "only {rows} rows");
}

/// Outside its domain an operation has no derivative of any order: where a partial is NaN at numbers, all of higher order by
/// that operand are, unless they are 0 identically.
#[test]
fn no_derivative_is_a_number_beside_a_nan() {
    type Third = Dual<Dual<Dual>>;
    struct Higher;
    impl Row for Higher {
        fn check<R: Rule<A>, const A: usize>(info: &Info) {
            let Structure::Fixed { second, .. } = Structure::of::<R, A>() else { return };
            // Nothing infinite and nothing that underflows, and the other operands ordinary: a product with an exact 0 is 0.
            let values = [-30.0, -2.0, -1.5, -1.0, -0.3, 0.0, 0.7, 1.0, 1.3, 2.0, 30.0];
            for x in grid::<A>(&values, info.second) {
                let y = R::value(x);
                let partials = R::partials(x, y);
                let ordinary = |j: usize| x[j].fract() != 0.0 || x[j].abs() > 1.0;
                let outside = |k: usize| partials[k].is_nan() && second[k] & (1 << k) != 0;
                for k in (0..A).filter(|k| outside(*k) && (0..A).all(|j| j == *k || ordinary(j))) {
                    let variable = |x: f64| Dual::variable(Dual::variable(Dual::variable(x)));
                    let mut at = x.map(Third::lit);
                    at[k] = variable(x[k]);
                    let y = Third::fixed::<R, A>(at);
                    let found = [y.tangent[0].tangent[0].value, y.tangent[0].tangent[0].tangent[0]];
                    let what = format!("{} at {x:?} by operand {k}", R::NAME);
                    assert!(found.iter().all(|t| t.is_nan()), "{what}: {found:?}");
                    let mut at = x.map(Taylor::<f64, 4>::constant);
                    at[k] = Taylor::variable(x[k]);
                    let y = Taylor::fixed::<R, A>(at);
                    assert!(y.coefficients().skip(1).all(f64::is_nan), "{what}: {y:?}");
                    // And by the sweeps: the Hessian, and the program of the gradient.
                    if info.second == Second::Variable || k == 0 {
                        let f = Program::record(&[x[k]], |v| {
                            let mut at = x.map(Var::from);
                            at[k] = v[0];
                            vec![Var::fixed::<R, A>(at)]
                        });
                        let f = f.unwrap();
                        let (mut hessian, mut again) = ([0.0], [0.0]);
                        f.hessian_into(&mut Work::new(), &[x[k]], &mut vec![0.0; f.inputs()], &mut hessian)
                            .unwrap();
                        let program = f.hessian_program().unwrap().optimized();
                        program.values_into(&mut Work::new(), &[x[k]], &mut again).unwrap();
                        assert!(hessian[0].is_nan() && again[0].is_nan(), "{what}: {hessian:?} {again:?}");
                    }
                }
            }
        }
    }
    every_row::<Higher>();
}

#[test]
fn partials_are_the_slopes_of_values() {
    struct Slopes;
    impl Row for Slopes {
        fn check<R: Rule<A>, const A: usize>(info: &Info) {
            // A row that stops the gradient does so at every point.
            let stops = |x: &[f64; A]| {
                let y = R::value(*x);
                stops_the_gradient(x, y, &R::partials(*x, y))
            };
            if ordinary::<A>(info).iter().all(stops) {
                return;
            }
            let mut checked = 0;
            for x in ordinary::<A>(info) {
                let y = R::value(x);
                let partials = R::partials(x, y);
                if !y.is_finite() {
                    assert!(y.is_nan(), "{} at {x:?} is {y}", R::NAME);
                    continue;
                }
                // An operand that must be constant has no slope to check.
                let variables = if info.second == Second::Variable { A } else { 1 };
                let f = |v: &[f64]| {
                    let mut at = x;
                    at[..variables].copy_from_slice(v);
                    R::value(at)
                };
                // A slope may not exist by one operand alone (a power of a negative number).
                let defined: Vec<bool> =
                    (0..variables).map(|k| f(&shifted(&x[..variables], k)).is_finite()).collect();
                for k in (0..variables).filter(|k| defined[*k]) {
                    let mut one = [x[k]];
                    let along = |v: &[f64]| {
                        let mut at = x[..variables].to_vec();
                        at[k] = v[0];
                        f(&at)
                    };
                    let report =
                        Check::new().richardson().tolerance(2e-7).compare(&mut one, along, &[partials[k]]);
                    assert!(report.is_ok(), "{} at {x:?}, operand {k}: {}", R::NAME, report.unwrap_err());
                    checked += 1;
                }
            }
            // Two points at least lie inside every domain.
            assert!(checked >= 2, "{}: only {checked} slopes could be checked", R::NAME);
        }
    }
    fn shifted(x: &[f64], k: usize) -> Vec<f64> {
        let mut at = x.to_vec();
        at[k] += 1e-9;
        at
    }
    every_row::<Slopes>();
}

#[test]
fn second_derivatives_are_the_slopes_of_partials() {
    struct Second2;
    impl Row for Second2 {
        fn check<R: Rule<A>, const A: usize>(info: &Info) {
            for x in ordinary::<A>(info) {
                let variables = if info.second == Second::Variable { A } else { 1 };
                for k in 0..variables {
                    let mut at = x.map(Dual::<f64>::constant);
                    at[k].tangent = [1.0];
                    let second = R::partials(at, Dual::fixed::<R, A>(at));
                    for (j, p) in second.iter().enumerate().take(variables) {
                        if !p.value.is_finite() {
                            continue;
                        }
                        let along = |v: &[f64]| {
                            let mut at = x;
                            at[k] = v[0];
                            R::partials(at, R::value(at))[j]
                        };
                        if !along(&[x[k] + 1e-9]).is_finite() {
                            continue;
                        }
                        let report =
                            Check::new().richardson().tolerance(1e-6).compare(&mut [x[k]], along, &p.tangent);
                        assert!(report.is_ok(), "{} at {x:?}, ∂²/∂{j}∂{k}: {}", R::NAME, report.unwrap_err());
                    }
                }
            }
        }
    }
    every_row::<Second2>();
}

#[test]
fn declared_kinds_are_the_partials() {
    struct Kinds;
    impl Row for Kinds {
        fn check<R: Rule<A>, const A: usize>(info: &Info) {
            for x in grid::<A>(&ORDINARY, info.second) {
                let p = R::partials(x, R::value(x));
                for k in 0..A {
                    let declared = match R::KINDS[k] {
                        PartialKind::Zero => 0.0,
                        PartialKind::One => 1.0,
                        PartialKind::MinusOne => -1.0,
                        PartialKind::Other => x[1 - k],
                        PartialKind::Twice => 2.0 * x[k],
                        PartialKind::Saved => continue,
                        kind => panic!("{kind:?} of a row of fixed arity"),
                    };
                    assert_eq!(p[k], declared, "{} at {x:?}, operand {k}", R::NAME);
                }
            }
        }
    }
    every_row::<Kinds>();
}

#[test]
fn partials_read_what_the_row_says() {
    struct Read;
    impl Row for Read {
        fn check<R: Rule<A>, const A: usize>(info: &Info) {
            for x in grid::<A>(&ORDINARY, info.second) {
                let y = R::value(x);
                let p = R::partials(x, y);
                for k in (0..A).filter(|k| !R::READS.operands[*k]) {
                    let mut other = x;
                    other[k] = f64::NAN;
                    let q = R::partials(other, y);
                    assert!(p.iter().zip(&q).all(|(p, q)| same(*p, *q)), "{} reads operand {k}", R::NAME);
                }
                if !R::READS.output {
                    let q = R::partials(x, f64::NAN);
                    assert!(p.iter().zip(&q).all(|(p, q)| same(*p, *q)), "{} reads its result", R::NAME);
                }
            }
        }
    }
    every_row::<Read>();
}

#[test]
fn single_precision_is_double_precision_rounded() {
    struct Single;
    impl Row for Single {
        fn check<R: Rule<A>, const A: usize>(info: &Info) {
            for x in grid::<A>(&ORDINARY, info.second) {
                // At the numbers that single precision can hold, so that only the result is rounded.
                let narrow = x.map(f32::of);
                let x = narrow.map(Primitive::wide);
                let (y, z) = (R::value(x), R::value(narrow));
                if !y.is_finite() || !z.is_finite() {
                    assert_eq!(y.is_nan(), z.is_nan(), "{} at {x:?}", R::NAME);
                    continue;
                }
                assert!((y - z.wide()).abs() <= 2e-6 * y.abs().max(1.0), "{} at {x:?}: {y}, {z}", R::NAME);
                for (p, q) in R::partials(x, y).iter().zip(R::partials(narrow, z)) {
                    let near = (p - q.wide()).abs() <= 2e-4 * p.abs().max(1.0);
                    assert!(near || (p.is_nan() && q.is_nan()), "{} at {x:?}: slopes {p}, {q}", R::NAME);
                }
            }
        }
    }
    every_row::<Single>();
}

/// At ordinary points and at those of the conventions alike: a recorded row has the value of the row, its
/// adjoints are its partials, saved or not, and forward mode says the same.
#[test]
fn recorded_rows_are_the_rows_themselves() {
    struct Recorded;
    impl Row for Recorded {
        fn check<R: Rule<A>, const A: usize>(info: &Info) {
            let values = if A < 3 { [&ORDINARY[..], &SPECIAL].concat() } else { SPECIAL[..8].to_vec() };
            let mut recorder = Recorder::new();
            for x in grid::<A>(&values, info.second) {
                let variables = if info.second == Second::Variable { A } else { 1 };
                let (inputs, y) = recorder
                    .record(|s| {
                        let mut vars = x.map(Var::constant);
                        for v in vars.iter_mut().take(variables) {
                            *v = s.input(v.value());
                        }
                        (vars, Var::fixed::<R, A>(vars))
                    })
                    .unwrap();
                let value = R::value(x);
                let partials = R::partials(x, value);
                assert!(same(y.value(), value), "{} at {x:?}: {} and {value}", R::NAME, y.value());
                let adjoints = recorder.reverse(y).unwrap();
                let mut dual = x.map(Dual::<f64, A>::constant);
                for (k, d) in dual.iter_mut().enumerate() {
                    d.tangent[k] = 1.0;
                }
                let dual = Dual::fixed::<R, A>(dual);
                assert!(same(dual.value, value), "{} at {x:?}, forward", R::NAME);
                for k in 0..variables {
                    let reverse = adjoints.of(inputs[k]).unwrap();
                    // A sum that begins with +0 has no −0.
                    assert!(same(reverse, 0.0 + partials[k]), "{} at {x:?}, {k}: {reverse}", R::NAME);
                    assert!(same(reverse, 0.0 + dual.tangent[k]), "{} at {x:?}, {k}: {dual:?}", R::NAME);
                }
                let saved = adjoints.as_slice().to_vec();
                let mut anew = vec![0.0; saved.len()];
                *anew.last_mut().unwrap() = 1.0;
                recorder.tape().reverse_at(recorder.workspace().values(), &mut anew).unwrap();
                assert!(saved.iter().zip(&anew).all(|(a, b)| same(*a, *b)), "{} at {x:?}", R::NAME);
            }
        }
    }
    every_row::<Recorded>();
}

/// Each operand may be the node right before, an earlier one, or the same as another: what comes down to a node is the sum of
/// the partials at its places, and goes on from there.
#[test]
fn operands_may_stand_anywhere_before() {
    struct Placed;
    impl Row for Placed {
        fn check<R: Rule<A>, const A: usize>(info: &Info) {
            let variables = if info.second == Second::Variable { A } else { 1 };
            let mut recorder = Recorder::new();
            for point in ordinary::<A>(info).into_iter().take(3) {
                // Two nodes, the second right before the row: which of them stands at which place.
                for places in 0..1 << variables {
                    let which = |k: usize| places >> k & 1;
                    let (inputs, at, y) = recorder
                        .record(|s| {
                            let inputs = [point[0], point[A - 1]].map(|x| s.input(x));
                            let nodes = inputs.map(|x| x * 1.0);
                            let place = |k| if k < variables { nodes[which(k)] } else { point[k].into() };
                            let at = core::array::from_fn::<Var, A, _>(place);
                            (inputs, at, Var::fixed::<R, A>(at))
                        })
                        .unwrap();
                    let x = at.map(|v| v.value());
                    let partials = R::partials(x, R::value(x));
                    let adjoints = recorder.reverse(y).unwrap();
                    for (j, input) in inputs.into_iter().enumerate() {
                        let own: Vec<usize> = (0..variables).filter(|k| which(*k) == j).collect();
                        // One variable for all operands has no tie with itself.
                        let given_back = own.len() == A && info.laws.contains(&Law::Picks);
                        let sum = own.into_iter().map(|k| partials[k]).sum();
                        let expected: f64 = if given_back { 1.0 } else { sum };
                        let found = adjoints.of(input).unwrap();
                        let close = (found - expected).abs() <= 1e-14 * expected.abs();
                        assert!(
                            close || same(found, expected),
                            "{} at {x:?}: {found}, not {expected}",
                            R::NAME
                        );
                    }
                }
            }
        }
    }
    every_row::<Placed>();
}

#[test]
fn variadic_rows_have_the_slopes_of_their_values() {
    struct Slopes;
    impl Visitor for Slopes {
        type Output = usize;
        fn input(self) -> usize {
            0
        }
        fn fixed<R: Rule<A>, const A: usize>(self) -> usize {
            0
        }
        fn variadic<R: Variadic>(self) -> usize {
            for n in [0, 2, 4, 10] {
                let mut x: Vec<f64> = (0..n).map(|k| ORDINARY[k % 7] + 0.1 * k as f64).collect();
                let value = |x: &[f64]| R::value(&Beside::new(x));
                let mut partials = vec![f64::NAN; n];
                let y = value(&x);
                R::partials(&Beside::new(&x), y, &mut Vec::new(), |k, p| partials[k] = p);
                let report = Check::new().richardson().tolerance(1e-8).compare(&mut x, value, &partials);
                assert!(report.is_ok(), "{} of {n}: {}", R::NAME, report.unwrap_err());

                match R::KIND {
                    PartialKind::One => assert!(partials.iter().all(|p| *p == 1.0), "{}", R::NAME),
                    PartialKind::Twice => assert!(partials.iter().zip(&x).all(|(p, x)| *p == 2.0 * x)),
                    PartialKind::Other => assert!((0..n).all(|k| partials[k] == x[(k + n / 2) % n])),
                    PartialKind::Datum => assert_eq!(partials, data(n)),
                    PartialKind::TwiceResidual => {
                        let data = data(n);
                        assert!((0..n).all(|k| partials[k] == 2.0 * (x[k] - data[k])), "{}", R::NAME);
                    }
                    _ => assert_eq!(R::KIND, PartialKind::Saved, "{}", R::NAME),
                }

                // At dual numbers.
                for k in 0..n {
                    let mut dual: Vec<Dual> = x.iter().map(|x| Dual::constant(*x)).collect();
                    dual[k].tangent = [1.0];
                    assert_eq!(
                        Dual::variadic::<R>(&Beside::new(&dual)).tangent,
                        [partials[k]],
                        "{}",
                        R::NAME
                    );
                }
                // Recorded: variables in a row, apart, and mixed with constants; in a row of constants too.
                let constant: [fn(usize, usize) -> bool; 5] =
                    [|_, _| false, |k, _| k % 3 == 1, |k, n| 2 * k < n, |k, n| 2 * k >= n, |k, n| k + 1 < n];
                for (constant, apart) in constant.into_iter().flat_map(|c| [(c, false), (c, true)]) {
                    let mut recorder = Recorder::new();
                    let (vars, z) = recorder
                        .record(|s| {
                            let one = |(k, x): (usize, &f64)| {
                                if apart {
                                    let _ = s.input(f64::NAN);
                                }
                                if constant(k, n) { Var::constant(*x) } else { s.input(*x) }
                            };
                            let vars: Vec<Var> = x.iter().enumerate().map(one).collect();
                            let z = Var::variadic::<R>(&Beside::new(&vars));
                            (vars, z)
                        })
                        .unwrap();
                    assert!(same(z.value(), y), "{}: {} and {y}", R::NAME, z.value());
                    let adjoints = recorder.reverse(z).unwrap();
                    for (k, v) in vars.iter().enumerate().filter(|(_, v)| !v.is_constant()) {
                        assert_eq!(adjoints.of(*v).unwrap(), partials[k], "{} of {n}, operand {k}", R::NAME);
                    }
                }
            }
            1
        }
        fn foreign(self) -> usize {
            0
        }
    }
    let rows: usize = Op::ALL.iter().map(|op| op.visit(Slopes)).sum();
    assert!(rows >= 5);
}

/// Operands handed over one by one give what a slice gives.
#[test]
fn operands_need_not_lie_in_slices() {
    struct Scattered(Vec<Var>, Vec<f64>);
    impl Operands<Var> for Scattered {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn get(&self, k: usize) -> Var {
            self.0[self.0.len() - 1 - k]
        }
        fn data(&self) -> &[f64] {
            &self.1
        }
    }
    struct Compare;
    impl Visitor for Compare {
        type Output = ();
        fn input(self) {}
        fn fixed<R: Rule<A>, const A: usize>(self) {}
        fn variadic<R: Variadic>(self) {
            let mut recorder = Recorder::new();
            let [a, b] = recorder
                .record(|s| {
                    let mut v = s.inputs(&ORDINARY[..6]);
                    let scattered = Scattered(v.iter().rev().copied().collect(), data(6));
                    v.truncate(6);
                    [Var::variadic::<R>(&Beside::new(&v)), Var::variadic::<R>(&scattered)]
                })
                .unwrap();
            assert!(same(a.value(), b.value()), "{}", R::NAME);
            let tape = recorder.tape();
            let nodes: Vec<_> = tape.nodes().collect();
            assert!(tape.operands(nodes[6]).unwrap().eq(tape.operands(nodes[7]).unwrap()), "{}", R::NAME);
        }
        fn foreign(self) {}
    }
    for op in Op::ALL {
        op.visit(Compare);
    }
}

/// An independent oracle, for the functions that it has.
#[test]
fn num_dual_agrees() {
    use num_dual::DualNum;
    macro_rules! agree {
        ($($method:ident($($arg:expr),*)),*) => { $(
            for x in ORDINARY {
                let ours = Dual::<Dual>::variable(Dual::variable(x)).$method($($arg),*);
                let (value, first, second) = num_dual::second_derivative(|x| x.$method($($arg),*), x);
                let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b.abs().max(1.0) || (a.is_nan() && b.is_nan());
                if value.is_nan() {
                    assert!(ours.value.value.is_nan());
                    continue;
                }
                assert!(near(ours.value.value, value), "{} at {x}: {ours:?}, {value}", stringify!($method));
                assert!(near(ours.tangent[0].value, first), "{}′ at {x}: {ours:?}, {first}", stringify!($method));
                assert!(
                    near(ours.tangent[0].tangent[0], second),
                    "{}″ at {x}: {ours:?}, {second}",
                    stringify!($method)
                );
            }
        )* };
    }
    agree!(
        recip(),
        sqrt(),
        cbrt(),
        exp(),
        exp2(),
        exp_m1(),
        ln(),
        ln_1p(),
        log2(),
        log10(),
        sin(),
        cos(),
        tan(),
        asin(),
        acos(),
        atan(),
        sinh(),
        cosh(),
        tanh(),
        asinh(),
        acosh(),
        atanh(),
        powi(3),
        powi(-2),
        powi(0),
        powf(2.5)
    );
}
