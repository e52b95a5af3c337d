//! The list of what is timed: the rows of the table, and the names that `hot` knows.

use crate::Workload;
use crate::problems::{Network, RandomGraph, Rosenbrock, SinChain};
use crate::workload::Prepared;

/// Inputs of the Rosenbrock function whose tape has 10⁷ nodes: `n` inputs and `8·(n − 1)` operations.
pub const TEN_MILLION_NODES: usize = 1_111_112;

/// A row of the table; made when it is needed, as the largest takes half a gigabyte.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Rows of one group differ in size alone.
    pub group: &'static str,
    /// The size, or what else tells rows of one group apart.
    pub size: &'static str,
    /// Makes it, recorded once.
    pub make: fn() -> Box<dyn Workload>,
}

/// The rows, in order.
pub const ENTRIES: [Entry; 9] = [
    Entry { group: "rosenbrock", size: "1e2", make: || Box::new(Prepared::new(Rosenbrock::new(100))) },
    Entry { group: "rosenbrock", size: "1e3", make: || Box::new(Prepared::new(Rosenbrock::new(1_000))) },
    Entry { group: "rosenbrock", size: "1e4", make: || Box::new(Prepared::new(Rosenbrock::new(10_000))) },
    Entry { group: "rosenbrock", size: "1e5", make: || Box::new(Prepared::new(Rosenbrock::new(100_000))) },
    Entry { group: "rosenbrock", size: "1e6", make: || Box::new(Prepared::new(Rosenbrock::new(1_000_000))) },
    Entry { group: "sin chain", size: "1e6", make: || Box::new(Prepared::new(SinChain::new(333_333))) },
    Entry { group: "random", size: "local", make: || random(true) },
    Entry { group: "random", size: "wide", make: || random(false) },
    Entry { group: "network", size: "64-64-10", make: || Box::new(Prepared::new(Network::new())) },
];

/// The problems whose instructions are counted: small, as each runs in a simulator.
pub const COUNTED: [Entry; 3] = [
    Entry { group: "rosenbrock", size: "1e4", make: || Box::new(Prepared::new(Rosenbrock::new(10_000))) },
    Entry { group: "sin chain", size: "3e4", make: || Box::new(Prepared::new(SinChain::new(10_000))) },
    Entry { group: "network", size: "64-64-10", make: || Box::new(Prepared::new(Network::new())) },
];

fn random(local: bool) -> Box<dyn Workload> {
    Box::new(Prepared::new(RandomGraph::new(1_000_000, local)))
}
