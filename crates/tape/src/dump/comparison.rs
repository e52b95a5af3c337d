//! Two tapes side by side in numbers, such as one before and after a pass.

use core::fmt;

use wengert_ops::Op;

use crate::dump::statistics::Statistics;

/// What became of a tape, from [`Statistics::compared_with`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Comparison {
    /// The tape before.
    pub before: Statistics,
    /// The tape after.
    pub after: Statistics,
}

impl Statistics {
    /// These numbers beside those of an earlier tape: its `Display` is a table of nodes, bytes, depth and so on, and of
    /// every operation whose count has changed.
    ///
    /// ```
    /// use wengert::Program;
    ///
    /// let f = Program::record(&[0.7], |x| vec![(x[0] * 2.0).sin() + (x[0] * 2.0).sin()])?;
    /// let report = f.optimized().tape().statistics().compared_with(f.tape().statistics());
    /// assert_eq!(report.to_string(), "
    ///             before   after  change
    /// nodes            6       4  -33.3 %
    /// bytes           54      32  -40.7 %
    /// depth            3       3
    /// dead nodes       0       0
    /// constants        1       1
    /// guards           0       0
    ///   mul            2       1  -50.0 %
    ///   sin            2       1  -50.0 %
    /// ".trim_start_matches('\n'));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn compared_with(self, before: Self) -> Comparison {
        Comparison { before, after: self }
    }

    /// How many nodes of an operation there are.
    #[must_use]
    pub fn count(&self, op: Op) -> usize {
        self.operations.iter().find(|(other, _)| *other == op).map_or(0, |(_, count)| *count)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = (&self.before, &self.after);
        let mut rows = vec![
            ("nodes".to_owned(), before.nodes, after.nodes),
            ("bytes".to_owned(), before.bytes, after.bytes),
            ("depth".to_owned(), before.depth, after.depth),
            ("dead nodes".to_owned(), before.dead, after.dead),
            ("constants".to_owned(), before.constants, after.constants),
            ("guards".to_owned(), before.guards, after.guards),
        ];
        let mut operations: Vec<Op> =
            before.operations.iter().chain(&after.operations).map(|(op, _)| *op).collect();
        operations
            .sort_by_key(|op| (core::cmp::Reverse(before.count(*op).max(after.count(*op))), op.info().name));
        operations.dedup();
        for op in operations {
            let counts = (before.count(op), after.count(op));
            if counts.0 != counts.1 {
                rows.push((format!("  {}", op.info().name), counts.0, counts.1));
            }
        }
        let names = rows.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
        let digits = rows.iter().map(|(_, a, b)| (*a).max(*b).to_string().len()).max().unwrap_or(0).max(6);
        writeln!(f, "{:names$}  {:>digits$}  {:>digits$}  change", "", "before", "after", digits = digits)?;
        for (name, a, b) in rows {
            let change = match (a, b) {
                (a, b) if a == b => String::new(),
                (0, _) => "  new".into(),
                _ => format!("  {:+.1} %", 100.0 * (b as f64 - a as f64) / a as f64),
            };
            writeln!(f, "{name:names$}  {a:>digits$}  {b:>digits$}{change}")?;
        }
        Ok(())
    }
}
