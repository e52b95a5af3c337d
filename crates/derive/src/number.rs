//! Which type parameter is the number type.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Result, TypeParam};

/// The type parameter that is the number type: the only one, or the one that the option `number` names.
pub(crate) fn parameter<'a>(item: &'a DeriveInput, named: Option<&Ident>) -> Result<&'a TypeParam> {
    let all: Vec<&TypeParam> = item.generics.type_params().collect();
    let name = &item.ident;
    match (named, all.as_slice()) {
        (_, []) => {
            let keyword = if let Data::Enum(_) = item.data { "enum" } else { "struct" };
            let message = format!(
                "`{name}` has no type parameter, and the number type must be a type parameter: \
                 `{keyword} {name}<T> {{..}}`, with `T` as the type of its numbers"
            );
            Err(Error::new_spanned(name, message))
        }
        (Some(named), all) => {
            let found = all.iter().find(|parameter| parameter.ident.unraw() == named.unraw());
            found.copied().ok_or_else(|| {
                let message = format!("`{named}` is no type parameter of `{name}`: write {}", choices(all));
                Error::new_spanned(named, message)
            })
        }
        (None, [one]) => Ok(one),
        (None, all) => {
            let message = format!(
                "`{name}` has several type parameters: say which is the number type, {}",
                choices(all)
            );
            Err(Error::new_spanned(&item.generics.params, message))
        }
    }
}

/// What can be written, in full.
fn choices(all: &[&TypeParam]) -> String {
    let options: Vec<String> =
        all.iter().map(|parameter| format!("`#[parameters(number = {})]`", parameter.ident)).collect();
    options.join(" or ")
}
