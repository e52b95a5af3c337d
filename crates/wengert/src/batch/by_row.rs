//! What a batch gives row by row; given back, or written into slices.
//!
//! Costs are in passes over all rows.

use wengert_lanes::{LaneFloat, RowTable};
use wengert_program::{By, RowMode, RowProgram, SharedWork};
use wengert_tape::RunError;

use super::Batch;
use super::blocks::Written;
use super::error::BatchError;
use super::rows::Rows;
use super::sort::{CallOf, boundary, given_by_mode, length, unmoved, zeros};

impl Batch<'_> {
    /// The values of all rows, row after row. Cost: one pass.
    ///
    /// ```
    /// use wengert::{Batch, batch::Rows};
    ///
    /// let mut decay = Batch::new(|k, t| (-k[0] * t[0]).exp());
    /// let y = decay.values(&[2.0], &Rows::new(&[0.0, 0.5, 1.0], 1))?;
    /// assert_eq!(y, [1.0, (-1.0_f64).exp(), (-2.0_f64).exp()]);
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    pub fn values<F: LaneFloat>(&mut self, shared: &[F], rows: &Rows<'_, F>) -> Result<Vec<F>, BatchError> {
        let mut call = self.begin(shared, rows)?;
        let mut y = zeros(rows.len() * call.outputs);
        self.by_row(&mut call, RowMode::Values, shared, rows, &mut y)?;
        Ok(y)
    }

    /// [`values`](Self::values) into a slice.
    pub fn values_into<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        y: &mut [F],
    ) -> Result<(), BatchError> {
        let mut call = self.begin(shared, rows)?;
        length("values", rows.len() * call.outputs, y.len())?;
        self.by_row(&mut call, RowMode::Values, shared, rows, y)
    }

    /// The values of all rows, and the Jacobian of each by its inputs, by the shared ones, or both: row after row, in it output
    /// after output. Cost: one pass over code of `m` sweeps for `m` outputs.
    ///
    /// ```
    /// use wengert::{Batch, batch::{By, Rows}};
    ///
    /// let mut f = Batch::new(|k, x| [k[0] * x[0], x[0] * x[1]]);
    /// let rows = Rows::new(&[1.0, 2.0, 3.0, 4.0], 2);
    /// let (y, jacobian) = f.jacobian(&[10.0], &rows, By::Row)?;
    /// assert_eq!(y, [10.0, 2.0, 30.0, 12.0]);
    /// assert_eq!(jacobian, [10.0, 0.0, 2.0, 1.0, 10.0, 0.0, 4.0, 3.0]);
    /// assert_eq!(f.jacobian(&[10.0], &rows, By::Shared)?.1, [1.0, 0.0, 3.0, 0.0]);
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    pub fn jacobian<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        by: By,
    ) -> Result<(Vec<F>, Vec<F>), BatchError> {
        let mut call = self.begin(shared, rows)?;
        let mut y = zeros(rows.len() * call.outputs);
        let mut jacobian = zeros(y.len() * columns(shared, rows, by));
        self.jacobian_of(&mut call, shared, rows, by, &mut y, &mut jacobian)?;
        Ok((y, jacobian))
    }

    /// [`jacobian`](Self::jacobian) into slices.
    pub fn jacobian_into<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        by: By,
        y: &mut [F],
        jacobian: &mut [F],
    ) -> Result<(), BatchError> {
        let mut call = self.begin(shared, rows)?;
        length("values", rows.len() * call.outputs, y.len())?;
        length("the Jacobian", y.len() * columns(shared, rows, by), jacobian.len())?;
        self.jacobian_of(&mut call, shared, rows, by, y, jacobian)
    }

    fn jacobian_of<F: LaneFloat>(
        &mut self,
        call: &mut CallOf<F>,
        shared: &[F],
        rows: &Rows<'_, F>,
        by: By,
        y: &mut [F],
        jacobian: &mut [F],
    ) -> Result<(), BatchError> {
        let outputs = call.outputs;
        let width = outputs * columns(shared, rows, by);
        let out = (Written { numbers: y, width: outputs }, Written { numbers: jacobian, width });
        let mode = RowMode::Jacobian(by);
        self.pass(mode, call, (shared, rows), &mut given_by_mode(mode, shared), None, out)?;
        Ok(())
    }

    /// The value of each row of one output, and its gradient: [`jacobian`](Self::jacobian) of one line.
    ///
    /// ```
    /// use wengert::{Batch, batch::{By, Rows}};
    ///
    /// // What a unit looks at, in each of two samples.
    /// let mut unit = Batch::new(|w, x| (w[0] * x[0] + w[1] * x[1]).tanh());
    /// let (_, gradients) = unit.gradients(&[1.0, -2.0], &Rows::new(&[0.0, 0.0, 2.0, 1.0], 2), By::Row)?;
    /// assert_eq!(gradients, [1.0, -2.0, 1.0, -2.0]);
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    pub fn gradients<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        by: By,
    ) -> Result<(Vec<F>, Vec<F>), BatchError> {
        let mut y = zeros(rows.len());
        let mut gradients = zeros(rows.len() * columns(shared, rows, by));
        self.gradients_into(shared, rows, by, &mut y, &mut gradients)?;
        Ok((y, gradients))
    }

    /// [`gradients`](Self::gradients) into slices.
    pub fn gradients_into<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        by: By,
        y: &mut [F],
        gradients: &mut [F],
    ) -> Result<(), BatchError> {
        let mut call = self.begin(shared, rows)?;
        if !rows.is_empty() && call.outputs != 1 {
            return Err(RunError::NotScalar { found: call.outputs }.into());
        }
        length("values", rows.len(), y.len())?;
        length("the gradients", y.len() * columns(shared, rows, by), gradients.len())?;
        self.jacobian_of(&mut call, shared, rows, by, y, gradients)
    }

    /// The values of all rows, and the products of their Jacobians with a direction: in the shared inputs, in the rows' own, row
    /// after row, or both; an empty slice is no direction. Cost: one pass over code of some three times the operations.
    ///
    /// ```
    /// use wengert::{Batch, batch::Rows};
    ///
    /// let mut f = Batch::new(|k, x| k[0] * x[0]);
    /// let rows = Rows::new(&[1.0, 2.0], 1);
    /// assert_eq!(f.jvp(&[10.0], &rows, &[1.0], &[0.5, 0.25])?, (vec![10.0, 20.0], vec![6.0, 4.5]));
    /// assert_eq!(f.jvp(&[10.0], &rows, &[1.0], &[])?.1, [1.0, 2.0]);
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    pub fn jvp<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        direction: &[F],
        of_rows: &[F],
    ) -> Result<(Vec<F>, Vec<F>), BatchError> {
        let mut call = self.begin(shared, rows)?;
        let mut y = zeros(rows.len() * call.outputs);
        let mut product = y.clone();
        self.jvp_of(&mut call, (shared, rows), direction, of_rows, &mut y, &mut product)?;
        Ok((y, product))
    }

    /// [`jvp`](Self::jvp) into slices.
    pub fn jvp_into<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        direction: &[F],
        of_rows: &[F],
        y: &mut [F],
        product: &mut [F],
    ) -> Result<(), BatchError> {
        let mut call = self.begin(shared, rows)?;
        length("values", rows.len() * call.outputs, y.len())?;
        length("the product", y.len(), product.len())?;
        self.jvp_of(&mut call, (shared, rows), direction, of_rows, y, product)
    }

    fn jvp_of<F: LaneFloat>(
        &mut self,
        call: &mut CallOf<F>,
        (shared, rows): (&[F], &Rows<'_, F>),
        direction: &[F],
        of_rows: &[F],
        y: &mut [F],
        product: &mut [F],
    ) -> Result<(), BatchError> {
        let by = match (direction.is_empty(), of_rows.is_empty()) {
            (_, true) => By::Shared,
            (true, false) => By::Row,
            (false, false) => By::Both,
        };
        if by.shared() {
            unmoved("jvp along the shared inputs", rows)?;
            length("the direction in the shared inputs", shared.len(), direction.len())?;
        }
        if by.rows() {
            length("the direction in the rows", rows.len() * rows.own(), of_rows.len())?;
        }
        let outputs = call.outputs;
        let (width, further) = (outputs, by.rows().then(|| RowTable::by_rows(of_rows, rows.own())));
        let out = (Written { numbers: y, width }, Written { numbers: product, width });
        let mut given = |program: &RowProgram, work: &mut SharedWork<F>| {
            let mut given = Vec::new();
            if by.shared() {
                program.push_shared(work, shared, direction, &mut given)?;
            } else {
                program.boundary_at(work, shared, &mut given)?;
            }
            Ok(given)
        };
        self.pass(RowMode::Jvp(by), call, (shared, rows), &mut given, further, out)?;
        Ok(())
    }

    /// The values of all rows, and the products of weights of their outputs, row after row, with their Jacobians: by the shared
    /// inputs, summed over rows; by the rows' own, row after row. Cost: one pass over code of some two to four times the
    /// operations.
    ///
    /// ```
    /// use wengert::{Batch, batch::Rows};
    ///
    /// let mut f = Batch::new(|k, x| k[0] * x[0]);
    /// let (y, shared, of_rows) = f.vjp(&[10.0], &Rows::new(&[1.0, 2.0], 1), &[1.0, -3.0])?;
    /// assert_eq!((y, shared, of_rows), (vec![10.0, 20.0], vec![-5.0], vec![10.0, -30.0]));
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    #[allow(clippy::type_complexity)] // three lists, each explained
    pub fn vjp<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        weights: &[F],
    ) -> Result<(Vec<F>, Vec<F>, Vec<F>), BatchError> {
        let mut call = self.begin(shared, rows)?;
        let mut y = zeros(rows.len() * call.outputs);
        let (mut product, mut of_rows) = (zeros(shared.len()), zeros(rows.len() * rows.own()));
        self.vjp_of(&mut call, (shared, rows), weights, &mut y, &mut product, &mut of_rows)?;
        Ok((y, product, of_rows))
    }

    /// [`vjp`](Self::vjp) into slices.
    pub fn vjp_into<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        weights: &[F],
        y: &mut [F],
        product: &mut [F],
        of_rows: &mut [F],
    ) -> Result<(), BatchError> {
        let mut call = self.begin(shared, rows)?;
        length("values", rows.len() * call.outputs, y.len())?;
        length("the product by the shared inputs", shared.len(), product.len())?;
        length("the products by the rows' inputs", rows.len() * rows.own(), of_rows.len())?;
        self.vjp_of(&mut call, (shared, rows), weights, y, product, of_rows)
    }

    pub(super) fn vjp_of<F: LaneFloat>(
        &mut self,
        call: &mut CallOf<F>,
        (shared, rows): (&[F], &Rows<'_, F>),
        weights: &[F],
        y: &mut [F],
        product: &mut [F],
        of_rows: &mut [F],
    ) -> Result<(), BatchError> {
        unmoved("vjp", rows)?;
        length("weights", rows.len() * call.outputs, weights.len())?;
        let outputs = call.outputs;
        let further = Some(RowTable::by_rows(weights, outputs));
        let out = (Written { numbers: y, width: outputs }, Written { numbers: of_rows, width: rows.own() });
        let mut given = |program: &RowProgram, work: &mut SharedWork<F>| boundary(program, work, shared);
        let sums = self.pass(RowMode::Vjp(By::Both), call, (shared, rows), &mut given, further, out)?.sums;
        product.fill(F::zero());
        let mut part = zeros(shared.len());
        for (adjoints, (trace, ..)) in sums.iter().zip(&call.taken.traces) {
            self.traces.list[*trace].program.pull_shared(&mut call.runs.work, shared, adjoints, &mut part)?;
            product.iter_mut().zip(&part).for_each(|(g, part)| *g = *g + *part);
        }
        Ok(())
    }
}

/// How many columns a Jacobian has.
fn columns<F: Copy>(shared: &[F], rows: &Rows<'_, F>, by: By) -> usize {
    usize::from(by.shared()) * shared.len() + usize::from(by.rows()) * rows.own()
}
