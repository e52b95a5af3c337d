//! A float beside a dual number, on either side, is the constant of that value.

use wengert_ops::Dual;

fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

fn agree<const N: usize>(value: f64, tangent: [f64; N], c: f64) {
    let (x, k) = (Dual { value, tangent }, Dual::constant(c));
    let pairs = [
        ("x + c", x + c, x + k),
        ("c + x", c + x, k + x),
        ("x - c", x - c, x - k),
        ("c - x", c - x, k - x),
        ("x * c", x * c, x * k),
        ("c * x", c * x, k * x),
        ("x / c", x / c, x / k),
        ("c / x", c / x, k / x),
        ("x % c", x % c, x % k),
        ("c % x", c % x, k % x),
    ];
    for (name, found, expected) in pairs {
        let all = found.tangent.iter().zip(&expected.tangent);
        let right = same(found.value, expected.value) && all.clone().all(|(a, b)| same(*a, *b));
        assert!(right, "{name} at x = {x:?}, c = {c}: {found:?}, not {expected:?}");
    }
}

#[test]
fn a_float_is_a_constant() {
    let numbers = [-2.5, -0.0, 0.0, 0.3, 3.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    for value in numbers {
        for c in numbers {
            for t in numbers {
                agree(value, [t], c);
                agree(value, [t, 1.0, 0.0], c);
                agree(value, [0.0, t, 0.5, -t, 1.0, 2.0, 0.0, t, 3.0], c);
            }
        }
    }
}

/// Nested, so that the tangents are dual numbers too.
#[test]
fn a_float_beside_nested_dual_numbers() {
    let x = Dual::variable(Dual::variable(3.0));
    let k = Dual::constant(Dual::constant(2.0));
    for (found, expected) in [(x * 2.0, x * k), (2.0 / x, k / x), (x * x - 2.0, x * x - k), (2.0 % x, k % x)]
    {
        assert_eq!(found.tangent[0].value, expected.tangent[0].value);
        assert_eq!(found.tangent[0].tangent, expected.tangent[0].tangent);
    }
}
