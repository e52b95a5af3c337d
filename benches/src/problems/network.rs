//! Dense networks with tanh, one sample, gradient by all weights.

use crate::arithmetic::{Arithmetic, chain};
use crate::problems::{Problem, uniform};

/// How a layer's sums of products are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layers {
    /// By `+` and `·`.
    Chains,
    /// By operations of many operands, where the tool has them.
    Dots,
}

/// A dense network: tanh after each layer but the last; softmax cross-entropy of several outputs, squared error of
/// one.
pub struct Network {
    widths: Vec<usize>,
    layers: Layers,
    weights: Vec<f64>,
    sample: Vec<f64>,
}

impl Network {
    /// Layers of these widths, the input's first; random weights, biases and sample.
    #[must_use]
    pub fn new(widths: &[usize], layers: Layers) -> Self {
        let weights = widths.windows(2).map(|w| (w[0] + 1) * w[1]).sum();
        Self {
            widths: widths.to_vec(),
            layers,
            weights: uniform(weights, -0.2, 0.2),
            sample: uniform(widths[0], 0.0, 1.0),
        }
    }

    /// Each output's weights, times `x`, plus its bias, through `f`.
    fn layer<N: Copy + std::ops::Add<Output = N>>(
        weights: &[N],
        biases: &[N],
        product: impl Fn(&[N]) -> N,
        f: impl Fn(N) -> N,
    ) -> Vec<N> {
        let rows = weights.chunks_exact(weights.len() / biases.len());
        rows.zip(biases).map(|(row, bias)| f(product(row) + *bias)).collect()
    }
}

impl Problem for Network {
    fn name(&self) -> String {
        let widths: Vec<String> = self.widths.iter().map(usize::to_string).collect();
        let layers = match self.layers {
            Layers::Chains => "chains",
            Layers::Dots => "dots",
        };
        format!("network {}, {layers}", widths.join("-"))
    }
    fn point(&self) -> &[f64] {
        &self.weights
    }
    fn operations(&self) -> usize {
        let (widths, outputs) = (&self.widths, self.widths[self.widths.len() - 1]);
        let products: usize = widths.windows(2).map(|w| 2 * w[0] * w[1]).sum();
        let hidden: usize = widths[1..widths.len() - 1].iter().sum();
        products + hidden + if outputs == 1 { 2 } else { 3 * outputs + 2 }
    }
    fn eval<A: Arithmetic>(&self, w: &[A::Number]) -> A::Number {
        let last = self.widths.len() - 2;
        let activate = |layer| move |v| if layer == last { v } else { A::tanh(v) };
        let mut x = Vec::new();
        let mut rest = w;
        for (layer, width) in self.widths.windows(2).enumerate() {
            let (weights, behind) = rest.split_at(width[0] * width[1]);
            let (biases, behind) = behind.split_at(width[1]);
            rest = behind;
            let f = activate(layer);
            // The sample is data, no variable: the first layer weighs its weights by it.
            x = match (self.layers, layer) {
                (Layers::Chains, 0) => {
                    let product = |row: &[_]| chain(row.len(), |k| row[k] * self.sample[k]);
                    Self::layer(weights, biases, product, f)
                }
                (Layers::Chains, _) => {
                    Self::layer(weights, biases, |row: &[_]| chain(row.len(), |k| row[k] * x[k]), f)
                }
                (Layers::Dots, 0) => {
                    let sample: Vec<_> = self.sample.iter().map(|x| A::constant(*x)).collect();
                    Self::layer(weights, biases, |row: &[_]| A::weighted_sum(&sample, row), f)
                }
                (Layers::Dots, _) => Self::layer(weights, biases, |row: &[_]| A::dot(row, &x), f),
            };
        }
        if let [output] = x[..] {
            let error = output - 0.5;
            error * error
        } else {
            A::logsumexp(&x) - x[x.len() / 3]
        }
    }
}
