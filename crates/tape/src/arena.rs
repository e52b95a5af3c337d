//! The flat arena: one opcode byte a node, its operands in a pool of 32-bit indices, constants apart.
//!
//! Layout, for node `i` in order of recording:
//!
//! * `ops[i]`, one byte;
//! * fixed arity `A`: `A` operands in the pool;
//! * variadic: its count `n`, `n` operands, `n` again, so that the pool can be read in both directions.
//!
//! Values, adjoints and saved partials are *not* here: they are state, and live in a
//! [`Workspace`](crate::Workspace).
//!
//! Invariants (established by the recorder, checked by `verify` on what comes from outside):
//! every operand of node `i` is a node below `i` or a constant of the pool; the counts of a variadic node
//! agree; the pool holds exactly what the opcodes ask for.

use std::sync::OnceLock;

use wengert_ops::{Info, Op};

use crate::index::{ConstId, NodeId, Operand, Source};

/// Distance in nodes between two entries of the side index.
const STRIDE: usize = 64;

#[derive(Clone, Debug, Default)]
pub(crate) struct Arena {
    pub(crate) ops: Vec<Op>,
    pub(crate) pool: Vec<Operand>,
    pub(crate) constants: Vec<f64>,
    /// Where node `k·STRIDE` begins in the pool and among the saved partials: made when first asked for.
    index: OnceLock<Vec<Place>>,
}

/// A position between two nodes: how much of the pool and of the saved partials lies before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) pool: usize,
    pub(crate) saved: usize,
}

impl Place {
    /// Past a node that stands here.
    #[inline]
    fn step(&mut self, info: &Info, pool: &[Operand]) {
        match info.arity {
            Some(arity) => self.pool += arity as usize,
            None => self.pool += pool[self.pool].bits() as usize + 2,
        }
        self.saved += info.saved();
    }
}

/// A node of a tape.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    /// Which.
    pub id: NodeId,
    /// What it does; a leaf, a row of the table, a call or a result of one.
    pub op: Op,
    /// What it reads, in order.
    pub operands: &'a [Operand],
}

impl Arena {
    pub(crate) fn len(&self) -> usize {
        self.ops.len()
    }

    pub(crate) fn clear(&mut self) {
        self.ops.clear();
        self.pool.clear();
        self.constants.clear();
        self.index = OnceLock::new();
    }

    /// Nodes `from..`, in order.
    pub(crate) fn nodes(&self, from: usize) -> impl Iterator<Item = Node<'_>> {
        let mut place = self.place(from);
        (from..self.len()).map(move |i| {
            let op = self.ops[i];
            let here = place;
            place.step(op.info(), &self.pool);
            let operands = if op.info().arity.is_some() {
                &self.pool[here.pool..place.pool]
            } else {
                &self.pool[here.pool + 1..place.pool - 1]
            };
            Node { id: NodeId::new(i), op, operands }
        })
    }

    /// One node. Cost: at most [`STRIDE`] opcodes read, after the first call.
    pub(crate) fn node(&self, id: NodeId) -> Option<Node<'_>> {
        if id.index() < self.len() { self.nodes(id.index()).next() } else { None }
    }

    /// Node `i`, which begins there in the pool.
    #[inline]
    pub(crate) fn node_at(&self, i: usize, pool: usize) -> Node<'_> {
        let op = self.ops[i];
        let (first, count) = match op.info().arity {
            Some(arity) => (pool, usize::from(arity)),
            None => (pool + 1, self.pool[pool].bits() as usize),
        };
        Node { id: NodeId::new(i), op, operands: &self.pool[first..first + count] }
    }

    /// Where node `i ≤ len` begins.
    pub(crate) fn place(&self, i: usize) -> Place {
        let index = self.index.get_or_init(|| {
            let mut entries = Vec::with_capacity(self.len() / STRIDE + 1);
            let mut place = Place::default();
            for (k, op) in self.ops.iter().enumerate() {
                if k % STRIDE == 0 {
                    entries.push(place);
                }
                place.step(op.info(), &self.pool);
            }
            if self.len().is_multiple_of(STRIDE) {
                entries.push(place);
            }
            entries
        });
        let block = i / STRIDE;
        let mut place = index[block];
        for op in &self.ops[block * STRIDE..i] {
            place.step(op.info(), &self.pool);
        }
        place
    }

    /// Node `i`, which ends at `place`; moves `place` to where it begins.
    #[inline]
    pub(crate) fn node_before(&self, i: usize, place: &mut Place) -> Node<'_> {
        let op = self.ops[i];
        place.saved -= op.info().saved();
        Node { id: NodeId::new(i), op, operands: self.operands_before(op, &mut place.pool) }
    }

    /// The operands of a node that ends there in the pool; moves to where it begins.
    #[inline]
    pub(crate) fn operands_before(&self, op: Op, pool: &mut usize) -> &[Operand] {
        let end = *pool;
        if let Some(arity) = op.info().arity {
            *pool -= arity as usize;
            &self.pool[*pool..end]
        } else {
            *pool -= self.pool[end - 1].bits() as usize + 2;
            &self.pool[*pool + 1..end - 1]
        }
    }

    /// The operands of a node that begins there in the pool; moves to where it ends.
    #[inline]
    pub(crate) fn operands_at(&self, op: Op, pool: &mut usize) -> &[Operand] {
        let begin = *pool;
        if let Some(arity) = op.info().arity {
            *pool += arity as usize;
            &self.pool[begin..*pool]
        } else {
            *pool += self.pool[begin].bits() as usize + 2;
            &self.pool[begin + 1..*pool - 1]
        }
    }

    /// The end of the tape, without the side index.
    pub(crate) fn end(&self, saved: usize) -> Place {
        Place { pool: self.pool.len(), saved }
    }

    pub(crate) fn constant(&self, id: ConstId) -> f64 {
        self.constants[id.index()]
    }

    /// Appends a node that is known to be well-formed.
    #[inline]
    pub(crate) fn push(&mut self, op: Op, operands: &[Operand]) {
        self.ops.push(op);
        let variadic = op.info().arity.is_none();
        let count = Operand::count(operands.len() as u32);
        if variadic {
            self.pool.push(count);
        }
        self.pool.extend_from_slice(operands);
        if variadic {
            self.pool.push(count);
        }
    }

    /// Bytes in use: opcodes, pool and constants.
    pub(crate) fn bytes(&self) -> usize {
        self.ops.len() + 4 * self.pool.len() + 8 * self.constants.len()
    }

    /// Bytes of memory that is held, in use or not.
    pub(crate) fn held(&self) -> usize {
        let index = self.index.get().map_or(0, |index| size_of::<Place>() * index.capacity());
        self.ops.capacity() + 4 * self.pool.capacity() + 8 * self.constants.capacity() + index
    }
}

impl PartialEq for Arena {
    /// The same nodes with the same operands; constants compare by their bits, wherever they stand in the
    /// pool.
    fn eq(&self, other: &Self) -> bool {
        self.ops == other.ops
            && self.pool.len() == other.pool.len()
            && self.nodes(0).zip(other.nodes(0)).all(|(a, b)| {
                a.operands.len() == b.operands.len()
                    && a.operands.iter().zip(b.operands).all(|(x, y)| self.same(*x, other, *y))
            })
    }
}

impl Arena {
    /// Whether an operand here and one there are the same node, or constants of the same bits.
    pub(crate) fn same(&self, x: Operand, other: &Self, y: Operand) -> bool {
        match (x.source(), y.source()) {
            (Source::Node(a), Source::Node(b)) => a == b,
            (Source::Constant(a), Source::Constant(b)) => {
                self.constant(a).to_bits() == other.constant(b).to_bits()
            }
            _ => false,
        }
    }
}
