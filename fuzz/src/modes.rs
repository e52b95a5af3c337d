//! Programs that the bytes choose, in every mode, beside dual numbers.

use rand::RngExt;
use wengert::{Dual, Program, RunError, Work, call::Registry};
use wengert_testkit::points::same;
use wengert_testkit::{Branchy, program};

use crate::choices::Choices;

/// A program, with branches or over the whole table: value, gradient, second derivatives and series, as recorded, after the
/// passes, and saved and loaded, are those of dual numbers.
///
/// # Panics
/// Where they are not.
pub fn modes(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    if choices.random_range(0..4) == 0 {
        let branchy = Branchy::drawn(&mut choices);
        let points: Vec<Vec<f64>> =
            (0..4).map(|_| (0..branchy.inputs).map(|_| choices.random_range(-3.0..3.0)).collect()).collect();
        branches(&branchy, &points);
    } else {
        let (inputs, steps) = (choices.random_range(1..6), choices.random_range(1..40));
        straight(&program::RandomProgram::drawn(&mut choices, inputs, steps));
    }
}

/// A program in the forms in which it may be run.
fn forms(program: &Program) -> [(&'static str, Program); 3] {
    let bytes = program.to_bytes().expect("a program without calls is saved");
    let loaded = Program::from_bytes(&bytes, &Registry::new()).expect("what was saved is loaded");
    assert_eq!(loaded.tape(), program.tape());
    [("as recorded", program.clone()), ("optimized", program.optimized()), ("loaded", loaded)]
}

fn close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    let scale = expected.iter().fold(1.0_f64, |scale, e| scale.max(e.abs()));
    for (k, (a, b)) in found.iter().zip(expected).enumerate() {
        let near = same(*a, *b) || (a - b).abs() <= tolerance * scale;
        assert!(near, "{what}, {k}: {a} and {b}, tolerance {tolerance} of {scale}");
    }
}

/// `∂f/∂x` and, of `∂f/∂x`, the derivative along `v`.
fn by_duals(f: impl Fn(&[Dual<Dual>]) -> Dual<Dual>, x: &[f64], v: &[f64]) -> [Vec<f64>; 2] {
    let mut found = [Vec::new(), Vec::new()];
    for k in 0..x.len() {
        let along = |j: usize| Dual {
            value: Dual { value: x[j], tangent: [f64::from(u8::from(j == k))] },
            tangent: [Dual::constant(v[j])],
        };
        let y = f(&(0..x.len()).map(along).collect::<Vec<_>>());
        found[0].push(y.value.tangent[0]);
        found[1].push(y.tangent[0].tangent[0]);
    }
    found
}

fn straight(random: &program::RandomProgram) {
    let x = &random.point;
    // Recorded elsewhere, so that nothing is right because it was recorded there.
    let elsewhere: Vec<f64> = x.iter().map(|x| x + 0.125).collect();
    let Ok(recorded) = Program::record(&elsewhere, |x| vec![random.eval(x)]) else {
        panic!("a program without branches is not recorded");
    };
    let n = x.len();
    let v: Vec<f64> = (0..n).map(|k| 0.75 - 0.25 * k as f64).collect();
    let [gradient, product] = by_duals(|x| random.eval(x), x, &v);
    let along: f64 = gradient.iter().zip(&v).map(|(g, v)| g * v).sum();
    let twice: f64 = product.iter().zip(&v).map(|(h, v)| h * v).sum();
    let size = (random.steps.len() as f64 + 100.0) * (1.0 + random.sensitivity);
    let (first, second) = (1e-12 * size, 1e-12 * size * (1.0 + random.sensitivity) + 1e-7);
    for (form, program) in forms(&recorded) {
        let what = |mode: &str| format!("{form}, {mode}");
        let (mut y, mut g, mut hv) = ([0.0], vec![0.0; n], vec![0.0; n]);
        program.values_into(&mut Work::new(), x, &mut y).expect("it runs");
        assert!(same(y[0], random.eval(x)), "{form}: {} and {}", y[0], random.eval(x));
        let y = program.gradient_into(&mut Work::new(), x, &mut g).expect("it runs");
        assert!(same(y, random.eval(x)));
        close(&what("gradient"), &g, &gradient, first);
        program.hvp_into(&mut Work::new(), x, &v, &mut g, &mut hv).expect("it runs");
        close(&what("gradient with Hv"), &g, &gradient, first);
        close(&what("Hv"), &hv, &product, second);
        let (mut y, mut slope) = ([0.0], [0.0]);
        program.jvp_into(&mut Work::new(), x, &v, &mut y, &mut slope).expect("it runs");
        close(&what("along"), &slope, &[along], first * n as f64);
        let mut series = [0.0; 3];
        program.taylor_into::<2, _>(&mut Work::new(), x, &v, &mut series).expect("it runs");
        close(&what("series, first"), &series[1..2], &[along], first * n as f64);
        close(&what("series, second"), &series[2..], &[0.5 * twice], second * n as f64);
        let derivative = program.gradient_program().expect("it has one");
        derivative.values_into(&mut Work::new(), x, &mut g).expect("it runs");
        close(&what("gradient as a program"), &g, &gradient, first);
        let hvp = program.hvp_program().expect("it has one");
        hvp.optimized().values_into(&mut Work::new(), &[&x[..], &v].concat(), &mut hv).expect("it runs");
        close(&what("Hv as a program"), &hv, &product, second);
    }
}

fn branches(branchy: &Branchy, points: &[Vec<f64>]) {
    let Ok(recorded) = Program::record(&points[0], |x| vec![branchy.eval(x)]) else {
        panic!("a program that branches on what it computes is not recorded");
    };
    let forms = forms(&recorded);
    for (k, x) in points.iter().enumerate() {
        let ran = forms.each_ref().map(|(form, program)| branch(form, program, branchy, x));
        assert!(ran == [ran[0]; 3] && (ran[0] || k > 0), "{ran:?} at {x:?}, recorded at {:?}", points[0]);
    }
}

/// Whether a program has the branch of a point. Where it has, its numbers are right.
fn branch(form: &str, program: &Program, branchy: &Branchy, x: &[f64]) -> bool {
    let mut g = vec![0.0; x.len()];
    match program.gradient_into(&mut Work::new(), x, &mut g) {
        Ok(y) => {
            assert!(same(y, branchy.eval(x)), "{form} at {x:?}: {y} and {}", branchy.eval(x));
            let [gradient, _] = by_duals(|x| branchy.eval(x), x, &vec![1.0; x.len()]);
            close(form, &g, &gradient, 1e-9);
            true
        }
        Err(RunError::Diverged(_)) => false,
        Err(why) => panic!("{form} at {x:?}: {why}"),
    }
}
