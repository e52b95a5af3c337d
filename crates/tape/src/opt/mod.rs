//! Passes, each from a tape to a tape that computes the same: what every one keeps is said in its own file.
//!
//! All keep inputs, parameters, outputs, guards, reads, and named nodes; the value of every node that stays is the same bit
//! for bit. They need a tape that meets the invariants (`verify.rs`), as every recorded or parsed one does.

mod builder;
mod fold;
mod share;
mod prune;
mod schedule;

use crate::tape::Tape;

impl Tape {
    /// The same tape with nodes of constants alone computed. Values stay bit for bit at `f64`.
    ///
    /// ```
    /// use wengert_tape::Tape;
    ///
    /// let text = "wengert tape v1: 3 nodes, 1 input, 1 output, 0 guards\nnode\n%0 = input\n%1 = add 2.0 3.0\n%2 = mul %0 %1\noutputs %2\n";
    /// let (tape, _) = Tape::parse(text)?;
    /// assert!(tape.folded().to_string().contains("%1 = mul %0 5.0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn folded(&self) -> Self {
        fold::fold(self)
    }

    /// The same tape with each operation on the same operands done once. Values stay bit for bit; adjoints may differ by
    /// rounding. Named nodes stay apart.
    #[must_use]
    pub fn shared(&self) -> Self {
        share::share(self)
    }

    /// The same tape without the nodes that no output, guard, read or name depends on.
    #[must_use]
    pub fn pruned(&self) -> Self {
        prune::prune(self)
    }

    /// The same nodes, leaves first, then those of one operation next to each other as far as their operands allow: the
    /// order in which a [`Program`](crate::Program) runs fastest. Values stay bit for bit; adjoints may differ by rounding.
    #[must_use]
    pub fn scheduled(&self) -> Self {
        schedule::schedule(self)
    }

    /// All passes that keep every value bit for bit: [folded](Self::folded), [shared](Self::shared),
    /// [pruned](Self::pruned), [scheduled](Self::scheduled).
    ///
    /// ```
    /// use wengert_tape::Program;
    ///
    /// // sin 2x + sin 2x: one product, one sine.
    /// let f = Program::record(&[0.7], |x| vec![(x[0] * 2.0).sin() + (x[0] * 2.0).sin()])?;
    /// assert_eq!(f.tape().optimized().to_string(), r#"
    /// wengert tape v1: 4 nodes, 1 input, 1 output, 0 guards
    /// node
    /// %0 = input
    /// %1 = mul %0 2.0
    /// %2 = sin %1
    /// %3 = add %2 %2
    /// outputs %3
    /// "#.trim_start());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: some hundred nanoseconds a node, and memory in proportion to the tape. Before and after can be compared by
    /// [`Tape::statistics`].
    #[must_use]
    pub fn optimized(&self) -> Self {
        self.folded().shared().pruned().scheduled()
    }
}
