//! Colours of columns, rows or variables: the best of several orders.

use core::fmt;

use super::graph::{ColumnGraph, Graph, Neighbours};
use super::order::{VertexOrder, order};
use super::pattern::Pattern;
use super::{acyclic, distance_two, star};

/// A colour for each column, row or variable of a pattern: those of one colour are found together.
///
/// ```
/// use wengert::sparse::{Pattern, VertexOrder};
///
/// // Columns 0 and 2 share no row.
/// let pattern = Pattern::new(2, 3, [(0, 0), (0, 1), (1, 1), (1, 2)]).unwrap();
/// let coloring = pattern.color_columns(&[VertexOrder::Natural]);
/// assert_eq!((coloring.colors(), coloring.count()), (&[0, 1, 0][..], 2));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Coloring {
    colors: Vec<u32>,
    count: u32,
    order: VertexOrder,
}

impl Coloring {
    /// The colour of each vertex, from 0.
    #[must_use]
    pub fn colors(&self) -> &[u32] {
        &self.colors
    }

    /// How many colours.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count as usize
    }

    /// The order in which they were found.
    #[must_use]
    pub fn order(&self) -> VertexOrder {
        self.order
    }

    /// The best of several orders, given what colours in one of them with no more than so many colours. `enough` are as few
    /// as any can have.
    fn best(
        graph: &impl Neighbours,
        orders: &[VertexOrder],
        enough: u32,
        color: impl Fn(&[u32], u32) -> Option<Vec<u32>>,
    ) -> Self {
        let attempt = |kind: VertexOrder, most: u32| {
            let colors = color(&order(graph, kind)?, most)?;
            let count = colors.iter().max().map_or(0, |most| most + 1);
            Some(Self { colors, count, order: kind })
        };
        let mut best: Option<Self> = None;
        for kind in orders {
            let most = best.as_ref().map_or(u32::MAX, |best| best.count.saturating_sub(1));
            if most < enough.max(1) {
                break;
            }
            best = attempt(*kind, most).or(best);
        }
        let none = Self { colors: Vec::new(), count: 0, order: VertexOrder::Natural };
        best.or_else(|| attempt(VertexOrder::Natural, u32::MAX)).unwrap_or(none)
    }
}

impl fmt::Debug for Coloring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Coloring({} colors, {} order)", self.count, self.order)
    }
}

impl Pattern {
    /// Colours for columns such that no two of a row have the same, the fewest that the orders give (natural where there is
    /// none). They are at least as many as the longest row has entries.
    ///
    /// ```
    /// use wengert::sparse::{Pattern, VertexOrder};
    ///
    /// // A band of three.
    /// let band = Pattern::new(9, 9, (0..9).flat_map(|k| (k..9.min(k + 3)).map(move |i| (i, k)))).unwrap();
    /// assert_eq!(band.color_columns(&VertexOrder::ALL).count(), 3);
    /// ```
    ///
    /// Cost for each order: the entries, each times a 64th of the colours of its row.
    #[must_use]
    pub fn color_columns(&self, orders: &[VertexOrder]) -> Coloring {
        let rows = self.by_rows();
        let columns = ColumnGraph { pattern: self, rows: &rows };
        let longest = rows.starts.windows(2).map(|row| row[1] - row[0]).max().unwrap_or(0);
        Coloring::best(&columns, orders, longest as u32, |order, most| {
            distance_two::color(&columns, order, most)
        })
    }

    /// Colours for rows such that no two of a column have the same: see [`color_columns`](Self::color_columns).
    #[must_use]
    pub fn color_rows(&self, orders: &[VertexOrder]) -> Coloring {
        self.transposed().color_columns(orders)
    }

    /// A star colouring of the variables of a symmetric matrix of which this is the lower triangle (or all): with it, each
    /// entry stands alone in some sum of columns of one colour. The fewest colours that the orders give.
    ///
    /// ```
    /// use wengert::sparse::{Pattern, VertexOrder};
    ///
    /// let arrow = Pattern::new(100, 100, (0..100).flat_map(|k| [(k, k), (k, 0)])).unwrap();
    /// assert_eq!(arrow.color_star(&VertexOrder::ALL).count(), 2);
    /// ```
    ///
    /// Cost for each order: the entries, each times a 64th of the colours.
    #[must_use]
    pub fn color_star(&self, orders: &[VertexOrder]) -> Coloring {
        let lower = self.lower();
        let graph = Graph::new(&lower);
        let enough = if graph.has_no_edge() { 1 } else { 2 };
        Coloring::best(&graph, orders, enough, |order, most| star::color(&graph, order, most))
    }

    /// An acyclic colouring of the variables of a symmetric matrix of which this is the lower triangle (or all): with it,
    /// all entries follow from the sums of columns of one colour by substitution. The fewest colours that the orders give.
    ///
    /// ```
    /// use wengert::sparse::{Pattern, VertexOrder};
    ///
    /// let tridiagonal = Pattern::new(9, 9, (0..9).flat_map(|k| [(k, k), (8.min(k + 1), k)])).unwrap();
    /// assert_eq!(tridiagonal.color_acyclic(&VertexOrder::ALL).count(), 2);
    /// assert_eq!(tridiagonal.color_star(&VertexOrder::ALL).count(), 3);
    /// ```
    ///
    /// Cost for each order: the entries, each times the colours around it.
    #[must_use]
    pub fn color_acyclic(&self, orders: &[VertexOrder]) -> Coloring {
        let lower = self.lower();
        let graph = Graph::new(&lower);
        let enough = if graph.has_no_edge() { 1 } else { 2 };
        Coloring::best(&graph, orders, enough, |order, most| {
            acyclic::color(&graph, lower.nonzeros(), order, most)
        })
    }
}
