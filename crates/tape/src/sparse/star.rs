//! Star colouring: neighbours have different colours, and no path of four vertices has only two. Then each entry of the
//! symmetric matrix can be read off the sum of the columns of a colour, its own or its mirror image's.
//!
//! The condition and its use are those of A. H. Gebremedhin, F. Manne and A. Pothen, *What color is your Jacobian?* (SIAM
//! Review 47, 2005), section 4. What two colours span are stars, and each vertex knows enough of those that it is in for the
//! next vertex to ask no further than its own neighbours: so the hub of an arrow matrix costs its degree and not its square.

use super::colors::Colors;
use super::graph::{Graph, Neighbours};

/// What a vertex knows of its coloured neighbours.
#[derive(Clone, Default)]
struct KnownNeighbours {
    /// The colours they have.
    near: Colors,
    /// Those that two of them have: the vertex is the hub of a star with leaves of that colour.
    repeated: Colors,
    /// The colours of the hubs of which the vertex is a leaf beside others.
    hubs: Colors,
}

/// Colours greedily in that order; `None` as soon as it needs more than `most` colours.
pub(crate) fn color(graph: &Graph, order: &[u32], most: u32) -> Option<Vec<u32>> {
    let mut known = vec![KnownNeighbours::default(); graph.len()];
    let mut colors: Vec<Option<u32>> = vec![None; graph.len()];
    let (mut forbidden, mut repeated) = (Colors::default(), Colors::default());
    let mut neighbours = Vec::new();
    for v in order.iter().map(|v| *v as usize) {
        neighbours.clear();
        neighbours.extend(graph.links(v).filter_map(|(w, _)| Some((w, colors[w]?))));
        forbidden.clear();
        repeated.clear();
        for (_, k) in &neighbours {
            if forbidden.contains(*k) {
                repeated.insert(*k);
            }
            forbidden.insert(*k);
        }
        for (w, k) in &neighbours {
            // v – w – hub – other leaf, w and the leaf of one colour.
            forbidden.extend(&known[*w].hubs);
            // x – w – v – w′, w and w′ of one colour.
            if repeated.contains(*k) {
                forbidden.extend(&known[*w].near);
            }
        }
        let color = forbidden.first_absent();
        if color >= most {
            return None;
        }
        colors[v] = Some(color);
        for (w, k) in &neighbours {
            known[v].near.insert(*k);
            if repeated.contains(*k) {
                known[v].repeated.insert(*k);
                known[*w].hubs.insert(color);
            }
            if known[*w].near.contains(color) {
                known[v].hubs.insert(*k);
                if !known[*w].repeated.contains(color) {
                    known[*w].repeated.insert(color);
                    // One other leaf, which did not know of a hub yet.
                    let other = graph.links(*w).find(|(x, _)| *x != v && colors[*x] == Some(color));
                    if let Some((x, _)) = other {
                        known[x].hubs.insert(*k);
                    }
                }
            }
            known[*w].near.insert(color);
        }
    }
    Some(colors.into_iter().map(Option::unwrap_or_default).collect())
}
