//! The system's allocator, counted by thread, for tests of what allocates nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// Allocations of this thread: tests run beside each other. Without a destructor, so that an allocation when
    /// a thread ends may still count.
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counted.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: each method hands its arguments on to `System`, which keeps the contract; counting neither allocates nor
// panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(block, layout) }
    }
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: the caller's.
        unsafe { System.realloc(block, layout, size) }
    }
}

fn count(bytes: usize) {
    COUNT.set(COUNT.get() + 1);
    BYTES.set(BYTES.get() + bytes);
}

/// Allocations of this thread while `f` runs.
pub(crate) fn allocations<R>(f: impl FnOnce() -> R) -> (R, usize) {
    let (result, [count, _]) = allocated(f);
    (result, count)
}

/// Allocations of this thread while `f` runs, and their bytes, whether or not they are given back.
pub(crate) fn allocated<R>(f: impl FnOnce() -> R) -> (R, [usize; 2]) {
    let before = [COUNT.get(), BYTES.get()];
    let result = f();
    (result, [COUNT.get() - before[0], BYTES.get() - before[1]])
}
