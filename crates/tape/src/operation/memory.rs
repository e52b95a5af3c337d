//! What operations keep from one run to the next: anything that can be copied, by its type and a key.

use core::any::Any;

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
pub struct Memory(Vec<(u64, Box<dyn Kept>)>);

impl Memory {
    /// What is kept of that type under that key, made anew where there was nothing yet.
    pub fn of<M: Kept + Default>(&mut self, key: u64) -> &mut M {
        let is = |(known, kept): &(u64, Box<dyn Kept>)| {
            *known == key && (&**kept as &dyn Any).downcast_ref::<M>().is_some()
        };
        let place = self.0.iter().position(is).unwrap_or_else(|| {
            self.0.push((key, Box::new(M::default())));
            self.0.len() - 1
        });
        match (&mut *self.0[place].1 as &mut dyn Any).downcast_mut() {
            Some(kept) => kept,
            None => unreachable!("what was found is of the type that was looked for"),
        }
    }

    /// Bytes in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.iter().map(|(_, kept)| kept.bytes()).sum()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Clone for Memory {
    fn clone(&self) -> Self {
        Self(self.0.iter().map(|(key, kept)| (*key, kept.copied())).collect())
    }
}

impl core::fmt::Debug for Memory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Memory").field("kept", &self.0.len()).finish_non_exhaustive()
    }
}
