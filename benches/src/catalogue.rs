//! The list of what is timed: the rows of the tables, and the names that `hot` knows.

use crate::problems::{
    Bodies, Determinant, Heat, Layers, LogSumExp, MatrixProduct, MonteCarlo, Network, Product, RandomGraph,
    Rosenbrock, SinChain,
};
use crate::workload::Prepared;
use crate::{Problem, Workload};

/// Inputs of the Rosenbrock function whose tape has 10⁷ nodes, nine a term.
pub const TEN_MILLION_NODES: usize = 1_111_113;

/// Is shown every problem of a list, each of a type of its own.
pub trait Visitor {
    /// One problem. Rows of one group differ in size, or in what else the second name tells; `make` is called when
    /// the problem is needed, as large ones take time and memory.
    fn problem<P: Problem + 'static>(&mut self, group: &'static str, size: &'static str, make: fn() -> P);
}

/// The rows of the tables, in order.
pub fn each(visitor: &mut impl Visitor) {
    visitor.problem("rosenbrock", "1e2", || Rosenbrock::new(100));
    visitor.problem("rosenbrock", "1e3", || Rosenbrock::new(1_000));
    visitor.problem("rosenbrock", "1e4", || Rosenbrock::new(10_000));
    visitor.problem("rosenbrock", "1e5", || Rosenbrock::new(100_000));
    visitor.problem("rosenbrock", "1e6", || Rosenbrock::new(1_000_000));
    visitor.problem("product", "1e4", || Product::new(10_000));
    visitor.problem("sin chain", "1e6", || SinChain::new(333_333));
    visitor.problem("random", "local", || RandomGraph::new(1_000_000, true));
    visitor.problem("random", "wide", || RandomGraph::new(1_000_000, false));
    visitor.problem("network", "64-64-10", || Network::new(&[64, 64, 10], Layers::Dots));
    visitor.problem("network", "64-64-64-1", || Network::new(&[64, 64, 64, 1], Layers::Dots));
    visitor.problem("network", "chains", || Network::new(&[64, 64, 64, 1], Layers::Chains));
    visitor.problem("black-scholes", "1e5", || MonteCarlo::new(100_000));
    visitor.problem("bodies", "200", || Bodies::new(200));
    visitor.problem("heat", "200x2000", || Heat::new(200, 2_000));
    visitor.problem("determinant", "60x60", || Determinant::new(60));
    visitor.problem("matrices", "64x64", || MatrixProduct::new(64));
    visitor.problem("logsumexp", "1e6", || LogSumExp::new(1_000_000));
}

/// The same kinds of problems, so small that tests afford them.
pub fn each_small(visitor: &mut impl Visitor) {
    visitor.problem("rosenbrock", "20", || Rosenbrock::new(20));
    visitor.problem("product", "30", || Product::new(30));
    visitor.problem("sin chain", "60", || SinChain::new(20));
    visitor.problem("random", "local", || RandomGraph::new(400, true));
    visitor.problem("random", "wide", || RandomGraph::new(400, false));
    visitor.problem("network", "6-5-4", || Network::new(&[6, 5, 4], Layers::Dots));
    visitor.problem("network", "6-5-4-1", || Network::new(&[6, 5, 4, 1], Layers::Dots));
    visitor.problem("network", "chains", || Network::new(&[6, 5, 4, 1], Layers::Chains));
    visitor.problem("black-scholes", "50", || MonteCarlo::new(50));
    visitor.problem("bodies", "5", || Bodies::new(5));
    visitor.problem("heat", "10x20", || Heat::new(10, 20));
    visitor.problem("determinant", "6x6", || Determinant::new(6));
    visitor.problem("matrices", "4x4", || MatrixProduct::new(4));
    visitor.problem("logsumexp", "30", || LogSumExp::new(30));
}

/// The problems whose instructions are counted: small, as each runs in a simulator.
pub fn each_counted(visitor: &mut impl Visitor) {
    visitor.problem("rosenbrock", "1e4", || Rosenbrock::new(10_000));
    visitor.problem("sin chain", "3e4", || SinChain::new(10_000));
    visitor.problem("network", "64-64-10", || Network::new(&[64, 64, 10], Layers::Dots));
}

/// A problem whose type is forgotten.
pub struct Entry {
    /// The first part of its name.
    pub group: &'static str,
    /// The second.
    pub size: &'static str,
    /// Makes it, recorded once.
    pub make: Box<dyn Fn() -> Box<dyn Workload>>,
}

/// The entries of a list.
#[must_use]
pub fn entries(each: impl FnOnce(&mut Entries)) -> Vec<Entry> {
    let mut entries = Entries(Vec::new());
    each(&mut entries);
    entries.0
}

/// Collects the problems that it is shown.
pub struct Entries(Vec<Entry>);

impl Visitor for Entries {
    fn problem<P: Problem + 'static>(&mut self, group: &'static str, size: &'static str, make: fn() -> P) {
        self.0.push(Entry { group, size, make: Box::new(move || Box::new(Prepared::new(make()))) });
    }
}

#[cfg(test)]
mod tests {
    use wengert::{Recorder, check_gradient};

    use super::{Visitor, each_small};
    use crate::Problem;
    use crate::arithmetic::Recording;

    struct Differences;

    impl Visitor for Differences {
        fn problem<P: Problem + 'static>(
            &mut self,
            group: &'static str,
            size: &'static str,
            make: fn() -> P,
        ) {
            let problem = make();
            let checked = check_gradient(problem.point(), |x| problem.eval::<Recording>(&x));
            assert!(checked.is_ok(), "{group} {size}: {checked:?}");
        }
    }

    #[test]
    fn gradients_agree_with_differences() {
        each_small(&mut Differences);
    }

    /// Where no operation has many operands, there is a node an operation.
    struct Counts {
        counted: usize,
    }

    impl Visitor for Counts {
        fn problem<P: Problem + 'static>(
            &mut self,
            group: &'static str,
            size: &'static str,
            make: fn() -> P,
        ) {
            let (problem, mut recorder) = (make(), Recorder::new());
            let recorded = recorder.record(|s| problem.eval::<Recording>(&s.inputs(problem.point())));
            recorded.expect("records");
            let tape = recorder.tape();
            let fixed = |id| tape.op(id).is_some_and(|op| op.info().arity.is_some());
            if tape.nodes().all(fixed) {
                let nodes = tape.len() - tape.inputs().len();
                assert_eq!(nodes, problem.operations(), "{group} {size}");
                self.counted += 1;
            }
        }
    }

    #[test]
    fn operations_are_counted_right() {
        let mut counts = Counts { counted: 0 };
        each_small(&mut counts);
        assert_eq!(counts.counted, 10);
    }
}
