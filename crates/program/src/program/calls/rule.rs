//! Users' rules at any number type: by way of their partials, recorded once as a program.
//!
//! [`Own`] is the rule that stands for all of them: a number type reads it as any row of the table, and so has every mode,
//! second order and Taylor series included. Which rule it stands for is known to the thread while it is read ([`StandIn`]).

use core::any::Any;
use core::cell::RefCell;
use std::sync::OnceLock;

use wengert_ops::{Listed, PartialKind, Primitive, Reads, Real, Rule};
use wengert_tape::Recorded;
use wengert_tape::call::{OwnRule, StandIn, cast};

use crate::program::handle::Program;
use crate::run::RunState;

/// What is derived of a rule: `(x, y) ↦ ∂φ/∂x` and, for rules that say so, `x ↦ φ(x)` of other operations.
#[derive(Default)]
struct Derived {
    partials: OnceLock<Option<Program>>,
    series: OnceLock<Option<Program>>,
}

fn array<T: Real, const A: usize>(x: &[T]) -> [T; A] {
    x.try_into().unwrap_or([T::lit(f64::NAN); A])
}

/// The value at any number type.
pub(super) fn value<T: Real>(rule: &'static OwnRule, x: &[T]) -> T {
    fn fixed<T: Real, const A: usize>(x: &[T], reads_output: bool) -> T {
        let x = array::<T, A>(x);
        if reads_output { T::fixed::<Own<A, true>, A>(x) } else { T::fixed::<Own<A, false>, A>(x) }
    }
    let _current = StandIn::new(rule);
    match x.len() {
        1 => fixed::<T, 1>(x, rule.reads_output()),
        2 => fixed::<T, 2>(x, rule.reads_output()),
        3 => fixed::<T, 3>(x, rule.reads_output()),
        _ => fixed::<T, { OwnRule::MOST }>(x, rule.reads_output()),
    }
}

/// Operands and partials of a rule as those of another number type.
fn by<T: Real, F: Real>(
    f: impl Fn(&[F], F, &mut [F]),
    x: &[T],
    y: F,
    read: impl Fn(T) -> Option<F>,
    write: impl Fn(F) -> Option<T>,
    partials: &mut [T],
) {
    let mut at = [F::lit(0.0); OwnRule::MOST];
    let mut found = [F::lit(0.0); OwnRule::MOST];
    for (at, x) in at.iter_mut().zip(x) {
        *at = read(*x).unwrap_or(*at);
    }
    f(&at[..x.len()], y, &mut found[..x.len()]);
    for (partial, found) in partials.iter_mut().zip(found) {
        *partial = write(found).unwrap_or(*partial);
    }
}

/// The partials at any number type.
pub(super) fn partials<T: Real>(rule: &'static OwnRule, x: &[T], y: T, partials: &mut [T]) {
    use wengert_tape::call::{of_variable, variable};
    if let Some(y) = cast::<T, f64>(y) {
        by(|x, y, p| rule.partials(x, y, p), x, y, cast, cast, partials);
    } else if let Some(y) = cast::<T, f32>(y) {
        by(|x, y, p| rule.partials_f32(x, y, p), x, y, cast, cast, partials);
    } else if let Some(y) = variable(y) {
        let write = |p: Recorded| Some(of_variable(p.0));
        let record = |x: &[Recorded], y, p: &mut [Recorded]| rule.partials_recorded(x, y, p);
        by(record, x, Recorded(y), |x| variable(x).map(Recorded), write, partials);
    } else {
        let program = rule.derived(Derived::default).and_then(|derived| {
            let made = derived.partials.get_or_init(|| {
                let arity = rule.arity();
                let made = Program::record(&vec![1.0; arity + 1], |x| {
                    let x: Vec<Recorded> = x.iter().copied().map(Recorded).collect();
                    let mut partials = x[..arity].to_vec();
                    rule.partials_recorded(&x[..arity], x[arity], &mut partials);
                    partials.iter().map(|p| p.0).collect::<Vec<_>>()
                });
                made.ok().map(|program| program.optimized())
            });
            made.as_ref()
        });
        let mut operands = [y; OwnRule::MOST + 1];
        operands[..x.len()].copy_from_slice(x);
        run(program, &operands[..=x.len()], partials);
    }
}

/// Runs a program of the partials, in memory of the thread's; NaN where there is none.
fn run<T: Real>(program: Option<&Program>, x: &[T], y: &mut [T]) {
    thread_local! {
        /// Memory that nobody is using.
        static SPARE: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
    }
    y.fill(T::lit(f64::NAN));
    let Some(program) = program else { return };
    let found = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        let of = |run: &Box<dyn Any>| run.downcast_ref::<RunState<T>>().is_some_and(|run| program.owns(run));
        let place = spare.iter().position(of)?;
        spare.swap_remove(place).downcast::<RunState<T>>().ok()
    });
    let mut run = found.ok().flatten().unwrap_or_default();
    // It has no guards, and is given what it takes: a run cannot fail. Should it, NaN stays.
    if program.evaluate_in(&mut run, x).is_ok() {
        let _ = program.outputs_of(&run, y);
    }
    let _ = SPARE.try_with(|spare| spare.borrow_mut().push(run));
}

/// The rule that stands for the current one, of `A` operands; `O` where its partials read the result.
struct Own<const A: usize, const O: bool>;

impl<const A: usize, const O: bool> Rule<A> for Own<A, O> {
    const NAME: &'static str = "own";
    const STANDS_IN: bool = true;
    const OP: Option<Listed<Self>> = None;
    const KINDS: [PartialKind; A] = [PartialKind::Saved; A];
    const READS: Reads<A> = Reads { operands: [true; A], output: O };

    fn value<F: Primitive>(x: [F; A]) -> F {
        let Some(rule) = StandIn::current() else { return F::of(f64::NAN) };
        match cast::<[F; A], [f32; A]>(x) {
            Some(x) => F::of(f64::from(rule.value_f32(&x))),
            None => F::of(rule.value(&x.map(F::wide))),
        }
    }

    fn partials<T: Real>(x: [T; A], y: T) -> [T; A] {
        let mut found = [T::lit(f64::NAN); A];
        if let Some(rule) = StandIn::current() {
            partials(rule, &x, y, &mut found);
        }
        found
    }

    fn series<T: Real>(x: [T; A]) -> Option<T> {
        let rule = StandIn::current()?;
        let program = rule.derived(Derived::default)?.series.get_or_init(|| {
            let mut found = false;
            let made = Program::record(&[1.0; A], |x| {
                let x: Vec<Recorded> = x.iter().copied().map(Recorded).collect();
                let y = rule.series_recorded(&x);
                found = y.is_some();
                y.iter().map(|y| y.0).collect::<Vec<_>>()
            });
            made.ok().filter(|_| found)
        });
        let mut y = [T::lit(f64::NAN)];
        run(Some(program.as_ref()?), &x, &mut y);
        Some(y[0])
    }
}
