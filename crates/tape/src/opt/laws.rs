//! How a node becomes simpler by what its row declares (`wengert_ops::Law`). No operation is named here, and nothing is
//! appended: a step changes the operation and operands of the node that is about to be, or says what stands for it.
//!
//! Each step leaves fewer operands, fewer nodes below, a cheaper operation, or constants further behind, so that steps
//! come to an end.

use wengert_ops::{Law, Op, Rule, Then, Variadic, Visitor, WithData};

use super::builder::Builder;
use crate::arena::Node;
use crate::index::{NodeId, Operand};

/// A tape in the making, whose nodes can be looked at.
pub(crate) struct Made<'a> {
    pub(crate) builder: Builder<'a>,
    /// Where each node begins in the pool.
    begins: Vec<usize>,
}

impl<'a> Made<'a> {
    pub(crate) fn new(builder: Builder<'a>) -> Self {
        Self { builder, begins: Vec::new() }
    }

    pub(crate) fn push(&mut self, node: NodeId, op: Op, operands: &[Operand], data: &[f64]) -> Operand {
        self.begins.push(self.builder.new_tape().arena.pool.len());
        self.builder.push(node, op, operands, data)
    }

    /// A node of the new tape.
    #[inline]
    pub(crate) fn node(&self, index: u32) -> Node<'_> {
        self.builder.new_tape().arena.node_at(index as usize, self.begins[index as usize])
    }

    /// If the operand is a node of that operation, the operands of the node.
    fn inside(&self, operand: Operand, op: Op) -> Option<&[Operand]> {
        let node = (!operand.is_constant()).then(|| self.node(operand.index() as u32))?;
        (node.op == op).then_some(node.operands)
    }

    /// If the operand is a node of that operation, the first operand of the node.
    fn within(&self, operand: Operand, op: Op) -> Option<Operand> {
        self.inside(operand, op).map(|operands| operands[0])
    }

    /// What `ψ` is applied to where an operand is a result of `ψ`, an involution; of a constant, `ψ` of it.
    fn without(&mut self, operand: Operand, psi: Op) -> Option<Operand> {
        match self.builder.known(operand) {
            Some(c) => psi.visit(Value(&[c], &[])).map(|c| self.builder.constant(c)),
            None => self.within(operand, psi),
        }
    }
}

/// What one law makes of a node.
pub(crate) enum LawStep {
    /// Nothing.
    Stays,
    /// Another operation, or other operands.
    Again,
    /// Something that is there already.
    Stands(Operand),
}

/// Whether the first two operands may change places.
#[inline]
pub(crate) fn commutes(op: Op) -> bool {
    op.info().laws.contains(&Law::Commutes)
}

/// The first law that makes anything of a node.
#[inline]
pub(crate) fn apply(made: &mut Made<'_>, op: &mut Op, x: &mut Vec<Operand>) -> LawStep {
    for law in op.info().laws {
        match one(made, *law, op, x) {
            LawStep::Stays => {}
            step => return step,
        }
    }
    LawStep::Stays
}

fn one(made: &mut Made<'_>, law: Law, op: &mut Op, x: &mut Vec<Operand>) -> LawStep {
    let is =
        |operand: Operand, c: f64| made.builder.known(operand).is_some_and(|v| v.to_bits() == c.to_bits());
    match law {
        Law::Commutes if x[0].is_constant() && !x[1].is_constant() => {
            x.swap(0, 1);
            LawStep::Again
        }
        Law::At(k, c, then) if is(x[k], c) => {
            x.remove(k);
            become_then(made, then, op, x)
        }
        Law::Of(count, then) if x.len() == count => become_then(made, then, op, x),
        Law::Ignores(psi) => match made.within(x[0], psi) {
            Some(inner) => {
                x[0] = inner;
                LawStep::Again
            }
            None => LawStep::Stays,
        },
        Law::Involution => made.within(x[0], *op).map_or(LawStep::Stays, LawStep::Stands),
        Law::Through(psi, chi) => {
            let turned = commutes(*op) && made.within(x[1], psi).is_none();
            if turned {
                x.swap(0, 1);
            }
            if let Some(inner) = made.within(x[1], psi) {
                x[1] = inner;
                *op = chi;
                return LawStep::Again;
            }
            if turned {
                x.swap(0, 1);
            }
            LawStep::Stays
        }
        Law::Cancels(psi) if [x[0], x[1]].iter().any(|x| made.within(*x, psi).is_some()) => {
            match (made.without(x[0], psi), made.without(x[1], psi)) {
                (Some(a), Some(b)) => {
                    (x[0], x[1]) = (a, b);
                    LawStep::Again
                }
                _ => LawStep::Stays,
            }
        }
        Law::Enters(psi) => {
            let Some([a, c]) =
                made.inside(x[0], psi).and_then(|inside| <[Operand; 2]>::try_from(inside).ok())
            else {
                return LawStep::Stays;
            };
            let Some(value) = made.builder.known(c).and_then(|c| op.visit(Value(&[c], &[]))) else {
                return LawStep::Stays;
            };
            let c = made.builder.constant(value);
            x.clear();
            x.extend([a, c]);
            *op = psi;
            LawStep::Again
        }
        Law::Chooses => match made.builder.known(x[0]) {
            _ if x[1] == x[2] => LawStep::Stands(x[1]),
            Some(0.0) => LawStep::Stands(x[2]),
            // At `f32` a tiny condition would be 0.
            Some(condition) if condition as f32 != 0.0 => LawStep::Stands(x[1]),
            _ => LawStep::Stays,
        },
        Law::Reciprocal(chi) => match made.builder.known(x[1]).and_then(reciprocal) {
            Some(value) => {
                x[1] = made.builder.constant(value);
                *op = chi;
                LawStep::Again
            }
            None => LawStep::Stays,
        },
        // Chains are gathered when it is known who else reads them (`gather.rs`).
        _ => LawStep::Stays,
    }
}

/// What a node becomes, its other operands being gone.
fn become_then(made: &mut Made<'_>, then: Then, op: &mut Op, x: &[Operand]) -> LawStep {
    match then {
        Then::Rest => LawStep::Stands(x[0]),
        Then::Constant(c) => LawStep::Stands(made.builder.constant(c)),
        Then::Is(other) => {
            *op = other;
            LawStep::Again
        }
        _ => LawStep::Stays,
    }
}

/// `1/c`, where a product with it is the quotient by `c` at `f64` and at `f32`.
fn reciprocal(c: f64) -> Option<f64> {
    const MANTISSA: u64 = (1 << 52) - 1;
    let exact = c.to_bits() & MANTISSA == 0;
    let normal = |c: f64| (c as f32).is_normal();
    (exact && normal(c) && normal(1.0 / c)).then(|| 1.0 / c)
}

/// The value of a node whose operands are all constants.
#[inline]
pub(crate) fn folded(builder: &Builder<'_>, op: Op, operands: &[Operand], data: &[f64]) -> Option<f64> {
    if !operands.iter().all(|operand| operand.is_constant()) {
        return None;
    }
    let known: Vec<f64> = operands.iter().filter_map(|operand| builder.known(*operand)).collect();
    op.visit(Value(&known, data))
}

/// The value of a row at constants, with its data.
struct Value<'a>(&'a [f64], &'a [f64]);

impl Visitor for Value<'_> {
    type Output = Option<f64>;
    fn input(self) -> Self::Output {
        None
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
        Some(R::value(<[f64; A]>::try_from(self.0).ok()?))
    }
    fn variadic<R: Variadic>(self) -> Self::Output {
        if const { R::OP.op().describe().data } {
            Some(R::value(&WithData::new(self.0, self.1)?))
        } else {
            Some(R::value(&self.0))
        }
    }
    fn foreign(self) -> Self::Output {
        None
    }
}
