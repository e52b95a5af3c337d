//! What operations keep from one run to the next: anything that can be copied, by its type and a key.

use core::any::{Any, TypeId};

/// What an operation keeps.
pub trait Kept: Any + Send + Sync {
    /// Bytes in use, where anybody counts them.
    fn bytes(&self) -> usize {
        0
    }

    /// A copy, for a copy of the memory.
    fn copied(&self) -> Box<dyn Kept>;
}

/// Memory for anything, by type and key. Few things are in it: they are looked for one by one.
#[derive(Default)]
pub struct Memory(Vec<(u64, TypeId, Box<dyn Kept>)>);

impl Memory {
    /// What is kept of that type under that key, made anew where there was nothing yet.
    pub fn of<M: Kept + Default>(&mut self, key: u64) -> &mut M {
        let what = TypeId::of::<M>();
        let place = match self.0.iter().position(|(known, kind, _)| *known == key && *kind == what) {
            Some(place) => place,
            None => self.with_new(key, what, || Box::new(M::default())),
        };
        match (&mut *self.0[place].2 as &mut dyn Any).downcast_mut() {
            Some(kept) => kept,
            None => unreachable!("what was found is of the type that was looked for"),
        }
    }

    #[cold]
    fn with_new(&mut self, key: u64, what: TypeId, new: impl FnOnce() -> Box<dyn Kept>) -> usize {
        self.0.push((key, what, new()));
        self.0.len() - 1
    }

    /// Bytes in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.iter().map(|(.., kept)| kept.bytes()).sum()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Clone for Memory {
    fn clone(&self) -> Self {
        Self(self.0.iter().map(|(key, kind, kept)| (*key, *kind, kept.copied())).collect())
    }
}

impl core::fmt::Debug for Memory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Memory").field("kept", &self.0.len()).finish_non_exhaustive()
    }
}
