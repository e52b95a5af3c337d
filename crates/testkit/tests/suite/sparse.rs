//! Sparse derivatives against dense ones, analytic ones and a checker of colourings that knows nothing of how they were
//! found.
//!
//! A pattern may be larger than what is not 0 at a point; it is never smaller, and on the problems whose patterns are
//! stated it is exactly that.

use std::collections::HashMap;

use proptest::prelude::*;
use wengert::{
    Program, Var, Work,
    sparse::{
        Coloring, NonlinearProgram, Pattern, Recovery, SparseHessian, SparseJacobian, SparseOptions,
        VertexOrder,
    },
};
use wengert_testkit::points::same;
use wengert_testkit::problems::luksan_vlcek::{ChainedPowell, ChainedRosenbrock, ChainedWood, Constrained};

use wengert_testkit::RandomProgram;

/// A matrix of a pattern, dense.
fn dense(pattern: &Pattern, values: &[f64]) -> Vec<f64> {
    let mut matrix = vec![0.0; pattern.rows() * pattern.columns()];
    for ((row, column), value) in pattern.entries().zip(values) {
        matrix[row * pattern.columns() + column] = *value;
    }
    matrix
}

/// A symmetric matrix of a pattern of its lower triangle, dense.
fn symmetric(pattern: &Pattern, values: &[f64]) -> Vec<f64> {
    let (full, positions) = pattern.mirrored();
    dense(&full, &positions.iter().map(|k| values[*k]).collect::<Vec<_>>())
}

/// The first entry at which two matrices differ by more than rounding; entries outside of a pattern are exactly 0 in both.
fn difference(found: &[f64], expected: &[f64], tolerance: f64) -> Option<String> {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().filter(|e| e.is_finite()).fold(1.0, |scale: f64, e| scale.max(e.abs()));
    let near = |(f, e): (&f64, &f64)| same(*f, *e) || (f - e).abs() <= tolerance * scale;
    let at = found.iter().zip(expected).position(|pair| !near(pair))?;
    Some(format!("entry {at}: {} and {}", found[at], expected[at]))
}

/// Whether no two columns of one colour share a row.
fn is_distance_two(pattern: &Pattern, coloring: &Coloring) -> bool {
    let mut met = HashMap::new();
    pattern.entries().all(|(row, column)| met.insert((row, coloring.colors()[column]), column).is_none())
}

/// The neighbours of each vertex of the graph of a symmetric pattern.
fn neighbours(lower: &Pattern) -> Vec<Vec<usize>> {
    let mut near = vec![Vec::new(); lower.columns()];
    for (i, j) in lower.entries().filter(|(i, j)| i != j) {
        near[i].push(j);
        near[j].push(i);
    }
    near
}

/// Whether neighbours differ and no path of four vertices has two colours: every such path, one by one.
fn is_star(lower: &Pattern, coloring: &Coloring) -> bool {
    let (near, c) = (neighbours(lower), coloring.colors());
    let path = |a: usize, b: usize| {
        near[b]
            .iter()
            .filter(|x| **x != a)
            .any(|x| near[*x].iter().any(|y| *y != b && *y != a && c[a] == c[*x] && c[b] == c[*y]))
    };
    (0..near.len()).all(|a| near[a].iter().all(|b| c[a] != c[*b] && !path(a, *b)))
}

/// Whether neighbours differ and what any two colours span is a forest: by taking away leaves until nothing is left.
fn is_acyclic(lower: &Pattern, coloring: &Coloring) -> bool {
    let (near, c) = (neighbours(lower), coloring.colors());
    let colors = coloring.count() as u32;
    let forest = |a: u32, b: u32| {
        let within = |v: usize| c[v] == a || c[v] == b;
        let mut degree: Vec<usize> =
            near.iter().map(|near| near.iter().filter(|w| within(**w)).count()).collect();
        let mut alive: Vec<usize> = (0..near.len()).filter(|v| within(*v)).collect();
        loop {
            let (leaves, rest): (Vec<usize>, Vec<usize>) = alive.iter().partition(|v| degree[**v] <= 1);
            if leaves.is_empty() {
                return rest.is_empty();
            }
            for leaf in leaves {
                near[leaf]
                    .iter()
                    .filter(|w| within(**w))
                    .for_each(|w| degree[*w] = degree[*w].saturating_sub(1));
            }
            alive = rest;
        }
    };
    near.iter().enumerate().all(|(v, near)| near.iter().all(|w| c[v] != c[*w]))
        && (0..colors).all(|a| (0..a).all(|b| forest(a, b)))
}

/// A random symmetric pattern: a band, an arrow's hubs and scattered entries.
fn random_pattern(n: usize, band: usize, hubs: usize, scattered: &[(usize, usize)]) -> Pattern {
    let near = (0..n).flat_map(|k| (k..n.min(k + band + 1)).map(move |i| (i, k)));
    let hub = (0..hubs.min(n)).flat_map(|h| (h..n).map(move |i| (i, h)));
    let other = scattered.iter().map(|(i, j)| (*i % n, *j % n)).map(|(i, j)| (i.max(j), i.min(j)));
    Pattern::new(n, n, near.chain(hub).chain(other)).unwrap()
}

/// The dense matrix, row by row.
fn lagrangian_hessian(program: &Program, x: &[f64], weights: &[f64]) -> Vec<f64> {
    let mut matrix = vec![0.0; x.len() * x.len()];
    let (mut work, mut gradient) = (Work::new(), vec![0.0; x.len()]);
    program.lagrangian_hessian_into(&mut work, x, weights, &mut gradient, &mut matrix).unwrap();
    matrix
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn colourings_keep_their_promise(
        n in 1..60_usize,
        band in 0..4_usize,
        hubs in 0..3_usize,
        scattered in prop::collection::vec((0..1_000_usize, 0..1_000_usize), 0..80),
        seed: u64,
    ) {
        let lower = random_pattern(n, band, hubs, &scattered);
        let (full, _) = lower.mirrored();
        let mut fewest = usize::MAX;
        for order in VertexOrder::ALL.into_iter().chain([VertexOrder::Random(seed)]) {
            let star = lower.color_star(&[order]);
            prop_assert!(is_star(&lower, &star), "star, {order}");
            let acyclic = lower.color_acyclic(&[order]);
            prop_assert!(is_acyclic(&lower, &acyclic), "acyclic, {order}");
            prop_assert_eq!(&full.color_star(&[order]), &star);
            let columns = lower.color_columns(&[order]);
            prop_assert!(is_distance_two(&lower, &columns), "columns, {order}");
            let rows = lower.color_rows(&[order]);
            prop_assert!(is_distance_two(&lower.transposed(), &rows), "rows, {order}");
            for coloring in [&star, &acyclic, &columns, &rows] {
                prop_assert!(coloring.colors().iter().all(|c| (*c as usize) < coloring.count()));
            }
            fewest = fewest.min(star.count());
        }
        let best = lower.color_star(&VertexOrder::ALL);
        prop_assert!(is_star(&lower, &best) && best.count() >= 1);
        prop_assert!(VertexOrder::ALL.iter().all(|order| best.count() <= lower.color_star(&[*order]).count()));
    }

    #[test]
    fn jacobians_are_the_dense_ones(seed: u64, inputs in 1..20_usize, outputs in 1..20_usize, steps in 20..300_usize) {
        let random = RandomProgram::random(seed, inputs, steps);
        let program = Program::record(&random.point, |x| {
            let all = random.eval_all(x);
            (0..outputs).map(|k| all[(k * 7919) % all.len()]).collect::<Vec<_>>()
        })
        .unwrap();
        let mut expected = vec![0.0; inputs * outputs];
        let jacobian = SparseJacobian::new(&program);
        prop_assert_eq!(jacobian.pattern(), &program.tape().jacobian_pattern());
        let mut values = vec![f64::NAN; jacobian.pattern().nonzeros()];
        let mut work = Work::new();
        for shift in [0.0, 1e-4] {
            let x: Vec<f64> = random.point.iter().map(|x| x + shift).collect();
            program.jacobian_into(&mut Work::new(), &x, &mut vec![0.0; program.outputs()], &mut expected).unwrap();
            jacobian.values_into(&mut work, &x, &mut values).unwrap();
            let wrong = difference(&dense(jacobian.pattern(), &values), &expected, 1e-10);
            prop_assert!(wrong.is_none(), "{}: {}", jacobian.report(), wrong.unwrap());
        }
    }

    #[test]
    fn calls_have_the_patterns_of_what_is_called(
        seed: u64,
        inputs in 1..6_usize,
        outputs in 1..4_usize,
        steps in 1..40_usize,
        calls in 1..4_usize,
    ) {
        let random = RandomProgram::random(seed, inputs, steps);
        let inner = |x: &[Var]| -> Vec<Var> {
            let all = random.eval_all(x);
            (0..outputs).map(|k| all[all.len() - 1 - (k * 7919) % all.len()]).collect()
        };
        let called = Program::record(&random.point, |x| inner(x)).unwrap();
        // Operands are inputs, results of earlier calls moved to the point where all is finite, and constants.
        let outer = |x: &[Var], call: &dyn Fn(&[Var]) -> Vec<Var>| {
            let mut known = x.to_vec();
            for round in 0..calls {
                let operand = |k: usize| match (k * 31 + round * 17 + seed as usize % 13) % 5 {
                    0 => Var::from(random.point[k]),
                    1 if round > 0 => {
                        let y = known[known.len() - 1 - k % known.len()];
                        (y * 1e-3).tanh() * 1e-2 + random.point[k]
                    }
                    pick => x[(k + pick) % inputs] * 1e-3 + random.point[k],
                };
                let operands: Vec<Var> = (0..inputs).map(operand).collect();
                known.extend(call(&operands));
            }
            vec![known[known.len() - 1], known.iter().skip(inputs).copied().sum(), known[inputs] * x[0]]
        };
        let record = |call: &dyn Fn(&[Var]) -> Vec<Var>| Program::record(&random.point, |x| outer(x, call));
        // A comparison inside may come out otherwise: then there is no program.
        if let (Ok(found), Ok(expected)) = (record(&|x| called.call(x)), record(&inner)) {
            let (a, b) = (found.tape(), expected.tape());
            prop_assert_eq!(a.jacobian_pattern(), b.jacobian_pattern());
            let (larger, smaller) = (a.hessian_pattern(), b.hessian_pattern());
            prop_assert!(smaller.entries().all(|(i, j)| larger.contains(i, j)));
            let weights = [0.5, -1.5, 3.0];
            let matrix = lagrangian_hessian(&expected, &random.point, &weights);
            let hessian = SparseHessian::new(&found);
            let mut values = vec![f64::NAN; hessian.pattern().nonzeros()];
            hessian.values_into(&mut Work::new(), &random.point, &weights, &mut values).unwrap();
            let wrong = difference(&symmetric(hessian.pattern(), &values), &matrix, 1e-9);
            prop_assert!(wrong.is_none(), "{}: {}", hessian.report(), wrong.unwrap());
        }
    }

    #[test]
    fn hessians_are_the_dense_ones(seed: u64, inputs in 1..16_usize, steps in 1..150_usize) {
        let random = RandomProgram::random(seed, inputs, steps);
        let program = Program::record(&random.point, |x| {
            let all = random.eval_all(x);
            vec![all[all.len() - 1], all[all.len() / 2], x[0] * 2.0, all[all.len() - 1 - steps / 3]]
        })
        .unwrap();
        let x: Vec<f64> = random.point.iter().map(|x| x + 1e-4).collect();
        let weights = [0.5, -1.5, 3.0, 2.0];
        let expected = lagrangian_hessian(&program, &x, &weights);
        for recovery in [Recovery::Direct, Recovery::Substitution] {
            let options = SparseOptions { recovery, ..SparseOptions::default() };
            let hessian = SparseHessian::with(&program, &options).unwrap();
            let mut values = vec![f64::NAN; hessian.pattern().nonzeros()];
            hessian.values_into(&mut Work::new(), &x, &weights, &mut values).unwrap();
            let wrong = difference(&symmetric(hessian.pattern(), &values), &expected, 1e-9);
            prop_assert!(wrong.is_none(), "{}: {}", hessian.report(), wrong.unwrap());
        }
        // Of one output alone: the pattern is no larger, and the values are those of that output.
        let outputs = vec![3, 0];
        let options = SparseOptions { outputs: Some(outputs.clone()), ..SparseOptions::default() };
        let some = SparseHessian::with(&program, &options).unwrap();
        prop_assert_eq!(some.pattern(), &program.tape().hessian_pattern_of(&outputs).unwrap());
        let all = program.tape().hessian_pattern();
        prop_assert!(some.pattern().entries().all(|(i, j)| all.contains(i, j)));
        let expected = lagrangian_hessian(&program, &x, &[-1.0, 0.0, 0.0, 2.0]);
        let mut values = vec![f64::NAN; some.pattern().nonzeros()];
        some.values_into(&mut Work::new(), &x, &[2.0, -1.0], &mut values).unwrap();
        let wrong = difference(&symmetric(some.pattern(), &values), &expected, 1e-9);
        prop_assert!(wrong.is_none(), "{}", wrong.unwrap());
    }
}

fn constrained(problem: &impl Constrained) {
    let (name, x) = (problem.name(), problem.point());
    let n = x.len();
    let program = Program::record(&x, |x| problem.eval(x)).unwrap();
    for program in [program.clone(), program.optimized()] {
        let nlp = NonlinearProgram::new(&program).unwrap();
        assert_eq!(nlp.jacobian().nonzeros(), problem.jacobian_nonzeros(), "{name}");
        assert_eq!(nlp.hessian().nonzeros(), problem.hessian_nonzeros(), "{name}");
        let mut work = Work::new();
        for shift in [0.0, 0.125] {
            let x: Vec<f64> = x.iter().enumerate().map(|(k, x)| x + shift * (k as f64).sin()).collect();
            let outputs = problem.eval(&x);
            let mut g = vec![0.0; nlp.constraints()];
            nlp.eval_g(&mut work, &x, &mut g).unwrap();
            assert_eq!((nlp.eval_f(&mut work, &x).unwrap(), &g[..]), (outputs[0], &outputs[1..]), "{name}");
            let mut jacobian = vec![0.0; outputs.len() * n];
            program
                .jacobian_into(&mut Work::new(), &x, &mut vec![0.0; program.outputs()], &mut jacobian)
                .unwrap();
            let mut gradient = vec![0.0; n];
            nlp.eval_grad_f(&mut work, &x, &mut gradient).unwrap();
            assert_eq!(difference(&gradient, &jacobian[..n], 1e-14), None, "{name}");
            let mut values = vec![0.0; nlp.jacobian().nonzeros()];
            nlp.eval_jac_g(&mut work, &x, &mut values).unwrap();
            assert_eq!(difference(&dense(nlp.jacobian(), &values), &jacobian[n..], 1e-14), None, "{name}");
            let lambda: Vec<f64> = (0..nlp.constraints()).map(|k| (k as f64 * 0.7).cos()).collect();
            let mut weights = vec![0.5];
            weights.extend(&lambda);
            let mut hessian = vec![0.0; n * n];
            program
                .lagrangian_hessian_into(
                    &mut Work::new(),
                    &x,
                    &weights,
                    &mut vec![0.0; program.inputs()],
                    &mut hessian,
                )
                .unwrap();
            let mut values = vec![0.0; nlp.hessian().nonzeros()];
            nlp.eval_h(&mut work, &x, 0.5, &lambda, &mut values).unwrap();
            assert_eq!(difference(&symmetric(nlp.hessian(), &values), &hessian, 1e-13), None, "{name}");
        }
    }
}

#[test]
fn luksan_vlcek() {
    constrained(&ChainedRosenbrock(3));
    constrained(&ChainedRosenbrock(50));
    constrained(&ChainedWood(40));
    constrained(&ChainedPowell(40));
}

/// The examples of `CppAD`'s documentation for sparse derivatives, of any size, with their analytic answers.
#[test]
fn exponentials_of_sums_and_of_products() {
    let n = 40;
    let pairs: Vec<(usize, usize)> =
        (0..n).flat_map(|k| [(k, k), (k, (k * k + 3) % n), (k, (7 * k + 1) % n)]).collect();
    let x: Vec<f64> = (0..n).map(|k| 0.1 * (k as f64 * 1.3).sin()).collect();
    // yₖ = exp(xᵢ + xⱼ): ∂yₖ/∂xᵢ = yₖ, twice that where i = j.
    let sums = Program::record(&x, |x| pairs.iter().map(|(i, j)| (x[*i] + x[*j]).exp()).collect::<Vec<_>>())
        .unwrap();
    let jacobian = SparseJacobian::new(&sums);
    let distinct: usize = pairs.iter().map(|(i, j)| if i == j { 1 } else { 2 }).sum();
    assert_eq!(jacobian.pattern().nonzeros(), distinct);
    let mut values = vec![0.0; distinct];
    jacobian.values_into(&mut Work::new(), &x, &mut values).unwrap();
    for ((row, column), value) in jacobian.pattern().entries().zip(&values) {
        let (i, j) = pairs[row];
        assert!(column == i || column == j);
        let expected = (x[i] + x[j]).exp() * if i == j { 2.0 } else { 1.0 };
        assert!((value - expected).abs() <= 1e-15 * expected, "{value} and {expected}");
    }
    // y = Σ exp(xᵢxⱼ): ∂²/∂xᵢ∂xⱼ = (1 + xᵢxⱼ)·e, ∂²/∂xᵢ² = xⱼ²·e; for i = j it is (2 + 4xᵢ²)·e.
    let products =
        Program::record(&x, |x| vec![pairs.iter().map(|(i, j)| (x[*i] * x[*j]).exp()).sum()]).unwrap();
    let mut expected = vec![0.0; n * n];
    let mut add = |i: usize, j: usize, value: f64| expected[i * n + j] += value;
    for (i, j) in pairs.iter().copied() {
        let e = (x[i] * x[j]).exp();
        if i == j {
            add(i, i, (2.0 + 4.0 * x[i] * x[i]) * e);
        } else {
            add(i, j, (1.0 + x[i] * x[j]) * e);
            add(j, i, (1.0 + x[i] * x[j]) * e);
            add(i, i, x[j] * x[j] * e);
            add(j, j, x[i] * x[i] * e);
        }
    }
    for recovery in [Recovery::Direct, Recovery::Substitution] {
        let options = SparseOptions { recovery, ..SparseOptions::default() };
        let hessian = SparseHessian::with(&products, &options).unwrap();
        let there =
            (0..n).flat_map(|i| (0..=i).map(move |j| (i, j))).filter(|(i, j)| expected[i * n + j] != 0.0);
        assert!(there.eq({
            let mut entries: Vec<_> = hessian.pattern().entries().collect();
            entries.sort_unstable();
            entries
        }));
        let mut values = vec![0.0; hessian.pattern().nonzeros()];
        hessian.values_into(&mut Work::new(), &x, &[1.0], &mut values).unwrap();
        assert_eq!(
            difference(&symmetric(hessian.pattern(), &values), &expected, 1e-13),
            None,
            "{}",
            hessian.report()
        );
    }
}

/// Hock and Schittkowski's problem 71 at its solution, with the multipliers that IPOPT's documentation prints: the
/// Lagrangian is stationary, and its Hessian is that of the formulas there.
#[test]
fn hock_schittkowski_71() {
    let start = [1.0, 5.0, 5.0, 1.0];
    let program = Program::record(&start, |x| {
        vec![
            x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2],
            x[0] * x[1] * x[2] * x[3],
            x.iter().map(|x| x.square()).sum(),
        ]
    })
    .unwrap();
    let nlp = NonlinearProgram::new(&program).unwrap();
    let mut work = Work::new();
    let x: [f64; 4] = [1.0, 4.742_999_4, 3.821_150_3, 1.379_408_2];
    let lambda = [-0.552_293_66, 0.161_468_57];
    assert!((nlp.eval_f(&mut work, &x).unwrap() - 17.014_017_3).abs() < 1e-6);
    let (mut rows, mut columns, mut values) = ([0; 8], [0; 8], [0.0; 8]);
    nlp.jac_g_structure(&mut rows, &mut columns).unwrap();
    nlp.eval_jac_g(&mut work, &x, &mut values).unwrap();
    let mut stationary = [0.0_f64; 4];
    nlp.eval_grad_f(&mut work, &x, &mut stationary).unwrap();
    for ((i, j), value) in rows.iter().zip(columns).zip(values) {
        stationary[j as usize] += lambda[*i as usize] * value;
    }
    stationary[0] -= 1.087_871_2; // the multiplier of the bound x₀ ≥ 1
    assert!(stationary.iter().all(|s| s.abs() < 1e-6), "{stationary:?}");

    let (mut rows, mut columns, mut values) = ([0; 10], [0; 10], [0.0; 10]);
    nlp.h_structure(&mut rows, &mut columns).unwrap();
    let sigma = 0.75;
    nlp.eval_h(&mut work, &x, sigma, &lambda, &mut values).unwrap();
    let [l, m] = lambda;
    for ((i, j), value) in rows.iter().zip(columns).zip(values) {
        let expected = match (i, j) {
            (0, 0) => sigma * 2.0 * x[3] + 2.0 * m,
            (1, 0) => sigma * x[3] + l * x[2] * x[3],
            (2, 0) => sigma * x[3] + l * x[1] * x[3],
            (3, 0) => sigma * (2.0 * x[0] + x[1] + x[2]) + l * x[1] * x[2],
            (2, 1) => l * x[0] * x[3],
            (3, 1) => sigma * x[0] + l * x[0] * x[2],
            (3, 2) => sigma * x[0] + l * x[0] * x[1],
            (i, j) if *i == j => 2.0 * m,
            other => panic!("{other:?} is not in the lower triangle"),
        };
        assert!((value - expected).abs() < 1e-14, "{i}, {j}: {value} and {expected}");
    }
}

/// Patterns that are known, exactly: linear parts, kinks, dead inputs, products of sums, hubs.
#[test]
fn patterns_are_tight() {
    type Function = fn(&[wengert::Var]) -> Vec<wengert::Var>;
    type Case = (&'static str, Function, &'static [(usize, usize)]);
    let cases: [Case; 9] = [
        ("linear", |x| vec![x[0] * 2.0 + x[1] / 3.0 - x[2]], &[]),
        ("kinks", |x| vec![x[0].abs() + x[1].max(x[2]) + x[3].floor() * x[0]], &[]),
        ("bilinear", |x| vec![(x[0] + x[1]) * (x[2] - x[3])], &[(2, 0), (3, 0), (2, 1), (3, 1)]),
        ("a quotient", |x| vec![x[0] / x[1]], &[(1, 0), (1, 1)]),
        ("detached", |x| vec![x[0].detach() * x[1].square()], &[(1, 1)]),
        (
            "dead",
            |x| {
                let _ = x[3].exp() * x[2];
                vec![x[0].sin()]
            },
            &[(0, 0)],
        ),
        ("halves", |x| vec![wengert::Var::dot(&x[..2], &x[2..4])], &[(2, 0), (3, 1)]),
        ("squares", |x| vec![wengert::Var::sum_squares(x)], &[(0, 0), (1, 1), (2, 2), (3, 3)]),
        ("of a constant", |_| vec![wengert::Var::constant(1.0)], &[]),
    ];
    for (name, f, expected) in cases {
        let program = Program::record(&[0.5, 1.5, 2.5, 3.5], f).unwrap();
        let found = program.tape().hessian_pattern();
        assert_eq!(found, Pattern::new(4, 4, expected.iter().copied()).unwrap(), "{name}: {found:?}");
        assert_eq!(program.optimized().tape().hessian_pattern(), found, "{name}");
    }
    // A parameter is no variable.
    let program = Program::record_with(|s| {
        let (x, p) = (s.inputs(&[1.0, 2.0][..]), s.parameter(3.0));
        s.output(x[0] * p + (x[1] * p).sin());
    })
    .unwrap();
    assert_eq!(program.tape().hessian_pattern(), Pattern::new(2, 2, [(1, 1)]).unwrap());
}

/// Shapes on which an algorithm of the wrong kind takes quadratic time or memory, or more.
#[test]
fn patterns_of_large_programs() {
    let n = 20_000;
    let x = vec![0.5; n];
    // A sum of all, in a chain, times one of them: two rows.
    let sum =
        Program::record(&x, |x| vec![x[1..].iter().copied().reduce(|a, b| a + b).unwrap() * x[0]]).unwrap();
    assert_eq!(sum.tape().hessian_pattern().nonzeros(), n - 1);
    // The same over every other one: no interval.
    let stride =
        Program::record(&x, |x| vec![x.iter().copied().step_by(2).reduce(|a, b| a + b).unwrap() * x[1]])
            .unwrap();
    assert_eq!(stride.tape().hessian_pattern().nonzeros(), n / 2);
    // Many terms of few inputs, squared.
    let few = Program::record(&[0.1, 0.2, 0.3], |x| {
        let term = |k: usize| (x[k % 3] * (k as f64 * 1e-3)).exp();
        vec![(1..n).map(term).fold(term(0), |a, b| a + b).ln()]
    })
    .unwrap();
    assert_eq!(few.tape().hessian_pattern().nonzeros(), 6);
    // A recurrence driven by one input a step: dense.
    let m = 300;
    let drive = Program::record(&x[..m], |x| vec![x.iter().fold(x[0], |y, x| (y + *x).sin())]).unwrap();
    assert_eq!(drive.tape().hessian_pattern().nonzeros(), m * (m + 1) / 2);
    // An arrow, in two colours whichever way it points, directly and by substitution.
    for hub in [0, n / 2, n - 1] {
        let arrow = Program::record(&x, |x| vec![x.iter().map(|y| (*y * x[hub]).sin()).sum()]).unwrap();
        for recovery in [Recovery::Direct, Recovery::Substitution] {
            let hessian =
                SparseHessian::with(&arrow, &SparseOptions { recovery, ..SparseOptions::default() }).unwrap();
            assert_eq!((hessian.pattern().nonzeros(), hessian.report().colors), (2 * n - 1, 2));
        }
    }
    // Cumulative sums: each row one interval more.
    let steps = Program::record(&x[..m], |x| {
        x.iter()
            .scan(wengert::Var::constant(0.0), |sum, x| {
                *sum += x.sin();
                Some(*sum)
            })
            .collect::<Vec<_>>()
    })
    .unwrap();
    assert_eq!(steps.tape().jacobian_pattern().nonzeros(), m * (m + 1) / 2);
    // Sums of every third: sets of more intervals than are kept, each known by its parts alone.
    let thirds = Program::record(&x[..m], |x| {
        (0..3).map(|first| x.iter().skip(first).step_by(3).map(|x| x.sin()).sum()).collect::<Vec<_>>()
    })
    .unwrap();
    let every_third = Pattern::new(3, m, (0..m).map(|k| (k % 3, k))).unwrap();
    assert_eq!(thirds.tape().jacobian_pattern(), every_third);
    // A full row and a full column.
    let both = Program::record(&x[..m], |x| {
        let all = x.iter().map(|x| x.sin()).sum();
        core::iter::once(all).chain(x.iter().map(|y| *y * x[0])).collect::<Vec<_>>()
    })
    .unwrap();
    let jacobian = SparseJacobian::new(&both);
    assert_eq!(jacobian.pattern().nonzeros(), 3 * m - 1);
    let report = jacobian.report();
    assert_eq!((report.colors, report.mode), (m + 1, wengert::sparse::SparseMode::Reverse));
}

/// Many rows and few columns go forward, few rows and many columns in reverse.
#[test]
fn the_cheaper_mode() {
    let x = [0.5; 64];
    let wide = Program::record(&x, |x| vec![x.iter().map(|x| x.sin()).sum()]).unwrap();
    assert_eq!(
        SparseJacobian::new(&wide).report().to_string(),
        "1 × 64, 64 nonzeros, 1 color (natural order), reverse, 1 sweep"
    );
    let tall = Program::record(&x[..1], |x| (0..64).map(|k| (x[0] * f64::from(k)).sin()).collect::<Vec<_>>())
        .unwrap();
    assert_eq!(SparseJacobian::new(&tall).report().colors, 1);
    assert_eq!(SparseJacobian::new(&tall).report().mode, wengert::sparse::SparseMode::Forward);
}

#[test]
fn what_cannot_be_is_an_error() {
    let program =
        Program::record(&[1.0, 2.0], |x| vec![if x[0] < x[1] { x[0] * x[1] } else { x[0] }]).unwrap();
    let missing = SparseOptions { outputs: Some(vec![0, 1]), ..SparseOptions::default() };
    let error = SparseJacobian::with(&program, &missing).unwrap_err();
    assert_eq!(error.to_string(), "output 1 was asked for, but the tape has 1 outputs, counted from 0");
    assert!(SparseHessian::with(&program, &missing).is_err());
    let hessian = SparseHessian::new(&program);
    let mut work = Work::new();
    let mut values = [f64::NAN];
    assert!(hessian.values_into(&mut work, &[1.0, 2.0], &[1.0], &mut []).is_err());
    assert!(hessian.values_into(&mut work, &[1.0, 2.0], &[], &mut values).is_err());
    assert!(hessian.values_into(&mut work, &[1.0], &[1.0], &mut values).is_err());
    assert!(hessian.values_into(&mut work, &[3.0, 2.0], &[1.0], &mut values).is_err(), "diverged");
    assert!(values[0].is_nan());
    hessian.values_into(&mut work, &[1.0, 2.0], &[3.0], &mut values).unwrap();
    assert_eq!(values, [3.0]);
    // Guards are asked where there is nothing to find too.
    let linear = Program::record(&[1.0, 2.0], |x| vec![if x[0] < x[1] { x[0] } else { x[1] }]).unwrap();
    let hessian = SparseHessian::new(&linear);
    assert_eq!(hessian.report().sweeps, 0);
    assert!(hessian.values_into(&mut work, &[3.0, 2.0], &[1.0], &mut []).is_err());
    let error = NonlinearProgram::new(&Program::record(&[1.0], |_| vec![]).unwrap()).unwrap_err();
    assert_eq!(error, wengert::sparse::SparseError::NoObjective);
}

/// Parameters of the recording, or those that are set; and a workspace that goes from one program to another.
#[test]
fn parameters_and_other_programs() {
    let program = |p: f64| {
        Program::record_with(|s| {
            let (x, p) = (s.inputs(&[1.0, 2.0, 3.0][..]), s.parameter(p));
            s.output(x.windows(2).map(|w| (w[0] * w[1]).square()).sum::<wengert::Var>() * p);
        })
        .unwrap()
    };
    let (two, five) = (program(2.0), program(5.0));
    let mut work = Work::new();
    let x = [1.0, 2.0, 3.0];
    let at = |work: &mut Work, program: &Program| {
        let mut values = [0.0; 5];
        SparseHessian::new(program).values_into(work, &x, &[1.0], &mut values).unwrap();
        let mut slopes = [0.0; 3];
        SparseJacobian::new(program).values_into(work, &x, &mut slopes).unwrap();
        (values[0], slopes[0])
    };
    assert_eq!(at(&mut work, &two), (16.0, 16.0));
    assert_eq!(at(&mut work, &five), (40.0, 40.0));
    five.set_parameters(&mut work, &[1.0]).unwrap();
    assert_eq!(at(&mut work, &five), (8.0, 8.0));
    assert!(five.set_parameters(&mut work, &[1.0, 2.0]).is_err());
}
