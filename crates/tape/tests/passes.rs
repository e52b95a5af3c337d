//! Passes: text in, text out, and verified.

use wengert_tape::{Program, Tape, Workspace};

/// A tape from the lines of its nodes.
fn tape(header: &str, lines: &[&str]) -> Tape {
    let text = format!("wengert tape v1: {header}\nnode\n{}\n", lines.join("\n"));
    Tape::parse(&text).unwrap_or_else(|why| panic!("{why}")).0
}

/// The lines of a tape that must be sound.
fn lines(tape: &Tape) -> Vec<String> {
    tape.verify().unwrap();
    tape.dump().full().to_string().lines().skip(2).map(str::to_owned).collect()
}

#[test]
fn constants_are_folded_through_chains() {
    let before = tape(
        "5 nodes, 1 input, 1 output, 0 guards",
        &[
            "%0 = input",
            "%1 = add 1.0 2.0",
            "%2 = mul %1 %1",
            "%3 = sum 1.0 %1 %2",
            "%4 = mul %0 %3",
            "outputs %4",
        ],
    );
    assert_eq!(lines(&before.folded()), ["%0 = input", "%1 = mul %0 13.0", "outputs %1"]);
}

#[test]
fn what_is_the_same_is_done_once() {
    let before = tape(
        "6 nodes, 2 inputs, 1 output, 0 guards",
        &[
            "%0 = input",
            "%1 = input",
            "%2 = mul %0 %1",
            "%3 = mul %0 %1",
            "%4 = mul %1 %0",
            "%5 = sum %2 %3 %4",
            "outputs %5",
        ],
    );
    // The other order is another operation: nothing is assumed to commute.
    assert_eq!(
        lines(&before.shared()),
        ["%0 = input", "%1 = input", "%2 = mul %0 %1", "%3 = mul %1 %0", "%4 = sum %2 %2 %3", "outputs %4"]
    );
    // Zeros of different sign are different constants.
    let before = tape(
        "3 nodes, 1 input, 2 outputs, 0 guards",
        &["%0 = input", "%1 = add %0 0.0", "%2 = add %0 -0.0", "outputs %1 %2"],
    );
    assert_eq!(lines(&before.shared()).len(), 4);
}

#[test]
fn dead_nodes_go_and_what_is_asked_for_stays() {
    let program = Program::record(&[1.0, 2.0], |x| {
        let _ = x[0].sin(); // dead
        let named = x[1].cos().named("kept"); // named
        assert!(x[0] * 3.0 < x[1] * 5.0); // guarded
        let _ = named * 2.0; // dead
        vec![x[0] + 1.0]
    })
    .unwrap();
    let before = program.tape();
    let after = before.pruned();
    after.verify().unwrap();
    assert_eq!((before.len(), after.len()), (8, 6));
    assert_eq!((after.guards().len(), after.inputs().len()), (1, 2));
    assert!(after.nodes().any(|node| after.name(node) == Some("kept")));
    assert_eq!(after.pruned(), after);
}

#[test]
fn one_operation_follows_itself() {
    let before = tape(
        "7 nodes, 2 inputs, 1 output, 0 guards",
        &[
            "%0 = input",
            "%1 = input",
            "%2 = sin %0",
            "%3 = mul %2 2.0",
            "%4 = sin %1",
            "%5 = mul %4 2.0",
            "%6 = add %3 %5",
            "outputs %6",
        ],
    );
    assert_eq!(
        lines(&before.scheduled()),
        [
            "%0 = input",
            "%1 = input",
            "%2 = sin %0",
            "%3 = sin %1",
            "%4 = mul %2 2.0",
            "%5 = mul %3 2.0",
            "%6 = add %4 %5",
            "outputs %6"
        ]
    );
}

#[test]
fn a_million_nodes() {
    let program = Program::record(&[0.5], |x| {
        vec![(0..300_000).fold(x[0], |y, k| y.sin() * 1.01 + if k % 2 == 0 { 0.1 } else { 0.2 })]
    })
    .unwrap();
    let optimized = program.optimized();
    optimized.tape().verify().unwrap();
    let at = |program: &Program| {
        let (mut y, mut work) = ([0.0_f64], Workspace::new());
        program.value_into(&mut work, &[0.4], &mut y).unwrap();
        y[0]
    };
    assert_eq!(at(&program).to_bits(), at(&optimized).to_bits());
    assert_eq!(optimized.optimized().tape().len(), optimized.tape().len());
}
