//! Which directions are swept together, and what is read off each sweep.
//!
//! Invariant: every entry of the pattern is read once, in the sweep of its colour.

use core::ops::Range;

use crate::sparse::coloring::Coloring;

/// Directions that one sweep can carry, from the most to the fewest.
const WIDTHS: [usize; 4] = [8, 4, 2, 1];

/// Sweeps, with what each gives.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) sweeps: Vec<Sweep>,
    reads: Vec<Read>,
}

/// The directions of colours `first..first + width`.
#[derive(Clone, Debug)]
pub(super) struct Sweep {
    pub(super) first: u32,
    pub(super) width: usize,
    reads: Range<usize>,
}

/// One entry: it stands in `row` of what the sweep gives, in the lane of its colour.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Read {
    /// Where it goes among the values.
    pub(super) position: usize,
    pub(super) row: u32,
    /// The colour; in a plan, less the sweep's first.
    pub(super) lane: u32,
}

impl Plan {
    /// The plan for a colouring and the entries that are read, each with its colour as its lane.
    pub(super) fn new(coloring: &Coloring, reads: &[Read]) -> Self {
        let mut sweeps = Vec::new();
        let mut of_color = Vec::new();
        while of_color.len() < coloring.count() {
            let left = coloring.count() - of_color.len();
            // Three go in four lanes: one pass more costs more than one lane.
            let width =
                WIDTHS.into_iter().find(|width| *width <= left + usize::from(left % 4 == 3)).unwrap_or(1);
            let first = of_color.len() as u32;
            of_color.extend((0..width.min(left)).map(|_| sweeps.len()));
            sweeps.push(Sweep { first, width, reads: 0..0 });
        }
        let mut ends = vec![0; sweeps.len() + 1];
        for read in reads {
            ends[of_color[read.lane as usize] + 1] += 1;
        }
        for (k, sweep) in sweeps.iter_mut().enumerate() {
            ends[k + 1] += ends[k];
            sweep.reads = ends[k]..ends[k + 1];
        }
        let mut sorted = vec![Read::default(); reads.len()];
        for read in reads {
            let sweep = of_color[read.lane as usize];
            sorted[ends[sweep]] = Read { lane: read.lane - sweeps[sweep].first, ..*read };
            ends[sweep] += 1;
        }
        Self { sweeps, reads: sorted }
    }

    /// What is read off a sweep.
    pub(super) fn reads(&self, sweep: &Sweep) -> &[Read] {
        &self.reads[sweep.reads.clone()]
    }

    /// The directions of each sweep.
    pub(super) fn widths(&self) -> Vec<usize> {
        self.sweeps.iter().map(|sweep| sweep.width).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sparse::order::VertexOrder;
    use crate::sparse::pattern::Pattern;

    #[test]
    fn every_colour_has_its_lane() {
        let dense = |n: usize| Pattern::new(1, n, (0..n).map(|k| (0, k))).unwrap();
        let widths = |n: usize| Plan::new(&dense(n).color_columns(&VertexOrder::ALL), &[]).widths();
        assert_eq!(widths(0), []);
        assert_eq!(widths(1), [1]);
        assert_eq!(widths(3), [4]);
        assert_eq!(widths(5), [4, 1]);
        assert_eq!(widths(7), [8]);
        assert_eq!(widths(19), [8, 8, 4]);
        let coloring = dense(11).color_columns(&VertexOrder::ALL);
        let reads: Vec<Read> = (0..11).map(|k| Read { position: k, row: 0, lane: 10 - k as u32 }).collect();
        let plan = Plan::new(&coloring, &reads);
        let mut found: Vec<(usize, u32)> = Vec::new();
        for sweep in &plan.sweeps {
            found.extend(plan.reads(sweep).iter().map(|read| (read.position, sweep.first + read.lane)));
        }
        found.sort_unstable();
        assert_eq!(found, (0..11).map(|k| (k, 10 - k as u32)).collect::<Vec<_>>());
    }
}
