//! What was measured, for people: one line a problem and tool, or tables of problems by tools as Markdown.

use std::fmt::Write;

use crate::row::{Cell, Row};

/// One table, one line a problem and tool.
#[must_use]
pub fn lines(rows: &[Row]) -> String {
    let mut text = format!(
        "{:<24} {:<18} {:>10} {:>11} {:>11} {:>11} {:>8} {:>7} {:>8} {:>9}\n",
        "problem",
        "tool",
        "operations",
        "primal µs",
        "gradient µs",
        "median µs",
        "/primal",
        "ns/op",
        "bytes/op",
        "peak MB"
    );
    for row in rows {
        for cell in &row.cells {
            let _ = write!(text, "{:<24} {:<18} {:>10}", row.problem, cell.tool, row.operations);
            let _ = write!(text, " {:>11.2}", row.primal.least() * 1e6);
            let Ok(measured) = &cell.outcome else {
                text.push_str("           –\n");
                continue;
            };
            let micros = |seconds: f64| seconds * 1e6;
            let (least, median) = (measured.gradient.least(), measured.gradient.median());
            let _ = write!(text, " {:>11.2} {:>11.2}", micros(least), micros(median));
            let _ = write!(text, " {:>8.1}", least / row.primal.least());
            let _ = write!(text, " {:>7.2}", row.nanoseconds(least));
            let _ = write!(text, " {:>8.1}", measured.held as f64 / row.operations as f64);
            let _ = writeln!(text, " {:>9.2}", measured.peak as f64 / 1e6);
        }
    }
    text + &reasons(rows)
}

/// What a table shows of a cell.
type Figure = fn(&Row, &Cell) -> Option<f64>;

/// Tables of problems by tools: times, ratios, memory. The least of each line is bold.
#[must_use]
pub fn markdown(rows: &[Row]) -> String {
    let tables: [(&str, Figure); 4] = [
        ("Gradient, nanoseconds an operation", Row::time),
        ("Gradient over primal", Row::ratio),
        ("Bytes held after a gradient, an operation", Row::held),
        ("Peak memory, MB", Row::peak),
    ];
    let mut text = String::new();
    for (number, (title, figure)) in tables.into_iter().enumerate() {
        let _ = writeln!(text, "{title}:\n");
        // The first table says what the others refer to.
        table(&mut text, rows, figure, number == 0);
        text.push('\n');
    }
    text + &reasons(rows)
}

fn table(text: &mut String, rows: &[Row], figure: Figure, first: bool) {
    let Some(tools) = rows.first().map(|row| row.cells.iter().map(|cell| cell.tool)) else { return };
    text.push_str("| problem |");
    text.push_str(if first { " operations | `f64` |" } else { "" });
    for tool in tools.clone() {
        let _ = write!(text, " {tool} |");
    }
    text.push_str("\n|---|");
    text.push_str(if first { "--:|--:|" } else { "" });
    text.push_str(&"--:|".repeat(tools.len()));
    text.push('\n');
    for row in rows {
        let _ = write!(text, "| {} |", row.problem);
        if first {
            let _ = write!(text, " {} | {:.2} |", row.operations, row.nanoseconds(row.primal.least()));
        }
        let figures: Vec<_> = row.cells.iter().map(|cell| figure(row, cell)).collect();
        let least = figures.iter().flatten().copied().fold(f64::INFINITY, f64::min);
        for figure in figures {
            let _ = match figure {
                Some(x) if x <= least => write!(text, " **{}** |", short(x)),
                Some(x) => write!(text, " {} |", short(x)),
                None => write!(text, " – |"),
            };
        }
        text.push('\n');
    }
}

/// Three digits or so.
fn short(x: f64) -> String {
    let decimals = if x < 10.0 { 2 } else { usize::from(x < 100.0) };
    format!("{x:.decimals$}")
}

/// What each dash stands for, once a tool and reason.
fn reasons(rows: &[Row]) -> String {
    let mut text = String::new();
    let mut said = Vec::new();
    for row in rows {
        for cell in &row.cells {
            let Err(why) = &cell.outcome else { continue };
            let line = match why {
                crate::Absent::TooManyInputs { .. } => format!("–, {}: {why}\n", cell.tool),
                crate::Absent::Differs { .. } => format!("–, {} on {}: {why}\n", cell.tool, row.problem),
            };
            if !said.contains(&line) {
                text.push_str(&line);
                said.push(line);
            }
        }
    }
    text
}
