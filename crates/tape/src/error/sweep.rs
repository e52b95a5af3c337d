//! Why a variable names no adjoint, and why a sweep has no result.

use super::CallError;
use crate::index::NodeId;

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
