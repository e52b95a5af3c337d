//! What rows declare beside value and partials, held to value and partials: each law, bit for bit at `f64` and `f32`, with
//! its first and second derivatives, at special points and at random ones. And that what looks like a law and is none would
//! be found out.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wengert::{
    Dual,
    ops::{Arithmetic, Functions, Law, Op, Regrouping, Then},
};
use wengert_testkit::points::{ORDINARY, SPECIAL, same};
use wengert_testkit::program::{apply, data};

type Point = [f64; 3];

/// Both sides of a law at a point, with the variables as a number type has them. A law may have several cases.
fn sides<T: Functions>(op: Op, law: Law, p: &Point, x: [T; 3]) -> Vec<(T, T)> {
    let phi = |x: &[T]| apply(op, x).expect("a row of that arity");
    let at = |op: Op, x: &[T]| apply(op, x).expect("a row of that arity");
    let [a, b, c] = x;
    let arity = op.info().arity.map_or(3, usize::from);
    let then = |then: Then, rest: &[T]| match then {
        Then::Rest => {
            assert_eq!(rest.len(), 1, "one operand is left");
            rest[0]
        }
        Then::Constant(c) => T::lit(c),
        Then::Is(op) => at(op, rest),
        _ => unreachable!("another consequence"),
    };
    match law {
        Law::Commutes => {
            let mut turned = x;
            turned.swap(0, 1);
            vec![(phi(&x[..arity]), phi(&turned[..arity]))]
        }
        Law::At(k, constant, consequence) => {
            let mut with = x;
            with[k] = T::lit(constant);
            let rest: Vec<T> = (0..arity).filter(|j| *j != k).map(|j| x[j]).collect();
            vec![(phi(&with[..arity]), then(consequence, &rest))]
        }
        Law::Of(count, consequence) => vec![(phi(&x[..count]), then(consequence, &x[..count]))],
        Law::Ignores(psi) => vec![(phi(&[at(psi, &[a])]), phi(&[a]))],
        Law::Involution => vec![(phi(&[phi(&[a])]), a)],
        Law::Through(psi, chi) => vec![(phi(&[a, at(psi, &[b])]), at(chi, &[a, b]))],
        Law::Cancels(psi) => {
            let mut inside = x;
            inside[0] = at(psi, &[a]);
            inside[1] = at(psi, &[b]);
            vec![(phi(&inside[..arity]), phi(&x[..arity])), (at(psi, &[at(psi, &[a])]), a)]
        }
        Law::Enters(psi) => {
            let constant = T::lit(p[1]);
            vec![(phi(&[at(psi, &[a, constant])]), at(psi, &[a, phi(&[constant])]))]
        }
        Law::Chooses => {
            let mut cases = vec![(phi(&[a, b, b]), b)];
            if (p[0] == 0.0) == (p[0] as f32 == 0.0) {
                cases.push((phi(&[T::lit(p[0]), b, c]), if p[0] == 0.0 { c } else { b }));
            }
            cases
        }
        Law::Reciprocal(chi) => [0.5, 2.0, -4.0, 1.0, 2_f64.powi(126), 2_f64.powi(-126)]
            .map(|c| (phi(&[a, T::lit(c)]), at(chi, &[a, T::lit(1.0 / c)])))
            .to_vec(),
        Law::Chains(row) => vec![(phi(&[phi(&[a, b]), c]), at(row, &x))],
        Law::Computes(arithmetic) => match (arithmetic, op.info().arity) {
            (Arithmetic::Sum, Some(_)) => vec![(phi(&[a, b]), a + b)],
            (Arithmetic::Sum, None) => vec![(phi(&[a, b, c]), a + b + c)],
            (Arithmetic::Product, _) => vec![(phi(&[a, b]), a * b)],
            (Arithmetic::Pull, _) => vec![(phi(&[a, b]), T::pull(a, b))],
            (Arithmetic::Fused, _) => vec![(phi(&x), Functions::mul_add(a, b, c))],
            (Arithmetic::Dot, _) => vec![(phi(&[a, b, c, a, c, b]), in_four(&[(a, a), (b, c), (c, b)]))],
            (Arithmetic::Squares, _) => {
                vec![(phi(&[a, b, c, a, b]), in_four(&[(a, a), (b, b), (c, c), (a, a), (b, b)]))]
            }
            (Arithmetic::Weighted, _) => {
                let pairs: Vec<_> = x.into_iter().zip(data(3)).map(|(x, w)| (x, T::lit(w))).collect();
                vec![(phi(&x), in_four(&pairs))]
            }
        },
        Law::Picks => vec![(phi(&[a; 3][..arity]), a)],
        _ => unreachable!("another law"),
    }
}

/// Products in four running sums.
fn in_four<T: Functions>(pairs: &[(T, T)]) -> T {
    let mut s = [T::lit(0.0); 4];
    for (k, (a, b)) in pairs.iter().enumerate() {
        s[k % 4] = s[k % 4] + *a * *b;
    }
    (s[0] + s[1]) + (s[2] + s[3])
}

/// How many numbers of a point a law is about.
fn numbers(op: Op, law: Law) -> usize {
    let arity = op.info().arity.map_or(3, usize::from);
    match law {
        Law::Ignores(_) | Law::Involution | Law::Reciprocal(_) | Law::Picks => 1,
        Law::At(..) => arity - 1,
        Law::Of(count, _) => count,
        Law::Through(..) | Law::Enters(_) => 2,
        Law::Commutes | Law::Cancels(_) => arity,
        _ => 3,
    }
}

/// Every point of a grid in the numbers that a law is about, and random ones.
fn points(op: Op, law: Law) -> Vec<Point> {
    let few = SPECIAL.into_iter().chain([f64::MAX]);
    let count = numbers(op, law);
    let values: Vec<f64> = if count < 3 { few.chain(ORDINARY).collect() } else { few.collect() };
    let mut points = vec![[0.5; 3]];
    for k in 0..count {
        let with = |p: &Point| values.iter().map(|v| (*p, *v)).collect::<Vec<_>>();
        let place = |(mut p, v): (Point, f64)| {
            p[k] = v;
            p
        };
        points = points.iter().flat_map(with).map(place).collect();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    points.extend((0..300).map(|_| [0; 3].map(|_| f64::from_bits(rng.random()))));
    points.extend((0..300).map(|_| [0; 3].map(|_| rng.random_range(-3.0..3.0))));
    if let Law::At(k, ..) = law {
        // The operand that is constant is none of those of the grid.
        for p in &mut points {
            p[k..].rotate_right(1);
        }
    }
    points
}

/// Equal as derivatives are: zeros carry no sign, and sums may have been taken in another order.
fn agree(a: f64, b: f64) -> bool {
    a == b || same(a, b) || (a - b).abs() <= 1e-13 * a.abs().max(b.abs())
}

/// The first point at which a law does not hold, and what does not.
fn counterexample(op: Op, law: Law) -> Option<String> {
    let unit = |k: usize, j: usize| f64::from(u8::from(k == j));
    points(op, law).iter().find_map(|p| {
        let found =
            |what: &str, a: f64, b: f64| Some(format!("{op:?}, {law:?} at {p:?}: {what} {a} and {b}"));
        for (a, b) in sides(op, law, p, *p) {
            if !same(a, b) {
                return found("values", a, b);
            }
        }
        for (a, b) in sides(op, law, p, p.map(|x| x as f32)) {
            if !same(a.into(), b.into()) {
                return found("values at f32", a.into(), b.into());
            }
        }
        if matches!(law, Law::Picks | Law::Computes(_)) {
            // Of values alone; what the recorder and lanes make of them is tested where these are.
            return None;
        }
        let inner = |k: usize| Dual { value: p[k], tangent: std::array::from_fn(|j| unit(k, j)) };
        let outer = |k: usize| Dual::<Dual<f64, 3>, 3> {
            value: inner(k),
            tangent: std::array::from_fn(|j| Dual::constant(unit(k, j))),
        };
        for (a, b) in sides(op, law, p, [outer(0), outer(1), outer(2)]) {
            for (a, b) in a.tangent.iter().zip(&b.tangent) {
                if !agree(a.value, b.value) {
                    return found("slopes", a.value, b.value);
                }
                for (a, b) in a.tangent.iter().zip(&b.tangent) {
                    if !agree(*a, *b) {
                        return found("second derivatives", *a, *b);
                    }
                }
            }
        }
        None
    })
}

#[test]
fn declared_laws_hold() {
    let mut checked = 0;
    for op in Op::ALL {
        for law in op.info().laws {
            assert_eq!(counterexample(*op, *law), None);
            checked += 1;
        }
    }
    assert!(checked > 40, "only {checked} laws");
}

/// Each of these is in some compiler's list under "fast", and wrong at one point at least.
#[test]
fn tempting_ones_are_no_laws() {
    let tempting = [
        // At −0.
        (Op::Add, Law::At(1, 0.0, Then::Rest), "values"),
        (Op::Sub, Law::At(0, 0.0, Then::Is(Op::Neg)), "values"),
        (Op::Pull, Law::At(1, 1.0, Then::Rest), "values"),
        (Op::Neg, Law::Enters(Op::Pull), "values"),
        (Op::Neg, Law::Enters(Op::Add), "values"),
        (Op::Dot, Law::Of(2, Then::Is(Op::Mul)), "values"),
        (Op::LogSumExp, Law::Of(1, Then::Rest), "values"),
        // At ∞ and NaN.
        (Op::Mul, Law::At(1, 0.0, Then::Constant(0.0)), "values"),
        (Op::Max, Law::At(1, f64::NEG_INFINITY, Then::Rest), "values"),
        (Op::Sqrt, Law::Ignores(Op::Abs), "values"),
        // By rounding.
        (Op::Powf, Law::At(1, 2.0, Then::Is(Op::Square)), "values"),
        // The value holds, the derivative does not.
        (Op::Detach, Law::Involution, "slopes"),
        (Op::Recip, Law::Involution, "slopes"),
        (Op::Square, Law::Ignores(Op::Abs), "second derivatives"),
        (Op::Mul, Law::Chains(Op::Product), "slopes"),
        (Op::Sub, Law::Commutes, "slopes"),
    ];
    for (op, law, what) in tempting {
        let found = counterexample(op, law);
        assert!(found.as_ref().is_some_and(|found| found.contains(what)), "{op:?}, {law:?}: {found:?}");
    }
}

/// Regroupings hold where arithmetic is exact.
#[test]
fn regroupings_hold_of_small_integers() {
    let mut checked = 0;
    for op in Op::ALL {
        for regrouping in op.info().regroupings {
            let phi = |x: &[f64]| apply(*op, x).unwrap();
            let [a, b, c, d] = [3.0, -5.0, 7.0, 2.0];
            let (left, right) = match regrouping {
                Regrouping::Gathers(row) => {
                    (phi(&[phi(&[a, b]), phi(&[c, d])]), apply(*row, &[d, c, b, a]).unwrap())
                }
                Regrouping::Terms(psi, chi) if psi.info().arity == Some(2) => {
                    let term = |a, b| apply(*psi, &[a, b]).unwrap();
                    (phi(&[term(a, b), term(c, d)]), apply(*chi, &[a, c, b, d]).unwrap())
                }
                Regrouping::Terms(psi, chi) => {
                    let term = |a| apply(*psi, &[a]).unwrap();
                    (phi(&[term(a), term(b)]), apply(*chi, &[a, b]).unwrap())
                }
                Regrouping::Fuses(psi, chi) => {
                    (phi(&[apply(*psi, &[a, b]).unwrap(), c]), apply(*chi, &[a, b, c]).unwrap())
                }
                _ => unreachable!("another regrouping"),
            };
            assert_eq!(left, right, "{op:?}, {regrouping:?}");
            checked += 1;
        }
    }
    assert!(checked >= 5, "only {checked} regroupings");
}
