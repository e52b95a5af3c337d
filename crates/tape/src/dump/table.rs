//! The columns of a dump: what they hold and how wide they are. What is shown is decided in [`super::text`].

use core::fmt::{self, Write};

use crate::arena::Node;
use crate::index::Operand;
use crate::spelling::{Called, Line, Number, Quoted, Spelled};
use crate::tape::Tape;
use crate::text::Columns;
use crate::workspace::NodeState;

/// Columns are aligned up to this width; what is longer pushes its own line alone.
const WIDTH: usize = 48;

/// How many operands of one node (or outputs) an elided dump shows.
pub(super) const OPERANDS: usize = 24;

/// The widths of the columns, from what is printed in them.
pub(super) struct ColumnWidths<'a> {
    tape: &'a Tape,
    /// How many lines a dump has at most, where it is not to be whole.
    limit: Option<usize>,
    columns: Columns,
    values: &'a [f64],
    adjoints: &'a [f64],
    node: usize,
    value: usize,
    adjoint: usize,
    name: usize,
    /// One line's first cell, reused.
    cell: String,
}

impl<'a> ColumnWidths<'a> {
    pub(super) fn new(tape: &'a Tape, limit: Option<usize>, state: Option<NodeState<'a>>) -> Self {
        let state = state.map_or((&[][..], &[][..]), |s| (s.values, s.adjoints));
        let columns = Columns {
            value: !state.0.is_empty(),
            adjoint: !state.1.is_empty(),
            name: false,
            line: tape.lines.is_some(),
        };
        let (value, adjoint) = ("value".len(), "adjoint".len());
        let name = "name".len();
        Self {
            tape,
            limit,
            columns,
            values: state.0,
            adjoints: state.1,
            node: 4,
            value,
            adjoint,
            name,
            cell: String::new(),
        }
    }

    fn adjoint(&self, node: usize) -> Number {
        Number(self.adjoints.get(node).copied().unwrap_or(0.0))
    }

    /// The node without its columns.
    fn spell(&mut self, node: &Node<'_>) -> fmt::Result {
        self.cell.clear();
        write!(self.cell, "{} = {}", node.id, node.op.info().name)?;
        if let Some(callee) = self.tape.calls.at(node.id) {
            write!(self.cell, " {}", Called(callee))?;
        }
        operands(self.tape, self.limit, &mut self.cell, node.operands)
    }

    /// Widens the columns to hold this node.
    pub(super) fn measure(&mut self, node: &Node<'_>) -> fmt::Result {
        let widen = |width: &mut usize, cell: &str| *width = cell.chars().count().min(WIDTH).max(*width);
        self.spell(node)?;
        widen(&mut self.node, &self.cell);
        if self.columns.value {
            widen(&mut self.value, &Number(self.values[node.id.index()]).to_string());
        }
        if self.columns.adjoint {
            let adjoint = self.adjoint(node.id.index()).to_string();
            widen(&mut self.adjoint, &adjoint);
        }
        if let Some(name) = self.tape.name(node.id) {
            self.columns.name = true;
            widen(&mut self.name, &Quoted(name).to_string());
        }
        Ok(())
    }

    /// Appends a line's columns behind its first cell.
    fn row(&self, out: &mut String, value: &str, adjoint: &str, name: &str, line: &str) -> fmt::Result {
        if self.columns.value {
            write!(out, " | {value:>width$}", width = self.value)?;
        }
        if self.columns.adjoint {
            write!(out, " | {adjoint:>width$}", width = self.adjoint)?;
        }
        if self.columns.name && (self.columns.line || !name.is_empty()) {
            write!(out, " | {name:<width$}", width = self.name)?;
        }
        if self.columns.line {
            write!(out, " | {line}")?;
        }
        Ok(())
    }

    pub(super) fn header(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = format!("{:<width$}", "node", width = self.node);
        self.row(&mut row, "value", "adjoint", "name", "line")?;
        writeln!(f, "{}", row.trim_end())
    }

    pub(super) fn node(&mut self, f: &mut fmt::Formatter<'_>, node: &Node<'_>) -> fmt::Result {
        self.spell(node)?;
        let mut row = format!("{:<width$}", self.cell, width = self.node);
        let i = node.id.index();
        let value = if self.columns.value { Number(self.values[i]).to_string() } else { String::new() };
        let adjoint = if self.columns.adjoint { self.adjoint(i).to_string() } else { String::new() };
        let name = self.tape.name(node.id).map(|name| Quoted(name).to_string());
        let line = self.tape.line(node.id).map(|line| Line(line).to_string());
        self.row(&mut row, &value, &adjoint, &name.unwrap_or_default(), &line.unwrap_or_default())?;
        writeln!(f, "{}", row.trim_end())
    }
}

/// ` %1 2.0 … 30 operands elided … %9`; all of them where there is no limit.
pub(super) fn operands(
    tape: &Tape,
    limit: Option<usize>,
    out: &mut impl Write,
    operands: &[Operand],
) -> fmt::Result {
    let all = limit.is_none() || operands.len() <= OPERANDS;
    let (head, tail) = if all { (operands.len(), 0) } else { (OPERANDS - 2, 2) };
    for (k, operand) in operands.iter().enumerate() {
        if k < head || k >= operands.len() - tail {
            write!(out, " {}", Spelled(&tape.arena, *operand))?;
        } else if k == head {
            write!(out, " … {} operands elided …", operands.len() - head - tail)?;
        }
    }
    Ok(())
}
