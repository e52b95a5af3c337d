//! Which nodes of a tape stand in one run: those that may have slots which follow one another.

use wengert_ops::Op;
use wengert_tape::{Node, Operand, Tape};

/// Nodes of a run at most: its values and adjoints stay in the nearest cache.
pub(crate) const LONGEST: usize = 1024;

/// From so many nodes on, those of one operation are a run of their own.
const LISTED: usize = 4;

/// Nodes that will stand in runs of their own, with slots that follow one another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub(crate) node: u32,
    pub(crate) nodes: u32,
    /// Whether operations follow one another in any order.
    pub(super) mixed: bool,
}

/// Which of the first two operands are constants.
pub(super) fn constants(node: &Node<'_>) -> [bool; 2] {
    [0, 1].map(|k| node.operands.get(k).is_some_and(|o| o.is_constant()))
}

/// The nodes of a tape but for its leaves, in order.
pub(super) fn groups(tape: &Tape) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut last: Option<(Op, [bool; 2])> = None;
    let mut open = |group: Group| {
        // Two of few nodes each are one of mixed nodes.
        let few = |group: &Group| {
            (group.nodes as usize) < LISTED && tape.ops()[group.node as usize].info().arity.is_some()
        };
        if let Some(before) = groups.last_mut()
            && before.node + before.nodes == group.node
            && (before.mixed || few(before))
            && few(&group)
            && (before.nodes + group.nodes) as usize <= LONGEST
        {
            before.nodes += group.nodes;
            before.mixed = true;
        } else {
            groups.push(group);
        }
    };
    let mut current: Option<Group> = None;
    // The operands of the rows before, and where the data of the next must begin.
    let mut rows: (&[Operand], usize) = (&[], 0);
    for node in tape.walk() {
        let info = node.op.info();
        if info.arity == Some(0) {
            if let Some(group) = current.take() {
                open(group);
            }
            continue;
        }
        let key = (node.op, constants(&node));
        let begin = if info.data { tape.data_begin(&node) } else { 0 };
        let is_row = info.data && !node.operands.is_empty() && rows == (node.operands, begin);
        rows = if info.data { (node.operands, begin + node.data.len()) } else { (&[], 0) };
        match &mut current {
            Some(group) if is_row && last == Some(key) && (group.nodes as usize) < LONGEST => {
                group.nodes += 1;
            }
            // A call and its results stand in slots that follow one another.
            Some(group) if node.op == Op::Result => group.nodes += 1,
            Some(group) if last == Some(key) && info.arity.is_some() && (group.nodes as usize) < LONGEST => {
                group.nodes += 1;
            }
            _ => {
                let begun = Group { node: node.id.index() as u32, nodes: 1, mixed: false };
                if let Some(group) = current.replace(begun) {
                    open(group);
                }
            }
        }
        last = Some(key);
    }
    if let Some(group) = current {
        open(group);
    }
    groups
}
