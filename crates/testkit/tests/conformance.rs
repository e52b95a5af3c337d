//! Every way to differentiate gives the gradients that were found by hand, at the problem's point and at others.

use wengert::{Dual, GradientError, HigherOrder, Program, Var, Workspace, forward, gradient};
use wengert_testkit::problems::{self, ForEach, Known};

/// Value and gradient in one of the ways.
type Way<'a> = Box<dyn Fn(&[f64]) -> (f64, Vec<f64>) + 'a>;

fn run(program: Program) -> Way<'static> {
    Box::new(move |x| program.gradient(x).unwrap())
}

/// The gradient of series of order 1 along each direction.
fn along_units(x: &[f64], mut series: impl FnMut(&[f64], &mut [f64; 2])) -> (f64, Vec<f64>) {
    let (mut value, mut gradient) = (f64::NAN, Vec::new());
    for k in 0..x.len() {
        let unit: Vec<f64> = (0..x.len()).map(|j| f64::from(u8::from(j == k))).collect();
        let mut c = [f64::NAN; 2];
        series(&unit, &mut c);
        value = c[0];
        gradient.push(c[1]);
    }
    (value, gradient)
}

/// All ways, each with its name. Programs are recorded at the problem's point and run wherever they are asked.
fn ways<P: Known>(problem: &P) -> Vec<(&'static str, Way<'_>)> {
    let recorded = Program::record(&problem.point(), |x| vec![problem.eval(x)]).unwrap();
    let derivative = recorded.gradient_program().unwrap();
    let tape = recorded.tape().dump().full().to_string();
    let (parsed, _) = wengert::Tape::parse(&tape).unwrap();
    assert_eq!(parsed, *recorded.tape());
    let (value, at_series) = (recorded.clone(), recorded.clone());
    vec![
        (
            "reverse",
            Box::new(|x: &[f64]| {
                let result: Result<_, GradientError> = gradient(x, |x: Vec<Var>| problem.eval(&x));
                result.unwrap()
            }),
        ),
        (
            "forward",
            Box::new(|x: &[f64]| forward::gradient(x, |x: Vec<Dual<f64, 8>>| problem.eval(&x)).unwrap()),
        ),
        (
            "series",
            Box::new(|x: &[f64]| {
                along_units(x, |unit, c| {
                    let y = forward::taylor::<_, 1>(x, unit, |x| vec![problem.eval(&x)]).unwrap();
                    c.copy_from_slice(&y[0].coefficients().collect::<Vec<_>>());
                })
            }),
        ),
        (
            "program at series",
            Box::new(move |x: &[f64]| {
                let mut work = HigherOrder::<f64, 1>::new();
                along_units(x, |unit, c| at_series.taylor_into(&mut work, x, unit, c).unwrap())
            }),
        ),
        ("program", run(recorded.clone())),
        ("optimized program", run(recorded.optimized())),
        (
            "gradient program",
            Box::new(move |x: &[f64]| {
                let mut gradient = vec![0.0; x.len()];
                derivative.value_into(&mut Workspace::new(), x, &mut gradient).unwrap();
                let mut y = [0.0];
                value.value_into(&mut Workspace::new(), x, &mut y).unwrap();
                (y[0], gradient)
            }),
        ),
    ]
}

#[test]
fn gradients_by_hand() {
    struct Check;
    impl ForEach for Check {
        fn problem(&mut self, problem: &impl Known) {
            let point = problem.point();
            let moved: Vec<f64> =
                point.iter().enumerate().map(|(k, x)| x + 0.01 * (k as f64).cos()).collect();
            for (name, way) in ways(problem) {
                for x in [&point, &moved] {
                    let (value, gradient) = way(x);
                    let (expected, slopes) = problem.by_hand(x);
                    let scale = slopes.iter().fold(1.0 + expected.abs(), |scale: f64, s| scale.max(s.abs()));
                    let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * scale;
                    assert!(close(value, expected), "{}, {name}: {value} and {expected}", problem.name());
                    for (k, (found, slope)) in gradient.iter().zip(&slopes).enumerate() {
                        assert!(
                            close(*found, *slope),
                            "{}, {name}, ∂/∂{k}: {found} and {slope}",
                            problem.name()
                        );
                    }
                    assert_eq!(gradient.len(), slopes.len());
                }
            }
        }
    }
    assert_eq!(problems::all(&mut Check), 12);
}

/// `d/dx (x · d/dy (x + y))` at `x = 1` is 1, and not 2: tangents of one level are none of another's.
#[test]
fn nested_derivatives_are_not_confused() {
    let outer = forward::gradient(&1.0, |x| {
        // The inner derivative is taken at numbers of the outer one.
        let y = Dual { value: Dual::constant(2.0), tangent: [Dual::constant(1.0)] };
        let sum = Dual::<Dual<f64, 8>>::constant(x) + y;
        x * sum.tangent[0]
    })
    .unwrap();
    assert_eq!(outer, (1.0, 1.0));
    // The same by a recording in a recording: the inner one's variables are its own.
    let (value, slope) = gradient(&1.0, |x| {
        let (_, inner) = gradient(&2.0, |y| y + x.value()).unwrap();
        x * inner
    })
    .unwrap();
    assert_eq!((value, slope), (1.0, 1.0));
    // And by the derivative of a derivative program: (x³)″ = 6x, (x³)‴ = 6.
    let cube = Program::record(&[2.0], |x| vec![x[0] * x[0] * x[0]]).unwrap();
    let second = cube.gradient_program().unwrap().gradient_program().unwrap();
    let third = second.gradient_program().unwrap();
    let at = |program: &Program| {
        let mut y = [0.0];
        program.value_into(&mut Workspace::new(), &[5.0], &mut y).unwrap();
        y[0]
    };
    assert_eq!((at(&second), at(&third)), (30.0, 6.0));
}
