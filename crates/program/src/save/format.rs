//! What stands in a file, as data: the header's layout, and mirrors of what a program is made of. The book's chapter *Saved
//! programs* describes the same bytes.
//!
//! The fields' order and types *are* the format: to change one is another version. What is new is a section instead
//! ([`super::sections`]), which takes no new version. Nothing here is checked; that is the reader's ([`super::read`]).
//!
//! Version 1 is [`File`] alone. Version 2 has a list of [`Section`](super::sections::Section) behind it.

use core::fmt;
use core::marker::PhantomData;
use std::borrow::Cow;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use wengert_tape::{MAX_NODES, Operand, Source};

/// The first bytes of every file.
pub(super) const MAGIC: [u8; 8] = *b"wengert\0";

/// The version that is written, and the newest that is read.
pub(super) const VERSION: u32 = 2;

/// Bytes before the contents: magic, version, length, checksum.
pub(super) const HEADER: usize = 24;

/// Where the version stands.
pub(super) const VERSION_AT: usize = 8;

/// Where the checksum stands; it is that of everything but itself.
pub(super) const CHECKSUM: usize = 20;

/// Programs that call programs that call programs …: at most so many.
pub(super) const DEPTH: usize = 64;

/// The contents of a file, up to its sections.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct File<'a> {
    /// What opcodes stand for.
    #[serde(borrow)]
    pub(super) operations: List<OperationRow<'a>>,
    /// The names of source files.
    #[serde(borrow)]
    pub(super) sources: List<&'a str>,
    /// What guards asked, and the answer.
    #[serde(borrow)]
    pub(super) tests: List<Asked<'a>>,
    /// Each calls earlier ones alone; the last is the one that was saved.
    #[serde(borrow)]
    pub(super) programs: List<ProgramRow<'a>>,
}

/// An operation of the table, or a leaf.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct OperationRow<'a> {
    pub(super) name: &'a str,
    /// How many operands it has; of any number, their count stands before them.
    pub(super) arity: Option<u8>,
}

/// A test as dumps spell it, such as `<` and `true`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Asked<'a> {
    pub(super) question: &'a str,
    #[serde(borrow)]
    pub(super) answer: Cow<'a, str>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ProgramRow<'a> {
    /// One a node: which of the file's operations.
    #[serde(borrow)]
    pub(super) opcodes: Cow<'a, [u8]>,
    /// The operands of all nodes by their [`code`], one number after another.
    #[serde(borrow)]
    pub(super) operands: Cow<'a, [u8]>,
    pub(super) constants: List<f64>,
    #[serde(borrow)]
    pub(super) callees: List<CalleeRow<'a>>,
    /// One a call, in order: which of the callees.
    pub(super) calls: List<u32>,
    /// By their codes at the end of the tape.
    pub(super) outputs: List<u64>,
    pub(super) guards: List<GuardRow>,
    pub(super) reads: List<ReadRow>,
    /// In order of nodes.
    #[serde(borrow)]
    pub(super) names: List<NameRow<'a>>,
    /// One a node, where they were kept.
    pub(super) lines: Option<List<LineRow>>,
    /// The point of the recording.
    pub(super) inputs: List<f64>,
    pub(super) parameters: List<f64>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CalleeRow<'a> {
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    pub(super) version: u32,
    pub(super) what: What,
}

/// What a call calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum What {
    /// An operation that the registry must have.
    Registered { inputs: u64, outputs: u64 },
    /// A program of the file.
    Program(u32),
    /// A program of the file for so many rows, which share the inputs from `start` to before `end`.
    Map { program: u32, rows: u64, start: u32, end: u32 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct GuardRow {
    /// Which of the file's tests.
    pub(super) test: u32,
    /// By their codes at the position.
    pub(super) left: u64,
    pub(super) right: u64,
    pub(super) position: u32,
    pub(super) at: LineRow,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ReadRow {
    pub(super) node: u32,
    pub(super) position: u32,
    pub(super) at: LineRow,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct NameRow<'a> {
    pub(super) node: u32,
    pub(super) name: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct LineRow {
    /// Which of the file's source files.
    pub(super) source: u32,
    pub(super) row: u32,
    pub(super) column: u32,
}

/// An operand that is read where `position` nodes stand before: how far below it its node is, doubled; of a constant, its
/// place in the pool, doubled, and 1. Most are near, and take one byte.
pub(super) fn code(operand: Source, position: usize) -> u64 {
    match operand {
        Source::Node(node) => 2 * (position - node.index()) as u64,
        Source::Constant(constant) => 2 * constant.index() as u64 + 1,
    }
}

/// The operand of a code; `None` where there can be none. Whether tape and pool have it is not asked.
pub(super) fn operand(code: u64, position: usize) -> Option<Operand> {
    let index = code / 2;
    let known = |index: u64| (index < u64::from(MAX_NODES)).then_some(index as u32);
    if code % 2 == 1 {
        return known(index).map(Operand::of_constant);
    }
    let position = position as u64;
    (1..=position).contains(&index).then(|| position - index).and_then(known).map(Operand::of_node)
}

/// A list that takes memory as its elements come, and none for the length that a file announces.
#[derive(Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Elements<T> {
            type Value = List<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<List<T>, A::Error> {
                let mut list = Vec::new();
                while let Some(element) = elements.next_element()? {
                    list.push(element);
                }
                Ok(List(list))
            }
        }
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}
