//! Saved programs, loaded: random ones over the whole table and with branches, what passes make of them, and their
//! derivatives. A loaded program is the same tape and gives the same bits, errors included.

use proptest::prelude::*;
use wengert::{Program, Recorder, Tape, Work, call::Registry, tape::Source};
use wengert_testkit::Branchy;
use wengert_testkit::points::same;

use wengert_testkit::RandomProgram;

/// Saved and loaded: the same tape.
fn loaded(program: &Program) -> Program {
    let bytes = program.to_bytes().unwrap();
    let loaded = Program::from_bytes(&bytes, &Registry::new()).unwrap();
    assert_eq!(loaded.tape(), program.tape());
    assert_eq!(loaded.to_bytes().unwrap(), bytes);
    loaded
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

/// Outputs and weighted adjoints of the inputs by their bits, or why there are none, in words: NaN differs from itself.
fn numbers(program: &Program, x: &[f64]) -> Result<Vec<u64>, String> {
    let weights: Vec<f64> = (0..program.outputs()).map(|k| 1.0 - 0.3 * k as f64).collect();
    let (mut y, mut g) = (vec![0.0; weights.len()], vec![0.0; x.len()]);
    program.vjp_into(&mut Work::new(), x, &weights, &mut y, &mut g).map_err(|why| why.to_string())?;
    y.extend(g);
    Ok(bits(&y))
}

fn near(random: &RandomProgram) -> Vec<f64> {
    random.point.iter().enumerate().map(|(k, x)| x + 1e-3 * (k as f64 + 1.0).sin()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn random_programs(seed: u64, inputs in 1..9_usize, steps in 1..600_usize, lines: bool) {
        let random = RandomProgram::random(seed, inputs, steps);
        let mut recorder = Recorder::new().source_lines(lines);
        recorder.record(|s| {
            let mut x = Vec::new();
            let parameters = inputs / 2;
            s.inputs_into(&random.point[parameters..], &mut x);
            let mut all = Vec::new();
            s.parameters_into(&random.point[..parameters], &mut all);
            all.extend(x);
            for (k, y) in random.eval_all(&all).into_iter().enumerate() {
                if k % 3 == 0 {
                    s.output(y);
                }
                if k % 5 == 0 && !y.is_constant() {
                    let _ = y.named(&format!("node {k}"));
                }
            }
        })
        .unwrap();
        let (tape, work) = recorder.into_recording();
        let program = Program::new(tape, &work).unwrap();
        let x = &near(&random)[inputs / 2..];
        for program in [program.clone(), program.optimized(), program.transformed(Tape::contracted).unwrap()] {
            let loaded = loaded(&program);
            prop_assert_eq!(loaded.point(), program.point());
            prop_assert_eq!(numbers(&loaded, x), numbers(&program, x));
            // With other parameters.
            let with = |program: &Program| {
                let (mut work, mut y) = (Work::new(), vec![0.0; program.outputs()]);
                program.set_parameters(&mut work, &vec![0.25; program.parameters()]).unwrap();
                program.values_into(&mut work, x, &mut y).unwrap();
                bits(&y)
            };
            prop_assert_eq!(with(&loaded), with(&program));
        }
    }

    #[test]
    fn derivatives(seed: u64, inputs in 1..6_usize, steps in 1..60_usize) {
        let random = RandomProgram::random(seed, inputs, steps);
        let program = Program::record(&random.point, |x| vec![random.eval(x)]).unwrap();
        let x = near(&random);
        for program in [program.gradient_program().unwrap(), program.hessian_program().unwrap().optimized()] {
            prop_assert_eq!(numbers(&loaded(&program), &x), numbers(&program, &x));
        }
        // Of what was loaded.
        let again = loaded(&program);
        let by_program = |program: &Program| numbers(&program.gradient_program().unwrap(), &x);
        prop_assert_eq!(by_program(&again), by_program(&program));
        let hessian = |program: &Program| {
            let mut hessian = vec![0.0; inputs * inputs];
            program.hessian_into(&mut Work::new(), &x, &mut vec![0.0; program.inputs()], &mut hessian).unwrap();
            bits(&hessian)
        };
        prop_assert_eq!(hessian(&again), hessian(&program));
    }

    /// Where one diverges, so does the other, at the same comparison in the same line.
    #[test]
    fn programs_that_branch(seed: u64) {
        let branchy = Branchy::random(seed);
        let points = branchy.points(seed, 12);
        let program = Program::record(&points[0], |x| vec![branchy.eval(x)]).unwrap();
        let loaded = loaded(&program);
        for x in &points {
            prop_assert_eq!(numbers(&loaded, x), numbers(&program, x));
        }
    }
}

/// The generator's programs do diverge, and do not always.
#[test]
fn some_diverge() {
    let mut outcomes = [0, 0];
    for seed in 0..40 {
        let branchy = Branchy::random(seed);
        let points = branchy.points(seed, 12);
        let program = Program::record(&points[0], |x| vec![branchy.eval(x)]).unwrap();
        for x in &points {
            let ran = numbers(&loaded(&program), x);
            outcomes[usize::from(ran.is_ok())] += 1;
            assert!(!ran.is_err_and(|why| !why.contains("branchy.rs:")));
        }
    }
    assert!(outcomes.iter().all(|n| *n > 20), "{outcomes:?}");
}

/// A file of version 1 with every row that the table had then, at two points, and the same as text with values and with the
/// adjoints of the sum of all outputs that are numbers. It is loaded for ever and never written anew: rows keep their names and
/// what they mean.
#[test]
fn rows_of_version_1_are_what_they_were() {
    let (tape, stated) = Tape::parse(include_str!("golden/v1-rows.txt")).unwrap();
    let bytes = include_bytes!("golden/v1-rows.wengert");
    let program = Program::from_bytes(bytes, &Registry::new()).unwrap();
    assert_eq!(program.tape(), &tape);
    let mut work = Work::new();
    program.forward(&mut work, program.point()).unwrap();
    let weights: Vec<f64> = (0..program.outputs())
        .map(|k| f64::from(u8::from(program.output(&work, k).is_some_and(|y| !y.is_nan()))))
        .collect();
    program.reverse(&mut work, &weights).unwrap();
    let close =
        |found: f64, stated: f64| same(found, stated) || (found - stated).abs() <= 1e-12 * stated.abs();
    for (node, output) in tape.outputs().enumerate() {
        let Source::Node(id) = output else { panic!("output {node} is a constant") };
        let (found, stated) = (program.output(&work, node).unwrap(), stated.values()[id.index()]);
        assert!(close(found, stated), "{:?}: {found} and {stated}", tape.op(id));
    }
    for input in tape.inputs() {
        let (found, stated) = (work.adjoints()[input.index()], stated.adjoints()[input.index()]);
        assert!(stated != 0.0 && close(found, stated), "{input}: {found} and {stated}");
    }
}
