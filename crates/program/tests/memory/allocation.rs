//! Memory: a recorder that has seen a recording allocates nothing for the next one like it, and what it holds is
//! close to what its nodes must take.

use wengert_ops::{Real, rule};
use wengert_program::{NonlinearProgram, Program, Recovery, SparseHessian, SparseOptions, Work};
use wengert_tape::call::{Callee, Opaque};
use wengert_tape::{Recorder, Session, Var};

use crate::counting::{allocated, allocations};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A function of everything that memory is needed for: iterators' sums within iterators' sums, n-ary operations
/// with and without constants among their operands, many constants, operations of one to three operands,
/// comparisons, outputs.
fn everything(s: &Session<'_>, x: &[Var], data: &[Var]) -> Var {
    let nested: Var = x
        .iter()
        .map(|a| x.iter().map(|b| (*a * *b).sin()).sum::<Var>() + x.iter().copied().product::<Var>())
        .sum();
    let dots = Var::dot(x, data) + Var::dot(x, x) + Var::sum_squares(x) + Var::logsumexp(x);
    let constants: Var = (0..100).map(|k| x[0] * f64::from(k) + 0.5 / x[1]).sum();
    let mut y = nested + dots * constants;
    if y > 0.0 && x[0] < x[1] {
        y = y.mul_add(x[2], x[3]).powi(3).hypot(x[4]);
    }
    y = Var::select(x[0], y.max(x[1]), 2.0).clamp(-1e99, 1e99) / x[1].exp();
    let three = Var::constant(1.0) + 2.0;
    s.output(y * three + wengert::linear::sum(data))
}

#[test]
fn a_recorder_reused_allocates_nothing() -> Outcome {
    let mut recorder = Recorder::new();
    let (mut point, mut x, mut gradient) = ([0.0; 7], Vec::new(), Vec::new());
    let data: Vec<Var> = (0..7).map(|k| Var::constant(f64::from(k) + 0.25)).collect();
    let mut counts = Vec::new();
    for round in 0..5 {
        for (k, coordinate) in point.iter_mut().enumerate() {
            *coordinate = 0.1 * (k + 1) as f64 + 0.01 * f64::from(round);
        }
        let (swept, count) = allocations(|| -> Outcome {
            x.clear();
            let y = recorder.record(|s| {
                s.inputs_into(&point, &mut x);
                everything(s, &x, &data)
            })?;
            let adjoints = recorder.reverse(y)?;
            gradient.clear();
            gradient.extend(adjoints.inputs());
            assert_eq!(adjoints.of(x[0])?, gradient[0]);
            Ok(())
        });
        swept?;
        assert!(gradient.iter().all(|slope| slope.is_finite() && *slope != 0.0), "{gradient:?}");
        counts.push(count);
    }
    assert!(counts[0] > 0, "the allocator counts nothing");
    assert_eq!(counts[1..], [0; 4]);
    assert!(recorder.tape().len() > 400 && recorder.tape().guards().len() == 2);
    Ok(())
}

/// A shorter recording, one that fails, and one that panics leave the memory as it was too.
#[test]
fn shorter_recordings_and_errors_keep_the_memory() -> Outcome {
    fn chain(recorder: &mut Recorder, nodes: usize) -> Outcome {
        let y = recorder.record(|s| (1..nodes).fold(s.input(0.5), |y, _| y.sin() * 1.5))?;
        recorder.reverse(y)?;
        Ok(())
    }
    let mut recorder = Recorder::new();
    chain(&mut recorder, 10_000)?;
    let old = recorder.record(|s| s.input(1.0))?;
    let (error, count) = allocations(|| recorder.record(|s| (s.input(2.0) + old).value()));
    assert!(error.is_err());
    assert_eq!(count, 0, "an error allocates");
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        recorder.record(|s| -> Var { panic!("with {}", s.input(1.0)) })
    }));
    assert!(caught.is_err());
    for nodes in [10, 9_999, 10_000] {
        let (swept, count) = allocations(|| chain(&mut recorder, nodes));
        swept?;
        assert_eq!(count, 0, "{nodes} nodes after 10,000");
    }
    Ok(())
}

/// What the nodes of a recording must take: an opcode, 4 bytes an operand, a value, an adjoint, and 8 bytes for
/// each partial that is saved.
fn needed(recorder: &Recorder) -> usize {
    let tape = recorder.tape();
    let node = |node| {
        let operands = tape.operands(node).map_or(0, |operands| operands.len());
        let saved = tape.op(node).map_or(0, |op| op.info().saved());
        1 + 4 * operands + 8 + 8 + 8 * saved
    };
    // An input stands in the list of inputs too.
    tape.nodes().map(node).sum::<usize>() + size_of_val(tape.inputs())
}

fn rosenbrock(s: &Session<'_>) -> Var {
    let point: Vec<f64> = (0..2_000).map(|k| f64::from(k % 7) * 0.3).collect();
    let x = s.inputs(point.as_slice());
    x.windows(2)
        .fold(Var::constant(0.0), |sum, w| sum + 100.0 * (w[1] - w[0] * w[0]).powi(2) + (1.0 - w[0]).square())
}

/// Layers of n-ary dots, weights and all.
fn network(s: &Session<'_>) -> Var {
    const WIDEST: usize = 40;
    let weights: Vec<f64> = (0..3 * WIDEST * WIDEST).map(|k| (k as f64 * 0.37).sin() * 0.2).collect();
    let weights = s.inputs(weights.as_slice());
    let data: Vec<Var> = (0..WIDEST).map(|k| Var::constant(k as f64 * 0.01)).collect();
    let out = weights.chunks(WIDEST * WIDEST).fold(data, |layer, weights| {
        weights.chunks(WIDEST).map(|row| Var::dot(row, &layer).tanh()).collect()
    });
    Var::sum_squares(&out)
}

#[test]
fn what_a_recorder_holds_is_what_its_nodes_take() -> Outcome {
    type Function = fn(&Session<'_>) -> Var;
    let functions: [(&str, Function); 5] = [
        ("rosenbrock", rosenbrock),
        ("sines", |s| (0..10_000).fold(s.input(0.5), |y, _| y.sin())),
        ("negations", |s| (0..10_000).fold(s.input(0.5), |y, _| -y)),
        ("sums", |s| (0..10_000).fold(s.input(0.5), |y, _| y + y * 1e-3)),
        ("network", network),
    ];
    for (name, f) in functions {
        let mut recorder = Recorder::new();
        let y = recorder.record(f)?;
        recorder.reverse(y)?;
        assert_eq!(
            recorder.workspace().adjoints().len(),
            recorder.tape().len(),
            "{name}: swept from the end"
        );
        let (bytes, needed) = (recorder.bytes(), needed(&recorder));
        assert!(
            bytes >= needed && bytes as f64 <= 1.1 * needed as f64,
            "{name}: {bytes} bytes where {needed} are needed for {} nodes",
            recorder.tape().len()
        );
    }
    Ok(())
}

#[test]
fn series_of_a_program_allocate_nothing_after_the_first_run() -> Outcome {
    let program = Program::record(&[0.5, 0.7], |x| {
        let y = (x[0] * x[1]).sin() / x[0].hypot(x[1]) + x[0].pow(x[1]);
        vec![y, Var::dot(&[y, x[0]], x) + wengert::linear::sum(x)]
    })?;
    let mut work = Work::new();
    let mut c = [0.0; 14];
    program.taylor_into::<6, _>(&mut work, &[0.5, 0.7], &[1.0, 0.0], &mut c)?;
    let (again, count) =
        allocations(|| program.taylor_into::<6, _>(&mut work, &[0.4, 0.9], &[0.3, 1.0], &mut c));
    again?;
    assert_eq!(count, 0);
    let (along, count) = allocations(|| program.taylor_along_into::<6, _>(&mut work, &[0.1; 14], &mut c));
    along?;
    assert_eq!(count, 0);
    Ok(())
}

rule! {
    /// `a·eᵇ`: a rule of a user's.
    Growth "growth" (a, b) { a * b.exp() } d(a, b => y) { [b.exp(), y] }
}

/// A product, somewhere else.
struct Remote;

impl Opaque for Remote {
    fn name(&self) -> &'static str {
        "remote"
    }
    fn inputs(&self) -> usize {
        2
    }
    fn outputs(&self) -> usize {
        1
    }
    fn is_pure(&self) -> bool {
        true
    }
    fn value(&self, x: &[f64], y: &mut [f64]) -> wengert_tape::call::Outcome {
        y[0] = x[0] * x[1];
        Ok(())
    }
    fn vjp(&self, x: &[f64], _: &[f64], gy: &[f64], gx: &mut [f64]) -> wengert_tape::call::Outcome {
        (gx[0], gx[1]) = (gy[0] * x[1], gy[0] * x[0]);
        Ok(())
    }
}

/// Calls within calls, rows, rules and callbacks.
#[test]
fn calls_allocate_nothing_after_the_first_run() -> Outcome {
    let within = |x: &[Var], remote: &Callee| -> Result<Program, Box<dyn std::error::Error>> {
        let point: Vec<f64> = x.iter().map(|x| x.value()).collect();
        let inner =
            Program::record(&point, |x| vec![x[0] * x[1].sin(), Var::fixed::<Growth, 2>([x[0], x[1]])])?;
        let middle = Program::record(&point, |x| {
            let y = inner.call(x);
            let z = inner.map(&[y[0], y[1], x[0], x[1]], &[]);
            vec![z[0] + z[3], z[1] - z[2]]
        })?;
        Ok(Program::record(&point, |x| {
            let y = middle.call(x);
            let remote = remote.call(&y);
            vec![y[0] * y[1] + remote[0] + Var::fixed::<Growth, 2>([y[0], x[0]])]
        })?)
    };
    let x = [0.5, 0.7].map(Var::constant);
    let program = within(&x, &Callee::opaque(Remote))?;
    let (mut work, mut slopes) = (Work::new(), [0.0_f64; 2]);
    let first = program.gradient_into(&mut work, &[0.5, 0.7], &mut slopes)?;
    assert!(first.is_finite() && slopes.iter().all(|slope| *slope != 0.0));
    let (again, count) = allocations(|| program.gradient_into(&mut work, &[0.4, 0.9], &mut slopes));
    again?;
    assert_eq!(count, 0, "gradient");
    // At dual numbers, without the callback.
    let product = Program::record(&[1.0, 1.0], |x| vec![x[0] * x[1]])?;
    let program = within(&x, &product.named("product", 1))?;
    let (mut work, mut along) = (Work::new(), [0.0; 2]);
    program.hvp_into(&mut work, &[0.5, 0.7], &[1.0, 0.5], &mut slopes, &mut along)?;
    let (again, count) =
        allocations(|| program.hvp_into(&mut work, &[0.4, 0.9], &[0.3, 1.0], &mut slopes, &mut along));
    again?;
    assert_eq!(count, 0, "Hessian times vector");
    Ok(())
}

/// A program of one hub and a chain, with constraints.
fn chain_and_hub(n: usize) -> Result<Program, wengert_program::ProgramError> {
    let x: Vec<f64> = (0..n).map(|k| (k as f64 * 0.37).sin()).collect();
    Program::record(&x, |x| {
        let objective = x.windows(2).map(|w| (w[0] * w[1]).sin() + x[0] * w[1].square()).sum();
        core::iter::once(objective).chain(x.windows(3).map(|w| w[0] * w[1] - w[2].exp())).collect::<Vec<_>>()
    })
}

#[test]
fn a_sparse_plan_run_again_allocates_nothing() -> Outcome {
    let program = chain_and_hub(100)?;
    let problem = NonlinearProgram::new(&program)?;
    let options = SparseOptions { recovery: Recovery::Substitution, ..SparseOptions::default() };
    let substituted = SparseHessian::with(&program, &options)?;
    let (mut work, mut sparse) = (Work::new(), Work::new());
    let (mut x, lambda) = (program.point().to_vec(), vec![0.5; problem.constraints()]);
    let (mut gradient, mut g) = (vec![0.0; x.len()], lambda.clone());
    let mut jacobian = vec![0.0; problem.jacobian().nonzeros()];
    let mut hessian = vec![0.0; problem.hessian().nonzeros()];
    let weights = [&[1.0], &lambda[..]].concat();
    let mut counts = Vec::new();
    for _ in 0..3 {
        let (ran, count) = allocations(|| -> Outcome {
            problem.eval_f(&mut work, &x)?;
            problem.eval_grad_f(&mut work, &x, &mut gradient)?;
            problem.eval_g(&mut work, &x, &mut g)?;
            problem.eval_jac_g(&mut work, &x, &mut jacobian)?;
            problem.eval_h(&mut work, &x, 1.0, &lambda, &mut hessian)?;
            substituted.values_into(&mut sparse, &x, &weights, &mut hessian)?;
            Ok(())
        });
        ran?;
        counts.push(count);
        x[0] += 0.125;
    }
    assert!(counts[0] > 1, "the allocator counts nothing");
    assert_eq!(counts[1..], [0, 0]);
    Ok(())
}

/// All that is allocated while patterns are found, held at once or not, grows with the tape and the patterns: a table of all
/// pairs of inputs would take 32 MB of bits.
#[test]
fn a_pattern_takes_memory_in_proportion() -> Outcome {
    let program = chain_and_hub(16_000)?;
    let tape = program.tape();
    let ((hessian, jacobian), [_, bytes]) = allocated(|| (tape.hessian_pattern(), tape.jacobian_pattern()));
    assert!(bytes < 150 * tape.len(), "{bytes} bytes for {} nodes", tape.len());
    assert!(hessian.nonzeros() < 80_000 && jacobian.nonzeros() < 80_000);
    assert!(bytes < 16_000 * 16_000 / 8, "{bytes} bytes");
    Ok(())
}

/// A recorder that is used again allocates nothing; what another recording left behind is gone.
#[test]
fn data_take_no_memory_anew() -> Outcome {
    let numbers =
        |count: u32, step: f64| -> Vec<f64> { (0..count).map(|k| (step * f64::from(k)).sin()).collect() };
    let (a, b) = (numbers(200, 0.3), numbers(40, 0.9));
    let mut recorder = Recorder::new();
    let (mut x, mut y) = (Vec::new(), Vec::new());
    let mut counts = Vec::new();
    for round in 0..4 {
        let (recorded, count) = allocations(|| {
            recorder.record(|s| {
                x.clear();
                s.inputs_into(&[0.1, 0.2, 0.3, 0.4, 0.5 + f64::from(round)], &mut x);
                wengert::linear::weighted_sums_into(&a, &x, &mut y);
                y.push(Var::weighted_sum(&y, &b));
                Var::distance_squared_to(&y[..40], &b) + y[40]
            })
        });
        recorder.reverse(recorded?)?;
        counts.push(count);
    }
    assert_eq!(counts[1..], [0; 3]);
    recorder.record(|s| s.output(s.input(1.0).sin()))?;
    assert_eq!(recorder.tape().dump().full().to_string().lines().count(), 5);
    Ok(())
}
