//! Which file of a crate uses which other: by imports, by paths in code, and by methods.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Expr, ImplItem, Item, Pat};

use super::sources::{Key, Sources, Target, attributes, is_test, line, names};

/// A use: the name that was written, and the line of the file that uses.
pub(crate) type Use = (String, usize);

/// From one file to another, the uses that lead there.
pub(crate) type Edges = BTreeMap<String, BTreeMap<String, BTreeSet<Use>>>;

/// Methods of the standard library that types of ours have too. Where the type of a receiver is not known, such a name says
/// nothing about which is meant, though only one file of ours may define it.
const OF_THE_STANDARD_LIBRARY: &str = "\
    abs acos acosh add add_assign all and_then any append as_bytes as_mut as_ptr as_ref as_slice as_str asin asinh atan \
    atan2 atanh borrow borrow_mut by_ref bytes call capacity cast cbrt ceil chain chars chunks clamp clear clone cloned \
    cmp collect column concat contains copied copy_from_slice copysign cos cosh count dedup default div div_euclid drain \
    drop ends_with entries entry eq err exp exp2 exp_m1 extend file fill filter find finish finish_non_exhaustive first \
    first_mut flatten floor flush fmt fold fract from get get_mut hypot index index_mut insert into into_iter \
    is_alphabetic is_ascii is_empty is_finite is_infinite is_nan is_none is_normal is_sign_negative is_sign_positive \
    is_some iter iter_mut join keys last last_mut leading_zeros len line lines ln ln_1p load lock log log10 log2 map \
    map_err max max_by midpoint min min_by mul mul_add name ne neg new next nth ok or_else parse partial_cmp peek pop \
    position pow powf powi product pull push range read read_exact recip rem rem_euclid remove repeat replace reserve \
    reset resize retain rev reverse rotate_left round seek set signum sin sin_cos sinh skip sort sort_by sort_unstable \
    splice split sqrt start starts_with step_by store sub sum swap swap_remove take tan tanh then to_bits to_degrees \
    to_owned to_radians to_string total_cmp trim trunc truncate unwrap_or windows with write write_all write_str zip";

/// Every use of one file of the crate in another, by the items of each module; the root's are left out.
pub(crate) fn edges(sources: &Sources, items: &[Vec<Item>], below: &BTreeSet<String>) -> Edges {
    let ambiguous = OF_THE_STANDARD_LIBRARY.split_whitespace().map(str::to_owned).collect();
    let mut edges = Edges::new();
    for (at, module) in sources.modules.iter().enumerate() {
        if module.file == "lib.rs" {
            continue;
        }
        let (itself, types) = (None, BTreeMap::new());
        let mut found =
            Finder { sources, below, ambiguous: &ambiguous, at, itself, types, edges: &mut edges };
        for import in &module.imports {
            let target = sources.resolve(at, &import.path);
            found.reach(target, import.path.last().map_or("*", String::as_str), import.line);
        }
        items[at].iter().for_each(|item| found.visit_item(item));
    }
    edges
}

struct Finder<'a> {
    sources: &'a Sources,
    below: &'a BTreeSet<String>,
    ambiguous: &'a BTreeSet<String>,
    at: usize,
    /// What `Self` is.
    itself: Option<Key>,
    /// Variables whose types are known.
    types: BTreeMap<String, Key>,
    edges: &'a mut Edges,
}

impl Finder<'_> {
    fn add(&mut self, to: &str, name: &str, line: usize) {
        let from = &self.sources.modules[self.at].file;
        if from != to && to != "lib.rs" {
            let uses = self.edges.entry(from.clone()).or_default().entry(to.to_owned()).or_default();
            uses.insert((name.to_owned(), line));
        }
    }

    fn reach(&mut self, target: Option<Target>, name: &str, line: usize) {
        match target {
            Some(Target::Module(module)) => self.add(&self.sources.modules[module].file, name, line),
            Some(Target::Item((module, item), behind)) => {
                self.add(&self.sources.modules[module].file, &item, line);
                if let Some(method) = behind.first() {
                    self.method_of(&(module, item), method, line);
                }
            }
            None => {}
        }
    }

    fn path(&mut self, path: &[String], line: usize) {
        if let ([first, method, ..], Some(itself)) = (path, self.itself.clone())
            && first == "Self"
        {
            self.method_of(&itself, method, line);
        } else if let [name] = path
            && self.types.contains_key(name)
        {
            // A variable.
        } else {
            let target = self.sources.resolve(self.at, path);
            self.reach(target, path.last().map_or("", String::as_str), line);
        }
    }

    /// A method of a type of ours; whether there is one.
    fn method_of(&mut self, of: &Key, name: &str, line: usize) -> bool {
        let Some(method) = self.sources.methods.get(&(of.clone(), name.to_owned())) else { return false };
        self.add(&method.file, &format!("{}::{name}", of.1), line);
        true
    }

    /// A method of whatever type, by its name.
    fn method(&mut self, name: &str, line: usize) {
        if self.ambiguous.contains(name) || self.below.contains(name) {
            return;
        }
        if let Some(files) = self.sources.by_name.get(name)
            && files.len() == 1
        {
            let file = files.first().cloned().unwrap_or_default();
            self.add(&file, &format!(".{name}()"), line);
        }
    }

    /// The type of an expression, where it is written down.
    fn type_of(&self, expression: &Expr) -> Option<Key> {
        match expression {
            Expr::Path(path) => match &*names(&path.path) {
                [name] if name == "self" => self.itself.clone(),
                [name] => self.types.get(name).cloned(),
                _ => None,
            },
            Expr::Field(field) => {
                let of = self.type_of(&field.base)?;
                let name = match &field.member {
                    syn::Member::Named(name) => name.to_string(),
                    syn::Member::Unnamed(index) => index.index.to_string(),
                };
                self.sources.fields.get(&(of, name)).cloned()
            }
            Expr::MethodCall(call) => {
                let of = self.type_of(&call.receiver)?;
                self.sources.methods.get(&(of, call.method.to_string()))?.gives.clone()
            }
            Expr::Call(call) => {
                let Expr::Path(path) = &*call.func else { return None };
                let path = names(&path.path);
                let (method, of) = path.split_last()?;
                let of = self.named(of)?;
                self.sources.methods.get(&(of, method.clone()))?.gives.clone()
            }
            Expr::Struct(of) => self.named(&names(&of.path)),
            Expr::Reference(to) => self.type_of(&to.expr),
            Expr::Paren(inner) => self.type_of(&inner.expr),
            Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => self.type_of(&unary.expr),
            _ => None,
        }
    }

    fn named(&self, path: &[String]) -> Option<Key> {
        self.sources.named(self.at, self.itself.as_ref(), path)
    }

    fn within(&mut self, itself: Option<Key>, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.itself, itself);
        visit(self);
        self.itself = before;
    }

    fn within_function(&mut self, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::take(&mut self.types);
        visit(self);
        self.types = before;
    }

    /// A macro of ours that is called; whether it is one.
    fn called(&mut self, path: &[String], line: usize) -> bool {
        let Some(name) = path.last().filter(|_| path.len() == 1 || path[0] == "crate") else { return false };
        let Some(files) = self.sources.macros.get(name).filter(|files| files.len() == 1) else {
            return false;
        };
        let file = files.first().cloned().unwrap_or_default();
        self.add(&file, &format!("{name}!"), line);
        true
    }

    /// What is written in a macro: paths, and calls of methods.
    fn tokens(&mut self, tokens: TokenStream, prefix: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: usize, what: char| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == what);
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Ident(first) => {
                    let (dot, start) = (at > 0 && is(at - 1, '.'), line(first.span()));
                    let mut path = [prefix, &[first.to_string()]].concat();
                    at += 1;
                    while is(at, ':') && is(at + 1, ':') {
                        match tokens.get(at + 2) {
                            Some(TokenTree::Ident(next)) => path.push(next.to_string()),
                            Some(TokenTree::Group(of)) if of.delimiter() == Delimiter::Brace => {
                                self.tokens(of.stream(), &path);
                                at += 1;
                                break;
                            }
                            _ => break,
                        }
                        at += 3;
                    }
                    let called = matches!(tokens.get(at), Some(TokenTree::Group(of)) if of.delimiter() == Delimiter::Parenthesis);
                    if dot && called && path.len() == 1 {
                        let of_self =
                            at > 2 && matches!(&tokens[at - 3], TokenTree::Ident(of) if of == "self");
                        let known = self.itself.clone().filter(|_| of_self);
                        if !known.is_some_and(|known| self.method_of(&known, &path[0], start)) {
                            self.method(&path[0], start);
                        }
                    } else if is(at, '!') && self.called(&path, start) {
                        // What is handed to it comes next.
                    } else if path.len() > 1 && !dot {
                        self.path(&path, start);
                    }
                }
                TokenTree::Group(of) => {
                    // A list of names behind a path, or code of its own.
                    self.tokens(of.stream(), &[]);
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if attributes(item).is_some_and(is_test) {
            return;
        }
        match item {
            Item::Impl(of) => {
                let itself = self.sources.key(self.at, None, &of.self_ty);
                self.within(itself, |finder| visit::visit_item(finder, item));
            }
            Item::Trait(of) => {
                let itself = Some((self.at, of.ident.to_string()));
                self.within(itself, |finder| visit::visit_item(finder, item));
            }
            Item::Use(inner) => {
                // Inside a function: those of modules have been read.
                let mut imports = Vec::new();
                super::sources::flatten(&inner.tree, &mut Vec::new(), &mut imports);
                for import in imports {
                    let target = self.sources.resolve(self.at, &import.path);
                    self.reach(target, import.path.last().map_or("*", String::as_str), import.line);
                }
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if !matches!(item, ImplItem::Fn(inner) if is_test(&inner.attrs)) {
            self.within_function(|finder| visit::visit_impl_item(finder, item));
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.within_function(|finder| visit::visit_item_fn(finder, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.within_function(|finder| visit::visit_trait_item_fn(finder, item));
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        visit::visit_signature(self, signature);
        for input in &signature.inputs {
            if let syn::FnArg::Typed(input) = input
                && let Pat::Ident(name) = &*input.pat
            {
                self.variable(
                    name.ident.to_string(),
                    self.sources.key(self.at, self.itself.as_ref(), &input.ty),
                );
            }
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let before = self.types.clone();
        visit::visit_block(self, block);
        self.types = before;
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        visit::visit_local(self, local);
        let (pattern, written) = match &local.pat {
            Pat::Type(typed) => (&*typed.pat, self.sources.key(self.at, self.itself.as_ref(), &typed.ty)),
            pattern => (pattern, None),
        };
        if let Pat::Ident(name) = pattern {
            let given = || self.type_of(&local.init.as_ref()?.expr);
            self.variable(name.ident.to_string(), written.or_else(given));
        }
    }

    fn visit_pat_ident(&mut self, name: &'ast syn::PatIdent) {
        self.types.remove(&name.ident.to_string());
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none()
            && let Some(first) = path.segments.first()
        {
            self.path(&names(path), line(first.ident.span()));
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let (name, at) = (call.method.to_string(), line(call.method.span()));
        let known = self.type_of(&call.receiver);
        if !known.is_some_and(|known| self.method_of(&known, &name, at)) {
            self.method(&name, at);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let (path, at) = (names(&call.path), line(call.path.segments[0].ident.span()));
        if !self.called(&path, at) {
            self.path(&path, at);
        }
        // A macro that is handed to another one.
        if let Some(TokenTree::Ident(handed)) = call.tokens.clone().into_iter().next()
            && !call.path.is_ident("macro_rules")
        {
            self.called(&[handed.to_string()], at);
        }
        self.tokens(call.tokens.clone(), &[]);
    }
}

impl Finder<'_> {
    fn variable(&mut self, name: String, known: Option<Key>) {
        match known {
            Some(key) => self.types.insert(name, key),
            None => self.types.remove(&name),
        };
    }
}
