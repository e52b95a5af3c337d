//! The memory of one-call drivers: [`gradient`](crate::gradient) and its kin record into memory that their thread keeps for
//! the next call.
//!
//! ```
//! use wengert::{gradient, memory};
//!
//! gradient(&[4.0, -3.0], |[x, y]| x * y)?;
//! assert!(memory::held() > 0);
//! memory::release();
//! assert_eq!(memory::held(), 0);
//! # Ok::<(), wengert::GradientError>(())
//! ```
//!
//! A call takes what its thread has kept last, and gives it back when it ends. A call inside of a call's closure takes other
//! memory, so that a thread keeps as many recordings as its calls were nested. What a call would give back is freed instead
//! where the thread would keep more than the [limit](set_limit), where the closure panics, and when the thread ends. Nothing
//! of a user's own is kept: operations that were called are let go of.

use core::cell::RefCell;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::record::Recorder;

/// What each thread keeps at most, unless [`set_limit`] says otherwise: 256 MiB.
pub const DEFAULT_LIMIT: usize = 256 << 20;

static LIMIT: AtomicUsize = AtomicUsize::new(DEFAULT_LIMIT);

thread_local! {
    /// What calls gave back, the last one last.
    static KEPT: RefCell<Vec<Recorder>> = const { RefCell::new(Vec::new()) };
}

/// Limits the bytes that each thread keeps, as its calls end from now on. With 0, nothing is kept.
pub fn set_limit(bytes: usize) {
    LIMIT.store(bytes, Ordering::Relaxed);
}

/// The bytes that each thread keeps at most.
#[must_use]
pub fn limit() -> usize {
    LIMIT.load(Ordering::Relaxed)
}

/// The bytes that this thread keeps now.
#[must_use]
pub fn held() -> usize {
    KEPT.try_with(|kept| kept.borrow().iter().map(Recorder::held).sum()).unwrap_or(0)
}

/// Frees what this thread keeps.
pub fn release() {
    let released = KEPT.try_with(RefCell::take);
    drop(released);
}

/// Runs `f` with a recorder of this thread's.
pub(crate) fn with_recorder<R>(f: impl FnOnce(&mut Recorder) -> R) -> R {
    // In a call inside of a call, and where the thread's locals are gone already, one of its own.
    let kept = KEPT.try_with(|kept| kept.borrow_mut().pop());
    let mut recorder = kept.ok().flatten().unwrap_or_default();
    let result = f(&mut recorder);
    recorder.let_go();
    let rejected = KEPT.try_with(|kept| {
        let mut kept = kept.borrow_mut();
        let held: usize = kept.iter().map(Recorder::held).sum();
        if held.saturating_add(recorder.held()) <= limit() {
            kept.push(recorder);
            return Vec::new();
        }
        // A lower limit than before holds for what was kept before, too.
        let mut rejected = if held > limit() { core::mem::take(&mut *kept) } else { Vec::new() };
        rejected.push(recorder);
        rejected
    });
    drop(rejected);
    result
}
