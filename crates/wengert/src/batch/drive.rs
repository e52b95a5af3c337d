//! What users ask of a batch: each result by row, or reduced over rows; given back, or written into slices.
//!
//! Costs are in passes over all rows.

use wengert_lanes::{LaneFloat, Table};
use wengert_program::{By, RowMode, SharedWork};
use wengert_tape::RunError;

use super::Batch;
use super::blocks::Written;
use super::error::BatchError;
use super::pass::nothing;
use super::rows::Rows;
use super::traces::Taken;

/// Checks a slice's length.
fn length(what: &'static str, expected: usize, found: usize) -> Result<(), BatchError> {
    if expected == found { Ok(()) } else { Err(RunError::Length { what, expected, found }.into()) }
}

fn zeros<F: LaneFloat>(n: usize) -> Vec<F> {
    vec![F::zero(); n]
}

/// A call in the making: rows that are some, and the traces that they take.
struct CallOf<F: LaneFloat> {
    work: SharedWork<F>,
    taken: Taken,
    /// How many outputs a row has; none where there is no row.
    outputs: usize,
}

impl Batch<'_> {
    fn begin<F: LaneFloat>(&mut self, shared: &[F], rows: &Rows<'_, F>) -> Result<CallOf<F>, BatchError> {
        if let Some(wrong) = rows.wrong {
            return Err(wrong.into());
        }
        let mut work = SharedWork::default();
        let taken = self.taken(&mut work, shared, rows)?;
        let of = |trace: &(usize, usize, usize)| self.traces.list[trace.0].program.program().outputs();
        let outputs = taken.traces.first().map_or(0, of);
        match taken.traces.iter().find(|trace| of(trace) != outputs) {
            Some(trace) => Err(BatchError::Outputs { row: trace.1, expected: outputs, found: of(trace) }),
            None => Ok(CallOf { work, taken, outputs }),
        }
    }

    /// What reduced results are divided by: the number of rows, or the sum of the weights.
    fn divisor<F: LaneFloat>(&self, rows: &Rows<'_, F>) -> F {
        match (self.mean, rows.weights) {
            (false, _) => F::one(),
            (true, None) => F::of(rows.len() as f64),
            (true, Some(weights)) => weights.iter().fold(F::zero(), |sum, weight| sum + *weight),
        }
    }

    /// Names the rows whose values are NaN, where a sum is.
    fn name_nan<F: LaneFloat>(
        &mut self,
        call: &mut CallOf<F>,
        shared: &[F],
        rows: &Rows<'_, F>,
        sums: &[F],
    ) -> Result<(), BatchError> {
        if !sums.iter().any(|sum| sum.is_nan()) {
            return Ok(());
        }
        let report = self.report.traces.clone();
        let mut y = zeros(rows.len() * call.outputs);
        self.by_row(call, RowMode::Values, shared, rows, &mut y)?;
        self.report.traces = report;
        Ok(())
    }

    /// A pass for values by row alone.
    fn by_row<F: LaneFloat>(
        &mut self,
        call: &mut CallOf<F>,
        mode: RowMode,
        shared: &[F],
        rows: &Rows<'_, F>,
        y: &mut [F],
    ) -> Result<(), BatchError> {
        let CallOf { work, taken, outputs } = call;
        let out = (Written { numbers: y, width: *outputs }, nothing());
        self.pass(mode, work, rows, taken, &mut |program, work| boundary(program, work, shared), None, out)?;
        Ok(())
    }

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

    /// The reduced values, one an output. Cost: one pass.
    ///
    /// ```
    /// use wengert::{Batch, batch::Rows};
    ///
    /// let mut moments = Batch::new(|_, x| [x[0], x[0] * x[0]]).mean();
    /// assert_eq!(moments.reduced(&[], &Rows::new(&[1.0, 2.0, 3.0], 1))?, [2.0, 14.0 / 3.0]);
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    pub fn reduced<F: LaneFloat>(&mut self, shared: &[F], rows: &Rows<'_, F>) -> Result<Vec<F>, BatchError> {
        let mut call = self.begin(shared, rows)?;
        let mode = RowMode::Sum { weighted: rows.weights.is_some() };
        let sums = self.sums(&mut call, mode, rows, &mut |program, work| boundary(program, work, shared))?;
        let mut values = zeros(call.outputs);
        for sums in &sums {
            values.iter_mut().zip(sums).for_each(|(y, sum)| *y = *y + *sum);
        }
        self.name_nan(&mut call, shared, rows, &values)?;
        let divisor = self.divisor(rows);
        Ok(values.into_iter().map(|y| y / divisor).collect())
    }

    /// The reduced value of rows of one output. Cost: one pass.
    pub fn value<F: LaneFloat>(&mut self, shared: &[F], rows: &Rows<'_, F>) -> Result<F, BatchError> {
        let values = self.reduced(shared, rows)?;
        match values[..] {
            [value] => Ok(value),
            [] if rows.is_empty() => Ok(F::zero() / self.divisor(rows)),
            _ => Err(RunError::NotScalar { found: values.len() }.into()),
        }
    }

    /// The sums of a mode, by trace.
    fn sums<F: LaneFloat>(
        &mut self,
        call: &mut CallOf<F>,
        mode: RowMode,
        rows: &Rows<'_, F>,
        given: &mut dyn FnMut(&wengert_program::RowProgram, &mut SharedWork<F>) -> Result<Vec<F>, RunError>,
    ) -> Result<Vec<Vec<F>>, BatchError> {
        let further = rows.weights.map(|weights| Table::by_rows(weights, 1));
        let CallOf { work, taken, .. } = call;
        self.pass(mode, work, rows, taken, given, further, (nothing(), nothing()))
    }

    /// The reduced value, and its gradient by the shared inputs; of several outputs those of their sum. Cost: one pass over code
    /// of some two to four times the operations, and one sweep over what is uniform.
    pub fn gradient<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
    ) -> Result<(F, Vec<F>), BatchError> {
        let mut gradient = zeros(shared.len());
        let value = self.gradient_into(shared, rows, &mut gradient)?;
        Ok((value, gradient))
    }

    /// [`gradient`](Self::gradient) into a slice.
    pub fn gradient_into<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        gradient: &mut [F],
    ) -> Result<F, BatchError> {
        length("the gradient", shared.len(), gradient.len())?;
        let mut call = self.begin(shared, rows)?;
        let mode = RowMode::Gradient { weighted: rows.weights.is_some() };
        let sums = self.sums(&mut call, mode, rows, &mut |program, work| boundary(program, work, shared))?;
        let (mut value, mut part) = (F::zero(), zeros(shared.len()));
        gradient.fill(F::zero());
        for (sums, (trace, ..)) in sums.iter().zip(&call.taken.traces) {
            let (values, adjoints) = sums.split_at(call.outputs);
            value = values.iter().fold(value, |sum, y| sum + *y);
            let program = &self.traces.list[*trace].program;
            program.pull_shared(&mut call.work, shared, adjoints, &mut part)?;
            gradient.iter_mut().zip(&part).for_each(|(g, part)| *g = *g + *part);
        }
        self.name_nan(&mut call, shared, rows, &[value])?;
        let divisor = self.divisor(rows);
        gradient.iter_mut().for_each(|g| *g = *g / divisor);
        Ok(value / divisor)
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
        let CallOf { work, taken, outputs } = call;
        let width = *outputs * columns(shared, rows, by);
        let out = (Written { numbers: y, width: *outputs }, Written { numbers: jacobian, width });
        let mut given = |program: &wengert_program::RowProgram, work: &mut SharedWork<F>| match by {
            By::Row => boundary(program, work, shared),
            By::Shared | By::Both => Ok(shared.to_vec()),
        };
        self.pass(RowMode::Jacobian(by), work, rows, taken, &mut given, None, out)?;
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
            length("the direction in the shared inputs", shared.len(), direction.len())?;
        }
        if by.rows() {
            length("the direction in the rows", rows.len() * rows.width(), of_rows.len())?;
        }
        let CallOf { work, taken, outputs } = call;
        let (width, further) = (*outputs, by.rows().then(|| Table::by_rows(of_rows, rows.width())));
        let out = (Written { numbers: y, width }, Written { numbers: product, width });
        let mut given = |program: &wengert_program::RowProgram, work: &mut SharedWork<F>| {
            let mut given = Vec::new();
            if by.shared() {
                program.push_shared(work, shared, direction, &mut given)?;
            } else {
                program.boundary_at(work, shared, &mut given)?;
            }
            Ok(given)
        };
        self.pass(RowMode::Jvp(by), work, rows, taken, &mut given, further, out)?;
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
        let (mut product, mut of_rows) = (zeros(shared.len()), zeros(rows.len() * rows.width()));
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
        length("the products by the rows' inputs", rows.len() * rows.width(), of_rows.len())?;
        self.vjp_of(&mut call, (shared, rows), weights, y, product, of_rows)
    }

    fn vjp_of<F: LaneFloat>(
        &mut self,
        call: &mut CallOf<F>,
        (shared, rows): (&[F], &Rows<'_, F>),
        weights: &[F],
        y: &mut [F],
        product: &mut [F],
        of_rows: &mut [F],
    ) -> Result<(), BatchError> {
        length("weights", rows.len() * call.outputs, weights.len())?;
        let CallOf { work, taken, outputs } = call;
        let further = Some(Table::by_rows(weights, *outputs));
        let out =
            (Written { numbers: y, width: *outputs }, Written { numbers: of_rows, width: rows.width() });
        let mut given =
            |program: &wengert_program::RowProgram, work: &mut SharedWork<F>| boundary(program, work, shared);
        let sums = self.pass(RowMode::Vjp(By::Both), work, rows, taken, &mut given, further, out)?;
        product.fill(F::zero());
        let mut part = zeros(shared.len());
        for (adjoints, (trace, ..)) in sums.iter().zip(&taken.traces) {
            self.traces.list[*trace].program.pull_shared(work, shared, adjoints, &mut part)?;
            product.iter_mut().zip(&part).for_each(|(g, part)| *g = *g + *part);
        }
        Ok(())
    }

    /// The reduced value, its gradient, and the product of its Hessian with a direction, all by the shared inputs; of several
    /// outputs those of their sum. Cost: one pass over code of some five to ten times the operations.
    ///
    /// ```
    /// use wengert::{Batch, batch::Rows};
    ///
    /// let mut loss = Batch::new(|w, x| (w[0] * x[0]).exp());
    /// let rows = Rows::new(&[0.0, 1.0], 1);
    /// assert_eq!(loss.hvp(&[0.0], &rows, &[3.0])?, (2.0, vec![1.0], vec![3.0]));
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    #[allow(clippy::type_complexity)] // as of all drivers of this name
    pub fn hvp<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        direction: &[F],
    ) -> Result<(F, Vec<F>, Vec<F>), BatchError> {
        let (mut gradient, mut product) = (zeros(shared.len()), zeros(shared.len()));
        let value = self.hvp_into(shared, rows, direction, &mut gradient, &mut product)?;
        Ok((value, gradient, product))
    }

    /// [`hvp`](Self::hvp) into slices.
    pub fn hvp_into<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        direction: &[F],
        gradient: &mut [F],
        product: &mut [F],
    ) -> Result<F, BatchError> {
        length("the direction", shared.len(), direction.len())?;
        length("the gradient", shared.len(), gradient.len())?;
        length("the product", shared.len(), product.len())?;
        let mut call = self.begin(shared, rows)?;
        let value = self.hvp_of(&mut call, (shared, rows), direction, gradient, product)?;
        self.name_nan(&mut call, shared, rows, &[value])?;
        Ok(value)
    }

    fn hvp_of<F: LaneFloat>(
        &mut self,
        call: &mut CallOf<F>,
        (shared, rows): (&[F], &Rows<'_, F>),
        direction: &[F],
        gradient: &mut [F],
        product: &mut [F],
    ) -> Result<F, BatchError> {
        let mode = RowMode::Hvp { weighted: rows.weights.is_some() };
        let sums = self.sums(call, mode, rows, &mut |program, work| {
            let mut given = Vec::new();
            program.push_shared(work, shared, direction, &mut given)?;
            Ok(given)
        })?;
        let mut value = F::zero();
        let (mut g, mut h) = (zeros(shared.len()), zeros(shared.len()));
        gradient.fill(F::zero());
        product.fill(F::zero());
        for (sums, (trace, ..)) in sums.iter().zip(&call.taken.traces) {
            let program = &self.traces.list[*trace].program;
            let (values, both) = sums.split_at(call.outputs);
            let both: [&[F]; 2] = both.split_at(program.boundary()).into();
            value = values.iter().fold(value, |sum, y| sum + *y);
            program.pull_shared_along(&mut call.work, shared, direction, both, &mut g, &mut h)?;
            for (sum, part) in gradient.iter_mut().zip(&g).chain(product.iter_mut().zip(&h)) {
                *sum = *sum + *part;
            }
        }
        let divisor = self.divisor(rows);
        gradient.iter_mut().chain(product).for_each(|x| *x = *x / divisor);
        Ok(value / divisor)
    }

    /// The reduced value, its gradient, and its Hessian, row after row, all by the shared inputs; of several outputs those of
    /// their sum. Cost: as many passes of [`hvp`](Self::hvp) as there are shared inputs.
    ///
    /// ```
    /// use wengert::{Batch, batch::Rows};
    ///
    /// let mut loss = Batch::new(|w, x| (w[0] * x[0] + w[1]).powi(2) * 0.5);
    /// let (_, _, hessian) = loss.hessian(&[0.0, 0.0], &Rows::new(&[1.0, 3.0], 1))?;
    /// assert_eq!(hessian, [10.0, 4.0, 4.0, 2.0]);
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    #[allow(clippy::type_complexity)] // as of all drivers of this name
    pub fn hessian<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
    ) -> Result<(F, Vec<F>, Vec<F>), BatchError> {
        let (mut gradient, mut hessian) = (zeros(shared.len()), zeros(shared.len() * shared.len()));
        let value = self.hessian_into(shared, rows, &mut gradient, &mut hessian)?;
        Ok((value, gradient, hessian))
    }

    /// [`hessian`](Self::hessian) into slices.
    pub fn hessian_into<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        gradient: &mut [F],
        hessian: &mut [F],
    ) -> Result<F, BatchError> {
        let n = shared.len();
        length("the gradient", n, gradient.len())?;
        length("the Hessian", n * n, hessian.len())?;
        if n == 0 {
            return self.value(shared, rows);
        }
        let mut call = self.begin(shared, rows)?;
        let (mut value, mut unit) = (F::zero(), zeros(n));
        for (k, line) in hessian.chunks_exact_mut(n).enumerate() {
            unit[k] = F::one();
            value = self.hvp_of(&mut call, (shared, rows), &unit, gradient, line)?;
            unit[k] = F::zero();
        }
        // The same derivative either way, and not always the same bits.
        for i in 0..n {
            for j in 0..i {
                hessian[j * n + i] = hessian[i * n + j];
            }
        }
        self.name_nan(&mut call, shared, rows, &[value])?;
        Ok(value)
    }

    /// Of all outputs as residuals `r`: half the reduced sum of their squares, `Jᵀr`, which is its gradient, and `JᵀJ`, row after
    /// row, `J` by the shared inputs. No row's `J` is stored. Cost: one pass over code of `m` sweeps for `m` outputs and `m·n²/2`
    /// products.
    ///
    /// ```
    /// use wengert::{Batch, batch::Rows};
    ///
    /// // y = w·x + b through three points: one step is the solution.
    /// let points = [0.0, 1.0, 1.0, 3.0, 2.0, 5.0];
    /// let mut residual = Batch::new(|w, row| w[0] * row[0] + w[1] - row[1]);
    /// let (half, gradient, square) = residual.gauss_newton(&[0.0, 0.0], &Rows::new(&points, 2))?;
    /// assert_eq!((half, gradient, square), (17.5, vec![-13.0, -9.0], vec![5.0, 3.0, 3.0, 3.0]));
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    #[allow(clippy::type_complexity)] // a number, a vector and a matrix
    pub fn gauss_newton<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
    ) -> Result<(F, Vec<F>, Vec<F>), BatchError> {
        let (mut gradient, mut square) = (zeros(shared.len()), zeros(shared.len() * shared.len()));
        let half = self.gauss_newton_into(shared, rows, &mut gradient, &mut square)?;
        Ok((half, gradient, square))
    }

    /// [`gauss_newton`](Self::gauss_newton) into slices.
    pub fn gauss_newton_into<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
        gradient: &mut [F],
        square: &mut [F],
    ) -> Result<F, BatchError> {
        let n = shared.len();
        length("the gradient", n, gradient.len())?;
        length("the product of the Jacobian with itself", n * n, square.len())?;
        let mut call = self.begin(shared, rows)?;
        let mode = RowMode::GaussNewton { weighted: rows.weights.is_some() };
        let sums = self.sums(&mut call, mode, rows, &mut |_, _| Ok(shared.to_vec()))?;
        let (mut half, divisor) = (F::zero(), self.divisor(rows));
        gradient.fill(F::zero());
        square.fill(F::zero());
        for sums in &sums {
            let [first, rest @ ..] = &sums[..] else { continue };
            half = half + *first;
            let (by, products) = rest.split_at(n);
            gradient.iter_mut().zip(by).for_each(|(g, sum)| *g = *g + *sum);
            let places = (0..n).flat_map(|i| (0..=i).map(move |j| i * n + j));
            places.zip(products).for_each(|(place, sum)| square[place] = square[place] + *sum);
        }
        for i in 0..n {
            for j in 0..=i {
                square[i * n + j] = square[i * n + j] / divisor;
                square[j * n + i] = square[i * n + j];
            }
        }
        gradient.iter_mut().for_each(|g| *g = *g / divisor);
        self.name_nan(&mut call, shared, rows, &[half])?;
        Ok(half / divisor)
    }
}

/// What most modes are given.
fn boundary<F: LaneFloat>(
    program: &wengert_program::RowProgram,
    work: &mut SharedWork<F>,
    shared: &[F],
) -> Result<Vec<F>, RunError> {
    let mut boundary = Vec::new();
    program.boundary_at(work, shared, &mut boundary)?;
    Ok(boundary)
}

/// How many columns a Jacobian has.
fn columns<F: Copy>(shared: &[F], rows: &Rows<'_, F>, by: By) -> usize {
    usize::from(by.shared()) * shared.len() + usize::from(by.rows()) * rows.width()
}
