//! Passes that change values, by rounding: re-association and contraction. They are done where they are asked for, and are
//! part of no other pass.
//!
//! What holds among real numbers is declared by rows (`wengert_ops::Regrouping`). Only nodes that one reader reads and that
//! are not wanted for themselves are drawn into another. Both passes leave out what nothing asks for.

use wengert_ops::{Op, Regrouping};

use super::builder::Builder;
use super::laws::commutes;
use super::prune::{live, wanted};
use crate::arena::Node;
use crate::index::{NodeId, Operand};
use crate::tape::Tape;

/// Operands from which on a group becomes an n-ary node.
const FEW: usize = 4;

/// The n-ary row of a tree of that operation.
fn gathers(op: Op) -> Option<Op> {
    op.info().regroupings.iter().find_map(|r| match r {
        Regrouping::Gathers(row) => Some(*row),
        _ => None,
    })
}

/// What terms of that operation make an n-ary row.
fn terms(row: Op, of: Op) -> Option<Op> {
    row.info().regroupings.iter().find_map(|r| match r {
        Regrouping::Terms(term, joined) if *term == of => Some(*joined),
        _ => None,
    })
}

/// The operation that one takes in, and what the two are together.
fn fuses(op: Op) -> Option<(Op, Op)> {
    op.info().regroupings.iter().find_map(|r| match r {
        Regrouping::Fuses(inner, fused) => Some((*inner, *fused)),
        _ => None,
    })
}

/// What both passes know of a tape: what is live, and what one reader alone may draw in.
struct Usage<'a> {
    tape: &'a Tape,
    live: Vec<bool>,
    own: Vec<bool>,
}

impl<'a> Usage<'a> {
    fn new(tape: &'a Tape) -> Self {
        let live = live(tape);
        let mut readers = vec![0_u32; tape.len()];
        for node in tape.arena.nodes(0).filter(|node| live[node.id.index()]) {
            for operand in node.operands.iter().filter(|operand| !operand.is_constant()) {
                readers[operand.index()] += 1;
            }
        }
        let own =
            readers.iter().zip(wanted(tape)).map(|(readers, wanted)| *readers == 1 && !wanted).collect();
        Self { tape, live, own }
    }

    fn nodes(&self) -> impl Iterator<Item = Node<'a>> {
        self.tape.arena.nodes(0).filter(|node| self.live[node.id.index()])
    }

    /// The operation of an operand that may be drawn in.
    fn own(&self, operand: Operand) -> Option<Op> {
        (!operand.is_constant() && self.own[operand.index()]).then(|| self.tape.arena.ops[operand.index()])
    }

    /// The operands of an operand's node.
    fn operands(&self, operand: Operand) -> &'a [Operand] {
        self.tape.arena.node(NodeId::new(operand.index())).map_or(&[], |node| node.operands)
    }
}

/// What becomes of a node.
#[derive(Clone, Copy, PartialEq)]
enum Becomes {
    /// It stays as it is.
    Stays,
    /// It is the root of a tree that becomes an n-ary node.
    Root,
    /// It is inside such a tree.
    Inside,
    /// It is a leaf of such a tree, and a term that the n-ary node takes in.
    Term,
}

/// The same tape with trees of an associative operation as n-ary nodes of their leaves, and of sums of products what the
/// row makes of them.
pub(crate) fn reassociate(tape: &Tape) -> Tape {
    let known = Usage::new(tape);
    let roles = roles(&known);
    let mut builder = Builder::new(tape);
    let mut leaves = Vec::new();
    for node in known.nodes() {
        match (roles[node.id.index()], gathers(node.op)) {
            (Becomes::Inside | Becomes::Term, _) => {}
            (Becomes::Root, Some(row)) => {
                leaves_of(&known, &roles, &node, &mut leaves);
                group(&known, &roles, &mut builder, &node, row, &leaves);
            }
            _ => {
                builder.keep(&node);
            }
        }
    }
    builder.finish()
}

fn roles(known: &Usage<'_>) -> Vec<Becomes> {
    let mut roles = vec![Becomes::Stays; known.tape.len()];
    // Upwards: how many leaves the tree has that ends here.
    let mut leaves = vec![0; known.tape.len()];
    let joins = |row: Op, operand: Operand| known.own(operand).and_then(gathers) == Some(row);
    for node in known.nodes() {
        if let Some(row) = gathers(node.op) {
            let count = |o: &Operand| if joins(row, *o) { leaves[o.index()] } else { 1 };
            leaves[node.id.index()] = node.operands.iter().map(count).sum::<usize>();
        }
    }
    // Downwards: a tree is known by its root.
    let tape = known.tape;
    let mut place = tape.arena.place(tape.len());
    for i in (0..tape.len()).rev() {
        let node = tape.arena.node_before(i, &mut place);
        let Some(row) = gathers(node.op).filter(|_| known.live[i]) else { continue };
        if roles[i] == Becomes::Stays && leaves[i] >= FEW {
            roles[i] = Becomes::Root;
        }
        if !matches!(roles[i], Becomes::Root | Becomes::Inside) {
            // Too small a tree; what is below it is smaller still.
            node.operands.iter().filter(|o| joins(row, **o)).for_each(|o| leaves[o.index()] = 0);
            continue;
        }
        for operand in node.operands {
            if joins(row, *operand) {
                roles[operand.index()] = Becomes::Inside;
            } else if known.own(*operand).is_some_and(|op| terms(row, op).is_some())
                && leaves[operand.index()] < FEW
            {
                roles[operand.index()] = Becomes::Term;
            }
        }
    }
    roles
}

/// The leaves of a tree from left to right.
fn leaves_of(known: &Usage<'_>, roles: &[Becomes], root: &Node<'_>, leaves: &mut Vec<Operand>) {
    leaves.clear();
    let mut rest: Vec<Operand> = root.operands.iter().rev().copied().collect();
    while let Some(operand) = rest.pop() {
        let inside = !operand.is_constant()
            && roles[operand.index()] == Becomes::Inside
            && gathers(known.tape.arena.ops[operand.index()]) == gathers(root.op);
        if inside {
            rest.extend(known.operands(operand).iter().rev());
        } else {
            leaves.push(operand);
        }
    }
}

/// Appends what a tree becomes: terms of one operation together, then all in one.
fn group(
    known: &Usage<'_>,
    roles: &[Becomes],
    builder: &mut Builder<'_>,
    root: &Node<'_>,
    row: Op,
    leaves: &[Operand],
) {
    let term = |leaf: &Operand| {
        let is = !leaf.is_constant() && roles[leaf.index()] == Becomes::Term;
        is.then(|| known.tape.arena.ops[leaf.index()])
    };
    let mut kinds: Vec<Op> = leaves.iter().filter_map(term).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut joined = Vec::new();
    for kind in kinds {
        let of_kind: Vec<&[Operand]> =
            leaves.iter().filter(|leaf| term(leaf) == Some(kind)).map(|leaf| known.operands(*leaf)).collect();
        let mut place = |k: usize| -> Vec<Operand> { of_kind.iter().map(|x| builder.place(x[k])).collect() };
        let mut operands = place(0);
        if kind.info().arity == Some(2) {
            operands.extend(place(1));
        }
        joined.push(builder.push(root.id, terms(row, kind).unwrap_or(row), &operands, &[]));
    }
    joined.extend(leaves.iter().filter(|leaf| term(leaf).is_none()).map(|leaf| builder.place(*leaf)));
    if joined.len() > 1 {
        builder.push(root.id, row, &joined, &[]);
    }
}

/// The same tape with an operation and the one that it takes in as one, rounded once.
pub(crate) fn contract(tape: &Tape) -> Tape {
    let known = Usage::new(tape);
    let mut drawn = vec![false; tape.len()];
    let taken = |node: &Node<'_>| {
        let (inner, fused) = fuses(node.op)?;
        let places = if commutes(node.op) { 0..2 } else { 0..1 };
        let k = places.into_iter().find(|k| known.own(node.operands[*k]) == Some(inner))?;
        Some((k, fused))
    };
    for node in known.nodes() {
        if let Some((k, _)) = taken(&node) {
            drawn[node.operands[k].index()] = true;
        }
    }
    let mut builder = Builder::new(tape);
    let mut operands = Vec::new();
    for node in known.nodes().filter(|node| !drawn[node.id.index()]) {
        let Some((k, fused)) = taken(&node) else {
            builder.keep(&node);
            continue;
        };
        operands.clear();
        operands.extend(known.operands(node.operands[k]).iter().map(|o| builder.place(*o)));
        let others = node.operands.iter().enumerate().filter(|(j, _)| *j != k);
        operands.extend(others.map(|(_, o)| builder.place(*o)));
        builder.push(node.id, fused, &operands, &[]);
    }
    builder.finish()
}
