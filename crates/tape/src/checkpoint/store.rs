//! Where snapshots live: some in memory, some as records of one length in a file without a name.
//!
//! Invariant: a record is read only after it was written, both whole. Slot 0 is the initial state, which is the caller's
//! and never written. This is not the schedule, which says what is kept when.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::checkpoint::snapshots::Places;

/// The snapshots of one run.
#[derive(Debug)]
pub(super) struct Store<'a> {
    initial: &'a [f64],
    on_disk: Vec<bool>,
    /// By slot; empty where nothing was stored in memory.
    memory: Vec<Vec<f64>>,
    file: Option<File>,
    /// A record on its way to or from the file.
    record: Vec<u8>,
    /// Which record of the file a slot has, by slot; records stand in the order in which slots were first written.
    records: Vec<Option<u64>>,
    written: u64,
    /// Bytes held in memory.
    bytes: usize,
}

impl<'a> Store<'a> {
    pub(super) fn new(initial: &'a [f64], places: Places) -> io::Result<Self> {
        // Made before the first step: a folder that is not there is found at once.
        let file = places.folder.as_deref().map(nameless).transpose()?;
        Ok(Self {
            initial,
            on_disk: places.on_disk,
            memory: Vec::new(),
            file,
            record: Vec::new(),
            records: Vec::new(),
            written: 0,
            bytes: 0,
        })
    }

    /// Keeps a state of as many numbers as the initial one has.
    pub(super) fn put(&mut self, slot: usize, state: &[f64]) -> io::Result<()> {
        match &mut self.file {
            Some(file) if self.on_disk[slot] => {
                self.bytes += 8 * state.len() - self.record.len();
                self.record.clear();
                reserve(&mut self.record, 8 * state.len())?;
                self.record.extend(state.iter().flat_map(|x| x.to_le_bytes()));
                if self.records.len() <= slot {
                    self.records.resize(slot + 1, None);
                }
                let record = *self.records[slot].get_or_insert(self.written);
                file.seek(SeekFrom::Start(record * self.record.len() as u64))?;
                file.write_all(&self.record)?;
                self.written = self.written.max(record + 1);
            }
            _ => {
                if self.memory.len() <= slot {
                    self.memory.resize_with(slot + 1, Vec::new);
                }
                let place = &mut self.memory[slot];
                self.bytes += 8 * (state.len() - place.len());
                place.clear();
                reserve(place, state.len())?;
                place.extend_from_slice(state);
            }
        }
        Ok(())
    }

    /// Copies what was kept in a slot.
    pub(super) fn get(&mut self, slot: usize, state: &mut [f64]) -> io::Result<()> {
        match &mut self.file {
            _ if slot == 0 => state.copy_from_slice(self.initial),
            Some(file) if self.on_disk[slot] => {
                let record = self.records[slot].unwrap_or(self.written);
                self.record.resize(8 * state.len(), 0);
                file.seek(SeekFrom::Start(record * self.record.len() as u64))?;
                file.read_exact(&mut self.record)?;
                for (x, bytes) in state.iter_mut().zip(self.record.as_chunks().0) {
                    *x = f64::from_le_bytes(*bytes);
                }
            }
            _ => state.copy_from_slice(&self.memory[slot]),
        }
        Ok(())
    }

    /// Bytes held in memory.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes of the file.
    pub(super) fn disk_bytes(&self) -> u64 {
        self.written * 8 * self.initial.len() as u64
    }
}

/// A new file, whose name is taken away at once: it is gone when it is closed, however the process ends.
fn nameless(folder: &Path) -> io::Result<File> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    loop {
        let path =
            folder.join(format!(".wengert-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        match File::options().read(true).write(true).create_new(true).open(&path) {
            Ok(file) => {
                fs::remove_file(&path)?;
                return Ok(file);
            }
            // A process of that number ended between the two, long ago.
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {}
            Err(why) => return Err(why),
        }
    }
}

/// Room for so many elements, exactly; no room is an error as a full disk is one.
fn reserve<T>(place: &mut Vec<T>, elements: usize) -> io::Result<()> {
    place.try_reserve_exact(elements).map_err(|_| io::ErrorKind::OutOfMemory.into())
}

#[cfg(test)]
mod tests {
    use super::Store;
    use crate::checkpoint::snapshots::Snapshots;

    /// Everything that is kept comes back, to the bit, wherever it lay and however often it was overwritten.
    #[test]
    fn what_is_kept_comes_back() -> Result<(), Box<dyn std::error::Error>> {
        let state = |k: usize| [k as f64, -0.0, f64::from_bits(0x7FF0_0000_0000_0001 + k as u64)];
        let bits = |state: [f64; 3]| state.map(f64::to_bits);
        for memory in 1..=5 {
            let folder = tempfile::tempdir()?;
            let initial = state(99);
            let snapshots = Snapshots::count(memory).disk_count(folder.path(), 5 - memory);
            let places = snapshots.places(100, 3).ok_or("no snapshots")?;
            let mut store = Store::new(&initial, places)?;
            let mut kept = [initial; 5];
            for (k, slot) in [1, 2, 3, 4, 4, 2, 3, 3].into_iter().enumerate() {
                kept[slot] = state(k);
                store.put(slot, &kept[slot])?;
                let last = if k < 4 { slot } else { 4 };
                for slot in (0..=last).rev() {
                    let mut found = [0.0; 3];
                    store.get(slot, &mut found)?;
                    assert_eq!(bits(found), bits(kept[slot]), "slot {slot} after {k}, {memory} in memory");
                }
            }
            assert_eq!(store.disk_bytes(), 24 * (5 - memory as u64));
            assert_eq!(store.bytes(), 24 * (memory - 1) + if memory < 5 { 24 } else { 0 });
            assert_eq!(std::fs::read_dir(folder.path())?.count(), 0, "the file has a name");
        }
        Ok(())
    }
}
