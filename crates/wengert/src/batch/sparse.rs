//! Where a batch's Jacobian stands among the numbers of its tables: sparse rows, built of the indices alone.

use wengert_program::By;

use super::rows::{OwnTable, RowsError};

/// The columns of all tables, each table once, whoever reads it how often.
pub(super) struct Unknowns {
    /// By table that rows read: its first column.
    pub(super) first: Vec<usize>,
    pub(super) count: usize,
}

impl Unknowns {
    pub(super) fn of(tables: &[OwnTable<'_>]) -> Self {
        let (mut first, mut count) = (Vec::new(), 0);
        for (k, table) in tables.iter().enumerate() {
            let key = |table: &OwnTable<'_>| (table.place, table.rows, table.columns);
            let before = tables[..k].iter().position(|other| key(other) == key(table) && table.columns > 0);
            first.push(before.map_or(count, |before| first[before]));
            count += if before.is_some() { 0 } else { table.rows * table.columns };
        }
        Self { first, count }
    }
}

impl OwnTable<'_> {
    /// The row of the table that a row reads.
    pub(super) fn row(&self, row: usize) -> usize {
        self.index.map_or(row, |index| index[row] as usize)
    }
}

/// Where the Jacobian of a batch's rows stands among all numbers of its tables, in compressed sparse rows (CSR): made once, as
/// long as rows name the same rows of tables.
///
/// A batch's row has as many rows here as it has outputs. Columns are those of the shared inputs, where these are asked for,
/// then those of the tables in the order in which rows were given them, each table once, in it row after row. Entries that a row
/// cannot have are not here; one that is there may be 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SparseRows {
    starts: Vec<usize>,
    columns: Vec<u32>,
    width: usize,
    pub(super) by: By,
    /// Where each derivative goes, row after row, where that is not as they come.
    pub(super) places: Option<Vec<usize>>,
}

impl SparseRows {
    /// Of tables, so many rows, outputs of a row and shared inputs.
    pub(super) fn new(
        own: &[OwnTable<'_>],
        [rows, outputs, shared]: [usize; 3],
        by: By,
    ) -> Result<Self, RowsError> {
        let common = if by.shared() { shared } else { 0 };
        let unknowns = Unknowns::of(own);
        let tables = if by.rows() { own } else { &[] };
        let width = common + if by.rows() { unknowns.count } else { 0 };
        if width > u32::MAX as usize {
            return Err(RowsError::TooMany(width));
        }
        let dense = common + tables.iter().map(|table| table.columns).sum::<usize>();
        let (mut starts, mut columns, mut places) = (vec![0], Vec::new(), Vec::new());
        let (mut of_row, mut sorted) = (Vec::with_capacity(dense), Vec::with_capacity(dense));
        for row in 0..rows {
            of_row.clear();
            of_row.extend(0..common as u32);
            for (table, first) in tables.iter().zip(&unknowns.first) {
                let at = (common + first + table.row(row) * table.columns) as u32;
                of_row.extend(at..at + table.columns as u32);
            }
            sorted.clone_from(&of_row);
            sorted.sort_unstable();
            sorted.dedup();
            for _ in 0..outputs {
                let begin = columns.len();
                columns.extend_from_slice(&sorted);
                places.extend(of_row.iter().map(|c| begin + sorted.binary_search(c).unwrap_or(0)));
                starts.push(columns.len());
            }
        }
        let places = (!places.iter().copied().eq(0..columns.len())).then_some(places);
        Ok(SparseRows { starts, columns, width, by, places })
    }

    /// Where each row's entries begin; one more at the end.
    #[must_use]
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// The column of each entry, ascending in a row.
    #[must_use]
    pub fn columns(&self) -> &[u32] {
        &self.columns
    }

    /// How many columns there are.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many entries there are.
    #[must_use]
    pub fn nonzeros(&self) -> usize {
        self.columns.len()
    }
}
