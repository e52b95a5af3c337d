//! Lines of the user's source, and the names of its files. What is read from elsewhere holds each name once, however many
//! lines are in that file. A name is *not* a path that anything is opened by.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;
use core::panic::Location;
use std::sync::Arc;

/// The name of a source file, as the compiler was given it. It reads as a `str`; a clone shares it.
///
/// ```
/// use wengert::tape::SourceFile;
///
/// let file = SourceFile::from("src/main.rs");
/// assert!(file == "src/main.rs" && file.ends_with(".rs"));
/// assert_eq!(file, SourceFile::from(String::from("src/main.rs")));
/// ```
#[derive(Clone)]
pub struct SourceFile(Name);

#[derive(Clone)]
enum Name {
    Compiled(&'static str),
    Read(Arc<str>),
}

impl Deref for SourceFile {
    type Target = str;
    fn deref(&self) -> &str {
        match &self.0 {
            Name::Compiled(name) => name,
            Name::Read(name) => name,
        }
    }
}

impl From<&'static str> for SourceFile {
    fn from(name: &'static str) -> Self {
        Self(Name::Compiled(name))
    }
}

impl From<String> for SourceFile {
    fn from(name: String) -> Self {
        Self(Name::Read(name.into()))
    }
}

impl PartialEq for SourceFile {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for SourceFile {}

impl PartialEq<str> for SourceFile {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for SourceFile {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl PartialOrd for SourceFile {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SourceFile {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for SourceFile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

/// A line of the user's source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourceLine {
    /// The file, as the compiler was given it.
    pub file: SourceFile,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl From<&'static Location<'static>> for SourceLine {
    fn from(at: &'static Location<'static>) -> Self {
        Self { file: at.file().into(), line: Location::line(at), column: Location::column(at) }
    }
}

impl SourceLine {
    /// Whether the line is the standard library's: of a comparison through references (`&a == &b`, `xs.contains(&a)`), which is
    /// made there, and hides its caller.
    ///
    /// ```
    /// use wengert::Recorder;
    ///
    /// let mut recorder = Recorder::new();
    /// recorder.record(|s| {
    ///     let [a, b] = s.inputs(&[1.0, 2.0]);
    ///     (&a == &b, a == b)
    /// })?;
    /// let guards = recorder.tape().guards();
    /// assert!(guards[0].at.is_in_std() && !guards[1].at.is_in_std());
    /// # Ok::<(), wengert::RecordError>(())
    /// ```
    #[must_use]
    pub fn is_in_std(&self) -> bool {
        let file = self.file.replace('\\', "/");
        ["core", "alloc", "std"].iter().any(|name| file.contains(&format!("/library/{name}/src/")))
    }

    /// What to say behind a comparison at this line, of operands that were made at others: nothing, unless it hides its caller.
    pub(crate) fn advice(&self, operands: &[Option<SourceLine>; 2]) -> String {
        if !self.is_in_std() {
            return String::new();
        }
        let made: Vec<String> = operands.iter().flatten().map(ToString::to_string).collect();
        let made = if made.is_empty() {
            String::new()
        } else {
            format!("; what was compared was computed at {}", made.join(" and "))
        };
        format!(
            " (a comparison through references, which the standard library makes and whose caller it hides: compare by value, as \
             `*a == *b`, to have its line{made})"
        )
    }
}

impl fmt::Display for SourceLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Source lines, one behind the other; of many, the first ones.
pub(crate) fn listed(lines: &[SourceLine]) -> String {
    const SHOWN: usize = 5;
    let shown = lines.iter().take(SHOWN).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match lines.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
