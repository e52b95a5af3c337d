//! The `f64` reverse sweep over saved partials.

use wengert_ops::PartialKind;

use crate::error::SweepError;
use crate::sweep::forward::Gathered;
use crate::sweep::reverse::Step;
use crate::tape::Tape;
use crate::workspace::Workspace;

/// Sweeps from node `adjoints.len() − 1` down.
pub(crate) fn reverse(tape: &Tape, work: &mut Workspace) -> Result<(), SweepError> {
    let arena = &tape.arena;
    let Workspace { values, saved, adjoints, scratch } = work;
    let from = adjoints.len();
    let mut place = if from == arena.len() { arena.end(saved.len()) } else { arena.place(from) };
    for i in (0..from).rev() {
        let node = arena.node_before(i, &mut place);
        let g = adjoints[i];
        if g == 0.0 {
            continue;
        }
        let info = node.op.info();
        match info.arity {
            Some(arity @ (1 | 2)) => {
                let mut next = node.saved;
                for k in 0..arity as usize {
                    let operand = node.operands[k];
                    let read = |k: usize| {
                        let o = node.operands[k];
                        if o.is_constant() { arena.constants[o.index()] } else { values[o.index()] }
                    };
                    let p = match info.kinds[k] {
                        PartialKind::Zero => 0.0,
                        PartialKind::One => 1.0,
                        PartialKind::MinusOne => -1.0,
                        PartialKind::Other => read(1 - k),
                        PartialKind::Twice => 2.0 * read(k),
                        PartialKind::Saved => {
                            next += 1;
                            saved[next - 1]
                        }
                    };
                    if !operand.is_constant() && p != 0.0 {
                        adjoints[operand.index()] += g * p;
                    }
                }
            }
            _ => Step {
                x: Gathered { arena, values, operands: node.operands },
                node,
                g,
                y: values[i],
                adjoints: &mut *adjoints,
                scratch: &mut *scratch,
            }
            .visit()?,
        }
    }
    Ok(())
}
