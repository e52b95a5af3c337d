//! Modules of a crate use each other one way, and so do the files of a folder: what can be understood first stands first.
//!
//! A circle that is known may shrink, and its line here with it; the test says when. No line is for ever.

use std::fmt::Write;

use super::levels::{KnownCircle, known_in, levels};
use super::sources::{Sources, crates};

/// By crate, and folder below its `src`.
const KNOWN: &[KnownCircle] = &[
    ("program", "program", &["body", "derivative", "handle"], "a program's derivative is a program"),
    (
        "tape",
        "session",
        &["recorded", "rows", "rule"],
        "a rule may be made of rules: what one records is recorded by the others",
    ),
    (
        "testkit",
        "problems",
        &["curve_fits", "least_squares", "linear_algebra", "mod.rs", "systems"],
        "`mod.rs` lists the problems, and has the types by which they are stated",
    ),
];

#[test]
fn there_is_no_circle_but_the_known_ones() {
    let mut said = String::new();
    let mut folders = Vec::new();
    for name in crates() {
        for level in levels(Sources::of(&name)) {
            let complaints = level.complaints(&known_in(KNOWN, &name, &level.folder));
            if !complaints.is_empty() {
                let _ = write!(said, "\ncrates/{name}: {complaints}");
            }
            folders.push((name.clone(), level.folder));
        }
    }
    for (name, folder, ..) in KNOWN {
        if !folders.contains(&((*name).to_owned(), (*folder).to_owned())) {
            let _ =
                write!(said, "\nthe list names the folder `{folder}` of crates/{name}, and there is none");
        }
    }
    assert!(said.is_empty(), "{said}");
    assert!(folders.len() > 15, "{folders:?}");
}
