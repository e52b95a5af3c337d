//! A ready solver of equations: Newton's method, each step halved until the residual falls.

use wengert_ops::Functions as _;
use wengert_tape::RunError;
use wengert_tape::call::{CallError, Callee, Outcome};

use crate::lu::{Factorized, Lu, LuError};
use crate::program::{Program, Solver, implicit};

/// The solution `x(p)` of `F(x, p) = 0` by Newton's method.
///
/// ```
/// use wengert::{Program, call::Newton, gradient};
///
/// // Where the circle x² + y² = r² meets the curve y = eˣ − a.
/// let equation = Program::record(&[1.0, 1.0, 2.0, 1.0], |v| {
///     let [x, y, r, a] = [v[0], v[1], v[2], v[3]];
///     [x * x + y * y - r * r, x.exp() - a - y]
/// })?;
/// let meeting = Newton::new(&equation, &[1.0, 1.0]).into_callee("meeting")?;
/// let (x, [dr, _]) = gradient(&[2.0, 1.0], |p| meeting.call(&p)[0])?;
/// let y = x.exp() - 1.0;
/// assert!((x * x + y * y - 4.0).abs() < 1e-14);
/// assert!((dr - 2.0 / (x + y * (y + 1.0))).abs() < 1e-14); // by hand
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Each step solves `∂F/∂x·d = −F` by [`Lu`] and takes `d`, or a half, a quarter … of it, whichever is the first that
/// makes `‖F‖` smaller. The method ends with a step that is below the [tolerance](Self::tolerance), or with a
/// residual that is rounding; where it does not arrive, it says where it stopped. Comparisons in the equation must
/// come out as they were recorded all the way.
///
/// Cost: a step takes one Jacobian of the equation, `n³/3` multiplications, and a forward for each length that is tried; and
/// memory, which is not kept from call to call.
#[derive(Clone, Debug)]
pub struct Newton {
    name: String,
    version: u32,
    equation: Program,
    start: Vec<f64>,
    tolerance: f64,
    steps: usize,
}

/// Why Newton's method has found no solution.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NewtonError {
    /// The start has not as many numbers as the equation has outputs.
    #[error("the start has {found} numbers, and the equation has as many unknowns as outputs: {expected}")]
    Start {
        /// How many unknowns there are.
        expected: usize,
        /// How many numbers the start has.
        found: usize,
    },
    /// The equation has more outputs, each of which is for one unknown, than it takes numbers.
    #[error(
        "the equation has {unknowns} outputs, so as many unknowns, and takes {inputs} numbers: the unknowns come first"
    )]
    Unknowns {
        /// How many outputs it has.
        unknowns: usize,
        /// How many numbers it takes.
        inputs: usize,
    },
    /// There are not as many parameters as the equation has behind its unknowns.
    #[error("the equation has {expected} parameters behind its unknowns, got {found}")]
    Parameters {
        /// How many it has.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// The equation, its slopes or the step are infinite or NaN at a point on the way.
    #[error("step {step}: the equation, its slopes or the step are not finite; start where they are")]
    NotFinite {
        /// The step, from 0.
        step: usize,
    },
    /// The equation could not be run.
    #[error("the equation could not be run on the way: {0}")]
    Run(#[from] RunError),
    /// The matrix `∂F/∂x` cannot be solved with at a point on the way.
    #[error("step {step}: {why}")]
    Matrix {
        /// The step, from 0.
        step: usize,
        /// What is wrong with it.
        #[source]
        why: LuError,
    },
    /// No step, however short, makes the residual smaller: there is a minimum of it that is no solution, most often.
    #[error(
        "step {step}: no shorter step makes the residual less than {residual:e}; start nearer to a solution"
    )]
    Stuck {
        /// The step, from 0.
        step: usize,
        /// The norm of the residual there.
        residual: f64,
    },
    /// The steps were used up.
    #[error("{steps} steps have left a residual of {residual:e}; allow more, or start nearer to a solution")]
    Steps {
        /// How many were taken.
        steps: usize,
        /// The norm of the residual that is left.
        residual: f64,
    },
}

/// How often a step is halved.
const HALVINGS: i32 = 40;

impl Newton {
    /// The solver of an equation, the program of `(x, p) ↦ F(x, p)` with as many unknowns as outputs, from a start that serves
    /// all `p`.
    #[must_use]
    pub fn new(equation: &Program, start: &[f64]) -> Self {
        let (equation, start) = (equation.clone(), start.to_vec());
        Self { name: "newton".into(), version: 0, equation, start, tolerance: 1e-12, steps: 100 }
    }

    /// The relative size of a step, `|dₖ|/|xₖ|` of each unknown, with which the method ends; 10⁻¹² unless said otherwise. As the
    /// method squares its error with each step at a simple solution, what is left then is rounding. It ends, too, where the
    /// residual is what rounding of the numbers themselves could leave: `|Fᵢ| ≤ 4ε·Σⱼ |∂Fᵢ/∂vⱼ·vⱼ|`, `v` the unknowns and the
    /// parameters.
    #[must_use]
    pub fn tolerance(mut self, relative: f64) -> Self {
        self.tolerance = relative;
        self
    }

    /// How many steps may be taken; 100 unless said otherwise.
    #[must_use]
    pub fn steps(mut self, steps: usize) -> Self {
        self.steps = steps;
        self
    }

    /// The version of the operation: another one for another solution of the same equation.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// The solution as an operation of this name, `p ↦ x`, with derivatives of every order: [`implicit`].
    ///
    /// # Errors
    /// [`CallError::Failed`] with [`NewtonError::Start`] or [`NewtonError::Unknowns`], and as [`implicit`].
    pub fn into_callee(mut self, name: &str) -> Result<Callee, CallError> {
        self.name = name.into();
        self.has_start().map_err(|why| CallError::failed(name, why))?;
        let equation = self.equation.clone();
        implicit(self, equation)
    }

    /// The solution at `p`.
    ///
    /// ```
    /// use wengert::{Program, call::Newton};
    ///
    /// let equation = Program::record(&[1.0, 2.0], |v| v[0] * v[0] - v[1])?;
    /// assert_eq!(Newton::new(&equation, &[1.0]).solution(&[9.0])?, [3.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`NewtonError`].
    pub fn solution(&self, p: &[f64]) -> Result<Vec<f64>, NewtonError> {
        self.has_start()?;
        let (n, width) = (self.start.len(), self.equation.inputs());
        if p.len() != width - n {
            return Err(NewtonError::Parameters { expected: width - n, found: p.len() });
        }
        let mut at: Vec<f64> = self.start.iter().chain(p).copied().collect();
        let (mut trial, mut square) = (at.clone(), Vec::with_capacity(n * n));
        for step in 0..=self.steps {
            let (f, jacobian) = self.equation.jacobian(&at)?;
            let (residual, rows) = (f64::norm(&f), || jacobian.chunks_exact(width.max(1)));
            square.clear();
            rows().for_each(|row| square.extend_from_slice(&row[..n]));
            if !residual.is_finite() || !square.iter().all(|slope| slope.is_finite()) {
                return Err(NewtonError::NotFinite { step });
            }
            // What the numbers themselves, rounded, could leave of a residual.
            let rounding = |row: &[f64]| row.iter().zip(&at).map(|(slope, x)| (slope * x).abs()).sum::<f64>();
            let is_rounding =
                f.iter().zip(rows()).all(|(f, row)| f.abs() <= 4.0 * f64::EPSILON * rounding(row));
            let lu = match Lu::new(&square) {
                _ if residual == 0.0 => return Ok(at[..n].to_vec()),
                Ok(lu) => lu,
                Err(_) if is_rounding => return Ok(at[..n].to_vec()),
                Err(why) => return Err(NewtonError::Matrix { step, why }),
            };
            if step == self.steps && !is_rounding {
                return Err(NewtonError::Steps { steps: step, residual });
            }
            let mut d: Vec<f64> = f.iter().map(|f| -f).collect();
            lu.solve(&mut d);
            if !d.iter().all(|d| d.is_finite()) {
                return Err(NewtonError::NotFinite { step });
            }
            let is_small = d.iter().zip(&at).all(|(d, x)| d.abs() <= self.tolerance * x.abs());
            let mut falls = |length: f64| {
                trial.iter_mut().zip(&at).zip(&d).for_each(|((t, x), d)| *t = x + length * d);
                self.equation.values(&trial).map(|f| f64::norm(&f) < residual)
            };
            // Where the equation cannot be run, a shorter step is tried, too.
            let better = (0..HALVINGS).any(|halving| falls(0.5_f64.powi(halving)) == Ok(true));
            if better {
                at.copy_from_slice(&trial);
            }
            if is_small || is_rounding {
                break;
            }
            if !better {
                self.equation.values(&trial)?;
                return Err(NewtonError::Stuck { step, residual });
            }
        }
        at.truncate(n);
        Ok(at)
    }

    fn has_start(&self) -> Result<(), NewtonError> {
        let (unknowns, inputs, found) = (self.equation.outputs(), self.equation.inputs(), self.start.len());
        if inputs < unknowns {
            return Err(NewtonError::Unknowns { unknowns, inputs });
        }
        if unknowns == found { Ok(()) } else { Err(NewtonError::Start { expected: unknowns, found }) }
    }
}

impl Solver for Newton {
    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn solve(&self, p: &[f64], x: &mut [f64]) -> Outcome {
        x.copy_from_slice(&self.solution(p)?);
        Ok(())
    }
}
