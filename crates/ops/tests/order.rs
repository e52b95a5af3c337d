//! Modules stand in the order in which they import: none imports what comes after it in `lib.rs`.

use std::fs;
use std::path::{Path, PathBuf};

/// A source without comments and unit tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The files of a module: its own, and those of its folder.
fn files(source: &Path, module: &str) -> Vec<PathBuf> {
    let mut found = vec![source.join(format!("{module}.rs"))];
    let mut folders = vec![source.join(module)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.retain(|path| path.is_file());
    found
}

/// The names that follow `crate::`, at the root of the crate.
fn named(code: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| !c.is_alphanumeric() && c != '_';
    code.split("crate::").skip(1).map(move |rest| rest.split(ends).next().unwrap_or_default())
}

#[test]
fn no_module_imports_what_comes_after_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let root = code(&source.join("lib.rs"));
    let modules: Vec<&str> = root
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    // What `lib.rs` exports from a module is that module's, in macros too.
    let owner = |name: &str| {
        let exports = |module: &&str| {
            root.split(';').filter_map(|item| item.trim().strip_prefix("pub use ")).any(|item| {
                let names = item.strip_prefix(*module).and_then(|rest| rest.strip_prefix("::"));
                names.is_some_and(|names| {
                    names.split(|c: char| !c.is_alphanumeric()).any(|exported| exported == name)
                })
            })
        };
        modules.iter().position(|module| *module == name || exports(module))
    };
    let mut seen = 0;
    for (place, module) in modules.iter().enumerate() {
        for path in files(&source, module) {
            for name in named(&code(&path)) {
                let Some(found) = owner(name) else { continue };
                seen += 1;
                assert!(found <= place, "{} imports {name} of `{}`", path.display(), modules[found]);
            }
        }
    }
    assert!(modules.len() > 10 && seen > 100, "{} modules, {seen} imports", modules.len());
}
