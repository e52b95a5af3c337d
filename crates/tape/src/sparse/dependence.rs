//! On which inputs the nodes of a tape depend, and which of those meet in a second derivative: one pass in reverse, which
//! finds the nodes whose inputs matter, and one forward, which joins the sets of those alone.
//!
//! A partial that is identically 0 is not followed, and an operation whose partials are constant lets nothing meet: so what
//! is linear costs nothing, however many inputs a long sum has. What an operation does is asked of its [`Effects`], or of
//! its [`Structure`] where it has many operands; none is named here.

use wengert_ops::{Op, Structure};

use super::effects::{Effect, Effects};
use super::interactions::Interactions;
use super::sets::{EMPTY, SetId, Sets};
use crate::index::Operand;
use crate::operation::Callee;
use crate::tape::Tape;

/// The inputs of this node are asked for.
const WANTED: u8 = 1;
/// Some output that is asked for depends on this node.
const LIVE: u8 = WANTED << 1;

/// The sets of inputs on which outputs depend.
pub(crate) fn of_outputs(tape: &Tape, outputs: &[Operand]) -> (Sets, Vec<SetId>) {
    let effects = Effects::new();
    let marks = mark(tape, &effects, outputs, WANTED);
    let sets = Sets::new(tape.inputs.len(), count(&marks, WANTED));
    let (sets, by_node) = join(tape, &effects, &marks, sets, |_, _| {});
    let set = |output: &Operand| if output.is_constant() { EMPTY } else { by_node[output.index()] };
    (sets, outputs.iter().map(set).collect())
}

/// The sets of inputs that meet in a second derivative of some of the outputs.
pub(crate) fn interactions(tape: &Tape, outputs: &[Operand]) -> (Sets, Interactions) {
    let effects = Effects::new();
    let marks = mark(tape, &effects, outputs, LIVE);
    let (wanted, live) = (count(&marks, WANTED), count(&marks, LIVE));
    let sets = Sets::new(tape.inputs.len(), wanted);
    let mut interactions = Interactions::new(tape.inputs.len(), sets.len() + wanted, live);
    let (sets, _) = join(tape, &effects, &marks, sets, |a, b| interactions.add(a, b));
    (sets, interactions)
}

/// Marks nodes in reverse, beginning with the outputs.
fn mark(tape: &Tape, effects: &Effects, outputs: &[Operand], output: u8) -> Vec<u8> {
    let (ops, pool) = (&tape.arena.ops[..], &tape.arena.pool[..]);
    let mut marks = vec![0; ops.len()];
    for node in outputs.iter().filter(|output| !output.is_constant()) {
        marks[node.index()] = output;
    }
    let mut calls = tape.calls.iter().rev();
    let mut end = pool.len();
    for (i, op) in ops.iter().copied().enumerate().rev() {
        let here = marks[i];
        match effects.arity(op) {
            0 => {}
            1 => {
                end -= 1;
                if here != 0 {
                    hand_on(&mut marks, here, effects.unary(op, pool[end]), 0, pool[end]);
                }
            }
            2 => {
                end -= 2;
                if here != 0 {
                    let (a, b) = (pool[end], pool[end + 1]);
                    let effect = effects.binary(op, a, b);
                    hand_on(&mut marks, here, effect, 0, a);
                    hand_on(&mut marks, here, effect, 1, b);
                }
            }
            _ => {
                let operands = tape.arena.operands_before(op, &mut end);
                if op == Op::Foreign {
                    if let Some(call) = calls.next() {
                        mark_call(call.callee, operands, &mut marks, i);
                    }
                // What a result asks for its call hands on.
                } else if here != 0 && op != Op::Result {
                    mark_many(effects.structure(op), operands, &mut marks, here);
                }
            }
        }
    }
    marks
}

/// Marks operand `k` of a node that has a mark.
#[inline]
fn hand_on(marks: &mut [u8], here: u8, effect: Effect, k: usize, operand: Operand) {
    if effect.follows(k) {
        // Of a live node, the inputs of what meets are wanted.
        marks[operand.index()] |= if effect.meets(k) { here | here >> 1 } else { here };
    }
}

/// Marks the operands, three or more or any number, of a node that has a mark.
fn mark_many(structure: Structure, operands: &[Operand], marks: &mut [u8], here: u8) {
    let met = here | here >> 1;
    let mut set = |operand: &Operand, mark: u8| {
        if !operand.is_constant() {
            marks[operand.index()] |= mark;
        }
    };
    match structure {
        Structure::Fixed { partials, second } => {
            let variable = variable(operands);
            for (k, operand) in operands.iter().enumerate() {
                if partials & (1 << k) != 0 {
                    let meets = second[k] & variable != 0;
                    set(operand, if meets { met } else { here });
                }
            }
        }
        Structure::Linear => operands.iter().for_each(|operand| set(operand, here)),
        Structure::Squares | Structure::Full => operands.iter().for_each(|operand| set(operand, met)),
        Structure::Halves => {
            let (a, b) = operands.split_at(operands.len() / 2);
            for (a, b) in a.iter().zip(b) {
                set(a, if b.is_constant() { here } else { met });
                set(b, if a.is_constant() { here } else { met });
            }
        }
    }
}

/// Marks the operands of a call, node `i`, by the marks of its results, which stand behind it.
fn mark_call(callee: &Callee, operands: &[Operand], marks: &mut [u8], i: usize) {
    let (before, behind) = marks.split_at_mut(i + 1);
    let results = &behind[..callee.outputs()];
    let mut set = |k: usize, mark: u8| {
        if !operands[k].is_constant() {
            before[operands[k].index()] |= mark;
        }
    };
    for (k, mark) in results.iter().enumerate().filter(|(_, mark)| **mark != 0) {
        callee.operation().operands_of(k, &mut |operand| set(operand, *mark));
    }
    if results.iter().any(|mark| mark & LIVE != 0) {
        let variable = |k: usize| !operands[k].is_constant();
        let all = !callee.operation().pairs(&mut |a, b| {
            if variable(a) && variable(b) {
                set(a, WANTED);
                set(b, WANTED);
            }
        });
        if all {
            (0..operands.len()).for_each(|k| set(k, WANTED));
        }
    }
}

/// How many nodes have a mark.
fn count(marks: &[u8], mark: u8) -> usize {
    marks.iter().filter(|here| **here & mark != 0).count()
}

/// Which of the first operands are nodes, in bits.
#[inline]
fn variable(operands: &[Operand]) -> u8 {
    operands.iter().take(4).enumerate().map(|(k, operand)| u8::from(!operand.is_constant()) << k).sum()
}

/// Joins the sets of the nodes that are wanted, and hands over those that meet in one that is live. Gives the sets, and the
/// set of each node.
fn join(
    tape: &Tape,
    effects: &Effects,
    marks: &[u8],
    mut sets: Sets,
    mut meet: impl FnMut(SetId, SetId),
) -> (Sets, Vec<SetId>) {
    let (ops, pool) = (&tape.arena.ops[..], &tape.arena.pool[..]);
    let mut by_node = vec![EMPTY; tape.len()];
    for (k, node) in tape.inputs.iter().enumerate() {
        by_node[node.index()] = k as SetId + 1;
    }
    let mut calls = tape.calls.iter();
    let mut at = 0;
    for (i, (op, here)) in ops.iter().copied().zip(marks.iter().copied()).enumerate() {
        match effects.arity(op) {
            0 => {}
            1 => {
                let operand = pool[at];
                at += 1;
                let effect = effects.unary(op, operand);
                if effect.follows(0) {
                    let a = by_node[operand.index()];
                    if here & WANTED != 0 {
                        by_node[i] = a;
                    }
                    if here & LIVE != 0 && effect.meets_itself(0) {
                        meet(a, a);
                    }
                }
            }
            2 => {
                let operands = [pool[at], pool[at + 1]];
                at += 2;
                let effect = effects.binary(op, operands[0], operands[1]);
                if here == 0 || (here == LIVE && effect.is_linear()) {
                    continue;
                }
                let set = |k: usize| if effect.follows(k) { by_node[operands[k].index()] } else { EMPTY };
                let (a, b) = (set(0), set(1));
                if here & LIVE != 0 {
                    if effect.meets_itself(0) {
                        meet(a, a);
                    }
                    if effect.meet() {
                        meet(a, b);
                    }
                    if effect.meets_itself(1) {
                        meet(b, b);
                    }
                }
                if here & WANTED != 0 {
                    by_node[i] = sets.union(a, b);
                }
            }
            _ => {
                let operands = tape.arena.operands_at(op, &mut at);
                if op == Op::Foreign {
                    if let Some(call) = calls.next() {
                        join_call(
                            call.callee,
                            operands,
                            &marks[i + 1..],
                            &mut by_node,
                            i,
                            &mut sets,
                            &mut meet,
                        );
                    }
                // Results have got their sets from their call.
                } else if here != 0 && op != Op::Result {
                    by_node[i] =
                        join_many(effects.structure(op), operands, here, &by_node, &mut sets, &mut meet);
                }
            }
        }
    }
    (sets, by_node)
}

/// Joins the sets of operands, three or more or any number, of a node that has a mark, and hands over those that meet.
fn join_many(
    structure: Structure,
    operands: &[Operand],
    here: u8,
    by_node: &[SetId],
    sets: &mut Sets,
    meet: &mut impl FnMut(SetId, SetId),
) -> SetId {
    let set = |operand: &Operand| if operand.is_constant() { EMPTY } else { by_node[operand.index()] };
    let (wanted, live) = (here & WANTED != 0, here & LIVE != 0);
    let mut joined = EMPTY;
    if let Structure::Fixed { partials, second } = structure {
        for (k, operand) in operands.iter().enumerate() {
            let a = set(operand);
            if wanted && partials & (1 << k) != 0 {
                joined = sets.union(joined, a);
            }
            if live {
                let others = operands.iter().enumerate().take(k + 1);
                others.filter(|(j, _)| second[k] & (1 << j) != 0).for_each(|(_, b)| meet(a, set(b)));
            }
        }
        return joined;
    }
    if wanted || (live && structure == Structure::Full) {
        joined = sets.union_all(operands.iter().map(set));
    }
    match structure {
        Structure::Full if live => meet(joined, joined),
        Structure::Squares if live => operands.iter().map(set).for_each(|set| meet(set, set)),
        Structure::Halves if live => {
            let (a, b) = operands.split_at(operands.len() / 2);
            a.iter().zip(b).for_each(|(a, b)| meet(set(a), set(b)));
        }
        _ => {}
    }
    joined
}

/// Joins the sets of the results of a call, node `i`, that are wanted, and hands over what meets in those that are live;
/// `marks` are the results'.
fn join_call(
    callee: &Callee,
    operands: &[Operand],
    marks: &[u8],
    by_node: &mut [SetId],
    i: usize,
    sets: &mut Sets,
    meet: &mut impl FnMut(SetId, SetId),
) {
    let (before, behind) = by_node.split_at_mut(i + 1);
    let set = |k: usize| if operands[k].is_constant() { EMPTY } else { before[operands[k].index()] };
    let results = || marks.iter().take(callee.outputs());
    let mut of_result = Vec::new();
    for (k, _) in results().enumerate().filter(|(_, mark)| **mark & WANTED != 0) {
        of_result.clear();
        callee.operation().operands_of(k, &mut |operand| of_result.push(set(operand)));
        behind[k] = sets.union_all(of_result.iter().copied());
    }
    if results().any(|mark| mark & LIVE != 0) && !callee.operation().pairs(&mut |a, b| meet(set(a), set(b))) {
        let all = sets.union_all((0..operands.len()).map(set));
        meet(all, all);
    }
}
