//! The reverse sweep, at any number type: partials are computed anew from the values.
//!
//! For each node from the last seed down, its adjoint times each partial is added to the operand's adjoint
//! ([`Real::pull`]: exactly 0 where either is 0). Cost: one visit a node.

use wengert_ops::{Op, Operands, Real, Rule, Variadic, Visitor};

use crate::arena::Node;
use crate::error::SweepError;
use crate::operation::{CallWork, Calling, Loss};
use crate::sweep::forward::Gathered;
use crate::tape::Tape;

/// One node's step: adds to the adjoints of its operands.
pub(crate) struct ReverseStep<'a, T> {
    pub(crate) x: Gathered<'a, T>,
    pub(crate) node: Node<'a>,
    /// The node's own adjoint.
    pub(crate) g: T,
    pub(crate) y: T,
    pub(crate) adjoints: &'a mut [T],
    pub(crate) scratch: &'a mut Vec<T>,
}

impl<T: Real> Visitor for ReverseStep<'_, T> {
    type Output = ();

    fn input(self) {}

    fn fixed<R: Rule<A>, const A: usize>(self) {
        let mut x = [self.y; A];
        for (k, x) in x.iter_mut().enumerate() {
            *x = self.x.get(k);
        }
        let partials = R::partials(x, self.y);
        for (operand, p) in self.node.operands.iter().zip(partials) {
            if !operand.is_constant() {
                let slot = &mut self.adjoints[operand.index()];
                *slot = T::accumulate(*slot, T::pull(self.g, p));
            }
        }
    }

    fn variadic<R: Variadic>(self) {
        let operands = self.node.operands;
        R::partials(&self.x, self.y, self.scratch, |k, p| {
            let operand = operands[k];
            if !operand.is_constant() {
                let slot = &mut self.adjoints[operand.index()];
                *slot = T::accumulate(*slot, T::pull(self.g, p));
            }
        });
    }

    fn foreign(self) {}
}

/// The step of a call: its results stand behind it, and their adjoints are final, those past the end 0.
pub(crate) fn call<T: Real>(
    tape: &Tape,
    node: Node<'_>,
    values: &[T],
    adjoints: &mut [T],
    calling: &mut dyn Calling<T>,
) -> Result<(), SweepError> {
    let Some(callee) = tape.calls.at(node.id) else { return Ok(()) };
    let x = Gathered::of(&tape.arena, values, &node);
    calling.work().operands(node.id).extend((0..x.len()).map(|k| x.get(k)));
    let first = node.id.index() + 1;
    let results = callee.outputs();
    let adjoint = |k: usize| adjoints.get(first + k).copied().unwrap_or(T::lit(0.0));
    calling.work().weights().extend((0..results).map(adjoint));
    let swept = calling.reverse(callee, &values[first..][..results], 1);
    if swept.map_err(|why| SweepError::Call { node: node.id, why: Box::new(why) })? {
        for (k, operand) in node.operands.iter().enumerate().filter(|(_, operand)| !operand.is_constant()) {
            let slot = &mut adjoints[operand.index()];
            *slot = T::accumulate(*slot, calling.work().slope(0, k));
        }
    }
    Ok(())
}

/// That no input's adjoint is made of a derivative that a call could not give.
pub(crate) fn known<T: Real>(tape: &Tape, adjoints: &[T], work: &CallWork<T>) -> Result<(), SweepError> {
    let of_inputs = tape.inputs.iter().filter_map(|node| adjoints.get(node.index()).copied());
    match work.lost_in(of_inputs) {
        Some(Loss { node, why }) => Err(SweepError::Call { node: *node, why: Box::new(why.clone()) }),
        None => Ok(()),
    }
}

/// Sweeps from node `adjoints.len() − 1` down; `adjoints` holds the seeds, `values` every node's value. The
/// caller has checked that there are no more adjoints than nodes, and a value for each.
pub(crate) fn reverse<T: Real>(
    tape: &Tape,
    values: &[T],
    adjoints: &mut [T],
    scratch: &mut Vec<T>,
    calling: &mut dyn Calling<T>,
) -> Result<(), SweepError> {
    let arena = &tape.arena;
    let mut place = arena.place(adjoints.len());
    for i in (0..adjoints.len()).rev() {
        let node = arena.node_before(i, &mut place);
        if node.op == Op::Foreign {
            call(tape, node, values, adjoints, calling)?;
            continue;
        }
        node.op.visit(ReverseStep {
            x: Gathered::of(arena, values, &node),
            node,
            g: adjoints[i],
            y: values[i],
            adjoints: &mut *adjoints,
            scratch: &mut *scratch,
        });
    }
    Ok(())
}
