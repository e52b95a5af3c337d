//! Second order in one call: record, and run the recording at dual numbers.
//!
//! What is recorded is made a program of, for this one point. Where a function is asked again, a `Function` keeps it.

use core::panic::Location;

use wengert_ops::Parameters;
use wengert_tape::{GradientError, Recorder, Var, shaped};

use crate::error::ProgramError;
use crate::program::Program;
use crate::work::Work;

/// Value, gradient, and product `Hv` of the Hessian with a direction `v` of the point's shape, of `f: Rⁿ → R`.
///
/// ```
/// use wengert::hvp;
///
/// let (value, gradient, product) = hvp(&[2.0, 3.0], |[x, y]| x * x * y, &[1.0, 10.0])?;
/// assert_eq!((value, gradient, product), (12.0, [12.0, 4.0], [46.0, 4.0]));
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// Cost: one recording, which is prepared to be run, one forward and one reverse at dual numbers; and their memory. No
/// Hessian is formed.
///
/// # Errors
/// As [`gradient`](wengert_tape::gradient); [`GradientError::Length`] where the direction has not as many numbers as the point;
/// [`GradientError::Run`] where a called operation has no second derivative.
#[allow(clippy::type_complexity)] // value, gradient, product: an alias would hide them
#[track_caller]
pub fn hvp<P: Parameters + ?Sized>(
    at: &P,
    f: impl FnOnce(P::With<Var>) -> Var,
    direction: &P,
) -> Result<(f64, P::With<f64>, P::With<f64>), GradientError> {
    let n = at.count_numbers();
    let (mut gradient, mut product) = (vec![0.0; n], vec![0.0; n]);
    let value = hvp_into(at, f, direction, &mut gradient, &mut product)?;
    Ok((value, shaped(at, gradient.into_iter())?, shaped(at, product.into_iter())?))
}

/// [`hvp`] into slices, in the flat order of [`Parameters`]; gives the value.
///
/// ```
/// let (mut gradient, mut product) = ([0.0; 2], [0.0; 2]);
/// wengert::hvp_into(&[2.0, 3.0], |[x, y]| x * x * y, &[1.0, 10.0], &mut gradient, &mut product)?;
/// assert_eq!((gradient, product), ([12.0, 4.0], [46.0, 4.0]));
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// # Errors
/// As [`hvp`].
#[track_caller]
pub fn hvp_into<P: Parameters + ?Sized>(
    at: &P,
    f: impl FnOnce(P::With<Var>) -> Var,
    direction: &P,
    gradient: &mut [f64],
    product: &mut [f64],
) -> Result<f64, GradientError> {
    let program = recorded(at, f, Location::caller())?;
    let v = direction.flatten();
    let n = program.inputs();
    length("the direction", n, v.len())?;
    length("the gradient", n, gradient.len())?;
    length("the product", n, product.len())?;
    Ok(program.hvp_into(&mut Work::new(), program.point(), &v, gradient, product)?)
}

/// Value, gradient and Hessian of `f: Rⁿ → R`; of the matrix one row (in the shape of the point) a number of the point.
///
/// ```
/// use wengert::hessian;
///
/// let (value, gradient, rows) = hessian(&[2.0, 3.0], |[x, y]| x * x * y)?;
/// assert_eq!((value, gradient), (12.0, [12.0, 4.0]));
/// assert_eq!(rows, [[6.0, 4.0], [4.0, 0.0]]);
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// Cost: one recording, which is prepared to be run, `⌈n/8⌉` forwards and reverses at 8 tangents; and their memory.
///
/// # Errors
/// As [`hvp`].
#[allow(clippy::type_complexity)] // value, gradient, rows: an alias would hide them
#[track_caller]
pub fn hessian<P: Parameters + ?Sized>(
    at: &P,
    f: impl FnOnce(P::With<Var>) -> Var,
) -> Result<(f64, P::With<f64>, Vec<P::With<f64>>), GradientError> {
    let n = at.count_numbers();
    let (mut gradient, mut matrix) = (vec![0.0; n], vec![0.0; n * n]);
    let value = hessian_into(at, f, &mut gradient, &mut matrix)?;
    let row = |k: usize| shaped(at, matrix[k * n..][..n].iter().copied());
    Ok((value, shaped(at, gradient.into_iter())?, (0..n).map(row).collect::<Result<_, _>>()?))
}

/// [`hessian`] into slices, the matrix, `n × n`, row after row; gives the value.
///
/// ```
/// let (mut gradient, mut hessian) = ([0.0; 2], [0.0; 4]);
/// wengert::hessian_into(&[2.0, 3.0], |[x, y]| x * x * y, &mut gradient, &mut hessian)?;
/// assert_eq!((gradient, hessian), ([12.0, 4.0], [6.0, 4.0, 4.0, 0.0]));
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// # Errors
/// As [`hvp`].
#[track_caller]
pub fn hessian_into<P: Parameters + ?Sized>(
    at: &P,
    f: impl FnOnce(P::With<Var>) -> Var,
    gradient: &mut [f64],
    hessian: &mut [f64],
) -> Result<f64, GradientError> {
    let program = recorded(at, f, Location::caller())?;
    let n = program.inputs();
    length("the gradient", n, gradient.len())?;
    length("the Hessian", n * n, hessian.len())?;
    Ok(program.hessian_into(&mut Work::new(), program.point(), gradient, hessian)?)
}

/// The program of a function at one point. What was read of plain values is right there.
fn recorded<P: Parameters + ?Sized>(
    at: &P,
    f: impl FnOnce(P::With<Var>) -> Var,
    line: &'static Location<'static>,
) -> Result<Program, GradientError> {
    let mut recorder = Recorder::new();
    recorder.record_output_at(at, f, line)?;
    let (tape, work) = recorder.into_recording();
    Program::accepting_reads(tape, &work).map_err(|why| match why {
        ProgramError::Record(why) => why.into(),
        ProgramError::Run(why) => why.into(),
        _ => unreachable!("a workspace holds the values of its own recording, whose reads are accepted"),
    })
}

/// Checks the length of a slice.
fn length(what: &'static str, expected: usize, found: usize) -> Result<(), GradientError> {
    if expected == found { Ok(()) } else { Err(GradientError::Length { what, expected, found }) }
}
