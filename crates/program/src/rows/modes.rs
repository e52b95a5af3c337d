//! What is asked of rows, and the code that gives it.

use core::ops::Range;

use wengert_lanes::Code;
use wengert_tape::Guard;
use wengert_tape::call::Callee;

use super::lower::{Ends, lower};
use super::split::split;
use crate::error::{ProgramError, length};
use crate::program::Program;

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
    /// The sums of values, and the derivatives of their sum by the boundary, summed.
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
}

impl RowCode {
    /// The code that runs over rows.
    #[must_use]
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// The comparisons that rows may fail, by their numbers in the code.
    #[must_use]
    pub fn guards(&self) -> &[Guard] {
        &self.guards
    }
}

/// A program over rows: the first inputs are shared by all rows, the others are each row's own.
#[derive(Debug)]
pub struct RowProgram {
    program: Program,
    shared: usize,
    /// By table of the rows: how many columns it has; and of those behind, whose numbers are not differentiated.
    tables: Vec<usize>,
    data: Vec<usize>,
    width: Option<usize>,
    /// From the shared inputs to the boundary.
    uniform: Program,
    /// From the boundary and a row's inputs to the outputs.
    varying: Program,
    boundary: usize,
    codes: Vec<(RowMode, RowCode)>,
}

impl RowProgram {
    /// The program whose first inputs are shared, the others standing in the columns of tables, one after another: first those
    /// that are differentiated, then those that are data. As many inputs as there are columns in all must be left.
    ///
    /// # Errors
    /// [`ProgramError::Run`] with [`RunError::Length`](wengert_tape::RunError::Length) where there are more or fewer, or where
    /// the program cannot be run where it was recorded.
    pub fn new(
        program: &Program,
        shared: usize,
        tables: &[usize],
        data: &[usize],
    ) -> Result<Self, ProgramError> {
        let columns: usize = tables.iter().chain(data).sum();
        length("inputs, shared and by row", program.inputs(), shared + columns)?;
        let mask: Vec<bool> = (0..program.inputs()).map(|k| k < shared).collect();
        let (uniform, varying, boundary) = halves(program, &mask)?;
        let (tables, data, codes) = (tables.to_vec(), data.to_vec(), Vec::new());
        Ok(Self {
            program: program.clone(),
            shared,
            tables,
            data,
            width: None,
            uniform,
            varying,
            boundary,
            codes,
        })
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

    /// How many inputs are shared.
    #[must_use]
    pub fn shared(&self) -> usize {
        self.shared
    }

    /// How many inputs are a row's own, and differentiated.
    #[must_use]
    pub fn own(&self) -> usize {
        self.tables.iter().sum()
    }

    /// How many inputs are a row's own.
    fn of_row(&self) -> usize {
        self.own() + self.data.iter().sum::<usize>()
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
        (0..self.boundary, self.boundary..self.boundary + self.own())
    }

    fn made(&self, mode: RowMode) -> Result<RowCode, ProgramError> {
        let (boundary, own) = self.ranges();
        let (m, b) = (self.program.outputs(), self.boundary);
        let varying = &self.varying;
        // How many of the first inputs are uniform, how many behind all others, and how many further ones each row has.
        let part = |uniform: usize, behind: usize, by_row: usize| Inputs { uniform, by_row, behind };
        let given = |k: usize| if k < m { Ends::Given(0) } else { Ends::Given(1) };
        match mode {
            RowMode::Values => self.lowered(varying, part(b, 0, 0), given, true),
            RowMode::Guards => self.lowered(&without_outputs(varying)?, part(b, 0, 0), given, true),
            RowMode::Sum { weighted: false } => self.lowered(varying, part(b, 0, 0), |_| Ends::Summed, false),
            RowMode::Sum { weighted: true } => {
                self.lowered(&varying.weighted_values()?, part(b, 0, 1), |_| Ends::Summed, false)
            }
            RowMode::Gradient { weighted } => {
                let program = varying.values_and_gradient(boundary, weighted)?;
                self.lowered(&program, part(b, 0, usize::from(weighted)), |_| Ends::Summed, false)
            }
            RowMode::Jacobian(By::Row) => {
                self.lowered(&varying.values_and_jacobian(own)?, part(b, 0, 0), given, false)
            }
            RowMode::Jacobian(by) => {
                let by = if by == By::Shared { 0..self.shared } else { 0..self.shared + self.own() };
                let program = self.program.values_and_jacobian(by)?;
                self.lowered(&program, part(self.shared, 0, 0), given, false)
            }
            RowMode::Jvp(by) => {
                let along: Vec<Range<usize>> = [(by.rows(), own), (by.shared(), boundary)]
                    .into_iter()
                    .filter_map(|(wanted, inputs)| wanted.then_some(inputs))
                    .collect();
                let (behind, by_row) = (usize::from(by.shared()) * b, usize::from(by.rows()) * self.own());
                self.lowered(&varying.values_and_jvp(&along)?, part(b, behind, by_row), given, false)
            }
            RowMode::Vjp(by) => {
                let program = varying.values_and_vjp()?;
                let ends = |k: usize| match k.checked_sub(m) {
                    None => Some(Ends::Given(0)),
                    Some(k) if k < b => by.shared().then_some(Ends::Summed),
                    Some(k) => (by.rows() && k < b + self.own()).then_some(Ends::Given(1)),
                };
                self.lowered_some(&program, part(b, 0, m), ends, false)
            }
            RowMode::Hvp { weighted } => {
                let program = varying.values_and_hvp(boundary, weighted)?;
                self.lowered(&program, part(b, b, usize::from(weighted)), |_| Ends::Summed, false)
            }
            RowMode::GaussNewton { weighted } => {
                let program = self.program.normal_equations(0..self.shared, weighted)?;
                self.lowered(&program, part(self.shared, 0, usize::from(weighted)), |_| Ends::Summed, false)
            }
        }
    }

    fn lowered(
        &self,
        program: &Program,
        inputs: Inputs,
        ends: impl Fn(usize) -> Ends,
        guards: bool,
    ) -> Result<RowCode, ProgramError> {
        self.lowered_some(program, inputs, |k| Some(ends(k)), guards)
    }

    /// Code of a program of uniform inputs, those of a row, further ones of a row, and uniform ones behind.
    fn lowered_some(
        &self,
        program: &Program,
        Inputs { uniform, behind, by_row }: Inputs,
        ends: impl Fn(usize) -> Option<Ends>,
        guards: bool,
    ) -> Result<RowCode, ProgramError> {
        let varying = uniform..uniform + self.of_row() + by_row;
        length("inputs of a mode", program.inputs(), varying.end + behind)?;
        let mask: Vec<bool> = (0..program.inputs()).map(|k| !varying.contains(&k)).collect();
        let kept: Vec<Ends> = (0..program.outputs()).filter_map(&ends).collect();
        let wanted = |k: usize| ends(k).is_some();
        let program = program.transformed(|tape| tape.with_outputs(wanted).reduced())?;
        let (before, varying, boundary) = halves(&program, &mask)?;
        let further = (self.tables.len() + self.data.len()) as u32;
        let columns: Vec<(u32, u32)> = self
            .tables
            .iter()
            .chain(&self.data)
            .zip(0..)
            .flat_map(|(width, table)| (0..*width as u32).map(move |column| (table, column)))
            .chain((0..by_row as u32).map(|column| (further, column)))
            .collect();
        let tape = varying.tape().reduced();
        let lowered = lower(&tape, boundary, &columns, |k| kept[k], guards, self.width)?;
        let guards = if guards { tape.guards().to_vec() } else { Vec::new() };
        Ok(RowCode { uniform: before, code: lowered.code, callees: lowered.callees, guards })
    }
}

/// How the inputs of a program of rows stand: uniform ones, those of a row, further ones of a row, and uniform ones behind.
#[derive(Clone, Copy)]
struct Inputs {
    uniform: usize,
    by_row: usize,
    behind: usize,
}

/// A program in two: from its shared inputs to the boundary, and from there and its other inputs to its outputs.
fn halves(program: &Program, shared: &[bool]) -> Result<(Program, Program, usize), ProgramError> {
    let parts = split(program.tape(), shared)
        .unwrap_or_else(|error| unreachable!("a part of a tape is none: {error}"));
    let of = |shared_ones: bool| {
        let inputs = program.point().iter().zip(shared);
        inputs.filter(move |(_, shared)| **shared == shared_ones).map(|(x, _)| *x)
    };
    let parameters = program.recorded_parameters().to_vec();
    let uniform = Program::planned(parts.uniform.optimized(), of(true).collect(), parameters, None);
    let mut point = vec![0.0; parts.boundary];
    uniform.values_into(&mut crate::Work::new(), uniform.point(), &mut point)?;
    point.extend(of(false));
    let varying = Program::planned(parts.varying, point, Vec::new(), None);
    Ok((uniform, varying, parts.boundary))
}

/// The same program without outputs: its guards alone.
fn without_outputs(program: &Program) -> Result<Program, ProgramError> {
    program.transformed(|tape| tape.with_outputs(|_| false))
}
