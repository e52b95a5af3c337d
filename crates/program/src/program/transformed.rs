//! Passes on programs: what is done to a program's tape.

use wengert_tape::Tape;

use super::Program;
use crate::error::{ProgramError, length};

impl Program {
    /// The program of what passes make of this one's tape. It must have as many inputs and parameters.
    ///
    /// ```
    /// use wengert::{Program, Work};
    ///
    /// let f = Program::record(&[1.0; 8], |x| vec![x.iter().fold(x[0] * 0.0, |sum, x| sum + *x * *x)])?;
    /// // Values may change by rounding where that is asked for.
    /// let g = f.transformed(|tape| tape.reassociated().optimized())?;
    /// assert!(g.tape().len() < f.tape().len());
    /// let mut y = [0.0];
    /// g.values_into(&mut Work::new(), &[3.0; 8], &mut y)?;
    /// assert_eq!(y, [72.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RunError::Length`](wengert_tape::RunError::Length) where the tape has other inputs or parameters.
    pub fn transformed(&self, passes: impl FnOnce(&Tape) -> Tape) -> Result<Self, ProgramError> {
        let tape = passes(self.tape());
        let (point, parameters) = (self.point(), self.recorded_parameters());
        length("inputs of the transformed tape", point.len(), tape.inputs().len())
            .map_err(ProgramError::Run)?;
        length("parameters of the transformed tape", parameters.len(), tape.parameters().len())
            .map_err(ProgramError::Run)?;
        Ok(Self::planned(tape, point.to_vec(), parameters.to_vec(), None))
    }
}
