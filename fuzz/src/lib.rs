//! What the fuzz targets do with their bytes, as functions: a find becomes an ordinary test by a call of one of them.
//!
//! Each panics where a promise is broken, and returns whatever else happens. None prints, and none keeps anything.

mod registry;
mod loading;
mod choices;
mod modes;

pub use loading::{binary, text};
pub use modes::modes;
