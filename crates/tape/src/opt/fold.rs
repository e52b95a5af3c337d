//! Constant folding: a node whose operands are all constants is one.

use wengert_ops::{Rule, Variadic, Visitor};

use super::builder::Builder;
use crate::tape::Tape;

/// The same tape with nodes of constants alone computed, by the row itself, so that every value at `f64` stays bit for bit.
/// (At `f32` a folded constant is rounded once, where the node would have rounded its operands too.)
///
/// Recording does this as it goes; what is left are tapes that were parsed, and derivative programs.
pub(crate) fn fold(tape: &Tape) -> Tape {
    let mut builder = Builder::new(tape);
    let mut known = Vec::new();
    for node in tape.arena.nodes(0) {
        known.clear();
        let operands: Vec<_> = node.operands.iter().map(|o| builder.place(*o)).collect();
        known.extend(operands.iter().map_while(|o| builder.known(*o)));
        if !operands.is_empty()
            && !builder.named(node.id)
            && known.len() == operands.len()
            && let Some(value) = node.op.visit(Value(&known))
        {
            let place = builder.constant(value);
            builder.stand_for(node.id, place);
        } else {
            builder.push(node.id, node.op, &operands);
        }
    }
    builder.finish()
}

/// The value of a row at constants.
struct Value<'a>(&'a [f64]);

impl Visitor for Value<'_> {
    type Output = Option<f64>;
    fn input(self) -> Self::Output {
        None
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
        Some(R::value(<[f64; A]>::try_from(self.0).ok()?))
    }
    fn variadic<R: Variadic>(self) -> Self::Output {
        Some(R::value(&self.0))
    }
    fn foreign(self) -> Self::Output {
        None
    }
}
