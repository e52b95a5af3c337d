//! `benches/scripts/compare`: every tool on every problem, in one table.
//!
//! ```text
//! compare [--markdown] [--csv PATH] [--plot PATH] [--date YYYY-MM-DD]
//! ```

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use wengert_benches::allocations::Counting;
use wengert_benches::machine::Machine;
use wengert_benches::{catalogue, date};
use wengert_peers::contest::Contest;
use wengert_peers::{csv, plot, tables};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The problems are gone through so often, and the tools so often each time: some seconds of noise spoil one pass of
/// a problem, and not its row.
const PASSES: usize = 3;
const ROUNDS: usize = 4;

fn main() -> ExitCode {
    let Some(options) = Options::parse(std::env::args().skip(1)) else {
        eprintln!("usage: compare [--markdown] [--csv PATH] [--plot PATH] [--date YYYY-MM-DD]");
        return ExitCode::FAILURE;
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    markdown: bool,
    csv: Option<String>,
    plot: Option<String>,
    date: String,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let mut options = Self { markdown: false, csv: None, plot: None, date: date::today() };
        while let Some(name) = args.next() {
            match name.as_str() {
                "--markdown" => options.markdown = true,
                "--csv" => options.csv = Some(args.next()?),
                "--plot" => options.plot = Some(args.next()?),
                "--date" => options.date = args.next()?,
                _ => return None,
            }
        }
        Some(options)
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let Options { markdown, csv, plot, date } = options;
    let machine = Machine::this();
    let mut contest = Contest::new(ROUNDS);
    for pass in 1..=PASSES {
        eprintln!("pass {pass} of {PASSES}");
        contest.again();
        catalogue::each(&mut contest);
    }
    let rows = contest.rows();
    let Machine { processor, cores, compiler } = &machine;
    println!("{date}: {processor}, {cores} cores, {compiler}; least of at least {} samples", PASSES * ROUNDS);
    print!("{}", if *markdown { tables::markdown(rows) } else { tables::lines(rows) });
    if let Some(path) = csv {
        fs::write(path, csv::table(date, &machine, rows)).map_err(|why| format!("{path}: {why}"))?;
    }
    if let Some(path) = plot {
        let caption = format!("nanoseconds an operation of a gradient, {date}");
        plot::write(Path::new(path), &caption, rows).map_err(|why| format!("{path}: {why}"))?;
    }
    Ok(())
}
