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
    /// The node at that position, from 0 to below [`MAX_NODES`]; whether a tape has it is the tape's to say.
    ///
    /// # Panics
    /// In debug builds, where the position is not below [`MAX_NODES`].
    #[must_use]
    pub fn new(index: usize) -> Self {
        debug_assert!(index < MAX_NODES as usize);
        Self(index as u32)
    }

    /// The node of an index that a variable names, whatever it is.
    pub(crate) fn named(index: u32) -> Self {
        Self(index)
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

/// What an operation reads: a node or a constant, in 32 bits. [`source`](Self::source) tells them apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Operand(u32);

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

    /// The node at that position, below [`MAX_NODES`].
    ///
    /// # Panics
    /// In debug builds, where it is not.
    #[must_use]
    pub fn of_node(index: u32) -> Self {
        Self::node(index)
    }

    /// The constant at that place of the pool, below [`MAX_NODES`].
    ///
    /// # Panics
    /// In debug builds, where it is not.
    #[must_use]
    pub fn of_constant(index: u32) -> Self {
        Self::constant(index)
    }

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
    /// Whether it is a constant.
    #[must_use]
    pub fn is_constant(self) -> bool {
        self.0 & Self::CONSTANT != 0
    }

    /// The position of the node on the tape, or of the constant in its pool.
    #[inline(always)]
    #[must_use]
    pub fn index(self) -> usize {
        (self.0 & !Self::CONSTANT) as usize
    }

    /// The node or the constant.
    #[inline(always)]
    #[must_use]
    pub fn source(self) -> Source {
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
