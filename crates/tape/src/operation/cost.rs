//! What sweeps cost, estimated from operations alone: how often each is done, times a table. It is the one place by which modes
//! and widths are chosen; never by a clock, so that the same program is always swept the same way.
//!
//! The table is in nanoseconds of one machine (an Intel Xeon of family 6, model 167, 30 November 2026; `cargo run --release -p
//! wengert-benches --bin jacobian` prints what it was taken from). Ratios alone count, and where two ways are about even it
//! does not matter which is taken.

use wengert_ops::{Info, PartialKind};

/// The two ways to a Jacobian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Tangents, along with the values: by columns.
    Forward,
    /// Adjoints, after the values: by rows.
    Reverse,
}

/// How many directions or seeds one pass carries.
pub const WIDTHS: [usize; 3] = [1, 4, 8];

/// The WIDEST pass: the last of [`WIDTHS`].
pub const WIDEST: usize = WIDTHS[WIDTHS.len() - 1];

/// What passes over a program cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
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
    /// A node of the table, of so many operands.
    #[must_use]
    pub fn of_node(info: &Info, operands: usize) -> Self {
        match info.arity {
            None => OPERAND.times(operands),
            Some(0) => Self::default(),
            Some(_) if info.kinds.contains(&PartialKind::Saved) => Self::of_function(),
            Some(_) => NODE,
        }
    }

    /// A call, of an operation that costs so much.
    #[must_use]
    pub fn of_call(operation: &Self) -> Self {
        let mut cost = CALL;
        cost.add(operation);
        cost
    }

    /// An elementary function.
    #[must_use]
    pub fn of_function() -> Self {
        let mut cost = NODE;
        cost.add(&FUNCTION);
        cost
    }

    /// The solution of an equation.
    #[must_use]
    pub fn of_equation() -> Self {
        EQUATION
    }

    /// Code that nobody can look into.
    #[must_use]
    pub fn of_unknown() -> Self {
        UNKNOWN
    }

    /// That of a program where it is called: in reverse it is run forward again, and swept once a seed.
    #[must_use]
    pub fn called(mut self) -> Self {
        let one = self.reverse[0];
        for (sweep, width) in self.reverse.iter_mut().zip(WIDTHS) {
            *sweep = self.saving + one * width as f64;
        }
        self
    }

    /// So many times as much.
    #[must_use]
    pub fn times(self, count: usize) -> Self {
        let times = |cost: f64| cost * count as f64;
        Self {
            saving: times(self.saving),
            forward: self.forward.map(times),
            reverse: self.reverse.map(times),
        }
    }

    /// Adds what something else costs.
    pub fn add(&mut self, other: &Self) {
        self.saving += other.saving;
        self.forward.iter_mut().zip(other.forward).for_each(|(own, more)| *own += more);
        self.reverse.iter_mut().zip(other.reverse).for_each(|(own, more)| *own += more);
    }

    /// The cheaper mode for so many columns and rows, where passes have the width that is best for each.
    #[must_use]
    pub fn mode(&self, columns: usize, rows: usize) -> Mode {
        let forward = self.widths(Mode::Forward, columns).1;
        cheaper(forward, self.saving + self.widths(Mode::Reverse, rows).1)
    }

    /// The same where all passes are of one width, which is one of [`WIDTHS`].
    #[must_use]
    pub fn mode_at_width(&self, width: usize, columns: usize, rows: usize) -> Mode {
        let k = WIDTHS.iter().position(|w| *w == width).unwrap_or(0);
        let passes = |lines: usize| lines.div_ceil(WIDTHS[k]) as f64;
        cheaper(passes(columns) * self.forward[k], self.saving + passes(rows) * self.reverse[k])
    }

    /// The width of the next pass where so many lines are left, and what all passes then cost.
    #[must_use]
    pub fn widths(&self, mode: Mode, lines: usize) -> (usize, f64) {
        let costs = match mode {
            Mode::Forward => self.forward,
            Mode::Reverse => self.reverse,
        };
        // What is a multiple of the WIDEST is done by the width that is best at it; the rest by looking at all ways.
        let whole = |k: usize| costs[k] * (WIDEST / WIDTHS[k]) as f64;
        let best = (0..WIDTHS.len()).fold(0, |best, k| if whole(k) < whole(best) { k } else { best });
        let mut least = [(WIDTHS[0], 0.0); WIDEST + 1];
        for left in 1..least.len() {
            let all = |k: usize| (WIDTHS[k], costs[k] + least[left.saturating_sub(WIDTHS[k])].1);
            least[left] = (1..WIDTHS.len()).map(all).fold(all(0), |a, b| if b.1 < a.1 { b } else { a });
        }
        let (rest, more) = least[lines % WIDEST];
        let total = whole(best) * (lines / WIDEST) as f64 + more;
        (if lines >= WIDEST { WIDTHS[best] } else { rest }, total)
    }
}

/// Reverse only where it is cheaper.
fn cheaper(forward: f64, reverse: f64) -> Mode {
    if reverse < forward { Mode::Reverse } else { Mode::Forward }
}
