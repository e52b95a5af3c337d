//! Sets of inputs, as many nodes of a tape depend on: shared, so that nodes that depend on the same inputs have the same
//! set, and compressed, so that a set of inputs in a row costs no more than one of them.
//!
//! A set is the union of earlier ones, its *parts*. One of few intervals knows them and is found again by them; one of many
//! is known by its parts alone, so that a long chain of unions takes memory in proportion to its length and not to its
//! square. Two sets of one number are equal; equal sets have one number nearly always, and nothing rests on it.
//!
//! This is *not* about operations (see `dependence.rs`).

use core::mem::take;

/// A set, by its number: 0 is the empty one, `k + 1` that of input `k` alone.
pub(crate) type SetId = u32;

/// The set of no input.
pub(crate) const EMPTY: SetId = 0;

/// Sets of more intervals are known by their parts alone.
const INTERVALS: usize = 16;
/// Sets of no more inputs have those as their parts.
const FEW: usize = 8;

/// Inputs `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Interval {
    start: u32,
    end: u32,
}

/// Sets of inputs in order of their making: parts have smaller numbers.
#[derive(Debug)]
pub(crate) struct Sets {
    inputs: u32,
    /// By set: its interval where it is a small one alone. Elsewhere `start` is the set's place in `larger`, and `end` is 0.
    small: Vec<Interval>,
    /// Where the intervals of the set in this place begin, and where its parts do; one entry more at the end.
    larger: Vec<[usize; 2]>,
    intervals: Vec<Interval>,
    /// None of those of few inputs, whose parts those are.
    parts: Vec<SetId>,
    /// By hash: the last set that fell there. Doubled as sets become more; where none fell it is the empty one.
    table: Vec<SetId>,
    /// Memory for what is being joined, and for its intervals.
    operands: Vec<SetId>,
    scratch: Vec<Interval>,
}

/// Which sets were met, in rounds: a new round forgets all of them at once.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// By set: the last round that met it.
    met: Vec<u32>,
    round: u32,
}

impl Marks {
    pub(crate) fn new(sets: usize) -> Self {
        Self { met: vec![0; sets], round: 0 }
    }

    pub(crate) fn new_round(&mut self) {
        self.round += 1;
    }

    /// Meets a set; `false` where it was met in this round already.
    #[inline]
    pub(crate) fn mark(&mut self, set: SetId) -> bool {
        core::mem::replace(&mut self.met[set as usize], self.round) != self.round
    }
}

/// How many inputs there are in disjoint intervals.
fn size(intervals: &[Interval]) -> u32 {
    intervals.iter().map(|i| i.end - i.start).sum()
}

impl Sets {
    /// The sets of single inputs, with room for so many more.
    pub(crate) fn new(inputs: usize, more: usize) -> Self {
        let inputs = inputs as u32;
        let mut small = Vec::with_capacity(inputs as usize + more + 1);
        // The empty set is the first of the larger ones: it is none of small intervals.
        small.push(Interval { start: 0, end: 0 });
        small.extend((0..inputs).map(|start| Interval { start, end: start + 1 }));
        let larger = vec![[0; 2]; 2];
        let table = vec![EMPTY; (inputs as usize + more / 2).next_power_of_two().max(64)];
        let (intervals, parts, operands, scratch) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { inputs, small, larger, intervals, parts, table, operands, scratch }
    }

    /// How many there are, the empty one included.
    pub(crate) fn len(&self) -> usize {
        self.small.len()
    }

    /// The intervals of a set; none where they are not known.
    fn intervals(&self, set: SetId) -> &[Interval] {
        match &self.small[set as usize] {
            Interval { start, end: 0 } => {
                &self.intervals[self.larger[*start as usize][0]..self.larger[*start as usize + 1][0]]
            }
            interval => core::slice::from_ref(interval),
        }
    }

    /// The sets that were joined to one of many inputs; none where it has few.
    fn operands(&self, set: SetId) -> &[SetId] {
        match self.small[set as usize] {
            Interval { start, end: 0 } => {
                &self.parts[self.larger[start as usize][1]..self.larger[start as usize + 1][1]]
            }
            _ => &[],
        }
    }

    /// Puts the sets of which one is the union into a list: those of its inputs where they are few.
    pub(crate) fn parts_into(&self, set: SetId, parts: &mut Vec<SetId>) {
        parts.clear();
        parts.extend_from_slice(self.operands(set));
        if parts.is_empty() {
            parts.extend(self.intervals(set).iter().flat_map(|i| i.start + 1..=i.end));
        }
    }

    /// Adds the inputs of a set to a list, in no order and perhaps some twice; `seen` is a mark for each set.
    pub(crate) fn inputs_into(&self, set: SetId, seen: &mut Marks, inputs: &mut Vec<u32>) {
        let mut open = vec![set];
        while let Some(set) = open.pop() {
            let intervals = self.intervals(set);
            inputs.extend(intervals.iter().flat_map(|i| i.start..i.end));
            if intervals.is_empty() {
                open.extend(self.operands(set).iter().filter(|part| seen.mark(**part)));
            }
        }
    }

    /// The union of two.
    #[inline]
    pub(crate) fn union(&mut self, a: SetId, b: SetId) -> SetId {
        match (a, b) {
            (EMPTY, other) | (other, EMPTY) => other,
            _ if a == b => a,
            _ => self.join_two(a, b),
        }
    }

    /// The union of two that differ, neither empty: of one interval each, nearly always.
    fn join_two(&mut self, a: SetId, b: SetId) -> SetId {
        let ([x], [y]) = (self.intervals(a), self.intervals(b)) else {
            self.operands.clear();
            self.operands.extend([a, b]);
            return self.join();
        };
        let (first, second) = if y < x { (*y, *x) } else { (*x, *y) };
        if second.start > first.end {
            return self.enter(&[first, second], &[a, b]);
        }
        let both = Interval { start: first.start, end: first.end.max(second.end) };
        // A union is no smaller than what it is made of, so one as large is the same.
        if both == *x {
            a
        } else if both == *y {
            b
        } else {
            self.enter(&[both], &[a, b])
        }
    }

    /// The union of any number.
    pub(crate) fn union_all(&mut self, sets: impl IntoIterator<Item = SetId>) -> SetId {
        self.operands.clear();
        self.operands.extend(sets.into_iter().filter(|set| *set != EMPTY));
        self.operands.sort_unstable();
        self.operands.dedup();
        match *self.operands {
            [] => EMPTY,
            [one] => one,
            _ => self.join(),
        }
    }

    /// The union of `operands`: two at least, none empty.
    fn join(&mut self) -> SetId {
        let (mut intervals, mut operands) = (take(&mut self.scratch), take(&mut self.operands));
        let set = if self.merge(&operands, &mut intervals) {
            let merged = size(&intervals);
            let same = |set: &&SetId| {
                let own = self.intervals(**set);
                own.len() == intervals.len() && size(own) == merged
            };
            operands.iter().find(same).copied().unwrap_or_else(|| self.enter(&intervals, &operands))
        } else {
            operands.sort_unstable();
            self.enter(&[], &operands)
        };
        (self.scratch, self.operands) = (intervals, operands);
        set
    }

    /// The set of these intervals, which is none of its operands; of no intervals, where they are not known, that of these
    /// parts.
    fn enter(&mut self, intervals: &[Interval], operands: &[SetId]) -> SetId {
        let place = self.place(intervals, operands);
        let found = self.table[place];
        if found != EMPTY
            && self.intervals(found) == intervals
            && (!intervals.is_empty() || self.operands(found) == operands)
        {
            return found;
        }
        let set = self.len() as SetId;
        let few = !intervals.is_empty() && size(intervals) as usize <= FEW;
        if let ([one], true) = (intervals, few) {
            self.small.push(*one);
        } else {
            self.small.push(Interval { start: self.larger.len() as u32 - 1, end: 0 });
            self.intervals.extend_from_slice(intervals);
            if !few {
                self.parts.extend_from_slice(operands);
            }
            self.larger.push([self.intervals.len(), self.parts.len()]);
        }
        if self.len() > self.table.len() {
            self.rehash();
        } else {
            self.table[place] = set;
        }
        set
    }

    /// Puts the intervals of sets together; `false` where they are too many, or one's are not known.
    fn merge(&self, operands: &[SetId], merged: &mut Vec<Interval>) -> bool {
        merged.clear();
        for set in operands {
            let intervals = self.intervals(*set);
            if intervals.is_empty() {
                return false;
            }
            merged.extend_from_slice(intervals);
        }
        merged.sort_unstable();
        merged.dedup_by(|next, last| {
            let touch = next.start <= last.end;
            if touch {
                last.end = last.end.max(next.end);
            }
            touch
        });
        merged.len() <= INTERVALS
    }

    /// Where a set of these intervals, or else parts, stands in the table. Sets of one shape that begin one after the other
    /// stand so too, so that they are found in the cache.
    fn place(&self, intervals: &[Interval], parts: &[SetId]) -> usize {
        let mix =
            |hash: u64, x: u32| (hash ^ u64::from(x)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
        let (first, hash) = match intervals.first() {
            Some(Interval { start, .. }) => {
                let relative = intervals.iter().flat_map(|i| [i.start - start, i.end - start]);
                (*start, relative.fold(1, mix))
            }
            None => (parts[0], parts.iter().copied().fold(2, mix)),
        };
        (u64::from(first).wrapping_add(hash >> 16) as usize) & (self.table.len() - 1)
    }

    /// A table of twice the size.
    fn rehash(&mut self) {
        self.table = vec![EMPTY; 2 * self.table.len()];
        for set in self.inputs + 1..self.len() as SetId {
            let place = self.place(self.intervals(set), self.operands(set));
            self.table[place] = set;
        }
    }
}
