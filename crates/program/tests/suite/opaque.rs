//! Callbacks: the modes that they give are right, and all others are errors.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wengert_program::{Program, ProgramError, Work, evaluate};
use wengert_tape::call::{CallError, Callee, Opaque, Outcome};
use wengert_tape::{
    Dual, GradientError, RecordError, Recorder, RunError, SweepError, Tape, Taylor, Var, gradient,
};

/// `(x₀·x₁, x₁·sin x₀)`, an error below 0.
struct Code(Arc<Kept>);

/// What it gives, and how often it was asked for what.
#[derive(Default)]
struct Kept {
    pure: bool,
    tangents: bool,
    values: AtomicUsize,
    adjoints: AtomicUsize,
}

impl Opaque for Code {
    fn name(&self) -> &'static str {
        "code"
    }
    fn version(&self) -> u32 {
        7
    }
    fn inputs(&self) -> usize {
        2
    }
    fn outputs(&self) -> usize {
        2
    }
    fn is_pure(&self) -> bool {
        self.0.pure
    }
    fn value(&self, x: &[f64], y: &mut [f64]) -> Outcome {
        self.0.values.fetch_add(1, Ordering::Relaxed);
        if x[0] < 0.0 {
            return Err(format!("x = {} is out of range", x[0]).into());
        }
        y.copy_from_slice(&[x[0] * x[1], x[1] * x[0].sin()]);
        Ok(())
    }
    fn vjp(&self, x: &[f64], y: &[f64], gy: &[f64], gx: &mut [f64]) -> Outcome {
        self.0.adjoints.fetch_add(1, Ordering::Relaxed);
        let expected = [x[0] * x[1], x[1] * x[0].sin()];
        assert!(y.iter().zip(expected).all(|(y, e)| (y - e).abs() < 1e-6) && *gx == [0.0; 2]);
        if x[1] < 0.0 {
            return Err("no slope there".into());
        }
        gx.copy_from_slice(&[gy[0] * x[1] + gy[1] * x[1] * x[0].cos(), gy[0] * x[0] + gy[1] * x[0].sin()]);
        Ok(())
    }
    fn jvp(&self, x: &[f64], _: &[f64], dx: &[f64], dy: &mut [f64]) -> Option<Outcome> {
        self.0.tangents.then(|| {
            dy.copy_from_slice(&[
                dx[0] * x[1] + x[0] * dx[1],
                dx[1] * x[0].sin() + x[1] * x[0].cos() * dx[0],
            ]);
            Ok(())
        })
    }
}

fn code(pure: bool, tangents: bool) -> (Arc<Kept>, Callee) {
    let kept = Arc::new(Kept { pure, tangents, ..Kept::default() });
    (Arc::clone(&kept), Callee::opaque(Code(kept)))
}

const AT: [f64; 2] = [0.5, 2.0];

/// With something before and behind it.
fn f(x: &[Var], callee: &Callee) -> Vec<Var> {
    let y = callee.call(&[x[0] * 2.0, x[1]]);
    vec![y[0] + y[1] * x[0]]
}

fn by_hand(x: [f64; 2]) -> (f64, [f64; 2]) {
    let (s, c) = (2.0 * x[0]).sin_cos();
    let value = 2.0 * x[0] * x[1] + x[1] * s * x[0];
    (value, [2.0 * x[1] + x[1] * s + 2.0 * x[1] * c * x[0], 2.0 * x[0] + s * x[0]])
}

fn near(a: &[f64], b: &[f64]) {
    assert!(a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-14), "{a:?} and {b:?}");
}

#[test]
fn first_order_in_every_way() {
    for tangents in [false, true] {
        let (_, callee) = code(true, tangents);
        let program = Program::record(&AT, |x| f(x, &callee)).unwrap();
        for x in [AT, [0.75, 1.5]] {
            let (value, slopes) = by_hand(x);
            let (y, g) = program.gradient(&x).unwrap();
            near(&[y], &[value]);
            near(&g, &slopes);
            let (y, g) = program.gradient(&x.map(|x| x as f32)).unwrap();
            assert!((f64::from(y) - value).abs() < 1e-6 && (f64::from(g[0]) - slopes[0]).abs() < 1e-6);
            let (mut y, mut along) = ([0.0], [0.0]);
            program.jvp_into(&mut Work::new(), &x, &[1.0, 0.0], &mut y, &mut along).unwrap();
            near(&along, &slopes[..1]);
            program
                .jvp_into(&mut Work::new(), &x.map(|x| x as f32), &[0.0, 1.0], &mut [0.0], &mut [0.0])
                .unwrap();
            let mut derivative = [0.0; 2];
            program.gradient_program().unwrap().values_into(&mut Work::new(), &x, &mut derivative).unwrap();
            near(&derivative, &slopes);
        }
        let (y, g) = gradient(&AT, |x| f(&x, &callee)[0]).unwrap();
        near(&[y, g[0], g[1]], &[by_hand(AT).0, by_hand(AT).1[0], by_hand(AT).1[1]]);
        // Wide: by tangents; tall: by adjoints.
        let wide = Program::record(&AT, |x| [f(x, &callee), f(x, &callee), callee.call(x)].concat()).unwrap();
        let mut jacobian = [0.0; 8];
        wide.jacobian_into(&mut Work::new(), &AT, &mut vec![0.0; wide.outputs()], &mut jacobian).unwrap();
        near(&jacobian[..2], &by_hand(AT).1);
        near(&jacobian[4..], &[2.0, 0.5, 2.0 * 0.5_f64.cos(), 0.5_f64.sin()]);
        // Within a called program.
        let outer = Program::record(&AT, |x| program.call(x)).unwrap();
        near(&outer.gradient(&AT).unwrap().1, &by_hand(AT).1);
    }
}

/// What it does not give is an error, and never 0.
#[test]
fn modes_that_are_missing_are_errors() {
    let (_, callee) = code(true, true);
    let program = Program::record(&AT, |x| f(x, &callee)).unwrap();
    let missing = |error: RunError| match error {
        RunError::Call(why) => match *why {
            CallError::NoDerivative { name, what, .. } => {
                assert_eq!(name, "code");
                what
            }
            why => panic!("{why}"),
        },
        error => panic!("{error}"),
    };
    let second = "second derivative";
    let mut hessian = [0.0; 4];
    assert_eq!(
        missing(
            program
                .hessian_into(&mut Work::new(), &AT, &mut vec![0.0; program.inputs()], &mut hessian)
                .unwrap_err()
        ),
        second
    );
    let (mut g, mut h) = ([0.0; 2], [0.0; 2]);
    let hvp = program.hvp_into(&mut Work::new(), &AT, &AT, &mut g, &mut h);
    assert_eq!(missing(hvp.unwrap_err()), second);
    let mut c = [0.0; 3];
    let series = program.taylor_into::<2, _>(&mut Work::new(), &AT, &AT, &mut c);
    assert!(missing(series.unwrap_err()).contains("Taylor"));
    let nested = program.run(&mut Work::new(), &AT.map(Dual::<Dual<f64>>::lit_of));
    assert!(missing(nested.unwrap_err()).contains("second order"));
    let recorded = |error: ProgramError| match error {
        ProgramError::Record(RecordError::Call { why, .. }) => why.to_string(),
        ProgramError::Run(error) => error.to_string(),
        error => panic!("{error}"),
    };
    let expected = "gives no second derivative; it is opaque: give it as a rule or as a program to have every derivative";
    for error in [program.hessian_program(), program.hvp_program()] {
        assert!(recorded(error.unwrap_err()).ends_with(expected));
    }
    let derivative = program.gradient_program().unwrap();
    let mut jacobian = [0.0; 4];
    assert_eq!(
        missing(
            derivative
                .jacobian_into(&mut Work::new(), &AT, &mut vec![0.0; derivative.outputs()], &mut jacobian)
                .unwrap_err()
        ),
        second
    );
    // The same inside a called program, and a tape swept as it was recorded.
    let outer = Program::record(&AT, |x| program.call(x)).unwrap();
    assert_eq!(
        missing(
            outer
                .hessian_into(&mut Work::new(), &AT, &mut vec![0.0; outer.inputs()], &mut hessian)
                .unwrap_err()
        ),
        second
    );
    let mut recorder = Recorder::new();
    recorder.record(|s| f(&s.inputs(&AT), &callee)[0]).unwrap();
    let values: Vec<Dual> = recorder.workspace().values().iter().map(|x| Dual::constant(*x)).collect();
    let mut adjoints = vec![Dual::constant(1.0); values.len()];
    let error = recorder.tape().reverse_at(&values, &mut adjoints).unwrap_err();
    assert!(matches!(error, SweepError::Call { why, .. } if matches!(*why, CallError::NoDerivative { .. })));
    assert!(evaluate(&callee, &AT.map(Taylor::<f64, 2>::variable)).is_err());
}

trait LitOf {
    fn lit_of(x: f64) -> Self;
}
impl LitOf for Dual<Dual<f64>> {
    fn lit_of(x: f64) -> Self {
        Dual::variable(Dual::variable(x))
    }
}

#[test]
fn errors_of_ones_own_come_out() {
    let (_, callee) = code(true, false);
    let program = Program::record(&AT, |x| f(x, &callee)).unwrap();
    let error = program.gradient(&[-1.0, 1.0]).unwrap_err();
    assert_eq!(error.to_string(), "`code` failed: x = -2 is out of range");
    assert_eq!(program.output(&Work::<f64>::new(), 0), None);
    let error = program.gradient(&[1.0, -1.0]).unwrap_err();
    assert_eq!(error.to_string(), "`code` failed: no slope there");
    let error = gradient(&[-1.0, 1.0], |x| f(&x, &callee)[0]).unwrap_err();
    assert!(error.to_string().ends_with(": `code` failed: x = -2 is out of range"), "{error}");
    assert!(error.to_string().starts_with(file!()), "{error}");
    let error = gradient(&[1.0, -1.0], |x| f(&x, &callee)[0]).unwrap_err();
    assert!(matches!(error, GradientError::Sweep(SweepError::Call { .. })), "{error}");
    // A workspace is as good as before.
    let mut work = Work::new();
    let mut g = [0.0; 2];
    assert!(program.gradient_into(&mut work, &[-1.0, 1.0], &mut g).is_err());
    program.gradient_into(&mut work, &AT, &mut g).unwrap();
    near(&g, &by_hand(AT).1);
}

#[test]
fn impure_operations_are_neither_merged_nor_left_out() {
    for pure in [false, true] {
        let (asked, callee) = code(pure, false);
        let program = Program::record(&AT, |x| {
            let _unused = callee.call(x);
            let (a, b) = (callee.call(x), callee.call(x));
            let constant = callee.call(&[1.0.into(), 2.0.into()]);
            vec![a[0] + b[0] + constant[0]]
        })
        .unwrap();
        assert_eq!(asked.values.load(Ordering::Relaxed), 4, "once in a recording");
        let passes: [fn(&Tape) -> Tape; 4] = [Tape::optimized, Tape::pruned, Tape::shared, Tape::scheduled];
        for (pass, left) in passes.into_iter().zip(if pure { [1, 2, 1, 3] } else { [4; 4] }) {
            let passed = program.transformed(pass).unwrap();
            passed.tape().verify().unwrap();
            let before = asked.values.load(Ordering::Relaxed);
            let (y, g) = passed.gradient(&AT).unwrap();
            assert_eq!((y, &g[..]), (4.0, &[4.0, 1.0][..]));
            assert_eq!(asked.values.load(Ordering::Relaxed) - before, left, "once a call in a run");
        }
        let outer = Program::record(&AT, |x| program.call(x));
        assert_eq!(outer.is_ok(), pure, "a called program is run again in reverse");
        if let Err(error) = outer {
            assert!(error.to_string().contains("`program` calls `code`, which is not pure"), "{error}");
        }
    }
}

/// Where no adjoint comes, nobody is asked; constants cost nothing.
#[test]
fn what_is_not_asked() {
    let (asked, callee) = code(true, false);
    let program = Program::record(&AT, |x| {
        let y = callee.call(x);
        vec![y[0] * 0.0 + x[0], x[1]]
    })
    .unwrap();
    let before = asked.adjoints.load(Ordering::Relaxed);
    let mut product = [0.0; 2];
    program.vjp_into(&mut Work::new(), &AT, &[1.0, 1.0], &mut [0.0; 2], &mut product).unwrap();
    assert_eq!(product, [1.0, 1.0]);
    assert_eq!(asked.adjoints.load(Ordering::Relaxed), before);
    let y = callee.call(&[1.0.into(), 2.0.into()]);
    assert_eq!(y[0].value(), 2.0);
}

/// A chain of programs, each of which calls the one before it: what is at its end is computed once in a recording at a point
/// that is known, once in a gradient, and as often as there are calls where they are many.
#[test]
fn chains_of_programs_compute_once() {
    const LONG: usize = 50;
    let kept = Arc::new(Kept { pure: true, ..Kept::default() });
    let code = Callee::opaque(Code(Arc::clone(&kept)));
    let counts = || [&kept.values, &kept.adjoints].map(|count| count.swap(0, Ordering::Relaxed));
    let mut chain = Program::record(&[0.5, 0.25], |x| code.call(x)).unwrap();
    for _ in 0..LONG {
        let inner = chain;
        chain = Program::record(&[0.5, 0.25], |x| inner.call(x)).unwrap();
    }
    assert_eq!(counts(), [1, 0]);
    // Elsewhere it is run.
    let outer = Program::record(&[0.125, 0.25], |x| chain.call(x)).unwrap();
    assert_eq!(counts(), [1, 0]);
    let one = Program::record(&[0.5, 0.25], |x| vec![outer.call(x)[1]]).unwrap();
    assert_eq!(counts(), [1, 0]);

    let mut work = Work::new();
    let mut slopes = [0.0; 2];
    for x in [[0.75_f64, 0.25], [0.5, 0.5]] {
        let value = one.gradient_into(&mut work, &x, &mut slopes).unwrap();
        assert_eq!((value, slopes), (x[1] * x[0].sin(), [x[1] * x[0].cos(), x[0].sin()]));
        assert_eq!(counts(), [1, 1]);
    }
    // Of several calls of one program each has the state of its own run.
    let inner = Program::record(&[0.5, 0.25], |x| vec![outer.call(x)[1] + x[0]]).unwrap();
    let twice = Program::record(&[0.5, 0.25], |x| {
        let y = inner.call(x)[0];
        inner.call(&[y, x[1]])
    });
    let twice = twice.unwrap();
    let plain = Program::record(&[0.5, 0.25], |x| {
        let f = |x: Var, y: Var| y * x.sin() + x;
        vec![f(f(x[0], x[1]), x[1])]
    });
    let _ = counts();
    for x in [[0.75, 0.25], [0.5, 0.5]] {
        twice.gradient_into(&mut work, &x, &mut slopes).unwrap();
        let expected = plain.as_ref().unwrap().gradient(&x).unwrap().1;
        assert!(slopes.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15));
        // Two forward, and two anew for their sweeps.
        assert_eq!(counts(), [4, 2]);
        // The same memory for another program, whose calls have other nodes.
        one.gradient_into(&mut work, &x, &mut slopes).unwrap();
        assert_eq!(counts(), [1, 1]);
    }
    // A run for outputs alone in between keeps nothing that a sweep would take for its own.
    one.forward(&mut work, &[0.75, 0.25]).unwrap();
    one.run_for_outputs(&mut work, &[0.5, 0.5]).unwrap();
    assert_eq!(one.reverse(&mut work, &[1.0]), Err(RunError::NotRun));
    one.forward(&mut work, &[0.5, 0.5]).unwrap();
    one.reverse(&mut work, &[1.0]).unwrap();
    assert_eq!(work.adjoints()[..2], [0.5 * 0.5_f64.cos(), 0.5_f64.sin()]);
}
