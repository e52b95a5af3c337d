//! What `#[parameters(…)]` says, at the item and at its fields.

use proc_macro2::{Ident, Span};
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Error, LitStr, Meta, Path, Result, parse_quote};

/// What the item's attributes say.
pub(crate) struct ItemOptions {
    /// The type parameter that is the number type.
    pub(crate) number: Option<Ident>,
    /// Where the crate `wengert` is.
    pub(crate) wengert: Path,
}

impl ItemOptions {
    pub(crate) fn of(attributes: &[Attribute]) -> Result<Self> {
        let (mut number, mut wengert) = (None, None);
        each(attributes, |option| {
            if option.path.is_ident("number") {
                once(&option, number.is_some())?;
                number = Some(option.value()?.parse()?);
            } else if option.path.is_ident("crate") {
                once(&option, wengert.is_some())?;
                wengert = Some(path(&option)?);
            } else if option.path.is_ident("keep") || option.path.is_ident("fixed") {
                return Err(
                    option.error("`keep` and `fixed` are said of a field: write them before the field")
                );
            } else {
                return Err(option.error("an item takes `number = T` and `crate = path`, and nothing else"));
            }
            Ok(())
        })?;
        Ok(Self { number, wengert: wengert.unwrap_or_else(|| parse_quote!(::wengert)) })
    }
}

/// A path without quotation marks; other derives ask for them, so that they are often written.
fn path(option: &ParseNestedMeta<'_>) -> Result<Path> {
    let value = option.value()?;
    if value.peek(LitStr) {
        return Err(value.error("the path stands without quotation marks: write `crate = path`"));
    }
    value.call(Path::parse_mod_style)
}

/// What a field's attributes say.
#[derive(Default)]
pub(crate) struct FieldOptions {
    /// Where `keep` stands.
    pub(crate) keep: Option<Span>,
    /// Where `fixed` stands.
    pub(crate) fixed: Option<Span>,
}

impl FieldOptions {
    pub(crate) fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut options = Self::default();
        each(attributes, |option| {
            if option.path.is_ident("keep") {
                once(&option, options.keep.is_some())?;
                options.keep = Some(option.path.span());
            } else if option.path.is_ident("fixed") {
                once(&option, options.fixed.is_some())?;
                options.fixed = Some(option.path.span());
            } else if option.path.is_ident("number") || option.path.is_ident("crate") {
                return Err(option.error(
                    "`number` and `crate` are said of the whole item: write them before `struct` or `enum`",
                ));
            } else {
                return Err(option.error("a field takes `fixed` or `keep`, and nothing else"));
            }
            if let (Some(_), Some(_)) = (options.keep, options.fixed) {
                return Err(option.error("`keep` and `fixed` exclude each other: write one of them"));
            }
            Ok(())
        })?;
        Ok(options)
    }
}

/// Refuses options where none can be said: at an enum's variant.
pub(crate) fn refuse(attributes: &[Attribute]) -> Result<()> {
    each(attributes, |option| {
        Err(option.error("a variant takes no options: write them before the fields or before the enum"))
    })
}

fn once(option: &ParseNestedMeta<'_>, given: bool) -> Result<()> {
    if given { Err(option.error("this option is given twice: remove one")) } else { Ok(()) }
}

fn each(attributes: &[Attribute], mut f: impl FnMut(ParseNestedMeta<'_>) -> Result<()>) -> Result<()> {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("parameters")) {
        let Meta::List(_) = &attribute.meta else {
            let message =
                "the attribute is written with an option in parentheses, as in `#[parameters(fixed)]`";
            return Err(Error::new_spanned(attribute, message));
        };
        attribute.parse_nested_meta(&mut f)?;
    }
    Ok(())
}
