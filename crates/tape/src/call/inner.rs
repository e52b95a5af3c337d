//! What calls need to run, kept beside the values of the tape that calls: workspaces of the called programs, and room for
//! operands and results. Nothing is allocated after the first run.
//!
//! A called program's values are here, one set a program however often it is called, and are computed anew in the reverse
//! sweep.

use wengert_ops::Real;

use super::number::is_zero;
use super::{CallError, Callee};
use crate::workspace::{Slots, Workspace};

/// The state of calls at a number type.
#[derive(Clone, Debug)]
pub(crate) struct Inner<T> {
    /// Of called programs, by their numbers: one for runs forward alone, one for sweeps.
    programs: Vec<Workspace<T>>,
    operands: Vec<T>,
    /// Adjoints of the results, seed after seed, of the seeds that reach the call.
    weights: Vec<T>,
    /// Adjoints of the operands, of the same seeds.
    slopes: Vec<T>,
    /// By seed: its place among those.
    places: Vec<Option<usize>>,
    /// Rows of a map.
    pub(super) row: [Vec<T>; 2],
    /// What callbacks are given.
    pub(super) floats: Floats,
    /// Of programs that are run at `f64` beside.
    primal: Option<Box<Inner<f64>>>,
}

/// Floats for callbacks, whatever the number type.
#[derive(Clone, Debug, Default)]
pub(super) struct Floats {
    pub(super) x: Vec<f64>,
    pub(super) y: Vec<f64>,
    pub(super) gy: Vec<f64>,
    pub(super) gx: Vec<f64>,
}

impl<T> Default for Inner<T> {
    fn default() -> Self {
        Self {
            programs: Vec::new(),
            operands: Vec::new(),
            weights: Vec::new(),
            slopes: Vec::new(),
            places: Vec::new(),
            row: [Vec::new(), Vec::new()],
            floats: Floats::default(),
            primal: None,
        }
    }
}

impl<T> Inner<T> {
    /// Bytes of the workspaces of called programs.
    pub(crate) fn bytes(&self) -> usize {
        self.programs.iter().map(Workspace::bytes).sum::<usize>()
            + self.primal.as_ref().map_or(0, |inner| inner.bytes())
    }

    /// The state of calls at `f64`, beside.
    pub(super) fn primal(&mut self) -> &mut Inner<f64> {
        self.primal.get_or_insert_default()
    }

    /// The workspace of a program, for runs whose values stand so.
    pub(super) fn program(&mut self, number: u64, slots: Slots) -> &mut Workspace<T> {
        let known = self.programs.iter().position(|work| work.program == number && work.slots == slots);
        let place = known.unwrap_or_else(|| {
            self.programs.push(Workspace::new());
            self.programs.len() - 1
        });
        &mut self.programs[place]
    }
}

impl<T: Real> Inner<T> {
    /// Takes a call's operands.
    pub(crate) fn operands(&mut self, x: impl Iterator<Item = T>) {
        self.operands.clear();
        self.operands.extend(x);
    }

    /// Computes the results of the operands that it was given.
    pub(crate) fn forward(&mut self, callee: &Callee, y: &mut [T]) -> Result<(), CallError> {
        let x = core::mem::take(&mut self.operands);
        callee.forward(&x, y, self)?;
        self.operands = x;
        Ok(())
    }

    /// Sweeps a call of the operands that it was given, with the results `y`: `g` gives the adjoint of a result by seed and
    /// number. `false` where no seed reaches the call; otherwise [`slope`](Self::slope) gives what operands get.
    pub(crate) fn reverse(
        &mut self,
        callee: &Callee,
        y: &[T],
        seeds: usize,
        g: impl Fn(usize, usize) -> T,
    ) -> Result<bool, CallError> {
        self.places.clear();
        self.weights.clear();
        let mut reach = 0;
        for seed in 0..seeds {
            let all = || (0..y.len()).map(|k| g(seed, k));
            let reaches = !all().all(is_zero);
            self.places.push(reaches.then_some(reach));
            if reaches {
                reach += 1;
                self.weights.extend(all());
            }
        }
        if reach == 0 {
            return Ok(false);
        }
        self.slopes.clear();
        self.slopes.resize(reach * self.operands.len(), T::lit(0.0));
        let [x, gy, mut gx] = [&mut self.operands, &mut self.weights, &mut self.slopes].map(core::mem::take);
        let done = callee.reverse(&x, y, &gy, &mut gx, self);
        (self.operands, self.weights, self.slopes) = (x, gy, gx);
        done.map(|()| true)
    }

    /// What operand `k` gets of a seed.
    pub(crate) fn slope(&self, seed: usize, k: usize) -> T {
        match self.places.get(seed) {
            Some(Some(place)) => self.slopes[place * self.operands.len() + k],
            _ => T::lit(0.0),
        }
    }
}
