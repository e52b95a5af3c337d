//! Rules that a user wrote, on tapes: erased to the floats and the recorder.
//!
//! Which rule it is that stands in for one which is read at another number type is known to the thread while it is read
//! ([`StandIn`]). How a rule is read at other number types is *not* here: a rule has room for what others derive of it.

use core::any::{Any, TypeId};
use core::cell::{Cell, RefCell};
use core::panic::Location;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use wengert_ops::{Primitive, Real, Rule, Structure};

use super::calling::Results;
use super::calls::{call, call_failed};
use super::recorded::pull;
use crate::error::CallError;
use crate::operation::{Callee, Cost, ForwardAt, Operation, ReverseAt};
use crate::var::{Recorded, Var};

/// A rule of a user's, erased: one for each type, for good.
pub struct OwnRule {
    name: &'static str,
    version: u32,
    arity: usize,
    reads_output: bool,
    value: fn(&[f64]) -> f64,
    value_f32: fn(&[f32]) -> f32,
    partials: fn(&[f64], f64, &mut [f64]),
    partials_f32: fn(&[f32], f32, &mut [f32]),
    recorded: fn(&[Recorded], Recorded, &mut [Recorded]),
    series: fn(&[Recorded]) -> Option<Recorded>,
    structure: fn() -> Structure,
    /// What others derive of it.
    derived: OnceLock<Box<dyn Any + Send + Sync>>,
    /// The operation, shared by all its calls.
    operation: OnceLock<Callee>,
}

/// A rule as an operation.
struct RuleOperation(&'static OwnRule);

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
    /// Operands of a rule that is recorded, at most.
    pub const MOST: usize = 4;

    /// The rule of a type.
    #[must_use]
    pub fn of<R: Rule<A>, const A: usize>() -> &'static Self {
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
                derived: OnceLock::new(),
                operation: OnceLock::new(),
            }))
        });
        let _ = MET.try_with(|met| met.borrow_mut().push((id, rule)));
        rule
    }

    /// The rule that an operation is, if it is one.
    #[must_use]
    pub fn of_callee(callee: &Callee) -> Option<&'static Self> {
        callee.downcast::<RuleOperation>().map(|operation| operation.0)
    }

    /// The operation that calls are of.
    pub fn callee(&'static self) -> &'static Callee {
        self.operation.get_or_init(|| Callee::shared(Arc::new(RuleOperation(self))))
    }

    /// How many operands it has.
    #[must_use]
    pub fn arity(&self) -> usize {
        self.arity
    }

    /// Whether its partials read its value.
    #[must_use]
    pub fn reads_output(&self) -> bool {
        self.reads_output
    }

    /// Its value.
    #[must_use]
    pub fn value(&self, x: &[f64]) -> f64 {
        (self.value)(x)
    }

    /// Its value at `f32`.
    #[must_use]
    pub fn value_f32(&self, x: &[f32]) -> f32 {
        (self.value_f32)(x)
    }

    /// Its partials at operands `x` with the value `y`.
    pub fn partials(&self, x: &[f64], y: f64, partials: &mut [f64]) {
        (self.partials)(x, y, partials);
    }

    /// Its partials at `f32`.
    pub fn partials_f32(&self, x: &[f32], y: f32, partials: &mut [f32]) {
        (self.partials_f32)(x, y, partials);
    }

    /// Its partials, recorded.
    pub fn partials_recorded(&self, x: &[Recorded], y: Recorded, partials: &mut [Recorded]) {
        (self.recorded)(x, y, partials);
    }

    /// Its value by other operations, recorded, where the rule says it.
    #[must_use]
    pub fn series_recorded(&self, x: &[Recorded]) -> Option<Recorded> {
        (self.series)(x)
    }

    /// What is derived of it, made when it is first asked for; there is room for one thing.
    pub fn derived<D: Any + Send + Sync>(&self, make: impl FnOnce() -> D) -> Option<&D> {
        self.derived.get_or_init(|| Box::new(make())).downcast_ref()
    }
}

impl core::fmt::Debug for OwnRule {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("OwnRule")
            .field("name", &self.name)
            .field("arity", &self.arity)
            .finish_non_exhaustive()
    }
}

impl Operation for RuleOperation {
    fn name(&self) -> Cow<'_, str> {
        self.0.name.into()
    }

    fn version(&self) -> u32 {
        self.0.version
    }

    fn inputs(&self) -> usize {
        self.0.arity
    }

    fn outputs(&self) -> usize {
        1
    }

    fn forward(&self, of: &Callee, call: ForwardAt<'_>) -> Result<(), CallError> {
        match call {
            ForwardAt::Double(call) => call.y[0] = self.0.value(call.x),
            ForwardAt::Single(call) => call.y[0] = self.0.value_f32(call.x),
            _ => return Err(of.no_derivative("derivative at this number type outside of a program")),
        }
        Ok(())
    }

    fn reverse(&self, of: &Callee, call: ReverseAt<'_>) -> Result<(), CallError> {
        fn by<T: Real>(gy: &[T], gx: &mut [T], arity: usize, partials: impl Fn(&mut [T])) {
            for (gx, g) in gx.chunks_exact_mut(arity).zip(gy) {
                partials(gx);
                for p in gx {
                    *p = T::pull(*g, *p);
                }
            }
        }
        match call {
            ReverseAt::Double(call) => {
                by(call.gy, call.gx, call.x.len(), |gx| self.0.partials(call.x, call.y[0], gx));
            }
            ReverseAt::Single(call) => {
                by(call.gy, call.gx, call.x.len(), |gx| self.0.partials_f32(call.x, call.y[0], gx));
            }
            _ => return Err(of.no_derivative("second derivative outside of a program")),
        }
        Ok(())
    }

    /// Operations of the table, and rules of users' again.
    fn record_reverse(
        &self,
        _: &Callee,
        x: &[Var],
        y: &[Var],
        gy: &[Var],
        gx: &mut [Var],
    ) -> Option<Result<(), CallError>> {
        let at: Vec<Recorded> = x.iter().copied().map(Recorded).collect();
        for (gx, g) in gx.chunks_exact_mut(x.len()).zip(gy) {
            let mut partials = at.clone();
            self.0.partials_recorded(&at, Recorded(y[0]), &mut partials);
            gx.iter_mut().zip(partials).for_each(|(gx, p)| *gx = pull(*g, p.0));
        }
        Some(Ok(()))
    }

    fn operands_of(&self, _: usize, each: &mut dyn FnMut(usize)) {
        match (self.0.structure)() {
            Structure::Fixed { partials, .. } => bits(partials).for_each(each),
            _ => (0..self.0.arity).for_each(each),
        }
    }

    fn pairs(&self, each: &mut dyn FnMut(usize, usize)) -> bool {
        let Structure::Fixed { second, .. } = (self.0.structure)() else { return false };
        for (a, with) in second.into_iter().enumerate() {
            bits(with).filter(|b| *b <= a).for_each(|b| each(a, b));
        }
        true
    }

    fn cost(&self) -> Cost {
        Cost::of_function()
    }

    fn is(&self, other: &dyn Operation) -> bool {
        (other as &dyn Any).downcast_ref::<Self>().is_some_and(|other| core::ptr::eq(self.0, other.0))
    }
}

/// Which bits are set.
fn bits(set: u8) -> impl Iterator<Item = usize> {
    (0..8).filter(move |k| set & (1 << k) != 0)
}

impl Callee {
    /// A rule of one's own, to be [registered](crate::call::Registry) for the loader. Recording needs none: a rule
    /// that is read at a recording number is found by its type.
    ///
    /// ```
    /// use wengert::{Program, Var, call::Callee, ops::Real, rule};
    ///
    /// rule! {
    ///     /// The versine, `1 − cos x`.
    ///     Versin "versin" (x) { F::of(1.0) - x.cos() } d(x => _) { [x.sin()] }
    /// }
    /// let f = Program::record(&[0.5], |x| vec![Var::fixed::<Versin, 1>([x[0]])])?;
    /// assert_eq!(f.gradient(&[2.0])?, (1.0 - 2.0_f64.cos(), vec![2.0_f64.sin()]));
    /// assert_eq!(Callee::rule::<Versin, 1>().name(), "versin");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn rule<R: Rule<A>, const A: usize>() -> Self {
        OwnRule::of::<R, A>().callee().clone()
    }
}

impl crate::operation::Registry {
    /// With a rule of one's own.
    #[must_use]
    pub fn with_rule<R: Rule<A>, const A: usize>(self) -> Self {
        self.with(Callee::rule::<R, A>())
    }
}

thread_local! {
    static CURRENT: Cell<Option<&'static OwnRule>> = const { Cell::new(None) };
}

/// While it lives, a rule type that stands in for others ([`Rule::STANDS_IN`]) stands for this one on its thread.
#[derive(Debug)]
pub struct StandIn(Option<&'static OwnRule>);

impl StandIn {
    /// For a rule.
    #[must_use]
    pub fn new(rule: &'static OwnRule) -> Self {
        Self(CURRENT.replace(Some(rule)))
    }

    /// The rule in whose place it stands.
    #[must_use]
    pub fn current() -> Option<&'static OwnRule> {
        CURRENT.get()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

/// Records a rule's value: a call of it.
#[inline(never)]
pub(super) fn record<R: Rule<A>, const A: usize>(
    x: [Var; A],
    value: f64,
    at: &'static Location<'static>,
) -> Var {
    if x.iter().all(|x| x.is_constant()) {
        return Var::constant(value);
    }
    if const { R::STANDS_IN } {
        return match CURRENT.get() {
            Some(rule) => record_known(rule, &x, value, at),
            None => Var::constant(f64::NAN),
        };
    }
    record_known(OwnRule::of::<R, A>(), &x, value, at)
}

/// Records a call of a rule, whose value is known already.
fn record_known(rule: &'static OwnRule, x: &[Var], value: f64, at: &'static Location<'static>) -> Var {
    let callee = rule.callee();
    let y: Results = if x.len() <= OwnRule::MOST {
        call(callee, x, &[value], at)
    } else {
        let most = OwnRule::MOST;
        let why = format!("a rule of {} operands cannot be recorded: of at most {most} it can", x.len());
        call_failed(callee, Some(CallError::failed(&callee.name(), why)), x, &[value], at)
    };
    y.first().copied().unwrap_or(Var::constant(f64::NAN))
}
