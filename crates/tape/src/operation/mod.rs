//! What a call node calls: an operation that is not in the table, behind one trait.
//!
//! A call node reads any number of operands, and its results are the nodes behind it. The operation computes them forward and
//! takes adjoints back, at a closed list of number types; what happens inside is stored nowhere outside. A program, a map over
//! rows, a user's rule, a callback, the solution of an equation each implement [`Operation`] where they live, and so can
//! anybody's.
//!
//! What is *not* here: who runs operations for a sweep at any number type ([`Calling`]'s implementors), and how a call is
//! recorded (`session/`).

mod cost;
mod memory;
mod work;
mod numbers;
mod callee;
mod generic;
mod calling;
mod calls;
mod registry;

pub use callee::{Adjunct, Callee, Operation};
pub use calling::Calling;
pub use calls::{Call, Calls};
pub use cost::{Cost, Mode, WIDEST, WIDTHS};
pub use generic::{Generic, forward_generic, reverse_generic};
pub use memory::{Kept, Memory};
pub use numbers::{Forward, ForwardAt, ForwardReader, Reverse, ReverseAt, ReverseReader};
pub use registry::{Registry, Resolve};
pub use work::{CallNumbers, CallWork, Loss};
