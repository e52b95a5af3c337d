//! A little of everything, short enough for valgrind; and code whose memory was once read where it is not.

use wengert_lanes::{Code, Lanewise, NoCalls, RowBlock, RowTable, Straight};
use wengert_ops::Op;

use crate::programs::check;

#[test]
fn random_code() {
    check::<f64>(1000..1020);
    check::<f32>(1020..1035);
}

/// More columns than are loaded together, each first read by a product that is summed, so that loads stand between products that
/// share an operand.
#[test]
fn products_of_columns_that_are_loaded_late() {
    const COLUMNS: usize = 100;
    let mut straight = Straight::new(0);
    let x: Vec<_> = (0..COLUMNS as u32).map(|column| straight.column(0, column)).collect();
    let pull = Op::from_name("pull").unwrap();
    for y in x.iter().rev() {
        let product = straight.row(pull, &[x[7], *y], &[]).unwrap();
        straight.sum(product).unwrap();
    }
    let code = Code::new(straight);
    let data: Vec<f64> = (0..COLUMNS * 70).map(|k| f64::from((k % 17) as u8) - 8.0).collect();
    let list: Vec<u32> = (0..70).collect();
    let (mut lanes, mut totals) = (Lanewise::new(), vec![0.0; COLUMNS]);
    lanes.begin(&code, &[]);
    let tables = &[RowTable::by_rows(&data, COLUMNS)];
    let block = RowBlock { tables, first: 0, list: &list, y: &mut [], totals: &mut totals, maxima: &mut [] };
    let Ok(()) = lanes.run(&code, block, &mut NoCalls);
    for (total, column) in totals.iter().zip((0..COLUMNS).rev()) {
        // Small integers: sums are exact in any order.
        let expected: f64 = data.chunks(COLUMNS).map(|row| row[7] * row[column]).sum();
        assert_eq!(*total, expected, "column {column}");
    }
}

/// Rows and columns that tables do not have are NaN, and nothing else is read.
#[test]
fn what_a_table_does_not_have_is_nan() {
    let mut straight = Straight::new(2);
    let (x, y) = (straight.column(0, 1), straight.column(3, 0));
    let uniform = straight.uniform(1).unwrap();
    for value in [x, y, uniform] {
        straight.give(0, value).unwrap();
    }
    let code = Code::new(straight);
    let mut lanes = Lanewise::new();
    lanes.begin(&code, &[1.0]);
    let mut given = [0.0_f64; 9];
    let tables = &[RowTable::by_rows(&[1.0, 2.0, 3.0], 2)];
    let block = RowBlock {
        tables,
        first: 0,
        list: &[0, 1, 2],
        y: &mut [&mut given],
        totals: &mut [],
        maxima: &mut [],
    };
    let Ok(()) = lanes.run(&code, block, &mut NoCalls);
    assert_eq!(given[0], 2.0);
    assert!(given[1..].iter().all(|x| x.is_nan()), "{given:?}");
}
