//! Numbers of rows into lanes, and numbers of lanes into rows: squares of four rows and four columns are turned in registers.

// No closures around what is turned: a closure may not be inlined into the function that has the instructions.

use wengert_ops::Primitive;

use crate::frame::{Frame, Slots};
use crate::steps::{CodeStep, SlotRead};
use crate::table::RowTable;
use crate::vector::Tile;

/// The rows that a step is run for.
#[derive(Clone, Copy)]
pub(crate) struct RowsHere<'a> {
    pub(crate) first: usize,
    pub(crate) list: &'a [u32],
}

/// How many of the first pairs are of columns that follow one another, each with a slot of its own: four, or none.
#[inline(always)]
fn square(pairs: &[[SlotRead; 2]]) -> Option<[SlotRead; 4]> {
    match *pairs {
        [[a, first], [b, second], [c, third], [d, last], ..] => {
            let first = first.number();
            let follow = [second, third, last].map(SlotRead::number) == [first + 1, first + 2, first + 3];
            let varies = !(a.is_uniform() | b.is_uniform() | c.is_uniform() | d.is_uniform());
            (follow && varies).then_some([a, b, c, d])
        }
        _ => None,
    }
}

/// Loads columns of a table. Lanes that are no rows have the numbers of the first.
#[inline(always)]
pub(crate) fn load<F: Primitive, T: Tile<F>, const N: usize>(
    slots: &mut Slots<'_, F>,
    step: &CodeStep,
    table: Option<&RowTable<'_, F>>,
    RowsHere { first, list }: RowsHere<'_>,
) {
    let pairs = slots.reads(step).as_chunks::<2>().0;
    let most = pairs.iter().fold(0, |most, [_, column]| most.max(column.number() as usize));
    // A chunk of rows after another, so that they are read as they lie.
    for (chunk, rows) in list.chunks(N).enumerate() {
        let mut places = [0; N];
        for (lane, place) in places.iter_mut().enumerate() {
            *place = rows.get(lane).or(rows.first()).map_or(0, |row| first + *row as usize);
        }
        match table.and_then(|table| table.rows_at(&places, most)) {
            Some(lines) if lines.is_dense() => {
                let mut pairs = pairs;
                while let [[slot, column], rest @ ..] = pairs {
                    let column = column.number() as usize;
                    if let Some(of) = square(pairs) {
                        let mut lane = 0;
                        while lane < N {
                            let turned = T::turned([
                                T::from_slice(&lines.line(lane)[column..]),
                                T::from_slice(&lines.line(lane + 1)[column..]),
                                T::from_slice(&lines.line(lane + 2)[column..]),
                                T::from_slice(&lines.line(lane + 3)[column..]),
                            ]);
                            for (slot, numbers) in of.iter().zip(turned) {
                                numbers.write(&mut slots.slot_mut(*slot)[chunk * N + lane..]);
                            }
                            lane += 4;
                        }
                        pairs = &pairs[4..];
                    } else {
                        lines.column_into(column, &mut slots.slot_mut(*slot)[chunk * N..][..N]);
                        pairs = rest;
                    }
                }
            }
            Some(lines) => {
                for [slot, column] in pairs {
                    let y = &mut slots.slot_mut(*slot)[chunk * N..][..N];
                    lines.column_into(column.number() as usize, y);
                }
            }
            // Some row is none, or has none of some columns.
            None => {
                for [slot, column] in pairs {
                    let y = &mut slots.slot_mut(*slot)[chunk * N..][..N];
                    for (y, place) in y.iter_mut().zip(places) {
                        let number = table.and_then(|table| table.get(place, column.number() as usize));
                        *y = number.unwrap_or(F::nan());
                    }
                }
            }
        }
    }
}

/// Writes outputs of each row, row after row: squares of four columns that follow one another, each the first column and four
/// slots.
#[inline(always)]
pub(crate) fn give_squares<F: Primitive, T: Tile<F>>(
    frame: &Frame<'_, F>,
    step: &CodeStep,
    y: &mut [F],
    width: usize,
    list: &[u32],
) {
    let squares = frame.reads(step).as_chunks::<5>().0;
    let (fours, rest) = list.as_chunks::<4>();
    for (chunk, rows) in fours.iter().enumerate() {
        for [column, a, b, c, d] in squares {
            let turned = T::turned([
                T::from_slice(&frame.slot(*a)[4 * chunk..]),
                T::from_slice(&frame.slot(*b)[4 * chunk..]),
                T::from_slice(&frame.slot(*c)[4 * chunk..]),
                T::from_slice(&frame.slot(*d)[4 * chunk..]),
            ]);
            for (row, numbers) in rows.iter().zip(turned) {
                let place = *row as usize * width + column.number() as usize;
                if let Some(line) = y.get_mut(place..place + 4) {
                    numbers.write(line);
                }
            }
        }
    }
    for (lane, row) in rest.iter().enumerate() {
        for [column, slots @ ..] in squares {
            for (k, slot) in (0..).zip(slots) {
                give_one(
                    frame,
                    [*slot, SlotRead(column.number() + k)],
                    y,
                    width,
                    (4 * fours.len() + lane, *row),
                );
            }
        }
    }
}

/// Writes outputs of each row, row after row.
pub(crate) fn give<F: Primitive>(
    frame: &Frame<'_, F>,
    step: &CodeStep,
    y: &mut [F],
    width: usize,
    list: &[u32],
) {
    let pairs = frame.reads(step).as_chunks::<2>().0;
    for (lane, row) in list.iter().enumerate() {
        for pair in pairs {
            give_one(frame, *pair, y, width, (lane, *row));
        }
    }
}

/// Writes one output of one row.
#[inline(always)]
fn give_one<F: Primitive>(
    frame: &Frame<'_, F>,
    [read, column]: [SlotRead; 2],
    y: &mut [F],
    width: usize,
    (lane, row): (usize, u32),
) {
    if let Some(y) = y.get_mut(row as usize * width + column.number() as usize) {
        *y = frame.lane(read, lane);
    }
}
