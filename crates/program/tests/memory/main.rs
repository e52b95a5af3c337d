//! The tests that count allocations and bytes. They are a binary of their own, since its allocator is every test's. A process
//! has one limit of the memory of one-call drivers too (`one_call.rs`): no other file here calls one.

mod counting;
mod loops;
mod allocation;
mod one_call;
mod hostile;
mod checkpoint;
