//! What tools of this kind get wrong without saying so, each asked of ours.

use wengert::{
    Dual, Function, Program, ProgramError, RunError, Scalar, Var, Work, forward, gradient, ops::Real,
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Elsewhere a compiled tape keeps to the branch that it was recorded on.
#[test]
fn a_branch_that_changes() -> Outcome {
    let f = |x: &[Var]| if x[0] > 2.0 { x[0] * x[0] } else { x[0] * 10.0 };
    let program = Program::record(&[3.0], |x| vec![f(x)])?;
    let stale = program.gradient(&[1.0]);
    assert!(matches!(stale, Err(RunError::Diverged(_))), "{stale:?}");
    let message = stale.unwrap_err().to_string();
    assert!(message.contains("silently_wrong.rs:") && message.contains("a = 1.0, b = 2.0"), "{message}");
    // And in what is derived from it.
    for derived in [program.gradient_program()?, program.hessian_program()?, program.optimized()] {
        assert!(matches!(derived.gradient(&[1.0]), Err(RunError::Diverged(_))));
    }
    let mut f = Function::new(f);
    assert_eq!(f.gradient(&[3.0])?, (9.0, vec![6.0]));
    assert_eq!(f.gradient(&[1.0])?, (10.0, vec![10.0]));
    Ok(())
}

/// Elsewhere the number of turns of a loop is that of the recording.
#[test]
fn a_loop_whose_count_changes() -> Outcome {
    fn collatz<T: Scalar>(x: T) -> T {
        let (mut x, mut sum) = (x, x);
        while x > T::lit(1.0) {
            x *= T::lit(0.5);
            sum += x;
        }
        sum
    }
    let mut f = Function::new(|x| collatz(x[0]));
    for x in [1.5, 100.0, 7.0, 0.5, 99.0] {
        let (value, [slope]) = forward::gradient(&[x], |[x]| collatz(x))?;
        assert_eq!(f.gradient(&[x])?, (value, vec![slope]));
    }
    Ok(())
}

/// Elsewhere a plain number taken out of a recording stays what it was.
#[test]
fn a_value_frozen_as_a_constant() -> Outcome {
    let frozen = |x: &[Var]| vec![x[0] * x[0].value()];
    assert!(matches!(Program::record(&[3.0], frozen), Err(ProgramError::PlainReads { reads: 1, .. })));
    let mut f = Function::new(frozen);
    assert_eq!((f.values(&[3.0])?, f.values(&[5.0])?), (vec![9.0], vec![25.0]));
    assert_eq!(f.report().reads.len(), 1);
    // What would be frozen by a rounding or by a test of one number is a comparison.
    let mut f = Function::new(|x| {
        let n = num_traits::ToPrimitive::to_i32(&x[0]).unwrap_or(0);
        x[0].powi(n)
    });
    assert_eq!(f.gradient(&[2.5])?, (6.25, vec![5.0]));
    assert_eq!(f.gradient(&[3.0])?, (27.0, vec![27.0]));
    Ok(())
}

/// Elsewhere `where(x > 0, sqrt(x), 0)` has the slope NaN at 0: 0 times the infinite slope of the branch not taken.
#[test]
fn a_root_at_zero_behind_a_choice() -> Outcome {
    fn guarded<T: Real + Scalar>(x: T) -> T {
        // 0 where x is 0 or less.
        T::select(x.max(T::lit(0.0)), x.sqrt(), x * T::lit(3.0))
    }
    let (value, [slope]) = gradient(&[0.0], |[x]| guarded(x))?;
    assert_eq!((value, slope), (0.0, 3.0));
    let (value, [slope]) = forward::gradient(&[0.0], |[x]| guarded(x))?;
    assert_eq!((value, slope), (0.0, 3.0));
    let mut f = Function::new(|x| guarded(x[0]));
    for (x, value, slope) in [(4.0, 2.0, 0.25), (0.0, 0.0, 3.0), (-1.0, -3.0, 3.0)] {
        assert_eq!(f.gradient(&[x])?, (value, vec![slope]));
        assert_eq!(f.jvp(&[x], &[1.0])?.1, [slope]);
        assert_eq!(f.hessian(&[x])?.2, [if x > 0.0 { -1.0 / 32.0 } else { 0.0 }]);
        assert_eq!(f.program(&[x])?.gradient_program()?.gradient(&[x])?.0, slope);
    }
    assert_eq!(f.report().recordings, 1, "nothing is compared");
    Ok(())
}

/// Elsewhere x² as `powf(x, 2)` has the slope NaN at 0, from the logarithm of the base.
#[test]
fn a_power_at_base_zero() -> Outcome {
    let mut f = Function::new(|x| x[0].powf(2.0) + x[0].powi(3));
    f.value(&[1.0])?;
    assert_eq!(f.gradient(&[0.0])?, (0.0, vec![0.0]));
    assert_eq!(f.hessian(&[0.0])?.2, [2.0]);
    let mut f = Function::new(|x| x[0].pow(x[1]));
    f.value(&[1.0, 1.0])?;
    assert_eq!(f.gradient(&[0.0, 2.0])?, (0.0, vec![0.0, 0.0]));
    assert_eq!(f.gradient(&[0.0, 1.0])?, (0.0, vec![1.0, 0.0]));
    assert_eq!(f.jvp(&[0.0, 2.0], &[1.0, 1.0])?.1, [0.0]);
    Ok(())
}

/// Elsewhere second derivatives of a replayed tape are those of where it was recorded.
#[test]
fn second_derivatives_of_a_replay() -> Outcome {
    let cube = |x: &[Var]| x[0] * x[0] * x[0] * x[1].exp();
    let program = Program::record(&[1.0, 0.0], |x| vec![cube(x)])?;
    let mut f = Function::new(cube);
    f.value(&[1.0, 0.0])?;
    let x = [2.0, 0.5];
    let e = 0.5_f64.exp();
    let exact = [12.0 * e, 12.0 * e, 12.0 * e, 8.0 * e];
    let close =
        |found: &[f64]| found.iter().zip(exact).all(|(found, exact)| (found - exact).abs() < 1e-13 * exact);
    assert!(close(&f.hessian(&x)?.2));
    let mut hessian = [0.0; 4];
    program.hessian_into(&mut Work::new(), &x, &mut vec![0.0; program.inputs()], &mut hessian)?;
    assert!(close(&hessian));
    program.hessian_program()?.values_into(&mut Work::new(), &x, &mut hessian)?;
    assert!(close(&hessian));
    // The Jacobian of the gradient, recorded twice over.
    let twice = program.gradient_program()?.jacobian_program()?;
    twice.values_into(&mut Work::new(), &x, &mut hessian)?;
    assert!(close(&hessian));
    Ok(())
}

/// Elsewhere `sin(2x) + sin(2x)` costs two sines, as each literal is a variable of its own.
#[test]
fn one_sine_of_two() -> Outcome {
    let mut f = Function::new(|x| (x[0] * 2.0).sin() + (x[0] * 2.0).sin()).optimize_after(0);
    assert_eq!(f.value(&[0.25])?, 2.0 * 0.5_f64.sin());
    let dump = f.program(&[0.25])?.tape().to_string();
    assert_eq!(dump.matches("sin").count(), 1, "{dump}");
    assert_eq!(f.gradient(&[0.25])?, (2.0 * 0.5_f64.sin(), vec![4.0 * 0.5_f64.cos()]));
    Ok(())
}

/// d/dx (x · d/dy (x + y)): elsewhere 2, where the tangents of the two derivatives are confused; and the same in reverse,
/// with a derivative taken within a recording.
#[test]
fn nested_derivatives() -> Outcome {
    // Dual within dual, by type.
    let inner = |x: Dual| {
        let y = Dual { value: Dual::constant(1.0), tangent: [Dual::constant(1.0)] };
        (Dual::<Dual>::constant(x) + y).tangent[0]
    };
    let x = Dual { value: 1.0, tangent: [1.0] };
    assert_eq!((x * inner(x)).tangent, [1.0]);
    // A recording within a recording: a variable of the outer cannot slip into the inner.
    let confused = gradient(&[1.0], |[x]| {
        let within = gradient(&[1.0], |[y]| x + y);
        assert!(within.is_err(), "{within:?}");
        x
    });
    assert_eq!(confused?, (1.0, [1.0]));
    // As a program: the derivative by y, a function of x and y, is differentiated by x.
    let sum = Program::record(&[1.0, 1.0], |x| vec![x[0] * x[0] * x[1]])?;
    let by_y = sum.gradient_program()?; // (2xy, x²)
    let (mut y, mut product) = ([0.0; 2], [0.0; 2]);
    by_y.vjp_into(&mut Work::new(), &[3.0, 5.0], &[0.0, 1.0], &mut y, &mut product)?;
    assert_eq!((y, product), ([30.0, 9.0], [6.0, 0.0]));
    Ok(())
}
