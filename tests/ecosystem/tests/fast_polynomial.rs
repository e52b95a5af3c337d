//! `fast_polynomial` evaluates polynomials by Estrin's scheme. It asks for `num_traits::MulAdd`, and takes coefficients of
//! another type where that goes `Into` the number: here `i32`, `i8` and `f32`, which become constants.
//!
//! The tests differentiate polynomials and a rational function by their argument and by their coefficients, against closed
//! forms.

use fast_polynomial::{PolyNum, PolyRational, poly, poly_array, poly_array_t, rational_array};
use wengert::{Dual, Scalar, Var, forward, gradient};
use wengert_ecosystem::{assert_near, assert_rows_near};

/// At the argument, which is the first number: `Σ cₖxᵏ` with the others as coefficients.
fn evaluated<T: PolyNum>([x, c @ ..]: [T; 8]) -> T {
    poly_array(x, &c)
}

fn evaluated_of_slice<T: PolyNum>([x, c @ ..]: [T; 8]) -> T {
    poly(x, &c)
}

#[test]
fn a_polynomial_by_argument_and_coefficients() {
    let at = [0.7, 1.0, -2.0, 0.5, 0.0, 3.0, -1.0, 0.25];
    let mut wanted = [0.0; 8];
    let mut power = 1.0;
    for k in 0..7 {
        wanted[1 + k] = power;
        if k < 6 {
            wanted[0] += (k + 1) as f64 * at[2 + k] * power;
        }
        power *= at[0];
    }
    let value = (0..7).map(|k| at[1 + k] * wanted[1 + k]).sum();
    for f in [evaluated::<Var>, evaluated_of_slice::<Var>] {
        let (found, slopes) = gradient(&at, f).unwrap();
        assert_near(found, value, 1e-14);
        assert_rows_near(&[slopes], &[wanted], 1e-14);
    }
    assert_rows_near(&[forward::gradient(&at, evaluated).unwrap().1], &[wanted], 1e-14);
}

/// `1 − 3x² + 2x⁵` thrice, with coefficients of other types.
fn of_other_types<T: PolyNum + From<i32> + From<f32> + From<i8>>(x: T) -> [T; 3] {
    [
        poly_array_t(x, &[1_i32, 0, -3, 0, 0, 2]),
        poly_array_t(x, &[1.0_f32, 0.0, -3.0, 0.0, 0.0, 2.0]),
        poly_array_t(x, &[1_i8, 0, -3, 0, 0, 2]),
    ]
}

#[test]
fn coefficients_of_other_types_are_constants() {
    let x = -0.8_f64;
    let (value, slope) = (1.0 - 3.0 * x * x + 2.0 * x.powi(5), -6.0 * x + 10.0 * x.powi(4));
    for k in 0..3 {
        let (found, by_x) = gradient(&x, |x: Var| of_other_types(x)[k]).unwrap();
        assert_near(found, value, 1e-14);
        assert_near(by_x, slope, 1e-14);
        // The second derivative too, by dual numbers of dual numbers.
        let twice = of_other_types(Dual::<Dual>::variable(Dual::variable(x)))[k];
        assert_near(twice.tangent[0].value, slope, 1e-14);
        assert_near(twice.tangent[0].tangent[0], -6.0 + 40.0 * x.powi(3), 1e-13);
    }
}

/// `(1 + 2x + 3x²)/(4 − x + 5x²)`, which the crate evaluates in powers of `1/x` where `x > 1`.
fn quotient<T: PolyRational + Scalar>(x: T) -> T {
    rational_array(x, &[1.0, 2.0, 3.0].map(T::lit), &[4.0, -1.0, 5.0].map(T::lit))
}

#[test]
fn a_rational_function_on_both_of_its_branches() {
    for x in [0.4, 2.5, -3.0] {
        let (above, below) = (1.0 + 2.0 * x + 3.0 * x * x, 4.0 - x + 5.0 * x * x);
        let wanted = ((2.0 + 6.0 * x) * below - above * (10.0 * x - 1.0)) / (below * below);
        let (value, slope) = gradient(&x, quotient::<Var>).unwrap();
        assert_near(value, above / below, 1e-14);
        assert_near(slope, wanted, 1e-14);
        assert_near(quotient(Dual::<f64>::variable(x)).tangent[0], wanted, 1e-14);
    }
}
