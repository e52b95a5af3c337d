//! What an operation of any number of operands does: its value, and a node on the topmost recording; and rows of a
//! matrix of data, recorded together.
#![allow(unsafe_code)]

use core::mem::MaybeUninit;
use core::panic::Location;

use wengert_ops::{Invalid, Operands, Variadic, WithData};

use super::events::{gathered, has_room, invalid, record, too_many};
use super::hot::{Unfinished, here, with_top};
use super::state::{Constants, Growing, State};
use crate::arena::{Arena, around};
use crate::error::RecordError;
use crate::index::{MAX_NODES, Operand};
use crate::tag::Tag;
use crate::var::Var;

/// Gathers an iterator's numbers, which may record while it runs, and records one variadic node.
#[track_caller]
pub(crate) fn gather<R: Variadic>(iter: impl Iterator<Item = Var>) -> Var {
    gathered(iter, |all| variadic::<R>(&all))
}

/// Values and data: the data are asked for once, as it is the user's code that gives them.
struct PlainValues<'a, X>(&'a X, &'a [f64]);
impl<X: Operands<Var>> Operands<f64> for PlainValues<'_, X> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.0.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> f64 {
        self.0.get(k).plain()
    }
    #[inline(always)]
    fn fours(&self) -> impl Iterator<Item = [f64; 4]> {
        self.0.fours().map(Var::plains)
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
    fn fours(&self) -> impl Iterator<Item = [f64; 4]> {
        self.0.fours().map(Var::plains)
    }
}

/// Records a variadic row.
#[track_caller]
pub(crate) fn variadic<R: Variadic>(x: &impl Operands<Var>) -> Var {
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
        let iter = (0..n).map(|k| x.get(k));
        return if const { R::OP.op().describe().data } {
            gathered(iter, |all| match WithData::new(all, data) {
                Some(all) => variadic::<R>(&all),
                None => invalid(Invalid::Lengths(n, data.len()), at),
            })
        } else {
            gather::<R>(iter)
        };
    }
    if const { R::OP.op().describe().halves } && n % 2 != 0 {
        return invalid(Invalid::Odd(R::NAME, n), at);
    }
    let value = R::value(&PlainValues(x, data));
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
        let base = state.base();
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
        Some(Var::active(value, base.node(len)))
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
    let (base, len, n) = (state.base(), state.tape.len(), x.len());
    let count = data.len() / n;
    let is_last = len > 0 && like.tag() == base.node(len as u64 - 1) && state.error.is_none();
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
    ops.resize(len + count, R::OP.op());
    // All entries are those of the last node, but where the data begin, which is the last but one.
    let each = n + around(R::OP.op().info());
    let (first, begin) = (pool.len() - each, column.len());
    repeat_last(pool, each, count);
    for (k, entries) in pool[first..].chunks_exact_mut(each).skip(1).enumerate() {
        entries[each - 2] = Operand::count((begin + k * n) as u32);
    }
    column.extend_from_slice(data);
    let rows = data.chunks_exact(n);
    state.work.values.extend(rows.map(|row| WithData::new(&values, row).map_or(f64::NAN, |x| R::value(&x))));
    let nodes = state.work.values[len..].iter().zip(len as u64..);
    results.extend(nodes.map(|(value, node)| Var::active(*value, base.node(node))));
    if let Some(lines) = &mut state.tape.lines {
        lines.resize(len + count, at.into());
    }
    values.clear();
    state.flat = values;
    true
}

/// Appends the last so many elements so many times: as often as it has them already, while that is not too often.
fn repeat_last<T: Copy>(all: &mut Vec<T>, each: usize, count: usize) {
    let first = all.len() - each;
    let end = all.len() + each * count;
    all.reserve(each * count);
    while all.len() < end {
        let known = all.len() - first;
        all.extend_from_within(first..first + known.min(end - all.len()));
    }
}

/// Writes what a run of variables are to the recording with that base and length; `false` where one belongs to
/// another, or is a constant that has no place.
///
/// A run is most often nodes that follow one another, or data that was recorded before, or all variables: each is found
/// without a branch an element, so that the compiler can take several at a time.
fn operands_of(
    run: &[Var],
    places: &mut [MaybeUninit<Operand>],
    base: Tag,
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
            let differ = |(v, c): (&Var, &f64)| v.tag().bits() | (v.plain().to_bits() ^ c.to_bits());
            if run.iter().zip(known).fold(0, |bits, pair| bits | differ(pair)) == 0 {
                for (place, id) in places.iter_mut().zip(start.index() as u32..) {
                    place.write(Operand::constant(id));
                }
                return true;
            }
        }
    } else {
        // The nodes of inputs ascend by one, those of results that were made in a loop by the same step.
        let step = run[1].tag().offset(first.tag());
        let (differ, _) = run.iter().fold((0, first.tag()), |(differ, expected), v| {
            (differ | v.tag().differs(expected), expected.stepped(step))
        });
        let recorded = |v: &Var| v.tag().offset(base) < len;
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
        let last = base.stepped(len.wrapping_sub(1));
        let strange = run.iter().fold(0, |bits, v| bits | last.offset(v.tag()) | v.tag().differs(base));
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
    base: Tag,
    len: u64,
    constants: &mut impl Constants,
) -> bool {
    let index = v.tag().offset(base);
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
