//! The sweeps over a tape. Each is written over any number type and names no operation; the `f64` reverse sweep
//! has a second form that reads saved partials.

pub(crate) mod forward;
pub(crate) mod reverse;
pub(crate) mod saved;
