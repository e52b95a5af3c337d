//! Which nodes of a tape a dump or a diagram shows.

use core::ops::Range;

use crate::index::NodeId;
use crate::tag::Wire;
use crate::tape::Tape;

/// Which nodes are shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    pub(crate) range: Option<Range<usize>>,
    pub(crate) reaching: Option<Wire>,
    pub(crate) reached_from: Option<Wire>,
}

/// A selection, found on a tape.
pub(crate) struct Shown {
    pub(crate) range: Range<usize>,
    /// One mark a node, where the selection follows the wires.
    marks: Option<Vec<bool>>,
}

impl Selection {
    /// Finds the nodes. Cost: nothing for a range; one pass and a byte a node where wires are followed.
    pub(crate) fn on(&self, tape: &Tape) -> Shown {
        let len = tape.len();
        let mut range = self.range.clone().unwrap_or(0..len);
        range.end = range.end.min(len);
        range.start = range.start.min(range.end);
        let mut marks = self.reaching.map(|to| reaching(tape, to.on(tape.recording)));
        if let Some(from) = self.reached_from {
            let none = || vec![false; len];
            let found = from.on(tape.recording).map_or_else(none, |from| reached_from(tape, from));
            marks = Some(match marks {
                Some(marks) => marks.iter().zip(found).map(|(a, b)| *a && b).collect(),
                None => found,
            });
        }
        Shown { range, marks }
    }
}

impl Shown {
    pub(crate) fn contains(&self, node: usize) -> bool {
        self.range.contains(&node) && self.marks.as_ref().is_none_or(|marks| marks[node])
    }

    /// Whether wires are followed, so that a guard is shown for what it compares and not for where it stands.
    pub(crate) fn follows_wires(&self) -> bool {
        self.marks.is_some()
    }
}

/// A mark at every node on which one of these depends, themselves included; nodes past the end have no effect.
pub(crate) fn reaching(tape: &Tape, to: impl IntoIterator<Item = NodeId>) -> Vec<bool> {
    let mut marks = vec![false; tape.len()];
    let mut end = 0;
    for node in to {
        if let Some(mark) = marks.get_mut(node.index()) {
            *mark = true;
            end = end.max(node.index() + 1);
        }
    }
    let mut place = tape.arena.place(end);
    for i in (0..end).rev() {
        let node = tape.arena.node_before(i, &mut place);
        if marks[i] {
            for operand in node.operands.iter().filter(|o| !o.is_constant()) {
                marks[operand.index()] = true;
            }
        }
    }
    marks
}

/// A mark at every node that depends on this one, itself included.
fn reached_from(tape: &Tape, from: NodeId) -> Vec<bool> {
    let mut marks = vec![false; tape.len()];
    if let Some(mark) = marks.get_mut(from.index()) {
        *mark = true;
        for node in tape.arena.nodes(from.index() + 1) {
            marks[node.id.index()] = node.operands.iter().any(|o| !o.is_constant() && marks[o.index()]);
        }
    }
    marks
}
