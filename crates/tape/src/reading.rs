//! Sweeps of a tape as users ask for them: in reverse over a recording, at `f64` and at any number type.

use wengert_ops::Real;

use crate::calling::AnyCall;
use crate::error::SweepError;
use crate::index::NodeId;
use crate::operation::CallWork;
use crate::sweep::reverse;
use crate::sweep::saved::{self, RecordedNumbers};
use crate::tape::Tape;
use crate::workspace::Workspace;

impl Tape {
    /// Sweeps in reverse from seeds `wₖ` at nodes `yₖ`: fills the workspace's adjoints with `Σ wₖ ∂yₖ/∂v` for every
    /// node `v` up to the highest seed. Seeds on one node add up.
    ///
    /// The workspace must be the one that the tape was recorded or parsed with, since its values and partials are
    /// those of a run of this tape; one of another length is an error, one of another tape that happens to have
    /// the same lengths gives that tape's numbers.
    ///
    /// ```
    /// use wengert::Recorder;
    ///
    /// let mut recorder = Recorder::new();
    /// recorder.record(|s| s.input(4.0) * s.input(-3.0))?;
    /// let (tape, mut workspace) = recorder.into_recording();
    /// let product = tape.nodes().last().unwrap();
    /// tape.reverse(&mut workspace, &[(product, 1.0)])?;
    /// assert_eq!(workspace.adjoints(), [-3.0, 4.0, 1.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: one pass over the nodes up to the highest seed, and 8 bytes a node.
    pub fn reverse(&self, workspace: &mut Workspace, seeds: &[(NodeId, f64)]) -> Result<(), SweepError> {
        let nodes = self.len();
        let expected = self.arena.place(nodes).saved;
        let (values, partials) = (workspace.values.len(), workspace.saved.len());
        if values != nodes || partials != expected {
            return Err(SweepError::Workspace { values, nodes, partials, expected });
        }
        if let Some(position) = seeds.iter().position(|(node, _)| node.index() >= nodes) {
            return Err(SweepError::SeedPastEnd { position, node: seeds[position].0, nodes });
        }
        let Workspace { values, saved, adjoints, scratch, calls } = workspace;
        let numbers = RecordedNumbers { values, saved, adjoints, scratch, calling: &mut AnyCall(calls) };
        saved::reverse(self, numbers, seeds.iter().map(|(node, weight)| (node.index(), *weight)))
    }

    /// The reverse sweep at any number type, partials computed anew from the values: `values` holds one value a node,
    /// `adjoints` the seeds, and on return every node's adjoint. It may be shorter than the tape: then the sweep
    /// begins at its end.
    ///
    /// ```
    /// use wengert::{Dual, Recorder};
    ///
    /// let mut recorder = Recorder::new();
    /// recorder.record(|s| s.input(2.0).powi(3))?;
    /// // At dual numbers the sweep gives second derivatives: x³ at 2 + ε.
    /// let values = [Dual { value: 2.0, tangent: [1.0] }, Dual { value: 8.0, tangent: [12.0] }];
    /// let mut adjoints = [Dual::constant(0.0), Dual::constant(1.0)];
    /// recorder.tape().reverse_at(&values, &mut adjoints)?;
    /// assert_eq!((adjoints[0].value, adjoints[0].tangent), (12.0, [12.0])); // 3x², 6x
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Calls are swept at the number types of [`ReverseAt`](crate::call::ReverseAt), and at others that carry a value
    /// and tangents.
    ///
    /// Cost: one visit a node, with the partials of its row.
    pub fn reverse_at<T: Real>(&self, values: &[T], adjoints: &mut [T]) -> Result<(), SweepError> {
        let nodes = self.len();
        if values.len() != nodes || adjoints.len() > nodes {
            return Err(SweepError::Lengths { values: values.len(), adjoints: adjoints.len(), nodes });
        }
        let mut work = CallWork::default();
        reverse::reverse(self, values, adjoints, &mut Vec::new(), &mut AnyCall(&mut work))?;
        reverse::known(self, adjoints, &work)
    }
}
