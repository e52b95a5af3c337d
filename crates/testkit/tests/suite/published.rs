//! What a registry, and those who build with an old compiler, will see of the published crates, read from `cargo metadata`.
//!
//! That their packages build is what `scripts/package` tries.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All packages of the workspace's lock file, with every feature, for every platform.
fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--all-features", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// By their ids.
fn packages(metadata: &Value) -> BTreeMap<&str, &Value> {
    list(&metadata["packages"]).map(|package| (text(&package["id"]), package)).collect()
}

fn members(metadata: &Value) -> Vec<&Value> {
    let packages = packages(metadata);
    list(&metadata["workspace_members"]).map(|id| packages[text(id)]).collect()
}

/// Members of the workspace without `publish = false`, which is an empty list of registries.
fn published(metadata: &Value) -> Vec<&Value> {
    let found: Vec<_> = members(metadata)
        .into_iter()
        .filter(|p| p["publish"].as_array().is_none_or(|p| !p.is_empty()))
        .collect();
    assert!(found.len() >= 3, "{} published crates", found.len());
    found
}

/// `1.90` and `1.90.0` are one version.
fn version(text: &str) -> [u64; 3] {
    let mut parts = text.split('.').map(|part| part.parse().unwrap());
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

/// No dependency of a member asks for a newer compiler than the member itself does: neither what it is built with, whatever its
/// features, nor what its tests and benches need.
#[test]
fn no_dependency_needs_a_newer_compiler() {
    let metadata = metadata();
    let packages = packages(&metadata);
    let nodes: BTreeMap<&str, &Value> =
        list(&metadata["resolve"]["nodes"]).map(|node| (text(&node["id"]), node)).collect();
    let mut offenders = BTreeSet::new();
    for member in members(&metadata) {
        let promised = text(&member["rust_version"]);
        assert!(!promised.is_empty(), "{} has no rust-version", member["name"]);
        let mut seen = BTreeSet::new();
        let mut open = vec![text(&member["id"])];
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let needed = text(&packages[id]["rust_version"]);
            if !needed.is_empty() && version(needed) > version(promised) {
                let [name, at] = ["name", "version"].map(|key| text(&packages[id][key]));
                offenders.insert(format!(
                    "{name} {at} needs Rust {needed}, and {} promises {promised}",
                    text(&member["name"])
                ));
            }
            for dependency in list(&nodes[id]["deps"]) {
                // A dependency's own tests are not built here.
                let built = list(&dependency["dep_kinds"]).any(|d| d["kind"] != "dev");
                if built || id == text(&member["id"]) {
                    open.push(text(&dependency["pkg"]));
                }
            }
        }
        assert!(seen.len() > 1, "{} depends on nothing", member["name"]);
    }
    assert!(offenders.is_empty(), "{offenders:#?}");
}

/// A registry refuses a crate without some of these, and shows the others.
#[test]
fn published_crates_say_what_they_are() {
    let metadata = metadata();
    for package in published(&metadata) {
        let name = text(&package["name"]);
        for key in ["description", "license", "readme"] {
            assert!(!text(&package[key]).is_empty(), "{name} has no {key}");
        }
        for key in ["keywords", "categories"] {
            assert!((1..=5).contains(&list(&package[key]).count()), "{name} has no {key}, or more than 5");
        }
        assert_eq!(
            package["metadata"]["docs"]["rs"]["all-features"], true,
            "{name}: documentation lacks features"
        );
        let folder = Path::new(text(&package["manifest_path"])).parent().unwrap();
        assert!(folder.join(text(&package["readme"])).is_file(), "{name} has no README");
        // What is only part of another crate says so, and names the one to depend on.
        let readme = fs::read_to_string(folder.join(text(&package["readme"]))).unwrap();
        assert!(readme.contains("wengert = {") || readme.contains("wengert = \""), "{name}: README");
    }
}

/// Each package carries the licence: a copy, since a link would be a file with a path in it where links are not checked out.
#[test]
fn licences_are_copies_of_the_one() {
    let metadata = metadata();
    let licence = fs::read_to_string(root().join("LICENSE")).unwrap();
    for package in published(&metadata) {
        let copy = Path::new(text(&package["manifest_path"])).with_file_name("LICENSE");
        let found = fs::read_to_string(&copy).unwrap_or_default();
        assert!(found == licence, "{} is no copy of LICENSE", copy.display());
    }
}

/// The README says which Rust is needed, and which versions of other crates the features fit.
#[test]
fn the_readme_names_the_versions_of_the_manifest() {
    let metadata = metadata();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let page = fs::read_to_string(root().join("crates/wengert/src/lib.rs")).unwrap();
    let member = |name: &str| members(&metadata).into_iter().find(|p| p["name"] == name).unwrap();
    let wengert = member("wengert");
    let rust = text(&wengert["rust_version"]);
    assert!(readme.contains(&format!("Rust {rust} or later")), "README and Rust {rust}");
    // A feature that is for another crate has its name.
    for feature in wengert["features"].as_object().unwrap().keys() {
        let requirement = ["wengert", "wengert-tape", "wengert-ops"]
            .iter()
            .flat_map(|name| list(&member(name)["dependencies"]))
            .find(|d| d["name"] == feature.as_str() && d["kind"].is_null())
            .map(|d| text(&d["req"]).trim_start_matches('^'));
        let row = match requirement {
            Some(requirement) => format!("| `{feature}` | {requirement} |"),
            None => format!("| `{feature}` |"),
        };
        for (place, text) in [("README", &readme), ("the crate's page", &page)] {
            assert!(
                feature == "default" || text.contains(&row),
                "{place} lacks a line that begins with {row}"
            );
        }
    }
}
