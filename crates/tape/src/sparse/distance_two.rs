//! Partial distance-2 colouring of columns: two that share a row have different colours, so that each entry of their
//! matrix can be read off the sum of the columns of its colour. Of rows: the same of the transposed matrix.
//!
//! Each row knows the colours that its columns have, so that a column asks each of its rows once and a dense row costs no
//! more than its length times a 64th of its colours.

use super::colors::Colors;
use super::graph::{ColumnGraph, Neighbours};

/// Colours greedily in that order; `None` as soon as it needs more than `most` colours.
pub(crate) fn color(columns: &ColumnGraph<'_>, order: &[u32], most: u32) -> Option<Vec<u32>> {
    let mut of_row = vec![Colors::default(); columns.pattern.rows()];
    let mut colors = vec![0; columns.len()];
    let mut forbidden = Colors::default();
    for column in order {
        let rows = columns.pattern.column(*column as usize);
        forbidden.clear();
        for row in rows {
            forbidden.extend(&of_row[*row as usize]);
        }
        let color = forbidden.first_absent();
        if color >= most {
            return None;
        }
        colors[*column as usize] = color;
        for row in rows {
            of_row[*row as usize].insert(color);
        }
    }
    Some(colors)
}
