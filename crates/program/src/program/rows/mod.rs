//! Programs over rows: one program at many inputs, of which some are shared by all rows and the others each row's own.
//!
//! A program is split (`split.rs`) into what depends on shared inputs alone, which is run once as any program is, and what
//! varies, which becomes code (`lower.rs`) that runs over many rows at a time. Derivatives are derived of what varies
//! (`derived.rs`), and what of these is uniform is split off again. What a mode needs is made when it is first asked for
//! (`modes.rs`); a thread runs it in a [`RowRunner`] of its own (`runner.rs`). Lines of a matrix are rows, too (`lines.rs`),
//! and so are those of a map (`mapped.rs`).

mod split;
mod lower;
mod derived;
mod modes;
mod runner;
mod lines;
mod mapped;

pub(crate) use lines::{LineWork, Lines};
pub(crate) use mapped::{MapResults, MappedCode, MappedWork, RowSums};
pub use modes::{By, RowCode, RowInputs, RowMode, RowProgram};
pub use runner::{RowError, RowRunner, SharedWork};
