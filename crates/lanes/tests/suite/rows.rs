//! Every row of the table in lanes of every instruction set that the machine has, against the row read at the float alone, bit
//! for bit: special numbers and ordinary ones, operands uniform and by row, whole chunks and ragged ones.

use wengert_lanes::{
    Code, InstructionSet, LaneFloat, LaneValue, Lanewise, NoCalls, RowBlock, RowTable, Straight,
};
use wengert_ops::{Op, Rule, Second, Variadic, Visitor, WithData};

/// The value of a row at floats; none of what is no row.
pub(crate) struct Value<'a, F>(pub(crate) &'a [F], pub(crate) &'a [f64]);

impl<F: LaneFloat> Value<'_, F> {
    /// The value of a row; none of what is no row.
    pub(crate) fn of(self, op: Op) -> Option<F> {
        op.visit(self)
    }
}

impl<F: LaneFloat> Visitor for Value<'_, F> {
    type Output = Option<F>;
    fn input(self) -> Self::Output {
        None
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
        Some(R::value(self.0.try_into().unwrap()))
    }
    fn variadic<R: Variadic>(self) -> Self::Output {
        if R::OP.op().info().data {
            Some(R::value(&WithData::new(self.0, self.1).unwrap()))
        } else {
            Some(R::value(&self.0))
        }
    }
    fn foreign(self) -> Self::Output {
        None
    }
}

const NUMBERS: [f64; 20] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    -3.0,
    0.3,
    -0.7,
    1.7,
    10.25,
    -100.5,
    1e-310,
    1e30,
    -1e200,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    f64::MIN_POSITIVE,
];

fn numbers<F: LaneFloat>() -> Vec<F> {
    NUMBERS.into_iter().map(F::of).collect()
}

/// Runs a row over rows of operands, of which those marked are uniform: the results.
fn run<F: LaneFloat>(
    op: Op,
    set: InstructionSet,
    rows: &[F],
    arity: usize,
    uniform: &[bool],
    data: &[f64],
) -> Vec<F> {
    let mut straight = Straight::new(arity);
    let operands: Vec<LaneValue> = (0..arity)
        .map(|k| if uniform[k] { straight.uniform(k).unwrap() } else { straight.column(0, k as u32) })
        .collect();
    let y = straight.row(op, &operands, data).unwrap();
    straight.give(0, y).unwrap();
    let code = Code::new(straight);
    let mut lanes = Lanewise::<F>::with(set);
    lanes.begin(&code, &rows[..arity]);
    let list: Vec<u32> = (0..(rows.len() / arity) as u32).collect();
    let mut y = vec![F::zero(); list.len()];
    let block = RowBlock {
        tables: &[RowTable::by_rows(rows, arity)],
        first: 0,
        list: &list,
        y: &mut [&mut y],
        totals: &mut [],
    };
    let Ok(()) = lanes.run(&code, block, &mut NoCalls);
    y
}

fn check<F: LaneFloat>() {
    let numbers = numbers::<F>();
    for op in Op::ALL.iter().copied() {
        let info = op.info();
        if op.visit(Value::<F>(&[F::one(); 3][..info.arity.map_or(2, usize::from)], &[0.5; 2])).is_none() {
            continue;
        }
        let arities = info.arity.map_or(vec![2, 4, 6, 10, 12], |arity| vec![usize::from(arity)]);
        for arity in arities {
            // Each operand runs through all numbers, at paces of its own.
            let paces = [1, 7, 3, 11, 13, 9, 17, 19];
            let count = if arity == 1 { numbers.len() } else { 401 };
            let mut rows: Vec<F> = (0..count * arity)
                .map(|k| numbers[(k / arity * paces[k % arity % 8] + k % arity * 5 + k / 20) % numbers.len()])
                .collect();
            if info.second == Second::Integer {
                rows.iter_mut()
                    .skip(1)
                    .step_by(arity)
                    .zip(0..)
                    .for_each(|(n, k)| *n = F::of(f64::from(k % 7 - 2)));
            }
            let data: Vec<f64> =
                if info.data { (0..arity).map(|k| 0.3 * k as f64 - 1.0).collect() } else { Vec::new() };
            for marks in 0..if arity <= 3 { 1 << arity } else { 4 } {
                let uniform: Vec<bool> = match (arity, marks) {
                    (..=3, marks) => (0..arity).map(|k| marks >> k & 1 == 1).collect(),
                    (_, 0) => vec![false; arity],
                    (_, 1) => (0..arity).map(|k| k < arity / 2).collect(),
                    (_, 2) => (0..arity).map(|k| k >= arity / 2).collect(),
                    _ => (0..arity).map(|k| k % 3 == 1).collect(),
                };
                let expected: Vec<F> = rows
                    .chunks_exact(arity)
                    .map(|row| {
                        let x: Vec<F> =
                            (0..arity).map(|k| if uniform[k] { rows[k] } else { row[k] }).collect();
                        op.visit(Value(&x, &data)).unwrap()
                    })
                    .collect();
                for set in InstructionSet::available() {
                    let found = run(op, set, &rows, arity, &uniform, &data);
                    for (k, (x, y)) in expected.iter().zip(&found).enumerate() {
                        let same = x.wide().to_bits() == y.wide().to_bits() || x.is_nan() && y.is_nan();
                        assert!(
                            same,
                            "{op:?} {set:?} {uniform:?} {:?}: {x:?} {y:?}",
                            &rows[k * arity..][..arity]
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn every_row_at_f64() {
    check::<f64>();
}

#[test]
fn every_row_at_f32() {
    check::<f32>();
}
