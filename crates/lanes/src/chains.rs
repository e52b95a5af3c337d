//! Chains: sums whose terms nothing else reads, with the products in them, to be run as one step in registers, each in the
//! order in which it was written.
//!
//! A chain reads later what its terms would have read, so that values live longer: one that reaches over more than [`REACH`]
//! nodes that are no terms themselves is cut. Which it is follows from the code alone.

use wengert_ops::{Arithmetic, Law, Op};

use crate::straight::{Does, LaneValue, Straight, ValuePlace};

/// Over how many nodes a chain may reach, those not counted that chains may take up.
const REACH: usize = 256;

/// What is added in a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    Whole(LaneValue),
    Product(LaneValue, LaneValue),
    /// A product in which zeros annihilate.
    Pull(LaneValue, LaneValue),
    /// A product that is rounded once with the sum.
    Fused(LaneValue, LaneValue),
}

/// What becomes of the nodes of straight-line code.
pub(crate) struct Chains {
    /// By node: the terms of a chain, where it is one that is run as such.
    pub(crate) terms: Vec<Option<Vec<Term>>>,
    /// By node: whether another one has taken it up, so that it is not run by itself.
    pub(crate) absorbed: Vec<bool>,
    /// By node that is the operand of a sum over rows alone: the product that it is.
    pub(crate) products: Vec<Option<Term>>,
}

/// What an operation computes, where number types do so without the table.
pub(crate) fn arithmetic(op: Op) -> Option<Arithmetic> {
    op.info().laws.iter().find_map(|law| match law {
        Law::Computes(arithmetic) => Some(*arithmetic),
        _ => None,
    })
}

fn commutes(op: Op) -> bool {
    op.info().laws.contains(&Law::Commutes)
}

struct Finder<'a> {
    straight: &'a Straight,
    uses: Vec<u32>,
    chains: Chains,
    /// By node: the place of the first node that its terms stand for, and its own; nodes that chains may take up have that of
    /// the one before them.
    begins: Vec<usize>,
    places: Vec<usize>,
}

impl Finder<'_> {
    fn op(&self, node: usize) -> Option<Op> {
        match self.straight.nodes()[node].does {
            Does::Row(op) => Some(op),
            _ => None,
        }
    }

    /// The node of a value that only one node reads, not too far before node `at`.
    fn alone(&self, value: LaneValue, at: usize) -> Option<usize> {
        match value.place() {
            ValuePlace::Node(k) if self.uses[k] == 1 && self.begins[k] + REACH >= self.places[at] => Some(k),
            _ => None,
        }
    }

    /// The product that a node is.
    fn product(&self, node: usize) -> Option<Term> {
        let [a, b] = *self.straight.operands(node) else { return None };
        match arithmetic(self.op(node)?)? {
            Arithmetic::Product => Some(Term::Product(a, b)),
            Arithmetic::Pull => Some(Term::Pull(a, b)),
            _ => None,
        }
    }

    /// A value as a term of the chain at a node: the product that it is, where nothing else reads it.
    fn term(&mut self, value: LaneValue, at: usize) -> Term {
        if let Some(node) = self.alone(value, at)
            && let Some(product) = self.product(node)
        {
            self.chains.absorbed[node] = true;
            self.begins[at] = self.begins[at].min(self.begins[node]);
            return product;
        }
        Term::Whole(value)
    }

    /// The terms of the chain that a value is, where only the node reads it; else it is the first term.
    fn first(&mut self, value: LaneValue, at: usize) -> Vec<Term> {
        if let Some(node) = self.alone(value, at)
            && let Some(terms) = self.chains.terms[node].take()
        {
            self.chains.absorbed[node] = true;
            self.begins[at] = self.begins[at].min(self.begins[node]);
            return terms;
        }
        vec![self.term(value, at)]
    }

    fn is_chain(&self, value: LaneValue, at: usize) -> bool {
        self.alone(value, at).is_some_and(|node| self.chains.terms[node].is_some())
    }

    /// Makes a chain of a sum.
    fn chain(&mut self, at: usize, op: Op) {
        let operands = self.straight.operands(at).to_vec();
        let mut terms = match (arithmetic(op), &operands[..]) {
            (Some(Arithmetic::Fused), [a, b, c]) => {
                let mut terms = self.first(*c, at);
                terms.push(Term::Fused(*a, *b));
                terms
            }
            (Some(Arithmetic::Sum), [a, b])
                if commutes(op) && !self.is_chain(*a, at) && self.is_chain(*b, at) =>
            {
                let mut terms = self.first(*b, at);
                terms.push(self.term(*a, at));
                terms
            }
            (Some(Arithmetic::Sum), [first, rest @ ..]) => {
                let mut terms = self.first(*first, at);
                for value in rest {
                    let term = self.term(*value, at);
                    terms.push(term);
                }
                terms
            }
            _ => return,
        };
        terms.shrink_to_fit();
        self.chains.terms[at] = Some(terms);
    }
}

/// Finds the chains of straight-line code.
pub(crate) fn find(straight: &Straight) -> Chains {
    let nodes = straight.nodes().len();
    let mut uses = vec![0_u32; nodes];
    for node in 0..nodes {
        for value in straight.operands(node) {
            if let ValuePlace::Node(k) = value.place() {
                uses[k] = uses[k].saturating_add(1);
            }
        }
    }
    let chains = Chains {
        terms: (0..nodes).map(|_| None).collect(),
        absorbed: vec![false; nodes],
        products: vec![None; nodes],
    };
    let mut place = 0;
    let places: Vec<usize> = (0..nodes)
        .map(|node| {
            let taken_up = matches!(straight.nodes()[node].does, Does::Row(op) if arithmetic(op).is_some());
            place += usize::from(uses[node] != 1 || !taken_up);
            place
        })
        .collect();
    let mut finder = Finder { straight, uses, chains, begins: places.clone(), places };
    for at in 0..nodes {
        match straight.nodes()[at].does {
            Does::Row(op) => finder.chain(at, op),
            Does::Sum => {
                let value = straight.operands(at)[0];
                if let ValuePlace::Node(node) = value.place()
                    && finder.uses[node] == 1
                {
                    finder.chains.products[node] = finder.product(node).filter(varies);
                }
            }
            _ => {}
        }
    }
    let mut chains = finder.chains;
    for terms in &mut chains.terms {
        // What is a row of the table as it stands is run as such, unless nothing is gained by that.
        if terms.as_ref().is_some_and(|terms| terms.len() <= 2 && terms.iter().all(|term| !gains(term))) {
            *terms = None;
        }
    }
    chains
}

/// Whether one of a product's factors varies.
fn varies(term: &Term) -> bool {
    matches!(term, Term::Product(a, b) | Term::Pull(a, b) if a.varies() || b.varies())
}

/// Whether a term spares a step.
fn gains(term: &Term) -> bool {
    matches!(term, Term::Product(..) | Term::Pull(..))
}
