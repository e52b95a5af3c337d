//! How large files and functions may be, and that a name means one type.
//!
//! Lists of what is larger may only shrink: what is not larger any more must leave them.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};

use super::sources::{files, is_test, line};
use super::tokens::all;

const LINES_OF_A_FILE: usize = 600;
const LINES_OF_A_FUNCTION: usize = 80;
const COLUMNS: usize = 130;

/// Functions that are longer, and how long they may be: an example, which is read from above.
const LONG_FUNCTIONS: &[(&str, usize)] = &[("crates/wengert/examples/sparse_newton/main.rs: main", 98)];

#[test]
fn files_are_short() {
    let long: BTreeMap<String, usize> = files("crates")
        .iter()
        .map(|(file, text)| (file.clone(), text.lines().count()))
        .filter(|(_, n)| *n > LINES_OF_A_FILE)
        .collect();
    may_shrink(&long, &[]);
}

#[test]
fn lines_are_short() {
    let count = |text: &str| text.lines().filter(|line| line.chars().count() > COLUMNS).count();
    let wide = files("crates")
        .iter()
        .map(|(file, text)| (file.clone(), count(text)))
        .filter(|(_, n)| *n > 0)
        .collect();
    may_shrink(&wide, &[]);
}

/// Functions by file and name, and their lines from `fn` to the last brace; and the types that are defined outside tests.
#[derive(Default)]
struct Found {
    file: String,
    inside: usize,
    functions: BTreeMap<(String, String), usize>,
    types: BTreeMap<String, BTreeSet<(String, usize)>>,
}

impl Found {
    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let lines = line(block.brace_token.span.close()) + 1 - line(signature.fn_token.span);
        let longest = self.functions.entry((self.file.clone(), signature.ident.to_string())).or_default();
        *longest = lines.max(*longest);
    }

    fn named(&mut self, name: &syn::Ident) {
        if self.inside > 0 {
            return;
        }
        self.types.entry(name.to_string()).or_default().insert((self.file.clone(), line(name.span())));
    }
}

impl<'ast> Visit<'ast> for Found {
    fn visit_block(&mut self, block: &'ast syn::Block) {
        // A type inside a function has a name for nobody else.
        self.inside += 1;
        visit::visit_block(self, block);
        self.inside -= 1;
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.named(&item.ident);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.named(&item.ident);
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        self.named(&item.ident);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.named(&item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.named(&item.ident);
    }
}

fn found(places: impl Iterator<Item = (String, String)>) -> Found {
    let mut found = Found::default();
    for (file, text) in places {
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        found.file = file;
        found.visit_file(&parsed);
    }
    found
}

#[test]
fn functions_are_short() {
    let functions = found(files("crates").into_iter()).functions;
    let long = functions.into_iter().filter(|(_, lines)| *lines > LINES_OF_A_FUNCTION);
    let long = long.map(|((file, name), lines)| (format!("{file}: {name}"), lines)).collect();
    may_shrink(&long, LONG_FUNCTIONS);
}

/// A name that means one thing in one file and another in the next has to be looked up in each.
#[test]
fn a_name_means_one_type() {
    let places = all().iter().map(|words| &words.file);
    let texts = places.flat_map(|file| files(file));
    let types = found(texts).types;
    assert!(types.len() > 150, "{}", types.len());
    let shared = types.iter().filter(|(_, places)| places.len() > 1);
    let shared = shared.map(|(name, places)| (name.clone(), places.len())).collect();
    may_shrink(&shared, &[]);
}

/// Nothing is found that is not known, or more of it; and nothing is known that is not there any more.
#[track_caller]
fn may_shrink(found: &BTreeMap<String, usize>, known: &[(&str, usize)]) {
    let known: BTreeMap<&str, usize> = known.iter().copied().collect();
    let more: Vec<_> =
        found.iter().filter(|(what, n)| known.get(&***what).is_none_or(|known| *n > known)).collect();
    assert!(more.is_empty(), "too much: {more:#?}");
    let less: Vec<_> =
        known.iter().filter(|(what, n)| found.get(**what).is_none_or(|found| found < n)).collect();
    assert!(less.is_empty(), "the list says more than there is: {less:#?}");
}
