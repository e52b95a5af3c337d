//! Dead code: what no output, guard, read or name depends on goes.

use wengert_ops::Op;

use super::builder::Builder;
use crate::index::{Operand, Source};
use crate::tape::Tape;

/// The same tape without nodes that nothing asks for. Leaves stay, and so do foreign nodes: what they do besides their
/// value is not known.
pub(crate) fn prune(tape: &Tape) -> Tape {
    let mut live = vec![false; tape.len()];
    let mut mark = |operand: Operand| {
        if let Source::Node(node) = operand.source() {
            live[node.index()] = true;
        }
    };
    tape.outputs.iter().for_each(|output| mark(*output));
    for guard in &tape.guards {
        mark(guard.left);
        mark(guard.right);
    }
    for node in tape.names.keys().chain(tape.reads.iter().map(|read| &read.node)) {
        mark(Operand::node(node.index() as u32));
    }
    let mut place = tape.arena.place(tape.len());
    for i in (0..tape.len()).rev() {
        let node = tape.arena.node_before(i, &mut place);
        live[i] |= node.op == Op::Foreign || node.op.info().arity == Some(0);
        if live[i] {
            for operand in node.operands {
                if let Source::Node(read) = operand.source() {
                    live[read.index()] = true;
                }
            }
        }
    }
    let mut builder = Builder::new(tape);
    for node in tape.arena.nodes(0) {
        if live[node.id.index()] {
            builder.keep(&node);
        }
    }
    builder.finish()
}
