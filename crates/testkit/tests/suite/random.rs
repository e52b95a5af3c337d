//! Random programs over the whole table: reverse against forward mode, against differences, against the general
//! sweep; dumps that read back; and the cheap gradient principle as a count.

use proptest::prelude::*;
use wengert::{Dual, Recorder, Tape, Var};
use wengert_testkit::RandomProgram;
use wengert_testkit::counting::{Counted, count};
use wengert_testkit::points::same;

/// Records a program; gives the recorder, the inputs and the result.
fn record(program: &RandomProgram) -> (Recorder, Vec<Var>, Var) {
    let mut recorder = Recorder::new();
    let (x, y) = recorder
        .record(|s| {
            let x = s.inputs(program.point.as_slice());
            let y = program.eval(&x);
            (x, s.output(y))
        })
        .unwrap();
    (recorder, x, y)
}

/// How far two gradients of a program may lie apart by rounding.
fn tolerance(program: &RandomProgram) -> f64 {
    1e-13 * (program.steps.len() as f64 + 100.0) * (1.0 + program.sensitivity)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn reverse_is_forward(seed: u64, inputs in 1..12_usize, steps in 1..2_000_usize) {
        let program = RandomProgram::random(seed, inputs, steps);
        let (mut recorder, x, y) = record(&program);
        prop_assert!(same(y.value(), program.eval(&program.point)), "the value of plain code, bit for bit");
        let gradient: Vec<f64> = if y.is_constant() {
            vec![0.0; inputs]
        } else {
            let adjoints = recorder.reverse(y).unwrap();
            x.iter().map(|x| adjoints.of(*x).unwrap()).collect()
        };
        for (k, slope) in gradient.iter().enumerate() {
            let mut dual: Vec<Dual> = program.point.iter().map(|x| Dual::constant(*x)).collect();
            dual[k].tangent = [1.0];
            let forward = program.eval(&dual).tangent[0];
            prop_assert!((slope - forward).abs() <= tolerance(&program), "∂/∂{k}: {slope} and {forward}");
        }
    }

    #[test]
    fn saved_partials_are_the_partials(seed: u64, steps in 1..1_500_usize) {
        let program = RandomProgram::random(seed, 5, steps);
        let (mut recorder, _, y) = record(&program);
        prop_assume!(!y.is_constant());
        let saved = recorder.reverse(y).unwrap().as_slice().to_vec();
        let mut anew = vec![0.0; saved.len()];
        *anew.last_mut().unwrap() = 1.0;
        recorder.tape().reverse_at(recorder.workspace().values(), &mut anew).unwrap();
        for (k, (a, b)) in saved.iter().zip(&anew).enumerate() {
            prop_assert!((a - b).abs() <= 1e-12 * a.abs().max(b.abs()), "node {k}: {a} and {b}");
        }
    }

    #[test]
    fn a_dump_reads_back(seed: u64, steps in 1..400_usize) {
        let program = RandomProgram::random(seed, 4, steps);
        let (mut recorder, _, y) = record(&program);
        recorder.reverse(y).unwrap();
        let text = recorder.tape().dump().state(recorder.workspace()).full().to_string();
        let (tape, mut workspace) = Tape::parse(&text).unwrap();
        prop_assert_eq!(&tape, recorder.tape());
        let adjoints = recorder.workspace().adjoints().to_vec();
        let seeds: Vec<_> = tape.nodes().nth(adjoints.len().wrapping_sub(1)).map(|n| (n, 1.0)).into_iter().collect();
        tape.reverse(&mut workspace, &seeds).unwrap();
        prop_assert!(adjoints.iter().zip(workspace.adjoints()).all(|(a, b)| same(*a, *b)));
    }
}

/// Baur and Strassen: all derivatives cost at most a constant times the function, here in operations counted:
/// one visit a node, and for each operand one product, one sum and its partial.
#[test]
fn the_gradient_is_cheap() {
    // Of a constant there is no gradient.
    let programs = (0..).map(|seed| RandomProgram::random(seed, 30, 3_000));
    let recorded =
        programs.map(|program| (record(&program), program)).filter(|((_, _, y), _)| !y.is_constant());
    for ((recorder, _, _), program) in recorded.take(20) {
        let tape = recorder.tape();
        let point: Vec<Counted> = program.point.iter().map(|x| Counted(*x)).collect();
        let (_, primal) = count(|| program.eval(&point));
        let values: Vec<Counted> = recorder.workspace().values().iter().map(|v| Counted(*v)).collect();
        let mut adjoints = vec![Counted(0.0); tape.len()];
        *adjoints.last_mut().unwrap() = Counted(1.0);
        let (swept, gradient) = count(|| tape.reverse_at(&values, &mut adjoints));
        swept.unwrap();
        assert!(tape.len() <= program.point.len() + program.steps.len(), "a node an operation at most");
        // The dearest rows compute their partials in some ten operations.
        assert!(gradient <= 12 * primal, "{gradient} operations for the gradient, {primal} for the function");
    }
}

/// Small programs against differences; the seeds are fixed, so that no run meets a kink by chance.
#[test]
fn reverse_is_differences() {
    let (mut checked, mut skipped) = (0, 0);
    for seed in 0..300 {
        let program = RandomProgram::random(seed, 3, 40);
        let (mut recorder, x, y) = record(&program);
        if y.is_constant() {
            continue;
        }
        let adjoints = recorder.reverse(y).unwrap();
        for (k, v) in x.iter().enumerate() {
            let slope = adjoints.of(*v).unwrap();
            let difference = |h: f64| {
                let at = |h: f64| {
                    let mut x = program.point.clone();
                    x[k] += h;
                    program.eval(&x)
                };
                (at(h) - at(-h)) / (2.0 * h)
            };
            // Steps that agree with each other have met no kink, jump or end of a domain.
            let (coarse, fine) = (difference(2e-6), difference(1e-6));
            let scale = 1.0 + program.sensitivity;
            if (coarse - fine).abs() <= 1e-7 * scale {
                assert!((slope - fine).abs() <= 1e-6 * scale, "seed {seed}, ∂/∂{k}: {slope} and {fine}");
                checked += 1;
            } else {
                skipped += 1;
            }
        }
    }
    assert!(checked > 20 * skipped, "{checked} checked, {skipped} skipped");
}

/// Several outputs, several sweeps over one recording, sweeps from intermediate nodes, several seeds at once.
#[test]
fn sweeps_from_anywhere() {
    for seed in 0..50 {
        let program = RandomProgram::random(seed, 4, 300);
        let mut recorder = Recorder::new();
        let (x, all) = recorder
            .record(|s| {
                let x = s.inputs(program.point.as_slice());
                let all = program.eval_all(&x);
                (x, all)
            })
            .unwrap();
        let places = [40, 111, 300, 150];
        let mut sum = vec![0.0; x.len()];
        for place in places {
            let y = all[place];
            let adjoints = recorder.reverse(y).unwrap();
            for (k, v) in x.iter().enumerate() {
                let mut dual: Vec<Dual> = program.point.iter().map(|x| Dual::constant(*x)).collect();
                dual[k].tangent = [1.0];
                let forward = program.eval_all(&dual)[place].tangent[0];
                let slope = if y.is_constant() { 0.0 } else { adjoints.of(*v).unwrap() };
                assert!((slope - forward).abs() <= 1e-7 * (1.0 + forward.abs()), "{slope} and {forward}");
                sum[k] += slope;
            }
        }
        let seeds: Vec<(Var, f64)> = places.iter().map(|place| (all[*place], 1.0)).collect();
        let adjoints = recorder.reverse_seeded(&seeds).unwrap();
        for (total, slope) in sum.iter().zip(adjoints.inputs()) {
            assert!((total - slope).abs() <= 1e-7 * (1.0 + total.abs()), "{total} and {slope}");
        }
    }
}
