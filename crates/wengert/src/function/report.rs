//! What a function's calls have needed.

use core::fmt;

use wengert_tape::SourceLine;

/// Counts of a [`Function`](crate::Function)'s calls, and what keeps it from replaying.
///
/// ```
/// use wengert::Function;
///
/// let mut f = Function::new(|x| if x[0] > x[1] { x[0] } else { x[1] * 2.0 });
/// for x in [[1.0, 0.0], [2.0, 0.0], [0.0, 3.0], [4.0, 0.0]] {
///     f.gradient(&x)?;
/// }
/// assert_eq!(f.report().to_string(), "4 calls: 2 replayed, 2 recorded; 2 runs diverged\n2 traces (0 optimised), of 16 at most");
/// # Ok::<(), wengert::FunctionError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionReport {
    /// Calls of any driver.
    pub calls: u64,
    /// Calls that a kept trace served.
    pub hits: u64,
    /// Recordings.
    pub recordings: u64,
    /// Runs of a trace that was not that of the point: each cost a forward in vain.
    pub divergences: u64,
    /// Traces kept now.
    pub traces: usize,
    /// How many of them are optimised.
    pub optimized: usize,
    /// How many may be kept.
    pub limit: usize,
    /// Traces that had to go for others.
    pub dropped: u64,
    /// Where plain values were read that are not accepted: traces that read there are recorded at each call.
    pub reads: Vec<SourceLine>,
    /// Where plain values may be read.
    pub accepted: Vec<SourceLine>,
}

impl fmt::Display for FunctionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calls, hits, recordings, divergences, traces, optimized, limit, dropped, reads, accepted } =
            self;
        writeln!(f, "{calls} calls: {hits} replayed, {recordings} recorded; {divergences} runs diverged")?;
        write!(f, "{traces} traces ({optimized} optimised), of {limit} at most")?;
        if *dropped > 0 {
            write!(f, "; {dropped} dropped for others")?;
        }
        for line in reads {
            write!(f, "\n{line}: a plain value is read, so that each call is recorded")?;
        }
        for line in accepted {
            write!(f, "\n{line}: a plain value may be read, and is as it was when recorded")?;
        }
        Ok(())
    }
}
