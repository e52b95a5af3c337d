//! Rows in and out: any number of columns beside one another, some of them the same in all rows, come out where they belong.

use wengert_lanes::{
    Code, InstructionSet, LaneFloat, Lanewise, NoCalls, Precision, RowBlock, RowTable, Straight,
};

fn check<F: LaneFloat>(columns: usize, rows: usize, uniform: usize) {
    let numbers: Vec<F> = (0..rows * columns).map(|k| F::of(k as f64 + 1.0)).collect();
    let mut straight = Straight::new(1);
    let shared = straight.uniform(0).unwrap();
    for column in 0..columns {
        let own = straight.column(0, column as u32);
        straight.give(0, if column % 7 == uniform { shared } else { own }).unwrap();
    }
    let code = Code::new(straight);
    let list: Vec<u32> = (0..rows as u32).collect();
    let expected =
        (0..rows * columns).map(|k| if k % columns % 7 == uniform { F::of(-1.0) } else { numbers[k] });
    let expected: Vec<F> = expected.collect();
    for set in InstructionSet::available() {
        let mut lanes = Lanewise::<F>::with(set, Precision::Exact);
        lanes.begin(&code, &[F::of(-1.0)]);
        let mut y = vec![F::zero(); numbers.len()];
        let tables = &[RowTable::by_rows(&numbers, columns)];
        let block =
            RowBlock { tables, first: 0, list: &list, y: &mut [&mut y], totals: &mut [], maxima: &mut [] };
        let Ok(()) = lanes.run(&code, block, &mut NoCalls);
        assert!(y == expected, "{columns} columns, {rows} rows, {set:?}");
    }
}

#[test]
fn columns_come_out_where_they_belong() {
    for columns in (1..=23).chain([140, 300]) {
        for rows in [1, 3, 4, 63, 70] {
            // The last of these is no column.
            for uniform in [0, 5, 7] {
                check::<f64>(columns, rows, uniform);
                check::<f32>(columns, rows, uniform);
            }
        }
    }
}
