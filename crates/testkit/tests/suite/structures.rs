//! Structures of rows, read from their rules, against nested dual numbers.

use wengert::{
    Dual,
    ops::{Op, Real, Rule, Second, Structure, Variadic, Visitor},
};
use wengert_testkit::points::{ORDINARY, grid};
use wengert_testkit::program::Beside;

/// What a row's structure calls 0 is 0 at every ordinary point by nested dual numbers; what it does not, is not 0 at one.
#[test]
fn structures_are_those_of_dual_numbers() {
    struct Row;
    impl Visitor for Row {
        type Output = usize;
        fn input(self) -> usize {
            0
        }
        fn fixed<R: Rule<A>, const A: usize>(self) -> usize {
            let op = R::OP.unwrap().op();
            let Structure::Fixed { partials, second } = op.structure() else { panic!("{}", R::NAME) };
            let (mut slopes, mut curvatures) = (0, [0_u8; 4]);
            // An exponent that must be a constant has no direction.
            let variables = if op.info().second == Second::Variable { A } else { 1 };
            // A condition must fail somewhere.
            let points = [&ORDINARY[..], &[0.0]].concat();
            for x in grid::<A>(&points, op.info().second) {
                for (k, j) in (0..variables).flat_map(|k| (0..variables).map(move |j| (k, j))) {
                    let unit = |here: bool| f64::from(u8::from(here));
                    let at = |i: usize| Dual {
                        value: Dual { value: x[i], tangent: [unit(i == k)] },
                        tangent: [Dual::constant(unit(i == j))],
                    };
                    let y = Dual::<Dual>::fixed::<R, A>(std::array::from_fn(at));
                    if y.value.tangent[0] != 0.0 {
                        slopes |= 1 << k;
                    }
                    // Outside of a domain all is NaN.
                    if y.tangent[0].tangent[0] != 0.0 && !y.value.value.is_nan() {
                        curvatures[k] |= 1 << j;
                    }
                }
            }
            assert_eq!(slopes, partials, "partials of {}", R::NAME);
            assert_eq!(curvatures, second, "second partials of {}", R::NAME);
            1
        }
        fn variadic<R: Variadic>(self) -> usize {
            0
        }
        fn foreign(self) -> usize {
            0
        }
    }
    let checked: usize = Op::ALL.iter().map(|op| op.visit(Row)).sum();
    assert!(checked > 50, "{checked}");
}

/// Of rows of any number of operands: as nested dual numbers have it, for six operands.
#[test]
fn structures_of_rows_of_any_number() {
    struct Row(Op);
    impl Visitor for Row {
        type Output = usize;
        fn input(self) -> usize {
            0
        }
        fn fixed<R: Rule<A>, const A: usize>(self) -> usize {
            0
        }
        fn variadic<R: Variadic>(self) -> usize {
            const N: usize = 6;
            let structure = self.0.structure();
            for (k, j) in (0..N).flat_map(|k| (0..N).map(move |j| (k, j))) {
                let unit = |here: bool| f64::from(u8::from(here));
                let at = |i: usize| Dual {
                    value: Dual { value: 0.3 + 0.2 * i as f64, tangent: [unit(i == k)] },
                    tangent: [Dual::constant(unit(i == j))],
                };
                let x: [Dual<Dual>; N] = std::array::from_fn(at);
                let y = Dual::<Dual>::variadic::<R>(&Beside::new(&x));
                let expected = match structure {
                    Structure::Linear => false,
                    Structure::Squares => k == j,
                    Structure::Halves => k.abs_diff(j) == N / 2,
                    _ => continue,
                };
                assert_eq!(y.tangent[0].tangent[0] != 0.0, expected, "{} at {k}, {j}", R::NAME);
            }
            1
        }
        fn foreign(self) -> usize {
            0
        }
    }
    let checked: usize = Op::ALL.iter().map(|op| op.visit(Row(*op))).sum();
    assert!(checked >= 5, "{checked}");
}
