//! What operations of one or two operands, nearly all of a tape, do to sets of inputs: a byte for each operation and each
//! choice of which operands are nodes, so that the passes over a tape ask a table once and not each operand.

use wengert_ops::{Op, Structure};

use crate::index::Operand;

/// The effects of each operation, by its byte; at most two operands are looked at.
#[derive(Debug)]
pub(super) struct Effects {
    structures: Vec<Structure>,
    /// How many operands an operation has, where it is read by its effect; [`SLOW`](Self::SLOW) elsewhere.
    arities: [u8; 256],
    /// Where it is, by which of its operands are nodes, in bits.
    by_nodes: [[Effect; 4]; 256],
}

/// What an operation does, in bits, with the constants among its operands left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effect(u8);

impl Effect {
    /// The partial by an operand is not identically 0: its set is handed on.
    #[inline]
    pub(super) fn follows(self, k: usize) -> bool {
        self.0 & (1 << k) != 0
    }

    /// An operand has a second derivative, by itself or by the other one.
    #[inline]
    pub(super) fn meets(self, k: usize) -> bool {
        self.0 & (4 << k) != 0
    }

    /// The two operands have a second derivative by each other.
    #[inline]
    pub(super) fn meet(self) -> bool {
        self.0 & 16 != 0
    }

    /// An operand has a second derivative by itself.
    #[inline]
    pub(super) fn meets_itself(self, k: usize) -> bool {
        self.0 & (32 << k) != 0
    }

    /// Nothing has a second derivative.
    #[inline]
    pub(super) fn is_linear(self) -> bool {
        self.0 < 4
    }

    /// That of an operation of these derivatives (see [`Structure::Fixed`]), two operands at most, where those are nodes
    /// that have their bit.
    fn of(partials: u8, second: [u8; 4], nodes: u8) -> Self {
        let has =
            |k: usize, j: usize| nodes & (1 << k) != 0 && nodes & (1 << j) != 0 && second[k] & (1 << j) != 0;
        let (both, a, b) = (u8::from(has(0, 1)), u8::from(has(0, 0)), u8::from(has(1, 1)));
        Self(partials & nodes & 3 | (a | both) << 2 | (b | both) << 3 | both << 4 | a << 5 | b << 6)
    }
}

impl Effects {
    /// The arity of an operation that has no effect here, and is asked for its [`Structure`].
    pub(super) const SLOW: u8 = u8::MAX;

    pub(super) fn new() -> Self {
        let structures: Vec<_> = Op::ALL.iter().map(|op| op.structure()).collect();
        let (mut arities, mut by_nodes) = ([Self::SLOW; 256], [[Effect::default(); 4]; 256]);
        for op in Op::ALL {
            let (structure, k) = (structures[*op as usize], *op as usize);
            if let (Structure::Fixed { partials, second }, Some(arity @ 0..=2)) = (structure, op.info().arity)
            {
                arities[k] = arity;
                by_nodes[k] = core::array::from_fn(|nodes| Effect::of(partials, second, nodes as u8));
            }
        }
        Self { structures, arities, by_nodes }
    }

    #[inline]
    pub(super) fn arity(&self, op: Op) -> u8 {
        self.arities[op as usize]
    }

    pub(super) fn structure(&self, op: Op) -> Structure {
        self.structures[op as usize]
    }

    /// The effect of an operation of one operand.
    #[inline]
    pub(super) fn unary(&self, op: Op, a: Operand) -> Effect {
        self.by_nodes[op as usize][usize::from(!a.is_constant())]
    }

    /// The effect of an operation of two operands.
    #[inline]
    pub(super) fn binary(&self, op: Op, a: Operand, b: Operand) -> Effect {
        self.by_nodes[op as usize][usize::from(!a.is_constant()) | usize::from(!b.is_constant()) << 1]
    }
}
