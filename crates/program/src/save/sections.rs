//! What stands behind the programs of a file of version 2: sections, each with a name, its bytes, and whether a reader that
//! does not know it must refuse the file or may pass over it. A section that is passed over is gone when the program is
//! written again: a reader cannot know whether it still fits.
//!
//! What is read is untrusted; nothing is kept of a section whose elements have not been there.

use serde::{Deserialize, Serialize};

use super::LoadError;
use super::format::List;

/// A section, as it stands in a file.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Section<'a> {
    /// Sections stand in order of their names, by bytes, each once.
    pub(super) name: &'a str,
    /// Whether a reader that does not know the name must refuse the file.
    pub(super) required: bool,
    pub(super) bytes: &'a [u8],
}

/// The data of the operations that read some: required. A list of [`OfProgram`].
const DATA: &str = "data";

/// The data of a program that has any, node by node; programs stand in their order.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct OfProgram {
    /// Which of the file's programs.
    pub(super) program: u32,
    pub(super) data: List<f64>,
}

/// What is written in sections.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Sections {
    pub(super) data: Vec<OfProgram>,
}

impl Sections {
    /// The contents of the sections of a file that are known here.
    pub(super) fn read(sections: &[Section<'_>]) -> Result<Self, LoadError> {
        let mut known = Self::default();
        if sections.windows(2).any(|pair| pair[0].name >= pair[1].name) {
            return Err(malformed("its sections do not stand in order of their names, each once"));
        }
        for Section { name, required, bytes } in sections {
            match *name {
                DATA => known.data = data(*required, bytes)?,
                name if *required => return Err(LoadError::UnknownSection { name: name.into() }),
                _ => {}
            }
        }
        Ok(known)
    }

    /// The data of a program.
    pub(super) fn data_of(&self, program: usize) -> &[f64] {
        let found = self.data.binary_search_by_key(&program, |of| of.program as usize);
        found.map_or(&[], |k| &self.data[k].data.0)
    }

    /// The list of sections, as it is written: none that is empty.
    pub(super) fn to_bytes(&self) -> postcard::Result<Vec<u8>> {
        let data = postcard::to_allocvec(&self.data)?;
        let mut sections = Vec::new();
        if !self.data.is_empty() {
            sections.push(Section { name: DATA, required: true, bytes: &data });
        }
        postcard::to_allocvec(&sections)
    }
}

fn malformed(what: &'static str) -> LoadError {
    LoadError::Malformed { what }
}

fn data(required: bool, bytes: &[u8]) -> Result<Vec<OfProgram>, LoadError> {
    if !required {
        return Err(malformed("its section of data may be passed over, and must not"));
    }
    let Ok((List(data), [])) = postcard::take_from_bytes::<List<OfProgram>>(bytes) else {
        return Err(malformed("its section of data ends within a list, or behind one"));
    };
    if data.is_empty() || data.iter().any(|of| of.data.0.is_empty()) {
        return Err(malformed("its section of data is for nothing"));
    }
    if data.windows(2).any(|pair| pair[0].program >= pair[1].program) {
        return Err(malformed("its data do not stand in order of the programs, each once"));
    }
    Ok(data)
}
