//! Why a text is not a tape.

use crate::error::CallError;
use crate::index::NodeId;
use crate::spelling;
use crate::verify::VerifyError;

/// Why [`Tape::parse`](crate::Tape::parse) gives no tape, and where in the text.
///
/// ```
/// use wengert::{Tape, dump::ParseReason};
///
/// let text = "wengert tape v2: 1 node, 1 input, 0 outputs, 0 guards\nnode\n%0 = inptu\noutputs\n";
/// let error = Tape::parse(text).unwrap_err();
/// assert_eq!((error.line, error.column), (3, 6));
/// assert_eq!(error.reason, ParseReason::UnknownOperation { name: "inptu".into() });
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: ParseReason,
}

/// What is wrong with a text that should be a tape.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseReason {
    /// The text does not begin as a dump does.
    #[error(
        "this is no dump of a tape: one begins with `wengert tape v2: … nodes, … inputs, … outputs, … guards`"
    )]
    NotADump,
    /// The dump is of a version of the format that this version of the library does not read.
    #[error("version `{found}` of the format is unknown; this library reads v1 and v2")]
    Version {
        /// The version.
        found: String,
    },
    /// Part of the tape is missing from the text.
    #[error("part of the tape was left out of this dump; print it with `.full()` and without filters")]
    Elided,
    /// Something else was expected here.
    #[error("expected {expected}, found {}", describe(.found))]
    Expected {
        /// What the grammar asks for.
        expected: &'static str,
        /// What stands there: the beginning of the word, empty at the end of the line.
        found: String,
    },
    /// No operation has that name.
    #[error("no operation is called `{name}`")]
    UnknownOperation {
        /// The name.
        name: String,
    },
    /// A called operation of that name and version is not in the registry.
    #[error(
        "the operation `{name}` is not registered{}; add it to the registry, and parse with `Tape::parse_with`",
        spelling::versions(.versions)
    )]
    Unregistered {
        /// Name and version.
        name: String,
        /// The versions of that name that are.
        versions: Vec<u32>,
    },
    /// A called operation takes other operands.
    #[error("{0}")]
    Call(Box<CallError>),
    /// Nodes do not stand in order.
    #[error("node {expected} must stand here: nodes are numbered from %0 without gaps")]
    Order {
        /// The next node.
        expected: NodeId,
    },
    /// An operand is not defined yet, or nowhere.
    #[error("`{found}` is not defined above this line; an operand must be computed before it is read")]
    Undefined {
        /// The operand.
        found: String,
    },
    /// An operation on two halves has an odd number of operands.
    #[error("`{name}` takes two halves of one length, found {found} operands")]
    Odd {
        /// The operation.
        name: &'static str,
        /// How many operands stand there.
        found: usize,
    },
    /// The second operand of an operation must be a constant.
    #[error("the second operand of `{name}` must be a constant")]
    NotConstant {
        /// The operation.
        name: &'static str,
    },
    /// The wrong number of operands.
    #[error("`{name}` takes {expected} operand(s), not {found}")]
    Arity {
        /// The operation.
        name: &'static str,
        /// How many it takes.
        expected: u8,
        /// How many there are.
        found: usize,
    },
    /// A section that this version of the library does not know, and must not pass over.
    #[error(
        "the section `{name}` is required to understand the tape, and this version of the library does not know it"
    )]
    UnknownSection {
        /// Its name.
        name: String,
    },
    /// Sections do not stand in order of their names.
    #[error("sections stand in order of their names, each once: `{name}` may not stand here")]
    SectionOrder {
        /// The name of the one that does.
        name: String,
    },
    /// The text ends within a section.
    #[error("the text ends within the section `{name}`; was it cut off?")]
    SectionEnds {
        /// Its name.
        name: String,
    },
    /// The data of a node are missing, or others than those stand here.
    #[error("here must stand the data of {node}, {count} number(s)")]
    Data {
        /// The node.
        node: NodeId,
        /// How many operands it has, and so data.
        count: usize,
    },
    /// More nodes or constants than a tape can hold.
    #[error("a tape holds at most 2³¹ nodes")]
    TooManyNodes,
    /// The header announces other numbers than the text has.
    #[error("the header announces {announced} {what}, but the text has {found}; was a line lost or added?")]
    Counts {
        /// Nodes, inputs, outputs or guards.
        what: &'static str,
        /// What the header says.
        announced: u64,
        /// What the text has.
        found: usize,
    },
    /// The text ends before the line of outputs.
    #[error("the text ends without its last line, `outputs …`; was it cut off?")]
    NoOutputs,
    /// Something follows the line of outputs.
    #[error("nothing may follow the line of outputs")]
    Trailing,
    /// What was read breaks an invariant of a tape.
    #[error("{0}")]
    Invalid(VerifyError),
}

fn describe(found: &str) -> String {
    if found.is_empty() { "the end of the line".into() } else { format!("`{found}`") }
}
