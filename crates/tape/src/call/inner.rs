//! What calls need to run, kept beside the values of the tape that calls: workspaces of the called programs, and room for
//! operands and results. Nothing is allocated after the first run.
//!
//! A called program's values are here, one set a program however often it is called, and are computed anew in the reverse
//! sweep.
//!
//! Also here: what became of derivatives that a call could not give. In their place it leaves NaN, and its error as a
//! [`Loss`]. A result that is discarded (by a `select`, a zero seed, a rounding) takes the NaN with it; a sweep whose results
//! have one ends in the error.

use wengert_ops::Real;

use super::number::{has_nan, is_zero, records, unknown};
use super::{CallError, Callee};
use crate::index::NodeId;
use crate::program::Adjoint;
use crate::workspace::{Slots, Workspace};

/// A derivative that could not be had: the node of the call, and why not.
#[derive(Clone, Debug)]
pub(crate) struct Loss {
    pub(crate) node: NodeId,
    pub(crate) why: CallError,
}

/// The state of calls at a number type.
#[derive(Clone, Debug)]
pub(crate) struct Inner<T> {
    /// The workspaces of called programs, by their numbers: one for runs forward alone, one for sweeps.
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
    /// The state of programs that are run at `f64` beside.
    primal: Option<Box<Inner<f64>>>,
    /// The node of the call whose operands are here.
    node: NodeId,
    /// Whether the run of what is called now is kept.
    keep: bool,
    /// The first derivative that could not be had in the run forward, and in the sweep behind it.
    losses: [Option<Box<Loss>>; 2],
    /// Whether a sweep has begun.
    sweeping: bool,
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
            node: NodeId::new(0),
            keep: false,
            losses: [None, None],
            sweeping: false,
        }
    }
}

impl<T> Inner<T> {
    /// Bytes of the workspaces of called programs.
    pub(crate) fn bytes(&self) -> usize {
        self.programs.iter().map(Workspace::bytes).sum::<usize>()
            + self.primal.as_ref().map_or(0, |inner| inner.bytes())
    }

    /// Notes that a call's derivatives could not be had; NaN stands for them.
    pub(super) fn lose(&mut self, why: CallError) {
        let node = self.node;
        self.losses[usize::from(self.sweeping)].get_or_insert_with(|| Box::new(Loss { node, why }));
    }

    /// Takes on what was lost in a run inside of the call.
    pub(super) fn take_on(&mut self, loss: Option<Box<Loss>>) {
        if let Some(loss) = loss {
            self.lose(loss.why);
        }
    }

    /// What was lost, from here on forgotten.
    pub(crate) fn take_loss(&mut self) -> Option<Box<Loss>> {
        let [forward, swept] = core::mem::take(&mut self.losses);
        forward.or(swept)
    }

    /// Before a run: nothing is lost yet, and no run of a called program is one of its.
    pub(crate) fn begin_run(&mut self) {
        self.forget_losses();
        for work in &mut self.programs {
            work.kept = None;
        }
    }

    /// Before a run: nothing is lost yet.
    pub(crate) fn forget_losses(&mut self) {
        (self.losses, self.sweeping) = ([None, None], false);
    }

    /// Before a sweep: what an earlier one behind the same run has lost is none of this one's.
    pub(crate) fn begin_sweep(&mut self) {
        self.losses[1] = None;
        self.sweeping = true;
    }

    /// The call whose operands are here, if its run is to be kept for its reverse sweep.
    pub(super) fn to_keep(&self) -> Option<NodeId> {
        self.keep.then_some(self.node)
    }

    /// The call whose operands are here.
    pub(super) fn node(&self) -> NodeId {
        self.node
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
    pub(crate) fn operands(&mut self, node: NodeId, x: impl Iterator<Item = T>) {
        self.node = node;
        self.operands.clear();
        self.operands.extend(x);
    }

    /// Computes the results of the operands that it was given. What a called program has computed can be kept for the reverse
    /// sweep, which is worth it where no other call needs the memory meanwhile.
    pub(crate) fn forward(&mut self, callee: &Callee, y: &mut [T], keep: bool) -> Result<(), CallError> {
        self.keep = keep;
        let x = core::mem::take(&mut self.operands);
        let done = callee.forward(&x, y, self);
        self.operands = x;
        done
    }

    /// That these numbers are made of no derivative that was lost: else why it was.
    pub(crate) fn lost_in(&self, mut numbers: impl Iterator<Item = T>) -> Option<&Loss> {
        let loss = self.losses.iter().flatten().next()?;
        numbers.any(has_nan).then_some(loss)
    }

    /// [`lost_in`](Self::lost_in) as an error.
    pub(crate) fn known(&self, numbers: impl Iterator<Item = T>) -> Result<(), CallError> {
        self.lost_in(numbers).map_or(Ok(()), |loss| Err(loss.why.clone()))
    }

    /// [`known`](Self::known) of what a sweep carries.
    pub(crate) fn known_of<G: Adjoint<T>>(&self, adjoints: impl Iterator<Item = G>) -> Result<(), CallError> {
        self.known(adjoints.flat_map(|g| (0..G::SEEDS).map(move |seed| g.of_seed(seed))))
    }

    /// Sweeps a call of the operands that it was given, with the results `y`: `g` gives the adjoint of a result by seed and
    /// number. `false` where no seed reaches the call; otherwise [`slope`](Self::slope) gives what operands get, NaN where the
    /// call does not give it.
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
        match done {
            // What is recorded now is to be right at other inputs too.
            Err(why) if records::<T>() => return Err(why),
            Err(why) => {
                self.slopes.fill(unknown(f64::NAN));
                self.lose(why);
            }
            Ok(()) => {}
        }
        Ok(true)
    }

    /// What operand `k` gets of a seed.
    pub(crate) fn slope(&self, seed: usize, k: usize) -> T {
        match self.places.get(seed) {
            Some(Some(place)) => self.slopes[place * self.operands.len() + k],
            _ => T::lit(0.0),
        }
    }
}
