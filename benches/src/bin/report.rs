//! `cargo run --release -p wengert-benches --bin report`: one table, least of at least 20 runs.

use wengert_benches::problems::{Network, RandomGraph, Rosenbrock, SinChain};
use wengert_benches::timing::{Line, measure};

fn main() {
    println!(
        "{:<24} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7}",
        "ns an operation", "nodes", "primal", "record", "reverse", "both", "ratio", "bytes"
    );
    let show = |line: Line| {
        println!(
            "{:<24} {:>9} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>8.1} {:>7.1}",
            line.name,
            line.nodes,
            line.primal,
            line.record,
            line.reverse,
            line.both,
            line.both / line.primal,
            line.bytes_an_operation
        );
    };
    let runs = 20;
    for n in [100, 10_000, 100_000, 1_000_000] {
        show(measure(&Rosenbrock::new(n), runs));
    }
    show(measure(&SinChain::new(333_333), runs));
    show(measure(&RandomGraph::new(1_000_000, true), runs));
    show(measure(&RandomGraph::new(1_000_000, false), runs));
    show(measure(&Network::new(), runs));
}
