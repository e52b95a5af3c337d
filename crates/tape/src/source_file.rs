//! The name of a source file, as it stands in source lines. What is read from elsewhere holds each name once, however
//! many lines are in that file. This is *not* a path that anything is opened by.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;
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
