//! How a call's operation is written down for another process: a program by its tape, so that no registry need have it; a
//! program over rows by that and its rows; any other by name and version alone.

use core::ops::Range;

use super::{Callee, Kind, map};
use crate::program::Program;

/// An operation, as a file has it beside its name and version.
pub(crate) enum Stored<'a> {
    /// Code that a file cannot hold.
    Registered,
    Program(&'a Program),
    Map {
        program: &'a Program,
        rows: usize,
        shared: Range<usize>,
    },
}

impl Callee {
    /// How it is written down.
    pub(crate) fn stored(&self) -> Stored<'_> {
        match &self.kind {
            Kind::Program(program) => Stored::Program(program),
            Kind::Map(map) => {
                Stored::Map { program: &map.program, rows: map.rows, shared: map.shared.clone() }
            }
            Kind::Rule(_) | Kind::Opaque(_) | Kind::Derivative(_) | Kind::Implicit(_) => Stored::Registered,
        }
    }

    /// The operation that a file describes so, under that name. `None` where the file describes a map that cannot be, and where
    /// it gives a name alone, which only a registry can find.
    pub(crate) fn restored(stored: &Stored<'_>, name: &str, version: u32) -> Option<Self> {
        match stored {
            Stored::Registered => None,
            Stored::Program(program) => Some(program.named(name, version)),
            Stored::Map { program, rows, shared } => {
                let map = program.named(map::base(name), version).mapped(*rows, shared.clone())?;
                (map.name() == name).then_some(map)
            }
        }
    }
}
