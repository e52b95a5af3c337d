//! `num_complex::Complex` of our numbers: analytic functions, with the right slopes through the components.

use num_complex::Complex;
use num_traits::Float;
use wengert::{Dual, Scalar, Var, gradient, jacobian};

fn near(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-13 * (1.0 + b.abs()), "{a} is not {b}");
}

/// `|e^{ix}·(x + 2i)|² = x² + 4`: the phase must cancel in the slope too.
fn phase<T: Float>(x: T) -> T {
    let two = T::one() + T::one();
    let turn = Complex::new(T::zero(), x).exp();
    (turn * Complex::new(x, two)).norm_sqr()
}

#[test]
fn a_phase_has_no_slope() {
    let x = 0.7;
    let (value, slope) = gradient(&x, phase::<Var>).unwrap();
    assert_eq!(value.to_bits(), phase(x).to_bits());
    near(value, x * x + 4.0);
    near(slope, 2.0 * x);
    let y = phase(Dual::variable(Dual::variable(x)));
    near(y.value.value, x * x + 4.0);
    near(y.tangent[0].value, 2.0 * x);
    near(y.tangent[0].tangent[0], 2.0);
}

/// `|e^{z²}/(z + 1)|² = e^{2(x² − y²)}/((x + 1)² + y²)`.
fn quotient<T: Float>([x, y]: [T; 2]) -> T {
    let z = Complex::new(x, y);
    ((z * z).exp() / (z + T::one())).norm_sqr()
}

#[test]
fn a_quotient_of_analytic_functions() {
    let [x, y] = [0.3, -0.8];
    let (value, [dx, dy]) = gradient(&[x, y], quotient::<Var>).unwrap();
    assert_eq!(value.to_bits(), quotient([x, y]).to_bits());
    let below = (x + 1.0) * (x + 1.0) + y * y;
    near(value, (2.0 * (x * x - y * y)).exp() / below);
    near(dx, value * (4.0 * x - 2.0 * (x + 1.0) / below));
    near(dy, value * (-4.0 * y - 2.0 * y / below));
    let along = quotient([Dual { value: x, tangent: [1.0, 0.0] }, Dual { value: y, tangent: [0.0, 1.0] }]);
    near(along.tangent[0], dx);
    near(along.tangent[1], dy);
}

/// Every analytic `f` obeys the Cauchy–Riemann equations with `f′` in closed form.
#[test]
fn derivatives_of_analytic_functions() {
    type Map<T> = fn(Complex<T>) -> Complex<T>;
    fn list<T: Scalar + Float>() -> [Map<T>; 8] {
        [
            |z| z.exp(),
            |z| z.ln(),
            |z| z.sqrt(),
            |z| z.sin(),
            |z| z.tanh(),
            |z| z.powi(3),
            |z| z.inv(),
            |z| z.powf(<T as wengert::ops::Real>::lit(1.5)),
        ]
    }
    let z = Complex::new(0.6, 0.9);
    let slopes = [
        z.exp(),
        z.inv(),
        (z.sqrt() * 2.0).inv(),
        z.cos(),
        z.cosh().powi(-2),
        z * z * 3.0,
        -(z * z).inv(),
        z.sqrt() * 1.5,
    ];
    for ((at_var, at_f64), slope) in list::<Var>().into_iter().zip(list::<f64>()).zip(slopes) {
        let (values, rows) = jacobian(&[z.re, z.im], |[x, y]| {
            let w = at_var(Complex::new(x, y));
            vec![w.re, w.im]
        })
        .unwrap();
        assert_eq!(values, [at_f64(z).re, at_f64(z).im]);
        let expected = [[slope.re, -slope.im], [slope.im, slope.re]];
        for (d, e) in rows.iter().flatten().zip(expected.iter().flatten()) {
            near(*d, *e);
        }
    }
}
