//! What was written elsewhere: read, checked, written again, and run.

use wengert::{Program, Tape, Work};

use crate::registry::registry;

/// A text: what it means is printed and read again as the same, and its program runs.
///
/// # Panics
/// Where that does not hold.
pub fn text(text: &str) {
    let registry = registry();
    let Ok((tape, work)) = Tape::parse_with(text, &registry) else { return };
    assert_eq!(tape.verify(), Ok(()));
    let printed = tape.dump().full().to_string();
    let (again, _) = Tape::parse_with(&printed, &registry).expect("what is printed is read");
    assert_eq!(again.dump().full().to_string(), printed);
    let state = tape.dump().state(&work).full().to_string();
    let (_, again) = Tape::parse_with(&state, &registry).expect("what is printed is read, with its state");
    assert_eq!(tape.dump().state(&again).full().to_string(), state);
    if let Ok(program) = Program::accepting_reads(tape, &work) {
        saved(&program);
        run(&program);
    }
}

/// Bytes: a program that is written as it was read, and runs. First as they are, then with a header that is right.
///
/// # Panics
/// Where that does not hold.
pub fn binary(bytes: &[u8]) {
    file(bytes);
    if let Some((_, contents)) = bytes.split_at_checked(HEADER) {
        file(&framed(1, contents));
        file(&framed(2, contents));
    }
}

/// Bytes before the contents.
const HEADER: usize = 24;

/// Contents behind a header of that version that is right, as the book's chapter *Saved programs* describes it.
fn framed(version: u32, contents: &[u8]) -> Vec<u8> {
    let mut bytes = b"wengert\0".to_vec();
    bytes.extend(version.to_le_bytes());
    bytes.extend((contents.len() as u64).to_le_bytes());
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&bytes);
    checksum.update(contents);
    bytes.extend(checksum.finalize().to_le_bytes());
    bytes.extend(contents);
    bytes
}

fn file(bytes: &[u8]) {
    let Ok(program) = Program::from_bytes(bytes, &registry()) else { return };
    assert_eq!(program.tape().verify(), Ok(()));
    saved(&program);
    run(&program);
}

/// Saved and loaded, a program is written the same.
fn saved(program: &Program) {
    let Ok(bytes) = program.to_bytes() else { return };
    let again = Program::from_bytes(&bytes, &registry()).expect("what was saved is loaded");
    assert_eq!(again.to_bytes().expect("what was loaded is saved"), bytes);
    assert_eq!(again.tape().dump().full().to_string(), program.tape().dump().full().to_string());
}

/// Numbers or errors, as it is and after the passes.
fn run(program: &Program) {
    // Rounds of programs that call programs multiply; what is meant here is what is read, not how long it runs.
    if program.tape().statistics().calls.iter().map(|(_, count)| *count).sum::<usize>() > 8 {
        return;
    }
    let x = program.point();
    for program in [program.clone(), program.optimized()] {
        assert_eq!(program.tape().verify(), Ok(()));
        let (mut y, mut g) = (vec![0.0; program.outputs()], vec![0.0; x.len()]);
        let weights = vec![1.0; y.len()];
        let _ = program.vjp_into(&mut Work::new(), x, &weights, &mut y, &mut g);
        let mut second = Work::new();
        let _ = program.lagrangian_hvp_into(&mut second, x, &weights, x, &mut g, &mut vec![0.0; x.len()]);
    }
}
