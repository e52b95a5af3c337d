//! Batches: one closure at many rows, run many at a time; what it needs, what it says of itself, and why it has no result.

// What is here is the type and what users set. Blocks and threads are in `blocks.rs`, which trace a row takes in `traces.rs`, one
// pass over all rows in `pass.rs`; `sort.rs` has both done for a call, and what users ask for is in `by_row.rs`,
// `reduced.rs` and `tables.rs`.
mod rows;
mod error;
mod report;
mod blocks;
mod kept;
mod traces;
mod pass;
mod sort;
mod by_row;
mod reduced;
mod sparse;
mod tables;
pub mod parts;

use core::fmt;
use core::ops::ControlFlow;
use std::sync::Arc;

use wengert_ops::Outputs;
use wengert_tape::Var;
use wengert_tape::call::Mode;

pub use error::BatchError;
pub use report::{BatchReport, SplitReport, TraceReport};
pub use rows::{Rows, RowsError};
pub use sparse::SparseRows;
pub use wengert_lanes::{InstructionSet, LaneFloat, Precision, RowMaximum};
pub use wengert_program::By;

use kept::KeptRuns;
use pass::Watcher;
use traces::{RowClosure, RowTraces};

/// How many traces are kept unless [`Batch::limit`] says otherwise.
const LIMIT: usize = 64;

/// A function of shared inputs and of a row, at many rows: data points, paths, starting points.
///
/// The closure is recorded at the first row. What it computes of the shared inputs alone is then computed once, and all else for
/// many rows side by side, by the widest instructions that the machine has, on all threads. Each row has the bits that it would
/// have alone.
///
/// ```
/// use wengert::{Batch, batch::Rows};
///
/// // A straight line through points (x, y): the loss over all points, and its slopes by weight and bias.
/// let points = [0.0, 1.0, 1.0, 3.0, 2.0, 5.0];
/// let mut loss = Batch::new(|w, row| (w[0] * row[0] + w[1] - row[1]).powi(2));
/// let (value, gradient) = loss.gradient(&[1.0, 1.0], &Rows::new(&points, 2))?;
/// assert_eq!((value, gradient), (5.0, vec![-10.0, -6.0]));
/// # Ok::<(), wengert::BatchError>(())
/// ```
///
/// # Reduced
/// A row may have any number of outputs. [`values`](Self::values), [`gradients`](Self::gradients),
/// [`jacobian`](Self::jacobian), [`jvp`](Self::jvp) and [`vjp`](Self::vjp) give them row by row. What is *reduced* is the sum
/// over rows (and outputs), a row times its [weight](Rows::weighted) where there are weights, or with [`mean`](Self::mean) that
/// divided by the number of rows (the sum of the weights): [`value`](Self::value), [`gradient`](Self::gradient),
/// [`hvp`](Self::hvp), [`hessian`](Self::hessian), all by the shared inputs, and [`gauss_newton`](Self::gauss_newton). Each has
/// a form that ends in `_into`.
///
/// # Branches
/// Rows whose comparisons come out otherwise than at the first row take another way through the closure: it is recorded there
/// too, and they are run among themselves. So every row has the numbers of its own branch, and the [report](Self::report) says
/// which lines split them. A closure whose rows take very many ways is better written by `max`, `min` and `select`.
///
/// # Order
/// Sums over rows have one order, which depends on the rows and their traces alone: not on the number of threads, the
/// instructions of the machine or how many rows are run side by side. Rows stand in blocks of 256; those of one trace in a
/// block, in order, in groups of 64; in each group there are eight running sums (sixteen at `f32`), row `r` of the group in sum
/// `r mod 8`, each from 0, joined by halves: `j` with `j + 4`, then `j + 2`, then `j + 1`. Groups are added up in order. The
/// sums of blocks are joined as a tree: of more than one block, the first `2ᵏ`, the largest power of two below their number,
/// with the rest, each joined so itself. Traces are added up by their first rows.
///
/// # What is promised
/// As of a [`Function`](crate::Function): the closure must compute its results from its arguments alone. What it captures stays
/// as it was when it was recorded. A closure that reads plain values is an error, and so is one that calls what acts.
///
/// # Cost
/// The first call of a driver records, and makes its derivative program: some microseconds a node. From then on a row costs about
/// a tenth to a half of a nanosecond for each arithmetic operation that varies, and for an elementary function what it costs
/// alone.
pub struct Batch<'a> {
    closure: Arc<RowClosure<'a>>,
    traces: RowTraces,
    mean: bool,
    mode: Option<Mode>,
    threads: bool,
    instructions: InstructionSet,
    precision: Precision,
    watcher: Option<Arc<Watcher<'a>>>,
    kept: KeptRuns,
    report: BatchReport,
}

impl<'a> Batch<'a> {
    /// The function that a closure computes of the shared inputs and the numbers of a row: it gives a [`Var`], a `Vec` or an
    /// array of them. Nothing is recorded yet.
    #[must_use]
    pub fn new<Y: Outputs<Var>>(f: impl Fn(&[Var], &[Var]) -> Y + Send + Sync + 'a) -> Self {
        Self {
            closure: Arc::new(move |shared: &[Var], row: &[Var]| f(shared, row).into_vec()),
            traces: RowTraces::new(LIMIT),
            mean: false,
            mode: None,
            threads: true,
            instructions: InstructionSet::best(),
            precision: Precision::Exact,
            watcher: None,
            kept: KeptRuns::default(),
            report: BatchReport::default(),
        }
    }

    /// Reduced results are means, and not sums.
    ///
    /// ```
    /// use wengert::{Batch, batch::Rows};
    ///
    /// let mut square = Batch::new(|_, x| x[0] * x[0]).mean();
    /// assert_eq!(square.value(&[], &Rows::new(&[1.0, 3.0], 1))?, 5.0);
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    #[must_use]
    pub fn mean(mut self) -> Self {
        self.mean = true;
        self
    }

    /// Keeps at most so many traces (64 unless said otherwise): the one that was taken longest ago goes first, and where the rows
    /// of one call take more, it ends in [`BatchError::Traces`].
    #[must_use]
    pub fn limit(mut self, traces: usize) -> Self {
        self.traces.limit = traces.max(1);
        self
    }

    /// Finds gradients, Jacobians and matrices of Gauss and Newton in a mode, instead of in the one that costs less: forward, by
    /// tangents along each input, or in reverse, by adjoints of each output. The [report](Self::report) says which it was. What
    /// costs less follows from the operations of the closure alone. The two may round otherwise.
    ///
    /// ```
    /// use wengert::{Batch, batch::{By, Rows}, program::Mode};
    ///
    /// let mut powers = Batch::new(|a, x| [a[0] * x[0], a[0] * x[0].powi(2), a[0] * x[0].powi(3)]).in_mode(Mode::Reverse);
    /// powers.jacobian(&[2.0], &Rows::new(&[1.0, 3.0], 1), By::Shared)?;
    /// assert_eq!(powers.report().traces[0].mode, Some(Mode::Reverse));
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    #[must_use]
    pub fn in_mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        // What was made for another mode is made anew.
        self.traces = RowTraces::new(self.traces.limit);
        self
    }

    /// Runs on the calling thread alone. Otherwise a batch runs on the threads of the rayon pool that it is called in, where the
    /// feature `rayon` is on; results are the same.
    #[must_use]
    pub fn on_one_thread(mut self) -> Self {
        self.threads = false;
        self
    }

    /// Runs by the instructions of a set, where the machine has it, instead of by the best; results are the same.
    #[must_use]
    pub fn with_instructions(mut self, set: InstructionSet) -> Self {
        self.instructions = set;
        self.kept = KeptRuns::default();
        self
    }

    /// Runs by these elementary functions, where rows vary: what is the same in all rows is exact in any case. Comparisons are
    /// made of the values that there are, so that a row near one may take the other branch.
    ///
    /// ```
    /// use wengert::{Batch, batch::{Precision, Rows}};
    ///
    /// let numbers: Vec<f64> = (0..1000).map(|k| f64::from(k) * 1e-2).collect();
    /// let decay = |_: &[wengert::Var], t: &[wengert::Var]| (-t[0]).exp();
    /// let exact = Batch::new(decay).values(&[], &Rows::new(&numbers, 1))?;
    /// let fast = Batch::new(decay).precision(Precision::Fast).values(&[], &Rows::new(&numbers, 1))?;
    /// assert!(exact.iter().zip(&fast).all(|(a, b)| (a - b).abs() <= 2.0 * f64::EPSILON * a));
    /// # Ok::<(), wengert::BatchError>(())
    /// ```
    #[must_use]
    pub fn precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self.kept = KeptRuns::default();
        self
    }

    /// Tells a function how many rows of how many are done, after each block of them and on any thread: for a progress bar. Where
    /// it breaks, the call ends in [`BatchError::Stopped`].
    ///
    /// ```
    /// use core::ops::ControlFlow;
    /// use wengert::{Batch, BatchError, batch::Rows};
    ///
    /// let numbers = vec![0.5; 10_000];
    /// let stop = |done: usize, _: usize| if done > 5_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    /// let mut sine = Batch::new(|_, x| x[0].sin()).watch(stop);
    /// assert!(matches!(sine.value(&[], &Rows::new(&numbers, 1)), Err(BatchError::Stopped { .. })));
    /// ```
    #[must_use]
    pub fn watch(mut self, watcher: impl Fn(usize, usize) -> ControlFlow<()> + Send + Sync + 'a) -> Self {
        self.watcher = Some(Arc::new(watcher));
        self
    }

    /// What the last call has done.
    #[must_use]
    pub fn report(&self) -> &BatchReport {
        &self.report
    }
}

impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("mean", &self.mean)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
