//! A dump reads back into the same tape; whatever else is read gives an error that says where and why.

use proptest::prelude::*;
use wengert_tape::{
    NodeId, ParseError, ParseReason, Recorder, SweepError, Tape, Test, Var, VerifyError, Workspace,
};

/// One step of a random recording: what is done, with which numbers.
type Step = (u8, usize, usize, f64);

fn number() -> impl Strategy<Value = f64> {
    let special = [0.0, -0.0, 1.0, -1.5, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, f64::MIN_POSITIVE / 2.0];
    prop_oneof![
        proptest::sample::select(special.to_vec()),
        any::<u64>().prop_map(f64::from_bits),
        -3.0..3.0_f64,
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec((any::<u8>(), any::<usize>(), any::<usize>(), number()), 0..40)
}

fn one(k: usize, x: Var) -> Var {
    let all =
        [Var::sin, Var::exp, Var::sqrt, Var::ln, Var::abs, Var::floor, Var::recip, Var::square, Var::digamma];
    all[k % all.len()](x)
}

fn many(k: usize, xs: &[Var]) -> Var {
    let all = [wengert::linear::sum, wengert::linear::product, Var::sum_squares, Var::logsumexp];
    match all.get(k % 5) {
        Some(row) => row(xs),
        None => Var::dot(xs, xs),
    }
}

/// A random recording, swept from a random node; its seed.
fn record(lines: bool, inputs: &[f64], steps: &[Step]) -> (Recorder, Option<usize>) {
    let mut recorder = Recorder::new().source_lines(lines);
    let mut seed = None;
    let result = recorder.record(|s| {
        let mut all: Vec<Var> = s.inputs(inputs);
        all.push(Var::constant(2.5));
        for (kind, a, b, c) in steps {
            let (x, y) = (all[a % all.len()], all[b % all.len()]);
            let next = match kind % 18 {
                0 => x + y,
                1 => x * y,
                2 => x - *c,
                3 => *c / x,
                4 | 5 => one(*b, x),
                6 => x.max(y).pow(x).atan2(y),
                7 => x.powi(3).powf(*c).mul_add(y, x),
                8 => Var::select(x, y, *c),
                9 => many(*b, &all[a % all.len()..]),
                10 => x.named(["", "x", "a \"b\"\n", "∂ç…|🦀", "\u{301}\0"][b % 5]),
                11 if x < y => x,
                12 if x == *c || x >= y => y,
                13 => x.partial_cmp(&y).map_or(x, |_| y),
                14 => s.output(if b % 3 == 0 { Var::constant(*c) } else { x }),
                15 => s.input(*c),
                16 => s.parameter(*c),
                17 => Var::constant(x.value()).max(y.detach()),
                _ => x.clamp(*c, y),
            };
            all.push(next);
        }
        let last = all.iter().rposition(|x| !x.is_constant());
        last.map(|last| all[last])
    });
    if let Ok(Some(y)) = result {
        // The node is not public: it is the highest that the sweep reached.
        let reached = recorder.reverse(y).map(|adjoints| adjoints.as_slice().len());
        seed = reached.ok().map(|len| len - 1);
    }
    (recorder, seed)
}

fn node(tape: &Tape, index: usize) -> Option<NodeId> {
    tape.nodes().nth(index)
}

fn bits(xs: &[f64]) -> Vec<u64> {
    xs.iter().map(|x| x.to_bits()).collect()
}

/// The same bits, but any NaN for any NaN.
fn same(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()))
}

/// What a line of a dump is made of, in any order.
const LINE: &str =
    "(%[0-9]{1,2} = [a-z]{2,4}|guard|outputs|node|\\|| %[0-3]| -?[0-9.e]{1,5}|[ \"…#\\\\u{}])*";

proptest! {
    #[test]
    fn what_is_printed_reads_back(
        lines: bool,
        inputs in proptest::collection::vec(number(), 0..4),
        steps in steps(),
    ) {
        let (recorder, seed) = record(lines, &inputs, &steps);
        let (tape, work) = (recorder.tape(), recorder.workspace());
        prop_assert_eq!(tape.verify(), Ok(()));

        let text = tape.dump().state(work).full().to_string();
        let (parsed, mut state) = Tape::parse(&text)?;
        prop_assert_eq!(&parsed, tape, "{}", text);
        prop_assert_eq!(bits(state.values()), bits(work.values()));
        let mut adjoints = work.adjoints().to_vec();
        if !adjoints.is_empty() {
            adjoints.resize(tape.len(), 0.0);
        }
        prop_assert_eq!(bits(state.adjoints()), bits(&adjoints));
        prop_assert_eq!(parsed.dump().state(&state).full().to_string(), &*text);

        // The sweep of what was read gives the gradient of what was recorded.
        if let Some(seed) = seed.and_then(|seed| node(&parsed, seed)) {
            parsed.reverse(&mut state, &[(seed, 1.0)])?;
            prop_assert!(same(state.adjoints(), work.adjoints()), "{:?}\n{text}", state.adjoints());
        }

        let (bare, mut nothing) = Tape::parse(&tape.dump().full().to_string())?;
        prop_assert_eq!(&bare, tape);
        prop_assert!(nothing.values().is_empty());
        if !tape.is_empty() {
            let refused = matches!(bare.reverse(&mut nothing, &[]), Err(SweepError::Workspace { .. }));
            prop_assert!(refused);
        }
        // Elided and filtered views never panic, and never read back as something else.
        for part in [tape.dump().lines(3).to_string(), tape.dump().range(1..3).to_string()] {
            if let Ok((read, _)) = Tape::parse(&part) {
                prop_assert_eq!(&read, tape);
            }
        }
        let _ = (tape.diagram().state(work).to_string(), tape.statistics().to_string());
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*", lines in proptest::collection::vec(LINE, 0..6)) {
        let _ = Tape::parse(&text);
        let body = lines.join("\n");
        let _ = Tape::parse(&body);
        sound(&format!("wengert tape v2: 1 node, 1 input, 0 outputs, 0 guards\nnode | value\n{body}"));
    }

    #[test]
    fn a_damaged_dump_gives_an_error_or_a_sound_tape(
        inputs in proptest::collection::vec(number(), 1..3),
        steps in steps(),
        damage in proptest::collection::vec((0..7_u8, any::<usize>(), any::<usize>(), any::<char>()), 1..4),
    ) {
        let (recorder, _) = record(false, &inputs, &steps);
        let mut text: Vec<char> =
            recorder.tape().dump().state(recorder.workspace()).full().to_string().chars().collect();
        for (kind, a, b, c) in damage {
            let (a, b) = (a % (text.len() + 1), b % (text.len() + 1));
            match kind {
                0 => text.insert(a, c),
                1 => text.insert(a, ['%', '0', '9', '|', '"', ' ', '\n', '-', 'e', '='][b % 10]),
                2 if a < text.len() => drop(text.remove(a)),
                3 => text.truncate(a),
                4 if a < text.len() && b < text.len() => text.swap(a, b),
                5 => drop(text.drain(a.min(b)..a.max(b))),
                _ => text.extend_from_within(a.min(b)..a.max(b)),
            }
        }
        sound(&text.iter().collect::<String>());
    }
}

/// Whatever parses is well-formed, prints as what reads back, and can be swept.
fn sound(text: &str) {
    if let Ok((tape, mut work)) = Tape::parse(text) {
        assert_eq!(tape.verify(), Ok(()), "{text}");
        let again = tape.dump().state(&work).full().to_string();
        assert_eq!(Tape::parse(&again).map(|(tape, _)| tape), Ok(tape.clone()), "{text}");
        if let (Some(last), false) = (tape.nodes().last(), work.values().is_empty()) {
            assert_eq!(tape.reverse(&mut work, &[(last, 1.0)]), Ok(()), "{text}");
        }
    }
}

/// `body` behind a header that announces so many nodes, inputs, outputs and guards.
fn headed([nodes, inputs, outputs, guards]: [usize; 4], columns: &str, body: &str) -> String {
    format!(
        "wengert tape v2: {nodes} nodes, {inputs} inputs, {outputs} outputs, {guards} guards\n{columns}\n{body}\n"
    )
}

#[track_caller]
fn refused(text: &str, line: usize, column: usize, reason: ParseReason) {
    assert_eq!(Tape::parse(text).map(|(tape, _)| tape), Err(ParseError { line, column, reason }), "{text}");
}

fn expected(expected: &'static str, found: &str) -> ParseReason {
    ParseReason::Expected { expected, found: found.into() }
}

/// Two inputs and what is given, errors expected on its last line.
#[track_caller]
fn refused_node(row: &str, column: usize, reason: ParseReason) {
    let body = format!("%0 = input\n%1 = input\n{row}");
    refused(&headed([3, 2, 0, 0], "node", &body), 2 + body.lines().count(), column, reason);
}

#[test]
fn headers_that_are_none_are_refused() {
    refused("", 1, 1, ParseReason::NotADump);
    refused("\n# only a comment\n", 1, 1, ParseReason::NotADump);
    refused("fn main() {}", 1, 1, ParseReason::NotADump);
    refused("wengert tape v3: 1 node", 1, 14, ParseReason::Version { found: "v3".into() });
    refused("wengert tape v2: many nodes", 1, 18, expected("a count", "many"));
    refused("wengert tape v2: 1 node 1", 1, 20, expected("`nodes,`", "node"));
    refused("wengert tape v2: 1 node, 1 output,", 1, 28, expected("`inputs,`", "output,"));
    let text = "wengert tape v2: 0 nodes, 0 inputs, 0 outputs, 0 guards and more";
    refused(text, 1, 57, expected("the end of the line", "and"));
    for count in ["2147483649", "99999999999999999999999999"] {
        let text = format!("wengert tape v2: {count} nodes, 0 inputs, 0 outputs, 0 guards\nnode\noutputs");
        refused(&text, 1, 18, ParseReason::TooManyNodes);
    }
    // Parameters and reads have their place, and are there or not; guards end the line, or not.
    let text =
        "wengert tape v2: 0 nodes, 0 inputs, 0 parameters, 0 outputs, 0 guards, 0 reads\nnode\noutputs\n";
    assert_eq!(Tape::parse(text).map(|(tape, _)| tape), Ok(Tape::default()));
    let wrong = |counts: &str, column, what, found| {
        refused(&format!("wengert tape v2: 0 nodes, {counts}\n"), 1, column, expected(what, found));
    };
    wrong("0 parameters, 0 inputs", 29, "`inputs,`", "parameters,");
    wrong("0 inputs, 0 parameters 0 outputs", 39, "`outputs,`", "parameters");
    wrong("0 inputs, 0 parameters, 0 parameters,", 53, "`outputs,`", "parameters,");
    wrong("0 inputs, 0 outputs, 0 reads", 50, "`guards`", "reads");
    wrong("0 inputs, 0 outputs, 0 guards, 0", 59, "`reads`", "");
    wrong("0 inputs, 0 outputs, 0 guards, 0 reads, 0", 68, "`sections`", "");
    wrong("0 inputs, 0 outputs, 0 guards, 0 sections, 0", 60, "`reads`", "sections,");
    // Version 1 has no sections.
    let text = "wengert tape v1: 0 nodes, 0 inputs, 0 outputs, 0 guards, 0 reads, 0";
    refused(text, 1, 60, expected("`reads`", "reads,"));
    let text = "wengert tape v1: 0 nodes, 0 inputs, 0 outputs, 0 guards, 0 sections";
    refused(text, 1, 60, expected("`reads`", "sections"));
    wrong("0 inputs, 0 outputs, 0 guards,", 57, "a count", "");
    // A large number alone takes no memory.
    let text = "wengert tape v2: 2147483648 nodes, 0 inputs, 0 outputs, 0 guards\nnode\noutputs\n";
    refused(text, 1, 18, ParseReason::Counts { what: "nodes", announced: 1 << 31, found: 0 });
}

#[test]
fn counts_that_differ_from_the_header_are_refused() {
    let body = "%0 = input\n%1 = exp %0\nguard %1 > 0.0 is true at a.rs:1:1\noutputs %1";
    assert!(Tape::parse(&headed([2, 1, 1, 1], "node", body)).is_ok());
    let wrong = |what, found, column, counts| {
        refused(&headed(counts, "node", body), 1, column, ParseReason::Counts { what, announced: 7, found });
    };
    wrong("nodes", 2, 18, [7, 1, 1, 1]);
    wrong("inputs", 1, 27, [2, 7, 1, 1]);
    wrong("outputs", 1, 37, [2, 1, 7, 1]);
    wrong("guards", 1, 48, [2, 1, 1, 7]);

    let body = "%0 = parameter\nread %0 at a.rs:1:1\noutputs";
    let text = |parameters, reads| {
        format!(
            "wengert tape v2: 1 node, 0 inputs, {parameters} parameters, 0 outputs, 0 guards, {reads} reads\nnode\n{body}"
        )
    };
    assert!(Tape::parse(&text(1, 1)).is_ok());
    let counts = |what| ParseReason::Counts { what, announced: 7, found: 1 };
    refused(&text(7, 1), 1, 36, counts("parameters"));
    refused(&text(1, 7), 1, 71, counts("reads"));
    // What the header does not mention, it says is not there.
    let silent = ParseReason::Counts { what: "parameters", announced: 0, found: 1 };
    refused(&headed([1, 0, 0, 0], "node", "%0 = parameter\noutputs"), 1, 1, silent);
}

#[test]
fn reads_that_are_none_are_refused() {
    let wrong = |row: &str, column, reason| {
        refused(&headed([1, 1, 0, 0], "node", &format!("%0 = input\n{row}")), 4, column, reason);
    };
    wrong("read %1 at a.rs:1:1", 6, ParseReason::Undefined { found: "%1".into() });
    wrong("read 2.0 at a.rs:1:1", 6, expected("a node such as `%3`", "2.0"));
    wrong("read %0 a.rs:1:1", 9, expected("`at` and a source line", "a.rs:1:1"));
    wrong("read %0 at a.rs", 12, expected("a source line such as `src/main.rs:12:9`", "a.rs"));
    wrong("read %0 at a.rs:1:1 x", 21, expected("the end of the line", "x"));
    wrong("read", 5, expected("an operand: a node such as `%3`, or a number", ""));
}

#[test]
fn columns_that_are_none_are_refused() {
    let wrong =
        |columns: &str, column, reason| refused(&headed([0; 4], columns, "outputs"), 2, column, reason);
    wrong("%0 = input", 1, expected("the line of columns, `node …`", "%0"));
    wrong("node value", 6, expected("`|`", "value"));
    let column = "a column: `value`, `adjoint` behind it, `name`, `line`";
    wrong("node | weight", 8, expected(column, "weight"));
    wrong("node | adjoint", 8, expected(column, "adjoint"));
    wrong("node | name | value", 15, expected("columns in the order value, adjoint, name, line", "value"));
    wrong("node | name | name", 15, expected("columns in the order value, adjoint, name, line", "name"));
}

#[test]
fn nodes_that_are_none_are_refused() {
    refused_node("%3 = exp %0", 1, ParseReason::Order { expected: node_id(2) });
    refused_node("%1 = exp %0", 1, ParseReason::Order { expected: node_id(2) });
    refused_node("%99999999999999999999 = exp %0", 1, ParseReason::Order { expected: node_id(2) });
    refused_node("%x = exp %0", 1, expected("a node such as `%3`", "%x"));
    refused_node("%2 exp %0", 4, expected("`=`", "exp"));
    refused_node("%2 =", 5, expected("the name of an operation", ""));
    refused_node("  %2 = expp %0", 8, ParseReason::UnknownOperation { name: "expp".into() });
    refused_node("%2 = foreign %0", 6, ParseReason::UnknownOperation { name: "foreign".into() });
    refused_node(
        "%2 = call %0",
        11,
        expected("a name in double quotes, with the escapes of a Rust string", "%0"),
    );
    let unregistered = ParseReason::Unregistered { name: "f/1".into(), versions: Vec::new() };
    refused_node("%2 = call \"f/1\" %0", 11, unregistered);
    refused_node("%2 = exp", 6, ParseReason::Arity { name: "exp", expected: 1, found: 0 });
    refused_node("%2 = add %0 %1 %0", 6, ParseReason::Arity { name: "add", expected: 2, found: 3 });
    refused_node("%2 = input %0", 6, ParseReason::Arity { name: "input", expected: 0, found: 1 });
    refused_node("%2 = sum %0 %2", 13, ParseReason::Undefined { found: "%2".into() });
    refused_node("%2 = exp %4294967296", 10, ParseReason::Undefined { found: "%4294967296".into() });
    let operand = "an operand: a node such as `%3`, or a number";
    refused_node("%2 = exp x", 10, expected(operand, "x"));
    refused_node("%2 = exp 1e999", 10, expected(operand, "1e999"));
    refused_node("%2 = exp nan", 10, expected(operand, "nan"));
    refused_node("%2 = exp %0 | 1.0", 13, expected("the end of the line", "|"));
    refused_node(
        "exp %0",
        1,
        expected(
            "a node (`%0 = …`), a guard (`guard …`), a read (`read …`) or the outputs (`outputs …`)",
            "exp",
        ),
    );
    let long = "x".repeat(100);
    let found = format!("{}…", &long[..40]);
    refused_node(&format!("%2 = {long}"), 6, ParseReason::UnknownOperation { name: found });
}

fn node_id(index: usize) -> NodeId {
    let body: Vec<String> = (0..=index).map(|k| format!("%{k} = input")).collect();
    let text = headed([index + 1, index + 1, 0, 0], "node", &(body.join("\n") + "\noutputs"));
    let (tape, _) = Tape::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    tape.nodes().last().unwrap_or_else(|| unreachable!())
}

#[test]
fn cells_that_are_none_are_refused() {
    let wrong = |columns: &str, row: &str, column, reason| {
        refused(&headed([1, 1, 0, 0], columns, row), 3, column, reason);
    };
    let number = "a number such as `-0.5`, `inf` or `nan:7ff8000000000000`";
    wrong("node | value", "%0 = input", 11, expected("`|` and a number", ""));
    wrong("node | value", "%0 = input |", 13, expected(number, ""));
    wrong("node | value", "%0 = input | x", 14, expected(number, "x"));
    wrong("node | value | adjoint", "%0 = input | 1.0 | NaN", 20, expected(number, "NaN"));
    wrong("node | value | adjoint", "%0 = input | 1.0", 17, expected("`|` and a number", ""));
    let name = "a name in double quotes, with the escapes of a Rust string";
    wrong("node | name", "%0 = input | x", 14, expected(name, "x"));
    wrong("node | name", "%0 = input | \"x", 14, expected(name, "\"x"));
    wrong("node | name", "%0 = input | \"x\" y", 18, expected("the end of the line", "y"));
    wrong("node | line", "%0 = input", 11, expected("`|` and a source line", ""));
    wrong(
        "node | line",
        "%0 = input | a.rs",
        14,
        expected("a source line such as `src/main.rs:12:9`", "a.rs"),
    );
    wrong("node | name | line", "%0 = input | \"é\" x", 18, expected("`|` and a source line", "x"));
}

#[test]
fn guards_that_are_none_are_refused() {
    let wrong = |guard: &str, column, reason| {
        refused(&headed([1, 1, 0, 1], "node", &format!("%0 = input\n{guard}\noutputs")), 4, column, reason);
    };
    wrong("guard %1 < 2.0 is true at a.rs:1:1", 7, ParseReason::Undefined { found: "%1".into() });
    wrong("guard 1.0 < %7 is true at a.rs:1:1", 13, ParseReason::Undefined { found: "%7".into() });
    wrong("guard %0 ~ 2.0", 10, expected("a comparison: `<`, `<=`, `>`, `>=`, `==` or `<=>`", "~"));
    wrong("guard is_odd %0", 7, expected("an operand: a node such as `%3`, or a number", "is_odd"));
    wrong("guard %0 < 2.0 was true", 16, expected("`is` and the outcome", "was"));
    wrong("guard %0 < 2.0 is 1", 19, expected("an outcome of that comparison, such as `true`", "1"));
    wrong(
        "guard class %0 is strange",
        19,
        expected("an outcome of that comparison, such as `true`", "strange"),
    );
    wrong("guard %0 < 2.0 is true", 23, expected("`at` and a source line", ""));
    wrong("guard %0 < 2.0 is true at", 26, expected("a source line such as `src/main.rs:12:9`", ""));
    wrong("guard %0 < 2.0 is true at a.rs:1:1 x", 36, expected("the end of the line", "x"));
    wrong("guard", 6, expected("an operand: a node such as `%3`, or a number", ""));
}

#[test]
fn wrong_ends_are_refused() {
    refused(&headed([1, 1, 0, 0], "node", "%0 = input"), 4, 1, ParseReason::NoOutputs);
    refused("wengert tape v2: 0 nodes, 0 inputs, 0 outputs, 0 guards", 2, 1, ParseReason::NoOutputs);
    for more in ["outputs", "outputs %0", "%1 = input", "x", "…"] {
        let text = headed([1, 1, 1, 0], "node", &format!("%0 = input\noutputs %0\n\n  {more}"));
        refused(&text, 6, 3, ParseReason::Trailing);
    }
    let past = headed([1, 1, 2, 0], "node", "%0 = input\noutputs %0 %1");
    refused(&past, 4, 12, ParseReason::Undefined { found: "%1".into() });
}

#[test]
fn elided_dumps_are_refused_where_the_gap_is() {
    let mut recorder = Recorder::new();
    let recorded = recorder.record(|s| {
        let x = s.input(1.0);
        let y = (0..100).fold(x, |y, _| y.sin());
        s.output(wengert::linear::sum(&[y; 100]))
    });
    assert!(recorded.is_ok());
    let tape = recorder.tape();
    let Some(last) = tape.nodes().last() else { panic!("an empty tape") };
    refused(&tape.to_string(), 33, 1, ParseReason::Elided);
    refused(&tape.dump().reaching(last).full().to_string(), 2, 1, ParseReason::Elided);
    refused(&tape.dump().lines(1000).to_string(), 104, 122, ParseReason::Elided);
    let (whole, _) = Tape::parse(&tape.dump().full().to_string()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(whole, *tape);
}

#[test]
fn messages_say_where_and_what_to_do() {
    let message = |text: &str| Tape::parse(text).map_or_else(|error| error.to_string(), |_| String::new());
    assert_eq!(
        message(&headed([1, 0, 0, 0], "node", "%0 = exp %0")),
        "line 3, column 10: `%0` is not defined above this line; an operand must be computed before it is read"
    );
    assert_eq!(
        message(&headed([1, 1, 0, 0], "node | value", "%0 = input |")),
        "line 3, column 13: expected a number such as `-0.5`, `inf` or `nan:7ff8000000000000`, found the end of the line"
    );
    assert_eq!(
        ParseReason::Invalid(VerifyError::Output { output: 3 }).to_string(),
        "output 3 is not on the tape"
    );
}

#[test]
fn every_kind_of_guard_comments_and_line_ends_are_read() {
    let body = "\
        %0 = input\r\n\r\n\
        # a comment\r\n\
        guard is_nan %0 is false at \"a b.rs\":1:2\n\
        guard class %0 is normal at a.rs:1:3\n  \
        guard is_sign_negative %0 is true at C:\\a.rs:1:4\n\
        guard integer %0 is -3 at a.rs:1:5\n\
        guard bits 2.0 is 0xc00c000000000000 at a.rs:1:6\n\
        guard %0 <=> nan:fff8000000000001 is unordered at a.rs:1:7\n\
        outputs %0 -inf %0";
    let text = headed([1, 1, 3, 6], "node", body);
    let (tape, _) = Tape::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let tests: Vec<Test> = tape.guards().iter().map(|guard| guard.test).collect();
    assert_eq!(tests[0], Test::IsNan(false));
    assert_eq!(tests[3], Test::Integer(Some(-3)));
    assert_eq!(tests[5], Test::Order(None));
    assert_eq!(tape.guards()[0].at.file, "a b.rs");
    assert_eq!(tape.guards()[2].at.file, "C:\\a.rs");
    assert_eq!(Tape::parse(&tape.to_string()).map(|(tape, _)| tape), Ok(tape));
}

#[test]
fn a_sweep_refuses_what_does_not_belong_together() {
    let mut recorder = Recorder::new();
    assert!(recorder.record(|s| s.input(1.0).sin()).is_ok());
    let (tape, mut work) = recorder.into_recording();
    let last = tape.nodes().last().unwrap_or_else(|| unreachable!());
    let refused = SweepError::Workspace { values: 0, nodes: 2, partials: 0, expected: 1 };
    assert_eq!(tape.reverse(&mut Workspace::default(), &[(last, 1.0)]), Err(refused));
    let node = node_id(2);
    let past = SweepError::SeedPastEnd { position: 1, node, nodes: 2 };
    assert_eq!(tape.reverse(&mut work, &[(last, 1.0), (node, 1.0)]), Err(past));

    // As many values, but other partials.
    let mut other = Recorder::new();
    assert!(other.record(|s| s.input(1.0) + 1.0).is_ok());
    let (_, mut others) = other.into_recording();
    let refused = SweepError::Workspace { values: 2, nodes: 2, partials: 0, expected: 1 };
    assert_eq!(tape.reverse(&mut others, &[(last, 1.0)]), Err(refused));

    // Seeds on one node add up; without seeds there is nothing to sweep.
    assert_eq!(tape.reverse(&mut work, &[(last, 1.0), (last, 1.0)]), Ok(()));
    assert_eq!(work.adjoints(), [2.0 * 1.0_f64.cos(), 2.0]);
    assert_eq!(tape.reverse(&mut work, &[]), Ok(()));
    assert!(work.adjoints().is_empty());
}
