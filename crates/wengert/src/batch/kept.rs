//! What calls of a batch leave for the next: the memory of what is uniform, and that of threads.

use core::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use wengert_lanes::LaneFloat;
use wengert_program::{RowRunner, SharedWork};

/// Memory of one float.
pub(super) struct RunsOf<F: LaneFloat> {
    pub(super) work: SharedWork<F>,
    /// One for each thread that was at work at the same time.
    pub(super) runners: Vec<RowRunner<F>>,
}

/// Memory by the float that it is for. A call takes it, and puts it back when it ends, however it does.
#[derive(Clone, Default)]
pub(super) struct KeptRuns(Arc<Mutex<HashMap<TypeId, Box<dyn Any + Send>>>>);

impl KeptRuns {
    /// That of a float, or memory without anything in it yet.
    pub(super) fn take<F: LaneFloat>(&self) -> RunsOf<F> {
        let kept = self.0.lock().ok().and_then(|mut kept| kept.remove(&TypeId::of::<F>()));
        kept.and_then(|kept| kept.downcast().ok()).map_or_else(
            || RunsOf { work: SharedWork::default(), runners: Vec::new() },
            |kept: Box<RunsOf<F>>| *kept,
        )
    }

    pub(super) fn put<F: LaneFloat>(&self, runs: RunsOf<F>) {
        if let Ok(mut kept) = self.0.lock() {
            kept.insert(TypeId::of::<F>(), Box::new(runs));
        }
    }
}
