//! Which inputs have a second derivative by each other: pairs of sets that meet, pushed down to their parts until pairs of
//! inputs are left.
//!
//! This is edge pushing (R. M. Gower and M. P. Mello, *A new framework for the computation of Hessians*, Optimization
//! Methods and Software 27, 2012) on sets instead of nodes, from the last set to the first: a pair waits at the later of
//! its two, is pushed once however often it was met, and is gone afterwards. So there is never much more than the pattern.
//! Pairs of single inputs are not pushed: they wait at the earlier, whose column they are in.

use super::pattern::Pattern;
use super::sets::{EMPTY, Marks, SetId, Sets};

/// Pairs of sets, in lists by the later of the two; those of single inputs by the earlier.
#[derive(Debug)]
pub(crate) struct Interactions {
    inputs: SetId,
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
    /// With room for lists of so many sets, and for so many pairs.
    pub(crate) fn new(inputs: usize, sets: usize, pairs: usize) -> Self {
        Self {
            inputs: inputs as SetId,
            first: vec![None; sets],
            cells: Vec::with_capacity(pairs),
            free: None,
        }
    }

    /// Says that the inputs of one set meet those of another.
    #[inline]
    pub(crate) fn add(&mut self, a: SetId, b: SetId) {
        let (earlier, later) = if a < b { (a, b) } else { (b, a) };
        if earlier == EMPTY {
            return;
        }
        let (at, other) = if later <= self.inputs { (earlier, later) } else { (later, earlier) };
        if self.first.len() <= at as usize {
            self.first.resize(at as usize + 1, None);
        }
        let next = self.first[at as usize];
        if next.is_some_and(|link| self.cells[place(link)].other == other) {
            return;
        }
        let cell = Cell { other, next };
        self.first[at as usize] = if let Some(link) = self.free {
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
    pub(crate) fn pattern(mut self, sets: &Sets) -> Pattern {
        let mut marks = Marks::new(sets.len());
        let (mut members, mut parts) = (Vec::new(), Vec::new());
        for set in (self.inputs + 1..sets.len() as SetId).rev() {
            self.take(set, &mut marks, &mut members);
            if members.is_empty() {
                continue;
            }
            sets.parts_into(set, &mut parts);
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
        let mut starts = Vec::with_capacity(self.inputs as usize + 1);
        let mut indices = Vec::with_capacity(self.cells.len());
        starts.push(0);
        for input in 1..=self.inputs {
            self.take(input, &mut marks, &mut members);
            members.sort_unstable();
            indices.extend(members.iter().map(|member| member - 1));
            starts.push(indices.len());
        }
        Pattern::from_columns(self.inputs as usize, starts, indices)
    }
}

fn place(link: core::num::NonZeroU32) -> usize {
    link.get() as usize - 1
}
