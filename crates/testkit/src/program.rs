//! Random straight-line programs over every row of the table, as data: evaluated at any number type.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wengert::ops::{Functions, Op, Operands, Real, Rule, Second, Variadic, Visitor};

use crate::points::{same, stops_the_gradient};

/// What a step reads.
#[derive(Clone, Copy, Debug)]
pub enum StepOperand {
    /// An input or an earlier result, by its place on the stack.
    Earlier(usize),
    /// A constant.
    Constant(f64),
}

impl StepOperand {
    /// What is read, where the stack holds these values.
    fn at<T: Real>(self, values: &[T]) -> T {
        match self {
            Self::Earlier(k) => values[k],
            Self::Constant(c) => T::lit(c),
        }
    }
}

/// One operation of a program.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which.
    pub op: Op,
    /// Its operands.
    pub reads: Vec<StepOperand>,
    /// Its data, where the row reads some.
    pub data: Vec<f64>,
}

/// A straight-line program with a point at which every value and partial is tame.
#[derive(Clone, Debug)]
pub struct RandomProgram {
    /// The inputs' values.
    pub point: Vec<f64>,
    /// The operations.
    pub steps: Vec<Step>,
    /// For the last result, the sum over all paths of the products of absolute partials: what rounding errors
    /// of its gradient are to be measured against.
    pub sensitivity: f64,
}

/// Value and partials of a row at `f64`.
struct Sample<'a>(&'a [f64], &'a [f64]);

impl Visitor for Sample<'_> {
    type Output = Option<(f64, Vec<f64>)>;
    fn input(self) -> Self::Output {
        None
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
        let x: [f64; A] = self.0.try_into().ok()?;
        let y = R::value(x);
        Some((y, R::partials(x, y).to_vec()))
    }
    fn variadic<R: Variadic>(self) -> Self::Output {
        let x = Placed(self.0, self.1);
        let y = R::value(&x);
        let mut partials = Vec::new();
        R::partials(&x, y, &mut Vec::new(), |_, p| partials.push(p));
        Some((y, partials))
    }
    fn foreign(self) -> Self::Output {
        None
    }
}

/// A row read at a number type.
struct Apply<'a, T>(&'a [T], &'a [f64]);

impl<T: Functions> Visitor for Apply<'_, T> {
    type Output = Option<T>;
    fn input(self) -> Self::Output {
        None
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
        Some(T::fixed::<R, A>(self.0.try_into().ok()?))
    }
    fn variadic<R: Variadic>(self) -> Self::Output {
        Some(T::variadic::<R>(&Placed(self.0, self.1)))
    }
    fn foreign(self) -> Self::Output {
        None
    }
}

/// An operation of the table at a number type; `None` where it is no row, or has another arity.
pub fn apply<T: Functions>(op: Op, operands: &[T]) -> Option<T> {
    apply_beside(op, operands, &data(operands.len()))
}

/// The same with these data, where the row reads some.
pub fn apply_beside<T: Functions>(op: Op, operands: &[T], data: &[f64]) -> Option<T> {
    op.visit(Apply(operands, data))
}

/// A slice read by index alone, as operands that lie scattered would be, and data.
pub(crate) struct Placed<'a, T>(pub(crate) &'a [T], pub(crate) &'a [f64]);

impl<T: Copy> Operands<T> for Placed<'_, T> {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn get(&self, k: usize) -> T {
        self.0[k]
    }
    fn data(&self) -> &[f64] {
        self.1
    }
}

/// Ordinary data for so many operands, none of them 0.
#[must_use]
pub fn data(count: usize) -> Vec<f64> {
    (0..count).map(|k| 0.7 - 0.31 * (k % 5) as f64).collect()
}

/// A slice as operands of any row of any number: with [`data`] beside them for a row that reads some.
#[derive(Clone, Debug)]
pub struct Beside<'a, T> {
    x: &'a [T],
    data: Vec<f64>,
}

impl<'a, T> Beside<'a, T> {
    /// These operands.
    #[must_use]
    pub fn new(x: &'a [T]) -> Self {
        Self { x, data: data(x.len()) }
    }
}

impl<T: Copy> Operands<T> for Beside<'_, T> {
    fn len(&self) -> usize {
        self.x.len()
    }
    fn get(&self, k: usize) -> T {
        self.x[k]
    }
    fn in_memory(&self) -> bool {
        true
    }
    fn slices(&self, mut f: impl FnMut(&[T])) {
        f(self.x);
    }
    fn data(&self) -> &[f64] {
        &self.data
    }
}

impl RandomProgram {
    /// A program of so many inputs and steps, the same for the same seed.
    ///
    /// Steps are drawn from the whole table; one is taken only where its value and partials are tame, and it does not
    /// stop the gradient by intent, so that gradients can be compared in floating point.
    #[must_use]
    pub fn random(seed: u64, inputs: usize, steps: usize) -> Self {
        Self::drawn(&mut ChaCha8Rng::seed_from_u64(seed), inputs, steps)
    }

    /// The program that a source of numbers chooses.
    ///
    /// The source must not repeat itself for ever: steps are drawn until one is tame.
    pub fn drawn(rng: &mut impl Rng, inputs: usize, steps: usize) -> Self {
        let point: Vec<f64> = (0..inputs).map(|_| rng.random_range(-2.0..2.0)).collect();
        let mut values = point.clone();
        let mut sensitivities = vec![1.0; inputs];
        let mut program = Self { point, steps: Vec::new(), sensitivity: 1.0 };
        while program.steps.len() < steps {
            let op = Op::ALL[rng.random_range(0..Op::ALL.len())];
            let info = op.info();
            let arity = info.arity.map_or_else(|| 2 * rng.random_range(0..5), usize::from);
            let reads: Vec<StepOperand> = (0..arity)
                .map(|k| match (info.second, k) {
                    (Second::Integer, 1) => StepOperand::Constant(f64::from(rng.random_range(0..4))),
                    (Second::Constant, 1) => StepOperand::Constant(rng.random_range(-2.0..3.0)),
                    _ if rng.random_bool(0.1) => StepOperand::Constant(rng.random_range(-2.0..2.0)),
                    // Near the end more often than not, so that programs are deep.
                    _ if rng.random_bool(0.7) => {
                        StepOperand::Earlier(rng.random_range(values.len().saturating_sub(8)..values.len()))
                    }
                    _ => StepOperand::Earlier(rng.random_range(0..values.len())),
                })
                .collect();
            let x: Vec<f64> = reads.iter().map(|r| r.at(&values)).collect();
            // At ties and zeros slopes are conventions, and not limits of differences.
            let tie = (1..x.len()).any(|k| x[..k].contains(&x[k])) || x.contains(&0.0);
            if tie && info.arity.is_some() {
                continue;
            }
            let count = if info.data { arity } else { 0 };
            let data: Vec<f64> = (0..count).map(|_| rng.random_range(-2.0..2.0)).collect();
            let Some((y, partials)) = op.visit(Sample(&x, &data)) else { continue };
            let sensitivity: f64 = reads
                .iter()
                .zip(&partials)
                .map(|(r, p)| if let StepOperand::Earlier(k) = r { sensitivities[*k] * p.abs() } else { 0.0 })
                .sum();
            let tame = !stops_the_gradient(&x, y, &partials)
                && y.abs() < 30.0
                && partials.iter().all(|p| p.abs() < 30.0)
                && sensitivity < 1e6
                && (sensitivity > 1e-6 || rng.random_bool(0.05));
            if tame {
                values.push(y);
                sensitivities.push(sensitivity);
                program.steps.push(Step { op, reads, data });
            }
        }
        program.sensitivity = sensitivities[sensitivities.len() - 1];
        program
    }

    /// The last result, at any number type.
    ///
    /// # Panics
    /// Where `x` has another length than the point.
    pub fn eval<T: Functions>(&self, x: &[T]) -> T {
        let values = self.eval_all(x);
        values[values.len() - 1]
    }

    /// Inputs and all results, at any number type.
    ///
    /// # Panics
    /// Where `x` has another length than the point.
    pub fn eval_all<T: Functions>(&self, x: &[T]) -> Vec<T> {
        assert_eq!(x.len(), self.point.len(), "a point of another program");
        let mut values = x.to_vec();
        for step in &self.steps {
            let operands: Vec<T> = step.reads.iter().map(|r| r.at(&values)).collect();
            values.extend(apply_beside(step.op, &operands, &step.data));
        }
        values
    }

    /// Whether a step at this point makes a number of the sign of a NaN, as `copysign` does: Rust leaves that sign open, so
    /// such a number is not the same in two builds of the same code.
    ///
    /// # Panics
    /// Where `x` has another length than the point.
    #[must_use]
    pub fn reads_the_sign_of_nan(&self, x: &[f64]) -> bool {
        let values = self.eval_all(x);
        self.steps.iter().any(|step| {
            let of_sign = |sign: f64| -> Vec<f64> {
                let signed = |x: f64| if x.is_nan() { f64::NAN.copysign(sign) } else { x };
                step.reads.iter().map(|r| signed(r.at(&values))).collect()
            };
            let [plus, minus] = [1.0, -1.0].map(|sign| apply_beside(step.op, &of_sign(sign), &step.data));
            plus.zip(minus).is_some_and(|(plus, minus)| !same(plus, minus))
        })
    }
}
