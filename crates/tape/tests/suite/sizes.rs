//! What a node costs: the sizes of the types that there are many of, and the bytes of tape, values, partials and
//! adjoints, counted exactly.

use wengert_ops::{Op, Real, Rule, Second, Variadic, Visitor};
use wengert_tape::{ConstId, NodeId, Recorder, Var};

#[test]
fn types_that_there_are_many_of() {
    assert_eq!(size_of::<Var>(), 16);
    assert_eq!(align_of::<Var>(), 8);
    assert_eq!(size_of::<Op>(), 1);
    // Opcodes leave room in their byte.
    assert_eq!(size_of::<Option<Op>>(), 1);
    assert_eq!((size_of::<NodeId>(), size_of::<ConstId>()), (4, 4));
}

/// A row of fixed arity, on so many operands as it has. The first two of `x` are a variable and what the row takes
/// as its second operand.
struct Apply([Var; 3]);

impl Visitor for Apply {
    type Output = Option<Var>;
    fn input(self) -> Self::Output {
        None
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
        Some(Var::fixed::<R, A>(self.0.get(..A)?.try_into().ok()?))
    }
    fn variadic<R: Variadic>(self) -> Self::Output {
        None
    }
    fn foreign(self) -> Self::Output {
        None
    }
}

/// Bytes of so many nodes of one operation: of the tape alone, with the state, and with adjoints.
fn bytes(op: Op, nodes: usize) -> Option<[usize; 3]> {
    let mut recorder = Recorder::new();
    let recorded = recorder.record(|s| {
        let (x, y) = (s.input(0.5), s.input(0.25));
        let second = if op.info().second == Second::Variable { y } else { Var::constant(2.0) };
        let mut last = Some(x);
        for _ in 0..nodes {
            last = op.visit(Apply([x, second, x]));
        }
        last
    });
    let last = recorded.unwrap_or_else(|error| panic!("{op:?}: {error}"))?;
    assert_eq!(recorder.tape().len(), nodes + 2, "{op:?}");
    let (tape, state) = (recorder.tape().bytes(), recorder.bytes());
    assert!(recorder.reverse(last).is_ok());
    Some([tape, state, recorder.bytes()])
}

/// Every row of fixed arity: opcode and operands on the tape, 8 bytes of value, 8 for each saved partial, 8 of
/// adjoint.
#[test]
fn bytes_of_a_node() {
    const NODES: usize = 1_000;
    let (mut rows, mut lean) = (0, 0);
    for op in Op::ALL {
        let (Some(one), Some(all)) = (bytes(*op, 1), bytes(*op, 1 + NODES)) else { continue };
        let Some(arity) = op.info().arity.map(usize::from) else { panic!("{op:?} has no arity") };
        let saved = 8 * op.info().saved();
        let each: Vec<f64> =
            one.iter().zip(all).map(|(one, all)| (all - one) as f64 / NODES as f64).collect();
        let (tape, value, adjoint) = (1 + 4 * arity, 8, 8);
        let expected = [tape, tape + value + saved, tape + value + saved + adjoint].map(|bytes| bytes as f64);
        assert_eq!(each, expected, "{op:?}");
        // The design's limit of 17 bytes for two operands, 8 more for a saved partial.
        if arity == 2 {
            assert_eq!(expected[1], (17 + saved) as f64, "{op:?}");
            lean += usize::from(saved == 0);
        }
        rows += 1;
    }
    assert!(rows > 40 && lean >= 3, "{rows} rows of fixed arity, {lean} of them lean with two operands");
}
