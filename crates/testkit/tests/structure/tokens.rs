//! The words of the crates' sources, in a row, without comments and tests: for what is absent wherever it might stand.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Item;

use super::sources::{Sources, attributes, crates, files, is_test, line};

/// The words of one file. A bracket is a word, and so is each character of an operator.
pub(crate) struct Words {
    /// From the workspace's root.
    pub(crate) file: String,
    words: Vec<(String, usize)>,
}

/// Every file of every crate that is not for tests only; the crate `testkit` is.
pub(crate) fn published() -> impl Iterator<Item = &'static Words> {
    all().iter().filter(|words| !words.file.starts_with("crates/testkit/"))
}

/// Every file of every crate that is not behind `#[cfg(test)]`.
pub(crate) fn all() -> &'static [Words] {
    static ALL: OnceLock<Vec<Words>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all = Vec::new();
        for name in crates() {
            let folder = format!("crates/{name}/src/");
            let kept: BTreeSet<String> =
                Sources::of(&name).modules.iter().map(|module| format!("{folder}{}", module.file)).collect();
            let texts = files(&folder).into_iter().filter(|(file, _)| kept.contains(file));
            all.extend(texts.map(|(file, text)| Words::of(file, &text)));
        }
        all
    })
}

impl Words {
    fn of(file: String, text: &str) -> Self {
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut words = Vec::new();
        for attribute in &parsed.attrs {
            flatten(attribute.to_token_stream(), &mut words);
        }
        for item in untested(parsed.items) {
            flatten(item.to_token_stream(), &mut words);
        }
        Self { file, words }
    }

    /// The lines on which a row of words stands.
    pub(crate) fn lines_of(&self, what: &str) -> Vec<usize> {
        let mut asked = Vec::new();
        flatten(what.parse().unwrap_or_else(|error| panic!("{what}: {error}")), &mut asked);
        let found =
            self.words.windows(asked.len()).filter(|words| words.iter().zip(&asked).all(|(a, b)| a.0 == b.0));
        found.map(|words| words[0].1).collect()
    }

    pub(crate) fn has(&self, what: &str) -> bool {
        !self.lines_of(what).is_empty()
    }

    /// Each pair of names `first::second`, and each literal.
    pub(crate) fn pairs_and_literals(&self) -> BTreeSet<String> {
        let pairs = self.words.windows(4).filter(|words| words[1].0 == ":" && words[2].0 == ":");
        let pairs = pairs.map(|words| format!("{}::{}", words[0].0, words[3].0));
        let literals =
            self.words.iter().filter(|(word, _)| word.starts_with('"')).map(|(word, _)| word.clone());
        pairs.chain(literals).collect()
    }

    /// What stands between the first braces (or the brackets that begin so) behind a word, each time.
    pub(crate) fn blocks_behind(&self, first: &str, bracket: &str) -> Vec<&[(String, usize)]> {
        let starts = self.words.iter().enumerate().filter(|(_, (word, _))| word == first);
        starts.filter_map(|(at, _)| self.block(at, bracket)).collect()
    }

    /// What is between the first brackets of a kind behind a word, at its depth.
    fn block(&self, at: usize, bracket: &str) -> Option<&[(String, usize)]> {
        let (mut depth, mut open) = (0_usize, None);
        for (k, (word, _)) in self.words.iter().enumerate().skip(at + 1) {
            match &**word {
                word if depth == 0 && open.is_none() && word == bracket => {
                    open = Some(k + 1);
                    depth = 1;
                }
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0
                        && let Some(open) = open
                    {
                        return Some(&self.words[open..k]);
                    }
                }
                ";" if depth == 0 => return None,
                _ => {}
            }
        }
        None
    }

    /// Names of what is `static`, and the words of its type and value.
    pub(crate) fn statics(&self) -> Vec<String> {
        let named = self.words.windows(3).filter(|words| words[0].0 == "static" && words[2].0 == ":");
        named.map(|words| words[1].0.clone()).collect()
    }
}

/// Items without those that are for tests, at any depth of modules and implementations.
fn untested(items: Vec<Item>) -> Vec<Item> {
    let mut kept = Vec::new();
    for mut item in items {
        if attributes(&item).is_some_and(is_test) {
            continue;
        }
        match &mut item {
            Item::Mod(inner) => {
                if let Some((_, items)) = &mut inner.content {
                    *items = untested(std::mem::take(items));
                }
            }
            Item::Impl(inner) => {
                inner.items.retain(|item| !matches!(item, syn::ImplItem::Fn(inner) if is_test(&inner.attrs)));
            }
            _ => {}
        }
        kept.push(item);
    }
    kept
}

fn flatten(tokens: TokenStream, words: &mut Vec<(String, usize)>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                words.push((open.to_owned(), line(group.span_open())));
                flatten(group.stream(), words);
                words.push((close.to_owned(), line(group.span_close())));
            }
            token => words.push((token.to_string(), line(token.span()))),
        }
    }
}
