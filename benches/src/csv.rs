//! A dated record of a table, one line a problem.

use std::fmt::Write;

use crate::machine::Machine;
use crate::{Line, Phase};

/// The lines as CSV, nanoseconds a scalar operation, with the date and the machine in each.
#[must_use]
pub fn table(date: &str, machine: &Machine, lines: &[Line]) -> String {
    let mut text = String::from("date,processor,cores,compiler,problem,nodes,operations");
    for phase in Phase::ALL {
        let name = phase.name();
        // To a `String` writing cannot fail.
        let _ = write!(text, ",{name}_least_ns,{name}_median_ns");
    }
    text.push_str(",ratio,bytes,layout_bytes,held_bytes,allocations\n");
    let Machine { processor, cores, compiler } = machine;
    for line in lines {
        let (nodes, operations) = (line.nodes, line.operations);
        let name = line.name.replace(',', "");
        let _ = write!(text, "{date},{processor},{cores},{compiler},{name},{nodes},{operations}");
        for phase in Phase::ALL {
            let _ = write!(text, ",{:.3},{:.3}", line.least(phase), line.median(phase));
        }
        let Line { bytes, layout, held, allocations, .. } = line;
        let _ = writeln!(text, ",{:.2},{bytes},{layout},{held},{allocations}", line.ratio());
    }
    text
}
