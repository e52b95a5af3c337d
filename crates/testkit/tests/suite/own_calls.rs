//! A kind of call that the library does not have, in one file: the solution of a symmetric linear system, which keeps its factors
//! for the sweep back. It works in every mode, by the trait of operations alone.

use std::sync::atomic::{AtomicU32, Ordering};

use wengert::call::{
    Adjunct, CallError, Callee, Forward, ForwardAt, Generic, Kept, Operation, Reverse, ReverseAt,
    forward_generic, reverse_generic,
};
use wengert::ops::Real;
use wengert::{Dual, Program, Recorder, Tape, Taylor, Var, Work, call::Registry, gradient, hessian, jvp};

/// `(a, b, c, p, q) ↦ (x, y)` with `[a b; b c]·(x, y) = (p, q)`.
struct Solve;

/// How often a matrix was factorized.
static FACTORIZED: AtomicU32 = AtomicU32::new(0);

/// `[a b; b c] = [1 0; l 1]·[d 0; 0 e]·[1 l; 0 1]`.
#[derive(Clone, Copy)]
struct Factors<T> {
    l: T,
    d: T,
    e: T,
}

impl<T: Real> Factors<T> {
    fn of(x: &[T]) -> Self {
        FACTORIZED.fetch_add(1, Ordering::Relaxed);
        let l = x[1] / x[0];
        Self { l, d: x[0], e: x[2] - l * x[1] }
    }

    fn solve(self, [p, q]: [T; 2]) -> [T; 2] {
        let y = (q - self.l * p) / self.e;
        [p / self.d - self.l * y, y]
    }
}

impl<T: Real> Kept for Factors<T> {
    fn copied(&self) -> Box<dyn Kept> {
        Box::new(*self)
    }
}

/// `(a, b, c, p, q, x, y, x̄, ȳ) ↦` the adjoints of the first five.
fn slopes(v: &[Var]) -> Vec<Var> {
    let l = v[1] / v[0];
    let e = v[2] - l * v[1];
    let g = (v[8] - l * v[7]) / e;
    let f = v[7] / v[0] - l * g;
    let (x, y) = (v[5], v[6]);
    vec![-f * x, -(f * y + g * x), -g * y, f, g]
}

impl Operation for Solve {
    fn name(&self) -> std::borrow::Cow<'_, str> {
        "solve".into()
    }
    fn inputs(&self) -> usize {
        5
    }
    fn outputs(&self) -> usize {
        2
    }
    fn forward(&self, of: &Callee, call: ForwardAt<'_>) -> Result<(), CallError> {
        forward_generic(self, of, call)
    }
    fn reverse(&self, of: &Callee, call: ReverseAt<'_>) -> Result<(), CallError> {
        reverse_generic(self, of, call)
    }
    /// A program, which has derivatives of every order itself.
    fn adjoint(&self, of: &Callee) -> Result<Adjunct, CallError> {
        let program = Program::record(&[2.0, 0.5, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], slopes);
        let program = program.map_err(|why| CallError::failed(&of.name(), why))?;
        Ok(Adjunct {
            callee: program.named(&format!("{}:vjp", of.name()), of.version()),
            reads_results: true,
        })
    }
}

impl Generic for Solve {
    fn forward_at<T: Real>(&self, of: &Callee, call: Forward<'_, T>) -> Result<(), CallError> {
        let factors = Factors::of(call.x);
        if factors.e.primal() == 0.0 || factors.d.primal() == 0.0 {
            return Err(CallError::failed(&of.name(), "the matrix is singular"));
        }
        call.y.copy_from_slice(&factors.solve([call.x[3], call.x[4]]));
        call.work.keep(factors);
        Ok(())
    }

    fn reverse_at<T: Real>(&self, _: &Callee, call: Reverse<'_, T>) -> Result<(), CallError> {
        let kept = call.work.kept::<Factors<T>>().copied();
        let factors = kept.unwrap_or_else(|| Factors::of(call.x));
        let [x, y] = [call.y[0], call.y[1]];
        for (g, gx) in call.gy.chunks_exact(2).zip(call.gx.chunks_exact_mut(5)) {
            let [f, g] = factors.solve([g[0], g[1]]);
            gx.copy_from_slice(&[-(f * x), -(f * y + g * x), -(g * y), f, g]);
        }
        Ok(())
    }
}

const AT: [f64; 5] = [2.0, 0.5, 3.0, 1.0, -0.7];

/// `sin x·y + x²` of the solution, by the call or by operations of the table.
fn f(solve: Option<&Callee>, v: &[Var]) -> Var {
    let [x, y] = match solve {
        Some(solve) => {
            let found = solve.call(v);
            [found[0], found[1]]
        }
        None => Factors::of(v).solve([v[3], v[4]]),
    };
    x.sin() * y + x * x
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-12 * (1.0 + b.abs()), "{found:?}, expected {expected:?}");
    }
}

fn programs() -> (Callee, Program, Program) {
    let solve = Callee::new(Solve);
    let by_call = Program::record(&AT, |v| f(Some(&solve), v)).unwrap();
    (solve, by_call, Program::record(&AT, |v| f(None, v)).unwrap())
}

#[test]
fn a_recording_has_its_gradient() {
    let (solve, _, table) = programs();
    let (value, slopes) = gradient(&AT, |v| f(Some(&solve), &v)).unwrap();
    let (expected, by_table) = table.gradient(&AT).unwrap();
    close(&[value], &[expected]);
    close(&slopes, &by_table);
}

#[test]
fn it_is_replayed_in_every_mode() {
    let (_, call, table) = programs();
    let at = [1.5, -0.4, 2.0, 0.3, 0.9];
    let direction = [0.5, -1.0, 0.25, 2.0, 1.0];
    let (a, b) = (call.gradient(&at).unwrap(), table.gradient(&at).unwrap());
    close(&[a.0], &[b.0]);
    close(&a.1, &b.1);
    close(&call.jvp(&at, &direction).unwrap().1, &table.jvp(&at, &direction).unwrap().1);
    close(&call.hvp(&at, &direction).unwrap().2, &table.hvp(&at, &direction).unwrap().2);
    close(&call.hessian(&at).unwrap().2, &table.hessian(&at).unwrap().2);
    let (mut series, mut by_table) = ([0.0; 5], [0.0; 5]);
    call.taylor_into::<4, _>(&mut Work::new(), &at, &direction, &mut series).unwrap();
    table.taylor_into::<4, _>(&mut Work::new(), &at, &direction, &mut by_table).unwrap();
    close(&series, &by_table);
    let single = call.gradient(&at.map(|x| x as f32)).unwrap().1;
    for (a, b) in single.iter().zip(&b.1) {
        assert!((f64::from(*a) - b).abs() < 1e-5);
    }
}

#[test]
fn its_derivative_programs_have_derivatives() {
    let (_, call, table) = programs();
    let at = [1.5, -0.4, 2.0, 0.3, 0.9];
    let by_call = call.gradient_program().unwrap();
    close(&by_call.values(&at).unwrap(), &table.gradient(&at).unwrap().1);
    close(&by_call.jacobian(&at).unwrap().1, &table.hessian(&at).unwrap().2);
    close(&call.hessian_program().unwrap().optimized().values(&at).unwrap(), &table.hessian(&at).unwrap().2);
}

#[test]
fn second_order_of_a_closure() {
    let (solve, _, table) = programs();
    let (_, _, rows) = hessian(&AT, |v| f(Some(&solve), &v)).unwrap();
    close(&rows.concat(), &table.hessian(&AT).unwrap().2);
}

/// At a number type that is not on the list: one of three tangents is read one after another, one of second order is an error.
#[test]
fn number_types_that_are_not_listed() {
    let (_, call, table) = programs();
    let x: Vec<Dual<f64, 3>> = AT
        .iter()
        .enumerate()
        .map(|(k, value)| Dual {
            value: *value,
            tangent: core::array::from_fn(|lane| f64::from(u8::from(lane == k))),
        })
        .collect();
    let mut work = Work::new();
    call.run_for_outputs(&mut work, &x).unwrap();
    let y = call.output(&work, 0).unwrap();
    close(&y.tangent, &table.gradient(&AT).unwrap().1[..3]);

    let x = AT.map(Taylor::<f64, 11>::variable);
    let error = call.run_for_outputs(&mut Work::new(), &x).unwrap_err();
    assert!(error.to_string().contains("`solve` gives no derivative at this number type"), "{error}");
}

#[test]
fn factors_are_kept_for_the_sweep() {
    let (_, call, _) = programs();
    let (mut work, mut slopes) = (Work::new(), [0.0; 5]);
    call.gradient_into(&mut work, &AT, &mut slopes).unwrap();
    let before = FACTORIZED.load(Ordering::Relaxed);
    let expected = slopes;
    // Others run meanwhile, so that the least of many counts is what it takes.
    let least = (0..50)
        .map(|_| {
            let before = FACTORIZED.load(Ordering::Relaxed);
            call.gradient_into(&mut work, &AT, &mut slopes).unwrap();
            FACTORIZED.load(Ordering::Relaxed) - before
        })
        .min();
    assert_eq!((least, slopes), (Some(1), expected));
    assert!(FACTORIZED.load(Ordering::Relaxed) >= before + 50);
}

#[test]
fn it_is_found_by_name() {
    let (solve, call, _) = programs();
    let text = call.tape().dump().full().to_string();
    assert!(text.contains("call \"solve/0\" %0 %1 %2 %3 %4"), "{text}");
    let (tape, _) = Tape::parse_with(&text, &Registry::new().with(solve.clone())).unwrap();
    assert_eq!(tape, *call.tape());
    let loaded = Program::from_bytes(&call.to_bytes().unwrap(), &Registry::new().with(solve)).unwrap();
    assert_eq!(loaded.gradient(&AT).unwrap(), call.gradient(&AT).unwrap());
}

/// Its error ends the recording, with the line of the call.
#[test]
fn its_errors_are_the_recordings() {
    let solve = Callee::new(Solve);
    let mut recorder = Recorder::new();
    let error = recorder
        .record(|s| {
            let x = s.inputs(&[1.0, 1.0, 1.0, 1.0, 1.0]);
            solve.call(&x)
        })
        .unwrap_err();
    assert!(error.to_string().contains("own_calls.rs") && error.to_string().contains("singular"), "{error}");
    let (values, along) = jvp(&2.0, |x| [x * x], &1.0).unwrap();
    assert_eq!((values, along), (vec![4.0], vec![4.0]));
}
