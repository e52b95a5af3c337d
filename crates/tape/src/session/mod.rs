//! The recording that is active on a thread.
//!
//! `state.rs`: everything of one recording, in safe code. `hot.rs`: the stack of recordings of a thread, and the
//! pointers by which an operation appends a node. `rows.rs`: what an operation does. `rule.rs`: rules of users'.
//! `recorded.rs`: what sweeps that are recorded compute with. `calls.rs` and `calling.rs`: calls. `events.rs`: what else is
//! recorded: inputs and parameters, outputs, names, comparisons, reads.

mod state;
mod hot;
mod events;
mod calls;
mod calling;
mod rows;
mod many;
mod rule;
mod recorded;

pub use calling::Results;
pub(crate) use events::{give_flat, guard, guard_again, invalid, leaves, name, output, read, take_flat};
pub(crate) use hot::{begin, end};
pub(crate) use many::{by_rows, gather, variadic};
pub use recorded::unfolded;
pub(crate) use recorded::{accumulate, pull};
pub(crate) use rows::{fixed, with_constant};
pub use rule::{OwnRule, StandIn};
pub(crate) use state::{Config, State, number};
