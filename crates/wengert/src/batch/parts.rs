//! Gradients and normal equations over rows that come in parts, such as the blocks of a file that is larger than memory.
//!
//! Rows are put together to pieces of 64 blocks, a power of two, and the sums of pieces are joined as a binary counter
//! does: the tree of sums is that of all rows at once, whatever the parts are.

use wengert_lanes::LaneFloat;
use wengert_program::RowMode;

use super::Batch;
use super::blocks::BLOCK;
use super::error::BatchError;
use super::reduced::normal_equations;
use super::rows::{Rows, RowsError};
use super::sort::{given_by_mode, unmoved, zeros};

/// How many blocks a piece has.
const PIECE: usize = 64;

/// The sums of so many pieces, by trace.
struct Level<F> {
    pieces: usize,
    sums: Vec<(usize, Vec<F>)>,
}

/// A gradient over rows that are given in parts: [`Batch::gradient_in_parts`].
#[derive(Debug)]
pub struct GradientParts<'b, 'a, F: LaneFloat = f64>(SumsInParts<'b, 'a, F>);

/// Normal equations over rows that are given in parts: [`Batch::gauss_newton_in_parts`].
#[derive(Debug)]
pub struct GaussNewtonParts<'b, 'a, F: LaneFloat = f64>(SumsInParts<'b, 'a, F>);

/// Which of them.
#[derive(Clone, Copy, Debug)]
enum PartsOf {
    Gradient,
    GaussNewton,
}

struct SumsInParts<'b, 'a, F: LaneFloat> {
    of: PartsOf,
    batch: &'b mut Batch<'a>,
    shared: Vec<F>,
    /// Rows that make no piece yet: what is differentiated, what is not, weights.
    own: Vec<F>,
    data: Vec<F>,
    weights: Vec<F>,
    waiting: usize,
    /// Those of the first part.
    parameters: Vec<F>,
    /// How many numbers of both kinds a row has, and whether it has a weight: those of the first part.
    shape: Option<(usize, usize, bool)>,
    /// Rows that are summed, and what all are divided by for a mean.
    done: usize,
    divisor: F,
    levels: Vec<Level<F>>,
    /// Traces by their first rows.
    order: Vec<usize>,
    outputs: usize,
}

impl<'a> Batch<'a> {
    /// The [gradient](Self::gradient) over rows that are given one part after another: as many as there are, in the memory of
    /// 16,384. It has the bits of the gradient over all rows at once, whatever the parts.
    ///
    /// ```
    /// use wengert::{Batch, batch::Rows};
    ///
    /// let mut loss = Batch::new(|w, x| (w[0] * x[0]).sin());
    /// let numbers: Vec<f64> = (0..100_000).map(|k| f64::from(k) * 1e-4).collect();
    /// let mut parts = loss.gradient_in_parts(&[0.5]);
    /// for part in numbers.chunks(777) {
    ///     parts.add(&Rows::new(part, 1))?;
    /// }
    /// let in_parts = parts.finish()?;
    /// assert_eq!(in_parts, loss.gradient(&[0.5], &Rows::new(&numbers, 1))?);
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    ///
    /// The [report](Self::report) is that of the last rows that were run together. Cost: that of the gradient, and a copy of the
    /// rows.
    pub fn gradient_in_parts<F: LaneFloat>(&mut self, shared: &[F]) -> GradientParts<'_, 'a, F> {
        GradientParts(self.in_parts(PartsOf::Gradient, shared))
    }

    /// The matrices of [`gauss_newton`](Self::gauss_newton) over rows that are given one part after another, as
    /// [`gradient_in_parts`](Self::gradient_in_parts) takes them, with the bits of all rows at once.
    ///
    /// ```
    /// use wengert::{Batch, batch::Rows};
    ///
    /// let points: Vec<f64> = (0..60_000).map(|k| f64::from(k % 97) * 0.1).collect();
    /// let mut residual = Batch::new(|w, row| w[0] * row[0] + w[1] - row[1]);
    /// let mut parts = residual.gauss_newton_in_parts(&[0.5, 1.0]);
    /// for part in points.chunks(10_000) {
    ///     parts.add(&Rows::new(part, 2))?;
    /// }
    /// let in_parts = parts.finish()?;
    /// assert_eq!(in_parts, residual.gauss_newton(&[0.5, 1.0], &Rows::new(&points, 2))?);
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    pub fn gauss_newton_in_parts<F: LaneFloat>(&mut self, shared: &[F]) -> GaussNewtonParts<'_, 'a, F> {
        GaussNewtonParts(self.in_parts(PartsOf::GaussNewton, shared))
    }

    fn in_parts<F: LaneFloat>(&mut self, of: PartsOf, shared: &[F]) -> SumsInParts<'_, 'a, F> {
        self.traces.hold();
        SumsInParts {
            of,
            batch: self,
            shared: shared.to_vec(),
            own: Vec::new(),
            data: Vec::new(),
            weights: Vec::new(),
            waiting: 0,
            parameters: Vec::new(),
            shape: None,
            done: 0,
            divisor: F::zero(),
            levels: Vec::new(),
            order: Vec::new(),
            outputs: 0,
        }
    }
}

/// Sums by trace, of some rows and of those behind them.
fn joined<F: LaneFloat>(mut first: Vec<(usize, Vec<F>)>, rest: Vec<(usize, Vec<F>)>) -> Vec<(usize, Vec<F>)> {
    for (trace, more) in rest {
        match first.iter_mut().find(|(of, _)| *of == trace) {
            Some((_, sums)) => sums.iter_mut().zip(more).for_each(|(sum, more)| *sum = *sum + more),
            None => first.push((trace, more)),
        }
    }
    first
}

impl<F: LaneFloat> core::fmt::Debug for SumsInParts<'_, '_, F> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SumsInParts")
            .field("of", &self.of)
            .field("rows", &(self.done + self.waiting))
            .finish_non_exhaustive()
    }
}

impl<F: LaneFloat> Drop for SumsInParts<'_, '_, F> {
    fn drop(&mut self) {
        self.batch.traces.release();
    }
}

impl<F: LaneFloat> SumsInParts<'_, '_, F> {
    fn mode(&self) -> RowMode {
        let weighted = self.shape.is_some_and(|(.., weighted)| weighted);
        match self.of {
            PartsOf::Gradient => RowMode::Gradient { weighted },
            PartsOf::GaussNewton => RowMode::GaussNewton { weighted },
        }
    }

    fn add(&mut self, rows: &Rows<'_, F>) -> Result<(), BatchError> {
        if let Some(wrong) = rows.wrong {
            return Err(wrong.into());
        }
        unmoved("what takes rows in parts", rows)?;
        let found = (rows.own(), rows.width() - rows.own(), rows.weights.is_some());
        if self.shape.is_none() {
            self.parameters.extend_from_slice(rows.parameters);
        }
        let shape = *self.shape.get_or_insert(found);
        let alike = |(a, b): (&F, &F)| a == b || a.is_nan() && b.is_nan();
        let (first, here) = (&self.parameters, rows.parameters);
        if first.len() != here.len() || !first.iter().zip(here).all(alike) {
            return Err(RowsError::Parameters.into());
        }
        if shape != found {
            let what = "numbers of a row, or weights, of another part";
            return Err(RowsError::Count { what, rows: shape.0 + shape.1, found: found.0 + found.1 }.into());
        }
        for row in 0..rows.len() {
            let mut numbers = rows.numbers(row);
            self.own.extend(numbers.by_ref().take(shape.0));
            self.data.extend(numbers);
            if let Some(weights) = rows.weights {
                self.weights.push(weights[row]);
            }
            self.divisor = self.divisor + rows.weights.map_or(F::one(), |weights| weights[row]);
            self.waiting += 1;
            if self.waiting == PIECE * BLOCK {
                let mut level = Level { pieces: 1, sums: self.piece()? };
                while let Some(before) = self.levels.pop_if(|before| before.pieces == level.pieces) {
                    level = Level { pieces: 2 * level.pieces, sums: joined(before.sums, level.sums) };
                }
                self.levels.push(level);
            }
        }
        Ok(())
    }

    /// The sums of the rows that wait.
    fn piece(&mut self) -> Result<Vec<(usize, Vec<F>)>, BatchError> {
        let (own, data, weighted) = self.shape.unwrap_or_default();
        let mut rows = if own > 0 { Rows::new(&self.own, own) } else { Rows::count(self.waiting) };
        rows = rows.parameters(&self.parameters);
        if data > 0 {
            rows = rows.beside(&self.data, data);
        }
        if weighted {
            rows = rows.weighted(&self.weights);
        }
        let done = self.done;
        let behind = |error: BatchError| error.behind(done);
        let shared = &self.shared;
        let mut call = self.batch.begin(shared, &rows).map_err(behind)?;
        let mode = self.mode();
        let mut given = given_by_mode(mode, shared);
        let sums = self.batch.sums(&mut call, mode, (shared, &rows), &mut given).map_err(behind)?;
        if self.done > 0 && call.outputs != self.outputs {
            return Err(BatchError::Outputs { row: done, expected: self.outputs, found: call.outputs });
        }
        self.outputs = call.outputs;
        let traces: Vec<usize> = call.taken.traces.iter().map(|(trace, ..)| *trace).collect();
        drop(call);
        for trace in &traces {
            if !self.order.contains(trace) {
                self.order.push(*trace);
            }
        }
        self.done += self.waiting;
        self.waiting = 0;
        self.own.clear();
        self.data.clear();
        self.weights.clear();
        Ok(traces.into_iter().zip(sums).collect())
    }

    /// The sums of all rows that were added, by trace in order, and what they are divided by.
    #[allow(clippy::type_complexity)] // sums by trace, and a number
    fn finish(&mut self) -> Result<(Vec<(usize, Vec<F>)>, F), BatchError> {
        let mut sums = if self.waiting > 0 { self.piece()? } else { Vec::new() };
        while let Some(level) = self.levels.pop() {
            sums = joined(level.sums, sums);
        }
        let place = |trace: usize| self.order.iter().position(|of| *of == trace);
        sums.sort_by_key(|(trace, _)| place(*trace));
        Ok((sums, if self.batch.mean { self.divisor } else { F::one() }))
    }
}

impl<F: LaneFloat> GradientParts<'_, '_, F> {
    /// Adds rows behind those that were added before. They must have as many numbers as those, and weights where those have.
    ///
    /// # Errors
    /// As [`Batch::gradient`], rows being numbered from the first of all.
    pub fn add(&mut self, rows: &Rows<'_, F>) -> Result<(), BatchError> {
        self.0.add(rows)
    }

    /// The reduced value, and its gradient by the shared inputs, over all rows that were added.
    ///
    /// # Errors
    /// As [`Batch::gradient`].
    pub fn finish(mut self) -> Result<(F, Vec<F>), BatchError> {
        let parts = &mut self.0;
        let (sums, divisor) = parts.finish()?;
        let (mode, mut gradient) = (parts.mode(), zeros(parts.shared.len()));
        let SumsInParts { batch, shared, outputs, .. } = parts;
        let value = batch.gradient_of_sums(mode, shared, *outputs, &sums, divisor, &mut gradient)?;
        Ok((value, gradient))
    }
}

impl<F: LaneFloat> GaussNewtonParts<'_, '_, F> {
    /// Adds rows behind those that were added before. They must have as many numbers as those, and weights where those have.
    ///
    /// # Errors
    /// As [`Batch::gauss_newton`], rows being numbered from the first of all.
    pub fn add(&mut self, rows: &Rows<'_, F>) -> Result<(), BatchError> {
        self.0.add(rows)
    }

    /// Half the reduced sum of squares, `Jᵀr` and `JᵀJ`, row after row, over all rows that were added.
    ///
    /// # Errors
    /// As [`Batch::gauss_newton`].
    #[allow(clippy::type_complexity)] // a number, a vector and a matrix
    pub fn finish(mut self) -> Result<(F, Vec<F>, Vec<F>), BatchError> {
        let (sums, divisor) = self.0.finish()?;
        let sums: Vec<Vec<F>> = sums.into_iter().map(|(_, sums)| sums).collect();
        let n = self.0.shared.len();
        let (mut gradient, mut square) = (zeros(n), zeros(n * n));
        let half = normal_equations(&sums, divisor, &mut gradient, &mut square);
        Ok((half, gradient, square))
    }
}
