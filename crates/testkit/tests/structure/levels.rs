//! The graphs of a crate, one for each of its folders: what stands in the folder, files and folders, and what of it uses what.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::graph::{Graph, knots, shortest};
use super::sources::Sources;
use super::uses::Edges;

/// One folder. The crate's `src` is the empty name.
pub(crate) struct Level<'a> {
    pub(crate) folder: String,
    pub(crate) graph: Graph,
    edges: &'a Edges,
}

/// The folders of a crate, the outermost first.
pub(crate) fn levels(sources: &Sources) -> Vec<Level<'_>> {
    let files: BTreeSet<&str> =
        sources.modules.iter().map(|m| &*m.file).filter(|file| *file != "lib.rs").collect();
    let folder_of = |file: &str| file.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let mut folders: BTreeSet<String> = files.iter().map(|file| folder_of(file)).collect();
    // A folder that holds nothing but folders.
    for folder in folders.clone() {
        folders.extend(folder.match_indices('/').map(|(at, _)| folder[..at].to_owned()));
    }
    folders.insert(String::new());
    let level = |folder: String| {
        let mut graph = Graph::new();
        for file in &files {
            let Some(from) = place(&folder, file) else { continue };
            let to = sources.edges.get(*file).into_iter().flatten().filter_map(|(to, _)| place(&folder, to));
            let to: Vec<String> = to.filter(|to| *to != from).collect();
            graph.entry(from).or_default().extend(to);
        }
        Level { folder, graph, edges: &sources.edges }
    };
    folders.into_iter().map(level).collect()
}

/// What of a folder a file belongs to: a folder in it, which a file beside it may head, or itself.
fn place(folder: &str, file: &str) -> Option<String> {
    if !folder.is_empty() && file.strip_suffix(".rs") == Some(folder) {
        return Some(format!("{}.rs", folder.rsplit('/').next().unwrap_or(folder)));
    }
    let rest = if folder.is_empty() { file } else { file.strip_prefix(folder)?.strip_prefix('/')? };
    Some(match rest.split_once('/') {
        Some((inner, _)) => inner.to_owned(),
        None if rest == "mod.rs" => rest.to_owned(),
        None => rest.trim_end_matches(".rs").to_owned(),
    })
}

impl Level<'_> {
    pub(crate) fn circles(&self) -> Vec<BTreeSet<String>> {
        knots(&self.graph)
    }

    /// What is wrong with the circles of this folder, beside those that are known; empty if nothing is.
    pub(crate) fn complaints(&self, known: &[BTreeSet<String>]) -> String {
        let found = self.circles();
        let mut said = String::new();
        let place = if self.folder.is_empty() { "src" } else { &self.folder };
        let is_known = |from: &str, to: &str| known.iter().any(|set| set.contains(from) && set.contains(to));
        if let Some(circle) = shortest(&self.graph, |from, to| !is_known(from, to)) {
            let _ = writeln!(said, "{place}: a circle:\n{}", self.explain(&circle));
        }
        for listed in known.iter().filter(|listed| !found.contains(listed)) {
            let left: Vec<_> = found.iter().filter(|circle| circle.is_subset(listed)).collect();
            if !found.iter().any(|circle| circle.is_superset(listed)) {
                let _ =
                    writeln!(said, "{place}: the list says {listed:?}, and there is no more than {left:?}");
            }
        }
        said
    }

    /// A circle, with one use for each of its edges.
    fn explain(&self, circle: &[String]) -> String {
        let mut said = String::new();
        for (k, from) in circle.iter().enumerate() {
            let to = &circle[(k + 1) % circle.len()];
            let inside =
                |what: &str, file: &str| place(&self.folder, file).is_some_and(|place| place == what);
            let uses =
                self.edges.iter().filter(|(file, _)| inside(from, file)).flat_map(|(file, to_files)| {
                    to_files.iter().filter(|(other, _)| inside(to, other)).flat_map(move |(other, uses)| {
                        uses.iter().map(move |(name, line)| (name.starts_with('.'), file, line, name, other))
                    })
                });
            // Rather a path than a method that was found by its name.
            if let Some((_, file, line, name, other)) = uses.min() {
                let _ = writeln!(said, "  {from} -> {to}: {file}:{line} uses `{name}` of {other}");
            }
        }
        said
    }
}

/// A circle that is known: the crate, the folder, what of it is in the circle, and why.
pub(crate) type KnownCircle = (&'static str, &'static str, &'static [&'static str], &'static str);

/// The sets that are known of a folder of a crate.
pub(crate) fn known_in(known: &[KnownCircle], name: &str, folder: &str) -> Vec<BTreeSet<String>> {
    known
        .iter()
        .filter(|(of, at, _, _)| *of == name && *at == folder)
        .map(|(_, _, members, _)| members.iter().map(|member| (*member).to_owned()).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Circles by folder of made-up sources.
    fn circles(files: &[(&str, &str)]) -> BTreeMap<String, Vec<Vec<String>>> {
        let sources = parse(files);
        let mut found = BTreeMap::new();
        for level in levels(&sources) {
            let circles: Vec<Vec<String>> =
                level.circles().into_iter().map(|c| c.into_iter().collect()).collect();
            if !circles.is_empty() {
                found.insert(level.folder, circles);
            }
        }
        found
    }

    fn parse(files: &[(&str, &str)]) -> Sources {
        let texts = files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        Sources::parse(&texts, &BTreeSet::new())
    }

    const ROOT: (&str, &str) = ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B;");

    /// Whether `a.rs` and `b.rs` are a circle, and there is no other.
    fn is_circle(a: &str, b: &str) -> bool {
        let found = circles(&[ROOT, ("a.rs", a), ("b.rs", b)]);
        assert!(
            found.is_empty()
                || found == BTreeMap::from([(String::new(), vec![vec!["a".into(), "b".into()]])]),
            "{found:?}"
        );
        !found.is_empty()
    }

    #[test]
    fn one_way_is_no_circle() {
        assert!(!is_circle("pub struct A;", "use crate::a::A; pub struct B(A);"));
        assert!(!is_circle(
            "use std::fmt::Debug; pub struct A; /// [`crate::B`]\n pub fn f() {}",
            "use crate::a::A; pub struct B(A);"
        ));
        // For tests only.
        assert!(!is_circle(
            "pub struct A; #[cfg(test)] mod tests { use crate::b::B; }",
            "use crate::A; pub struct B(A);"
        ));
        assert!(!is_circle(
            "pub struct A; impl A { #[cfg(test)] fn f(b: &crate::B) {} }",
            "use crate::A; pub struct B(A);"
        ));
        // Visibility is no use, and names of the standard library say nothing.
        assert!(!is_circle(
            "pub struct A; impl A { pub(in crate::b) fn push(&self) {} }",
            "pub struct B; fn f(v: Vec<u8>) { v.push(0) }"
        ));
    }

    #[test]
    fn by_imports_and_paths() {
        assert!(is_circle("use crate::b::B; pub struct A;", "use crate::a::A; pub struct B;"));
        assert!(is_circle(
            "use crate::{b::{self, B}, a}; pub struct A;",
            "use super::a::A as Other; pub struct B;"
        ));
        assert!(is_circle(
            "pub struct A; fn f() -> crate::b::B { loop {} }",
            "pub struct B; fn f(a: super::a::A) {}"
        ));
        assert!(is_circle(
            "pub struct A; fn f() { assert!(crate::b::g(1)) }",
            "use crate::a::*; pub fn g(a: A) {}  pub struct B;"
        ));
        assert!(is_circle(
            "pub struct A; fn f() { use crate::b::g; g() }",
            "use crate::a::*; pub fn g() {} pub struct B;"
        ));
        assert!(is_circle(
            "macro_rules! m { () => { $crate::b::B } } pub struct A;",
            "pub struct B; fn f() { m!() }"
        ));
    }

    #[test]
    fn by_re_exports() {
        assert!(is_circle("use crate::B; pub struct A;", "use crate::A; pub struct B;"));
        assert!(is_circle("pub use crate::B as C; pub struct A;", "pub struct B; fn f(a: crate::A) {}"));
        // The name is that of another folder's file, which its root gives on.
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a/mod.rs", "mod inner; pub use inner::*;"),
            ("a/inner.rs", "pub struct Inner; pub fn f() { crate::b::g() }"),
            ("b.rs", "use crate::a::Inner; pub fn g() {} pub fn h(_: Inner) {}"),
        ];
        assert_eq!(circles(&files), BTreeMap::from([(String::new(), vec![vec!["a".into(), "b".into()]])]));
        let said = levels(&parse(&files))[0].complaints(&[]);
        assert!(said.contains("a/inner.rs:1 uses `g` of b.rs"), "{said}");
        assert!(said.contains("b.rs:1 uses `Inner` of a/inner.rs"), "{said}");
    }

    #[test]
    fn by_methods() {
        // By a name that one file defines.
        assert!(!is_circle(
            "pub struct A; impl A { pub fn far(&self) {} }",
            "pub struct B; use crate::A; impl A { fn own(&self) { self.far() } }"
        ));
        assert!(is_circle(
            "pub struct A; impl A { pub fn f(&self, x: &u8) { x.of_b() } }",
            "use crate::A; pub struct B; impl B { fn of_b(&self) {} }"
        ));
        // By the type of a parameter, a field, `self` and what a method gives, though the name is common.
        assert!(is_circle(
            "pub struct A; impl A { pub fn f(&self) { self.push() } }",
            "use crate::A; pub struct B; impl A { fn push(&self) {} }"
        ));
        assert!(is_circle(
            "pub struct A; pub fn f(a: &A) { a.push() }",
            "use crate::A; pub struct B; impl A { fn push(&self) {} }"
        ));
        assert!(is_circle(
            "pub struct A(C); struct C; impl A { fn f(&self) { self.0.push() } }",
            "use crate::a::C; pub struct B; impl C { fn push(&self) {} }"
        ));
        assert!(is_circle(
            "pub struct A; impl A { fn me(&self) -> &Self { self } fn f(&self) { self.me().push() } }",
            "use crate::A; pub struct B; impl A { fn push(&self) {} }"
        ));
        assert!(is_circle(
            "pub struct A; impl A { fn f() { Self::made() } }",
            "use crate::A; pub struct B; impl A { fn made() {} }"
        ));
        assert!(is_circle(
            "pub struct A; impl A { fn f() { A::made() } }",
            "use crate::A; pub struct B; impl A { fn made() {} }"
        ));
        // A trait defines its methods, not what implements it.
        assert!(is_circle(
            "pub struct A; pub fn f(x: u8) { x.of_b() }",
            "pub trait B { fn of_b(&self); } impl B for crate::A { fn of_b(&self) {} }"
        ));
    }

    #[test]
    fn inside_a_folder_and_below_it() {
        let files = [
            ("lib.rs", "mod a;"),
            ("a.rs", "mod x; mod y; pub struct A;"),
            ("a/x.rs", "use super::A; pub use crate::a::y::Y;"),
            ("a/y/mod.rs", "mod p; mod q; pub struct Y; pub use p::P;"),
            ("a/y/p.rs", "pub struct P; use super::q::Q;"),
            ("a/y/q.rs", "pub struct Q; use super::P; use crate::a::x;"),
        ];
        let found = circles(&files);
        assert_eq!(found["a"], [["x", "y"]]);
        assert_eq!(found["a/y"], [["p", "q"]]);
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn what_is_known_may_shrink_and_not_grow() {
        let sources =
            parse(&[ROOT, ("a.rs", "use crate::B; pub struct A;"), ("b.rs", "use crate::A; pub struct B;")]);
        let levels = levels(&sources);
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(levels[0].complaints(&[set(&["a", "b"])]), "");
        assert!(levels[0].complaints(&[]).contains("a circle"));
        assert!(levels[0].complaints(&[set(&["a", "b", "c"])]).contains("no more than [{\"a\", \"b\"}]"));
        assert!(levels[0].complaints(&[set(&["a", "b"]), set(&["c", "d"])]).contains("no more than []"));
    }
}
