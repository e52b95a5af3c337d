//! What a tape is made of, in numbers.

use core::fmt;
use std::collections::{BTreeMap, HashSet};

use wengert_ops::Op;

use crate::dump::selection::reaching;
use crate::index::{Operand, Source};
use crate::tape::Tape;

/// Counts of a tape, from [`Tape::statistics`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Nodes, inputs and parameters included.
    pub nodes: usize,
    /// Bytes of opcodes, operands, constants and data; values and adjoints take 8 bytes a node each on top.
    pub bytes: usize,
    /// Operations on the longest path from an input or a parameter to any node: how many must wait for each other.
    pub depth: usize,
    /// Inputs.
    pub inputs: usize,
    /// Inputs on which a marked output depends: the others have gradient 0.
    pub live_inputs: usize,
    /// Parameters.
    pub parameters: usize,
    /// Marked outputs.
    pub outputs: usize,
    /// Nodes, inputs included, on which no marked output, no guard, no read and no named node depends.
    pub dead: usize,
    /// Different constants (by their bits) among the operands of nodes.
    pub constants: usize,
    /// Data: plain numbers beside operands, as often as nodes read them.
    pub data: usize,
    /// Guards.
    pub guards: usize,
    /// Plain values read while recording.
    pub reads: usize,
    /// How often each operation that is called is called, by name and version; most frequent first, then by name.
    pub calls: Vec<(String, usize)>,
    /// Nodes of each operation that occurs, most frequent first, then by name.
    pub operations: Vec<(Op, usize)>,
}

impl Tape {
    /// Counts what the tape is made of.
    ///
    /// ```
    /// use wengert::Recorder;
    ///
    /// let mut recorder = Recorder::new();
    /// recorder.record(|s| {
    ///     let (x, y, unused) = (s.input(-2.0), s.input(5.0), s.input(-4.0));
    ///     let _dead = unused * 2.0;
    ///     s.output((x + y) * y)
    /// })?;
    /// let statistics = recorder.tape().statistics();
    /// assert_eq!((statistics.nodes, statistics.depth, statistics.constants), (6, 2, 1));
    /// assert_eq!((statistics.inputs, statistics.live_inputs, statistics.dead), (3, 2, 2));
    /// println!("{statistics}");
    /// # Ok::<(), wengert::RecordError>(())
    /// ```
    ///
    /// Cost: three passes, and 6 bytes a node while they run.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let mut operations: Vec<(Op, usize)> = Op::ALL.iter().map(|op| (*op, 0)).collect();
        let mut depths: Vec<u32> = Vec::with_capacity(self.len());
        let (mut constants, mut data) = (HashSet::new(), 0);
        for node in self.arena.nodes(0) {
            data += node.data.len();
            operations[node.op as usize].1 += 1;
            let mut below = None;
            for operand in node.operands {
                match operand.source() {
                    Source::Node(id) => below = below.max(Some(depths[id.index()])),
                    Source::Constant(id) => {
                        constants.insert(self.arena.constant(id).to_bits());
                    }
                }
            }
            // A call and its results are one operation.
            let free = node.op.info().arity == Some(0) || node.op == Op::Result;
            depths.push(below.unwrap_or(0) + u32::from(!free));
        }
        operations.retain(|(_, count)| *count > 0);
        operations.sort_by_key(|(op, count)| (core::cmp::Reverse(*count), op.info().name));

        let mut calls = BTreeMap::new();
        for call in self.calls.iter() {
            *calls.entry(call.callee.spelling()).or_insert(0) += 1;
        }
        let mut calls: Vec<(String, usize)> = calls.into_iter().collect();
        calls.sort_by_key(|(_, count)| core::cmp::Reverse(*count));

        let node = |operand: &Operand| match operand.source() {
            Source::Node(id) => Some(id),
            Source::Constant(_) => None,
        };
        let to_outputs = reaching(self, self.outputs.iter().filter_map(node));
        let guarded = self.guards.iter().flat_map(|guard| [&guard.left, &guard.right]);
        let roots = self.outputs.iter().chain(guarded).filter_map(node);
        let roots = roots.chain(self.reads.iter().map(|read| read.node)).chain(self.names.keys().copied());
        let to_roots = reaching(self, roots);
        Statistics {
            nodes: self.len(),
            bytes: self.bytes(),
            depth: depths.iter().max().map_or(0, |depth| *depth as usize),
            inputs: self.inputs.len(),
            live_inputs: self.inputs.iter().filter(|input| to_outputs[input.index()]).count(),
            parameters: self.parameters.len(),
            outputs: self.outputs.len(),
            dead: to_roots.iter().filter(|live| !**live).count(),
            constants: constants.len(),
            data,
            guards: self.guards.len(),
            reads: self.reads.len(),
            calls,
            operations,
        }
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = if self.nodes == 0 { 0.0 } else { self.bytes as f64 / self.nodes as f64 };
        let outputs = match self.outputs {
            0 => "none is marked as an output: mark one with `output`".into(),
            _ => format!("an output depends on {} of them", self.live_inputs),
        };
        let (inputs, width) = (self.inputs, 11);
        writeln!(f, "{:<width$}{}", "nodes", self.nodes)?;
        writeln!(f, "{:<width$}{} ({each:.1} a node)", "bytes", self.bytes)?;
        writeln!(f, "{:<width$}{} (operations on the longest path from an input)", "depth", self.depth)?;
        writeln!(f, "{:<width$}{inputs} ({outputs})", "inputs")?;
        if self.parameters > 0 {
            writeln!(f, "{:<width$}{} (not differentiated)", "parameters", self.parameters)?;
        }
        writeln!(f, "{:<width$}{}", "outputs", self.outputs)?;
        writeln!(f, "{:<width$}{} (no output, guard or name depends on them)", "dead nodes", self.dead)?;
        writeln!(f, "{:<width$}{}", "constants", self.constants)?;
        if self.data > 0 {
            writeln!(f, "{:<width$}{} (beside operands, not differentiated)", "data", self.data)?;
        }
        writeln!(f, "{:<width$}{}", "guards", self.guards)?;
        if self.reads > 0 {
            writeln!(f, "{:<width$}{} (plain values taken out: frozen)", "reads", self.reads)?;
        }
        let widest = self.operations.iter().map(|(op, _)| op.info().name.len()).max().unwrap_or(0);
        for (op, count) in &self.operations {
            let share = 100.0 * *count as f64 / self.nodes as f64;
            writeln!(f, "  {:<widest$}  {count:>9}  {share:>5.1} %", op.info().name)?;
            if *op == Op::Foreign {
                for (name, count) in &self.calls {
                    writeln!(f, "  {:<widest$}  {count:>9}  {name}", "")?;
                }
            }
        }
        Ok(())
    }
}
