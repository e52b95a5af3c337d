//! Assembling a tape from outside of the recorder: piece by piece, and checked as a whole.

use wengert_ops::{Op, Test};

use crate::index::{MAX_NODES, NodeId, Operand, Source};
use crate::operation::Callee;
use crate::source::SourceLine;
use crate::tape::{Guard, Read, Tape};
use crate::verify::VerifyError;

/// A tape in the making, for those who read one from elsewhere or write one by hand.
///
/// ```
/// use wengert::ops::Op;
/// use wengert::tape::Assembly;
///
/// // f(x) = 2·sin x
/// let mut tape = Assembly::new();
/// let x = tape.push(Op::Input, &[])?;
/// let two = tape.constant(2.0);
/// let sine = tape.push(Op::Sin, &[x])?;
/// let f = tape.push(Op::Mul, &[two, sine])?;
/// tape.output(f);
/// let tape = tape.finish()?;
/// assert!(tape.to_string().contains("%2 = mul 2.0 %1\noutputs %2\n"));
/// # Ok::<(), wengert::tape::VerifyError>(())
/// ```
///
/// What is put in may be anything: [`finish`](Self::finish) gives a tape that has passed [`Tape::verify`], or says which
/// invariant it would break.
#[derive(Clone, Debug, Default)]
pub struct Assembly {
    tape: Tape,
}

impl Assembly {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes room for so many nodes, which may be the word of a file: no more than there is memory for.
    pub fn reserve(&mut self, nodes: usize) {
        let _ = self.tape.arena.ops.try_reserve(nodes);
    }

    /// Appends a constant to the pool, and gives its place.
    pub fn constant(&mut self, value: f64) -> Operand {
        let constants = &mut self.tape.arena.constants;
        constants.push(value);
        Operand::constant((constants.len() - 1).min(MAX_NODES as usize - 1) as u32)
    }

    /// Appends a node, and gives it as an operand of others. A leaf is listed as one.
    ///
    /// # Errors
    /// [`VerifyError::Operands`] where the operation takes another number of operands, [`VerifyError::TooMany`].
    pub fn push(&mut self, op: Op, operands: &[Operand]) -> Result<Operand, VerifyError> {
        self.push_with_data(op, operands, &[])
    }

    /// [`push`](Self::push) of a row that reads data ([`Info::data`](wengert_ops::Info::data)), one for each operand.
    ///
    /// # Errors
    /// Those of [`push`](Self::push), and [`VerifyError::Data`] where there is not one datum for each operand, or there are some
    /// for a row that reads none.
    pub fn push_with_data(
        &mut self,
        op: Op,
        operands: &[Operand],
        data: &[f64],
    ) -> Result<Operand, VerifyError> {
        let node = self.tape.len();
        let limit = (MAX_NODES as usize).saturating_sub(self.tape.arena.data.len());
        if data.len() > limit {
            return Err(VerifyError::TooMany {
                what: "data",
                found: self.tape.arena.data.len() + data.len(),
            });
        }
        if node >= MAX_NODES as usize || operands.len() >= MAX_NODES as usize {
            return Err(VerifyError::TooMany { what: "nodes", found: node.max(operands.len()) });
        }
        let id = NodeId::new(node);
        if let Some(expected) = op.info().arity
            && operands.len() != usize::from(expected)
        {
            return Err(VerifyError::Operands {
                node: id,
                expected: usize::from(expected),
                found: operands.len(),
            });
        }
        let expected = if op.info().data { operands.len() } else { 0 };
        if data.len() != expected {
            return Err(VerifyError::Data { node: id, expected, found: data.len() });
        }
        self.tape.arena.push(op, operands, data);
        if let Some(leaves) = self.tape.leaves_mut(op) {
            leaves.push(id);
        }
        Ok(Operand::from(Source::Node(id)))
    }

    /// Says what the last node calls, which must be a call ([`Op::Foreign`]); its results, one node each, follow it.
    ///
    /// # Errors
    /// [`VerifyError::Calls`] where there is no node yet.
    pub fn calls(&mut self, callee: &Callee) -> Result<(), VerifyError> {
        let Some(last) = self.tape.len().checked_sub(1) else {
            return Err(VerifyError::Calls { position: 0 });
        };
        self.tape.calls.push(NodeId::new(last), callee);
        Ok(())
    }

    /// Marks an output.
    pub fn output(&mut self, operand: Operand) {
        self.tape.outputs.push(operand);
    }

    /// Adds a comparison, which was made when so many nodes had been recorded.
    pub fn guard(&mut self, test: Test, operands: [Operand; 2], position: usize, at: SourceLine) {
        let [left, right] = operands;
        self.tape.guards.push(Guard { test, left, right, position, at });
    }

    /// Adds a read of a plain value.
    pub fn read(&mut self, read: Read) {
        self.tape.reads.push(read);
    }

    /// Names a node.
    pub fn name(&mut self, node: NodeId, name: &str) {
        self.tape.names.insert(node, name.into());
    }

    /// Gives all nodes their source lines.
    pub fn lines(&mut self, lines: Vec<SourceLine>) {
        self.tape.lines = Some(lines);
    }

    /// The tape.
    ///
    /// # Errors
    /// [`VerifyError`], with the invariant that it breaks. Cost: one pass.
    pub fn finish(self) -> Result<Tape, VerifyError> {
        self.tape.verify()?;
        Ok(self.tape)
    }
}
