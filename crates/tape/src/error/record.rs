//! Why a recording has no result.

use wengert_ops::Invalid;

use super::CallError;
use crate::source::SourceLine;

/// Why a recording has no result. What was recorded before the error stays readable in the recorder.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// A variable of one recording met another.
    #[error(
        "{at}: a variable of recording {found} was used in recording {active}; \
         take its plain value with `value()`, and make that an input or a parameter of this recording"
    )]
    ForeignVariable {
        /// The recording that the variable belongs to.
        found: u32,
        /// The recording that met it.
        active: u32,
        /// Where.
        at: SourceLine,
    },
    /// A session's handle was used inside another recording.
    #[error(
        "{at}: the session of recording {found} was used inside recording {active}, which is nested in it"
    )]
    ForeignSession {
        /// The recording that the handle belongs to.
        found: u32,
        /// The recording that is active.
        active: u32,
        /// Where.
        at: SourceLine,
    },
    /// The tape is full.
    #[error("{at}: the tape is full at {limit} nodes; record in pieces, or use n-ary operations")]
    TooManyNodes {
        /// The limit that was met.
        limit: usize,
        /// The operation that found no room.
        at: SourceLine,
    },
    /// The user's memory budget is used up.
    #[error("{at}: the recording needs more than its budget of {budget} bytes ({nodes} nodes so far)")]
    OverBudget {
        /// The budget in bytes.
        budget: usize,
        /// Nodes recorded when it was met.
        nodes: usize,
        /// The operation that found no room.
        at: SourceLine,
    },
    /// The machine has no memory left for the tape.
    #[error("{at}: no memory for more than {nodes} nodes")]
    OutOfMemory {
        /// Nodes recorded when memory ran out.
        nodes: usize,
        /// The operation that found no room.
        at: SourceLine,
    },
    /// Arguments of an operation cannot be right.
    #[error("{at}: {}", describe(.why))]
    InvalidArguments {
        /// What is wrong with them.
        why: Invalid,
        /// Where.
        at: SourceLine,
    },
    /// A called operation gave no numbers.
    #[error("{at}: {why}")]
    Call {
        /// The operation.
        name: String,
        /// Why not.
        #[source]
        why: Box<CallError>,
        /// Where it was called.
        at: SourceLine,
    },
    /// The recording ended on a thread, or inside a coroutine, other than the one it began on.
    #[error("recording {number} did not end where it began; what it recorded is lost")]
    Displaced {
        /// The recording.
        number: u32,
    },
}

fn describe(why: &Invalid) -> String {
    match why {
        Invalid::Lengths(a, b) => format!("two slices that must have one length have {a} and {b} elements"),
        Invalid::Shape(handed, asked) => format!(
            "the point hands out {handed} numbers by `each_number` and asks for {asked} by `map_numbers`: its `Parameters` must \
             give one count"
        ),
        Invalid::Rows(elements, each) => {
            format!("a matrix of {elements} elements has no whole number of rows or columns of {each}")
        }
        Invalid::Odd(name, operands) => {
            format!("the operands of `{name}` must be two halves of one length, and are {operands}")
        }
        Invalid::NotInteger(name, x) => format!("the second operand of `{name}` must be an integer, not {x}"),
        Invalid::NotConstant(name) => format!("the second operand of `{name}` must be a constant"),
        _ => format!("{why:?}"),
    }
}
