//! *lstm*: the loss of a recurrent network that predicts the next character of a text, each gate with one weight
//! and one bias an element (a diagonal LSTM).
//!
//! Derivative: reverse mode over one recording of the whole sequence, or its program.

use serde::Deserialize;
use serde_json::Value;
use wengert::{Function, Recorder, Scalar};

use crate::failure::Failure;
use crate::problem::{Problem, Reverse};
use crate::runs::Runs;
use crate::shape;

#[derive(Deserialize)]
pub(crate) struct Input {
    main_params: Vec<Vec<f64>>,
    extra_params: Vec<Vec<f64>>,
    state: Vec<Vec<f64>>,
    sequence: Vec<Vec<f64>>,
}

pub(crate) struct Network {
    /// Numbers of a character.
    width: usize,
    /// Layer by layer the weights of its four gates and then their biases; behind them input weights, output
    /// weights, output biases.
    parameters: Vec<f64>,
    /// Layer by layer the first hidden state and the first cell state.
    state: Vec<f64>,
    /// The text, a character a row.
    sequence: Vec<f64>,
}

impl Network {
    fn loss<T: Scalar>(&self, parameters: &[T]) -> T {
        let b = self.width;
        let (main, extra) = parameters.split_at(parameters.len() - 3 * b);
        let (in_weight, out) = extra.split_at(b);
        let (out_weight, out_bias) = out.split_at(b);
        let mut state: Vec<T> = self.state.iter().map(|s| T::lit(*s)).collect();
        let mut x = vec![T::lit(0.0); b];
        // ln(2 + Σ eʸ) = ln(e^(ln 2) + Σ eʸ): the last of these stays.
        let mut scores = vec![T::lit(core::f64::consts::LN_2); b + 1];
        let mut gains = x.clone();
        let mut target = x.clone();
        let mut total = Vec::new();
        for pair in self.sequence.windows(2 * b).step_by(b) {
            let (now, next) = pair.split_at(b);
            for j in 0..b {
                x[j] = T::lit(now[j]) * in_weight[j];
            }
            for (layer, state) in main.chunks_exact(8 * b).zip(state.chunks_exact_mut(2 * b)) {
                advance(layer, state, &mut x);
            }
            for j in 0..b {
                scores[j] = x[j] * out_weight[j] + out_bias[j];
            }
            let normalizer = T::logsumexp(&scores);
            for j in 0..b {
                gains[j] = scores[j] - normalizer;
                target[j] = T::lit(next[j]);
            }
            total.push(T::dot(&target, &gains));
        }
        let predictions = (self.sequence.len() - b) as f64;
        wengert::linear::sum(&total) * T::lit(-1.0 / predictions)
    }

    fn gradient(&self, recorder: &mut Recorder) -> Result<Vec<f64>, Failure> {
        let loss = recorder.record(|s| {
            let mut parameters = Vec::with_capacity(self.parameters.len());
            s.inputs_into(&self.parameters, &mut parameters);
            self.loss(&parameters)
        })?;
        Ok(recorder.reverse(loss)?.inputs().collect())
    }
}

/// One layer, one step: `x` is what comes in and then what goes out.
fn advance<T: Scalar>(layer: &[T], state: &mut [T], x: &mut [T]) {
    let b = x.len();
    let (weight, bias) = layer.split_at(4 * b);
    let (hidden, cell) = state.split_at_mut(b);
    for j in 0..b {
        let gate = |block: usize, x: T| x * weight[block * b + j] + bias[block * b + j];
        let forget = gate(0, x[j]).sigmoid();
        let ingate = gate(1, hidden[j]).sigmoid();
        let outgate = gate(2, x[j]).sigmoid();
        let change = gate(3, hidden[j]).tanh();
        cell[j] = cell[j] * forget + ingate * change;
        hidden[j] = outgate * cell[j].tanh();
        x[j] = hidden[j];
    }
}

impl Problem for Network {
    type Input = Input;
    const FUNCTIONS: &'static str = "`objective` and `jacobian`";

    fn prepare(input: Input) -> Result<Self, Failure> {
        let Input { main_params, extra_params, state, sequence } = input;
        shape::at_least("the number of rows of input.main_params", main_params.len(), 2)?;
        let layers = main_params.len() / 2;
        shape::length("input.extra_params", &extra_params, 3)?;
        let width = extra_params[0].len();
        shape::at_least("the number of columns of input.extra_params", width, 1)?;
        let mut parameters = shape::matrix("input.main_params", &main_params, 2 * layers, 4 * width)?;
        parameters.extend(shape::matrix("input.extra_params", &extra_params, 3, width)?);
        let state = shape::matrix("input.state", &state, 2 * layers, width)?;
        shape::at_least("the number of rows of input.sequence", sequence.len(), 2)?;
        let sequence = shape::matrix("input.sequence", &sequence, sequence.len(), width)?;
        Ok(Self { width, parameters, state, sequence })
    }

    fn evaluate(
        &self,
        function: &str,
        runs: &mut Runs,
        reverse: &mut Reverse,
    ) -> Option<Result<Value, Failure>> {
        match function {
            "objective" => Some(runs.repeat(|| Ok(self.loss(&self.parameters)))),
            "jacobian" if reverse.one_shot => {
                runs.mode = "recorded, reverse";
                Some(runs.repeat(|| self.gradient(&mut reverse.recorder)))
            }
            "jacobian" => {
                runs.mode = "program, reverse";
                let mut loss = Function::new(|parameters| self.loss(parameters));
                Some(runs.repeat(|| Ok(loss.gradient(&self.parameters)?.1)))
            }
            _ => None,
        }
    }
}
