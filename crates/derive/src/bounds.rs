//! The generic parameters and the bounds of the implementation.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Error, GenericParam, Generics, Result, Token, TypeParam, TypeParamBound, WherePredicate};

use crate::names;
use crate::part::{Part, Role};

/// The generic parameters of an item, seen from its number type.
pub(crate) struct Bounds<'a> {
    generics: &'a Generics,
    number: &'a TypeParam,
    number_name: String,
    /// The names of the other parameters.
    others: Vec<String>,
}

impl<'a> Bounds<'a> {
    pub(crate) fn new(generics: &'a Generics, number: &'a TypeParam) -> Self {
        let number_name = number.ident.unraw().to_string();
        let others = generics.params.iter().map(names::of).filter(|name| *name != number_name).collect();
        Self { generics, number, number_name, others }
    }

    /// A name for the other number type that nothing in the item's generics has.
    pub(crate) fn fresh(&self, item: &Ident) -> Ident {
        let Generics { params, where_clause, .. } = self.generics;
        let tokens = quote!(#params #where_clause);
        let is_free = |name: &String| {
            item.unraw() != name
                && params.iter().all(|parameter| names::of(parameter) != *name)
                && !names::occur(tokens.clone(), std::slice::from_ref(name))
        };
        let mut names = std::iter::once("U".to_owned()).chain((1..).map(|k| format!("U{k}")));
        let free = names.find(is_free).unwrap_or_default();
        format_ident!("{free}", span = Span::call_site())
    }

    /// `<'a, A: Bound, const N: usize>`: the parameters but for the number type, with their bounds and without defaults.
    pub(crate) fn parameters(&self) -> Result<TokenStream> {
        let mut kept = Vec::new();
        for parameter in &self.generics.params {
            let mut parameter = parameter.clone();
            match &mut parameter {
                GenericParam::Type(ty) if ty.ident == self.number.ident => continue,
                GenericParam::Type(ty) => ty.default = None,
                GenericParam::Const(constant) => constant.default = None,
                GenericParam::Lifetime(_) => {}
            }
            kept.push(self.at_f64(parameter.to_token_stream())?);
        }
        Ok(if kept.is_empty() { TokenStream::new() } else { quote!(<#(#kept),*>) })
    }

    /// `<'a, f64, A, N>`: the arguments of the item at a number type.
    pub(crate) fn arguments(&self, number: &TokenStream) -> TokenStream {
        let arguments = self.generics.params.iter().map(|parameter| match parameter {
            GenericParam::Lifetime(lifetime) => lifetime.lifetime.to_token_stream(),
            GenericParam::Type(ty) if ty.ident == self.number.ident => number.clone(),
            GenericParam::Type(ty) => ty.ident.to_token_stream(),
            GenericParam::Const(constant) => constant.ident.to_token_stream(),
        });
        quote!(<#(#arguments),*>)
    }

    /// The item's bounds with `f64` in place of the number type, and what the fields ask of the other types.
    pub(crate) fn where_clause(&self, parts: &[&Part<'_>]) -> Result<TokenStream> {
        let mut predicates = Vec::new();
        let number = self.number.ident.to_token_stream();
        predicates.extend(self.bounds(&number, &number, &self.number.bounds)?);
        for predicate in self.generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
            if let WherePredicate::Type(ty) = predicate {
                let (lifetimes, bounded) = (&ty.lifetimes, &ty.bounded_ty);
                predicates.extend(self.bounds(
                    &quote!(#lifetimes #bounded),
                    &bounded.to_token_stream(),
                    &ty.bounds,
                )?);
            } else {
                predicates.push(predicate.to_token_stream());
            }
        }
        predicates.extend(self.clones(parts));

        let mut seen = HashSet::new();
        predicates.retain(|predicate| seen.insert(predicate.to_string()));
        Ok(if predicates.is_empty() { TokenStream::new() } else { quote!(where #(#predicates),*) })
    }

    /// The bounds of one type that say something of the other parameters. The rest speaks of `f64` alone: the compiler
    /// checks it where the item at `f64` is named, and warns of it in a `where` clause.
    fn bounds(
        &self,
        left: &TokenStream,
        bounded: &TokenStream,
        bounds: &Punctuated<TypeParamBound, Token![+]>,
    ) -> Result<Vec<TokenStream>> {
        let open = names::occur(bounded.clone(), &self.others);
        let kept = bounds.iter().filter(|bound| open || names::occur(bound.to_token_stream(), &self.others));
        kept.map(|bound| {
            let (left, bound) = (self.at_f64(left.clone())?, self.at_f64(bound.to_token_stream())?);
            Ok(quote!(#left: #bound))
        })
        .collect()
    }

    /// That what is kept can be cloned, where this depends on another type parameter. A field of numbers whose type
    /// mentions another parameter keeps things of that type inside, so that the parameter itself is asked.
    fn clones(&self, parts: &[&Part<'_>]) -> Vec<TokenStream> {
        let types = self.generics.type_params().filter(|ty| ty.ident != self.number.ident);
        let types: Vec<&Ident> = types.map(|ty| &ty.ident).collect();
        let mentioned =
            |part: &Part<'_>, ty: &Ident| names::occur(part.ty.to_token_stream(), &[ty.unraw().to_string()]);
        let mut cloned = Vec::new();
        for part in parts {
            match part.role {
                Role::Kept if types.iter().any(|ty| mentioned(part, ty)) => {
                    cloned.push(part.ty.to_token_stream());
                }
                Role::Kept | Role::Phantom => {}
                Role::Number | Role::Fixed => {
                    let inside = types.iter().filter(|ty| mentioned(part, ty));
                    cloned.extend(inside.map(ToTokens::to_token_stream));
                }
            }
        }
        cloned.iter().map(|ty| quote!(#ty: ::core::clone::Clone)).collect()
    }

    fn at_f64(&self, tokens: TokenStream) -> Result<TokenStream> {
        let name = &self.number_name;
        if let Some(place) = names::projection(tokens.clone(), name) {
            let message = format!(
                "the derive puts `f64` in place of `{name}`, and `f64::` names no trait: write `<{name} as Trait>::`"
            );
            return Err(Error::new(place.span(), message));
        }
        Ok(names::replaced(tokens, name, &f64()))
    }
}

/// The type `f64`, also where something else has that name.
pub(crate) fn f64() -> TokenStream {
    quote!(::core::primitive::f64)
}
