//! Time loops, and a tape of all of one.

use std::convert::Infallible;

use wengert_ops::Scalar;
use wengert_tape::checkpoint::TimeStep;
use wengert_tape::{Recorder, Var};

/// A loss of the final state and the parameters.
pub(crate) type Loss = fn(&[Var], &[Var]) -> Var;

/// Reads what it can of both.
pub(crate) fn final_loss(last: &[Var], params: &[Var]) -> Var {
    last.iter().zip(params.iter().cycle()).map(|(x, p)| (*x - *p).square() * *p).sum::<Var>()
        + wengert::linear::sum(params)
}

/// Value, final state and gradient of a loop, by one tape of all its steps.
pub(crate) fn whole<S: TimeStep<Error = Infallible>>(
    steps: usize,
    state: &[f64],
    params: &[f64],
    step: &S,
    loss: impl FnOnce(&[Var], &[Var]) -> Var,
) -> (f64, Vec<f64>, Vec<f64>) {
    let mut recorder = Recorder::new();
    let recorded = recorder.record(|s| {
        let (mut x, p) = (s.inputs(state), s.inputs(params));
        let mut total = Var::constant(0.0);
        for k in 0..steps {
            let Ok(cost) = step.cost(k, &x, &p);
            total += cost;
            let mut next = x.clone();
            let Ok(()) = step.step(k, &x, &p, &mut next);
            x = next;
        }
        (total + loss(&x, &p), x)
    });
    let (value, last) = recorded.unwrap();
    let gradient = recorder.reverse(value).unwrap().inputs().collect();
    (value.value(), last.iter().map(|x| x.value()).collect(), gradient)
}

/// Diffusion and reaction on a ring, with branches; the first number is a memory that is mostly handed on, and the cost,
/// if there is one, is now and then a number of the state itself.
pub(crate) struct Reaction {
    pub(crate) cost: bool,
}

impl TimeStep for Reaction {
    type Error = Infallible;

    fn step<T: Scalar>(&self, k: usize, state: &[T], params: &[T], next: &mut [T]) -> Result<(), Infallible> {
        let n = state.len();
        for i in 1..n {
            let (left, x, right) = (state[i - 1], state[i], state[(i + 1) % n]);
            let flux = params[0] * (left - x - x + right);
            let reaction =
                if x > T::lit(0.2) { params[1] * x * (T::lit(1.0) - x) } else { -params[2] * x.sin() };
            next[i] = x
                + flux
                + params[3] * params[3] * T::lit(0.1) * reaction
                + params[0] / (params[1] + x.square());
        }
        if k.is_multiple_of(5) {
            next[0] = state[0].max(state[n - 1]) + T::dot(state, state).sqrt() * params[2];
        }
        Ok(())
    }

    fn cost<T: Scalar>(&self, k: usize, state: &[T], params: &[T]) -> Result<T, Infallible> {
        Ok(match k % 4 {
            _ if !self.cost => T::lit(0.0),
            0 => state[3],
            1 => params[1],
            2 => (state[2] - params[0]).square() * params[3],
            _ => T::lit(0.25),
        })
    }
}

/// A step and a cost for states and parameters of any number, none too.
pub(crate) struct Oscillator;

impl TimeStep for Oscillator {
    type Error = Infallible;

    fn step<T: Scalar>(&self, _: usize, state: &[T], params: &[T], next: &mut [T]) -> Result<(), Infallible> {
        let force = wengert::linear::sum(params) * T::lit(0.01);
        for (next, x) in next.iter_mut().zip(state.iter().rev()) {
            *next += force * x.sin();
        }
        Ok(())
    }

    fn cost<T: Scalar>(&self, _: usize, state: &[T], params: &[T]) -> Result<T, Infallible> {
        Ok(wengert::linear::sum(state) * wengert::linear::sum(params))
    }
}
