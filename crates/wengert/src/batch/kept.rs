//! What calls of a batch leave for the next: the memory of what is uniform, and that of threads.

use core::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use wengert_lanes::{InstructionSet, LaneFloat, Precision};
use wengert_program::{RowCode, RowRunner, SharedWork};

/// Memory of one float.
pub(super) struct RunsOf<F: LaneFloat> {
    pub(super) work: SharedWork<F>,
    /// One for each thread that was at work at the same time.
    pub(super) runners: Vec<RowRunner<F>>,
}

impl<F: LaneFloat> Default for RunsOf<F> {
    fn default() -> Self {
        Self { work: SharedWork::default(), runners: Vec::new() }
    }
}

/// Memory by the float that it is for. A call takes it, and puts it back when it ends, however it does.
#[derive(Clone, Default)]
pub(super) struct KeptRuns(Arc<Mutex<HashMap<TypeId, Box<dyn Any + Send>>>>);

impl KeptRuns {
    /// That of a float, or memory without anything in it yet.
    pub(super) fn take<F: LaneFloat>(&self) -> RunsOf<F> {
        let kept = self.0.lock().ok().and_then(|mut kept| kept.remove(&TypeId::of::<F>()));
        kept.and_then(|kept| kept.downcast().ok()).map_or_else(RunsOf::default, |kept: Box<RunsOf<F>>| *kept)
    }

    pub(super) fn put<F: LaneFloat>(&self, runs: RunsOf<F>) {
        if let Ok(mut kept) = self.0.lock() {
            kept.insert(TypeId::of::<F>(), Box::new(runs));
        }
    }
}

/// Memory of threads that no code has at the moment.
pub(super) struct IdleRunners<F: LaneFloat> {
    by: (InstructionSet, Precision),
    runners: Mutex<Vec<RowRunner<F>>>,
}

impl<F: LaneFloat> IdleRunners<F> {
    pub(super) fn new(by: (InstructionSet, Precision), runners: Vec<RowRunner<F>>) -> Self {
        Self { by, runners: Mutex::new(runners) }
    }

    /// All of it, and that of code which is run no more.
    pub(super) fn and<'a>(self, codes: impl Iterator<Item = ReadyCode<'a, F>>) -> Vec<RowRunner<F>> {
        let all = codes.map(|code| code.runners).chain([self.runners]);
        all.flat_map(|runners| runners.into_inner().unwrap_or_default()).collect()
    }
}

/// Code with its uniform operands, and memory of threads that has these.
pub(super) struct ReadyCode<'a, F: LaneFloat> {
    pub(super) code: &'a RowCode,
    pub(super) uniforms: Vec<F>,
    runners: Mutex<Vec<RowRunner<F>>>,
}

impl<'a, F: LaneFloat> ReadyCode<'a, F> {
    pub(super) fn new(code: &'a RowCode, uniforms: Vec<F>) -> Self {
        Self { code, uniforms, runners: Mutex::new(Vec::new()) }
    }

    /// Runs the code in the memory of a thread: its own where it has some, else an idle one.
    pub(super) fn run<R>(&self, idle: &IdleRunners<F>, run: impl FnOnce(&mut RowRunner<F>) -> R) -> R {
        let one_of = |runners: &Mutex<Vec<RowRunner<F>>>| runners.lock().ok().and_then(|mut all| all.pop());
        let mut runner = one_of(&self.runners).unwrap_or_else(|| {
            let mut runner = one_of(&idle.runners).unwrap_or_else(|| RowRunner::with(idle.by.0, idle.by.1));
            runner.begin(self.code, &self.uniforms);
            runner
        });
        let result = run(&mut runner);
        if let Ok(mut runners) = self.runners.lock() {
            runners.push(runner);
        }
        result
    }
}
