//! Acyclic colouring: neighbours have different colours, and no cycle has only two. What two colours span are trees, so
//! that the entries of the symmetric matrix follow from the sums of columns by substitution, from the leaves inwards.
//!
//! A. H. Gebremedhin, A. Tarafdar, F. Manne and A. Pothen, *New acyclic and star coloring algorithms with application to
//! computing Hessians* (SIAM Journal on Scientific Computing 29, 2007), section 3: trees are kept as disjoint sets of edges.

use smallvec::SmallVec;

use super::colors::Colors;
use super::graph::{Graph, Neighbours};

/// Colours greedily in that order; `None` as soon as it needs more than `most` colours. `edges` is one more than the
/// largest number of an edge.
pub(crate) fn color(graph: &Graph, edges: usize, order: &[u32], most: u32) -> Option<Vec<u32>> {
    let mut trees = Trees((0..edges).collect());
    // By vertex: the colours of its coloured neighbours, each with an edge to one of them.
    let mut near: Vec<SmallVec<[(u32, usize); 3]>> = vec![SmallVec::new(); graph.len()];
    // By tree: the last vertex that met it.
    let mut met = vec![u32::MAX; edges];
    let mut colors: Vec<Option<u32>> = vec![None; graph.len()];
    let (mut forbidden, mut repeated) = (Colors::default(), Colors::default());
    let mut neighbours = Vec::new();
    for v in order {
        let vertex = *v as usize;
        neighbours.clear();
        neighbours.extend(graph.links(vertex).filter_map(|(w, edge)| Some((w, edge, colors[w]?))));
        forbidden.clear();
        repeated.clear();
        for (_, _, k) in &neighbours {
            if forbidden.contains(*k) {
                repeated.insert(*k);
            }
            forbidden.insert(*k);
        }
        for (w, _, k) in &neighbours {
            if !repeated.contains(*k) {
                continue;
            }
            // Two neighbours in one tree of two colours: the other one would close a cycle.
            for (color, edge) in &near[*w] {
                let tree = trees.find(*edge);
                if core::mem::replace(&mut met[tree], *v) == *v {
                    forbidden.insert(*color);
                }
            }
        }
        let color = forbidden.first_absent();
        if color >= most {
            return None;
        }
        colors[vertex] = Some(color);
        for (w, edge, k) in &neighbours {
            for (here, there) in [(vertex, *k), (*w, color)] {
                match near[here].iter().find(|(color, _)| *color == there) {
                    Some((_, other)) => trees.join(*edge, *other),
                    None => near[here].push((there, *edge)),
                }
            }
        }
    }
    Some(colors.into_iter().map(Option::unwrap_or_default).collect())
}

/// Disjoint sets of edges, each found by one of them.
struct Trees(Vec<usize>);

impl Trees {
    fn find(&mut self, mut edge: usize) -> usize {
        while self.0[edge] != edge {
            self.0[edge] = self.0[self.0[edge]];
            edge = self.0[edge];
        }
        edge
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a] = b;
    }
}
