//! How many snapshots there may be, and where: what users choose. Keeping them is `store.rs`.

use std::path::PathBuf;

use crate::checkpoint::schedule::{Action, Schedule};

/// How many states of a time loop may be kept at once, in memory and on disk.
///
/// A number does where no more is wanted: `checkpointed(steps, 20, …)`.
///
/// ```
/// use wengert::checkpoint::Snapshots;
///
/// let few = Snapshots::from(20);
/// let half_a_gigabyte = Snapshots::bytes(500_000_000);
/// let more = Snapshots::bytes(100_000_000).disk_bytes(std::env::temp_dir(), 10_000_000_000);
/// assert_eq!(Snapshots::count(20), few);
/// # let _ = (half_a_gigabyte, more);
/// ```
///
/// More snapshots mean fewer steps evaluated again, with quickly diminishing returns: by
/// [`Schedule::advances`], a thousand steps are advanced over 6.3 times each with 5 snapshots, 3.6 times with 10, 2.7
/// times with 20 and 2.1 times with 40.
///
/// On disk lie the snapshots that are written and read least: of a schedule's stack of states those at the bottom. That
/// is Stumm & Walther's choice, *Multi-stage approaches for optimal offline checkpointing*, SIAM J. Sci. Comput. 31
/// (2009).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshots {
    memory: Room,
    disk: Option<(PathBuf, Room)>,
}

/// So many states, or as many as fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    States(usize),
    Bytes(usize),
}

impl Room {
    fn states(self, size: usize) -> usize {
        match self {
            Self::States(states) => states,
            Self::Bytes(bytes) => bytes.checked_div(8 * size).unwrap_or(usize::MAX),
        }
    }
}

impl From<usize> for Snapshots {
    fn from(states: usize) -> Self {
        Self::count(states)
    }
}

impl Snapshots {
    /// So many states in memory, the initial one included: it is the caller's slice, and is not copied. With 1 every
    /// step is reached from the initial state, `l(l−1)/2` advances for `l` steps.
    #[must_use]
    pub fn count(states: usize) -> Self {
        Self { memory: Room::States(states), disk: None }
    }

    /// As many states as fit into so many bytes of memory, at 8 bytes a number, beside the initial one. The recording
    /// of one step, and four states to work with, come on top.
    #[must_use]
    pub fn bytes(bytes: usize) -> Self {
        Self { memory: Room::Bytes(bytes), disk: None }
    }

    /// And so many more in a file without a name in that folder. It takes the place that its states need, when they
    /// need it, and is gone when the call ends, however it ends. Not every system keeps `/tmp` on a disk.
    #[must_use]
    pub fn disk_count(self, folder: impl Into<PathBuf>, states: usize) -> Self {
        Self { disk: Some((folder.into(), Room::States(states))), ..self }
    }

    /// And as many more as fit into a file of so many bytes, as [`disk_count`](Self::disk_count) has it.
    #[must_use]
    pub fn disk_bytes(self, folder: impl Into<PathBuf>, bytes: usize) -> Self {
        Self { disk: Some((folder.into(), Room::Bytes(bytes))), ..self }
    }

    /// What becomes of it for so many steps and numbers in a state; `None` where not even the initial state may be kept.
    pub(super) fn places(&self, steps: usize, size: usize) -> Option<Places> {
        let memory = match self.memory {
            Room::States(states) => states,
            room @ Room::Bytes(_) => room.states(size).saturating_add(1),
        };
        let disk = self.disk.as_ref().map_or(0, |(_, room)| room.states(size));
        // More than a state a step is of no use.
        let snapshots = memory.saturating_add(disk).min(steps.max(1));
        if memory.saturating_add(disk) == 0 {
            return None;
        }
        let in_memory = memory.saturating_sub(1).min(snapshots - 1);
        let mut on_disk = Vec::new();
        if in_memory < snapshots - 1 {
            on_disk = vec![true; snapshots];
            let traffic = traffic(steps, snapshots);
            let mut busiest: Vec<usize> = (1..snapshots).collect();
            busiest.sort_by_key(|slot| core::cmp::Reverse((traffic[*slot], *slot)));
            for slot in &busiest[..in_memory] {
                on_disk[*slot] = false;
            }
        }
        let folder =
            if on_disk.is_empty() { None } else { self.disk.as_ref().map(|(folder, _)| folder.clone()) };
        Some(Places { snapshots, on_disk, folder })
    }
}

/// Where the snapshots of one run lie.
#[derive(Debug, PartialEq)]
pub(super) struct Places {
    /// How many at once, the initial state included.
    pub(super) snapshots: usize,
    /// Whether a slot lies on disk; empty where none does.
    pub(super) on_disk: Vec<bool>,
    /// The file's folder, where there is need of one.
    pub(super) folder: Option<PathBuf>,
}

/// How often each slot is written and read.
fn traffic(steps: usize, snapshots: usize) -> Vec<u64> {
    let mut traffic = vec![0; snapshots];
    for action in Schedule::new(steps, snapshots) {
        if let Action::Store { slot, .. } | Action::Restore { slot, .. } = action {
            traffic[slot] += 1;
        }
    }
    traffic
}

#[cfg(test)]
mod tests {
    use super::{Snapshots, traffic};

    fn places(snapshots: &Snapshots, steps: usize, size: usize) -> Option<(usize, usize)> {
        let places = snapshots.places(steps, size)?;
        let on_disk = places.on_disk.iter().skip(1).filter(|on_disk| **on_disk).count();
        assert_eq!(places.folder.is_some(), on_disk > 0, "{snapshots:?}");
        Some((places.snapshots, on_disk))
    }

    #[test]
    fn counts_and_bytes() {
        let disk = |snapshots: Snapshots| snapshots.disk_count("/", 5);
        for (snapshots, expected) in [
            (Snapshots::count(0), None),
            (Snapshots::count(1), Some((1, 0))),
            (Snapshots::count(7), Some((7, 0))),
            (Snapshots::count(usize::MAX), Some((100, 0))),
            (disk(Snapshots::count(0)), Some((5, 4))),
            (disk(Snapshots::count(1)), Some((6, 5))),
            (disk(Snapshots::count(7)), Some((12, 5))),
            (disk(Snapshots::count(98)), Some((100, 2))),
            (disk(Snapshots::count(usize::MAX)), Some((100, 0))),
            // States of ten numbers take 80 bytes.
            (Snapshots::bytes(79), Some((1, 0))),
            (Snapshots::bytes(80), Some((2, 0))),
            (Snapshots::bytes(239).disk_bytes("/", 160), Some((5, 2))),
            (Snapshots::bytes(0).disk_bytes("/", usize::MAX), Some((100, 99))),
        ] {
            assert_eq!(places(&snapshots, 100, 10), expected, "{snapshots:?}");
        }
        assert_eq!(places(&Snapshots::bytes(0), 100, 0), Some((100, 0))); // states of no numbers fit anywhere
        assert_eq!(places(&Snapshots::count(7), 0, 10), Some((1, 0)));
    }

    #[test]
    fn the_busiest_slots_are_in_memory() {
        let places = Snapshots::count(4).disk_count("/", 6).places(1_000, 1);
        let on_disk = places.map(|places| places.on_disk).unwrap_or_default();
        let traffic = traffic(1_000, 10);
        let of =
            |wanted: bool| (1..10).filter(move |slot| on_disk[*slot] == wanted).map(|slot| traffic[slot]);
        let (disk, memory): (Vec<_>, Vec<_>) = (of.clone()(true).collect(), of(false).collect());
        assert_eq!((disk.len(), memory.len()), (6, 3));
        assert!(disk.iter().max() <= memory.iter().min(), "{disk:?} on disk, {memory:?} in memory");
    }
}
