//! Random straight-line code, rich in chains and sums, at every width, instruction set and float, against the same done one by
//! one, bit for bit: outputs by row, sums over rows in their order, the greatest of all rows, failed guards, calls.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wengert_lanes::{
    Code, GROUP, InstructionSet, LaneFloat, LaneValue, Lanewise, Precision, RowBlock, RowCalls, RowMaximum,
    RowStopped, RowTable, Straight,
};
use wengert_ops::{Op, Test};

use crate::rows::Value;

/// A node of random code, whose operands are earlier values.
enum Node {
    Column(u32),
    Row(Op, Vec<Operand>),
    Call(Vec<Operand>),
}

#[derive(Clone, Copy)]
enum Operand {
    /// Value `k`; a call has two.
    Value(usize),
    Uniform(usize),
    Constant(f64),
}

fn in_code(straight: &mut Straight, values: &[LaneValue], operand: Operand) -> LaneValue {
    match operand {
        Operand::Value(k) => values[k],
        Operand::Uniform(k) => straight.uniform(k).unwrap(),
        Operand::Constant(c) => straight.constant(c),
    }
}

fn in_row<F: LaneFloat>(uniforms: &[F], values: &[F], operand: Operand) -> F {
    match operand {
        Operand::Value(k) => values[k],
        Operand::Uniform(k) => uniforms[k],
        Operand::Constant(c) => F::of(c),
    }
}

struct Random {
    nodes: Vec<Node>,
    guards: Vec<(Test, [Operand; 2])>,
    gives: Vec<Operand>,
    sums: Vec<Operand>,
}

const COLUMNS: usize = 5;
const UNIFORMS: usize = 3;

impl Random {
    fn new(seed: u64) -> Self {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let named = |name: &str| Op::from_name(name).unwrap();
        let frequent =
            ["add", "mul", "pull", "sub", "mul_add", "sum", "dot", "sum_squares", "neg", "add", "pull"];
        let all: Vec<Op> = Op::ALL.iter().copied().filter(|op| !op.info().data).collect();
        let mut nodes: Vec<Node> = (0..COLUMNS as u32).map(Node::Column).collect();
        let mut values = COLUMNS;
        let count = rng.random_range(5..120);
        let operand = |rng: &mut ChaCha8Rng, values: usize| match rng.random_range(0..8) {
            0 => Operand::Uniform(rng.random_range(0..UNIFORMS)),
            1 => Operand::Constant([0.0, -0.0, 1.0, -1.5, f64::INFINITY][rng.random_range(0..5)]),
            // Near ones, so that chains come about.
            2..=5 => Operand::Value(values - 1 - rng.random_range(0..values.min(4))),
            _ => Operand::Value(rng.random_range(0..values)),
        };
        for _ in 0..count {
            let op = match rng.random_range(0..12) {
                0 => {
                    nodes.push(Node::Call((0..3).map(|_| operand(rng, values)).collect()));
                    values += 2;
                    continue;
                }
                1..=3 => all[rng.random_range(0..all.len())],
                _ => named(frequent[rng.random_range(0..frequent.len())]),
            };
            let arity = op.info().arity.map_or(2 * rng.random_range(0..6), usize::from);
            let operands: Vec<Operand> = (0..arity).map(|_| operand(rng, values)).collect();
            if Value::<f64>(&vec![1.0; arity], &[]).of(op).is_some() {
                nodes.push(Node::Row(op, operands));
                values += 1;
            }
        }
        let tests = [Test::Less(true), Test::GreaterEqual(false), Test::Equal(false), Test::IsNan(false)];
        let guards = (0..rng.random_range(0..3))
            .map(|_| (tests[rng.random_range(0..4)], [operand(rng, values), operand(rng, values)]))
            .collect();
        let gives = (0..6).map(|_| operand(rng, values)).collect();
        let sums = (0..6).map(|_| operand(rng, values)).collect();
        Self { nodes, guards, gives, sums }
    }

    fn straight(&self) -> Straight {
        let mut straight = Straight::new(UNIFORMS);
        let mut values: Vec<LaneValue> = Vec::new();
        for node in &self.nodes {
            match node {
                Node::Column(column) => values.push(straight.column(0, *column)),
                Node::Row(op, operands) => {
                    let operands: Vec<_> =
                        operands.iter().map(|operand| in_code(&mut straight, &values, *operand)).collect();
                    values.push(straight.row(*op, &operands, &[]).unwrap());
                }
                Node::Call(operands) => {
                    let operands: Vec<_> =
                        operands.iter().map(|operand| in_code(&mut straight, &values, *operand)).collect();
                    values.extend(straight.call(7, &operands, 2).unwrap());
                }
            }
        }
        for (test, operands) in &self.guards {
            let operands = operands.map(|operand| in_code(&mut straight, &values, operand));
            straight.guard(*test, operands).unwrap();
        }
        for (k, give) in self.gives.iter().enumerate() {
            let value = in_code(&mut straight, &values, *give);
            straight.give((k % 2) as u8, value).unwrap();
            straight.maximum(value).unwrap();
        }
        for sum in &self.sums {
            let value = in_code(&mut straight, &values, *sum);
            straight.sum(value).unwrap();
        }
        straight
    }

    /// Outputs, summands and the first failed guard of one row.
    fn alone<F: LaneFloat>(&self, uniforms: &[F], row: &[F]) -> (Vec<F>, Vec<F>, Option<u32>) {
        let mut values: Vec<F> = Vec::new();
        for node in &self.nodes {
            let all = |operands: &[Operand], values: &[F]| -> Vec<F> {
                operands.iter().map(|operand| in_row(uniforms, values, *operand)).collect()
            };
            match node {
                Node::Column(column) => values.push(row[*column as usize]),
                Node::Row(op, operands) => {
                    let x = all(operands, &values);
                    values.push(Value(&x, &[]).of(*op).unwrap());
                }
                Node::Call(operands) => {
                    let x = all(operands, &values);
                    values.extend(called(&x));
                }
            }
        }
        let outputs =
            |list: &[Operand]| list.iter().map(|operand| in_row(uniforms, &values, *operand)).collect();
        let fails = |(test, [a, b]): &(Test, [Operand; 2])| {
            !test.holds(in_row(uniforms, &values, *a).wide(), in_row(uniforms, &values, *b).wide())
        };
        let failed = self.guards.iter().position(fails).map(|guard| guard as u32);
        (outputs(&self.gives), outputs(&self.sums), failed)
    }
}

/// What stands at the site of calls.
fn called<F: LaneFloat>(x: &[F]) -> [F; 2] {
    [x[0] * x[1] + x[2], x[2] - x[0]]
}

struct Site;

impl<F: LaneFloat> RowCalls<F> for Site {
    type Error = ();
    fn call(&mut self, site: u32, _: usize, x: &[F], y: &mut [F]) -> Result<(), ()> {
        assert_eq!(site, 7);
        y.copy_from_slice(&called(x));
        Ok(())
    }
}

fn same<F: LaneFloat>(a: F, b: F) -> bool {
    a.wide().to_bits() == b.wide().to_bits() || a.is_nan() && b.is_nan()
}

/// The sum of numbers in the order that is stated.
fn summed<F: LaneFloat>(terms: &[F]) -> F {
    let lanes = 64 / size_of::<F>();
    terms.chunks(GROUP).fold(F::zero(), |total, group| {
        let mut s = vec![F::zero(); lanes];
        group.iter().enumerate().for_each(|(r, x)| s[r % lanes] = s[r % lanes] + *x);
        let mut half = lanes / 2;
        while half > 0 {
            (0..half).for_each(|j| s[j] = s[j] + s[j + half]);
            half /= 2;
        }
        total + s[0]
    })
}

pub(crate) fn check<F: LaneFloat>(seeds: core::ops::Range<u64>) {
    for seed in seeds {
        let random = Random::new(seed);
        let rows = [1, 7, 16, 63, 64, 65, 150][seed as usize % 7];
        let special = [0.0, -0.0, 1.0, f64::INFINITY, f64::NAN, -2.0];
        let number = |k: usize| match k % 11 {
            // A few programs meet numbers that are none.
            3 if seed % 3 == 0 => F::of(special[k / 11 % special.len()]),
            _ => F::of(((k as f64 + seed as f64) * 0.71).sin() * 1.5),
        };
        let data: Vec<F> = (0..2 * rows * COLUMNS).map(number).collect();
        let uniforms = [F::of(0.75), F::of(-1.25), F::of(0.0)];
        // Every other row, from the second on; or all.
        let list: Vec<u32> = if seed % 2 == 0 {
            (0..rows as u32).collect()
        } else {
            (0..rows as u32).map(|r| 2 * r).collect()
        };
        let first = usize::from(seed % 4 == 1);
        let at = |r: &u32| &data[(first + *r as usize) * COLUMNS..][..COLUMNS];
        let alone: Vec<_> = list
            .iter()
            .filter(|r| (first + **r as usize + 1) * COLUMNS <= data.len())
            .map(|r| random.alone(&uniforms, at(r)))
            .collect();
        let list = &list[..alone.len()];
        for width in [16, 32, 64] {
            let code = Code::of_width(random.straight(), width);
            assert_eq!(code.width(), width);
            for set in InstructionSet::available() {
                let mut lanes = Lanewise::<F>::with(set, Precision::Exact);
                lanes.begin(&code, &uniforms);
                let (mut a, mut b) = (vec![F::zero(); 3 * 2 * rows], vec![F::zero(); 3 * 2 * rows]);
                let (mut totals, mut maxima) = (vec![F::zero(); 6], vec![RowMaximum::default(); 6]);
                let block = RowBlock {
                    tables: &[RowTable::by_rows(&data, COLUMNS)],
                    first,
                    list,
                    y: &mut [&mut a, &mut b],
                    totals: &mut totals,
                    maxima: &mut maxima,
                };
                lanes.run(&code, block, &mut Site).unwrap();
                let what = format!("code {seed}, width {width}, {set:?}");
                let mut any = false;
                if !random.guards.is_empty() {
                    for ((_, _, failed), found) in alone.iter().zip(lanes.failed()) {
                        assert_eq!(found, *failed, "{what}");
                        any |= failed.is_some();
                    }
                }
                for ((gives, _, failed), r) in alone.iter().zip(list) {
                    for (k, give) in gives.iter().enumerate().filter(|_| failed.is_none()) {
                        let found = [&a, &b][k % 2][*r as usize * 3 + k / 2];
                        assert!(
                            same(found, *give),
                            "{what}, row {r}, output {k}: {found:?} {give:?}\n{code}"
                        );
                    }
                }
                for (k, total) in totals.iter().enumerate().filter(|_| !any) {
                    let terms: Vec<F> = alone.iter().map(|(_, sums, _)| sums[k]).collect();
                    let expected = F::zero() + summed(&terms);
                    assert!(same(*total, expected), "{what}, sum {k}: {total:?} {expected:?}\n{code}");
                    let mut most = RowMaximum::default();
                    for ((gives, ..), row) in alone.iter().zip(list) {
                        most.meet(RowMaximum { value: gives[k], row: first + *row as usize });
                    }
                    let found = maxima[k];
                    let alike = same(found.value, most.value) && found.row == most.row;
                    assert!(alike, "{what}, maximum {k}: {found:?} {most:?}\n{code}");
                }
            }
        }
    }
}

#[test]
fn random_code_at_f64() {
    check::<f64>(0..400);
}

#[test]
fn random_code_at_f32() {
    check::<f32>(400..700);
}

#[test]
fn a_call_that_fails_is_told_with_its_row() {
    struct Fails;
    impl RowCalls<f64> for Fails {
        type Error = &'static str;
        fn call(&mut self, _: u32, row: usize, _: &[f64], y: &mut [f64]) -> Result<(), &'static str> {
            y.fill(1.0);
            if row == 70 { Err("no") } else { Ok(()) }
        }
    }
    let mut straight = Straight::new(0);
    let x = straight.column(0, 0);
    let y = straight.call(0, &[x], 1).unwrap();
    straight.give(0, y[0]).unwrap();
    let code = Code::new(straight);
    let mut lanes = Lanewise::new();
    lanes.begin(&code, &[]);
    let (data, list) = ([0.5; 100], (0..100).collect::<Vec<u32>>());
    let mut y = [0.0; 100];
    let tables = &[RowTable::by_rows(&data, 1)];
    let block =
        RowBlock { tables, first: 0, list: &list, y: &mut [&mut y], totals: &mut [], maxima: &mut [] };
    assert_eq!(lanes.run(&code, block, &mut Fails), Err(RowStopped { row: 70, why: "no" }));
}

#[test]
fn what_is_no_code_is_said() {
    let mut straight = Straight::new(1);
    let x = straight.column(0, 0);
    let add = Op::from_name("add").unwrap();
    assert!(straight.row(add, &[x], &[]).is_err());
    assert!(straight.row(Op::Input, &[], &[]).is_err());
    assert!(straight.row(Op::from_name("dot").unwrap(), &[x; 3], &[]).is_err());
    assert!(straight.row(Op::from_name("weighted_sum").unwrap(), &[x], &[]).is_err());
    assert!(straight.uniform(1).is_none());
    let mut other = Straight::new(0);
    assert!(other.row(add, &[x, x], &[]).is_err(), "a value of other code");
    assert!(other.give(0, x).is_err() && other.sum(x).is_err(), "a value of other code");
    // Nothing to run, and nothing to run it on.
    let code = Code::new(Straight::new(0));
    let mut lanes = Lanewise::<f64>::new();
    let block =
        RowBlock { tables: &[], first: 0, list: &[0, 1], y: &mut [], totals: &mut [], maxima: &mut [] };
    assert!(lanes.run(&code, block, &mut wengert_lanes::NoCalls).is_ok());
}
