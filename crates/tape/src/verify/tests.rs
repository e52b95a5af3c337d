//! Each invariant, broken.

use super::*;
use crate::error::Outcome;
use crate::opaque::Opaque;
use crate::operation::Callee;
use crate::record::Recorder;
use crate::source::SourceLine;
use crate::tape::Read;
use crate::var::Var;
use wengert_ops::Test;

/// Inputs %0 and %1, a constant, a variadic %2 over both, guards and names, a read of %1, a parameter at the end.
fn sound() -> Tape {
    let mut recorder = Recorder::new();
    let recorded = recorder.record(|s| {
        let (x, y) = (s.input(1.0), s.input(2.0).named("y"));
        assert!(x < y && y.value() == 2.0);
        let z = wengert_ops::linear::sum(&[x, y]);
        assert!(x + 2.5 > z - 1.0);
        s.output(z * 2.0 + s.parameter(4.0))
    });
    assert!(recorded.is_ok());
    let (tape, _) = recorder.into_recording();
    assert_eq!(tape.verify(), Ok(()));
    tape
}

fn broken(corrupt: impl FnOnce(&mut Tape)) -> Option<VerifyError> {
    let mut tape = sound();
    corrupt(&mut tape);
    tape.verify().err()
}

fn node(i: usize) -> NodeId {
    NodeId::new(i)
}

#[test]
fn a_corrupted_pool_is_found() {
    // The pool begins with the variadic node's count, its two operands, its count again.
    let counts = VerifyError::Counts { node: node(2), before: 2, behind: 1 };
    assert_eq!(broken(|t| t.arena.pool[3] = Operand::count(1)), Some(counts));
    let ends = VerifyError::PoolEnds { node: node(2) };
    assert_eq!(broken(|t| t.arena.pool[0] = Operand::count(u32::MAX)), Some(ends));
    assert_eq!(broken(|t| t.arena.pool.truncate(3)), Some(ends));
    assert_eq!(broken(|t| t.arena.pool.clear()), Some(ends));
    let remains = VerifyError::PoolRemains { entries: 1 };
    assert_eq!(broken(|t| t.arena.pool.push(Operand::node(0))), Some(remains));
}

#[test]
fn data_out_of_reach_are_found() {
    let broken = |corrupt: &dyn Fn(&mut Tape)| {
        let mut recorder = Recorder::new();
        let recorded = recorder.record(|s| {
            let x = s.inputs(&[1.0, 2.0]);
            s.output(Var::weighted_sum(&x, &[0.5, 3.0]) + Var::distance_squared_to(&x, &[0.0, 1.0]))
        });
        assert!(recorded.is_ok());
        let (mut tape, _) = recorder.into_recording();
        assert_eq!(tape.verify(), Ok(()));
        corrupt(&mut tape);
        tape.verify().err()
    };
    // The pool: 2 %0 %1, where the data begin, 2; and the same of the other.
    let missing = |begin, data| Some(VerifyError::NoData { node: node(2), begin, count: 2, data });
    for begin in [3, 4, 5, u32::MAX] {
        assert_eq!(broken(&|t| t.arena.pool[3] = Operand::count(begin)), missing(begin as usize, 4));
    }
    // Several may read the same.
    assert_eq!(broken(&|t| t.arena.pool[3] = Operand::count(2)), None);
    assert_eq!(broken(&|t| t.arena.data.truncate(1)), missing(0, 1));
    let other = VerifyError::NoData { node: node(3), begin: 2, count: 2, data: 3 };
    assert_eq!(broken(&|t| t.arena.data.truncate(3)), Some(other));
    let counts = VerifyError::Counts { node: node(2), before: 2, behind: 3 };
    assert_eq!(broken(&|t| t.arena.pool[4] = Operand::count(3)), Some(counts));
    assert!(broken(&|t| t.arena.pool[0] = Operand::count(u32::MAX)).is_some());
    for op in Op::ALL {
        for i in 0..5 {
            // Whatever an opcode is turned into: an answer, no panic.
            broken(&|t| t.arena.ops[i] = *op);
        }
    }
}

#[test]
fn operands_out_of_reach_are_found() {
    for operand in [2, 3, MAX_NODES - 1] {
        let forward = VerifyError::Forward { node: node(2), operand: node(operand as usize) };
        assert_eq!(broken(|t| t.arena.pool[1] = Operand::node(operand)), Some(forward));
    }
    let constants = sound().arena.constants.len();
    let missing = VerifyError::NoConstant { node: node(2), constant: constants, constants };
    assert_eq!(broken(|t| t.arena.pool[1] = Operand::constant(constants as u32)), Some(missing));
    assert!(matches!(broken(|t| t.arena.constants.clear()), Some(VerifyError::NoConstant { .. })));
}

#[test]
fn wrong_opcodes_and_inputs_are_found() {
    assert_eq!(broken(|t| t.inputs.truncate(1)), Some(VerifyError::Inputs { position: 1 }));
    assert_eq!(broken(|t| t.inputs.swap(0, 1)), Some(VerifyError::Inputs { position: 0 }));
    assert_eq!(broken(|t| t.inputs.push(node(1))), Some(VerifyError::Inputs { position: 2 }));
    assert_eq!(broken(|t| t.inputs.push(node(77))), Some(VerifyError::Inputs { position: 2 }));
    assert!(broken(|t| t.arena.ops[2] = Op::Input).is_some());
    assert_eq!(broken(|t| t.parameters.clear()), Some(VerifyError::Parameters { position: 0 }));
    assert_eq!(broken(|t| t.parameters.push(node(1))), Some(VerifyError::Parameters { position: 1 }));
    // An input is no parameter, though both are leaves.
    assert_eq!(broken(|t| t.arena.ops[0] = Op::Parameter), Some(VerifyError::Inputs { position: 0 }));
    for op in Op::ALL {
        // Whatever an opcode is turned into: an answer, no panic.
        for i in 0..sound().len() {
            let changed = broken(|t| t.arena.ops[i] = *op);
            let arity = |op: Op| op.info().arity;
            assert!(changed.is_some() || arity(sound().arena.ops[i]) == arity(*op));
        }
    }
}

/// An operation of any number of operands, whose results, of any number, are 0.
struct Zeros(usize, usize);
impl Opaque for Zeros {
    fn name(&self) -> &'static str {
        "zeros"
    }
    fn inputs(&self) -> usize {
        self.0
    }
    fn outputs(&self) -> usize {
        self.1
    }
    fn is_pure(&self) -> bool {
        true
    }
    fn value(&self, _: &[f64], _: &mut [f64]) -> Outcome {
        Ok(())
    }
    fn vjp(&self, _: &[f64], _: &[f64], _: &[f64], _: &mut [f64]) -> Outcome {
        Ok(())
    }
}

/// An input %0, a call %1 of it with the results %2 and %3, a call %4 with %5 and %6, a product.
fn with_calls() -> Tape {
    let called = Callee::opaque(Zeros(1, 2));
    let mut recorder = Recorder::new();
    let recorded = recorder.record(|s| {
        let y = called.call(&[s.input(0.5)]);
        let z = called.call(&y[..1]);
        s.output(z[1] * y[1])
    });
    assert!(recorded.is_ok());
    let (tape, _) = recorder.into_recording();
    assert_eq!(tape.verify(), Ok(()));
    tape
}

#[test]
fn corrupted_calls_are_found() {
    let broken = |corrupt: &dyn Fn(&mut Tape)| {
        let mut tape = with_calls();
        corrupt(&mut tape);
        tape.verify().err()
    };
    let callee = || with_calls().callee(node(1)).cloned();
    let calls = |position| Some(VerifyError::Calls { position });
    assert_eq!(broken(&|t| t.calls.clear()), calls(0));
    assert_eq!(broken(&|t| t.calls.push(node(7), &callee().unwrap())), calls(2));
    let listed = |t: &mut Tape, nodes: &[usize]| {
        t.calls.clear();
        for i in nodes {
            t.calls.push(node(*i), &callee().unwrap());
        }
    };
    assert_eq!(broken(&|t| listed(t, &[1])), calls(1));
    assert_eq!(broken(&|t| listed(t, &[4, 1])), calls(0));
    assert_eq!(broken(&|t| listed(t, &[1, 5])), calls(1));
    assert_eq!(broken(&|t| listed(t, &[1, 1, 4])), calls(1));
    // Another operation in its place: of one result, of two operands.
    let of = |n: usize, m: usize| Callee::opaque(Zeros(n, m));
    let with = |t: &mut Tape, n, m| {
        t.calls.clear();
        t.calls.push(node(1), &of(n, m));
        t.calls.push(node(4), &of(1, 2));
    };
    assert_eq!(broken(&|t| with(t, 1, 1)), Some(VerifyError::Result { node: node(3) }));
    let missing = |node, result, call| Some(VerifyError::Results { node, result, call });
    assert_eq!(broken(&|t| with(t, 1, 3)), missing(node(4), 2, node(1)));
    let operands = VerifyError::CallOperands { node: node(1), expected: 2, found: 1 };
    assert_eq!(broken(&|t| with(t, 2, 2)), Some(operands));
    // The pool: 1 %0 1 · %1 0 · %1 1 · 1 %2 1 · %4 0 · %4 1 · %6 %3
    let zero = with_calls().arena.pool[4];
    assert_eq!(broken(&|t| t.arena.pool[6] = zero), missing(node(3), 1, node(1)));
    assert_eq!(broken(&|t| t.arena.pool[3] = Operand::node(0)), missing(node(2), 0, node(1)));
    let reads = VerifyError::ReadsCall { node: node(7), call: node(4) };
    assert_eq!(broken(&|t| t.arena.pool[14] = Operand::node(4)), Some(reads));
    // Cut off behind the last call.
    let cut = |t: &mut Tape| {
        t.arena.ops.truncate(6);
        t.arena.pool.truncate(12);
        t.outputs.clear();
    };
    assert_eq!(broken(&cut), missing(node(6), 1, node(4)));
    for op in Op::ALL {
        for i in 0..with_calls().len() {
            let same = with_calls().arena.ops[i].info().arity == op.info().arity;
            assert!(broken(&|t| t.arena.ops[i] = *op).is_some() || same, "{op:?} at {i}");
        }
    }
}

#[test]
fn outputs_guards_names_and_lines_out_of_range_are_found() {
    let len = sound().len();
    let past = Operand::node(len as u32);
    assert_eq!(broken(|t| t.outputs.push(past)), Some(VerifyError::Output { output: 1 }));
    assert_eq!(broken(|t| t.guards[1].left = past), Some(VerifyError::GuardOperand { guard: 1 }));
    let own = |t: &mut Tape| t.guards[0].right = Operand::node(2);
    assert_eq!(broken(own), Some(VerifyError::GuardOperand { guard: 0 }));
    let position = |guard, position| Some(VerifyError::GuardPosition { guard, position });
    assert_eq!(broken(|t| t.guards[1].position = len + 1), position(1, len + 1));
    assert_eq!(broken(|t| t.guards[1].position = 1), position(1, 1));
    let two = |t: &mut Tape| t.guards[0].test = Test::IsNan(false);
    assert_eq!(broken(two), Some(VerifyError::GuardTest { guard: 0 }));
    assert_eq!(broken(|t| t.reads[0].node = node(2)), Some(VerifyError::ReadNode { read: 0 }));
    assert_eq!(broken(|t| t.reads[0].position = 1), Some(VerifyError::ReadNode { read: 0 }));
    let twice = |t: &mut Tape, position| t.reads.push(Read { position, ..t.reads[0].clone() });
    let position = |position| Some(VerifyError::ReadPosition { read: 1, position });
    assert_eq!(broken(|t| twice(t, len + 1)), position(len + 1));
    assert_eq!(broken(|t| twice(t, 1)), position(1));
    let named = |t: &mut Tape| drop(t.names.insert(node(len), "ghost".into()));
    assert_eq!(broken(named), Some(VerifyError::Name { node: node(len) }));
    let line = SourceLine { file: "a.rs".into(), line: 1, column: 1 };
    let lines = Some(VerifyError::Lines { lines: 1, nodes: len });
    assert_eq!(broken(|t| t.lines = Some(vec![line])), lines);
}
