//! Steps over chunks of lanes, compiled for each instruction set.
//!
//! A body is written once, over any row of the table, and inlined into functions that may use the instructions of a set; no
//! operation is named. The functions are a table by opcode, made for a set that the machine has.

// The one place with `unsafe`: a function that may use certain instructions is called where the machine has them. `Kernels::of`
// establishes it, and nobody else makes a table.
#![allow(unsafe_code)]

use core::marker::PhantomData;

use wengert_ops::__private::num_traits::Float;
use wengert_ops::{Fast, Lanes, Op, Primitive, Real, Rule, Test, Variadic, Visitor};

use crate::dots;
use crate::exchange::{self, RowsHere};
use crate::frame::{AtLane, AtLanes, FastLanes, Frame, Slots};
use crate::instructions::{InstructionSet, Precision};
use crate::steps::{CodeStep, StepAction};
use crate::sums::{self, GroupSums};
use crate::table::RowTable;
use crate::vector::{Plain, Vectors};

/// What runs a step that reads any number of operands. These may use instructions that not every machine has.
type ManyKernel<F> = unsafe fn(&Frame<'_, F>, &CodeStep, &mut [F]);
type SummedKernel<F> = unsafe fn(&Frame<'_, F>, &CodeStep, &mut GroupSums<'_, F>);
type ComparedKernel<F> = unsafe fn(&Frame<'_, F>, &CodeStep, &mut Failed<'_>);
type LoadKernel<F> =
    for<'a> unsafe fn(&mut Slots<'_, F>, &CodeStep, Option<&'a RowTable<'_, F>>, RowsHere<'a>);
type GiveKernel<F> = unsafe fn(&Frame<'_, F>, &CodeStep, &mut [F], usize, &[u32]);
type OneKernel<F> = unsafe fn(&mut [F], &[F]);
type TwoKernel<F> = unsafe fn(&mut [F], &[F], &[F]);
/// Of two operands, one is uniform.
type TwoUniformKernel<F> = unsafe fn(&mut [F], &[F], F);
type ThreeKernel<F> = unsafe fn(&mut [F], &[F], &[F], &[F]);

/// What runs a row.
#[derive(Clone, Copy)]
enum Kernel<F> {
    One(OneKernel<F>),
    Two(TwoKernel<F>),
    /// Neither operand uniform, the first, the second.
    TwoOrUniform(TwoKernel<F>, TwoUniformKernel<F>, TwoUniformKernel<F>),
    Three(ThreeKernel<F>),
    Many(ManyKernel<F>),
    /// Code has no such step.
    None,
}

/// What runs the steps of one instruction set.
pub(crate) struct Kernels<F> {
    rows: Vec<Kernel<F>>,
    chain: ManyKernel<F>,
    dot: ManyKernel<F>,
    guard: ComparedKernel<F>,
    sum: SummedKernel<F>,
    products: SummedKernel<F>,
    load: LoadKernel<F>,
    give_squares: GiveKernel<F>,
}

impl<F: Vectors> Kernels<F> {
    /// Those of an instruction set, or of the baseline where the machine does not have it.
    pub(crate) fn of<const N: usize>(set: InstructionSet, precision: Precision) -> Self {
        // What is said to be safe below rests on this.
        if !set.is_available() {
            return Self::compiled::<Baseline, N>(precision);
        }
        match set {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => Self::compiled::<Avx2, N>(precision),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => Self::compiled::<Avx512, N>(precision),
            _ => Self::compiled::<Baseline, N>(precision),
        }
    }

    fn compiled<S: Compiled, const N: usize>(precision: Precision) -> Self {
        let kernel = |op: &Op| op.visit(OfRow::<F, S, N>(precision, PhantomData));
        Self {
            rows: Op::ALL.iter().map(kernel).collect(),
            chain: S::chain(),
            dot: S::dot(),
            guard: S::guard(),
            sum: S::sum::<F, N>(),
            products: S::products::<F, N>(),
            load: S::load::<F, N>(),
            give_squares: S::give_squares::<F>(),
        }
    }

    /// Runs a step that writes a slot: an operation, a chain, a dot.
    #[inline(always)]
    pub(crate) fn write(&self, slots: &mut Slots<'_, F>, step: &CodeStep) {
        let (y, beside) = slots.apart(step);
        // SAFETY: the table was made by `of`, for a set of instructions that this machine has.
        unsafe { self.write_apart(y, &beside, step) }
    }

    /// The same, of a slot and what is beside it.
    ///
    /// # Safety
    /// The machine has the instructions that the table was made for.
    #[inline(always)]
    unsafe fn write_apart(&self, y: &mut [F], beside: &Frame<'_, F>, step: &CodeStep) {
        let kernel = match step.action {
            StepAction::Row(op) => self.rows[op as usize],
            StepAction::Chain { .. } => Kernel::Many(self.chain),
            StepAction::Dot => Kernel::Many(self.dot),
            _ => return,
        };
        // SAFETY: the caller's word, of each of these.
        unsafe {
            match (kernel, beside.reads(step)) {
                (Kernel::Many(kernel), _) => kernel(beside, step, y),
                (Kernel::One(kernel), [a]) => kernel(y, beside.slot(*a)),
                (Kernel::TwoOrUniform(_, first, _), [a, b]) if a.is_uniform() => {
                    first(y, beside.slot(*b), beside.uniform(*a));
                }
                (Kernel::TwoOrUniform(_, _, second), [a, b]) if b.is_uniform() => {
                    second(y, beside.slot(*a), beside.uniform(*b));
                }
                (Kernel::Two(kernel) | Kernel::TwoOrUniform(kernel, ..), [a, b]) => {
                    kernel(y, beside.slot(*a), beside.slot(*b));
                }
                (Kernel::Three(kernel), [a, b, c]) => {
                    kernel(y, beside.slot(*a), beside.slot(*b), beside.slot(*c));
                }
                _ => {}
            }
        }
    }

    /// Runs a step that adds to sums.
    #[inline(always)]
    pub(crate) fn add(&self, slots: &Slots<'_, F>, step: &CodeStep, sums: &mut GroupSums<'_, F>) {
        let kernel = if matches!(step.action, StepAction::Sum(_)) { self.sum } else { self.products };
        // SAFETY: the table was made by `of`, for a set of instructions that this machine has.
        unsafe { kernel(&slots.frame(), step, sums) }
    }

    /// Runs a step that loads columns of a table.
    #[inline(always)]
    pub(crate) fn load(
        &self,
        slots: &mut Slots<'_, F>,
        step: &CodeStep,
        table: Option<&RowTable<'_, F>>,
        rows: RowsHere<'_>,
    ) {
        // SAFETY: the table was made by `of`, for a set of instructions that this machine has.
        unsafe { (self.load)(slots, step, table, rows) }
    }

    /// Runs a step that gives outputs of rows.
    #[inline(always)]
    pub(crate) fn give(
        &self,
        slots: &Slots<'_, F>,
        step: &CodeStep,
        y: &mut [F],
        width: usize,
        list: &[u32],
    ) {
        if matches!(step.action, StepAction::Give { .. }) {
            return exchange::give(&slots.frame(), step, y, width, list);
        }
        // SAFETY: the table was made by `of`, for a set of instructions that this machine has.
        unsafe { (self.give_squares)(&slots.frame(), step, y, width, list) }
    }

    /// Runs a step that compares.
    #[inline(always)]
    pub(crate) fn compare(&self, slots: &Slots<'_, F>, step: &CodeStep, failed: &mut Failed<'_>) {
        // SAFETY: the table was made by `of`, for a set of instructions that this machine has.
        unsafe { (self.guard)(&slots.frame(), step, failed) }
    }
}

/// An instruction set as a type: bodies compiled for it.
trait Compiled {
    fn many<R: Variadic, F: Primitive, const N: usize>() -> ManyKernel<F>;
    fn chain<F: Vectors>() -> ManyKernel<F>;
    fn dot<F: Vectors>() -> ManyKernel<F>;
    fn guard<F: Primitive>() -> ComparedKernel<F>;
    fn sum<F: Vectors, const N: usize>() -> SummedKernel<F>;
    fn products<F: Vectors, const N: usize>() -> SummedKernel<F>;
    fn load<F: Vectors, const N: usize>() -> LoadKernel<F>;
    fn give_squares<F: Vectors>() -> GiveKernel<F>;
    fn one<R: Rule<A>, F: Primitive, const A: usize>() -> OneKernel<F>;
    fn one_fast<R: Rule<A>, F: Primitive, const A: usize>() -> OneKernel<F>;
    fn many_fast<R: Variadic, F: Primitive, const N: usize>() -> ManyKernel<F>;
    fn two<R: Rule<A>, F: Primitive, const A: usize>() -> TwoKernel<F>;
    fn first_uniform<R: Rule<A>, F: Primitive, const A: usize>() -> TwoUniformKernel<F>;
    fn second_uniform<R: Rule<A>, F: Primitive, const A: usize>() -> TwoUniformKernel<F>;
    fn three<R: Rule<A>, F: Primitive, const A: usize>() -> ThreeKernel<F>;
}

/// Operands as those of a row of as many; of another row this is not called.
#[inline(always)]
fn operands<F: Copy, const A: usize, const B: usize>(x: [F; B]) -> [F; A] {
    let (mut all, mut k) = ([x[0]; A], 1);
    while k < A && k < B {
        all[k] = x[k];
        k += 1;
    }
    all
}

macro_rules! tile {
    (Plain $F:ident) => { Plain<$F, 4> };
    (Tile $F:ident) => { $F::Tile };
}

macro_rules! compiled {
    ($($(#[$attribute:meta])* $Set:ident $tile:ident $(with $features:literal)?;)*) => { $(
        $(#[$attribute])*
        struct $Set;
        $(#[$attribute])*
        impl Compiled for $Set {
            fn many<R: Variadic, F: Primitive, const N: usize>() -> ManyKernel<F> {
                $(#[target_feature(enable = $features)])?
                fn run<R: Variadic, F: Primitive, const N: usize>(frame: &Frame<'_, F>, step: &CodeStep, y: &mut [F]) {
                    many::<R, F, N>(frame, step, y);
                }
                run::<R, F, N>
            }
            fn chain<F: Vectors>() -> ManyKernel<F> {
                $(#[target_feature(enable = $features)])?
                fn run<F: Vectors>(frame: &Frame<'_, F>, step: &CodeStep, y: &mut [F]) {
                    dots::chain::<F, F::$Set>(frame, step, y);
                }
                run::<F>
            }
            fn dot<F: Vectors>() -> ManyKernel<F> {
                $(#[target_feature(enable = $features)])?
                fn run<F: Vectors>(frame: &Frame<'_, F>, step: &CodeStep, y: &mut [F]) {
                    dots::dot::<F, F::$Set>(frame, step, y);
                }
                run::<F>
            }
            fn guard<F: Primitive>() -> ComparedKernel<F> {
                $(#[target_feature(enable = $features)])?
                fn run<F: Primitive>(frame: &Frame<'_, F>, step: &CodeStep, failed: &mut Failed<'_>) {
                    guard(frame, step, failed);
                }
                run::<F>
            }
            fn sum<F: Vectors, const N: usize>() -> SummedKernel<F> {
                $(#[target_feature(enable = $features)])?
                fn run<F: Vectors, const N: usize>(frame: &Frame<'_, F>, step: &CodeStep, sums: &mut GroupSums<'_, F>) {
                    sums::whole::<F, F::$Set, N>(frame, step, sums);
                }
                run::<F, N>
            }
            fn products<F: Vectors, const N: usize>() -> SummedKernel<F> {
                $(#[target_feature(enable = $features)])?
                fn run<F: Vectors, const N: usize>(frame: &Frame<'_, F>, step: &CodeStep, sums: &mut GroupSums<'_, F>) {
                    sums::products::<F, F::$Set, N>(frame, step, sums);
                }
                run::<F, N>
            }
            fn load<F: Vectors, const N: usize>() -> LoadKernel<F> {
                $(#[target_feature(enable = $features)])?
                fn run<'a, F: Vectors, const N: usize>(
                    slots: &mut Slots<'_, F>,
                    step: &CodeStep,
                    table: Option<&'a RowTable<'_, F>>,
                    rows: RowsHere<'a>,
                ) {
                    exchange::load::<F, tile!($tile F), N>(slots, step, table, rows);
                }
                run::<F, N>
            }
            fn give_squares<F: Vectors>() -> GiveKernel<F> {
                $(#[target_feature(enable = $features)])?
                fn run<F: Vectors>(frame: &Frame<'_, F>, step: &CodeStep, y: &mut [F], width: usize, list: &[u32]) {
                    exchange::give_squares::<F, tile!($tile F)>(frame, step, y, width, list);
                }
                run::<F>
            }
            fn one<R: Rule<A>, F: Primitive, const A: usize>() -> OneKernel<F> {
                $(#[target_feature(enable = $features)])?
                fn run<R: Rule<A>, F: Primitive, const A: usize>(y: &mut [F], a: &[F]) {
                    let a = &a[..y.len()];
                    for k in 0..y.len() {
                        y[k] = R::value(operands([a[k]]));
                    }
                }
                run::<R, F, A>
            }
            fn one_fast<R: Rule<A>, F: Primitive, const A: usize>() -> OneKernel<F> {
                $(#[target_feature(enable = $features)])?
                fn run<R: Rule<A>, F: Primitive, const A: usize>(y: &mut [F], a: &[F]) {
                    let a = &a[..y.len()];
                    for k in 0..y.len() {
                        y[k] = R::value(operands([Fast(a[k])])).0;
                    }
                    exact_beyond::<R, F, A>(y, a);
                }
                run::<R, F, A>
            }
            fn many_fast<R: Variadic, F: Primitive, const N: usize>() -> ManyKernel<F> {
                $(#[target_feature(enable = $features)])?
                fn run<R: Variadic, F: Primitive, const N: usize>(frame: &Frame<'_, F>, step: &CodeStep, y: &mut [F]) {
                    many_fast::<R, F, N>(frame, step, y);
                }
                run::<R, F, N>
            }
            fn two<R: Rule<A>, F: Primitive, const A: usize>() -> TwoKernel<F> {
                $(#[target_feature(enable = $features)])?
                fn run<R: Rule<A>, F: Primitive, const A: usize>(y: &mut [F], a: &[F], b: &[F]) {
                    let (a, b) = (&a[..y.len()], &b[..y.len()]);
                    for k in 0..y.len() {
                        y[k] = R::value(operands([a[k], b[k]]));
                    }
                }
                run::<R, F, A>
            }
            fn first_uniform<R: Rule<A>, F: Primitive, const A: usize>() -> TwoUniformKernel<F> {
                $(#[target_feature(enable = $features)])?
                fn run<R: Rule<A>, F: Primitive, const A: usize>(y: &mut [F], b: &[F], a: F) {
                    let b = &b[..y.len()];
                    for k in 0..y.len() {
                        y[k] = R::value(operands([a, b[k]]));
                    }
                }
                run::<R, F, A>
            }
            fn second_uniform<R: Rule<A>, F: Primitive, const A: usize>() -> TwoUniformKernel<F> {
                $(#[target_feature(enable = $features)])?
                fn run<R: Rule<A>, F: Primitive, const A: usize>(y: &mut [F], a: &[F], b: F) {
                    let a = &a[..y.len()];
                    for k in 0..y.len() {
                        y[k] = R::value(operands([a[k], b]));
                    }
                }
                run::<R, F, A>
            }
            fn three<R: Rule<A>, F: Primitive, const A: usize>() -> ThreeKernel<F> {
                $(#[target_feature(enable = $features)])?
                fn run<R: Rule<A>, F: Primitive, const A: usize>(y: &mut [F], a: &[F], b: &[F], c: &[F]) {
                    let (a, b, c) = (&a[..y.len()], &b[..y.len()], &c[..y.len()]);
                    for k in 0..y.len() {
                        y[k] = R::value(operands([a[k], b[k], c[k]]));
                    }
                }
                run::<R, F, A>
            }
        }
    )* };
}

compiled! {
    Baseline Plain;
    #[cfg(target_arch = "x86_64")]
    Avx2 Tile with "avx2,fma,bmi2";
    #[cfg(target_arch = "x86_64")]
    Avx512 Tile with "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,bmi2";
}

/// What runs a row.
struct OfRow<F, S, const N: usize>(Precision, PhantomData<(F, S)>);

impl<F: Primitive, S: Compiled, const N: usize> Visitor for OfRow<F, S, N> {
    type Output = Kernel<F>;
    fn input(self) -> Self::Output {
        Kernel::None
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
        // What calls functions gains nothing by other instructions.
        match A {
            1 if R::FAST.is_some() && self.0 == Precision::Fast => Kernel::One(S::one_fast::<R, F, A>()),
            1 if R::WIDE => Kernel::One(S::one::<R, F, A>()),
            1 => Kernel::One(Baseline::one::<R, F, A>()),
            2 if R::WIDE => Kernel::TwoOrUniform(
                S::two::<R, F, A>(),
                S::first_uniform::<R, F, A>(),
                S::second_uniform::<R, F, A>(),
            ),
            2 => Kernel::Two(Baseline::two::<R, F, A>()),
            3 if R::WIDE => Kernel::Three(S::three::<R, F, A>()),
            3 => Kernel::Three(Baseline::three::<R, F, A>()),
            _ => Kernel::None,
        }
    }
    fn variadic<R: Variadic>(self) -> Self::Output {
        if R::FAST && self.0 == Precision::Fast {
            return Kernel::Many(S::many_fast::<R, F, N>());
        }
        Kernel::Many(if R::STRAIGHT { S::many::<R, F, N>() } else { Baseline::many::<R, F, N>() })
    }
    fn foreign(self) -> Self::Output {
        Kernel::None
    }
}

/// A row of any arity, `N` lanes at a time.
#[inline(always)]
fn many<R: Variadic, F: Primitive, const N: usize>(frame: &Frame<'_, F>, step: &CodeStep, y: &mut [F]) {
    let reads = frame.reads(step);
    let data = if const { R::OP.op().describe().data } { frame.data(step) } else { &[] };
    let at = |lane: usize| AtLanes { frame: *frame, reads, data, lane };
    if const { R::STRAIGHT } {
        for (chunk, y) in y.as_chunks_mut::<N>().0.iter_mut().enumerate() {
            *y = Lanes::variadic::<R>(&at(chunk * N)).0;
        }
    } else {
        for (lane, y) in y.iter_mut().enumerate() {
            *y = R::value(&AtLane(at(lane)));
        }
    }
}

/// The same at fast functions.
#[inline(always)]
fn many_fast<R: Variadic, F: Primitive, const N: usize>(frame: &Frame<'_, F>, step: &CodeStep, y: &mut [F]) {
    let reads = frame.reads(step);
    let data = if const { R::OP.op().describe().data } { frame.data(step) } else { &[] };
    for (chunk, y) in y.as_chunks_mut::<N>().0.iter_mut().enumerate() {
        let operands = FastLanes(AtLanes { frame: *frame, reads, data, lane: chunk * N });
        let fast: Lanes<Fast<F>, N> = Lanes::variadic::<R>(&operands);
        let mut lane = 0;
        while lane < N {
            y[lane] = fast.0[lane].0;
            lane += 1;
        }
    }
}

/// Gives lanes whose operand is beyond what a row's fast function takes the value of the float.
#[inline(always)]
fn exact_beyond<R: Rule<A>, F: Primitive, const A: usize>(y: &mut [F], a: &[F]) {
    let limit = const {
        match R::FAST {
            Some(limit) => limit,
            None => f64::INFINITY,
        }
    };
    if limit < f64::INFINITY {
        let limit = F::of(limit);
        let beyond = a.iter().fold(false, |any, a| any | (Float::abs(*a) > limit));
        if beyond {
            exact_at::<R, F, A>(y, a, limit);
        }
    }
}

/// Seldom, and not worth the instructions of a set.
#[cold]
#[inline(never)]
fn exact_at<R: Rule<A>, F: Primitive, const A: usize>(y: &mut [F], a: &[F], limit: F) {
    for (y, a) in y.iter_mut().zip(a) {
        if Float::abs(*a) > limit {
            *y = R::value(operands([*a]));
        }
    }
}

/// What is compared with, and the first guard that each row has failed.
pub(crate) struct Failed<'a> {
    pub(crate) tests: &'a [Test],
    pub(crate) by_row: &'a mut [u32],
}

/// A comparison.
#[inline(always)]
fn guard<F: Primitive>(frame: &Frame<'_, F>, step: &CodeStep, failed: &mut Failed<'_>) {
    let StepAction::Guard(guard) = step.action else { return };
    let [a, b] = *frame.reads(step) else { return };
    let rows = failed.by_row.iter_mut();
    macro_rules! each {
        (|$a:ident, $b:ident| $fails:expr) => {
            for (lane, failed) in rows.enumerate() {
                let ($a, $b) = (frame.lane(a, lane), frame.lane(b, lane));
                *failed = if $fails { (*failed).min(guard) } else { *failed };
            }
        };
    }
    match failed.tests[guard as usize] {
        Test::Less(was) => each!(|a, b| (a < b) != was),
        Test::LessEqual(was) => each!(|a, b| (a <= b) != was),
        Test::Greater(was) => each!(|a, b| (a > b) != was),
        Test::GreaterEqual(was) => each!(|a, b| (a >= b) != was),
        Test::Equal(was) => each!(|a, b| (a == b) != was),
        test => each!(|a, b| !test.holds(a.wide(), b.wide())),
    }
}
