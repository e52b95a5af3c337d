//! A dated record, one line a problem and tool.

use std::fmt::Write;

use wengert_benches::machine::Machine;

use crate::row::Row;
use crate::tool::version;

/// The rows as CSV, with the date, the machine and each crate's version; times are nanoseconds an operation.
#[must_use]
pub fn table(date: &str, machine: &Machine, rows: &[Row]) -> String {
    let mut text = String::from(
        "date,processor,cores,compiler,problem,operations,tool,version,primal_least_ns,primal_median_ns,\
         gradient_least_ns,gradient_median_ns,ratio,held_bytes,peak_bytes,absent\n",
    );
    let Machine { processor, cores, compiler } = machine;
    for row in rows {
        for cell in &row.cells {
            let problem = row.problem.replace(',', "");
            let version = version(cell.tool).unwrap_or_default();
            let _ = write!(text, "{date},{processor},{cores},{compiler},{problem},{}", row.operations);
            let _ = write!(text, ",{},{version}", cell.tool);
            for seconds in [row.primal.least(), row.primal.median()] {
                let _ = write!(text, ",{:.3}", row.nanoseconds(seconds));
            }
            let _ = match &cell.outcome {
                Ok(measured) => {
                    for seconds in [measured.gradient.least(), measured.gradient.median()] {
                        let _ = write!(text, ",{:.3}", row.nanoseconds(seconds));
                    }
                    let ratio = measured.gradient.least() / row.primal.least();
                    writeln!(text, ",{ratio:.2},{},{},", measured.held, measured.peak)
                }
                Err(why) => writeln!(text, ",,,,,,{}", why.to_string().replace(',', ";")),
            };
        }
    }
    text
}
