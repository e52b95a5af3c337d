//! What becomes of a field.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Field, Member, Path, Result, Type};

use crate::names;
use crate::options::FieldOptions;

/// What a field is to the shape.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Its numbers are differentiated.
    Number,
    /// Its numbers become constants of the other number type.
    Fixed,
    /// Its type is the same at every number type.
    Kept,
    /// It holds nothing.
    Phantom,
}

/// A field and its role.
pub(crate) struct Part<'a> {
    pub(crate) role: Role,
    pub(crate) ty: &'a Type,
    member: Member,
    /// The variable that a pattern binds it to.
    variable: Ident,
    /// Where the compiler's messages on what is generated for the field point to: its type.
    span: Span,
}

impl<'a> Part<'a> {
    /// The field number `k` of its struct or variant.
    pub(crate) fn of(field: &'a Field, member: Member, k: usize, number: &str) -> Result<Self> {
        let options = FieldOptions::of(&field.attrs)?;
        let role = role(&field.ty, &options, number)?;
        let span = Span::mixed_site().located_at(field.ty.span());
        Ok(Self { role, ty: &field.ty, member, variable: format_ident!("__field_{k}", span = span), span })
    }

    /// `field: variable`, in a pattern.
    pub(crate) fn pattern(&self) -> TokenStream {
        let (member, variable) = (&self.member, &self.variable);
        quote_spanned!(Span::mixed_site()=> #member: #variable)
    }

    /// `field: its value at the other number type`, of the variable and the function `f`.
    pub(crate) fn mapped(&self, wengert: &Path, f: &Ident, other: &Ident) -> TokenStream {
        let (member, variable, wengert) = (&self.member, &self.variable, self.here(wengert));
        let value = match self.role {
            Role::Number => quote_spanned!(self.span=> #wengert::Parameters::map_numbers(#variable, #f)),
            Role::Fixed => quote_spanned! {self.span=>
                #wengert::Parameters::map_numbers(#variable, &mut <#other as #wengert::ops::Real>::lit)
            },
            Role::Kept => quote_spanned!(self.span=> ::core::clone::Clone::clone(#variable)),
            Role::Phantom => quote_spanned!(self.span=> ::core::marker::PhantomData),
        };
        quote_spanned!(Span::mixed_site()=> #member: #value)
    }

    /// The statement that hands the field's numbers to the function `f`.
    pub(crate) fn visited(&self, wengert: &Path, f: &Ident) -> TokenStream {
        let (variable, wengert) = (&self.variable, self.here(wengert));
        quote_spanned!(self.span=> #wengert::Parameters::each_number(#variable, #f);)
    }

    /// A path whose names are still looked for where they were written, but whose place is the field's: a message points
    /// to a field only where all of the expression stands there.
    fn here(&self, path: &Path) -> TokenStream {
        let place = |mut token: TokenTree| {
            token.set_span(token.span().located_at(self.span));
            token
        };
        path.to_token_stream().into_iter().map(place).collect()
    }
}

fn role(ty: &Type, options: &FieldOptions, number: &str) -> Result<Role> {
    let mentions = names::occur(ty.to_token_stream(), &[number.to_owned()]);
    match (options.keep, options.fixed) {
        (_, Some(fixed)) if is_phantom(ty) => {
            Err(Error::new(fixed, "`PhantomData` holds no numbers that could be fixed: remove `fixed`"))
        }
        _ if is_phantom(ty) => Ok(Role::Phantom),
        (_, Some(fixed)) if !mentions => {
            let message = format!(
                "the type of this field does not mention `{number}`, so the field is kept as it is: remove `fixed`"
            );
            Err(Error::new(fixed, message))
        }
        (Some(keep), _) if mentions => {
            let message = format!(
                "the type of this field mentions `{number}` and changes with it, so the field cannot be kept: write \
                 `f64` in place of `{number}`, or `#[parameters(fixed)]` to carry its numbers as constants"
            );
            Err(Error::new(keep, message))
        }
        _ if !mentions => Ok(Role::Kept),
        _ if is_reference(ty) => {
            let message = format!(
                "a reference cannot be rebuilt with other numbers, since it owns none: write `Vec<{number}>` or an \
                 array in its place, or `f64` in place of `{number}` to keep it"
            );
            Err(Error::new_spanned(ty, message))
        }
        (_, Some(_)) => Ok(Role::Fixed),
        _ => Ok(Role::Number),
    }
}

/// Whether the type's path ends in `PhantomData`.
fn is_phantom(ty: &Type) -> bool {
    match plain(ty) {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "PhantomData"),
        _ => false,
    }
}

fn is_reference(ty: &Type) -> bool {
    matches!(plain(ty), Type::Reference(_))
}

/// The type without parentheses, and without the invisible ones around what a declarative macro was given.
fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Paren(inner) => plain(&inner.elem),
        Type::Group(inner) => plain(&inner.elem),
        _ => ty,
    }
}
