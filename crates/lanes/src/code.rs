//! Code as it is run: steps over slots of lanes, which are used again as soon as nothing reads them any more.
//!
//! Invariants, checked when it is made: a step reads and writes slots of the code, another than those that it reads, and uniform
//! numbers that it has. By construction, a slot that is read has been written by an earlier step.

use wengert_ops::Test;

use crate::chains;
use crate::lower::{Lowering, by_lanes};
use crate::steps::{CodeStep, SlotRead, StepAction, each_read, each_result};
use crate::straight::Straight;

/// Memory of lanes that code may take, in bytes at `f64`, before it runs over fewer rows at a time. It is a constant, so that
/// what is run does not depend on the machine. What is beyond the second cache is paid for less than narrow lanes are: with 3,200
/// slots, over 64, 32 and 16 rows at a time, a mixture's gradient took 1.3, 2.7 and 3.7 times the plain value.
const BUDGET: usize = 2 << 20;

/// How many rows are summed in lanes before the lanes are joined.
pub const GROUP: usize = 64;

/// The most and the least rows that code runs over at a time; half the most lies between.
const WIDEST: usize = GROUP;
const NARROWEST: usize = 16;

/// Straight-line code, ready to be run over many rows at a time. Immutable, to be shared between threads.
#[derive(Clone, Debug)]
pub struct Code {
    pub(crate) steps: Vec<CodeStep>,
    pub(crate) operands: Vec<SlotRead>,
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
    maxima: usize,
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
        lowering.finish();
        let slots = lowering.place();
        let Lowering { mut steps, mut operands, tests, spread, weights, gives, sums, maxima, .. } = lowering;
        let uniforms = straight.uniforms();
        let (data, mut constants) = straight.into_data();
        constants.extend(weights);
        let fits = |width: &usize| slots * width * size_of::<f64>() <= BUDGET;
        let by_budget = || [WIDEST, WIDEST / 2].into_iter().find(fits).unwrap_or(NARROWEST);
        let width = width.unwrap_or_else(by_budget);
        by_lanes(&mut steps, &mut operands, width);
        let code = Self {
            steps,
            operands,
            data,
            tests,
            constants,
            spread,
            uniforms,
            slots,
            width,
            gives,
            sums,
            maxima,
        };
        assert!(code.holds(), "code reads and writes slots and numbers of its own");
        code
    }

    /// Whether steps read and write slots and numbers that there are: what runs rely on, who check nothing.
    fn holds(&self) -> bool {
        let lanes = self.slots * self.width;
        let is_slot = |lane: usize| lane + self.width <= lanes && lane.is_multiple_of(self.width.max(1));
        let is_there = |read: SlotRead| {
            if read.is_uniform() { read.index() < self.numbers() } else { is_slot(read.index()) }
        };
        self.steps.iter().all(|step| {
            let (mut all, mut apart) = (true, true);
            each_read(step, &self.operands, |place| {
                let read = self.operands[place];
                all &= is_there(read);
                all &= !matches!(step.action, StepAction::GiveSquares { .. }) || !read.is_uniform();
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

    /// Of how many numbers it gives the [greatest](crate::RowMaximum) over rows.
    #[must_use]
    pub fn maxima(&self) -> usize {
        self.maxima
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

    /// The table and column of each number that is read of rows.
    pub fn columns(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.steps.iter().flat_map(|step| {
            let (table, count) = match step.action {
                StepAction::Load { table } => (table as usize, step.count as usize),
                _ => (0, 0),
            };
            let pairs = self.operands[step.first as usize..][..count].as_chunks::<2>().0;
            pairs.iter().map(move |[_, column]| (table, column.number() as usize))
        })
    }
}
