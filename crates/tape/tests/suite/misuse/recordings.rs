//! Variables and sessions of other recordings, and none.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wengert_tape::{RecordError, Recorder, SweepError, Var, VariableError};

use super::{Growth, Outcome, assert_reusable, assert_says, foreign_session, foreign_variable, recording};

/// A way to use a second variable together with a first, and its line.
type Use = (u32, fn(Var, Var) -> Var);

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
        (line!(), |a, b| wengert::linear::sum(&[a, b, a])),
        (line!(), |a, b| wengert::linear::product(&[b, a])),
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
