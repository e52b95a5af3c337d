//! What the book's chapter *Conventions* states of second and higher derivatives, at nested dual numbers and at series.

use wengert_ops::{Dual, Real, Taylor};

const CHAPTER: &str = include_str!("../docs/conventions.md");

const INF: f64 = f64::INFINITY;

fn headings() -> impl Iterator<Item = &'static str> {
    CHAPTER.lines().filter_map(|line| line.strip_prefix("## "))
}

#[test]
fn second_derivatives() {
    assert!(headings().any(|h| h == "second derivatives"));
    let second =
        |f: fn(Dual<Dual>) -> Dual<Dual>| f(Dual::variable(Dual::variable(0.0))).tangent[0].tangent[0];
    assert_eq!(second(|x| x.powi(2)), 2.0);
    assert_eq!(second(|x| x.powf(2.0)), 2.0);
    assert_eq!(second(|x| x.powi(1)), 0.0);
    assert_eq!(second(|x| x.powf(1.0)), 0.0);
    assert_eq!(second(|x| x.powf(3.0)), 0.0);
    assert_eq!(second(|x| x.abs()), 0.0);
    assert_eq!(second(|x| x.relu()), 0.0);
    assert_eq!(second(|x| x.max(0.0)), 0.0);
    assert_eq!(second(|x| x.hypot(0.0)), 0.0);
    // x⁰ is 1, but its slope by x is not 0 next to it: ∂²/∂x∂a = xᵃ⁻¹·(1 + a·ln x), in either order.
    let mixed = |x: f64, a: f64| {
        let x = Dual { value: Dual::variable(x), tangent: [Dual::lit(0.0)] };
        let y = x.pow(Dual { value: Dual::lit(a), tangent: [Dual::lit(1.0)] });
        let a = Dual { value: Dual::variable(a), tangent: [Dual::lit(0.0)] };
        let z = Dual { value: Dual::lit(x.value.value), tangent: [Dual::<f64>::lit(1.0)] }.pow(a);
        [y.tangent[0].tangent[0], z.tangent[0].tangent[0]]
    };
    assert_eq!(mixed(4.0, 0.0), [0.25, 0.25]);
    assert_eq!(mixed(1.0, 3.0), [1.0, 1.0]);
    assert_eq!(mixed(0.0, 0.0), [0.0, 0.0]);
    assert_eq!(second(|x| x.sqrt()), -INF);
    assert_eq!(second(|x| x.ln()), -INF);
    assert_eq!(second(|x| x.log2()), -INF);
    assert_eq!(second(|x| x.log10()), -INF);
    assert_eq!(second(|x| x.copysign(1.0)), 0.0);
    assert_eq!(second(|x| Dual::lit(7.0) % (x + 2.0)), 0.0);
}

#[test]
fn higher_derivatives() {
    #[track_caller]
    fn series(y: Taylor<f64, 3>, expected: &[f64]) {
        let found: Vec<f64> = y.coefficients().take(expected.len()).collect();
        let near = |a: f64, b: f64| a == b || (a - b).abs() < 1e-15;
        assert!(found.iter().zip(expected).all(|(a, b)| near(*a, *b)), "{y}, not {expected:?}");
    }

    assert!(headings().any(|h| h == "higher derivatives"));
    let t = Taylor::<f64, 3>::variable(0.0);
    series(t.abs(), &[0.0, 0.0, 0.0, 0.0]);
    series(t.relu(), &[0.0, 1.0, 0.0, 0.0]);
    series(t.max(0.0), &[0.0, 1.0, 0.0, 0.0]);
    series(t.max(t), &[0.0, 2.0, 0.0, 0.0]);
    series(t.floor(), &[0.0, 0.0, 0.0, 0.0]);
    series(t.hypot(t.square()), &[0.0, 0.0, 0.0, 0.0]);
    for square in [t.pow(2.0), t.powf(2.0), t.powi(2)] {
        series(square, &[0.0, 0.0, 1.0, 0.0]);
    }
    let ln_2 = core::f64::consts::LN_2;
    series(Taylor::lit(2.0).pow(t), &[1.0, ln_2, ln_2 * ln_2 / 2.0, ln_2.powi(3) / 6.0]);
    series(t.ln(), &[-INF, INF, -INF, INF]);
    series(1.0 / t, &[INF, -INF, INF, -INF]);
    series(t.sqrt(), &[0.0, INF, -INF]);
    series((t * t).sqrt(), &[0.0, 0.0, INF]);
}
