//! Which recording a variable belongs to, and which node of it it is: one number of 64 bits, whose arithmetic is here and
//! nowhere else.

use core::fmt;
use core::num::NonZeroU32;

use crate::index::NodeId;

/// The number of a recording. No two that are active at one time have the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RecordingId(NonZeroU32);

impl RecordingId {
    /// The recording of that number; there is none of number 0.
    pub(crate) fn new(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// Its number, for messages.
    pub(crate) fn number(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Debug for RecordingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for RecordingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A variable's recording and node, or that it is a constant, which has neither.
///
/// The recording's number stands in the upper half and the node's index in the lower, so that one subtraction finds both
/// whether a variable belongs to a recording and which node of it it is ([`offset`](Self::offset)).
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Tag(u64);

impl Tag {
    /// That of a constant. As no recording has the number 0, it is the tag of no node.
    pub(crate) const CONSTANT: Self = Self(0);

    /// That of a recording's first node.
    #[inline(always)]
    pub(crate) fn base(recording: RecordingId) -> Self {
        Self(u64::from(recording.number()) << 32)
    }

    /// That of a number which was computed after its recording had failed: of the recording, and of no node, as no tape has so
    /// many.
    #[inline(always)]
    pub(crate) fn unrecorded(recording: RecordingId) -> Self {
        Self::base(recording).node(u64::from(u32::MAX))
    }

    /// That of the node so many behind this one.
    #[inline(always)]
    pub(crate) fn node(self, offset: u64) -> Self {
        Self(self.0 + offset)
    }

    /// The node's index among those of the recording with that base; of a variable of another recording, and of a constant, a
    /// number above all indices.
    #[inline(always)]
    pub(crate) fn offset(self, base: Self) -> u64 {
        self.0.wrapping_sub(base.0)
    }

    #[inline(always)]
    pub(crate) const fn is_constant(self) -> bool {
        self.0 == 0
    }

    /// The recording; none of a constant.
    #[inline(always)]
    pub(crate) fn recording(self) -> Option<RecordingId> {
        RecordingId::new((self.0 >> 32) as u32)
    }

    /// The node's index in its recording.
    #[inline(always)]
    pub(crate) fn index(self) -> usize {
        self.0 as u32 as usize
    }

    /// The bits in which two differ: without a branch, for many at a time.
    #[inline(always)]
    pub(crate) fn differs(self, other: Self) -> u64 {
        self.0 ^ other.0
    }

    /// Bits of which some are set where it is no constant.
    #[inline(always)]
    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    /// The tag that is as far behind this one as `step`, which may lead anywhere.
    #[inline(always)]
    pub(crate) fn stepped(self, step: u64) -> Self {
        Self(self.0.wrapping_add(step))
    }
}

/// A node as one names it to a dump or a diagram: by its index, or by the variable that one holds.
///
/// A variable names a node of its own recording's tape alone. A constant names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wire(Named);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Node(NodeId),
    Variable(RecordingId, u32),
    Constant,
}

impl Wire {
    /// What a variable names.
    pub(crate) fn of_variable(tag: Tag) -> Self {
        match tag.recording() {
            Some(recording) => Self(Named::Variable(recording, tag.index() as u32)),
            None => Self(Named::Constant),
        }
    }

    /// The node on a tape of that recording, if it names one there.
    pub(crate) fn on(self, recording: Option<RecordingId>) -> Option<NodeId> {
        match self.0 {
            Named::Node(node) => Some(node),
            Named::Variable(own, index) if Some(own) == recording => Some(NodeId::named(index)),
            _ => None,
        }
    }
}

impl From<NodeId> for Wire {
    fn from(node: NodeId) -> Self {
        Self(Named::Node(node))
    }
}

impl fmt::Display for Wire {
    /// `%2`, `a constant`, `%2 of recording 1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Named::Node(node) => node.fmt(f),
            Named::Variable(recording, index) => {
                write!(f, "{} of recording {recording}", NodeId::named(index))
            }
            Named::Constant => f.write_str("a constant"),
        }
    }
}
