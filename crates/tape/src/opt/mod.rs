//! Passes, each from a tape to a tape that computes the same: what every one keeps is said in its own file.
//!
//! All keep inputs, parameters, outputs, guards, reads, and named nodes; the value of every node that stays is the same bit
//! for bit, but for the passes of `regroup.rs`, which are never part of another. Nodes that do more than compute a value
//! (`Tape::is_pure`) are neither left out nor merged, and keep their order. Passes need a tape that meets the invariants
//! (`verify.rs`), as every recorded or parsed one does; they name no operation, and ask what rows declare.

mod builder;
mod laws;
mod table;
mod rewrite;
mod prune;
mod gather;
mod schedule;
mod regroup;

use rewrite::{Rewrites, rewrite};

use crate::tape::Tape;

impl Tape {
    /// The same tape with nodes of constants alone computed. Values stay bit for bit at `f64`. (At `f32` a folded constant
    /// is rounded once, where the node would have rounded its operands too.)
    ///
    /// ```
    /// use wengert::Tape;
    ///
    /// let text = "wengert tape v2: 3 nodes, 1 input, 1 output, 0 guards
    /// node
    /// %0 = input
    /// %1 = add 2.0 3.0
    /// %2 = mul %0 %1
    /// outputs %2
    /// ";
    /// let (tape, _) = Tape::parse(text)?;
    /// assert!(tape.folded().to_string().contains("%1 = mul %0 5.0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Recording does this as it goes; what is left are tapes that were parsed, and derivative programs.
    #[must_use]
    pub fn folded(&self) -> Self {
        rewrite(self, Rewrites { fold: true, ..Rewrites::default() })
    }

    /// The same tape with the laws of its operations applied, each of which holds bit for bit at every input and keeps the
    /// derivatives ([`Law`](wengert_ops::Law); the book's chapter *Passes* lists them): `x·1` is `x`, `a − (−b)` is `a + b`,
    /// `x/4` is `x·0.25`. But `x + 0` is not `x` (at −0), `x − x` is not 0 (at ∞), and `max(x, x)`, whose slope is 2 at the
    /// tie, is not `x`: those stay. What is no longer used stays too; see [`Tape::pruned`].
    ///
    /// ```
    /// use wengert::Program;
    ///
    /// let f = Program::record(&[2.0, 3.0], |x| vec![x[0] / 4.0 - -x[1]])?;
    /// assert_eq!(f.tape().simplified().pruned().to_string(), r#"
    /// wengert tape v2: 4 nodes, 2 inputs, 1 output, 0 guards
    /// node
    /// %0 = input
    /// %1 = input
    /// %2 = mul %0 0.25
    /// %3 = add %2 %1
    /// outputs %3
    /// "#.trim_start());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn simplified(&self) -> Self {
        rewrite(self, Rewrites { simplify: true, ..Rewrites::default() })
    }

    /// The same tape with each operation on the same operands done once (equal constants, by their bits, are the same
    /// operand), in either order where the operation commutes. Values stay bit for bit; adjoints may differ by rounding.
    /// Named nodes stay apart.
    ///
    /// ```
    /// use wengert::Program;
    ///
    /// let f = Program::record(&[2.0, 3.0], |x| vec![x[0] * x[1] + x[1] * x[0]])?;
    /// assert!(f.tape().shared().to_string().contains("%2 = mul %0 %1\n%3 = add %2 %2\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn shared(&self) -> Self {
        rewrite(self, Rewrites { share: true, ..Rewrites::default() })
    }

    /// The same tape without the nodes that no output, guard, read or name depends on. Leaves stay.
    ///
    /// ```
    /// use wengert::Program;
    ///
    /// let f = Program::record(&[2.0], |x| {
    ///     let _unused = x[0].sin();
    ///     vec![x[0].cos()]
    /// })?;
    /// assert_eq!((f.tape().len(), f.tape().pruned().len()), (3, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn pruned(&self) -> Self {
        prune::prune(self)
    }

    /// The same tape with long chains of sums as n-ary sums, which add in the same order: `(((a + b) + c) + …)` is one node
    /// where nothing else reads what is between. [Pruned](Self::pruned) too. Values stay bit for bit; adjoints may differ by
    /// rounding.
    ///
    /// ```
    /// use wengert::Program;
    ///
    /// let f = Program::record(&[1.0; 10], |x| vec![x[1..].iter().fold(x[0], |sum, x| sum + *x)])?;
    /// assert_eq!((f.tape().len(), f.tape().gathered().len()), (19, 11));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn gathered(&self) -> Self {
        gather::gather(self)
    }

    /// The same nodes, leaves first, then those of one operation next to each other as far as their operands allow: the
    /// order in which a program runs fastest. Values stay bit for bit; adjoints may differ by rounding.
    ///
    /// ```
    /// use wengert::Program;
    ///
    /// let f = Program::record(&[2.0, 3.0], |x| vec![x[0].sin() * 2.0, x[1].sin() * 2.0])?;
    /// assert!(f.tape().scheduled().to_string().contains("%2 = sin %0\n%3 = sin %1\n%4 = mul %2 2.0\n%5 = mul %3 2.0\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn scheduled(&self) -> Self {
        schedule::schedule(self)
    }

    /// All passes that keep every value bit for bit and leave nodes in their order: [folded](Self::folded),
    /// [simplified](Self::simplified) and [shared](Self::shared) in one, [gathered](Self::gathered) and
    /// [pruned](Self::pruned). Right for those who run a tape otherwise than in runs of one operation: what is computed late
    /// is read soon.
    #[must_use]
    pub fn reduced(&self) -> Self {
        rewrite(self, Rewrites { fold: true, simplify: true, share: true }).gathered()
    }

    /// All passes that keep every value bit for bit: [reduced](Self::reduced) and [scheduled](Self::scheduled). Done twice it
    /// changes nothing more.
    ///
    /// ```
    /// use wengert::Program;
    ///
    /// // sin 2x + sin 2x: one product, one sine.
    /// let f = Program::record(&[0.7], |x| vec![(x[0] * 2.0).sin() + (x[0] * 2.0).sin()])?;
    /// assert_eq!(f.tape().optimized().to_string(), r#"
    /// wengert tape v2: 4 nodes, 1 input, 1 output, 0 guards
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
    /// [`Statistics::compared_with`](crate::Statistics::compared_with).
    #[must_use]
    pub fn optimized(&self) -> Self {
        self.reduced().scheduled()
    }

    /// The same tape with sums and products put together in another order: trees of `+` become n-ary sums, sums of products
    /// become dot products, sums of squares become sums of squares, trees of `·` n-ary products, each from four operands on.
    /// A tape of dense layers written out in `+` and `·` becomes a fraction as long.
    ///
    /// **Values change**, by rounding: each order of `n` terms is within `(n − 1)·ε·Σ|xₖ|` of the true sum to first order, `ε`
    /// half a unit in the last place of 1 (Higham, *Accuracy and Stability of Numerical Algorithms*, §4.2), and so two of
    /// them within twice that of each other; of products within `2(n − 1)·ε` of the value, relatively. What overflows or
    /// underflows on the way may do so elsewhere, and `∞ − ∞` may come about. It is part of no other pass.
    ///
    /// ```
    /// use wengert::Program;
    ///
    /// let f = Program::record(&[1.0; 8], |x| {
    ///     vec![x[0] * x[1] + (x[2] * x[3] + x[4] * x[5]) + (x[6] * x[7] + 1.0)]
    /// })?;
    /// let tape = f.tape().reassociated().to_string();
    /// assert!(tape.contains("%8 = dot %0 %2 %4 %6 %1 %3 %5 %7\n%9 = add %8 1.0\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn reassociated(&self) -> Self {
        rewrite(&regroup::reassociate(self), Rewrites { simplify: true, ..Rewrites::default() })
    }

    /// The same tape with `a·b + c`, where nothing else reads the product, as one `mul_add`.
    ///
    /// **Values change**: a contracted node is rounded once, within half a unit in the last place of `a·b + c`, where two
    /// operations round the product first. (That is nearer to the truth, but no longer zero where it was: `a·b − a·b`
    /// becomes the product's own rounding error.) On a machine without the instruction it is slower. It is part of no
    /// other pass.
    ///
    /// ```
    /// use wengert::Program;
    ///
    /// let f = Program::record(&[2.0, 3.0], |x| vec![x[0] * x[1] + x[0]])?;
    /// assert!(f.tape().contracted().to_string().contains("%2 = mul_add %0 %1 %0\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn contracted(&self) -> Self {
        regroup::contract(self)
    }
}

#[cfg(test)]
mod tests {
    use crate::error::Outcome;
    use crate::opaque::Opaque;
    use crate::operation::Callee;
    use crate::record::Recorder;
    use crate::tape::Tape;

    /// An operation of any number of operands, without results.
    struct Says(usize);
    impl Opaque for Says {
        fn name(&self) -> &'static str {
            "says"
        }
        fn inputs(&self) -> usize {
            self.0
        }
        fn outputs(&self) -> usize {
            0
        }
        fn is_pure(&self) -> bool {
            false
        }
        fn value(&self, _: &[f64], _: &mut [f64]) -> Outcome {
            Ok(())
        }
        fn vjp(&self, _: &[f64], _: &[f64], _: &[f64], _: &mut [f64]) -> Outcome {
            Ok(())
        }
    }

    /// Impure nodes that nothing reads, that read the same, and that could come earlier: each stays, on its own, in its place
    /// among the others.
    #[test]
    fn impure_nodes_keep_their_order() {
        let mut recorder = Recorder::new();
        let recorded = recorder.record(|s| {
            let x = s.input(1.0);
            let one = Callee::opaque(Says(1));
            let mut says = Vec::new();
            // Slowest operand first: a schedule by readiness alone would turn these round.
            let slow = x.sin().cos();
            says.extend(Callee::opaque(Says(4)).call(&[slow; 4]));
            says.extend(one.call(&[x]));
            says.extend(one.call(&[x]));
            let late = x.sin();
            says.extend(Callee::opaque(Says(2)).call(&[late; 2]));
            s.output(x);
            says.len()
        });
        assert_eq!(recorded, Ok(0));
        let before = recorder.tape();
        before.verify().unwrap();
        let passes: [fn(&Tape) -> Tape; 9] = [
            Tape::folded,
            Tape::simplified,
            Tape::shared,
            Tape::pruned,
            Tape::gathered,
            Tape::scheduled,
            Tape::reassociated,
            Tape::contracted,
            Tape::optimized,
        ];
        for pass in passes {
            let after = pass(before);
            after.verify().unwrap();
            let impure = after.arena.nodes(0).filter(|node| !after.is_pure(node.id));
            let operands: Vec<usize> = impure.map(|node| node.operands.len()).collect();
            assert_eq!(operands, [4, 1, 1, 2]);
        }
    }
}
