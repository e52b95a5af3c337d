//! Derivatives by the tables that rows read: sparse Jacobians, in compressed sparse rows, and gradients added up where rows name
//! the same numbers.

use wengert_lanes::LaneFloat;
use wengert_program::By;

use super::Batch;
use super::error::BatchError;
use super::rows::Rows;
use super::sort::{length, unmoved, zeros};
use super::sparse::{SparseRows, Unknowns};

impl<F: LaneFloat> Rows<'_, F> {
    /// How many numbers the tables have that rows differentiate by, each table once: the columns of a
    /// [sparse Jacobian](Batch::sparse_jacobian).
    #[must_use]
    pub fn unknowns(&self) -> usize {
        Unknowns::of(&self.own).count
    }

    /// Adds what rows have by their own numbers, row after row, where these stand in their tables: table after table in the
    /// order in which rows were given them, each once, in it row after row. Rows are added up in order.
    ///
    /// ```
    /// use wengert::batch::Rows;
    ///
    /// let towns = [0.0; 6];
    /// let rows = Rows::count(2).and(&towns, 2, &[0, 2]).and(&towns, 2, &[2, 1]);
    /// let mut sums = [0.0; 6];
    /// rows.scatter(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], &mut sums)?;
    /// assert_eq!(sums, [1.0, 2.0, 7.0, 8.0, 8.0, 10.0]);
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    ///
    /// # Errors
    /// [`BatchError::Rows`], and [`BatchError::Run`] where a slice has the wrong length. Cost: a pass over what is added.
    pub fn scatter(&self, of_rows: &[F], into: &mut [F]) -> Result<(), BatchError> {
        if let Some(wrong) = self.wrong {
            return Err(wrong.into());
        }
        let unknowns = Unknowns::of(&self.own);
        length("what rows have by their own numbers", self.len() * self.own(), of_rows.len())?;
        length("the sums by the tables' numbers", unknowns.count, into.len())?;
        for (row, of_row) in of_rows.chunks_exact(self.own().max(1)).enumerate() {
            let mut place = 0;
            for (table, first) in self.own.iter().zip(&unknowns.first) {
                let at = first + table.row(row) * table.columns;
                for (sum, x) in into[at..at + table.columns].iter_mut().zip(&of_row[place..]) {
                    *sum = *sum + *x;
                }
                place += table.columns;
            }
        }
        Ok(())
    }
}

impl Batch<'_> {
    /// Where the Jacobian of all rows stands, by the shared inputs, the tables' numbers or both: to be made once, and then
    /// [filled](Self::sparse_values_into).
    ///
    /// ```
    /// use wengert::{Batch, batch::{By, Rows}};
    ///
    /// // Springs between points of a line: each names two of them.
    /// let points = [0.0, 1.0, 3.0];
    /// let rows = Rows::count(3).and(&points, 1, &[0, 1, 2]).and(&points, 1, &[1, 2, 0]);
    /// let mut force = Batch::new(|_, x| (x[1] - x[0]).powi(2));
    /// let jacobian = force.sparse_jacobian(&[], &rows, By::Row)?;
    /// assert_eq!((jacobian.starts(), jacobian.columns()), (&[0, 2, 4, 6][..], &[0, 1, 1, 2, 0, 2][..]));
    ///
    /// let (mut y, mut values) = ([0.0; 3], [0.0; 6]);
    /// force.sparse_values_into(&jacobian, &[], &rows, &mut y, &mut values)?;
    /// assert_eq!(values, [-2.0, 2.0, -4.0, 4.0, -6.0, 6.0]);
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    ///
    /// # Errors
    /// [`BatchError`]; [`RowsError::TooMany`](super::RowsError::TooMany) where there are 2³² columns. Cost: a pass over the
    /// entries, sorted row by row.
    pub fn sparse_jacobian<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        by: By,
    ) -> Result<SparseRows, BatchError> {
        let outputs = self.begin(shared, rows)?.outputs;
        Ok(SparseRows::new(&rows.own, [rows.len(), outputs, shared.len()], by)?)
    }

    /// The values of all rows, and those of their sparse Jacobian, in the order of its columns. Where rows do not name the rows
    /// of tables that they named when it was made, the values are not where they belong.
    ///
    /// # Errors
    /// [`BatchError`]. Cost: that of [`jacobian_into`](Self::jacobian_into), which writes into the values themselves where
    /// tables come in the order of their columns; else a copy of them.
    pub fn sparse_values_into<F: LaneFloat>(
        &mut self,
        jacobian: &SparseRows,
        shared: &[F],
        rows: &Rows<'_, F>,
        y: &mut [F],
        values: &mut [F],
    ) -> Result<(), BatchError> {
        length("the sparse Jacobian's values", jacobian.nonzeros(), values.len())?;
        let Some(places) = &jacobian.places else {
            return self.jacobian_into(shared, rows, jacobian.by, y, values);
        };
        let mut dense = zeros(places.len());
        self.jacobian_into(shared, rows, jacobian.by, y, &mut dense)?;
        values.fill(F::zero());
        for (place, x) in places.iter().zip(dense) {
            values[*place] = values[*place] + x;
        }
        Ok(())
    }

    /// The reduced value, and its gradient by the shared inputs and by the numbers of all tables, as
    /// [`scatter`](Rows::scatter) orders them; of several outputs those of their sum. Cost: that of [`value`](Self::value) and
    /// [`vjp`](Self::vjp), and a pass over the tables.
    ///
    /// ```
    /// use wengert::{Batch, batch::Rows};
    ///
    /// // Two springs hold three points: the energy, and the forces on each.
    /// let points = [0.0, 1.0, 3.0];
    /// let rows = Rows::count(2).and(&points, 1, &[0, 1]).and(&points, 1, &[1, 2]);
    /// let mut energy = Batch::new(|k, x| k[0] * (x[1] - x[0]).powi(2));
    /// let (value, by_stiffness, by_points) = energy.gradient_by_tables(&[0.5], &rows)?;
    /// assert_eq!((value, by_stiffness, by_points), (2.5, vec![5.0], vec![-1.0, -1.0, 2.0]));
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    ///
    /// # Errors
    /// [`BatchError`].
    #[allow(clippy::type_complexity)] // a number and two lists, each explained
    pub fn gradient_by_tables<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
    ) -> Result<(F, Vec<F>, Vec<F>), BatchError> {
        let mut gradient = zeros(rows.unknowns());
        let (value, by_shared) = self.gradient_by_tables_into(shared, rows, &mut gradient)?;
        Ok((value, by_shared, gradient))
    }

    /// [`gradient_by_tables`](Self::gradient_by_tables), what is by the tables into a slice.
    ///
    /// # Errors
    /// [`BatchError`].
    pub fn gradient_by_tables_into<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        gradient: &mut [F],
    ) -> Result<(F, Vec<F>), BatchError> {
        unmoved("gradient_by_tables", rows)?;
        length("the gradient by the tables' numbers", rows.unknowns(), gradient.len())?;
        let value = self.reduced(shared, rows)?.into_iter().fold(F::zero(), |sum, y| sum + y);
        let divisor = self.divisor(rows);
        let mut call = self.begin(shared, rows)?;
        let outputs = call.outputs;
        let weight = |row: usize| rows.weights.map_or(F::one(), |weights| weights[row]) / divisor;
        let weights: Vec<F> = (0..rows.len() * outputs).map(|k| weight(k / outputs)).collect();
        let (mut y, mut of_rows) = (zeros(weights.len()), zeros(rows.len() * rows.own()));
        let mut by_shared = zeros(shared.len());
        self.vjp_of(&mut call, (shared, rows), &weights, &mut y, &mut by_shared, &mut of_rows)?;
        drop(call);
        gradient.fill(F::zero());
        rows.scatter(&of_rows, gradient)?;
        Ok((value, by_shared))
    }
}
