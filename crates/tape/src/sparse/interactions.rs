//! Which inputs have a second derivative by each other: pairs of sets that meet, pushed down to their parts until pairs of
//! inputs are left.
//!
//! This is edge pushing (R. M. Gower and M. P. Mello, *A new framework for the computation of Hessians*, Optimization
//! Methods and Software 27, 2012) on sets instead of nodes, from the last set to the first: a pair waits at the later of
//! its two, is pushed once however often it was met, and is gone afterwards. So there is never much more than the pattern.

use super::pattern::Pattern;
use super::sets::{EMPTY, Marks, SetId, Sets};

/// Pairs of sets, in lists by the later of the two.
#[derive(Debug)]
pub(crate) struct Interactions {
    /// By set: the first cell of its list.
    first: Vec<Link>,
    cells: Vec<Cell>,
    /// The first of the cells that are free again.
    free: Link,
}

/// A cell by its place, counted from 1; none ends a list.
type Link = Option<core::num::NonZeroU32>;

#[derive(Clone, Copy, Debug)]
struct Cell {
    other: SetId,
    next: Link,
}

impl Interactions {
    /// With room for lists of so many sets, and so many pairs.
    pub(crate) fn with_capacity(sets: usize, pairs: usize) -> Self {
        Self { first: Vec::with_capacity(sets), cells: Vec::with_capacity(pairs), free: None }
    }

    /// Says that the inputs of one set meet those of another.
    #[inline]
    pub(crate) fn add(&mut self, a: SetId, b: SetId) {
        let (later, other) = if a < b { (b, a) } else { (a, b) };
        if other == EMPTY {
            return;
        }
        if self.first.len() <= later as usize {
            self.first.resize(later as usize + 1, None);
        }
        let next = self.first[later as usize];
        if next.is_some_and(|link| self.cells[place(link)].other == other) {
            return;
        }
        let cell = Cell { other, next };
        self.first[later as usize] = if let Some(link) = self.free {
            self.free = core::mem::replace(&mut self.cells[place(link)], cell).next;
            Some(link)
        } else {
            self.cells.push(cell);
            core::num::NonZeroU32::new(self.cells.len() as u32)
        };
    }

    /// Takes the list of a set, each of its members once.
    fn take(&mut self, set: SetId, marks: &mut Marks, members: &mut Vec<SetId>) {
        members.clear();
        marks.new_round();
        let mut link = self.first.get_mut(set as usize).and_then(Option::take);
        while let Some(here) = link {
            let cell = &mut self.cells[place(here)];
            if marks.mark(cell.other) {
                members.push(cell.other);
            }
            link = core::mem::replace(&mut cell.next, self.free);
            self.free = Some(here);
        }
    }

    /// The pairs of inputs that meet: the lower triangle, the diagonal included, of a symmetric pattern.
    pub(crate) fn pattern(mut self, sets: &Sets, inputs: usize) -> Pattern {
        let mut marks = Marks::new(sets.len());
        let mut members = Vec::new();
        for set in (inputs as SetId + 1..sets.len() as SetId).rev() {
            self.take(set, &mut marks, &mut members);
            if members.is_empty() {
                continue;
            }
            let parts = sets.parts(set);
            for (k, part) in parts.iter().enumerate() {
                for member in &members {
                    if *member == set {
                        parts[..=k].iter().for_each(|other| self.add(*part, *other));
                    } else {
                        self.add(*part, *member);
                    }
                }
            }
        }
        // Of inputs: row by row, each from its list, which is taken twice.
        let mut rows = Vec::with_capacity(self.cells.len());
        let mut ends = Vec::with_capacity(inputs);
        for set in 1..=inputs as SetId {
            self.take(set, &mut marks, &mut members);
            rows.extend(members.iter().map(|member| member - 1));
            ends.push(rows.len());
        }
        Pattern::from_rows(inputs, &ends, &rows)
    }
}

fn place(link: core::num::NonZeroU32) -> usize {
    link.get() as usize - 1
}
