//! Reading a dump back into the same tape: the grammar of lines. How numbers, names and tests are spelled is in
//! [`crate::spelling`]; printing is in [`crate::dump`]; the format is described in the book's chapter *Tape format*.
//!
//! What is read is untrusted: no text makes it panic, and it takes memory in proportion to the text.

mod cursor;
mod error;

use std::collections::HashMap;

use wengert_ops::__private::{BETWEEN, OF};
use wengert_ops::{Op, Second, Test};

pub use error::{ParseError, ParseReason};

use crate::index::{MAX_NODES, NodeId, Operand};
use crate::operation::{Callee, Registry, Resolve};
use crate::spelling;
use crate::sweep::forward::forward;
use crate::tape::{Guard, Read, Tape};
use crate::text::cursor::Cursor;
use crate::workspace::Workspace;

/// The columns behind a node, in their order.
#[allow(clippy::struct_excessive_bools)] // Each is there or not, by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) value: bool,
    pub(crate) adjoint: bool,
    pub(crate) name: bool,
    pub(crate) line: bool,
}

impl Tape {
    /// Reads a dump (of [`Tape::dump`], not elided) back into the same tape, with its state.
    ///
    /// The workspace has the printed values and adjoints bit for bit. Where values were printed, the partials
    /// that the sweep needs are computed from those of the inputs, so that [`Tape::reverse`] can follow; where
    /// none were, the workspace is empty and a sweep is an error.
    ///
    /// ```
    /// use wengert::{Recorder, Tape};
    ///
    /// let mut recorder = Recorder::new();
    /// recorder.record(|s| {
    ///     let (x, y) = (s.input(4.0).named("x"), s.input(-3.0).named("y"));
    ///     s.output(x * y)
    /// })?;
    /// let text = recorder.tape().dump().state(recorder.workspace()).full().to_string();
    ///
    /// let (tape, mut workspace) = Tape::parse(&text)?;
    /// assert_eq!(&tape, recorder.tape());
    /// let f = tape.nodes().last().unwrap();
    /// tape.reverse(&mut workspace, &[(f, 1.0)])?;
    /// assert_eq!(workspace.adjoints(), [-3.0, 4.0, 1.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ParseError`], with line, column and reason. Cost: time and memory in proportion to the text.
    pub fn parse(text: &str) -> Result<(Tape, Workspace), ParseError> {
        Self::parse_with(text, &Registry::new())
    }

    /// [`parse`](Self::parse) of a tape with calls, whose operations are found by name and version, most often in a
    /// [`Registry`]. They are not run: their results are those printed.
    ///
    /// # Errors
    /// [`ParseError`]; among its reasons are an operation that is not registered, and one that takes another number of
    /// operands or has another number of results than the text says.
    pub fn parse_with(text: &str, operations: &impl Resolve) -> Result<(Tape, Workspace), ParseError> {
        TapeReader::new(operations).read(text)
    }
}

/// A tape as far as it has been read.
struct TapeReader<'a> {
    operations: &'a dyn Resolve,
    tape: Tape,
    work: Workspace,
    columns: Columns,
    /// Where each constant is, by its bits.
    constants: HashMap<u64, u32>,
    /// The operands of the node being read.
    operands: Vec<Operand>,
    /// Which nodes read data, how many, and where they will stand.
    data: Vec<Awaited>,
    /// How many sections there were, and how many of these nodes have got their data.
    sections: usize,
    given: usize,
}

/// Data that a section must give.
#[derive(Clone, Copy)]
struct Awaited {
    node: NodeId,
    begin: usize,
    count: usize,
}

/// Numbers that the header announces, each with where it stands.
type Announced = [(&'static str, u64, usize); spelling::COUNTED.len()];

impl<'a> TapeReader<'a> {
    fn new(operations: &'a dyn Resolve) -> Self {
        Self {
            operations,
            tape: Tape::default(),
            work: Workspace::default(),
            columns: Columns::default(),
            constants: HashMap::new(),
            operands: Vec::new(),
            data: Vec::new(),
            sections: 0,
            given: 0,
        }
    }

    fn read(mut self, text: &str) -> Result<(Tape, Workspace), ParseError> {
        let mut lines = Cursor::lines(text);
        let not_a_dump = ParseError { line: 1, column: 1, reason: ParseReason::NotADump };
        let mut first = lines.next().ok_or(not_a_dump)?;
        let (version, announced) = header(&mut first)?;
        let mut outputs = false;
        let mut columns = false;
        let mut end = first.line;
        let mut section_before = None;
        while let Some(mut cursor) = lines.next() {
            end = cursor.line;
            if outputs {
                if cursor.word() != "section" || version == 1 {
                    return Err(cursor.error(ParseReason::Trailing));
                }
                let name = self.section(&mut cursor, section_before, &mut lines)?;
                section_before = Some(name);
                continue;
            }
            match cursor.word() {
                word if word.starts_with('…') => return Err(cursor.error(ParseReason::Elided)),
                "node" if !columns => {
                    self.columns = columns_of(&mut cursor)?;
                    self.tape.lines = self.columns.line.then(Vec::new);
                    columns = true;
                }
                _ if !columns => return Err(cursor.expected("the line of columns, `node …`")),
                word if word.starts_with('%') => self.node(&mut cursor)?,
                "guard" => self.guard(&mut cursor)?,
                "read" => self.read_of(&mut cursor)?,
                "outputs" => {
                    while !cursor.at_end() {
                        let output = self.operand(&mut cursor)?;
                        self.tape.outputs.push(output);
                    }
                    outputs = true;
                }
                _ => {
                    return Err(cursor.expected(
                        "a node (`%0 = …`), a guard (`guard …`), a read (`read …`) or the outputs (`outputs …`)",
                    ));
                }
            }
        }
        if !outputs {
            return Err(ParseError { line: end + 1, column: 1, reason: ParseReason::NoOutputs });
        }
        self.finish(&announced, &first)
    }

    /// `%12 = name operand … | cell | cell`
    fn node(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
        let len = self.tape.len();
        match spelling::index(cursor.here()) {
            None => return Err(cursor.expected("a node such as `%3`")),
            Some(_) if len >= MAX_NODES as usize => return Err(cursor.error(ParseReason::TooManyNodes)),
            Some(index) if index != len as u64 => {
                return Err(cursor.error(ParseReason::Order { expected: NodeId::new(len) }));
            }
            Some(_) => {}
        }
        cursor.expect("=", "`=`")?;
        let name = cursor.word();
        if name.is_empty() || name == "|" {
            return Err(cursor.expected("the name of an operation"));
        }
        let Some(op) = Op::from_name(name) else {
            return Err(cursor.error(ParseReason::UnknownOperation { name: cursor::short(name) }));
        };
        let named = cursor.mark();
        let callee = if op == Op::Foreign { Some(self.callee(cursor)?) } else { None };
        self.operands.clear();
        while !cursor.at_end() && !cursor.at("|") {
            let operand = self.operand(cursor)?;
            self.operands.push(operand);
        }
        let found = self.operands.len();
        match op.info().arity {
            Some(expected) if found != expected as usize => {
                let reason = ParseReason::Arity { name: op.info().name, expected, found };
                return Err(cursor.error_at(named, reason));
            }
            None if op.info().halves && !found.is_multiple_of(2) => {
                let reason = ParseReason::Odd { name: op.info().name, found };
                return Err(cursor.error_at(named, reason));
            }
            Some(2) if op.info().second != Second::Variable && !self.operands[1].is_constant() => {
                return Err(cursor.error_at(named, ParseReason::NotConstant { name: op.info().name }));
            }
            None if found > MAX_NODES as usize => {
                return Err(cursor.error_at(named, ParseReason::TooManyNodes));
            }
            _ => {
                // The section of data is behind the outputs.
                let (begin, count) = (self.tape.arena.data.len(), if op.info().data { found } else { 0 });
                if count > MAX_NODES as usize - begin {
                    return Err(cursor.error_at(named, ParseReason::TooManyNodes));
                }
                self.tape.arena.push(
                    op,
                    &self.operands,
                    &self.operands[..count].iter().map(|_| 0.0).collect::<Vec<f64>>(),
                );
                if count > 0 {
                    self.data.push(Awaited { node: NodeId::new(len), begin, count });
                }
            }
        }
        if let Some(callee) = callee {
            callee.takes(found).map_err(|why| cursor.error_at(named, ParseReason::Call(Box::new(why))))?;
            self.tape.calls.push(NodeId::new(len), &callee);
        }
        if let Some(list) = self.tape.leaves_mut(op) {
            list.push(NodeId::new(len));
        }
        self.cells(cursor, NodeId::new(len))
    }

    /// `"name/version"`
    fn callee(&self, cursor: &mut Cursor<'_>) -> Result<Callee, ParseError> {
        let spelling = cursor.quoted()?;
        let Some((name, version)) = spelling::callee(&spelling) else {
            return Err(cursor.expected("the name and version of an operation, such as `\"step/1\"`"));
        };
        self.operations.resolve(name, version).ok_or_else(|| {
            let versions = self.operations.versions(name);
            cursor.error(ParseReason::Unregistered { name: cursor::short(&spelling), versions })
        })
    }

    /// What stands behind a node, column by column.
    fn cells(&mut self, cursor: &mut Cursor<'_>, node: NodeId) -> Result<(), ParseError> {
        let number = |cursor: &mut Cursor<'_>| {
            cursor.expect("|", "`|` and a number")?;
            let word = cursor.word();
            spelling::number(word)
                .ok_or_else(|| cursor.expected("a number such as `-0.5`, `inf` or `nan:7ff8000000000000`"))
        };
        if self.columns.value {
            self.work.values.push(number(cursor)?);
        }
        if self.columns.adjoint {
            self.work.adjoints.push(number(cursor)?);
        }
        // The last cell of a line may be missing where it is empty.
        if self.columns.name && (self.columns.line || !cursor.at_end()) {
            cursor.expect("|", "`|` and a name in double quotes, or nothing")?;
            if !cursor.at_end() && !cursor.at("|") {
                self.tape.names.insert(node, cursor.quoted()?.into());
            }
        }
        if let Some(lines) = &mut self.tape.lines {
            cursor.expect("|", "`|` and a source line")?;
            lines.push(cursor.source_line()?);
        }
        cursor.end()
    }

    /// `guard %1 < 2.0 is true at file:line:column`, or `guard is_nan %1 is …`
    fn guard(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
        let position = self.tape.len();
        let one = OF.iter().find(|word| cursor.at_word(word));
        let (question, left, right) = if let Some(word) = one {
            cursor.word();
            let operand = self.operand(cursor)?;
            (*word, operand, operand)
        } else {
            let left = self.operand(cursor)?;
            let sign = cursor.word();
            let Some(sign) = BETWEEN.iter().find(|known| **known == sign) else {
                return Err(cursor.expected("a comparison: `<`, `<=`, `>`, `>=`, `==` or `<=>`"));
            };
            (*sign, left, self.operand(cursor)?)
        };
        cursor.expect("is", "`is` and the outcome")?;
        let answer = cursor.word();
        let Some(test) = Test::spelled(question, answer) else {
            return Err(cursor.expected("an outcome of that comparison, such as `true`"));
        };
        cursor.expect("at", "`at` and a source line")?;
        let at = cursor.source_line()?;
        self.tape.guards.push(Guard { test, left, right, position, at });
        cursor.end()
    }

    /// `section name required 3 lines`, and so many lines. What is optional and not known is passed over.
    fn section<'t>(
        &mut self,
        cursor: &mut Cursor<'t>,
        before: Option<&str>,
        lines: &mut impl Iterator<Item = Cursor<'t>>,
    ) -> Result<&'t str, ParseError> {
        let name = cursor.word();
        let ends = || ParseReason::SectionEnds { name: cursor::short(name) };
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) || name.is_empty() {
            return Err(cursor.expected("the name of a section, of letters, digits, `-` and `_`"));
        }
        if before.is_some_and(|before| before >= name) {
            return Err(cursor.error(ParseReason::SectionOrder { name: cursor::short(name) }));
        }
        let named = cursor.mark();
        let mark = cursor.word();
        let Some((required, _)) = spelling::MARKS.iter().find(|(_, word)| *word == mark) else {
            return Err(cursor.expected("`required` or `optional`"));
        };
        if name == spelling::DATA && !required {
            return Err(cursor.expected("`required`: a tape means nothing without its data"));
        }
        let count = spelling::count(cursor.word()).ok_or_else(|| cursor.expected("a count of lines"))?;
        if !["line", "lines"].contains(&cursor.word()) {
            return Err(cursor.expected("`lines`"));
        }
        cursor.end()?;
        if name != spelling::DATA && *required {
            return Err(cursor.error_at(named, ParseReason::UnknownSection { name: cursor::short(name) }));
        }
        for _ in 0..count {
            let mut line = lines.next().ok_or_else(|| cursor.error_at(named, ends()))?;
            if name == spelling::DATA {
                self.data_of_node(&mut line)?;
            }
        }
        self.sections += 1;
        Ok(name)
    }

    /// `%3 0.5 0.25 …`: as many numbers as the node has operands.
    fn data_of_node(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
        let word = cursor.word();
        let Some(Awaited { node, begin, count }) = self.data.get(self.given).copied() else {
            return Err(cursor.expected("no more data: no node is left that reads some"));
        };
        if spelling::index(word) != Some(node.index() as u64) && !word.starts_with('…') {
            return Err(cursor.error(ParseReason::Data { node, count }));
        }
        if word.starts_with('…') {
            return Err(cursor.error(ParseReason::Elided));
        }
        for slot in &mut self.tape.arena.data[begin..begin + count] {
            let word = cursor.word();
            *slot = match spelling::number(word) {
                Some(datum) => datum,
                None if word.starts_with('…') => return Err(cursor.error(ParseReason::Elided)),
                None => return Err(cursor.error(ParseReason::Data { node, count })),
            };
        }
        self.given += 1;
        cursor.end()
    }

    /// `read %1 at file:line:column`
    fn read_of(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
        let position = self.tape.len();
        let operand = self.operand(cursor)?;
        if operand.is_constant() {
            return Err(cursor.expected("a node such as `%3`"));
        }
        cursor.expect("at", "`at` and a source line")?;
        let at = cursor.source_line()?;
        self.tape.reads.push(Read { node: NodeId::new(operand.index()), position, at });
        cursor.end()
    }

    /// A node that is already defined, or a constant.
    fn operand(&mut self, cursor: &mut Cursor<'_>) -> Result<Operand, ParseError> {
        let word = cursor.word();
        if word.starts_with('…') {
            return Err(cursor.error(ParseReason::Elided));
        }
        if let Some(index) = spelling::index(word) {
            if index >= self.tape.len() as u64 {
                return Err(cursor.error(ParseReason::Undefined { found: cursor::short(word) }));
            }
            return Ok(Operand::node(index as u32));
        }
        let Some(constant) = spelling::number(word) else {
            return Err(cursor.expected("an operand: a node such as `%3`, or a number"));
        };
        let constants = &mut self.tape.arena.constants;
        if let Some(id) = self.constants.get(&constant.to_bits()) {
            return Ok(Operand::constant(*id));
        }
        if constants.len() >= MAX_NODES as usize {
            return Err(cursor.error(ParseReason::TooManyNodes));
        }
        let id = constants.len() as u32;
        self.constants.insert(constant.to_bits(), id);
        constants.push(constant);
        Ok(Operand::constant(id))
    }

    /// Checks what was read as a whole, and computes the partials that a sweep reads.
    fn finish(mut self, announced: &Announced, header: &Cursor<'_>) -> Result<(Tape, Workspace), ParseError> {
        let tape = &self.tape;
        let mut counts = spelling::counts(tape);
        counts[spelling::SECTIONS] = self.sections;
        if let Some(Awaited { node, count, .. }) = self.data.get(self.given).copied() {
            return Err(header.error_at(0, ParseReason::Data { node, count }));
        }
        for ((what, announced, mark), found) in announced.iter().copied().zip(counts) {
            if announced != found as u64 {
                return Err(header.error_at(mark, ParseReason::Counts { what, announced, found }));
            }
        }
        tape.verify().map_err(|why| header.error_at(0, ParseReason::Invalid(why)))?;
        if self.columns.value {
            // The printed values stay as they are, also where this machine would compute other last bits.
            let mut scratch = self.work.values.clone();
            forward(tape, &mut scratch, &mut self.work.saved);
        }
        Ok((self.tape, self.work))
    }
}

/// `wengert tape v2: 5 nodes, 3 inputs, 1 output, 0 guards`: the version, and what is announced.
fn header(cursor: &mut Cursor<'_>) -> Result<(u32, Announced), ParseError> {
    /// What must stand at each place.
    const NEXT: [&str; spelling::COUNTED.len()] =
        ["`nodes,`", "`inputs,`", "`outputs,`", "`outputs,`", "`guards`", "`reads`", "`sections`"];
    const GUARDS: usize = 4;
    if cursor.word() != "wengert" || cursor.word() != "tape" {
        return Err(cursor.error_at(0, ParseReason::NotADump));
    }
    let version = match cursor.word() {
        "v1:" => 1,
        "v2:" => 2,
        other => {
            let found = cursor::short(other.trim_end_matches(':'));
            return Err(cursor.error(ParseReason::Version { found }));
        }
    };
    let known = if version == 1 { spelling::SECTIONS } else { spelling::COUNTED.len() };
    let mut announced = spelling::COUNTED.map(|(what, _)| (what, 0, 0));
    let mut next = 0;
    loop {
        let count = spelling::count(cursor.word()).ok_or_else(|| cursor.expected("a count"))?;
        let mark = cursor.mark();
        if count > u64::from(MAX_NODES) && next == 0 {
            return Err(cursor.error(ParseReason::TooManyNodes));
        }
        let word = cursor.word();
        let (noun, more) = word.strip_suffix(',').map_or((word, false), |noun| (noun, true));
        // What is next, or behind what may be left out.
        let mut place = next;
        while noun != announced[place].0 && noun != announced[place].0.trim_end_matches('s') {
            place += 1;
            if place == known || spelling::COUNTED[place - 1].1 {
                return Err(cursor.expected(NEXT[next]));
            }
        }
        // Guards end the line, or reads or sections behind them.
        if if more { place + 1 == known } else { place < GUARDS } {
            return Err(cursor.expected(NEXT[next]));
        }
        announced[place] = (announced[place].0, count, mark);
        next = place + 1;
        if !more {
            break;
        }
    }
    cursor.end()?;
    Ok((version, announced))
}

/// `node | value | adjoint | name | line`, each but the first where the dump has it.
fn columns_of(cursor: &mut Cursor<'_>) -> Result<Columns, ParseError> {
    let mut columns = Columns::default();
    let mut above = 0;
    while !cursor.at_end() {
        cursor.expect("|", "`|`")?;
        let (position, column) = match cursor.word() {
            "value" => (1, &mut columns.value),
            "adjoint" if above == 1 => (2, &mut columns.adjoint),
            "name" => (3, &mut columns.name),
            "line" => (4, &mut columns.line),
            _ => return Err(cursor.expected("a column: `value`, `adjoint` behind it, `name`, `line`")),
        };
        if position <= above {
            return Err(cursor.expected("columns in the order value, adjoint, name, line"));
        }
        above = position;
        *column = true;
    }
    Ok(columns)
}
