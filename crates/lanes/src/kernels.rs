//! Steps over chunks of lanes, compiled for each instruction set.
//!
//! A body is written once, over any row of the table, and inlined into functions that may use the instructions of a set; no
//! operation is named. The functions are a table by opcode, made for a set that the machine has.

// The one place with `unsafe`: a function that may use certain instructions is called where the machine has them. `Kernels::of`
// establishes it, and nobody else makes a table.
#![allow(unsafe_code)]

use core::marker::PhantomData;

use wengert_ops::{Functions, Lanes, Op, Primitive, Real, Rule, Test, Variadic, Visitor};

use crate::code::{Action, Lie, Read, Step, word};
use crate::frame::{Body, Frame, Known, Mixed};
use crate::instructions::InstructionSet;
use crate::sums;

/// What runs a step. It may use instructions that not every machine has.
type Kernel<F, const N: usize> = unsafe fn(&Frame<'_, F, N>, &Step);

/// What runs the steps of one instruction set.
pub(crate) struct Kernels<F, const N: usize> {
    rows: Vec<Kernel<F, N>>,
    chain: Kernel<F, N>,
    guard: Kernel<F, N>,
    sum: Kernel<F, N>,
    products: Kernel<F, N>,
}

impl<F: Primitive, const N: usize> Kernels<F, N> {
    /// Those of an instruction set, or of the baseline where the machine does not have it.
    pub(crate) fn of(set: InstructionSet) -> Self {
        // What is said to be safe below rests on this.
        if !set.is_available() {
            return Self::compiled::<Baseline>();
        }
        match set {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => Self::compiled::<Avx2>(),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => Self::compiled::<Avx512>(),
            _ => Self::compiled::<Baseline>(),
        }
    }

    fn compiled<S: Compiled>() -> Self {
        Self {
            rows: Op::ALL.iter().map(|op| op.visit(OfRow::<F, N, S>(PhantomData))).collect(),
            chain: S::kernel::<Chain, F, N>(),
            guard: S::kernel::<Guard, F, N>(),
            sum: S::kernel::<sums::Whole, F, N>(),
            products: S::kernel::<sums::Products, F, N>(),
        }
    }

    /// Runs a step that computes: no loads, outputs or calls.
    #[inline(always)]
    pub(crate) fn run(&self, frame: &Frame<'_, F, N>, step: &Step) {
        let kernel = match step.action {
            Action::Row(op, _) => self.rows[op as usize],
            Action::Chain { .. } => self.chain,
            Action::Guard(_) => self.guard,
            Action::Sum(_) => self.sum,
            Action::Products { .. } => self.products,
            Action::Load { .. } | Action::Call { .. } | Action::Give(_) => return,
        };
        // SAFETY: the table was made by `of`, for a set of instructions that this machine has.
        unsafe { kernel(frame, step) }
    }
}

/// An instruction set as a type: a body compiled for it.
trait Compiled {
    fn kernel<B: Body, F: Primitive, const N: usize>() -> Kernel<F, N>;
}

macro_rules! compiled {
    ($($(#[$attribute:meta])* $Set:ident $(with $features:literal)?;)*) => { $(
        $(#[$attribute])*
        struct $Set;
        $(#[$attribute])*
        impl Compiled for $Set {
            fn kernel<B: Body, F: Primitive, const N: usize>() -> Kernel<F, N> {
                $(#[target_feature(enable = $features)])?
                fn run<B: Body, F: Primitive, const N: usize>(frame: &Frame<'_, F, N>, step: &Step) {
                    B::run(frame, step);
                }
                run::<B, F, N>
            }
        }
    )* };
}

compiled! {
    Baseline;
    #[cfg(target_arch = "x86_64")]
    Avx2 with "avx2,fma,bmi2";
    #[cfg(target_arch = "x86_64")]
    Avx512 with "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,bmi2";
}

/// What runs a row.
struct OfRow<F, const N: usize, S>(PhantomData<(F, S)>);

impl<F: Primitive, const N: usize, S: Compiled> Visitor for OfRow<F, N, S> {
    type Output = Kernel<F, N>;
    fn input(self) -> Self::Output {
        S::kernel::<Nothing, F, N>()
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
        S::kernel::<Fixed<R, A>, F, N>()
    }
    fn variadic<R: Variadic>(self) -> Self::Output {
        S::kernel::<Many<R>, F, N>()
    }
    fn foreign(self) -> Self::Output {
        S::kernel::<Nothing, F, N>()
    }
}

/// No row: code has no such step.
struct Nothing;

impl Body for Nothing {
    fn run<F: Primitive, const N: usize>(_: &Frame<'_, F, N>, _: &Step) {}
}

/// A row of fixed arity.
struct Fixed<R, const A: usize>(PhantomData<R>);

impl<R: Rule<A>, const A: usize> Body for Fixed<R, A> {
    #[inline(always)]
    fn run<F: Primitive, const N: usize>(frame: &Frame<'_, F, N>, step: &Step) {
        let y = frame.slot(step.result as usize);
        let reads = frame.reads(step);
        // Of two operands, one after the other known to be uniform, so that it is read once.
        if let [a, b] = *reads {
            match (a.is_uniform(), b.is_uniform()) {
                (false, false) => {
                    let (a, b) = (frame.slot(a.index()), frame.slot(b.index()));
                    for ((y, a), b) in y.iter().zip(a).zip(b) {
                        y.set(Lanes::fixed::<R, A>(operands([a.get(), b.get()])));
                    }
                }
                (false, true) => {
                    let (a, b) = (frame.slot(a.index()), Lanes::splat(frame.uniform(b)));
                    for (y, a) in y.iter().zip(a) {
                        y.set(Lanes::fixed::<R, A>(operands([a.get(), b])));
                    }
                }
                (true, _) => {
                    let a = Lanes::splat(frame.uniform(a));
                    for (chunk, y) in y.iter().enumerate() {
                        y.set(Lanes::fixed::<R, A>(operands([a, frame.chunk(b, chunk)])));
                    }
                }
            }
            return;
        }
        for (chunk, y) in y.iter().enumerate() {
            let (mut x, mut k) = ([frame.chunk(reads[0], chunk); A], 1);
            while k < A {
                x[k] = frame.chunk(reads[k], chunk);
                k += 1;
            }
            y.set(Lanes::fixed::<R, A>(x));
        }
    }
}

/// Two operands as those of a row of two, which is what this is called for.
#[inline(always)]
fn operands<T: Copy, const A: usize>(x: [T; 2]) -> [T; A] {
    let (mut all, mut k) = ([x[0]; A], 1);
    while k < A {
        all[k] = x[1];
        k += 1;
    }
    all
}

/// A row of any arity.
struct Many<R>(PhantomData<R>);

impl<R: Variadic> Body for Many<R> {
    #[inline(always)]
    fn run<F: Primitive, const N: usize>(frame: &Frame<'_, F, N>, step: &Step) {
        let y = frame.slot(step.result as usize);
        let reads = frame.reads(step);
        let data = if const { R::OP.op().describe().data } {
            &frame.data[step.data as usize..][..reads.len()]
        } else {
            &[]
        };
        let Action::Row(_, lie) = step.action else { return };
        for (chunk, y) in y.iter().enumerate() {
            let mixed = Mixed { frame, reads, data, chunk };
            y.set(match lie {
                Lie::Mixed => Lanes::variadic::<R>(&mixed),
                Lie::InSlots => Lanes::variadic::<R>(&Known::<F, N, false, false>(mixed)),
                Lie::UniformFirst => Lanes::variadic::<R>(&Known::<F, N, true, false>(mixed)),
                Lie::UniformSecond => Lanes::variadic::<R>(&Known::<F, N, false, true>(mixed)),
            });
        }
    }
}

/// A chain of sums.
struct Chain;

/// The sum of a chain's terms at a chunk, with that product for those in which zeros annihilate.
#[inline(always)]
fn chained<F: Primitive, const N: usize>(
    frame: &Frame<'_, F, N>,
    mut reads: &[Read],
    chunk: usize,
    pull: impl Fn(Lanes<F, N>, Lanes<F, N>) -> Lanes<F, N>,
) -> Lanes<F, N> {
    let mut sum: Option<Lanes<F, N>> = None;
    loop {
        let (term, rest) = match *reads {
            [word, a, b, ref rest @ ..] if word.number() != word::WHOLE => {
                let (a, b) = (frame.chunk(a, chunk), frame.chunk(b, chunk));
                let term = match word.number() {
                    word::PULL => pull(a, b),
                    word::PRODUCT => a * b,
                    _ => {
                        sum = Some(match sum {
                            Some(sum) => Functions::mul_add(a, b, sum),
                            None => a * b,
                        });
                        reads = rest;
                        continue;
                    }
                };
                (term, rest)
            }
            [_, a, ref rest @ ..] => (frame.chunk(a, chunk), rest),
            _ => return sum.unwrap_or(Lanes::lit(0.0)),
        };
        sum = Some(match sum {
            Some(sum) => sum + term,
            None => term,
        });
        reads = rest;
    }
}

impl Body for Chain {
    #[inline(always)]
    fn run<F: Primitive, const N: usize>(frame: &Frame<'_, F, N>, step: &Step) {
        let reads = frame.reads(step);
        let careful = step.action == Action::Chain { careful: true };
        for (chunk, y) in frame.slot(step.result as usize).iter().enumerate() {
            // As long as all is finite, zeros need no care but for the sign of a sum that is 0.
            let mut sum = chained(frame, reads, chunk, |a, b| a * b);
            if careful && needs_care(&sum) {
                sum = chained(frame, reads, chunk, Lanes::pull);
            }
            y.set(sum);
        }
    }
}

/// Whether some lane is NaN or −0.
#[inline(always)]
fn needs_care<F: Primitive, const N: usize>(x: &Lanes<F, N>) -> bool {
    let mut any = false;
    for x in &x.0 {
        any |= (*x != *x) | ((*x == F::zero()) & x.is_sign_negative());
    }
    any
}

/// A comparison.
struct Guard;

impl Body for Guard {
    #[inline(always)]
    fn run<F: Primitive, const N: usize>(frame: &Frame<'_, F, N>, step: &Step) {
        let Action::Guard(guard) = step.action else { return };
        let [a, b] = *frame.reads(step) else { return };
        let test = frame.tests[guard as usize];
        for chunk in 0..frame.chunks {
            let (a, b) = (frame.chunk(a, chunk), frame.chunk(b, chunk));
            let fails = match test {
                Test::Less(was) => fails(a, b, |a, b| (a < b) != was),
                Test::LessEqual(was) => fails(a, b, |a, b| (a <= b) != was),
                Test::Greater(was) => fails(a, b, |a, b| (a > b) != was),
                Test::GreaterEqual(was) => fails(a, b, |a, b| (a >= b) != was),
                Test::Equal(was) => fails(a, b, |a, b| (a == b) != was),
                test => fails(a, b, |a, b| !test.holds(a.wide(), b.wide())),
            };
            if fails.contains(&true) {
                for (failed, _) in frame.failed[chunk * N..].iter().zip(fails).filter(|(_, fails)| *fails) {
                    failed.set(failed.get().min(guard));
                }
            }
        }
    }
}

#[inline(always)]
fn fails<F: Primitive, const N: usize>(
    a: Lanes<F, N>,
    b: Lanes<F, N>,
    fails: impl Fn(F, F) -> bool,
) -> [bool; N] {
    let (mut all, mut lane) = ([false; N], 0);
    while lane < N {
        all[lane] = fails(a.0[lane], b.0[lane]);
        lane += 1;
    }
    all
}
