//! What is kept with a program that was asked for the same often enough: made once, shared by all threads.

use core::any::Any;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::OnceLock;

/// What is made once it was asked for so often. Whether it is there changes how results are found, and not what they are.
#[derive(Debug, Default)]
pub(crate) struct KeptBeside {
    asked: AtomicUsize,
    made: OnceLock<Option<Box<dyn Any + Send + Sync>>>,
}

impl KeptBeside {
    /// It, from the `times`-th question on, where it can be made.
    pub(crate) fn after<T: Any + Send + Sync>(
        &self,
        times: usize,
        make: impl FnOnce() -> Option<T>,
    ) -> Option<&T> {
        if self.made.get().is_none() && self.asked.fetch_add(1, Ordering::Relaxed) + 1 < times {
            return None;
        }
        let made = self.made.get_or_init(|| Some(Box::new(make()?)));
        made.as_ref().and_then(|made| made.downcast_ref())
    }
}
