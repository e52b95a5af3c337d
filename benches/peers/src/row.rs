//! A problem as measured, one cell a tool.

use wengert_benches::timing::Times;

use crate::tool::Absent;

/// One problem.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub problem: String,
    /// Scalar operations of one evaluation.
    pub operations: usize,
    /// Seconds of one evaluation at `f64`.
    pub primal: Times,
    /// One a tool, in the tools' order.
    pub cells: Vec<Cell>,
}

/// One tool on one problem.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The crate's name.
    pub tool: &'static str,
    /// What was measured, or why nothing was.
    pub outcome: Result<Measured, Absent>,
}

/// A gradient's times and memory.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Seconds of one gradient.
    pub gradient: Times,
    /// Bytes that the tool holds after a gradient, room to grow included.
    pub held: usize,
    /// The most bytes that it held during the first one.
    pub peak: usize,
}

impl Row {
    /// Nanoseconds an operation of so many seconds.
    #[must_use]
    pub fn nanoseconds(&self, seconds: f64) -> f64 {
        seconds * 1e9 / self.operations as f64
    }

    /// A tool's least time, in nanoseconds an operation.
    #[must_use]
    pub fn time(&self, cell: &Cell) -> Option<f64> {
        Some(self.nanoseconds(cell.outcome.as_ref().ok()?.gradient.least()))
    }

    /// A gradient over an evaluation at `f64`.
    #[must_use]
    pub fn ratio(&self, cell: &Cell) -> Option<f64> {
        Some(cell.outcome.as_ref().ok()?.gradient.least() / self.primal.least())
    }

    /// Bytes that a tool holds after a gradient, an operation.
    #[must_use]
    pub fn held(&self, cell: &Cell) -> Option<f64> {
        Some(cell.outcome.as_ref().ok()?.held as f64 / self.operations as f64)
    }

    /// A tool's peak in MB.
    #[must_use]
    pub fn peak(&self, cell: &Cell) -> Option<f64> {
        Some(cell.outcome.as_ref().ok()?.peak as f64 / 1e6)
    }
}
