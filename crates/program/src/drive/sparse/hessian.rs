//! Sparse Hessians of a combination of outputs: products with the sums of variables of a colour.

use wengert_lanes::LaneFloat;
use wengert_ops::Primitive;
use wengert_tape::{Coloring, Pattern, RunError, SparseError};

use super::options::{Recovery, SparseOptions};
use super::plan::{COLORS, SparseSweeps, Sweep, seed};
use super::report::{SparseMode, SparseReport};
use super::substitution::{Substitution, read_alone};
use crate::error::length;
use crate::program::Program;
use crate::program::rows::Lines;
use crate::work::Work;

/// The Hessian of `Σ wₖfₖ` of a program's outputs at its pattern: planned once, then run at many points and weights.
///
/// Values are those of the lower triangle, in the pattern's order, by columns (which is the upper triangle by rows);
/// [`Pattern::mirrored`] gives the order of the whole matrix, [`Pattern::by_rows`] that of the lower triangle by rows.
///
/// ```
/// use wengert::{Program, Work, sparse::SparseHessian};
///
/// // x₀ with every other one: an arrow, in two colours whatever its size.
/// let f = Program::record(&[1.0; 4], |x| vec![x[1..].iter().map(|y| (x[0] * *y).square()).sum()])?;
/// let hessian = SparseHessian::new(&f);
/// assert_eq!(hessian.report().colors, 2);
/// assert_eq!(hessian.pattern().starts(), [0, 4, 5, 6, 7]);
/// let mut values = vec![0.0; 7];
/// hessian.values_into(&mut Work::new(), &[2.0, 1.0, 2.0, 3.0], &[1.0], &mut values)?;
/// assert_eq!(values, [28.0, 8.0, 16.0, 24.0, 8.0, 8.0, 8.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SparseHessian {
    program: Program,
    outputs: Vec<u32>,
    pattern: Pattern,
    coloring: Coloring,
    plan: SparseSweeps,
    /// Where entries are not read off the sweeps.
    substitution: Option<Substitution>,
}

impl SparseHessian {
    /// Plans the Hessian of any combination of all outputs.
    #[must_use]
    pub fn new(program: &Program) -> Self {
        let outputs = (0..program.outputs() as u32).collect();
        let pattern = program.tape().hessian_pattern();
        Self::planned(program, outputs, pattern, &SparseOptions::default())
    }

    /// Plans the Hessian of any combination of some outputs, by substitution, or with other orders for colourings.
    ///
    /// # Errors
    /// [`SparseError::Output`] where there is no such output.
    pub fn with(program: &Program, options: &SparseOptions) -> Result<Self, SparseError> {
        let outputs = options.outputs_of(program);
        let pattern = program.tape().hessian_pattern_of(&outputs)?;
        let outputs = outputs.iter().map(|k| *k as u32).collect();
        Ok(Self::planned(program, outputs, pattern, options))
    }

    fn planned(program: &Program, outputs: Vec<u32>, pattern: Pattern, options: &SparseOptions) -> Self {
        let orders = &options.orders;
        let (coloring, reads, substitution) = match options.recovery {
            Recovery::Direct => {
                let coloring = pattern.color_star(orders);
                let reads = read_alone(&pattern, coloring.colors());
                (coloring, reads, None)
            }
            Recovery::Substitution => {
                let coloring = pattern.color_acyclic(orders);
                let substitution = Substitution::new(&pattern, coloring.colors());
                (coloring, Vec::new(), Some(substitution))
            }
        };
        let found = substitution.as_ref().map_or(reads.len(), Substitution::len);
        debug_assert_eq!(found, pattern.nonzeros(), "a colouring that does not give all entries");
        let plan = if found == 0 { SparseSweeps::default() } else { SparseSweeps::new(&coloring, &reads) };
        Self { program: program.clone(), outputs, pattern, coloring, plan, substitution }
    }

    /// Where the lower triangle can differ from 0.
    #[must_use]
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// The colours of the variables.
    #[must_use]
    pub fn coloring(&self) -> &Coloring {
        &self.coloring
    }

    /// What the plan came to.
    #[must_use]
    pub fn report(&self) -> SparseReport {
        SparseReport {
            rows: self.pattern.rows(),
            columns: self.pattern.columns(),
            nonzeros: self.pattern.nonzeros(),
            mode: if self.substitution.is_some() { SparseMode::Substitution } else { SparseMode::Direct },
            colors: self.coloring.count(),
            order: self.coloring.order(),
            sweeps: self.plan.sweeps.len(),
        }
    }

    /// Writes the values of the lower triangle at `x`, in the order of the [pattern](Self::pattern): those of the Hessian of
    /// `Σ wₖfₖ`, one weight for each output that was asked for, in that order.
    ///
    /// Cost: the sweeps of the [report](Self::report), each one forward and one reverse at dual numbers, and a pass over the
    /// entries.
    ///
    /// # Errors
    /// [`RunError::Length`], [`RunError::Diverged`].
    pub fn values_into<F: LaneFloat>(
        &self,
        work: &mut Work<F>,
        x: &[F],
        weights: &[F],
        values: &mut [F],
    ) -> Result<(), RunError> {
        length("the Hessian's values", self.pattern.nonzeros(), values.len())?;
        length("weights", self.outputs.len(), weights.len())?;
        if self.plan.sweeps.is_empty() {
            // Nothing to find; but where a comparison comes out otherwise, that is to be known.
            self.program.evaluate_in(self.program.entered(work)?, x)?;
        }
        if !self.by_lines(work, x, weights, values) {
            for sweep in &self.plan.sweeps {
                self.sweep(work, sweep, x, weights, values)?;
            }
        }
        if let Some(substitution) = &self.substitution {
            let (colors, count) = (self.coloring.colors(), self.coloring.count());
            let (_, Products { products, .. }) = work.run_and::<Products<F>>();
            substitution.values(products, colors, count, values);
        }
        Ok(())
    }

    /// One weight for each output of the program.
    fn weights_into<F: Primitive>(&self, weights: &[F], all: &mut Vec<F>) {
        all.clear();
        all.resize(self.program.outputs(), F::zero());
        for (output, weight) in self.outputs.iter().zip(weights) {
            let slot = &mut all[*output as usize];
            *slot = *slot + *weight;
        }
    }

    /// Finds products with the Hessian by lanes, a colour each; `false` where sweeps find them.
    fn by_lines<F: LaneFloat>(&self, work: &mut Work<F>, x: &[F], weights: &[F], values: &mut [F]) -> bool {
        let Self { program, coloring, plan, substitution, .. } = self;
        let (n, count) = (program.inputs(), coloring.count());
        let Some(code) = program.code_of_lines::<F>(Lines::Second, count) else { return false };
        // Taken while the memory lends what else is needed.
        let mut room = core::mem::take(work.run_and::<Products<F>>().1);
        let Products { products, all_weights } = &mut room;
        self.weights_into(weights, all_weights);
        let wanted = if substitution.is_some() { count * n } else { 0 };
        products.resize(wanted, F::zero());
        let seed = |color: usize, seeds: &mut [F]| {
            let of = seeds.iter_mut().zip(coloring.colors());
            of.filter(|(_, of)| **of as usize == color).for_each(|(seed, _)| *seed = F::one());
        };
        let each = |color: usize, found: &[F]| {
            plan.reads_of(color).for_each(|read| values[read.position] = found[read.row as usize]);
            for (row, product) in products.chunks_exact_mut(count).zip(found) {
                row[color] = *product;
            }
        };
        let lines = program.line_work(work);
        // Where it cannot be run, sweeps say why.
        let ran = lines.find(code, &[x, all_weights], [count, n], seed, each).is_ok();
        *work.run_and::<Products<F>>().1 = room;
        ran
    }

    fn sweep<F: Primitive>(
        &self,
        work: &mut Work<F>,
        sweep: &Sweep,
        x: &[F],
        weights: &[F],
        values: &mut [F],
    ) -> Result<(), RunError> {
        let Self { program, coloring, .. } = self;
        let colors = coloring.colors();
        // Taken while the memory lends what else is needed.
        let mut room = core::mem::take(work.run_and::<Products<F>>().1);
        let Products { products, all_weights } = &mut room;
        self.weights_into(weights, all_weights);
        let tangents = program.tangents::<F, COLORS>(work)?;
        let swept =
            program.second_order(tangents, x, all_weights, |k, lane| seed(colors[k], sweep.first, lane));
        if swept.is_ok() {
            let (adjoints, places) = (&tangents.adjoints, program.places_of_inputs());
            for read in self.plan.reads(sweep) {
                let adjoint = adjoints[places[read.row as usize] as usize];
                values[read.position] = adjoint.tangent[read.lane as usize];
            }
            if self.substitution.is_some() {
                let count = coloring.count();
                products.resize(count * program.inputs(), F::zero());
                for (row, g) in products.chunks_exact_mut(count).zip(program.of_inputs(adjoints)) {
                    for (product, t) in row[sweep.first as usize..].iter_mut().zip(g.tangent) {
                        *product = t;
                    }
                }
            }
        }
        *work.run_and::<Products<F>>().1 = room;
        swept
    }
}

/// What sweeps for a Hessian need beside.
#[derive(Clone, Debug)]
struct Products<F> {
    /// Products with a Hessian by variable and colour, where entries follow by substitution.
    products: Vec<F>,
    /// One weight for each output of the program, asked for or not.
    all_weights: Vec<F>,
}

impl<F> Default for Products<F> {
    fn default() -> Self {
        Self { products: Vec::new(), all_weights: Vec::new() }
    }
}
