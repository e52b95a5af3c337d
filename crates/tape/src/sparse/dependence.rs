//! On which inputs the nodes of a tape depend, and which of those meet in a second derivative: one pass in reverse, which
//! finds the nodes whose inputs matter, and one forward, which joins the sets of those alone.
//!
//! A partial that is identically 0 is not followed, and an operation whose partials are constant lets nothing meet: so what
//! is linear costs nothing, however many inputs a long sum has. What an operation does is asked of its
//! [`Structure`]; none is named here.

use wengert_ops::{Op, Structure};

use super::interactions::Interactions;
use super::sets::{EMPTY, SetId, Sets};
use crate::arena::Node;
use crate::call::Callee;
use crate::index::Operand;
use crate::tape::Tape;

/// The inputs of this node are asked for.
const WANTED: u8 = 1;
/// Some output that is asked for depends on this node.
const LIVE: u8 = 2;

/// The sets of inputs on which outputs depend.
pub(crate) fn of_outputs(tape: &Tape, outputs: &[Operand]) -> (Sets, Vec<SetId>) {
    let structures = structures();
    let marks = mark(tape, &structures, outputs, WANTED);
    let (sets, by_node) = join(tape, &structures, &marks, |_, _| {});
    let set = |output: &Operand| if output.is_constant() { EMPTY } else { by_node[output.index()] };
    (sets, outputs.iter().map(set).collect())
}

/// The sets of inputs that meet in a second derivative of some of the outputs.
pub(crate) fn interactions(tape: &Tape, outputs: &[Operand]) -> (Sets, Interactions) {
    let structures = structures();
    let marks = mark(tape, &structures, outputs, LIVE);
    let mut interactions =
        Interactions::with_capacity(tape.inputs.len() + count(&marks, WANTED) + 1, count(&marks, LIVE));
    let (sets, _) = join(tape, &structures, &marks, |a, b| interactions.add(a, b));
    (sets, interactions)
}

/// The structure of each operation, by its byte.
fn structures() -> Vec<Structure> {
    Op::ALL.iter().map(|op| op.structure()).collect()
}

/// Marks nodes in reverse, beginning with the outputs.
fn mark(tape: &Tape, structures: &[Structure], outputs: &[Operand], output: u8) -> Vec<u8> {
    let mut marks = vec![0; tape.len()];
    for node in outputs.iter().filter(|output| !output.is_constant()) {
        marks[node.index()] = output;
    }
    let mut place = tape.arena.place(tape.len());
    let mut calls = tape.calls.iter().rev();
    for i in (0..tape.len()).rev() {
        let Node { op, operands, .. } = tape.arena.node_before(i, &mut place);
        if op == Op::Foreign {
            if let Some(call) = calls.next() {
                mark_call(&call.callee, operands, &mut marks[..], i);
            }
            continue;
        }
        let here = marks[i];
        // What a result asks for its call hands on.
        if here == 0 || op == Op::Result {
            continue;
        }
        let met = if here & LIVE == 0 { here } else { here | WANTED };
        let mut set = |operand: &Operand, mark: u8| {
            if !operand.is_constant() {
                marks[operand.index()] |= mark;
            }
        };
        match structures[op as usize] {
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
    marks
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
        callee.operands_of(k, |operand| set(operand, *mark));
    }
    if results.iter().any(|mark| mark & LIVE != 0) {
        let variable = |k: usize| !operands[k].is_constant();
        let all = !callee.pairs(|a, b| {
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
    structures: &[Structure],
    marks: &[u8],
    mut meet: impl FnMut(SetId, SetId),
) -> (Sets, Vec<SetId>) {
    // As many as there can be: what stays untouched costs nothing, and growing would copy.
    let mut sets = Sets::new(tape.inputs.len(), count(marks, WANTED));
    let mut by_node = vec![EMPTY; tape.len()];
    let linear: Vec<bool> = structures.iter().map(|structure| structure.is_linear()).collect();
    for (k, node) in tape.inputs.iter().enumerate() {
        by_node[node.index()] = k as SetId + 1;
    }
    let mut calls = tape.calls.iter();
    let mut pool = 0;
    for (i, here) in marks.iter().enumerate() {
        let Node { op, operands, .. } = tape.arena.node_at(i, pool);
        pool += operands.len() + if op.info().arity.is_some() { 0 } else { 2 };
        if op == Op::Foreign {
            if let Some(call) = calls.next() {
                join_call(&call.callee, operands, &marks[i + 1..], &mut by_node, i, &mut sets, &mut meet);
            }
            continue;
        }
        // Results have got their sets from their call.
        if op == Op::Result {
            continue;
        }
        // Nothing is asked of it, or nothing meets in it.
        if *here == 0 || operands.is_empty() || (*here == LIVE && linear[op as usize]) {
            continue;
        }
        let set = |operand: &Operand| if operand.is_constant() { EMPTY } else { by_node[operand.index()] };
        let (wanted, live) = (here & WANTED != 0, here & LIVE != 0);
        let mut joined = EMPTY;
        match structures[op as usize] {
            Structure::Fixed { partials, second } => {
                for (k, operand) in operands.iter().enumerate() {
                    let a = set(operand);
                    if wanted && partials & (1 << k) != 0 {
                        joined = sets.union(joined, a);
                    }
                    if live && second[k] != 0 {
                        let others = operands.iter().enumerate().take(k + 1);
                        for (_, b) in others.filter(|(j, _)| second[k] & (1 << j) != 0) {
                            meet(a, set(b));
                        }
                    }
                }
            }
            other => {
                if wanted || (live && other == Structure::Full) {
                    joined = sets.union_all(operands.iter().map(set));
                }
                match other {
                    Structure::Full if live => meet(joined, joined),
                    Structure::Squares if live => operands.iter().map(set).for_each(|set| meet(set, set)),
                    Structure::Halves if live => {
                        let (a, b) = operands.split_at(operands.len() / 2);
                        a.iter().zip(b).for_each(|(a, b)| meet(set(a), set(b)));
                    }
                    _ => {}
                }
            }
        }
        by_node[i] = joined;
    }
    (sets, by_node)
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
        callee.operands_of(k, |operand| of_result.push(set(operand)));
        behind[k] = sets.union_all(of_result.iter().copied());
    }
    if results().any(|mark| mark & LIVE != 0) && !callee.pairs(|a, b| meet(set(a), set(b))) {
        let all = sets.union_all((0..operands.len()).map(set));
        meet(all, all);
    }
}
