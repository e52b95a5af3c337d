//! Sets of inputs, as many nodes of a tape depend on: shared, so that nodes that depend on the same inputs have the same
//! set, and compressed, so that a set of inputs in a row costs no more than one of them.
//!
//! A set is the union of earlier ones, its *parts*. One of few intervals knows them and is found again by them; one of many
//! is known by its parts alone, so that a long chain of unions takes memory in proportion to its length and not to its
//! square. Two sets of one number are equal; equal sets have one number nearly always, and nothing rests on it.
//!
//! This is *not* about operations (see `dependence.rs`).

/// A set, by its number: 0 is the empty one, `k + 1` that of input `k` alone.
pub(crate) type SetId = u32;

/// Of no input.
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
    /// By set: where its intervals begin, and where its parts do; one entry more at the end.
    begin: Vec<[usize; 2]>,
    intervals: Vec<Interval>,
    parts: Vec<SetId>,
    /// By hash: the last set that fell there. Doubled as sets become more; where none fell it is the empty one.
    table: Vec<SetId>,
    /// What is being joined, and its intervals where they are few.
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
        let mut begin = Vec::with_capacity(inputs as usize + more + 2);
        begin.push([0; 2]);
        begin.extend((0..=inputs as usize).map(|k| [k, 0]));
        let mut intervals = Vec::with_capacity(inputs as usize + more);
        intervals.extend((0..inputs).map(|start| Interval { start, end: start + 1 }));
        let (parts, operands, scratch) = (Vec::with_capacity(2 * more), Vec::new(), Vec::new());
        let table = vec![EMPTY; (inputs as usize + more / 2).next_power_of_two().max(64)];
        Self { inputs, begin, intervals, parts, table, operands, scratch }
    }

    /// How many there are, the empty one included.
    pub(crate) fn len(&self) -> usize {
        self.begin.len() - 1
    }

    fn intervals(&self, set: SetId) -> &[Interval] {
        &self.intervals[self.begin[set as usize][0]..self.begin[set as usize + 1][0]]
    }

    /// The sets of which one is the union: those of its inputs where they are few.
    pub(crate) fn parts(&self, set: SetId) -> &[SetId] {
        &self.parts[self.begin[set as usize][1]..self.begin[set as usize + 1][1]]
    }

    /// Adds the inputs of a set to a list, in no order and perhaps some twice; `seen` is a mark for each set.
    pub(crate) fn inputs_into(&self, set: SetId, seen: &mut Marks, inputs: &mut Vec<u32>) {
        let mut open = vec![set];
        while let Some(set) = open.pop() {
            let intervals = self.intervals(set);
            inputs.extend(intervals.iter().flat_map(|i| i.start..i.end));
            if intervals.is_empty() {
                open.extend(self.parts(set).iter().filter(|part| seen.mark(**part)));
            }
        }
    }

    /// The union of two.
    #[inline]
    pub(crate) fn union(&mut self, a: SetId, b: SetId) -> SetId {
        match (a, b) {
            (EMPTY, other) | (other, EMPTY) => other,
            _ if a == b => a,
            _ => {
                self.operands.clear();
                self.operands.extend([a, b]);
                self.join()
            }
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
        if self.merge() {
            // A union is no smaller than what it is made of, so one as large is the same.
            let merged = size(&self.scratch);
            let same = |set: &&SetId| {
                let intervals = self.intervals(**set);
                intervals.len() == self.scratch.len() && size(intervals) == merged
            };
            if let Some(set) = self.operands.iter().find(same) {
                return *set;
            }
        } else {
            self.scratch.clear();
            self.operands.sort_unstable();
        }
        let place = self.place(&self.scratch, &self.operands);
        let found = self.table[place];
        if found != EMPTY && self.is_joined(found) {
            return found;
        }
        let set = self.push();
        if self.len() > self.table.len() {
            self.rehash();
        } else {
            self.table[place] = set;
        }
        set
    }

    /// Puts the intervals of the operands together; `false` where they are too many, or one's are not known.
    fn merge(&mut self) -> bool {
        self.scratch.clear();
        for set in &self.operands {
            let at = self.begin[*set as usize][0]..self.begin[*set as usize + 1][0];
            if at.is_empty() {
                return false;
            }
            self.scratch.extend_from_slice(&self.intervals[at]);
        }
        if let [a, b] = &mut *self.scratch
            && b < a
        {
            core::mem::swap(a, b);
        } else if self.scratch.len() > 2 {
            self.scratch.sort_unstable();
        }
        let mut last = 0;
        for k in 1..self.scratch.len() {
            let next = self.scratch[k];
            let end = &mut self.scratch[last].end;
            if next.start <= *end {
                *end = next.end.max(*end);
            } else {
                last += 1;
                self.scratch[last] = next;
            }
        }
        self.scratch.truncate(last + 1);
        self.scratch.len() <= INTERVALS
    }

    /// Whether a set is what has just been joined.
    fn is_joined(&self, set: SetId) -> bool {
        self.intervals(set) == self.scratch && (!self.scratch.is_empty() || self.parts(set) == self.operands)
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
            let place = self.place(self.intervals(set), self.parts(set));
            self.table[place] = set;
        }
    }

    /// Appends what has just been joined.
    fn push(&mut self) -> SetId {
        let set = self.len() as SetId;
        self.intervals.extend_from_slice(&self.scratch);
        if !self.scratch.is_empty() && size(&self.scratch) as usize <= FEW {
            self.parts.extend(self.scratch.iter().flat_map(|i| i.start + 1..=i.end));
        } else {
            self.parts.extend_from_slice(&self.operands);
        }
        self.begin.push([self.intervals.len(), self.parts.len()]);
        set
    }
}
