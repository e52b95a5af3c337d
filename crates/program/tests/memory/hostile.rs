//! Files that were cut off, altered, or made to do harm: an error or a verified program, in memory that their length bounds.

use wengert_program::{LoadError, Program, Work};
use wengert_tape::call::Registry;

use crate::counting::{allocated, allocations};

/// Bytes before the contents, and where the length and the checksum stand among them.
const HEADER: usize = 24;
const LENGTH: usize = 12;
const CHECKSUM: usize = 20;

/// A small program with something of most that a file can hold.
fn small() -> Vec<u8> {
    let inner = Program::record(&[0.5], |x| vec![x[0].sin()]).unwrap();
    let program = Program::record_with(|s| {
        let (x, p) = (s.input(1.5).named("x"), s.parameter(2.0));
        assert!(x > 0.0);
        let y = inner.map(&[x, p], &[])[1];
        s.output(
            wengert::linear::sum(&[x, p, y, x * 3.0]) + wengert::linear::weighted_sum(&[x, y], &[0.5, 2.0]),
        );
    });
    program.unwrap().to_bytes().unwrap()
}

/// With length and checksum that are right.
fn repaired(mut bytes: Vec<u8>) -> Vec<u8> {
    let length = (bytes.len() - HEADER) as u64;
    bytes[LENGTH..CHECKSUM].copy_from_slice(&length.to_le_bytes());
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&bytes[..CHECKSUM]);
    checksum.update(&bytes[HEADER..]);
    bytes[CHECKSUM..HEADER].copy_from_slice(&checksum.finalize().to_le_bytes());
    bytes
}

/// A program or an error, in memory that the length bounds: all that was ever allocated is counted. A program is verified, and
/// runs or gives an error.
fn load(file: &[u8]) -> bool {
    let registry = Registry::new();
    let (loaded, [_, most]) = allocated(|| Program::from_bytes(file, &registry));
    assert!(most <= 256 * file.len() + 16_384, "{most} bytes of memory for a file of {} bytes", file.len());
    let Ok(program) = loaded else { return false };
    assert_eq!(program.tape().verify(), Ok(()));
    let (mut y, mut g) = (vec![0.0; program.outputs()], vec![0.0; program.inputs()]);
    let weights = vec![1.0; y.len()];
    let _ = program.vjp_into(&mut Work::new(), program.point(), &weights, &mut y, &mut g);
    true
}

#[test]
fn every_truncation() {
    let file = small();
    assert!(load(&file));
    for length in 0..file.len() {
        let cut = &file[..length];
        assert!(!load(cut), "{length} bytes");
        let error = Program::load(cut, &Registry::new()).unwrap_err();
        let expected = if length < 8 { "NotAProgram" } else { "Truncated" };
        assert!(format!("{error:?}").starts_with(expected), "{length} bytes: {error:?}");
        if length >= HEADER {
            assert!(!load(&repaired(cut.to_vec())), "{length} bytes, with their own checksum");
        }
    }
}

#[test]
fn every_byte() {
    let file = small();
    let (mut programs, mut errors) = (0, 0);
    for at in 0..file.len() {
        for change in 1..=255 {
            let mut altered = file.clone();
            altered[at] ^= change;
            assert!(!load(&altered), "byte {at} is {} and makes no difference", altered[at]);
            if at >= HEADER {
                *if load(&repaired(altered)) { &mut programs } else { &mut errors } += 1;
            }
        }
    }
    // Other constants, points, names and operations are other programs.
    assert!(programs > 5_000 && errors > 5_000, "{programs} programs and {errors} errors");
}

/// Counts that no file has: the numbers that stand for 2⁶³ and 2³² − 1, in the place of each byte and before it.
#[test]
fn counts_that_no_file_has() {
    let file = small();
    let counts =
        [&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01][..], &[0xff, 0xff, 0xff, 0xff, 0x0f]];
    for at in HEADER..file.len() {
        for count in counts {
            for replaced in 0..2 {
                let mut hostile = file.clone();
                hostile.splice(at..at + replaced, count.iter().copied());
                load(&repaired(hostile));
            }
        }
    }
    // Sums of as many operands: the counts stand within the list of operands, whose own length is right.
    for count in [&[0][..]].into_iter().chain(counts) {
        let mut hostile = file[..HEADER].to_vec();
        hostile.extend(b"\x01\x03sum\0"); // of any number of operands
        hostile.extend([0, 0, 1, 1, 0]); // one program of one node
        hostile.push(count.len() as u8);
        hostile.extend(count);
        hostile.extend([0; 11]); // and no sections
        assert_eq!(load(&repaired(hostile)), count == [0]);
    }
    // A header that announces everything.
    let mut hostile = file;
    hostile[LENGTH..CHECKSUM].fill(0xff);
    assert!(!load(&hostile));
    let (error, count) = allocations(|| Program::load(&*hostile, &Registry::new()).unwrap_err());
    assert!(matches!(error, LoadError::Truncated { .. }), "{error}");
    assert!(count < 16, "{count} allocations");
}

/// Lists of the smallest elements, as long as a file can be: memory stays in proportion.
#[test]
fn many_small_things() {
    let zeros = |n: usize| {
        let mut file = small();
        file.truncate(HEADER);
        file.extend(vec![0; n]);
        repaired(file)
    };
    assert!(!load(&zeros(1_000_000)));
    // No operations, no sources, no tests; 100,000 programs of nothing, each of which is 12 bytes.
    let count = 100_000_u32;
    let mut file = small();
    file.truncate(HEADER);
    file.extend([0, 0, 0]);
    file.extend([(count & 127) as u8 | 128, (count >> 7 & 127) as u8 | 128, (count >> 14) as u8]);
    file.extend(vec![0; 12 * count as usize]);
    file.push(0); // no sections
    let file = repaired(file);
    let loaded = Program::from_bytes(&file, &Registry::new());
    assert!(loaded.is_ok_and(|program| program.tape().is_empty()));
    load(&file);
}
