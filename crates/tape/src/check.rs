//! Checking a gradient against differences: `f(x+h) ≈ f(x) + h·df/dx` is what a derivative means, and how it is
//! tested.
//!
//! For each coordinate the central difference `(f(x+h) − f(x−h))/2h` is taken at a ladder of steps, and the step
//! where the estimates settle is chosen; Richardson's extrapolation (Ridders' tableau) takes out further
//! powers of `h` where asked.

use core::fmt;
use core::panic::Location;

use wengert_ops::Parameters;

use crate::error::GradientError;
use crate::record::Recorder;
use crate::source::{SourceLine, listed};
use crate::var::Var;

/// How a gradient is checked.
///
/// ```
/// use wengert::check::Check;
///
/// let report = Check::new().richardson().tolerance(1e-9).gradient(&[0.3, 2.0], |[x, y]| (x * y).sin() / y)?;
/// assert!(report.worst() < 1e-9);
/// # Ok::<(), wengert::CheckError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Check {
    tolerance: f64,
    richardson: bool,
}

impl Default for Check {
    fn default() -> Self {
        Self { tolerance: 1e-6, richardson: false }
    }
}

/// One coordinate of a checked gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coordinate {
    /// Which, in the flat order of the parameters.
    pub index: usize,
    /// The point's value there.
    pub at: f64,
    /// The derivative that was given.
    pub analytic: f64,
    /// The derivative by differences.
    pub numeric: f64,
    /// The step that was chosen.
    pub step: f64,
    /// `|analytic − numeric|` over the largest of: the two, 10⁻⁴ of the gradient's largest entry, and the size
    /// below which rounding of `f` alone makes a difference of the tolerance.
    pub relative_error: f64,
}

/// The outcome of a check, coordinate by coordinate.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The function's value at the point.
    pub value: f64,
    /// One entry a coordinate, in order.
    pub coordinates: Vec<Coordinate>,
}

impl Report {
    /// The largest relative error; 0 of no coordinates.
    #[must_use]
    pub fn worst(&self) -> f64 {
        self.coordinates.iter().map(|c| c.relative_error).fold(0.0, f64::max)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>6} {:>14} {:>23} {:>23} {:>9} {:>9}",
            "index", "at", "analytic", "numeric", "step", "error"
        )?;
        for c in &self.coordinates {
            writeln!(
                f,
                "{:>6} {:>14.6e} {:>23.15e} {:>23.15e} {:>9.1e} {:>9.1e}",
                c.index, c.at, c.analytic, c.numeric, c.step, c.relative_error
            )?;
        }
        write!(f, "worst relative error {:.1e} of {} coordinates", self.worst(), self.coordinates.len())
    }
}

/// Why a check failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// A derivative and its difference do not agree.
    #[error(
        "coordinate {}: the derivative is {} but differences with step {:e} give {} (relative error {:.1e}, \
         tolerance {tolerance:.1e}){}",
        .worst.index, .worst.analytic, .worst.step, .worst.numeric, .worst.relative_error, reads_at(.reads)
    )]
    Mismatch {
        /// The coordinate with the largest error.
        worst: Coordinate,
        /// What was allowed.
        tolerance: f64,
        /// All coordinates.
        report: Report,
        /// Where plain values were read while the gradient was recorded: what was computed with them has no derivative, and is
        /// missing from it.
        reads: Vec<SourceLine>,
    },
    /// The gradient could not be taken.
    #[error(transparent)]
    Gradient(#[from] GradientError),
}

fn reads_at(lines: &[SourceLine]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    format!(
        "; plain values were read, and what was computed with them is missing from the gradient: at {}",
        listed(lines)
    )
}

/// Checks a gradient with the default settings: central differences, relative tolerance 10⁻⁶.
///
/// ```
/// use wengert::check_gradient;
///
/// let report = check_gradient(&[4.0, -3.0], |[x, y]| x * y + x.exp())?;
/// assert!(report.worst() < 1e-6);
///
/// // At a kink the derivative is a convention, and the check says so.
/// let error = check_gradient(&[2.0, 2.0], |[x, y]| x.max(y)).unwrap_err();
/// assert!(error.to_string().contains("coordinate 0: the derivative is 1 but"));
///
/// // Plain values have no derivative, and the check says where they were read.
/// let error = check_gradient(&[2.0], |[x]| x * x.value()).unwrap_err();
/// assert!(error.to_string().contains("plain values were read"));
/// # Ok::<(), wengert::CheckError>(())
/// ```
#[track_caller]
pub fn check_gradient<P: Parameters + ?Sized>(
    at: &P,
    f: impl Fn(P::With<Var>) -> Var,
) -> Result<Report, CheckError> {
    Check::new().gradient(at, f)
}

impl Check {
    /// Central differences, relative tolerance 10⁻⁶.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The relative error that is allowed.
    #[must_use]
    pub fn tolerance(mut self, relative: f64) -> Self {
        self.tolerance = relative;
        self
    }

    /// Extrapolates the differences to step 0; some four digits more on smooth functions.
    #[must_use]
    pub fn richardson(mut self) -> Self {
        self.richardson = true;
        self
    }

    /// Checks the tape's gradient of `f` at a point of any shape.
    ///
    /// Cost: one recording and one sweep, and some 20 evaluations of `f` a coordinate, on constants, which record
    /// nothing.
    #[track_caller]
    pub fn gradient<P: Parameters + ?Sized>(
        &self,
        at: &P,
        f: impl Fn(P::With<Var>) -> Var,
    ) -> Result<Report, CheckError> {
        let mut recorder = Recorder::new();
        let y = recorder.record_at(at, &f, Location::caller())?;
        let analytic: Vec<f64> = recorder.reverse(y).map_err(GradientError::from)?.inputs().collect();
        let mut point = at.flatten();
        if analytic.len() != point.len() {
            let (expected, found) = (point.len(), analytic.len());
            return Err(GradientError::Length { what: "the shape of the point", expected, found }.into());
        }
        let value = |x: &[f64]| {
            let mut rest = x.iter();
            f(at.map_numbers(&mut |own| Var::constant(rest.next().copied().unwrap_or(own)))).plain()
        };
        self.compare(&mut point, value, &analytic).map_err(|mut why| {
            if let CheckError::Mismatch { reads, .. } = &mut why {
                *reads = recorder.tape().lossy_reads();
            }
            why
        })
    }

    /// Checks any derivative of any function of a flat vector: one by hand, one of another tool.
    ///
    /// `point` is moved along each coordinate and given back as it was.
    ///
    /// ```
    /// use wengert::check::Check;
    ///
    /// let mut x = [1.0, 2.0];
    /// let square = |x: &[f64]| x[0] * x[0] + x[1];
    /// assert!(Check::new().compare(&mut x, square, &[2.0, 1.0]).is_ok());
    /// assert!(Check::new().compare(&mut x, square, &[2.0, 1.1]).is_err());
    /// ```
    pub fn compare(
        &self,
        point: &mut [f64],
        f: impl Fn(&[f64]) -> f64,
        derivative: &[f64],
    ) -> Result<Report, CheckError> {
        if derivative.len() != point.len() {
            let (expected, found) = (point.len(), derivative.len());
            return Err(GradientError::Length { what: "the derivative", expected, found }.into());
        }
        let value = f(point);
        let largest = derivative.iter().fold(0.0_f64, |m, d| m.max(d.abs()));
        let mut coordinates = Vec::with_capacity(point.len());
        for (index, &analytic) in derivative.iter().enumerate() {
            let at = point[index];
            let (numeric, step) = self.difference(at, |x| {
                point[index] = x;
                let y = f(point);
                point[index] = at;
                y
            });
            let rounding = 4.0 * f64::EPSILON * value.abs() / step;
            let scale = analytic.abs().max(numeric.abs()).max(1e-4 * largest).max(rounding / self.tolerance);
            let gap = (analytic - numeric).abs();
            let relative_error = match gap / scale {
                _ if gap == 0.0 => 0.0,
                error if error.is_nan() => f64::INFINITY,
                error => error,
            };
            coordinates.push(Coordinate { index, at, analytic, numeric, step, relative_error });
        }
        let report = Report { value, coordinates };
        let worse = |a: Coordinate, b: Coordinate| if b.relative_error > a.relative_error { b } else { a };
        let worst = report.coordinates.iter().copied().reduce(worse);
        match worst {
            Some(worst) if worst.relative_error > self.tolerance => {
                Err(CheckError::Mismatch { worst, tolerance: self.tolerance, report, reads: Vec::new() })
            }
            _ => Ok(report),
        }
    }

    /// The derivative of `f` at `x` by differences, and the step at which it settled.
    fn difference(&self, x: f64, mut f: impl FnMut(f64) -> f64) -> (f64, f64) {
        /// Each step is a quarter of the one before.
        const RUNGS: usize = 8;
        let mut previous: Vec<f64> = Vec::new();
        let mut step = 0.02 * x.abs().max(0.1);
        let (mut best, mut best_step, mut least) = (f64::NAN, step, f64::INFINITY);
        for rung in 0..RUNGS {
            // The step that is really taken: x ± h rounded.
            let (above, below) = (x + step, x - step);
            let central = (f(above) - f(below)) / (above - below);
            let mut row = vec![central];
            if self.richardson {
                let mut factor = 1.0;
                for coarser in previous.iter().take(4) {
                    factor *= 16.0; // (step ratio 4)², for each further even power of h
                    let finer = row[row.len() - 1];
                    row.push(finer + (finer - coarser) / (factor - 1.0));
                }
            }
            if rung > 0 {
                for (k, estimate) in row.iter().enumerate() {
                    let before = previous[k.min(previous.len() - 1)];
                    let change = (estimate - before).abs();
                    if change < least {
                        (best, best_step, least) = (*estimate, step, change);
                    }
                }
            } else {
                best = central;
            }
            previous = row;
            step /= 4.0;
        }
        (best, best_step)
    }
}
