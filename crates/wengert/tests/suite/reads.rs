//! Plain values that leave the recording: where nothing that is differentiated is left, an error with the lines and no zeros;
//! elsewhere a list of them; integers as guards.

use num_traits::{Float, NumCast, ToPrimitive};
use wengert::{
    CheckError, Dual, Function, FunctionError, GradientError, Program, ProgramError, Recorder, RunError,
    SourceLine, Var, check::Check, gradient, jacobian, vjp,
};

/// A quadrature that is generic over the number and gives an `f64`, as published ones do.
#[rustfmt::skip]
fn midpoint_rule<T: Float>(f: impl Fn(T) -> T, n: usize) -> (f64, u32) {
    let mut sum = 0.0;
    for k in 0..n {
        let x = T::from((k as f64 + 0.5) / n as f64).unwrap();
        sum += f(x).to_f64().unwrap();
    }
    (sum / n as f64, line!() - 2)
}

fn lines(error: &GradientError) -> Vec<u32> {
    match error {
        GradientError::PlainReads { lines } => {
            assert!(lines.iter().all(|line| line.file == file!()), "{lines:?}");
            lines.iter().map(|line| line.line).collect()
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_result_of_plain_values_alone_is_an_error() {
    let mut at = 0;
    let error = gradient(&2.0, |a| {
        let (integral, line) = midpoint_rule(|x: Var| a * x, 3);
        at = line;
        Var::constant(integral)
    });
    let error = error.unwrap_err();
    assert_eq!(lines(&error), [at]);
    let text = error.to_string();
    assert!(text.contains(&format!("{}:{at}:", file!())) && text.contains("`x.detach()`"), "{text}");

    // Of a few results one suffices; of all, none is left.
    let sides = |[x, y]: [Var; 2]| vec![Var::constant(x.value()), Var::constant(y.value() * 2.0)];
    assert_eq!(lines(&jacobian(&[1.0, 2.0], sides).unwrap_err()).len(), 2);
    assert_eq!(lines(&vjp(&[1.0, 2.0], sides, &[1.0; 2]).unwrap_err()).len(), 2);
    let (values, rows) = jacobian(&[1.0, 2.0], |[x, y]| vec![Var::constant(x.value()), y]).unwrap();
    assert_eq!((values, rows), (vec![1.0, 2.0], vec![[0.0; 2], [0.0, 1.0]]));
    let checked = Check::new().gradient(&2.0, |x| Var::constant(x.value()));
    assert!(matches!(checked, Err(CheckError::Gradient(GradientError::PlainReads { .. }))));

    // Without a read a constant is a constant; so it is where no derivative was lost.
    assert_eq!(gradient(&2.0, |_| Var::constant(3.0)).unwrap(), (3.0, 0.0));
    assert_eq!(gradient(&2.0, |x| Var::constant(x.detach().value())).unwrap(), (2.0, 0.0));
    assert_eq!(gradient(&2.5, |x| Var::constant(x.floor().value())).unwrap(), (2.0, 0.0));
    assert_eq!(
        gradient(&2.5, |x| Var::constant((x.floor() * 3.0 + x.detach()).value())).unwrap(),
        (8.5, 0.0)
    );
    assert!(gradient(&2.5, |x| Var::constant((x.floor() * x).value())).is_err());
    let (_, outer) = gradient(&2.0, |x| x * gradient(&1.0, |y| y * x.value()).unwrap().0).unwrap();
    assert_eq!(outer, 2.0);
}

#[test]
fn many_lines_are_counted() {
    let read: [fn(Var) -> f64; 7] = [
        |x| x.value(),
        |x| x.to_f64().unwrap(),
        |x| x.to_f32().unwrap().into(),
        |x| Float::integer_decode(x).0 as f64,
        |x| <Var as NumCast>::from(x).unwrap().value(),
        |x| wengert::ops::Real::primal(x),
        |x| Dual::<Var>::variable(x).to_f64().unwrap(),
    ];
    let error = gradient(&2.0, |x| Var::constant(read.iter().map(|read| read(x)).sum::<f64>())).unwrap_err();
    assert_eq!(lines(&error).len(), 7);
    assert!(error.to_string().contains(" and 2 more;"), "{error}");
}

type Asked = Box<dyn Fn(&mut Function<'_>) -> Result<(), FunctionError>>;

#[test]
fn a_program_and_a_function_say_what_was_read() {
    let frozen = |x: &[Var]| vec![x[0] * x[0].to_f64().unwrap()];
    let error = Program::record(&[2.0], frozen).unwrap_err();
    assert!(matches!(&error, ProgramError::PlainReads { reads: 1, at } if at.file == file!()), "{error}");

    let mut f = Function::new(frozen);
    assert_eq!(f.gradient(&[3.0]).unwrap(), (9.0, vec![3.0]));
    assert_eq!(f.gradient(&[4.0]).unwrap(), (16.0, vec![4.0]));
    let reads = f.report().reads;
    assert_eq!((reads.len(), f.report().recordings), (1, 2));

    let mut f = Function::new(|x| Var::constant(x[0].value()));
    assert_eq!(f.value(&[3.0]).unwrap(), 3.0);
    let ask: [Asked; 6] = [
        Box::new(|f| f.gradient(&[3.0]).map(|_| ())),
        Box::new(|f| f.vjp(&[3.0], &[1.0]).map(|_| ())),
        Box::new(|f| f.jvp(&[3.0], &[1.0]).map(|_| ())),
        Box::new(|f| f.jacobian(&[3.0]).map(|_| ())),
        Box::new(|f| f.hvp(&[3.0], &[1.0]).map(|_| ())),
        Box::new(|f| f.hessian(&[3.0]).map(|_| ())),
    ];
    for ask in &ask {
        let error = ask(&mut f).unwrap_err();
        assert!(matches!(&error, FunctionError::Gradient(why) if lines(why).len() == 1), "{error}");
    }
    // What is accepted is the user's word.
    let reads: Vec<SourceLine> = f.report().reads;
    f.accept_reads(reads);
    for ask in &ask {
        ask(&mut f).unwrap();
    }
    assert_eq!(f.gradient(&[3.0]).unwrap().1, [0.0]);
}

/// A table is looked up by an integer, which is a guard: a replay is right in the cell, and says so outside of it.
#[test]
fn an_integer_is_a_guard() {
    let table = [1.0, 2.0, 4.0, 8.0];
    let f = Program::record(&[1.5], |x| {
        let cell = x[0].floor().to_usize().unwrap();
        vec![(x[0] - cell as f64) * (table[cell + 1] - table[cell]) + table[cell]]
    });
    let f = f.unwrap();
    assert_eq!(f.gradient(&[1.25]).unwrap(), (2.5, vec![2.0]));
    let error = f.gradient(&[2.25]).unwrap_err();
    assert!(matches!(&error, RunError::Diverged(why) if why.at.file == file!()), "{error}");
    let mut recorder = Recorder::new();
    recorder.record(|s| s.input(1.5).to_i32()).unwrap();
    assert!(recorder.tape().reads().is_empty() && recorder.tape().guards().len() == 1);
}
