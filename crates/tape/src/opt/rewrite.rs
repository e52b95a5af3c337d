//! One walk over a tape that folds constants, applies the laws of rows, and does each operation on the same operands once:
//! any of the three, or all. Each finds more where the others have been, so they are done node by node and not tape by tape.
//!
//! Every value stays bit for bit at `f64`. What becomes unused is left behind, for `prune.rs`. Nothing is known of what an
//! impure node does, so it stays as it is, and so does a named node.

use wengert_ops::Op;

use super::builder::Builder;
use super::laws::{self, LawStep, Made};
use super::table::Table;
use crate::arena::{Node, same_bits};
use crate::index::{NodeId, Operand};
use crate::operation::Callee;
use crate::tape::Tape;

/// What a walk does.
#[derive(Clone, Copy, Default)]
pub(crate) struct Rewrites {
    /// A node whose operands are all constants is one.
    pub(crate) fold: bool,
    /// What laws make simpler is made simpler.
    pub(crate) simplify: bool,
    /// Nodes of one operation on the same operands are one node, operands that commute in either order.
    pub(crate) share: bool,
}

pub(crate) fn rewrite(tape: &Tape, what: Rewrites) -> Tape {
    let mut made = Made::new(Builder::new(tape));
    let mut done = Table::new(if what.share { tape.len() } else { 0 });
    let mut operands: Vec<Operand> = Vec::new();
    for node in tape.arena.nodes(0) {
        operands.clear();
        operands.extend(node.operands.iter().map(|o| made.builder.place(*o)));
        if operands.is_empty() || !tape.is_pure(node.id) {
            made.push(node.id, node.op, &operands, node.data);
            continue;
        }
        let named = node.op != Op::Result && named(tape, &node);
        let mut op = node.op;
        if !named && let Some(place) = simplest(&mut made, &mut op, &mut operands, node.data, what) {
            made.builder.stand_for(node.id, place);
        } else if what.share {
            share(tape, &mut made, &mut done, &node, op, &operands, named);
        } else {
            made.push(node.id, op, &operands, node.data);
        }
    }
    made.builder.finish()
}

/// Whether a node has a name, and so must stay one; a call, whether it or a result of it has. Its results are then what they
/// were, too: they read no call but their own.
fn named(tape: &Tape, node: &Node<'_>) -> bool {
    let called = if node.op == Op::Foreign { tape.callee(node.id) } else { None };
    let results = called.map_or(0, Callee::outputs);
    let last = NodeId::new(node.id.index() + results);
    tape.names.range(node.id..=last).next().is_some()
}

/// Makes a node as simple as folding and laws can, or says what there is that can stand for it. Rows that read data have no
/// law, and no row becomes one of them.
fn simplest(
    made: &mut Made<'_>,
    op: &mut Op,
    x: &mut Vec<Operand>,
    data: &[f64],
    what: Rewrites,
) -> Option<Operand> {
    loop {
        if what.fold
            && let Some(value) = laws::folded(&made.builder, *op, x, data)
        {
            return Some(made.builder.constant(value));
        }
        if !what.simplify {
            return None;
        }
        match laws::apply(made, op, x) {
            LawStep::Stays => return None,
            LawStep::Again => {}
            LawStep::Stands(operand) => return Some(operand),
        }
    }
}

/// Appends a node, unless one like it is there.
fn share(
    tape: &Tape,
    made: &mut Made<'_>,
    done: &mut Table,
    node: &Node<'_>,
    op: Op,
    operands: &[Operand],
    named: bool,
) {
    let commutes = laws::commutes(op);
    let found = done.find(op, operands, node.data, commutes, |other| {
        let other = made.node(other);
        other.op == op
            && same_bits(other.data, node.data)
            && (op != Op::Foreign || made.builder.new_tape().callee(other.id) == tape.callee(node.id))
            && (other.operands == operands
                || commutes
                    && other.operands.len() == operands.len()
                    && other.operands[0] == operands[1]
                    && other.operands[1] == operands[0]
                    && other.operands[2..] == operands[2..])
    });
    match found {
        Ok(other) if !named => made.builder.stand_for(node.id, Operand::node(other)),
        Ok(_) => {
            made.push(node.id, op, operands, node.data);
        }
        Err(place) => {
            let new = made.push(node.id, op, operands, node.data);
            done.insert(place, new.index() as u32);
        }
    }
}
