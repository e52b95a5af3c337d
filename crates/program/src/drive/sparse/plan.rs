//! Which directions are swept together, and what is read off each sweep.
//!
//! Invariant: every entry of the pattern is read once, in the sweep of its colour.

use core::ops::Range;

use wengert_ops::Primitive;
use wengert_tape::Coloring;
use wengert_tape::call::WIDTHS;

/// Colours that one sweep takes as directions. A sweep at dual numbers reads and writes one number more than there
/// are, so that few cost what they do; and each width is compiled anew, every operation of the table in it.
pub(super) const COLORS: usize = WIDTHS[1];

/// Sweeps, with what each gives.
#[derive(Clone, Debug, Default)]
pub(super) struct SparseSweeps {
    pub(super) sweeps: Vec<Sweep>,
    reads: Vec<EntryRead>,
}

/// The directions of [`COLORS`] colours, or of those that are left.
#[derive(Clone, Debug)]
pub(super) struct Sweep {
    pub(super) first: u32,
    reads: Range<usize>,
}

/// One entry: it stands in `row` of what the sweep gives, in the lane of its colour.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EntryRead {
    /// Where it goes among the values.
    pub(super) position: usize,
    pub(super) row: u32,
    /// The colour; in a plan, less the sweep's first.
    pub(super) lane: u32,
}

impl SparseSweeps {
    /// The plan for a colouring and the entries that are read, each with its colour as its lane.
    pub(super) fn new(coloring: &Coloring, reads: &[EntryRead]) -> Self {
        debug_assert!(reads.iter().all(|read| (read.lane as usize) < coloring.count()));
        let firsts = (0..coloring.count()).step_by(COLORS);
        let mut sweeps: Vec<Sweep> = firsts.map(|first| Sweep { first: first as u32, reads: 0..0 }).collect();
        let mut ends = vec![0; sweeps.len() + 1];
        for read in reads {
            ends[read.lane as usize / COLORS + 1] += 1;
        }
        for (k, sweep) in sweeps.iter_mut().enumerate() {
            ends[k + 1] += ends[k];
            sweep.reads = ends[k]..ends[k + 1];
        }
        let mut sorted = vec![EntryRead::default(); reads.len()];
        for read in reads {
            let end = &mut ends[read.lane as usize / COLORS];
            sorted[*end] = EntryRead { lane: read.lane % COLORS as u32, ..*read };
            *end += 1;
        }
        Self { sweeps, reads: sorted }
    }

    /// What is read of a colour.
    pub(super) fn reads_of(&self, color: usize) -> impl Iterator<Item = &EntryRead> {
        let sweep = self.sweeps.get(color / COLORS).map_or(&[][..], |sweep| self.reads(sweep));
        sweep.iter().filter(move |read| read.lane as usize == color % COLORS)
    }

    /// What is read off a sweep.
    pub(super) fn reads(&self, sweep: &Sweep) -> &[EntryRead] {
        &self.reads[sweep.reads.clone()]
    }
}

/// The seed of a vertex in a lane: 1 where it has the lane's colour.
#[inline(always)]
pub(super) fn seed<F: Primitive>(color: u32, first: u32, lane: usize) -> F {
    if color == first + lane as u32 { F::one() } else { F::zero() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wengert_tape::Pattern;
    use wengert_tape::VertexOrder;

    #[test]
    fn every_colour_has_its_lane() {
        let dense = |n: usize| Pattern::new(1, n, (0..n).map(|k| (0, k))).unwrap();
        let sweeps =
            |n: usize| SparseSweeps::new(&dense(n).color_columns(&VertexOrder::ALL), &[]).sweeps.len();
        assert_eq!([0, 1, 4, 5, 19].map(sweeps), [0, 1, 1, 2, 5]);
        let coloring = dense(11).color_columns(&VertexOrder::ALL);
        let reads: Vec<EntryRead> =
            (0..11).map(|k| EntryRead { position: k, row: 0, lane: 10 - k as u32 }).collect();
        let plan = SparseSweeps::new(&coloring, &reads);
        let mut found: Vec<(usize, u32)> = Vec::new();
        for sweep in &plan.sweeps {
            found.extend(plan.reads(sweep).iter().map(|read| (read.position, sweep.first + read.lane)));
        }
        found.sort_unstable();
        assert_eq!(found, (0..11).map(|k| (k, 10 - k as u32)).collect::<Vec<_>>());
    }
}
