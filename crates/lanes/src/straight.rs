//! Straight-line code as it is written: values in the order in which they are computed, without slots.

use core::fmt;

use wengert_ops::{Op, Test};

/// A value of straight-line code: what varies from row to row, what is uniform, or a constant.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LaneValue(u32);

/// What a [`LaneValue`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValuePlace {
    /// The result of that node: one number a row.
    Node(usize),
    /// A number that is the same in all rows: an operand of each run, or behind those a constant.
    Uniform(usize),
}

impl LaneValue {
    const UNIFORM: u32 = 1 << 31;

    fn node(k: usize) -> Self {
        Self(k as u32)
    }

    fn fixed(k: usize) -> Self {
        Self(k as u32 | Self::UNIFORM)
    }

    pub(crate) fn place(self) -> ValuePlace {
        if self.0 & Self::UNIFORM == 0 {
            ValuePlace::Node(self.0 as usize)
        } else {
            ValuePlace::Uniform((self.0 & !Self::UNIFORM) as usize)
        }
    }

    /// Whether it varies from row to row.
    #[must_use]
    pub fn varies(self) -> bool {
        matches!(self.place(), ValuePlace::Node(_))
    }
}

impl fmt::Debug for LaneValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            ValuePlace::Node(k) => write!(f, "%{k}"),
            ValuePlace::Uniform(k) => write!(f, "u{k}"),
        }
    }
}

/// What a node of straight-line code does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Does {
    /// Reads a column of a table.
    Column { table: u32, column: u32 },
    /// A row of the table of operations.
    Row(Op),
    /// Calls what stands at that site; its results are the nodes behind it.
    Call { site: u32, results: u32 },
    /// A result of a call.
    Result,
    /// Asks whether a comparison comes out so.
    Guard(Test),
    /// Gives its operand as an output by row, in the next column of a table.
    Give(u8),
    /// Gives the sum of its operand over rows.
    Sum,
    /// Gives the greatest of its operand over rows.
    Maximum,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct StraightNode {
    pub(crate) does: Does,
    /// Where its operands end in the pool; they begin where those of the node before end.
    end: u32,
    /// Where its data begin.
    data: u32,
}

/// Why something is no straight-line code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StraightError {
    /// The operation is no row of the table.
    #[error("{0:?} is no operation that straight-line code can do")]
    NoRow(Op),
    /// The operation takes another number of operands.
    #[error("{op:?} takes {expected} operands and is given {found}")]
    Operands {
        /// The operation.
        op: Op,
        /// How many it takes.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The operation takes another number of data.
    #[error("{op:?} reads {expected} data and is given {found}")]
    Data {
        /// The operation.
        op: Op,
        /// How many it reads.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// An operand is none of the code's values.
    #[error("an operand of node {0} is no value of the code")]
    Unknown(usize),
    /// There are 2²⁵ values already, or operands, or data.
    #[error("the code has 2²⁵ values, operands or data already")]
    Full,
}

/// Straight-line code in the making.
///
/// Operands are values that were made before, so that code has one order, in which it can be run. Outputs are
/// [given](Self::give) by row, [summed](Self::sum) over rows, or the [greatest](Self::maximum) of all, and are numbered in the
/// order in which they are asked for.
#[derive(Clone, Debug, Default)]
pub struct Straight {
    nodes: Vec<StraightNode>,
    pool: Vec<LaneValue>,
    data: Vec<f64>,
    constants: Vec<f64>,
    uniforms: usize,
}

impl Straight {
    /// Nothing yet, of so many uniform operands.
    #[must_use]
    pub fn new(uniforms: usize) -> Self {
        Self { uniforms, ..Self::default() }
    }

    /// Uniform operand `k`; `None` where there is none.
    #[must_use]
    pub fn uniform(&self, k: usize) -> Option<LaneValue> {
        (k < self.uniforms).then(|| LaneValue::fixed(k))
    }

    /// A constant.
    pub fn constant(&mut self, c: f64) -> LaneValue {
        self.constants.push(c);
        LaneValue::fixed(self.uniforms + self.constants.len() - 1)
    }

    /// The number that a row has in a column of a table.
    pub fn column(&mut self, table: u32, column: u32) -> LaneValue {
        self.push(Does::Column { table, column }, &[], &[])
    }

    /// An operation of the table on values, with data where it reads some.
    ///
    /// # Errors
    /// [`StraightError`].
    pub fn row(&mut self, op: Op, operands: &[LaneValue], data: &[f64]) -> Result<LaneValue, StraightError> {
        let info = op.info();
        if matches!(op, Op::Input | Op::Parameter | Op::Foreign | Op::Result) {
            return Err(StraightError::NoRow(op));
        }
        let found = operands.len();
        let expected = info.arity.map_or(if info.halves { found & !1 } else { found }, usize::from);
        if found != expected {
            return Err(StraightError::Operands { op, expected, found });
        }
        let expected = if info.data { found } else { 0 };
        if data.len() != expected {
            return Err(StraightError::Data { op, expected, found: data.len() });
        }
        self.check(operands, data)?;
        Ok(self.push(Does::Row(op), operands, data))
    }

    /// The results of what stands at a site of the caller's; it is called row by row.
    ///
    /// # Errors
    /// [`StraightError`].
    pub fn call(
        &mut self,
        site: u32,
        operands: &[LaneValue],
        results: usize,
    ) -> Result<Vec<LaneValue>, StraightError> {
        self.check(operands, &[])?;
        self.push(Does::Call { site, results: results as u32 }, operands, &[]);
        Ok((0..results).map(|_| self.push(Does::Result, &[], &[])).collect())
    }

    /// A comparison, which rows may fail. Guards are numbered in this order.
    ///
    /// # Errors
    /// [`StraightError`].
    pub fn guard(&mut self, test: Test, operands: [LaneValue; 2]) -> Result<(), StraightError> {
        self.check(&operands, &[])?;
        self.push(Does::Guard(test), &operands, &[]);
        Ok(())
    }

    /// An output by row, in the next column of a table of outputs.
    ///
    /// # Errors
    /// [`StraightError`].
    pub fn give(&mut self, table: u8, value: LaneValue) -> Result<(), StraightError> {
        self.check(&[value], &[])?;
        self.push(Does::Give(table), &[value], &[]);
        Ok(())
    }

    /// An output that is the sum over rows.
    ///
    /// # Errors
    /// [`StraightError`].
    pub fn sum(&mut self, value: LaneValue) -> Result<(), StraightError> {
        self.check(&[value], &[])?;
        self.push(Does::Sum, &[value], &[]);
        Ok(())
    }

    /// An output that is the greatest over rows.
    ///
    /// # Errors
    /// [`StraightError`].
    pub fn maximum(&mut self, value: LaneValue) -> Result<(), StraightError> {
        self.check(&[value], &[])?;
        self.push(Does::Maximum, &[value], &[]);
        Ok(())
    }

    fn check(&self, operands: &[LaneValue], data: &[f64]) -> Result<(), StraightError> {
        // So few that the lanes of all slots have 31 bits.
        let limit = (LaneValue::UNIFORM >> 6) as usize - 1;
        let most = self.nodes.len().max(self.pool.len() + operands.len()).max(self.data.len() + data.len());
        if most >= limit || self.uniforms + self.constants.len() >= limit {
            return Err(StraightError::Full);
        }
        let known = |value: &LaneValue| match value.place() {
            ValuePlace::Node(k) => self
                .nodes
                .get(k)
                .is_some_and(|node| matches!(node.does, Does::Column { .. } | Does::Row(_) | Does::Result)),
            ValuePlace::Uniform(k) => k < self.uniforms + self.constants.len(),
        };
        if operands.iter().all(known) { Ok(()) } else { Err(StraightError::Unknown(self.nodes.len())) }
    }

    fn push(&mut self, does: Does, operands: &[LaneValue], data: &[f64]) -> LaneValue {
        let begin = self.data.len() as u32;
        self.pool.extend_from_slice(operands);
        self.data.extend_from_slice(data);
        self.nodes.push(StraightNode { does, end: self.pool.len() as u32, data: begin });
        LaneValue::node(self.nodes.len() - 1)
    }

    pub(crate) fn nodes(&self) -> &[StraightNode] {
        &self.nodes
    }

    pub(crate) fn operands(&self, node: usize) -> &[LaneValue] {
        let begin = node.checked_sub(1).map_or(0, |before| self.nodes[before].end);
        &self.pool[begin as usize..self.nodes[node].end as usize]
    }

    /// Where a node's data begin.
    pub(crate) fn data_of(&self, node: usize) -> u32 {
        self.nodes[node].data
    }

    pub(crate) fn uniforms(&self) -> usize {
        self.uniforms
    }

    /// How many uniform operands and constants there are.
    pub(crate) fn fixed(&self) -> usize {
        self.uniforms + self.constants.len()
    }

    pub(crate) fn data(&self) -> &[f64] {
        &self.data
    }

    pub(crate) fn into_data(self) -> (Vec<f64>, Vec<f64>) {
        (self.data, self.constants)
    }
}
