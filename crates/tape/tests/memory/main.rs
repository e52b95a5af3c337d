//! The tests that count allocations and bytes. They are a binary of their own, since its allocator is every test's; and what else a
//! process has once, the limit of the memory of one-call drivers (`one_call.rs`), no other file here depends on.

mod counting;
mod loops;
mod allocation;
mod one_call;
mod hostile;
mod checkpoint;
