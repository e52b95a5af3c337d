//! The table: times, memory and allocations of every problem, and what a shared library costs.
//!
//! ```text
//! cargo build --release -p wengert-benches-shared
//! cargo run --release -p wengert-benches --bin report -- [--csv PATH] [--date YYYY-MM-DD]
//! cargo run --release -p wengert-benches --bin report -- --huge    # 10⁸ nodes instead, in 3 GB
//! ```

use std::fs;
use std::process::ExitCode;

use wengert_benches::allocations::Counting;
use wengert_benches::catalogue::{TEN_MILLION_NODES, each, entries};
use wengert_benches::huge::Huge;
use wengert_benches::machine::Machine;
use wengert_benches::problems::Rosenbrock;
use wengert_benches::shared::{self, Measured, Shared};
use wengert_benches::workload::Prepared;
use wengert_benches::{Line, Workload, csv, date};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The list is gone through so often: a neighbour that is noisy for some seconds spoils one round of a problem,
/// and not its line.
const ROUNDS: usize = 8;

fn main() -> ExitCode {
    let Some(Options { csv, date, huge }) = Options::parse(std::env::args().skip(1)) else {
        eprintln!("usage: report [--huge] [--csv PATH] [--date YYYY-MM-DD]");
        return ExitCode::FAILURE;
    };
    let machine = Machine::this();
    let Machine { processor, cores, compiler } = &machine;
    println!("{date}: {processor}, {cores} cores, {compiler}");
    if huge {
        println!("{}", Huge::measure());
        return ExitCode::SUCCESS;
    }
    println!(
        "nanoseconds a scalar operation, least of at least {} samples; median is that of both",
        10 * ROUNDS
    );
    let lines = table();
    println!("{}", Line::heading());
    for line in &lines {
        println!("{line}");
    }
    in_a_shared_library();
    if let Some(path) = csv
        && let Err(why) = fs::write(&path, csv::table(&date, &machine, &lines))
    {
        eprintln!("{path}: {why}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

struct Options {
    csv: Option<String>,
    date: String,
    huge: bool,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let mut options = Self { csv: None, date: date::today(), huge: false };
        while let Some(name) = args.next() {
            match name.as_str() {
                "--huge" => options.huge = true,
                "--csv" => options.csv = Some(args.next()?),
                "--date" => options.date = args.next()?,
                _ => return None,
            }
        }
        Some(options)
    }
}

/// Every problem of the catalogue, and a tape of ten million nodes.
fn table() -> Vec<Line> {
    let largest = || -> Box<dyn Workload> { Box::new(Prepared::new(Rosenbrock::new(TEN_MILLION_NODES))) };
    let mut makes: Vec<Box<dyn Fn() -> _>> = entries(each).into_iter().map(|entry| entry.make).collect();
    makes.push(Box::new(largest));
    let mut lines = vec![Line::default(); makes.len()];
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS}");
        for (line, make) in lines.iter_mut().zip(&makes) {
            line.round(make());
        }
    }
    lines
}

fn in_a_shared_library() {
    println!("\nThe Rosenbrock function of 1e4 inputs, recorded in the executable and in a shared library:");
    let library = match Shared::load() {
        Ok(library) => library,
        Err(why) => {
            println!("no library ({why}): make one with");
            println!("  cargo build --release -p wengert-benches-shared");
            return;
        }
    };
    println!("{:<21} {:<11} {:>14} {:>14} {:>14}", "operations", "recorded in", "record", "reverse", "both");
    println!("{:<21} {:<11} {:>14} {:>14} {:>14}", "", "", "least  median", "least  median", "least  median");
    for (form, called) in [("inlined in one loop", false), ("a call each", true)] {
        let (mut here, mut there) = (Measured::NEVER, Measured::NEVER);
        for _ in 0..ROUNDS {
            here = here.merge(shared::measure(10_000, called, 10));
            match library.measure(10_000, called, 10) {
                Ok(measured) => there = there.merge(measured),
                Err(why) => return println!("{why}: build the library again"),
            }
        }
        for (place, measured) in [("executable", here), ("library", there)] {
            let Measured { record, reverse, both, .. } = measured;
            let [record, reverse, both] =
                [record, reverse, both].map(|[least, median]| format!("{least:.2}  {median:>6.2}"));
            println!("{form:<21} {place:<11} {record:>14} {reverse:>14} {both:>14}");
        }
        if here.checksum != there.checksum {
            println!("the two disagree: build the library again");
        }
    }
}
