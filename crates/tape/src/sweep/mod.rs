//! The sweeps over a recording. Each is written over any number type and names no operation; the `f64` reverse sweep has a second
//! form that reads saved partials. Who runs calls for them, they are told.

mod lookup;
pub(crate) mod forward;
pub(crate) mod reverse;
mod many;
pub(crate) mod saved;
