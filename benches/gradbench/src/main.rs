//! `wengert` as a tool of the GradBench suite: answers its messages on standard input, one line each, on standard
//! output.
//!
//! Each problem is one file under `problems/`: a function written once over [`wengert::Scalar`], its derivative in
//! the mode that fits, and its input in the suite's shape. What all of them share is here: the protocol
//! (`session`, `message`), reading and checking input (`shape`), repetition and timing (`runs`).
//!
//! Nothing but replies is written to standard output.

mod failure;
mod shape;
mod chain;
mod message;
mod runs;
mod problem;
mod problems;
mod session;
mod measure;

use std::io::{stdin, stdout};
use std::process::ExitCode;

use clap::Parser;

use crate::problem::Reverse;

/// Answers the messages of GradBench on standard input, one reply a line, until the input ends.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// Record anew in each run, as tools do that keep a tape and no program.
    ///
    /// Without it, gmm and lstm keep a program between the runs of one message.
    #[arg(long)]
    one_shot: bool,

    /// Measure derivative over primal for the workloads in these files (`gmm.jsonl.gz` …) instead of answering
    /// messages, and print a table.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    measure: Vec<std::path::PathBuf>,
}

fn main() -> ExitCode {
    let Options { one_shot, measure } = Options::parse();
    let mut reverse = Reverse { one_shot, ..Reverse::default() };
    let done = if measure.is_empty() {
        session::serve(stdin().lock(), stdout().lock(), &mut reverse).map_err(Into::into)
    } else {
        measure::measure(&measure, &mut reverse)
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wengert-gradbench: {error}");
            ExitCode::FAILURE
        }
    }
}
