//! In which order a greedy colouring takes the vertices: it decides how many colours come out.
//!
//! The orders are those of A. H. Gebremedhin, F. Manne and A. Pothen, *What color is your Jacobian?* (SIAM Review 47,
//! 2005), section 5. Ties go to the vertex that comes first.

use core::fmt;

use super::graph::Neighbours;

/// An order in which vertices (columns, rows or variables) are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VertexOrder {
    /// As they stand.
    Natural,
    /// From the last to the first: best where a few that all others meet stand at the beginning.
    Reversed,
    /// By falling number of neighbours.
    LargestFirst,
    /// Each vertex, from the last place to the first, is one with fewest neighbours among those not placed yet.
    SmallestLast,
    /// Each vertex, from the first place to the last, is one with most neighbours among those placed already.
    IncidenceDegree,
    /// At random, the same for the same seed.
    Random(u64),
}

impl VertexOrder {
    /// One of each kind.
    pub const ALL: [Self; 6] = [
        Self::Natural,
        Self::Reversed,
        Self::SmallestLast,
        Self::IncidenceDegree,
        Self::LargestFirst,
        Self::Random(1),
    ];
}

impl fmt::Display for VertexOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Natural => f.write_str("natural"),
            Self::Reversed => f.write_str("reversed"),
            Self::LargestFirst => f.write_str("largest first"),
            Self::SmallestLast => f.write_str("smallest last"),
            Self::IncidenceDegree => f.write_str("incidence degree"),
            Self::Random(seed) => write!(f, "random ({seed})"),
        }
    }
}

/// Orders that follow neighbours are left out where walking all of them would take more steps.
const STEPS: usize = 1 << 28;

/// The vertices in an order; `None` where finding it would take too long.
pub(crate) fn order(graph: &impl Neighbours, order: VertexOrder) -> Option<Vec<u32>> {
    let mut vertices: Vec<u32> = (0..graph.len() as u32).collect();
    match order {
        VertexOrder::Natural => {}
        VertexOrder::Reversed => vertices.reverse(),
        VertexOrder::LargestFirst => {
            vertices.sort_by_key(|v| core::cmp::Reverse(graph.degree(*v as usize)));
        }
        VertexOrder::SmallestLast | VertexOrder::IncidenceDegree => {
            let steps: usize = (0..graph.len()).map(|v| graph.degree(v)).sum();
            if steps > STEPS {
                return None;
            }
            return Some(if order == VertexOrder::SmallestLast {
                smallest_last(graph)
            } else {
                incidence(graph)
            });
        }
        VertexOrder::Random(seed) => {
            // Fisher and Yates, with the generator SplitMix64 (Steele, Lea and Flood 2014).
            let mut state = seed;
            let mut random = || {
                state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = state;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                z ^ (z >> 31)
            };
            for k in (1..vertices.len()).rev() {
                vertices.swap(k, (random() % (k as u64 + 1)) as usize);
            }
        }
    }
    Some(vertices)
}

/// Vertices by a number that changes, in lists by that number; one that has changed since it was listed is passed over.
struct Buckets {
    lists: Vec<Vec<u32>>,
    number: Vec<usize>,
    placed: Vec<bool>,
}

impl Buckets {
    fn new(vertices: usize, number: impl Fn(usize) -> usize) -> Self {
        let number: Vec<usize> = (0..vertices).map(number).collect();
        let mut lists = vec![Vec::new(); number.iter().max().map_or(0, |most| most + 1)];
        // From the last, so that the first is taken first.
        for (v, number) in number.iter().enumerate().rev() {
            lists[*number].push(v as u32);
        }
        Self { lists, number, placed: vec![false; vertices] }
    }

    /// Takes a vertex of that number, if there is one.
    fn take(&mut self, number: usize) -> Option<u32> {
        loop {
            let v = self.lists[number].pop()?;
            if !self.placed[v as usize] && self.number[v as usize] == number {
                self.placed[v as usize] = true;
                return Some(v);
            }
        }
    }

    /// Changes the number of a vertex that is not placed; gives the new one.
    fn change(&mut self, v: usize, change: isize) -> Option<usize> {
        if self.placed[v] {
            return None;
        }
        let number = self.number[v].saturating_add_signed(change);
        self.number[v] = number;
        if self.lists.len() <= number {
            self.lists.resize_with(number + 1, Vec::new);
        }
        self.lists[number].push(v as u32);
        Some(number)
    }
}

fn smallest_last(graph: &impl Neighbours) -> Vec<u32> {
    let mut buckets = Buckets::new(graph.len(), |v| graph.degree(v));
    let mut order = Vec::with_capacity(graph.len());
    let mut least = 0;
    while order.len() < graph.len() {
        let Some(v) = buckets.take(least) else {
            least += 1;
            continue;
        };
        order.push(v);
        graph.each(v as usize, |w| least = least.min(buckets.change(w, -1).unwrap_or(least)));
    }
    order.reverse();
    order
}

fn incidence(graph: &impl Neighbours) -> Vec<u32> {
    let mut buckets = Buckets::new(graph.len(), |_| 0);
    let mut order = Vec::with_capacity(graph.len());
    let mut most = 0;
    while order.len() < graph.len() {
        let Some(v) = buckets.take(most) else {
            most -= 1;
            continue;
        };
        order.push(v);
        graph.each(v as usize, |w| most = most.max(buckets.change(w, 1).unwrap_or(most)));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sparse::graph::Graph;
    use crate::sparse::pattern::Pattern;

    /// A star of five leaves around vertex 2, one of which has a leaf of its own.
    fn graph() -> Graph {
        Graph::new(&Pattern::new(7, 7, [(2, 0), (2, 1), (3, 2), (4, 2), (5, 2), (6, 5)]).unwrap())
    }

    #[test]
    fn each_vertex_once() {
        for kind in VertexOrder::ALL {
            let mut order = order(&graph(), kind).unwrap();
            order.sort_unstable();
            assert_eq!(order, [0, 1, 2, 3, 4, 5, 6], "{kind}");
        }
        let shuffled = |seed| order(&graph(), VertexOrder::Random(seed)).unwrap();
        assert_eq!(shuffled(1), shuffled(1));
        assert_ne!(shuffled(1), shuffled(2));
    }

    #[test]
    fn by_degree() {
        assert_eq!(order(&graph(), VertexOrder::LargestFirst).unwrap(), [2, 5, 0, 1, 3, 4, 6]);
        // Of a forest, each vertex has one neighbour at most among those before it.
        let graph = graph();
        let smallest = order(&graph, VertexOrder::SmallestLast).unwrap();
        for (k, v) in smallest.iter().enumerate() {
            let before = graph.links(*v as usize).filter(|(w, _)| smallest[..k].contains(&(*w as u32)));
            assert!(before.count() <= 1, "{smallest:?}");
        }
        // Each but the first has a neighbour before it: the graph is connected.
        let incidence = order(&graph, VertexOrder::IncidenceDegree).unwrap();
        for (k, v) in incidence.iter().enumerate().skip(1) {
            assert!(
                graph.links(*v as usize).any(|(w, _)| incidence[..k].contains(&(w as u32))),
                "{incidence:?}"
            );
        }
    }
}
