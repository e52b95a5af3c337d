//! What can go wrong, one small enum for each thing a user does.

use core::fmt;
use core::panic::Location;

use wengert_ops::Invalid;

use crate::call::CallError;
use crate::index::NodeId;
use crate::program::RunError;
use crate::source_file::SourceFile;

/// A line of the user's source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourceLine {
    /// The file, as the compiler was given it.
    pub file: SourceFile,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl From<&'static Location<'static>> for SourceLine {
    fn from(at: &'static Location<'static>) -> Self {
        Self { file: at.file().into(), line: at.line(), column: at.column() }
    }
}

impl SourceLine {
    /// Whether the line is the standard library's: of a comparison through references (`&a == &b`, `xs.contains(&a)`), which is
    /// made there, and hides its caller.
    ///
    /// ```
    /// use wengert::Recorder;
    ///
    /// let mut recorder = Recorder::new();
    /// recorder.record(|s| {
    ///     let [a, b] = s.inputs(&[1.0, 2.0]);
    ///     (&a == &b, a == b)
    /// })?;
    /// let guards = recorder.tape().guards();
    /// assert!(guards[0].at.is_in_std() && !guards[1].at.is_in_std());
    /// # Ok::<(), wengert::RecordError>(())
    /// ```
    #[must_use]
    pub fn is_in_std(&self) -> bool {
        let file = self.file.replace('\\', "/");
        ["core", "alloc", "std"].iter().any(|name| file.contains(&format!("/library/{name}/src/")))
    }

    /// What to say behind a comparison at this line, of operands that were made at others: nothing, unless it hides its caller.
    pub(crate) fn advice(&self, operands: &[Option<SourceLine>; 2]) -> String {
        if !self.is_in_std() {
            return String::new();
        }
        let made: Vec<String> = operands.iter().flatten().map(ToString::to_string).collect();
        let made = if made.is_empty() {
            String::new()
        } else {
            format!("; what was compared was computed at {}", made.join(" and "))
        };
        format!(
            " (a comparison through references, which the standard library makes and whose caller it hides: compare by value, as \
             `*a == *b`, to have its line{made})"
        )
    }
}

impl fmt::Display for SourceLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

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

/// Why a variable does not name a node of this tape, or one without an adjoint.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VariableError {
    /// It belongs to another recording, perhaps an earlier one of the same recorder.
    #[error("a variable of recording {found} was looked up in recording {here}")]
    Foreign {
        /// The recording that the variable belongs to.
        found: u32,
        /// The recording that was asked.
        here: u32,
    },
    /// It was computed after its recording had failed.
    #[error("the variable was computed after recording {recording} had failed, and is not on its tape")]
    Unrecorded {
        /// The recording.
        recording: u32,
    },
    /// It is a parameter, which is not differentiated.
    #[error(
        "a parameter ({node}) is not differentiated, and so has no adjoint; make it an input to have one"
    )]
    Parameter {
        /// Its node.
        node: NodeId,
    },
    /// It is a constant, which has no node and no adjoint.
    #[error("a constant ({value}) has no node on the tape, and so no adjoint")]
    Constant {
        /// Its value.
        value: f64,
    },
}

/// Why a sweep has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// A seed does not name a node of this tape.
    #[error("seed {position}: {why}")]
    Seed {
        /// Which seed, from 0.
        position: usize,
        /// What is wrong with it.
        #[source]
        why: VariableError,
    },
    /// A seed is past the end of the tape.
    #[error("seed {position}: node {node} is past the end of a tape of {nodes} nodes")]
    SeedPastEnd {
        /// Which seed, from 0.
        position: usize,
        /// The node that it names.
        node: NodeId,
        /// How many nodes the tape has.
        nodes: usize,
    },
    /// The workspace holds the state of another tape, or none.
    #[error(
        "the workspace holds {values} values and {partials} partials, but the tape has {nodes} nodes and \
         {expected} saved partials; give it the workspace it was recorded or parsed with (a dump without values \
         parses to an empty one)"
    )]
    Workspace {
        /// Values in the workspace.
        values: usize,
        /// Nodes of the tape.
        nodes: usize,
        /// Saved partials in the workspace.
        partials: usize,
        /// Saved partials that the tape's nodes need.
        expected: usize,
    },
    /// Slices of values and adjoints do not fit the tape.
    #[error(
        "{values} values and {adjoints} adjoints for {nodes} nodes: one value a node, and at most one adjoint"
    )]
    Lengths {
        /// Values given.
        values: usize,
        /// Adjoints given.
        adjoints: usize,
        /// Nodes of the tape.
        nodes: usize,
    },
    /// A called operation gave no derivative.
    #[error("node {node}: {why}")]
    Call {
        /// The call's node.
        node: NodeId,
        /// Why not.
        #[source]
        why: Box<CallError>,
    },
}

/// Checks the length of a slice.
pub(crate) fn length(what: &'static str, expected: usize, found: usize) -> Result<(), GradientError> {
    if expected == found { Ok(()) } else { Err(GradientError::Length { what, expected, found }) }
}

/// Numbers into a slice, which must have their length.
pub(crate) fn copied(
    what: &'static str,
    numbers: impl ExactSizeIterator<Item = f64>,
    slots: &mut [f64],
) -> Result<(), GradientError> {
    length(what, numbers.len(), slots.len())?;
    slots.iter_mut().zip(numbers).for_each(|(slot, x)| *slot = x);
    Ok(())
}

/// Source lines, one behind the other; of many, the first ones.
pub(crate) fn listed(lines: &[SourceLine]) -> String {
    const SHOWN: usize = 5;
    let shown = lines.iter().take(SHOWN).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match lines.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Why a one-call gradient has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GradientError {
    /// The recording failed.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The sweep failed.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// Nothing that is differentiated depends on the inputs, and plain values were taken out of the recording: what was
    /// computed with these has no derivative, and the zeros would be wrong.
    #[error(
        "no result depends on the inputs, but plain values were read, and what was computed with them has no derivative: at \
         {}; keep to recorded numbers and compare these, or read `x.detach()` where no derivative is meant to flow",
        listed(lines)
    )]
    PlainReads {
        /// Where they were read, each line once.
        lines: Vec<SourceLine>,
    },
    /// What was recorded could not be run for its second derivatives: a called operation does not give them, most often.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The shape of the point asks for another number of parameters than it holds, or the weights of a vjp
    /// or the directions of a jvp have another length than they must.
    #[error("{what}: expected {expected} numbers, got {found}")]
    Length {
        /// Which vector.
        what: &'static str,
        /// The length it must have.
        expected: usize,
        /// The length it has.
        found: usize,
    },
}
