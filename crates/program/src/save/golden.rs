//! A file of version 1 and one of version 2, in both forms, that are loaded for ever and never written anew: what they
//! compute is stated here.
//!
//! ```text
//! inner(u, v) = (v·sin u + 1 − cos v, 3u)
//! f(x, y; p)  = (2.5·(x + 4y + a)·sin x + x³, NaN, a),    a = inner₀(x, p)
//! ```
//!
//! That of version 2 has data: `g(x, y) = 2x − 0.5y + h(x, y) + (x − 1)² + (y − 0.25)²`, where `h(u, v) = 3u + 0.75v`
//! is a program that it calls.

use wengert_tape::Tape;

use super::format::{List, VERSION};
use super::tests::{inner, innermost, load, parsed, registry};
use super::{HEADER, LoadError, framed, framed_as};
use crate::program::Program;
use crate::work::Work;
use wengert_tape::Var;

const BINARY: &[u8] = include_bytes!("golden/v1.wengert");
const TEXT: &str = include_str!("golden/v1.txt");

fn close(found: f64, stated: f64) {
    assert!((found - stated).abs() <= 1e-13 * stated.abs(), "{found} and {stated}");
}

/// Its numbers at the point of the recording and at another.
fn computes(program: &Program) {
    assert_eq!((program.point(), program.recorded_parameters()), (&[1.5, 0.5][..], &[2.0][..]));
    let at = |x: [f64; 2], parameter: f64, stated: [f64; 4]| {
        let (mut work, mut y, mut g) = (Work::new(), [0.0; 3], [0.0; 2]);
        program.set_parameters(&mut work, &[parameter]).unwrap();
        program.vjp_into(&mut work, &x, &[1.0, 0.0, 0.0], &mut y, &mut g).unwrap();
        assert!(y[1].is_nan());
        [y[0], y[2], g[0], g[1]].into_iter().zip(stated).for_each(|(found, stated)| close(found, stated));
    };
    // f₀, f₂, ∂f₀/∂x, ∂f₀/∂y.
    at(
        [1.5, 0.5],
        2.0,
        [20.609_560_798_664_006, 3.411_136_809_755_252, 10.818_723_682_321_66, 9.974_949_866_040_545],
    );
    at(
        [1.25, 0.75],
        3.0,
        [23.511_555_818_721_224, 4.836_946_354_667_204, 16.467_525_567_560_65, 9.489_846_193_555_863],
    );
}

fn golden() -> Program {
    Program::from_bytes(BINARY, &registry()).unwrap()
}

#[test]
fn a_file_of_version_1_is_what_it_was() {
    computes(&golden());
    assert_eq!(VERSION, 2, "keep these files, and add some of the new version");
}

/// What is written is of the newest version: the same contents, and no sections.
#[test]
fn it_is_written_as_one_of_the_newest_version() {
    let mut contents = BINARY[HEADER..].to_vec();
    contents.push(0);
    assert_eq!(golden().to_bytes().unwrap(), framed(&contents));
    // In the older version nothing stands behind the programs.
    let error = Program::from_bytes(&framed_as(1, &contents), &registry()).unwrap_err();
    assert!(error.to_string().contains("follows the last program"), "{error}");
}

const BINARY_2: &[u8] = include_bytes!("golden/v2.wengert");
const TEXT_2: &str = include_str!("golden/v2.txt");

/// Nothing about writing has changed within version 2, so that files can be compared by their bytes.
#[test]
fn a_file_of_version_2_is_what_it_was() {
    let program = Program::from_bytes(BINARY_2, &registry()).unwrap();
    assert_eq!(program.to_bytes().unwrap(), BINARY_2);
    assert_eq!(program.gradient(&[1.5, 0.5]).unwrap(), (7.9375, vec![6.0, 0.75]));
    assert_eq!(program.gradient(&[2.25, -1.0]).unwrap(), (14.125, vec![7.5, -2.25]));
    let called = Program::record(&[1.0, 2.0], |x| vec![Var::weighted_sum(x, &[3.0, 0.75])]).unwrap();
    let (tape, work) = Tape::parse_with(TEXT_2, &registry().with(called.named("h", 0))).unwrap();
    assert_eq!(tape.dump().state(&work).full().to_string(), TEXT_2);
    assert_eq!(tape.dump().full().to_string(), program.tape().dump().full().to_string());
}

#[test]
fn its_text_is_what_it_was() {
    let innermost = innermost();
    let registry = registry().with(inner(&innermost).named("inner", 4)).with(innermost.named("program", 0));
    let (tape, work) = Tape::parse_with(TEXT, &registry).unwrap();
    let from_text = Program::accepting_reads(tape, &work).unwrap();
    computes(&from_text);
    // It is printed in the newest version, and differs in that alone.
    let printed = from_text.tape().dump().state(&work).full().to_string();
    assert_eq!(printed, TEXT.replacen("v1", "v2", 1));
    let printed = |program: &Program| program.tape().dump().full().to_string();
    assert_eq!(printed(&from_text), printed(&golden()), "the same as from the bytes");
}

/// The golden file as a library would have written it whose table has another order.
#[test]
fn it_means_the_same_under_another_table() {
    let mut file = parsed(&BINARY[HEADER..]);
    let count = file.operations.0.len();
    for shift in 1..count {
        let again = parsed(&BINARY[HEADER..]);
        file.operations = List(again.operations.0);
        file.operations.0.rotate_right(shift);
        file.programs = again.programs;
        for program in &mut file.programs.0 {
            for opcode in program.opcodes.to_mut() {
                *opcode = ((usize::from(*opcode) + shift) % count) as u8;
            }
        }
        let loaded = load(&file).unwrap();
        computes(&loaded);
        assert_eq!(loaded.to_bytes().unwrap(), golden().to_bytes().unwrap());
    }
}

/// Names that moved without their opcodes are other operations, and are found or compute something else.
#[test]
fn names_alone_say_what_an_opcode_means() {
    let mut file = parsed(&BINARY[HEADER..]);
    file.operations.0.rotate_right(1);
    assert!(load(&file).is_err());
}

/// A newer library's file is refused by its version, whatever else it says.
#[test]
fn a_newer_version_is_refused() {
    let mut newer = framed(&BINARY[HEADER..]);
    newer[8] = 3;
    let error = Program::from_bytes(&newer, &registry()).unwrap_err();
    assert!(matches!(error, LoadError::Version { found: 3 }), "{error}");
}
