//! Parameters, which change between runs and are not differentiated; and reads of plain values, which freeze.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

use wengert_program::{Program, Work};
use wengert_tape::{RecordError, Recorder, Tape, Var, VariableError, gradient};

type Outcome = Result<(), Box<dyn Error>>;

#[test]
fn parameters_are_leaves_without_a_place_in_the_gradient() -> Outcome {
    let mut recorder = Recorder::new();
    // Before, between and behind the inputs.
    let (all, f) = recorder.record(|s| {
        let (p, x) = (s.parameter(2.0), s.input(3.0));
        let (q, y) = (s.parameters(&[5.0, 7.0]), s.inputs(&[11.0, 13.0]));
        let mut more = Vec::new();
        s.parameters_into(&[17.0], &mut more);
        let f = p * x + q[0] * y[0] * y[0] + q[1] * y[1] + more[0] * x;
        ([p, q[0], q[1], more[0]], s.output(f))
    })?;
    let tape = recorder.tape();
    assert_eq!(tape.verify(), Ok(()));
    let indices = |nodes: &[wengert_tape::NodeId]| nodes.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(indices(tape.inputs()), ["%1", "%4", "%5"]);
    assert_eq!(indices(tape.parameters()), ["%0", "%2", "%3", "%6"]);

    let adjoints = recorder.reverse(f)?;
    assert_eq!(adjoints.inputs().collect::<Vec<_>>(), [19.0, 110.0, 7.0]);
    for (parameter, node) in all.iter().zip(adjoints.tape().parameters()) {
        let Err(error) = adjoints.of(*parameter) else { panic!("a parameter has an adjoint") };
        assert_eq!(error, VariableError::Parameter { node: *node });
        let said = format!(
            "a parameter ({node}) is not differentiated, and so has no adjoint; make it an input to have one"
        );
        assert_eq!(error.to_string(), said);
    }
    // A function may be a parameter alone: then no input moves it.
    assert_eq!(recorder.reverse(all[0])?.inputs().collect::<Vec<_>>(), [0.0; 3]);
    Ok(())
}

#[test]
fn a_tape_with_a_parameter_for_an_input_is_another_tape() -> Outcome {
    let record = |f: fn(&wengert_tape::Session<'_>) -> Var| -> Result<Tape, RecordError> {
        let mut recorder = Recorder::new();
        recorder.record(f)?;
        Ok(recorder.into_recording().0)
    };
    let [input, parameter] = [record(|s| s.input(1.0).sin())?, record(|s| s.parameter(1.0).sin())?];
    assert_ne!(input, parameter);
    assert_eq!(parameter, record(|s| s.parameter(2.0).sin())?);
    let read = record(|s| {
        let x = s.parameter(1.0);
        let _ = x.value();
        x.sin()
    })?;
    assert_ne!(parameter, read);
    Ok(())
}

/// A recorder keeps the memory of its leaves' lists and begins them anew.
#[test]
fn the_next_recording_has_its_own_leaves_and_reads() -> Outcome {
    let mut recorder = Recorder::new();
    recorder.record(|s| s.parameter(1.0).value())?;
    recorder.record(|s| s.input(1.0))?;
    assert!(recorder.tape().parameters().is_empty() && recorder.tape().reads().is_empty());
    Ok(())
}

#[test]
fn a_read_is_listed_with_its_line() -> Outcome {
    let mut recorder = Recorder::new();
    let mut lines = Vec::new();
    let y = recorder.record(|s| {
        let (x, c) = (s.input(2.0), Var::constant(3.0));
        lines.push(line!() + 1);
        let frozen = x.value();
        let y = x * frozen;
        assert_eq!(c.value(), 3.0, "a constant is what it is at every input");
        lines.push(line!() + 1);
        y + y.value().sqrt()
    })?;
    // The recording has ended: what is done with a result is nobody's branch.
    assert_eq!(y.value(), 6.0);
    let reads = recorder.tape().reads();
    let found: Vec<_> = reads.iter().map(|r| (r.node.to_string(), r.position, r.at.line)).collect();
    assert_eq!(found, [("%0".into(), 1, lines[0]), ("%1".into(), 2, lines[1])]);
    assert!(reads.iter().all(|read| read.at.file == file!()));
    assert_eq!(recorder.tape().verify(), Ok(()));
    assert!(recorder.tape().guards().is_empty());
    Ok(())
}

/// Whatever else looks at values is recorded itself, or looks for the eye alone.
#[test]
fn operations_comparisons_and_printing_are_no_reads() -> Outcome {
    let mut recorder = Recorder::new();
    recorder.record(|s| {
        let x = s.inputs(&[1.0, 2.0, 3.0]);
        let _ = format!("{} {:?}", x[0], x[1]);
        let y = x[0].powi(3).powf(0.5) + Var::select(x[1], x[2], 1.0) * 2.0 - x[0] / x[1];
        let z = Var::dot(&x, &x) + Var::logsumexp(&x) + x.iter().sum::<Var>();
        assert!(y < z && x[0] != x[1] && x[0].partial_cmp(&x[1]).is_some());
        assert!(!num_traits::Float::is_nan(y));
        let _ = num_traits::ToPrimitive::to_i64(&z);
        s.output(y.detach().clamp(0.0, z).named("z"))
    })?;
    assert!(recorder.tape().reads().is_empty());
    assert_eq!(recorder.tape().guards().len(), 5);
    Ok(())
}

/// The reader's own recording is told, wherever it stands, and nobody else's.
#[test]
fn a_read_inside_a_nested_recording_is_of_the_variables_own() -> Outcome {
    let (mut outer, mut inner) = (Recorder::new(), Recorder::new());
    let (x, f) = outer.record(|s| {
        let x = s.input(3.0);
        let recorded = inner.record(|t| {
            let u = t.input(2.0);
            let y = u * x.value() + u * u;
            assert_eq!(u.value(), 2.0);
            (y * x.value()).value()
        });
        assert_eq!(recorded, Ok(30.0));
        // The pointers into both are as they were.
        let (_, slope) = gradient(&x.value(), |x| x * x).unwrap_or_else(|error| panic!("{error}"));
        (x, x * x * slope + x)
    })?;
    let nodes = |tape: &Tape| tape.reads().iter().map(|r| r.node.to_string()).collect::<Vec<_>>();
    assert_eq!(nodes(outer.tape()), ["%0", "%0", "%0"]);
    assert_eq!(nodes(inner.tape()), ["%0", "%4"]);
    assert_eq!((outer.tape().verify(), inner.tape().verify()), (Ok(()), Ok(())));
    assert_eq!((f.value(), outer.reverse(f)?.of(x)?), (57.0, 37.0));
    Ok(())
}

/// Reads keep to the budget, as guards do; the recording whose budget it is fails, at the line of the read.
#[test]
fn reads_take_of_the_budget() {
    let mut recorder = Recorder::new().budget(2_000);
    let mut line = 0;
    let error = recorder.record(|s| {
        let x = s.input(2.0);
        for _ in 0..1_000 {
            line = line!() + 1;
            assert_eq!(x.value(), 2.0);
        }
        x * x
    });
    let Err(error @ RecordError::OverBudget { budget: 2_000, nodes: 1, .. }) = error else {
        panic!("{error:?}")
    };
    assert!(error.to_string().starts_with(&format!("{}:{line}:", file!())), "{error}");
    let reads = recorder.tape().reads().len();
    assert!((20..60).contains(&reads), "{reads} reads");
    assert_eq!((recorder.tape().len(), recorder.tape().verify()), (1, Ok(())));

    // Guards and reads are counted together.
    let both = recorder.record(|s| {
        let x = s.input(2.0);
        (0..1_000).all(|_| x.value() == 2.0 && x > 1.0)
    });
    assert!(matches!(both, Err(RecordError::OverBudget { .. })));
    let tape = recorder.tape();
    assert!(tape.reads().len() < reads && tape.guards().len() < reads);

    // From within a nested recording too, which goes on.
    let mut inner = Recorder::new();
    let outer = recorder.record(|s| {
        let x = s.input(2.0);
        let nested = inner.record(|t| (0..1_000).fold(t.input(0.0), |y, _| y + x.value()));
        assert_eq!(nested.map(Var::value), Ok(2_000.0));
        x * x
    });
    assert!(matches!(outer, Err(RecordError::OverBudget { nodes: 1, .. })), "{outer:?}");
    assert_eq!(inner.tape().len(), 1_001);
}

/// What was computed after the error has no node, and what the recording is worth is known already.
#[test]
fn a_failed_recording_lists_no_more_reads() -> Outcome {
    let mut recorder = Recorder::new();
    let old = recorder.record(|s| s.input(1.0))?;
    let failed = recorder.record(|s| {
        let x = s.input(2.0);
        let _ = x.value();
        let y = x * old;
        y.value() + x.value()
    });
    assert!(matches!(failed, Err(RecordError::ForeignVariable { .. })));
    assert_eq!(recorder.tape().reads().len(), 1);
    Ok(())
}

/// Unwinding ends the recording; a later look at its variables is none of it.
#[test]
fn a_read_after_a_panic_is_of_no_recording() {
    let mut recorder = Recorder::new();
    let mut kept = None;
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        recorder.record(|s| -> Var { panic!("{}", *kept.insert(s.input(1.0))) })
    }));
    assert!(unwound.is_err());
    assert_eq!(kept.map(Var::value), Some(1.0));
    assert!(recorder.tape().reads().is_empty());
}

/// A row of the table: recorded, named, seeded like any other, and right again at other inputs.
#[test]
fn detach_is_recorded_and_stops_the_gradient() -> Outcome {
    let mut recorder = Recorder::new();
    let (x, held, f) = recorder.record(|s| {
        let x = s.input(3.0);
        let held = x.detach();
        (x, held, s.output(x * held))
    })?;
    assert!(!held.is_constant() && Var::constant(2.0).detach().is_constant());
    let adjoints = recorder.reverse(f)?;
    assert_eq!((adjoints.of(x)?, adjoints.of(held)?), (3.0, 3.0));
    assert_eq!(recorder.reverse(held)?.of(x)?, 0.0);
    assert!(recorder.tape().reads().is_empty());

    // An infinite adjoint is stopped too.
    let (_, slope) = gradient(&0.0, |x| x.detach().sqrt() + x)?;
    assert_eq!(slope, 1.0);
    Ok(())
}

/// What freezes and what does not, when a tape is run again: a detached value follows the inputs, a parameter is given
/// anew, a read stays as it was and is still listed.
#[test]
fn a_tape_run_again() -> Outcome {
    let mut recorder = Recorder::new();
    recorder.record(|s| {
        let (x, p) = (s.input(3.0), s.parameter(10.0));
        let frozen = x.value();
        s.output(x * x.detach() + p * x + x * frozen)
    })?;
    let (tape, work) = recorder.into_recording();
    let program = Program::accepting_reads(tape, &work)?;
    for program in [program.optimized(), program] {
        assert_eq!(program.tape().verify(), Ok(()));
        let reads = program.tape().reads();
        assert_eq!((reads.len(), reads[0].node), (1, program.tape().inputs()[0]));
        let (mut work, mut slope) = (Work::new(), [0.0]);
        assert_eq!(program.gradient_into(&mut work, &[5.0], &mut slope)?, 25.0 + 50.0 + 15.0);
        assert_eq!(slope, [5.0 + 10.0 + 3.0]);
        program.set_parameters(&mut work, &[100.0])?;
        assert_eq!(program.gradient_into(&mut work, &[2.0], &mut slope)?, 4.0 + 200.0 + 6.0);
        assert_eq!(slope, [2.0 + 100.0 + 3.0]);
    }
    Ok(())
}
