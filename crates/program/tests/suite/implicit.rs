//! Functions given by an equation: what a formula for the solution gives, in every mode; errors; names.

use core::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wengert_ops::Scalar;
use wengert_program::{Factorized, Program, Solver, Work, evaluate, implicit};
use wengert_tape::call::{CallError, Callee, Opaque, Outcome, Registry};
use wengert_tape::{GradientError, RecordError, Tape, Var, gradient};

use crate::modes::{close, everywhere};

/// `x² = p`, one unknown.
struct Root;

impl Solver for Root {
    fn name(&self) -> &'static str {
        "root"
    }
    fn solve(&self, p: &[f64], x: &mut [f64]) -> Outcome {
        if p[0] < 0.0 {
            return Err(format!("no root of {}", p[0]).into());
        }
        x[0] = p[0].sqrt();
        Ok(())
    }
}

fn root() -> Callee {
    let equation = Program::record(&[1.0, 1.0], |x| vec![x[0] * x[0] - x[1]]);
    implicit(Root, equation.unwrap()).unwrap()
}

/// Two unknowns by a formula; counts its factorizations.
struct Pair {
    formula: fn(&[f64]) -> Vec<f64>,
    factorized: Arc<AtomicUsize>,
}

/// The inverse of a matrix of two rows.
struct Inverse([f64; 4]);

impl Factorized for Inverse {
    fn solve(&self, b: &mut [f64]) {
        let [m, n, p, q] = self.0;
        (b[0], b[1]) = (m * b[0] + n * b[1], p * b[0] + q * b[1]);
    }
    fn solve_transposed(&self, b: &mut [f64]) {
        let [m, n, p, q] = self.0;
        (b[0], b[1]) = (m * b[0] + p * b[1], n * b[0] + q * b[1]);
    }
}

impl Solver for Pair {
    fn name(&self) -> &'static str {
        "pair"
    }
    fn version(&self) -> u32 {
        2
    }
    fn solve(&self, p: &[f64], x: &mut [f64]) -> Outcome {
        assert_eq!(x, [0.0; 2]);
        x.copy_from_slice(&(self.formula)(p));
        Ok(())
    }
    fn factorize(&self, matrix: &[f64]) -> Result<Box<dyn Factorized>, Box<dyn Error + Send + Sync>> {
        self.factorized.fetch_add(1, Ordering::Relaxed);
        let &[a, b, c, d] = matrix else { return Err("of two unknowns".into()) };
        let det = a * d - b * c;
        if det == 0.0 {
            return Err("the matrix is singular".into());
        }
        Ok(Box::new(Inverse([d / det, -b / det, -c / det, a / det])))
    }
}

/// `x₀x₁ = p₀`, `x₀ = p₁x₁`.
fn product_and_ratio<T: Scalar>(p: &[T]) -> Vec<T> {
    vec![(p[0] * p[1]).sqrt(), (p[0] / p[1]).sqrt()]
}

/// A linear system whose matrix and right-hand side depend on all of `p`.
fn cramer<T: Scalar>(p: &[T]) -> Vec<T> {
    let [a, b, c, d] = [p[0] + T::lit(3.0), p[1], p[0] * p[1], p[2] + T::lit(2.0)];
    let det = a * d - b * c;
    vec![(p[2] * d - b * p[0]) / det, (a * p[0] - c * p[2]) / det]
}

fn pair(
    formula: fn(&[f64]) -> Vec<f64>,
    n: usize,
    equation: fn(&[Var], &[Var]) -> Vec<Var>,
) -> (Callee, Arc<AtomicUsize>) {
    let equation = Program::record(&vec![0.5; 2 + n], |x| equation(&x[..2], &x[2..])).unwrap();
    let factorized = Arc::new(AtomicUsize::new(0));
    let solver = Pair { formula, factorized: Arc::clone(&factorized) };
    (implicit(solver, equation).unwrap(), factorized)
}

fn nonlinear() -> (Callee, Arc<AtomicUsize>) {
    pair(product_and_ratio, 2, |x, p| vec![x[0] * x[1] - p[0], x[0] - p[1] * x[1]])
}

fn linear() -> (Callee, Arc<AtomicUsize>) {
    pair(cramer, 3, |x, p| {
        vec![(p[0] + 3.0) * x[0] + p[1] * x[1] - p[2], p[0] * p[1] * x[0] + (p[2] + 2.0) * x[1] - p[0]]
    })
}

/// With something before and behind, a result not used, and constants among the operands.
fn around<T: Scalar>(p: &[T], solve: impl Fn(&[T]) -> Vec<T>) -> Vec<T> {
    let x = solve(&[p[0] * p[1], p[1] + T::lit(1.0)]);
    let y = solve(&[x[0], T::lit(1.5)]);
    vec![x[1] * p[0] + y[0], x[0].sin()]
}

#[test]
fn solutions_are_what_a_formula_gives() {
    let root = root();
    let found =
        Program::record(&[2.0, 3.0], |p| vec![root.call(&[p[0] * p[1]])[0] + p[1], root.call(&[p[0]])[0]]);
    let expected = Program::record(&[2.0, 3.0], |p| vec![(p[0] * p[1]).sqrt() + p[1], p[0].sqrt()]);
    everywhere(&found.unwrap(), &expected.unwrap(), &[1.5, 0.7]);

    let (callee, _) = nonlinear();
    let found = Program::record(&[2.0, 3.0], |p| around(p, |p| callee.call(p))).unwrap();
    let expected = Program::record(&[2.0, 3.0], |p| around(p, product_and_ratio)).unwrap();
    everywhere(&found, &expected, &[0.9, 1.2]);

    let (callee, _) = linear();
    let found = Program::record(&[0.2, 0.3, 0.4], |p| callee.call(p)).unwrap();
    let expected = Program::record(&[0.2, 0.3, 0.4], cramer).unwrap();
    everywhere(&found, &expected, &[0.5, -0.3, 0.8]);
    // Inside a called program, and in the recording itself.
    let outer = Program::record(&[0.2, 0.3, 0.4], |p| found.call(p)).unwrap();
    everywhere(&outer, &expected, &[0.5, -0.3, 0.8]);
    let a = gradient(&[0.5, -0.3, 0.8], |p| callee.call(&p)[1]).unwrap();
    let b = gradient(&[0.5, -0.3, 0.8], |p| cramer(&p)[1]).unwrap();
    assert_eq!(a.0, b.0);
    close("gradient", &a.1, &b.1);
}

/// A value needs no matrix, and all seeds of a sweep one.
#[test]
fn matrices_are_made_where_they_are_needed() {
    let (callee, factorized) = linear();
    let f = Program::record(&[0.2, 0.3, 0.4], |p| callee.call(p)).unwrap();
    let mut y = [0.0; 2];
    f.values_into(&mut Work::new(), &[0.5, 0.3, 0.8], &mut y).unwrap();
    assert_eq!(factorized.load(Ordering::Relaxed), 0);
    f.jacobian_into(&mut Work::new(), &[0.5, 0.3, 0.8], &mut vec![0.0; f.outputs()], &mut [0.0; 6]).unwrap();
    assert_eq!(factorized.load(Ordering::Relaxed), 1);
}

/// A derivative program calls operations that are made of the equation; each is one however often it is called.
#[test]
fn derivatives_are_named_and_shared() {
    let (callee, _) = nonlinear();
    let f = Program::record(&[2.0, 3.0], |p| around(p, |p| callee.call(p))).unwrap();
    let first = Program::record(&[2.0, 3.0], |p| vec![callee.call(p)[0]]).unwrap();
    let gradient = first.gradient_program().unwrap();
    let names: Vec<String> = gradient.tape().statistics().calls.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["pair/2", "pair:adjoint/2", "pair:equation:vjp/2"]);
    let known = Registry::new().with(callee);
    for program in [
        f.clone(),
        gradient.clone(),
        f.jacobian_program().unwrap().optimized(),
        first.hessian_program().unwrap(),
    ] {
        let text = program.tape().dump().full().to_string();
        assert_eq!(Tape::parse_with(&text, &known).unwrap().0, *program.tape());
    }
    // The same twice is shared.
    let twice = Program::record(&[2.0, 3.0], |p| {
        let mut slopes = [Var::default(); 2];
        let mut sum = vec![Var::from(0.0); 2];
        for _ in 0..2 {
            let mut work = Work::new();
            gradient.run(&mut work, p).unwrap();
            gradient.outputs_into(&work, &mut slopes).unwrap();
            sum.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += slope);
        }
        sum
    });
    let calls = twice.unwrap().optimized().tape().statistics().calls;
    assert!(calls.len() == 3 && calls.iter().all(|(_, count)| *count == 1), "{calls:?}");
}

/// Two unknowns, without a matrix.
struct Several;
impl Solver for Several {
    fn name(&self) -> &'static str {
        "several"
    }
    fn solve(&self, p: &[f64], x: &mut [f64]) -> Outcome {
        x.copy_from_slice(p);
        Ok(())
    }
}

/// Not pure.
struct Dice;
impl Opaque for Dice {
    fn name(&self) -> &'static str {
        "dice"
    }
    fn inputs(&self) -> usize {
        1
    }
    fn outputs(&self) -> usize {
        1
    }
    fn is_pure(&self) -> bool {
        false
    }
    fn value(&self, x: &[f64], y: &mut [f64]) -> Outcome {
        y[0] = x[0];
        Ok(())
    }
    fn vjp(&self, _: &[f64], _: &[f64], gy: &[f64], gx: &mut [f64]) -> Outcome {
        gx[0] = gy[0];
        Ok(())
    }
}

#[test]
fn what_cannot_be_solved_is_an_error() {
    let root = root();
    let f = Program::record(&[1.0], |p| root.call(p)).unwrap();
    assert_eq!(f.gradient(&[-1.0]).unwrap_err().to_string(), "`root` failed: no root of -1");
    let singular = "`root` failed: the matrix is singular: there is no pivot in column 0 (from 0)";
    assert_eq!(f.gradient(&[0.0]).unwrap_err().to_string(), singular);
    let error = gradient(&-1.0, |p| root.call(&[p])[0]).unwrap_err();
    assert!(matches!(error, GradientError::Record(RecordError::Call { .. })), "{error}");
    // The value alone needs no slope.
    assert_eq!(evaluate(&root, &[0.0]).unwrap(), [0.0]);

    let same = Program::record(&[1.0; 4], |x| vec![x[0] - x[2], x[1] - x[3]]).unwrap();
    let several = implicit(Several, same.clone()).unwrap();
    assert_eq!(gradient(&[1.0, 2.0], |p| several.call(&p)[0]).unwrap().1, [1.0, 0.0]);

    let short = Program::record(&[1.0], |x| vec![x[0], x[0] * 2.0]).unwrap();
    let error = implicit(Several, short).unwrap_err();
    assert_eq!(error, CallError::Operands { name: "several".into(), expected: 2, found: 1 });

    let dice = Callee::opaque(Dice);
    let impure = Program::record(&[1.0, 1.0], |x| dice.call(&x[..1])).unwrap();
    let error = implicit(Root, impure).unwrap_err();
    assert!(matches!(&error, CallError::Impure { impure, .. } if impure == "dice"), "{error}");
}
