//! Straight-line code made steps over slots: chains and sums of products found, columns loaded together, outputs given as soon
//! as they are there, and slots used again.

use std::collections::HashMap;

use wengert_ops::{Arithmetic, Op, Rule, Test, Variadic, Visitor};

use crate::chains::{Chains, Term, arithmetic};
use crate::steps::{CodeStep, SlotRead, StepAction, each_read, each_result, word};
use crate::straight::{Does, LaneValue, Straight, ValuePlace};

/// What becomes of a node that is an output.
#[derive(Clone, Copy, Debug)]
enum NodeEnd {
    Given { table: u8, column: u32 },
    Summed(u32),
    Maximum(u32),
}

/// How many columns are loaded together at most, and how many are given: so many slots wait, so that those of columns which
/// follow one another wait for one another.
const LOADED: usize = 32;
const GIVEN: usize = 128;

/// Steps in the making: operands are node by node, until slots are placed.
pub(crate) struct Lowering<'a> {
    straight: &'a Straight,
    chains: Chains,
    pub(crate) steps: Vec<CodeStep>,
    pub(crate) operands: Vec<SlotRead>,
    pub(crate) tests: Vec<Test>,
    pub(crate) spread: Vec<u32>,
    /// Weights of sums, which stand behind the constants.
    pub(crate) weights: Vec<f64>,
    /// By uniform number: its place among those that are spread.
    spread_at: HashMap<u32, u32>,
    pub(crate) gives: Vec<usize>,
    pub(crate) sums: usize,
    pub(crate) maxima: usize,
    /// By node: the outputs that it is, given and summed.
    ends: Vec<Vec<NodeEnd>>,
    /// By table of outputs: what is to be given, with its column.
    given: Vec<Vec<(SlotRead, u32)>>,
    /// Columns that are loaded together, and by node which of these it is one of, until they are.
    loads: Vec<Vec<usize>>,
    load_of: Vec<Option<usize>>,
}

fn read(value: LaneValue) -> SlotRead {
    match value.place() {
        ValuePlace::Node(k) => SlotRead(k as u32),
        ValuePlace::Uniform(k) => SlotRead(k as u32 | SlotRead::UNIFORM),
    }
}

impl<'a> Lowering<'a> {
    pub(crate) fn new(straight: &'a Straight, chains: Chains) -> Self {
        let nodes = straight.nodes().len();
        let mut lowering = Self {
            straight,
            chains,
            steps: Vec::new(),
            operands: Vec::new(),
            tests: Vec::new(),
            spread: Vec::new(),
            weights: Vec::new(),
            spread_at: HashMap::new(),
            gives: Vec::new(),
            sums: 0,
            maxima: 0,
            ends: vec![Vec::new(); nodes],
            given: Vec::new(),
            loads: Vec::new(),
            load_of: vec![None; nodes],
        };
        lowering.find_loads();
        // What is given or summed is so as soon as it is there, so that it makes room.
        for (node, n) in straight.nodes().iter().enumerate() {
            let end = match n.does {
                Does::Give(table) => {
                    let gives = &mut lowering.gives;
                    gives.resize(gives.len().max(usize::from(table) + 1), 0);
                    gives[usize::from(table)] += 1;
                    NodeEnd::Given { table, column: gives[usize::from(table)] as u32 - 1 }
                }
                Does::Sum => {
                    lowering.sums += 1;
                    NodeEnd::Summed(lowering.sums as u32 - 1)
                }
                Does::Maximum => {
                    lowering.maxima += 1;
                    NodeEnd::Maximum(lowering.maxima as u32 - 1)
                }
                _ => continue,
            };
            // The output of a uniform number stands by itself.
            let at = match straight.operands(node)[0].place() {
                ValuePlace::Node(k) => k,
                ValuePlace::Uniform(_) => node,
            };
            lowering.ends[at].push(end);
        }
        lowering
    }

    fn push(
        &mut self,
        action: StepAction,
        result: usize,
        reads: impl IntoIterator<Item = SlotRead>,
        data: u32,
    ) {
        let first = self.operands.len() as u32;
        self.operands.extend(reads);
        let count = self.operands.len() as u32 - first;
        let step = CodeStep { action, result: result as u32, first, count, data };
        let mut reads = Vec::new();
        each_read(&step, &self.operands, |place| reads.push(self.operands[place]));
        for value in reads {
            self.load_of_read(value);
        }
        self.steps.push(step);
    }

    /// Loads what is read, where it is a column that was not loaded yet.
    fn load_of_read(&mut self, value: SlotRead) {
        if !value.is_uniform()
            && let Some(load) = self.load_of.get(value.index()).copied().flatten()
        {
            self.load(load);
        }
    }

    /// Groups columns that stand together, so that they are read together: row after row, as they lie.
    fn find_loads(&mut self) {
        let straight = self.straight;
        let mut read = vec![false; straight.nodes().len()];
        for node in 0..read.len() {
            for value in straight.operands(node) {
                if let ValuePlace::Node(k) = value.place() {
                    read[k] = true;
                }
            }
        }
        let mut last = None;
        for (node, read) in read.into_iter().enumerate() {
            let Does::Column { table, .. } = straight.nodes()[node].does else {
                last = None;
                continue;
            };
            if !read {
                continue;
            }
            if last != Some(table) || self.loads.last().is_none_or(|load| load.len() >= LOADED) {
                self.loads.push(Vec::new());
            }
            last = Some(table);
            let place = self.loads.len() - 1;
            self.loads[place].push(node);
            self.load_of[node] = Some(place);
        }
    }

    /// Loads columns that are read for the first time.
    fn load(&mut self, load: usize) {
        let nodes = core::mem::take(&mut self.loads[load]);
        let first = self.operands.len() as u32;
        let mut of = 0;
        for node in &nodes {
            if let Does::Column { table, column } = self.straight.nodes()[*node].does {
                of = table;
                self.operands.extend([SlotRead(*node as u32), SlotRead(column)]);
            }
            self.load_of[*node] = None;
        }
        let count = self.operands.len() as u32 - first;
        self.steps.push(CodeStep {
            action: StepAction::Load { table: of },
            result: 0,
            first,
            count,
            data: 0,
        });
        // What is given or summed as it is.
        for node in nodes {
            self.end(node, SlotRead(node as u32));
        }
    }

    pub(crate) fn node(&mut self, node: usize) {
        if self.chains.absorbed[node] {
            return;
        }
        if let Some(product) = self.chains.products[node]
            && let [NodeEnd::Summed(number)] = self.ends[node][..]
        {
            return self.product(product, number);
        }
        let straight = self.straight;
        let operands = straight.operands(node);
        let reads = || operands.iter().map(|value| read(*value));
        match straight.nodes()[node].does {
            Does::Row(op) => match self.chains.terms[node].take() {
                Some(terms) => self.chain(node, &terms),
                None => self.row(op, node),
            },
            Does::Call { site, results } => {
                let behind = (node + 1..=node + results as usize).map(|k| SlotRead(k as u32));
                self.push(StepAction::Call { site, results }, node, reads().chain(behind), 0);
                for result in node + 1..=node + results as usize {
                    self.end(result, SlotRead(result as u32));
                }
            }
            // Columns are loaded when they are read; outputs of a call are there when it has been made.
            Does::Column { .. } | Does::Result => return,
            Does::Guard(test) => {
                self.tests.push(test);
                self.push(StepAction::Guard(self.tests.len() as u32 - 1), node, reads(), 0);
            }
            Does::Give(_) | Does::Sum | Does::Maximum => {
                let value = read(operands[0]);
                if value.is_uniform() {
                    self.end(node, value);
                } else if let Some(load) = self.load_of[value.index()] {
                    self.load(load);
                }
                return;
            }
        }
        if !matches!(straight.nodes()[node].does, Does::Call { .. }) {
            self.end(node, SlotRead(node as u32));
        }
    }

    fn row(&mut self, op: Op, node: usize) {
        let straight = self.straight;
        let operands = straight.operands(node);
        if let Some(pairs) = self.pairs(op, node) {
            return self.push(StepAction::Dot, node, pairs, 0);
        }
        let reads: Vec<SlotRead> = match takes(op) {
            Takes::Any => operands.iter().map(|value| read(*value)).collect(),
            // One uniform operand of two is read as it is.
            Takes::OneUniform if operands.iter().any(|value| value.varies()) => {
                operands.iter().map(|value| read(*value)).collect()
            }
            _ => operands.iter().map(|value| self.in_slot(*value)).collect(),
        };
        self.push(StepAction::Row(op), node, reads, straight.data_of(node));
    }

    /// The pairs of operands that a row multiplies and adds in four running sums, where that is what it does.
    fn pairs(&mut self, op: Op, node: usize) -> Option<Vec<SlotRead>> {
        let operands = self.straight.operands(node);
        let both = |(a, b): (&LaneValue, &LaneValue)| [read(*a), read(*b)];
        Some(match arithmetic(op)? {
            Arithmetic::Dot => {
                let (a, b) = operands.split_at(operands.len() / 2);
                a.iter().zip(b).flat_map(both).collect()
            }
            Arithmetic::Squares => operands.iter().zip(operands).flat_map(both).collect(),
            Arithmetic::Weighted => {
                let first = self.straight.data_of(node) as usize;
                let place = self.straight.fixed() + self.weights.len();
                let weights = &self.straight.data()[first..first + operands.len()];
                self.weights.extend_from_slice(weights);
                let weight = |k: usize| SlotRead((place + k) as u32 | SlotRead::UNIFORM);
                operands.iter().enumerate().flat_map(|(k, x)| [read(*x), weight(k)]).collect()
            }
            _ => return None,
        })
    }

    /// What is read in a slot, whether it varies or not.
    fn in_slot(&mut self, value: LaneValue) -> SlotRead {
        if value.varies() { read(value) } else { self.in_slot_at(read(value)) }
    }

    /// The slot of a uniform number.
    fn in_slot_at(&mut self, uniform: SlotRead) -> SlotRead {
        let k = uniform.index();
        let spread = &mut self.spread;
        let place = *self.spread_at.entry(k as u32).or_insert_with(|| {
            spread.push(k as u32);
            spread.len() as u32 - 1
        });
        SlotRead((self.straight.nodes().len() as u32) + place)
    }

    /// The outputs that a node is.
    fn end(&mut self, node: usize, value: SlotRead) {
        for end in core::mem::take(&mut self.ends[node]) {
            match end {
                NodeEnd::Summed(sum) => self.push(StepAction::Sum(sum), node, [value], 0),
                NodeEnd::Maximum(number) => self.push(StepAction::Maximum(number), node, [value], 0),
                NodeEnd::Given { table, column } => {
                    // In a slot, so that it is written together with what varies; unless there are many.
                    let apart = !value.is_uniform() || self.spread.len() >= GIVEN;
                    let value = if apart { value } else { self.in_slot_at(value) };
                    let place = usize::from(table);
                    self.given.resize(self.given.len().max(place + 1), Vec::new());
                    self.given[place].push((value, column));
                    if self.given[place].len() >= GIVEN {
                        self.give(place);
                    }
                }
            }
        }
    }

    /// Gives what is to be given of a table of outputs: several columns together, so that they are written row after row.
    fn give(&mut self, table: usize) {
        let mut pairs = core::mem::take(&mut self.given[table]);
        pairs.sort_by_key(|(_, column)| *column);
        let (mut squares, mut apart) = (Vec::new(), Vec::new());
        for follow in pairs.chunk_by(|(_, column), (_, next)| column + 1 == *next) {
            if follow.len() < 4 || follow.iter().any(|(value, _)| value.is_uniform()) {
                apart.extend(follow.iter().flat_map(|(value, column)| [*value, SlotRead(*column)]));
                continue;
            }
            // The last square may write some columns again.
            for first in (0..follow.len()).step_by(4).map(|first| first.min(follow.len() - 4)) {
                squares.push(SlotRead(follow[first].1));
                squares.extend(follow[first..first + 4].iter().map(|(value, _)| *value));
            }
        }
        let table = table as u32;
        for (action, reads) in
            [(StepAction::GiveSquares { table }, squares), (StepAction::Give { table }, apart)]
        {
            if !reads.is_empty() {
                self.push(action, 0, reads, 0);
            }
        }
    }

    /// Gives what is left.
    pub(crate) fn finish(&mut self) {
        for table in 0..self.given.len() {
            self.give(table);
        }
    }

    fn chain(&mut self, node: usize, terms: &[Term]) {
        let careful = terms.iter().any(|term| matches!(term, Term::Pull(..)));
        let mut reads = Vec::with_capacity(3 * terms.len());
        for term in terms {
            let (word, a, b) = match *term {
                Term::Whole(a) => (word::WHOLE, a, None),
                Term::Product(a, b) => (word::PRODUCT, a, Some(b)),
                Term::Fused(a, b) => (word::FUSED, a, Some(b)),
                Term::Pull(a, b) => (word::PULL, a, Some(b)),
            };
            reads.extend([SlotRead(word), read(a)]);
            reads.extend(b.map(read));
        }
        self.push(StepAction::Chain { careful }, node, reads, 0);
    }

    /// A product of which nothing but the sum over rows is asked: together with those before it that share an operand.
    fn product(&mut self, product: Term, number: u32) {
        let (careful, a, b) = match product {
            Term::Pull(a, b) => (true, read(a), read(b)),
            Term::Product(a, b) | Term::Fused(a, b) => (false, read(a), read(b)),
            Term::Whole(a) => (false, read(a), read(a)),
        };
        // What stands first is read once: what varies, where one of both does not.
        let (a, b) = if a.is_uniform() { (b, a) } else { (a, b) };
        // What is loaded now stands before this step; and only the last step's operands can be followed by others.
        for value in [a, b] {
            self.load_of_read(value);
        }
        let end = self.operands.len() as u32;
        if let Some(last) = self.steps.last_mut()
            && last.action == (StepAction::Products { careful })
            && last.first + last.count == end
        {
            let shared = self.operands[last.first as usize];
            let only = last.count == 3;
            // Of a first pair it is open which operand is shared.
            let turned = self.operands[last.first as usize + 1];
            let other = match shared {
                shared if shared == a => Some(b),
                shared if shared == b => Some(a),
                _ if only && !turned.is_uniform() && (turned == a || turned == b) => {
                    self.operands.swap(last.first as usize, last.first as usize + 1);
                    Some(if turned == a { b } else { a })
                }
                _ => None,
            };
            if let Some(other) = other {
                self.operands.extend([other, SlotRead(number)]);
                last.count += 2;
                return;
            }
        }
        self.push(StepAction::Products { careful }, 0, [a, b, SlotRead(number)], 0);
    }

    /// Gives each result a slot, and operands those of what they read. How many slots there are.
    pub(crate) fn place(&mut self) -> usize {
        let (nodes, spread) = (self.straight.nodes().len(), self.spread.len());
        let mut last = self.last_reads();
        // What is spread keeps its slot.
        let (mut free, mut slots) = (Vec::new(), spread as u32);
        let mut slot_of = vec![u32::MAX; nodes];
        slot_of.extend(0..slots);
        let Self { steps, operands, .. } = self;
        let mut places = Vec::new();
        for (k, step) in steps.iter_mut().enumerate() {
            let mut freed = Vec::new();
            places.clear();
            each_read(step, operands, |place| places.push(place));
            for place in &places {
                let value = operands[*place];
                if value.is_uniform() {
                    continue;
                }
                let node = value.index();
                operands[*place] = SlotRead(slot_of[node]);
                if last[node] == Some(k) {
                    last[node] = None;
                    freed.push(slot_of[node]);
                }
            }
            let mut take = |node: usize| {
                let slot = free.pop().unwrap_or_else(|| {
                    slots += 1;
                    slots - 1
                });
                slot_of[node] = slot;
                // What nothing reads makes room at once.
                freed.extend(last[node].is_none().then_some(slot));
                slot
            };
            step.result = if step.writes() { take(step.result as usize) } else { 0 };
            each_result(step, |place| operands[place] = SlotRead(take(operands[place].index())));
            // Only now, so that a result has a slot of its own.
            free.extend(freed);
        }
        slots as usize
    }

    /// By node: the last step that reads it; none of what is spread, which is read in all rows.
    fn last_reads(&self) -> Vec<Option<usize>> {
        let nodes = self.straight.nodes().len();
        let mut last = vec![None; nodes];
        for (k, step) in self.steps.iter().enumerate() {
            each_read(step, &self.operands, |place| {
                let value = self.operands[place];
                if !value.is_uniform() && value.index() < nodes {
                    last[value.index()] = Some(k);
                }
            });
        }
        last.resize(nodes + self.spread.len(), None);
        last
    }
}

/// Which operands a row can read as they are.
enum Takes {
    /// All in slots.
    InSlots,
    /// One uniform of two.
    OneUniform,
    Any,
}

/// What the kernels of a row take.
fn takes(op: Op) -> Takes {
    struct OfRow;
    impl Visitor for OfRow {
        type Output = Takes;
        fn input(self) -> Takes {
            Takes::InSlots
        }
        fn fixed<R: Rule<A>, const A: usize>(self) -> Takes {
            if A == 2 && R::WIDE { Takes::OneUniform } else { Takes::InSlots }
        }
        fn variadic<R: Variadic>(self) -> Takes {
            Takes::Any
        }
        fn foreign(self) -> Takes {
            Takes::InSlots
        }
    }
    op.visit(OfRow)
}

/// Turns slots into the places of their first lanes.
pub(crate) fn by_lanes(steps: &mut [CodeStep], operands: &mut [SlotRead], width: usize) {
    for step in steps {
        let mut places = Vec::new();
        each_read(step, operands, |place| places.push(place));
        each_result(step, |place| places.push(place));
        for place in places {
            let read = &mut operands[place];
            if !read.is_uniform() {
                *read = SlotRead(read.0 * width as u32);
            }
        }
        step.result *= width as u32;
    }
}
