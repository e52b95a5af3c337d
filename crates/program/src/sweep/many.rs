//! The reverse sweep over nodes of any number of operands.
//!
//! `unsafe` rests on the plan's invariants (`plan.rs`).
#![allow(unsafe_code)]

use wengert_ops::{PartialKind, Real, Rule, Variadic, Visitor};

use super::adjoint::Adjoint;
use super::columns::{ReverseColumns, add, each, each_by, product};
use super::operands::{Follow, SlotOperands};
use super::plan::{Form, Run};

/// A variadic node.
pub(super) struct Many<'a, T, G, const CAREFUL: bool> {
    pub(super) run: &'a Run,
    pub(super) columns: &'a ReverseColumns<'a, T, G>,
}

impl<T: Real, G: Adjoint<T>, const CAREFUL: bool> Visitor for Many<'_, T, G, CAREFUL> {
    type Output = ();
    fn input(self) {}
    fn fixed<R: Rule<A>, const A: usize>(self) {}
    fn variadic<R: Variadic>(self) {
        let Self { run, columns } = self;
        if run.form == Form::Follow && R::KIND != PartialKind::Saved {
            return self.following(R::KIND);
        }
        if const { R::OP.op().describe().data } {
            return self.rows_anywhere::<R>();
        }
        let values = columns.values;
        let y = values[run.first as usize];
        // SAFETY: only `reverse` makes one, of the plan's runs; adjoints and scratch are referred to by nothing else here.
        let ((slots, targets), adjoints, scratch) = unsafe {
            (
                columns.operands(run, run.arity as usize),
                columns.adjoints(0, columns.len),
                &mut *columns.scratch,
            )
        };
        let g = adjoints[run.own as usize];
        let pass = |k: usize, p: T| add(adjoints, targets[k], product::<T, G, CAREFUL>(g, p));
        if run.form == Form::Follow {
            R::partials(&Follow::of(values, run.halves(slots)), y, scratch, pass);
        } else {
            R::partials(&SlotOperands { values, slots, data: &[] }, y, scratch, pass);
        }
    }
    fn foreign(self) {}
}

impl<T: Real, G: Adjoint<T>, const CAREFUL: bool> Many<'_, T, G, CAREFUL> {
    /// Nodes of a row that reads data, whose operands do not follow one another.
    fn rows_anywhere<R: Variadic>(self) {
        let Self { run, columns } = self;
        let values = columns.values;
        // SAFETY: as below.
        let ((slots, targets), adjoints, scratch) = unsafe {
            (
                columns.operands(run, run.arity as usize),
                columns.adjoints(0, columns.len),
                &mut *columns.scratch,
            )
        };
        for k in (0..run.nodes as usize).rev() {
            let data = &columns.data[run.data as usize + k * slots.len()..][..slots.len()];
            let (y, g) = (values[run.first as usize + k], adjoints[run.own as usize + k]);
            R::partials(&SlotOperands { values, slots, data }, y, scratch, |j, p| {
                add(adjoints, targets[j], product::<T, G, CAREFUL>(g, p));
            });
        }
    }

    /// Operands that follow one another, and partials that need not be computed: one function for all rows.
    #[inline(never)]
    fn following(self, kind: PartialKind) {
        let Self { run, columns } = self;
        // SAFETY: only `reverse` makes one, of the plan's runs; the adjoints are referred to by nothing else here.
        let ((slots, targets), adjoints) =
            unsafe { (columns.operands(run, run.arity as usize), columns.adjoints(0, columns.len)) };
        let g = adjoints[run.own as usize];
        let times = |x: T| product::<T, G, CAREFUL>(g, x);
        let (a, b) = run.halves(targets);
        let x = Follow::of(columns.values, run.halves(slots));
        let row = |k: usize| &columns.data[run.data as usize + k * a.len()..][..a.len()];
        match kind {
            PartialKind::Datum => {
                // Four rows at a time, from the last: each adjoint is loaded and stored once for all, and what is added to it
                // is added in the order of one row at a time.
                let own = run.own as usize;
                let mut left = run.nodes as usize;
                while left >= 4 {
                    left -= 4;
                    let g: [G; 4] = core::array::from_fn(|k| adjoints[own + left + 3 - k]);
                    let w: [&[f64]; 4] = core::array::from_fn(|k| row(left + 3 - k));
                    let part = |k: usize, j: usize| product::<T, G, CAREFUL>(g[k], T::lit(w[k][j]));
                    each_by(adjoints, a, |adjoint, j| {
                        (0..4).fold(adjoint, |sum, k| sum.accumulate(part(k, j)))
                    });
                }
                for k in (0..left).rev() {
                    let (g, w) = (adjoints[own + k], row(k));
                    each(adjoints, a, |j| product::<T, G, CAREFUL>(g, T::lit(w[j])));
                }
            }
            PartialKind::TwiceResidual => {
                for k in (0..run.nodes as usize).rev() {
                    let (g, w) = (adjoints[run.own as usize + k], row(k));
                    each(adjoints, a, |j| {
                        let r = x.a[j] - T::lit(w[j]);
                        product::<T, G, CAREFUL>(g, r + r)
                    });
                }
            }
            PartialKind::One => each(adjoints, a, |_| g),
            PartialKind::MinusOne => each(adjoints, a, |_| g.negated()),
            PartialKind::Twice => each(adjoints, a, |k| times(x.a[k] + x.a[k])),
            PartialKind::Other => {
                each(adjoints, a, |k| times(x.b[k]));
                each(adjoints, b, |k| times(x.a[k]));
            }
            PartialKind::Zero | PartialKind::Saved => {}
        }
    }
}
