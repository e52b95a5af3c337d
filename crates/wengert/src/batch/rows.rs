//! The rows of a batch, and the table each number is read from.

use wengert_lanes::RowTable;
use wengert_program::RowInputs;

/// The rows of a batch: where each finds its numbers, and what it weighs.
///
/// ```
/// use wengert::{Batch, batch::Rows};
///
/// // Three points of the plane, and one line through the origin: squared distances, weighted.
/// let points = [1.0, 2.0, 2.0, 3.0, 3.0, 7.0];
/// let rows = Rows::new(&points, 2).weighted(&[1.0, 0.5, 0.0]);
/// let mut loss = Batch::new(|w, row| (w[0] * row[0] - row[1]).powi(2));
/// assert_eq!(loss.gradient(&[2.0], &rows)?, (0.5, vec![2.0]));
/// # Ok::<(), wengert::BatchError>(())
/// ```
///
/// A row's numbers stand in a slice, one row after another ([`new`](Self::new)); by columns ([`by_columns`](Self::by_columns));
/// or at any two distances ([`strided`](Self::strided)), as views of matrices have them. What several rows read may stand once:
/// [`and`](Self::and) adds a table of which each row names a row.
#[derive(Clone, Debug)]
pub struct Rows<'a, F = f64> {
    pub(super) tables: Vec<RowTable<'a, F>>,
    pub(super) widths: Vec<usize>,
    /// How many of the tables are a row's own and differentiated by, which are the first; and of those behind, how many move with
    /// the shared inputs.
    differentiated: usize,
    /// By table that is: which numbers it holds, and which row of them each row reads.
    pub(super) own: Vec<OwnTable<'a>>,
    moving: usize,
    /// The derivatives of these by the shared inputs, and by how many they are.
    pub(super) jacobians: Vec<RowTable<'a, F>>,
    pub(super) moving_by: Option<usize>,
    /// What all rows share and is not differentiated by.
    pub(super) parameters: &'a [F],
    pub(super) count: usize,
    pub(super) weights: Option<&'a [F]>,
    /// The first thing that is wrong with it.
    pub(super) wrong: Option<RowsError>,
}

/// A table whose numbers are differentiated by.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnTable<'a> {
    /// Where the numbers lie: the same place is the same numbers.
    pub(super) place: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) index: Option<&'a [u32]>,
}

/// Why rows are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowsError {
    /// The slice has no whole number of rows.
    #[error("{numbers} numbers are no whole number of rows of {width}")]
    Ragged {
        /// How many numbers there are.
        numbers: usize,
        /// How many make a row.
        width: usize,
    },
    /// The slice ends before the last row or column.
    #[error("{rows} rows of {width} columns reach beyond the {numbers} numbers that there are")]
    Beyond {
        /// How many numbers there are.
        numbers: usize,
        /// How many rows there should be.
        rows: usize,
        /// How many columns there should be.
        width: usize,
    },
    /// There is not one for each row.
    #[error("{what}: {found} for {rows} rows")]
    Count {
        /// What there is.
        what: &'static str,
        /// How many rows there are.
        rows: usize,
        /// How many of these.
        found: usize,
    },
    /// A row names a row of a table that the table does not have.
    #[error("row {row} names row {index} of a table that has {rows}")]
    Index {
        /// The row.
        row: usize,
        /// The row that it names.
        index: u32,
        /// How many the table has.
        rows: usize,
    },
    /// Parts of the same rows have other parameters.
    #[error("a part of the rows has other parameters than the first part")]
    Parameters,
    /// The numbers of a matrix do not follow one another.
    #[error("the numbers of the matrix do not follow one another in memory; copy it")]
    Apart,
    /// More rows than an index of 32 bits can name.
    #[error("{0} rows are more than a batch can have, 2³²; give them in parts")]
    TooMany(usize),
}

impl<'a, F: Copy> Rows<'a, F> {
    /// Rows of so many numbers, one after another in a slice.
    #[must_use]
    pub fn new(numbers: &'a [F], width: usize) -> Self {
        let rows = numbers.len().checked_div(width).unwrap_or(0);
        let ragged = rows * width != numbers.len();
        let wrong = ragged.then_some(RowsError::Ragged { numbers: numbers.len(), width });
        Self::of(numbers, RowTable::by_rows(numbers, width), width, rows, wrong)
    }

    /// Columns of so many rows, one after another in a slice.
    #[must_use]
    pub fn by_columns(numbers: &'a [F], rows: usize) -> Self {
        let width = numbers.len().checked_div(rows).unwrap_or(0);
        let ragged = rows * width != numbers.len();
        let wrong = ragged.then_some(RowsError::Ragged { numbers: numbers.len(), width: rows });
        Self::of(numbers, RowTable::by_columns(numbers, rows), width, rows, wrong)
    }

    /// Rows and columns at any distances: the number of a row and column stands at `row·row_stride + column·column_stride`.
    #[must_use]
    pub fn strided(
        numbers: &'a [F],
        rows: usize,
        width: usize,
        row_stride: usize,
        column_stride: usize,
    ) -> Self {
        let last = |count: usize, stride: usize| count.saturating_sub(1).checked_mul(stride);
        let end = last(rows, row_stride).zip(last(width, column_stride)).and_then(|(a, b)| a.checked_add(b));
        let beyond = rows * usize::from(width > 0) > 0 && end.is_none_or(|end| end >= numbers.len());
        let wrong = beyond.then_some(RowsError::Beyond { numbers: numbers.len(), rows, width });
        let table = RowTable::strided(numbers, rows, row_stride, column_stride);
        Self::of(numbers, table, width, rows, wrong)
    }

    /// So many rows without numbers of their own, to which [`and`](Self::and) adds tables.
    #[must_use]
    pub fn count(rows: usize) -> Self {
        Self {
            tables: Vec::new(),
            widths: Vec::new(),
            differentiated: 0,
            own: Vec::new(),
            moving: 0,
            jacobians: Vec::new(),
            moving_by: None,
            parameters: &[],
            count: rows,
            weights: None,
            wrong: too_many(rows),
        }
    }

    fn of(
        numbers: &'a [F],
        table: RowTable<'a, F>,
        width: usize,
        rows: usize,
        wrong: Option<RowsError>,
    ) -> Self {
        let mut all = Self::count(rows);
        all.wrong = wrong.or(all.wrong);
        all.differentiate(numbers, table, width, None);
        all
    }

    /// Puts a table behind those that are differentiated by.
    fn differentiate(
        &mut self,
        numbers: &'a [F],
        table: RowTable<'a, F>,
        columns: usize,
        index: Option<&'a [u32]>,
    ) {
        let place = numbers.as_ptr().addr();
        self.own.push(OwnTable { place, rows: table.rows(), columns, index });
        let table = index.map_or(table, |index| table.indexed(index));
        self.insert(self.differentiated, table, columns);
        self.differentiated += 1;
    }

    fn insert(&mut self, place: usize, table: RowTable<'a, F>, width: usize) {
        self.tables.insert(place, table);
        self.widths.insert(place, width);
    }

    /// Adds the numbers of a table of so many columns, of which row `r` reads row `index[r]`: they stand behind those that the
    /// rows have so far.
    ///
    /// ```
    /// use wengert::{Batch, batch::Rows};
    ///
    /// // Distances on a map: each row names two towns.
    /// let towns = [0.0, 0.0, 3.0, 4.0, 3.0, 0.0];
    /// let rows = Rows::count(3).and(&towns, 2, &[0, 0, 1]).and(&towns, 2, &[1, 2, 2]);
    /// let mut distance = Batch::new(|_, x| (x[0] - x[2]).hypot(x[1] - x[3]));
    /// assert_eq!(distance.values(&[], &rows)?, [5.0, 3.0, 4.0]);
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    #[must_use]
    pub fn and(mut self, numbers: &'a [F], width: usize, index: &'a [u32]) -> Self {
        let table = RowTable::by_rows(numbers, width);
        self.check_named(&table, index);
        self.differentiate(numbers, table, width, Some(index));
        self
    }

    /// Adds the results of another batch, of which row `r` reads row `index[r]`, with their derivatives by the shared inputs:
    /// what [`jacobian`](crate::Batch::jacobian) gives by those. Derivatives of this batch by the shared inputs then count what
    /// moves with these numbers, which have no columns of their own. The closure is given them behind those of
    /// [`and`](Self::and).
    ///
    /// ```
    /// use wengert::{Batch, batch::{By, Rows}};
    ///
    /// // Points on a circle that grows, then the lengths between neighbours.
    /// let angles: [f64; 4] = [0.0, 1.0, 2.0, 3.0];
    /// let mut points = Batch::new(|r, t| [r[0] * t[0].cos(), r[0] * t[0].sin()]);
    /// let (at, moves) = points.jacobian(&[2.0_f64], &Rows::new(&angles, 1), By::Shared)?;
    ///
    /// let rows = Rows::count(3).and_moving(&at, &moves, 2, &[0, 1, 2]).and_moving(&at, &moves, 2, &[1, 2, 3]);
    /// let mut length = Batch::new(|_, x| (x[0] - x[2]).hypot(x[1] - x[3]));
    /// let (total, slope) = length.gradient(&[2.0], &rows)?;
    /// assert!((total - 2.0 * slope[0]).abs() < 1e-12);
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    ///
    /// [`gradient`](crate::Batch::gradient), [`jacobian`](crate::Batch::jacobian) and
    /// [`gauss_newton`](crate::Batch::gauss_newton) take such rows, in forward mode; what gives no derivatives takes them as it
    /// takes others; the other drivers end in [`BatchError::Moving`](crate::BatchError::Moving).
    #[must_use]
    pub fn and_moving(mut self, numbers: &'a [F], jacobian: &'a [F], width: usize, index: &'a [u32]) -> Self {
        let table = RowTable::by_rows(numbers, width);
        self.check_named(&table, index);
        self.insert(self.differentiated + self.moving, table.indexed(index), width);
        self.moving += 1;
        let by = jacobian.len().checked_div(numbers.len()).unwrap_or(0);
        let ragged = by * numbers.len() != jacobian.len() || self.moving_by.is_some_and(|other| other != by);
        let found = jacobian.len();
        let what = "derivatives of a table's numbers by the shared inputs";
        self.wrong = self.wrong.or(ragged.then_some(RowsError::Count { what, rows: numbers.len(), found }));
        self.moving_by = Some(by);
        self.jacobians.push(RowTable::by_rows(jacobian, width * by).indexed(index));
        self
    }

    /// Checks that rows name rows of a table that are there.
    fn check_named(&mut self, table: &RowTable<'a, F>, index: &'a [u32]) {
        let count = (index.len() != self.count).then_some(RowsError::Count {
            what: "indices into a table",
            rows: self.count,
            found: index.len(),
        });
        let outside = || {
            let outside = |(_, index): &(usize, &u32)| **index as usize >= table.rows();
            let (row, index) = index.iter().enumerate().find(outside)?;
            Some(RowsError::Index { row, index: *index, rows: table.rows() })
        };
        self.wrong = self.wrong.or(count).or_else(outside);
    }

    /// Adds rows of so many numbers that are not differentiated by, as many rows: readings, labels, times. The closure is given
    /// them behind all others; no Jacobian has columns for them.
    ///
    /// ```
    /// use wengert::{Batch, batch::{By, Rows}};
    ///
    /// let rows = Rows::new(&[1.0, 2.0], 1).beside(&[10.0, 20.0], 1);
    /// let mut f = Batch::new(|_, x| x[0] * x[0] * x[1]);
    /// assert_eq!(f.gradients(&[], &rows, By::Row)?, (vec![10.0, 80.0], vec![20.0, 80.0]));
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    #[must_use]
    pub fn beside(mut self, numbers: &'a [F], width: usize) -> Self {
        let table = RowTable::by_rows(numbers, width);
        let whole = table.rows() * width == numbers.len();
        let ragged = (!whole).then_some(RowsError::Ragged { numbers: numbers.len(), width });
        let count = (table.rows() != self.count).then_some(RowsError::Count {
            what: "rows beside the others",
            rows: self.count,
            found: table.rows(),
        });
        self.wrong = self.wrong.or(ragged).or(count);
        self.insert(self.tables.len(), table, width);
        self
    }

    /// The same of a table of so many columns, of which row `r` reads row `index[r]`.
    #[must_use]
    pub fn beside_named(mut self, numbers: &'a [F], width: usize, index: &'a [u32]) -> Self {
        let table = RowTable::by_rows(numbers, width);
        self.check_named(&table, index);
        self.insert(self.tables.len(), table.indexed(index), width);
        self
    }

    /// Numbers that all rows share and that are not differentiated by: constants of a model, a time, a temperature. The closure
    /// is given them behind the shared inputs; no derivative has entries for them. They may be others from call to call, and
    /// nothing is recorded anew.
    ///
    /// ```
    /// use wengert::{Batch, batch::Rows};
    ///
    /// // How far a stone has fallen at each time: by its speed at first, not by the gravity of where it is.
    /// let times = [1.0, 2.0];
    /// let mut fallen = Batch::new(|shared, t| shared[0] * t[0] + shared[1] * t[0] * t[0] * 0.5);
    /// let on_earth = fallen.gradient(&[3.0], &Rows::new(&times, 1).parameters(&[10.0]))?;
    /// let on_the_moon = fallen.gradient(&[3.0], &Rows::new(&times, 1).parameters(&[1.5]))?;
    /// assert_eq!((on_earth, on_the_moon), ((34.0, vec![3.0]), (12.75, vec![3.0])));
    /// assert_eq!(fallen.report().recordings, 0); // by the second call
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    #[must_use]
    pub fn parameters(mut self, parameters: &'a [F]) -> Self {
        self.parameters = parameters;
        self
    }

    /// One weight a row: results that are [reduced](crate::Batch#reduced) are weighted sums.
    #[must_use]
    pub fn weighted(mut self, weights: &'a [F]) -> Self {
        let count = (weights.len() != self.count).then_some(RowsError::Count {
            what: "weights",
            rows: self.count,
            found: weights.len(),
        });
        self.wrong = self.wrong.or(count);
        self.weights = Some(weights);
        self
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many numbers a row has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.widths.iter().sum()
    }

    /// How many of them are a row's own and differentiated by: those that do not [move](Self::and_moving) and are not
    /// [beside](Self::beside) the others.
    #[must_use]
    pub fn own(&self) -> usize {
        self.widths[..self.differentiated].iter().sum()
    }

    /// How inputs stand, behind so many shared ones.
    pub(super) fn inputs(&self, shared: usize) -> RowInputs {
        let (tables, behind) = self.widths.split_at(self.differentiated);
        let (moving, data) = behind.split_at(self.moving);
        RowInputs { shared, tables: tables.to_vec(), moving: moving.to_vec(), data: data.to_vec() }
    }

    /// The numbers of a row; fewer where there is no such row.
    pub(super) fn numbers(&self, row: usize) -> impl Iterator<Item = F> + '_ {
        let of = move |(table, width): (&RowTable<'a, F>, &usize)| {
            let table = *table;
            (0..*width).filter_map(move |column| table.get(row, column))
        };
        self.tables.iter().zip(&self.widths).flat_map(of)
    }

    /// The same as a list.
    pub(super) fn row(&self, row: usize) -> Vec<F> {
        self.numbers(row).collect()
    }
}

fn too_many(rows: usize) -> Option<RowsError> {
    (rows > u32::MAX as usize).then_some(RowsError::TooMany(rows))
}

/// A matrix of rows, whose numbers follow one another by rows or by columns.
#[cfg(feature = "ndarray")]
impl<'a, F: Copy> TryFrom<ndarray::ArrayView2<'a, F>> for Rows<'a, F> {
    type Error = RowsError;
    fn try_from(view: ndarray::ArrayView2<'a, F>) -> Result<Self, RowsError> {
        let (rows, width) = view.dim();
        let strides = [0, 1].map(|axis| usize::try_from(view.strides()[axis]).ok());
        let numbers = view.to_slice_memory_order().ok_or(RowsError::Apart)?;
        let [Some(row_stride), Some(column_stride)] = strides else { return Err(RowsError::Apart) };
        Ok(Self::strided(numbers, rows, width, row_stride, column_stride))
    }
}

/// A matrix of rows, whose numbers follow one another in each column.
#[cfg(feature = "faer")]
impl<'a, F: Copy> TryFrom<faer::MatRef<'a, F>> for Rows<'a, F> {
    type Error = RowsError;
    fn try_from(view: faer::MatRef<'a, F>) -> Result<Self, RowsError> {
        let mut all = Self::count(view.nrows());
        for j in 0..view.ncols() {
            let column = view.col(j).try_as_col_major().ok_or(RowsError::Apart)?;
            let numbers = column.as_slice();
            all.differentiate(numbers, RowTable::by_rows(numbers, 1), 1, None);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];

    fn of(rows: &Rows<'_>) -> Vec<Vec<f64>> {
        assert_eq!(rows.wrong, None);
        (0..rows.len()).map(|row| rows.row(row)).collect()
    }

    #[test]
    fn rows_lie_in_any_way() {
        let expected = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        assert_eq!(of(&Rows::new(&NUMBERS, 3)), expected);
        assert_eq!(of(&Rows::strided(&NUMBERS, 2, 3, 3, 1)), expected);
        assert_eq!(of(&Rows::by_columns(&[1.0, 4.0, 2.0, 5.0, 3.0, 6.0], 2)), expected);
        assert_eq!(of(&Rows::strided(&NUMBERS, 3, 2, 1, 3)), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]);
        for (rows, width, row_stride, column_stride) in [(3, 3, 3, 1), (2, 3, usize::MAX, 1), (2, 2, 1, 6)] {
            let wrong = Rows::strided(&NUMBERS, rows, width, row_stride, column_stride).wrong;
            assert!(matches!(wrong, Some(RowsError::Beyond { .. })), "{rows} × {width}");
        }
    }

    #[cfg(feature = "ndarray")]
    #[test]
    fn rows_are_those_of_an_ndarray() {
        let array = ndarray::arr2(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        assert_eq!(of(&array.view().try_into().unwrap()), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        assert_eq!(of(&array.t().try_into().unwrap()), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]);
        let (apart, _) = array.view().split_at(ndarray::Axis(1), 2);
        assert_eq!(Rows::try_from(apart).unwrap_err(), RowsError::Apart);
    }

    #[cfg(feature = "faer")]
    #[test]
    fn rows_are_those_of_a_faer_matrix() {
        let matrix = faer::Mat::from_fn(2, 3, |i, j| (3 * i + j + 1) as f64);
        assert_eq!(of(&matrix.as_ref().try_into().unwrap()), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        assert_eq!(Rows::try_from(matrix.transpose()).unwrap_err(), RowsError::Apart);
    }
}
