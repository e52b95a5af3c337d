//! The forward sweep: values of all nodes from the values of the inputs, at any number type.
//!
//! It checks no guards: it is for inputs at which they are known to hold.

use wengert_ops::{Operands, PartialKind, Real, Rule, Variadic, Visitor};

use crate::arena::{Arena, Node};
use crate::error::SweepError;
use crate::index::Operand;
use crate::tape::Tape;

/// Reads operands of a node from values and constants.
pub(crate) struct Gathered<'a, T> {
    pub(crate) arena: &'a Arena,
    pub(crate) values: &'a [T],
    pub(crate) operands: &'a [Operand],
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
}

/// Fills `values` from the inputs already in it: `values[i]` of every input node is given, all others are
/// written. At `f64`, `saved` receives the partials that rows ask to have saved.
pub(crate) fn forward<T: Real>(
    tape: &Tape,
    values: &mut [T],
    mut saved: Option<&mut Vec<T>>,
) -> Result<(), SweepError> {
    struct Step<'a, T> {
        x: Gathered<'a, T>,
        node: Node<'a>,
        saved: Option<&'a mut Vec<T>>,
    }
    impl<T: Real> Visitor for Step<'_, T> {
        type Output = Result<T, SweepError>;
        fn input(self) -> Self::Output {
            Ok(self.x.values[self.node.id.index()])
        }
        fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
            let x = core::array::from_fn(|k| self.x.get(k));
            let y = T::fixed::<R, A>(x);
            if let Some(saved) = self.saved
                && self.node.op.info().saved() > 0
            {
                let partials = R::partials(x, y);
                saved.extend((0..A).filter(|k| R::KINDS[*k] == PartialKind::Saved).map(|k| partials[k]));
            }
            Ok(y)
        }
        fn variadic<R: Variadic>(self) -> Self::Output {
            Ok(T::variadic::<R>(&self.x))
        }
        fn foreign(self) -> Self::Output {
            Err(SweepError::Foreign { node: self.node.id })
        }
    }
    for node in tape.arena.nodes(0) {
        let x = Gathered { arena: &tape.arena, values: &*values, operands: node.operands };
        let value = node.op.visit(Step { x, node, saved: saved.as_deref_mut() })?;
        values[node.id.index()] = value;
    }
    Ok(())
}
