//! The memory of a program's drivers: one for all of them.

use core::any::Any;

use wengert_ops::Real;
use wengert_tape::NodeState;
use wengert_tape::call::{Kept, Memory, Mode};

use crate::run::{ProgramId, RunState};

/// The memory of a program's runs, whatever the driver: values and adjoints at the number type `T` of the point, and what
/// drivers need at dual numbers and series over it. One a thread, reused; nothing is allocated after the first run of a driver
/// in it.
///
/// ```
/// use wengert::{Program, Work};
///
/// let f = Program::record(&[1.0, 1.0], |x| x[0] * x[0] * x[1])?;
/// let (mut work, mut gradient, mut product) = (Work::new(), [0.0; 2], [0.0; 2]);
/// assert_eq!(f.gradient_into(&mut work, &[2.0, 3.0], &mut gradient)?, 12.0);
/// f.hvp_into(&mut work, &[2.0, 3.0], &[1.0, 10.0], &mut gradient, &mut product)?;
/// assert_eq!((gradient, product), ([12.0, 4.0], [46.0, 4.0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Work<T = f64> {
    pub(crate) run: RunState<T>,
    /// What drivers need beside.
    drivers: Memory,
    /// The program whose parameters were set, and these; and how often any were.
    set: Option<(ProgramId, Vec<T>)>,
    stamp: u64,
    /// The mode of Jacobians, whatever it costs.
    mode: Option<Mode>,
}

/// What a driver keeps, and whose parameters are in it.
#[derive(Debug, Default)]
pub(crate) struct Driver<D> {
    pub(crate) memory: D,
    /// The program and the parameters that it was last told: when they were set, unless they are the recording's.
    told: Option<(ProgramId, Option<u64>)>,
}

impl<D: Any + Default + Send + Sync> Kept for Driver<D> {
    /// Room without numbers: a driver leaves nothing there that a later call reads.
    fn copied(&self) -> Box<dyn Kept> {
        Box::new(Self::default())
    }
}

impl<T: Real> Default for Work<T> {
    fn default() -> Self {
        Self { run: RunState::default(), drivers: Memory::default(), set: None, stamp: 0, mode: None }
    }
}

/// The parameters that runs in a driver's memory must be told first.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ToTell<'a, T> {
    /// They have them already.
    Nothing,
    /// Those that were set.
    Set(&'a [T]),
    /// Those of the recording.
    Recorded,
}

impl<T: Real> Work<T> {
    /// Without memory yet: the first run takes it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, for Jacobians in this mode, where [`Program::jacobian_mode`](crate::Program::jacobian_mode) would take another.
    ///
    /// ```
    /// use wengert::{Program, Work, program::Mode};
    ///
    /// let f = Program::record(&[1.0; 3], |x| vec![x[0] * x[1] * x[2]])?;
    /// assert_eq!(f.jacobian_mode(), Mode::Reverse);
    /// let mut jacobian = [0.0; 3];
    /// f.jacobian_into(&mut Work::in_mode(Mode::Forward), &[4.0, -3.0, 1.0], &mut [0.0], &mut jacobian)?;
    /// assert_eq!(jacobian, [-3.0, 4.0, -12.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn in_mode(mode: Mode) -> Self {
        Self { mode: Some(mode), ..Self::default() }
    }

    pub(crate) fn mode(&self) -> Option<Mode> {
        self.mode
    }

    /// Sets the parameters of a program.
    pub(crate) fn set(&mut self, program: ProgramId, parameters: &[T]) {
        let (of, kept) = self.set.get_or_insert_with(|| (program, Vec::new()));
        *of = program;
        kept.clear();
        kept.extend_from_slice(parameters);
        self.stamp += 1;
    }

    /// The parameters that were set for a program.
    pub(crate) fn parameters_of(&self, program: ProgramId) -> Option<&[T]> {
        self.set.as_ref().filter(|(of, _)| *of == program).map(|(_, parameters)| &parameters[..])
    }

    /// What a driver keeps, lent from this memory, and the parameters that a program's runs in it must be told first.
    pub(crate) fn driver<D: Any + Default + Send + Sync>(
        &mut self,
        program: ProgramId,
    ) -> (&mut D, ToTell<'_, T>) {
        let set = self.set.as_ref().filter(|(of, _)| *of == program).map(|(_, parameters)| &parameters[..]);
        let now = (program, set.map(|_| self.stamp));
        let driver: &mut Driver<D> = self.drivers.of(0);
        let told = driver.told.replace(now) == Some(now);
        let parameters = match set {
            _ if told => ToTell::Nothing,
            Some(set) => ToTell::Set(set),
            None => ToTell::Recorded,
        };
        (&mut driver.memory, parameters)
    }

    /// The run at the number type of the point, and what a driver keeps beside it.
    pub(crate) fn run_and<D: Any + Default + Send + Sync>(&mut self) -> (&mut RunState<T>, &mut D) {
        let driver: &mut Driver<D> = self.drivers.of(0);
        (&mut self.run, &mut driver.memory)
    }
}

impl<T> Work<T> {
    /// Values by node, of the last run. Empty after a run for outputs alone
    /// ([`Program::run_for_outputs`](crate::Program::run_for_outputs) and the drivers that want no more), which does not
    /// keep them, and after a run that did not finish, whose numbers are those of another branch.
    #[must_use]
    pub fn values(&self) -> &[T] {
        self.run.values()
    }

    /// Adjoints by node, of the last [`Program::reverse`](crate::Program::reverse); empty before the first, after one
    /// that failed, after drivers that want the adjoints of inputs alone, and once the program is run again.
    #[must_use]
    pub fn adjoints(&self) -> &[T] {
        &self.run.adjoints
    }

    /// Bytes in use at the number type of the point: values, saved partials and adjoints, those of called programs too.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.run.bytes()
    }
}

impl<'a> From<&'a Work> for NodeState<'a> {
    /// The values of the last run, and adjoints where a sweep has left them by node.
    fn from(work: &'a Work) -> Self {
        Self { values: work.values(), adjoints: work.adjoints() }
    }
}
