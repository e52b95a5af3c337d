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
/// let report = f.report().to_string();
/// assert!(report.starts_with("4 calls: 2 replayed, 2 recorded; 2 runs diverged\n2 traces (0 optimised), of 16 at most"));
/// assert!(report.ends_with("a comparison came out otherwise in 2 of these runs")); // and at which line
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
    /// Which comparisons came out otherwise in these, and how often each; in the order in which they first did.
    pub diverging: Vec<Divergence>,
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

/// A comparison of a closure whose outcome is not the same at all points: where it stands, and in how many runs of a trace it
/// came out otherwise than in the trace.
///
/// ```
/// use wengert::Function;
///
/// let mut f = Function::new(|x| if x[0] > 1.0 { x[0] } else { -x[0] }).limit(1);
/// for x in [0.0, 2.0, 0.0, 2.0] {
///     f.value(&[x])?;
/// }
/// let report = f.report();
/// assert_eq!((report.diverging.len(), report.diverging[0].count), (1, 3));
/// println!("{} is what the traces differ by", report.diverging[0].at);
/// # Ok::<(), wengert::FunctionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Divergence {
    /// The source line of the comparison; of one inside of a called program, its line there.
    pub at: SourceLine,
    /// In how many runs.
    pub count: u64,
}

impl FunctionReport {
    /// Notes that a run of a trace diverged.
    pub(super) fn diverged(&mut self, at: &SourceLine) {
        self.divergences += 1;
        match self.diverging.iter_mut().find(|known| known.at == *at) {
            Some(known) => known.count += 1,
            None => self.diverging.push(Divergence { at: at.clone(), count: 1 }),
        }
    }
}

impl fmt::Display for FunctionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            calls,
            hits,
            recordings,
            divergences,
            diverging,
            traces,
            optimized,
            limit,
            dropped,
            reads,
            accepted,
        } = self;
        let counted = |n: u64, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let (calls, diverged) = (counted(*calls, "call"), counted(*divergences, "run"));
        writeln!(f, "{calls}: {hits} replayed, {recordings} recorded; {diverged} diverged")?;
        write!(f, "{} ({optimized} optimised), of {limit} at most", counted(*traces as u64, "trace"))?;
        if *dropped > 0 {
            write!(f, "; {dropped} dropped for others")?;
        }
        for Divergence { at, count } in diverging {
            let hidden = if at.is_in_std() {
                " (made by the standard library, through references: compare by value to have the line)"
            } else {
                ""
            };
            write!(f, "\n{at}: a comparison came out otherwise in {count} of these runs{hidden}")?;
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
