//! Saving and loading programs: the binary form. Text is the tape's.
//!
//! A file opens with the names of its operations, so that it means the same whatever opcodes the table has. It holds the
//! programs that are called, each once; code it cannot hold, and names for whatever resolves them. What is loaded has passed
//! [`Tape::verify`](wengert_tape::Tape::verify), and nothing of it has been run.

mod format;
mod sections;
mod error;
mod write;
mod read;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod golden;

use std::io::{Read, Write};

pub use error::{LoadError, SaveError};
use format::{CHECKSUM, HEADER, MAGIC, VERSION, VERSION_AT};
use wengert_tape::call::Resolve;

use crate::program::Program;

impl Program {
    /// The program as bytes that [`from_bytes`](Self::from_bytes) reads: its tape with names, guards and source lines, the
    /// point and the parameters of its recording, and the programs that it calls. Of other calls names and versions alone.
    ///
    /// The same program gives the same bytes. The book's chapter *Saved programs* describes them.
    ///
    /// ```
    /// use wengert::{Program, call::Registry};
    ///
    /// let f = Program::record(&[1.0, 2.0], |x| vec![x[0] * x[1].sin()])?;
    /// let bytes = f.to_bytes()?;
    /// let g = Program::from_bytes(&bytes, &Registry::new())?;
    /// assert_eq!(g.tape(), f.tape());
    /// assert_eq!(g.gradient(&[3.0, 0.5])?, f.gradient(&[3.0, 0.5])?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: one pass, and bytes for its copy.
    ///
    /// # Errors
    /// [`SaveError::TooDeep`], [`SaveError::Ambiguous`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, SaveError> {
        Ok(framed(&write::contents(self)?))
    }

    /// Writes [`to_bytes`](Self::to_bytes).
    ///
    /// ```
    /// use std::fs::File;
    /// use wengert::{Program, call::Registry};
    ///
    /// let path = std::env::temp_dir().join(format!("saved-{}.wengert", std::process::id()));
    /// let f = Program::record(&[4.0], |x| vec![x[0].sqrt()])?;
    /// f.save(File::create(&path)?)?;
    /// let g = Program::load(File::open(&path)?, &Registry::new())?;
    /// assert_eq!(g.gradient(&[4.0])?, (2.0, vec![0.25]));
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SaveError`].
    pub fn save(&self, mut writer: impl Write) -> Result<(), SaveError> {
        writer.write_all(&self.to_bytes()?)?;
        Ok(writer.flush()?)
    }

    /// The program that was saved as these bytes, verified. The operations that it calls and that are no programs,
    /// rules and code of one's own, are found by name and version, most often in a
    /// [`Registry`](wengert_tape::call::Registry).
    ///
    /// The bytes may come from anywhere: whatever they are, there is a program or an error, and no more time and memory is
    /// taken than in proportion to their number (and what the registry takes to make a derivative that is asked for by name).
    /// How long a *run* of a program takes that somebody else has made is another matter: programs that call programs can be
    /// small and take for ever.
    ///
    /// ```
    /// use wengert::{Program, Var, call::Registry, ops::Real, rule};
    ///
    /// rule! {
    ///     /// `1 − cos x`.
    ///     Versin "versin" version 2 (x) { F::of(1.0) - x.cos() } d(x => _) { [x.sin()] }
    /// }
    ///
    /// let f = Program::record(&[0.5], |x| vec![<Var as Real>::fixed::<Versin, 1>([x[0]])])?;
    /// let bytes = f.to_bytes()?;
    /// let g = Program::from_bytes(&bytes, &Registry::new().with_rule::<Versin, 1>())?;
    /// assert_eq!(g.gradient(&[0.7])?, f.gradient(&[0.7])?);
    ///
    /// let error = Program::from_bytes(&bytes, &Registry::new()).unwrap_err();
    /// assert!(error.to_string().contains("`versin/2`, which is not registered"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: two passes, one to read and one to verify, and what planning a program's run takes.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn from_bytes(bytes: &[u8], operations: &impl Resolve) -> Result<Self, LoadError> {
        let (head, contents) = bytes.split_at(bytes.len().min(HEADER));
        let (expected, found) = (HEADER as u64 + length(head)?, bytes.len() as u64);
        if found < expected {
            return Err(LoadError::Truncated { expected, found });
        }
        if found > expected {
            return Err(LoadError::Trailing { bytes: found - expected });
        }
        let (expected, found) = (u32_at(head, CHECKSUM), checksum(&head[..CHECKSUM], contents));
        if expected != found {
            return Err(LoadError::Checksum { expected, found });
        }
        read::program(contents, u32_at(head, VERSION_AT), operations)
    }

    /// Reads a program that was [saved](Self::save), and no further.
    ///
    /// ```
    /// use wengert::{Program, call::Registry, program::LoadError};
    ///
    /// let mut bytes = Program::record(&[1.0], |x| vec![x[0].exp()])?.to_bytes()?;
    /// bytes[30] ^= 1;
    /// let error = Program::load(&*bytes, &Registry::new()).unwrap_err();
    /// assert!(matches!(error, LoadError::Checksum { .. }), "{error}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn load(mut reader: impl Read, operations: &impl Resolve) -> Result<Self, LoadError> {
        let mut bytes = Vec::new();
        reader.by_ref().take(HEADER as u64).read_to_end(&mut bytes)?;
        let contents = length(&bytes)?;
        // As much memory as there are bytes, whatever the length says.
        reader.take(contents).read_to_end(&mut bytes)?;
        Self::from_bytes(&bytes, operations)
    }
}

/// Contents behind their header.
fn framed(contents: &[u8]) -> Vec<u8> {
    framed_as(VERSION, contents)
}

/// The same in a version of the format.
fn framed_as(version: u32, contents: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + contents.len());
    bytes.extend(MAGIC);
    bytes.extend(version.to_le_bytes());
    bytes.extend((contents.len() as u64).to_le_bytes());
    bytes.extend(checksum(&bytes, contents).to_le_bytes());
    bytes.extend(contents);
    bytes
}

/// The length that a header gives to the contents, after magic and version.
fn length(head: &[u8]) -> Result<u64, LoadError> {
    if !head.starts_with(&MAGIC) {
        return Err(LoadError::NotAProgram);
    }
    if head.len() < HEADER {
        return Err(LoadError::Truncated { expected: HEADER as u64, found: head.len() as u64 });
    }
    match u32_at(head, VERSION_AT) {
        1..=VERSION => {
            let length = u64::from(u32_at(head, 12)) | u64::from(u32_at(head, 16)) << 32;
            // A header may claim a length that no file can have. The file is then shorter than its header says, which is the
            // error of a file that was cut off.
            Ok(length.min(u64::MAX - HEADER as u64))
        }
        found => Err(LoadError::Version { found }),
    }
}

/// Four bytes of a header, little end first.
fn u32_at(head: &[u8], at: usize) -> u32 {
    head[at..at + 4].iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// The checksum of a header, up to where the checksum stands, and of the contents.
fn checksum(head: &[u8], contents: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(head);
    hasher.update(contents);
    hasher.finalize()
}
