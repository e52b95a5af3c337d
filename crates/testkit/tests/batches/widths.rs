//! Programs at rows in lanes of every width, by every set of instructions that the machine has, at both floats, against the same
//! programs run row by row: the problems that every way of running a tape is held against, random programs, programs that branch,
//! and programs that call.

use wengert::batch::{By, InstructionSet, Precision};
use wengert::call::Callee;
use wengert::lanes::{LaneFloat, RowBlock, RowInputs, RowMode, RowProgram, RowRunner, RowTable, SharedWork};
use wengert::program::Mode;
use wengert::{Program, Var};
use wengert_testkit::points::same;
use wengert_testkit::problems::{self, ForEach, Known};
use wengert_testkit::{Branchy, RandomProgram, operations};

use crate::case::{programs, rows_near};

/// Whole runs at every width, and a part of one.
const COUNT: usize = 133;

/// What code gives at all rows, number after number, and which rows hold all comparisons that it asks.
fn by_lanes<F: LaneFloat>(
    rows: &mut RowProgram,
    mode: RowMode,
    (shared, data): (&[F], &[F]),
    set: InstructionSet,
) -> (Vec<F>, Vec<bool>) {
    let (own, outputs) = (rows.row_inputs().tables[0], rows.program().outputs());
    let columns = shared.len() + own;
    rows.make(mode).unwrap();
    let code = rows.code(mode).unwrap();
    let (mut work, mut given, mut uniforms) = (SharedWork::default(), Vec::new(), Vec::new());
    match mode {
        RowMode::Values => rows.boundary_at(&mut work, shared, &mut given).unwrap(),
        _ => given.extend_from_slice(shared),
    }
    code.uniforms(&mut work, &given, &mut uniforms).unwrap();
    let mut runner = RowRunner::with(set, Precision::Exact);
    runner.begin(code, &uniforms);
    let list: Vec<u32> = (0..COUNT as u32).collect();
    let tables = &[RowTable::by_rows(data, own)];
    let (mut y, mut jacobian) =
        (vec![F::zero(); COUNT * outputs], vec![F::zero(); COUNT * outputs * columns]);
    let block = RowBlock {
        tables,
        first: 0,
        list: &list,
        y: &mut [&mut y, &mut jacobian],
        totals: &mut [],
        maxima: &mut [],
    };
    runner.run(code, block).unwrap();
    let mut holds: Vec<bool> = runner.failed().map(|failed| failed.is_none()).collect();
    holds.resize(COUNT, true);
    (if mode == RowMode::Values { y } else { jacobian }, holds)
}

/// Checks a program whose first inputs are shared. How many rows come to another branch.
fn check(what: &str, program: &Program, shared: usize) -> usize {
    let mut others = 0;
    let (of_all, own) = program.point().split_at(shared);
    let data = rows_near(own, COUNT, 1);
    let narrow = |x: &[f64]| x.iter().map(|x| *x as f32).collect::<Vec<f32>>();
    let (narrow_all, narrow_data) = (narrow(of_all), narrow(&data));
    let at = |row: usize| [of_all, &data[row * own.len()..][..own.len()]].concat();
    let jacobian_program = program.jacobian_program().unwrap();
    for (mode, alone) in [(RowMode::Values, program), (RowMode::Jacobian(By::Both), &jacobian_program)] {
        let expected: Vec<Option<Vec<f64>>> = (0..COUNT).map(|row| alone.values(&at(row)).ok()).collect();
        others += expected.iter().filter(|row| row.is_none()).count();
        let mut single: Option<(Vec<f32>, Vec<bool>)> = None;
        for width in [16, 32, 64] {
            let inputs = RowInputs { shared, tables: vec![own.len()], ..RowInputs::default() };
            let rows = RowProgram::new(program, inputs).unwrap().of_width(width);
            let mut rows = rows.in_mode(Some(Mode::Reverse));
            for set in InstructionSet::available() {
                let what = format!("{what}, {mode:?}, {width} wide by {set:?}");
                let (found, holds) = by_lanes(&mut rows, mode, (of_all, &data), set);
                let numbers = found.len() / COUNT;
                for (row, expected) in expected.iter().enumerate() {
                    // Comparisons are asked with values; Jacobians are of rows that hold them.
                    if mode == RowMode::Values {
                        assert_eq!(holds[row], expected.is_some(), "{what}, row {row}");
                    }
                    let Some(expected) = expected else { continue };
                    for (k, expected) in expected.iter().enumerate() {
                        let found = found[row * numbers + k];
                        assert!(same(found, *expected), "{what}, row {row}, {k}: {found} and {expected}");
                    }
                }
                // At `f32` constants were rounded where they were folded, or behind; but always alike.
                let found = by_lanes(&mut rows, mode, (&narrow_all, &narrow_data), set);
                let single = single.get_or_insert_with(|| found.clone());
                let alike = found.0.iter().zip(&single.0).all(|(a, b)| same(f64::from(*a), f64::from(*b)));
                assert!(alike && found.1 == single.1, "{what}, at f32");
            }
        }
    }
    others
}

struct Each;
impl ForEach for Each {
    fn problem(&mut self, problem: &impl Known) {
        let point = problem.point();
        let program = Program::record(&point, |x: &[Var]| vec![problem.eval(x)]).unwrap();
        for shared in [0, point.len() / 2] {
            check(&problem.name(), &program, shared);
        }
    }
}

#[test]
fn problems_are_the_same_in_lanes_of_every_width() {
    assert!(problems::all(&mut Each) > 20);
}

#[test]
fn random_programs_are_the_same_in_lanes_of_every_width() {
    for seed in 0..programs() {
        let inputs = 2 + seed as usize % 4;
        let random = RandomProgram::random(seed, inputs, 30);
        let shared = seed as usize % inputs;
        let (of_all, own) = random.point.split_at(shared);
        let data = rows_near(own, COUNT, 1);
        // What reads the sign of a NaN is promised nothing.
        let reads = |row: &[f64]| random.reads_the_sign_of_nan(&[of_all, row].concat());
        if !data.chunks_exact(own.len()).any(reads) {
            let program = Program::record(&random.point, |x: &[Var]| vec![random.eval(x)]).unwrap();
            check(&format!("random program {seed}"), &program, shared);
        }
    }
}

#[test]
fn branches_are_found_in_lanes_of_every_width() {
    let mut others = 0;
    for seed in 0..programs() / 2 {
        let branchy = Branchy::random(seed);
        for point in branchy.points(seed, 2) {
            let program = Program::record(&point, |x: &[Var]| vec![branchy.eval(x)]).unwrap();
            others += check(&format!("branching program {seed}"), &program, 0);
        }
    }
    assert!(others > 0, "all rows take one branch");
}

#[test]
fn calls_are_made_in_lanes_of_every_width() {
    let step =
        Program::record(&[0.5, 1.5], |x| vec![x[0] * x[1], x[0].sin() + x[1]]).unwrap().named("step", 1);
    let remote = Callee::opaque(operations::Remote { version: 0, pure: true });
    let chain = Program::record(&[0.3, 0.7], |x| {
        let mut y = vec![x[0], x[1]];
        for _ in 0..5 {
            y = step.call(&y);
        }
        vec![y[0] * y[1], remote.call(&y)[0]]
    });
    let chain = chain.unwrap();
    assert_eq!((0..2).map(|shared| check("calls", &chain, shared)).sum::<usize>(), 0);
}

/// A log-sum-exp and its shares have their exponentials in common; by itself it is one step.
#[test]
fn exponentials_are_computed_once() {
    let at = [0.3, -0.2, 0.9, 1.1, 0.5];
    let program = Program::record(&at, |x| {
        let scores: Vec<Var> = (1..5).map(|k| x[0] * x[k]).collect();
        vec![Var::logsumexp(&scores)]
    });
    let inputs = RowInputs { shared: 1, tables: vec![4], ..RowInputs::default() };
    let mut rows = RowProgram::new(&program.unwrap(), inputs).unwrap();
    let mut steps = |mode: RowMode, op: &str| {
        let code = rows.make(mode).unwrap().code().to_string();
        code.lines().filter(|line| line.contains(&format!(" = {op} "))).count()
    };
    assert_eq!((steps(RowMode::Values, "exp"), steps(RowMode::Values, "logsumexp")), (0, 1));
    let gradient = RowMode::Gradient { weighted: false };
    assert_eq!((steps(gradient, "exp"), steps(gradient, "logsumexp")), (4, 0));
}
