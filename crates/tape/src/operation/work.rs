//! What calls need to run, kept beside the values of the tape that calls: memory of the operations, and room for operands and
//! results. Nothing is allocated after the first run.
//!
//! Also here: what became of derivatives that a call could not give. In their place it leaves NaN, and its error as a
//! [`Loss`]. A result that is discarded (by a `select`, a zero seed, a rounding) takes the NaN with it; a sweep whose results
//! have one ends in the error.

use core::any::{Any, TypeId};
use std::collections::HashMap;

use wengert_ops::Real;

use super::memory::{Kept, Memory};
use crate::error::CallError;
use crate::index::NodeId;
use crate::number::{has_nan, is_zero, records, unknown};

/// A derivative that could not be had: the node of the call, and why not.
#[derive(Clone, Debug)]
pub struct Loss {
    /// The call.
    pub node: NodeId,
    /// Why not.
    pub why: CallError,
}

/// The numbers of one call.
#[derive(Clone, Debug)]
pub struct CallNumbers<T> {
    /// The operands.
    pub x: Vec<T>,
    /// A copy of the results, for those who hand the numbers on as those of another type.
    pub(crate) y: Vec<T>,
    /// In reverse: the adjoints of the results, seed after seed.
    pub gy: Vec<T>,
    /// In reverse: the adjoints of the operands, seed after seed; zeros at first.
    pub gx: Vec<T>,
}

impl<T> CallNumbers<T> {
    /// Operands, and what else there is room for later.
    #[must_use]
    pub fn of(x: Vec<T>) -> Self {
        Self { x, ..Self::default() }
    }
}

impl<T> Default for CallNumbers<T> {
    fn default() -> Self {
        Self { x: Vec::new(), y: Vec::new(), gy: Vec::new(), gx: Vec::new() }
    }
}

/// The state of calls at a number type.
pub struct CallWork<T> {
    /// What operations keep from run to run.
    memory: Memory,
    /// What calls keep of a run forward for the reverse sweep behind it, by type and node.
    kept: HashMap<(TypeId, NodeId), Box<dyn Kept>>,
    /// Those of the call, adjoints of the seeds that reach it; none before the first call, and while they are lent.
    numbers: Option<Box<CallNumbers<T>>>,
    /// By seed: its place among those.
    places: Vec<Option<usize>>,
    /// The node of the call whose operands are here.
    node: NodeId,
    /// Whether the run of what is called now is kept.
    keep: bool,
    /// How many runs there were: what an earlier one has left is none of this one's.
    run: u64,
    /// The first derivative that could not be had in the run forward, and in the sweep behind it.
    losses: [Option<Box<Loss>>; 2],
    /// Whether a sweep has begun.
    sweeping: bool,
}

impl<T> Default for CallWork<T> {
    fn default() -> Self {
        Self {
            memory: Memory::default(),
            kept: HashMap::new(),
            numbers: None,
            places: Vec::new(),
            node: NodeId::new(0),
            keep: false,
            run: 0,
            losses: [None, None],
            sweeping: false,
        }
    }
}

impl<T: Clone> Clone for CallWork<T> {
    fn clone(&self) -> Self {
        Self {
            memory: self.memory.clone(),
            kept: self.kept.iter().map(|(key, kept)| (*key, kept.copied())).collect(),
            numbers: self.numbers.clone(),
            places: self.places.clone(),
            losses: self.losses.clone(),
            ..*self
        }
    }
}

impl<T> core::fmt::Debug for CallWork<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CallWork")
            .field("node", &self.node)
            .field("losses", &self.losses)
            .finish_non_exhaustive()
    }
}

impl<T: Clone + Send + Sync + 'static> Kept for CallWork<T> {
    fn bytes(&self) -> usize {
        self.bytes()
    }
    fn copied(&self) -> Box<dyn Kept> {
        Box::new(self.clone())
    }
}

impl<T> CallWork<T> {
    /// Bytes of what operations keep.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.kept.iter().fold(self.memory.bytes(), |bytes, (_, kept)| bytes + kept.bytes())
    }

    /// What operations keep from run to run: an operation finds its own by type, and by a key that it chooses.
    pub fn memory(&mut self) -> &mut Memory {
        &mut self.memory
    }

    /// Keeps something of the call's run forward, for the reverse sweep behind it.
    pub fn keep<K: Kept>(&mut self, what: K) {
        self.kept.insert((TypeId::of::<K>(), self.node), Box::new(what));
    }

    /// What the call has [kept](Self::keep) of this run forward; `None` where it was not run forward here.
    pub fn kept<K: Kept>(&mut self) -> Option<&mut K> {
        let kept = self.kept.get_mut(&(TypeId::of::<K>(), self.node))?;
        (&mut **kept as &mut dyn Any).downcast_mut()
    }

    /// Notes that a call's derivatives could not be had; NaN stands for them.
    pub fn lose(&mut self, why: CallError) {
        let node = self.node;
        self.losses[usize::from(self.sweeping)].get_or_insert_with(|| Box::new(Loss { node, why }));
    }

    /// Takes on what was lost in a run inside of the call.
    pub fn take_on(&mut self, loss: Option<Box<Loss>>) {
        if let Some(loss) = loss {
            self.lose(loss.why);
        }
    }

    /// Whether a derivative was lost: seldom.
    #[must_use]
    pub fn has_lost(&self) -> bool {
        self.losses.iter().any(Option::is_some)
    }

    /// What was lost, from here on forgotten.
    pub fn take_loss(&mut self) -> Option<Box<Loss>> {
        if !self.has_lost() {
            return None;
        }
        let [forward, swept] = core::mem::take(&mut self.losses);
        forward.or(swept)
    }

    /// Before a run: nothing is lost yet, and nothing that an earlier run has kept is of use.
    pub fn begin_run(&mut self) {
        self.forget_losses();
        self.run += 1;
        if !self.kept.is_empty() {
            self.kept.clear();
        }
    }

    /// Before a run: nothing is lost yet.
    pub fn forget_losses(&mut self) {
        if self.has_lost() {
            self.losses = [None, None];
        }
        self.sweeping = false;
    }

    /// Before a sweep: what an earlier one behind the same run has lost is none of this one's.
    pub fn begin_sweep(&mut self) {
        self.losses[1] = None;
        self.sweeping = true;
    }

    /// The call whose operands are here, and the run that it is of.
    #[must_use]
    pub fn call(&self) -> (NodeId, u64) {
        (self.node, self.run)
    }

    /// [`call`](Self::call), if what is computed in it is to be kept for its reverse sweep.
    #[must_use]
    pub fn to_keep(&self) -> Option<(NodeId, u64)> {
        self.keep.then_some(self.call())
    }

    /// Room for the operands of the call at that node.
    pub fn operands(&mut self, node: NodeId) -> &mut Vec<T> {
        self.node = node;
        let numbers = self.numbers.get_or_insert_default();
        numbers.x.clear();
        &mut numbers.x
    }

    /// Room for the adjoints of the call's results, seed after seed.
    pub fn weights(&mut self) -> &mut Vec<T> {
        let numbers = self.numbers.get_or_insert_default();
        numbers.gy.clear();
        &mut numbers.gy
    }

    /// Takes back what was lent.
    #[inline(always)]
    pub(super) fn give_back(&mut self, numbers: Box<CallNumbers<T>>) {
        self.numbers = Some(numbers);
    }
}

impl<T: Real> CallWork<T> {
    /// The operands, lent to the operation.
    #[allow(clippy::unnecessary_box_returns)] // a pointer is lent, and no lists moved
    #[inline(always)]
    pub(super) fn begin_forward(&mut self, keep: bool) -> Box<CallNumbers<T>> {
        self.keep = keep;
        self.numbers.take().unwrap_or_default()
    }

    /// Operands, adjoints of results of those seeds that reach the call, and zeros for those of the operands;
    /// `None` where no seed does.
    pub(super) fn begin_reverse(&mut self, results: usize, seeds: usize) -> Option<Box<CallNumbers<T>>> {
        self.places.clear();
        let numbers = self.numbers.as_mut()?;
        let mut reach = 0;
        for seed in 0..seeds {
            let all = seed * results..(seed + 1) * results;
            let reaches = !numbers.gy[all.clone()].iter().all(|g| is_zero(*g));
            self.places.push(reaches.then_some(reach));
            if reaches {
                numbers.gy.copy_within(all, reach * results);
                reach += 1;
            }
        }
        if reach == 0 {
            return None;
        }
        numbers.gy.truncate(reach * results);
        numbers.gx.clear();
        numbers.gx.resize(reach * numbers.x.len(), T::lit(0.0));
        self.numbers.take()
    }

    pub(super) fn end_reverse(&mut self, done: Result<(), CallError>) -> Result<(), CallError> {
        match done {
            // What is recorded now is to be right at other inputs too.
            Err(why) if records::<T>() => return Err(why),
            Err(why) => {
                if let Some(numbers) = &mut self.numbers {
                    numbers.gx.fill(unknown(f64::NAN));
                }
                self.lose(why);
            }
            Ok(()) => {}
        }
        Ok(())
    }

    /// What operand `k` gets of a seed.
    #[must_use]
    pub fn slope(&self, seed: usize, k: usize) -> T {
        match (self.places.get(seed), &self.numbers) {
            (Some(Some(place)), Some(numbers)) => numbers.gx[place * numbers.x.len() + k],
            _ => T::lit(0.0),
        }
    }

    /// That these numbers are made of no derivative that was lost: else why it was.
    pub fn lost_in(&self, mut numbers: impl Iterator<Item = T>) -> Option<&Loss> {
        let loss = self.losses.iter().flatten().next()?;
        numbers.any(has_nan).then_some(loss)
    }

    /// [`lost_in`](Self::lost_in) as an error.
    ///
    /// # Errors
    /// Why a derivative was lost.
    pub fn known(&self, numbers: impl Iterator<Item = T>) -> Result<(), CallError> {
        self.lost_in(numbers).map_or(Ok(()), |loss| Err(loss.why.clone()))
    }
}
