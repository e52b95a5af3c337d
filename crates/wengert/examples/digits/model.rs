//! The two models, written once over the number type.
//!
//! Read at `f64` a model predicts; read at [`Var`](wengert::Var) its loss is recorded, and the tape gives the
//! gradient by whatever was made an input: the parameters when training, the image when asking what the model
//! looks at. No derivative is written here.

use std::array;

use rand::{Rng, RngExt};
use wengert::{Parameters, Scalar};

use crate::data::{CLASSES, Image, PIXELS};

/// Numbers in the network's hidden layer.
const HIDDEN: usize = 32;

/// One score for each digit; the highest is the model's answer.
pub(crate) type Scores<T> = [T; CLASSES];

/// What training, prediction and saliency ask of a model whose numbers are `T`.
pub(crate) trait Classifier<T: Scalar> {
    /// The score of each digit for this image.
    fn scores(&self, image: &Image<T>) -> Scores<T>;
    /// How wrong these scores are where that is the score of the right digit.
    fn loss(scores: &Scores<T>, right: T) -> T;
    /// The price of large weights, which keeps the model from learning single images by heart.
    fn penalty(&self) -> T;
}

/// What training makes small in one sample: its loss, and the penalty. The sample is a row of numbers: the image, then 1 at its
/// digit and 0 at the others.
pub(crate) fn objective<T: Scalar, M: Classifier<T>>(model: &M, row: &[T]) -> T {
    let (image, digit) = row.split_at(PIXELS);
    let scores = model.scores(&array::from_fn(|k| image[k]));
    M::loss(&scores, T::dot(digit, &scores)) + model.penalty()
}

/// By how much the right digit's score is above its closest rival's: positive where the answer is right.
pub(crate) fn margin<T: Scalar>(scores: &Scores<T>, digit: usize) -> T {
    let rivals = (0..CLASSES).filter(|rival| *rival != digit).map(|rival| scores[rival]);
    scores[digit] - rivals.fold(T::lit(f64::NEG_INFINITY), T::max)
}

/// The digit with the highest score.
pub(crate) fn answer(scores: &Scores<f64>) -> usize {
    (1..CLASSES).fold(0, |best, k| if scores[k] > scores[best] { k } else { best })
}

/// The digit with the highest score but for the right one.
pub(crate) fn rival(scores: &Scores<f64>, digit: usize) -> usize {
    let mut others = *scores;
    others[digit] = f64::NEG_INFINITY;
    answer(&others)
}

/// An affine layer `x ↦ Wx + b`.
#[derive(Parameters)]
pub(crate) struct Layer<T, const IN: usize, const OUT: usize> {
    weights: [[T; IN]; OUT],
    biases: [T; OUT],
}

impl<T: Scalar, const IN: usize, const OUT: usize> Layer<T, IN, OUT> {
    /// One n-ary `dot` a row: a node where products and sums would take 2·IN, which makes the tape short.
    fn apply(&self, x: &[T; IN]) -> [T; OUT] {
        array::from_fn(|k| T::dot(&self.weights[k], x) + self.biases[k])
    }

    /// `‖W‖²`; biases go free.
    fn sum_squares(&self) -> T {
        T::sum_squares(self.weights.as_flattened())
    }
}

impl<const IN: usize, const OUT: usize> Layer<f64, IN, OUT> {
    /// Uniform weights of variance `1/IN`, so that sums of `IN` terms are neither tiny nor huge.
    fn random(rng: &mut impl Rng) -> Self {
        let bound = (3.0 / IN as f64).sqrt();
        Self {
            weights: [[0.0; IN]; OUT].map(|row| row.map(|_| rng.random_range(-bound..bound))),
            biases: [0.0; OUT],
        }
    }
}

/// A linear support vector machine: each score is an affine function of the pixels.
#[derive(Parameters)]
pub(crate) struct Linear<T> {
    layer: Layer<T, PIXELS, CLASSES>,
}

impl Linear<f64> {
    pub(crate) fn random(rng: &mut impl Rng) -> Self {
        Self { layer: Layer::random(rng) }
    }
}

impl<T: Scalar> Classifier<T> for Linear<T> {
    fn scores(&self, image: &Image<T>) -> Scores<T> {
        self.layer.apply(image)
    }

    /// The multi-class hinge loss of Weston and Watkins (1999): each wrong digit pays for coming within 1 of
    /// the right one, `Σ max(0, 1 + sⱼ − s_digit)` over `j ≠ digit`. The right one itself would pay 1.
    fn loss(scores: &Scores<T>, right: T) -> T {
        wengert::linear::sum(&scores.map(|score| (T::lit(1.0) + score - right).max(T::lit(0.0))))
            - T::lit(1.0)
    }

    fn penalty(&self) -> T {
        T::lit(1e-3) * self.layer.sum_squares()
    }
}

/// A network of two layers with `tanh` between them.
#[derive(Parameters)]
pub(crate) struct Network<T> {
    hidden: Layer<T, PIXELS, HIDDEN>,
    output: Layer<T, HIDDEN, CLASSES>,
}

impl Network<f64> {
    pub(crate) fn random(rng: &mut impl Rng) -> Self {
        Self { hidden: Layer::random(rng), output: Layer::random(rng) }
    }
}

impl<T: Scalar> Classifier<T> for Network<T> {
    fn scores(&self, image: &Image<T>) -> Scores<T> {
        self.output.apply(&self.hidden.apply(image).map(T::tanh))
    }

    /// The cross-entropy of the softmax, `−ln (e^s_digit / Σ e^sⱼ)`, which `logsumexp` keeps from overflowing.
    fn loss(scores: &Scores<T>, right: T) -> T {
        T::logsumexp(scores) - right
    }

    fn penalty(&self) -> T {
        T::lit(1e-3) * (self.hidden.sum_squares() + self.output.sum_squares())
    }
}
