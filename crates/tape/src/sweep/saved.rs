//! The `f64` reverse sweep over saved partials.
//!
//! Rows fall into a few classes with the same sweep ([`Class`]): what is branched on is the class, not the
//! operation, so that the branch predictor has few arms to learn. The classes come from the rows' declared
//! kinds of partials; no operation is named. Tried instead, and slower where branches can be learnt: one sweep
//! without branches, its partials picked by masks (see the decision *sweep classes*).
//!
//! Adjoints that are zero are not propagated; infinite and NaN ones go the careful way of
//! [`Real::pull`](wengert_ops::Real::pull), whose product annihilates. One comparison finds all three.
//!
//! This is one of the two modules with `unsafe`. It rests on the arena's invariants (`arena.rs`): every operand
//! of node `i` is a node below `i` or a constant of the pool, and the pool holds what the opcodes ask for; and on
//! the lengths, checked at entry.
#![allow(unsafe_code)]

use wengert_ops::{Op, Operands, PartialKind, Rule, Variadic, Visitor};

use crate::error::SweepError;
use crate::index::{NodeId, Operand};
use crate::sweep::forward::Gathered;
use crate::sweep::reverse::Step;
use crate::tape::Tape;
use crate::workspace::Workspace;

/// Operations with the same sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Inputs: nothing to do.
    Leaf,
    /// One operand, partial 1 or −1 (or 0): the number in the table of units.
    Unit,
    /// One operand, partial twice its value.
    Twice,
    /// One operand, partial saved.
    Saved,
    /// Two operands, partials 1 and 1.
    Sum,
    /// Two operands, partials 1 and −1.
    Difference,
    /// Two operands, each partial the other's value.
    Product,
    /// Two operands, any kinds.
    Pair,
    /// All else: the general step.
    General,
}

impl Class {
    #[inline(always)]
    fn pair(self) -> bool {
        matches!(self, Class::Sum | Class::Difference | Class::Product | Class::Pair)
    }
}

static CLASSES: [Class; 256] = {
    use PartialKind::{MinusOne, One, Other, Saved, Twice};
    let mut table = [Class::General; 256];
    let mut k = 0;
    while k < Op::ALL.len() {
        let info = Op::ALL[k].describe();
        table[k] = match (info.arity, info.kinds) {
            (Some(0), _) => Class::Leaf,
            (Some(1), [Saved, _]) => Class::Saved,
            (Some(1), [Twice, _]) => Class::Twice,
            (Some(1), _) => Class::Unit,
            (Some(2), [One, One]) => Class::Sum,
            (Some(2), [One, MinusOne]) => Class::Difference,
            (Some(2), [Other, Other]) => Class::Product,
            (Some(2), _) => Class::Pair,
            _ => Class::General,
        };
        k += 1;
    }
    table
};

/// The general step for an adjoint that is neither 0 nor infinite nor NaN: then `g·p` is 0 where `p` is, and
/// nothing needs to be annihilated.
struct Ordinary<'a>(Step<'a, f64>);

impl Visitor for Ordinary<'_> {
    type Output = Result<(), SweepError>;
    fn input(self) -> Self::Output {
        Ok(())
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
        self.0.fixed::<R, A>()
    }
    fn variadic<R: Variadic>(self) -> Self::Output {
        let Step { x: Gathered { arena, values, operands }, y, g, adjoints, scratch, .. } = self.0;
        let x = Unchecked { constants: &arena.constants, values, operands };
        R::partials(&x, y, scratch, |k, p| {
            if let Some(operand) = operands.get(k)
                && !operand.is_constant()
            {
                // SAFETY: an operand that is not a constant is a node below the one that is swept.
                unsafe { *adjoints.get_unchecked_mut(operand.index()) += g * p };
            }
        });
        Ok(())
    }
    fn foreign(self) -> Self::Output {
        self.0.foreign()
    }
}

/// Operands of a node of the tape, read without checks.
#[derive(Clone, Copy)]
struct Unchecked<'a> {
    constants: &'a [f64],
    values: &'a [f64],
    operands: &'a [Operand],
}

impl Operands<f64> for Unchecked<'_> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.operands.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> f64 {
        let o = self.operands[k];
        // SAFETY: an operand of a node is a constant of the pool or an earlier node, which has a value.
        unsafe {
            *if o.is_constant() {
                self.constants.get_unchecked(o.index())
            } else {
                self.values.get_unchecked(o.index())
            }
        }
    }
    #[inline(always)]
    fn halves(&self) -> (impl Operands<f64>, impl Operands<f64>) {
        let (a, b) = self.operands.split_at(self.operands.len() / 2);
        (Self { operands: a, ..*self }, Self { operands: b, ..*self })
    }
}

/// How many inputs stand at the tape's beginning: they ascend, so that input `k` is node `k` up to some `k`.
fn leading(inputs: &[NodeId]) -> usize {
    let (mut low, mut high) = (0, inputs.len());
    while low < high {
        let middle = low.midpoint(high);
        if inputs[middle].index() == middle {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// Sweeps from node `adjoints.len() − 1` down.
pub(crate) fn reverse(tape: &Tape, work: &mut Workspace) -> Result<(), SweepError> {
    let arena = &tape.arena;
    let Workspace { values, saved, adjoints, scratch } = work;
    let from = adjoints.len();
    if from == 0 {
        return Ok(());
    }
    assert!(from <= arena.len() && values.len() == arena.len(), "a workspace of another tape");
    let mut place = if from == arena.len() { arena.end(saved.len()) } else { arena.place(from) };
    assert!(place.saved <= saved.len(), "saved partials of another tape");
    // Plain pointers, so that no store to an adjoint makes the loop load them anew.
    let (ops, pool) = (arena.ops.as_ptr(), arena.pool.as_ptr());
    let (constants, primals) = (arena.constants.as_ptr(), values.as_ptr());
    let (kept, adjoint) = (saved.as_ptr(), adjoints.as_mut_ptr());
    // SAFETY (of the closures): called with operands of the node that is being swept, which are constants of the
    // pool or nodes below it, and so below `from`.
    let read = |o: Operand| unsafe {
        if o.is_constant() { *constants.add(o.index()) } else { *primals.add(o.index()) }
    };
    let add = |o: Operand, c: f64| {
        if !o.is_constant() {
            // SAFETY: as above.
            unsafe { *adjoint.add(o.index()) += c };
        }
    };
    // Inputs that were made before anything else have nothing below them.
    for i in (leading(&tape.inputs).min(from)..from).rev() {
        // SAFETY: i < from ≤ arena.len(), and adjoints.len() is from.
        let (op, g) = unsafe { (*ops.add(i), *adjoint.add(i)) };
        let class = CLASSES[op as usize];
        // Shifted left, the bits of 0 are 0 and those of ∞ and NaN at least those of ∞.
        let ordinary = (g.to_bits() << 1).wrapping_sub(1) < (f64::INFINITY.to_bits() << 1) - 1;
        if !ordinary || class == Class::General {
            let node = arena.node_before(i, &mut place);
            if g != 0.0 {
                // SAFETY: the adjoints' vector is borrowed by this function, which does not touch it but
                // through `adjoint`.
                let adjoints = unsafe { core::slice::from_raw_parts_mut(adjoint, from) };
                let x = Gathered { arena, values, operands: node.operands };
                let step = Step { x, node, g, y: values[i], adjoints, scratch };
                if ordinary { op.visit(Ordinary(step))? } else { op.visit(step)? }
            }
            continue;
        }
        // SAFETY: the pool holds the node's operands right before `place.pool`, and its saved partials stand right
        // before `place.saved`: the arena's invariants, by which `place` moves.
        unsafe {
            // A chain of ifs and not a `match`: a jump table was slower (see the decision).
            if class.pair() {
                place.pool -= 2;
                let (a, b) = (*pool.add(place.pool), *pool.add(place.pool + 1));
                if class == Class::Product {
                    let (va, vb) = (read(a), read(b));
                    add(a, g * vb);
                    add(b, g * va);
                } else if class == Class::Sum {
                    add(a, g);
                    add(b, g);
                } else if class == Class::Difference {
                    add(a, g);
                    add(b, -g);
                } else {
                    let info = op.info();
                    place.saved -= info.saved();
                    let mut next = place.saved;
                    let mut partial = |kind, own, other| match kind {
                        PartialKind::Zero => 0.0,
                        PartialKind::One => 1.0,
                        PartialKind::MinusOne => -1.0,
                        PartialKind::Other => read(other),
                        PartialKind::Twice => 2.0 * read(own),
                        PartialKind::Saved => {
                            next += 1;
                            *kept.add(next - 1)
                        }
                    };
                    let (pa, pb) = (partial(info.kinds[0], a, b), partial(info.kinds[1], b, a));
                    add(a, g * pa);
                    add(b, g * pb);
                }
            } else if class != Class::Leaf {
                place.pool -= 1;
                let a = *pool.add(place.pool);
                let p = if class == Class::Saved {
                    place.saved -= 1;
                    *kept.add(place.saved)
                } else if class == Class::Twice {
                    2.0 * read(a)
                } else {
                    match op.info().kinds[0] {
                        PartialKind::One => 1.0,
                        PartialKind::MinusOne => -1.0,
                        _ => 0.0,
                    }
                };
                add(a, g * p);
            }
        }
    }
    Ok(())
}
