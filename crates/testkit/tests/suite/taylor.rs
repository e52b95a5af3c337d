//! Taylor series of every row of the table, none named: against nested dual numbers, at the conventions' points against
//! dual numbers, and their cost as a count of operations.

use wengert::{
    Dual, Scalar, Taylor,
    ops::{Info, Op, Operands, Real, Rule, Second, Variadic, Visitor},
};
use wengert_testkit::Counted;
use wengert_testkit::counting::count;
use wengert_testkit::points::{ORDINARY, SPECIAL, grid, same};
use wengert_testkit::program::{Beside, data};

/// Derivatives of orders 0 to 4 by one variable.
type Nested = Dual<Dual<Dual<Dual>>>;

/// The variable of every level.
fn variable(t: f64) -> Nested {
    Dual::variable(Dual::variable(Dual::variable(Dual::variable(t))))
}

/// The derivatives of each order.
fn derivatives(y: Nested) -> [f64; 5] {
    let first = y.value.value.value;
    let second = y.value.value.tangent[0];
    let third = y.value.tangent[0].tangent[0];
    let fourth = y.tangent[0].tangent[0].tangent[0];
    [first.value, first.tangent[0], second.tangent[0], third.tangent[0], fourth.tangent[0]]
}

/// Where operand `k` goes: a curve none of whose coefficients is 0.
fn curve<T: Scalar>(k: usize, x: f64, t: T) -> T {
    let [a, b, c, d] =
        [[0.7, -0.3, 0.2, 0.11], [-0.4, 0.5, -0.21, 0.3], [0.3, 0.2, 0.4, -0.15]][k % 3].map(T::lit);
    T::lit(x) + t * (a + t * (b + t * (c + t * d)))
}

fn close(found: Taylor<f64, 4>, nested: Nested, what: impl Fn() -> String) -> bool {
    let expected = derivatives(nested);
    let scale =
        expected.iter().fold(1.0, |scale: f64, d| if d.is_finite() { scale.max(d.abs()) } else { scale });
    for (k, d) in expected.iter().enumerate() {
        let found = found.derivative(k).unwrap();
        let equal = same(found, *d) || found == *d || (found - d).abs() <= 1e-12 * scale;
        assert!(equal, "{}, derivative {k}: {found} and {d}", what());
    }
    expected.iter().all(|d| d.is_finite())
}

/// How many operands may vary.
fn variables(info: &Info, arity: usize) -> usize {
    if info.second == Second::Variable { arity } else { 1 }
}

/// Points of a row without ties: there slopes are conventions.
fn ordinary<const A: usize>(info: &Info) -> impl Iterator<Item = [f64; A]> {
    let tied = |x: &[f64; A]| (1..A).any(|k| x[..k].contains(&x[k]));
    let [.., a, _, b, _, c, _] = ORDINARY;
    let values = if A == 1 { &ORDINARY[..] } else { &[a, b, c] };
    grid::<A>(values, info.second).into_iter().filter(move |x| !tied(x))
}

struct NestedDuals<'a>(&'a Info);
impl Visitor for NestedDuals<'_> {
    type Output = usize;
    fn input(self) -> usize {
        0
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> usize {
        fn along<T: Scalar, const A: usize>(x: [f64; A], variables: usize, t: T) -> [T; A] {
            std::array::from_fn(|k| if k < variables { curve(k, x[k], t) } else { T::lit(x[k]) })
        }
        let variables = variables(self.0, A);
        let mut finite = 0;
        for x in ordinary::<A>(self.0) {
            let taylor = Taylor::fixed::<R, A>(along(x, variables, Taylor::<f64, 4>::variable(0.0)));
            assert!(same(taylor.value(), R::value(x)), "{} at {x:?}", R::NAME);
            let nested = Nested::fixed::<R, A>(along(x, variables, variable(0.0)));
            finite += usize::from(close(taylor, nested, || format!("{} at {x:?}", R::NAME)));
        }
        assert!(finite >= 2, "{}: only {finite} points inside its domain", R::NAME);
        1
    }
    fn variadic<R: Variadic>(self) -> usize {
        for n in [0, 2, 4, 10] {
            let at = |k: usize| ORDINARY[k % 7] + 0.1 * k as f64;
            // One operand alone is a constant.
            let along = |k, t| if k == 1 { Taylor::constant(at(k)) } else { curve(k, at(k), t) };
            let taylor: Vec<_> = (0..n).map(|k| along(k, Taylor::<f64, 4>::variable(0.0))).collect();
            let along = |k, t| if k == 1 { Nested::lit(at(k)) } else { curve(k, at(k), t) };
            let nested: Vec<_> = (0..n).map(|k| along(k, variable(0.0))).collect();
            let (taylor, nested) =
                (Taylor::variadic::<R>(&Beside::new(&taylor)), Nested::variadic::<R>(&Beside::new(&nested)));
            let finite = close(taylor, nested, || format!("{} of {n}", R::NAME));
            assert!(finite || n == 0, "{} of {n}", R::NAME);
        }
        1
    }
    fn foreign(self) -> usize {
        0
    }
}

#[test]
fn derivatives_are_those_of_nested_duals() {
    let rows: usize = Op::ALL.iter().map(|op| op.visit(NestedDuals(op.info()))).sum();
    assert!(rows > 55, "only {rows} rows");
}

/// Value and slope at every point of the conventions, along each operand and along all, are those of dual numbers.
struct FirstOrder<'a>(&'a Info);
impl Visitor for FirstOrder<'_> {
    type Output = usize;
    fn input(self) -> usize {
        0
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> usize {
        let variables = variables(self.0, A);
        let values = if A < 3 { &SPECIAL[..] } else { &SPECIAL[..10] };
        let mut checked = 0;
        for x in grid::<A>(values, self.0.second) {
            for direction in 0..=variables {
                let slope = |k: usize| {
                    f64::from(u8::from(k < variables && (k == direction || direction == variables)))
                };
                let line = |k: usize| Taylor::<f64, 3>::line(x[k], slope(k));
                let taylor = Taylor::fixed::<R, A>(std::array::from_fn(line));
                let dual =
                    Dual::fixed::<R, A>(std::array::from_fn(|k| Dual { value: x[k], tangent: [slope(k)] }));
                let found = taylor.coefficient(1).unwrap();
                assert!(same(taylor.value(), dual.value), "{} at {x:?}: {taylor} and {dual}", R::NAME);
                assert!(
                    found == dual.tangent[0] || same(found, dual.tangent[0]),
                    "{} at {x:?} along {direction}: {taylor} and {dual}",
                    R::NAME
                );
                checked += 1;
            }
        }
        checked
    }
    fn variadic<R: Variadic>(self) -> usize {
        let mut checked = 0;
        for [a, b] in grid::<2>(&SPECIAL, Second::Variable) {
            for direction in 0..4 {
                let x = [a, b, 1.0, a];
                let slope = |k: usize| f64::from(u8::from(k == direction));
                let taylor: Vec<_> = (0..4).map(|k| Taylor::<f64, 3>::line(x[k], slope(k))).collect();
                let dual: Vec<_> = (0..4).map(|k| Dual { value: x[k], tangent: [slope(k)] }).collect();
                let taylor = Taylor::variadic::<R>(&Beside::new(&taylor));
                let dual = Dual::<f64>::variadic::<R>(&Beside::new(&dual));
                let found = taylor.coefficient(1).unwrap();
                assert!(same(taylor.value(), dual.value), "{} at {x:?}: {taylor} and {dual}", R::NAME);
                assert!(
                    found == dual.tangent[0] || same(found, dual.tangent[0]),
                    "{} at {x:?} along {direction}: {taylor} and {dual}",
                    R::NAME
                );
                checked += 1;
            }
        }
        checked
    }
    fn foreign(self) -> usize {
        0
    }
}

#[test]
fn first_order_is_that_of_duals_at_the_points_of_the_conventions() {
    let checked: usize = Op::ALL.iter().map(|op| op.visit(FirstOrder(op.info()))).sum();
    assert!(checked > 10_000, "{checked}");
}

/// How many operations a row costs at an order, all coefficients of all operands other than 0.
struct Cost<'a, const K: usize>(&'a Info);
impl<const K: usize> Visitor for Cost<'_, K> {
    type Output = u64;
    fn input(self) -> u64 {
        0
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> u64 {
        let variables = variables(self.0, A);
        let operand = |k: usize| {
            if k < variables { full::<K>(0.31 + 0.2 * k as f64) } else { Taylor::constant(Counted(2.0)) }
        };
        let x = std::array::from_fn(operand);
        count(|| Taylor::fixed::<R, A>(x)).1
    }
    fn variadic<R: Variadic>(self) -> u64 {
        let x: Vec<_> = (0..6).map(|k| full::<K>(0.31 + 0.2 * f64::from(k))).collect();
        count(|| Taylor::variadic::<R>(&Beside::new(&x))).1
    }
    fn foreign(self) -> u64 {
        0
    }
}

type Count = fn(Op) -> u64;

fn cost<const K: usize>(op: Op) -> u64 {
    op.visit(Cost::<K>(op.info()))
}

/// A series without a 0.
fn full<const K: usize>(value: f64) -> Taylor<Counted, K> {
    let coefficients: Vec<_> = (0..=K).map(|k| Counted(value / (1.0 + k as f64))).collect();
    Taylor::series(&coefficients)
}

/// Doubling the order multiplies the operations of every row by 8 at most, but for what does not grow: the cost is that of
/// a cubic polynomial. A recurrence that evaluated anew what it has would take 2¹⁶ times as many from order 16 to 32.
#[test]
fn the_cost_of_every_row_is_cubic_in_the_order() {
    for op in Op::ALL {
        // One after the other, so that an exponential row ends the test and not the patience.
        let orders: [(usize, Count); 4] =
            [(4, cost::<4>), (8, cost::<8>), (16, cost::<16>), (32, cost::<32>)];
        let mut before = None;
        for (order, cost) in orders {
            let cost = cost(*op);
            let most = before.map_or(1_000, |before| 8 * before);
            assert!(
                cost <= most,
                "{} of order {order}: {cost} operations, not {most} at most",
                op.info().name
            );
            before = Some(cost);
        }
    }
}

/// Operands handed over one by one give what a slice gives.
#[test]
fn operands_need_not_lie_in_slices() {
    struct Backwards(Vec<Taylor<f64, 3>>, Vec<f64>);
    impl Operands<Taylor<f64, 3>> for Backwards {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn get(&self, k: usize) -> Taylor<f64, 3> {
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
            let x: Vec<_> = (0..6).map(|k| curve(k, ORDINARY[k], Taylor::variable(0.0))).collect();
            let scattered = Backwards(x.iter().rev().copied().collect(), data(6));
            let (a, b) = (Taylor::variadic::<R>(&Beside::new(&x)), Taylor::variadic::<R>(&scattered));
            assert!(a.coefficients().eq(b.coefficients()), "{}: {a} and {b}", R::NAME);
        }
        fn foreign(self) {}
    }
    for op in Op::ALL {
        op.visit(Compare);
    }
}
