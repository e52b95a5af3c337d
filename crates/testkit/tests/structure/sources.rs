//! A crate's sources, parsed: its modules, what each defines and imports, and what can be said of methods without a compiler.
//!
//! Tests are left out: whatever is behind `#[cfg(test)]`, and so the files that only tests declare. This is *not* type checking:
//! the type of a receiver is known where it is written down, as `self`, a field, a parameter, or what a method of a known type
//! gives.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::{ImplItem, Item, TraitItem, Type, UseTree};

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folders of the crates, in order.
pub(crate) fn crates() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("src/lib.rs").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Rust files below a folder of the workspace, or that one file: path from the root, and text.
pub(crate) fn files(place: &str) -> Vec<(String, String)> {
    fn walk(path: PathBuf, found: &mut Vec<PathBuf>) {
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                walk(entry.unwrap().path(), found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    let mut found = Vec::new();
    walk(root().join(place), &mut found);
    found.sort();
    let name = |path: &Path| path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
    found.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// Whether something is compiled for tests only.
pub(crate) fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|what| what.is_ident("test")))
    })
}

/// What something is named by: the module, by its place in [`Sources::modules`], and a name in it.
pub(crate) type Key = (usize, String);

/// One module. Modules that are written inside another's file are modules too, of the same file.
#[derive(Default)]
pub(crate) struct Module {
    pub(crate) path: Vec<String>,
    /// From the crate's `src`.
    pub(crate) file: String,
    pub(crate) parent: Option<usize>,
    pub(crate) inline: bool,
    pub(crate) children: BTreeMap<String, usize>,
    /// Names that are defined here.
    pub(crate) defined: BTreeSet<String>,
    pub(crate) imports: Vec<Import>,
}

/// One name of a `use`.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    /// What it is called here; none for `*`.
    pub(crate) name: Option<String>,
    pub(crate) line: usize,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Module(usize),
    /// A name in a module, followed by names that are looked up in it: a variant, an associated function.
    Item(Key, Vec<String>),
}

/// A method or an associated function.
#[derive(Clone, Debug)]
pub(crate) struct Method {
    pub(crate) file: String,
    /// The type of what it gives, where that is one of the crate.
    pub(crate) gives: Option<Key>,
}

/// A crate.
#[derive(Default)]
pub(crate) struct Sources {
    pub(crate) modules: Vec<Module>,
    /// By type or trait, and name.
    pub(crate) methods: BTreeMap<(Key, String), Method>,
    pub(crate) fields: BTreeMap<(Key, String), Key>,
    /// The files that define a method of some name, whatever its type. What implements a trait of this crate does not: the trait
    /// does.
    pub(crate) by_name: BTreeMap<String, BTreeSet<String>>,
    /// The files that define a macro.
    pub(crate) macros: BTreeMap<String, BTreeSet<String>>,
    pub(crate) edges: super::uses::Edges,
}

pub(crate) fn line(span: Span) -> usize {
    span.start().line
}

impl Sources {
    /// The sources of a crate of the workspace. All are read once, each after those that it depends on.
    pub(crate) fn of(name: &str) -> &'static Self {
        static READ: LazyLock<BTreeMap<String, Sources>> = LazyLock::new(|| {
            let mut read = BTreeMap::new();
            for name in crates() {
                Sources::read(&name, &mut read);
            }
            read
        });
        &READ[name]
    }

    fn read(name: &str, read: &mut BTreeMap<String, Self>) {
        if read.contains_key(name) {
            return;
        }
        let (mut below, mut open) = (BTreeSet::new(), dependencies(name));
        while let Some(other) = open.pop() {
            Self::read(&other, read);
            below.extend(read[&other].by_name.keys().cloned());
            open.extend(dependencies(&other));
        }
        let folder = format!("crates/{name}/src/");
        let texts = files(&folder).into_iter().map(|(path, text)| (path[folder.len()..].to_owned(), text));
        read.insert(name.to_owned(), Self::parse(&texts.collect(), &below));
    }

    /// Of texts by file. `below` are the names of methods that other crates define, which say nothing about this one.
    pub(crate) fn parse(texts: &BTreeMap<String, String>, below: &BTreeSet<String>) -> Self {
        let mut sources = Self::default();
        let mut items = Vec::new();
        let root = Module { file: "lib.rs".to_owned(), ..Module::default() };
        sources.add(root, parse_file("lib.rs", texts), texts, &mut items);
        sources.find_methods(&items);
        sources.edges = super::uses::edges(&sources, &items, below);
        sources
    }

    /// Adds a module and those in it; what else is in it goes to `kept`.
    fn add(
        &mut self,
        module: Module,
        items: Vec<Item>,
        texts: &BTreeMap<String, String>,
        kept: &mut Vec<Vec<Item>>,
    ) -> usize {
        let at = self.modules.len();
        self.modules.push(module);
        kept.push(Vec::new());
        for item in items {
            if attributes(&item).is_some_and(is_test) {
                continue;
            }
            let Item::Mod(inner) = item else {
                self.define(at, &item);
                kept[at].push(item);
                continue;
            };
            let name = inner.ident.to_string();
            let path = [&self.modules[at].path[..], std::slice::from_ref(&name)].concat();
            let inline = inner.content.is_some();
            let (file, items) = match inner.content {
                Some((_, items)) => (self.modules[at].file.clone(), items),
                None => found(&path, texts),
            };
            let module = Module { path, file, parent: Some(at), inline, ..Module::default() };
            let child = self.add(module, items, texts, kept);
            self.modules[at].children.insert(name, child);
        }
        at
    }

    fn define(&mut self, at: usize, item: &Item) {
        let module = &mut self.modules[at];
        let name = match item {
            Item::Const(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Fn(item) => &item.sig.ident,
            Item::Static(item) => &item.ident,
            Item::Struct(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::Type(item) => &item.ident,
            Item::Union(item) => &item.ident,
            Item::Macro(item) => {
                if let Some(name) = &item.ident {
                    self.macros.entry(name.to_string()).or_default().insert(module.file.clone());
                }
                return;
            }
            Item::Use(item) => {
                flatten(&item.tree, &mut Vec::new(), &mut module.imports);
                return;
            }
            _ => return,
        };
        module.defined.insert(name.to_string());
    }

    /// What a path leads to, seen from a module; nothing where it leads out of the crate.
    pub(crate) fn resolve(&self, at: usize, path: &[String]) -> Option<Target> {
        self.resolve_within(at, path, 0)
    }

    fn resolve_within(&self, at: usize, path: &[String], depth: usize) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let target = match first.as_str() {
            "crate" => Target::Module(0),
            "self" => Target::Module(at),
            "super" => Target::Module(self.modules[at].parent?),
            name => self.find(at, name, rest.is_empty(), depth)?,
        };
        let mut target = target;
        for (done, name) in rest.iter().enumerate() {
            let Target::Module(module) = target else {
                let Target::Item(key, mut behind) = target else { unreachable!() };
                behind.extend(rest[done..].iter().cloned());
                return Some(Target::Item(key, behind));
            };
            target = match self.find(module, name, done + 1 == rest.len(), depth) {
                _ if name == "super" => Target::Module(self.modules[module].parent?),
                Some(target) => target,
                // What a macro defines is found in no list: it is taken to be where it is looked for, unless that is the root.
                None if module == 0 => match self.macros.get(name) {
                    Some(files) if files.len() == 1 => {
                        let file = files.first()?;
                        let module = self.modules.iter().position(|m| !m.inline && m.file == *file)?;
                        Target::Item((module, name.clone()), Vec::new())
                    }
                    _ => return None,
                },
                None if self.leads_out(module, name) => return None,
                None => Target::Item((module, name.clone()), Vec::new()),
            };
        }
        Some(target)
    }

    /// Whether a module imports a name from another crate.
    fn leads_out(&self, module: usize, name: &str) -> bool {
        self.modules[module].imports.iter().any(|import| import.name.as_deref() == Some(name))
    }

    /// A name in the scope of a module.
    fn find(&self, at: usize, name: &str, last: bool, depth: usize) -> Option<Target> {
        if depth > 12 {
            return None;
        }
        let module = &self.modules[at];
        let child = module.children.get(name).map(|child| Target::Module(*child));
        let item = module.defined.contains(name).then(|| Target::Item((at, name.to_owned()), Vec::new()));
        let own = if last { item.or(child) } else { child.or(item) };
        if own.is_some() {
            return own;
        }
        for import in &module.imports {
            let from = match &import.name {
                Some(own) if own == name && import.path.first().is_some_and(|first| first != name) => {
                    self.resolve_within(at, &import.path, depth + 1)
                }
                None => match self.resolve_within(at, &import.path, depth + 1) {
                    Some(Target::Module(from)) if from != at => self.find(from, name, last, depth + 1),
                    _ => None,
                },
                _ => None,
            };
            if from.is_some() {
                return from;
            }
        }
        None
    }

    /// The type of the crate that a type is, or points to.
    pub(crate) fn key(&self, at: usize, itself: Option<&Key>, what: &Type) -> Option<Key> {
        match what {
            Type::Reference(to) => self.key(at, itself, &to.elem),
            Type::Paren(of) => self.key(at, itself, &of.elem),
            Type::Group(of) => self.key(at, itself, &of.elem),
            Type::Path(path) if path.qself.is_none() => self.named(at, itself, &names(&path.path)),
            Type::TraitObject(of) => self.bound(at, of.bounds.first()?),
            Type::ImplTrait(of) => self.bound(at, of.bounds.first()?),
            _ => None,
        }
    }

    /// The type of the crate that a path names.
    pub(crate) fn named(&self, at: usize, itself: Option<&Key>, path: &[String]) -> Option<Key> {
        if path == ["Self"] {
            return itself.cloned();
        }
        match self.resolve(at, path)? {
            Target::Item(key, behind) if behind.is_empty() => Some(key),
            _ => None,
        }
    }

    fn bound(&self, at: usize, bound: &syn::TypeParamBound) -> Option<Key> {
        let syn::TypeParamBound::Trait(of) = bound else { return None };
        match self.resolve(at, &names(&of.path))? {
            Target::Item(key, _) => Some(key),
            Target::Module(_) => None,
        }
    }

    /// `items` are those of each module.
    fn find_methods(&mut self, items: &[Vec<Item>]) {
        for (at, item) in
            items.iter().enumerate().flat_map(|(at, items)| items.iter().map(move |item| (at, item)))
        {
            match item {
                Item::Impl(of) => {
                    let owner = self.key(at, None, &of.self_ty);
                    let given = of.trait_.as_ref().map(|(path, _)| self.resolve(at, &names(path)));
                    for inner in of.items.iter().filter_map(inherent) {
                        match given {
                            None => self.add_method(at, owner.as_ref(), inner),
                            // Of another crate's trait.
                            Some(None) => self.add_method(at, None, inner),
                            // A trait of this crate defines its methods.
                            Some(Some(_)) => {}
                        }
                    }
                }
                Item::Trait(of) => {
                    let owner = (at, of.ident.to_string());
                    for inner in &of.items {
                        if let TraitItem::Fn(inner) = inner {
                            self.add_method(at, Some(&owner), &inner.sig);
                        }
                    }
                }
                Item::Macro(of) => {
                    for name in methods_in(of.mac.tokens.clone()) {
                        self.by_name.entry(name).or_default().insert(self.modules[at].file.clone());
                    }
                }
                Item::Struct(of) => {
                    let owner = (at, of.ident.to_string());
                    for (k, field) in of.fields.iter().enumerate() {
                        let name = field.ident.as_ref().map_or(k.to_string(), ToString::to_string);
                        if let Some(key) = self.key(at, Some(&owner), &field.ty) {
                            self.fields.insert((owner.clone(), name), key);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn add_method(&mut self, at: usize, owner: Option<&Key>, signature: &syn::Signature) {
        let name = signature.ident.to_string();
        let file = self.modules[at].file.clone();
        if signature.receiver().is_some() {
            self.by_name.entry(name.clone()).or_default().insert(file.clone());
        }
        if let Some(owner) = owner {
            let gives = match &signature.output {
                syn::ReturnType::Type(_, what) => self.key(at, Some(owner), what),
                syn::ReturnType::Default => None,
            };
            self.methods.insert((owner.clone(), name), Method { file, gives });
        }
    }
}

/// Names of methods that are written in a macro.
fn methods_in(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => found.extend(methods_in(group.stream())),
            TokenTree::Ident(word) if word == "fn" => {
                let takes = tokens[at + 1..].iter().find_map(|token| match token {
                    TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                        Some(group.stream())
                    }
                    _ => None,
                });
                let is_self = |token: TokenTree| matches!(token, TokenTree::Ident(word) if word == "self");
                if let Some(TokenTree::Ident(name)) = tokens.get(at + 1)
                    && takes.is_some_and(|takes| takes.into_iter().take(4).any(is_self))
                {
                    found.push(name.to_string());
                }
            }
            _ => {}
        }
    }
    found
}

fn inherent(item: &ImplItem) -> Option<&syn::Signature> {
    match item {
        ImplItem::Fn(inner) if !is_test(&inner.attrs) => Some(&inner.sig),
        _ => None,
    }
}

/// The names of a path.
pub(crate) fn names(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

fn parse_file(path: &str, texts: &BTreeMap<String, String>) -> Vec<Item> {
    let text = texts.get(path).unwrap_or_else(|| panic!("no file {path}"));
    syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}")).items
}

/// The file of a module that is declared by name, and what is in it.
fn found(path: &[String], texts: &BTreeMap<String, String>) -> (String, Vec<Item>) {
    let place = path.join("/");
    let file =
        [format!("{place}.rs"), format!("{place}/mod.rs")].into_iter().find(|file| texts.contains_key(file));
    let file = file.unwrap_or_else(|| panic!("no file of the module {place}"));
    let items = parse_file(&file, texts);
    (file, items)
}

pub(crate) fn flatten(tree: &UseTree, prefix: &mut Vec<String>, imports: &mut Vec<Import>) {
    let mut push = |path: &[String], name: Option<String>, span: Span| {
        imports.push(Import { path: path.to_vec(), name, line: line(span) });
    };
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            flatten(&path.tree, prefix, imports);
            prefix.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            push(prefix, prefix.last().cloned(), name.ident.span());
        }
        UseTree::Name(name) => {
            let last = name.ident.to_string();
            push(&[&prefix[..], std::slice::from_ref(&last)].concat(), Some(last), name.ident.span());
        }
        UseTree::Rename(name) if name.ident == "self" => {
            push(prefix, Some(name.rename.to_string()), name.ident.span());
        }
        UseTree::Rename(name) => {
            let path = [&prefix[..], &[name.ident.to_string()]].concat();
            push(&path, Some(name.rename.to_string()), name.ident.span());
        }
        UseTree::Glob(star) => push(prefix, None, star.star_token.spans[0]),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, prefix, imports)),
    }
}

/// The attributes of an item.
pub(crate) fn attributes(item: &Item) -> Option<&[syn::Attribute]> {
    Some(match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => return None,
    })
}

/// The crates of the workspace on which one depends, tests aside.
fn dependencies(name: &str) -> Vec<String> {
    let manifest = fs::read_to_string(root().join(format!("crates/{name}/Cargo.toml"))).unwrap();
    let depends = manifest
        .split("\n[dependencies]")
        .nth(1)
        .and_then(|rest| rest.split("\n[").next())
        .unwrap_or_default();
    let package =
        |other: &str| if other == "wengert" { other.to_owned() } else { format!("wengert-{other}") };
    let is_named = |other: &String| {
        let package = package(other);
        depends
            .lines()
            .any(|line| line.strip_prefix(&*package).is_some_and(|rest| rest.starts_with(['.', ' '])))
    };
    crates().into_iter().filter(is_named).collect()
}
