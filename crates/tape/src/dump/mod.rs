//! What a tape shows of itself: as text ([`Dump`]), as a drawing ([`Diagram`]), in numbers ([`Statistics`]).
//! Nothing here changes a tape or runs it; reading a dump back is in [`crate::text`].

mod selection;
mod table;
mod text;
mod dot;
mod statistics;
mod comparison;

pub use comparison::Comparison;
pub use dot::Diagram;
pub use statistics::Statistics;
pub use text::Dump;
