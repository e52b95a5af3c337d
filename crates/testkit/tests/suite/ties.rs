//! One number has no tie with itself: a recording gives the variable back, and folds over an element and itself have the
//! slope of one. Two numbers that are equal are a tie, for passes and derivative programs as for sweeps.

use wengert::{Dual, Program, Recorder, Var, Work, gradient};

#[test]
fn one_variable_is_given_back() {
    let choices: [fn(Var) -> Var; 5] = [
        |x| x.max(x),
        |x| x.min(x),
        |x| x.clamp(x, x),
        |x| num_traits::Float::max(x, x),
        |x| x.max(x).min(x.max(x)).clamp(x, x),
    ];
    for (k, choice) in choices.iter().enumerate() {
        for at in [2.5, -0.0, f64::INFINITY, f64::NAN] {
            let mut recorder = Recorder::new();
            let recorded = recorder.record(|s| {
                let x = s.input(at);
                (x, choice(x))
            });
            let (x, y) = recorded.unwrap();
            assert_eq!(recorder.tape().len(), 1, "choice {k} records");
            assert_eq!(y.value().to_bits(), x.value().to_bits());
            assert_eq!(recorder.reverse(y).unwrap().of(x).unwrap(), 1.0);
        }
        assert_eq!(choice(Var::constant(2.0)).value(), 2.0);
        // Where identity cannot be known both have a slope.
        let y = gradient(&2.0, choice).unwrap();
        assert_eq!(y, (2.0, 1.0));
    }
    assert_eq!(Dual::<f64>::variable(2.0).max(Dual::variable(2.0)).tangent, [2.0]);
    // Constants and variables of one value are two numbers.
    assert_eq!(gradient(&2.0, |x| x.max(2.0)).unwrap(), (2.0, 1.0));
    assert_eq!(gradient(&[2.0, 2.0], |[x, y]| x.max(y)).unwrap(), (2.0, [1.0, 1.0]));
}

type Fold = fn([Var; 4]) -> Var;

#[test]
fn folds_from_the_first_element_on() {
    let at = [1.0, 4.0, -6.0, 2.0];
    let one_hot = |k: usize, slope: f64| {
        let mut expected = [0.0; 4];
        expected[k] = slope;
        expected
    };
    let folds: [(&str, Fold, [f64; 4]); 8] = [
        ("max", |x| x.iter().fold(x[0], |m, v| m.max(*v)), one_hot(1, 1.0)),
        ("min", |x| x.iter().fold(x[0], |m, v| m.min(*v)), one_hot(2, 1.0)),
        ("nalgebra max", |x| nalgebra::SVector::from(x).max(), one_hot(1, 1.0)),
        ("nalgebra min", |x| nalgebra::SVector::from(x).min(), one_hot(2, 1.0)),
        ("nalgebra amax", |x| nalgebra::SVector::from(x).amax(), one_hot(2, -1.0)),
        ("nalgebra camax", |x| nalgebra::SVector::from(x).camax(), one_hot(2, -1.0)),
        ("nalgebra amin", |x| nalgebra::SVector::from(x).amin(), one_hot(0, 1.0)),
        ("ndarray fold", |x| ndarray::arr1(&x).fold(x[0], |m, v| m.max(*v)), one_hot(1, 1.0)),
    ];
    for (name, fold, expected) in folds {
        assert_eq!(gradient(&at, fold).unwrap().1, expected, "{name}");
        // The largest one being the first is where it counted double.
        let [a, b, c, d] = at;
        for turned in [[b, a, c, d], [c, b, a, d]] {
            let slope = gradient(&turned, fold).unwrap().1;
            let sum: f64 = slope.iter().map(|s| s.abs()).sum();
            assert_eq!(sum, 1.0, "{name} at {turned:?}: {slope:?}");
        }
    }
}

/// What passes make one node was two numbers, and keeps the slope of both.
#[test]
fn two_numbers_that_are_equal_stay_a_tie() {
    let x = [0.4_f64];
    let f = Program::record(&x, |x| vec![x[0].sin().max(x[0].sin())]).unwrap();
    let optimized = f.optimized();
    assert_eq!((f.tape().len(), optimized.tape().len()), (4, 3));
    let (slope, second) = (2.0 * x[0].cos(), -2.0 * x[0].sin());
    for program in [&f, &optimized] {
        assert_eq!(program.gradient(&x).unwrap().1, [slope]);
        let (mut y, mut along) = ([0.0], [0.0]);
        program.jvp_into(&mut Work::new(), &x, &[1.0], &mut y, &mut along).unwrap();
        assert_eq!(along, [slope]);
        let gradient = program.gradient_program().unwrap();
        for gradient in [&gradient, &gradient.optimized()] {
            gradient.values_into(&mut Work::new(), &x, &mut y).unwrap();
            assert_eq!(y, [slope]);
            assert_eq!(gradient.gradient(&x).unwrap().1, [second]);
        }
    }
}
