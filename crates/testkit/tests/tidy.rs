//! The architecture's invariants that are stated as absences, checked by reading the sources.

use std::fs;
use std::path::{Path, PathBuf};

use wengert::ops::Op;

/// Sources below a folder of the workspace, without comments and without their unit tests.
fn sources(folder: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    let place = root.join(folder);
    if place.is_dir() {
        walk(&place, &mut found);
    } else {
        found.push(place);
    }
    assert!(!found.is_empty(), "no sources below {folder}");
    found
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            (path.strip_prefix(&root).unwrap().display().to_string(), code.join("\n"))
        })
        .collect()
}

fn mentions(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let after = code[at + word.len()..].chars().next();
        !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

/// One operation is one row: no other file names it, by its opcode, its rule type or its spelling.
#[test]
fn operations_are_named_in_the_table_alone() {
    // Overloads of operators, sums and products of slices, the rows of a matrix, and methods whose names other crates' traits
    // dictate.
    let exempt = |path: &str, row: &str| {
        path.ends_with("ops/src/table.rs")
            || path.contains("ops/src/foreign/")
            || (path.ends_with("ops/src/linear.rs") && matches!(row, "Sum" | "Product" | "WeightedSum"))
            || (path.ends_with("tape/src/var.rs") && matches!(row, "Select" | "Pull"))
    };
    let mut seen = 0;
    for folder in ["crates/ops/src", "crates/tape/src", "crates/wengert/src", "crates/testkit/src"] {
        for (path, code) in sources(folder) {
            for op in Op::ALL
                .iter()
                .filter(|op| !matches!(op, Op::Input | Op::Parameter | Op::Foreign | Op::Result))
            {
                let row = format!("{op:?}");
                let name = op.info().name;
                for word in [format!("rows::{row}"), format!("Op::{row}"), format!("\"{name}\"")] {
                    seen += 1;
                    // The counting number of the tests overloads the operators too.
                    let operator = path.ends_with("counting.rs") && word.starts_with("rows::");
                    assert!(
                        !mentions(&code, &word) || exempt(&path, &row) || operator,
                        "{path} names the operation {word}"
                    );
                }
            }
        }
    }
    assert!(seen > 1_000);
}

#[test]
fn unsafe_stays_in_its_modules() {
    let named = [
        "crates/tape/src/program/forward.rs",
        "crates/tape/src/program/reverse.rs",
        "crates/tape/src/session/hot.rs",
        "crates/tape/src/session/rows.rs",
        "crates/tape/src/sweep/saved.rs",
        // Two methods that a foreign trait declares unsafe; nothing unsafe is done in them.
        "crates/ops/src/foreign/algebraic.rs",
    ];
    for folder in ["crates/ops/src", "crates/tape/src", "crates/wengert/src", "crates/testkit/src"] {
        for (path, code) in sources(folder) {
            let used = ["{", "fn", "impl"].iter().any(|what| code.contains(&format!("unsafe {what}")));
            assert!(!used || named.contains(&path.as_str()), "{path} uses unsafe");
        }
    }
}

/// Data flows one way: `record → tape → sweep → workspace → drive`; printing and parsing stand beside it.
#[test]
fn modules_do_not_import_what_comes_after_them() {
    let absences: [(&str, &[&str]); 9] = [
        ("crates/ops/src", &["wengert_tape", "crate::tape", "std::fs", "println!"]),
        (
            "crates/tape/src/sweep",
            &["crate::session", "crate::record", "crate::drive", "crate::dump", "crate::text"],
        ),
        (
            "crates/tape/src/session",
            &["crate::record", "crate::sweep", "crate::drive", "crate::dump", "crate::text"],
        ),
        ("crates/tape/src/dump", &["crate::session", "crate::var", "crate::record", "crate::drive"]),
        ("crates/tape/src/text", &["crate::session", "crate::var", "crate::record", "crate::drive"]),
        ("crates/tape/src/index.rs", &["crate::"]),
        ("crates/tape/src/arena.rs", &["crate::tape", "crate::error", "crate::call", "crate::session"]),
        ("crates/tape/src/tape.rs", &["crate::session", "crate::var", "crate::record", "crate::sweep"]),
        ("crates/tape/src/drive", &["crate::session", "crate::dump", "crate::text"]),
    ];
    for (folder, absent) in absences {
        for (path, code) in sources(folder) {
            for word in absent {
                assert!(!imports(&code, word), "{path} imports {word}");
            }
        }
    }
    // The ends of the arrows, by file or folder.
    for end in ["drive", "dump", "check"] {
        for (path, code) in sources("crates/tape/src") {
            let own = path.starts_with(&format!("crates/tape/src/{end}")) || path.ends_with("src/lib.rs");
            assert!(own || !imports(&code, &format!("crate::{end}")), "{path} imports {end}");
        }
    }
}

/// Whether code imports a module or anything in it.
fn imports(code: &str, module: &str) -> bool {
    if module.ends_with(':') { code.contains(module) } else { mentions(code, module) }
}

/// Examples are written as users write them: with the one crate that they depend on.
#[test]
fn examples_import_the_one_crate() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut examples = 0;
    for (path, _) in sources("crates") {
        let mut inside = false;
        for line in fs::read_to_string(root.join(&path)).unwrap().lines() {
            let Some(text) = line.trim_start().strip_prefix("//").and_then(|l| l.strip_prefix(['/', '!']))
            else {
                inside = false;
                continue;
            };
            if text.trim_start().starts_with("```") {
                inside = !inside;
                examples += usize::from(inside);
            }
            let internal = ["wengert_tape::", "wengert_ops::"].iter().any(|name| text.contains(name));
            assert!(!(inside && internal), "{path}: {text}");
        }
    }
    assert!(examples > 100, "{examples} examples");
}
