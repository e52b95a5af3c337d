//! Random programs that branch, as data: comparisons of intermediate values, loops whose counts depend on data, rounding to
//! integers, beside rows that choose without a branch. Evaluated at any number type.
//!
//! Every value is tame by construction: each step maps bounded numbers to bounded numbers. What is *not* here: the rows of the
//! table, all of which are in the straight-line programs of `program.rs`.

use std::cmp::Ordering;
use std::num::FpCategory;

use num_traits::Float;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wengert::Scalar;

/// One step: pushes one number on the stack. Operands are places on it, taken modulo its height.
#[derive(Clone, Debug)]
enum BranchyStep {
    /// A formula of two numbers.
    Compute(u8, usize, usize),
    /// The last number of one of two blocks.
    If(BranchQuestion, usize, usize, Block, Block),
    /// The sum of a block's last numbers, while a number that shrinks is above a bound.
    While(usize, f64, Block),
    /// A block as often as a number says, rounded to an integer.
    Times(usize, Block),
    /// The number at a place that a number says, rounded to an integer.
    Pick(usize),
}

type Block = Vec<BranchyStep>;

/// What is asked of two numbers.
#[derive(Clone, Copy, Debug)]
enum BranchQuestion {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    Order,
    SignNegative,
    Class,
    Nan,
    Integer,
}

const QUESTIONS: [BranchQuestion; 11] = [
    BranchQuestion::Less,
    BranchQuestion::LessEqual,
    BranchQuestion::Greater,
    BranchQuestion::GreaterEqual,
    BranchQuestion::Equal,
    BranchQuestion::NotEqual,
    BranchQuestion::Order,
    BranchQuestion::SignNegative,
    BranchQuestion::Class,
    BranchQuestion::Nan,
    BranchQuestion::Integer,
];

/// A random program that branches.
#[derive(Clone, Debug)]
pub struct Branchy {
    /// How many inputs it has.
    pub inputs: usize,
    body: Block,
}

impl Branchy {
    /// The program of a seed.
    #[must_use]
    pub fn random(seed: u64) -> Self {
        Self::drawn(&mut ChaCha8Rng::seed_from_u64(seed))
    }

    /// The program that a source of numbers chooses.
    pub fn drawn(rng: &mut impl Rng) -> Self {
        let inputs = rng.random_range(1..6);
        let steps = rng.random_range(1..12);
        Self { inputs, body: block(rng, steps, 3) }
    }

    /// Random points for it: anywhere, near the one before, or at integers, where there are ties, kinks and steps.
    #[must_use]
    pub fn points(&self, seed: u64, count: usize) -> Vec<Vec<f64>> {
        let mut rng = ChaCha8Rng::seed_from_u64(!seed);
        let mut points: Vec<Vec<f64>> = Vec::with_capacity(count);
        for _ in 0..count {
            let kind = rng.random_range(0..4);
            let number = |k: usize| match (kind, points.last()) {
                (0, _) => f64::from(rng.random_range(-3..=3)),
                (1 | 2, Some(last)) => last[k] + rng.random_range(-0.1..0.1),
                _ => rng.random_range(-3.0..3.0),
            };
            let point = (0..self.inputs).map(number).collect();
            points.push(point);
        }
        points
    }

    /// Its value.
    #[must_use]
    pub fn eval<T: Scalar + Float>(&self, x: &[T]) -> T {
        run(&self.body, &mut x.to_vec())
    }
}

fn block<R: Rng>(rng: &mut R, steps: usize, depth: usize) -> Block {
    let step = |rng: &mut R| {
        let (a, b) = (rng.random_range(0..64), rng.random_range(0..64));
        let inner = |rng: &mut R| {
            let steps = rng.random_range(1..5);
            block(rng, steps, depth - 1)
        };
        match rng.random_range(0..if depth == 0 { 7 } else { 12 }) {
            0..=5 => BranchyStep::Compute(rng.random_range(0..12), a, b),
            6 => BranchyStep::Pick(a),
            7..=9 => {
                let question = QUESTIONS[rng.random_range(0..QUESTIONS.len())];
                BranchyStep::If(question, a, b, inner(rng), inner(rng))
            }
            10 => BranchyStep::While(a, rng.random_range(0.3..1.5), inner(rng)),
            _ => BranchyStep::Times(a, inner(rng)),
        }
    };
    (0..steps).map(|_| step(rng)).collect()
}

/// The last number after the steps; what they have pushed is gone again.
fn run<T: Scalar + Float>(steps: &[BranchyStep], stack: &mut Vec<T>) -> T {
    let height = stack.len();
    for step in steps {
        let at = |k: usize| stack[k % stack.len()];
        let y = match step {
            BranchyStep::Compute(formula, a, b) => compute(*formula, at(*a), at(*b)),
            BranchyStep::If(question, a, b, yes, no) => {
                let block = if holds(*question, at(*a), at(*b)) { yes } else { no };
                run(block, stack)
            }
            BranchyStep::While(a, bound, block) => {
                let mut x = at(*a);
                let mut sum = compute(0, x, x);
                while x * x > T::lit(*bound) {
                    x *= T::lit(0.6);
                    stack.push(x);
                    sum = compute(3, sum, run(block, stack));
                    stack.pop();
                }
                sum
            }
            BranchyStep::Times(a, block) => {
                let mut y = at(*a);
                for _ in 0..integer(y).rem_euclid(4) {
                    stack.push(y);
                    y = run(block, stack);
                    stack.pop();
                }
                y
            }
            BranchyStep::Pick(a) => {
                let y = at(*a);
                compute(3, y, at(integer(y).unsigned_abs() as usize))
            }
        };
        stack.push(y);
    }
    let y = stack[stack.len() - 1];
    stack.truncate(height);
    y
}

/// Formulas that keep numbers small, with and without kinks; some choose between operands without a comparison.
fn compute<T: Scalar>(formula: u8, a: T, b: T) -> T {
    let (half, one, two) = (T::lit(0.5), T::lit(1.0), T::lit(2.0));
    match formula {
        0 => (a + b).sin() * two,
        1 => (a * b).tanh(),
        2 => a / (one + b * b),
        3 => (a + b) * half,
        4 => (one + a * a).sqrt() - b * half,
        // Of two numbers: one and the same is given back by a recorder, and dual numbers cannot know.
        5 => a.max(b * one),
        6 => a.min(b * one),
        7 => a.abs() - half,
        8 => T::select(a.floor(), a, b),
        9 => (-a * a).exp() * b,
        10 => a.clamp(-one, one) * b.sqrt().max(half).min(two),
        _ => (a - b).round() * half + (b - a) * half,
    }
}

/// The integer that twice a number is, towards 0; 0 where it is none.
fn integer<T: Float>(x: T) -> i32 {
    (x + x).to_i32().unwrap_or(0)
}

fn holds<T: Float>(question: BranchQuestion, a: T, b: T) -> bool {
    match question {
        BranchQuestion::Less => a < b,
        BranchQuestion::LessEqual => a <= b,
        BranchQuestion::Greater => a > b,
        BranchQuestion::GreaterEqual => a >= b,
        BranchQuestion::Equal => a.floor() == b.floor(),
        BranchQuestion::NotEqual => a.trunc() != b.trunc(),
        BranchQuestion::Order => a.round().partial_cmp(&b.round()) != Some(Ordering::Less),
        BranchQuestion::SignNegative => a.is_sign_negative(),
        BranchQuestion::Class => a.trunc().classify() == FpCategory::Zero,
        BranchQuestion::Nan => (a * b).sqrt().is_nan(),
        BranchQuestion::Integer => a.to_i64() > b.to_i64(),
    }
}
