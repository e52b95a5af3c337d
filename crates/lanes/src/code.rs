//! Code as it is run: steps over slots of lanes, which are used again as soon as nothing reads them any more.
//!
//! Invariants, by construction: a step reads slots that earlier steps have written and that nothing has written since, and
//! writes another. All slots are below [`Code::slots`], all uniform
//! operands below [`Code::uniforms`] and the constants behind them.

use std::collections::HashMap;

use wengert_ops::{Arithmetic, Op, Rule, Test, Variadic, Visitor};

use crate::chains::{self, Chains, Term, arithmetic};
use crate::straight::{Does, LaneValue, Place, Straight};

/// What a step reads: the first lane of a slot, or, by the top bit, a uniform number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Read(u32);

impl Read {
    const UNIFORM: u32 = 1 << 31;

    #[inline(always)]
    pub(crate) fn is_uniform(self) -> bool {
        self.0 & Self::UNIFORM != 0
    }

    /// The place among lanes or among uniform numbers.
    #[inline(always)]
    pub(crate) fn index(self) -> usize {
        (self.0 & !Self::UNIFORM) as usize
    }

    /// A number that stands among operands.
    #[inline(always)]
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Loads columns of a table: pairs of a slot and a column.
    Load { table: u32 },
    /// An operation.
    Row(Op),
    /// A chain: its operands are terms, each a word of [`Term`]'s and what it reads.
    Chain { careful: bool },
    /// Pairs of operands, multiplied and added in four running sums.
    Dot,
    /// Calls what stands there; operands, then slots of results.
    Call { site: u32, results: u32 },
    /// Compares, by the number of the test.
    Guard(u32),
    /// Gives an output by row, in a column of a table.
    Give { table: u32, column: u32 },
    /// Adds to a sum over rows.
    Sum(u32),
    /// Adds products of the first operand with others to sums over rows: pairs of an operand and the number of its sum.
    Products { careful: bool },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) action: Action,
    /// The first lane of the slot of the result.
    pub(crate) result: u32,
    /// Where its operands begin.
    pub(crate) first: u32,
    pub(crate) count: u32,
    /// Where its data begin.
    pub(crate) data: u32,
}

impl Step {
    /// Whether it writes the slot of its result.
    fn writes(&self) -> bool {
        matches!(self.action, Action::Row(_) | Action::Chain { .. } | Action::Dot)
    }
}

/// The words that stand before what a term of a chain reads.
pub(crate) mod word {
    pub(crate) const WHOLE: u32 = 0;
    pub(crate) const PRODUCT: u32 = 1;
    pub(crate) const FUSED: u32 = 2;
    pub(crate) const PULL: u32 = 3;
}

/// Memory of lanes that code may take, in bytes at `f64`, before it runs over fewer rows at a time. It is a constant, so that what
/// is run does not depend on the machine. What is beyond the second cache is paid for less than narrow lanes are: with 3,200
/// slots, over 64, 32 and 16 rows at a time, a mixture's gradient took 1.3, 2.7 and 3.7 times the plain value.
const BUDGET: usize = 2 << 20;

/// How many rows are summed in lanes before the lanes are joined.
pub const GROUP: usize = 64;

/// How many columns are loaded together at most.
const TOGETHER: usize = 32;

/// The most and the least rows that code runs over at a time; half the most lies between.
const WIDEST: usize = GROUP;
const NARROWEST: usize = 16;

/// Straight-line code, ready to be run over many rows at a time. Immutable, to be shared between threads.
#[derive(Clone, Debug)]
pub struct Code {
    pub(crate) steps: Vec<Step>,
    pub(crate) operands: Vec<Read>,
    pub(crate) data: Vec<f64>,
    pub(crate) tests: Vec<Test>,
    pub(crate) constants: Vec<f64>,
    /// The uniform numbers that stand in slots too, the first slots in this order: for steps that read no other.
    pub(crate) spread: Vec<u32>,
    uniforms: usize,
    slots: usize,
    width: usize,
    gives: Vec<usize>,
    sums: usize,
}

impl Code {
    /// Code of straight-line code. Cost: linear.
    #[must_use]
    pub fn new(straight: Straight) -> Self {
        Self::with_width(straight, None)
    }

    /// The same, to be run over 16, 32 or 64 rows at a time, whatever its memory: the most of these that is not above `width`,
    /// or 16. So groups of rows end where runs do.
    #[must_use]
    pub fn of_width(straight: Straight, width: usize) -> Self {
        let widths = [WIDEST, WIDEST / 2].into_iter();
        Self::with_width(straight, Some(widths.filter(|most| *most <= width).max().unwrap_or(NARROWEST)))
    }

    fn with_width(straight: Straight, width: Option<usize>) -> Self {
        let chains = chains::find(&straight);
        let mut lowering = Lowering::new(&straight, chains);
        for node in 0..straight.nodes().len() {
            lowering.node(node);
        }
        let slots = lowering.place();
        let Lowering { mut steps, mut operands, tests, spread, weights, gives, sums, .. } = lowering;
        let uniforms = straight.uniforms();
        let (data, mut constants) = straight.into_data();
        constants.extend(weights);
        let fits = |width: &usize| slots * width * size_of::<f64>() <= BUDGET;
        let by_budget = || [WIDEST, WIDEST / 2].into_iter().find(fits).unwrap_or(NARROWEST);
        let width = width.unwrap_or_else(by_budget);
        by_lanes(&mut steps, &mut operands, width);
        let code = Self { steps, operands, data, tests, constants, spread, uniforms, slots, width, gives, sums };
        assert!(code.holds(), "code reads and writes slots and numbers of its own");
        code
    }

    /// Whether steps read and write slots and numbers that there are: what runs rely on, who check nothing.
    fn holds(&self) -> bool {
        let lanes = self.slots * self.width;
        let is_slot = |lane: usize| lane + self.width <= lanes && lane % self.width.max(1) == 0;
        let is_there = |read: Read| {
            if read.is_uniform() { read.index() < self.numbers() } else { is_slot(read.index()) }
        };
        self.steps.iter().all(|step| {
            let (mut all, mut apart) = (true, true);
            each_read(step, &self.operands, |place| {
                let read = self.operands[place];
                all &= is_there(read);
                apart &= read.is_uniform() || read.index() != step.result as usize;
            });
            each_result(step, |place| all &= is_slot(self.operands[place].index()));
            all && (!step.writes() || apart && is_slot(step.result as usize))
        })
    }

    /// How many uniform operands a run is given.
    #[must_use]
    pub fn uniforms(&self) -> usize {
        self.uniforms
    }

    /// How many uniform numbers there are: operands, and constants behind them.
    pub(crate) fn numbers(&self) -> usize {
        self.uniforms + self.constants.len()
    }

    /// How many slots of lanes there are.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// Over how many rows it is run at a time.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// By table of outputs: how many columns it has.
    #[must_use]
    pub fn gives(&self) -> &[usize] {
        &self.gives
    }

    /// How many sums over rows it gives.
    #[must_use]
    pub fn sums(&self) -> usize {
        self.sums
    }

    /// How many guards there are.
    #[must_use]
    pub fn guards(&self) -> usize {
        self.tests.len()
    }

    /// How many steps it has: operations, and loads of columns.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// Bytes of the code.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(&self.steps[..]) + size_of_val(&self.operands[..]) + size_of_val(&self.data[..])
    }

    /// Table and column of each number that is read of rows.
    pub fn columns(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.steps.iter().flat_map(|step| {
            let (table, count) = match step.action {
                Action::Load { table } => (table as usize, step.count as usize),
                _ => (0, 0),
            };
            let pairs = self.operands[step.first as usize..][..count].as_chunks::<2>().0;
            pairs.iter().map(move |[_, column]| (table, column.number() as usize))
        })
    }
}

/// Steps in the making: operands are node by node, until slots are placed.
struct Lowering<'a> {
    straight: &'a Straight,
    chains: Chains,
    steps: Vec<Step>,
    operands: Vec<Read>,
    tests: Vec<Test>,
    spread: Vec<u32>,
    /// Weights of sums, which stand behind the constants.
    weights: Vec<f64>,
    /// By uniform number: its place among those that are spread.
    spread_at: HashMap<u32, u32>,
    gives: Vec<usize>,
    sums: usize,
    /// By node: the outputs that it is, given and summed.
    ends: Vec<Vec<Action>>,
    /// Columns that are loaded together, and by node which of these it is one of, until they are.
    loads: Vec<Vec<usize>>,
    load_of: Vec<Option<usize>>,
}

fn read(value: LaneValue) -> Read {
    match value.place() {
        Place::Node(k) => Read(k as u32),
        Place::Uniform(k) => Read(k as u32 | Read::UNIFORM),
    }
}

impl<'a> Lowering<'a> {
    fn new(straight: &'a Straight, chains: Chains) -> Self {
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
            ends: vec![Vec::new(); nodes],
            loads: Vec::new(),
            load_of: vec![None; nodes],
        };
        lowering.find_loads();
        // What is given or summed is so as soon as it is there, so that it makes room.
        for (node, n) in straight.nodes().iter().enumerate() {
            let end = match n.does {
                Does::Give(table) => {
                    let gives = &mut lowering.gives;
                    gives.resize(gives.len().max(table as usize + 1), 0);
                    gives[table as usize] += 1;
                    Action::Give { table, column: gives[table as usize] as u32 - 1 }
                }
                Does::Sum => {
                    lowering.sums += 1;
                    Action::Sum(lowering.sums as u32 - 1)
                }
                _ => continue,
            };
            // The output of a uniform number stands by itself.
            let at = match straight.operands(node)[0].place() {
                Place::Node(k) => k,
                Place::Uniform(_) => node,
            };
            lowering.ends[at].push(end);
        }
        lowering
    }

    fn push(&mut self, action: Action, result: usize, reads: impl IntoIterator<Item = Read>, data: u32) {
        let first = self.operands.len() as u32;
        self.operands.extend(reads);
        let count = self.operands.len() as u32 - first;
        let step = Step { action, result: result as u32, first, count, data };
        let mut reads = Vec::new();
        each_read(&step, &self.operands, |place| reads.push(self.operands[place]));
        reads.into_iter().for_each(|value| self.load_of_read(value));
        self.steps.push(step);
    }

    /// Loads what is read, where it is a column that was not loaded yet.
    fn load_of_read(&mut self, value: Read) {
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
                if let Place::Node(k) = value.place() {
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
            if last != Some(table) || self.loads.last().is_none_or(|load| load.len() >= TOGETHER) {
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
                self.operands.extend([Read(*node as u32), Read(column)]);
            }
            self.load_of[*node] = None;
        }
        let count = self.operands.len() as u32 - first;
        self.steps.push(Step { action: Action::Load { table: of }, result: 0, first, count, data: 0 });
        // What is given or summed as it is.
        for node in nodes {
            self.end(node, Read(node as u32));
        }
    }

    fn node(&mut self, node: usize) {
        if self.chains.absorbed[node] {
            return;
        }
        if let Some(product) = self.chains.products[node] {
            if let [Action::Sum(number)] = self.ends[node][..] {
                return self.product(product, number);
            }
        }
        let straight = self.straight;
        let operands = straight.operands(node);
        let reads = || operands.iter().map(|value| read(*value));
        match straight.nodes()[node].does {
            // Loaded when it is read.
            Does::Column { .. } => return,
            Does::Row(op) => match self.chains.terms[node].take() {
                Some(terms) => self.chain(node, &terms),
                None => self.row(op, node),
            },
            Does::Call { site, results } => {
                let behind = (node + 1..=node + results as usize).map(|k| Read(k as u32));
                self.push(Action::Call { site, results }, node, reads().chain(behind), 0);
                for result in node + 1..=node + results as usize {
                    self.end(result, Read(result as u32));
                }
            }
            // Its outputs are there when the call has been made.
            Does::Result => return,
            Does::Guard(test) => {
                self.tests.push(test);
                self.push(Action::Guard(self.tests.len() as u32 - 1), node, reads(), 0);
            }
            Does::Give(_) | Does::Sum => {
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
            self.end(node, Read(node as u32));
        }
    }

    fn row(&mut self, op: Op, node: usize) {
        let straight = self.straight;
        let operands = straight.operands(node);
        if let Some(pairs) = self.pairs(op, node) {
            return self.push(Action::Dot, node, pairs, 0);
        }
        let reads: Vec<Read> = match takes(op) {
            Takes::Any => operands.iter().map(|value| read(*value)).collect(),
            // One uniform operand of two is read as it is.
            Takes::OneUniform if operands.iter().any(|value| value.varies()) => {
                operands.iter().map(|value| read(*value)).collect()
            }
            _ => operands.iter().map(|value| self.in_slot(*value)).collect(),
        };
        self.push(Action::Row(op), node, reads, straight.data_of(node));
    }

    /// The pairs of operands that a row multiplies and adds in four running sums, where that is what it does.
    fn pairs(&mut self, op: Op, node: usize) -> Option<Vec<Read>> {
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
                let weight = |k: usize| Read((place + k) as u32 | Read::UNIFORM);
                operands.iter().enumerate().flat_map(|(k, x)| [read(*x), weight(k)]).collect()
            }
            _ => return None,
        })
    }

    /// What is read in a slot, whether it varies or not.
    fn in_slot(&mut self, value: LaneValue) -> Read {
        let Place::Uniform(k) = value.place() else { return read(value) };
        let spread = &mut self.spread;
        let place = *self.spread_at.entry(k as u32).or_insert_with(|| {
            spread.push(k as u32);
            spread.len() as u32 - 1
        });
        Read((self.straight.nodes().len() as u32) + place)
    }

    /// The outputs that a node is.
    fn end(&mut self, node: usize, value: Read) {
        for action in core::mem::take(&mut self.ends[node]) {
            self.push(action, node, [value], 0);
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
            reads.extend([Read(word), read(a)]);
            reads.extend(b.map(read));
        }
        self.push(Action::Chain { careful }, node, reads, 0);
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
            && last.action == (Action::Products { careful })
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
                self.operands.extend([other, Read(number)]);
                last.count += 2;
                return;
            }
        }
        self.push(Action::Products { careful }, 0, [a, b, Read(number)], 0);
    }

    /// Gives each result a slot, and operands those of what they read. How many slots there are.
    fn place(&mut self) -> usize {
        let nodes = self.straight.nodes().len();
        let spread = self.spread.len();
        let mut last = vec![u32::MAX; nodes + spread];
        for (k, step) in self.steps.iter().enumerate() {
            each_read(step, &self.operands, |place| {
                let value = self.operands[place];
                if !value.is_uniform() {
                    last[value.index()] = k as u32;
                }
            });
        }
        // What is spread keeps its slot.
        let (mut free, mut slots) = (Vec::new(), spread as u32);
        let mut slot_of = vec![u32::MAX; nodes];
        slot_of.extend(0..slots);
        last[nodes..].fill(u32::MAX);
        let Self { steps, operands, .. } = self;
        for (k, step) in steps.iter_mut().enumerate() {
            let mut freed = Vec::new();
            let mut places = Vec::new();
            each_read(step, operands, |place| places.push(place));
            for place in places {
                let value = operands[place];
                if value.is_uniform() {
                    continue;
                }
                let node = value.index();
                operands[place] = Read(slot_of[node]);
                if last[node] == k as u32 {
                    last[node] = u32::MAX;
                    freed.push(slot_of[node]);
                }
            }
            let mut take = |node: usize| {
                let slot = free.pop().unwrap_or_else(|| {
                    slots += 1;
                    slots - 1
                });
                slot_of[node] = slot;
                slot
            };
            match step.action {
                Action::Load { .. } => {
                    for place in (step.first as usize..(step.first + step.count) as usize).step_by(2) {
                        let node = operands[place].index();
                        let slot = take(node);
                        operands[place] = Read(slot);
                        if last[node] == u32::MAX {
                            freed.push(slot);
                        }
                    }
                    step.result = 0;
                }
                Action::Row(_) | Action::Dot | Action::Chain { .. } => {
                    let node = step.result as usize;
                    step.result = take(node);
                    if last[node] == u32::MAX {
                        free.push(step.result);
                    }
                }
                Action::Call { results, .. } => {
                    let end = (step.first + step.count) as usize;
                    let range = end - results as usize..end;
                    for result in &mut operands[range.clone()] {
                        *result = Read(take(result.index()));
                    }
                    // Those that nothing reads make room at once.
                    let call = step.result as usize;
                    for (j, place) in range.enumerate() {
                        if last[call + 1 + j] == u32::MAX {
                            free.push(operands[place].number());
                        }
                    }
                }
                Action::Guard(_) | Action::Give { .. } | Action::Sum(_) | Action::Products { .. } => {
                    step.result = 0
                }
            }
            // Only now, so that a result has a slot of its own.
            free.extend(freed);
        }
        slots as usize
    }
}

/// Turns slots into the places of their first lanes.
fn by_lanes(steps: &mut [Step], operands: &mut [Read], width: usize) {
    for step in steps {
        let mut places = Vec::new();
        each_read(step, operands, |place| places.push(place));
        each_result(step, |place| places.push(place));
        for place in places {
            let read = &mut operands[place];
            if !read.is_uniform() {
                *read = Read(read.0 * width as u32);
            }
        }
        step.result *= width as u32;
    }
}

/// The places of slots that a step writes, where these stand among its operands.
fn each_result(step: &Step, each: impl FnMut(usize)) {
    let (first, end) = (step.first as usize, (step.first + step.count) as usize);
    match step.action {
        Action::Call { results, .. } => (end - results as usize..end).for_each(each),
        Action::Load { .. } => (first..end).step_by(2).for_each(each),
        _ => {}
    }
}

/// The places of what a step reads.
fn each_read(step: &Step, operands: &[Read], mut each: impl FnMut(usize)) {
    let (first, end) = (step.first as usize, (step.first + step.count) as usize);
    match step.action {
        Action::Chain { .. } => {
            let mut place = first;
            while place < end {
                let both = operands[place].number() != word::WHOLE;
                each(place + 1);
                if both {
                    each(place + 2);
                }
                place += 2 + usize::from(both);
            }
        }
        Action::Call { results, .. } => (first..end - results as usize).for_each(each),
        Action::Load { .. } => {}
        Action::Products { .. } => {
            each(first);
            (first + 1..end).step_by(2).for_each(each);
        }
        _ => (first..end).for_each(each),
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
