//! Every way to differentiate gives the gradients that were found by hand, at the problem's point and at others.

use wengert::{Dual, GradientError, NodeId, Program, Tape, Var, Work, forward, gradient, program::Several};
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

/// A program of value and gradient, by the program's own value and its derivative's.
fn by_derivative(value: &Program, derivative: Program) -> Way<'static> {
    let value = value.clone();
    Box::new(move |x| {
        let (mut y, mut gradient) = ([0.0], vec![0.0; x.len()]);
        value.values_into(&mut Work::new(), x, &mut y).unwrap();
        derivative.values_into(&mut Work::new(), x, &mut gradient).unwrap();
        (y[0], gradient)
    })
}

/// All ways, each with its name. Programs are recorded at the problem's point and run wherever they are asked.
fn ways<P: Known>(problem: &P) -> Vec<(&'static str, Way<'_>)> {
    let recorded = Program::record(&problem.point(), |x| vec![problem.eval(x)]).unwrap();
    let derivative = recorded.gradient_program().unwrap();
    let text = recorded.tape().dump().full().to_string();
    let (parsed, _) = Tape::parse(&text).unwrap();
    assert_eq!(parsed, *recorded.tape());
    let passed = |pass: fn(&Tape) -> Tape| {
        let program = recorded.transformed(pass).unwrap();
        program.tape().verify().unwrap();
        run(program)
    };
    let (by_vjp, by_seeds, at_series) = (recorded.clone(), recorded.clone(), recorded.clone());
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
                    let y = forward::taylor::<1, _, _>(x, |x| vec![problem.eval(&x)], unit).unwrap();
                    c.copy_from_slice(&y[0].coefficients().collect::<Vec<_>>());
                })
            }),
        ),
        (
            "program at series",
            Box::new(move |x: &[f64]| {
                let mut work = Work::new();
                along_units(x, |unit, c| at_series.taylor_into::<1, _>(&mut work, x, unit, c).unwrap())
            }),
        ),
        ("program", run(recorded.clone())),
        ("program of the parsed text", run(recorded.transformed(|_| parsed).unwrap())),
        ("optimized program", run(recorded.optimized())),
        ("reassociated program", passed(|tape| tape.reassociated().optimized())),
        ("contracted program", passed(|tape| tape.contracted().optimized())),
        ("optimized gradient program", by_derivative(&recorded, derivative.optimized())),
        ("gradient program", by_derivative(&recorded, derivative)),
        (
            "vjp",
            Box::new(move |x: &[f64]| {
                let (mut y, mut gradient) = ([0.0], vec![0.0; x.len()]);
                by_vjp.vjp_into(&mut Work::new(), x, &[1.0], &mut y, &mut gradient).unwrap();
                (y[0], gradient)
            }),
        ),
        (
            "several seeds",
            Box::new(move |x: &[f64]| {
                let (mut work, mut lanes) = (Work::new(), Vec::new());
                by_seeds.forward(&mut work, x).unwrap();
                by_seeds.reverse_into(&mut work, &[Several([1.0, 2.0])], &mut lanes).unwrap();
                let of = |input: &NodeId| {
                    lanes.get(input.index()).map_or([0.0; 2], |lane: &Several<f64, 2>| lane.0)
                };
                let both: Vec<[f64; 2]> = by_seeds.tape().inputs().iter().map(of).collect();
                assert!(both.iter().all(|[one, two]| *two == 2.0 * one), "a seed of 2 is twice a seed of 1");
                (by_seeds.output(&work, 0).unwrap(), both.iter().map(|both| both[0]).collect())
            }),
        ),
    ]
}

/// The problem's point, and one beside it.
fn points(problem: &impl Known) -> [Vec<f64>; 2] {
    let point = problem.point();
    let moved = point.iter().enumerate().map(|(k, x)| x + 0.01 * (k as f64).cos()).collect();
    [point, moved]
}

/// Value and gradient against those by hand, relative to the largest of them.
fn hold(problem: &impl Known, way: &str, x: &[f64], (value, gradient): (f64, Vec<f64>), tolerance: f64) {
    let name = problem.name();
    let (expected, slopes) = problem.by_hand(x);
    let scale = slopes.iter().fold(1.0 + expected.abs(), |scale: f64, s| scale.max(s.abs()));
    let close = |a: f64, b: f64| (a - b).abs() <= tolerance * scale;
    assert!(close(value, expected), "{name}, {way}: {value} and {expected}");
    assert_eq!(gradient.len(), slopes.len());
    for (k, (found, slope)) in gradient.iter().zip(&slopes).enumerate() {
        assert!(close(*found, *slope), "{name}, {way}, ∂/∂{k}: {found} and {slope}");
    }
}

#[test]
fn gradients_by_hand() {
    struct Check;
    impl ForEach for Check {
        fn problem(&mut self, problem: &impl Known) {
            for (name, way) in ways(problem) {
                for x in points(problem) {
                    hold(problem, name, &x, way(&x), 1e-12);
                }
            }
        }
    }
    assert_eq!(problems::all(&mut Check), 27);
}

/// A program is read at single precision as it stands.
#[test]
fn gradients_by_hand_at_single_precision() {
    struct Check;
    impl ForEach for Check {
        fn problem(&mut self, problem: &impl Known) {
            let program = Program::record(&problem.point(), |x| vec![problem.eval(x)]).unwrap();
            for program in [program.clone(), program.optimized()] {
                for x in points(problem) {
                    let single: Vec<f32> = x.iter().map(|x| *x as f32).collect();
                    let (y, gradient) = program.gradient(&single).unwrap();
                    let gradient = gradient.iter().map(|g| f64::from(*g)).collect();
                    hold(problem, "at f32", &x, (f64::from(y), gradient), 2e-4);
                }
            }
        }
    }
    problems::all(&mut Check);
}

/// Hessian-vector products against differences of the gradients by hand, along the point itself, so that each variable
/// moves by what is little for it.
#[test]
fn products_with_the_hessian() {
    struct Check;
    impl ForEach for Check {
        fn problem(&mut self, problem: &impl Known) {
            let recorded = Program::record(&problem.point(), |x| vec![problem.eval(x)]).unwrap();
            let (optimized, hvp) = (recorded.optimized(), recorded.hvp_program().unwrap());
            for x in points(problem) {
                let v: Vec<f64> = x.iter().map(|x| if *x == 0.0 { 1.0 } else { *x }).collect();
                let at =
                    |h: f64| problem.by_hand(&x.iter().zip(&v).map(|(x, v)| x + h * v).collect::<Vec<_>>()).1;
                let h = 1e-5;
                let (above, below) = (at(h), at(-h));
                let difference: Vec<f64> =
                    above.iter().zip(&below).map(|(a, b)| (a - b) / (2.0 * h)).collect();
                let largest = |x: &[f64]| x.iter().fold(1.0, |scale: f64, x| scale.max(x.abs()));
                let scale = largest(&difference).max(largest(&above));
                let mut both = x.clone();
                both.extend(&v);
                for (way, program) in
                    [("sweep", &optimized), ("program", &hvp), ("optimized program", &hvp.optimized())]
                {
                    let mut product = vec![0.0; x.len()];
                    if way == "sweep" {
                        let mut gradient = product.clone();
                        program.hvp_into(&mut Work::new(), &x, &v, &mut gradient, &mut product).unwrap();
                    } else {
                        program.values_into(&mut Work::new(), &both, &mut product).unwrap();
                    }
                    for (k, (found, expected)) in product.iter().zip(&difference).enumerate() {
                        assert!(
                            (found - expected).abs() <= 1e-6 * scale,
                            "{}, {way}, {k}: {found} and {expected}",
                            problem.name()
                        );
                    }
                }
            }
        }
    }
    problems::all(&mut Check);
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
        program.values_into(&mut Work::new(), &[5.0], &mut y).unwrap();
        y[0]
    };
    assert_eq!((at(&second), at(&third)), (30.0, 6.0));
}
