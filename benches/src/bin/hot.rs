//! One phase of one problem, over and over, for a profiler or a simulator.
//!
//! `hot record rosenbrock 1e4 100` records the function of 10⁴ inputs a hundred times, after two recordings and
//! one sweep to warm up. Prints the number of scalar operations of one run and how many runs there were.

use std::hint::black_box;
use std::process::ExitCode;

use wengert_benches::Phase;
use wengert_benches::catalogue::{self, Entry};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((phase, entry, runs)) = parse(&args) else {
        eprintln!("usage: hot PHASE GROUP SIZE RUNS, with a phase of");
        for phase in Phase::ALL {
            eprintln!("  {}", phase.name());
        }
        eprintln!("and a group and a size of");
        for entry in entries() {
            eprintln!("  '{}' {}", entry.group, entry.size);
        }
        return ExitCode::FAILURE;
    };
    let mut workload = (entry.make)();
    black_box(workload.run(Phase::Both));
    for _ in 0..runs {
        black_box(workload.run(phase));
    }
    println!("{} operations, {runs} runs", workload.operations());
    ExitCode::SUCCESS
}

fn entries() -> impl Iterator<Item = Entry> {
    catalogue::entries(catalogue::each).into_iter().chain(catalogue::entries(catalogue::each_counted))
}

fn parse(args: &[String]) -> Option<(Phase, Entry, u32)> {
    let [phase, group, size, runs] = args else { return None };
    let phase = Phase::ALL.into_iter().find(|p| p.name() == phase)?;
    let entry = entries().find(|e| e.group == group && e.size == size)?;
    Some((phase, entry, runs.parse().ok()?))
}
