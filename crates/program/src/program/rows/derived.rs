//! Derivative programs of what varies: each a recording of the sweeps, of which passes leave what is asked for.

use core::ops::Range;

use wengert_ops::Real;
use wengert_tape::{Recorded, Session, Var, unfolded};

use crate::error::ProgramError;
use crate::program::{Body, Program};
use crate::run::RunState;

/// Marks the outputs of a run as outputs of the program that is recorded, each times a weight.
fn give_values(program: &Body, s: &Session<'_>, run: &RunState<Recorded>, weight: Option<Recorded>) {
    for y in outputs(program, run) {
        s.output(weight.map_or(y, |weight| y * weight).0);
    }
}

fn outputs<'a>(program: &'a Body, run: &'a RunState<Recorded>) -> impl Iterator<Item = Recorded> + 'a {
    (0..program.outputs()).map(|k| program.output_of(run, k).unwrap_or(Recorded::lit(f64::NAN)))
}

/// The adjoints of inputs after a sweep.
fn adjoints<'a>(
    program: &'a Body,
    run: &'a RunState<Recorded>,
    inputs: Range<usize>,
) -> impl Iterator<Item = Recorded> + 'a {
    program.tape().inputs()[inputs].iter().map(|node| run.adjoints[node.index()])
}

fn more_inputs(s: &Session<'_>, count: usize) -> Vec<Recorded> {
    (0..count).map(|_| Recorded(s.input(1.0))).collect()
}

/// An input that a direction moves: by 1, or by a number that is an input itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moves {
    pub(super) input: usize,
    /// Which of the numbers.
    pub(super) by: Option<usize>,
}

/// What forward mode finds.
pub(super) struct RowTangents {
    weight: Option<Recorded>,
    values: Vec<Recorded>,
    /// By direction, the derivatives of all outputs.
    along: Vec<Vec<Recorded>>,
}

impl RowTangents {
    /// Values, then the derivatives of output after output, along one direction after another.
    pub(super) fn give_jacobian(&self, s: &Session<'_>) {
        self.values.iter().for_each(|y| _ = s.output(y.0));
        for k in 0..self.values.len() {
            self.along.iter().for_each(|t| _ = s.output(t[k].0));
        }
    }

    /// Values, and the derivatives of their sum, all times the weight.
    pub(super) fn give_gradient(&self, s: &Session<'_>) {
        let times = |x: Recorded| self.weight.map_or(x, |weight| x * weight);
        self.values.iter().for_each(|y| _ = s.output(times(*y).0));
        for tangents in &self.along {
            give_sum(s, tangents.iter().map(|t| times(*t)));
        }
    }

    /// What [`normal_equations`](Body::normal_equations) gives.
    pub(super) fn give_normal_equations(&self, s: &Session<'_>) {
        let line = |k: usize| self.along.iter().map(|tangents| tangents[k]).collect();
        let rows: Vec<(Recorded, Vec<Recorded>)> =
            self.values.iter().enumerate().map(|(k, r)| (*r, line(k))).collect();
        give_normal_equations(s, self.along.len(), &rows, self.weight);
    }
}

/// Marks a sum as an output.
fn give_sum(s: &Session<'_>, terms: impl Iterator<Item = Recorded>) {
    // From what is there on, so that one row is one product.
    let sum = terms.reduce(|sum, term| sum + term).unwrap_or(Recorded::lit(0.0));
    s.output(sum.0);
}

/// Normal equations of residuals and their gradients.
fn give_normal_equations(
    s: &Session<'_>,
    n: usize,
    rows: &[(Recorded, Vec<Recorded>)],
    weight: Option<Recorded>,
) {
    let times = |x: Recorded| weight.map_or(x, |weight| x * weight);
    give_sum(s, rows.iter().map(|(r, _)| times(*r) * *r * Recorded::lit(0.5)));
    for i in 0..n {
        give_sum(s, rows.iter().map(|(r, g)| times(g[i]) * *r));
    }
    for i in 0..n {
        for j in 0..=i {
            give_sum(s, rows.iter().map(|(_, g)| times(g[i]) * g[j]));
        }
    }
}

impl Body {
    /// Values times a weight, which is the input behind the others.
    pub(super) fn weighted_values(&self) -> Result<Program, ProgramError> {
        self.derived(|s, x, parameters| {
            let run = self.record_forward(s, x, parameters)?;
            let weight = Recorded(s.input(1.0));
            give_values(self, s, &run, Some(weight));
            Ok(())
        })
    }

    /// Values, and the derivatives of their sum by some inputs; with a weight, which is the input behind the others, both
    /// times that.
    pub(super) fn values_and_gradient(
        &self,
        by: Range<usize>,
        weighted: bool,
    ) -> Result<Program, ProgramError> {
        self.derived(|s, x, parameters| {
            let mut run = self.record_forward(s, x, parameters)?;
            let weight = weighted.then(|| Recorded(s.input(1.0)));
            give_values(self, s, &run, weight);
            self.record_sweep(&mut run, &vec![weight.unwrap_or(Recorded::lit(1.0)); self.outputs()])?;
            adjoints(self, &run, by).for_each(|g| _ = s.output(g.0));
            Ok(())
        })
    }

    /// Values, and their products with the Jacobian, by all inputs: the weights, one an output, are inputs behind the others.
    pub(super) fn values_and_vjp(&self) -> Result<Program, ProgramError> {
        self.derived(|s, x, parameters| {
            let mut run = self.record_forward(s, x, parameters)?;
            let weights = more_inputs(s, self.outputs());
            give_values(self, s, &run, None);
            self.record_sweep(&mut run, &weights)?;
            adjoints(self, &run, 0..self.inputs()).for_each(|g| _ = s.output(g.0));
            Ok(())
        })
    }

    /// Values, and the Jacobian by some inputs, row after row.
    pub(super) fn values_and_jacobian(&self, by: Range<usize>) -> Result<Program, ProgramError> {
        self.derived(|s, x, parameters| {
            let mut run = self.record_forward(s, x, parameters)?;
            give_values(self, s, &run, None);
            self.each_gradient(s, &mut run, by, |s, _, g| g.iter().for_each(|g| _ = s.output(g.0)))
        })
    }

    /// Hands the gradient of each output by some inputs to a function, with the output.
    fn each_gradient(
        &self,
        s: &Session<'_>,
        run: &mut RunState<Recorded>,
        by: Range<usize>,
        mut each: impl FnMut(&Session<'_>, Recorded, &[Recorded]),
    ) -> Result<(), wengert_tape::RunError> {
        let mut unit = vec![Recorded::lit(0.0); self.outputs()];
        let values: Vec<Recorded> = outputs(self, run).collect();
        for (row, value) in values.into_iter().enumerate() {
            unit[row] = Recorded::lit(1.0);
            self.record_sweep(run, &unit)?;
            unit[row] = Recorded::lit(0.0);
            let gradient: Vec<Recorded> = adjoints(self, run, by.clone()).collect();
            each(s, value, &gradient);
        }
        Ok(())
    }

    /// `½ Σ rₖ²` of the outputs `r`, `Jᵀr`, and the lower half of `JᵀJ` by rows, `J` by some inputs; with a weight, which is
    /// the input behind the others, all times that.
    pub(super) fn normal_equations(&self, by: Range<usize>, weighted: bool) -> Result<Program, ProgramError> {
        self.derived(|s, x, parameters| {
            let mut run = self.record_forward(s, x, parameters)?;
            let weight = weighted.then(|| Recorded(s.input(1.0)));
            let mut rows: Vec<(Recorded, Vec<Recorded>)> = Vec::new();
            self.each_gradient(s, &mut run, by.clone(), |_, r, g| rows.push((r, g.to_vec())))?;
            give_normal_equations(s, by.len(), &rows, weight);
            Ok(())
        })
    }

    /// A program of values and tangents: the derivatives of all outputs along directions. `numbers` inputs behind the others say
    /// by how much directions move inputs; behind these stands the weight, where there is one. What is given of all of them,
    /// `give` says.
    pub(super) fn forward_mode(
        &self,
        directions: &[Vec<Moves>],
        numbers: usize,
        weighted: bool,
        give: impl FnOnce(&Session<'_>, &RowTangents),
    ) -> Result<Program, ProgramError> {
        // The product with weights is linear in these, and its derivative by them along adjoints `v` is `Jv`.
        let (inputs, m) = (self.inputs(), self.outputs());
        let vjp = self.values_and_vjp()?;
        let tangents = vjp.derived(|s, x, parameters| {
            let mut run = vjp.record_forward(s, x, parameters)?;
            let numbers = more_inputs(s, numbers);
            let weight = weighted.then(|| Recorded(s.input(1.0)));
            let mut seeds = vec![Recorded::lit(0.0); m + inputs];
            let values = outputs(&vjp, &run).take(m).collect();
            let mut along = Vec::new();
            for direction in directions {
                seeds.fill(Recorded::lit(0.0));
                for Moves { input, by } in direction {
                    seeds[m + input] = by.map_or(Recorded::lit(1.0), |number| numbers[number]);
                }
                vjp.record_sweep(&mut run, &seeds)?;
                along.push(adjoints(&vjp, &run, inputs..inputs + m).collect());
            }
            give(s, &RowTangents { weight, values, along });
            Ok(())
        })?;
        // The weights of the product are asked for no more.
        tangents.without_inputs(inputs..inputs + m)
    }

    /// Values, the derivatives of their sum by some inputs, and these derivatives' own along a direction in the same inputs,
    /// whose numbers are the last inputs; before these the weight, where there is one.
    pub(super) fn values_and_hvp(&self, by: Range<usize>, weighted: bool) -> Result<Program, ProgramError> {
        let m = self.outputs();
        let first = self.values_and_gradient(by.clone(), weighted)?;
        first.derived(|s, x, parameters: &[Var]| {
            let mut run = first.record_forward(s, x, parameters)?;
            give_values(&first, s, &run, None);
            let mut seeds = vec![Recorded::lit(0.0); m];
            seeds.extend(more_inputs(s, by.len()));
            first.record_sweep(&mut run, &seeds)?;
            adjoints(&first, &run, by).for_each(|g| _ = s.output(g.0));
            Ok(())
        })
    }

    /// The same program with rows written out that [unfold](wengert_ops::Variadic::UNFOLDS); none where it has none of these.
    pub(super) fn unfolded(&self) -> Result<Option<Program>, ProgramError> {
        if !self.tape().walk().any(|node| node.op.info().unfolds) {
            return Ok(None);
        }
        self.derived(|s, x, parameters| unfolded(|| self.record_outputs(s, x, parameters))).map(Some)
    }

    /// The same program without some inputs, which nothing that is asked for depends on.
    fn without_inputs(&self, without: Range<usize>) -> Result<Program, ProgramError> {
        let kept = |k: &usize| !without.contains(k);
        let place = |k: usize| if k < without.start { k } else { k - without.len() };
        let point: Vec<f64> = (0..self.inputs()).filter(kept).map(|k| self.point()[k]).collect();
        let parameters = self.recorded_parameters().to_vec();
        Program::record_with(|s| {
            let x: Vec<Var> = point.iter().map(|x| s.input(*x)).collect();
            let parameters: Vec<Var> = parameters.iter().map(|p| s.parameter(*p)).collect();
            let all: Vec<Var> = (0..self.inputs())
                .map(|k| if kept(&k) { x[place(k)] } else { Var::from(self.point()[k]) })
                .collect();
            if let Ok(run) = self.record_forward(s, &all, &parameters) {
                give_values(self, s, &run, None);
            }
        })
    }
}
