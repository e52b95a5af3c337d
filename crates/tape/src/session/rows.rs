//! What an operation does: its value, and a node on the topmost recording.
//!
//! The hot path takes rows of one or two operands that are variables of this recording, or a variable and a
//! constant. All else goes the way of [`slow`] and [`record`], where all errors end.
#![allow(unsafe_code)]

use core::mem::MaybeUninit;
use core::panic::Location;

use wengert_ops::{Invalid, Law, Op, Operands, PartialKind, Rule, Second, Variadic, WithData};

use super::events::{gather_with, has_room, invalid, too_many};
use super::hot::{Hot, Unfinished, here, with_top};
use super::state::{Constants, Growing, State};
use crate::arena::{Arena, around};
use crate::call::record_rule;
use crate::error::{RecordError, SourceLine};
use crate::index::{MAX_NODES, Operand};
use crate::var::Var;

/// How a table row saves its partials, as far as the type knows.
const fn saved_count(kinds: &[PartialKind]) -> usize {
    let mut count = 0;
    let mut k = 0;
    while k < kinds.len() {
        if matches!(kinds[k], PartialKind::Saved) {
            count += 1;
        }
        k += 1;
    }
    if kinds.len() <= 2 { count } else { 0 }
}

/// Plain values of operands. Not by `map`, which takes the compiler long in each of the rows.
#[inline(always)]
fn plain<const A: usize>(x: [Var; A]) -> [f64; A] {
    let mut plain = [0.0; A];
    for (plain, x) in plain.iter_mut().zip(x) {
        *plain = x.plain();
    }
    plain
}

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
    x.iter().all(|x| x.tag() == tag) && here(|hot| tag.wrapping_sub(hot.base.get()) < hot.len.get())
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
    slow::<R, A>(x, R::value(plain(x)), Location::caller())
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
    let value = R::value(plain(x));
    // The number of saved partials as a constant of the row: 0, 1 or 2.
    match const { saved_count(&R::KINDS) } {
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
    let kept = saved::<R, A, S>(plain(x), value);
    here(|hot| {
        let len = hot.len.get();
        let base = hot.base.get();
        let missed = || if A == 2 { mixed::<R, A, S>(x, value, at) } else { slow::<R, A>(x, value, at) };
        let node = |x: Var| {
            let index = x.tag().wrapping_sub(base);
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
    if const { saved_count(&R::KINDS) > 0 } || x.iter().all(|x| x.is_constant()) {
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
    let kept = saved::<R, A, S>(plain(x), value);
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
    let index = x[1 - c].tag().wrapping_sub(hot.base.get());
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
    let value = R::value(plain(pair));
    let at = Location::caller();
    match const { (saved_count(&R::KINDS), CONSTANT_FIRST) } {
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
        return record_rule::<R, A>(x, value, at);
    }
    match opcode::<R, A>() {
        Some(op) => {
            let (mut kept, mut n) = ([0.0; 2], 0);
            if const { saved_count(&R::KINDS) } > 0 {
                for (kind, partial) in R::KINDS.iter().zip(R::partials(plain(x), value)) {
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

/// Records a variadic row.
#[track_caller]
pub(crate) fn variadic<R: Variadic>(x: &impl Operands<Var>) -> Var {
    /// Values and data: the data are asked for once, as it is the user's code that gives them.
    struct Values<'a, X>(&'a X, &'a [f64]);
    impl<X: Operands<Var>> Operands<f64> for Values<'_, X> {
        #[inline(always)]
        fn len(&self) -> usize {
            self.0.len()
        }
        #[inline(always)]
        fn get(&self, k: usize) -> f64 {
            self.0.get(k).plain()
        }
        #[inline(always)]
        fn four(&self, k: usize) -> [f64; 4] {
            plain(self.0.four(k))
        }
        #[inline(always)]
        fn halves(&self) -> (impl Operands<f64>, impl Operands<f64>) {
            let (a, b) = self.0.halves();
            (ValuesOf(a), ValuesOf(b))
        }
        #[inline(always)]
        fn data(&self) -> &[f64] {
            self.1
        }
    }
    /// The same, of operands held.
    struct ValuesOf<X>(X);
    impl<X: Operands<Var>> Operands<f64> for ValuesOf<X> {
        #[inline(always)]
        fn len(&self) -> usize {
            self.0.len()
        }
        #[inline(always)]
        fn get(&self, k: usize) -> f64 {
            self.0.get(k).plain()
        }
        #[inline(always)]
        fn four(&self, k: usize) -> [f64; 4] {
            plain(self.0.four(k))
        }
    }
    let at = Location::caller();
    let n = x.len();
    // How many there are may be the word of a user's code.
    if n >= MAX_NODES as usize {
        return too_many(at);
    }
    let data = if const { R::OP.op().describe().data } { x.data() } else { &[] };
    if const { R::OP.op().describe().data } && data.len() != n {
        return invalid(Invalid::Lengths(n, data.len()), at);
    }
    if !x.in_memory() {
        if n > 1 << 16 && !has_room(|state| state.reserve(1, n + 2, at)) {
            return Var::constant(f64::NAN);
        }
        return gather_with::<R>((0..n).map(|k| x.get(k)), data);
    }
    if const { R::OP.op().describe().halves } && n % 2 != 0 {
        return invalid(Invalid::Odd(R::NAME, n), at);
    }
    let value = R::value(&Values(x, data));
    // From both ends: one half is often data.
    if (0..n.div_ceil(2)).all(|k| x.get(k).is_constant() && x.get(n - 1 - k).is_constant()) {
        return Var::constant(value);
    }
    let quick = if const { R::OP.op().describe().data } {
        quick::<R, true>(x, n, data, value)
    } else {
        quick::<R, false>(x, n, &[], value)
    };
    quick.or_else(|| with_room::<R>(x, n, data, value, at)).unwrap_or_else(|| {
        // Read before the recording is touched: an operand's reader is the user's code.
        let variables: Vec<Var> = (0..n).map(|k| x.get(k)).collect();
        record(R::OP.op(), &variables, data, value, &[], at)
    })
}

/// Records a variadic row where there is room for all and its constants were seen lately.
#[inline(always)]
fn quick<R: Variadic, const DATA: bool>(
    x: &impl Operands<Var>,
    n: usize,
    data: &[f64],
    value: f64,
) -> Option<Var> {
    here(|hot| {
        let mut node = Unfinished::<DATA>::new(hot, n)?;
        let mut all = true;
        x.slices(|run| {
            all = all
                && node.run(run.len(), |places, base, len, known| operands_of(run, places, base, len, known));
        });
        if all { node.finish(R::OP.op(), value, data) } else { None }
    })
}

/// Records a variadic row that needs room, or constants that were not seen lately; `None` where that needs more, or
/// ends in an error.
#[inline(never)]
fn with_room<R: Variadic>(
    x: &impl Operands<Var>,
    n: usize,
    data: &[f64],
    value: f64,
    at: &'static Location<'static>,
) -> Option<Var> {
    let reads_data = const { R::OP.op().describe().data };
    let recorded = with_top(|state| {
        let base = u64::from(state.number) << 32;
        let len = state.tape.len() as u64;
        if state.config.lines || state.error.is_some() {
            return None;
        }
        let room = if reads_data { state.reserve_with_data(1, n, at) } else { state.reserve(1, n + 2, at) };
        if room.is_err() {
            return None;
        }
        // The pool's length moves last: should an operand's reader unwind, nothing has been recorded.
        let State { tape, recent, .. } = &mut *state;
        let Arena { pool, constants, .. } = &mut tape.arena;
        let mut places = &mut pool.spare_capacity_mut()[1..=n];
        let mut foreign = false;
        x.slices(|run| {
            let taken = run.len().min(places.len());
            let (here, rest) = std::mem::take(&mut places).split_at_mut(taken);
            places = rest;
            foreign |= !operands_of(run, here, base, len, Growing { constants, recent });
        });
        if foreign || !places.is_empty() {
            return None;
        }
        let Arena { pool, data: column, .. } = &mut state.tape.arena;
        let spare = pool.spare_capacity_mut();
        spare[0].write(Operand::count(n as u32));
        if reads_data {
            spare[n + 1].write(Operand::count(column.len() as u32));
            column.extend_from_slice(data);
        }
        let around = around(R::OP.op().info());
        spare[n + around - 1].write(Operand::count(n as u32));
        // SAFETY: the elements behind the length, of the operands and around them, have just been written.
        unsafe { pool.set_len(pool.len() + n + around) };
        state.tape.arena.ops.push(R::OP.op());
        state.work.values.push(value);
        // What an operand costs is known only now: a constant seen before costs nothing.
        if state.bytes() > state.config.budget {
            let (budget, nodes) = (state.config.budget, state.tape.len());
            state.fail(RecordError::OverBudget { budget, nodes, at: at.into() });
            return Some(state.failed(value));
        }
        Some(Var::active(value, base + len))
    });
    recorded.flatten()
}

/// Records a row that reads data at the same operands once for each row of a matrix. The operands are looked at once: the
/// nodes behind the first have copies of its entries in the pool.
#[track_caller]
pub(crate) fn by_rows<R: Variadic>(x: &[Var], data: &[f64], results: &mut Vec<Var>) {
    let mut rows = data.chunks_exact(x.len().max(1));
    let Some(row) = rows.next().and_then(|row| WithData::new(x, row)) else { return };
    let first = variadic::<R>(&row);
    results.push(first);
    if rows.len() > 0 && !first.is_constant() && const { R::OP.op().describe().data } {
        let count = rows.len() * x.len();
        let rest = &data[x.len()..][..count];
        let at = Location::caller();
        let copied = with_top(|state| copies::<R>(state, first, x, rest, at, results));
        if copied == Some(true) {
            return;
        }
    }
    // One by one, up to where an error ends the recording.
    for row in rows {
        if let Some(x) = WithData::new(x, row) {
            results.push(variadic::<R>(&x));
        }
    }
}

/// Appends nodes like the last one, which has these operands, with other data, and their results; `false`, and nothing is
/// done, where there is no room.
#[inline(never)]
fn copies<R: Variadic>(
    state: &mut State,
    like: Var,
    x: &[Var],
    data: &[f64],
    at: &'static Location<'static>,
    results: &mut Vec<Var>,
) -> bool {
    let (base, len, n) = (u64::from(state.number) << 32, state.tape.len(), x.len());
    let count = data.len() / n;
    let is_last = len > 0 && like.tag() == base + len as u64 - 1 && state.error.is_none();
    if !is_last
        || state.tape.arena.ops[len - 1] != R::OP.op()
        || state.reserve_with_data(count, n, at).is_err()
    {
        return false;
    }
    // Their values one after another, so that the compiler can take several at a time.
    let mut values = std::mem::take(&mut state.flat);
    values.clear();
    values.extend(x.iter().map(|x| x.plain()));
    let Arena { ops, pool, data: column, .. } = &mut state.tape.arena;
    let entries = pool.len() - n - around(R::OP.op().info());
    let begin = column.len();
    column.extend_from_slice(data);
    for (k, row) in data.chunks_exact(n).enumerate() {
        let value = WithData::new(&values, row).map_or(f64::NAN, |x| R::value(&x));
        ops.push(R::OP.op());
        pool.extend_from_within(entries..=entries + n);
        pool.extend([Operand::count((begin + k * n) as u32), Operand::count(n as u32)]);
        state.work.values.push(value);
        results.push(Var::active(value, base + (len + k) as u64));
    }
    if let Some(lines) = &mut state.tape.lines {
        lines.resize(len + count, at.into());
    }
    values.clear();
    state.flat = values;
    true
}

/// Writes what a run of variables are to the recording with that base and length; `false` where one belongs to
/// another, or is a constant that has no place.
///
/// A run is most often nodes that follow one another, or data that was recorded before, or all variables: each is found
/// without a branch an element, so that the compiler can take several at a time.
fn operands_of(
    run: &[Var],
    places: &mut [MaybeUninit<Operand>],
    base: u64,
    len: u64,
    mut constants: impl Constants,
) -> bool {
    let [first, .., last] = run else {
        return run.iter().zip(places).all(|(v, place)| write(*v, place, base, len, &mut constants));
    };
    if first.is_constant() {
        if let Some(start) = constants.place(first.plain())
            && let Some(known) = constants.all().get(start.index()..start.index() + run.len())
        {
            let differ = |(v, c): (&Var, &f64)| v.tag() | (v.plain().to_bits() ^ c.to_bits());
            if run.iter().zip(known).fold(0, |bits, pair| bits | differ(pair)) == 0 {
                for (place, id) in places.iter_mut().zip(start.index() as u32..) {
                    place.write(Operand::constant(id));
                }
                return true;
            }
        }
    } else {
        // The nodes of inputs ascend by one, those of results that were made in a loop by the same step.
        let step = run[1].tag().wrapping_sub(first.tag());
        let (differ, _) = run.iter().fold((0, first.tag()), |(differ, expected), v| {
            (differ | (v.tag() ^ expected), expected.wrapping_add(step))
        });
        let recorded = |v: &Var| v.tag().wrapping_sub(base) < len;
        // No step so long that the nodes between the first and the last could lie elsewhere.
        if differ == 0 && recorded(first) && recorded(last) && step.cast_signed().unsigned_abs() >> 32 == 0 {
            let (mut next, step) = (first.index() as u32, step as u32);
            for place in places {
                place.write(Operand::node(next));
                next = next.wrapping_add(step);
            }
            return true;
        }
        // `base + last − tag` is below 2³² for a node of this recording; so it may be for a node past the end of the
        // recording before this one, which differs in its upper half.
        let last = base.wrapping_add(len).wrapping_sub(1);
        let strange = run.iter().fold(0, |bits, v| bits | last.wrapping_sub(v.tag()) | (v.tag() ^ base));
        if strange >> 32 == 0 && len > 0 {
            for (place, v) in places.iter_mut().zip(run) {
                place.write(Operand::node(v.index() as u32));
            }
            return true;
        }
    }
    run.iter().zip(places).all(|(v, place)| write(*v, place, base, len, &mut constants))
}

/// Writes what a variable is to the recording with that base and length.
#[inline(always)]
fn write(
    v: Var,
    place: &mut MaybeUninit<Operand>,
    base: u64,
    len: u64,
    constants: &mut impl Constants,
) -> bool {
    let index = v.tag().wrapping_sub(base);
    let operand = if index < len {
        Some(Operand::node(index as u32))
    } else if v.is_constant() {
        constants.place(v.plain())
    } else {
        None
    };
    operand.is_some_and(|operand| {
        place.write(operand);
        true
    })
}

/// Appends a node to the topmost recording by way of its vectors; all errors end here.
#[inline(never)]
fn record(op: Op, x: &[Var], data: &[f64], value: f64, saved: &[f64], at: &'static Location<'static>) -> Var {
    let recorded = with_top(|state| {
        if state.error.is_some() {
            return state.failed(value);
        }
        let mut operands = smallvec::SmallVec::<[Operand; 4]>::new();
        for v in x {
            match state.operand(*v, at) {
                Some(operand) => operands.push(operand),
                None => return state.failed(value),
            }
        }
        match state.push(op, &operands, data, value, saved, at) {
            Ok(index) => Var::active(value, (u64::from(state.number) << 32) + u64::from(index)),
            Err(error) => {
                state.fail(error);
                state.failed(value)
            }
        }
    });
    recorded.unwrap_or_else(|| no_session(at, x.iter().find(|v| !v.is_constant()).unwrap_or(&x[0])))
}

/// The one sanctioned panic: an operation on a recorded variable where nothing is being recorded.
#[cold]
pub(super) fn no_session(at: &'static Location<'static>, v: &Var) -> ! {
    panic!(
        "{}: a variable of recording {} was used on a thread that is not recording; take its plain value with \
         `value()` after the recording, and to record on several threads give each its own recording",
        SourceLine::from(at),
        v.recording()
    )
}
