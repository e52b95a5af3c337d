//! argmin's solvers on a [`Function`]: its traits of problems, at `Vec<f64>`.
//!
//! An [`Objective`] gives costs, gradients and Hessians, as dense matrices or as operators that are never formed; of a function
//! of several outputs, values and the Jacobian. argmin hands its problem to solvers by `&self`, while a function's calls
//! change its memory: so it stands behind a lock, which costs a call some tens of nanoseconds. Solvers that call from
//! several threads at once (argmin's feature `rayon`) are right, but wait for each other.
//!
//! ```
//! use argmin::core::Executor;
//! use argmin::solver::linesearch::MoreThuenteLineSearch;
//! use argmin::solver::quasinewton::LBFGS;
//! use wengert::{Function, argmin::Objective};
//!
//! let valley = Function::new(|x| (x[1] - x[0] * x[0]).square() * 100.0 + (x[0] - 1.0).square());
//! let solver = LBFGS::new(MoreThuenteLineSearch::new(), 7);
//! let mut result = Executor::new(Objective::new(valley), solver)
//!     .configure(|state| state.param(vec![-1.2, 1.0]).max_iters(100))
//!     .run()?;
//! assert!(result.state.best_cost < 1e-12);
//! let report = result.problem.take_problem().ok_or("taken")?.report();
//! assert_eq!((report.recordings, report.traces), (1, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Not for nalgebra's or ndarray's vectors: argmin's own mathematics is implemented for other versions of them than the newest.

use core::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::argmin::core::{CostFunction, Error, Gradient, Hessian, Jacobian, Operator};
use argmin_math::ArgminDot;

use crate::function::FunctionReport;
use crate::{Function, Program, Work};

/// A function as argmin's problem: costs and gradients of a function of one output, and its Hessian; values and Jacobian of a
/// function of several. `H` says how Hessians are given: [`Dense`] or [`MatrixFree`].
#[derive(Debug)]
pub struct Objective<'a, H = Dense> {
    function: Mutex<Function<'a>>,
    form: PhantomData<H>,
}

/// Hessians as `Vec`s of rows.
#[derive(Debug)]
pub enum Dense {}

/// Hessians as [`HessianOperator`]s.
#[derive(Debug)]
pub enum MatrixFree {}

impl<'a> Objective<'a> {
    /// The problem of minimising a function, or of solving its equations.
    #[must_use]
    pub fn new(function: Function<'a>) -> Self {
        Self { function: Mutex::new(function), form: PhantomData }
    }

    /// The same problem with the Hessian as an operator, for solvers that ask for its products alone, such as argmin's
    /// Newton-CG and its trust region by Steihaug's method.
    #[must_use]
    pub fn matrix_free(self) -> Objective<'a, MatrixFree> {
        Objective { function: self.function, form: PhantomData }
    }
}

impl<'a, H> Objective<'a, H> {
    /// What the calls so far have needed. Products with a [`HessianOperator`] are not calls.
    #[must_use]
    pub fn report(&self) -> FunctionReport {
        self.lock().report()
    }

    /// The function.
    #[must_use]
    pub fn into_function(self) -> Function<'a> {
        self.function.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Function<'a>> {
        // A panic in the closure leaves a function as it was.
        self.function.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn rows(matrix: &[f64], columns: usize) -> Vec<Vec<f64>> {
    matrix.chunks_exact(columns.max(1)).map(<[f64]>::to_vec).collect()
}

impl<H> CostFunction for Objective<'_, H> {
    type Param = Vec<f64>;
    type Output = f64;
    fn cost(&self, x: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.lock().value(x)?)
    }
}

impl<H> Gradient for Objective<'_, H> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;
    fn gradient(&self, x: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(self.lock().gradient(x)?.1)
    }
}

impl Hessian for Objective<'_> {
    type Param = Vec<f64>;
    type Hessian = Vec<Vec<f64>>;
    fn hessian(&self, x: &Vec<f64>) -> Result<Vec<Vec<f64>>, Error> {
        Ok(rows(&self.lock().hessian(x)?.2, x.len()))
    }
}

impl<H> Operator for Objective<'_, H> {
    type Param = Vec<f64>;
    type Output = Vec<f64>;
    fn apply(&self, x: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(self.lock().values(x)?)
    }
}

impl<H> Jacobian for Objective<'_, H> {
    type Param = Vec<f64>;
    type Jacobian = Vec<Vec<f64>>;
    fn jacobian(&self, x: &Vec<f64>) -> Result<Vec<Vec<f64>>, Error> {
        Ok(rows(&self.lock().jacobian(x)?.1, x.len()))
    }
}

impl Hessian for Objective<'_, MatrixFree> {
    type Param = Vec<f64>;
    type Hessian = HessianOperator;
    fn hessian(&self, x: &Vec<f64>) -> Result<HessianOperator, Error> {
        let mut function = self.lock();
        let program = function.program(x)?;
        let mut memory = ProductMemory { work: Work::new(), gradient: vec![0.0; x.len()] };
        program.set_parameters(&mut memory.work, function.parameters())?;
        // The first product says whether there is one at all: a function of several outputs has none.
        let mut product = vec![0.0; x.len()];
        program.hvp_into(
            &mut memory.work,
            x,
            &memory.gradient.clone(),
            &mut memory.gradient,
            &mut product,
        )?;
        Ok(HessianOperator(Arc::new(AtPoint { program, x: x.clone(), memory: Mutex::new(memory) })))
    }
}

/// The Hessian of a function at one point, as what it does to a vector: [`ArgminDot::dot`] is one forward and one reverse at
/// dual numbers. It holds the trace of its point, so that it is right whatever the function is called for next.
///
/// The trait has no error to give: the product with a vector of another length is all NaN.
#[derive(Clone, Debug)]
pub struct HessianOperator(Arc<AtPoint>);

#[derive(Debug)]
struct AtPoint {
    program: Program,
    x: Vec<f64>,
    memory: Mutex<ProductMemory>,
}

#[derive(Debug)]
struct ProductMemory {
    work: Work,
    gradient: Vec<f64>,
}

impl ArgminDot<Vec<f64>, Vec<f64>> for HessianOperator {
    fn dot(&self, v: &Vec<f64>) -> Vec<f64> {
        let AtPoint { program, x, memory } = &*self.0;
        let ProductMemory { work, gradient } = &mut *memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut product = vec![0.0; x.len()];
        match program.hvp_into(work, x, v, gradient, &mut product) {
            Ok(_) => product,
            Err(_) => vec![f64::NAN; x.len()],
        }
    }
}
