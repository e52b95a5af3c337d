//! Where rows find their numbers.

/// A table of numbers, one row for each row of a run, or for each that an index names.
///
/// ```
/// use wengert::lanes::RowTable;
///
/// let points = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let by_rows = RowTable::by_rows(&points, 3);
/// assert_eq!((by_rows.rows(), by_rows.get(1, 0)), (2, Some(4.0)));
/// assert_eq!(RowTable::by_columns(&points, 2).get(1, 0), Some(2.0));
/// // Row after row names a row of the table.
/// assert_eq!(by_rows.indexed(&[1, 1, 0]).get(0, 2), Some(6.0));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RowTable<'a, F> {
    numbers: &'a [F],
    rows: usize,
    row_stride: usize,
    column_stride: usize,
    index: Option<&'a [u32]>,
}

impl<'a, F: Copy> RowTable<'a, F> {
    /// A slice of rows of so many numbers, one after another. What is left over is no row; of width 0 there is none.
    #[must_use]
    pub fn by_rows(numbers: &'a [F], width: usize) -> Self {
        let rows = numbers.len().checked_div(width).unwrap_or(0);
        Self { numbers, rows, row_stride: width, column_stride: 1, index: None }
    }

    /// A slice of columns of so many numbers, one after another.
    #[must_use]
    pub fn by_columns(numbers: &'a [F], rows: usize) -> Self {
        Self { numbers, rows, row_stride: 1, column_stride: rows, index: None }
    }

    /// Numbers at any distance: the number of a row and column stands at `row·row_stride + column·column_stride`.
    #[must_use]
    pub fn strided(numbers: &'a [F], rows: usize, row_stride: usize, column_stride: usize) -> Self {
        // Beyond the end is beyond the end, however far; so no place overflows.
        let [row_stride, column_stride] = [row_stride, column_stride].map(|stride| stride.min(numbers.len()));
        let rows = numbers.len().checked_div(row_stride).map_or(rows, |most| rows.min(most + 1));
        Self { numbers, rows, row_stride, column_stride, index: None }
    }

    /// The table whose row `r` is row `index[r]` of this one.
    #[must_use]
    pub fn indexed(self, index: &'a [u32]) -> Self {
        Self { index: Some(index), rows: index.len(), ..self }
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Several rows, up to a column; `None` where one ends before.
    #[inline]
    pub(crate) fn rows_at<const N: usize>(
        &self,
        rows: &[usize; N],
        most: usize,
    ) -> Option<RowTableLines<'a, F, N>> {
        let stride = self.column_stride;
        let count = most * stride + 1;
        let mut lines = [&self.numbers[..0]; N];
        for (line, row) in lines.iter_mut().zip(rows) {
            let row = self.place(*row)?;
            *line = self.numbers.get(row * self.row_stride..)?.get(..count)?;
        }
        Some(RowTableLines { lines, stride, count })
    }

    /// The row of the table that is row `row`.
    #[inline(always)]
    fn place(&self, row: usize) -> Option<usize> {
        match self.index {
            Some(index) => index.get(row).map(|row| *row as usize),
            None => Some(row),
        }
    }

    /// A number; `None` past the end.
    #[inline(always)]
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> Option<F> {
        let row = self.place(row)?;
        self.numbers.get(row * self.row_stride + column * self.column_stride).copied()
    }
}

/// Rows of a table, each as long as is read of it.
pub(crate) struct RowTableLines<'a, F, const N: usize> {
    lines: [&'a [F]; N],
    stride: usize,
    count: usize,
}

impl<'a, F: Copy, const N: usize> RowTableLines<'a, F, N> {
    /// Whether columns follow one another.
    #[inline(always)]
    pub(crate) fn is_dense(&self) -> bool {
        self.stride == 1
    }

    /// A row, up to the last column that is read.
    #[inline(always)]
    pub(crate) fn line(&self, row: usize) -> &'a [F] {
        self.lines[row]
    }

    /// Their numbers in a column.
    #[inline(always)]
    pub(crate) fn column_into(&self, column: usize, y: &mut [F]) {
        let place = (column * self.stride).min(self.count - 1);
        for (y, line) in y.iter_mut().zip(self.lines) {
            *y = line[..self.count][place];
        }
    }
}
