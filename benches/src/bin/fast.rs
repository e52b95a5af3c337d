//! Fast functions beside those of the standard library: nanoseconds a number by each instruction set, the least of many times.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin fast [directory]
//! ```
//!
//! With a directory, operands and results over the whole range are written into it, by function and float, for
//! `benches/scripts/fast-errors`, which compares them with arithmetic of many digits.

use std::error::Error;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wengert::lanes::{
    Code, InstructionSet, LaneFloat, Lanewise, NoCalls, Precision, RowBlock, RowTable, Straight,
};
use wengert::ops::{Op, Rule, Variadic, Visitor};
use wengert_benches::timing::Times;

/// Up to which size of its operand a row has a fast function.
struct Limit;

impl Visitor for Limit {
    type Output = Option<f64>;
    fn input(self) -> Option<f64> {
        None
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Option<f64> {
        if A == 1 { R::FAST } else { None }
    }
    fn variadic<R: Variadic>(self) -> Option<f64> {
        None
    }
    fn foreign(self) -> Option<f64> {
        None
    }
}

/// The results of a row at these numbers.
fn run<F: LaneFloat>(op: Op, by: (InstructionSet, Precision), x: &[F], y: &mut [F]) {
    let mut straight = Straight::new(0);
    let operand = straight.column(0, 0);
    let Ok(result) = straight.row(op, &[operand], &[]) else { return };
    if straight.give(0, result).is_err() {
        return;
    }
    let code = Code::new(straight);
    let mut lanes = Lanewise::with(by.0, by.1);
    lanes.begin(&code, &[]);
    let list: Vec<u32> = (0..x.len() as u32).collect();
    let block = RowBlock {
        tables: &[RowTable::by_rows(x, 1)],
        first: 0,
        list: &list,
        y: &mut [y],
        totals: &mut [],
        maxima: &mut [],
    };
    let Ok(()) = lanes.run(&code, block, &mut NoCalls);
}

/// Nanoseconds a number, what a loop that only copies takes off: of numbers up to 3, or up to 1 where the function ends there.
fn time<F: LaneFloat>(op: Op, by: (InstructionSet, Precision)) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut numbers =
        |most: f64| -> Vec<F> { (0..4096).map(|_| F::of(rng.random_range(0.01..most))).collect() };
    let mut x = numbers(3.0);
    let mut y = x.clone();
    run(op, by, &x, &mut y);
    if y.iter().any(|y| y.wide().is_nan()) {
        x = numbers(1.0);
    }
    let mut least = |op| {
        let mut times = Times::default();
        times.sample(5, Duration::from_millis(30), || {
            run(op, by, &x, &mut y);
            y[0].wide()
        });
        times.least() * 1e9 / x.len() as f64
    };
    least(op) - least(Op::Abs)
}

/// Numbers over the whole range of a function, more of them where functions bend and near the zeros of periodic ones.
fn points(limit: f64, rng: &mut impl Rng) -> Vec<f64> {
    let mut all = Vec::new();
    for k in 0..300_000 {
        let unit: f64 = rng.random_range(-1.0..1.0);
        let size = [1.0, 3.0, 30.0, 800.0, 1e-3, 1e5, 1e-8, 6.0][k % 8];
        let number = match k % 13 {
            0 => f64::from_bits(rng.random()),
            1 => (unit * 6e4).round() * core::f64::consts::FRAC_PI_2,
            _ => unit * size,
        };
        if number.abs() <= limit {
            all.push(number);
        }
    }
    all
}

fn write<F: LaneFloat>(op: Op, limit: f64, path: &Path, narrow: bool) -> Result<(), Box<dyn Error>> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let x: Vec<F> = points(limit, &mut rng).into_iter().map(F::of).collect();
    let mut y = x.clone();
    run(op, (InstructionSet::best(), Precision::Fast), &x, &mut y);
    let name = format!("{}.{}", op.info().name, if narrow { "f32" } else { "f64" });
    let mut file = BufWriter::new(fs::File::create(path.join(name))?);
    for (x, y) in x.iter().zip(&y) {
        file.write_all(&x.wide().to_le_bytes())?;
        file.write_all(&y.wide().to_le_bytes())?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args().nth(1);
    let sets = InstructionSet::available();
    if directory.is_none() {
        print!("{:<10} {:>8}", "ns, f64", "exact");
        for set in &sets {
            print!(" {:>9}", format!("{set:?}"));
        }
        print!("   {:<4} {:>8}", "f32", "exact");
        for set in &sets {
            print!(" {:>9}", format!("{set:?}"));
        }
        println!();
    }
    for op in Op::ALL.iter().copied() {
        let Some(limit) = op.visit(Limit) else { continue };
        if let Some(directory) = &directory {
            fs::create_dir_all(directory)?;
            write::<f64>(op, limit, Path::new(directory), false)?;
            write::<f32>(op, limit, Path::new(directory), true)?;
            continue;
        }
        print!(
            "{:<10} {:>8.2}",
            op.info().name,
            time::<f64>(op, (InstructionSet::Baseline, Precision::Exact))
        );
        for set in &sets {
            print!(" {:>9.2}", time::<f64>(op, (*set, Precision::Fast)));
        }
        print!("   {:<4} {:>8.2}", "", time::<f32>(op, (InstructionSet::Baseline, Precision::Exact)));
        for set in &sets {
            print!(" {:>9.2}", time::<f32>(op, (*set, Precision::Fast)));
        }
        println!();
    }
    Ok(())
}
