//! Passes: text in, text out, and verified.

use wengert_program::{Program, Work};
use wengert_tape::Tape;

/// A tape from the lines of its nodes.
fn tape(header: &str, lines: &[&str]) -> Tape {
    let text = format!("wengert tape v2: {header}\nnode\n{}\n", lines.join("\n"));
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
        "8 nodes, 2 inputs, 1 output, 0 guards",
        &[
            "%0 = input",
            "%1 = input",
            "%2 = mul %0 %1",
            "%3 = mul %0 %1",
            "%4 = mul %1 %0",
            "%5 = div %0 %1",
            "%6 = div %1 %0",
            "%7 = sum %2 %3 %4 %5 %6",
            "outputs %7",
        ],
    );
    // A product is the same in either order, a quotient is not.
    assert_eq!(
        lines(&before.shared()),
        [
            "%0 = input",
            "%1 = input",
            "%2 = mul %0 %1",
            "%3 = div %0 %1",
            "%4 = div %1 %0",
            "%5 = sum %2 %2 %2 %3 %4",
            "outputs %5"
        ]
    );
    // Of three operands the first two may change places.
    let before = tape(
        "6 nodes, 3 inputs, 3 outputs, 0 guards",
        &[
            "%0 = input",
            "%1 = input",
            "%2 = input",
            "%3 = mul_add %0 %1 %2",
            "%4 = mul_add %1 %0 %2",
            "%5 = mul_add %0 %2 %1",
            "outputs %3 %4 %5",
        ],
    );
    assert_eq!(lines(&before.shared()).last().unwrap(), "outputs %3 %3 %4");
    // Zeros of different sign are different constants.
    let before = tape(
        "3 nodes, 1 input, 2 outputs, 0 guards",
        &["%0 = input", "%1 = add %0 0.0", "%2 = add %0 -0.0", "outputs %1 %2"],
    );
    assert_eq!(lines(&before.shared()).len(), 4);
}

/// What one node of an input becomes, and of two inputs where it reads `%1`.
fn simplified(node: &str) -> String {
    let before =
        tape("3 nodes, 2 inputs, 1 output, 0 guards", &["%0 = input", "%1 = input", node, "outputs %2"]);
    let after = lines(&before.simplified());
    after[2..].join(", ")
}

#[test]
fn laws_make_nodes_simpler() {
    let cases = [
        ("%2 = add %0 -0.0", "outputs %0"),
        ("%2 = add -0.0 %0", "outputs %0"),
        ("%2 = sub %0 0.0", "outputs %0"),
        ("%2 = sub -0.0 %0", "%2 = neg %0, outputs %2"),
        ("%2 = mul 1.0 %0", "outputs %0"),
        ("%2 = mul -1.0 %0", "%2 = neg %0, outputs %2"),
        ("%2 = mul 3.0 %0", "%2 = mul %0 3.0, outputs %2"),
        ("%2 = div %0 -1.0", "%2 = neg %0, outputs %2"),
        ("%2 = div %0 8.0", "%2 = mul %0 0.125, outputs %2"),
        ("%2 = powi %0 0.0", "outputs 1.0"),
        ("%2 = powi %0 1.0", "outputs %0"),
        ("%2 = powi %0 2.0", "%2 = square %0, outputs %2"),
        ("%2 = mul_add %0 1.0 %1", "%2 = add %0 %1, outputs %2"),
        ("%2 = mul_add %0 %1 -0.0", "%2 = mul %0 %1, outputs %2"),
        ("%2 = pull %0 0.0", "outputs 0.0"),
        ("%2 = select 2.0 %0 %1", "outputs %0"),
        ("%2 = select 0.0 %0 %1", "outputs %1"),
        ("%2 = select %0 %1 %1", "outputs %1"),
        ("%2 = sum %0", "outputs %0"),
        ("%2 = sum %0 %1", "%2 = add %0 %1, outputs %2"),
        ("%2 = product %0 %1", "%2 = mul %0 %1, outputs %2"),
        ("%2 = sum_squares %0", "%2 = square %0, outputs %2"),
    ];
    for (node, expected) in cases {
        assert_eq!(simplified(node), expected, "{node}");
    }
}

#[test]
fn what_is_no_law_stays() {
    for node in [
        "%2 = add %0 0.0",
        "%2 = sub 0.0 %0",
        "%2 = sub %0 %0",
        "%2 = mul %0 0.0",
        "%2 = div %0 %0",
        "%2 = div %0 3.0",
        // Its reciprocal is no number at f32.
        "%2 = div %0 1e300",
        "%2 = max %0 %0",
        // A condition that is 0 at f32.
        "%2 = select 1e-300 %0 %1",
        "%2 = pull %0 1.0",
        "%2 = powf %0 2.0",
        "%2 = powf %0 0.5",
        "%2 = dot %0 %1",
    ] {
        assert_eq!(simplified(node), format!("{node}, outputs %2"));
    }
}

#[test]
fn laws_look_into_operands() {
    let before = tape(
        "15 nodes, 2 inputs, 11 outputs, 0 guards",
        &[
            "%0 = input",
            "%1 = input",
            "%2 = neg %0",
            "%3 = neg %1",
            "%4 = neg %2",
            "%5 = add %0 %3",
            "%6 = add %2 %1",
            "%7 = sub %0 %3",
            "%8 = sub %2 %3",
            "%9 = mul %2 %3",
            "%10 = mul %2 3.0",
            "%11 = abs %2",
            "%12 = square %3",
            "%13 = mul %0 5.0",
            "%14 = neg %13",
            "outputs %4 %5 %6 %7 %8 %9 %10 %11 %12 %13 %14",
        ],
    );
    assert_eq!(
        lines(&before.simplified().pruned()),
        [
            "%0 = input",
            "%1 = input",
            "%2 = sub %0 %1",
            "%3 = sub %1 %0",
            "%4 = add %0 %1",
            "%5 = sub %1 %0",
            "%6 = mul %0 %1",
            "%7 = mul %0 -3.0",
            "%8 = abs %0",
            "%9 = square %1",
            "%10 = mul %0 5.0",
            "%11 = mul %0 -5.0",
            "outputs %0 %2 %3 %4 %5 %6 %7 %8 %9 %10 %11",
        ]
    );
}

#[test]
fn named_nodes_stay() {
    let program = Program::record(&[2.0], |x| {
        let same = (x[0] * 1.0).named("one");
        let twice = (x[0] * 2.0).named("twice");
        let again = (x[0] * 2.0).named("again");
        vec![same + twice + again]
    })
    .unwrap();
    let after = program.tape().optimized();
    after.verify().unwrap();
    let names: Vec<&str> = after.nodes().filter_map(|node| after.name(node)).collect();
    assert_eq!(names, ["one", "twice", "again"]);
    assert_eq!(after.len(), program.tape().len());
}

#[test]
fn chains_are_gathered_in_order() {
    let nodes = |n: usize| {
        let mut nodes: Vec<String> = (0..n).map(|k| format!("%{k} = input")).collect();
        nodes.push(format!("%{n} = add %0 %1"));
        // From the second on the chain is now the left operand, now the right.
        nodes.extend((2..n).map(|k| {
            let (at, before) = (n + k - 1, n + k - 2);
            if k % 2 == 0 {
                format!("%{at} = add %{before} %{k}")
            } else {
                format!("%{at} = add %{k} %{before}")
            }
        }));
        nodes.push(format!("outputs %{}", 2 * n - 2));
        let nodes: Vec<&str> = nodes.iter().map(String::as_str).collect();
        tape(&format!("{} nodes, {n} inputs, 1 output, 0 guards", 2 * n - 1), &nodes)
    };
    assert_eq!(lines(&nodes(8).gathered())[8..], ["%8 = sum %0 %1 %2 %3 %4 %5 %6 %7", "outputs %8"]);
    // Shorter ones stay as they are.
    assert_eq!(nodes(7).gathered(), nodes(7));
    // Longer ones become several.
    let long = nodes(1_000).gathered();
    assert_eq!(long.len(), 1_004);
    assert_eq!(long.gathered(), long);
    // What is read twice, or wanted for itself, ends a chain.
    let shared = Program::record(&[1.0; 12], |x| {
        let half = x[1..6].iter().fold(x[0], |sum, x| sum + *x);
        vec![x[6..].iter().fold(half, |sum, x| sum + *x), half]
    })
    .unwrap();
    assert_eq!(shared.tape().gathered(), *shared.tape());
}

#[test]
fn regrouping_is_done_where_it_is_asked_for() {
    let before = tape(
        "15 nodes, 4 inputs, 1 output, 0 guards",
        &[
            "%0 = input",
            "%1 = input",
            "%2 = input",
            "%3 = input",
            "%4 = mul %0 %1",
            "%5 = mul %2 %3",
            "%6 = mul %0 %2",
            "%7 = mul %1 %3",
            "%8 = add %4 %5",
            "%9 = add %6 %7",
            "%10 = square %0",
            "%11 = add %10 %8",
            "%12 = add %9 %3",
            "%13 = add %11 %12",
            "%14 = mul %13 %13",
            "outputs %14",
        ],
    );
    assert_eq!(
        lines(&before.reassociated())[4..],
        [
            "%4 = dot %0 %2 %0 %1 %1 %3 %2 %3",
            "%5 = square %0",
            "%6 = sum %4 %5 %3",
            "%7 = mul %6 %6",
            "outputs %7"
        ]
    );
    assert_eq!(
        lines(&before.contracted())[4..],
        [
            "%4 = mul %2 %3",
            "%5 = mul %1 %3",
            "%6 = mul_add %0 %1 %4",
            "%7 = mul_add %0 %2 %5",
            "%8 = square %0",
            "%9 = add %8 %6",
            "%10 = add %7 %3",
            "%11 = add %9 %10",
            "%12 = mul %11 %11",
            "outputs %12"
        ]
    );
    // A product that somebody else reads stays a product.
    let before = tape(
        "4 nodes, 2 inputs, 2 outputs, 0 guards",
        &["%0 = input", "%1 = input", "%2 = mul %0 %1", "%3 = add %2 %0", "outputs %2 %3"],
    );
    assert_eq!(before.contracted(), before);
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
        let (mut y, mut work) = ([0.0_f64], Work::new());
        program.values_into(&mut work, &[0.4], &mut y).unwrap();
        y[0]
    };
    assert_eq!(at(&program).to_bits(), at(&optimized).to_bits());
    assert_eq!(optimized.tape().optimized(), *optimized.tape());
}
