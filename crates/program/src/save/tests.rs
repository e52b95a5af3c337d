//! Files that are altered field by field, with checksums that are right: each is found or is another program, and none ends
//! in a panic.

use std::borrow::Cow;

use proptest::prelude::*;
use wengert_ops::{Op, Real, rule};
use wengert_tape::call::{Callee, Opaque, Outcome, Registry};
use wengert_tape::{Recorder, Var};

use super::format::{Asked, File, List, What};
use super::sections::{OfProgram, Section};
use super::{LoadError, framed, write};
use crate::program::Program;
use crate::work::Work;

rule! {
    /// `1 − cos x`.
    Versin "versin" version 2 (x) { F::of(1.0) - x.cos() } d(x => _) { [x.sin()] }
}

/// `x₀·x₁`.
struct Remote;

impl Opaque for Remote {
    fn name(&self) -> &'static str {
        "remote"
    }
    fn inputs(&self) -> usize {
        2
    }
    fn outputs(&self) -> usize {
        1
    }
    fn is_pure(&self) -> bool {
        false
    }
    fn value(&self, x: &[f64], y: &mut [f64]) -> Outcome {
        y[0] = x[0] * x[1];
        Ok(())
    }
    fn vjp(&self, x: &[f64], _: &[f64], gy: &[f64], gx: &mut [f64]) -> Outcome {
        gx.copy_from_slice(&[gy[0] * x[1], gy[0] * x[0]]);
        Ok(())
    }
}

pub(super) fn registry() -> Registry {
    Registry::new().with_rule::<Versin, 1>().with(Callee::opaque(Remote))
}

pub(super) fn innermost() -> Program {
    Program::record(&[0.5], |x| vec![x[0].sin(), x[0] * 3.0]).unwrap()
}

/// A program that calls one, and a rule of one's own.
pub(super) fn inner(innermost: &Program) -> Program {
    let recorded = Program::record(&[1.0, 2.0], |x| {
        let y = innermost.call(&x[..1]);
        vec![y[0] * x[1] + <Var as Real>::fixed::<Versin, 1>([x[1]]), y[1]]
    });
    recorded.unwrap()
}

/// Something of all that a file can hold.
pub(super) fn everything() -> Program {
    let innermost = innermost();
    let inner = inner(&innermost);
    let mut recorder = Recorder::new().source_lines(true);
    let recorded = recorder.record(|s| {
        let (x, y, p) = (s.input(1.5).named("x"), s.input(0.5), s.parameter(2.0).named("p"));
        assert!(x > y && !num_traits::Float::is_nan(x * y) && y.value() == 0.5);
        let a = inner.named("inner", 4).call(&[x, p]);
        let b = innermost.map(&[x, y, a[1]], &[]);
        let sum = wengert_ops::linear::sum(&[x, y, a[0], b[3]]);
        let c = Callee::opaque(Remote).call(&[sum, b[0]]);
        assert!(c[0] < 1e6);
        s.output(c[0] * 2.5 + x.powi(3));
        s.output(Var::from(f64::NAN));
        s.output(a[0])
    });
    recorded.unwrap();
    let (tape, work) = recorder.into_recording();
    Program::accepting_reads(tape, &work).unwrap()
}

fn contents() -> Vec<u8> {
    write::contents(&everything()).unwrap()
}

pub(super) fn parsed(contents: &[u8]) -> File<'_> {
    postcard::from_bytes(contents).unwrap()
}

pub(super) fn load(file: &File<'_>) -> Result<Program, LoadError> {
    // No sections.
    Program::from_bytes(&framed(&postcard::to_allocvec(&(file, 0_u8)).unwrap()), &registry())
}

/// The innermost program, which calls another, both with data, up to its sections.
fn with_data() -> Vec<u8> {
    let h = Program::record(&[1.0, 2.0], |x| vec![Var::weighted_sum(x, &[3.0, 0.75])]).unwrap().named("h", 0);
    let g = Program::record(&[1.5, 0.5], |x| {
        vec![Var::weighted_sum(x, &[2.0, -0.5]) + h.call(x)[0] + Var::distance_squared_to(x, &[1.0, 0.25])]
    });
    let mut contents = write::contents(&g.unwrap()).unwrap();
    let sections = crate::save::sections::Sections { data: data() }.to_bytes().unwrap();
    assert!(contents.ends_with(&sections));
    contents.truncate(contents.len() - sections.len());
    contents
}

/// What its section of data holds.
fn data() -> Vec<OfProgram> {
    vec![
        OfProgram { program: 0, data: List(vec![3.0, 0.75]) },
        OfProgram { program: 1, data: List(vec![2.0, -0.5, 1.0, 0.25]) },
    ]
}

/// What comes of that program with other sections.
fn with_sections(sections: &[Section<'_>]) -> Result<Program, LoadError> {
    let mut contents = with_data();
    contents.extend(postcard::to_allocvec(sections).unwrap());
    Program::from_bytes(&framed(&contents), &registry())
}

fn section<'a>(name: &'a str, required: bool, bytes: &'a [u8]) -> Section<'a> {
    Section { name, required, bytes }
}

#[test]
fn sections_are_known_passed_over_or_refused() {
    let data = postcard::to_allocvec(&data()).unwrap();
    let known = section("data", true, &data);
    let read = with_sections(&[known]).unwrap();
    let bytes = read.to_bytes().unwrap();
    let known = || section("data", true, &data);
    // What may be passed over is, before and behind; and it is gone when the program is written.
    for (name, first) in [("another", true), ("scopes", false)] {
        let other = section(name, false, b"anything");
        let sections = if first { [other, known()] } else { [known(), other] };
        let passed = with_sections(&sections).unwrap();
        assert_eq!(passed.tape().to_string(), read.tape().to_string());
        assert_eq!(passed.to_bytes().unwrap(), bytes);
    }
    let error = with_sections(&[known(), section("scopes", true, b"")]).unwrap_err();
    assert!(matches!(&error, LoadError::UnknownSection { name } if name == "scopes"), "{error}");
    let refused = |sections: &[Section<'_>], words: &str| {
        let error = with_sections(sections).unwrap_err().to_string();
        assert!(error.contains(words), "`{error}` instead of `{words}`");
    };
    refused(&[known(), known()], "in order of their names");
    refused(&[section("scopes", false, b""), known()], "in order of their names");
    refused(&[section("scopes", false, b""), section("scopes", false, b"")], "in order of their names");
    refused(&[section("data", false, &data)], "may be passed over");
    refused(&[], "fewer data");
    // A file of version 1 has none.
    let error = Program::from_bytes(&super::framed_as(1, &with_data()), &registry()).unwrap_err();
    assert!(error.to_string().contains("fewer data"), "{error}");
}

#[test]
fn altered_sections_are_found() {
    let refused = |words: &str, alter: &dyn Fn(&mut Vec<OfProgram>)| {
        let mut altered = data();
        alter(&mut altered);
        let bytes = postcard::to_allocvec(&altered).unwrap();
        let error = with_sections(&[section("data", true, &bytes)]).unwrap_err().to_string();
        assert!(error.contains(words), "`{error}` instead of `{words}`");
    };
    refused("fewer data", &|d| d[1].data.0.truncate(3));
    refused("fewer data", &|d| drop(d.remove(0)));
    refused("more data", &|d| d[1].data.0.push(0.5));
    refused("for nothing", &|d| d.clear());
    refused("for nothing", &|d| d[0].data.0.clear());
    refused("in order of the programs", &|d| d.reverse());
    refused("in order of the programs", &|d| d[0].program = 1);
    refused("a program that is not there", &|d| d[1].program = 2);
    // Cut off anywhere, with something behind, and with lengths that no file has.
    let whole = with_data();
    let mut contents = whole.clone();
    contents.extend(crate::save::sections::Sections { data: data() }.to_bytes().unwrap());
    for end in whole.len()..contents.len() {
        let error = Program::from_bytes(&framed(&contents[..end]), &registry()).unwrap_err();
        assert!(matches!(error, LoadError::Malformed { .. }), "{error}");
    }
    let announced = postcard::to_allocvec(&(1_u64 << 40)).unwrap();
    for at in whole.len()..contents.len() {
        let mut longer = contents.clone();
        longer.splice(at..=at, announced.iter().copied());
        let _ = Program::from_bytes(&framed(&longer), &registry());
    }
    contents.push(0);
    let error = Program::from_bytes(&framed(&contents), &registry()).unwrap_err().to_string();
    assert!(error.contains("follows the last section"), "{error}");
}

/// What comes of an altered file.
fn altered(alter: impl FnOnce(&mut File<'_>)) -> Result<Program, LoadError> {
    let contents = contents();
    let mut file = parsed(&contents);
    alter(&mut file);
    assert_ne!(file, parsed(&contents), "nothing was altered");
    load(&file)
}

/// The same, which must be an error with these words in it.
fn refused(words: &str, alter: impl FnOnce(&mut File<'_>)) {
    let error = altered(alter).unwrap_err().to_string();
    assert!(error.contains(words), "`{error}` instead of `{words}`");
}

/// The numbers of a program at its point, by their bits.
fn numbers(program: &Program) -> Vec<u64> {
    let (mut y, mut g) = (vec![0.0; program.outputs()], vec![0.0; program.inputs()]);
    let weights: Vec<f64> = (0..y.len()).map(|k| 1.0 + k as f64).collect();
    program.vjp_into(&mut Work::new(), program.point(), &weights, &mut y, &mut g).unwrap();
    y.iter().chain(&g).map(|x| x.to_bits()).collect()
}

/// Runs a program that was read from anywhere: numbers or an error.
fn run(program: &Program) {
    let (mut y, mut g) = (vec![0.0; program.outputs()], vec![0.0; program.inputs()]);
    let weights = vec![1.0; y.len()];
    let _ = program.vjp_into(&mut Work::new(), program.point(), &weights, &mut y, &mut g);
}

#[test]
fn all_of_it_comes_back() {
    let program = everything();
    let bytes = program.to_bytes().unwrap();
    let loaded = Program::from_bytes(&bytes, &registry()).unwrap();
    assert_eq!(numbers(&loaded), numbers(&program));
    assert_eq!(loaded.point(), program.point());
    assert_eq!(loaded.recorded_parameters(), [2.0]);
    // Programs that are called are others, though the same: bytes tell.
    assert_eq!(loaded.to_bytes().unwrap(), bytes);
    let text = |program: &Program| program.tape().dump().full().to_string();
    assert_eq!(text(&loaded), text(&program));
    let file = contents();
    let file = parsed(&file);
    assert_eq!(
        file.programs.0.len(),
        3,
        "the innermost program is called in two places, and stands there once"
    );
}

/// A table with other numbers writes other opcodes: names are what counts.
#[test]
fn names_and_not_numbers_tell_operations() {
    let contents = contents();
    let mut file = parsed(&contents);
    file.operations.0.reverse();
    let last = file.operations.0.len() as u8 - 1;
    assert!(last > 5);
    for program in &mut file.programs.0 {
        program.opcodes.to_mut().iter_mut().for_each(|opcode| *opcode = last - *opcode);
    }
    let loaded = load(&file).unwrap();
    assert_eq!(numbers(&loaded), numbers(&everything()));
    assert_eq!(loaded.to_bytes().unwrap(), framed(&contents));
}

#[test]
fn altered_tables_are_found() {
    refused("`inptu`", |f| f.operations.0[0].name = "inptu");
    refused("on any number of operands, and here it takes 0", |f| f.operations.0[0].arity = None);
    refused("opcode", |f| f.operations.0.truncate(4));
    refused("source files", |f| f.sources.0.clear());
    refused("none of the questions", |f| f.tests.0.clear());
    refused("nobody can ask", |f| f.tests.0[0].question = "><");
    refused("nobody can ask", |f| f.tests.0[0].answer = Cow::Borrowed("perhaps"));
    refused("no program", |f| f.programs.0.clear());
    refused("before it", |f| f.programs.0.rotate_left(1));
    refused("before it", |f| f.programs.0.swap(0, 2));
    // What is not used is in nobody's way.
    assert!(altered(|f| f.sources.0.push("else.rs")).is_ok());
    assert!(altered(|f| f.tests.0.push(Asked { question: "<", answer: "true".into() })).is_ok());
}

#[test]
fn altered_nodes_are_found() {
    refused("opcode", |f| f.programs.0[2].opcodes.to_mut()[3] = 200);
    refused("fewer operands", |f| f.programs.0[0].operands.to_mut().clear());
    refused("more operands", |f| f.programs.0[0].operands.to_mut().push(2));
    refused("within a number", |f| *f.programs.0[0].operands.to_mut().last_mut().unwrap() = 0x80);
    // A node of its own, one before the first, a constant that is not there.
    refused("before the first node", |f| f.programs.0[0].operands.to_mut()[0] = 0);
    refused("before the first node", |f| f.programs.0[0].operands.to_mut()[0] = 4);
    refused("constant 31 of 2", |f| f.programs.0[0].operands.to_mut()[0] = 63);
    refused("program 0 of the file", |f| f.programs.0[0].constants.0.clear());
    refused("before the first node", |f| f.programs.0[0].outputs.0[0] = u64::MAX - 1);
    refused("before the first node", |f| f.programs.0[0].outputs.0[0] = u64::MAX);
    refused("output 0", |f| f.programs.0[0].outputs.0[0] = 77);
    refused("for each input", |f| f.programs.0[2].inputs.0.push(1.0));
    refused("for each input", |f| f.programs.0[2].parameters.0.clear());
    refused("program 2 of the file", |f| f.programs.0[1].outputs.0.truncate(1));
}

#[test]
fn altered_events_are_found() {
    refused("none of the questions", |f| f.programs.0[2].guards.0[0].test = 9);
    refused("before the first node", |f| f.programs.0[2].guards.0[0].left = 0);
    refused("before the first node", |f| f.programs.0[2].guards.0[0].right = 2 * 1000);
    refused("program 2 of the file", |f| f.programs.0[2].guards.0[0].left = 2 * 99 + 1);
    refused("guard 0 stands", |f| f.programs.0[2].guards.0[0].position = 1_000_000);
    refused("before the first node", |f| f.programs.0[2].guards.0[0].position = u32::MAX);
    refused("guard 1 stands", |f| f.programs.0[2].guards.0.swap(0, 2));
    refused("source files", |f| f.programs.0[2].guards.0[0].at.source = 4);
    refused("read 0 names a node", |f| f.programs.0[2].reads.0[0].node = 1000);
    refused("past the end", |f| f.programs.0[2].reads.0[0].node = u32::MAX);
    refused("read 0 stands", |f| f.programs.0[2].reads.0[0].position = u32::MAX);
    refused("source files", |f| f.programs.0[2].reads.0[0].at.source = 4);
    refused("not on the tape", |f| f.programs.0[2].names.0[1].node = 1000);
    refused("past the end", |f| f.programs.0[2].names.0[1].node = u32::MAX);
    refused("in order of their nodes", |f| f.programs.0[2].names.0[1].node = 0);
    refused("source lines for", |f| f.programs.0[2].lines.as_mut().unwrap().0.truncate(3));
    refused("source files", |f| f.programs.0[2].lines.as_mut().unwrap().0[0].source = 7);
    assert!(altered(|f| f.programs.0[2].lines = None).unwrap().tape().lines().is_none());
    let named = altered(|f| f.programs.0[2].names.0[0].name = "z").unwrap();
    assert_eq!(named.tape().name(named.tape().inputs()[0]), Some("z"));
    let line = altered(|f| f.programs.0[2].guards.0[0].at.row = 7).unwrap();
    assert_eq!(line.tape().guards()[0].at.line, 7);
}

#[test]
fn altered_calls_are_found() {
    let place = |f: &File<'_>, program: usize, name: &str| {
        f.programs.0[program].callees.0.iter().position(|called| called.name == name).unwrap()
    };
    let with = |words: &str, program: usize, name: &str, what: What| {
        refused(words, |f| {
            let place = place(f, program, name);
            f.programs.0[program].callees.0[place].what = what;
        });
    };
    let map = |rows, start, end| What::Map { program: 0, rows, start, end };
    refused("calls none of", |f| f.programs.0[2].calls.0[0] = 9);
    refused("for each call", |f| f.programs.0[2].calls.0.truncate(2));
    refused("for each call", |f| f.programs.0[2].calls.0.push(0));
    refused("operands", |f| f.programs.0[2].calls.0.swap(0, 1));
    with("before it", 2, "inner", What::Program(2));
    with("before it", 1, "program", What::Program(u32::MAX));
    with("operands", 2, "inner", What::Program(0));
    with("`inner/4`, which is not registered", 2, "inner", What::Registered { inputs: 2, outputs: 2 });
    with("`versin/2` with 2 operands and 1 results, and the registered one has 1 and 1", 1, "versin", {
        What::Registered { inputs: 2, outputs: 1 }
    });
    with("rows", 2, "program:map(3;1..1)", map(2, 1, 1));
    with("rows", 2, "program:map(3;1..1)", map(3, 0, 0));
    with("rows", 2, "program:map(3;1..1)", map(u64::MAX, 1, 1));
    with("rows", 2, "program:map(3;1..1)", map(3, 2, 1));
    with("rows", 2, "program:map(3;1..1)", map(3, 0, u32::MAX));
    // Named as it is, and still too many.
    refused("rows", |f| {
        let place = place(f, 2, "program:map(3;1..1)");
        let called = &mut f.programs.0[2].callees.0[place];
        (called.name, called.what) = ("program:map(1000000;0..1)".into(), map(1_000_000, 0, 1));
    });
    refused("(there are versions 2)", |f| {
        let place = place(f, 1, "versin");
        f.programs.0[1].callees.0[place].version = 3;
    });
    // A program that is called may call nothing that is not pure.
    let contents = contents();
    let (mut file, again) = (parsed(&contents), parsed(&contents));
    file.programs.0.extend(again.programs.0.into_iter().skip(1).take(1));
    file.programs.0[3].callees.0[0].what = What::Program(2);
    let error = load(&file).unwrap_err().to_string();
    assert!(error.contains("calls `remote`, which is not pure"), "{error}");
}

#[test]
fn every_bit() {
    let (contents, bytes) = (contents(), everything().to_bytes().unwrap());
    let mut outcomes = [0, 0];
    for bit in 0..8 * bytes.len() {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(Program::from_bytes(&altered, &registry()).is_err(), "bit {bit}");
        let Some(at) = (bit / 8).checked_sub(super::HEADER) else { continue };
        let mut altered = contents.clone();
        altered[at] ^= 1 << (bit % 8);
        let loaded = Program::from_bytes(&framed(&altered), &registry());
        outcomes[usize::from(loaded.is_ok())] += 1;
        if let Ok(program) = loaded {
            run(&program);
        }
    }
    // Other constants, points, names and operations are other programs; whatever else there is holds together.
    assert!(outcomes[0] > 1000 && outcomes[1] > 500, "{outcomes:?}");
}

/// So many programs that call one another in a chain.
fn chain(length: usize) -> Program {
    let first = Program::record(&[0.5], |x| vec![x[0].sin()]).unwrap();
    (1..length).fold(first, |inner, _| Program::record(&[0.5], |x| inner.call(x)).unwrap())
}

#[test]
fn chains_of_programs_are_bounded() {
    let longest = chain(super::format::DEPTH);
    let loaded = Program::from_bytes(&longest.to_bytes().unwrap(), &Registry::new()).unwrap();
    assert_eq!(numbers(&loaded), numbers(&longest));
    let longer = Program::record(&[0.5], |x| longest.call(x)).unwrap();
    assert!(matches!(longer.to_bytes(), Err(super::SaveError::TooDeep)));
    // Long also where a part of it is known already.
    let both = Program::record(&[0.5], |x| {
        let y = longest.call(x);
        chain(3).call(&y)
    });
    assert!(matches!(both.unwrap().to_bytes(), Err(super::SaveError::TooDeep)));
    // A hostile file.
    let contents = write::contents(&chain(3)).unwrap();
    let mut file = parsed(&contents);
    let again = parsed(&contents);
    let mut last = again.programs.0.into_iter().next_back().unwrap();
    while file.programs.0.len() < 5_000 {
        last.callees.0[0].what = What::Program(file.programs.0.len() as u32 - 1);
        let copy = parsed(&contents).programs.0.pop().unwrap();
        file.programs.0.push(std::mem::replace(&mut last, copy));
    }
    assert!(matches!(load(&file), Err(LoadError::TooDeep)));
}

#[test]
fn a_file_takes_no_memory_for_what_it_announces() {
    // A list of 2⁴⁰ names of operations, of which there is none.
    let announced = postcard::to_allocvec(&(1_u64 << 40)).unwrap();
    assert!(matches!(
        Program::from_bytes(&framed(&announced), &registry()),
        Err(LoadError::Malformed { .. })
    ));
    // The same everywhere else: the list's length is made longer, and what follows is read as its elements.
    let contents = contents();
    for at in 0..contents.len() {
        let mut longer = contents.clone();
        longer.splice(at..=at, announced.iter().copied());
        let _ = Program::from_bytes(&framed(&longer), &registry());
    }
}

#[test]
fn two_operations_of_one_name_are_not_saved() {
    struct Wide;
    impl Opaque for Wide {
        fn name(&self) -> &'static str {
            "remote"
        }
        fn inputs(&self) -> usize {
            3
        }
        fn outputs(&self) -> usize {
            1
        }
        fn is_pure(&self) -> bool {
            true
        }
        fn value(&self, x: &[f64], y: &mut [f64]) -> Outcome {
            y[0] = x.iter().sum();
            Ok(())
        }
        fn vjp(&self, _: &[f64], _: &[f64], gy: &[f64], gx: &mut [f64]) -> Outcome {
            gx.fill(gy[0]);
            Ok(())
        }
    }
    let program = Program::record(&[1.0, 2.0, 3.0], |x| {
        vec![Callee::opaque(Wide).call(x)[0] + Callee::opaque(Remote).call(&x[..2])[0]]
    });
    let error = program.unwrap().to_bytes().unwrap_err();
    assert!(error.to_string().contains("`remote/0`"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    /// Bytes that are changed, cut out, doubled or brought in from elsewhere, with the right checksum: a program or an error.
    #[test]
    fn hostile_contents(edits in prop::collection::vec(
        (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..6_u8, any::<u8>()),
        1..4,
    )) {
        let mut contents = contents();
        for (at, other, kind, byte) in edits {
            if contents.is_empty() {
                break;
            }
            let (at, other) = (at.index(contents.len()), other.index(contents.len()));
            match kind {
                0 => contents[at] = byte,
                1 => contents[at] ^= 1 << (byte % 8),
                2 => contents.truncate(at),
                3 => drop(contents.splice(at..(at + usize::from(byte % 8)).min(contents.len()), [])),
                4 => contents.insert(at, byte),
                _ => {
                    let piece = contents[other..(other + usize::from(byte % 32)).min(contents.len())].to_vec();
                    contents.splice(at..at, piece);
                }
            }
        }
        if let Ok(program) = Program::from_bytes(&framed(&contents), &registry()) {
            prop_assert!(program.tape().verify().is_ok());
            run(&program);
            let _ = program.to_bytes().unwrap();
        }
    }
}

/// Every opcode that the table has can stand in a file.
#[test]
fn a_table_fits_into_opcodes() {
    assert!(Op::ALL.len() <= 256);
    let names = List(Op::ALL.iter().map(|op| op.info().name).collect::<Vec<_>>());
    assert!(names.0.iter().all(|name| Op::from_name(name).is_some_and(|op| op.info().name == *name)));
}
