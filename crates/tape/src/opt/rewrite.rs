//! One walk over a tape that folds constants, applies the laws of rows, and does each operation on the same operands once:
//! any of the three, or all. Each finds more where the others have been, so they are done node by node and not tape by tape.
//!
//! Every value stays bit for bit at `f64`. What becomes unused is left behind, for `prune.rs`. Nothing is known of what an
//! impure node does, so it stays as it is; a named node stays a node, and is not merged into another.

use wengert_ops::Op;

use super::builder::Builder;
use super::laws::{self, Made, Step};
use super::table::Table;
use crate::arena::Node;
use crate::index::Operand;
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
        if operands.is_empty() || !tape.is_pure(&node) {
            made.push(node.id, node.op, &operands);
            continue;
        }
        let (op, place) = simplest(&mut made, &node, &mut operands, what);
        if let Some(place) = place {
            made.builder.stand_for(node.id, place);
        } else if what.share {
            let named = made.builder.named(node.id);
            share(&mut made, &mut done, &node, op, &operands, named);
        } else {
            made.push(node.id, op, &operands);
        }
    }
    made.builder.finish()
}

/// What folding and laws make of a node: another operation of other operands, or something that is there already. A named
/// node stays one.
fn simplest(made: &mut Made<'_>, node: &Node<'_>, x: &mut Vec<Operand>, what: Rewrites) -> (Op, Option<Operand>) {
    let mut op = node.op;
    let mut place = None;
    while place.is_none() {
        if what.fold
            && let Some(value) = laws::folded(&made.builder, op, x)
        {
            place = Some(made.builder.constant(value));
        } else if what.simplify {
            match laws::apply(made, &mut op, x) {
                Step::Stays => break,
                Step::Again => {}
                Step::Stands(operand) => place = Some(operand),
            }
        } else {
            break;
        }
    }
    (op, place.filter(|_| !made.builder.named(node.id)))
}

/// Appends a node, unless one like it is there.
fn share(made: &mut Made<'_>, done: &mut Table, node: &Node<'_>, op: Op, operands: &[Operand], named: bool) {
    let commutes = laws::commutes(op);
    let found = done.find(op, operands, commutes, |other| {
        let other = made.node(other);
        other.op == op
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
            made.push(node.id, op, operands);
        }
        Err(slot) => {
            let place = made.push(node.id, op, operands);
            done.insert(slot, place.index() as u32);
        }
    }
}
