//! Sweeps over the runs of a plan, forward and in reverse, at any number type; and what any way to run a tape must do
//! ([`Tier`]). Programs, inputs and outputs, and comparisons are *not* known here.

mod numbers;
mod adjoint;
mod tier;
mod step;
mod groups;
mod reuse;
mod plan;
mod operands;
mod forward;
mod columns;
mod many;
mod reverse;
mod common;

pub use adjoint::{Adjoint, Several, WIDEST};
pub(crate) use common::{
    assert_ahead, assert_swept_ahead, is_ahead, is_forward_alone, of_type, saves_ahead, tag, with_type_ahead,
};
pub use numbers::{Caller, Numbers};
pub use plan::{Forms, Plan};
pub use tier::{Stopped, Tier};
