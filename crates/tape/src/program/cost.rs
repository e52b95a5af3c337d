//! What sweeps over a program cost, estimated from the program alone: how often it does what, times a table. It is the one
//! place by which modes and widths are chosen; never by a clock, so that the same program is always swept the same way.
//!
//! The table is in nanoseconds of one machine (an Intel Xeon of family 6, model 167, 30 November 2026; `cargo run --release -p
//! wengert-benches --bin jacobian` prints what it was taken from). Ratios alone count, and where two ways are about even it
//! does not matter which is taken.

use wengert_ops::{Op, PartialKind};

use crate::call::Callee;
use crate::tape::Tape;

/// The two ways to a Jacobian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Tangents, along with the values: by columns.
    Forward,
    /// Adjoints, after the values: by rows.
    Reverse,
}

/// How many directions or seeds one pass carries.
pub(crate) const WIDTHS: [usize; 3] = [1, 4, 8];

/// What passes over a program cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// A run forward that saves partials.
    saving: f64,
    /// A run forward with so many tangents, by [`WIDTHS`].
    forward: [f64; 3],
    /// A reverse sweep of so many seeds, by [`WIDTHS`].
    reverse: [f64; 3],
}

/// A node of fixed arity.
const NODE: Cost = Cost { saving: 2.0, forward: [2.0, 14.0, 19.5], reverse: [2.0, 3.1, 5.0] };
/// What an elementary function costs more. Beside several tangents it does not show.
const FUNCTION: Cost = Cost { saving: 6.0, forward: [6.0, 0.0, 0.0], reverse: [0.0; 3] };
/// An operand of an n-ary node.
const OPERAND: Cost = Cost { saving: 0.5, forward: [1.2, 1.4, 1.7], reverse: [0.8, 1.0, 1.2] };
/// A call, beside what is called.
const CALL: Cost = Cost { saving: 50.0, forward: [50.0; 3], reverse: [50.0; 3] };
/// Code that nobody can look into: once for its value, and once more for each direction or seed.
const UNKNOWN: Cost =
    Cost { saving: 200.0, forward: [400.0, 1000.0, 1800.0], reverse: [200.0, 800.0, 1600.0] };

/// An equation: its solver for a value; a factorization for each pass, and with it all directions or seeds.
const EQUATION: Cost = Cost { saving: 200.0, forward: [600.0, 700.0, 900.0], reverse: [400.0, 500.0, 700.0] };

impl Cost {
    pub(crate) fn of(tape: &Tape) -> Self {
        let mut cost = Self::default();
        for node in tape.arena.nodes(0) {
            let info = node.op.info();
            if node.op == Op::Foreign {
                cost.add(&CALL, 1.0);
                cost.add(&tape.calls.at(node.id).map_or(UNKNOWN, Callee::cost), 1.0);
            } else if info.arity.is_none() {
                cost.add(&OPERAND, node.operands.len() as f64);
            } else if info.arity != Some(0) {
                cost.add(&NODE, 1.0);
                if info.kinds.contains(&PartialKind::Saved) {
                    cost.add(&FUNCTION, 1.0);
                }
            }
        }
        cost
    }

    /// An elementary function.
    pub(crate) fn of_function() -> Self {
        let mut cost = NODE;
        cost.add(&FUNCTION, 1.0);
        cost
    }

    /// The solution of an equation.
    pub(crate) fn of_equation() -> Self {
        EQUATION
    }

    /// Code that nobody can look into.
    pub(crate) fn of_unknown() -> Self {
        UNKNOWN
    }

    /// That of a program where it is called: in reverse it is run forward again, and swept once a seed.
    pub(crate) fn called(mut self) -> Self {
        let one = self.reverse[0];
        for (sweep, width) in self.reverse.iter_mut().zip(WIDTHS) {
            *sweep = self.saving + one * width as f64;
        }
        self
    }

    /// So many times as much.
    pub(crate) fn times(self, count: usize) -> Self {
        let mut all = Self::default();
        all.add(&self, count as f64);
        all
    }

    fn add(&mut self, other: &Self, times: f64) {
        let parts = |cost: &Self| {
            let ([f1, f4, f8], [r1, r4, r8]) = (cost.forward, cost.reverse);
            [cost.saving, f1, f4, f8, r1, r4, r8]
        };
        let (own, more) = (parts(self), parts(other));
        let sum: [f64; 7] = core::array::from_fn(|k| own[k] + times * more[k]);
        let [saving, f1, f4, f8, r1, r4, r8] = sum;
        *self = Self { saving, forward: [f1, f4, f8], reverse: [r1, r4, r8] };
    }

    /// The cheaper mode for so many columns and rows, where passes have the width that is best for each.
    pub(crate) fn mode(&self, columns: usize, rows: usize) -> Mode {
        let forward = self.widths(Mode::Forward, columns).1;
        cheaper(forward, self.saving + self.widths(Mode::Reverse, rows).1)
    }

    /// The same where all passes are of one width, which is one of [`WIDTHS`].
    pub(crate) fn mode_at_width(&self, width: usize, columns: usize, rows: usize) -> Mode {
        let k = WIDTHS.iter().position(|w| *w == width).unwrap_or(0);
        let passes = |lines: usize| lines.div_ceil(WIDTHS[k]) as f64;
        cheaper(passes(columns) * self.forward[k], self.saving + passes(rows) * self.reverse[k])
    }

    /// The width of the next pass where so many lines are left, and what all passes then cost.
    pub(crate) fn widths(&self, mode: Mode, lines: usize) -> (usize, f64) {
        let costs = match mode {
            Mode::Forward => self.forward,
            Mode::Reverse => self.reverse,
        };
        // What is a multiple of the widest is done by the width that is best at it; the rest by looking at all ways.
        let widest = WIDTHS[WIDTHS.len() - 1];
        let whole = |k: usize| costs[k] * (widest / WIDTHS[k]) as f64;
        let best = (0..WIDTHS.len()).fold(0, |best, k| if whole(k) < whole(best) { k } else { best });
        let mut least = [(WIDTHS[0], 0.0); WIDTHS[WIDTHS.len() - 1] + 1];
        for left in 1..least.len() {
            let all = |k: usize| (WIDTHS[k], costs[k] + least[left.saturating_sub(WIDTHS[k])].1);
            least[left] = (1..WIDTHS.len()).map(all).fold(all(0), |a, b| if b.1 < a.1 { b } else { a });
        }
        let (rest, more) = least[lines % widest];
        let total = whole(best) * (lines / widest) as f64 + more;
        (if lines >= widest { WIDTHS[best] } else { rest }, total)
    }
}

/// Reverse only where it is cheaper.
fn cheaper(forward: f64, reverse: f64) -> Mode {
    if reverse < forward { Mode::Reverse } else { Mode::Forward }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Program;
    use crate::var::Var;

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
        Cost::of(Program::record(&[0.5; 4], f).unwrap().tape())
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
        assert!(once.forward[0] > 700.0 && once.reverse[0] > 900.0);
        assert!(twice.forward[2] > 1.8 * once.forward[2]);
    }
}
