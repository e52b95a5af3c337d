//! Passes on random programs over the whole table and on their derivatives: values bit for bit, derivatives but for
//! rounding, at `f64` and at dual numbers, and what must stay.

use proptest::prelude::*;
use wengert::{Dual, Program, Tape, Work, ops::Real};
use wengert_testkit::points::same;

use wengert_testkit::RandomProgram;
type Pass = (&'static str, fn(&Tape) -> Tape);

/// Those that keep every value.
const EXACT: [Pass; 7] = [
    ("folded", Tape::folded),
    ("simplified", Tape::simplified),
    ("shared", Tape::shared),
    ("pruned", Tape::pruned),
    ("gathered", Tape::gathered),
    ("scheduled", Tape::scheduled),
    ("optimized", Tape::optimized),
];

/// Those that round otherwise.
const REGROUPING: [Pass; 2] = [("reassociated", Tape::reassociated), ("contracted", Tape::contracted)];

/// The last and a middle result of a random program, and all that passes must leave alone.
fn recorded(random: &RandomProgram) -> Program {
    Program::record(&random.point, |x| {
        let all = random.eval_all(x);
        let middle = all[all.len() / 2];
        // Comparisons that hold in a neighbourhood, and a name.
        assert!(middle < all[0].abs() + 1e3 && middle > -1e3);
        let last = *all.last().unwrap();
        let last = if last.is_constant() { last } else { last.named("last") };
        vec![last, middle, x.iter().fold(middle, |sum, x| sum + *x * *x)]
    })
    .unwrap()
}

/// A point beside the one that the program was recorded at, near enough for its comparisons to come out as there: a
/// steep program leaves the domain of one of its operations soon.
fn near(program: &Program, random: &RandomProgram) -> Vec<f64> {
    let at = |step: f64| -> Vec<f64> {
        random.point.iter().enumerate().map(|(k, x)| x + step * (k as f64 + 1.0).sin()).collect()
    };
    let mut work = Work::new();
    (0..30)
        .map(|k| 1e-4 * 0.25_f64.powi(k))
        .map(at)
        .find(|x| program.run(&mut work, x).is_ok())
        .expect("the program runs at the point that it was recorded at")
}

fn values<T: Real>(program: &Program, x: &[T]) -> Vec<T> {
    let mut work = Work::new();
    program.run(&mut work, x).unwrap();
    (0..program.outputs()).map(|k| program.output(&work, k).unwrap()).collect()
}

/// The adjoints of all inputs, of weighted outputs.
fn gradient(program: &Program, x: &[f64]) -> Vec<f64> {
    let weights: Vec<f64> = (0..program.outputs()).map(|k| 1.0 + 0.3 * k as f64).collect();
    let (mut y, mut gradient) = (vec![0.0; program.outputs()], vec![0.0; x.len()]);
    program.vjp_into(&mut Work::new(), x, &weights, &mut y, &mut gradient).unwrap();
    gradient
}

fn close(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    let near = |(a, b): (&f64, &f64)| same(*a, *b) || (a - b).abs() <= tolerance * (1.0 + b.abs());
    a.len() == b.len() && a.iter().zip(b).all(near)
}

/// What every pass must leave as it was.
fn stays(before: &Tape, after: &Tape) {
    after.verify().unwrap();
    let text = after.dump().full().to_string();
    assert_eq!(Tape::parse(&text).unwrap().0, *after);
    assert_eq!(after.inputs().len(), before.inputs().len());
    assert_eq!(after.outputs().len(), before.outputs().len());
    let tests = |tape: &Tape| tape.guards().iter().map(|guard| guard.test).collect::<Vec<_>>();
    assert_eq!(tests(after), tests(before));
    let names =
        |tape: &Tape| tape.nodes().filter_map(|node| tape.name(node).map(str::to_owned)).collect::<Vec<_>>();
    assert_eq!(names(after), names(before));
    assert!(after.len() <= before.len());
}

/// Holds every pass to a program, at a point.
fn check(program: &Program, x: &[f64], tolerance: f64) {
    let (expected, slopes) = (values(program, x), gradient(program, x));
    let dual: Vec<Dual> =
        x.iter().enumerate().map(|(k, x)| Dual { value: *x, tangent: [(k as f64).cos()] }).collect();
    let tangents = |program: &Program| -> (Vec<f64>, Vec<f64>) {
        values(program, &dual).iter().map(|y| (y.value, y.tangent[0])).unzip()
    };
    let (_, along) = tangents(program);
    for (name, pass) in EXACT {
        let after = program.transformed(pass).unwrap();
        stays(program.tape(), after.tape());
        let found = values(&after, x);
        assert!(found.iter().zip(&expected).all(|(a, b)| same(*a, *b)), "{name}: {found:?} and {expected:?}");
        let (primal, tangent) = tangents(&after);
        assert!(primal.iter().zip(&expected).all(|(a, b)| same(*a, *b)), "{name} at dual numbers");
        assert!(close(&tangent, &along, tolerance), "{name}: {tangent:?} and {along:?}");
        assert!(
            close(&gradient(&after, x), &slopes, tolerance),
            "{name}: {:?}, {slopes:?}",
            gradient(&after, x)
        );
    }
    for (name, pass) in REGROUPING {
        let after = program.transformed(pass).unwrap();
        stays(program.tape(), after.tape());
        assert!(close(&values(&after, x), &expected, tolerance), "{name}");
        assert!(close(&gradient(&after, x), &slopes, tolerance), "{name}");
    }
    let once = program.tape().optimized();
    assert_eq!(once.optimized(), once);
}

#[test]
fn a_steep_random_program() {
    let random = RandomProgram::random(18_207_699_543_149_033_263, 8, 412);
    let program = recorded(&random);
    let x = near(&program, &random);
    assert!(random.point.iter().zip(&x).any(|(a, b)| a != b));
    check(&program, &x, 1e-11 * (random.steps.len() as f64 + 100.0) * (1.0 + random.sensitivity));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn random_programs(seed: u64, inputs in 1..9_usize, steps in 1..600_usize) {
        let random = RandomProgram::random(seed, inputs, steps);
        let tolerance = 1e-11 * (random.steps.len() as f64 + 100.0) * (1.0 + random.sensitivity);
        let program = recorded(&random);
        check(&program, &near(&program, &random), tolerance);
    }

    #[test]
    fn gradient_programs(seed: u64, inputs in 1..6_usize, steps in 1..120_usize) {
        let random = RandomProgram::random(seed, inputs, steps);
        let program = recorded(&random).gradient_program().unwrap();
        check(&program, &near(&program, &random), 1e-6 * (1.0 + random.sensitivity));
    }

    #[test]
    fn hessian_programs(seed: u64, inputs in 1..4_usize, steps in 1..40_usize) {
        let random = RandomProgram::random(seed, inputs, steps);
        let program = recorded(&random).hessian_program().unwrap();
        let x = near(&program, &random);
        let expected = values(&program, &x);
        for (name, pass) in EXACT {
            let after = program.transformed(pass).unwrap();
            stays(program.tape(), after.tape());
            let found = values(&after, &x);
            prop_assert!(found.iter().zip(&expected).all(|(a, b)| same(*a, *b)), "{name}: {found:?}, {expected:?}");
        }
    }
}
