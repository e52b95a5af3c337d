//! Calls at number types that carry derivatives: their values are those of `f64`, bit for bit, and what nobody asks for (a
//! zero seed, a tangent of 0, a result that is discarded) does nothing, whatever the callee could not have given.

use wengert_ops::rule;
use wengert_program::{Program, Solver, SparseHessian, Work, evaluate, implicit};
use wengert_tape::call::{Callee, Mode, Opaque, Outcome};
use wengert_tape::{Dual, GradientError, RunError, SweepError, Taylor, Var, gradient};

/// `x = f(p)` for the equation `x − f(p)`, or for any other.
struct By(fn(f64) -> f64);

impl Solver for By {
    fn name(&self) -> &'static str {
        "by"
    }
    fn solve(&self, p: &[f64], x: &mut [f64]) -> Outcome {
        x[0] = (self.0)(p[0]);
        Ok(())
    }
}

fn equation(solution: fn(f64) -> f64, residual: fn(Var, Var) -> Var) -> Callee {
    let equation = Program::record(&[1.0, 1.0], |x| vec![residual(x[0], x[1])]).unwrap();
    implicit(By(solution), equation).unwrap()
}

/// The square root by `x² = p`: NaN below 0, without a slope at 0.
fn root() -> Callee {
    equation(f64::sqrt, |x, p| x * x - p)
}

/// `2x`, or less: a callback that gives no tangents, and no adjoints where it is 0.
struct Double {
    jvp: bool,
}

impl Opaque for Double {
    fn name(&self) -> &'static str {
        "double"
    }
    fn inputs(&self) -> usize {
        1
    }
    fn outputs(&self) -> usize {
        1
    }
    fn is_pure(&self) -> bool {
        true
    }
    fn value(&self, x: &[f64], y: &mut [f64]) -> Outcome {
        y[0] = 2.0 * x[0];
        Ok(())
    }
    fn vjp(&self, x: &[f64], _: &[f64], gy: &[f64], gx: &mut [f64]) -> Outcome {
        if x[0] == 0.0 {
            return Err("no slope at 0".into());
        }
        gx[0] = 2.0 * gy[0];
        Ok(())
    }
    fn jvp(&self, x: &[f64], _: &[f64], dx: &[f64], dy: &mut [f64]) -> Option<Outcome> {
        self.jvp.then(|| {
            dy[0] = 2.0 * dx[0];
            if x[0] == 0.0 { Err("no slope at 0".into()) } else { Ok(()) }
        })
    }
}

rule! {
    /// `√x`, as a rule of one's own.
    OwnRoot "own_root" (x) { x.sqrt() } d(_ => y) { [T::lit(0.5) / y] }
}

/// One of every kind, of one operand and one result; what most of them give has no derivative at 0 or is NaN below.
fn callees() -> Vec<Callee> {
    let sqrt = Program::record(&[1.0], |x| vec![x[0].sqrt()]).unwrap();
    let inner = root();
    let nested = Program::record(&[1.0], |x| inner.call(x)).unwrap();
    vec![
        sqrt.named("sqrt", 0),
        nested.named("nested", 0),
        Callee::rule::<OwnRoot, 1>(),
        Callee::opaque(Double { jvp: false }),
        Callee::opaque(Double { jvp: true }),
        root(),
        equation(f64::exp, |x, p| x - p.exp()),
        equation(|p| p, |x, p| x - p),
    ]
}

/// Results bit for bit, any NaN being like any other.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

#[test]
fn values_are_the_same_at_every_number_type() {
    let points =
        [0.0, -0.0, 1.0, -1.0, 1000.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 5e-324, -5e-324, 1e-310];
    for callee in callees() {
        let f = Program::record(&[1.0], |x| callee.call(x)).unwrap();
        let rows = Program::record(&[1.0], |x| callee.map(x, &[])).unwrap();
        for x in points {
            let expected = evaluate(&callee, &[x]).unwrap()[0];
            let check = |found: f64, at: &str| {
                assert!(same(found, expected), "{callee:?} at {x}, {at}: {found} is not {expected}");
            };
            // At numbers that vary, and at numbers that do not. What a callback does not give is asked of none that vary.
            let at = |program: &Program| {
                let mut work = Work::<Dual>::new();
                program.forward(&mut work, &[Dual::variable(x)]).unwrap();
                check(program.output(&work, 0).unwrap().value, "Dual");
                let mut work = Work::<Dual<Dual>>::new();
                program.forward(&mut work, &[Dual::variable(Dual::variable(x))]).unwrap();
                check(program.output(&work, 0).unwrap().value.value, "Dual<Dual>");
                let mut work = Work::<Taylor<f64, 3>>::new();
                program.forward(&mut work, &[Taylor::variable(x)]).unwrap();
                check(program.output(&work, 0).unwrap().value(), "Taylor");
            };
            at(&f);
            at(&rows);
            check(evaluate(&callee, &[Dual::<f64>::constant(x)]).unwrap()[0].value, "a constant Dual");
            let still = Dual::<Dual>::constant(Dual::constant(x));
            check(evaluate(&callee, &[still]).unwrap()[0].value.value, "a constant Dual<Dual>");
            let still = evaluate(&callee, &[Taylor::<f64, 3>::constant(x)]).unwrap()[0];
            check(still.value(), "a constant Taylor");
            assert!(still.coefficients().skip(1).all(|c| c == 0.0), "{callee:?} at {x}: {still:?}");
        }
    }
}

/// The value of an equation decides what comes after it, and is the solver's in every mode.
#[test]
fn an_equation_at_the_end_of_the_range() {
    let exp = equation(f64::exp, |x, p| x - p.exp());
    let f = Program::record(&[1000.0], |p| {
        let x = exp.call(p)[0];
        vec![Var::select(x.indicator_gt(5.0), p[0] * 3.0, p[0].square())]
    })
    .unwrap();
    let p = [1000.0];
    assert_eq!(f.gradient(&p).unwrap(), (3000.0, vec![3.0]));
    let (mut y, mut along) = ([0.0], [0.0]);
    f.jvp_into(&mut Work::new(), &p, &[1.0], &mut y, &mut along).unwrap();
    assert_eq!((y, along), ([3000.0], [3.0]));
    let mut matrix = [f64::NAN];
    f.jacobian_into(&mut Work::new(), &p, &mut vec![0.0; f.outputs()], &mut matrix).unwrap();
    assert_eq!(matrix, [3.0]);
    f.hessian_into(&mut Work::new(), &p, &mut vec![0.0; f.inputs()], &mut matrix).unwrap();
    assert_eq!(matrix, [0.0]);
    let mut series = [f64::NAN; 4];
    f.taylor_into::<3, _>(&mut Work::new(), &p, &[1.0], &mut series).unwrap();
    assert_eq!(series, [3000.0, 3.0, 0.0, 0.0]);

    // A comparison behind it has its outcome in every mode.
    let g = Program::record(&[1000.0], |p| vec![if exp.call(p)[0] > 1e300 { p[0].square() } else { p[0] }])
        .unwrap();
    g.hessian_into(&mut Work::new(), &p, &mut vec![0.0; g.inputs()], &mut matrix).unwrap();
    assert_eq!(matrix, [2.0]);

    let id = equation(|p| p, |x, p| x - p);
    let y = evaluate(&id, &[Dual::<f64>::variable(-0.0)]).unwrap()[0];
    assert!(y.value.is_sign_negative() && y.tangent == [1.0]);
}

/// Every derivative of a function of one input, by every driver, at a point.
fn derivatives(f: &Program, x: f64) -> Vec<(&'static str, f64, f64)> {
    let x = [x];
    let slope = f.gradient(&x).unwrap().1[0];
    let (mut y, mut jvp) = ([0.0], [0.0]);
    f.jvp_into(&mut Work::new(), &x, &[1.0], &mut y, &mut jvp).unwrap();
    let (mut g, mut hvp) = ([0.0], [0.0]);
    f.hvp_into(&mut Work::new(), &x, &[1.0], &mut g, &mut hvp).unwrap();
    let (mut jacobian, mut hessian) = ([0.0], [0.0]);
    f.jacobian_into(&mut Work::new(), &x, &mut vec![0.0; f.outputs()], &mut jacobian).unwrap();
    f.hessian_into(&mut Work::new(), &x, &mut vec![0.0; f.inputs()], &mut hessian).unwrap();
    let plan = SparseHessian::new(f);
    let mut sparse = [0.0];
    plan.values_into(&mut Work::new(), &x, &[1.0], &mut sparse[..plan.pattern().nonzeros()]).unwrap();
    let mut series = [0.0; 4];
    f.taylor_into::<3, _>(&mut Work::new(), &x, &[1.0], &mut series).unwrap();
    let mut single = Work::<f32>::new();
    let mut slope_of_single = [0.0];
    f.gradient_into(&mut single, &[x[0] as f32], &mut slope_of_single).unwrap();
    vec![
        ("gradient", slope, 1.0),
        ("f32", f64::from(slope_of_single[0]), 1.0),
        ("jvp", jvp[0], 1.0),
        ("hvp's gradient", g[0], 1.0),
        ("jacobian", jacobian[0], 1.0),
        ("Taylor 1", series[1], 1.0),
        ("hvp", hvp[0], 2.0),
        ("hessian", hessian[0], 2.0),
        ("sparse hessian", sparse[0], 2.0),
        ("Taylor 2", 2.0 * series[2], 2.0),
    ]
}

/// A function of one input in which a call counts for nothing.
type Discards = fn(&Callee, Var) -> Var;

/// What a `select` leaves out, and what is multiplied by a slope of 0, does nothing: in no sweep, and in no derivative program.
#[test]
fn discarded_results_do_nothing() {
    for callee in callees() {
        let functions: [(&str, Discards); 4] = [
            ("select", |callee, x| Var::select(x.indicator_gt(1.0), callee.call(&[x])[0], x * 3.0 + x * x)),
            ("a slope of 0 behind", |callee, x| callee.call(&[x])[0].detach() * 0.0 + x * 3.0 + x * x),
            ("a slope of 0 before", |callee, x| {
                callee.call(&[(x * 0.25).round()])[0] * 0.0 + x * 3.0 + x * x
            }),
            ("rows", |callee, x| {
                let y = callee.map(&[x, x + 7.0], &[]);
                Var::select(x.indicator_gt(1.0), y[0] + y[1], x * 3.0 + x * x)
            }),
        ];
        for (what, f) in functions {
            for x in [-1.0, 0.0] {
                let f = Program::record(&[x], |x| vec![f(&callee, x[0])]).unwrap();
                for (mode, found, order) in derivatives(&f, x) {
                    let expected = if order == 1.0 { 3.0 + 2.0 * x } else { 2.0 };
                    assert_eq!(found, expected, "{callee:?}, {what}, at {x}, {mode}");
                }
                let gradient = f.gradient_program().unwrap();
                let mut slope = [f64::NAN];
                for program in [&gradient, &gradient.optimized()] {
                    program.values_into(&mut Work::new(), &[x], &mut slope).unwrap();
                    assert_eq!(slope, [3.0 + 2.0 * x], "{callee:?}, {what}, at {x}, gradient program");
                }
                // Callbacks have no second derivative, discarded or not: elsewhere it would be wanted.
                if let Ok(hessian) = gradient.gradient_program() {
                    hessian.values_into(&mut Work::new(), &[x], &mut slope).unwrap();
                    assert_eq!(slope, [2.0], "{callee:?}, {what}, at {x}, second derivative program");
                } else {
                    assert_eq!(callee.name(), "double");
                }
            }
        }
    }
}

/// What is asked for, and is not to be had, is an error with its reason in every mode, and never a number.
#[test]
fn what_is_asked_for_is_an_error() {
    let singular = "the matrix is singular: there is no pivot in column 0 (from 0)";
    // Of second order at a point where the first derivative is there, if the callee has any such.
    for (callee, reasons, at) in [
        (root(), [singular; 2], 0.0),
        (Callee::opaque(Double { jvp: false }), ["no slope at 0", "gives no"], 2.0),
        (Callee::opaque(Double { jvp: true }), ["no slope at 0", "gives no"], 2.0),
    ] {
        let f = Program::record(&[1.0], |x| vec![x[0] * 3.0 + callee.call(x)[0]]).unwrap();
        let (mut y, mut z) = ([0.0], [0.0]);
        let first = [
            f.gradient(&[0.0]).map(|_| ()),
            f.jvp_into(&mut Work::new(), &[0.0], &[1.0], &mut y, &mut z),
            f.jacobian_into(&mut Work::new(), &[0.0], &mut vec![0.0; f.outputs()], &mut y),
            f.gradient_program().unwrap().values_into(&mut Work::new(), &[0.0], &mut y),
        ];
        let second = [
            f.hessian_into(&mut Work::new(), &[at], &mut z, &mut y).map(|_| ()),
            f.taylor_into::<2, _>(&mut Work::new(), &[at], &[1.0], &mut [0.0; 3]),
        ];
        for (results, reason) in [(&first[..], reasons[0]), (&second[..], reasons[1])] {
            for result in results {
                let error = result.clone().unwrap_err().to_string();
                assert!(error.contains(reason), "{callee:?}: {error}");
            }
        }
        // In the sweep of a recording, with the node of the call.
        let error = gradient(&0.0, |x| x * 3.0 + callee.call(&[x])[0]).unwrap_err();
        let node = match &error {
            GradientError::Sweep(SweepError::Call { node, .. }) => node.index(),
            other => panic!("{other}"),
        };
        assert_eq!((node, error.to_string().contains(reasons[0])), (2, true), "{error}");
        // In a function called by another.
        let outer = Program::record(&[1.0], |x| f.call(&f.call(x))).unwrap();
        let error = outer.gradient(&[0.0]).unwrap_err().to_string();
        assert!(error.contains(reasons[0]), "{error}");
        // Where a derivative program is called, its numbers are values.
        let slope = f.gradient_program().unwrap();
        let error = gradient(&0.0, |x| slope.call(&[x])[0]).unwrap_err().to_string();
        assert!(error.contains(reasons[0]), "{error}");
    }
}

/// A callback that panics below 0.
struct Panics;
impl Opaque for Panics {
    fn name(&self) -> &'static str {
        "panics"
    }
    fn inputs(&self) -> usize {
        1
    }
    fn outputs(&self) -> usize {
        1
    }
    fn is_pure(&self) -> bool {
        true
    }
    fn value(&self, x: &[f64], y: &mut [f64]) -> Outcome {
        assert!(x[0] > 0.0, "half-way");
        y[0] = x[0];
        Ok(())
    }
    fn vjp(&self, _: &[f64], _: &[f64], gy: &[f64], gx: &mut [f64]) -> Outcome {
        gx[0] = gy[0];
        Ok(())
    }
}

/// After a run that did not finish, nobody hands out what it left.
#[test]
fn no_numbers_after_a_failed_run() {
    let f = Program::record(&[1.0], |x| vec![if x[0] > 0.0 { x[0] * 2.0 } else { -x[0] }]).unwrap();
    let mut work = Work::new();
    let check = |work: &mut Work, found: Result<(), RunError>| {
        assert!(found.is_err());
        assert_eq!(f.output(work, 0), None);
        assert_eq!(f.outputs_into(work, &mut [0.0]), Err(RunError::NotRun));
        assert_eq!(f.reverse(work, &[1.0]), Err(RunError::NotRun));
        assert!(work.values().is_empty() && work.adjoints().is_empty());
    };
    for run in [Program::run::<f64>, Program::run_for_outputs::<f64>, Program::forward::<f64>] {
        f.forward(&mut work, &[3.0]).unwrap();
        f.reverse(&mut work, &[1.0]).unwrap();
        assert_eq!((f.output(&work, 0), work.adjoints()), (Some(6.0), &[2.0, 1.0][..]));
        let failed = run(&f, &mut work, &[-1.0]);
        check(&mut work, failed);
        run(&f, &mut work, &[2.0]).unwrap();
        assert_eq!(f.output(&work, 0), Some(4.0));
    }

    // A callback that panicked half-way.
    let callee = Callee::opaque(Panics);
    let f = Program::record(&[1.0], |x| vec![callee.call(x)[0] + 1.0]).unwrap();
    f.run(&mut work, &[1.0]).unwrap();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| f.run(&mut work, &[-1.0])));
    assert!(caught.is_err());
    assert_eq!((f.output(&work, 0), work.values()), (None, &[][..]));
}

/// A derivative that is called as a value may meet a comparison or a maximum, which make a number of NaN: there the call fails.
#[test]
fn a_lost_derivative_is_no_value() {
    let double = Callee::opaque(Double { jvp: false });
    let f = Program::record(&[1.0], |x| double.call(x)).unwrap();
    let slope = f.gradient_program().unwrap();
    let uses: [fn(&Program, Var) -> Var; 3] = [
        |slope, x| slope.call(&[x])[0].max(1.0),
        |slope, x| Var::select(slope.call(&[x])[0].indicator_gt(5.0), x, 1.0),
        |slope, x| if slope.call(&[x])[0] > 5.0 { x } else { Var::constant(1.0) },
    ];
    for used in uses {
        let program = Program::record(&[1.0], |x| vec![used(&slope, x[0])]).unwrap();
        let mut y = [f64::NAN];
        program.values_into(&mut Work::new(), &[2.0], &mut y).unwrap();
        for found in [
            program.values_into(&mut Work::new(), &[0.0], &mut y),
            program.gradient(&[0.0]).map(|_| ()),
            evaluate(&program.named("used", 0), &[0.0]).map(|_| ()).map_err(RunError::from),
        ] {
            assert!(found.unwrap_err().to_string().contains("no slope at 0"));
        }
    }
}

/// Two results, of which the second has no adjoints.
struct Half;

impl Opaque for Half {
    fn name(&self) -> &'static str {
        "half"
    }
    fn inputs(&self) -> usize {
        1
    }
    fn outputs(&self) -> usize {
        2
    }
    fn is_pure(&self) -> bool {
        true
    }
    fn value(&self, x: &[f64], y: &mut [f64]) -> Outcome {
        y.copy_from_slice(&[2.0 * x[0], x[0]]);
        Ok(())
    }
    fn vjp(&self, _: &[f64], _: &[f64], gy: &[f64], gx: &mut [f64]) -> Outcome {
        if gy[1] != 0.0 {
            return Err("no second".into());
        }
        gx[0] = 2.0 * gy[0];
        Ok(())
    }
}

/// Each result, each direction and each sweep answers for itself.
#[test]
fn losses_are_of_those_who_asked() {
    let half = Callee::opaque(Half);
    let first = Program::record(&[1.0], |x| vec![half.call(x)[0]]).unwrap();
    let both = Program::record(&[1.0], |x| half.call(x)).unwrap();
    let (mut y, mut along) = ([0.0; 2], [0.0; 2]);
    first.jvp_into(&mut Work::new(), &[3.0], &[1.0], &mut y[..1], &mut along[..1]).unwrap();
    assert_eq!(along[0], 2.0);
    let failed = both.jvp_into(&mut Work::new(), &[3.0], &[1.0], &mut y, &mut along);
    assert!(failed.unwrap_err().to_string().contains("no second"));

    // A sweep that lost something says nothing of the next one behind the same run, whose NaN is its own.
    let f = Program::record(&[1.0, 1.0], |x| vec![half.call(&x[..1])[1], x[1].sqrt()]).unwrap();
    let mut work = Work::<f64>::new();
    f.forward(&mut work, &[0.0, -1.0]).unwrap();
    for _ in 0..2 {
        f.reverse(&mut work, &[0.0, 1.0]).unwrap();
        assert!(work.adjoints()[1].is_nan() && work.adjoints()[0] == 0.0);
        assert!(f.reverse(&mut work, &[1.0, 0.0]).unwrap_err().to_string().contains("no second"));
        assert!(work.adjoints().is_empty());
    }
}

/// Jacobians take several workspaces, in which the parameters are the same ones.
#[test]
fn jacobians_of_programs_with_parameters() {
    let sines = |n: usize| {
        Program::record_with(|s| {
            let (x, p) = (s.inputs(&vec![0.5; n]), s.parameter(1.0));
            s.output(x.iter().map(|x| (*x * p).sin()).sum());
        })
        .unwrap()
    };
    let (nine, eight) = (sines(9), sines(8));
    let x = [0.25; 9];
    let expected = |p: f64| p * (0.25 * p).cos();
    for mode in [Mode::Forward, Mode::Reverse] {
        let mut work = Work::in_mode(mode);
        let is = |work: &mut Work, f: &Program, p: f64| {
            let mut jacobian = vec![f64::NAN; f.inputs()];
            f.jacobian_into(work, &x[..f.inputs()], &mut vec![0.0; f.outputs()], &mut jacobian).unwrap();
            assert!(jacobian.iter().all(|d| (d - expected(p)).abs() < 1e-15), "{mode:?}, {p}: {jacobian:?}");
        };
        is(&mut work, &nine, 1.0);
        nine.set_parameters(&mut work, &[5.0]).unwrap();
        is(&mut work, &nine, 5.0);
        is(&mut work, &eight, 1.0);
        is(&mut work, &nine, 5.0);
        eight.set_parameters(&mut work, &[7.0]).unwrap();
        is(&mut work, &eight, 7.0);
        is(&mut work, &nine, 1.0);
        assert!(nine.set_parameters(&mut work, &[]).is_err());
    }
}
