//! The numbers that `examples/circuit.rs` prints, exactly.

use wengert::{Recorder, gradient};

#[test]
fn product() {
    let (f, gradient) = gradient(&[4.0, -3.0], |[x, y]| x * y).unwrap();
    assert_eq!(f, -12.0);
    assert_eq!(gradient, [-3.0, 4.0]);
}

#[test]
fn sum() {
    let (f, gradient) = gradient(&[4.0, -3.0], |[x, y]| x + y).unwrap();
    assert_eq!(f, 1.0);
    assert_eq!(gradient, [1.0, 1.0]);
}

#[test]
fn max_of_two() {
    let (f, gradient) = gradient(&[4.0, 2.0], |[x, y]| x.max(y)).unwrap();
    assert_eq!(f, 4.0);
    assert_eq!(gradient, [1.0, 0.0]);
}

#[test]
fn max_at_a_tie() {
    let (f, gradient) = gradient(&[2.0, 2.0], |[x, y]| x.max(y)).unwrap();
    assert_eq!(f, 2.0);
    assert_eq!(gradient, [1.0, 1.0]);
}

#[test]
fn sum_times_z_with_its_intermediate_result() {
    let mut recorder = Recorder::new();
    let (inputs, q, f) = recorder
        .record(|s| {
            let [x, y, z] = s.inputs(&[-2.0, 5.0, -4.0]);
            let q = x + y;
            ([x, y, z], q, s.output(q * z))
        })
        .unwrap();
    assert_eq!((q.value(), f.value()), (3.0, -12.0));
    let adjoints = recorder.reverse(f).unwrap();
    assert_eq!(inputs.map(|v| adjoints.of(v).unwrap()), [-4.0, -4.0, 3.0]);
    assert_eq!(adjoints.of(q), Ok(-4.0));
}

/// `f = xy` is linear in `x`, so its derivative foretells every move exactly.
#[test]
fn a_derivative_is_a_sensitivity() {
    let f = |x: f64| x * -3.0;
    let (value, slope) = gradient(&4.0, |x| x * -3.0).unwrap();
    for h in [1.0, 0.5, -0.25] {
        assert_eq!(f(4.0 + h), value + h * slope);
    }
}
