//! A pattern as what colourings walk: vertices and their neighbours.

use super::pattern::{Pattern, PatternRows};

/// Whose neighbours can be walked.
pub(crate) trait Neighbours {
    /// How many vertices there are.
    fn len(&self) -> usize;
    /// How many neighbours a vertex has, or more: those that are met twice count twice.
    fn degree(&self, vertex: usize) -> usize;
    /// Walks the neighbours of a vertex; one may be met twice, and the vertex itself too.
    fn each(&self, vertex: usize, f: impl FnMut(usize));
}

/// The columns of a matrix, neighbours where they share a row: what partial distance-2 colourings colour.
pub(crate) struct ColumnGraph<'a> {
    pub(crate) pattern: &'a Pattern,
    pub(crate) rows: &'a PatternRows,
}

impl ColumnGraph<'_> {
    pub(crate) fn row(&self, row: u32) -> &[u32] {
        &self.rows.columns[self.rows.starts[row as usize]..self.rows.starts[row as usize + 1]]
    }
}

impl Neighbours for ColumnGraph<'_> {
    fn len(&self) -> usize {
        self.pattern.columns()
    }
    fn degree(&self, vertex: usize) -> usize {
        self.pattern.column(vertex).iter().map(|row| self.row(*row).len() - 1).sum()
    }
    fn each(&self, vertex: usize, mut f: impl FnMut(usize)) {
        for row in self.pattern.column(vertex) {
            self.row(*row).iter().for_each(|column| f(*column as usize));
        }
    }
}

/// The adjacency graph of a symmetric matrix, from its lower triangle: an edge for each entry outside of the diagonal.
#[derive(Debug)]
pub struct Graph {
    starts: Vec<usize>,
    /// Neighbour, and the entry's position in the pattern of the lower triangle.
    links: Vec<(u32, usize)>,
}

impl Graph {
    /// The graph of a symmetric matrix. Cost: a pass over the entries.
    #[must_use]
    pub fn new(lower: &Pattern) -> Self {
        let edges = || lower.entries().enumerate().filter(|(_, (row, column))| row != column);
        let mut starts = vec![0; lower.columns() + 1];
        for (_, (row, column)) in edges() {
            starts[row + 1] += 1;
            starts[column + 1] += 1;
        }
        for v in 0..lower.columns() {
            starts[v + 1] += starts[v];
        }
        let mut next = starts.clone();
        let mut links = vec![(0, 0); starts[lower.columns()]];
        for (position, (row, column)) in edges() {
            for (v, w) in [(row, column), (column, row)] {
                links[next[v]] = (w as u32, position);
                next[v] += 1;
            }
        }
        Self { starts, links }
    }

    /// The neighbours of a vertex, each with the entry that makes it one.
    pub fn links(&self, vertex: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.links[self.starts[vertex]..self.starts[vertex + 1]].iter().map(|(w, at)| (*w as usize, *at))
    }

    /// How many vertices there are.
    #[must_use]
    pub fn vertices(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no edge.
    pub(crate) fn has_no_edge(&self) -> bool {
        self.links.is_empty()
    }
}

impl Neighbours for Graph {
    fn len(&self) -> usize {
        self.vertices()
    }
    fn degree(&self, vertex: usize) -> usize {
        self.starts[vertex + 1] - self.starts[vertex]
    }
    fn each(&self, vertex: usize, mut f: impl FnMut(usize)) {
        self.links(vertex).for_each(|(w, _)| f(w));
    }
}
