//! The number types that this crate gives: one file each.

pub mod float;
pub mod dual;
pub mod taylor;
pub mod lanes;
pub mod fast;
