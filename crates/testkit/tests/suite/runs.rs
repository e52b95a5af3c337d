//! Every way in which nodes of a program are swept together, at every row of the table and in every driver: beside plain
//! code and dual numbers. Random programs (`programs.rs`) seldom compute one operation many times in a row.

use wengert::{
    Dual, Program, RunError, Var, Work,
    ops::{Functions, Info, Law, Listed, Op, Rule, Second, Visitor},
    program::Several,
};
use wengert_testkit::points::{SPECIAL, same};

/// Elements of a vector.
const N: usize = 40;

/// Whether a row of the table has a law.
fn has<R>(row: Option<Listed<R>>, law: Law) -> bool {
    row.is_some_and(|listed| listed.op().info().laws.contains(&law))
}

/// A row read element by element, its operands in all the ways in which they can move from element to element; what adds many
/// partials up only where numbers are tame, as sums and products in another order may be others elsewhere.
fn elementwise<R: Rule<A>, const A: usize, T: Functions>(x: &[T], second: Second, tame: bool) -> Vec<T> {
    let constant = |k: usize| T::lit(0.4 + 0.01 * (k % 3) as f64);
    let apply = |operands: &[T]| T::fixed::<R, A>(std::array::from_fn(|k| operands[k]));
    let mut y = Vec::new();
    match (A, second) {
        (1, _) => y.extend((0..N).map(|k| apply(&[x[k]]))),
        (2, Second::Variable) => {
            y.extend((0..N).map(|k| apply(&[x[k], x[N + k]])));
            y.extend((0..N).map(|k| apply(&[x[k], x[2 * N]])));
            y.extend((0..N).map(|k| apply(&[x[2 * N], x[k]])));
            y.extend((0..N).map(|k| apply(&[x[k], T::lit(0.4)])));
            y.extend((0..N).map(|k| apply(&[T::lit(0.4), x[k]])));
            if !tame {
                return y;
            }
            // A recorder gives one variable back where dual numbers have a tie.
            if !has(R::OP, Law::Picks) {
                y.extend((0..N).map(|k| apply(&[x[k], x[k]])));
            }
            // Constants in any order; operands in any order; and one that waits for the one before.
            y.extend((0..N).map(|k| apply(&[x[k], constant(k)])));
            y.extend((0..N).map(|k| apply(&[x[7 * k % N], x[N + 3 * k % N]])));
            let mut last = x[2 * N];
            y.extend((0..N).map(|k| {
                last = apply(&[last, x[k]]);
                last
            }));
        }
        (2, _) => y.extend((0..N).map(|k| apply(&[x[k], T::lit(2.0)]))),
        _ => y.extend((0..N).map(|k| apply(&[x[k], x[N + k], x[2 * N]]))),
    }
    y
}

/// How many of these are in step at least, once they are scheduled: the first five vectors, but for what is the same twice.
/// Where operands commute, the third is the second, and the fifth the fourth.
fn in_step<R: Rule<A>, const A: usize>(second: Second) -> usize {
    let commutes = has(R::OP, Law::Commutes);
    match (A, second) {
        (2, Second::Variable) if commutes => 3 * N - 2,
        (2, Second::Variable) => 5 * N - 2,
        (1 | 2, _) => N,
        _ => 0,
    }
}

fn weight(k: usize) -> f64 {
    (k as f64 + 0.5).cos()
}

fn close(found: f64, expected: f64, tolerance: f64) -> bool {
    same(found, expected) || (found - expected).abs() <= tolerance * (1.0 + expected.abs())
}

/// One row in all drivers at a point.
fn check<R: Rule<A>, const A: usize>(x: &[f64], second: Second, tame: bool) {
    let f = |x: &[f64]| elementwise::<R, A, f64>(x, second, tame);
    let expected = f(x);
    let m = expected.len();
    // Recorded elsewhere, so that nothing is right because it was recorded there.
    let ordinary: Vec<f64> = (0..x.len()).map(|k| 0.3 + 0.01 * k as f64).collect();
    let program = Program::record(&ordinary, |x| elementwise::<R, A, Var>(x, second, tame)).unwrap();
    let optimized = program.optimized();
    let forms = optimized.forms();
    assert!(forms.in_step >= in_step::<R, A>(second), "{}: {forms:?}", R::NAME);
    let weights: Vec<f64> = (0..m).map(weight).collect();
    // wᵀJ, and of Σ wₖfₖ the second derivatives along v, by dual numbers.
    let v: Vec<f64> = (0..x.len()).map(|k| 0.5 - 0.02 * k as f64).collect();
    let mut gradient = vec![0.0; x.len()];
    let mut product = vec![0.0; x.len()];
    for k in 0..x.len() {
        let along = |j: usize| Dual {
            value: Dual { value: x[j], tangent: [f64::from(u8::from(j == k))] },
            tangent: [Dual::constant(v[j])],
        };
        let duals: Vec<Dual<Dual>> = (0..x.len()).map(along).collect();
        for (y, w) in elementwise::<R, A, Dual<Dual>>(&duals, second, tame).iter().zip(&weights) {
            gradient[k] += w * y.value.tangent[0];
            product[k] += w * y.tangent[0].tangent[0];
        }
    }
    for (program, which) in [(&program, "as recorded"), (&optimized, "optimized")] {
        let name = format!("{} {which} at {x:?}", R::NAME);
        let (mut work, mut y) = (Work::new(), vec![0.0; m]);
        let values = |y: &[f64], how: &str| {
            for (k, (y, expected)) in y.iter().zip(&expected).enumerate() {
                assert!(same(*y, *expected), "{name}, {how}, {k}: {y} and {expected}");
            }
        };
        program.run(&mut work, x).unwrap();
        program.outputs_into(&work, &mut y).unwrap();
        values(&y, "all values");
        program.run_for_outputs(&mut work, x).unwrap();
        program.outputs_into(&work, &mut y).unwrap();
        values(&y, "outputs alone");
        let mut found = vec![0.0; x.len()];
        program.vjp_into(&mut work, x, &weights, &mut y, &mut found).unwrap();
        values(&y, "forward");
        let slopes = |found: &[f64], how: &str| {
            for (k, (g, expected)) in found.iter().zip(&gradient).enumerate() {
                assert!(close(*g, *expected, 1e-12), "{name}, {how}, ∂/∂x{k}: {g} and {expected}");
            }
        };
        slopes(&found, "vjp");
        program.forward(&mut work, x).unwrap();
        program.reverse(&mut work, &weights).unwrap();
        let by_node: Vec<f64> =
            program.tape().inputs().iter().map(|node| work.adjoints()[node.index()]).collect();
        slopes(&by_node, "by node");
        let seeds: Vec<_> = weights.iter().map(|w| Several([0.0, *w])).collect();
        let mut lanes = Vec::new();
        program.reverse_into(&mut work, &seeds, &mut lanes).unwrap();
        let lane = |lane: usize| -> Vec<f64> {
            program.tape().inputs().iter().map(|node| lanes[node.index()].0[lane]).collect()
        };
        slopes(&lane(1), "several seeds");
        assert!(lane(0).iter().all(|g| *g == 0.0));
        let mut second_order = Work::new();
        let mut hvp = vec![0.0; x.len()];
        program.lagrangian_hvp_into(&mut second_order, x, &weights, &v, &mut found, &mut hvp).unwrap();
        if tame {
            slopes(&found, "gradient at dual numbers");
            for (k, (found, expected)) in hvp.iter().zip(&product).enumerate() {
                assert!(close(*found, *expected, 1e-9), "{name}, Hv, {k}: {found} and {expected}");
            }
        }
        let single: Vec<f32> = x.iter().map(|x| *x as f32).collect();
        let mut work = Work::new();
        program.run(&mut work, &single).unwrap();
        for (k, expected) in elementwise::<R, A, f32>(&single, second, tame).iter().enumerate() {
            let y = program.output(&work, k).unwrap();
            assert!(same(y.into(), (*expected).into()), "{name} at f32, {k}: {y} and {expected}");
        }
    }
}

struct Row<'a>(&'a Info);

impl Visitor for Row<'_> {
    type Output = usize;
    fn input(self) -> usize {
        0
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> usize {
        let n = if A == 1 { N } else { 2 * N + 1 };
        let tame: Vec<f64> = (0..n).map(|k| 0.2 + 0.6 * (0.37 * k as f64).fract()).collect();
        check::<R, A>(&tame, self.0.second, true);
        // Each operand meets others at each element.
        let special = |shift: usize| SPECIAL[(shift * 5 + shift / 7) % SPECIAL.len()];
        let strange: Vec<f64> = (0..n).map(special).collect();
        check::<R, A>(&strange, self.0.second, false);
        1
    }
    fn variadic<R: wengert::ops::Variadic>(self) -> usize {
        0
    }
    fn foreign(self) -> usize {
        0
    }
}

#[test]
fn every_row_in_every_form() {
    let rows: usize = Op::ALL.iter().map(|op| op.visit(Row(op.info()))).sum();
    assert!(rows > 50, "{rows}");
}

/// Slots are used again only after their last reader: a program of many windows, in which some values live long.
#[test]
fn slots_are_used_again() {
    fn f<T: Functions>(x: &[T]) -> Vec<T> {
        let mut now = x.to_vec();
        let mut early = Vec::new();
        for step in 0..200 {
            now = (0..now.len())
                .map(|k| {
                    let (left, right) = (now[(k + now.len() - 1) % now.len()], now[(k + 1) % now.len()]);
                    (left * right - now[k]) * T::lit(0.5) + x[k].sin()
                })
                .collect();
            if step % 50 == 0 {
                early.push(now[step % now.len()]);
            }
        }
        let sum = now.iter().chain(&early).fold(T::lit(0.0), |sum, y| sum + *y * *y);
        early.push(sum);
        early
    }
    let x: Vec<f64> = (0..60).map(|k| (0.3 * f64::from(k)).sin() * 0.6).collect();
    let program = Program::record(&x, f::<Var>).unwrap();
    for program in [&program, &program.optimized()] {
        let nodes = program.tape().len();
        let (mut all, mut reused) = (Work::new(), Work::new());
        for shift in [0.0, 0.01, -0.02] {
            let x: Vec<f64> = x.iter().map(|x| x + shift).collect();
            program.run(&mut all, &x).unwrap();
            program.run_for_outputs(&mut reused, &x).unwrap();
            for (k, expected) in f::<f64>(&x).iter().enumerate() {
                assert!(same(program.output(&all, k).unwrap(), *expected));
                assert!(same(program.output(&reused, k).unwrap(), *expected));
            }
            // One workspace for both, in turns.
            program.run_for_outputs(&mut all, &x).unwrap();
            assert_eq!(program.output(&all, 4), program.output(&reused, 4));
        }
        assert!(reused.values().is_empty());
        assert!(reused.bytes() < 8 * nodes / 4, "{} bytes for {nodes} nodes", reused.bytes());
        let weights = vec![1.0; program.outputs()];
        let (mut y, mut swept) = (vec![0.0; program.outputs()], vec![0.0; x.len()]);
        program.vjp_into(&mut reused, &x, &weights, &mut y, &mut swept).unwrap();
        assert!(reused.adjoints().is_empty(), "not those of all nodes");
        program.forward(&mut all, &x).unwrap();
        program.reverse(&mut all, &weights).unwrap();
        assert_eq!(all.adjoints().len(), nodes);
        for (node, g) in program.tape().inputs().iter().zip(&swept) {
            assert!(close(all.adjoints()[node.index()], *g, 1e-10));
        }
    }
}

/// A run for outputs alone leaves no values that a dump of the tape could take for those of its nodes.
#[test]
fn values_that_are_not_those_of_nodes() {
    let program = Program::record(&[2.0, 3.0], |x| {
        let y = x[0] * x[1];
        vec![y * y * x[0]]
    })
    .unwrap()
    .optimized();
    let tape = program.tape();
    let mut work = Work::new();
    program.run(&mut work, &[2.0, 3.0]).unwrap();
    assert_eq!(work.values().len(), tape.len());
    program.run_for_outputs(&mut work, &[2.0, 3.0]).unwrap();
    assert!(work.values().is_empty());
    // What a dump is given then is no state of the tape.
    let shown = tape.dump().state(&work).to_string();
    assert!(shown.contains("the workspace is of another tape"), "{shown}");
    program.run(&mut work, &[2.0, 3.0]).unwrap();
    assert!(tape.dump().state(&work).to_string().contains("| value"));
}

/// Parameters stay set whichever way the program is run.
#[test]
fn parameters_stay() {
    let program = Program::record_with(|s| {
        let (x, p) = (s.input(2.0), s.parameter(3.0));
        let y = x * p;
        s.output(y * y);
    })
    .unwrap();
    let (mut work, mut y, mut g) = (Work::new(), [0.0], [0.0]);
    let mut all = |work: &mut Work, expected: f64| {
        program.values_into(work, &[2.0], &mut y).unwrap();
        assert_eq!(y, [4.0 * expected * expected]);
        assert_eq!(program.gradient_into(work, &[2.0], &mut g).unwrap(), y[0]);
        assert_eq!(g, [4.0 * expected * expected]);
        program.run(work, &[2.0]).unwrap();
        assert_eq!(program.output(work, 0), Some(y[0]));
    };
    all(&mut work, 3.0);
    program.set_parameters(&mut work, &[5.0]).unwrap();
    all(&mut work, 5.0);
    all(&mut work, 5.0);
    program.run_for_outputs(&mut work, &[2.0]).unwrap();
    program.set_parameters(&mut work, &[-1.0]).unwrap();
    all(&mut work, -1.0);
    all(&mut Work::new(), 3.0);
}

/// Guards of every kind, many of one kind in a row and single ones: the first that fails is named.
#[test]
fn guards_in_a_row() {
    macro_rules! questions {
        ($T:ty) => {{
            let all: [fn($T, $T) -> bool; 7] = [
                |a, b| a < b,
                |a, b| a <= b,
                |a, b| a > b,
                |a, b| a >= b,
                |a, b| a == b,
                |a, _| a.is_nan(),
                |a, b| a.partial_cmp(&b).is_some(),
            ];
            all
        }};
    }
    let (asks, plain) = (questions!(Var), questions!(f64));
    // Outcomes that alternate, and such as are all the same: the latter are checked several at a time.
    let bases: [Vec<f64>; 4] = [
        (0..=2 * N).map(|k| (k * 7 % 11) as f64).collect(),
        (0..=2 * N).map(|k| if k < N { 1.0 } else { 3.0 }).collect(),
        (0..=2 * N).map(|k| if k < N { 3.0 } else { 1.0 }).collect(),
        vec![1.0; 2 * N + 1],
    ];
    // Pairs of elements; one number for all; any order.
    let pair = |k: usize| [(k, N + k), (k, 2 * N), (k * 7 % N, N + k * 3 % N)];
    let cases = bases.iter().flat_map(|base| asks.into_iter().zip(plain).map(move |asked| (base, asked)));
    for (base, (ask, plain)) in cases {
        for pattern in 0..3 {
            let pairs: Vec<(usize, usize)> = (0..N).map(|k| pair(k)[pattern]).collect();
            let program = Program::record(base, |x| {
                for (a, b) in &pairs {
                    let _ = ask(x[*a], x[*b]);
                }
                vec![x[0]]
            })
            .unwrap();
            assert_eq!(program.tape().guards().len(), N);
            let outcomes = |x: &[f64]| pairs.iter().map(|(a, b)| plain(x[*a], x[*b])).collect::<Vec<_>>();
            let recorded = outcomes(base);
            let mut work = Work::new();
            let changes = (0..=2 * N).flat_map(|k| [-1.0, 1.0, 3.0, 20.0, f64::NAN].map(|v| (k, v)));
            for (changed, value) in changes {
                let mut x = base.clone();
                x[changed] = value;
                let first = outcomes(&x).iter().zip(&recorded).position(|(now, then)| now != then);
                for found in [program.run(&mut work, &x), program.run_for_outputs(&mut work, &x)] {
                    match (found, first) {
                        (Ok(()), None) => {}
                        (Err(RunError::Diverged(diverged)), Some(k)) => assert_eq!(diverged.guard, k),
                        // Another order is another outcome too.
                        (Err(RunError::Diverged(_)), _) if plain(1.0, 2.0) && plain(2.0, 1.0) => {}
                        (found, first) => panic!("{found:?} and {first:?}: x{changed} = {value}"),
                    }
                }
            }
        }
    }
}

/// What follows one another by node need not do so in slots that are used again.
#[test]
fn operands_across_runs() {
    fn f<T: Functions>(x: &[T]) -> Vec<T> {
        // The first vector leaves its slots to the third; the fourth stands elsewhere.
        let first: Vec<T> = x.iter().map(|x| x.exp()).collect();
        let second: Vec<T> = first.iter().map(|x| x.sqrt()).collect();
        let mut both: Vec<T> = second.iter().map(|x| x.sin()).collect();
        both.extend(second.iter().map(|x| x.cos()));
        // Of which the latter half of the one and the former of the other are read together.
        let read = &both[N / 2..][..N];
        let squares: Vec<T> = read.iter().map(|x| x.square()).collect();
        squares.iter().zip(&both).map(|(a, b)| *a * *b).collect()
    }
    let x: Vec<f64> = (0..N).map(|k| 0.1 + 0.02 * k as f64).collect();
    let program = Program::record(&x, f::<Var>).unwrap();
    assert!(program.forms().in_step >= 5 * N, "{:?}", program.forms());
    let weights: Vec<f64> = (0..N).map(weight).collect();
    let (mut work, mut y, mut found) = (Work::new(), vec![0.0; N], vec![0.0; N]);
    program.vjp_into(&mut work, &x, &weights, &mut y, &mut found).unwrap();
    assert_eq!(y, f::<f64>(&x));
    program.values_into(&mut work, &x, &mut y).unwrap();
    assert_eq!(y, f::<f64>(&x));
    for k in 0..N {
        let mut duals: Vec<Dual> = x.iter().map(|x| Dual::constant(*x)).collect();
        duals[k].tangent = [1.0];
        let expected: f64 = f(&duals).iter().zip(&weights).map(|(y, w)| w * y.tangent[0]).sum();
        assert!(close(found[k], expected, 1e-13), "{k}: {} and {expected}", found[k]);
    }
}

/// Runs in step at dual numbers take no care for zeros until something is not finite: then 0·∞ must be 0 all the same, and the
/// other nodes of the run what they were.
#[test]
fn zeros_beside_poles_in_a_run() {
    let n = 40;
    let program = Program::record(&vec![1.0; n], |x| {
        vec![x.iter().map(|x| x.sqrt()).fold(Var::from(0.0), |sum, y| sum + y)]
    })
    .unwrap();
    let at: Vec<f64> = (0..n).map(|k| if k % 3 == 0 { 0.0 } else { k as f64 }).collect();
    let v: Vec<f64> = (0..n).map(|k| if k % 3 == 0 { 0.0 } else { 1.0 }).collect();
    for program in [program.clone(), program.optimized()] {
        let (_, along) = program.jvp(&at, &v).unwrap();
        let expected: f64 = (0..n).filter(|k| k % 3 != 0).map(|k| 0.5 / (k as f64).sqrt()).sum();
        assert!((along[0] - expected).abs() < 1e-12, "{along:?} and {expected}");
        let (_, gradient, product) = program.hvp(&at, &v).unwrap();
        for k in 0..n {
            let (slope, curvature) = if k % 3 == 0 {
                (f64::INFINITY, 0.0)
            } else {
                (0.5 / (k as f64).sqrt(), -0.25 / (k as f64).powf(1.5))
            };
            assert!(gradient[k] == slope || (gradient[k] - slope).abs() < 1e-12, "{k}: {}", gradient[k]);
            assert!((product[k] - curvature).abs() < 1e-12, "{k}: {} and {curvature}", product[k]);
        }
    }
}
