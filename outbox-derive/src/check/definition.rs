//! What `#[outbox(...)]` says. The values are the compiler's to check, by core's own `const fn`s.

use quote::ToTokens;
use syn::{Expr, Lit};

use super::entries::known;
use crate::error::{Errors, err};
use crate::model::{Definition, Entry, EntryValue, Part, RawEvent};

const PARTS: [&str; 5] = [
    "event_type",
    "source",
    "data_version",
    "aggregate_type",
    "topic",
];

/// Each key is known, stands once, and has a value.
pub(crate) fn definition(raw: &RawEvent, errors: &mut Errors) -> Definition {
    let parts = known(
        &raw.settings.entries,
        &PARTS,
        "key",
        "#[outbox(...)]",
        errors,
    );
    let parts = parts
        .into_iter()
        .map(|(name, entry)| part(name, entry, errors))
        .collect();
    Definition { parts }
}

fn part(name: &'static str, entry: &Entry, errors: &mut Errors) -> Part {
    Part {
        name,
        value: errors.take(value(name, entry)),
    }
}

/// The compiler says of other expressions whether they are text.
fn value(name: &str, entry: &Entry) -> syn::Result<Expr> {
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

/// Every event has a type and a source.
pub(super) fn required(raw: &RawEvent, definition: &Definition, errors: &mut Errors) {
    // It may stand in what could not be read, and that has been told.
    if !raw.settings.is_complete {
        return;
    }
    for (name, example) in [
        ("event_type", "com.example.invite.created"),
        ("source", "/invite-service"),
    ] {
        if !definition.has(name) {
            errors.push(err!(
                &raw.ident,
                "the event has no `{name}`; write `#[outbox({name} = \"{example}\")]` on the struct"
            ));
        }
    }
}
