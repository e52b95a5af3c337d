//! The binomial schedule: which states of a time loop to keep, and in which order to advance, go back and reverse.
//!
//! Integers alone. Invariants: never more than `snapshots` states are held, the initial one included; step `k` is
//! reversed once, after step `k + 1`, and at that moment the state before it is the current one; the states held are a
//! stack, and a slot is its place in it.
//!
//! Griewank & Walther, *Algorithm 799: revolve*, ACM TOMS 26 (2000).

use core::iter::FusedIterator;

/// What to do next with a time loop. State `k` is the one before step `k`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Evaluate steps `from..to`, recording nothing: the current state, `from`, becomes state `to`.
    Advance {
        /// The step to begin with.
        from: usize,
        /// The state to end at.
        to: usize,
    },
    /// Keep the current state.
    Store {
        /// The state.
        k: usize,
        /// Where: 1 to `snapshots − 1`. Whatever was there is needed no more.
        slot: usize,
    },
    /// Make a kept state the current one again. It stays kept.
    Restore {
        /// The state.
        k: usize,
        /// Where it is; slot 0 holds the initial state from the beginning.
        slot: usize,
    },
    /// Record the step from the current state, and sweep it in reverse.
    Reverse {
        /// The step.
        k: usize,
    },
}

/// The binomial schedule for reversing `l` steps while holding at most `c` states, the initial one among them: the
/// [actions](Action) in order.
///
/// It needs the fewest *advances*, evaluations of a step that are not recorded, that any schedule can need. With the
/// repetition number `r`, the smallest for which C(c+r, c) ≥ l, no step is advanced over more than `r` times, and there
/// are
///
/// > r·l − C(c+r, c+1)
///
/// advances in all. The evaluation that records a step is not among them: there are `l` of those. Of the schedules with
/// that many advances it is one that stores the fewest states.
///
/// ```
/// use wengert::checkpoint::Schedule;
///
/// assert_eq!(Schedule::new(1_000, 10).advances(), 3_636);
/// assert_eq!(Schedule::new(1_000, 20).advances(), 2_747);
///
/// // Three steps, one state besides the initial one.
/// use wengert::checkpoint::Action::*;
/// let actions: Vec<_> = Schedule::new(3, 2).collect();
/// assert_eq!(actions, [
///     Advance { from: 0, to: 1 },
///     Store { k: 1, slot: 1 },
///     Advance { from: 1, to: 2 },
///     Reverse { k: 2 },
///     Restore { k: 1, slot: 1 },
///     Reverse { k: 1 },
///     Restore { k: 0, slot: 0 },
///     Reverse { k: 0 },
/// ]);
/// ```
///
/// Cost: a few integer operations an action, `r` of them at a store; memory for `c` integers.
#[derive(Clone, Debug)]
pub struct Schedule {
    snapshots: usize,
    /// Steps that are not yet reversed.
    left: usize,
    /// The current state; none after a step was reversed.
    at: Option<usize>,
    /// The states held, ascending; the first is 0.
    held: Vec<usize>,
}

impl Schedule {
    /// The schedule for so many steps and states held at once. Holding none is holding one: the initial state is
    /// always there.
    #[must_use]
    pub fn new(steps: usize, snapshots: usize) -> Self {
        Self { snapshots: snapshots.max(1), left: steps, at: Some(0), held: vec![0] }
    }

    /// How many steps a new schedule advances over, by the closed formula.
    ///
    /// ```
    /// use wengert::checkpoint::Schedule;
    /// // The initial state alone: 9 + 8 + … + 0.
    /// assert_eq!(Schedule::new(10, 1).advances(), 45);
    /// ```
    ///
    /// A schedule that has begun gives the number of a new one for the steps that are left.
    #[must_use]
    pub fn advances(&self) -> u128 {
        let (l, c) = (self.left as u128, self.snapshots as u128);
        if c == 1 {
            return l * l.saturating_sub(1) / 2;
        }
        let reach = Reach::over(l, c);
        // C(c+r, c+1) = C(c+r, c)·r/(c+1).
        reach.r * l - reach.steps * reach.r / (c + 1)
    }

    /// Where to keep a state next, between a held one and the end of its `l ≥ 2` steps, with `c ≥ 2` states to hold,
    /// that one among them: so many steps ahead.
    fn leap(l: usize, c: usize) -> usize {
        let (l, c) = (l as u128, c as u128);
        // With β(c, r) = C(c+r, c), the most steps within r repetitions, all the leaps for which both
        //   β(c, r−2) ≤ leap ≤ β(c, r−1)  and  β(c−1, r−1) ≤ l − leap ≤ β(c−1, r)
        // lead to the fewest advances; those below to the fewest stores too.
        let Reach { r, steps } = Reach::over(l, c);
        let shorter = steps * r / (c + r); // β(c, r−1)
        let fewer = shorter * c / (c + r - 1); // β(c−1, r−1)
        let fewest = fewer * (c - 1) / (c + r - 2).max(1); // β(c−2, r−1)
        let after = match c {
            2 => 0,
            3 => 1,
            _ => fewest * (c - 2) / r, // β(c−3, r)
        };
        let leap = if l <= shorter + fewest {
            fewer * (r - 1) / c // β(c, r−2)
        } else if l >= steps - after {
            shorter
        } else {
            l - fewer - fewest
        };
        leap.max(1) as usize
    }
}

/// The repetition number `r` of `l` steps and `c` states, and the most steps that are within it: C(c+r, c).
struct Reach {
    r: u128,
    steps: u128,
}

impl Reach {
    fn over(l: u128, c: u128) -> Self {
        let mut reach = Self { r: 0, steps: 1 };
        while reach.steps < l {
            reach.r += 1;
            // C(c+r, c) = C(c+r−1, c)·(c+r)/r, below l·(c+1) throughout.
            reach.steps = reach.steps * (c + reach.r) / reach.r;
        }
        reach
    }
}

impl Iterator for Schedule {
    type Item = Action;

    fn next(&mut self) -> Option<Action> {
        let last = self.left.checked_sub(1)?;
        if self.held.last().is_some_and(|k| *k > last) {
            self.held.pop();
        }
        let slot = self.held.len() - 1;
        let k = self.held[slot];
        Some(match self.at {
            None => {
                self.at = Some(k);
                Action::Restore { k, slot }
            }
            Some(at) if at == last => {
                self.at = None;
                self.left = last;
                Action::Reverse { k: last }
            }
            Some(at) if at > k => {
                self.held.push(at);
                Action::Store { k: at, slot: slot + 1 }
            }
            Some(from) => {
                let free = self.snapshots - slot;
                let to = if free == 1 { last } else { from + Self::leap(self.left - from, free) };
                self.at = Some(to);
                Action::Advance { from, to }
            }
        })
    }
}

impl FusedIterator for Schedule {}

#[cfg(test)]
mod tests {
    use super::{Action, Schedule};

    /// Follows a schedule, checks that each action can be done, and counts advances and stores.
    fn follow(steps: usize, snapshots: usize) -> (u128, u128) {
        let (mut advances, mut stores) = (0, 0);
        let (mut at, mut left) = (Some(0), steps);
        let mut kept = vec![None; snapshots];
        kept[0] = Some(0);
        for action in Schedule::new(steps, snapshots) {
            match action {
                Action::Advance { from, to } => {
                    assert!(at == Some(from) && from < to && to < left, "{action:?} from {at:?}");
                    advances += (to - from) as u128;
                    at = Some(to);
                }
                Action::Store { k, slot } => {
                    assert!(at == Some(k) && slot >= 1, "{action:?} at {at:?}");
                    assert!(kept[slot].is_none_or(|old| old >= left), "{action:?} over what is needed");
                    kept[slot] = Some(k);
                    stores += 1;
                }
                Action::Restore { k, slot } => {
                    assert_eq!(kept[slot], Some(k), "{action:?}");
                    at = Some(k);
                }
                Action::Reverse { k } => {
                    assert!(at == Some(k) && k + 1 == left, "{action:?} at {at:?}, {left} left");
                    (at, left) = (None, k);
                }
            }
        }
        assert_eq!(left, 0, "not all of {steps} steps are reversed");
        (advances, stores)
    }

    fn binomial(n: u128, k: u128) -> u128 {
        if k > n { 0 } else { (0..k.min(n - k)).fold(1, |b, i| b * (n - i) / (i + 1)) }
    }

    /// r·l − C(c+r, c+1), written out.
    fn formula(l: u128, c: u128) -> u128 {
        let r = (0..=l).find(|r| binomial(c + r, c) >= l).unwrap_or(0);
        r * l - binomial(c + r, c + 1)
    }

    #[test]
    fn a_thousand_steps() {
        for (snapshots, advances) in [(5, 6_284), (10, 3_636), (20, 2_747), (40, 2_097)] {
            assert_eq!(follow(1_000, snapshots).0, advances);
            assert_eq!(Schedule::new(1_000, snapshots).advances(), advances);
            assert_eq!(formula(1_000, snapshots as u128), advances);
        }
    }

    #[test]
    fn as_the_formula_says() {
        for steps in (0..130).chain([255, 256, 257, 1_000, 1_001, 4_321, 20_000]) {
            for snapshots in [2, 3, 4, 5, 7, 10, 17, 40, 1_000] {
                let advances = follow(steps, snapshots).0;
                assert_eq!(advances, Schedule::new(steps, snapshots).advances(), "{steps}, {snapshots}");
                assert_eq!(advances, formula(steps as u128, snapshots as u128), "{steps}, {snapshots}");
            }
        }
        for steps in 0..130 {
            let expected = formula(steps as u128, 1);
            assert_eq!((follow(steps, 1).0, Schedule::new(steps, 1).advances()), (expected, expected));
        }
    }

    /// The fewest advances, and among those the fewest stores, by trying every place for the next state.
    #[test]
    fn no_schedule_is_better() {
        const STEPS: usize = 90;
        const SNAPSHOTS: usize = 9;
        let mut best = vec![[(0, 0); SNAPSHOTS + 1]; STEPS + 1];
        for l in 2..=STEPS {
            best[l][1] = ((l * (l - 1) / 2) as u128, 0);
            for c in 2..=SNAPSHOTS {
                let with = |leap: usize| {
                    let (after, before) = (best[l - leap][c - 1], best[leap][c]);
                    // The last step's state is swept at once and not stored.
                    let stored = u128::from(l - leap > 1);
                    (leap as u128 + after.0 + before.0, stored + after.1 + before.1)
                };
                best[l][c] = (1..l).map(with).min().unwrap_or_default();
            }
        }
        for (l, row) in best.iter().enumerate() {
            for (c, best) in row.iter().enumerate().skip(1) {
                assert_eq!(follow(l, c), *best, "{l} steps, {c} states");
            }
        }
    }

    #[test]
    fn extremes() {
        assert_eq!(Schedule::new(0, 5).next(), None);
        assert_eq!(Schedule::new(1, 0).collect::<Vec<_>>(), [Action::Reverse { k: 0 }]);
        assert_eq!(follow(50, 50), (49, 48)); // every state held: each step is advanced over once
        let l = usize::MAX as u128;
        assert_eq!(Schedule::new(usize::MAX, usize::MAX).advances(), l - 1);
        assert_eq!(Schedule::new(usize::MAX, 1).advances(), l * (l - 1) / 2);
        assert!(Schedule::new(usize::MAX, usize::MAX - 1).next().is_some());
        assert_eq!(Schedule::new(usize::MAX, 40).advances(), formula(l, 40));
    }
}
