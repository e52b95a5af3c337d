//! `rstar` is a spatial index, an R*-tree. Up to 0.13 it takes coordinates of every number with `num_traits`' `Bounded`, `Num`
//! and `Signed`, and `PartialOrd`. From 0.14 on its number trait is implemented for types of its own choice.
//!
//! The tests put points of `Var`s into a tree, and differentiate the distance from a query to the nearest of them.

use rstar::{RTree, RTreeNum};
use wengert::{Function, Recorder, Var, forward, gradient};

/// Nine points of a bent grid, flat, so that the tree has more than one level.
fn grid() -> [f64; 18] {
    std::array::from_fn(|k| {
        let (row, column) = (k / 2 / 3, k / 2 % 3);
        if k % 2 == 0 { row as f64 + 0.1 * column as f64 } else { column as f64 - 0.2 * row as f64 }
    })
}

fn pairs<T: Copy>(flat: &[T]) -> Vec<[T; 2]> {
    flat.chunks_exact(2).map(|p| [p[0], p[1]]).collect()
}

/// The squared distance from the first point to the nearest of the others.
fn nearest<T: RTreeNum>(points: &[T], loaded: bool) -> T {
    let points = pairs(points);
    let [query, rest @ ..] = &points[..] else { panic!("no query") };
    let tree = if loaded {
        RTree::bulk_load(rest.to_vec())
    } else {
        let mut tree = RTree::new();
        for p in rest {
            tree.insert(*p);
        }
        tree
    };
    let [x, y] = *tree.nearest_neighbor(*query).unwrap();
    let [dx, dy] = [x - query[0], y - query[1]];
    dx * dx + dy * dy
}

/// A query before the points of the grid.
fn with_query(query: [f64; 2]) -> [f64; 20] {
    let grid = grid();
    std::array::from_fn(|k| if k < 2 { query[k] } else { grid[k - 2] })
}

/// By trying each point: the squared distance and its slopes.
fn by_trial(points: &[f64; 20]) -> (f64, [f64; 20]) {
    let all = pairs(points);
    let gap = |p: [f64; 2]| [p[0] - points[0], p[1] - points[1]];
    let far = |k: usize| gap(all[k]).iter().map(|d| d * d).sum::<f64>();
    let best = (1..10).min_by(|a, b| far(*a).total_cmp(&far(*b))).unwrap();
    let mut slopes = [0.0; 20];
    for (axis, d) in gap(all[best]).into_iter().enumerate() {
        slopes[axis] = -2.0 * d;
        slopes[2 * best + axis] = 2.0 * d;
    }
    (far(best), slopes)
}

const QUERIES: [[f64; 2]; 4] = [[0.3, 0.2], [1.9, 1.4], [-3.0, 5.0], [1.2, 0.9]];

#[test]
fn the_distance_to_the_nearest_point() {
    for points in QUERIES.map(with_query) {
        let wanted = by_trial(&points);
        for loaded in [true, false] {
            assert_eq!(gradient(&points, |x| nearest::<Var>(&x, loaded)).unwrap(), wanted);
            assert_eq!(forward::gradient(&points, |x| nearest(&x, loaded)).unwrap(), wanted);
        }
    }
}

/// How many points lie in a circle around the query is known by comparisons alone.
#[test]
fn a_search_leaves_guards_and_no_reads() {
    let mut recorder = Recorder::new();
    let found = recorder
        .record(|s| {
            let points = pairs(&s.inputs(&with_query([1.0, 1.0])));
            let tree = RTree::bulk_load(points[1..].to_vec());
            tree.locate_within_distance(points[0], Var::constant(1.0)).count()
        })
        .unwrap();
    let points = pairs(&with_query([1.0, 1.0]));
    let within = |p: &&[f64; 2]| (p[0] - 1.0).powi(2) + (p[1] - 1.0).powi(2) <= 1.0;
    assert_eq!(found, points[1..].iter().filter(within).count());
    assert!(!recorder.tape().guards().is_empty());
    assert_eq!(recorder.tape().reads(), []);
}

/// A query whose nearest point is another is never answered by the old trace.
#[test]
fn another_neighbour_is_another_trace() {
    let mut f = Function::new(|points: &[Var]| nearest(points, true));
    for points in QUERIES.map(with_query) {
        let (value, slopes) = by_trial(&points);
        assert_eq!(f.gradient(&points).unwrap(), (value, slopes.to_vec()));
    }
}
