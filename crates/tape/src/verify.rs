//! The invariants of a tape, listed and then checked. It reads a tape that may be corrupted and never panics;
//! it repairs nothing, and does not run anything.

use wengert_ops::{Op, Question, Second};

use crate::index::{MAX_NODES, NodeId, Operand, Source};
use crate::tape::Tape;

/// Which invariant a tape breaks; see [`Tape::verify`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// More nodes, constants or data than 32-bit indices reach.
    #[error("{found} {what}, of which a tape holds at most 2³¹")]
    TooMany {
        /// Nodes, constants or data.
        what: &'static str,
        /// How many there are.
        found: usize,
    },
    /// A node has another number of operands than its operation takes.
    #[error("node {node}: its operation takes {expected} operands, not {found}")]
    Operands {
        /// The node.
        node: NodeId,
        /// How many the operation takes.
        expected: usize,
        /// How many it was given.
        found: usize,
    },
    /// The pool of operands ends within a node.
    #[error("node {node}: its operands are missing from the pool")]
    PoolEnds {
        /// The node.
        node: NodeId,
    },
    /// The pool holds more than the nodes ask for.
    #[error("the pool holds {entries} entries that belong to no node")]
    PoolRemains {
        /// How many.
        entries: usize,
    },
    /// The two counts of a variadic node differ.
    #[error("node {node}: its count of operands is {before} before them and {behind} behind them")]
    Counts {
        /// The node.
        node: NodeId,
        /// The count before the operands.
        before: u32,
        /// The count behind the operands.
        behind: u32,
    },
    /// A node of two halves has an odd number of operands.
    #[error("node {node}: {count} operands are not two halves")]
    Odd {
        /// The node.
        node: NodeId,
        /// How many it has.
        count: usize,
    },
    /// The second operand of a node must be a constant and is not.
    #[error("node {node}: its second operand must be a constant")]
    NotConstant {
        /// The node.
        node: NodeId,
    },
    /// A node reads itself or a later node.
    #[error("node {node}: reads {operand}, which is not below it")]
    Forward {
        /// The node.
        node: NodeId,
        /// What it reads.
        operand: NodeId,
    },
    /// A node reads a constant that is not in the pool.
    #[error("node {node}: reads constant {constant} of {constants}")]
    NoConstant {
        /// The node.
        node: NodeId,
        /// What it reads.
        constant: usize,
        /// How many constants there are.
        constants: usize,
    },
    /// A node has another number of data than its operation reads.
    #[error("node {node}: has {found} data, and its operation reads {expected}")]
    Data {
        /// The node.
        node: NodeId,
        /// One for each operand where the operation reads data, else none.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A node reads data that are not there.
    #[error("node {node}: reads {count} data from {begin} on, of {data}")]
    NoData {
        /// The node.
        node: NodeId,
        /// The first datum that it reads.
        begin: usize,
        /// How many it reads.
        count: usize,
        /// How many there are.
        data: usize,
    },
    /// A call is not in the list of calls, or something else is.
    #[error("the list of calls is wrong at position {position}: it must list every call once, in order")]
    Calls {
        /// Where the list is wrong, from 0.
        position: usize,
    },
    /// A call has another number of operands than its operation takes.
    #[error("node {node}: its operation takes {expected} operands, not {found}")]
    CallOperands {
        /// The node.
        node: NodeId,
        /// How many the operation takes.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// Behind a call something else stands than its results.
    #[error("node {node}: here must stand result {result} of call {call}")]
    Results {
        /// What stands there; past the end where nothing does.
        node: NodeId,
        /// Which result must.
        result: usize,
        /// The call.
        call: NodeId,
    },
    /// A result is none of the call that it names.
    #[error("node {node}: a result must stand behind its call, which has so many")]
    Result {
        /// The node.
        node: NodeId,
    },
    /// Something other than a result reads a call.
    #[error("node {node}: reads call {call}, whose numbers are its results")]
    ReadsCall {
        /// The node.
        node: NodeId,
        /// The call.
        call: NodeId,
    },
    /// The list of inputs is not the input nodes in ascending order.
    #[error(
        "the list of inputs is wrong at position {position}: it must list every input node once, in order"
    )]
    Inputs {
        /// Where the list is wrong, from 0.
        position: usize,
    },
    /// The list of parameters is not the parameter nodes in ascending order.
    #[error(
        "the list of parameters is wrong at position {position}: it must list every parameter node once, in order"
    )]
    Parameters {
        /// Where the list is wrong, from 0.
        position: usize,
    },
    /// An output is not a node of the tape or a constant of its pool.
    #[error("output {output} is not on the tape")]
    Output {
        /// Which output, from 0.
        output: usize,
    },
    /// A guard compares what had not been recorded.
    #[error("guard {guard} compares what had not been computed when it was asked")]
    GuardOperand {
        /// Which guard, from 0.
        guard: usize,
    },
    /// A guard stands past the end or before the guard above it.
    #[error("guard {guard} stands at position {position}, out of order or past the end")]
    GuardPosition {
        /// Which guard, from 0.
        guard: usize,
        /// Its position.
        position: usize,
    },
    /// A test of one number has two different operands.
    #[error("guard {guard} asks about one number and has two")]
    GuardTest {
        /// Which guard, from 0.
        guard: usize,
    },
    /// A read names a node that had not been recorded when the read was made.
    #[error("read {read} names a node that had not been computed when the read was made")]
    ReadNode {
        /// Which read, from 0.
        read: usize,
    },
    /// A read stands past the end or before the read above it.
    #[error("read {read} stands at position {position}, out of order or past the end")]
    ReadPosition {
        /// Which read, from 0.
        read: usize,
        /// Its position.
        position: usize,
    },
    /// A name belongs to no node.
    #[error("a name is given to {node}, which is not on the tape")]
    Name {
        /// The node.
        node: NodeId,
    },
    /// Source lines are kept, but not one a node.
    #[error("{lines} source lines for {nodes} nodes")]
    Lines {
        /// How many lines.
        lines: usize,
        /// How many nodes.
        nodes: usize,
    },
}

impl Tape {
    /// Checks that the tape is well-formed:
    ///
    /// 1. there are at most 2³¹ nodes, as many constants and as many data;
    /// 2. the pool of operands holds what the opcodes ask for, and nothing more;
    /// 3. a variadic node's counts, before and behind its operands, agree;
    /// 4. every operand of node `i` is a node below `i`, or a constant of the pool; a row that reads data has a datum for each;
    /// 5. the inputs are the input nodes, all of them, in ascending order, and so are the parameters the parameter nodes;
    /// 6. every output is a node, or a constant of the pool;
    /// 7. guards stand in ascending positions from 0 to the number of nodes, compare nodes below their position
    ///    or constants of the pool, and a test of one number has one number;
    /// 8. reads stand in ascending positions too, and are of nodes below their position;
    /// 9. every name belongs to a node;
    /// 10. source lines are kept for every node or for none;
    /// 11. each call is in the list of calls, has as many operands as its operation takes, and right behind it stand its
    ///     results, in order; there are no other results, and nothing else reads a call.
    ///
    /// What the recorder makes and what [`Tape::parse`] accepts is well-formed. Cost: one pass.
    ///
    /// ```
    /// use wengert::Recorder;
    ///
    /// let mut recorder = Recorder::new();
    /// recorder.record(|s| s.output(s.input(0.5).sin()))?;
    /// assert_eq!(recorder.tape().verify(), Ok(()));
    /// # Ok::<(), wengert::RecordError>(())
    /// ```
    pub fn verify(&self) -> Result<(), VerifyError> {
        let nodes = self.len();
        let constants = self.arena.constants.len();
        for (what, found) in [("nodes", nodes), ("constants", constants), ("data", self.arena.data.len())] {
            if found > MAX_NODES as usize {
                return Err(VerifyError::TooMany { what, found });
            }
        }
        self.verify_nodes()?;
        self.verify_calls()?;
        self.verify_leaves(Op::Input, &self.inputs).map_err(|position| VerifyError::Inputs { position })?;
        self.verify_leaves(Op::Parameter, &self.parameters)
            .map_err(|position| VerifyError::Parameters { position })?;
        if let Some(output) = self.outputs.iter().position(|o| !self.reaches(*o, nodes)) {
            return Err(VerifyError::Output { output });
        }
        self.verify_guards()?;
        self.verify_reads()?;
        if let Some((node, _)) = self.names.iter().next_back()
            && node.index() >= nodes
        {
            return Err(VerifyError::Name { node: *node });
        }
        match &self.lines {
            Some(lines) if lines.len() != nodes => Err(VerifyError::Lines { lines: lines.len(), nodes }),
            _ => Ok(()),
        }
    }

    fn verify_nodes(&self) -> Result<(), VerifyError> {
        let mut rest: &[Operand] = &self.arena.pool;
        for (i, op) in self.arena.ops.iter().enumerate() {
            let node = NodeId::new(i);
            let ends = VerifyError::PoolEnds { node };
            let count = match op.info().arity {
                Some(arity) => arity as usize,
                None => rest.split_off_first().ok_or(ends)?.bits() as usize,
            };
            let operands = rest.split_off(..count).ok_or(ends)?;
            if op.info().halves && count % 2 != 0 {
                return Err(VerifyError::Odd { node, count });
            }
            if op.info().second != Second::Variable && !operands.get(1).is_some_and(|o| o.is_constant()) {
                return Err(VerifyError::NotConstant { node });
            }
            for operand in operands {
                match operand.source() {
                    Source::Node(operand) if operand >= node => {
                        return Err(VerifyError::Forward { node, operand });
                    }
                    Source::Constant(id) if id.index() >= self.arena.constants.len() => {
                        let constants = self.arena.constants.len();
                        return Err(VerifyError::NoConstant { node, constant: id.index(), constants });
                    }
                    _ => {}
                }
            }
            if op.info().data {
                let begin = rest.split_off_first().ok_or(ends)?.bits() as usize;
                let data = self.arena.data.len();
                if begin > data || count > data - begin {
                    return Err(VerifyError::NoData { node, begin, count, data });
                }
            }
            if op.info().arity.is_none() {
                let behind = rest.split_off_first().ok_or(ends)?.bits();
                if behind as usize != count {
                    return Err(VerifyError::Counts { node, before: count as u32, behind });
                }
            }
        }
        if rest.is_empty() { Ok(()) } else { Err(VerifyError::PoolRemains { entries: rest.len() }) }
    }

    /// Checks the calls of a tape whose nodes are right otherwise.
    fn verify_calls(&self) -> Result<(), VerifyError> {
        let mut listed = self.calls.iter().enumerate();
        // The call whose results are being read, and how many are still to come.
        let mut open = (NodeId::new(0), 0, 0);
        for node in self.arena.nodes(0) {
            let (call, next, results) = open;
            if next < results {
                let number = node.operands.get(1).map(|k| k.source());
                let number = match number {
                    Some(Source::Constant(k)) => Some(self.arena.constant(k)),
                    _ => None,
                };
                let of = node.operands.first().map(|operand| operand.source());
                if node.op != Op::Result || of != Some(Source::Node(call)) || number != Some(next as f64) {
                    return Err(VerifyError::Results { node: node.id, result: next, call });
                }
                open.1 += 1;
                continue;
            }
            if node.op == Op::Result {
                return Err(VerifyError::Result { node: node.id });
            }
            let calls =
                |operand: &&Operand| !operand.is_constant() && self.arena.ops[operand.index()] == Op::Foreign;
            if let Some(call) = node.operands.iter().find(calls) {
                return Err(VerifyError::ReadsCall { node: node.id, call: NodeId::new(call.index()) });
            }
            if node.op == Op::Foreign {
                let call = match listed.next() {
                    Some((_, call)) if call.node == node.id => call,
                    Some((position, _)) => return Err(VerifyError::Calls { position }),
                    None => return Err(VerifyError::Calls { position: self.calls.len() }),
                };
                let (expected, found) = (call.callee.inputs(), node.operands.len());
                if expected != found {
                    return Err(VerifyError::CallOperands { node: node.id, expected, found });
                }
                open = (node.id, 0, call.callee.outputs());
            }
        }
        let (call, next, results) = open;
        if next < results {
            return Err(VerifyError::Results { node: NodeId::new(self.len()), result: next, call });
        }
        listed.next().map_or(Ok(()), |(position, _)| Err(VerifyError::Calls { position }))
    }

    /// Whether a list is that of the leaves of an opcode; if not, where it is wrong.
    fn verify_leaves(&self, op: Op, list: &[NodeId]) -> Result<(), usize> {
        let mut listed = list.iter().enumerate();
        for node in self.nodes().filter(|node| self.op(*node) == Some(op)) {
            match listed.next() {
                Some((_, leaf)) if *leaf == node => {}
                Some((position, _)) => return Err(position),
                None => return Err(list.len()),
            }
        }
        listed.next().map_or(Ok(()), |(position, _)| Err(position))
    }

    fn verify_guards(&self) -> Result<(), VerifyError> {
        let mut above = 0;
        for (guard, g) in self.guards.iter().enumerate() {
            if g.position < above || g.position > self.len() {
                return Err(VerifyError::GuardPosition { guard, position: g.position });
            }
            above = g.position;
            if !self.reaches(g.left, g.position) || !self.reaches(g.right, g.position) {
                return Err(VerifyError::GuardOperand { guard });
            }
            if matches!(g.test.question(), Question::Of(_)) && !self.arena.same(g.left, &self.arena, g.right)
            {
                return Err(VerifyError::GuardTest { guard });
            }
        }
        Ok(())
    }

    fn verify_reads(&self) -> Result<(), VerifyError> {
        let mut above = 0;
        for (read, r) in self.reads.iter().enumerate() {
            if r.position < above || r.position > self.len() {
                return Err(VerifyError::ReadPosition { read, position: r.position });
            }
            above = r.position;
            if r.node.index() >= r.position {
                return Err(VerifyError::ReadNode { read });
            }
        }
        Ok(())
    }

    /// Whether an operand is a node below `end` or a constant of the pool.
    fn reaches(&self, operand: Operand, end: usize) -> bool {
        operand.index() < if operand.is_constant() { self.arena.constants.len() } else { end }
    }
}

#[cfg(test)]
mod tests;
