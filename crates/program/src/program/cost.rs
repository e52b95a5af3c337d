//! What passes over a program cost: the sum over its nodes. The table is [`Cost`]'s.

use wengert_ops::Op;
use wengert_tape::Tape;
use wengert_tape::call::Cost;

/// What passes over a tape cost.
pub(crate) fn of(tape: &Tape) -> Cost {
    let mut cost = Cost::default();
    for node in tape.walk() {
        if node.op == Op::Foreign {
            let called = tape.callee(node.id).map_or(Cost::of_unknown(), |callee| callee.operation().cost());
            cost.add(&Cost::of_call(&called));
        } else {
            cost.add(&Cost::of_node(node.op.info(), node.operands.len()));
        }
    }
    cost
}

#[cfg(test)]
mod tests {
    use wengert_tape::Var;
    use wengert_tape::call::Mode;

    use super::*;
    use crate::program::Program;

    /// The widths of all passes over so many lines.
    fn passes(cost: &Cost, mode: Mode, lines: usize) -> Vec<usize> {
        let mut left = lines;
        let mut widths = Vec::new();
        while left > 0 {
            widths.push(cost.widths(mode, left).0);
            left = left.saturating_sub(widths[widths.len() - 1]);
        }
        widths
    }

    fn of(f: impl FnOnce(&[Var]) -> Vec<Var>) -> Cost {
        super::of(Program::record(&[0.5; 4], f).unwrap().tape())
    }

    #[test]
    fn passes_are_as_wide_as_is_worth_it() {
        let sines = of(|x| x.iter().map(|x| x.sin()).collect());
        let products = of(|x| x.iter().map(|y| *y * x[0]).collect());
        for mode in [Mode::Forward, Mode::Reverse] {
            for cost in [&sines, &products] {
                for lines in 0..40 {
                    let widths = passes(cost, mode, lines);
                    assert!(widths.iter().sum::<usize>() >= lines && widths.len() <= lines);
                }
            }
        }
        assert_eq!(passes(&sines, Mode::Forward, 1), [1]);
        assert_eq!(passes(&sines, Mode::Forward, 16), [8, 8]);
        assert_eq!(passes(&products, Mode::Forward, 3), [1, 1, 1]);
        assert_eq!(passes(&products, Mode::Reverse, 9), [8, 1]);
        assert_eq!(passes(&products, Mode::Reverse, 4), [4]);
    }

    #[test]
    fn modes_follow_from_counts() {
        let cost = of(|x| x.iter().map(|y| (*y * x[0]).sin()).collect());
        assert_eq!(cost.mode(1, 50), Mode::Forward);
        assert_eq!(cost.mode(50, 1), Mode::Reverse);
        for n in 3..100 {
            assert_eq!(cost.mode(n, n), Mode::Reverse, "{n} × {n}");
        }
        assert_eq!(cost.mode_at_width(4, 3, 400), Mode::Forward);
        // What is called counts, and so does how often.
        let inner = Program::record(&[0.5], |x| vec![(0..100).fold(x[0], |y, _| y.sin())]).unwrap();
        let (once, twice) = (of(|x| inner.call(&x[..1])), of(|x| inner.map(&x[..2], &[])));
        let one = |cost: &Cost, mode| cost.widths(mode, 1).1;
        let eight = |cost: &Cost| cost.widths(Mode::Forward, 8).1;
        assert!(one(&once, Mode::Forward) > 700.0 && one(&once, Mode::Reverse) > 900.0);
        assert!(eight(&twice) > 1.8 * eight(&once));
    }
}
