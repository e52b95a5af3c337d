//! The flat arena: one opcode byte a node, its operands in a pool of 32-bit indices, constants apart.
//!
//! Layout, for node `i` in order of recording:
//!
//! * `ops[i]`, one byte;
//! * fixed arity `A`: `A` operands in the pool;
//! * variadic: its count `n`, `n` operands, `n` again, so that the pool can be read in both directions;
//! * variadic of a row that reads data: its count `n`, `n` operands, where its `n` data begin, `n` again. The data are
//!   numbers that stand one after another in `data`, and are no constants of the pool. Several nodes may read the same.
//!
//! Values, adjoints and saved partials are *not* here: they are state, and live in a
//! [`Workspace`](crate::Workspace).
//!
//! Invariants (established by the recorder, checked by `verify` on what comes from outside):
//! every operand of node `i` is a node below `i` or a constant of the pool; the counts of a variadic node
//! agree; the pool holds exactly what the opcodes ask for; the data of a node are within `data`.

use std::sync::{Arc, OnceLock};

use wengert_ops::{Info, Op};

use crate::index::{ConstId, NodeId, Operand, Source};

/// Distance in nodes between two entries of the side index.
const STRIDE: usize = 64;

#[derive(Clone, Debug, Default)]
pub(crate) struct Arena {
    pub(crate) ops: Vec<Op>,
    pub(crate) pool: Vec<Operand>,
    pub(crate) constants: Vec<f64>,
    pub(crate) data: Vec<f64>,
    /// The same data where programs share them: made when first asked for.
    shared: OnceLock<Arc<Vec<f64>>>,
    /// Where node `k·STRIDE` begins in the pool and among the saved partials: made when first asked for.
    index: OnceLock<Vec<Place>>,
}

/// A position between two nodes: how much of the pool and of the saved partials lies before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) pool: usize,
    pub(crate) saved: usize,
}

/// How many entries of the pool a node of any number of operands has beside these: its counts, and where data begin.
#[inline(always)]
pub(crate) fn around(info: &Info) -> usize {
    2 + usize::from(info.data)
}

impl Place {
    /// Past a node that stands here.
    #[inline]
    fn step(&mut self, info: &Info, pool: &[Operand]) {
        match info.arity {
            Some(arity) => self.pool += arity as usize,
            None => self.pool += pool[self.pool].bits() as usize + around(info),
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
    /// One datum for each operand, where the row reads data ([`Info::data`]); else none.
    pub data: &'a [f64],
}

impl Arena {
    pub(crate) fn len(&self) -> usize {
        self.ops.len()
    }

    pub(crate) fn clear(&mut self) {
        self.ops.clear();
        self.pool.clear();
        self.constants.clear();
        self.data.clear();
        self.shared = OnceLock::new();
        self.index = OnceLock::new();
    }

    /// Nodes `from..`, in order.
    pub(crate) fn nodes(&self, from: usize) -> impl Iterator<Item = Node<'_>> {
        let mut place = self.place(from);
        (from..self.len()).map(move |i| {
            let op = self.ops[i];
            let here = place;
            place.step(op.info(), &self.pool);
            if op.info().arity.is_some() {
                Node { id: NodeId::new(i), op, operands: &self.pool[here.pool..place.pool], data: &[] }
            } else {
                self.variadic(i, op, here.pool, place.pool - here.pool - around(op.info()))
            }
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
        match op.info().arity {
            Some(arity) => {
                let operands = &self.pool[pool..pool + usize::from(arity)];
                Node { id: NodeId::new(i), op, operands, data: &[] }
            }
            None => self.variadic(i, op, pool, self.pool[pool].bits() as usize),
        }
    }

    /// A node of any number of operands, of so many, which begins there in the pool: with [`around`] the one place that knows
    /// how it stands.
    #[inline(always)]
    fn variadic(&self, i: usize, op: Op, begin: usize, count: usize) -> Node<'_> {
        let operands = &self.pool[begin + 1..begin + 1 + count];
        let data = if op.info().data { self.data_of(begin, count) } else { &[] };
        Node { id: NodeId::new(i), op, operands, data }
    }

    /// The data of a node that begins there in the pool and has so many. Apart, so that others do not pay for it.
    #[inline(never)]
    fn data_of(&self, begin: usize, count: usize) -> &[f64] {
        let first = self.pool[begin + 1 + count].bits() as usize;
        &self.data[first..first + count]
    }

    /// Where a node's data begin among all.
    pub(crate) fn data_begin(&self, node: &Node<'_>) -> usize {
        node.data.as_ptr().addr().saturating_sub(self.data.as_ptr().addr()) / size_of::<f64>()
    }

    /// All data, to be shared; nothing where there are none.
    pub(crate) fn shared_data(&self) -> Option<Arc<Vec<f64>>> {
        let share = || self.shared.get_or_init(|| Arc::new(self.data.clone())).clone();
        (!self.data.is_empty()).then(share)
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
        let operands = self.operands_before(op, &mut place.pool);
        let data = if op.info().data { self.data_of(place.pool, operands.len()) } else { &[] };
        Node { id: NodeId::new(i), op, operands, data }
    }

    /// The data of node `i`, which ends at `place`, if it has the operation and the operands of a node whose row reads data
    /// and saves nothing; then moves `place` to where it begins.
    #[inline]
    pub(crate) fn copy_before(&self, like: &Node<'_>, i: usize, place: &mut Place) -> Option<&[f64]> {
        let n = like.operands.len();
        let begin = place.pool.checked_sub(n + around(like.op.info()))?;
        let [_, operands @ .., data, count] = &self.pool[begin..place.pool] else { return None };
        // Without a branch an operand, so that the compiler can take several at a time.
        let differ = |(a, b): (&Operand, &Operand)| a.bits() ^ b.bits();
        let is_copy = self.ops[i] == like.op
            && count.bits() as usize == n
            && operands.iter().zip(like.operands).fold(0, |bits, pair| bits | differ(pair)) == 0;
        if !is_copy {
            return None;
        }
        place.pool = begin;
        Some(&self.data[data.bits() as usize..][..n])
    }

    /// The operands of a node that ends there in the pool; moves to where it begins.
    #[inline]
    pub(crate) fn operands_before(&self, op: Op, pool: &mut usize) -> &[Operand] {
        let end = *pool;
        if let Some(arity) = op.info().arity {
            *pool -= arity as usize;
            &self.pool[*pool..end]
        } else {
            let around = around(op.info());
            *pool -= self.pool[end - 1].bits() as usize + around;
            &self.pool[*pool + 1..end + 1 - around]
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
            let count = self.pool[begin].bits() as usize;
            *pool += count + around(op.info());
            &self.pool[begin + 1..begin + 1 + count]
        }
    }

    /// The end of the tape, without the side index.
    pub(crate) fn end(&self, saved: usize) -> Place {
        Place { pool: self.pool.len(), saved }
    }

    pub(crate) fn constant(&self, id: ConstId) -> f64 {
        self.constants[id.index()]
    }

    /// Appends a node that is known to be well-formed. Of a row that reads data there are as many data as operands; elsewhere
    /// there are none.
    #[inline]
    pub(crate) fn push(&mut self, op: Op, operands: &[Operand], data: &[f64]) {
        self.ops.push(op);
        let variadic = op.info().arity.is_none();
        let count = Operand::count(operands.len() as u32);
        if variadic {
            self.pool.push(count);
        }
        self.pool.extend_from_slice(operands);
        if op.info().data {
            debug_assert_eq!(operands.len(), data.len());
            self.pool.push(Operand::count(self.data.len() as u32));
            self.data.extend_from_slice(data);
        }
        if variadic {
            self.pool.push(count);
        }
    }

    /// Bytes in use: opcodes, pool, constants and data.
    pub(crate) fn bytes(&self) -> usize {
        self.ops.len() + 4 * self.pool.len() + 8 * (self.constants.len() + self.data.len())
    }

    /// Bytes of memory that is held, in use or not.
    pub(crate) fn held(&self) -> usize {
        let index = self.index.get().map_or(0, |index| size_of::<Place>() * index.capacity());
        let shared = self.shared.get().map_or(0, |shared| shared.len());
        self.ops.capacity()
            + 4 * self.pool.capacity()
            + 8 * (self.constants.capacity() + self.data.capacity() + shared)
            + index
    }
}

impl PartialEq for Arena {
    /// The same nodes with the same operands and data; constants and data compare by their bits, wherever they stand.
    fn eq(&self, other: &Self) -> bool {
        self.ops == other.ops
            && self.pool.len() == other.pool.len()
            && self.nodes(0).zip(other.nodes(0)).all(|(a, b)| {
                a.operands.len() == b.operands.len()
                    && a.operands.iter().zip(b.operands).all(|(x, y)| self.same(*x, other, *y))
                    && same_bits(a.data, b.data)
            })
    }
}

/// Whether these are the same numbers, bit for bit.
pub(crate) fn same_bits(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
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
