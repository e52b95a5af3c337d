//! Every row of the table in lanes of every instruction set that the machine has, against the row read at the float alone, bit
//! for bit: special numbers and ordinary ones, operands uniform and by row, whole chunks and ragged ones.

use wengert_lanes::{
    Code, InstructionSet, LaneFloat, LaneValue, Lanewise, NoCalls, Precision, RowBlock, RowTable, Straight,
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
    (set, precision): (InstructionSet, Precision),
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
    let mut lanes = Lanewise::<F>::with(set, precision);
    lanes.begin(&code, &rows[..arity]);
    let list: Vec<u32> = (0..(rows.len() / arity) as u32).collect();
    let mut y = vec![F::zero(); list.len()];
    let block = RowBlock {
        tables: &[RowTable::by_rows(rows, arity)],
        first: 0,
        list: &list,
        y: &mut [&mut y],
        totals: &mut [],
        maxima: &mut [],
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
                    let found = run(op, (set, Precision::Exact), &rows, arity, &uniform, &data);
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

/// Whether a row has a fast function.
struct HasFast;

impl Visitor for HasFast {
    type Output = bool;
    fn input(self) -> bool {
        false
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> bool {
        R::FAST.is_some()
    }
    fn variadic<R: Variadic>(self) -> bool {
        R::FAST
    }
    fn foreign(self) -> bool {
        false
    }
}

/// Numbers over the whole range, more of them where functions bend, and those beyond what fast functions take.
fn spread<F: LaneFloat>(arity: usize) -> Vec<F> {
    let mut numbers = numbers::<F>();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for k in 0..60_000_u64 * arity as u64 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let unit = (state >> 11) as f64 / (1_u64 << 53) as f64 * 2.0 - 1.0;
        let size = [1.0, 3.0, 40.0, 1e-8, 1e4, 2e5, 800.0][(k % 7) as usize];
        numbers.push(F::of(if k % 11 == 0 { f64::from_bits(state) } else { unit * size }));
    }
    numbers.truncate(numbers.len() / arity * arity);
    numbers
}

/// Fast functions: the same bits by all instructions, near those of the float, and the same specials; rows that have none are as
/// they are.
fn check_fast<F: LaneFloat>(epsilon: f64, tiny: f64) {
    for op in Op::ALL.iter().copied() {
        let info = op.info();
        let arity = info.arity.map_or(4, usize::from);
        if info.data || op.visit(Value::<F>(&vec![F::one(); arity], &[])).is_none() {
            continue;
        }
        let rows = if op.visit(HasFast) { spread::<F>(arity) } else { numbers::<F>().repeat(arity) };
        let uniform = vec![false; arity];
        let exact = run(op, (InstructionSet::Baseline, Precision::Exact), &rows, arity, &uniform, &[]);
        let fast = run(op, (InstructionSet::Baseline, Precision::Fast), &rows, arity, &uniform, &[]);
        let mut other = 0;
        for (k, (exact, fast)) in exact.iter().zip(&fast).enumerate() {
            let (a, b) = (exact.wide(), fast.wide());
            let same = a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
            other += usize::from(!same);
            let x = &rows[k * arity..][..arity];
            // The logarithm of a sum may be small beside what is summed.
            let beside = if info.arity.is_none() {
                1.0 + x.iter().fold(0.0, |most, x| f64::max(most, x.wide().abs()))
            } else {
                0.0
            };
            let near = (a - b).abs() <= 8.0 * epsilon * a.abs().max(beside).max(tiny);
            assert!(
                same || near && a.is_sign_negative() == b.is_sign_negative(),
                "{op:?} {x:?}: {a:e} and {b:e}"
            );
        }
        assert_eq!(other > 0, op.visit(HasFast), "{op:?}: {other} are others");
        for set in InstructionSet::available() {
            let found = run(op, (set, Precision::Fast), &rows, arity, &uniform, &[]);
            for (k, (x, y)) in fast.iter().zip(&found).enumerate() {
                let same = x.wide().to_bits() == y.wide().to_bits() || x.is_nan() && y.is_nan();
                assert!(same, "{op:?} {set:?} {:?}: {x:?} {y:?}", &rows[k * arity..][..arity]);
            }
        }
    }
}

#[test]
fn fast_functions_at_f64() {
    check_fast::<f64>(f64::EPSILON, f64::MIN_POSITIVE);
}

#[test]
fn fast_functions_at_f32() {
    check_fast::<f32>(f64::from(f32::EPSILON), f64::from(f32::MIN_POSITIVE));
}
