//! Random programs with branches, at random points: through `Function` always the right numbers, through one `Program` the
//! right numbers or `Diverged`, and that only where the point takes another path.
//!
//! Apart from the other tests, so that many more of these programs can be run optimised without compiling those:
//!
//! ```text
//! WENGERT_PROGRAMS=100000 cargo test --release -p wengert-testkit --test branches
//! ```

use wengert::{Dual, Function, Program, RunError, Tape, Work};
use wengert_testkit::Branchy;
use wengert_testkit::points::same;

/// How many programs are tried: a few unless the environment says more.
fn programs() -> u64 {
    std::env::var("WENGERT_PROGRAMS").ok().and_then(|count| count.parse().ok()).unwrap_or(300)
}

const POINTS: usize = 6;

/// Value and gradient by dual numbers.
fn by_duals(program: &Branchy, x: &[f64]) -> (f64, Vec<f64>) {
    let along = |k: usize| {
        let mut at: Vec<Dual> = x.iter().map(|x| Dual::constant(*x)).collect();
        at[k].tangent = [1.0];
        program.eval(&at).tangent[0]
    };
    (program.eval(x), (0..x.len()).map(along).collect())
}

/// The product with the Hessian by dual numbers of dual numbers.
fn product_by_duals(program: &Branchy, x: &[f64], v: &[f64]) -> Vec<f64> {
    let row = |k: usize| {
        let at = |j: usize| Dual {
            value: Dual { value: x[j], tangent: [v[j]] },
            tangent: [Dual::constant(f64::from(u8::from(j == k)))],
        };
        let at: Vec<Dual<Dual>> = (0..x.len()).map(at).collect();
        program.eval(&at).tangent[0].tangent[0]
    };
    (0..x.len()).map(row).collect()
}

#[track_caller]
fn close(found: &[f64], expected: &[f64], seed: u64, x: &[f64]) {
    let scale = expected.iter().fold(1.0, |scale: f64, e| scale.max(e.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            same(*found, *expected) || (found - expected).abs() <= 1e-9 * scale,
            "program {seed} at {x:?}: {found} and {expected}"
        );
    }
}

#[test]
fn a_function_is_right_at_every_point() {
    let (mut hits, mut recordings, mut divergences) = (0, 0, 0);
    for seed in 0..programs() {
        let program = Branchy::random(seed);
        let limit = [64, 2, 1][seed as usize % 3];
        let mut f = Function::new(|x| program.eval(x)).limit(limit).optimize_after(seed % 4);
        for (k, x) in program.points(seed, POINTS).iter().enumerate() {
            let (value, expected) = by_duals(&program, x);
            let v: Vec<f64> = (0..x.len()).map(|k| 1.0 - 0.4 * k as f64).collect();
            // Whichever driver finds the path to be another.
            let along: f64 = expected.iter().zip(&v).map(|(slope, v)| slope * v).sum();
            match (seed as usize + k) % 3 {
                0 => close(&f.jvp(x, &v).unwrap().1, &[along], seed, x),
                1 => close(&f.hvp(x, &v).unwrap().2, &product_by_duals(&program, x, &v), seed, x),
                _ => assert!(same(f.value(x).unwrap(), value), "program {seed} at {x:?}"),
            }
            let (found, slopes) = f.gradient(x).unwrap();
            assert!(same(found, value), "program {seed} at {x:?}: {found} and {value}");
            close(&slopes, &expected, seed, x);
        }
        let report = f.report();
        assert!(report.traces <= limit);
        assert_eq!(report.hits + report.recordings, report.calls);
        hits += report.hits;
        recordings += report.recordings;
        divergences += report.divergences;
    }
    assert!(hits > recordings && recordings > 2 * programs() && divergences > programs());
}

/// Where the outcomes of two recordings' comparisons part, and what the second came to there.
fn parting(a: &Tape, b: &Tape) -> Option<usize> {
    let tests = |tape: &Tape| -> Vec<_> { tape.guards().iter().map(|guard| guard.test).collect() };
    let (a, b) = (tests(a), tests(b));
    (0..a.len()).find(|k| b.get(*k) != Some(&a[*k]))
}

#[test]
fn a_program_is_right_or_diverges() {
    let (mut right, mut diverged) = (0, 0);
    for seed in 0..programs() {
        let branchy = Branchy::random(seed);
        let points = branchy.points(seed, POINTS);
        let recorded = |x: &[f64]| Program::record(x, |x| vec![branchy.eval(x)]).unwrap();
        let first = recorded(&points[0]);
        let program = if seed % 2 == 0 { first.clone() } else { first.optimized() };
        let (mut work, mut second) = (Work::new(), Work::new());
        for x in &points {
            let (mut slopes, mut product) = (vec![f64::NAN; x.len()], vec![f64::NAN; x.len()]);
            let parting = parting(first.tape(), recorded(x).tape());
            match (program.gradient_into(&mut work, x, &mut slopes), parting) {
                (Ok(found), None) => {
                    let (value, expected) = by_duals(&branchy, x);
                    assert!(same(found, value), "program {seed} at {x:?}: {found} and {value}");
                    close(&slopes, &expected, seed, x);
                    program.hvp_into(&mut second, x, x, &mut slopes, &mut product).unwrap();
                    close(&product, &product_by_duals(&branchy, x, x), seed, x);
                    right += 1;
                }
                (Err(RunError::Diverged(found)), Some(guard)) => {
                    assert_eq!(found.guard, guard, "program {seed} at {x:?}: {found}");
                    let again = program.hvp_into(&mut second, x, x, &mut slopes, &mut product);
                    let Err(RunError::Diverged(again)) = again else { panic!("{again:?} at dual numbers") };
                    assert_eq!((again.guard, again.found), (found.guard, found.found), "at dual numbers");
                    assert!(slopes.iter().all(|slope| slope.is_nan()), "numbers beside an error");
                    diverged += 1;
                }
                (found, parting) => panic!("program {seed} at {x:?}: {found:?}, {parting:?}"),
            }
        }
    }
    assert!(right > 2 * programs() && diverged > programs(), "{right} right, {diverged} diverged");
}
