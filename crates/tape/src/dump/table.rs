//! The columns of a dump: what they hold and how wide they are. What is shown is decided in [`super::text`].

use core::fmt::{self, Write};

use crate::arena::Node;
use crate::dump::text::Dump;
use crate::spelling::{Called, Line, Number, Quoted};
use crate::text::Columns;

/// Columns are aligned up to this width; what is longer pushes its own line alone.
const WIDTH: usize = 48;

/// The widths of the columns, from what is printed in them.
pub(super) struct Table<'a> {
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

impl<'a> Table<'a> {
    pub(super) fn new(dump: &Dump<'a>) -> Self {
        let state = dump.state_of_tape().map_or((&[][..], &[][..]), |s| (s.values(), s.adjoints()));
        let columns = Columns {
            value: !state.0.is_empty(),
            adjoint: !state.1.is_empty(),
            name: false,
            line: dump.tape.lines.is_some(),
        };
        let (value, adjoint) = ("value".len(), "adjoint".len());
        let name = "name".len();
        Self {
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
    fn spell(&mut self, dump: &Dump<'_>, node: &Node<'_>) -> fmt::Result {
        self.cell.clear();
        write!(self.cell, "{} = {}", node.id, node.op.info().name)?;
        if let Some(callee) = dump.tape.calls.at(node.id) {
            write!(self.cell, " {}", Called(callee))?;
        }
        dump.operands(&mut self.cell, node.operands)
    }

    /// Widens the columns to hold this node.
    pub(super) fn measure(&mut self, dump: &Dump<'_>, node: &Node<'_>) -> fmt::Result {
        let widen = |width: &mut usize, cell: &str| *width = cell.chars().count().min(WIDTH).max(*width);
        self.spell(dump, node)?;
        widen(&mut self.node, &self.cell);
        if self.columns.value {
            widen(&mut self.value, &Number(self.values[node.id.index()]).to_string());
        }
        if self.columns.adjoint {
            let adjoint = self.adjoint(node.id.index()).to_string();
            widen(&mut self.adjoint, &adjoint);
        }
        if let Some(name) = dump.tape.name(node.id) {
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

    pub(super) fn node(
        &mut self,
        f: &mut fmt::Formatter<'_>,
        dump: &Dump<'_>,
        node: &Node<'_>,
    ) -> fmt::Result {
        self.spell(dump, node)?;
        let mut row = format!("{:<width$}", self.cell, width = self.node);
        let i = node.id.index();
        let value = if self.columns.value { Number(self.values[i]).to_string() } else { String::new() };
        let adjoint = if self.columns.adjoint { self.adjoint(i).to_string() } else { String::new() };
        let name = dump.tape.name(node.id).map(|name| Quoted(name).to_string());
        let line = dump.tape.line(node.id).map(|line| Line(line).to_string());
        self.row(&mut row, &value, &adjoint, &name.unwrap_or_default(), &line.unwrap_or_default())?;
        writeln!(f, "{}", row.trim_end())
    }
}
