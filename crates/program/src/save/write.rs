//! A program as the contents of a file. It runs nothing, and writes the same bytes for the same program.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;

use wengert_ops::Op;
use wengert_tape::call::Callee;
use wengert_tape::{Guard, Read, SourceLine, Tape, Test};

use super::SaveError;
use super::format::{
    Asked, CalleeRow, DEPTH, File, GuardRow, LineRow, List, NameRow, OperationRow, ProgramRow, ReadRow, What,
    code,
};
use super::sections::{OfProgram, Sections};
use crate::program::{self, Body, Program};
use crate::run::ProgramId;

/// The contents of the file of a program.
pub(super) fn contents(program: &Program) -> Result<Vec<u8>, SaveError> {
    let mut writer = Writer::default();
    writer.program(program, 1)?;
    let sections = writer.sections.to_bytes().map_err(unwritable)?;
    let mut bytes = postcard::to_allocvec(&writer.file()).map_err(unwritable)?;
    bytes.extend(sections);
    Ok(bytes)
}

/// A vector takes whatever is written to it.
fn unwritable(why: postcard::Error) -> SaveError {
    SaveError::Io(io::Error::other(why))
}

/// What is listed once however often it is used, in order of its first use.
struct Once<K> {
    known: HashMap<K, u32>,
}

impl<K> Default for Once<K> {
    fn default() -> Self {
        Self { known: HashMap::new() }
    }
}

impl<K: Eq + core::hash::Hash> Once<K> {
    /// Its place in the list, to which it is added where it is new.
    fn place<T>(&mut self, key: K, list: &mut Vec<T>, new: impl FnOnce() -> T) -> u32 {
        *self.known.entry(key).or_insert_with(|| {
            list.push(new());
            (list.len() - 1) as u32
        })
    }
}

#[derive(Default)]
struct Writer<'a> {
    operations: Vec<OperationRow<'a>>,
    sources: Vec<&'a str>,
    tests: Vec<Asked<'a>>,
    programs: Vec<ProgramRow<'a>>,
    sections: Sections,
    known_operations: Once<Op>,
    known_sources: Once<&'a str>,
    known_tests: Once<(&'static str, String)>,
    /// By the program's number: its place, and how many programs call one another in the longest chain from it on.
    known_programs: HashMap<ProgramId, (u32, usize)>,
}

impl<'a> Writer<'a> {
    fn file(self) -> File<'a> {
        let Self { operations, sources, tests, programs, .. } = self;
        File {
            operations: List(operations),
            sources: List(sources),
            tests: List(tests),
            programs: List(programs),
        }
    }

    /// Adds a program that so many call in a chain, itself included, behind those that it calls. Its place, and the length
    /// of the longest chain from it on.
    fn program(&mut self, program: &'a Body, depth: usize) -> Result<(u32, usize), SaveError> {
        if let Some(known) = self.known_programs.get(&program.number()) {
            return Ok(*known);
        }
        // It also bounds the recursion here.
        if depth > DEPTH {
            return Err(SaveError::TooDeep);
        }
        let tape = program.tape();
        let (callees, calls, below) = self.calls_of(tape, depth)?;
        if below == DEPTH {
            return Err(SaveError::TooDeep);
        }
        let (opcodes, operands) = self.nodes(tape)?;
        let stored = ProgramRow {
            opcodes: Cow::Owned(opcodes),
            operands: Cow::Owned(operands),
            constants: List(tape.constants().to_vec()),
            callees: List(callees),
            calls: List(calls),
            outputs: List(tape.outputs().map(|o| code(o, tape.len())).collect()),
            guards: List(self.guards(tape)),
            reads: List(self.reads(tape)),
            names: List(
                tape.names().map(|(node, name)| NameRow { node: node.index() as u32, name }).collect(),
            ),
            lines: tape.lines().map(|lines| List(lines.iter().map(|at| self.line(at)).collect())),
            inputs: List(program.point().to_vec()),
            parameters: List(program.recorded_parameters().to_vec()),
        };
        let known = (self.programs.len() as u32, below + 1);
        let data: Vec<f64> = tape.walk().flat_map(|node| node.data).copied().collect();
        if !data.is_empty() {
            self.sections.data.push(OfProgram { program: known.0, data: List(data) });
        }
        self.programs.push(stored);
        self.known_programs.insert(program.number(), known);
        Ok(known)
    }

    fn nodes(&mut self, tape: &Tape) -> Result<(Vec<u8>, Vec<u8>), SaveError> {
        let mut opcodes = Vec::with_capacity(tape.len());
        let mut numbers = Vec::with_capacity(2 * tape.len());
        for node in tape.walk() {
            let info = node.op.info();
            let operation = || OperationRow { name: info.name, arity: info.arity };
            // There are at most as many as bytes.
            opcodes.push(self.known_operations.place(node.op, &mut self.operations, operation) as u8);
            let count = info.arity.is_none().then_some(node.operands.len() as u64);
            let operands = node.operands.iter().map(|operand| code(operand.source(), node.id.index()));
            for number in count.into_iter().chain(operands) {
                numbers = postcard::to_extend(&number, numbers).map_err(unwritable)?;
            }
        }
        Ok((opcodes, numbers))
    }

    /// What the tape calls, which of it each call calls, and how many programs call one another from there on.
    #[allow(clippy::type_complexity)] // Named once, here.
    fn calls_of(
        &mut self,
        tape: &'a Tape,
        depth: usize,
    ) -> Result<(Vec<CalleeRow<'a>>, Vec<u32>, usize), SaveError> {
        let (mut callees, mut calls, mut below) = (Vec::new(), Vec::new(), 0);
        let mut once = Once::default();
        let mut signatures = HashMap::new();
        for call in tape.calls().iter() {
            let callee = call.callee;
            let (name, version) = (callee.name(), callee.version());
            let (what, chain) = self.what(callee, depth)?;
            below = below.max(chain);
            if let What::Registered { .. } = what
                && *signatures.entry((name.clone(), version)).or_insert_with(|| what.clone()) != what
            {
                return Err(SaveError::Ambiguous { name: name.into_owned(), version });
            }
            let called = || CalleeRow { name: name.clone(), version, what: what.clone() };
            calls.push(once.place((name.clone(), version, what.clone()), &mut callees, called));
        }
        Ok((callees, calls, below))
    }

    fn what(&mut self, callee: &'a Callee, depth: usize) -> Result<(What, usize), SaveError> {
        Ok(match program::Stored::of(callee) {
            program::Stored::Registered => {
                (What::Registered { inputs: callee.inputs() as u64, outputs: callee.outputs() as u64 }, 0)
            }
            program::Stored::Program(program) => {
                let (place, chain) = self.program(program, depth + 1)?;
                (What::Program(place), chain)
            }
            program::Stored::Map { program, rows, shared } => {
                let (program, chain) = self.program(program, depth + 1)?;
                let (start, end) = (shared.start as u32, shared.end as u32);
                (What::Map { program, rows: rows as u64, start, end }, chain)
            }
        })
    }

    fn guards(&mut self, tape: &'a Tape) -> Vec<GuardRow> {
        let row = |g: &'a Guard| {
            let [left, right] = g.operands().map(|operand| code(operand, g.position));
            GuardRow {
                test: self.test(&g.test),
                left,
                right,
                position: g.position as u32,
                at: self.line(&g.at),
            }
        };
        tape.guards().iter().map(row).collect()
    }

    fn reads(&mut self, tape: &'a Tape) -> Vec<ReadRow> {
        let row = |r: &'a Read| ReadRow {
            node: r.node.index() as u32,
            position: r.position as u32,
            at: self.line(&r.at),
        };
        tape.reads().iter().map(row).collect()
    }

    fn test(&mut self, test: &Test) -> u32 {
        let (question, answer) = (test.word(), test.answer());
        let asked = || Asked { question, answer: Cow::Owned(answer.clone()) };
        self.known_tests.place((question, answer.clone()), &mut self.tests, asked)
    }

    fn line(&mut self, at: &'a SourceLine) -> LineRow {
        let file: &'a str = &at.file;
        let source = self.known_sources.place(file, &mut self.sources, || file);
        LineRow { source, row: at.line, column: at.column }
    }
}
