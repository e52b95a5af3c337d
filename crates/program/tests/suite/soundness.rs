//! What a hostile review of the unsafe modules found, each kept as a test. (That a rule of a user cannot claim an
//! opcode of the table is a matter of types: see `Listed`.)

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use wengert_ops::Real;
use wengert_ops::{Operands, rows};
use wengert_tape::call::{Callee, Opaque, Outcome};
use wengert_tape::{RecordError, Recorder, Var};

#[test]
fn a_dot_of_an_odd_number_of_operands() {
    let mut r = Recorder::new();
    let y = r.record(|s| Var::variadic::<rows::Dot>(&s.inputs(&[2.0, 3.0, 5.0]).as_slice()));
    assert!(y.is_err(), "{y:?}, {:?}", r.tape().verify());
}

#[test]
fn a_power_with_a_fraction_where_an_integer_belongs() {
    let mut r = Recorder::new();
    let refused = r.record(|s| Var::fixed::<rows::Powi, 2>([s.input(3.0), Var::constant(2.5)]));
    assert!(refused.unwrap_err().to_string().contains("must be an integer, not 2.5"));
}

#[test]
fn an_error_that_is_ignored_is_no_constant_elsewhere() {
    let (mut outer, mut inner) = (Recorder::new(), Recorder::new());
    let recorded = outer.record(|s| {
        let x = s.input(3.0);
        let mut kept = x;
        let _ = inner.record(|_| kept = x * x);
        (x, kept * x)
    });
    assert!(recorded.unwrap_err().to_string().contains("was used in recording"));
}

#[test]
fn what_a_full_tape_did_not_take_is_no_constant_for_the_sweep() {
    let mut r = Recorder::new().max_nodes(2);
    let mut kept = Var::constant(0.0);
    assert!(
        r.record(|s| {
            let x = s.input(3.0);
            kept = x * x * x;
        })
        .is_err()
    );
    assert!(r.reverse(kept).is_err());
}

/// Operands that are computed when they are read.
struct Squares<'a>(&'a [Var]);
impl Operands<Var> for Squares<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn get(&self, k: usize) -> Var {
        self.0[k] * self.0[k]
    }
}

#[test]
fn operands_that_record_when_they_are_read() {
    let mut r = Recorder::new();
    let recorded = catch_unwind(AssertUnwindSafe(|| {
        r.record(|s| Var::variadic::<rows::Sum>(&Squares(&s.inputs(&[2.0, 3.0]))))
    }));
    assert_eq!(recorded.unwrap().unwrap().value(), 13.0);
}

#[test]
fn a_recorder_survives_a_recording_refused_inside_another_operation() {
    struct Nested<'a>(Var, &'a std::cell::RefCell<Recorder>);
    impl Operands<Var> for Nested<'_> {
        fn len(&self) -> usize {
            1
        }
        fn get(&self, _: usize) -> Var {
            let _ = catch_unwind(AssertUnwindSafe(|| self.1.borrow_mut().record(|s| s.input(1.0))));
            self.0
        }
    }
    let inner = std::cell::RefCell::new(Recorder::new());
    let mut r = Recorder::new();
    let _ = catch_unwind(AssertUnwindSafe(|| {
        r.record(|s| Var::variadic::<rows::Sum>(&Nested(s.input(1.0), &inner)))
    }));
    assert!(catch_unwind(AssertUnwindSafe(|| inner.borrow().tape().len())).is_ok(), "`unreachable!`");
}

#[test]
fn sums_of_constants_in_a_threads_destructor() {
    struct AtEnd(Cell<Option<std::sync::mpsc::Sender<bool>>>);
    impl Drop for AtEnd {
        fn drop(&mut self) {
            let Some(sender) = self.0.take() else { return };
            let sum = catch_unwind(|| [1.0, 2.0].into_iter().map(Var::constant).sum::<Var>().value());
            sender.send(sum.is_ok_and(|sum| sum == 3.0)).unwrap();
        }
    }
    thread_local!(static AT_END: AtEnd = const { AtEnd(Cell::new(None)) });
    let (sender, ok) = std::sync::mpsc::channel();
    std::thread::spawn(|| {
        AT_END.with(|end| end.0.set(Some(sender)));
        let _ = [1.0, 2.0].into_iter().map(Var::constant).sum::<Var>();
    })
    .join()
    .unwrap();
    assert!(ok.recv().unwrap(), "a sum of constants panics");
}

/// `PartialEq`'s provided `!=` does not hand its caller on: the guard and the error name core's cmp.rs.
#[test]
fn not_equal_names_the_users_line() {
    let mut r = Recorder::new();
    r.record(|s| assert!(s.input(2.0) != s.input(3.0) && s.input(2.0) != 3.0)).unwrap();
    let files: Vec<_> = r.tape().guards().iter().map(|guard| guard.at.file.to_string()).collect();
    assert_eq!(files, [file!(), file!()]);
}

#[test]
fn a_budget_counts_constants_and_guards() {
    let mut r = Recorder::new().budget(100_000);
    let out = r.record(|s| {
        let x = s.input(1.0);
        let mut all: Vec<Var> = (0..20_000).map(|k| Var::constant(f64::from(k))).collect();
        all.push(x);
        wengert::linear::sum(&all)
    });
    assert!(out.is_err() || r.bytes() <= 100_000, "{} bytes", r.bytes());
    let out = r.record(|s| {
        let x = s.input(1.0);
        for _ in 0..100_000 {
            assert!(x > 0.5);
        }
    });
    assert!(out.is_err(), "{} guards, {} bytes", r.tape().guards().len(), r.bytes());
}

/// Operands that say they lie in memory, and run code between their runs.
struct Between<'a> {
    x: &'a [Var],
    run: usize,
    meanwhile: &'a dyn Fn(),
}

impl Operands<Var> for Between<'_> {
    fn len(&self) -> usize {
        self.x.len()
    }
    fn get(&self, k: usize) -> Var {
        self.x[k]
    }
    fn in_memory(&self) -> bool {
        true
    }
    fn slices(&self, mut f: impl FnMut(&[Var])) {
        for run in self.x.chunks(self.run) {
            f(run);
            (self.meanwhile)();
        }
    }
}

#[test]
fn code_that_runs_while_operands_are_written() {
    let x: Vec<f64> = (0..100).map(f64::from).collect();
    let inner = std::cell::RefCell::new(Recorder::new());
    let record = |between: &dyn Fn(&[Var])| {
        let mut r = Recorder::new();
        // Room first, so that the operands go straight into the pool.
        r.record(|s| {
            (0..3).fold(wengert::linear::sum(&s.inputs(&x[..])), |y, _| y + wengert::linear::sum(&[y; 300]))
        })
        .unwrap();
        let recorded = catch_unwind(AssertUnwindSafe(|| {
            r.record(|s| {
                let x = s.inputs(&x[..]);
                Var::variadic::<rows::Sum>(&Between { x: &x, run: 10, meanwhile: &|| between(&x) })
            })
        }));
        assert!(r.tape().verify().is_ok());
        // Recording in the midst of another operation may be refused, but not go wrong.
        if let Ok(Ok(y)) = recorded {
            assert_eq!(y.value(), 4950.0);
            assert!(r.reverse(y).unwrap().inputs().all(|g| g == 1.0));
        }
    };
    record(&|_| {});
    // Moves the pool.
    record(&|x| {
        let _ = (0..1000).fold(x[0], |y, _| y * x[1]);
    });
    // Moves the pool, and ends in an error.
    record(&|x| {
        let _ = wengert::linear::sum(&vec![x[0]; 100_000]);
        let _ = catch_unwind(AssertUnwindSafe(|| inner.borrow_mut().record(|s| s.input(1.0) + x[0])));
    });
    // Moves the constants.
    record(&|x| {
        let many: Vec<Var> = (0..5000).map(|k| Var::constant(0.5 + f64::from(k))).collect();
        let _ = x[0] < wengert::linear::sum(&many);
    });
}

#[test]
fn operands_that_are_more_or_fewer_than_they_say() {
    struct Wrong(Vec<Var>, usize);
    impl Operands<Var> for Wrong {
        fn len(&self) -> usize {
            self.1
        }
        fn get(&self, k: usize) -> Var {
            self.0[k % self.0.len()]
        }
        fn in_memory(&self) -> bool {
            true
        }
        fn slices(&self, mut f: impl FnMut(&[Var])) {
            f(&self.0);
        }
    }
    for claimed in [2, 4, 6, 5000] {
        let mut r = Recorder::new();
        for _ in 0..2 {
            let recorded = r.record(|s| Var::variadic::<rows::Sum>(&Wrong(s.inputs(&vec![1.0; 4]), claimed)));
            assert_eq!(recorded.unwrap().value(), claimed as f64);
            assert!(r.tape().verify().is_ok());
        }
    }
}

/// Counts that are the word of a user's code: beyond what a tape can hold, beyond memory, and odd where there are two halves.
#[test]
fn counts_that_nobody_can_have() {
    struct Claims(Vec<Var>, usize, bool);
    impl Operands<Var> for Claims {
        fn len(&self) -> usize {
            self.1
        }
        fn get(&self, k: usize) -> Var {
            self.0[k % self.0.len()]
        }
        fn in_memory(&self) -> bool {
            self.2
        }
        fn slices(&self, mut f: impl FnMut(&[Var])) {
            f(&self.0);
        }
    }
    for claimed in [usize::MAX, usize::MAX - 1, usize::MAX / 2, 1 << 60, 1 << 32, 1 << 31] {
        for in_memory in [false, true] {
            let mut r = Recorder::new();
            let error = r.record(|s| {
                let x = s.inputs(&vec![1.0; 4]);
                Var::variadic::<rows::Sum>(&Claims(x, claimed, in_memory))
            });
            assert!(matches!(error, Err(RecordError::TooManyNodes { .. })), "{error:?}");
            assert!(r.tape().verify().is_ok() && r.record(|s| s.input(1.0).sin()).is_ok());
        }
    }
    let mut r = Recorder::new();
    let x = |s: &wengert_tape::Session<'_>| s.inputs(&vec![1.0; 3]);
    let error = r.record(|s| Var::variadic::<rows::Dot>(&Claims(x(s), 3, true))).unwrap_err();
    assert!(
        error.to_string().ends_with("the operands of `dot` must be two halves of one length, and are 3"),
        "{error}"
    );
    let error = r.record(|s| wengert_ops::linear::matrix_vector(&x(s), &x(s)[..2])).unwrap_err();
    assert!(
        error.to_string().ends_with("of 3 elements has no whole number of rows or columns of 2"),
        "{error}"
    );
}

/// A callback that claims more results than there is room for: under a limit of nodes, a budget, and the machine's.
#[test]
fn a_callback_of_too_many_results() {
    struct Claims(usize);
    impl Opaque for Claims {
        fn name(&self) -> &'static str {
            "claims"
        }
        fn inputs(&self) -> usize {
            1
        }
        fn outputs(&self) -> usize {
            self.0
        }
        fn is_pure(&self) -> bool {
            true
        }
        fn value(&self, _: &[f64], y: &mut [f64]) -> Outcome {
            y.fill(1.0);
            Ok(())
        }
        fn vjp(&self, _: &[f64], _: &[f64], gy: &[f64], gx: &mut [f64]) -> Outcome {
            gx[0] = gy.iter().sum();
            Ok(())
        }
    }
    let all = |recorder: &mut Recorder, outputs| {
        let callee = Callee::opaque(Claims(outputs));
        recorder.record(|s| wengert::linear::sum(&callee.call(&[s.input(1.0)])))
    };
    for outputs in [usize::MAX, 1 << 60, 1 << 40] {
        let error = all(&mut Recorder::new(), outputs).unwrap_err();
        assert!(matches!(error, RecordError::TooManyNodes { .. }), "{error}");
        let callee = Callee::opaque(Claims(outputs));
        let error = wengert_program::evaluate(&callee, &[1.0]).unwrap_err();
        assert!(error.to_string().starts_with("`claims` claims to have"), "{error}");
        assert!(callee.call(&[Var::constant(1.0)]).iter().all(|y| y.value().is_nan()));
    }
    let error = all(&mut Recorder::new().max_nodes(1000), 5000).unwrap_err();
    assert!(matches!(error, RecordError::TooManyNodes { limit: 1000, .. }), "{error}");
    let mut small = Recorder::new().budget(10_000);
    let error = all(&mut small, 5000).unwrap_err();
    assert!(matches!(error, RecordError::OverBudget { .. }), "{error}");
    assert!(all(&mut small, 20).is_ok());
    let y = all(&mut Recorder::new(), 5000).unwrap();
    assert_eq!(y.value(), 5000.0);
}

#[test]
fn many_operands_within_a_budget() {
    let mut r = Recorder::new().budget(50_000);
    let y = r.record(|s| {
        let x = s.inputs(&[1.0; 100][..]);
        (0..10_000).fold(x[0], |y, _| y + wengert::linear::sum(&x))
    });
    assert!(y.is_err() && r.bytes() <= 50_000, "{} bytes", r.bytes());
    assert!(r.tape().verify().is_ok());
}

#[test]
fn more_constants_than_are_remembered() {
    let mut r = Recorder::new();
    for _ in 0..3 {
        let (x, y) = r
            .record(|s| {
                let x = s.input(1.0);
                // Each constant is new, then each again, by operators and by a sum in between.
                let pass = |y: Var| (0..5000).fold(y, |y, k| y + x * (f64::from(k) + 0.5));
                let y = pass(wengert::linear::sum(&[x, Var::constant(0.25), pass(x)]));
                (x, y)
            })
            .unwrap();
        assert!(r.tape().verify().is_ok());
        let expected = 2.0 * (0..5000).map(|k| f64::from(k) + 0.5).sum::<f64>() + 2.0;
        assert_eq!(r.reverse(y).unwrap().of(x).unwrap(), expected);
        assert_eq!(y.value(), expected + 0.25);
    }
    let mut r = Recorder::new().budget(100_000);
    let y = r.record(|s| (0..100_000).fold(s.input(1.0), |y, k| y + f64::from(k)));
    assert!(y.is_err() && r.bytes() <= 100_000, "{} bytes", r.bytes());
}

/// A recording with a budget goes the slow way for what costs more than its nodes; its tape must be the same.
#[test]
fn a_budget_changes_nothing_of_the_tape() {
    let f = |r: &mut Recorder| {
        let y = r.record(|s| {
            let [a, b] = s.inputs(&[0.5, 0.75]);
            let mut y = a;
            for k in 0..3_000 {
                let c = f64::from(k % 7) / 8.0;
                y = match k % 6 {
                    0 => y.mul_add(b, a),
                    1 => y.mul_add(Var::constant(c), b),
                    2 => Var::constant(0.5).mul_add(y, Var::constant(f64::from(k))),
                    3 if y < c => y + c,
                    3 if Var::constant(f64::from(k)) > y => y - a * y,
                    4 if y.value() > 0.5 => a.mul_add(b, y) * 0.25,
                    _ => y * 0.5,
                };
                y = if y >= a { (y * b).sin() } else { y };
            }
            // Of constants alone: nothing is recorded.
            let three = Var::constant(2.0).mul_add(Var::constant(1.0), Var::constant(1.0));
            assert!(three.is_constant() && three < Var::constant(4.0) && three > 1.0);
            s.output(y)
        });
        let y = y.unwrap();
        let slopes: Vec<f64> = r.reverse(y).unwrap().inputs().collect();
        (y.value(), slopes)
    };
    let (mut free, mut counted) = (Recorder::new(), Recorder::new().budget(1 << 30));
    for _ in 0..2 {
        assert_eq!(f(&mut free), f(&mut counted));
        assert_eq!(free.tape(), counted.tape());
        free.tape().verify().unwrap();
        assert!(free.tape().guards().len() > 3_000 && free.tape().reads().len() == 500);
    }
}

/// Nodes to which nothing comes down are passed over, from wherever the last that counts stands and across the blocks in which
/// adjoints are looked through; behind them operands and partials are read from the right places.
#[test]
fn dead_nodes_among_those_that_count() {
    let mut r = Recorder::new();
    let kinds: [fn(Var, Var) -> Var; 9] = [
        |a, b| a * b,
        |a, _| a.sin(),
        |a, b| a / (b * b + 1.0),
        |a, _| (a * a).powi(2),
        |a, b| a.max(b),
        |a, b| a.mul_add(b, a),
        |a, b| wengert::linear::sum(&[a, b, a]),
        |a, b| Var::dot(&[a, b], &[b, a]),
        |a, b| a.clamp(b - 1.0, b + 1.0),
    ];
    for dead in [0, 1, 2, 500, 1010, 1015, 1020, 1021, 1022, 1023, 1024, 1025, 1026, 1030, 2048, 3000] {
        let (x, f) = r
            .record(|s| {
                let x = s.input(0.7);
                let y = x.sin() / x;
                let (mut a, mut b) = (y, x);
                for k in 0..dead {
                    (a, b) = (kinds[k % kinds.len()](a, b).tanh(), a);
                }
                (x, y.powi(3) * x + y)
            })
            .unwrap();
        let (sin, cos) = 0.7_f64.sin_cos();
        let (y, slope) = (sin / 0.7, (cos * 0.7 - sin) / 0.49);
        let expected = 3.0 * y * y * slope * 0.7 + y * y * y + slope;
        assert_eq!(r.tape().verify(), Ok(()));
        let adjoints = r.reverse(f).unwrap();
        let found = adjoints.of(x).unwrap();
        assert!((found - expected).abs() < 1e-14, "{dead} dead steps: {found}, not {expected}");
        // The input, the two that lead to the result, and what the result is made of.
        let counted = adjoints.as_slice().iter().filter(|g| **g != 0.0).count();
        assert_eq!(counted, 6, "{dead} dead steps");
    }
}
