//! Where rows find their numbers.

/// A table of numbers, one row for each row of a run, or for each that an index names.
///
/// ```
/// use wengert_lanes::Table;
///
/// let points = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let by_rows = Table::by_rows(&points, 3);
/// assert_eq!((by_rows.rows(), by_rows.get(1, 0)), (2, Some(4.0)));
/// assert_eq!(Table::by_columns(&points, 2).get(1, 0), Some(2.0));
/// // Row after row names a row of the table.
/// assert_eq!(by_rows.indexed(&[1, 1, 0]).get(0, 2), Some(6.0));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Table<'a, F> {
    numbers: &'a [F],
    rows: usize,
    row_stride: usize,
    column_stride: usize,
    index: Option<&'a [u32]>,
}

impl<'a, F: Copy> Table<'a, F> {
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

    /// A row; `None` past the end.
    #[inline(always)]
    pub(crate) fn row(&self, row: usize) -> Option<TableRow<'a, F>> {
        let row = match self.index {
            Some(index) => *index.get(row)? as usize,
            None => row,
        };
        let numbers = self.numbers.get(row * self.row_stride..)?;
        Some(TableRow { numbers, stride: self.column_stride })
    }

    /// A number; `None` past the end.
    #[inline(always)]
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> Option<F> {
        self.row(row)?.get(column)
    }
}

/// A row of a table.
#[derive(Clone, Copy)]
pub(crate) struct TableRow<'a, F> {
    numbers: &'a [F],
    stride: usize,
}

impl<F: Copy> TableRow<'_, F> {
    #[inline(always)]
    pub(crate) fn get(&self, column: usize) -> Option<F> {
        self.numbers.get(column * self.stride).copied()
    }
}
