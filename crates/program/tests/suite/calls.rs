//! Programs called in programs: the same numbers as inlined, in every mode; guards inside; memory; misuse.

use wengert_ops::Scalar;
use wengert_program::{Program, ProgramError, Work, evaluate};
use wengert_tape::call::{CallError, Callee, Registry};
use wengert_tape::{Dual, GradientError, ParseReason, RecordError, Recorder, RunError, Tape, Var, gradient};

use crate::modes::{close, everywhere, first_order};

/// Three inputs, two outputs, with a comparison.
fn inner<T: Scalar>(x: &[T]) -> Vec<T> {
    let y = if x[0] > x[1] { x[0] * x[1].sin() } else { x[1].exp() };
    vec![y + x[2] * x[0], y * x[2].tanh() + T::lit(2.0)]
}

/// Calls with operands that repeat, are constants and results; one result is never used.
fn outer<T: Scalar>(x: &[T], call: impl Fn(&[T]) -> Vec<T>) -> Vec<T> {
    let a = call(&[x[0], x[1], x[2]]);
    let b = call(&[a[0], T::lit(0.25), a[0]]);
    let c = call(&[x[0] + x[2], x[1], b[1]]);
    vec![a[0] * b[0], b[1] - c[1].cos(), a[1] * x[2]]
}

const AT: [f64; 3] = [1.5, 0.5, 0.75];
const ELSEWHERE: [f64; 3] = [1.3, 0.25, 0.8];

fn of(n: usize, f: impl Fn(&[Var]) -> Vec<Var>) -> Program {
    Program::record(&AT[..n], |x| f(x)).unwrap()
}

#[test]
fn a_call_is_what_it_would_be_inlined() {
    let called = of(3, inner);
    let found = of(3, |x| outer(x, |x| called.call(x)));
    let expected = of(3, |x| outer(x, inner));
    assert!(found.tape().to_string().contains(" = call \"program/0\" %0 %1 %2\n"), "{}", found.tape());
    for x in [AT, ELSEWHERE] {
        everywhere(&found, &expected, &x);
    }
    // In the recording itself, and swept as it was recorded.
    let weighted = |y: Vec<Var>| y[0] + y[1] * 2.0 - y[2];
    let a = gradient(&AT, |x| weighted(outer(&x, |x| called.call(x)))).unwrap();
    let b = gradient(&AT, |x| weighted(outer(&x, inner))).unwrap();
    assert_eq!(a.0, b.0);
    close("gradient", &a.1, &b.1);
    // At dual numbers the tape swept as it is.
    let at_duals = |f: &dyn Fn(&[Var]) -> Vec<Var>| {
        let program = of(3, f);
        let (mut work, mut adjoints) = (Work::new(), vec![Dual::constant(0.0); program.tape().len()]);
        program.run(&mut work, &AT.map(|x| Dual { value: x, tangent: [x] })).unwrap();
        program.tape().outputs().for_each(|y| match y {
            wengert_tape::Source::Node(y) => adjoints[y.index()] = Dual::constant(1.0),
            wengert_tape::Source::Constant(_) => {}
        });
        program.tape().reverse_at(work.values(), &mut adjoints).unwrap();
        adjoints[..3].iter().flat_map(|g| [g.value, g.tangent[0]]).collect::<Vec<_>>()
    };
    close("at duals", &at_duals(&|x| outer(x, |x| called.call(x))), &at_duals(&|x| outer(x, inner)));
}

#[test]
fn a_call_within_a_call() {
    let innermost = of(3, inner);
    let middle = of(3, |x| outer(x, |x| innermost.call(x)));
    let thrice = |x: &[Var], f: &dyn Fn(&[Var]) -> Vec<Var>| {
        let y = f(x);
        f(&[y[0] * 0.1 + 1.5, x[1], y[2].sin()])
    };
    let found = of(3, |x| thrice(x, &|x| middle.call(x)));
    let expected = of(3, |x| thrice(x, &|x| outer(x, inner)));
    everywhere(&found, &expected, &AT);
}

#[test]
fn a_map_is_a_loop() {
    let called = of(3, inner);
    let rows: Vec<f64> = (0..12).map(|k| if k % 2 == 0 { 1.5 + 0.1 * f64::from(k) } else { 0.5 }).collect();
    let sums = |y: &[Var]| {
        vec![y.iter().step_by(2).copied().sum(), y.iter().skip(1).step_by(2).map(|y| y.sin()).sum::<Var>()]
    };
    // Rows of two, one input shared; the second of each row a constant.
    let found = Program::record(&rows, |x| {
        let rows: Vec<Var> =
            x.iter().enumerate().map(|(k, x)| if k == 3 { 0.5.into() } else { *x }).collect();
        let y = called.map(&rows, &[x[2] * 0.5]);
        assert_eq!(y.len(), 12);
        sums(&y)
    })
    .unwrap();
    let expected = Program::record(&rows, |x| {
        let y: Vec<Var> = (0..6)
            .flat_map(|k| inner(&[x[2 * k], if k == 1 { 0.5.into() } else { x[2 * k + 1] }, x[2] * 0.5]))
            .collect();
        sums(&y)
    })
    .unwrap();
    let statistics = found.tape().statistics();
    assert_eq!(statistics.calls, [("program:map(6;2..3)/0".to_owned(), 1)]);
    everywhere(&found, &expected, &rows);
    // Nothing shared, everything shared, no rows at all.
    let found = of(3, |x| [called.map(x, &[]), called.map(&[], x), called.map(&[], &x[2..])].concat());
    let expected = of(3, inner);
    assert_eq!(found.outputs(), 2);
    everywhere(&found, &expected, &AT);
}

#[test]
fn guards_inside_are_checked_in_every_run() {
    let called = of(3, inner);
    let found = of(3, |x| outer(x, |x| called.call(x)));
    let line = called.tape().guards()[0].at.clone();
    for program in
        [&found, &found.optimized(), &found.jacobian_program().unwrap(), &found.hessian_program().unwrap()]
    {
        let mut y = vec![0.0; program.outputs()];
        let error = program.values_into(&mut Work::new(), &[0.5, 1.5, 1.0], &mut y).unwrap_err();
        let RunError::Diverged(diverged) = error else { panic!("{error}") };
        assert_eq!(diverged.at, line);
        assert_eq!((diverged.left, diverged.right, diverged.guard), (0.5, 1.5, 0));
        assert!(diverged.calls > 0);
    }
    let outer = of(3, |x| found.call(x)[..1].to_vec());
    let RunError::Diverged(diverged) = outer.gradient(&[0.5, 1.5, 1.0]).unwrap_err() else { panic!() };
    assert_eq!((diverged.at, diverged.calls), (line, 2));
    // At the point of recording the error is the recording's, with the line of the call.
    let error = Program::record(&[0.5, 1.5, 1.0], |x| called.call(x)).unwrap_err();
    let ProgramError::Record(RecordError::Call { name, why, at }) = error else { panic!("{error}") };
    assert_eq!((&*name, &*at.file), ("program", file!()));
    assert!(matches!(*why, CallError::Run(why) if matches!(*why, RunError::Diverged(_))));
}

/// A comparison that keeps a call from where it cannot be made is told before the call's error.
#[test]
fn an_outer_guard_comes_before_a_calls_error() {
    let called =
        Program::record(&[1.0], |x| vec![if x[0] > 0.0 { x[0].sqrt() } else { Var::constant(0.0) }]).unwrap();
    let found =
        Program::record(&[1.0], |x| if x[0] > -1.0 { called.call(x) } else { vec![Var::constant(0.0)] })
            .unwrap();
    let diverged = |x: f64| match found.gradient(&[x]).unwrap_err() {
        RunError::Diverged(diverged) => diverged.at,
        error => panic!("{error}"),
    };
    assert_eq!(diverged(-2.0), found.tape().guards()[0].at);
    assert_eq!(diverged(-0.5), called.tape().guards()[0].at);
    // One that comes after the call is not asked: what it compares is not known.
    let found = Program::record(&[1.0], |x| {
        let y = called.call(x);
        assert!(x[0] > -1.0);
        y
    })
    .unwrap();
    let RunError::Diverged(diverged) = found.gradient(&[-2.0]).unwrap_err() else { panic!() };
    assert_eq!(diverged.at, called.tape().guards()[0].at);
}

#[test]
fn unused_results_and_calls() {
    let called = of(3, inner);
    let found = of(3, |x| {
        let a = called.call(x);
        let unused = called.call(&[x[0], x[1] * 0.5, x[2]]);
        let _ = unused[1].sin();
        let again = called.call(x);
        vec![a[0] + again[0]]
    });
    let before = found.tape().statistics();
    assert_eq!(before.calls, [("program/0".to_owned(), 3)]);
    let pruned = found.tape().pruned().statistics();
    assert_eq!((pruned.calls[0].1, found.tape().shared().statistics().calls[0].1), (2, 2));
    let optimized = found.optimized();
    // Three inputs, a call, its two results, the sum.
    assert_eq!(optimized.tape().len(), 7);
    let expected = of(3, |x| vec![inner(x)[0] * 2.0]);
    everywhere(&found, &expected, &AT);
    // A named result is one of its own.
    let named = of(3, |x| vec![called.call(x)[0], called.call(x)[1].named("mine")]);
    let shared = named.tape().shared();
    shared.verify().unwrap();
    assert_eq!(shared.statistics().calls[0].1, 2);
    assert_eq!(shared.nodes().filter(|node| shared.name(*node) == Some("mine")).count(), 1);
}

/// An adjoint of 0 stops at a call, whatever stands behind it.
#[test]
fn zeros_stop_at_a_call() {
    let root = Program::record(&[1.0], |x| vec![x[0].sqrt(), x[0] * 3.0]).unwrap();
    // √0 has the slope ∞, and is not chosen.
    let f = |x: &[Var], call: &dyn Fn(&[Var]) -> Vec<Var>| {
        let y = call(x);
        vec![Var::select(0.0.into(), y[0], y[1])]
    };
    let found = Program::record(&[1.0], |x| f(x, &|x| root.call(x))).unwrap();
    assert_eq!(found.gradient(&[0.0]).unwrap(), (0.0, vec![3.0]));
    let derivative = found.gradient_program().unwrap();
    let mut g = [0.0];
    derivative.values_into(&mut Work::new(), &[0.0], &mut g).unwrap();
    assert_eq!(g, [3.0]);
    // Products that overflow before a call are taken again with care.
    let found = Program::record(&[1.0], |x| {
        let y = root.call(x);
        vec![(y[0] * 0.0) * 1e300 * 1e300 + y[1]]
    })
    .unwrap();
    assert_eq!(found.gradient(&[4.0]).unwrap().1, [3.0]);
}

/// What is inside a call is stored once, however often it is called.
#[test]
fn inner_values_are_not_stored_outside() {
    let long = |x: Var| (0..1000).fold(x, |y, _| (y * 0.999).sin() + 0.001);
    let called = Program::record(&[0.5], |x| vec![long(x[0])]).unwrap();
    let found = Program::record(&[0.5], |x| vec![(0..100).fold(x[0], |y, _| called.call(&[y])[0])]).unwrap();
    let expected = Program::record(&[0.5], |x| vec![(0..100).fold(x[0], |y, _| long(y))]).unwrap();
    assert_eq!((found.tape().len(), expected.tape().len()), (201, 300_001));
    let (mut a, mut b) = (Work::new(), Work::new());
    let (mut g, mut h) = ([0.0], [0.0]);
    assert_eq!(found.gradient_into(&mut a, &[0.5], &mut g), expected.gradient_into(&mut b, &[0.5], &mut h));
    assert_eq!(g, h);
    assert!(a.bytes() < 100_000 && b.bytes() > 2_400_000, "{} and {}", a.bytes(), b.bytes());
    // The same of a recording, swept as it is.
    let mut recorder = Recorder::new();
    let y = recorder.record(|s| {
        let x = s.input(0.5);
        (0..100).fold(x, |y, _| called.call(&[y])[0])
    });
    let slope: Vec<f64> = recorder.reverse(y.unwrap()).unwrap().inputs().collect();
    assert_eq!(slope, h);
    assert!(recorder.bytes() < 100_000, "{}", recorder.bytes());
}

#[test]
fn parameters_stay_as_they_were_recorded() {
    let called = Program::record_with(|s| {
        let (x, p) = (s.input(1.0), s.parameter(3.0));
        s.output(x * x * p);
    })
    .unwrap();
    let found = Program::record(&[2.0], |x| called.call(x)).unwrap();
    assert_eq!(found.gradient(&[5.0]).unwrap(), (75.0, vec![30.0]));
    let second = found.hessian_program().unwrap();
    assert_eq!(second.gradient(&[5.0]).unwrap(), (6.0, vec![0.0]));
}

#[test]
fn constants_record_nothing() {
    let called = of(3, inner);
    let constant = AT.map(Var::from);
    assert_eq!(called.call(&constant).iter().map(|y| y.value()).collect::<Vec<_>>(), inner(&AT));
    let mut recorder = Recorder::new();
    recorder.record(|s| s.output(called.call(&constant)[0] + s.input(1.0))).unwrap();
    assert_eq!(recorder.tape().len(), 2);
    assert_eq!(evaluate(&called.named("x", 1), &AT).unwrap(), inner(&AT));
}

#[test]
fn misuse_is_an_error() {
    let called = of(3, inner).named("step", 1);
    let error = gradient(&AT, |x| called.call(&x[..2])[0]).unwrap_err();
    assert!(error.to_string().ends_with("`step` takes 3 numbers, got 2"), "{error}");
    let GradientError::Record(RecordError::Call { at, .. }) = error else { panic!("{error}") };
    assert_eq!(&*at.file, file!());
    assert!(evaluate(&called, &AT[..2]).is_err());
    // Rows that do not come out even; more shared than there are.
    for (rows, shared) in [(3, 1), (1, 0), (0, 3), (3, 3)] {
        let mapped = Program::record(&[1.5; 8], |x| called.map(&x[..rows], &x[4..][..shared]));
        assert_eq!(mapped.is_err(), rows + shared != 3, "{rows} {shared}: {mapped:?}");
    }
    assert!(Program::record(&[1.5; 8], |x| called.map(x, &x[..4])).is_err());
    // Another recording's variable.
    let mut stolen = None;
    Recorder::new().record(|s| stolen = Some(s.input(1.0))).unwrap();
    let stolen = stolen.unwrap();
    let error = gradient(&AT, |x| called.call(&[x[0], x[1], stolen])[0]).unwrap_err();
    assert!(matches!(error, GradientError::Record(RecordError::ForeignVariable { .. })), "{error}");
    // Limits are kept: all of a call, or nothing.
    for nodes in 3..6 {
        let mut recorder = Recorder::new().max_nodes(nodes);
        let full = recorder.record(|s| {
            let x = s.inputs(&AT);
            called.call(&x).len()
        });
        assert!(matches!(full, Err(RecordError::TooManyNodes { .. })), "{full:?}");
        assert_eq!(recorder.tape().len(), 3);
        recorder.tape().verify().unwrap();
    }
    let bytes = (0..2000).find(|bytes| {
        let mut recorder = Recorder::new().budget(*bytes);
        let recorded = recorder.record(|s| called.call(&s.inputs(&AT)).len());
        recorder.tape().verify().unwrap();
        recorded.is_ok()
    });
    assert!(bytes.is_some_and(|bytes| bytes > 100), "{bytes:?}");
}

#[test]
#[should_panic(expected = "on a thread that is not recording")]
fn a_variable_where_nothing_is_recorded() {
    let mut kept = None;
    Recorder::new().record(|s| kept = Some(s.input(1.0))).unwrap();
    let _ = of(1, |x| vec![x[0] * 2.0]).call(&[kept.unwrap()]);
}

/// A recorder that is used again finds memory for calls too, and what was recorded is as it was the first time.
#[test]
fn a_recorder_is_used_again() {
    let called = of(3, inner);
    let mut recorder = Recorder::new();
    let mut tapes = Vec::new();
    for _ in 0..3 {
        let y = recorder
            .record(|s| {
                let y = outer(&s.inputs(&AT), |x| called.call(x));
                s.output(y[0] + y[1])
            })
            .unwrap();
        recorder.reverse(y).unwrap();
        tapes.push(recorder.tape().clone());
        // Something else in between.
        recorder.record(|s| s.input(2.0) * 3.0).unwrap();
    }
    assert_eq!(tapes[0], tapes[1]);
    assert_eq!(tapes[0], tapes[2]);
    let other = of(3, inner);
    let mut recorder = Recorder::new();
    recorder
        .record(|s| {
            let y = outer(&s.inputs(&AT), |x| other.call(x));
            s.output(y[0] + y[1])
        })
        .unwrap();
    assert_ne!(tapes[0], *recorder.tape(), "another program is another callee");
}

#[test]
fn passes_keep_calls_whole() {
    let called = of(3, inner);
    let found = of(3, |x| {
        let mut y = x.to_vec();
        // More than a window of the schedule.
        for k in 0..800 {
            let a = called.call(&[y[0] * 0.01 + 1.5, y[1] * 0.01 + 0.5, y[2] * 0.01]);
            y = vec![y[1], a[0] + f64::from(k % 3), a[1]];
        }
        y
    });
    let expected = of(3, |x| {
        let mut y = x.to_vec();
        for k in 0..800 {
            let a = inner(&[y[0] * 0.01 + 1.5, y[1] * 0.01 + 0.5, y[2] * 0.01]);
            y = vec![y[1], a[0] + f64::from(k % 3), a[1]];
        }
        y
    });
    let passes: [fn(&Tape) -> Tape; 9] = [
        Tape::folded,
        Tape::simplified,
        Tape::shared,
        Tape::pruned,
        Tape::gathered,
        Tape::scheduled,
        Tape::reassociated,
        Tape::contracted,
        Tape::optimized,
    ];
    for pass in passes {
        let passed = found.transformed(pass).unwrap();
        passed.tape().verify().unwrap();
        assert_eq!(passed.tape().statistics().calls[0].1, 800);
    }
    first_order(&found.optimized(), &expected, &AT);
}

#[test]
fn dumps_round_trip_through_a_registry() {
    let step = of(3, inner).named("my step: a/b \"1\"", 4);
    let known = Registry::new().with(step.clone()).with(of(3, inner).named("my step: a/b \"1\"", 3));
    let found = of(3, |x| {
        let y = outer(x, |x| step.call(x));
        [y, step.map(x, &[]), step.map(&x[..2], &x[2..])].concat()
    });
    let programs = [
        found.clone(),
        found.optimized(),
        found.gradient_program().unwrap(),
        found.jacobian_program().unwrap().optimized(),
        found.hessian_program().unwrap().optimized(),
    ];
    let mut names = std::collections::BTreeSet::new();
    for program in &programs {
        let text = program.tape().dump().full().to_string();
        let (tape, work) = Tape::parse_with(&text, &known).unwrap();
        assert_eq!(tape, *program.tape());
        assert!(work.values().is_empty());
        names.extend(tape.statistics().calls.into_iter().map(|(name, _)| name));
        assert!(matches!(Tape::parse(&text).unwrap_err().reason, ParseReason::Unregistered { .. }));
    }
    let suffixes = ["", ":vjp", ":map(1;2..3)", ":vjp:map(1;2..3)", ":vjp:vjp", ":vjp:vjp:map(1;2..3)"];
    assert!(suffixes.iter().all(|s| names.contains(&format!("my step: a/b \"1\"{s}/4"))), "{names:?}");
    // With values: they are those printed, nobody is called, and a sweep can follow.
    let mut recorder = Recorder::new();
    let y = recorder.record(|s| outer(&s.inputs(&AT), |x| step.call(x))[1]).unwrap();
    recorder.reverse(y).unwrap();
    let text = recorder.tape().dump().state(recorder.workspace()).full().to_string();
    let (tape, mut work) = Tape::parse_with(&text, &known).unwrap();
    assert_eq!((&tape, work.values()), (recorder.tape(), recorder.workspace().values()));
    let last = tape.nodes().nth(recorder.workspace().adjoints().len() - 1).unwrap();
    tape.reverse(&mut work, &[(last, 1.0)]).unwrap();
    assert_eq!(work.adjoints(), recorder.workspace().adjoints());
}

#[test]
fn texts_with_wrong_calls_are_refused() {
    let step = of(3, inner).named("step", 1);
    let known = Registry::new().with(step);
    let text = |nodes: usize, lines: &str| {
        format!(
            "wengert tape v2: {nodes} nodes, 1 input, 1 output, 0 guards\nnode\n%0 = input\n{lines}outputs %0\n"
        )
    };
    let whole = "%1 = call \"step/1\" %0 %0 2.0\n%2 = result %1 0.0\n%3 = result %1 1.0\n";
    Tape::parse_with(&text(4, whole), &known).unwrap();
    let refused = |lines: &str, expected: &str| {
        let nodes = 1 + lines.lines().count();
        let error = Tape::parse_with(&text(nodes, lines), &known).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    refused(&whole.replace("2.0", "2.0 %0"), "line 4, column 6: `step` takes 3 numbers, got 4");
    refused(&whole.replace("step/1", "step/2"), "`step/2` is not registered (there are versions 1); add it");
    refused(&whole.replace("step/1", "stop/1"), "`stop/1` is not registered; add it");
    for name in ["step", "step/", "step/x", "step/+1", "step/99999999999", "/", "step/1/"] {
        refused(&whole.replace("step/1", name), "");
    }
    refused(&whole.replace("\"step/1\"", "step/1"), "expected a name in double quotes");
    refused(&whole.replace("= call", "= foreign"), "no operation is called `foreign`");
    let lines: Vec<&str> = whole.lines().collect();
    refused(&format!("{}\n{}\n", lines[0], lines[1]), "here must stand result 1 of call %1");
    refused(&format!("{}\n", lines[0]), "here must stand result 0 of call %1");
    refused(&format!("{whole}%4 = result %1 2.0\n"), "node %4: a result must stand behind its call");
    refused(&format!("{whole}%4 = mul %1 2.0\n"), "reads call %1");
    refused(&whole.replace("%1 1.0", "%1 0.0"), "here must stand result 1 of call %1");
    refused(&whole.replace("%1 1.0", "%1 0.5"), "here must stand result 1 of call %1");
    refused(&whole.replace("%1 1.0", "%1 %0"), "must be a constant");
    // Names made of names are made no deeper than derivatives go, and maps no larger than can be counted.
    for suffix in [
        ":vjp:vjp:vjp:vjp:vjp",
        ":map(9223372036854775807;0..0)",
        ":map(1;2..1)",
        ":map(1;0..9)",
        ":map(;..)",
        ":x",
        ":",
    ] {
        refused(&whole.replace("step/1", &format!("step{suffix}/1")), "is not registered");
    }
    refused(&whole.replace("step/1", "step:map(4000000000;0..0)/1"), "takes 12000000000 numbers, got 3");
}

/// Threads share a program and what is made of it on the way.
#[test]
fn threads() {
    let called = of(3, inner);
    let found = of(3, |x| outer(x, |x| called.call(x)));
    let expected = of(3, |x| outer(x, inner));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| first_order(&found, &expected, &AT));
        }
    });
    let shared: &(dyn std::any::Any + Send + Sync) = &called.named("step", 1);
    assert!(shared.is::<Callee>());
}

/// Values that a dump states are no word for those of a run: where the program of an altered one is called, it is run, even at
/// the point that the dump has.
#[test]
fn a_dumps_values_are_not_believed() {
    let sine = Program::record(&[1.0], |x| vec![x[0].sin()]).unwrap().named("sine", 0);
    let mut recorder = Recorder::new();
    recorder.record(|s| s.output(sine.call(&[s.input(0.5)])[0])).unwrap();
    let text = recorder.tape().dump().state(recorder.workspace()).full().to_string();
    let altered = text.replace(&format!("{:?}", 0.5_f64.sin()), "7.0");
    assert_ne!(text, altered);
    let (tape, work) = Tape::parse_with(&altered, &Registry::new().with(sine)).unwrap();
    let program = Program::new(tape, &work).unwrap();
    let (value, slope) = gradient(&0.5, |x| program.call(&[x])[0]).unwrap();
    assert_eq!((value, slope), (0.5_f64.sin(), 0.5_f64.cos()));
}

/// One program under two names is two callees, each called once, and one memory: what the second call has left there is not taken
/// for the first one's.
#[test]
fn one_program_under_two_names() {
    let cube = Program::record(&[1.0], |x| vec![x[0] * x[0] * x[0]]).unwrap();
    let names = [cube.named("a", 0), cube.named("b", 0)];
    let f = Program::record(&[1.0, 1.0], |x| vec![names[0].call(&x[..1])[0] + names[1].call(&x[1..])[0]]);
    let f = f.unwrap();
    let mut work = Work::new();
    let mut slopes = [0.0_f64; 2];
    for x in [[2.0, 3.0], [-1.0, 0.5]] {
        let value = f.gradient_into(&mut work, &x, &mut slopes).unwrap();
        assert_eq!((value, slopes), (x[0].powi(3) + x[1].powi(3), x.map(|x| 3.0 * x * x)));
    }
}
