//! Operands beside data: what is recorded is what constants give, to the last bit, at every number type and in every form of a
//! program; limits, lines; and what reads back.

use wengert::linear;
use wengert_ops::{Dual, Functions, Operands, Real, Taylor, rows};
use wengert_program::{Program, Work};
use wengert_tape::call::Registry;
use wengert_tape::{ParseError, ParseReason, RecordError, Recorder, Tape, Var};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn numbers(count: usize, step: f64) -> Vec<f64> {
    (0..count).map(|k| 1.5 * (0.4 + step * k as f64).sin()).collect()
}

/// `Σ aᵢⱼxⱼ` for each row, and their squared distance to `b`.
fn by_data<T: Functions>(x: &[T], a: &[f64], b: &[f64]) -> Vec<T> {
    let mut y = linear::weighted_sums(a, x);
    y.push(linear::distance_squared_to(&y, b));
    y
}

/// The same with constants.
fn by_constants<T: Functions>(x: &[T], a: &[f64], b: &[f64]) -> Vec<T> {
    let constants = |numbers: &[f64]| numbers.iter().map(|c| T::lit(*c)).collect::<Vec<_>>();
    let mut y = linear::matrix_vector(&constants(a), x);
    y.push(linear::distance_squared(&y, &constants(b)));
    y
}

#[test]
fn worked_by_hand() -> Outcome {
    let mut recorder = Recorder::new();
    let (x, sum, distance) = recorder.record(|s| {
        let x = s.inputs(&[2.0, -1.0, 0.5]);
        (x, Var::weighted_sum(&x, &[1.0, 3.0, -4.0]), Var::distance_squared_to(&x, &[0.0, 1.0, 2.0]))
    })?;
    // 2 − 3 − 2, and 2² + 2² + 1.5².
    assert_eq!((sum.value(), distance.value()), (-3.0, 10.25));
    let slopes = |y: Var, recorder: &mut Recorder| -> Result<Vec<f64>, Box<dyn std::error::Error>> {
        let adjoints = recorder.reverse(y)?;
        Ok(x.iter().map(|x| adjoints.of(*x)).collect::<Result<_, _>>()?)
    };
    assert_eq!(slopes(sum, &mut recorder)?, [1.0, 3.0, -4.0]);
    assert_eq!(slopes(distance, &mut recorder)?, [4.0, -4.0, -3.0]);
    // Of nothing, and of constants alone.
    assert_eq!((f64::weighted_sum(&[], &[]), f64::distance_squared_to(&[], &[])), (0.0, 0.0));
    assert!(Var::weighted_sum(&[Var::constant(2.0)], &[3.0]).is_constant());
    Ok(())
}

/// At every number type, of all lengths that sums are unrolled by.
#[test]
fn the_bits_are_those_of_constants() {
    fn same<T: Functions>(x: &[T], a: &[f64], b: &[f64], bits: impl Fn(T) -> Vec<u64>) {
        for (data, constant) in by_data(x, a, b).into_iter().zip(by_constants(x, a, b)) {
            assert_eq!(bits(data), bits(constant), "{data:?} and {constant:?}");
        }
    }
    for n in 1..20 {
        let (x, a, b) = (numbers(n, 0.7), numbers(3 * n, 0.3), numbers(3, 1.1));
        same(&x, &a, &b, |y| vec![y.to_bits()]);
        let single: Vec<f32> = x.iter().map(|x| *x as f32).collect();
        same(&single, &a, &b, |y| vec![u64::from(y.to_bits())]);
        let series = |x: &f64| Taylor::<f64, 4>::series(&[*x, 1.0 + x, x * x]);
        let series: Vec<_> = x.iter().map(series).collect();
        same(&series, &a, &b, |y| y.coefficients().map(f64::to_bits).collect());
        // Tangents are sums in another order.
        let duals: Vec<_> = x.iter().map(|x| Dual { value: *x, tangent: [1.0, x + 0.5] }).collect();
        same(&duals, &a, &b, |y| vec![y.value.to_bits()]);
        for (p, q) in by_data(&duals, &a, &b).iter().zip(by_constants(&duals, &a, &b)) {
            let close = |(p, q): (&f64, &f64)| (p - q).abs() <= 1e-13 * (1.0 + p.abs());
            assert!(p.tangent.iter().zip(&q.tangent).all(close), "{p:?} and {q:?}");
        }
    }
    // Infinite and no data.
    for w in [f64::INFINITY, f64::NAN] {
        let duals = [1.0, 0.0].map(|t| Dual { value: 0.5, tangent: [t] });
        let found: Dual = Dual::weighted_sum(&duals[1..], &[w]);
        assert_eq!(found.tangent, [0.0], "no zero is multiplied by infinity");
        let all: Dual = Dual::weighted_sum(&duals, &[w, 1.0]);
        assert!(!all.tangent[0].is_finite());
    }
}

/// Values, gradients, second derivatives and patterns, of a recording and of programs in every form.
#[test]
fn programs_give_what_constants_give() -> Outcome {
    for (m, n) in [(1, 3), (2, 7), (5, 4), (13, 9), (1100, 2)] {
        let (x, a, b) = (numbers(n, 0.7), numbers(m * n, 0.3), numbers(m, 1.1));
        let last = |y: Vec<Var>| vec![y[0] * y[m - 1], y[m]];
        let data = Program::record(&x, |x| last(by_data(x, &a, &b)))?;
        let constants = Program::record(&x, |x| last(by_constants(x, &a, &b)))?;
        // Operands that lie apart.
        let order = |x: &[Var]| x.iter().rev().copied().collect::<Vec<_>>();
        let turned: Vec<f64> = a.chunks(n).flat_map(|row| row.iter().rev().copied()).collect();
        let apart = Program::record(&x, |x| last(by_data(&order(x), &turned, &b)))?;
        assert_eq!(data.tape().verify(), Ok(()));
        let in_step = if m > 1 { m } else { 0 };
        assert_eq!((data.forms().in_step, apart.forms().in_step), (in_step, 0));
        let at: Vec<f64> = x.iter().map(|x| x * 1.1 - 0.05).collect();
        let close = |p: &[f64], q: &[f64]| {
            assert!(p.iter().zip(q).all(|(p, q)| (p - q).abs() <= 1e-11 * (1.0 + p.abs())), "{p:?} {q:?}");
        };
        let expected = constants.jacobian(&at)?.1;
        for program in [&data, &data.optimized(), &apart, &apart.optimized()] {
            let (mut p, mut q) = ([0.0; 2], [0.0; 2]);
            program.values_into(&mut Work::new(), &at, &mut p)?;
            constants.values_into(&mut Work::new(), &at, &mut q)?;
            close(&p, &q);
            close(&program.jacobian(&at)?.1, &expected);
            let again = Program::from_bytes(&program.to_bytes()?, &Registry::new())?;
            assert_eq!(again.tape(), program.tape());
            let (tape, _) = Tape::parse(&program.tape().dump().full().to_string())?;
            assert_eq!(&tape, program.tape());
        }
        let scalar = |of: &dyn Fn(&[Var]) -> Vec<Var>| Program::record(&x, |x| vec![of(x)[m]]);
        let (p, q) = (
            scalar(&|x| by_data(x, &a, &b))?.hessian(&at)?,
            scalar(&|x| by_constants(x, &a, &b))?.hessian(&at)?,
        );
        close(&p.2, &q.2);
    }
    Ok(())
}

/// Where zeros stand beside poles, and in an adjoint that is 0.
#[test]
fn infinite_data_meet_zeros() -> Outcome {
    let program = Program::record(&[1.0, 2.0], |x| {
        let y = linear::weighted_sums(&[f64::INFINITY, 1.0, 2.0, 3.0, 4.0, 5.0], x);
        vec![y[1] + y[2] + Var::select(x[0], x[1], y[0])]
    })?;
    let (value, gradient) = program.gradient(&[1.0, 2.0])?;
    assert_eq!((value, gradient), (8.0 + 14.0 + 2.0, vec![6.0, 9.0]));
    Ok(())
}

#[test]
fn lengths_that_differ_end_the_recording() {
    let mut recorder = Recorder::new();
    let mut line = 0;
    let error = recorder
        .record(|s| {
            let x = s.inputs(&[1.0, 2.0]);
            line = line!() + 1;
            Var::weighted_sum(&x, &[1.0])
        })
        .unwrap_err();
    assert!(matches!(&error, RecordError::InvalidArguments { at, .. } if at.line == line), "{error}");
}

/// Operands that say something else each time they are asked, with lengths of data that do.
#[test]
fn data_that_contradict_themselves_are_refused() {
    struct Odd<'a> {
        x: &'a [Var],
        data: Vec<f64>,
        in_memory: bool,
        asked: std::cell::Cell<usize>,
    }
    impl Operands<Var> for Odd<'_> {
        fn len(&self) -> usize {
            self.x.len() + usize::from(self.asked.replace(self.asked.get() + 1) % 2 == 1)
        }
        fn get(&self, k: usize) -> Var {
            self.x[k % self.x.len()]
        }
        fn in_memory(&self) -> bool {
            self.in_memory
        }
        fn slices(&self, mut f: impl FnMut(&[Var])) {
            f(self.x);
        }
        fn data(&self) -> &[f64] {
            &self.data
        }
    }
    let mut recorder = Recorder::new();
    for (length, asked, in_memory) in
        (0..5).flat_map(|l| [(l, 0, true), (l, 0, false), (l, 1, true), (l, 1, false)])
    {
        let recorded = recorder.record(|s| {
            let x = s.inputs(&[1.0, 2.0, 3.0]);
            let odd = Odd { x: &x, data: vec![0.5; length], in_memory, asked: asked.into() };
            Var::variadic::<rows::WeightedSum>(&odd)
        });
        assert!(recorded.is_ok() == (length == 3 + asked) || recorded.is_err(), "{length}");
        assert_eq!(recorder.tape().verify(), Ok(()), "{length}, {asked}, {in_memory}");
    }
}

/// Sums that stand one after another and are no rows of one matrix: of other operands, of another number of them.
#[test]
fn neighbours_that_are_no_rows_of_one_matrix() -> Outcome {
    let w = [[2.0, 3.0, 5.0], [7.0, 11.0, 13.0]];
    let (value, slopes) = wengert_tape::gradient(&[1.0, 10.0, 100.0, 1000.0], |x: [Var; 4]| {
        let one = linear::weighted_sum(&x[..3], &w[0]);
        let other = linear::weighted_sum(&x[1..], &w[1]);
        let short = linear::weighted_sum(&x[..2], &w[1][..2]);
        one + other + short
    })?;
    assert_eq!(slopes, [2.0 + 7.0, 3.0 + 7.0 + 11.0, 5.0 + 11.0, 13.0]);
    assert_eq!(value, 9.0 + 210.0 + 1600.0 + 13000.0);
    Ok(())
}

/// At floats nothing stands between operands and the row: those that contradict themselves have no value.
#[test]
fn another_number_of_data_than_of_operands_is_no_number() {
    struct Short(usize);
    impl Operands<f64> for Short {
        fn len(&self) -> usize {
            self.0
        }
        fn get(&self, k: usize) -> f64 {
            k as f64
        }
        fn data(&self) -> &[f64] {
            &[1.0; 5]
        }
    }
    for operands in [4, 6, 8, 9, 16] {
        assert!(f64::variadic::<rows::WeightedSum>(&Short(operands)).is_nan(), "{operands}");
        assert!(f64::variadic::<rows::DistanceSquaredTo>(&Short(operands)).is_nan(), "{operands}");
    }
    assert_eq!(f64::variadic::<rows::WeightedSum>(&Short(5)), 10.0);
    assert_eq!(f64::variadic::<rows::DistanceSquaredTo>(&Short(5)), 1.0 + 0.0 + 1.0 + 4.0 + 9.0);
}

/// Each row of a matrix stands in the line of its caller; a budget and a limit of nodes end it where they are used up.
#[test]
fn rows_within_limits() -> Outcome {
    let a = numbers(40, 0.3);
    let mut recorder = Recorder::new().source_lines(true);
    let line = line!() + 1;
    recorder.record(|s| linear::weighted_sums(&a, &s.inputs(&[1.0, 2.0])).len())?;
    let tape = recorder.tape();
    assert_eq!(tape.len(), 22);
    let lines: Vec<_> =
        tape.nodes().filter_map(|node| tape.line(node)).map(|at| (at.line, &*at.file)).collect();
    assert!(lines.iter().all(|at| *at == (line, file!())), "{lines:?}");

    let mut recorder = Recorder::new().max_nodes(7);
    let error = recorder.record(|s| linear::weighted_sums(&a, &s.inputs(&[1.0, 2.0])).len()).unwrap_err();
    assert!(matches!(error, RecordError::TooManyNodes { limit: 7, .. }), "{error}");
    assert_eq!((recorder.tape().len(), recorder.tape().verify()), (7, Ok(())));

    for budget in (200..1_600).step_by(7) {
        let mut recorder = Recorder::new().budget(budget);
        let recorded = recorder.record(|s| linear::weighted_sums(&a, &s.inputs(&[1.0, 2.0])).len());
        assert_eq!(recorder.tape().verify(), Ok(()));
        if recorded.is_ok() {
            assert!(recorder.bytes() <= budget && recorder.tape().len() == 22, "{budget}");
        } else {
            assert!(recorder.tape().len() < 22, "{budget}");
        }
    }
    // An opcode, a value, two operands with their counts and the place of the data, two data.
    let count = |m: usize| {
        let mut recorder = Recorder::new();
        let recorded = recorder.record(|s| linear::weighted_sums(&a[..2 * m], &s.inputs(&[1.0, 2.0])).len());
        assert_eq!(recorded, Ok(m));
        recorder.bytes()
    };
    assert_eq!(count(20) - count(10), 10 * (1 + 8 + 4 * 5 + 8 * 2));
    Ok(())
}

/// Tapes whose data differ in a bit differ, and passes tell them apart.
#[test]
fn data_compare_by_their_bits() -> Outcome {
    let of = |w: [f64; 2]| Program::record(&[1.0, 2.0], |x| vec![Var::weighted_sum(x, &w)]);
    assert_eq!(of([0.0, 1.0])?.tape(), of([0.0, 1.0])?.tape());
    assert_ne!(of([0.0, 1.0])?.tape(), of([-0.0, 1.0])?.tape());
    let pair = |w: [f64; 2]| {
        Program::record(&[1.0, 2.0], |x| {
            vec![Var::weighted_sum(x, &[0.0, 1.0]), Var::weighted_sum(x, &w), Var::distance_squared_to(x, &w)]
        })
    };
    assert_eq!(pair([0.0, 1.0])?.optimized().tape().len(), 4);
    assert_eq!(pair([-0.0, 1.0])?.optimized().tape().len(), 5);
    Ok(())
}

const TEXT: &str = "\
wengert tape v2: 4 nodes, 2 inputs, 1 output, 0 guards, 1 section
node
%0 = input
%1 = input
%2 = weighted_sum %0 %1
%3 = distance_squared_to %2
outputs %3
section data required 2 lines
%2 0.5 -3.0
%3 nan:7ff8000000000001
";

#[test]
fn text_with_sections_reads_back() -> Outcome {
    let (tape, _) = Tape::parse(TEXT)?;
    assert_eq!(tape.to_string(), TEXT);
    // What is optional and not known is passed over, wherever it stands, and is not printed.
    let two = |text: &str| text.replace("1 section", "2 sections");
    let before = two(TEXT)
        .replace("section data", "section aside optional 2 lines\nany … | thing\n\n% 3\nsection data");
    assert_eq!(Tape::parse(&before)?.0.to_string(), TEXT);
    let behind = two(TEXT) + "section scopes optional 0 lines\n";
    assert_eq!(Tape::parse(&behind)?.0, tape);
    // Version 1 has no sections, and so no data.
    let first =
        "wengert tape v1: 2 nodes, 1 input, 1 output, 0 guards\nnode\n%0 = input\n%1 = sin %0\noutputs %1\n";
    assert_eq!(Tape::parse(first)?.0.to_string(), first.replace("v1", "v2"));
    for text in [TEXT.replace("v2", "v1"), TEXT.replace("v2", "v1").replace(", 1 section", "")] {
        assert!(Tape::parse(&text).is_err(), "{text}");
    }
    Ok(())
}

#[test]
fn altered_sections_are_found() {
    let refused = |from: &str, to: &str| -> ParseError {
        assert!(TEXT.contains(from), "{from}");
        Tape::parse(&TEXT.replacen(from, to, 1)).expect_err(to)
    };
    let unknown = refused("section data required", "section scopes required");
    assert_eq!(unknown.reason, ParseReason::UnknownSection { name: "scopes".into() });
    assert_eq!((unknown.line, unknown.column), (8, 9));
    let data = |from: &str, to: &str| {
        let reason = refused(from, to).reason;
        assert!(matches!(reason, ParseReason::Data { .. }), "{to}: {reason}");
    };
    data("%2 0.5 -3.0", "%3 0.5 -3.0");
    data("%2 0.5 -3.0", "%2 0.5");
    data("%2 0.5 -3.0", "%2 0.5 x");
    data("%2 0.5 -3.0", "0.5");
    data("2 lines\n%2 0.5 -3.0\n%3 nan:7ff8000000000001\n", "1 line\n%2 0.5 -3.0\n");
    let without = TEXT.replace(", 1 section", "");
    let without = &without[..without.find("section").unwrap_or(0)];
    let reason = Tape::parse(without).unwrap_err().reason;
    assert!(matches!(reason, ParseReason::Data { count: 2, .. }), "{reason}");
    for (from, to) in [
        ("required", "optional"),
        ("required", "perhaps"),
        ("2 lines", "99999999999999999999999999 lines"),
        ("2 lines", "3 lines"),
        ("2 lines", "x lines"),
        ("2 lines", "2"),
        ("2 lines", "2 lines more"),
        ("2 lines", "1 line"),
        ("-3.0", "-3.0 1.0"),
        ("-3.0", "…"),
        ("%3 nan:7ff8000000000001\n", ""),
        ("%3 nan:7ff8000000000001\n", "%3 1.0\n%3 1.0\n"),
        ("%3 nan:7ff8000000000001\n", "%3 1.0\nsection data required 0 lines\n"),
        ("%3 nan:7ff8000000000001\n", "%3 1.0\nsection aside optional 0 lines\n"),
        ("%3 nan:7ff8000000000001\n", "%3 1.0\noutputs %3\n"),
        ("1 section", "2 sections"),
        ("1 section", "0 sections"),
        (", 1 section", ""),
        ("outputs %3\n", ""),
        ("section data", "section d|ta"),
        ("section data", "section"),
    ] {
        refused(from, to);
    }
    // Cut off anywhere.
    for end in (0..TEXT.len() - 1).filter(|end| TEXT.is_char_boundary(*end)) {
        // Within the last number another one may be left.
        assert!(Tape::parse(&TEXT[..end]).is_err(), "{}", &TEXT[..end]);
    }
}

/// A dump that is not full shows a part of the data, and does not read back.
#[test]
fn long_data_are_elided() -> Outcome {
    let a = numbers(3_000, 0.3);
    let program = Program::record(&numbers(30, 0.2), |x| linear::weighted_sums(&a, x))?;
    let text = program.tape().dump().lines(10).to_string();
    assert!(text.contains("data elided …") && text.contains("… 90 lines elided …"), "{text}");
    assert_eq!(Tape::parse(&text).map_err(|error| error.reason).err(), Some(ParseReason::Elided));
    Ok(())
}
