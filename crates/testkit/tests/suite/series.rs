//! Taylor series as users meet them: known series, solutions of differential equations, programs run along curves, and
//! third derivatives in every way that numbers and sweeps can be nested.

use proptest::prelude::*;
use wengert::{
    Dual, Program, RunError, Scalar, Taylor, Var, Work, forward,
    ops::{Primitive, Real},
};

use wengert_testkit::RandomProgram;

/// The coefficients of `f` at `x + t`.
fn series<const K: usize>(x: f64, f: impl Fn(Taylor<f64, K>) -> Taylor<f64, K>) -> Vec<f64> {
    f(Taylor::variable(x)).coefficients().collect()
}

#[track_caller]
fn meets(found: &[f64], expected: impl IntoIterator<Item = f64>) {
    meets_within(4e-15, found, expected);
}

#[track_caller]
fn meets_within(tolerance: f64, found: &[f64], expected: impl IntoIterator<Item = f64>) {
    let expected: Vec<f64> = expected.into_iter().collect();
    assert_eq!(found.len(), expected.len());
    for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= tolerance * expected.abs().max(1.0),
            "coefficient {k}: {found} and {expected}"
        );
    }
}

fn factorial(n: u32) -> f64 {
    (1..=n).map(f64::from).product()
}

#[test]
fn known_series() {
    let odd = |k: u32| if k % 2 == 1 { 1.0 } else { 0.0 };
    let sign = |k: u32| if k.is_multiple_of(2) { 1.0 } else { -1.0 };
    meets(&series::<20>(0.0, |x| x.exp()), (0..21).map(|k| 1.0 / factorial(k)));
    meets(&series::<20>(0.0, |x| x.sin()), (0..21).map(|k| odd(k) * sign(k / 2) / factorial(k)));
    meets(&series::<20>(0.0, |x| x.cosh()), (0..21).map(|k| (1.0 - odd(k)) / factorial(k)));
    meets(&series::<30>(0.0, |x| 1.0 / (1.0 - x)), [1.0; 31]);
    meets(
        &series::<16>(0.0, |x| x.ln_1p()),
        (0..17).map(|k| if k == 0 { 0.0 } else { -sign(k) / f64::from(k) }),
    );
    meets(&series::<15>(0.0, |x| x.atan()), (0..16).map(|k| odd(k) * sign(k / 2) / f64::from(k.max(1))));
    // Abramowitz & Stegun 4.3.67: the tangent.
    meets(
        &series::<9>(0.0, |x| x.tan()),
        [0.0, 1.0, 0.0, 1.0 / 3.0, 0.0, 2.0 / 15.0, 0.0, 17.0 / 315.0, 0.0, 62.0 / 2835.0],
    );
    // The binomial series of exponent ½.
    let mut binomial = 1.0;
    let roots = (0..13).map(|k| {
        let c = binomial;
        binomial *= (0.5 - f64::from(k)) / f64::from(k + 1);
        c
    });
    meets(&series::<12>(1.0, |x| x.sqrt()), roots.collect::<Vec<_>>());
    meets(&series::<12>(1.0, |x| x.powf(0.5)), series::<12>(1.0, |x| x.sqrt()));
    meets(&series::<12>(1.0, |x| x.pow(0.5)), series::<12>(1.0, |x| x.sqrt()));
    // 7.1.5: the error function.
    let erf = |k: u32| {
        odd(k) * sign(k / 2) * std::f64::consts::FRAC_2_SQRT_PI / (factorial(k / 2) * f64::from(k.max(1)))
    };
    meets(&series::<11>(0.0, |x| x.erf()), (0..12).map(erf));
    // 6.1.33: ln Γ(1 + t) = −γt + ζ(2)/2 t² − ζ(3)/3 t³ + …
    meets(
        &series::<3>(1.0, |x| x.ln_gamma()),
        [0.0, -0.577_215_664_901_532_9, std::f64::consts::PI.powi(2) / 12.0, -1.202_056_903_159_594_3 / 3.0],
    );
    // Polynomials are exact, with zeros beyond their degree, at 0 too.
    assert_eq!(series::<5>(2.0, |x| x.powi(3)), [8.0, 12.0, 6.0, 1.0, 0.0, 0.0]);
    assert_eq!(series::<5>(0.0, |x| x.pow(3.0)), [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!(series::<4>(-1.0, |x| x.square() * x), [-1.0, 3.0, -3.0, 1.0, 0.0]);
}

/// Identities, at a series of which no coefficient is 0. The coefficients of its logarithm and its like grow to some 10³,
/// and their rounding errors with them.
#[test]
fn identities() {
    let x = Taylor::<f64, 12>::series(&[
        0.4, 0.7, -0.2, 0.3, 0.11, -0.4, 0.2, 0.09, -0.3, 0.25, 0.12, -0.08, 0.2,
    ]);
    let same = |a: Taylor<f64, 12>, b: Taylor<f64, 12>| {
        meets_within(1e-11, &a.coefficients().collect::<Vec<_>>(), b.coefficients());
    };
    let one = Taylor::constant(1.0);
    same(x.sin().square() + x.cos().square(), one);
    same(x.exp() * (-x).exp(), one);
    same(x.ln().exp(), x);
    same(x.sqrt() * x.sqrt(), x);
    same(x.cbrt().powi(3), x);
    same(x.tan(), x.sin() / x.cos());
    same(x.sigmoid(), 0.5 * (1.0 + (0.5 * x).tanh()));
    same(x.pow(x), (x * x.ln()).exp());
    same(x.sin().asin(), x);
    same(x.recip(), 1.0 / x);
    same(x.hypot(1.0), (x * x + 1.0).sqrt());
    same(x.atan2(1.0), x.atan());
    same(x.log(2.0), x.log2());
    same(x.mul_add(x, x), x * x + x);
    same(wengert::linear::product(&[x, x, x]), x.powi(3));
    same(Taylor::logsumexp(&[x, one]), x.logaddexp(one));
    same(x.logaddexp(one), (x.exp() + one.exp()).ln());
}

#[test]
fn orders_and_degrees() {
    let x = Taylor::<f64, 4>::series(&[1.0, 2.0]);
    assert_eq!((x.order(), x.coefficient(3), x.coefficient(5)), (4, Some(0.0), None));
    let short = x.truncated(1) * x;
    assert_eq!((short.order(), short.coefficient(1), short.coefficient(2)), (1, Some(4.0), None));
    assert!(short.coefficients().eq([1.0, 4.0]));
    assert_eq!(short.integral(7.0).coefficients().collect::<Vec<_>>(), [7.0, 1.0, 2.0]);
    assert_eq!(x.exp().integral(0.0).order(), 4);
    assert_eq!(
        (x.sum_at(0.5), short.sum_at(0.5), Taylor::<f64, 0>::variable(3.0).exp().sum_at(9.0)),
        (2.0, 3.0, 3.0f64.exp())
    );
    assert_eq!(
        (format!("{x:.1}"), format!("{short:?}")),
        ("1.0 + [2.0, 0, 0, 0]t".into(), "1.0 + [4.0]t".into())
    );
    assert!(x < Taylor::constant(1.5) && x == Taylor::constant(1.0));
    assert_eq!(Taylor::<f64, 3>::series(&[]).value(), 0.0);
    // What is known of an operand bounds what is known of the result, but for steps, whose derivatives are 0.
    assert_eq!((x.truncated(2).sin().order(), x.truncated(2).floor().order()), (2, 4));
    assert_eq!(x.truncated(0).max(x).order(), 0);
}

/// `d³f/dt³` along a direction of `f(x, y) = e^(xy)·sin x + y/x`, at which all ways are to agree.
fn f<T: Scalar>(x: &[T]) -> T {
    (x[0] * x[1]).exp() * x[0].sin() + x[1] / x[0]
}

/// Third derivatives: dual numbers thrice, a Taylor series, a series of dual numbers and a dual number of series, and the
/// reverse sweep at each of what remains.
#[test]
fn third_derivatives_by_nesting() {
    let (at, v) = ([0.7, 0.4], [0.6, -1.1]);
    let expected = forward::taylor::<3, _, _>(&at, |x| vec![f(&x)], &v).unwrap()[0].derivative(3).unwrap();
    let agrees = |found: f64, way: &str| {
        assert!((found - expected).abs() <= 1e-13 * expected.abs(), "{way}: {found} and {expected}");
    };
    let dot = |g: [f64; 2]| g[0] * v[0] + g[1] * v[1];
    let pair = |f: &dyn Fn(usize) -> f64| [f(0), f(1)];

    // A number whose tangent is constant at every level.
    let thrice: [Dual<Dual<Dual>>; 2] = std::array::from_fn(|k| Dual {
        value: Dual { value: Dual { value: at[k], tangent: [v[k]] }, tangent: [Dual::constant(v[k])] },
        tangent: [Dual::constant(Dual::constant(v[k]))],
    });
    agrees(f(&thrice).tangent[0].tangent[0].tangent[0], "dual numbers thrice");

    let of_duals: [Taylor<Dual, 2>; 2] =
        std::array::from_fn(|k| Taylor::line(Dual { value: at[k], tangent: [v[k]] }, Dual::constant(v[k])));
    agrees(f(&of_duals).derivative(2).unwrap().tangent[0], "a series of dual numbers");

    let of_series: [Dual<Taylor<f64, 2>>; 2] =
        std::array::from_fn(|k| Dual { value: Taylor::line(at[k], v[k]), tangent: [Taylor::constant(v[k])] });
    agrees(f(&of_series).tangent[0].derivative(2).unwrap(), "a dual number of series");

    let of_series: [Taylor<Taylor<f64, 2>, 1>; 2] =
        std::array::from_fn(|k| Taylor::line(Taylor::line(at[k], v[k]), Taylor::constant(v[k])));
    agrees(f(&of_series).coefficient(1).unwrap().derivative(2).unwrap(), "a series of series");

    // Reverse sweeps: the gradient of what the forward sweep has differentiated twice.
    let program = Program::record(&[1.0, 1.0], |x| vec![f(x)]).unwrap();
    let mut work = Work::new();
    let x: Vec<Dual<Dual>> = (0..2)
        .map(|k| Dual { value: Dual { value: at[k], tangent: [v[k]] }, tangent: [Dual::constant(v[k])] })
        .collect();
    program.forward(&mut work, &x).unwrap();
    program.reverse(&mut work, &[Dual::lit(1.0)]).unwrap();
    agrees(dot(pair(&|k| work.adjoints()[k].tangent[0].tangent[0])), "a reverse sweep at dual numbers twice");

    let mut work = Work::new();
    let x: Vec<Taylor<f64, 2>> = (0..2).map(|k| Taylor::line(at[k], v[k])).collect();
    program.forward(&mut work, &x).unwrap();
    program.reverse(&mut work, &[Taylor::lit(1.0)]).unwrap();
    agrees(dot(pair(&|k| work.adjoints()[k].derivative(2).unwrap())), "a reverse sweep at series");

    // The same of the gradient as a program, and of the Hessian-vector product as a program.
    let gradient = program.gradient_program().unwrap();
    let mut rows = [0.0; 6];
    gradient.taylor_into::<2, _>(&mut Work::new(), &at, &v, &mut rows).unwrap();
    agrees(dot(pair(&|k| 2.0 * rows[3 * k + 2])), "the gradient as a program, at series");
    let product = program.hvp_program().unwrap();
    let (mut rows, both) = ([0.0; 4], [at, v].concat());
    product.taylor_into::<1, _>(&mut Work::new(), &both, &[v[0], v[1], 0.0, 0.0], &mut rows).unwrap();
    agrees(dot(pair(&|k| rows[2 * k + 1])), "the product as a program, at series");

    // Series of recorded numbers: the third derivative itself as a program, and its slope.
    let third = Program::record(&[1.0, 1.0], |x| {
        let line: [Taylor<Var, 3>; 2] = std::array::from_fn(|k| Taylor::line(x[k], Var::constant(v[k])));
        vec![f(&line).derivative(3).unwrap()]
    })
    .unwrap();
    let (value, slope) = third.gradient(&at).unwrap();
    agrees(value, "a recorded series");
    let fourth = forward::taylor::<4, _, _>(&at, |x| vec![f(&x)], &v).unwrap()[0].derivative(4).unwrap();
    let found = slope[0] * v[0] + slope[1] * v[1];
    assert!((found - fourth).abs() <= 1e-13 * fourth.abs(), "{found} and {fourth}");
}

#[test]
fn programs_along_curves() {
    let program = Program::record(&[1.0, 2.0], |x| {
        if x[0] < x[1] { vec![f(x), x[0].max(x[1]), Var::constant(2.0)] } else { vec![x[0]; 3] }
    })
    .unwrap();
    let mut work = Work::new();
    let mut c = [f64::NAN; 15];
    program.taylor_into::<4, _>(&mut work, &[0.3, 0.9], &[2.0, -1.0], &mut c).unwrap();
    let expected = forward::taylor::<4, _, _>(&[0.3, 0.9], |x| f(&x), &[2.0, -1.0]).unwrap();
    assert!(expected[0].coefficients().eq(c[..5].iter().copied()), "{c:?}");
    assert_eq!(c[5..], [0.9, -1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0]);

    // Values decide guards, whatever the slopes are.
    program.taylor_into::<4, _>(&mut work, &[0.3, 0.9], &[1e9, -1e9], &mut c).unwrap();
    let diverged = program.taylor_into::<4, _>(&mut work, &[0.9, 0.3], &[0.0, 0.0], &mut c);
    assert!(matches!(diverged, Err(RunError::Diverged(_))), "{diverged:?}");

    // A line is a curve; both in single precision.
    let path = [0.3, 2.0, 0.0, 0.0, 0.0, 0.9, -1.0, 0.0, 0.0, 0.0];
    let (mut line, mut along) = ([0.0; 15], [0.0; 15]);
    program.taylor_into::<4, _>(&mut work, &[0.3, 0.9], &[2.0, -1.0], &mut line).unwrap();
    program.taylor_along_into::<4, _>(&mut work, &path, &mut along).unwrap();
    let near = |a: f64, b: f64, tolerance: f64| (a - b).abs() <= tolerance * b.abs().max(1.0);
    assert!(line.iter().zip(along).all(|(a, b)| near(*a, b, 1e-14)), "{line:?} and {along:?}");
    let (mut single, mut narrow) = (Work::<f32>::new(), [0.0_f32; 15]);
    program.taylor_along_into::<4, _>(&mut single, &path.map(f32::of), &mut narrow).unwrap();
    assert!(narrow.iter().zip(along).all(|(a, b)| near(a.wide(), b, 1e-5)), "{narrow:?} and {along:?}");

    // Lengths.
    let wrong = |found: Result<(), RunError>| matches!(found, Err(RunError::Length { .. }));
    assert!(wrong(program.taylor_into::<4, _>(&mut work, &[0.3], &[2.0, -1.0], &mut c)));
    assert!(wrong(program.taylor_into::<4, _>(&mut work, &[0.3, 0.9], &[2.0], &mut c)));
    assert!(wrong(program.taylor_into::<4, _>(&mut work, &[0.3, 0.9], &[2.0, -1.0], &mut c[1..])));
    assert!(wrong(program.taylor_along_into::<4, _>(&mut work, &path[1..], &mut c)));
    assert!(forward::taylor::<2, _, Vec<_>>(&[1.0, 2.0][..], |_| Vec::new(), &[1.0][..]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_have_the_derivatives_of_nested_duals(seed: u64, inputs in 1..6_usize, steps in 1..80_usize) {
        let random = RandomProgram::random(seed, inputs, steps);
        let x: Vec<f64> = random.point.iter().enumerate().map(|(k, x)| x + 1e-4 * (k as f64).cos()).collect();
        let v: Vec<f64> = (0..inputs).map(|k| 0.4 - 0.3 * k as f64).collect();
        let nested: Vec<Dual<Dual<Dual>>> = (0..inputs)
            .map(|k| Dual {
                value: Dual { value: Dual { value: x[k], tangent: [v[k]] }, tangent: [Dual::constant(v[k])] },
                tangent: [Dual::constant(Dual::constant(v[k]))],
            })
            .collect();
        let y = random.eval(&nested);
        let expected = [
            y.value.value.value,
            y.value.value.tangent[0],
            y.value.tangent[0].tangent[0],
            y.tangent[0].tangent[0].tangent[0],
        ];
        // Higher derivatives of tame steps can be large, and cancel.
        let scale = expected.iter().fold(1.0 + random.sensitivity, |scale: f64, d| scale.max(d.abs()));
        let close = |found: f64, d: f64| found == d || (found.is_nan() && d.is_nan()) || (found - d).abs() <= 1e-8 * scale;

        let program = Program::record(&random.point, |x| vec![random.eval(x)]).unwrap();
        for program in [program.clone(), program.optimized()] {
            let mut c = [f64::NAN; 4];
            program.taylor_into::<3, _>(&mut Work::new(), &x, &v, &mut c).unwrap();
            for (k, d) in expected.iter().enumerate() {
                let found = c[k] * factorial(k as u32);
                prop_assert!(close(found, *d), "derivative {k}: {found} and {d}");
            }
            // In reverse: the derivative of order 2 of the gradient along the line is that of order 3 of the value.
            let line: Vec<Taylor<f64, 2>> = x.iter().zip(&v).map(|(x, v)| Taylor::line(*x, *v)).collect();
            let mut work = Work::new();
            program.forward(&mut work, &line).unwrap();
            program.reverse(&mut work, &[Taylor::lit(1.0)]).unwrap();
            let adjoints = program.tape().inputs().iter().map(|node| work.adjoints()[node.index()]);
            let third: f64 = adjoints.zip(&v).map(|(g, v)| g.derivative(2).unwrap() * v).sum();
            let scale = scale * inputs as f64;
            let both_nan = third.is_nan() && expected[3].is_nan();
            prop_assert!(both_nan || (third - expected[3]).abs() <= 1e-7 * scale, "{third} and {}", expected[3]);
        }
    }
}
