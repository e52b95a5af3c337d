//! What a way to run a tape must do, so that everything else (inputs and outputs, comparisons, drivers) is the same for all.

use wengert_ops::Real;
use wengert_tape::Tape;
use wengert_tape::call::CallError;

use super::adjoint::Adjoint;
use super::numbers::Numbers;

/// A call that gave no numbers, and its node: those before it have their values.
#[derive(Clone, Debug)]
pub struct Stopped {
    /// The node.
    pub node: usize,
    /// Why it gave none.
    pub why: CallError,
}

/// A way to run the nodes of a tape: forward, and in reverse behind that.
///
/// Node `k` has slot `k` among the values, and behind the nodes stands a slot for each constant. Who calls has put the values
/// of leaves and constants in place, and checks afterwards whether comparisons hold: a tier computes whatever the leaves are,
/// and branches on nothing.
///
/// ```
/// use wengert::program::{Caller, Numbers, Plan, Tier};
/// use wengert::Recorder;
///
/// let mut recorder = Recorder::new();
/// recorder.record(|s| s.output(s.input(1.0) * s.input(1.0) + 2.0))?;
/// let plan = Plan::of(recorder.tape());
/// let mut run = Numbers::new(Caller::default());
/// run.values = vec![4.0, -3.0, 0.0, 0.0]; // the inputs, and room for two nodes
/// run.values.extend(recorder.tape().constants());
/// plan.forward(&mut run, true).unwrap();
/// assert_eq!(run.values[3], -10.0);
/// let mut adjoints = vec![0.0, 0.0, 0.0, 1.0];
/// assert!(plan.reverse(&mut run, &mut adjoints, false).unwrap());
/// assert_eq!(adjoints[..2], [-3.0, 4.0]);
/// # Ok::<(), wengert::RecordError>(())
/// ```
pub trait Tier: Sized + Send + Sync + 'static {
    /// Makes a tape ready.
    fn of(tape: &Tape) -> Self;

    /// Fills the values of all nodes but the leaves (that of a call is 0: its results stand behind it); with `save`,
    /// what [`reverse`](Self::reverse) will ask for too.
    ///
    /// # Errors
    /// That of the first call that gives no numbers.
    fn forward<T: Real>(&self, numbers: &mut Numbers<T>, save: bool) -> Result<(), Box<Stopped>>;

    /// Adds to the adjoints, which hold the seeds, what nodes hand on to their operands: from the last node to the first. There
    /// is one a node.
    ///
    /// With care, products are 0 as soon as either factor is ([`Real::pull`]). Without it, an answer of `false` says that care
    /// is needed, and that what the adjoints hold is of no use.
    ///
    /// # Errors
    /// A call's.
    fn reverse<T: Real, G: Adjoint<T>>(
        &self,
        numbers: &mut Numbers<T>,
        adjoints: &mut Vec<G>,
        careful: bool,
    ) -> Result<bool, CallError>;
}
