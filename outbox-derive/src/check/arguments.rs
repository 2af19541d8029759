//! The values that keys and arguments take.

use quote::ToTokens;
use syn::{Expr, ExprPath, Lit, LitStr};

use crate::error::err;
use crate::model::{Entry, EntryValue};

/// A text. The compiler says of an expression that is no literal whether it is one.
pub(super) fn text(name: &str, entry: &Entry) -> syn::Result<Expr> {
    let EntryValue::Expr(value) = &entry.value else {
        return Err(err!(
            entry,
            "`{name}` needs a value; write `{name} = \"...\"`"
        ));
    };
    let quoted = match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(_) => return Ok(value.clone()),
            Lit::Int(_) | Lit::Float(_) | Lit::Bool(_) => literal.to_token_stream().to_string(),
            _ => "...".to_owned(),
        },
        Expr::Field(_) if is_unquoted(value) => {
            value.to_token_stream().to_string().replace(' ', "")
        }
        _ => return Ok(value.clone()),
    };
    Err(err!(
        value,
        "`{name}` is text; write `{name} = \"{quoted}\"`"
    ))
}

/// Returns whether this is `com.example.invite` without quotes, and no field of a constant.
fn is_unquoted(value: &Expr) -> bool {
    match value {
        Expr::Field(field) => is_unquoted(&field.base),
        Expr::Path(path) => path.path.get_ident().is_some_and(|ident| {
            let name = ident.to_string();
            name == name.to_lowercase()
        }),
        _ => false,
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
pub(super) fn path(entry: &Entry, remedy: &str) -> syn::Result<ExprPath> {
    let EntryValue::Expr(value) = &entry.value else {
        return Err(err!(entry, "{remedy}"));
    };
    as_path(value).ok_or_else(|| err!(value, "{remedy}"))
}

fn as_path(value: &Expr) -> Option<ExprPath> {
    match value {
        Expr::Path(path) => Some(path.clone()),
        Expr::Group(group) => as_path(&group.expr),
        _ => literal(value)?.parse().ok(),
    }
}
