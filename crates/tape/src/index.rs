//! Typed 32-bit indices. Their `Display` is the dump's spelling: `%12` is a node.
//!
//! An [`Operand`] is a node or a constant, told apart by the top bit; so a tape holds at most 2³¹ of each.

use core::fmt;

/// How many nodes, and how many constants, a tape can hold: 2³¹.
pub const MAX_NODES: u32 = 1 << 31;

/// A node of the tape, in the order of recording.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    pub(crate) fn new(index: usize) -> Self {
        debug_assert!(index < MAX_NODES as usize);
        Self(index as u32)
    }

    /// The node's position on the tape, from 0.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A constant of the tape's pool.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConstId(u32);

impl ConstId {
    /// The constant's position in the pool, from 0.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for ConstId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// What an operation reads: a node or a constant, in 32 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub(crate) struct Operand(u32);

/// A node as one names it to a dump or a diagram: by its index, or by the variable that one holds.
///
/// A variable names a node of its own recording's tape alone. A constant names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wire {
    index: u32,
    /// The recording of the variable, 0 of a constant; none of an index.
    recording: Option<u32>,
}

impl Wire {
    /// What a variable names.
    pub(crate) fn of_variable(recording: u32, index: usize) -> Self {
        Self { index: index as u32, recording: Some(recording) }
    }

    /// The node on a tape of that recording, if it names one there.
    pub(crate) fn on(self, recording: u32) -> Option<NodeId> {
        match self.recording {
            Some(own) if own == 0 || own != recording => None,
            _ => Some(NodeId(self.index)),
        }
    }
}

impl From<NodeId> for Wire {
    fn from(node: NodeId) -> Self {
        Self { index: node.0, recording: None }
    }
}

impl fmt::Display for Wire {
    /// `%2`, `a constant`, `%2 of recording 1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.recording {
            None => NodeId(self.index).fmt(f),
            Some(0) => f.write_str("a constant"),
            Some(recording) => write!(f, "{} of recording {recording}", NodeId(self.index)),
        }
    }
}

/// What an operation reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The result of an earlier node.
    Node(NodeId),
    /// A constant.
    Constant(ConstId),
}

impl Operand {
    const CONSTANT: u32 = 1 << 31;

    #[inline(always)]
    pub(crate) fn node(index: u32) -> Self {
        debug_assert!(index < MAX_NODES);
        Self(index)
    }

    #[inline(always)]
    pub(crate) fn constant(index: u32) -> Self {
        debug_assert!(index < MAX_NODES);
        Self(index | Self::CONSTANT)
    }

    /// A number that stands in the pool beside operands: the count of a variadic node.
    #[inline(always)]
    pub(crate) fn count(n: u32) -> Self {
        Self(n)
    }

    #[inline(always)]
    pub(crate) fn bits(self) -> u32 {
        self.0
    }

    #[inline(always)]
    pub(crate) fn is_constant(self) -> bool {
        self.0 & Self::CONSTANT != 0
    }

    /// The index without its tag.
    #[inline(always)]
    pub(crate) fn index(self) -> usize {
        (self.0 & !Self::CONSTANT) as usize
    }

    #[inline(always)]
    pub(crate) fn source(self) -> Source {
        if self.is_constant() {
            Source::Constant(ConstId(self.0 & !Self::CONSTANT))
        } else {
            Source::Node(NodeId(self.0))
        }
    }
}

impl From<Source> for Operand {
    fn from(source: Source) -> Self {
        match source {
            Source::Node(id) => Self::node(id.0),
            Source::Constant(id) => Self::constant(id.0),
        }
    }
}

impl fmt::Debug for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source() {
            Source::Node(id) => id.fmt(f),
            Source::Constant(id) => id.fmt(f),
        }
    }
}
