//! The forward sweep of a tape that was read: the partials that a recording would have saved, from the values of the
//! inputs; and operands as sweeps read them.
//!
//! Runs at other inputs are *not* here, but in `program/`.

use wengert_ops::{Operands, PartialKind, Real, Rule, Variadic, Visitor};

use crate::arena::{Arena, Node};
use crate::index::Operand;
use crate::tape::Tape;

/// Reads operands of a node from values and constants.
pub(crate) struct Gathered<'a, T> {
    pub(crate) arena: &'a Arena,
    pub(crate) values: &'a [T],
    pub(crate) operands: &'a [Operand],
    /// The node's data.
    pub(crate) data: &'a [f64],
}

impl<'a, T> Gathered<'a, T> {
    /// The operands of a node.
    #[inline(always)]
    pub(crate) fn of(arena: &'a Arena, values: &'a [T], node: &Node<'a>) -> Self {
        Self { arena, values, operands: node.operands, data: node.data }
    }
}

impl<T: Real> Gathered<'_, T> {
    #[inline(always)]
    fn read(&self, operand: Operand) -> T {
        if operand.is_constant() {
            T::lit(self.arena.constants[operand.index()])
        } else {
            self.values[operand.index()]
        }
    }
}

impl<T: Real> Operands<T> for Gathered<'_, T> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.operands.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> T {
        self.read(self.operands[k])
    }
    #[inline(always)]
    fn halves(&self) -> (impl Operands<T>, impl Operands<T>) {
        let (a, b) = self.operands.split_at(self.operands.len() / 2);
        (Gathered { operands: a, ..*self }, Gathered { operands: b, ..*self })
    }
    #[inline(always)]
    fn data(&self) -> &[f64] {
        self.data
    }
}

/// Fills `values` from those of inputs and of calls' results, which are in it already; all others are written. `saved`
/// receives the partials that rows ask to have saved. It checks no guards, and calls nothing.
pub(crate) fn forward(tape: &Tape, values: &mut [f64], saved: &mut Vec<f64>) {
    struct ForwardStep<'a> {
        x: Gathered<'a, f64>,
        node: Node<'a>,
        saved: &'a mut Vec<f64>,
    }
    impl Visitor for ForwardStep<'_> {
        type Output = f64;
        fn input(self) -> f64 {
            self.x.values[self.node.id.index()]
        }
        fn fixed<R: Rule<A>, const A: usize>(self) -> f64 {
            let mut x = [0.0; A];
            for (k, x) in x.iter_mut().enumerate() {
                *x = self.x.get(k);
            }
            let y = R::value(x);
            if self.node.op.info().saved() > 0 {
                let partials = R::partials(x, y);
                self.saved.extend((0..A).filter(|k| R::KINDS[*k] == PartialKind::Saved).map(|k| partials[k]));
            }
            y
        }
        fn variadic<R: Variadic>(self) -> f64 {
            R::value(&self.x)
        }
        fn foreign(self) -> f64 {
            self.x.values[self.node.id.index()]
        }
    }
    for node in tape.arena.nodes(0) {
        let x = Gathered::of(&tape.arena, values, &node);
        values[node.id.index()] = node.op.visit(ForwardStep { x, node, saved });
    }
}
