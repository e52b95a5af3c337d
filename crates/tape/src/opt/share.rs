//! Common subexpressions: nodes of one operation on the same operands are one node.

use std::collections::HashMap;

use smallvec::SmallVec;
use wengert_ops::Op;

use super::builder::Builder;
use crate::index::Operand;
use crate::tape::Tape;

/// The same tape with each operation on the same operands done once; equal constants (by their bits) are the same operand.
/// Values stay bit for bit; adjoints are sums in another order, and may differ by rounding. Foreign nodes are left alone:
/// nothing is known of what they do.
pub(crate) fn share(tape: &Tape) -> Tape {
    let mut builder = Builder::new(tape);
    let mut done: HashMap<(Op, SmallVec<[Operand; 4]>), Operand> = HashMap::new();
    for node in tape.arena.nodes(0) {
        let operands: SmallVec<[Operand; 4]> = node.operands.iter().map(|o| builder.place(*o)).collect();
        if operands.is_empty() || node.op == Op::Foreign {
            builder.push(node.id, node.op, &operands);
            continue;
        }
        let key = (node.op, operands);
        if let Some(place) = done.get(&key)
            && !builder.named(node.id)
        {
            builder.stand_for(node.id, *place);
        } else {
            let place = builder.push(node.id, node.op, &key.1);
            done.insert(key, place);
        }
    }
    builder.finish()
}
