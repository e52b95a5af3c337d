//! Programs run again: random ones over the whole table, against plain code and dual numbers at other inputs, in every
//! driver, and their derivatives as programs.

use proptest::prelude::*;
use wengert::{
    Dual, Program, Work,
    ops::{Info, Op, Rule, Visitor},
    program::Several,
};
use wengert_testkit::points::{SPECIAL, grid, same};
use wengert_testkit::program::StepOperand;

use wengert_testkit::RandomProgram;

/// The last result of a random program, recorded at its own point.
fn recorded(random: &RandomProgram) -> Program {
    Program::record(&random.point, |x| vec![random.eval(x)]).unwrap()
}

/// A point near the program's own.
fn near(random: &RandomProgram) -> Vec<f64> {
    random.point.iter().enumerate().map(|(k, x)| x + 1e-4 * (k as f64 + 1.0).sin()).collect()
}

/// Whether a step reads nothing that depends on an input.
fn computes_of_constants(random: &RandomProgram) -> bool {
    let mut constant = vec![false; random.point.len()];
    for step in &random.steps {
        constant.push(step.reads.iter().all(|read| match read {
            StepOperand::Earlier(k) => constant[*k],
            StepOperand::Constant(_) => true,
        }));
    }
    constant.contains(&true)
}

fn tolerance(random: &RandomProgram) -> f64 {
    1e-12 * (random.steps.len() as f64 + 100.0) * (1.0 + random.sensitivity)
}

fn gradient_by_duals(random: &RandomProgram, x: &[f64]) -> Vec<f64> {
    let along = |k: usize| {
        let mut dual: Vec<Dual> = x.iter().map(|x| Dual::constant(*x)).collect();
        dual[k].tangent = [1.0];
        random.eval(&dual).tangent[0]
    };
    (0..x.len()).map(along).collect()
}

fn close(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| same(*a, *b) || (a - b).abs() <= tolerance * (1.0 + b.abs()))
}

#[test]
fn a_random_program_that_reads_the_sign_of_nan() {
    let random = RandomProgram::random(1_174_048_901_476_433_641, 3, 599);
    assert!(random.reads_the_sign_of_nan(&[0.0; 3]) && !random.reads_the_sign_of_nan(&random.point));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn values_are_those_of_plain_code(seed: u64, inputs in 1..9_usize, steps in 1..1_500_usize) {
        let random = RandomProgram::random(seed, inputs, steps);
        let program = recorded(&random);
        for program in [program.clone(), program.optimized()] {
            let mut work = Work::new();
            for x in [random.point.clone(), near(&random), vec![f64::NAN; inputs], vec![0.0; inputs]] {
                if random.reads_the_sign_of_nan(&x) {
                    continue;
                }
                program.run(&mut work, &x).unwrap();
                let (found, expected) = (program.output(&work, 0).unwrap(), random.eval(&x));
                prop_assert!(same(found, expected), "{found} and {expected} at {x:?}");
                program.forward(&mut work, &x).unwrap();
                prop_assert!(same(program.output(&work, 0).unwrap(), expected));
            }
            // What is computed of constants alone was computed at f64 and is rounded once: not as plain code does it.
            if computes_of_constants(&random) {
                continue;
            }
            let x = near(&random);
            if random.reads_the_sign_of_nan(&x) {
                continue;
            }
            let x: Vec<f32> = x.iter().map(|x| *x as f32).collect();
            let mut single = Work::new();
            program.run(&mut single, &x).unwrap();
            let (found, expected) = (program.output(&single, 0).unwrap(), random.eval(&x));
            prop_assert!(same(found.into(), expected.into()), "{found} and {expected} at f32");
        }
    }

    #[test]
    fn gradients_are_those_of_duals(seed: u64, inputs in 1..9_usize, steps in 1..1_000_usize) {
        let random = RandomProgram::random(seed, inputs, steps);
        let program = recorded(&random);
        let optimized = program.optimized();
        prop_assert!(optimized.tape().verify().is_ok());
        let x = near(&random);
        let expected = gradient_by_duals(&random, &x);
        let tolerance = tolerance(&random);
        for program in [&program, &optimized] {
            let mut work = Work::new();
            let mut found = vec![f64::NAN; inputs];
            for _ in 0..2 {
                program.gradient_into(&mut work, &x, &mut found).unwrap();
                prop_assert!(close(&found, &expected, tolerance), "{found:?} and {expected:?}");
            }
            let (mut y, mut along) = ([0.0], [0.0]);
            program.jvp_into(&mut Work::new(), &x, &vec![1.0; inputs], &mut y, &mut along).unwrap();
            let sum: f64 = expected.iter().sum();
            prop_assert!(close(&along, &[sum], tolerance * inputs as f64), "{along:?} and {sum}");
        }
        let derivative = program.gradient_program().unwrap();
        prop_assert!(derivative.tape().verify().is_ok());
        let derivative = if seed % 2 == 0 { derivative.optimized() } else { derivative };
        prop_assert!(derivative.tape().verify().is_ok());
        let mut found = vec![f64::NAN; inputs];
        derivative.values_into(&mut Work::new(), &x, &mut found).unwrap();
        prop_assert!(close(&found, &expected, tolerance), "as a program: {found:?} and {expected:?}");
    }

    #[test]
    fn second_derivatives_are_those_of_nested_duals(seed: u64, inputs in 1..11_usize, steps in 1..120_usize) {
        let random = RandomProgram::random(seed, inputs, steps);
        let program = recorded(&random);
        let x = near(&random);
        let mut hessian = vec![f64::NAN; inputs * inputs];
        program.hessian_into(&mut Work::new(), &x, &mut vec![0.0; program.inputs()], &mut hessian).unwrap();
        let as_program = program.hessian_program().unwrap();
        let mut found = hessian.clone();
        as_program.values_into(&mut Work::new(), &x, &mut found).unwrap();
        let v: Vec<f64> = (0..inputs).map(|k| 0.5 - 0.3 * k as f64).collect();
        let (mut g, mut product) = (vec![0.0; inputs], vec![f64::NAN; inputs]);
        program.hvp_into(&mut Work::new(), &x, &v, &mut g, &mut product).unwrap();
        let mut both = x.clone();
        both.extend(&v);
        let mut product_of_program = vec![f64::NAN; inputs];
        let hvp = program.hvp_program().unwrap();
        hvp.values_into(&mut Work::new(), &both, &mut product_of_program).unwrap();
        for i in 0..inputs {
            let mut sum = 0.0;
            let mut scale = 1.0;
            for j in 0..inputs {
                let at = |k: usize| Dual {
                    value: Dual { value: x[k], tangent: [f64::from(u8::from(k == i))] },
                    tangent: [Dual::constant(f64::from(u8::from(k == j)))],
                };
                let dual: Vec<Dual<Dual>> = (0..inputs).map(at).collect();
                let expected = random.eval(&dual).tangent[0].tangent[0];
                // Second derivatives of tame steps can be large.
                scale = f64::max(scale, expected.abs());
                let close = |found: f64| {
                    same(found, expected) || (found - expected).abs() <= 1e-7 * (1.0 + expected.abs() + scale)
                };
                prop_assert!(close(hessian[i * inputs + j]), "{} and {expected}", hessian[i * inputs + j]);
                prop_assert!(close(found[i * inputs + j]), "as a program: {}", found[i * inputs + j]);
                sum += expected * v[j];
            }
            let near = |found: f64| same(found, sum) || (found - sum).abs() <= 1e-6 * (1.0 + scale);
            prop_assert!(near(product[i]), "{} and {sum}", product[i]);
            prop_assert!(near(product_of_program[i]), "as a program: {} and {sum}", product_of_program[i]);
        }
    }

    #[test]
    fn jacobians_of_either_shape(seed: u64, inputs in 1..20_usize, outputs in 1..20_usize) {
        let random = RandomProgram::random(seed, inputs, 200);
        let program = Program::record(&random.point, |x| {
            let all = random.eval_all(x);
            (0..outputs).map(|k| all[all.len() - 1 - 3 * k]).collect::<Vec<_>>()
        })
        .unwrap();
        let x = near(&random);
        let mut jacobian = vec![f64::NAN; inputs * outputs];
        program.jacobian_into(&mut Work::new(), &x, &mut vec![0.0; program.outputs()], &mut jacobian).unwrap();
        let mut as_program = jacobian.clone();
        program.jacobian_program().unwrap().values_into(&mut Work::new(), &x, &mut as_program).unwrap();
        let mut work = Work::new();
        program.forward(&mut work, &x).unwrap();
        // All rows in one sweep of several seeds.
        let unit = |k| Several(std::array::from_fn::<_, 20, _>(|lane| if lane == k { 1.0 } else { 0.0 }));
        let weights: Vec<_> = (0..outputs).map(unit).collect();
        let mut lanes = Vec::new();
        program.reverse_into(&mut work, &weights, &mut lanes).unwrap();
        for k in 0..outputs {
            let row = &jacobian[k * inputs..][..inputs];
            let mut weights = vec![0.0; outputs];
            weights[k] = 1.0;
            let (mut y, mut product) = (vec![0.0; outputs], vec![0.0; inputs]);
            program.vjp_into(&mut work, &x, &weights, &mut y, &mut product).unwrap();
            prop_assert!(close(row, &product, 1e-9), "{row:?} and {product:?}");
            prop_assert!(close(&as_program[k * inputs..][..inputs], &product, 1e-9));
            let lane: Vec<f64> = program.tape().inputs().iter().map(|i| lanes[i.index()].0[k]).collect();
            prop_assert!(close(&lane, &product, 1e-9), "{lane:?} and {product:?}");
        }
    }
}

/// At the conventions' points too, every way gives what dual numbers give.
#[test]
fn rows_at_special_points() {
    struct Row<'a>(&'a Info);
    impl Visitor for Row<'_> {
        type Output = usize;
        fn input(self) -> usize {
            0
        }
        fn fixed<R: Rule<A>, const A: usize>(self) -> usize {
            use wengert::{
                Var,
                ops::{Real, Second},
            };
            let variables = if self.0.second == Second::Variable { A } else { 1 };
            let mut checked = 0;
            for x in grid::<A>(&SPECIAL, self.0.second) {
                // Recorded elsewhere, so that nothing is right because it was recorded there.
                let number =
                    |k: usize, v: f64, from: &[Var]| if k < variables { from[k] } else { Var::constant(v) };
                let ordinary = vec![1.0; variables];
                let Ok(program) = Program::record(&ordinary, |v| {
                    vec![Var::fixed::<R, A>(std::array::from_fn(|k| number(k, x[k], v)))]
                }) else {
                    continue;
                };
                let derivative = program.gradient_program().unwrap();
                let (mut by_sweep, mut by_program) = (vec![0.0; variables], vec![0.0; variables]);
                program.gradient_into(&mut Work::new(), &x[..variables], &mut by_sweep).unwrap();
                derivative.values_into(&mut Work::new(), &x[..variables], &mut by_program).unwrap();
                for k in 0..variables {
                    let mut dual = x.map(Dual::<f64>::constant);
                    dual[k].tangent = [1.0];
                    let expected = Dual::fixed::<R, A>(dual).tangent[0];
                    let equal = |found: f64| found == expected || same(found, expected);
                    assert!(equal(by_sweep[k]), "{} at {x:?}, {k}: {} and {expected}", R::NAME, by_sweep[k]);
                    assert!(
                        equal(by_program[k]),
                        "{} at {x:?}, {k}: {} and {expected}, as a program",
                        R::NAME,
                        by_program[k]
                    );
                    checked += 1;
                }
            }
            checked
        }
        fn variadic<R: wengert::ops::Variadic>(self) -> usize {
            0
        }
        fn foreign(self) -> usize {
            0
        }
    }
    let checked: usize = Op::ALL.iter().map(|op| op.visit(Row(op.info()))).sum();
    assert!(checked > 10_000, "{checked}");
}
