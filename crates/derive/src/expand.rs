//! The implementation, put together.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Path, Result};

use crate::bounds::{Bounds, f64};
use crate::number;
use crate::options::{self, ItemOptions};
use crate::part::{Part, Role};

/// A struct, or a variant of an enum.
struct Shape<'a> {
    /// `Name`, or `Name::Variant`.
    path: TokenStream,
    parts: Vec<Part<'a>>,
}

/// The implementation of `Parameters` for the item at `f64`.
pub(crate) fn expand(item: &DeriveInput) -> Result<TokenStream> {
    if let Data::Union(union) = &item.data {
        let message =
            "a union does not know which of its fields it holds: derive `Parameters` for a struct or an enum";
        return Err(Error::new_spanned(union.union_token, message));
    }
    let ItemOptions { number, wengert } = ItemOptions::of(&item.attrs)?;
    let number = number::parameter(item, number.as_ref())?;
    let bounds = Bounds::new(&item.generics, number);
    let shapes = shapes(item, &number.ident.unraw().to_string())?;
    let parts: Vec<&Part<'_>> = shapes.iter().flat_map(|shape| &shape.parts).collect();

    let name = &item.ident;
    let other = bounds.fresh(name);
    let parameters = bounds.parameters()?;
    let where_clause = bounds.where_clause(&parts)?;
    let (f64, at_f64, at_other) =
        (f64(), bounds.arguments(&f64()), bounds.arguments(&other.to_token_stream()));

    // Hygiene keeps the name from what the user's macros bind; a constant or a static of the module it would still
    // meet in a pattern, so that it is one that nobody writes.
    let f = Ident::new("__f", Span::mixed_site());
    let f_if = |used: bool| if used { f.to_token_stream() } else { quote!(_) };
    let f_used = f_if(parts.iter().any(|part| part.role == Role::Number));
    let is_enum = matches!(item.data, Data::Enum(_));
    let mapped = branches(
        &shapes,
        is_enum,
        |role| role != Role::Phantom,
        |shape| {
            let (path, fields) =
                (&shape.path, shape.parts.iter().map(|part| part.mapped(&wengert, &f, &other)));
            quote!(#path { #(#fields),* })
        },
    );
    let visited = branches(
        &shapes,
        is_enum,
        |role| role == Role::Number,
        |shape| {
            let numbers = shape.parts.iter().filter(|part| part.role == Role::Number);
            let statements = numbers.map(|part| part.visited(&wengert, &f));
            quote!(#(#statements)*)
        },
    );
    let deprecated = is_deprecated(item).then(|| quote!(#[allow(deprecated)]));
    let map = signature_of_map(&wengert, &other, &f_used);

    Ok(quote! {
        #[automatically_derived]
        #deprecated
        impl #parameters #wengert::Parameters for #name #at_f64 #where_clause {
            type With<#other: #wengert::Scalar> = #name #at_other;

            #map {
                #mapped
            }

            fn each_number(&self, #f_used: &mut impl ::core::ops::FnMut(#f64)) {
                #visited
            }
        }
    })
}

fn signature_of_map(wengert: &Path, other: &Ident, f: &TokenStream) -> TokenStream {
    let f64 = f64();
    quote! {
        fn map_numbers<#other: #wengert::Scalar>(
            &self,
            #f: &mut impl ::core::ops::FnMut(#f64) -> #other,
        ) -> Self::With<#other>
    }
}

/// Whether something of the item is deprecated: the implementation names it, and no user could silence the warning.
/// Elsewhere nothing is allowed, since a crate may forbid that.
fn is_deprecated(item: &DeriveInput) -> bool {
    let is = |attributes: &[Attribute]| attributes.iter().any(|one| one.path().is_ident("deprecated"));
    let variants = match &item.data {
        Data::Enum(data) => data.variants.iter().collect(),
        _ => Vec::new(),
    };
    is(&item.attrs) || variants.iter().any(|variant| is(&variant.attrs))
}

/// The shapes of an item, with the errors of all of its fields.
fn shapes<'a>(item: &'a DeriveInput, number: &str) -> Result<Vec<Shape<'a>>> {
    let name = &item.ident;
    let mut shapes = Vec::new();
    let mut errors: Option<Error> = None;
    let mut add = |path: TokenStream, fields: &'a Fields| {
        let mut parts = Vec::new();
        for (k, (field, member)) in fields.iter().zip(fields.members()).enumerate() {
            match Part::of(field, member, k, number) {
                Ok(part) => parts.push(part),
                Err(error) => match &mut errors {
                    Some(errors) => errors.combine(error),
                    None => errors = Some(error),
                },
            }
        }
        shapes.push(Shape { path, parts });
    };
    match &item.data {
        Data::Struct(data) => add(name.to_token_stream(), &data.fields),
        Data::Enum(data) => {
            for variant in &data.variants {
                options::refuse(&variant.attrs)?;
                let variant_name = &variant.ident;
                add(quote!(#name::#variant_name), &variant.fields);
            }
        }
        Data::Union(_) => {}
    }
    errors.map_or(Ok(shapes), Err)
}

/// What is done with `self` in each of its shapes, with the fields of some roles bound to variables.
fn branches(
    shapes: &[Shape<'_>],
    is_enum: bool,
    bound: impl Fn(Role) -> bool,
    body: impl Fn(&Shape<'_>) -> TokenStream,
) -> TokenStream {
    let pattern = |shape: &Shape<'_>| {
        let (path, fields) =
            (&shape.path, shape.parts.iter().filter(|part| bound(part.role)).map(Part::pattern));
        quote!(#path { #(#fields,)* .. })
    };
    if !is_enum {
        return shapes
            .iter()
            .map(|shape| {
                let (pattern, body) = (pattern(shape), body(shape));
                quote!(let #pattern = self; #body)
            })
            .collect();
    }
    let arms = shapes.iter().map(|shape| {
        let (pattern, body) = (pattern(shape), body(shape));
        quote!(#pattern => { #body })
    });
    // A reference to an enum without variants is not known to be nowhere; the enum itself is.
    let place = if shapes.is_empty() { quote!(*self) } else { quote!(self) };
    quote!(match #place { #(#arms)* })
}
