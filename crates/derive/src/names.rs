//! Where the name of a generic parameter stands in a type or a bound, and what stands there instead.
//!
//! The walk goes over tokens and not over a syntax tree, because a tree does not see into the arguments of a macro, and
//! because both things asked of it, whether a name occurs and what replaces it, ask nothing of the grammar around it.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::GenericParam;
use syn::ext::IdentExt;

/// The name of a parameter as [`occur`] compares it: a lifetime with its apostrophe, an identifier without `r#`.
pub(crate) fn of(parameter: &GenericParam) -> String {
    match parameter {
        GenericParam::Lifetime(lifetime) => lifetime.lifetime.to_string(),
        GenericParam::Type(ty) => ty.ident.unraw().to_string(),
        GenericParam::Const(constant) => constant.ident.unraw().to_string(),
    }
}

/// Whether one of these names occurs.
pub(crate) fn occur(tokens: TokenStream, names: &[String]) -> bool {
    let mut found = false;
    walk(tokens, &mut |name, _| {
        found |= names.contains(name);
        None
    });
    found
}

/// The tokens with `instead` at each place of the type parameter `name`.
pub(crate) fn replaced(tokens: TokenStream, name: &str, instead: &TokenStream) -> TokenStream {
    walk(tokens, &mut |found, _| (found == name).then(|| instead.clone()))
}

/// The first place where an associated type is asked of the parameter `name` alone, as in `T::Output`.
pub(crate) fn projection(tokens: TokenStream, name: &str) -> Option<Ident> {
    let mut place = None;
    walk(tokens, &mut |found, identifier| {
        if found == name && identifier.asked && place.is_none() {
            place = Some(identifier.token.clone());
        }
        None
    });
    place
}

/// An identifier on the walk.
struct Spot<'a> {
    token: &'a Ident,
    /// Whether `::` follows.
    asked: bool,
}

/// Copies the tokens, with what `f` gives in place of an identifier that may be a parameter's name.
fn walk(tokens: TokenStream, f: &mut dyn FnMut(&String, Spot<'_>) -> Option<TokenStream>) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut copy = TokenStream::new();
    for (k, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), walk(group.stream(), f));
                inner.set_span(group.span());
                copy.extend([TokenTree::Group(inner)]);
            }
            TokenTree::Ident(token) => {
                let place = Spot { token, asked: punctuation(&trees, k + 1) == "::" };
                let instead = name_at(&trees, k, token).and_then(|name| f(&name, place));
                copy.extend(instead.unwrap_or_else(|| tree.clone().into()));
            }
            _ => copy.extend([tree.clone()]),
        }
    }
    copy
}

/// The name that the identifier at `k` may be a parameter's by; `None` where it is a segment inside a path, as in
/// `module::T`, or the name of an associated type or an argument, as in `Iterator<T = u8>` and `fn(T: u8)`.
fn name_at(trees: &[TokenTree], k: usize, token: &Ident) -> Option<String> {
    match k.checked_sub(1).and_then(|before| trees.get(before)) {
        Some(TokenTree::Punct(before)) if before.as_char() == '\'' => return Some(format!("'{token}")),
        Some(TokenTree::Punct(before)) if before.as_char() == ':' && k > 1 => {
            if matches!(&trees[k - 2], TokenTree::Punct(first) if first.as_char() == ':') {
                return None;
            }
        }
        _ => {}
    }
    (!matches!(punctuation(trees, k + 1).as_str(), "=" | ":")).then(|| token.unraw().to_string())
}

/// Up to two characters of punctuation from `k` on.
fn punctuation(trees: &[TokenTree], k: usize) -> String {
    let characters = trees.iter().skip(k).map_while(|tree| match tree {
        TokenTree::Punct(punct) => Some(punct.as_char()),
        _ => None,
    });
    characters.take(2).collect()
}
