//! Saved programs that call: programs, maps over rows, rules of one's own, callbacks and implicit functions, in random
//! compositions with parameters, guards, names and requested intermediates. Loaded they give the same bits in every mode; so do
//! their derivatives as programs, and what was printed and parsed on the way.

use proptest::prelude::*;
use wengert::{
    Program, Recorder, Session, Tape, Var, Work, Workspace,
    call::{Callee, Registry},
    ops::Real,
    program::LoadError,
};
use wengert_testkit::operations::{Remote, Versin, root};

use wengert_testkit::RandomProgram;

/// A version of it that nothing else here has.
const REMOTE: Remote = Remote { version: 3, pure: true };

/// What a file cannot hold.
fn registry() -> Registry {
    Registry::new().with_rule::<Versin, 1>().with(Callee::opaque(REMOTE)).with(root())
}

/// A program to call: a random one of three inputs that compares, with a rule of one's own in it.
fn inner(random: &RandomProgram) -> Program {
    let recorded = Program::record(&random.point, |x| {
        // A number also where the random program has none.
        let y = random.eval(x).max(-1.0).min(1.0);
        let z = if y < 2.0 { y * x[0] } else { x[1] };
        vec![z.named("z"), <Var as Real>::fixed::<Versin, 1>([y])]
    });
    recorded.unwrap()
}

/// Calls as the choices say, each of operands that lie at the end of what was computed.
fn compose(s: &Session<'_>, inner: &Callee, map: &Program, choices: &[u8], smooth: bool) {
    let mut all = vec![s.input(0.3).named("x"), s.input(-0.4), s.input(0.9), s.parameter(0.7).named("p")];
    for (k, choice) in choices.iter().enumerate() {
        let at = |all: &[Var], back: usize| all[all.len() - 1 - back];
        let (a, b, c) = (at(&all, 0), at(&all, usize::from(choice / 8) % 4), at(&all, 3));
        let y = match choice % if smooth { 4 } else { 5 } {
            0 => inner.call(&[a, b, c]),
            1 if *choice >= 128 => map.map_sum(&[a, b, c, b], &[at(&all, 1)]),
            1 => map.map(&[a, b, c, b], &[at(&all, 1)]),
            2 => vec![<Var as Real>::fixed::<Versin, 1>([a * b])],
            3 => root().call(&[a * a + 1.0 + b * b]),
            _ => Callee::opaque(REMOTE).call(&[a, c]),
        };
        all.extend(y.iter().map(|y| (*y * 0.5 + b).sin()));
        if k % 3 == 1 {
            s.output(at(&all, 1));
            let y = all[all.len() - 1];
            assert!(y < 1.5, "sines are");
            if !y.is_constant() {
                all.push(y.named(&format!("after {k}")) * c);
            }
        }
    }
    s.output(all[all.len() - 1]);
}

fn recorded(inner: &Callee, map: &Program, choices: &[u8], smooth: bool) -> (Program, Workspace) {
    let mut recorder = Recorder::new().source_lines(choices.len().is_multiple_of(2));
    recorder.record(|s| compose(s, inner, map, choices, smooth)).unwrap();
    let (tape, work) = recorder.into_recording();
    (Program::new(tape, &work).unwrap(), work)
}

fn text(program: &Program) -> String {
    program.tape().dump().full().to_string()
}

/// Saved and loaded: the same bytes, the same text.
fn loaded(program: &Program) -> Program {
    let bytes = program.to_bytes().unwrap();
    let loaded = Program::from_bytes(&bytes, &registry()).unwrap();
    assert_eq!(loaded.to_bytes().unwrap(), bytes);
    assert_eq!(text(&loaded), text(program));
    assert_eq!(loaded.point(), program.point());
    loaded
}

/// By their bits, or why there are none.
type Numbers = Vec<Result<Vec<u64>, String>>;

/// Values, gradient, and second derivatives along a direction, with the parameters of the recording and with others.
fn numbers(program: &Program, x: &[f64]) -> Numbers {
    let (n, m) = (program.inputs(), program.outputs());
    let weights: Vec<f64> = (0..m).map(|k| 1.0 - 0.3 * k as f64).collect();
    let v: Vec<f64> = (0..n).map(|k| 0.5 + k as f64).collect();
    let mut found = Numbers::new();
    for parameter in [None, Some(0.6)] {
        let (mut work, mut second) = (Work::new(), Work::new());
        if let Some(parameter) = parameter {
            let parameters = vec![parameter; program.parameters()];
            program.set_parameters(&mut work, &parameters).unwrap();
            program.set_parameters(&mut second, &parameters).unwrap();
        }
        let (mut y, mut g, mut product) = (vec![0.0; m], vec![0.0; n], vec![0.0; n]);
        let first = program.vjp_into(&mut work, x, &weights, &mut y, &mut g);
        found.push(first.map(|()| bits(&[&y[..], &g].concat())).map_err(|why| why.to_string()));
        let along = program.lagrangian_hvp_into(&mut second, x, &weights, &v, &mut g, &mut product);
        found.push(along.map(|()| bits(&[&g[..], &product].concat())).map_err(|why| why.to_string()));
    }
    found
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

const ELSEWHERE: [f64; 3] = [0.31, -0.38, 0.88];

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn calls_come_back(seed: u64, choices in prop::collection::vec(any::<u8>(), 1..24), smooth: bool) {
        let called = inner(&RandomProgram::random(seed, 3, 12));
        let map = Program::record(&[0.2, 0.4, 0.6], |x| vec![called.call(x)[0] * x[2]]).unwrap();
        let (program, work) = recorded(&called.named("inner", 4), &map, &choices, smooth);
        for program in [program.clone(), program.optimized()] {
            prop_assert_eq!(numbers(&loaded(&program), &ELSEWHERE), numbers(&program, &ELSEWHERE));
        }
        // Text, bytes, text; it needs to know the programs too.
        let names = registry().with(called.named("inner", 4)).with(map.named("program", 0));
        let printed = program.tape().dump().state(&work).full().to_string();
        let (tape, parsed) = Tape::parse_with(&printed, &names).unwrap();
        prop_assert_eq!(tape.dump().state(&parsed).full().to_string(), printed);
        let from_text = Program::new(tape, &parsed).unwrap();
        let again = loaded(&from_text);
        prop_assert_eq!(text(&again), text(&program));
        prop_assert_eq!(numbers(&again, &ELSEWHERE), numbers(&program, &ELSEWHERE));
    }

    /// Derivative programs call what was made of their operations: it is found by the operations' names alone.
    #[test]
    fn derivatives_of_calls_come_back(seed: u64, choices in prop::collection::vec(any::<u8>(), 1..8)) {
        let called = inner(&RandomProgram::random(seed, 3, 6));
        let map = Program::record(&[0.2, 0.4, 0.6], |x| vec![called.call(x)[0] * x[2]]).unwrap();
        let (program, _) = recorded(&called.named("inner", 4), &map, &choices, true);
        let derivative = program.vjp_program().unwrap();
        let x: Vec<f64> = derivative.point().iter().map(|x| x * 0.99).collect();
        prop_assert_eq!(numbers(&loaded(&derivative), &x), numbers(&derivative, &x));
        let (program, _) = recorded(&called.named("inner", 4), &map, &choices, false);
        let derivative = program.vjp_program().unwrap();
        prop_assert_eq!(numbers(&loaded(&derivative), &x), numbers(&derivative, &x));
        let of_loaded = loaded(&program).vjp_program().unwrap();
        prop_assert_eq!(numbers(&of_loaded, &x), numbers(&derivative, &x));
    }
}

/// Each kind of call is in the programs above, and second derivatives are numbers there.
#[test]
fn choices_choose() {
    let called = inner(&RandomProgram::random(1, 3, 12));
    let map = Program::record(&[0.2, 0.4, 0.6], |x| vec![called.call(x)[0] * x[2]]).unwrap();
    let (smooth, _) = recorded(&called.named("inner", 4), &map, &[0, 1, 2, 3, 0, 1], true);
    assert!(numbers(&smooth, &ELSEWHERE).iter().all(Result::is_ok));
    let (all, _) = recorded(&called.named("inner", 4), &map, &[0, 1, 2, 3, 4, 0, 1], false);
    let found: Vec<String> = all.tape().statistics().calls.into_iter().map(|(name, _)| name).collect();
    for name in ["inner/4", "program:map(2;2..3)/0", "versin/2", "root/0", "remote/3"] {
        assert!(found.iter().any(|found| found == name), "{found:?}");
    }
    assert!(numbers(&all, &ELSEWHERE)[0].is_ok());
}

/// What is called by name must be registered, in its version and with its numbers of operands and results.
#[test]
fn names_and_versions_are_checked() {
    let program = Program::record(&[1.0, 2.0], |x| Callee::opaque(REMOTE).call(x)).unwrap();
    let bytes = program.to_bytes().unwrap();
    let with = |registry: Registry| Program::from_bytes(&bytes, &registry);
    assert!(with(Registry::new().with(Callee::opaque(REMOTE))).is_ok());
    let error = with(Registry::new()).unwrap_err();
    assert!(
        matches!(&error, LoadError::Unregistered { name, version: 3, known } if name == "remote" && known.is_empty())
    );
    let error = with(
        Registry::new()
            .with(Callee::opaque(Remote { version: 2, ..REMOTE }))
            .with(Callee::opaque(Remote { version: 4, ..REMOTE })),
    );
    let error = error.unwrap_err();
    assert!(matches!(&error, LoadError::Unregistered { known, .. } if known[..] == [2, 4]), "{error}");
    assert!(error.to_string().contains("`remote/3`"), "{error}");
    let other = Program::record(&[1.0], |x| vec![x[0].sin()]).unwrap().named("remote", 3);
    let error = with(Registry::new().with(other)).unwrap_err();
    assert!(matches!(error, LoadError::Signature { file: (2, 1), here: (1, 1), .. }), "{error}");
}
