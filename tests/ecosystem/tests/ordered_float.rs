//! `ordered-float` wraps floats so that they have a total order: `OrderedFloat<T>`, where a NaN is above all other numbers, and
//! `NotNan<T>`, which refuses NaNs. Both ask for `num_traits::float::FloatCore`.
//!
//! The tests sort wrapped numbers, take the greatest, and keep them as keys of a tree. The derivative of what is picked is 1 by
//! the number that was picked and 0 by each other, and all comparisons are guards.

use std::collections::{BTreeMap, BinaryHeap};
use std::fmt::Debug;
use std::iter::Sum;
use std::str::FromStr;

use num_traits::float::FloatCore;
use ordered_float::{FloatIsNan, NotNan, OrderedFloat};
use wengert::{Dual, Function, Recorder, Var, forward, gradient, jacobian};

const POINT: [f64; 5] = [0.3, -1.5, 2.25, 0.1, -0.7];

/// The indices of [`POINT`] from the smallest number to the greatest.
const ORDER: [usize; 5] = [1, 4, 3, 0, 2];

fn sorted<T: FloatCore>(x: &[T]) -> Vec<T> {
    let mut x: Vec<_> = x.iter().copied().map(OrderedFloat).collect();
    x.sort();
    x.into_iter().map(OrderedFloat::into_inner).collect()
}

fn sorted_without_nan<T: FloatCore>(x: &[T]) -> Vec<T> {
    let mut x: Vec<_> = x.iter().map(|x| NotNan::new(*x).unwrap()).collect();
    x.sort_unstable();
    x.into_iter().map(NotNan::into_inner).collect()
}

/// The greatest first, by way of a heap.
fn drained<T: FloatCore>(x: &[T]) -> Vec<T> {
    let mut heap: BinaryHeap<_> = x.iter().copied().map(OrderedFloat).collect();
    std::iter::from_fn(|| heap.pop()).map(OrderedFloat::into_inner).collect()
}

#[test]
fn a_sort_is_a_permutation_and_so_is_its_jacobian() {
    let rows_in = |order: &[usize]| -> Vec<[f64; 5]> {
        order.iter().map(|picked| std::array::from_fn(|j| f64::from(u8::from(j == *picked)))).collect()
    };
    let up = rows_in(&ORDER);
    let down = rows_in(&[2, 0, 3, 4, 1]);
    let values: Vec<f64> = ORDER.iter().map(|k| POINT[*k]).collect();
    assert_eq!(jacobian(&POINT, |x| sorted::<Var>(&x)).unwrap(), (values.clone(), up.clone()));
    assert_eq!(jacobian(&POINT, |x| sorted_without_nan::<Var>(&x)).unwrap(), (values.clone(), up.clone()));
    assert_eq!(jacobian(&POINT, |x| drained::<Var>(&x)).unwrap().1, down);
    assert_eq!(forward::jacobian(&POINT, |x| sorted(&x)).unwrap(), (values.clone(), up.clone()));
    assert_eq!(forward::jacobian(&POINT, |x| sorted_without_nan(&x)).unwrap(), (values, up));
    assert_eq!(forward::jacobian(&POINT, |x| drained(&x)).unwrap().1, down);
}

/// The square of the greatest sine.
fn peak<T: num_traits::Float + FloatCore>(x: &[T]) -> T {
    let greatest = x.iter().map(|x| OrderedFloat(num_traits::Float::sin(*x))).max().unwrap();
    (greatest * greatest).into_inner()
}

#[test]
fn the_greatest_of_computed_numbers() {
    // sin 2.25 is the greatest; the slope of its square is sin 4.5.
    let (value, slopes) = gradient(&POINT, |x| peak::<Var>(&x)).unwrap();
    assert_eq!(value, 2.25_f64.sin().powi(2));
    assert_eq!([slopes[0], slopes[1], slopes[3], slopes[4]], [0.0; 4]);
    assert!((slopes[2] - 4.5_f64.sin()).abs() < 1e-15, "{} is not sin 4.5", slopes[2]);
    assert_eq!(forward::gradient(&POINT, |x| peak(&x)).unwrap(), (value, slopes));
}

/// The gap between the first number and the next lower one, which a tree of all finds.
fn gap_below<T: FloatCore>(x: &[T]) -> T {
    let places: BTreeMap<_, _> = x.iter().enumerate().map(|(k, x)| (OrderedFloat(*x), k)).collect();
    assert_eq!(places.values().copied().collect::<Vec<_>>(), ORDER);
    assert_eq!(places[&OrderedFloat(x[3])], 3);
    let (below, _) = places.range(..OrderedFloat(x[0])).next_back().unwrap();
    x[0] - below.into_inner()
}

#[test]
fn keys_of_a_tree() {
    let wanted = (POINT[0] - POINT[3], [1.0, 0.0, 0.0, -1.0, 0.0]);
    assert_eq!(gradient(&POINT, |x| gap_below::<Var>(&x)).unwrap(), wanted);
    assert_eq!(forward::gradient(&POINT, |x| gap_below(&x)).unwrap(), wanted);
}

/// The order at one point says nothing about another: the guards of the comparisons send such a call to a new recording.
#[test]
fn another_order_is_another_trace() {
    let mut median = Function::new(|x: &[Var]| sorted(x)[2]);
    assert_eq!(median.gradient(&POINT).unwrap(), (0.1, vec![0.0, 0.0, 0.0, 1.0, 0.0]));
    assert_eq!(median.gradient(&[0.31, -1.4, 2.0, 0.2, -0.8]).unwrap(), (0.2, vec![0.0, 0.0, 0.0, 1.0, 0.0]));
    assert_eq!(median.report().recordings, 1);
    assert_eq!(median.gradient(&[0.3, -1.5, 2.25, 0.4, -0.7]).unwrap(), (0.3, vec![1.0, 0.0, 0.0, 0.0, 0.0]));
    assert_eq!(median.report().recordings, 2);
}

#[test]
fn nan_has_its_place_or_is_refused() {
    let mut recorder = Recorder::new();
    let last = recorder
        .record(|s| {
            let x = s.inputs(&[f64::NAN, 3.0]);
            assert_eq!(NotNan::new(x[0]).err(), Some(FloatIsNan));
            assert!(NotNan::new(x[1]).is_ok());
            assert!(OrderedFloat(x[0]) > OrderedFloat(x[1]));
            assert!(OrderedFloat(x[0]) == OrderedFloat(x[0]));
            sorted(&x)[0]
        })
        .unwrap();
    assert!(!recorder.tape().guards().is_empty());
    assert_eq!(recorder.tape().lossy_reads(), []);
    assert_eq!(recorder.reverse(last).unwrap().as_slice()[..2], [0.0, 1.0]);
    assert_eq!(NotNan::new(Dual::<f64>::variable(f64::NAN)).err(), Some(FloatIsNan));
    assert!(OrderedFloat(Dual::<f64>::variable(f64::NAN)) > OrderedFloat(Dual::variable(f64::INFINITY)));
}

/// Arithmetic on wrapped numbers, a constant from text, and a sum.
fn computed<T: FloatCore + FromStr<Err: Debug> + Sum>(x: T) -> T {
    let x = NotNan::new(x).unwrap();
    let two: NotNan<T> = "2".parse().unwrap();
    [x * x, x / two, -x].into_iter().sum::<NotNan<T>>().into_inner()
}

#[test]
fn arithmetic_of_wrapped_numbers() {
    let wanted = (9.0 + 1.5 - 3.0, 6.0 + 0.5 - 1.0);
    assert_eq!(gradient(&3.0, computed::<Var>).unwrap(), wanted);
    assert_eq!(forward::gradient(&3.0, computed).unwrap(), wanted);
}
