//! Dead code: what no output, guard, read or name depends on goes.

use super::builder::Builder;
use crate::index::Operand;
use crate::tape::Tape;

/// The same tape without nodes that nothing asks for. Leaves stay, and so do impure nodes: what they do besides their
/// value is not known.
pub(crate) fn prune(tape: &Tape) -> Tape {
    let live = live(tape);
    let mut builder = Builder::new(tape);
    for node in tape.arena.nodes(0) {
        if live[node.id.index()] {
            builder.keep(&node);
        }
    }
    builder.finish()
}

/// A mark at every node that must stay whatever becomes of its readers: outputs, operands of guards, reads, names.
pub(crate) fn wanted(tape: &Tape) -> Vec<bool> {
    let mut wanted = vec![false; tape.len()];
    let guarded = tape.guards.iter().flat_map(|guard| [guard.left, guard.right]);
    let nodes = tape.names.keys().chain(tape.reads.iter().map(|read| &read.node));
    let nodes = nodes.map(|node| Operand::node(node.index() as u32));
    for operand in tape.outputs.iter().copied().chain(guarded).chain(nodes) {
        if !operand.is_constant() {
            wanted[operand.index()] = true;
        }
    }
    wanted
}

/// A mark at every node that something wanted depends on.
pub(crate) fn live(tape: &Tape) -> Vec<bool> {
    let mut live = wanted(tape);
    let mut place = tape.arena.place(tape.len());
    for i in (0..tape.len()).rev() {
        let node = tape.arena.node_before(i, &mut place);
        live[i] |= !tape.is_pure(node.id) || node.op.info().arity == Some(0);
        if live[i] {
            for operand in node.operands.iter().filter(|operand| !operand.is_constant()) {
                live[operand.index()] = true;
            }
        }
    }
    // A call's results stay behind it, all of them.
    for call in tape.calls.iter() {
        if let [true, behind @ ..] = &mut live[call.node.index()..] {
            behind[..call.callee.outputs()].fill(true);
        }
    }
    live
}
