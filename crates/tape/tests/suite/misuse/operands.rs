//! Operands that an operation does not take, and operands that contradict themselves.

use wengert_ops::{Op, Operands, Real, Rule, Second, Variadic, Visitor, rule};
use wengert_tape::{Recorder, Session, Var};

use super::{Outcome, assert_reusable, assert_says};

#[test]
fn slices_of_different_lengths() {
    let mut recorder = Recorder::new();
    let lengths = [(0, 1), (2, 3), (3, 2)];
    for (a, b) in lengths {
        for constant in [false, true] {
            let (mut line, mut value) = (0, 0.0);
            let error = recorder.record(|s| {
                let x = if constant { Var::constant(2.0) } else { s.input(2.0) };
                let y;
                (line, y) = (line!(), Var::dot(&vec![x; a], &vec![x; b]));
                value = y.value();
            });
            let Err(error) = error else { panic!("slices of {a} and {b} elements are taken") };
            let said = format!("two slices that must have one length have {a} and {b} elements");
            assert_says(&error, line, &said);
            assert!(value.is_nan());
            assert_reusable(&mut recorder);
        }
    }
    // Where there is no recording to carry the error, its value alone says it.
    assert!(Var::dot(&[Var::constant(1.0)], &[]).value().is_nan());
}

rule! {
    /// The sum of five: a rule of a user's, of more operands than can be recorded.
    Five "five" (a, b, c, d, e) { a + b + c + d + e }
        d(_, _, _, _, _ => _) { [T::lit(1.0); 5] }
}

#[test]
fn a_rule_of_too_many_operands() {
    let mut recorder = Recorder::new();
    let (mut line, mut found) = (0, 0.0);
    let error = recorder.record(|s| {
        let x = s.input(2.0);
        let y;
        (line, y) = (line!(), Var::fixed::<Five, 5>([x, x, x, x, Var::constant(2.0)]));
        found = y.value();
    });
    let Err(error) = error else { panic!("it is recorded") };
    assert_says(&error, line, "`five` failed: a rule of 5 operands cannot be recorded: of at most 4 it can");
    assert_eq!((found, recorder.tape().len()), (10.0, 1));
    assert_reusable(&mut recorder);
    // At constants there is nothing to record.
    let constant = recorder.record(|_| Var::fixed::<Five, 5>([Var::constant(2.0); 5]));
    assert_eq!(constant.map(|y| (y.value(), y.is_constant())), Ok((10.0, true)));
}

/// A row of two operands, read at these two.
struct Read([Var; 2]);

impl Visitor for Read {
    type Output = Option<(u32, Var)>;
    fn input(self) -> Self::Output {
        None
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
        let x: [Var; A] = self.0.as_slice().try_into().ok()?;
        Some((line!(), Var::fixed::<R, A>(x)))
    }
    fn variadic<R: Variadic>(self) -> Self::Output {
        None
    }
    fn foreign(self) -> Self::Output {
        None
    }
}

#[test]
fn a_variable_where_the_row_wants_a_constant() {
    let mut recorder = Recorder::new();
    let mut rows = 0;
    for op in Op::ALL.iter().filter(|op| op.info().second != Second::Variable && **op != Op::Result) {
        rows += 1;
        for first in [Some(1.5), None] {
            let mut line = 0;
            let error = recorder.record(|s| {
                let n = s.input(2.0);
                let x = first.map_or(Var::constant(1.5), |x| s.input(x));
                let read = op.visit(Read([x, n]));
                line = read.map_or(0, |(line, _)| line);
                assert!(read.is_some_and(|(_, y)| y.value().is_nan()));
            });
            let Err(error) = error else { panic!("{op:?} takes a variable") };
            let said = format!("the second operand of `{}` must be a constant", op.info().name);
            assert_says(&error, line, &said);
            assert_reusable(&mut recorder);
        }
    }
    assert!(rows > 2, "the table has rows with a constant operand");
}

#[test]
fn the_first_error_wins() -> Outcome {
    let mut recorder = Recorder::new().max_nodes(3);
    let old = recorder.record(|s| s.input(3.0))?;
    let errors: [fn(&Session<'_>, Var, Var) -> u32; 4] = [
        |_, x, old| (line!(), x + old).0,
        |_, x, _| (line!(), Var::dot(&[x], &[])).0,
        |_, x, _| (line!(), Var::fixed::<Five, 5>([x; 5])).0,
        |s, _, _| (line!(), s.inputs(&[1.0, 2.0, 3.0, 4.0])).0,
    ];
    for first in 0..errors.len() {
        let mut line = 0;
        let error = recorder.record(|s| {
            let x = s.input(2.0);
            line = errors[first](s, x, old);
            for second in &errors {
                second(s, x, old);
            }
        });
        let Err(error) = error else { panic!("error {first} is none") };
        assert!(error.to_string().starts_with(&format!("{}:{line}:", file!())), "{error}, not line {line}");
        recorder.record(|s| s.input(1.0) * 2.0)?;
    }
    Ok(())
}

/// Operands that say they are more than they hand over in slices, or fewer.
struct Uneven<'a>(&'a [Var], usize);

impl Operands<Var> for Uneven<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn get(&self, k: usize) -> Var {
        self.0[k]
    }
    fn slices(&self, mut f: impl FnMut(&[Var])) {
        for _ in 0..self.1 {
            f(self.0);
        }
        f(&[]);
    }
    fn data(&self) -> &[f64] {
        &[0.5, -1.5, 2.0, 0.25][..self.0.len()]
    }
}

#[test]
fn operands_that_contradict_themselves_are_read_one_by_one() -> Outcome {
    struct Record<'a>(&'a Uneven<'a>);
    impl Visitor for Record<'_> {
        type Output = Option<Var>;
        fn input(self) -> Self::Output {
            None
        }
        fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output {
            None
        }
        fn variadic<R: Variadic>(self) -> Self::Output {
            Some(Var::variadic::<R>(self.0))
        }
        fn foreign(self) -> Self::Output {
            None
        }
    }
    let mut recorder = Recorder::new();
    for op in Op::ALL.iter().filter(|op| op.info().arity.is_none() && **op != Op::Foreign) {
        let mut gradients = Vec::new();
        // Once is right; never leaves places open, three times overflows them.
        for times in [1, 0, 3] {
            let f = recorder.record(|s| {
                let x = [s.input(0.5), Var::constant(2.0), s.input(1.5), s.input(-1.0)];
                op.visit(Record(&Uneven(&x, times)))
            })?;
            let Some(f) = f else { panic!("{op:?} is not variadic") };
            assert_eq!((recorder.tape().len(), recorder.tape().verify()), (4, Ok(())), "{op:?}, {times}");
            gradients.push(recorder.reverse(f)?.inputs().collect::<Vec<_>>());
        }
        assert!(gradients.iter().all(|g| *g == gradients[0]), "{op:?}: {gradients:?}");
    }
    Ok(())
}
