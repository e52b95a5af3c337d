//! `#[derive(Parameters)]`: what becomes of each field, in every kind of item, without a warning in the user's crate.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::float_cmp)] // exact numbers are the subject, and all that is allowed
#![deny(missing_docs, unreachable_pub, unused_qualifications, single_use_lifetimes)]

#[path = "derive/hygiene.rs"]
pub mod hygiene;

use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::Mul;
use std::rc::Rc;

use wengert::{GradientError, Parameters, Recorder, Scalar, forward, gradient};

/// Every role of a field, and a name that is a keyword.
#[derive(Parameters)]
struct Layer<T, const IN: usize, const OUT: usize> {
    weights: [[T; IN]; OUT],
    name: String,
    #[parameters(fixed)]
    scale: T,
    r#type: PhantomData<T>,
    rate: f64,
    bias: Vec<T>,
}

impl<T: Scalar, const IN: usize, const OUT: usize> Layer<T, IN, OUT> {
    fn apply(&self, x: &[T; IN]) -> [T; OUT] {
        std::array::from_fn(|k| (T::dot(&self.weights[k], x) + self.bias[k]) * self.scale)
    }
}

#[derive(Parameters)]
struct Network<T = f64> {
    hidden: Layer<T, 2, 2>,
    skip: Option<(T, T)>,
    output: Layer<T, 2, 1>,
}

impl<T: Scalar> Network<T> {
    fn loss(&self, x: [f64; 2]) -> T {
        let [y] = self.output.apply(&self.hidden.apply(&x.map(T::lit)).map(T::tanh));
        let skip = self.skip.map_or(T::lit(0.0), |(a, b)| a * b);
        (y + skip).square() * T::lit(self.hidden.rate)
    }
}

fn network() -> Network {
    let hidden = Layer {
        weights: [[0.5, -0.25], [1.0, 0.75]],
        name: "hidden".to_owned(),
        scale: 2.0,
        r#type: PhantomData,
        rate: 0.5,
        bias: vec![0.1, 0.2],
    };
    let output = Layer {
        weights: [[1.5, -0.5]],
        name: "output".to_owned(),
        scale: 1.0,
        r#type: PhantomData,
        rate: 0.0,
        bias: vec![0.3],
    };
    Network { hidden, skip: Some((0.25, 3.0)), output }
}

const FLAT: [f64; 11] = [0.5, -0.25, 1.0, 0.75, 0.1, 0.2, 0.25, 3.0, 1.5, -0.5, 0.3];

/// The numbers in the order of the fields; nothing of what is kept or fixed.
#[test]
fn the_order_is_that_of_the_fields() {
    let network = network();
    assert_eq!(network.flatten(), FLAT);
    let mut seen = Vec::new();
    network.each_number(&mut |x| seen.push(x));
    assert_eq!(seen, FLAT);
    let mut mapped = Vec::new();
    network.map_numbers(&mut |x| {
        mapped.push(x);
        x
    });
    assert_eq!(mapped, FLAT);
}

#[test]
fn a_gradient_in_the_shape_of_a_nested_struct() -> Result<(), GradientError> {
    let (at, x) = (network(), [0.7, -1.3]);
    let (value, by) = gradient(&at, |network| network.loss(x))?;
    assert_eq!(value.to_bits(), at.loss(x).to_bits());
    let (_, ahead) = forward::gradient(&at, |network| network.loss(x))?;
    for ((k, slope), forward) in by.flatten().iter().enumerate().zip(ahead.flatten()) {
        let moved = |step: f64| {
            let mut flat = FLAT;
            flat[k] += step;
            at.restore(&flat).map(|network: Network| network.loss(x)).unwrap()
        };
        let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        assert!((slope - difference).abs() < 1e-8 && (slope - forward).abs() < 1e-12, "{k}: {slope}");
    }
    // What is no parameter is that of the point.
    assert_eq!((by.hidden.name.as_str(), by.output.name.as_str()), ("hidden", "output"));
    assert_eq!((by.hidden.scale, by.output.scale, by.hidden.rate), (2.0, 1.0, 0.5));
    Ok(())
}

#[test]
fn restored_from_the_flat_vector() {
    let network = network();
    let other: Vec<f64> = FLAT.iter().map(|x| x + 1.0).collect();
    let restored = network.restore(&other).unwrap();
    assert_eq!(restored.flatten(), other);
    assert_eq!(restored.hidden.name, "hidden");
    assert!(network.restore(&other[1..]).is_none());
    let without = Network { skip: None, ..restored };
    assert_eq!(without.flatten().len(), FLAT.len() - 2);
}

/// Numbers that are fixed are constants of the recording, and no inputs of it.
#[test]
fn fixed_numbers_are_no_inputs() {
    let mut recorder = Recorder::new();
    recorder
        .record(|s| {
            let layer = s.inputs(&network().output);
            let [y] = layer.apply(&layer.weights[0]);
            s.output(y)
        })
        .unwrap();
    assert_eq!(recorder.tape().inputs().len(), 3);
}

/// Tuple structs, with a trait's own name for a type inside.
#[derive(Parameters, Clone, Debug, PartialEq)]
struct Pair<T: Scalar>(T, &'static str, #[parameters(fixed)] Vec<T>, [T; 2]);

#[test]
fn a_tuple_struct() -> Result<(), GradientError> {
    let pair = Pair(2.0, "pair", vec![5.0], [3.0, 4.0]);
    assert_eq!(pair.flatten(), [2.0, 3.0, 4.0]);
    let (_, by) = gradient(&pair, |p| p.0 * p.2[0] + p.3[0] * p.3[1])?;
    assert_eq!(by, Pair(5.0, "pair", vec![5.0], [4.0, 3.0]));
    Ok(())
}

/// Recursive, with all three kinds of variants.
#[derive(Parameters)]
enum Tree<T> {
    Empty,
    Leaf(T),
    Fixed(#[parameters(fixed)] T, u8),
    Sum { terms: Vec<Tree<T>>, r#in: &'static str },
}

impl<T: Scalar> Tree<T> {
    fn value(&self) -> T {
        match self {
            Tree::Empty => T::lit(0.0),
            Tree::Leaf(x) => x.square(),
            Tree::Fixed(x, times) => *x * T::lit(f64::from(*times)),
            Tree::Sum { terms, .. } => terms.iter().fold(T::lit(0.0), |sum, term| sum + term.value()),
        }
    }
}

#[test]
fn an_enum() -> Result<(), GradientError> {
    let leaves = |values: &[f64]| values.iter().map(|x| Tree::Leaf(*x)).collect();
    let inner = Tree::Sum { terms: leaves(&[2.0, 3.0]), r#in: "inner" };
    let tree =
        Tree::Sum { terms: vec![Tree::Leaf(1.0), Tree::Empty, Tree::Fixed(7.0, 2), inner], r#in: "outer" };
    assert_eq!(tree.flatten(), [1.0, 2.0, 3.0]);
    let (value, by) = gradient(&tree, |tree| tree.value())?;
    assert_eq!(value, 28.0);
    assert_eq!(by.flatten(), [2.0, 4.0, 6.0]);
    let Tree::Sum { terms, r#in: "outer" } = by else { panic!("another variant") };
    assert!(matches!(
        terms[..],
        [Tree::Leaf(_), Tree::Empty, Tree::Fixed(7.0, 2), Tree::Sum { r#in: "inner", .. }]
    ));
    Ok(())
}

/// A unit that is not `Clone`, and a type that is kept without being it.
struct Metres;
struct NotClone;

/// Lifetimes, other type parameters, bounds and a `where` clause that mention the number type.
#[derive(Parameters)]
#[parameters(number = T)]
struct General<'a, Unit, K, T, const N: usize>
where
    T: Scalar + 'a,
    K: Mul<f64> + 'a + ?Sized,
    Vec<T>: Clone,
    for<'b> &'b T: Copy,
{
    key: Rc<K>,
    text: Cow<'a, str>,
    borrowed: &'a [f64],
    numbers: [T; N],
    unit: PhantomData<(Unit, T)>,
}

#[test]
fn generic_in_everything() -> Result<(), GradientError> {
    let at = General {
        key: Rc::new(2.0),
        text: Cow::Borrowed("text"),
        borrowed: &[4.0],
        numbers: [1.0, 2.0],
        unit: PhantomData::<(Metres, f64)>,
    };
    let (_, by) = gradient(&at, |at| at.numbers[0] * at.numbers[1] * at.borrowed[0] * *at.key)?;
    assert_eq!((by.numbers, by.text, by.borrowed), ([16.0, 8.0], Cow::Borrowed("text"), &[4.0][..]));
    assert!(Rc::ptr_eq(&by.key, &at.key)); // kept: another handle of the same
    Ok(())
}

/// A derived struct inside whose other parameter is handed on.
#[derive(Parameters)]
#[parameters(number = T)]
struct Tagged<T, L> {
    tag: L,
    number: T,
}

#[derive(Parameters)]
#[parameters(number = T)]
struct Two<T, L>(Tagged<T, L>, Tagged<T, L>);

#[test]
fn another_parameter_inside() {
    let two = Two(Tagged { tag: "a", number: 1.0 }, Tagged { tag: "b", number: 2.0 });
    let other = two.restore(&[3.0, 4.0]).unwrap();
    assert_eq!((other.0.tag, other.0.number, other.1.tag, other.1.number), ("a", 3.0, "b", 4.0));
    // What cannot be cloned is no obstacle to the type, but only to its being a shape.
    let _ = Tagged { tag: NotClone, number: 1.0 };
}

/// Shapes of no numbers, which use neither of the functions that they are given.
#[derive(Parameters)]
struct Nothing<T>(PhantomData<T>);

#[derive(Parameters)]
#[allow(dead_code)] // there is none
enum Never<T> {
    Data(std::convert::Infallible, PhantomData<T>),
}

#[derive(Parameters)]
enum NoNumbers<T> {
    A,
    B(PhantomData<T>, u8),
}

#[test]
fn shapes_of_no_numbers() {
    assert!(Nothing::<f64>(PhantomData).flatten().is_empty());
    assert!(NoNumbers::<f64>::A.restore::<f64>(&[]).is_some_and(|a| matches!(a, NoNumbers::A)));
    let b = NoNumbers::<f64>::B(PhantomData, 3).restore::<f64>(&[]);
    assert!(b.is_some_and(|b| matches!(b, NoNumbers::B(_, 3))));
}
