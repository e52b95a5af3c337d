//! The registry: another problem is one file here and its line.

use crate::problem::Entry;

mod hello;
mod gmm;
mod lstm;
mod ba;
mod ht;

/// All problems.
pub(crate) const ALL: &[Entry] = &[
    Entry::of::<hello::Hello>("hello"),
    Entry::of::<gmm::Mixture>("gmm"),
    Entry::of::<lstm::Network>("lstm"),
    Entry::of::<ba::Bundle>("ba"),
    Entry::of::<ht::Hand>("ht"),
];
