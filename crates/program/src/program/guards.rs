//! Whether the comparisons of a recording have, at other inputs, the outcomes that they had.

use wengert_ops::Real;
use wengert_tape::call::Diverged;
use wengert_tape::{Guard, Source, Tape, Test};

/// A comparison of two numbers: what it looks for, and whether it found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Compared {
    /// Which of below, above and equal answer it with yes.
    looked_for: u8,
    was: bool,
    slots: [u32; 2],
}

const BELOW: u8 = 1;
const ABOVE: u8 = 2;
const EQUAL: u8 = 4;

impl Compared {
    /// Whether it comes out otherwise.
    #[inline(always)]
    fn fails(self, a: f64, b: f64) -> bool {
        let found = (u8::from(a < b) * BELOW) | (u8::from(a > b) * ABOVE) | (u8::from(a == b) * EQUAL);
        (found & self.looked_for != 0) != self.was
    }

    /// Whether one of these comparisons comes out otherwise: several at a time.
    fn any_fails(self, pairs: impl Iterator<Item = (f64, f64)>) -> bool {
        #[inline(always)]
        fn any(pairs: impl Iterator<Item = (f64, f64)>, fails: impl Fn(f64, f64) -> bool) -> bool {
            pairs.fold(false, |any, (a, b)| any | fails(a, b))
        }
        let was = self.was;
        match self.looked_for {
            BELOW => any(pairs, |a, b| (a < b) != was),
            ABOVE => any(pairs, |a, b| (a > b) != was),
            _ => any(pairs, |a, b| self.fails(a, b)),
        }
    }
}

/// Comparisons of one kind, whose left operands follow one another; the right ones do so too, or are one number.
#[derive(Clone, Copy, Debug)]
struct ComparedInStep {
    first: Compared,
    count: usize,
    one: bool,
}

/// The guards of a program: comparisons of two numbers, which are checked without a branch each, and all others.
#[derive(Debug, Default)]
pub(super) struct Checks {
    in_step: Vec<ComparedInStep>,
    comparisons: Vec<Compared>,
    /// By number of the guard.
    others: Vec<u32>,
}

impl Checks {
    pub(super) fn new(guards: &[Guard], slots: &[[u32; 2]]) -> Self {
        const LONG: usize = 8;
        let mut checks = Self::default();
        let mut comparisons = Vec::new();
        for ((guard, slots), k) in guards.iter().zip(slots).zip(0..) {
            let (looked_for, was) = match guard.test {
                Test::Less(was) => (BELOW, was),
                Test::LessEqual(was) => (BELOW | EQUAL, was),
                Test::Greater(was) => (ABOVE, was),
                Test::GreaterEqual(was) => (ABOVE | EQUAL, was),
                Test::Equal(was) => (EQUAL, was),
                _ => {
                    checks.others.push(k);
                    continue;
                }
            };
            comparisons.push(Compared { looked_for, was, slots: *slots });
        }
        // Checked in any order: like ones together.
        comparisons.sort_unstable();
        comparisons.dedup();
        let mut rest = &comparisons[..];
        while let [first, ..] = *rest {
            let next = |one: bool| {
                let expected = |k: u32| Compared {
                    slots: [first.slots[0] + k, first.slots[1] + if one { 0 } else { k }],
                    ..first
                };
                rest.iter().zip(0..).take_while(|(comparison, k)| **comparison == expected(*k)).count()
            };
            let (one, each) = (next(true), next(false));
            let count = one.max(each);
            if count >= LONG {
                checks.in_step.push(ComparedInStep { first, count, one: one > each });
                rest = &rest[count..];
            } else {
                checks.comparisons.push(first);
                rest = &rest[1..];
            }
        }
        checks
    }

    /// Whether all hold.
    pub(super) fn hold<T: Real>(&self, values: &[T], guards: &[Guard], slots: &[[u32; 2]]) -> bool {
        let primals = |slots: [u32; 2]| slots.map(|slot| values[slot as usize].primal());
        let mut fails = false;
        for ComparedInStep { first, count, one } in &self.in_step {
            let [a, b] = first.slots.map(|slot| &values[slot as usize..]);
            let a = a[..*count].iter().map(|a| a.primal());
            fails |= if *one {
                let b = b[0].primal();
                first.any_fails(a.map(|a| (a, b)))
            } else {
                first.any_fails(a.zip(b[..*count].iter().map(|b| b.primal())))
            };
        }
        for comparison in &self.comparisons {
            let [a, b] = primals(comparison.slots);
            fails |= comparison.fails(a, b);
        }
        !fails
            && self.others.iter().all(|k| {
                let [a, b] = primals(slots[*k as usize]);
                guards[*k as usize].test.holds(a, b)
            })
    }
}

/// The first guard that does not hold, of which there is one.
#[cold]
#[inline(never)]
pub(super) fn diverged(primal: &dyn Fn(u32) -> f64, tape: &Tape, slots: &[[u32; 2]]) -> Diverged {
    let guards = tape.guards();
    let line = |operand: Source| match operand {
        Source::Node(node) => tape.line(node).cloned(),
        Source::Constant(_) => None,
    };
    let found = |(k, (guard, slots)): (usize, (&Guard, &[u32; 2]))| {
        let [left, right] = slots.map(primal);
        let diverged = || Diverged {
            guard: k,
            calls: 0,
            recorded: guard.test,
            found: guard.test.ask(left, right),
            left,
            right,
            at: guard.at.clone(),
            operands: guard.operands().map(line),
        };
        (!guard.test.holds(left, right)).then(diverged)
    };
    let first = guards.iter().zip(slots).enumerate().find_map(found);
    first.unwrap_or_else(|| unreachable!("a guard that failed holds"))
}
