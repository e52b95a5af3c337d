//! How a call's operation is written down for another process: a program by its tape, so that no registry need have it; a
//! program over rows by that and its rows; any other by name and version alone.

use core::ops::Range;

use wengert_tape::call::Callee;

use super::map::Map;
use super::running::base;
use crate::program::body::Body;
use crate::program::handle::Program;

/// An operation, as a file has it beside its name and version.
pub(crate) enum Stored<'a> {
    /// Code that a file cannot hold.
    Registered,
    Program(&'a Body),
    Map {
        program: &'a Body,
        rows: usize,
        shared: Range<usize>,
    },
}

impl<'a> Stored<'a> {
    /// How an operation is written down.
    pub(crate) fn of(callee: &'a Callee) -> Self {
        if let Some(program) = callee.downcast() {
            Self::Program(program)
        } else if let Some(map) = callee.downcast::<Map>() {
            Self::Map { program: map.program(), rows: map.rows, shared: map.shared.clone() }
        } else {
            Self::Registered
        }
    }

    /// A program of a file, or that for so many rows, under the name that the file gives it, which says whether these are summed.
    /// `None` where it is a map that cannot be.
    pub(crate) fn restored(
        program: &Program,
        rows: Option<(usize, Range<usize>)>,
        name: &str,
        version: u32,
    ) -> Option<Callee> {
        let Some((rows, shared)) = rows else { return Some(program.named(name, version)) };
        let of = base(name);
        let summed = name[of.len()..].starts_with(":map_sum(");
        let map = Map::checked(&program.named(of, version), rows, shared, summed)?;
        (map.name() == name).then_some(map)
    }
}
