//! Programs, maps over rows and equations as operations of other programs; rules and callbacks at number types that the trait of
//! operations does not list; and who runs calls for a program's sweeps.

mod running;
mod program;
mod map;
mod rule;
mod implicit;
mod native;
mod stored;

pub use implicit::{Solver, implicit};
pub use native::evaluate;
pub(crate) use stored::Stored;
