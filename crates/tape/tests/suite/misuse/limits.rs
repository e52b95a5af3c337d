//! More nodes or bytes than a recording may have.

use wengert_tape::{RecordError, Recorder, Tape, Var};

use super::{Growth, Outcome, assert_reusable, assert_says};

fn growths() -> Vec<Growth> {
    let growths: [Growth; 11] = [
        (line!(), |_, y| y + y),
        (line!(), |_, y| y.sin()),
        (line!(), |_, y| y * 3.0),
        (line!(), |_, y| 1.5 - y),
        (line!(), |_, y| y.mul_add(y, y)),
        (line!(), |_, y| wengert::linear::sum(&[y, y])),
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
        assert!(dump.starts_with("wengert tape v2: 10 nodes, 1 input"), "{dump}");
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
        assert!(dump.starts_with(&format!("wengert tape v2: {nodes} nodes")), "{dump}");
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

/// Whatever is kept beside nodes is counted: source lines, and names.
#[test]
fn lines_and_names_are_within_the_budget() {
    const BUDGET: usize = 100_000;
    let count = |recorder: &mut Recorder, f: fn(Var, usize) -> Var| {
        let error = recorder.record(|s| (0..100_000).fold(s.input(1.0), f)).unwrap_err();
        assert!(matches!(error, RecordError::OverBudget { .. }), "{error}");
        assert!((BUDGET - 200..=BUDGET).contains(&recorder.bytes()), "{} bytes", recorder.bytes());
        recorder.tape().len()
    };
    let sine = |x: Var, _| x.sin();
    let without = count(&mut Recorder::new().budget(BUDGET), sine);
    let with = count(&mut Recorder::new().budget(BUDGET).source_lines(true), sine);
    let named = count(&mut Recorder::new().budget(BUDGET), |x, k| {
        x.sin().named(if k % 2 == 0 { "an even one, and its name is long" } else { "an odd one" })
    });
    assert!(2 * with < without && 2 * named < without, "{without}, {with}, {named}");
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
        (line, sum) = (line!(), wengert::linear::sum(&many));
        assert_eq!(sum.value(), 2_000.0);
    });
    let Err(error) = error else { panic!("4,000 bytes fit into 2,000") };
    assert_says(&error, line, "the recording needs more than its budget of 2000 bytes (2 nodes so far)");
    let Some((x, square)) = kept else { panic!("the closure did not end") };
    assert_eq!(recorder.reverse(square)?.of(x)?, 4.0);
    Ok(())
}
