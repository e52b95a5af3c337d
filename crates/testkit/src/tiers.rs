//! What every way to run a tape must do, as one suite that any implementor of [`Tier`] runs.
//!
//! [`conform`] checks, of random programs over the whole table, of the problems of this crate and of tapes with calls:
//!
//! 1. the value of every node at the point of the recording, bit for bit, whether partials are to be saved or not;
//! 2. that leaves and constants are read where they are put, and left alone: at other points the values are those of a recording
//!    made there;
//! 3. values at `f32`, bit for bit those of [`Program`](wengert::Program); at dual numbers of one, four and eight
//!    tangents and at series, values bit for bit and derivatives up to rounding;
//! 4. the adjoint of every node, with care and without it, up to rounding; at dual numbers too;
//! 5. eight seeds at once: each as it is alone;
//! 6. that a sweep without care is right where it says so, infinities among adjoints or not, and that with care nothing
//!    comes of a zero;
//! 7. calls: their results and adjoints, that an error of one stops the run and names its node, and that nothing is asked of one
//!    that no seed reaches.

use wengert::call::Callee;
use wengert::ops::Real;
use wengert::program::{Caller, Numbers, Several, Tier};
use wengert::tape::Source;
use wengert::{Dual, Recorder, Tape, Taylor, Work};

use crate::problems::{self, ForEach, Known};
use crate::{RandomProgram, operations};

/// Checks each problem.
struct Each<R>(core::marker::PhantomData<R>);
impl<R: Tier> ForEach for Each<R> {
    fn problem(&mut self, problem: &impl Known) {
        let recorded = recorded(&problem.point(), |x| vec![problem.eval(x)]);
        check::<R>(&format!("the problem at {:?}", problem.point()), &recorded);
    }
}

/// Runs all checks.
///
/// # Panics
/// At the first that fails.
pub fn conform<R: Tier>() {
    for seed in 0..40 {
        let random = RandomProgram::random(seed, 3, 30);
        let recorded = recorded(&random.point, |x| random.eval_all(x));
        check::<R>(&format!("random program {seed}"), &recorded);
    }
    problems::all(&mut Each::<R>(core::marker::PhantomData));
    calls::<R>();
    zeros::<R>();
}

/// A tape with the values of its recording, and a program of it.
struct TestCase {
    tape: Tape,
    values: Vec<f64>,
    program: wengert::Program,
}

fn recorded(at: &[f64], f: impl FnOnce(&[wengert::Var]) -> Vec<wengert::Var>) -> TestCase {
    let mut recorder = Recorder::new();
    recorder
        .record(|s| {
            let mut x = Vec::new();
            s.inputs_into(at, &mut x);
            for y in f(&x) {
                s.output(y);
            }
        })
        .unwrap_or_else(|why| panic!("{why}"));
    let (tape, work) = recorder.into_recording();
    let values = work.values().to_vec();
    let program =
        wengert::Program::accepting_reads(tape.clone(), &work).unwrap_or_else(|why| panic!("{why}"));
    TestCase { tape, values, program }
}

/// Numbers with leaves and constants in place, and NaN elsewhere.
fn placed<T: Real>(tape: &Tape, x: &[T]) -> Numbers<T> {
    let mut numbers = Numbers::new(Caller::default());
    numbers.values = vec![T::lit(f64::NAN); tape.len()];
    tape.inputs().iter().zip(x).for_each(|(node, x)| numbers.values[node.index()] = *x);
    numbers.values.extend(tape.constants().iter().map(|c| T::lit(*c)));
    numbers
}

fn run<R: Tier, T: Real>(tier: &R, tape: &Tape, x: &[T], save: bool) -> Numbers<T> {
    let mut numbers = placed(tape, x);
    tier.forward(&mut numbers, save).unwrap_or_else(|stopped| panic!("{}", stopped.why));
    numbers
}

/// All floats in a number.
fn parts<T: Real>(x: T) -> Vec<f64> {
    let found = core::cell::RefCell::new(Vec::new());
    let look = |part: f64| {
        found.borrow_mut().push(part);
        part
    };
    let _ = x.map_parts(look, look);
    found.into_inner()
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn close(a: f64, b: f64, scale: f64) -> bool {
    same(a, b) || a == b || (a - b).abs() <= 1e-10 * (scale + a.abs().max(b.abs()))
}

/// Values bit for bit, derivatives up to rounding.
fn agree<T: Real>(what: &str, found: &[T], expected: &[T]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            same(found.primal(), expected.primal()),
            "{what}: node {k} is {found:?}, expected {expected:?}"
        );
        let (a, b) = (parts(*found), parts(*expected));
        let scale = b.iter().fold(1.0, |scale: f64, b| scale.max(b.abs()));
        assert!(
            a.iter().zip(&b).all(|(a, b)| close(*a, *b, scale)),
            "{what}: {found:?}, expected {expected:?}"
        );
    }
}

fn check<R: Tier>(what: &str, recording: &TestCase) {
    let TestCase { tape, values, program } = recording;
    let tier = R::of(tape);
    for save in [false, true] {
        let numbers = run(&tier, tape, program.point(), save);
        agree(what, &numbers.values[..tape.len()], values);
        assert!(
            numbers.values[tape.len()..].iter().zip(tape.constants()).all(|(a, b)| same(*a, *b)),
            "{what}"
        );
    }
    // Elsewhere, if no comparison comes out otherwise there.
    let moved: Vec<f64> = program.point().iter().map(|x| x + 1e-3 * x.abs().max(0.5)).collect();
    let mut work = Work::new();
    if program.run(&mut work, &moved).is_ok() {
        agree(what, &run(&tier, tape, &moved, false).values[..tape.len()], work.values());
    }
    at::<R, f32>(what, &tier, recording, |x, _| x as f32);
    at::<R, Dual<f64>>(what, &tier, recording, |value, k| Dual { value, tangent: [1.0 + k as f64] });
    at::<R, Dual<f64, 4>>(what, &tier, recording, |value, k| Dual {
        value,
        tangent: core::array::from_fn(|lane| (k + lane) as f64 - 1.5),
    });
    at::<R, Dual<f64, 8>>(what, &tier, recording, |value, k| Dual {
        value,
        tangent: core::array::from_fn(|lane| if lane == k { 1.0 } else { 0.0 }),
    });
    at::<R, Taylor<f64, 4>>(what, &tier, recording, |x, k| Taylor::line(x, 0.5 - k as f64));
    reverse::<R>(what, &tier, recording);
}

/// A run at a number type, beside that of a program.
fn at<R: Tier, T: Real>(what: &str, tier: &R, recording: &TestCase, number: impl Fn(f64, usize) -> T) {
    let TestCase { tape, program, .. } = recording;
    let x: Vec<T> = program.point().iter().enumerate().map(|(k, x)| number(*x, k)).collect();
    let mut work = Work::new();
    // At `f32` a comparison may come out otherwise.
    if program.run(&mut work, &x).is_ok() {
        agree(what, &run(tier, tape, &x, false).values[..tape.len()], work.values());
    }
}

fn reverse<R: Tier>(what: &str, tier: &R, recording: &TestCase) {
    let TestCase { tape, values, program } = recording;
    let outputs: Vec<usize> = tape
        .outputs()
        .filter_map(|output| match output {
            Source::Node(node) => Some(node.index()),
            Source::Constant(_) => None,
        })
        .collect();
    let seeded = |weight: &dyn Fn(usize) -> f64| {
        let mut adjoints = vec![0.0; tape.len()];
        outputs.iter().enumerate().for_each(|(k, node)| adjoints[*node] += weight(k));
        adjoints
    };
    let weight = |seed: usize| move |k: usize| 1.0 + 0.25 * (k + seed) as f64;
    let mut numbers = run(tier, tape, program.point(), true);
    let mut alone = Vec::new();
    for seed in 0..8 {
        let mut expected = seeded(&weight(seed));
        tape.reverse_at(values, &mut expected).unwrap_or_else(|why| panic!("{what}: {why}"));
        for careful in [false, true] {
            let mut found = seeded(&weight(seed));
            let done =
                tier.reverse(&mut numbers, &mut found, careful).unwrap_or_else(|why| panic!("{what}: {why}"));
            assert!(done || !careful, "{what}: a careful sweep needs no more care");
            if done {
                let scale = expected.iter().fold(1.0, |scale: f64, g| scale.max(g.abs()));
                for (k, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    assert!(
                        close(*found, *expected, scale),
                        "{what}: adjoint {k} is {found}, expected {expected}"
                    );
                }
            }
            if careful {
                alone.push(found);
            }
        }
    }
    let mut together: Vec<Several<f64, 8>> = vec![Several([0.0; 8]); tape.len()];
    for (seed, adjoints) in (0..8).map(|seed| (seed, seeded(&weight(seed)))) {
        together.iter_mut().zip(adjoints).for_each(|(all, g)| all.0[seed] = g);
    }
    assert!(tier.reverse(&mut numbers, &mut together, true).unwrap_or_else(|why| panic!("{what}: {why}")));
    for (node, all) in together.iter().enumerate() {
        for (seed, alone) in alone.iter().enumerate() {
            let scale = alone.iter().fold(1.0, |scale: f64, g| scale.max(g.abs()));
            assert!(close(all.0[seed], alone[node], scale), "{what}: seed {seed}, node {node}");
        }
    }
    // Second derivatives: the sweep at dual numbers.
    let x: Vec<Dual> = program.point().iter().map(|value| Dual { value: *value, tangent: [1.0] }).collect();
    let mut numbers = run(tier, tape, &x, true);
    let at_dual = || seeded(&weight(0)).into_iter().map(Dual::constant).collect::<Vec<Dual>>();
    let (mut expected, mut found) = (at_dual(), at_dual());
    tape.reverse_at(&numbers.values[..tape.len()], &mut expected)
        .unwrap_or_else(|why| panic!("{what}: {why}"));
    assert!(tier.reverse(&mut numbers, &mut found, true).unwrap_or_else(|why| panic!("{what}: {why}")));
    let scale = expected.iter().flat_map(|g| [g.value, g.tangent[0]]).fold(1.0, |s: f64, g| s.max(g.abs()));
    for (found, expected) in found.iter().zip(&expected) {
        assert!(close(found.value, expected.value, scale), "{what}: {found:?}, expected {expected:?}");
        assert!(
            close(found.tangent[0], expected.tangent[0], scale),
            "{what}: {found:?}, expected {expected:?}"
        );
    }
}

fn calls<R: Tier>() {
    let step = recorded(&[0.5, 1.5], |x| vec![x[0] * x[1], x[0].sin() + x[1]]).program.named("step", 1);
    let remote = Callee::opaque(operations::Remote { version: 0, pure: true });
    let chain = recorded(&[0.3, 0.7], |x| {
        let mut y = vec![x[0], x[1]];
        for _ in 0..5 {
            y = step.call(&y);
        }
        vec![y[0] * y[1], remote.call(&y)[0]]
    });
    let tier = R::of(&chain.tape);
    agree(
        "calls",
        &run(&tier, &chain.tape, chain.program.point(), true).values[..chain.tape.len()],
        &chain.values,
    );
    let first = chain.program.gradient_of_outputs();
    let mut numbers = run(&tier, &chain.tape, chain.program.point(), true);
    for (row, expected) in first.iter().enumerate() {
        let mut adjoints = vec![0.0; chain.tape.len()];
        if let Some(Source::Node(node)) = chain.tape.outputs().nth(row) {
            adjoints[node.index()] = 1.0;
        }
        assert!(tier.reverse(&mut numbers, &mut adjoints, true).unwrap_or_else(|why| panic!("{why}")));
        for (node, expected) in chain.tape.inputs().iter().zip(expected) {
            assert!(
                close(adjoints[node.index()], *expected, 1.0),
                "calls: {adjoints:?}, expected {expected}"
            );
        }
    }

    let picky = Callee::opaque(operations::Picky);
    let failing = recorded(&[2.0], |x| vec![x[0] * 3.0, picky.call(&x[..1])[0]]);
    let tier = R::of(&failing.tape);
    let mut numbers = placed(&failing.tape, &[0.0]);
    let Err(stopped) = tier.forward(&mut numbers, false) else {
        panic!("a call has failed, and the run has not")
    };
    let node = failing.tape.calls().iter().next().map_or(usize::MAX, |call| call.node.index());
    assert_eq!(stopped.node, node);
    assert!(stopped.why.to_string().contains("no reciprocal of 0"), "{}", stopped.why);
    // Nothing is asked of a call that no seed reaches.
    let mut numbers = run(&tier, &failing.tape, &[2.0], true);
    let mut adjoints = vec![0.0; failing.tape.len()];
    adjoints[1] = 1.0;
    assert!(tier.reverse(&mut numbers, &mut adjoints, true).unwrap_or_else(|why| panic!("{why}")));
    assert_eq!(adjoints[0], 3.0);
}

/// The gradient of each output, by a program.
trait Gradients {
    fn gradient_of_outputs(&self) -> Vec<Vec<f64>>;
}

impl Gradients for wengert::Program {
    fn gradient_of_outputs(&self) -> Vec<Vec<f64>> {
        let n = self.inputs();
        let (_, jacobian) = self.jacobian(self.point()).unwrap_or_else(|why| panic!("{why}"));
        jacobian.chunks_exact(n).map(<[f64]>::to_vec).collect()
    }
}

fn zeros<R: Tier>() {
    // √x at 0, whose slope is infinite, beside a zero adjoint: nothing comes of it.
    let roots = recorded(&[0.0, 4.0], |x| {
        let mut y = vec![x[0].sqrt(), x[1].sqrt()];
        // As many as take a block of a sweep.
        for _ in 0..1500 {
            let last = y[y.len() - 1];
            y.push(last * 1.0);
        }
        vec![y[0], y[y.len() - 1]]
    });
    let tier = R::of(&roots.tape);
    let mut numbers = run(&tier, &roots.tape, &[0.0, 4.0], true);
    let sweep = |numbers: &mut Numbers<f64>, weights: [f64; 2], careful: bool| {
        let mut adjoints = vec![0.0; roots.tape.len()];
        for (output, weight) in roots.tape.outputs().zip(weights) {
            if let Source::Node(node) = output {
                adjoints[node.index()] = weight;
            }
        }
        let done = tier.reverse(numbers, &mut adjoints, careful).unwrap_or_else(|why| panic!("{why}"));
        (done, [adjoints[0], adjoints[1]])
    };
    assert_eq!(sweep(&mut numbers, [0.0, 1.0], true), (true, [0.0, 0.25]));
    assert_eq!(sweep(&mut numbers, [1.0, 0.0], true), (true, [f64::INFINITY, 0.0]));
    let (done, careless) = sweep(&mut numbers, [0.0, 1.0], false);
    assert!(!done || careless == [0.0, 0.25], "a sweep without care has made {careless:?} of a zero");
    let (done, careless) = sweep(&mut numbers, [1.0, 0.0], false);
    assert!(
        !done || careless == [f64::INFINITY, 0.0],
        "a sweep without care does not own up to {careless:?}"
    );
}
