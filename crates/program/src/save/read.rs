//! The contents of a file as a program. They are untrusted: whatever they are, there is an answer and no panic, in time and
//! memory in proportion to their length, and nothing of them is run.
//!
//! Programs call earlier ones alone, so that there is no recursion here; the longest chain of them is bounded, as a run and
//! the end of a program do recurse.

use std::collections::HashMap;

use wengert_ops::Op;
use wengert_tape::call::{CallError, Callee, Resolve};
use wengert_tape::{Assembly, MAX_NODES, NodeId, Operand, Read, SourceFile, SourceLine, Test};

use super::LoadError;
use super::format::{CalleeRow, DEPTH, File, LineRow, List, ProgramRow, What, operand};
use super::sections::{Section, Sections};
use crate::program::{self, Program};

/// The program of a file's contents in that version of the format.
pub(super) fn program(contents: &[u8], version: u32, operations: &dyn Resolve) -> Result<Program, LoadError> {
    let Ok((file, rest)) = postcard::take_from_bytes::<File<'_>>(contents) else {
        return Err(malformed("the contents end within a program, or are none"));
    };
    let sections = match version {
        1 if rest.is_empty() => Sections::default(),
        1 => return Err(malformed("something follows the last program")),
        _ => match postcard::take_from_bytes::<List<Section<'_>>>(rest) {
            Ok((List(sections), [])) => Sections::read(&sections)?,
            Ok(_) => return Err(malformed("something follows the last section")),
            Err(_) => return Err(malformed("the contents end within a section")),
        },
    };
    if sections.data.last().is_some_and(|of| of.program as usize >= file.programs.0.len()) {
        return Err(malformed("there are data for a program that is not there"));
    }
    FileReader::new(&file, sections, operations)?.last(&file)
}

fn malformed(what: &'static str) -> LoadError {
    LoadError::Malformed { what }
}

/// A program of the file that was read.
struct KnownProgram {
    program: Program,
    /// How many programs call one another in the longest chain from it on.
    chain: usize,
    /// The first operation that it calls and that is not pure.
    impure: Option<String>,
}

struct FileReader<'a> {
    resolve: &'a dyn Resolve,
    operations: Vec<Op>,
    sources: Vec<SourceFile>,
    tests: Vec<Test>,
    programs: Vec<KnownProgram>,
    sections: Sections,
    /// Those that the registry had.
    registered: HashMap<(&'a str, u32), Callee>,
}

impl<'a> FileReader<'a> {
    fn new(file: &'a File<'a>, sections: Sections, resolve: &'a dyn Resolve) -> Result<Self, LoadError> {
        let mut operations = Vec::new();
        for operation in &file.operations.0 {
            let name = operation.name;
            let Some(op) = Op::from_name(name) else {
                return Err(LoadError::UnknownOperation { name: name.into() });
            };
            let (file, here) = (operation.arity, op.info().arity);
            if file != here {
                return Err(LoadError::Arity { name: name.into(), file, here });
            }
            operations.push(op);
        }
        let test = |asked: &super::format::Asked<'_>| {
            Test::spelled(asked.question, &asked.answer).ok_or(malformed("a guard asks what nobody can ask"))
        };
        Ok(Self {
            resolve,
            operations,
            sources: file.sources.0.iter().map(|name| SourceFile::from(String::from(*name))).collect(),
            tests: file.tests.0.iter().map(test).collect::<Result<_, _>>()?,
            programs: Vec::new(),
            sections,
            registered: HashMap::new(),
        })
    }

    /// Reads all programs, each of which later ones may call.
    fn last(mut self, file: &'a File<'a>) -> Result<Program, LoadError> {
        for stored in &file.programs.0 {
            let known = self.stored(stored)?;
            self.programs.push(known);
        }
        self.programs.pop().map(|known| known.program).ok_or(malformed("there is no program in it"))
    }

    fn stored(&mut self, stored: &'a ProgramRow<'a>) -> Result<KnownProgram, LoadError> {
        let callees: Vec<Callee> =
            stored.callees.0.iter().map(|c| self.callee(c)).collect::<Result<_, _>>()?;
        let chain = stored
            .callees
            .0
            .iter()
            .filter_map(|c| self.program_called(&c.what))
            .map(|known| known.chain)
            .max();
        let chain = chain.unwrap_or(0) + 1;
        if chain > DEPTH {
            return Err(LoadError::TooDeep);
        }
        let mut tape = self.nodes(stored, &callees)?;
        self.events(stored, &mut tape)?;
        let tape = tape.finish().map_err(|why| LoadError::Verify { program: self.programs.len(), why })?;
        let (inputs, parameters) = (stored.inputs.0.clone(), stored.parameters.0.clone());
        if inputs.len() != tape.inputs().len() || parameters.len() != tape.parameters().len() {
            return Err(malformed("there is not one number for each input and each parameter"));
        }
        let impure = callees.iter().find(|callee| !callee.is_pure()).map(|callee| callee.name().into_owned());
        Ok(KnownProgram { program: Program::planned(tape, inputs, parameters, None), chain, impure })
    }

    /// The program that is called, if one is that was read already.
    fn program_called(&self, what: &What) -> Option<&KnownProgram> {
        match what {
            What::Registered { .. } => None,
            What::Program(place) | What::Map { program: place, .. } => self.programs.get(*place as usize),
        }
    }

    fn callee(&mut self, called: &'a CalleeRow<'a>) -> Result<Callee, LoadError> {
        let (name, version) = (&*called.name, called.version);
        if let What::Registered { inputs, outputs } = called.what {
            return self.registered(name, version, (inputs, outputs));
        }
        let known = self
            .program_called(&called.what)
            .ok_or(malformed("a program calls one that does not stand before it"))?;
        if let Some(impure) = &known.impure {
            let (name, impure) = (name.into(), impure.clone());
            return Err(CallError::Impure { name, impure }.into());
        }
        let rows = match called.what {
            What::Map { rows, start, end, .. } => {
                let rows =
                    usize::try_from(rows).map_err(|_| malformed("a program is called for too many rows"))?;
                Some((rows, start as usize..end as usize))
            }
            _ => None,
        };
        program::Stored::restored(&known.program, rows, name, version)
            .ok_or(malformed("a program is called for rows that it cannot be called for"))
    }

    fn registered(&mut self, name: &'a str, version: u32, file: (u64, u64)) -> Result<Callee, LoadError> {
        let known = self.registered.get(&(name, version)).cloned();
        let callee = match known {
            Some(callee) => callee,
            None => self.find(name, version)?,
        };
        let here = (callee.inputs() as u64, callee.outputs() as u64);
        if here != file {
            return Err(LoadError::Signature { name: name.into(), version, file, here });
        }
        Ok(callee)
    }

    fn find(&mut self, name: &'a str, version: u32) -> Result<Callee, LoadError> {
        let unregistered =
            || LoadError::Unregistered { name: name.into(), version, known: self.resolve.versions(name) };
        let found = self.resolve.resolve(name, version).ok_or_else(unregistered)?;
        found.takes(found.inputs())?;
        self.registered.insert((name, version), found.clone());
        Ok(found)
    }

    /// Opcodes, operands and constants, calls and outputs. That they are a tape is not known yet.
    fn nodes(&self, stored: &ProgramRow<'_>, callees: &[Callee]) -> Result<Assembly, LoadError> {
        let (opcodes, constants) = (&*stored.opcodes, &stored.constants.0);
        if opcodes.len() > MAX_NODES as usize || constants.len() > MAX_NODES as usize {
            return Err(malformed("a program has more than 2³¹ nodes or constants"));
        }
        let mut tape = Assembly::new();
        tape.reserve(opcodes.len());
        for constant in constants {
            tape.constant(*constant);
        }
        let mut numbers = NumberReader(&stored.operands);
        let mut data = self.sections.data_of(self.programs.len());
        let mut calls = stored.calls.0.iter();
        let mut operands = Vec::new();
        for (i, opcode) in opcodes.iter().enumerate() {
            let op = self.operations.get(usize::from(*opcode)).copied();
            let op = op.ok_or(malformed("an opcode stands for none of the operations"))?;
            let count = op.info().arity.map_or_else(|| numbers.next(), |arity| Ok(u64::from(arity)))?;
            // Each operand takes a byte at least.
            if count > numbers.0.len() as u64 || count > u64::from(MAX_NODES) {
                return Err(malformed("there are fewer operands than the operations take"));
            }
            operands.clear();
            for _ in 0..count {
                operands.push(numbers.operand(i)?);
            }
            let verify = |why| LoadError::Verify { program: self.programs.len(), why };
            let count = if op.info().data { operands.len() } else { 0 };
            let few = malformed("there are fewer data than the operations read");
            tape.push_with_data(op, &operands, data.split_off(..count).ok_or(few)?).map_err(verify)?;
            if op == Op::Foreign {
                let place =
                    calls.next().ok_or(malformed("there is not one operation called for each call"))?;
                let callee = callees.get(*place as usize);
                tape.calls(callee.ok_or(malformed("a call calls none of the operations"))?)
                    .map_err(verify)?;
            }
        }
        if calls.next().is_some() {
            return Err(malformed("there is not one operation called for each call"));
        }
        if !data.is_empty() {
            return Err(malformed("there are more data than the operations read"));
        }
        if !numbers.0.is_empty() {
            return Err(malformed("there are more operands than the operations take"));
        }
        for code in &stored.outputs.0 {
            tape.output(at(*code, opcodes.len())?);
        }
        Ok(tape)
    }

    /// Guards, reads, names and lines.
    fn events(&self, stored: &ProgramRow<'_>, tape: &mut Assembly) -> Result<(), LoadError> {
        for row in &stored.guards.0 {
            let position = row.position as usize;
            let test = self.tests.get(row.test as usize).copied();
            let test = test.ok_or(malformed("a guard asks none of the questions"))?;
            let operands = [at(row.left, position)?, at(row.right, position)?];
            tape.guard(test, operands, position, self.line(row.at)?);
        }
        for row in &stored.reads.0 {
            let (node, at) = (node(row.node)?, self.line(row.at)?);
            tape.read(Read { node, position: row.position as usize, at });
        }
        let mut last = None;
        for named in &stored.names.0 {
            let node = node(named.node)?;
            if last.replace(node).is_some_and(|last| last >= node) {
                return Err(malformed("names do not stand in order of their nodes"));
            }
            tape.name(node, named.name);
        }
        if let Some(List(lines)) = &stored.lines {
            tape.lines(lines.iter().map(|at| self.line(*at)).collect::<Result<_, _>>()?);
        }
        Ok(())
    }

    fn line(&self, at: LineRow) -> Result<SourceLine, LoadError> {
        let file = self.sources.get(at.source as usize).cloned();
        let file = file.ok_or(malformed("a line is in none of the source files"))?;
        Ok(SourceLine { file, line: at.row, column: at.column })
    }
}

fn node(index: u32) -> Result<NodeId, LoadError> {
    if index < MAX_NODES { Ok(NodeId::new(index as usize)) } else { Err(malformed("a node is past the end")) }
}

/// The operand of a code.
fn at(code: u64, position: usize) -> Result<Operand, LoadError> {
    operand(code, position).ok_or(malformed("an operand stands before the first node, or is none"))
}

/// Numbers one after another.
struct NumberReader<'a>(&'a [u8]);

impl NumberReader<'_> {
    fn next(&mut self) -> Result<u64, LoadError> {
        let (number, rest) =
            postcard::take_from_bytes(self.0).map_err(|_| malformed("the operands end within a number"))?;
        self.0 = rest;
        Ok(number)
    }

    fn operand(&mut self, position: usize) -> Result<Operand, LoadError> {
        at(self.next()?, position)
    }
}
