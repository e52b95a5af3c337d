//! The recording that is active on a thread.
//!
//! `state.rs`: everything of one recording, in safe code. `hot.rs`: the stack of recordings of a thread, and the
//! pointers by which an operation appends a node. `rows.rs`: what an operation does. `calls.rs`: calls. `events.rs`:
//! what else is recorded: inputs and parameters, outputs, names, comparisons, reads.

mod state;
mod hot;
mod rows;
mod calls;
mod events;

pub(crate) use calls::{Lent, call, call_failed, has_room_for_call};
pub(crate) use events::{
    gather, give_flat, guard, guard_again, invalid, leaves, name, output, read, take_flat,
};
pub(crate) use hot::{begin, end};
pub(crate) use rows::{by_rows, fixed, fixed_apart, variadic, with_constant};
pub(crate) use state::{Config, State};
