//! Code as text: a line a step.

use core::fmt;

use crate::code::Code;
use crate::steps::{SlotRead, StepAction, word};

/// What a step reads, as `s4`, a slot, or `u7`, a uniform number.
struct SpelledRead(SlotRead, usize);

impl fmt::Display for SpelledRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_uniform() {
            write!(f, "u{}", self.0.index())
        } else {
            write!(f, "s{}", self.0.index() / self.1)
        }
    }
}

impl fmt::Display for Code {
    /// One step a line, by slots (`s0`) and uniform numbers (`u0`); constants stand behind the operands of runs.
    ///
    /// ```
    /// use wengert::lanes::{Code, Straight};
    /// use wengert::ops::Op;
    ///
    /// let mut straight = Straight::new(1);
    /// let (k, x) = (straight.uniform(0).unwrap(), straight.column(0, 3));
    /// let product = straight.row(Op::Mul, &[k, x], &[])?;
    /// straight.sum(product)?;
    /// assert_eq!(Code::new(straight).to_string(), "\
    /// 1 uniform, 1 slots of 64 lanes
    /// load table 0: s0 = 3
    /// sums of products with s0: u0 to 0
    /// ");
    /// # Ok::<(), wengert::lanes::StraightError>(())
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} uniform, {} slots of {} lanes", self.uniforms(), self.slots(), self.width())?;
        for (slot, uniform) in self.spread.iter().enumerate() {
            writeln!(f, "s{slot} = u{uniform}")?;
        }
        let spelled = |read: &SlotRead| SpelledRead(*read, self.width());
        for step in &self.steps {
            let result = step.result as usize / self.width();
            let reads = &self.operands[step.first as usize..][..step.count as usize];
            match step.action {
                StepAction::Load { table } => {
                    write!(f, "load table {table}:")?;
                    let pairs = reads.as_chunks::<2>().0;
                    pairs
                        .iter()
                        .try_for_each(|[a, column]| write!(f, " {} = {}", spelled(a), column.number()))?;
                }
                StepAction::Row(op) => {
                    write!(f, "s{} = {}", result, op.info().name)?;
                    reads.iter().try_for_each(|read| write!(f, " {}", spelled(read)))?;
                }
                StepAction::Chain { .. } => {
                    write!(f, "s{result} =")?;
                    self.chain(f, reads)?;
                }
                StepAction::Dot => {
                    write!(f, "s{result} = dot")?;
                    reads
                        .as_chunks::<2>()
                        .0
                        .iter()
                        .try_for_each(|[a, b]| write!(f, " {}×{}", spelled(a), spelled(b)))?;
                }
                StepAction::Call { site, results } => {
                    let (x, y) = reads.split_at(reads.len() - results as usize);
                    y.iter().try_for_each(|read| write!(f, "{} ", spelled(read)))?;
                    write!(f, "= call {site}")?;
                    x.iter().try_for_each(|read| write!(f, " {}", spelled(read)))?;
                }
                StepAction::Guard(guard) => {
                    write!(f, "guard {guard} {:?}", self.tests[guard as usize])?;
                    reads.iter().try_for_each(|read| write!(f, " {}", spelled(read)))?;
                }
                StepAction::Give { table } => {
                    write!(f, "give table {table}:")?;
                    let pairs = reads.as_chunks::<2>().0;
                    pairs
                        .iter()
                        .try_for_each(|[a, column]| write!(f, " {} = {}", column.number(), spelled(a)))?;
                }
                StepAction::GiveSquares { table } => {
                    write!(f, "give table {table}:")?;
                    for [first, slots @ ..] in reads.as_chunks::<5>().0 {
                        for (column, slot) in (first.number()..).zip(slots) {
                            write!(f, " {column} = {}", spelled(slot))?;
                        }
                    }
                }
                StepAction::Sum(sum) => write!(f, "sum {sum} of {}", spelled(&reads[0]))?,
                StepAction::Maximum(most) => write!(f, "maximum {most} of {}", spelled(&reads[0]))?,
                StepAction::Products { .. } => {
                    write!(f, "sums of products with {}:", spelled(&reads[0]))?;
                    let pairs = reads[1..].as_chunks::<2>().0;
                    pairs.iter().try_for_each(|[a, sum]| write!(f, " {} to {}", spelled(a), sum.number()))?;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl Code {
    /// The terms of a chain.
    fn chain(&self, f: &mut fmt::Formatter<'_>, reads: &[SlotRead]) -> fmt::Result {
        let spelled = |read: &SlotRead| SpelledRead(*read, self.width());
        let mut rest = reads;
        while let [word, a, more @ ..] = rest {
            let sign = match word.number() {
                word::PRODUCT => "×",
                word::PULL => "·",
                word::FUSED => "⊗",
                _ => "",
            };
            write!(f, " + {}", spelled(a))?;
            rest = match more {
                [b, more @ ..] if !sign.is_empty() => {
                    write!(f, "{sign}{}", spelled(b))?;
                    more
                }
                more => more,
            };
        }
        Ok(())
    }
}
