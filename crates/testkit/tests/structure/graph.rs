//! Circles in a graph of names, and the shortest of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Which name leads to which others.
pub(crate) type Graph = BTreeMap<String, BTreeSet<String>>;

/// Names that can be reached from one, itself only if a circle leads back to it.
fn reached(graph: &Graph, from: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        for next in graph.get(name).into_iter().flatten() {
            if found.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    found
}

/// The largest sets of names of which each leads to each: what must be one module if nothing changes.
pub(crate) fn knots(graph: &Graph) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<String>> =
        graph.keys().map(|name| (name, reached(graph, name))).collect();
    let mut knots = BTreeSet::new();
    for (name, to) in &reached {
        if to.contains(*name) {
            let back = |other: &&String| reached.get(other).is_some_and(|to| to.contains(*name));
            knots.insert(to.iter().filter(back).cloned().collect());
        }
    }
    knots.into_iter().collect()
}

/// The shortest circle with an edge that is asked for, each name leading to the next and the last to the first.
pub(crate) fn shortest(graph: &Graph, asked: impl Fn(&str, &str) -> bool) -> Option<Vec<String>> {
    let edges = graph.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to)));
    let circles = edges.filter(|(from, to)| asked(from, to)).filter_map(|(from, to)| path(graph, to, from));
    circles.min_by_key(Vec::len)
}

/// The shortest way from one name to another, both included.
fn path(graph: &Graph, from: &str, to: &str) -> Option<Vec<String>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = VecDeque::from([from]);
    while let Some(name) = open.pop_front() {
        if name == to {
            let mut path = vec![name.to_owned()];
            while path[path.len() - 1] != from {
                path.push(before[&*path[path.len() - 1]].to_owned());
            }
            path.reverse();
            return Some(path);
        }
        for next in graph.get(name).into_iter().flatten() {
            if next != from && !before.contains_key(&**next) {
                before.insert(next, name);
                open.push_back(next);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::new();
        for (from, to) in edges {
            graph.entry((*to).to_owned()).or_default();
            graph.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        graph
    }

    #[test]
    fn a_tree_and_a_diamond_have_no_circle() {
        let graph = graph(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]);
        assert!(knots(&graph).is_empty());
        assert_eq!(shortest(&graph, |_, _| true), None);
    }

    #[test]
    fn the_shortest_circle_is_found_in_a_knot() {
        let graph = graph(&[
            ("a", "b"),
            ("b", "c"),
            ("c", "d"),
            ("d", "a"),
            ("c", "b"),
            ("x", "a"),
            ("y", "y2"),
            ("y2", "y"),
        ]);
        let sets: Vec<Vec<String>> = knots(&graph).into_iter().map(|k| k.into_iter().collect()).collect();
        assert_eq!(sets, [vec!["a", "b", "c", "d"], vec!["y", "y2"]]);
        assert_eq!(shortest(&graph, |from, _| from == "c").unwrap(), ["b", "c"]);
        let through_d = shortest(&graph, |_, to| to == "d").unwrap();
        assert_eq!(through_d, ["d", "a", "b", "c"]);
    }
}
