//! What a batch gives reduced over rows; given back, or written into slices.
//!
//! Costs are in passes over all rows.

use wengert_lanes::{LaneFloat, RowMaximum};
use wengert_program::{RowMode, RowProgram, SharedWork};
use wengert_tape::RunError;
use wengert_tape::call::Mode;

use super::Batch;
use super::error::BatchError;
use super::pass::nothing;
use super::rows::Rows;
use super::sort::{CallOf, boundary, given_by_mode, length, unmoved, zeros};

impl Batch<'_> {
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
        let sums =
            self.sums(&mut call, mode, (shared, rows), &mut |program, work| boundary(program, work, shared))?;
        let mut values = zeros(call.outputs);
        for sums in &sums {
            values.iter_mut().zip(sums).for_each(|(y, sum)| *y = *y + *sum);
        }
        self.name_nan(&mut call, shared, rows, &values)?;
        let divisor = self.divisor(rows);
        Ok(values.into_iter().map(|y| y / divisor).collect())
    }

    /// The greatest value of all rows, one an output, and the first row that has it: the worst residual, the constraint that is
    /// violated most. A NaN is greater than all else. Weights and means have no part in it. Of no rows there is none. Cost: one
    /// pass.
    ///
    /// ```
    /// use wengert::{Batch, batch::{RowMaximum, Rows}};
    ///
    /// let points = [0.0, 1.0, 1.0, 3.5, 2.0, 5.0];
    /// let mut error = Batch::new(|w, row| (w[0] * row[0] + w[1] - row[1]).abs());
    /// let worst = error.maximum(&[2.0, 1.0], &Rows::new(&points, 2))?;
    /// assert_eq!(worst, [RowMaximum { value: 0.5, row: 1 }]);
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    pub fn maximum<F: LaneFloat>(
        &mut self,
        shared: &[F],
        rows: &Rows<'_, F>,
    ) -> Result<Vec<RowMaximum<F>>, BatchError> {
        let mut call = self.begin(shared, rows)?;
        let mut given = |program: &RowProgram, work: &mut SharedWork<F>| boundary(program, work, shared);
        let out = (nothing(), nothing());
        Ok(self.pass(RowMode::Maximum, &mut call, (shared, rows), &mut given, None, out)?.maxima)
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
        let sums = self.sums(&mut call, mode, (shared, rows), &mut given_by_mode(mode, shared))?;
        let traces = call.taken.traces.iter().map(|(trace, ..)| *trace);
        let sums: Vec<(usize, Vec<F>)> = traces.zip(sums).collect();
        let (outputs, divisor) = (call.outputs, self.divisor(rows));
        let values: Vec<F> = sums.iter().flat_map(|(_, sums)| &sums[..outputs]).copied().collect();
        self.name_nan(&mut call, shared, rows, &values)?;
        drop(call);
        self.gradient_of_sums(mode, shared, outputs, &sums, divisor, gradient)
    }

    /// The gradient from the sums of its mode by trace, in the order of the traces.
    pub(super) fn gradient_of_sums<F: LaneFloat>(
        &mut self,
        mode: RowMode,
        shared: &[F],
        outputs: usize,
        sums: &[(usize, Vec<F>)],
        divisor: F,
        gradient: &mut [F],
    ) -> Result<F, BatchError> {
        let mut runs = self.kept.take();
        let (mut value, mut part) = (F::zero(), zeros(shared.len()));
        gradient.fill(F::zero());
        for (trace, sums) in sums {
            let (values, adjoints) = sums.split_at(outputs);
            value = values.iter().fold(value, |sum, y| sum + *y);
            if self.mode_of(*trace, mode) == Some(Mode::Forward) {
                part.copy_from_slice(adjoints);
            } else {
                let program = &self.traces.list[*trace].program;
                program.pull_shared(&mut runs.work, shared, adjoints, &mut part)?;
            }
            gradient.iter_mut().zip(&part).for_each(|(g, part)| *g = *g + *part);
        }
        self.kept.put(runs);
        for g in gradient.iter_mut() {
            *g = *g / divisor;
        }
        Ok(value / divisor)
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
        unmoved("hvp", rows)?;
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
        let sums = self.sums(call, mode, (shared, rows), &mut |program, work| {
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
            program.pull_shared_along(&mut call.runs.work, shared, direction, both, &mut g, &mut h)?;
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
        unmoved("hessian", rows)?;
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
        let sums = self.sums(&mut call, mode, (shared, rows), &mut given_by_mode(mode, shared))?;
        let half = normal_equations(&sums, self.divisor(rows), gradient, square);
        self.name_nan(&mut call, shared, rows, &[half])?;
        Ok(half)
    }
}

/// Half the sum of squares, `Jᵀr` and `JᵀJ`, of the sums of their mode by trace.
pub(super) fn normal_equations<F: LaneFloat>(
    sums: &[Vec<F>],
    divisor: F,
    gradient: &mut [F],
    square: &mut [F],
) -> F {
    let (n, mut half) = (gradient.len(), F::zero());
    gradient.fill(F::zero());
    square.fill(F::zero());
    for sums in sums {
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
    for g in gradient.iter_mut() {
        *g = *g / divisor;
    }
    half / divisor
}
