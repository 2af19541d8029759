//! The values that keys and arguments take.

use quote::ToTokens;
use syn::{Expr, Lit, LitStr, Path};

use crate::error::err;
use crate::model::{Entry, EntryValue};

/// A text. The compiler says of an expression that is no literal whether it is one.
pub(super) fn text(name: &str, entry: &Entry) -> syn::Result<Expr> {
    match &entry.value {
        EntryValue::Expr(Expr::Lit(literal)) if !matches!(literal.lit, Lit::Str(_)) => Err(err!(
            literal,
            "`{name}` is text; write `{name} = \"{}\"`",
            literal.to_token_stream()
        )),
        EntryValue::Expr(value) => Ok(value.clone()),
        _ => Err(err!(
            entry,
            "`{name}` needs a value; write `{name} = \"...\"`"
        )),
    }
}

/// The literal text that this is, perhaps as a `macro_rules!` definition hands it on.
pub(super) fn literal(value: &Expr) -> Option<&LitStr> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text),
            _ => None,
        },
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

/// A path, or a text that is one; `remedy` says what to write.
pub(super) fn path(entry: &Entry, remedy: &str) -> syn::Result<Path> {
    let EntryValue::Expr(value) = &entry.value else {
        return Err(err!(entry, "{remedy}"));
    };
    as_path(value).ok_or_else(|| err!(value, "{remedy}"))
}

fn as_path(value: &Expr) -> Option<Path> {
    match value {
        Expr::Path(path) if path.qself.is_none() => Some(path.path.clone()),
        Expr::Group(group) => as_path(&group.expr),
        _ => literal(value)?.parse().ok(),
    }
}
