//! What a tape shows of itself: text, diagram, statistics.

use insta::assert_snapshot;
use wengert_tape::{NodeId, RecordError, Recorder, Tape, Var, Workspace};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// f = (x + y)·z at (−2, 5, −4), swept from f.
fn circuit() -> Result<Recorder, Box<dyn std::error::Error>> {
    let mut recorder = Recorder::new();
    let f = recorder.record(|s| {
        let (x, y, z) = (s.input(-2.0).named("x"), s.input(5.0).named("y"), s.input(-4.0).named("z"));
        s.output(((x + y).named("q") * z).named("f"))
    })?;
    recorder.reverse(f)?;
    Ok(recorder)
}

/// A chain of so many additions to one input.
fn chain(length: usize) -> Result<Recorder, RecordError> {
    let mut recorder = Recorder::new();
    recorder.record(|s| {
        let x = s.input(0.5);
        s.output((0..length).fold(x, |y, _| y + x))
    })?;
    Ok(recorder)
}

fn node(tape: &Tape, index: usize) -> NodeId {
    tape.nodes().nth(index).unwrap_or_else(|| panic!("the tape has no node {index}"))
}

#[test]
fn a_circuit_with_values_adjoints_and_names() -> Outcome {
    let recorder = circuit()?;
    assert_snapshot!(recorder.tape().dump().state(recorder.workspace()), @r#"
    wengert tape v2: 5 nodes, 3 inputs, 1 output, 0 guards
    node           | value | adjoint | name
    %0 = input     |  -2.0 |    -4.0 | "x"
    %1 = input     |   5.0 |    -4.0 | "y"
    %2 = input     |  -4.0 |     3.0 | "z"
    %3 = add %0 %1 |   3.0 |    -4.0 | "q"
    %4 = mul %3 %2 | -12.0 |     1.0 | "f"
    outputs %4
    "#);
    // Without state, the same as `Display`.
    assert_eq!(recorder.tape().to_string(), recorder.tape().dump().to_string());
    assert_snapshot!(recorder.tape(), @r#"
    wengert tape v2: 5 nodes, 3 inputs, 1 output, 0 guards
    node           | name
    %0 = input     | "x"
    %1 = input     | "y"
    %2 = input     | "z"
    %3 = add %0 %1 | "q"
    %4 = mul %3 %2 | "f"
    outputs %4
    "#);
    Ok(())
}

#[test]
fn adjoints_above_the_seed_are_zero_and_values_alone_need_no_sweep() -> Outcome {
    let mut recorder = Recorder::new();
    let q = recorder.record(|s| {
        let x = s.input(3.0);
        let q = x * x;
        s.output(q.exp());
        q
    })?;
    assert_snapshot!(recorder.tape().dump().state(recorder.workspace()), @"
    wengert tape v2: 3 nodes, 1 input, 1 output, 0 guards
    node           |             value
    %0 = input     |               3.0
    %1 = mul %0 %0 |               9.0
    %2 = exp %1    | 8103.083927575384
    outputs %2
    ");
    recorder.reverse(q)?;
    assert_snapshot!(recorder.tape().dump().state(recorder.workspace()), @"
    wengert tape v2: 3 nodes, 1 input, 1 output, 0 guards
    node           |             value | adjoint
    %0 = input     |               3.0 |     6.0
    %1 = mul %0 %0 |               9.0 |     1.0
    %2 = exp %1    | 8103.083927575384 |     0.0
    outputs %2
    ");
    Ok(())
}

#[test]
fn guards_stand_where_they_were_asked() -> Outcome {
    let mut recorder = Recorder::new();
    recorder.record(|s| {
        let (x, y) = (s.input(1.0), s.input(f64::NAN));
        let larger = if x > 0.5 { x + y } else { y };
        let _ = x.partial_cmp(&larger);
        let result = s.output(larger * f64::NEG_INFINITY);
        assert!(x == 1.0);
        result
    })?;
    let mut text = recorder.tape().dump().state(recorder.workspace()).to_string();
    for (k, guard) in recorder.tape().guards().iter().enumerate() {
        let file = concat!(file!(), ":");
        assert!(guard.at.to_string().starts_with(file), "{}", guard.at);
        text = text.replace(&guard.at.to_string(), &format!("dump.rs:{k}:1"));
    }
    assert_snapshot!(text, @"
    wengert tape v2: 4 nodes, 2 inputs, 1 output, 3 guards
    node             |                value
    %0 = input       |                  1.0
    %1 = input       | nan:7ff8000000000000
    guard %0 > 0.5 is true at dump.rs:0:1
    %2 = add %0 %1   | nan:7ff8000000000000
    guard %0 <=> %2 is unordered at dump.rs:1:1
    %3 = mul %2 -inf | nan:7ff8000000000000
    guard %0 == 1.0 is true at dump.rs:2:1
    outputs %3
    ");
    Ok(())
}

#[test]
fn parameters_and_reads_are_said_where_there_are_any() -> Outcome {
    let mut recorder = Recorder::new();
    let f = recorder.record(|s| {
        let (x, rate) = (s.input(2.0), s.parameter(0.5).named("rate"));
        let y = x * rate;
        let frozen = y.value();
        assert!(x > 0.0);
        s.output(y + frozen)
    })?;
    recorder.reverse(f)?;
    let tape = recorder.tape();
    let whole = tape.dump().state(recorder.workspace()).to_string();
    assert_eq!(Tape::parse(&whole)?.0, *tape);
    let mut text = whole;
    for (at, short) in [(&tape.reads()[0].at, "dump.rs:1:1"), (&tape.guards()[0].at, "dump.rs:2:1")] {
        text = text.replace(&at.to_string(), short);
    }
    assert_snapshot!(text, @r#"
    wengert tape v2: 4 nodes, 1 input, 1 parameter, 1 output, 1 guard, 1 read
    node            | value | adjoint | name
    %0 = input      |   2.0 |     0.5
    %1 = parameter  |   0.5 |     2.0 | "rate"
    %2 = mul %0 %1  |   1.0 |     1.0
    guard %0 > 0.0 is true at dump.rs:2:1
    read %2 at dump.rs:1:1
    %3 = add %2 1.0 |   2.0 |     1.0
    outputs %3
    "#);
    // Where wires are followed a read is shown for what it reads, else for where it stands.
    let has_read = |dump: wengert_tape::Dump<'_>| dump.to_string().contains("read %2");
    assert!(has_read(tape.dump().reaching(node(tape, 2))) && !has_read(tape.dump().reaching(node(tape, 1))));
    assert!(has_read(tape.dump().range(3..)) && !has_read(tape.dump().range(..3)));
    assert!(tape.dump().lines(2).to_string().contains("… 2 nodes and 1 guard and 1 read elided …"));

    // Drawn like an input, in a dashed frame and without an adjoint.
    let dot = tape.diagram().state(recorder.workspace()).to_string();
    let line =
        |begin: &str| dot.lines().find(|line| line.trim_start().starts_with(begin)).unwrap_or_default();
    assert!(line("n1 ").contains("<i>rate</i>") && line("n1 ").contains("style=dashed"), "{dot}");
    assert!(!line("n0 ").contains("dashed"), "{dot}");
    assert!(line("w0 ").contains("#c00020") && !line("w1 ").contains("#c00020"), "{dot}");
    assert!(dot.contains("rank=source; n0; n1 "), "{dot}");

    let statistics = tape.statistics();
    assert_eq!((statistics.inputs, statistics.parameters, statistics.reads), (1, 1, 1));
    assert_eq!((statistics.depth, statistics.dead), (2, 0));
    let said = statistics.to_string();
    assert!(said.contains("parameters 1 (not differentiated)\n"), "{said}");
    assert!(said.contains("reads      1 (plain values taken out: frozen)\n"), "{said}");
    Ok(())
}

#[test]
fn source_lines_are_a_column() -> Outcome {
    let mut recorder = Recorder::new().source_lines(true);
    recorder.record(|s| s.output(s.input(1.0).named("x\n\"").exp()))?;
    let tape = recorder.tape();
    let mut text = tape.to_string();
    for (k, node) in tape.nodes().enumerate() {
        let line = tape.line(node).map(ToString::to_string).unwrap_or_default();
        text = text.replace(&line, &format!("dump.rs:{k}:1"));
    }
    assert_snapshot!(text, @r#"
    wengert tape v2: 2 nodes, 1 input, 1 output, 0 guards
    node        | name    | line
    %0 = input  | "x\n\"" | dump.rs:0:1
    %1 = exp %0 |         | dump.rs:1:1
    outputs %1
    "#);
    Ok(())
}

#[test]
fn a_long_tape_is_elided_in_the_middle() -> Outcome {
    let recorder = chain(1000)?;
    assert_snapshot!(recorder.tape().dump().lines(5), @"
    wengert tape v2: 1001 nodes, 1 input, 1 output, 0 guards
    node
    %0 = input
    %1 = add %0 %0
    %2 = add %1 %0
    … 996 nodes elided …
    %999 = add %998 %0
    %1000 = add %999 %0
    outputs %1000
    ");
    // 60 lines unless told, with header, columns, the note and the outputs around them.
    assert_eq!(recorder.tape().to_string().lines().count(), 64);
    assert_eq!(recorder.tape().dump().full().to_string().lines().count(), 1004);
    assert_snapshot!(chain(3)?.tape().dump().lines(0), @"
    wengert tape v2: 4 nodes, 1 input, 1 output, 0 guards
    node
    … 4 nodes elided …
    outputs %3
    ");
    Ok(())
}

#[test]
fn guards_count_as_lines_and_long_operand_lists_are_shortened() -> Outcome {
    let mut recorder = Recorder::new();
    recorder.record(|s| {
        let x = s.input(0.5);
        for _ in 0..100 {
            assert!(x < 1.0);
        }
        s.output(wengert::linear::sum(&[x; 100]))
    })?;
    assert_snapshot!(recorder.tape().dump().lines(2), @"
    wengert tape v2: 2 nodes, 1 input, 1 output, 100 guards
    node
    %0 = input
    … 100 guards elided …
    %1 = sum %0 %0 %0 %0 %0 %0 %0 %0 %0 %0 %0 %0 %0 %0 %0 %0 %0 %0 %0 %0 %0 %0 … 76 operands elided … %0 %0
    outputs %1
    ");
    let full = recorder.tape().dump().full().to_string();
    assert_eq!(full.matches("guard ").count(), 100);
    assert_eq!(Tape::parse(&full)?.0, *recorder.tape());
    Ok(())
}

#[test]
fn filters_follow_wires_and_combine() -> Outcome {
    let recorder = circuit()?;
    let tape = recorder.tape();
    let q = node(tape, 3);
    assert_snapshot!(tape.dump().reaching(q), @r#"
    wengert tape v2: 5 nodes, 3 inputs, 1 output, 0 guards
    … only nodes that %3 depends on …
    node           | name
    %0 = input     | "x"
    %1 = input     | "y"
    %3 = add %0 %1 | "q"
    outputs %4
    "#);
    assert_snapshot!(tape.dump().reached_from(node(tape, 1)), @r#"
    wengert tape v2: 5 nodes, 3 inputs, 1 output, 0 guards
    … only nodes that depend on %1 …
    node           | name
    %1 = input     | "y"
    %3 = add %0 %1 | "q"
    %4 = mul %3 %2 | "f"
    outputs %4
    "#);
    assert_snapshot!(tape.dump().range(..4).reached_from(node(tape, 1)).reaching(q).state(recorder.workspace()), @r#"
    wengert tape v2: 5 nodes, 3 inputs, 1 output, 0 guards
    … only nodes in 0..4 and that %3 depends on and that depend on %1 …
    node           | value | adjoint | name
    %1 = input     |   5.0 |    -4.0 | "y"
    %3 = add %0 %1 |   3.0 |    -4.0 | "q"
    outputs %4
    "#);
    // Nothing is chosen: no panic.
    for (start, end) in [(3, 3), (70, 90), (90, 70)] {
        assert_eq!(tape.dump().range(start..end).to_string().lines().count(), 4);
    }
    Ok(())
}

#[test]
fn filtered_guards_follow_what_they_compare() -> Outcome {
    let mut recorder = Recorder::new();
    let (x, y) = recorder.record(|s| {
        let (x, y) = (s.input(1.0), s.input(2.0));
        assert!(x < 5.0);
        assert!(y < 6.0);
        (x.exp(), y.exp())
    })?;
    let tape = recorder.tape();
    let [of_x, of_y] = [2, 3].map(|k| tape.dump().reaching(node(tape, k)).to_string());
    assert!(of_x.contains("guard %0 < 5.0") && !of_x.contains("guard %1"), "{of_x}");
    assert!(of_y.contains("guard %1 < 6.0") && !of_y.contains("guard %0"), "{of_y}");
    assert!(!tape.dump().range(3..).to_string().contains("guard %"));
    assert!(tape.dump().range(2..).to_string().contains("guard %0"));
    assert!(x.value() < y.value());
    Ok(())
}

#[test]
fn state_of_another_tape_is_not_shown() -> Outcome {
    let (recorder, other) = (circuit()?, chain(2)?);
    assert_snapshot!(other.tape().dump().state(recorder.workspace()), @"
    wengert tape v2: 3 nodes, 1 input, 1 output, 0 guards
    # the workspace is of another tape and not shown: it holds 5 values
    node
    %0 = input
    %1 = add %0 %0
    %2 = add %1 %0
    outputs %2
    ");
    assert!(other.tape().diagram().state(recorder.workspace()).to_string().contains("of another tape"));
    Ok(())
}

#[test]
fn an_empty_tape() {
    let (tape, work) = (Tape::default(), Workspace::default());
    assert_snapshot!(tape.dump().state(&work), @"
    wengert tape v2: 0 nodes, 0 inputs, 0 outputs, 0 guards
    node
    outputs
    ");
    assert_eq!(Tape::parse(&tape.to_string()).map(|(tape, _)| tape), Ok(Tape::default()));
    assert!(tape.diagram().to_string().starts_with("digraph"));
    assert_eq!(tape.statistics().depth, 0);
}

#[test]
fn a_diagram_has_the_value_above_the_wire_and_the_adjoint_below() -> Outcome {
    let recorder = circuit()?;
    let dot = recorder.tape().diagram().state(recorder.workspace()).to_string();
    let wire = dot.lines().find(|line| line.trim_start().starts_with("w3 ")).unwrap_or_default();
    let places = [r##"<i>q</i> = <font color="#00802b">3.0<"##, "<hr/>", r##"<font color="#c00020">-4.0<"##];
    let places = places.map(|part| wire.find(part));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{wire}");
    for edge in
        ["n0 -> w0:w", "w0:e -> n3", "w1:e -> n3", "n3 -> w3:w", "w3:e -> n4", "w2:e -> n4", "w4:e -> o0"]
    {
        assert_eq!(dot.matches(edge).count(), 1, "{edge} in\n{dot}");
    }
    assert!(dot.contains("rank=source; n0; n1; n2"));

    // Without state there is a wire only where it has a name.
    let bare = recorder.tape().diagram().reaching(node(recorder.tape(), 3)).to_string();
    assert!(bare.contains("n0 -> n3") && !bare.contains("font color") && !bare.contains("mul"), "{bare}");
    assert!(bare.contains("only what %3 depends on"));
    Ok(())
}

#[test]
fn a_diagram_says_what_it_leaves_out_and_survives_any_name() -> Outcome {
    let recorder = chain(1000)?;
    let dot = recorder.tape().diagram().to_string();
    assert!(dot.contains("the first 941 of 1001 nodes are not drawn"), "{dot}");
    assert_eq!(dot.matches("label=\"add\"").count(), 60);
    assert!(dot.contains("label=\"%940\"") && dot.contains("style=dashed"));

    let mut recorder = Recorder::new();
    recorder.record(|s| {
        let x = s.input(1.0).named("<b>&\"\n\\");
        s.output(wengert::linear::sum(&[x; 40]).named(&"long ".repeat(20)))
    })?;
    let dot = recorder.tape().diagram().to_string();
    assert!(dot.contains(r"<i>&lt;b&gt;&amp;&quot;\n\</i>"), "{dot}");
    assert!(dot.contains("<i>long long long long long…</i>"), "{dot}");
    assert!(dot.contains("28 more operands"));
    Ok(())
}

#[test]
fn statistics_count_what_is_there() -> Outcome {
    let mut recorder = Recorder::new();
    recorder.record(|s| {
        let (x, y, z, unused) = (s.input(1.0), s.input(2.0), s.input(3.0), s.input(4.0));
        let _dead = (unused * 2.0).exp();
        let _named = (z * 2.0).named("kept for its name");
        assert!(y * 0.5 > 0.0);
        s.output((x * 2.0 + x * 3.0).sin())
    })?;
    let statistics = recorder.tape().statistics();
    assert_eq!((statistics.inputs, statistics.live_inputs, statistics.outputs), (4, 1, 1));
    assert_eq!((statistics.nodes, statistics.dead, statistics.guards), (12, 3, 1));
    assert_eq!(statistics.bytes, recorder.tape().bytes());
    assert_snapshot!(statistics.to_string().lines().filter(|l| !l.starts_with("bytes")).collect::<Vec<_>>().join("\n"), @"
    nodes      12
    depth      3 (operations on the longest path from an input)
    inputs     4 (an output depends on 1 of them)
    outputs    1
    dead nodes 3 (no output, guard or name depends on them)
    constants  3
    guards     1
      mul            5   41.7 %
      input          4   33.3 %
      add            1    8.3 %
      exp            1    8.3 %
      sin            1    8.3 %
    ");
    Ok(())
}

/// A sweep that is read at a recording number records its products and sums, and nothing for what is known to be 0.
#[test]
fn a_sweep_at_a_recording_number() {
    let mut inner = Recorder::new();
    inner
        .record(|s| {
            let (x, y) = (s.input(2.0), s.input(3.0));
            s.output(x * y + x.sin())
        })
        .unwrap();
    let values = inner.workspace().values().to_vec();
    let mut outer = Recorder::new();
    let gradient = outer.record(|s| {
        let values: Vec<Var> = values.iter().map(|value| s.input(*value)).collect();
        let mut adjoints = vec![Var::constant(0.0); values.len()];
        adjoints[values.len() - 1] = Var::constant(1.0);
        inner
            .tape()
            .reverse_at(&values, &mut adjoints)
            .map(|()| [adjoints[0], adjoints[1]].map(|g| s.output(g)))
    });
    let [dx, dy] = gradient.unwrap().unwrap();
    assert_eq!((dx.value(), dy.value()), (3.0 + 2.0_f64.cos(), 2.0));
    let text = outer.tape().to_string();
    let nodes: Vec<&str> =
        text.lines().filter(|line| line.contains(" = ") && !line.contains("input")).collect();
    assert_eq!(nodes, ["%5 = cos %0", "%6 = add %5 %1"], "{text}");
}
