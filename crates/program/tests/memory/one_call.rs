//! The memory of one-call drivers: kept by the thread, limited, released, and nobody else's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::Mutex;

use wengert_program::{hessian, hvp};
use wengert_tape::call::{Callee, Opaque, Outcome};
use wengert_tape::{
    GradientError, Recorder, Var, forward, gradient, gradient_into, jacobian, jacobian_into, jvp, jvp_into,
    memory, vjp, vjp_into,
};

use crate::counting::allocations;

/// The limit is one for all threads of the process.
static LIMIT: Mutex<()> = Mutex::new(());

fn alone() -> impl Drop {
    LIMIT.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Something with iterators' sums, branches, constants and n-ary operations.
fn f<T: wengert_ops::Scalar>(x: &[T]) -> T {
    let squares = x.iter().map(|x| *x * *x).sum::<T>();
    let mut y = squares.sqrt() + T::dot(x, x) * 0.5;
    for x in x {
        if *x > 0.25 {
            y += (*x * 3.0).sin();
        }
    }
    y
}

/// Allocations of the third of three calls.
fn third<R>(mut call: impl FnMut() -> Result<R, GradientError>) -> usize {
    call().unwrap();
    call().unwrap();
    let (done, count) = allocations(call);
    done.unwrap();
    count
}

#[test]
fn from_the_second_call_on_nothing_is_allocated_but_what_is_handed_over() {
    let _alone = alone();
    let (array, w, v) = ([0.1, 0.4, -0.3, 0.7], [1.0, -2.0], [1.0, 0.5, 0.0, 2.0]);
    let slice = &array[..];
    let (mut g, mut y, mut j) = ([0.0; 4], [0.0; 2], [0.0; 8]);
    assert_eq!(third(|| gradient(&array, |x| f(&x))), 0);
    assert_eq!(third(|| gradient_into(&array, |x| f(&x), &mut g)), 0);
    assert_eq!(third(|| gradient(slice, |x| f(&x))), 2);
    assert_eq!(third(|| gradient(&array.to_vec(), |x| f(&x))), 3, "of which one is the point");
    assert_eq!(third(|| gradient_into(slice, |x| f(&x), &mut g)), 1);
    assert_eq!(third(|| gradient(&([0.1, 0.2], 0.3), |([x, y], z)| f(&[x, y, z]))), 0);
    assert_eq!(third(|| vjp(&array, |x| [f(&x), x[0]], &w)), 1, "the values");
    assert_eq!(third(|| vjp_into(&array, |x| [f(&x), x[0]], &w, &mut y, &mut g)), 0);
    // A sweep that begins below the tape's end finds its place by an index, which is made for each recording.
    assert_eq!(third(|| jacobian(&array, |x| [f(&x), x[0]])), 2 + 1);
    assert_eq!(third(|| jacobian_into(&array, |x| [f(&x), x[0]], &mut y, &mut j)), 1);
    let mut recorder = Recorder::new();
    assert_eq!(third(|| recorder.gradient_into(&array, |x| f(&x), &mut g)), 0);
    // The sums of iterators gather dual numbers in a vector.
    let plain = |x: [wengert_ops::Dual<f64>; 4]| [x[0] * x[1], x[2].sin()];
    assert_eq!(third(|| jvp_into(&array, plain, &v, &mut y, &mut [0.0; 2])), 1, "the direction");
    assert_eq!(third(|| forward::gradient_into(&array, |x| x[0] * x[1] - x[3], &mut g)), 0);
}

#[test]
fn drivers_agree() {
    let (at, w, v) = ([0.1, 0.4, -0.3, 0.7], [1.0, -2.0], [1.0, 0.5, 0.0, 2.0]);
    let near = |a: &[f64], b: &[f64]| {
        assert!(a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-13), "{a:?} {b:?}");
    };
    let two = |x: &[Var]| [f(x), x[0] * x[3]];
    let (values, rows) = jacobian(&at, |x| two(&x)).unwrap();
    let (first, slopes) = gradient(&at, |x| f(&x)).unwrap();
    assert_eq!(values, [first, at[0] * at[3]]);
    near(&rows[0], &slopes);
    let (of_vjp, product) = vjp(&at, |x| two(&x), &w).unwrap();
    assert_eq!(of_vjp, values);
    near(&product, &[0, 1, 2, 3].map(|k| w[0] * rows[0][k] + w[1] * rows[1][k]));
    let (of_jvp, along) = jvp(&at, |x| [f(&x), x[0] * x[3]], &v).unwrap();
    near(&of_jvp, &values);
    near(&along, &[0, 1].map(|k| rows[k].iter().zip(v).map(|(a, b)| a * b).sum::<f64>()));
    let (value, of_hvp, hv) = hvp(&at, |x| f(&x), &v).unwrap();
    let (again, of_hessian, h) = hessian(&at, |x| f(&x)).unwrap();
    assert_eq!((value, again), (first, first));
    near(&of_hvp, &slopes);
    near(&of_hessian, &slopes);
    near(&hv, &[0, 1, 2, 3].map(|k| h[k].iter().zip(v).map(|(a, b)| a * b).sum::<f64>()));
    // One number, an array, a vector; nothing.
    assert_eq!(jacobian(&at, |x| x[0]).unwrap().1, [[1.0, 0.0, 0.0, 0.0]]);
    assert_eq!(jacobian(&at, |x| x.to_vec()).unwrap().1.len(), 4);
    assert_eq!(jacobian(&at, |_| Vec::new()).unwrap(), (vec![], vec![]));
    assert_eq!(hessian(&[0.0; 0][..], |_| Var::constant(3.0)).unwrap(), (3.0, vec![], vec![]));
}

#[test]
fn slices_of_a_wrong_length_are_errors() {
    let at = [1.0, 2.0];
    let wrong = |result: Result<(), GradientError>| {
        assert!(matches!(result, Err(GradientError::Length { .. } | GradientError::Run(_))), "{result:?}");
    };
    let square = |[x, y]: [Var; 2]| x * y;
    let (mut one, mut two, mut three) = ([0.0], [0.0; 2], [0.0; 3]);
    wrong(gradient_into(&at, square, &mut three).map(|_| ()));
    wrong(Recorder::new().gradient_into(&at, square, &mut one).map(|_| ()));
    wrong(vjp(&at, square, &[1.0, 2.0]).map(|_| ()));
    wrong(vjp_into(&at, square, &[1.0], &mut two, &mut [0.0; 2]));
    wrong(vjp_into(&at, square, &[1.0], &mut one, &mut three));
    wrong(jacobian_into(&at, square, &mut two, &mut [0.0; 2]));
    wrong(jacobian_into(&at, square, &mut one, &mut three));
    wrong(jvp(&at[..], |x| x[0], &[1.0][..]).map(|_| ()));
    wrong(hvp(&at[..], |x| x[0], &[1.0][..]).map(|_| ()));
    wrong(forward::gradient_into(&at, |[x, y]| x * y, &mut three).map(|_| ()));
    wrong(wengert_program::hessian_into(&at, square, &mut one, &mut [0.0; 4]).map(|_| ()));
    wrong(wengert_program::hessian_into(&at, square, &mut two, &mut three).map(|_| ()));
}

#[test]
fn calls_nest() {
    let _alone = alone();
    memory::release();
    let nested = || {
        gradient(&[3.0, 2.0], |[x, y]| {
            // A derivative that is a plain number here.
            let (_, [slope]) = gradient(&[x.detach().value()], |[u]| {
                let (_, [inner]) = gradient(&[5.0], |[w]| w * w).unwrap();
                u * u * inner
            })
            .unwrap();
            x * slope + y * y
        })
        .unwrap()
    };
    assert_eq!(nested(), (184.0, [60.0, 4.0]));
    nested();
    assert_eq!(allocations(nested).1, 0);
    // As much is kept as was nested.
    let three = memory::held();
    memory::release();
    gradient(&[3.0], |[x]| x * x).unwrap();
    assert!(memory::held() > 0 && memory::held() * 3 <= three * 2, "{} of {three}", memory::held());
}

#[test]
fn memory_is_limited_and_released() {
    let _alone = alone();
    let long = |n: usize| gradient(&[0.5], |[x]| (0..n).fold(x, |y, _| y.sin() + x)).unwrap();
    memory::release();
    assert_eq!(memory::held(), 0);
    long(100_000);
    assert!((1 << 20..memory::DEFAULT_LIMIT).contains(&memory::held()), "{}", memory::held());
    memory::set_limit(1 << 20);
    // What was kept is taken, found too large, and freed.
    long(10);
    assert_eq!((memory::limit(), memory::held()), (1 << 20, 0));
    long(1_000);
    assert!((1..=1 << 20).contains(&memory::held()));
    // A lower limit holds for all that was kept.
    gradient(&[0.5], |[x]| x * long(10).0).unwrap();
    memory::set_limit(0);
    long(10);
    assert_eq!(memory::held(), 0);
    let (_, count) = allocations(|| long(10));
    assert!(count > 0, "nothing is kept");
    memory::set_limit(memory::DEFAULT_LIMIT);
    long(10);
    assert!(memory::held() > 0);
    memory::release();
    assert_eq!(memory::held(), 0);
}

#[test]
fn errors_and_panics_leave_it_usable() {
    let _alone = alone();
    let mut outside = None;
    gradient(&[1.0], |[x]| *outside.insert(x)).unwrap();
    let stale = outside.unwrap();
    for _ in 0..3 {
        assert!(matches!(gradient(&[1.0], |[x]| x * stale), Err(GradientError::Record(_))));
        assert!(catch_unwind(AssertUnwindSafe(|| gradient(&[1.0], |[_]| panic!("in the closure")))).is_err());
        assert_eq!(gradient(&[4.0, -3.0], |[x, y]| x * y).unwrap(), (-12.0, [-3.0, 4.0]));
    }
}

/// `x ↦ x`; an error at 2, and none but a slope's at 5; says when it is gone.
struct Shared(Arc<()>);

impl Opaque for Shared {
    fn name(&self) -> &'static str {
        "shared"
    }
    fn inputs(&self) -> usize {
        1
    }
    fn outputs(&self) -> usize {
        1
    }
    fn is_pure(&self) -> bool {
        true
    }
    fn value(&self, x: &[f64], y: &mut [f64]) -> Outcome {
        if x[0] == 2.0 {
            return Err(Box::new(Kept(Arc::clone(&self.0))));
        }
        y[0] = x[0];
        Ok(())
    }
    fn vjp(&self, x: &[f64], _: &[f64], gy: &[f64], gx: &mut [f64]) -> Outcome {
        if x[0] == 5.0 {
            return Err(Box::new(Kept(Arc::clone(&self.0))));
        }
        gx[0] = gy[0];
        Ok(())
    }
}

/// An error that holds on to something.
#[derive(Debug)]
struct Kept(#[allow(dead_code)] Arc<()>);

impl std::fmt::Display for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("kept")
    }
}

impl std::error::Error for Kept {}

#[test]
fn nothing_of_a_user_is_kept() {
    let watched = Arc::new(());
    let shared = Callee::opaque(Shared(Arc::clone(&watched)));
    assert_eq!(gradient(&[3.0], |[x]| shared.call(&[x])[0] * x).unwrap(), (9.0, [6.0]));
    for at in [2.0, 5.0] {
        let error = gradient(&[at], |[x]| shared.call(&[x])[0]).unwrap_err();
        drop(error);
        assert_eq!(Arc::strong_count(&watched), 2, "the operation itself, at {at}");
    }
    drop(shared);
    assert_eq!(Arc::strong_count(&watched), 1);
    // Nor what a called program needed, which may be much.
    memory::release();
    let long = wengert_program::Program::record(&[0.5], |x| (0..100_000).fold(x[0], |y, _| y.sin())).unwrap();
    gradient(&[0.5], |x| long.call(&x)[0]).unwrap();
    let (_, [_, taken]) = crate::counting::allocated(|| gradient(&[0.5], |x| long.call(&x)[0]).unwrap());
    assert!(taken > 1_000_000 && memory::held() < 100_000, "taken anew {taken}, held {}", memory::held());
}

#[test]
fn every_thread_has_its_own() {
    let _alone = alone();
    gradient(&[1.0], |[x]| x * x).unwrap();
    let other = std::thread::spawn(|| {
        let before = memory::held();
        gradient(&[1.0], |[x]| x * x).unwrap();
        (before, memory::held())
    });
    let (before, after) = other.join().unwrap();
    assert!(before == 0 && after > 0);
}

/// A shape whose methods do not agree.
struct Lying {
    handed: usize,
    asked: usize,
}

impl wengert_ops::Parameters for Lying {
    type With<U: wengert_ops::Scalar> = Vec<U>;
    fn map_numbers<U: wengert_ops::Scalar>(&self, f: &mut impl FnMut(f64) -> U) -> Vec<U> {
        (0..self.asked).map(|k| f(k as f64 + 1.0)).collect()
    }
    fn each_number(&self, f: &mut impl FnMut(f64)) {
        (0..self.handed).for_each(|k| f(k as f64 + 1.0));
    }
}

#[test]
fn a_shape_that_contradicts_itself_is_an_error_at_the_callers_line() {
    for (handed, asked) in [(2, 3), (3, 2), (1, 0), (0, 1)] {
        let at = Lying { handed, asked };
        let first = |x: Vec<Var>| x.first().copied().unwrap_or(Var::constant(1.0));
        let line = line!() + 1;
        let error = gradient(&at, first).unwrap_err().to_string();
        assert!(
            error.contains(&format!("one_call.rs:{line}:")) && error.contains("`map_numbers`"),
            "{error}"
        );
        assert!(jacobian(&at, |x| x).is_err() && hessian(&at, first).is_err());
        assert!(jvp(&at, |x| x, &at).is_err() && forward::jacobian(&at, |x| x).is_err());
        assert!(forward::taylor::<2, _, _>(&at, |x| x, &at).is_err());
    }
}

#[test]
fn a_number_that_was_kept_is_an_error_at_the_callers_line() {
    let mut kept = None;
    gradient(&[1.0], |[x]| *kept.insert(x)).unwrap();
    let stale = kept.unwrap();
    let line = line!() + 1;
    let errors = [gradient(&[1.0], |_| stale).unwrap_err(), hessian(&[1.0], |_| stale).unwrap_err()];
    for error in errors {
        let text = error.to_string();
        assert!(
            text.contains(&format!("one_call.rs:{line}:")) && text.contains("was used in recording"),
            "{text}"
        );
    }
    assert!(vjp(&[1.0], |_| stale, &[1.0]).is_err());
}
