//! *gmm*: the log posterior of a mixture of Gaussians under a Wishart prior.
//!
//! Derivative: reverse mode, the observations as the rows of a batch; recorded anew, block by block, so that memory stays small.
//! Matrix rows are dot products, so that a node stands for a row and not for an element.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wengert::batch::Rows;
use wengert::{Batch, Recorder, Scalar, Var, ops::Functions};

use crate::failure::Failure;
use crate::problem::{Problem, Reverse};
use crate::runs::Runs;
use crate::shape;

/// Coordinates of observations in a block.
const BLOCK: usize = 512;

#[derive(Deserialize)]
pub(crate) struct Input {
    d: usize,
    k: usize,
    n: usize,
    x: Vec<Vec<f64>>,
    m: usize,
    gamma: f64,
    alpha: Vec<f64>,
    mu: Vec<Vec<f64>>,
    q: Vec<Vec<f64>>,
    l: Vec<Vec<f64>>,
}

pub(crate) struct Mixture {
    /// Dimension.
    d: usize,
    /// Components.
    k: usize,
    /// Observations, a row each.
    x: Vec<f64>,
    /// The Wishart prior's degrees of freedom over the dimension, and its scale.
    m: f64,
    gamma: f64,
    /// `α`, then `μ`, `q` and `l`, each component by component.
    parameters: Vec<f64>,
}

/// The derivative, in the shapes of the input.
#[derive(Serialize)]
struct Gradient {
    alpha: Vec<f64>,
    mu: Vec<Vec<f64>>,
    q: Vec<Vec<f64>>,
    l: Vec<Vec<f64>>,
}

impl Mixture {
    /// Below the diagonal, elements of a triangular matrix.
    fn below(&self) -> usize {
        self.d * (self.d - 1) / 2
    }

    /// The four blocks of parameters.
    fn split<'a, T>(&self, parameters: &'a [T]) -> [&'a [T]; 4] {
        let (alpha, rest) = parameters.split_at(self.k);
        let (mu, rest) = rest.split_at(self.k * self.d);
        let (q, l) = rest.split_at(self.k * self.d);
        [alpha, mu, q, l]
    }

    /// Numbers of a component: its mean, its factor, its weight.
    fn stride(&self) -> usize {
        self.d + (self.below() + self.d) + 1
    }

    /// The observations by blocks, each so small that its recording stays in the processor's cache.
    fn blocks(&self) -> impl Iterator<Item = &[f64]> {
        self.x.chunks(self.d * (BLOCK / self.d).max(1))
    }

    fn log_posterior(&self) -> f64 {
        let components = self.components(&self.parameters);
        let terms: Vec<f64> = self.blocks().map(|x| self.log_likelihood(&components, x)).collect();
        wengert::linear::sum(&terms) + self.log_prior(&self.parameters)
    }

    /// The mixture's components: means `μₖ`, factors `Qₖ` (lower triangular, row by row), weights `αₖ + Σ qₖ`.
    fn components<T: Scalar>(&self, parameters: &[T]) -> Vec<T> {
        let (d, below) = (self.d, self.below());
        let [alpha, mu, q, l] = self.split(parameters);
        let mut components = Vec::with_capacity(self.k * self.stride());
        for k in 0..self.k {
            let (q, l) = (&q[k * d..][..d], &l[k * below..][..below]);
            components.extend_from_slice(&mu[k * d..][..d]);
            for row in 0..d {
                // Column c of `l` begins behind the columns before it, of d − 1, d − 2 … elements.
                components.extend((0..row).map(|c| l[c * (2 * d - c - 1) / 2 + row - c - 1]));
                components.push(q[row].exp());
            }
            components.push(alpha[k] + wengert::linear::sum(q));
        }
        components
    }

    /// The sum over a block of observations of `ln Σₖ exp(αₖ + Σ qₖ − ½‖Qₖ(x − μₖ)‖²)`.
    fn log_likelihood<T: Scalar>(&self, components: &[T], block: &[T]) -> T {
        let d = self.d;
        let zero = T::lit(0.0);
        let (mut difference, mut scaled) = (vec![zero; d], vec![zero; d]);
        let mut beta = vec![zero; block.len() / d * self.k];
        for (k, component) in components.chunks_exact(self.stride()).enumerate() {
            let (mean, rest) = component.split_at(d);
            let (factor, weight) = rest.split_at(rest.len() - 1);
            for (x, beta) in block.chunks_exact(d).zip(beta.chunks_exact_mut(self.k)) {
                for ((difference, x), mean) in difference.iter_mut().zip(x).zip(mean) {
                    *difference = *x - *mean;
                }
                let mut rest = factor;
                for (j, scaled) in scaled.iter_mut().enumerate() {
                    let (row, after) = rest.split_at(j + 1);
                    *scaled = T::dot(row, &difference[..=j]);
                    rest = after;
                }
                beta[k] = weight[0] - T::lit(0.5) * T::sum_squares(&scaled);
            }
        }
        let terms: Vec<T> = beta.chunks_exact(self.k).map(T::logsumexp).collect();
        wengert::linear::sum(&terms)
    }

    /// All that does not depend on the observations: `−n·ln Σ eᵅ` and the Wishart prior
    /// `−Σₖ [γ²/2·(‖diag Qₖ‖² + ‖lₖ‖²) − m·Σ qₖ]`, each with its constant.
    fn log_prior<T: Scalar>(&self, parameters: &[T]) -> T {
        let n = (self.x.len() / self.d) as f64;
        let [alpha, _, q, l] = self.split(parameters);
        let diagonal: Vec<T> = q.iter().map(|q| q.exp()).collect();
        let squares = T::sum_squares(&diagonal) + T::sum_squares(l);
        let wishart =
            wengert::linear::sum(q) * T::lit(self.m) - squares * T::lit(0.5 * self.gamma * self.gamma);
        wishart - T::logsumexp(alpha) * T::lit(n) + T::lit(self.constant(n))
    }

    /// What does not depend on the parameters.
    fn constant(&self, n: f64) -> f64 {
        use core::f64::consts::{LN_2, PI};
        let (d, k) = (self.d as f64, self.k as f64);
        let freedom = d + self.m + 1.0;
        let ln_gamma_d = 0.25 * d * (d - 1.0) * PI.ln()
            + (0..self.d).map(|j| Functions::ln_gamma(0.5 * (freedom - j as f64))).sum::<f64>();
        let c = freedom * d * (self.gamma.ln() - 0.5 * LN_2) - ln_gamma_d;
        k * c - 0.5 * n * d * (2.0 * PI).ln()
    }

    /// The likelihood's derivative by the components is summed up block by block, and then swept on to the parameters.
    /// `add` is given components and a block, and adds its derivative to the slice.
    fn gradient(
        &self,
        outer: &mut Recorder,
        mut add: impl FnMut(&[f64], &[f64], &mut [f64]) -> Result<(), Failure>,
    ) -> Result<Gradient, Failure> {
        let (prior, components) = outer.record(|s| {
            let mut parameters = Vec::with_capacity(self.parameters.len());
            s.inputs_into(&self.parameters, &mut parameters);
            (self.log_prior(&parameters), self.components(&parameters))
        })?;
        let values: Vec<f64> = components.iter().map(|c| c.value()).collect();
        let mut adjoints = vec![0.0; values.len()];
        for block in self.blocks() {
            add(&values, block, &mut adjoints)?;
        }
        let mut seeds: Vec<(Var, f64)> = components.into_iter().zip(adjoints).collect();
        seeds.push((prior, 1.0));
        let flat: Vec<f64> = outer.reverse_seeded(&seeds)?.inputs().collect();
        Ok(self.shaped(&flat))
    }

    /// A block recorded on its own.
    fn add_recorded(
        &self,
        recorder: &mut Recorder,
        components: &[f64],
        block: &[f64],
        adjoints: &mut [f64],
    ) -> Result<(), Failure> {
        let sum = recorder.record(|s| {
            let mut inputs = Vec::with_capacity(components.len() + block.len());
            s.inputs_into(components, &mut inputs);
            // Data, but as inputs: as constants each is looked for when it is used, and the whole takes 2 to 5 % longer.
            s.inputs_into(block, &mut inputs);
            let (components, block) = inputs.split_at(components.len());
            self.log_likelihood(components, block)
        })?;
        for (sum, adjoint) in adjoints.iter_mut().zip(recorder.reverse(sum)?.inputs()) {
            *sum += adjoint;
        }
        Ok(())
    }

    /// The likelihood's derivative by a batch of all observations, and the prior's beside it.
    fn gradient_by_batch(
        &self,
        outer: &mut Recorder,
        likelihood: &mut Batch<'_>,
        rows: &Rows<'_>,
    ) -> Result<Gradient, Failure> {
        let (_, mut flat) = likelihood.gradient(&self.parameters, rows)?;
        let prior = outer.record(|s| {
            let mut parameters = Vec::with_capacity(self.parameters.len());
            s.inputs_into(&self.parameters, &mut parameters);
            self.log_prior(&parameters)
        })?;
        let adjoints = outer.reverse(prior)?;
        flat.iter_mut().zip(adjoints.inputs()).for_each(|(sum, adjoint)| *sum += adjoint);
        Ok(self.shaped(&flat))
    }

    fn shaped(&self, flat: &[f64]) -> Gradient {
        let rows = |x: &[f64], d: usize| (0..self.k).map(|k| x[k * d..][..d].to_vec()).collect();
        let [alpha, mu, q, l] = self.split(flat);
        Gradient { alpha: alpha.to_vec(), mu: rows(mu, self.d), q: rows(q, self.d), l: rows(l, self.below()) }
    }
}

impl Problem for Mixture {
    type Input = Input;
    const FUNCTIONS: &'static str = "`objective` and `jacobian`";

    fn prepare(input: Input) -> Result<Self, Failure> {
        let Input { d, k, n, x, m, gamma, alpha, mu, q, l } = input;
        shape::at_least("input.d", d, 1)?;
        shape::at_least("input.k", k, 1)?;
        if gamma <= 0.0 {
            return Err(shape::outside("input.gamma", gamma, "above 0"));
        }
        let x = shape::matrix("input.x", &x, n, d)?;
        shape::length("input.alpha", &alpha, k)?;
        let mut parameters = alpha;
        parameters.extend(shape::matrix("input.mu", &mu, k, d)?);
        parameters.extend(shape::matrix("input.q", &q, k, d)?);
        // d is the length of something, and so small enough.
        parameters.extend(shape::matrix("input.l", &l, k, d * (d - 1) / 2)?);
        Ok(Self { d, k, x, m: m as f64, gamma, parameters })
    }

    fn evaluate(
        &self,
        function: &str,
        runs: &mut Runs,
        reverse: &mut Reverse,
    ) -> Option<Result<Value, Failure>> {
        match function {
            "objective" => Some(runs.repeat(|| Ok(self.log_posterior()))),
            "jacobian" if reverse.one_shot => {
                let (mut outer, recorder) = (Recorder::new(), &mut reverse.recorder);
                runs.mode = "recorded, reverse";
                Some(runs.repeat(|| {
                    self.gradient(&mut outer, |components, block, adjoints| {
                        self.add_recorded(recorder, components, block, adjoints)
                    })
                }))
            }
            "jacobian" => {
                let mut outer = Recorder::new();
                let mut likelihood =
                    Batch::new(|parameters, x| self.log_likelihood(&self.components(parameters), x))
                        .on_one_thread();
                let rows = Rows::new(&self.x, self.d);
                let answer = runs.repeat(|| self.gradient_by_batch(&mut outer, &mut likelihood, &rows));
                runs.by_batch(&likelihood);
                Some(answer)
            }
            _ => None,
        }
    }
}
