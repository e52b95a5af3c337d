//! Why a program is not saved, and why a file is no program.

use wengert_tape::VerifyError;
use wengert_tape::call::CallError;

use super::format::{DEPTH, VERSION};

/// Why [`Program::save`](crate::Program::save) has saved nothing of use.
///
/// ```
/// use wengert::{Program, program::SaveError};
///
/// let mut f = Program::record(&[0.5], |x| vec![x[0].sin()])?;
/// for _ in 0..64 {
///     f = Program::record(&[0.5], |x| f.call(x))?;
/// }
/// assert!(matches!(f.to_bytes(), Err(SaveError::TooDeep)));
/// # Ok::<(), wengert::ProgramError>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The writer failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Programs call programs too deep.
    #[error(
        "more than {DEPTH} programs call one another in a chain, which is more than a file may hold: record some of them \
         without calls"
    )]
    TooDeep,
    /// Two operations of one name and version take other numbers of operands, or give other numbers of results: a loader
    /// could not tell which is meant.
    #[error(
        "two different operations are called `{name}/{version}`; give one of them another name or version"
    )]
    Ambiguous {
        /// The name.
        name: String,
        /// The version.
        version: u32,
    },
}

/// Why [`Program::load`](crate::Program::load) gives no program.
///
/// ```
/// use wengert::{Program, call::Registry, program::LoadError};
///
/// let registry = Registry::new();
/// assert!(matches!(Program::from_bytes(b"something else", &registry), Err(LoadError::NotAProgram)));
///
/// let bytes = Program::record(&[0.5], |x| vec![x[0].sin()])?.to_bytes()?;
/// let error = Program::from_bytes(&bytes[..40], &registry).unwrap_err();
/// assert_eq!(error.to_string(), format!("the file should have {} bytes and has 40; was it cut off?", bytes.len()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The reader failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The first bytes are not those of a saved program.
    #[error("this is no saved program: one begins with the bytes `wengert\\0`")]
    NotAProgram,
    /// A newer library has written it, or nobody.
    #[error("version {found} of the format is unknown; this library reads versions 1 to {VERSION}")]
    Version {
        /// The version that the file gives.
        found: u32,
    },
    /// The file ends before its time.
    #[error("the file should have {expected} bytes and has {found}; was it cut off?")]
    Truncated {
        /// How many bytes it should have.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// Something follows the program.
    #[error("{bytes} bytes follow the program")]
    Trailing {
        /// How many.
        bytes: u64,
    },
    /// The bytes are not those that were written.
    #[error("the file was altered: its checksum is {found:08x} and should be {expected:08x}")]
    Checksum {
        /// What the file says.
        expected: u32,
        /// What its bytes give.
        found: u32,
    },
    /// The checksum is right, but the contents are not what the format asks for.
    #[error("the file is malformed: {what}")]
    Malformed {
        /// What is wrong.
        what: &'static str,
    },
    /// A section that this version of the library does not know, and must not pass over.
    #[error(
        "the file has a section `{name}`, without which it means something else and which this version of the library does not \
         know: a newer library has written it"
    )]
    UnknownSection {
        /// Its name.
        name: String,
    },
    /// An operation that this version of the library does not have.
    #[error("the file uses the operation `{name}`, which this version of the library does not have")]
    UnknownOperation {
        /// Its name.
        name: String,
    },
    /// An operation takes other numbers of operands here than in the file.
    #[error("the file uses the operation `{name}` on {} operands, and here it takes {}", count(*.file), count(*.here))]
    Arity {
        /// Its name.
        name: String,
        /// How many it has in the file; `None` for any number.
        file: Option<u8>,
        /// How many it takes.
        here: Option<u8>,
    },
    /// The registry has no such operation.
    #[error(
        "the file calls the operation `{name}/{version}`, which is not registered{}; add it to the `Registry` that the loader \
         is given", versions(.known)
    )]
    Unregistered {
        /// Its name.
        name: String,
        /// Its version.
        version: u32,
        /// Which versions of that name are registered.
        known: Vec<u32>,
    },
    /// The registered operation of that name and version is another.
    #[error(
        "the file calls `{name}/{version}` with {} operands and {} results, and the registered one has {} and {}: register what \
         was saved, or give it another version", .file.0, .file.1, .here.0, .here.1
    )]
    Signature {
        /// Its name.
        name: String,
        /// Its version.
        version: u32,
        /// Operands and results in the file.
        file: (u64, u64),
        /// Operands and results of the registered one.
        here: (u64, u64),
    },
    /// An operation may not be called.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Programs call programs too deep.
    #[error("more than {DEPTH} programs of the file call one another in a chain")]
    TooDeep,
    /// A tape breaks an invariant.
    #[error("program {program} of the file: {why}")]
    Verify {
        /// Which program, from 0; the last is the one that was saved.
        program: usize,
        /// Which invariant.
        #[source]
        why: VerifyError,
    },
}

fn count(arity: Option<u8>) -> String {
    arity.map_or("any number of".into(), |n| n.to_string())
}

/// What versions there are, behind an operation that has another.
fn versions(known: &[u32]) -> String {
    let known: Vec<String> = known.iter().map(u32::to_string).collect();
    if known.is_empty() { String::new() } else { format!(" (there are versions {})", known.join(", ")) }
}
