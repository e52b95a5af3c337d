//! Where a matrix can differ from 0: its entries by columns, and by rows on demand.
//!
//! Invariant: rows ascend within a column, and none is there twice.

use core::fmt;
use std::borrow::Cow;

/// The places of a sparse matrix at which it may differ from 0, column by column (CSC, compressed sparse columns): what
/// never changes from point to point.
///
/// Values of a matrix of this pattern are a slice of [`nonzeros`](Self::nonzeros) numbers in the pattern's order.
///
/// ```
/// use wengert::Program;
///
/// // Outputs x₀x₁, sin x₁ and x₀ + x₂.
/// let f = Program::record(&[1.0, 2.0, 3.0], |x| vec![x[0] * x[1], x[1].sin(), x[0] + x[2]])?;
/// let pattern = f.tape().jacobian_pattern();
/// assert_eq!((pattern.rows(), pattern.columns(), pattern.nonzeros()), (3, 3, 5));
/// assert_eq!(pattern.starts(), [0, 2, 4, 5]);
/// assert_eq!(pattern.row_indices(), [0, 2, 0, 1, 2]);
/// assert_eq!(pattern.column(1), [0, 1]);
/// assert!(pattern.contains(2, 0) && !pattern.contains(1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    rows: usize,
    /// By column: where it begins among the indices; one more at the end.
    starts: Vec<usize>,
    indices: Vec<u32>,
}

/// The entries of a [`Pattern`] by rows (CSR, compressed sparse rows), and where each stands in the order by columns.
///
/// ```
/// use wengert::Program;
///
/// let f = Program::record(&[1.0, 2.0], |x| vec![x[1].sin(), x[0] * x[1]])?;
/// let pattern = f.tape().jacobian_pattern();
/// let by_rows = pattern.by_rows();
/// assert_eq!(by_rows.starts, [0, 1, 3]);
/// assert_eq!(by_rows.columns, [1, 0, 1]);
/// // Values by columns are 10, 11, 12; by rows:
/// let values = [10.0, 11.0, 12.0];
/// let rows: Vec<f64> = by_rows.positions.iter().map(|k| values[*k]).collect();
/// assert_eq!(rows, [11.0, 10.0, 12.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternRows {
    /// By row: where it begins; one more at the end.
    pub starts: Vec<usize>,
    /// The column of each entry, ascending within a row.
    pub columns: Vec<u32>,
    /// Where each entry stands in the pattern's own order.
    pub positions: Vec<usize>,
}

impl Pattern {
    /// The pattern of the entries `(row, column)`, in any order; those that are there twice count once. `None` where one is
    /// outside of `rows × columns`, or there are 2³² rows or columns.
    ///
    /// ```
    /// use wengert::sparse::Pattern;
    ///
    /// let arrow = Pattern::new(4, 4, (0..4).flat_map(|k| [(k, k), (k, 0)])).unwrap();
    /// assert_eq!(arrow.nonzeros(), 7);
    /// assert_eq!(Pattern::new(2, 2, [(0, 2)]), None);
    /// ```
    #[must_use]
    pub fn new(
        rows: usize,
        columns: usize,
        entries: impl IntoIterator<Item = (usize, usize)>,
    ) -> Option<Self> {
        let mut entries: Vec<(usize, usize)> =
            entries.into_iter().map(|(row, column)| (column, row)).collect();
        let limit = u32::MAX as usize;
        if rows > limit
            || columns > limit
            || entries.iter().any(|(column, row)| *column >= columns || *row >= rows)
        {
            return None;
        }
        entries.sort_unstable();
        entries.dedup();
        let mut starts = vec![0; columns + 1];
        for (column, _) in &entries {
            starts[column + 1] += 1;
        }
        accumulate(&mut starts);
        Some(Self { rows, starts, indices: entries.iter().map(|(_, row)| *row as u32).collect() })
    }

    /// The pattern of entries given row by row: the columns of each, in any order and none twice, and where each row ends.
    pub(crate) fn from_rows(columns: usize, ends: &[usize], indices: &[u32]) -> Self {
        // The count of a column two places behind it, then where it begins one place behind: filling the columns leaves
        // there where it ends, which is where the next one begins.
        let mut starts = vec![0; columns + 2];
        for column in indices {
            starts[*column as usize + 2] += 1;
        }
        accumulate(&mut starts);
        let mut by_column = vec![0; indices.len()];
        let mut begin = 0;
        for (row, end) in ends.iter().enumerate() {
            for column in &indices[begin..*end] {
                let place = &mut starts[*column as usize + 1];
                by_column[*place] = row as u32;
                *place += 1;
            }
            begin = *end;
        }
        starts.pop();
        Self { rows: ends.len(), starts, indices: by_column }
    }

    /// The pattern of columns that begin where `starts` says, the rows of each ascending and none there twice.
    pub(crate) fn from_columns(rows: usize, starts: Vec<usize>, indices: Vec<u32>) -> Self {
        Self { rows, starts, indices }
    }

    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many entries.
    #[must_use]
    pub fn nonzeros(&self) -> usize {
        self.indices.len()
    }

    /// Where each column begins, and where the last one ends.
    #[must_use]
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// The row of each entry.
    #[must_use]
    pub fn row_indices(&self) -> &[u32] {
        &self.indices
    }

    /// The rows of a column, ascending; none where there is no such column.
    #[must_use]
    pub fn column(&self, column: usize) -> &[u32] {
        match self.starts.get(column..) {
            Some([start, end, ..]) => &self.indices[*start..*end],
            _ => &[],
        }
    }

    /// The entries `(row, column)`, in order.
    pub fn entries(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.columns()).flat_map(|j| self.column(j).iter().map(move |i| (*i as usize, j)))
    }

    /// Where an entry stands in the order; `None` where it is always 0.
    #[must_use]
    pub fn position(&self, row: usize, column: usize) -> Option<usize> {
        let (start, end) = (*self.starts.get(column)?, *self.starts.get(column + 1)?);
        let row = u32::try_from(row).ok()?;
        Some(start + self.indices[start..end].binary_search(&row).ok()?)
    }

    /// Whether an entry is in the pattern.
    #[must_use]
    pub fn contains(&self, row: usize, column: usize) -> bool {
        self.position(row, column).is_some()
    }

    /// The same entries by rows. Cost: some passes over the pattern, and twice its memory.
    #[must_use]
    pub fn by_rows(&self) -> PatternRows {
        let mut starts = vec![0; self.rows + 1];
        for row in &self.indices {
            starts[*row as usize + 1] += 1;
        }
        accumulate(&mut starts);
        let mut next = starts.clone();
        let (mut columns, mut positions) = (vec![0; self.nonzeros()], vec![0; self.nonzeros()]);
        for (position, (row, column)) in self.entries().enumerate() {
            let place = &mut next[row];
            (columns[*place], positions[*place]) = (column as u32, position);
            *place += 1;
        }
        PatternRows { starts, columns, positions }
    }

    /// Rows for columns. Of the lower triangle of a symmetric matrix: the upper one.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let PatternRows { starts, columns, .. } = self.by_rows();
        Self { rows: self.columns(), starts, indices: columns }
    }

    /// The lower triangle of the symmetric matrix that has an entry wherever this has one or its mirror image.
    pub(crate) fn lower(&self) -> Cow<'_, Self> {
        let square = self.rows == self.columns();
        if square && self.entries().all(|(row, column)| row >= column) {
            return Cow::Borrowed(self);
        }
        let n = self.rows.max(self.columns());
        let entries = self.entries().map(|(row, column)| (row.max(column), row.min(column)));
        Cow::Owned(Self::new(n, n, entries).unwrap_or_else(|| self.clone()))
    }

    /// The whole symmetric matrix of which this is the lower triangle, and where the value of each of its entries stands
    /// among those of this. Where this has entries above the diagonal, each stands for its mirror image too, unless that is
    /// here itself.
    ///
    /// ```
    /// use wengert::sparse::Pattern;
    ///
    /// let lower = Pattern::new(2, 2, [(0, 0), (1, 0)]).unwrap();
    /// let (full, positions) = lower.mirrored();
    /// assert_eq!(full.entries().collect::<Vec<_>>(), [(0, 0), (1, 0), (0, 1)]);
    /// assert_eq!(positions, [0, 1, 1]);
    /// ```
    #[must_use]
    pub fn mirrored(&self) -> (Self, Vec<usize>) {
        let upper = self.by_rows();
        let n = self.rows.max(self.columns());
        if self.entries().any(|(row, column)| row < column) {
            return self.mirrored_of_any(n);
        }
        let (mut starts, mut indices, mut positions) = (vec![0], Vec::new(), Vec::new());
        for k in 0..n {
            // Row k of the lower triangle is column k of the upper one, and stands above the diagonal.
            if let Some([start, end, ..]) = upper.starts.get(k..) {
                let above = (*start..*end).filter(|at| upper.columns[*at] as usize != k);
                for at in above {
                    indices.push(upper.columns[at]);
                    positions.push(upper.positions[at]);
                }
            }
            if let Some([start, end, ..]) = self.starts.get(k..) {
                indices.extend_from_slice(&self.indices[*start..*end]);
                positions.extend(*start..*end);
            }
            starts.push(indices.len());
        }
        (Self { rows: n, starts, indices }, positions)
    }

    /// [`mirrored`](Self::mirrored) where entries stand on both sides of the diagonal.
    fn mirrored_of_any(&self, n: usize) -> (Self, Vec<usize>) {
        let own = self.entries().enumerate().map(|(k, (row, column))| (column, row, false, k));
        let images = self.entries().enumerate().map(|(k, (row, column))| (row, column, true, k));
        let mut entries: Vec<_> = own.chain(images).collect();
        entries.sort_unstable();
        entries.dedup_by_key(|(column, row, ..)| (*column, *row));
        let mut starts = vec![0; n + 1];
        for (column, ..) in &entries {
            starts[column + 1] += 1;
        }
        accumulate(&mut starts);
        let indices = entries.iter().map(|(_, row, ..)| *row as u32).collect();
        (Self { rows: n, starts, indices }, entries.iter().map(|(.., k)| *k).collect())
    }

    /// Bytes in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(self.starts.as_slice()) + size_of_val(self.indices.as_slice())
    }
}

/// Counts to sums of what stands before.
fn accumulate(counts: &mut [usize]) {
    let mut sum = 0;
    for count in counts {
        sum += *count;
        *count = sum;
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({} × {}, {} nonzeros)", self.rows, self.columns(), self.nonzeros())
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn mirror_images() {
        // (2, 0) and (0, 2) are each other's image.
        let both = Pattern::new(3, 3, [(0, 0), (2, 0), (0, 2), (1, 2), (2, 2)]).unwrap();
        let (full, positions) = both.mirrored();
        assert_eq!(full.entries().collect::<Vec<_>>(), [(0, 0), (2, 0), (2, 1), (0, 2), (1, 2), (2, 2)]);
        assert_eq!(positions, [0, 1, 3, 2, 3, 4]);
        let lower = Pattern::new(3, 3, [(0, 0), (2, 0), (2, 1), (2, 2)]).unwrap();
        assert_eq!(lower.mirrored(), lower.mirrored_of_any(3));
        let wide = Pattern::new(1, 3, [(0, 2)]).unwrap();
        assert_eq!(wide.mirrored().0.entries().collect::<Vec<_>>(), [(2, 0), (0, 2)]);
    }
}
