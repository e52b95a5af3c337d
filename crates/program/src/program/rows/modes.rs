//! What is asked of rows, and the code that gives it.

use core::ops::Range;

use wengert_lanes::Code;
use wengert_tape::call::{Callee, Mode};
use wengert_tape::{Guard, Session};

use super::derived::{Moves, RowTangents};
use super::lower::{Ends, lower};
use super::split::split;
use crate::error::{ProgramError, length};
use crate::program::Program;
use crate::run::RunState;

/// By which inputs derivatives are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// Those that all rows share.
    Shared,
    /// Each row's own.
    Row,
    /// Both, the shared ones first.
    Both,
}

impl By {
    /// Whether the shared inputs are among them.
    #[must_use]
    pub fn shared(self) -> bool {
        self != Self::Row
    }

    /// Whether the row's own are among them.
    #[must_use]
    pub fn rows(self) -> bool {
        self != Self::Shared
    }
}

/// What is asked of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowMode {
    /// Values by row, and whether each comparison holds.
    Values,
    /// Whether each comparison holds, and no more.
    Guards,
    /// The sums of values, each row times its weight where there are weights.
    Sum {
        /// Whether there are.
        weighted: bool,
    },
    /// The greatest of values over rows.
    Maximum,
    /// The sums of values, and the derivatives of their sum, summed: by the boundary in reverse mode, by the shared inputs in
    /// [forward mode](RowCode::mode).
    Gradient {
        /// Whether rows have weights.
        weighted: bool,
    },
    /// Values and Jacobians by row.
    Jacobian(By),
    /// Values and products with Jacobians by row, along a direction in the boundary, in the row's own inputs, or both.
    Jvp(By),
    /// Values and products of weights of a row's outputs with its Jacobians: those by the boundary summed, those by the row's
    /// own inputs by row.
    Vjp(By),
    /// The sums of values, the derivatives of their sum by the boundary, and these derivatives' own along a direction in the
    /// boundary.
    Hvp {
        /// Whether rows have weights.
        weighted: bool,
    },
    /// Half the sum of the squares of all outputs `r`, `Jᵀr`, and the lower half of `JᵀJ`, `J` by the shared inputs.
    GaussNewton {
        /// Whether rows have weights.
        weighted: bool,
    },
}

/// Code of a mode.
#[derive(Clone, Debug)]
pub struct RowCode {
    /// From the numbers that the mode is given to the uniform operands of the code.
    pub(super) uniform: Program,
    pub(super) code: Code,
    pub(super) callees: Vec<Callee>,
    /// The guards of the code, in its order.
    pub(super) guards: Vec<Guard>,
    mode: Option<Mode>,
}

impl RowCode {
    /// The code that runs over rows.
    #[must_use]
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// How its derivatives are found, where it has some and there was a choice.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        self.mode
    }

    /// The comparisons that rows may fail, by their numbers in the code.
    #[must_use]
    pub fn guards(&self) -> &[Guard] {
        &self.guards
    }
}

/// How the inputs of a program over rows stand: the shared ones first, then column after column of each table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowInputs {
    /// How many are shared by all rows.
    pub shared: usize,
    /// By table of numbers that are a row's own, and differentiated by: how many columns it has.
    pub tables: Vec<usize>,
    /// The same of tables whose numbers move with the shared inputs. A table of their derivatives by these stands behind all that
    /// rows read, in it number after number, the shared inputs of each in order.
    pub moving: Vec<usize>,
    /// The same of numbers that are not differentiated.
    pub data: Vec<usize>,
}

impl RowInputs {
    /// How many inputs are a row's own, and differentiated by.
    fn own(&self) -> usize {
        self.tables.iter().sum()
    }

    /// The widths of all tables that hold inputs.
    fn of_row(&self) -> impl Iterator<Item = usize> + '_ {
        self.tables.iter().chain(&self.moving).chain(&self.data).copied()
    }

    /// The widths of the tables of derivatives.
    fn derivatives(&self) -> impl Iterator<Item = usize> + '_ {
        self.moving.iter().map(|columns| columns * self.shared)
    }

    /// What directions move: each shared input itself, and the numbers that come with their derivatives by it; each input of a
    /// row's own.
    fn directions(&self, by: By) -> Vec<Vec<Moves>> {
        let one = |input: usize| vec![Moves { input, by: None }];
        let behind = self.shared + self.own();
        let mut directions: Vec<Vec<Moves>> = Vec::new();
        if by.shared() {
            directions.extend((0..self.shared).map(one));
            for (k, input) in (behind..behind + self.moving.iter().sum::<usize>()).enumerate() {
                for (along, direction) in directions.iter_mut().enumerate() {
                    direction.push(Moves { input, by: Some(k * self.shared + along) });
                }
            }
        }
        if by.rows() {
            directions.extend((self.shared..behind).map(one));
        }
        directions
    }
}

/// A program over rows: the first inputs are shared by all rows, the others are each row's own.
#[derive(Debug)]
pub struct RowProgram {
    program: Program,
    inputs: RowInputs,
    width: Option<usize>,
    /// The mode in which derivatives are found, where that is fixed.
    fixed: Option<Mode>,
    /// From the shared inputs to the boundary.
    uniform: Program,
    /// From the boundary and a row's inputs to the outputs.
    varying: Program,
    boundary: usize,
    codes: Vec<(RowMode, RowCode)>,
}

impl RowProgram {
    /// The program whose inputs stand so. There must be as many as it has.
    ///
    /// # Errors
    /// [`ProgramError::Run`] with [`RunError::Length`](wengert_tape::RunError::Length) where there are more or fewer, or where
    /// the program cannot be run where it was recorded.
    pub fn new(program: &Program, inputs: RowInputs) -> Result<Self, ProgramError> {
        length(
            "inputs, shared and by row",
            program.inputs(),
            inputs.shared + inputs.of_row().sum::<usize>(),
        )?;
        let mask: Vec<bool> = (0..program.inputs()).map(|k| k < inputs.shared).collect();
        let (uniform, varying, boundary) = halves(program, &mask, 0)?;
        let (program, codes) = (program.clone(), Vec::new());
        Ok(Self { program, inputs, width: None, fixed: None, uniform, varying, boundary, codes })
    }

    /// The same, whose derivatives are found in a mode, wherever that can be, and not in the one that costs less.
    #[must_use]
    pub fn in_mode(mut self, mode: Option<Mode>) -> Self {
        self.fixed = mode;
        self
    }

    /// The same, whose code is run over so many rows at a time, whatever its memory: 16, 32 or 64.
    #[must_use]
    pub fn of_width(self, width: usize) -> Self {
        Self { width: Some(width), codes: Vec::new(), ..self }
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// From the shared inputs to the boundary: the numbers that what varies reads.
    #[must_use]
    pub fn uniform(&self) -> &Program {
        &self.uniform
    }

    /// From the boundary and a row's inputs to the outputs.
    #[must_use]
    pub fn varying(&self) -> &Program {
        &self.varying
    }

    /// How many numbers the boundary has.
    #[must_use]
    pub fn boundary(&self) -> usize {
        self.boundary
    }

    /// How its inputs stand.
    #[must_use]
    pub fn row_inputs(&self) -> &RowInputs {
        &self.inputs
    }

    /// The code of a mode; `None` where it was not [made](Self::make).
    #[must_use]
    pub fn code(&self, mode: RowMode) -> Option<&RowCode> {
        self.codes.iter().find(|(made, _)| *made == mode).map(|(_, code)| code)
    }

    /// Makes the code of a mode, unless it was made before. Cost: that of the derivative programs, some microseconds a node.
    ///
    /// # Errors
    /// [`ProgramError`] where a derivative program cannot be made.
    pub fn make(&mut self, mode: RowMode) -> Result<&RowCode, ProgramError> {
        if self.code(mode).is_none() {
            let code = self.made(mode)?;
            self.codes.push((mode, code));
        }
        let place = self.codes.iter().position(|(made, _)| *made == mode).unwrap_or(0);
        Ok(&self.codes[place].1)
    }

    /// The inputs of the varying program that are on the boundary, and those of a row.
    fn ranges(&self) -> (Range<usize>, Range<usize>) {
        (0..self.boundary, self.boundary..self.boundary + self.inputs.own())
    }

    fn made(&self, mode: RowMode) -> Result<RowCode, ProgramError> {
        match &self.ways(mode)[..] {
            [] => self.plain(mode),
            [way] => self.derivatives(mode, *way),
            [way, others @ ..] => {
                let mut cheapest = self.derivatives(mode, *way)?;
                for way in others {
                    let code = self.derivatives(mode, *way)?;
                    if code.code.cost() < cheapest.code.cost() {
                        cheapest = code;
                    }
                }
                Ok(cheapest)
            }
        }
    }

    /// The modes in which the derivatives may be found, the one first that is taken where both cost the same; none where there
    /// is no choice. One that must be dearer is none of them: forward along many more directions than there are outputs, reverse
    /// of many more outputs than there are directions.
    fn ways(&self, mode: RowMode) -> Vec<Mode> {
        const MORE: usize = 32;
        let m = self.program.outputs();
        let (n, m, by) = match mode {
            // Reverse mode needs one sweep, whatever the number of outputs, and products that sums over rows take up.
            RowMode::Gradient { .. } => (self.inputs.shared * (MORE / 4), 1, By::Shared),
            RowMode::Jacobian(by) => (self.inputs.directions(by).len(), m, by),
            RowMode::GaussNewton { .. } => (self.inputs.shared, m, By::Shared),
            _ => return Vec::new(),
        };
        if by.shared() && !self.inputs.moving.is_empty() {
            return vec![Mode::Forward];
        }
        match self.fixed {
            Some(mode) => vec![mode],
            // Tangents are derivatives of adjoints, of which code that is called may have none.
            None if !self.program.tape().calls().is_empty() => vec![Mode::Reverse],
            None if n > MORE * m => vec![Mode::Reverse],
            None if m > MORE * n => vec![Mode::Forward],
            None => vec![Mode::Reverse, Mode::Forward],
        }
    }

    /// The code of a mode whose derivatives are found so.
    fn derivatives(&self, mode: RowMode, way: Mode) -> Result<RowCode, ProgramError> {
        let (shared, (boundary, own)) = (self.inputs.shared, self.ranges());
        let given = self.values_then_second();
        let summed = |_: usize| Ends::Summed;
        let one = |weighted: bool| vec![1; usize::from(weighted)];
        let forward = |by: By, weighted: bool, give: fn(&RowTangents, &Session<'_>)| {
            let directions = self.inputs.directions(by);
            // Of the numbers of a row, only those move that come with derivatives; none where the shared inputs do not.
            let moving: Vec<usize> = self.inputs.derivatives().filter(|_| by.shared()).collect();
            let numbers = moving.iter().sum();
            let program = self.program.forward_mode(&directions, numbers, weighted, |s, t| give(t, s))?;
            Ok::<_, ProgramError>((program, Inputs { moving, ..Inputs::of(shared).and(one(weighted)) }))
        };
        let mut code = match (mode, way) {
            (RowMode::Gradient { weighted }, Mode::Reverse) => {
                let program = self.varying.values_and_gradient(boundary, weighted)?;
                self.lowered(&program, &Inputs::of(self.boundary).and(one(weighted)), summed, false)?
            }
            (RowMode::Gradient { weighted }, Mode::Forward) => {
                let (program, inputs) = forward(By::Shared, weighted, RowTangents::give_gradient)?;
                self.lowered(&program, &inputs, summed, false)?
            }
            (RowMode::Jacobian(By::Row), Mode::Reverse) => {
                let program = self.varying.values_and_jacobian(own)?;
                self.lowered(&program, &Inputs::of(self.boundary), given, false)?
            }
            (RowMode::Jacobian(by), Mode::Reverse) => {
                let by = if by == By::Shared { 0..shared } else { 0..shared + self.inputs.own() };
                let program = self.program.values_and_jacobian(by)?;
                self.lowered(&program, &Inputs::of(shared), given, false)?
            }
            (RowMode::Jacobian(by), Mode::Forward) => {
                let (program, inputs) = forward(by, false, RowTangents::give_jacobian)?;
                self.lowered(&program, &inputs, given, false)?
            }
            (RowMode::GaussNewton { weighted }, Mode::Reverse) => {
                let program = self.program.normal_equations(0..shared, weighted)?;
                self.lowered(&program, &Inputs::of(shared).and(one(weighted)), summed, false)?
            }
            (RowMode::GaussNewton { weighted }, Mode::Forward) => {
                let (program, inputs) = forward(By::Shared, weighted, RowTangents::give_normal_equations)?;
                self.lowered(&program, &inputs, summed, false)?
            }
            (mode, _) => return self.plain(mode),
        };
        code.mode = Some(way);
        Ok(code)
    }

    /// Values go to the first table, what stands behind them to the second.
    fn values_then_second(&self) -> impl Fn(usize) -> Ends + Copy + use<> {
        let m = self.program.outputs();
        move |k: usize| if k < m { Ends::Given(0) } else { Ends::Given(1) }
    }

    /// The code of a mode of which there is one way.
    fn plain(&self, mode: RowMode) -> Result<RowCode, ProgramError> {
        let (boundary, own) = self.ranges();
        let (m, b) = (self.program.outputs(), self.boundary);
        let (varying, given, inputs) = (&self.varying, self.values_then_second(), Inputs::of(self.boundary));
        match mode {
            RowMode::Values => self.lowered(varying, &inputs, given, true),
            RowMode::Guards => self.lowered(&without_outputs(varying)?, &inputs, given, true),
            RowMode::Maximum => self.lowered(varying, &inputs, |_| Ends::Greatest, false),
            RowMode::Sum { weighted: false } => self.lowered(varying, &inputs, |_| Ends::Summed, false),
            RowMode::Sum { weighted: true } => {
                self.lowered(&varying.weighted_values()?, &inputs.and(vec![1]), |_| Ends::Summed, false)
            }
            RowMode::Jvp(by) => {
                let inputs = if by.rows() { inputs.and(vec![self.inputs.own()]) } else { inputs };
                let inputs = if by.shared() { inputs.before(b) } else { inputs };
                let along = [(by.rows(), own), (by.shared(), boundary)].into_iter();
                let moved = along.filter(|(wanted, _)| *wanted).flat_map(|(_, inputs)| inputs);
                let direction: Vec<Moves> =
                    moved.zip(0..).map(|(input, number)| Moves { input, by: Some(number) }).collect();
                let numbers = direction.len();
                let give = |s: &Session<'_>, t: &RowTangents| t.give_jacobian(s);
                let program = varying.forward_mode(&[direction], numbers, false, give)?;
                self.lowered(&program, &inputs, given, false)
            }
            RowMode::Vjp(by) => {
                let ends = |k: usize| match k.checked_sub(m) {
                    None => Some(Ends::Given(0)),
                    Some(k) if k < b => by.shared().then_some(Ends::Summed),
                    Some(k) => (by.rows() && k < b + own.len()).then_some(Ends::Given(1)),
                };
                self.lowered_some(&varying.values_and_vjp()?, &inputs.and(vec![m]), ends, false)
            }
            RowMode::Hvp { weighted } => {
                let program = varying.values_and_hvp(boundary, weighted)?;
                let inputs = inputs.and(vec![1; usize::from(weighted)]).before(b);
                self.lowered(&program, &inputs, |_| Ends::Summed, false)
            }
            mode => unreachable!("{mode:?} is found in forward or in reverse mode"),
        }
    }

    fn lowered(
        &self,
        program: &Program,
        inputs: &Inputs,
        ends: impl Fn(usize) -> Ends,
        guards: bool,
    ) -> Result<RowCode, ProgramError> {
        self.lowered_some(program, inputs, |k| Some(ends(k)), guards)
    }

    /// Code of a program of uniform inputs, those of a row, further ones of a row, and uniform ones behind.
    fn lowered_some(
        &self,
        program: &Program,
        inputs: &Inputs,
        ends: impl Fn(usize) -> Option<Ends>,
        guards: bool,
    ) -> Result<RowCode, ProgramError> {
        let columns = self.columns(inputs);
        code_of(program, [inputs.uniform, inputs.behind, 0], &columns, ends, guards, self.width)
    }

    /// The table and column of each number of a row: first its own, then derivatives of these by the shared inputs, then what
    /// the mode reads besides. Tables of derivatives are there whether they are read or not.
    fn columns(&self, inputs: &Inputs) -> Vec<(u32, u32)> {
        let tables = self.inputs.of_row().count() as u32;
        let own = self.inputs.of_row().zip(0..);
        let moving = inputs.moving.iter().copied().zip(tables..);
        let further = inputs.further.iter().copied().zip(tables + self.inputs.moving.len() as u32..);
        let all = own.chain(moving).chain(further);
        all.flat_map(|(width, table)| (0..width as u32).map(move |column| (table, column))).collect()
    }
}

/// How the inputs of a program of rows stand: uniform ones, those of a row, derivatives of these by the shared inputs, further
/// ones of a row, and uniform ones behind.
#[derive(Clone, Default)]
struct Inputs {
    uniform: usize,
    /// Widths of tables.
    moving: Vec<usize>,
    further: Vec<usize>,
    behind: usize,
}

impl Inputs {
    fn of(uniform: usize) -> Self {
        Self { uniform, ..Self::default() }
    }

    /// With further ones of a row, in tables of these widths.
    fn and(self, further: Vec<usize>) -> Self {
        Self { further, ..self }
    }

    /// With so many uniform ones behind.
    fn before(self, behind: usize) -> Self {
        Self { behind, ..self }
    }
}

/// Code of a program of uniform inputs, those that stand in columns of tables, and uniform ones behind; of so many outputs that
/// are uniform, the last ones, which stand behind the uniform operands of the code.
pub(super) fn code_of(
    program: &Program,
    [uniform, behind, beside]: [usize; 3],
    columns: &[(u32, u32)],
    ends: impl Fn(usize) -> Option<Ends>,
    guards: bool,
    width: Option<usize>,
) -> Result<RowCode, ProgramError> {
    let varying = uniform..uniform + columns.len();
    length("inputs of a mode", program.inputs(), varying.end + behind)?;
    let mask: Vec<bool> = (0..program.inputs()).map(|k| !varying.contains(&k)).collect();
    let kept: Vec<Ends> = (0..program.outputs()).filter_map(&ends).collect();
    let wanted = |k: usize| ends(k).is_some();
    let program = program.transformed(|tape| tape.with_outputs(wanted).reduced())?;
    let made = |program: &Program| {
        let (before, varying, boundary) = halves(program, &mask, beside)?;
        let tape = varying.tape().reduced();
        let lowered = lower(&tape, boundary, columns, |k| kept[k], guards, width)?;
        let guards = if guards { tape.guards().to_vec() } else { Vec::new() };
        Ok::<_, ProgramError>(RowCode {
            uniform: before,
            code: lowered.code,
            callees: lowered.callees,
            guards,
            mode: None,
        })
    };
    let code = made(&program)?;
    // What partials repeat of values is then found to be the same; where there are none, it is as dear as before.
    let Some(unfolded) = program.unfolded()? else { return Ok(code) };
    let unfolded = made(&unfolded.transformed(wengert_tape::Tape::reduced)?)?;
    Ok(if unfolded.code.cost() < code.code.cost() { unfolded } else { code })
}

/// A program in two: from its shared inputs to the boundary, and from there and its other inputs to its outputs.
fn halves(
    program: &Program,
    shared: &[bool],
    beside: usize,
) -> Result<(Program, Program, usize), ProgramError> {
    let parts = split(program.tape(), shared, beside)
        .unwrap_or_else(|error| unreachable!("a part of a tape is none: {error}"));
    let of = |shared_ones: bool| {
        let inputs = program.point().iter().zip(shared);
        inputs.filter(move |(_, shared)| **shared == shared_ones).map(|(x, _)| *x)
    };
    let parameters = program.recorded_parameters().to_vec();
    let uniform = Program::planned(parts.uniform.optimized(), of(true).collect(), parameters, None);
    let mut point = vec![0.0; uniform.outputs()];
    let mut run = RunState::default();
    uniform.evaluate_in(&mut run, uniform.point())?;
    uniform.outputs_of(&run, &mut point)?;
    point.truncate(parts.boundary);
    point.extend(of(false));
    let varying = Program::planned(parts.varying, point, Vec::new(), None);
    Ok((uniform, varying, parts.boundary))
}

/// The same program without outputs: its guards alone.
fn without_outputs(program: &Program) -> Result<Program, ProgramError> {
    program.transformed(|tape| tape.with_outputs(|_| false))
}
