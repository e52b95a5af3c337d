//! Rows in blocks, on one thread or several: results in their places, and sums in one order.
//!
//! Blocks have [`BLOCK`] rows. Sums of blocks are joined as a tree: of more than one, the first `2ᵏ`, the largest power of two
//! below their number, with the rest, each joined so itself. So the order depends on the number of rows alone.

use core::ops::Range;

/// How many rows a block has.
pub(super) const BLOCK: usize = 256;

/// What is written by row, to be taken apart at a row.
pub(super) trait ByRow: Sized + Send {
    /// That of the first rows, and that of the others.
    fn split_at_row(self, row: usize) -> (Self, Self);
}

/// A slice of so many numbers a row.
pub(super) struct Written<'a, T> {
    pub(super) numbers: &'a mut [T],
    pub(super) width: usize,
}

impl<T: Send> ByRow for Written<'_, T> {
    fn split_at_row(self, row: usize) -> (Self, Self) {
        let Self { numbers, width } = self;
        let (first, rest) = numbers.split_at_mut((row * width).min(numbers.len()));
        (Self { numbers: first, width }, Self { numbers: rest, width })
    }
}

impl<A: ByRow, B: ByRow> ByRow for (A, B) {
    fn split_at_row(self, row: usize) -> (Self, Self) {
        let ((a, c), (b, d)) = (self.0.split_at_row(row), self.1.split_at_row(row));
        ((a, b), (c, d))
    }
}

/// What is done with blocks: each by itself, and what two parts give joined. The error is that of the first block that has one.
pub(super) trait OverBlocks: Sync {
    type Out: ByRow;
    type Sum: Send;
    type Error: Send;
    fn block(&self, rows: Range<usize>, out: Self::Out) -> Result<Self::Sum, Self::Error>;
    fn join(&self, first: Self::Sum, rest: Self::Sum) -> Self::Sum;
}

/// Does it with rows `rows`, the first of which begins a block, on the threads of the pool or on this one alone.
pub(super) fn over<W: OverBlocks>(
    work: &W,
    rows: Range<usize>,
    out: W::Out,
    threads: bool,
) -> Result<W::Sum, W::Error> {
    let blocks = rows.len().div_ceil(BLOCK);
    if blocks <= 1 {
        return work.block(rows, out);
    }
    let half = blocks.next_power_of_two() / 2 * BLOCK;
    let middle = rows.start + half;
    let (first, rest) = out.split_at_row(half);
    if threads {
        let (first, rest) =
            both(|| over(work, rows.start..middle, first, true), || over(work, middle..rows.end, rest, true));
        return Ok(work.join(first?, rest?));
    }
    let first = over(work, rows.start..middle, first, false)?;
    Ok(work.join(first, over(work, middle..rows.end, rest, false)?))
}

#[cfg(feature = "rayon")]
fn both<A: Send, B: Send>(first: impl FnOnce() -> A + Send, rest: impl FnOnce() -> B + Send) -> (A, B) {
    rayon::join(first, rest)
}

#[cfg(not(feature = "rayon"))]
fn both<A, B>(first: impl FnOnce() -> A, rest: impl FnOnce() -> B) -> (A, B) {
    (first(), rest())
}
