//! Checks of what came over the wire, each with a message that says which field, what was expected and what was
//! found. After them no index is out of range.

use core::fmt::Display;
use core::ops::Range;

use crate::failure::Failure;

/// A slice's length is as expected.
pub(crate) fn length<T>(field: impl Display, x: &[T], expected: usize) -> Result<(), Failure> {
    if x.len() == expected {
        return Ok(());
    }
    Err(Failure::Length { field: field.to_string(), expected, found: x.len() })
}

/// A matrix has so many rows of so many columns; gives it row by row.
pub(crate) fn matrix(field: &str, x: &[Vec<f64>], rows: usize, columns: usize) -> Result<Vec<f64>, Failure> {
    length(field, x, rows)?;
    let mut flat = Vec::with_capacity(x.iter().map(Vec::len).sum());
    for (k, row) in x.iter().enumerate() {
        length(format_args!("{field}[{k}]"), row, columns)?;
        flat.extend_from_slice(row);
    }
    Ok(flat)
}

/// A count or an index lies in a range.
pub(crate) fn within(field: impl Display, x: usize, range: Range<usize>) -> Result<(), Failure> {
    if range.contains(&x) {
        return Ok(());
    }
    Err(outside(field, x, format_args!("at least {} and below {}", range.start, range.end)))
}

/// A count is not too small.
pub(crate) fn at_least(field: impl Display, x: usize, least: usize) -> Result<(), Failure> {
    if x >= least { Ok(()) } else { Err(outside(field, x, format_args!("at least {least}"))) }
}

/// The error for a number outside its range.
pub(crate) fn outside(field: impl Display, found: impl Display, expected: impl Display) -> Failure {
    Failure::Range { field: field.to_string(), expected: expected.to_string(), found: found.to_string() }
}

/// An empty vector with room for so many elements; an error, and not an abort, where the machine has none.
pub(crate) fn room<T>(what: &'static str, elements: usize) -> Result<Vec<T>, Failure> {
    let mut room = Vec::new();
    room.try_reserve_exact(elements)
        .map_err(|_| Failure::Memory { what, bytes: elements.saturating_mul(size_of::<T>()) })?;
    Ok(room)
}
