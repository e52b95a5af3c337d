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

/// Answers the messages of GradBench on standard input, one reply a line, until the input ends.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// Record anew in each run.
    ///
    /// Without it, a program may be kept between the runs of one message. A recording cannot be replayed at other
    /// inputs yet, so that today both are the same.
    #[arg(long)]
    one_shot: bool,

    /// Measure derivative over primal for the workloads in these files (`gmm.jsonl.gz` …) instead of answering
    /// messages, and print a table.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    measure: Vec<std::path::PathBuf>,
}

fn main() -> ExitCode {
    // `one_shot` is read for the sake of its message on misuse; see the option's documentation.
    let Options { one_shot: _, measure } = Options::parse();
    let done = if measure.is_empty() {
        session::serve(stdin().lock(), stdout().lock()).map_err(Into::into)
    } else {
        measure::measure(&measure)
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wengert-gradbench: {error}");
            ExitCode::FAILURE
        }
    }
}
