//! What the last call of a batch has done.

use core::fmt;

use wengert_tape::SourceLine;
use wengert_tape::call::Mode;

/// What the last call of a [`Batch`](crate::Batch) has done: the ways that its rows take through the closure, and what was
/// found in them.
///
/// ```
/// use wengert::{Batch, batch::Rows};
///
/// let mut huber = Batch::new(|_, x| if x[0].abs() < 1.0 { x[0] * x[0] * 0.5 } else { x[0].abs() - 0.5 });
/// assert_eq!(huber.values(&[], &Rows::new(&[0.5, 3.0, -0.25], 1))?, [0.125, 2.5, 0.03125]);
/// let report = huber.report();
/// let rows: Vec<usize> = report.traces.iter().map(|trace| trace.rows).collect();
/// assert_eq!((rows, report.splits.len()), (vec![2, 1], 1));
/// println!("{report}");
/// # Ok::<(), wengert::BatchError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchReport {
    /// How many rows there were.
    pub rows: usize,
    /// The traces that they take, by the first row of each.
    pub traces: Vec<TraceReport>,
    /// The comparisons that tell traces apart.
    pub splits: Vec<SplitReport>,
    /// How many recordings the call needed.
    pub recordings: usize,
    /// How many rows have a result that is NaN.
    pub nan_rows: usize,
    /// The first of these, at most sixteen.
    pub first_nan_rows: Vec<usize>,
}

/// A trace of a batch: one way through the closure.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceReport {
    /// How many rows take it.
    pub rows: usize,
    /// The first of them.
    pub first_row: usize,
    /// How many nodes its recording has.
    pub nodes: usize,
    /// How many steps the code has that ran over its rows.
    pub steps: usize,
    /// How many numbers of what is the same in all rows that code reads.
    pub uniforms: usize,
    /// How many slots of lanes it needs.
    pub slots: usize,
    /// Over how many rows it ran at a time.
    pub width: usize,
    /// How derivatives were found, where there was a choice.
    pub mode: Option<Mode>,
}

/// A comparison that tells traces apart.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SplitReport {
    /// Where it stands.
    pub at: SourceLine,
    /// How often it came out otherwise when rows were tried in a trace that is not theirs.
    pub times: usize,
}

impl fmt::Display for BatchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, traces, splits, recordings, nan_rows, first_nan_rows } = self;
        let s = if traces.len() == 1 { "" } else { "s" };
        write!(f, "{rows} rows in {} trace{s}; {recordings} recorded", traces.len())?;
        for trace in traces {
            let TraceReport { rows, first_row, nodes, steps, uniforms, slots, width, mode } = trace;
            write!(
                f,
                "\n{rows} rows, from row {first_row} on: {nodes} nodes recorded, {steps} steps over {width} rows at a time, \
                 {uniforms} numbers in common, {slots} slots"
            )?;
            match mode {
                Some(Mode::Forward) => write!(f, ", forward mode")?,
                Some(Mode::Reverse) => write!(f, ", reverse mode")?,
                None => {}
            }
        }
        for SplitReport { at, times } in splits {
            write!(f, "\n{at}: a comparison tells traces apart; it came out otherwise {times} times")?;
        }
        if let [first, ..] = first_nan_rows[..] {
            write!(f, "\n{nan_rows} rows are NaN, the first row {first}")?;
        }
        Ok(())
    }
}
