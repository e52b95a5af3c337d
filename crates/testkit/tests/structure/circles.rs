//! Modules of a crate use each other one way, and so do the files of a folder: what can be understood first stands first.
//!
//! A circle that is known may shrink, and its line here with it; the test says when. No line is for ever.

use std::fmt::Write;

use super::levels::{KnownCircle, known_in, levels};
use super::sources::{Sources, crates};

/// By crate, and folder below its `src`.
const KNOWN: &[KnownCircle] = &[
    (
        "ops",
        "",
        &["foreign", "kernels", "laws", "macros", "rule", "scalar", "table"],
        "the table makes `Op` and `Functions`, which the contract of rules, laws and kernels name",
    ),
    (
        "ops",
        "algebra/taylor",
        &["sums", "taylor.rs"],
        "the sums are methods of the number, in a file of their own",
    ),
    (
        "ops",
        "foreign",
        &["algebraic", "approximate", "inherent", "nested", "numeric"],
        "`nested` calls every other macro, and these ask for the methods that it gives",
    ),
    (
        "tape",
        "",
        &[
            "call",
            "drive",
            "error",
            "memory",
            "program",
            "record",
            "recorded",
            "session",
            "sparse",
            "spelling",
            "sweep",
            "tape",
            "var",
            "workspace",
        ],
        "tapes hold calls and calls hold programs, which hold tapes; sweeps run calls, and calls are recorded",
    ),
    (
        "tape",
        "call",
        &[
            "implicit",
            "inner",
            "list",
            "lu",
            "map",
            "mod.rs",
            "newton",
            "opaque",
            "program",
            "recording",
            "registry",
            "rule",
            "stored",
        ],
        "`mod.rs` has the kinds of calls, and is what each kind is seen as",
    ),
    (
        "tape",
        "dump",
        &["comparison", "dot", "mod.rs", "statistics", "table", "text"],
        "`mod.rs` chooses what is shown, and gives on what shows it",
    ),
    ("tape", "program", &["plan", "reuse"], "a plan has its places, which are found by its groups"),
    ("tape", "session", &["events", "rows"], "both find out that nothing records, or that there is no room"),
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
