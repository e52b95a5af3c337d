//! Rules that a user wrote, on tapes: erased to the floats and the recorder, and read at every other number type by way of
//! their partials, recorded once as a program.
//!
//! [`Own`] is the rule that stands for all of them: a number type reads it as any row of the table, and so has every mode,
//! second order and Taylor series included. Which rule it stands for is known to the thread while it is read ([`Current`]).

use core::any::{Any, TypeId};
use core::cell::{Cell, RefCell};
use core::panic::Location;
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use wengert_ops::{Listed, PartialKind, Primitive, Reads, Real, Rule, Structure};

use super::number::{cast, of_variable, variable};
use crate::program::Program;
use crate::recorded::Recorded;
use crate::var::Var;
use crate::workspace::Workspace;

/// Operands of a rule that is recorded, at most.
pub(crate) const MOST: usize = 4;

/// A rule of a user's, erased.
pub(crate) struct OwnRule {
    pub(super) name: &'static str,
    pub(super) version: u32,
    pub(super) arity: usize,
    reads_output: bool,
    value: fn(&[f64]) -> f64,
    value_f32: fn(&[f32]) -> f32,
    partials: fn(&[f64], f64, &mut [f64]),
    partials_f32: fn(&[f32], f32, &mut [f32]),
    recorded: fn(&[Recorded], Recorded, &mut [Recorded]),
    series: fn(&[Recorded]) -> Option<Recorded>,
    pub(super) structure: fn() -> Structure,
    /// `(x, y) ↦ ∂φ/∂x` and, for rules that say so, `x ↦ φ(x)` of other operations.
    partials_program: OnceLock<Option<Program>>,
    series_program: OnceLock<Option<Program>>,
}

/// Operands as an array; of another number, NaN, which no caller gives.
fn array<T: Real, const A: usize>(x: &[T]) -> [T; A] {
    x.try_into().unwrap_or([T::lit(f64::NAN); A])
}

fn value_at<F: Primitive, R: Rule<A>, const A: usize>(x: &[F]) -> F {
    R::value(array(x))
}

fn partials_at<T: Real, R: Rule<A>, const A: usize>(x: &[T], y: T, partials: &mut [T]) {
    partials.copy_from_slice(&R::partials(array(x), y));
}

impl OwnRule {
    /// The rule of a type: one for each, for good.
    pub(crate) fn of<R: Rule<A>, const A: usize>() -> &'static Self {
        static KNOWN: OnceLock<Mutex<HashMap<TypeId, &'static OwnRule>>> = OnceLock::new();
        thread_local! {
            /// Those that this thread has met.
            static MET: RefCell<Vec<(TypeId, &'static OwnRule)>> = const { RefCell::new(Vec::new()) };
        }
        let id = TypeId::of::<R>();
        let met = MET.try_with(|met| met.borrow().iter().find(|(met, _)| *met == id).map(|(_, rule)| *rule));
        if let Ok(Some(rule)) = met {
            return rule;
        }
        let known = KNOWN.get_or_init(Mutex::default);
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let rule = *known.entry(id).or_insert_with(|| {
            Box::leak(Box::new(Self {
                name: R::NAME,
                version: R::VERSION,
                arity: A,
                reads_output: R::READS.output,
                value: value_at::<f64, R, A>,
                value_f32: value_at::<f32, R, A>,
                partials: partials_at::<f64, R, A>,
                partials_f32: partials_at::<f32, R, A>,
                recorded: partials_at::<Recorded, R, A>,
                series: |x| R::series(array(x)),
                structure: Structure::of::<R, A>,
                partials_program: OnceLock::new(),
                series_program: OnceLock::new(),
            }))
        });
        let _ = MET.try_with(|met| met.borrow_mut().push((id, rule)));
        rule
    }

    /// The value at any number type.
    pub(super) fn at<T: Real>(&'static self, x: &[T]) -> T {
        fn fixed<T: Real, const A: usize>(x: &[T], reads_output: bool) -> T {
            let x = array::<T, A>(x);
            if reads_output { T::fixed::<Own<A, true>, A>(x) } else { T::fixed::<Own<A, false>, A>(x) }
        }
        let _current = Current::new(self);
        match x.len() {
            1 => fixed::<T, 1>(x, self.reads_output),
            2 => fixed::<T, 2>(x, self.reads_output),
            3 => fixed::<T, 3>(x, self.reads_output),
            _ => fixed::<T, MOST>(x, self.reads_output),
        }
    }

    /// The partials at any number type.
    pub(super) fn partials<T: Real>(&'static self, x: &[T], y: T, partials: &mut [T]) {
        /// By a function of that number type.
        fn by<T: Real, F: Real>(
            f: fn(&[F], F, &mut [F]),
            x: &[T],
            y: F,
            read: impl Fn(T) -> Option<F>,
            write: impl Fn(F) -> Option<T>,
            partials: &mut [T],
        ) {
            let mut at = [F::lit(0.0); MOST];
            let mut found = [F::lit(0.0); MOST];
            for (at, x) in at.iter_mut().zip(x) {
                *at = read(*x).unwrap_or(*at);
            }
            f(&at[..x.len()], y, &mut found[..x.len()]);
            for (partial, found) in partials.iter_mut().zip(found) {
                *partial = write(found).unwrap_or(*partial);
            }
        }
        if let Some(y) = cast::<T, f64>(y) {
            by(self.partials, x, y, cast, cast, partials);
        } else if let Some(y) = cast::<T, f32>(y) {
            by(self.partials_f32, x, y, cast, cast, partials);
        } else if let Some(y) = variable(y) {
            let write = |p: Recorded| Some(of_variable(p.0));
            by(self.recorded, x, Recorded(y), |x| variable(x).map(Recorded), write, partials);
        } else {
            let program = self.partials_program.get_or_init(|| {
                let made = Program::record(&vec![1.0; self.arity + 1], |x| {
                    let x: Vec<Recorded> = x.iter().copied().map(Recorded).collect();
                    let mut partials = x[..self.arity].to_vec();
                    (self.recorded)(&x[..self.arity], x[self.arity], &mut partials);
                    partials.iter().map(|p| p.0).collect::<Vec<_>>()
                });
                made.ok().map(|program| program.optimized())
            });
            let mut operands = [y; MOST + 1];
            operands[..x.len()].copy_from_slice(x);
            run(program.as_ref(), &operands[..=x.len()], partials);
        }
    }
}

/// Runs a program of the partials, in memory of the thread's; NaN where there is none.
fn run<T: Real>(program: Option<&Program>, x: &[T], y: &mut [T]) {
    thread_local! {
        /// Workspaces that nobody is using.
        static SPARE: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
    }
    y.fill(T::lit(f64::NAN));
    let Some(program) = program else { return };
    let found = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        let of =
            |work: &Box<dyn Any>| work.downcast_ref::<Workspace<T>>().is_some_and(|work| program.owns(work));
        let place = spare.iter().position(of)?;
        spare.swap_remove(place).downcast::<Workspace<T>>().ok()
    });
    let mut work = found.ok().flatten().unwrap_or_default();
    // It has no guards, and is given what it takes: a run cannot fail. Should it, NaN stays.
    if program.run_for_outputs(&mut work, x).is_ok() {
        let _ = program.outputs_into(&work, y);
    }
    let _ = SPARE.try_with(|spare| spare.borrow_mut().push(work));
}

thread_local! {
    static CURRENT: Cell<Option<&'static OwnRule>> = const { Cell::new(None) };
}

/// While it lives, [`Own`] stands for a rule on this thread.
struct Current(Option<&'static OwnRule>);

impl Current {
    fn new(rule: &'static OwnRule) -> Self {
        Self(CURRENT.replace(Some(rule)))
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

/// The rule that stands for the current one, of `A` operands; `O` where its partials read the result.
pub(crate) struct Own<const A: usize, const O: bool>;

impl<const A: usize, const O: bool> Rule<A> for Own<A, O> {
    const NAME: &'static str = "own";
    const STANDS_IN: bool = true;
    const OP: Option<Listed<Self>> = None;
    const KINDS: [PartialKind; A] = [PartialKind::Saved; A];
    const READS: Reads<A> = Reads { operands: [true; A], output: O };

    fn value<F: Primitive>(x: [F; A]) -> F {
        let Some(rule) = CURRENT.get() else { return F::of(f64::NAN) };
        match cast::<[F; A], [f32; A]>(x) {
            Some(x) => F::of(f64::from((rule.value_f32)(&x))),
            None => F::of((rule.value)(&x.map(F::wide))),
        }
    }

    fn partials<T: Real>(x: [T; A], y: T) -> [T; A] {
        let mut partials = [T::lit(f64::NAN); A];
        if let Some(rule) = CURRENT.get() {
            rule.partials(&x, y, &mut partials);
        }
        partials
    }

    fn series<T: Real>(x: [T; A]) -> Option<T> {
        let rule = CURRENT.get()?;
        let program = rule.series_program.get_or_init(|| {
            let mut found = false;
            let made = Program::record(&[1.0; A], |x| {
                let x: Vec<Recorded> = x.iter().copied().map(Recorded).collect();
                let y = (rule.series)(&x);
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

/// Records a rule's value: a call of it.
#[inline(never)]
pub(crate) fn record<R: Rule<A>, const A: usize>(
    x: [Var; A],
    value: f64,
    at: &'static Location<'static>,
) -> Var {
    if x.iter().all(|x| x.is_constant()) {
        return Var::constant(value);
    }
    if const { R::STANDS_IN } {
        return match CURRENT.get() {
            Some(rule) => super::recording::own_rule(rule, &x, value, at),
            None => Var::constant(f64::NAN),
        };
    }
    super::recording::own_rule(OwnRule::of::<R, A>(), &x, value, at)
}
