//! What an operation of a fixed number of operands does: its value, and a node on the topmost recording. Those of any
//! number are in `many.rs`.
//!
//! The hot path takes rows of one or two operands that are variables of this recording, or a variable and a
//! constant. All else goes the way of [`slow`] and [`record`], where all errors end.
#![allow(unsafe_code)]

use core::panic::Location;

use wengert_ops::{Invalid, Law, Op, PartialKind, Rule, Second};

use super::events::{invalid, record};
use super::hot::{Hot, here};
use super::rule;
use crate::index::Operand;
use crate::var::Var;

/// A row's opcode; `None` of a rule that is not in the table.
const fn opcode<R: Rule<A>, const A: usize>() -> Option<Op> {
    match &R::OP {
        Some(listed) => Some(listed.op()),
        None => None,
    }
}

/// Whether a row's second operand must be a constant: it has no derivative by it.
const fn needs_constant(op: Option<Op>) -> bool {
    match op {
        Some(op) => !matches!(op.describe().second, Second::Variable),
        None => false,
    }
}

/// Whether a row's second operand must be an integer.
const fn needs_integer(op: Option<Op>) -> bool {
    match op {
        Some(op) => matches!(op.describe().second, Second::Integer),
        None => false,
    }
}

/// Whether a row of one and the same variable as all its operands is that variable.
const fn picks(op: Option<Op>) -> bool {
    let Some(op) = op else { return false };
    let laws = op.describe().laws;
    let mut k = 0;
    while k < laws.len() {
        if matches!(laws[k], Law::Picks) {
            return true;
        }
        k += 1;
    }
    false
}

/// Whether all of these are one and the same node of the recording.
#[inline(always)]
fn is_one_node(x: &[Var]) -> bool {
    let tag = x[0].tag();
    x.iter().all(|x| x.tag() == tag) && here(|hot| tag.offset(hot.base.get()) < hot.len.get())
}

/// The partials that a row saves, in operand order.
#[inline(always)]
fn saved<R: Rule<A>, const A: usize, const S: usize>(x: [f64; A], y: f64) -> [f64; S] {
    let mut kept = [0.0; S];
    if S > 0 {
        let partials = R::partials(x, y);
        let mut n = 0;
        #[allow(clippy::needless_range_loop)] // over two arrays; measured as it stands
        for k in 0..A {
            if matches!(R::KINDS[k], PartialKind::Saved) {
                kept[n] = partials[k];
                n += 1;
            }
        }
    }
    kept
}

/// Why a row does not take these operands.
#[inline(always)]
fn refused<R: Rule<A>, const A: usize>(x: [Var; A]) -> Option<Invalid> {
    if const { needs_constant(opcode::<R, A>()) } && !x[A - 1].is_constant() {
        return Some(Invalid::NotConstant(R::NAME));
    }
    if const { needs_integer(opcode::<R, A>()) } && !Second::is_integer(x[A - 1].plain()) {
        return Some(Invalid::NotInteger(R::NAME, x[A - 1].plain()));
    }
    None
}

/// [`fixed`] without the hot path, which is little code: for sweeps that are recorded, and have every row in them. Equal
/// operands are operands as any others to it: passes may have made them so, and a derivative program has the slopes that the
/// sweep of its source has.
#[track_caller]
pub(crate) fn fixed_apart<R: Rule<A>, const A: usize>(x: [Var; A]) -> Var {
    if let Some(why) = refused::<R, A>(x) {
        return invalid(why, Location::caller());
    }
    slow::<R, A>(x, R::value(Var::plains(x)), Location::caller())
}

/// Records a row of fixed arity.
#[inline(always)]
#[track_caller]
pub(crate) fn fixed<R: Rule<A>, const A: usize>(x: [Var; A]) -> Var {
    if let Some(why) = refused::<R, A>(x) {
        return invalid(why, Location::caller());
    }
    if const { picks(opcode::<R, A>()) } && is_one_node(&x) {
        return x[0];
    }
    let value = R::value(Var::plains(x));
    // The number of saved partials as a constant of the row: 0, 1 or 2.
    match const { PartialKind::saved_recording(&R::KINDS) } {
        0 => fixed_saving::<R, A, 0>(x, value, Location::caller()),
        1 => fixed_saving::<R, A, 1>(x, value, Location::caller()),
        _ => fixed_saving::<R, A, 2>(x, value, Location::caller()),
    }
}

#[inline(always)]
fn fixed_saving<R: Rule<A>, const A: usize, const S: usize>(
    x: [Var; A],
    value: f64,
    at: &'static Location<'static>,
) -> Var {
    let Some(op) = (const { opcode::<R, A>() }) else { return slow::<R, A>(x, value, at) };
    if A > 2 {
        return wide::<R, A>(op, x, value, at);
    }
    if A == 2 && x[A - 1].is_constant() {
        return with_known::<R, A, S, 1>(x, value, at);
    }
    if A == 2 && x[0].is_constant() {
        return with_known::<R, A, S, 0>(x, value, at);
    }
    // Before anything is read of the recording: the partials are the rule's code.
    let kept = saved::<R, A, S>(Var::plains(x), value);
    here(|hot| {
        let len = hot.len.get();
        let base = hot.base.get();
        let missed = || if A == 2 { mixed::<R, A, S>(x, value, at) } else { slow::<R, A>(x, value, at) };
        let node = |x: Var| {
            let index = x.tag().offset(base);
            (index < len).then(|| Operand::node(index as u32))
        };
        // In this order: two branches of one target side by side become one, and that is more instructions.
        let Some(first) = node(x[0]) else { return missed() };
        if len >= hot.limit.get() {
            return slow::<R, A>(x, value, at);
        }
        let Some(last) = node(x[A - 1]) else { return missed() };
        // SAFETY: `len < limit`, `A ≤ 2`, and each operand was just found below `len`.
        unsafe { hot.push::<A, S>(op, first, last, value, kept) }
    })
}

/// A row of three operands or more.
#[inline(never)]
fn wide<R: Rule<A>, const A: usize>(op: Op, x: [Var; A], value: f64, at: &'static Location<'static>) -> Var {
    if const { PartialKind::saved_recording(&R::KINDS) > 0 } || x.iter().all(|x| x.is_constant()) {
        return slow::<R, A>(x, value, at);
    }
    here(|hot| {
        let mut operands = [Operand::node(0); A];
        for (operand, x) in operands.iter_mut().zip(x) {
            *operand = hot.operand(x)?;
        }
        // SAFETY: each operand was just found.
        unsafe { hot.push_wide(op, operands, value) }
    })
    .unwrap_or_else(|| slow::<R, A>(x, value, at))
}

/// A row of two operands of which one turned out to be a constant.
#[inline(never)]
fn mixed<R: Rule<A>, const A: usize, const S: usize>(
    x: [Var; A],
    value: f64,
    at: &'static Location<'static>,
) -> Var {
    match (x[0].is_constant(), x[1].is_constant()) {
        (false, true) => with_known::<R, A, S, 1>(x, value, at),
        (true, false) => with_known::<R, A, S, 0>(x, value, at),
        (true, true) => Var::constant(value),
        (false, false) => slow::<R, A>(x, value, at),
    }
}

/// Records a row of two operands of which the one at `C` is a constant.
#[inline(always)]
fn with_known<R: Rule<A>, const A: usize, const S: usize, const C: usize>(
    x: [Var; A],
    value: f64,
    at: &'static Location<'static>,
) -> Var {
    let Some(op) = (const { opcode::<R, A>() }) else { return slow::<R, A>(x, value, at) };
    let kept = saved::<R, A, S>(Var::plains(x), value);
    here(|hot| beside_constant(hot, op, C, x, value, kept)).unwrap_or_else(|| slow::<R, A>(x, value, at))
}

/// A node of two operands of which the one at `c` is a constant; `None` where the hot path has no room for it.
#[inline(always)]
fn beside_constant<const A: usize, const S: usize>(
    hot: &Hot,
    op: Op,
    c: usize,
    x: [Var; A],
    value: f64,
    kept: [f64; S],
) -> Option<Var> {
    let len = hot.len.get();
    let index = x[1 - c].tag().offset(hot.base.get());
    if index >= len || len >= hot.limit.get() {
        return None;
    }
    let (node, constant) = (Operand::node(index as u32), Operand::constant(hot.constant(x[c].plain())?));
    let (first, second) = if c == 0 { (constant, node) } else { (node, constant) };
    // SAFETY: `len < limit`, `A` is 2; the node was just found below `len`, the constant in the pool.
    Some(unsafe { hot.push::<A, S>(op, first, second, value, kept) })
}

/// Records a row of two operands of which one is a constant of the program's text (`x * 2.0`).
#[inline(always)]
#[track_caller]
pub(crate) fn with_constant<R: Rule<2>, const CONSTANT_FIRST: bool>(x: Var, c: f64) -> Var {
    let pair = if CONSTANT_FIRST { [Var::constant(c), x] } else { [x, Var::constant(c)] };
    let value = R::value(Var::plains(pair));
    let at = Location::caller();
    match const { (PartialKind::saved_recording(&R::KINDS), CONSTANT_FIRST) } {
        (0, false) => with_known::<R, 2, 0, 1>(pair, value, at),
        (1, false) => with_known::<R, 2, 1, 1>(pair, value, at),
        (_, false) => with_known::<R, 2, 2, 1>(pair, value, at),
        (0, true) => with_known::<R, 2, 0, 0>(pair, value, at),
        (1, true) => with_known::<R, 2, 1, 0>(pair, value, at),
        (_, true) => with_known::<R, 2, 2, 0>(pair, value, at),
    }
}

/// Whatever the hot path does not do: constants among the operands, growth, source lines, errors.
#[inline(never)]
fn slow<R: Rule<A>, const A: usize>(x: [Var; A], value: f64, at: &'static Location<'static>) -> Var {
    if x.iter().all(|x| x.is_constant()) {
        return Var::constant(value);
    }
    if const { opcode::<R, A>().is_none() } {
        return rule::record::<R, A>(x, value, at);
    }
    match opcode::<R, A>() {
        Some(op) => {
            let (mut kept, mut n) = ([0.0; 2], 0);
            if const { PartialKind::saved_recording(&R::KINDS) } > 0 {
                for (kind, partial) in R::KINDS.iter().zip(R::partials(Var::plains(x), value)) {
                    if *kind == PartialKind::Saved {
                        kept[n] = partial;
                        n += 1;
                    }
                }
            }
            record(op, &x, &[], value, &kept[..n], at)
        }
        None => Var::constant(f64::NAN),
    }
}
