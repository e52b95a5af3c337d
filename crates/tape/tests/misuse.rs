//! Every way to use a recording wrongly, and what is said about it: which recordings, and which line of the user's
//! source. After each the closure goes on with plain values, what was recorded stays readable, and the recorder is
//! good for the next recording.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use wengert_ops::{Op, Operands, Real, Rule, Second, Variadic, Visitor, rule};
use wengert_tape::{RecordError, Recorder, Session, SweepError, Tape, Var, VariableError};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The number of the recording that a variable belongs to, which its `Debug` alone shows.
fn recording(v: Var) -> u32 {
    let shown = format!("{v:?}");
    let number = shown.trim_end_matches(')').rsplit(' ').next().and_then(|n| n.parse().ok());
    number.unwrap_or_else(|| panic!("{shown} names no recording"))
}

/// Reads the whole message: this file, that line, some column, and then exactly `rest`.
#[track_caller]
fn assert_says(message: &impl Display, line: u32, rest: &str) {
    let message = message.to_string();
    let begins = format!("{}:{line}:", file!());
    let Some((column, said)) = message.strip_prefix(&begins).and_then(|behind| behind.split_once(": "))
    else {
        panic!("`{message}` does not begin with `{begins}`")
    };
    assert!(column.parse().is_ok_and(|column: u32| column > 0), "no column in `{message}`");
    assert_eq!(said, rest);
}

fn foreign_variable(found: u32, active: u32) -> String {
    format!(
        "a variable of recording {found} was used in recording {active}; take its plain value with `value()`, \
         and make that an input or a parameter of this recording"
    )
}

fn foreign_session(found: u32, active: u32) -> String {
    format!("the session of recording {found} was used inside recording {active}, which is nested in it")
}

/// A recorder is as good after an error as before: x·y + 2x at (3, −4).
#[track_caller]
fn assert_reusable(recorder: &mut Recorder) {
    let f = recorder.record(|s| {
        let (x, y) = (s.input(3.0), s.input(-4.0));
        x * y + 2.0 * x
    });
    let f = f.unwrap_or_else(|error| panic!("the next recording fails: {error}"));
    assert_eq!(f.value(), -6.0);
    let adjoints = recorder.reverse(f).unwrap_or_else(|error| panic!("the next sweep fails: {error}"));
    assert_eq!(adjoints.inputs().collect::<Vec<_>>(), [-2.0, 3.0]);
}

/// A way to use a second variable together with a first, and its line.
type Use = (u32, fn(Var, Var) -> Var);

/// A way to ask a session, or a variable of its recording, for one more node, and its line.
type Growth = (u32, fn(&Session<'_>, Var) -> Var);

#[allow(clippy::op_ref)] // operators on references are tried too
fn uses() -> Vec<Use> {
    let uses: [Use; 36] = [
        (line!(), |_, b| -b),
        (line!(), |_, b| b.sin()),
        (line!(), |a, b| a + b),
        (line!(), |a, b| b - a),
        (line!(), |_, b| b * b),
        (line!(), |_, b| b * 2.0),
        (line!(), |_, b| 2.0 / b),
        (line!(), |_, b| b * Var::constant(2.0)),
        (line!(), |_, b| Var::constant(2.0) * b),
        (line!(), |a, b| &a * &b),
        (line!(), |a, b| a % b),
        (line!() + 1, |mut a, b| {
            a += b;
            a
        }),
        (line!() + 1, |mut a, b| {
            a *= &b;
            a
        }),
        (line!(), |_, b| b.powi(3)),
        (line!(), |_, b| b.powf(0.5)),
        (line!(), |a, b| a.max(b)),
        (line!(), |a, b| b.hypot(a)),
        (line!(), |a, b| a.mul_add(b, a)),
        (line!(), |a, b| a.clamp(b, 9.0)),
        (line!(), |a, b| Var::select(a, b, 1.0)),
        (line!(), |a, b| Var::sum(&[a, b, a])),
        (line!(), |a, b| Var::product(&[b, a])),
        (line!(), |a, b| Var::dot(&[a, a], &[a, b])),
        (line!(), |a, b| Var::logsumexp(&[b, a])),
        (line!(), |_, b| b.named("b")),
        (line!(), |a, b| if a < b { a } else { b }),
        (line!(), |a, b| if b >= a { a } else { b }),
        (line!(), |a, b| if a <= b { a } else { b }),
        (line!(), |a, b| if b > a { a } else { b }),
        (line!(), |a, b| if a == b { a } else { b }),
        (line!(), |a, b| if b < 1.0 { a } else { b }),
        (line!(), |a, b| if b <= 1.0 { a } else { b }),
        (line!(), |a, b| if b > 1.0 { a } else { b }),
        (line!(), |a, b| if b >= 1.0 { a } else { b }),
        (line!(), |a, b| if b.partial_cmp(&1.0).is_some() { a } else { b }),
        (line!(), |a, b| if b.partial_cmp(&a).is_some() { a } else { b }),
    ];
    uses.to_vec()
}

#[test]
fn a_variable_of_an_earlier_recording() -> Outcome {
    let mut recorder = Recorder::new();
    for (line, misuse) in uses() {
        let old = recorder.record(|s| s.input(3.0))?;
        let (mut active, mut values) = (0, [0.0; 3]);
        let error = recorder.record(|s| {
            let x = s.input(2.0);
            active = recording(x);
            let plain = misuse(Var::constant(x.value()), Var::constant(old.value())).value();
            values = [misuse(x, old).value(), plain, (x * x).value()];
        });
        let Err(error) = error else { panic!("line {line} records") };
        assert_says(&error, line, &foreign_variable(recording(old), active));
        assert_eq!((values[0].to_bits(), values[2]), (values[1].to_bits(), 4.0), "line {line}: values go on");
        // Nothing is recorded from the error on, and what was before it is whole.
        assert_eq!((recorder.tape().len(), recorder.tape().guards().len()), (1, 0), "line {line}");
        assert_eq!(recorder.tape().reads().len(), 1, "line {line}: of x, before the error");
        assert_eq!(recorder.tape().verify(), Ok(()));
        assert_reusable(&mut recorder);
    }
    Ok(())
}

/// The line is the standard library's, whose `Iterator::sum` does not hand its caller on; `Var::sum` does.
#[test]
fn a_variable_of_an_earlier_recording_in_an_iterators_sum() -> Outcome {
    let mut recorder = Recorder::new();
    let old = recorder.record(|s| s.input(3.0))?;
    let mut active = 0;
    let error = recorder.record(|s| {
        let x = s.input(2.0);
        active = recording(x);
        [x, old].iter().sum::<Var>().value()
    });
    let Err(RecordError::ForeignVariable { found, active: here, .. }) = error else { panic!("{error:?}") };
    assert_eq!((found, here), (recording(old), active));
    assert_reusable(&mut recorder);
    Ok(())
}

#[test]
fn an_earlier_variable_as_output() -> Outcome {
    let mut recorder = Recorder::new();
    let old = recorder.record(|s| s.input(3.0))?;
    let (mut line, mut active) = (0, 0);
    let error = recorder.record(|s| {
        active = recording(s.input(2.0));
        let same;
        (line, same) = (line!(), s.output(old));
        assert_eq!(same.value(), 3.0);
    });
    let Err(error) = error else { panic!("an output of another recording is taken") };
    assert_says(&error, line, &foreign_variable(recording(old), active));
    assert_eq!(recorder.tape().outputs().len(), 0);
    assert_reusable(&mut recorder);
    Ok(())
}

#[test]
fn a_variable_of_the_outer_recording_in_a_nested_one() -> Outcome {
    let (mut outer, mut inner) = (Recorder::new(), Recorder::new());
    for (line, misuse) in uses() {
        let (x, f) = outer.record(|s| {
            let x = s.input(3.0);
            let mut active = 0;
            let error = inner.record(|t| {
                let u = t.input(2.0);
                active = recording(u);
                misuse(u, x).value()
            });
            let Err(error) = error else { panic!("line {line} records") };
            assert_says(&error, line, &foreign_variable(recording(x), active));
            assert_reusable(&mut inner);
            (x, x * x * x)
        })?;
        // The outer recording knows nothing of it.
        assert_eq!(outer.tape().len(), 3);
        assert_eq!(outer.reverse(f)?.of(x)?, 27.0);
    }
    Ok(())
}

#[test]
fn a_variable_of_the_nested_recording_in_the_outer_one() -> Outcome {
    let (mut outer, mut inner) = (Recorder::new(), Recorder::new());
    for (line, misuse) in uses() {
        let (mut found, mut active, mut kept) = (0, 0, None);
        let error = outer.record(|s| {
            let x = s.input(3.0);
            let recorded = inner.record(|t| {
                let u = t.input(2.0);
                (u, u * u)
            });
            let (u, square) = recorded.unwrap_or_else(|error| panic!("{error}"));
            (found, active, kept) = (recording(u), recording(x), Some((u, square)));
            misuse(x, square).value()
        });
        let Err(error) = error else { panic!("line {line} records") };
        assert_says(&error, line, &foreign_variable(found, active));
        // The inner recording is whole, and can be swept after the outer one has failed.
        let Some((u, square)) = kept else { panic!("the inner recording has no result") };
        assert_eq!(inner.reverse(square)?.of(u)?, 4.0);
        assert_reusable(&mut outer);
    }
    Ok(())
}

/// What is meant instead: plain values go in, and the inner gradient comes out as one.
#[test]
fn nested_recordings_exchange_plain_values() -> Outcome {
    let (mut outer, mut inner) = (Recorder::new(), Recorder::new());
    let (x, f) = outer.record(|s| {
        let x = s.input(3.0);
        let recorded = inner.record(|t| {
            let u = t.input(x.value());
            (u, u * u * t.parameter(x.value()))
        });
        let (u, g) = recorded.unwrap_or_else(|error| panic!("{error}"));
        let slope = inner.reverse(g).ok().and_then(|adjoints| adjoints.of(u).ok()).unwrap_or(f64::NAN);
        (x, x * x * slope)
    })?;
    assert_eq!(outer.tape().reads().len(), 2, "whose values they are, knows of it");
    // slope = 2·3·3 = 18, a constant; ∂(18 x²)/∂x = 36·3
    assert_eq!((f.value(), outer.reverse(f)?.of(x)?), (162.0, 108.0));
    Ok(())
}

#[test]
fn the_outer_session_inside_a_nested_recording() -> Outcome {
    let uses: [Growth; 6] = [
        (line!(), |s, _| s.input(5.0)),
        (line!(), |s, _| s.parameter(5.0)),
        (line!(), |s, _| s.parameters(&[5.0, 6.0])[0]),
        (line!(), |s, _| s.inputs(&[5.0, 6.0])[0]),
        (line!() + 2, |s, _| {
            let mut all = Vec::new();
            s.inputs_into(&[5.0], &mut all);
            all[0]
        }),
        (line!(), |s, five| s.output(five)),
    ];
    let (mut outer, mut inner) = (Recorder::new(), Recorder::new());
    for (line, misuse) in uses {
        let (x, f) = outer.record(|s| {
            let x = s.input(3.0);
            let mut active = 0;
            let error = inner.record(|t| {
                active = recording(t.input(2.0));
                let made = misuse(s, Var::constant(5.0));
                // What the handle made belongs nowhere; what is not the handle's stays a constant.
                assert_eq!(made.value(), 5.0);
            });
            let Err(error) = error else { panic!("line {line} records") };
            assert_says(&error, line, &foreign_session(recording(x), active));
            assert_eq!((inner.tape().len(), inner.tape().outputs().len()), (1, 0), "line {line}");
            assert_reusable(&mut inner);
            // Back in its own recording the session is as good as before.
            let y = s.input(4.0);
            (x, x * y)
        })?;
        assert_eq!((outer.tape().inputs().len(), outer.tape().outputs().len()), (2, 0), "line {line}");
        assert!(outer.tape().parameters().is_empty(), "line {line}");
        assert_eq!(outer.reverse(f)?.of(x)?, 4.0);
    }
    Ok(())
}

/// The panic of `f`, as text.
fn panic_of(f: impl FnOnce() -> Var) -> String {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(v) => panic!("no panic but {v:?}"),
        Err(payload) => payload.downcast_ref::<String>().cloned().unwrap_or_default(),
    }
}

fn no_recording(found: u32) -> String {
    format!(
        "a variable of recording {found} was used on a thread that is not recording; take its plain value with \
         `value()` after the recording, and to record on several threads give each its own recording"
    )
}

#[test]
fn an_operator_or_a_comparison_where_nothing_is_recorded_panics() -> Outcome {
    let mut recorder = Recorder::new();
    let x = recorder.record(|s| s.input(3.0))?;
    for (line, misuse) in uses() {
        assert_says(&panic_of(|| misuse(x, x)), line, &no_recording(recording(x)));
        assert_says(&panic_of(|| misuse(Var::constant(1.0), x)), line, &no_recording(recording(x)));
        // Neither the panic nor what it unwound has touched the recording.
        assert_eq!(recorder.reverse(x)?.of(x)?, 1.0);
    }
    // To look at a variable is no operation.
    assert_eq!((x.value(), x.is_constant()), (3.0, false));
    assert!(recorder.tape().reads().is_empty());
    assert_eq!(format!("{x} {x:?}"), format!("3 3.0 (%0 of recording {})", recording(x)));
    assert_reusable(&mut recorder);
    Ok(())
}

fn growths() -> Vec<Growth> {
    let growths: [Growth; 11] = [
        (line!(), |_, y| y + y),
        (line!(), |_, y| y.sin()),
        (line!(), |_, y| y * 3.0),
        (line!(), |_, y| 1.5 - y),
        (line!(), |_, y| y.mul_add(y, y)),
        (line!(), |_, y| Var::sum(&[y, y])),
        (line!(), |_, y| Var::dot(&[y, y], &[Var::constant(0.1), y])),
        (line!(), |s, _| s.input(7.0)),
        (line!(), |s, _| s.inputs(&[7.0, 8.0, 9.0])[1]),
        (line!(), |s, _| s.parameters(&[7.0, 8.0, 9.0])[2]),
        (line!() + 2, |s, _| {
            let mut all = Vec::new();
            s.inputs_into(&[7.0], &mut all);
            all[0]
        }),
    ];
    growths.to_vec()
}

#[test]
fn too_many_nodes() -> Outcome {
    let mut recorder = Recorder::new().max_nodes(10);
    for (line, grow) in growths() {
        let mut kept = None;
        let error = recorder.record(|s| {
            let x = s.input(2.0);
            let y = (0..9).fold(x, |y, _| y + x);
            let more = grow(s, y);
            assert!(!more.is_constant(), "it must not pass for a constant elsewhere");
            // Of inputs the value is what was given; of an operation what it is at plain numbers.
            if !(7.0..=9.0).contains(&more.value()) {
                assert_eq!(
                    more.value().to_bits(),
                    grow(s, Var::constant(y.value())).value().to_bits(),
                    "line {line}"
                );
            }
            assert_eq!((x * x + more).value(), 4.0 + more.value());
            kept = Some((x, y));
        });
        let Err(error) = error else { panic!("line {line} finds room") };
        assert_says(&error, line, "the tape is full at 10 nodes; record in pieces, or use n-ary operations");
        assert!(matches!(error, RecordError::TooManyNodes { limit: 10, .. }));
        // Nothing is lost: tape, values, dump and sweep.
        let tape = recorder.tape();
        assert_eq!((tape.len(), tape.inputs().len(), tape.verify()), (10, 1, Ok(())), "line {line}");
        assert_eq!(recorder.workspace().values().last(), Some(&20.0));
        let dump = tape.dump().state(recorder.workspace()).full().to_string();
        assert!(dump.starts_with("wengert tape v1: 10 nodes, 1 input"), "{dump}");
        assert_eq!(Tape::parse(&dump)?.0, *tape);
        let Some((x, y)) = kept else { panic!("the closure did not end") };
        assert_eq!(recorder.reverse(y)?.of(x)?, 10.0);
        assert_reusable(&mut recorder);
    }
    Ok(())
}

#[test]
fn as_many_nodes_as_are_allowed() -> Outcome {
    let mut recorder = Recorder::new().max_nodes(3);
    let f = recorder.record(|s| (s.input(2.0) * s.input(3.0)).named("f"))?;
    assert_eq!(recorder.reverse(f)?.inputs().collect::<Vec<_>>(), [3.0, 2.0]);

    let mut none = Recorder::new().max_nodes(0);
    let (mut line, mut value) = (0, 0.0);
    let error = none.record(|s| {
        let x;
        (line, x) = (line!(), s.input(2.0));
        value = (x * x).value();
    });
    let Err(error) = error else { panic!("a node of none is recorded") };
    assert_says(&error, line, "the tape is full at 0 nodes; record in pieces, or use n-ary operations");
    assert_eq!((value, none.tape().is_empty()), (4.0, true));
    // The limit is of each recording: a constant function fits.
    assert_eq!(none.record(|_| Var::constant(1.0) + 1.0)?.value(), 2.0);
    Ok(())
}

#[test]
fn over_budget() -> Outcome {
    const BUDGET: usize = 2_000;
    let mut recorder = Recorder::new().budget(BUDGET);
    for (line, grow) in growths() {
        let mut kept = Vec::new();
        let error = recorder.record(|s| {
            kept.push(s.input(2.0));
            // The smallest node takes 9 bytes: before the end the budget is used up, and constants come.
            for _ in 0..300 {
                kept.push(grow(s, kept[0]));
            }
        });
        assert!(kept.iter().all(|y| !y.value().is_nan()), "line {line}: values go on");
        let Err(error) = error else { panic!("line {line} finds room") };
        let nodes = recorder.tape().len();
        let said =
            format!("the recording needs more than its budget of {BUDGET} bytes ({nodes} nodes so far)");
        assert_says(&error, line, &said);
        assert!(matches!(&error, RecordError::OverBudget { budget: BUDGET, nodes: n, .. } if *n == nodes));
        // Not over it, and not far below: a step of three inputs needs less than 120 bytes.
        let bytes = recorder.bytes();
        assert!((BUDGET - 120..=BUDGET).contains(&bytes), "line {line}: {bytes} bytes");
        assert_eq!(recorder.tape().verify(), Ok(()));
        let dump = recorder.tape().dump().full().to_string();
        assert!(dump.starts_with(&format!("wengert tape v1: {nodes} nodes")), "{dump}");
        // What failed is behind what was recorded, and has no adjoint.
        let active = kept.len() - kept.iter().rev().take_while(|v| recorder.reverse(**v).is_err()).count();
        assert!(active < kept.len());
        let last = kept[active - 1];
        // By node, since it may be a parameter.
        assert_eq!(recorder.reverse(last)?.as_slice().last(), Some(&1.0));
        assert_reusable(&mut recorder);
    }
    Ok(())
}

/// A single node that is too large leaves what was recorded before it as it was.
#[test]
fn one_node_over_budget() -> Outcome {
    let mut recorder = Recorder::new().budget(2_000);
    let (mut line, mut kept) = (0, None);
    let error = recorder.record(|s| {
        let x = s.input(2.0);
        kept = Some((x, x * x));
        let many = vec![x; 1_000];
        let sum;
        (line, sum) = (line!(), Var::sum(&many));
        assert_eq!(sum.value(), 2_000.0);
    });
    let Err(error) = error else { panic!("4,000 bytes fit into 2,000") };
    assert_says(&error, line, "the recording needs more than its budget of 2000 bytes (2 nodes so far)");
    let Some((x, square)) = kept else { panic!("the closure did not end") };
    assert_eq!(recorder.reverse(square)?.of(x)?, 4.0);
    Ok(())
}

#[test]
fn a_sweep_from_a_variable_of_another_recording() -> Outcome {
    let (mut recorder, mut other) = (Recorder::new(), Recorder::new());
    let old = recorder.record(|s| s.input(3.0))?;
    let others = other.record(|s| s.input(4.0))?;
    let (x, f) = recorder.record(|s| {
        let x = s.input(2.0);
        (x, x * x)
    })?;
    let here = recording(x);
    for stale in [old, others] {
        let found = recording(stale);
        let why = VariableError::Foreign { found, here };
        let said = format!("a variable of recording {found} was looked up in recording {here}");

        let Err(error) = recorder.reverse(stale) else { panic!("a sweep from {stale:?}") };
        assert_eq!(error, SweepError::Seed { position: 0, why });
        assert_eq!(error.to_string(), format!("seed 0: {said}"));
        let Err(error) = recorder.reverse_seeded(&[(f, 1.0), (stale, 1.0)]) else { panic!("a second seed") };
        assert_eq!(error.to_string(), format!("seed 1: {said}"));

        let Err(error) = recorder.reverse(f)?.of(stale) else { panic!("an adjoint of {stale:?}") };
        assert_eq!((error, error.to_string()), (why, said));
        // The failed sweeps left nothing behind.
        assert_eq!(recorder.reverse(f)?.of(x)?, 4.0);
    }
    // A recorder that has recorded nothing has no variables at all.
    let Err(error) = Recorder::new().reverse(x).map(|_| ()) else { panic!("a sweep over nothing") };
    assert_eq!(error, SweepError::Seed { position: 0, why: VariableError::Foreign { found: here, here: 0 } });
    Ok(())
}

#[test]
fn the_adjoint_of_a_constant() -> Outcome {
    let mut recorder = Recorder::new();
    let (x, f) = recorder.record(|s| {
        let x = s.input(2.0);
        (x, x * x)
    })?;
    let constant = Var::constant(2.5);
    let Err(error) = recorder.reverse(f)?.of(constant) else { panic!("a constant has an adjoint") };
    assert_eq!(error, VariableError::Constant { value: 2.5 });
    assert_eq!(error.to_string(), "a constant (2.5) has no node on the tape, and so no adjoint");
    // As a seed it has no effect: a function may be constant.
    assert_eq!(recorder.reverse_seeded(&[(constant, 9.0), (f, 1.0)])?.of(x)?, 4.0);
    assert_eq!(recorder.reverse(constant)?.of(x)?, 0.0);
    Ok(())
}

#[test]
fn slices_of_different_lengths() {
    let mut recorder = Recorder::new();
    let lengths = [(0, 1), (2, 3), (3, 2)];
    for (a, b) in lengths {
        for constant in [false, true] {
            let (mut line, mut value) = (0, 0.0);
            let error = recorder.record(|s| {
                let x = if constant { Var::constant(2.0) } else { s.input(2.0) };
                let y;
                (line, y) = (line!(), Var::dot(&vec![x; a], &vec![x; b]));
                value = y.value();
            });
            let Err(error) = error else { panic!("slices of {a} and {b} elements are taken") };
            let said = format!("two slices that must have one length have {a} and {b} elements");
            assert_says(&error, line, &said);
            assert!(value.is_nan());
            assert_reusable(&mut recorder);
        }
    }
    // Where there is no recording to carry the error, its value alone says it.
    assert!(Var::dot(&[Var::constant(1.0)], &[]).value().is_nan());
}

rule! {
    /// The sum of five: a rule of a user's, of more operands than can be recorded.
    Five "five" (a, b, c, d, e) { a + b + c + d + e }
        d(_, _, _, _, _ => _) { [T::lit(1.0); 5] }
}

#[test]
fn a_rule_of_too_many_operands() {
    let mut recorder = Recorder::new();
    let (mut line, mut found) = (0, 0.0);
    let error = recorder.record(|s| {
        let x = s.input(2.0);
        let y;
        (line, y) = (line!(), Var::fixed::<Five, 5>([x, x, x, x, TWO]));
        found = y.value();
    });
    let Err(error) = error else { panic!("it is recorded") };
    assert_says(&error, line, "`five` failed: a rule of 5 operands cannot be recorded: of at most 4 it can");
    assert_eq!((found, recorder.tape().len()), (10.0, 1));
    assert_reusable(&mut recorder);
    // At constants there is nothing to record.
    let constant = recorder.record(|_| Var::fixed::<Five, 5>([TWO; 5]));
    assert_eq!(constant.map(|y| (y.value(), y.is_constant())), Ok((10.0, true)));
}

/// A row of two operands, read at these two.
struct Read([Var; 2]);

impl Visitor for Read {
    type Output = Option<(u32, Var)>;
    fn input(self) -> Self::Output {
        None
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
        let x: [Var; A] = self.0.as_slice().try_into().ok()?;
        Some((line!(), Var::fixed::<R, A>(x)))
    }
    fn variadic<R: Variadic>(self) -> Self::Output {
        None
    }
    fn foreign(self) -> Self::Output {
        None
    }
}

#[test]
fn a_variable_where_the_row_wants_a_constant() {
    let mut recorder = Recorder::new();
    let mut rows = 0;
    for op in Op::ALL.iter().filter(|op| op.info().second != Second::Variable && **op != Op::Result) {
        rows += 1;
        for first in [Some(1.5), None] {
            let mut line = 0;
            let error = recorder.record(|s| {
                let n = s.input(2.0);
                let x = first.map_or(Var::constant(1.5), |x| s.input(x));
                let read = op.visit(Read([x, n]));
                line = read.map_or(0, |(line, _)| line);
                assert!(read.is_some_and(|(_, y)| y.value().is_nan()));
            });
            let Err(error) = error else { panic!("{op:?} takes a variable") };
            let said = format!("the second operand of `{}` must be a constant", op.info().name);
            assert_says(&error, line, &said);
            assert_reusable(&mut recorder);
        }
    }
    assert!(rows > 2, "the table has rows with a constant operand");
}

#[test]
fn the_first_error_wins() -> Outcome {
    let mut recorder = Recorder::new().max_nodes(3);
    let old = recorder.record(|s| s.input(3.0))?;
    let errors: [fn(&Session<'_>, Var, Var) -> u32; 4] = [
        |_, x, old| (line!(), x + old).0,
        |_, x, _| (line!(), Var::dot(&[x], &[])).0,
        |_, x, _| (line!(), Var::fixed::<Five, 5>([x; 5])).0,
        |s, _, _| (line!(), s.inputs(&[1.0, 2.0, 3.0, 4.0])).0,
    ];
    for first in 0..errors.len() {
        let mut line = 0;
        let error = recorder.record(|s| {
            let x = s.input(2.0);
            line = errors[first](s, x, old);
            for second in &errors {
                second(s, x, old);
            }
        });
        let Err(error) = error else { panic!("error {first} is none") };
        assert!(error.to_string().starts_with(&format!("{}:{line}:", file!())), "{error}, not line {line}");
        recorder.record(|s| s.input(1.0) * 2.0)?;
    }
    Ok(())
}

static TWO: Var = Var::constant(2.0);
const HALF: Var = Var::constant(0.5);

/// Operations of every form on constants alone.
fn on_constants() -> f64 {
    let three = Var::from(3.0);
    let all = [TWO, three, Var::from(4_i32), Var::from(0.25_f32), Var::default(), HALF];
    let sum: Var = all.iter().sum();
    let product: Var = all.into_iter().map(|x| x + 1.0).product();
    assert!(TWO < three && TWO != three && TWO >= HALF && TWO <= 2.0);
    let mut total = sum + product * 2.0 - 1.0 / TWO;
    total += three.powi(2) + three.max(TWO) + TWO.mul_add(three, HALF) + three.named("three");
    total -= Var::dot(&all, &all) + Var::select(TWO, three, HALF);
    assert!(total.is_constant());
    total.value()
}

#[test]
fn constants_are_valid_everywhere_and_record_nothing() -> Outcome {
    // Where nothing is recorded, and on another thread. The sum is 9.75, the product 3·4·5·1.25·1·1.5 = 112.5.
    let value = on_constants();
    assert_eq!(value, 9.75 + 225.0 - 0.5 + (9.0 + 3.0 + 6.5 + 3.0) - (29.3125 + 3.0));
    let elsewhere = std::thread::spawn(|| (on_constants(), TWO * HALF)).join();
    let Ok((there, one)) = elsewhere else { panic!("constants panic on another thread") };
    assert_eq!((there, one.value()), (value, 1.0));

    let (mut outer, mut inner) = (Recorder::new(), Recorder::new());
    let mut kept = TWO;
    for _ in 0..2 {
        let (x, f) = outer.record(|s| {
            assert_eq!(on_constants(), value);
            let x = s.input(3.0);
            // From an earlier recording, from a nested one, from another thread.
            let nested = inner.record(|_| (on_constants(), TWO + 1.0)).map(|(v, three)| {
                assert_eq!(v, value);
                three
            });
            let three = nested.unwrap_or_else(|error| panic!("{error}"));
            (x, x * kept * three * one * HALF)
        })?;
        kept = TWO * 1.0;
        assert!(inner.tape().is_empty() && inner.tape().guards().is_empty());
        // The input and four products; no guards for comparisons of constants.
        assert_eq!((outer.tape().len(), outer.tape().guards().len()), (5, 0));
        assert_eq!((f.value(), outer.reverse(f)?.of(x)?), (9.0, 3.0));
    }
    Ok(())
}

/// Operands that say they are more than they hand over in slices, or fewer.
struct Uneven<'a>(&'a [Var], usize);

impl Operands<Var> for Uneven<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn get(&self, k: usize) -> Var {
        self.0[k]
    }
    fn slices(&self, mut f: impl FnMut(&[Var])) {
        for _ in 0..self.1 {
            f(self.0);
        }
        f(&[]);
    }
}

#[test]
fn operands_that_contradict_themselves_are_read_one_by_one() -> Outcome {
    struct Record<'a>(&'a Uneven<'a>);
    impl Visitor for Record<'_> {
        type Output = Option<Var>;
        fn input(self) -> Self::Output {
            None
        }
        fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
            None
        }
        fn variadic<R: Variadic>(self) -> Self::Output {
            Some(Var::variadic::<R>(self.0))
        }
        fn foreign(self) -> Self::Output {
            None
        }
    }
    let mut recorder = Recorder::new();
    for op in Op::ALL.iter().filter(|op| op.info().arity.is_none() && **op != Op::Foreign) {
        let mut gradients = Vec::new();
        // Once is right; never leaves places open, three times overflows them.
        for times in [1, 0, 3] {
            let f = recorder.record(|s| {
                let x = [s.input(0.5), Var::constant(2.0), s.input(1.5), s.input(-1.0)];
                op.visit(Record(&Uneven(&x, times)))
            })?;
            let Some(f) = f else { panic!("{op:?} is not variadic") };
            assert_eq!((recorder.tape().len(), recorder.tape().verify()), (4, Ok(())), "{op:?}, {times}");
            gradients.push(recorder.reverse(f)?.inputs().collect::<Vec<_>>());
        }
        assert!(gradients.iter().all(|g| *g == gradients[0]), "{op:?}: {gradients:?}");
    }
    Ok(())
}
