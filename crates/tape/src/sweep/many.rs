//! The steps of rows of any number of operands in the `f64` sweep of a recording ([`saved`](super::saved)), where all
//! partials are of one kind: operands that follow one another are taken as a slice.
//!
//! `unsafe` rests on the arena's invariants (`arena.rs`).

#![allow(unsafe_code)]

use wengert_ops::{Operands, PartialKind};

use crate::arena::{Arena, Node, Place};
use crate::index::Operand;

/// Operands of a node of the tape, read without checks.
#[derive(Clone, Copy)]
pub(super) struct Unchecked<'a> {
    pub(super) constants: &'a [f64],
    pub(super) values: &'a [f64],
    pub(super) operands: &'a [Operand],
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

/// The step of a row of any number of operands whose partials are all of one kind.
#[inline]
pub(super) fn many(arena: &Arena, values: &[f64], adjoints: &mut [f64], node: Node<'_>) {
    let g = adjoints[node.id.index()];
    let read = |operands| Values::of(arena, values, operands);
    match node.op.info().kinds[0] {
        PartialKind::Other => {
            let (a, b) = node.operands.split_at(node.operands.len() / 2);
            read(b).times(g, a, adjoints);
            read(a).times(g, b, adjoints);
        }
        PartialKind::Twice => read(node.operands).times(2.0 * g, node.operands, adjoints),
        kind => spread(node.operands, adjoints, |_| kind.partial(|| 0.0, || 0.0, || 0.0).times(g)),
    }
}

/// Adds to the adjoints of operands what `change` says of each.
#[inline(always)]
fn spread(operands: &[Operand], adjoints: &mut [f64], change: impl Fn(usize) -> f64) {
    if let Some(first) = run(operands) {
        if !first.is_constant() {
            let slots = &mut adjoints[first.index()..][..operands.len()];
            for (k, slot) in slots.iter_mut().enumerate() {
                *slot += change(k);
            }
        }
        return;
    }
    for (k, operand) in operands.iter().enumerate() {
        if !operand.is_constant() {
            adjoints[operand.index()] += change(k);
        }
    }
}

/// Operands that follow one another, nodes or constants: the first of them. The operands of a dot product often do,
/// and then the compiler can take several at a time.
fn run(operands: &[Operand]) -> Option<Operand> {
    let [first, .., last] = operands else { return operands.first().copied() };
    let expected = (first.bits()..).zip(operands);
    let differ = expected.fold(0, |bits, (expected, operand)| bits | (operand.bits() ^ expected));
    (differ == 0 && first.is_constant() == last.is_constant()).then_some(*first)
}

/// Values of operands.
enum Values<'a> {
    Run(&'a [f64]),
    Listed(Unchecked<'a>),
}

impl<'a> Values<'a> {
    fn of(arena: &'a Arena, values: &'a [f64], operands: &'a [Operand]) -> Self {
        let constants = &arena.constants;
        match run(operands) {
            Some(first) => {
                let column = if first.is_constant() { constants } else { values };
                Self::Run(&column[first.index()..][..operands.len()])
            }
            None => Self::Listed(Unchecked { constants, values, operands }),
        }
    }

    /// Adds to the adjoint of each operand what `change` makes of its value, which is the one at the same place.
    #[inline(always)]
    fn each(&self, operands: &[Operand], adjoints: &mut [f64], change: impl Fn(usize, f64) -> f64) {
        match self {
            Self::Run(values) => spread(operands, adjoints, |k| change(k, values[k])),
            Self::Listed(values) => spread(operands, adjoints, |k| change(k, values.get(k))),
        }
    }

    /// Adds `g` times each value to the adjoint of the operand at the same place.
    fn times(&self, g: f64, operands: &[Operand], adjoints: &mut [f64]) {
        match self {
            Self::Run(values) => spread(operands, adjoints, |k| g * values[k]),
            Self::Listed(values) => spread(operands, adjoints, |k| g * values.get(k)),
        }
    }
}

/// The step of node `i`, of a row that reads data, and perhaps of those right before it: gives the last node that it has
/// swept, not below `low`.
#[cold]
#[inline(never)]
pub(super) fn beside_data(
    arena: &Arena,
    values: &[f64],
    adjoints: &mut [f64],
    i: usize,
    low: usize,
    place: &mut Place,
) -> usize {
    let node = arena.node_before(i, place);
    let (g, w) = (adjoints[i], node.data);
    if node.op.info().kinds[0] == PartialKind::Datum {
        if let Some(first) = run(node.operands).filter(|first| !first.is_constant()) {
            return rows(arena, adjoints, node, first, low, place);
        }
        if g != 0.0 {
            Values::Run(w).times(g, node.operands, adjoints);
        }
    } else if g != 0.0 {
        let x = Values::of(arena, values, node.operands);
        x.each(node.operands, adjoints, |k, x| 2.0 * g * (x - w[k]));
    }
    i
}

/// The steps of a weighted sum of nodes that follow one another, and of those right before it with the same operands: the rows
/// of a matrix, four at a time, so that an adjoint is loaded and stored once for all. What is added to it is added in the
/// order of one row at a time. Gives the last node that it has swept, and moves to where that begins.
fn rows(
    arena: &Arena,
    adjoints: &mut [f64],
    last: Node<'_>,
    first: Operand,
    low: usize,
    place: &mut Place,
) -> usize {
    let (mut i, n, mut data) = (last.id.index(), last.operands.len(), last.data);
    let mut waiting: [(f64, &[f64]); 4] = [(0.0, &[]); 4];
    let mut count = 0;
    loop {
        // No zero is multiplied by infinity.
        if adjoints[i] != 0.0 {
            waiting[count] = (adjoints[i], data);
            count += 1;
        }
        let next = if i > low { arena.copy_before(&last, i - 1, place) } else { None };
        if count == waiting.len() || next.is_none() {
            add_rows(&mut adjoints[first.index()..][..n], &waiting[..count]);
            count = 0;
        }
        let Some(next) = next else { return i };
        (i, data) = (i - 1, next);
    }
}

/// Adds to each adjoint the sum of the products of its column, row by row.
fn add_rows(slots: &mut [f64], rows: &[(f64, &[f64])]) {
    let n = slots.len();
    if let [(a, x), (b, y), (c, z), (d, w)] = rows {
        let (x, y, z, w) = (&x[..n], &y[..n], &z[..n], &w[..n]);
        for (k, slot) in slots.iter_mut().enumerate() {
            *slot = *slot + a * x[k] + b * y[k] + c * z[k] + d * w[k];
        }
        return;
    }
    for (g, row) in rows {
        for (slot, w) in slots.iter_mut().zip(*row) {
            *slot += g * w;
        }
    }
}
