//! What `#[outbox(...)]` says on a field: what of the payload becomes an attribute as well.

use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, LitStr};

use super::arguments::text;
use super::keys::is_written_and_read;
use super::vocabulary::Vocabulary;
use crate::error::{Errors, err};
use crate::model::{Entry, EntryValue, Extension, Field, RawEvent, RawField};

const ON_FIELD: Vocabulary = Vocabulary {
    what: "key",
    place: "#[outbox(...)]",
    names: &["occurred_at", "extension"],
    elsewhere: &[
        (
            &[
                "event_type",
                "legacy_event_type",
                "source",
                "data_version",
                "aggregate_type",
                "topic",
                "dataschema",
                "upcast_from",
                "validate_with",
                "crate",
            ],
            "belongs on the struct; move it there",
        ),
        (
            &["aggregate_id", "partition_key", "validate"],
            "is an attribute of its own; write it without `outbox`",
        ),
    ],
};

/// The field that says when the event happened; there is one at the most.
pub(super) fn occurred_at<'a>(raw: &'a RawEvent, errors: &mut Errors) -> Option<&'a RawField> {
    let mut marked: Option<(&RawField, &Entry)> = None;
    for field in raw.fields() {
        // The mistakes in the keys are told once, where the extensions are looked for.
        let found = ON_FIELD.find(&field.settings.entries, &mut Errors::default());
        let Some((_, entry)) = found.into_iter().find(|(name, _)| *name == "occurred_at") else {
            continue;
        };
        if !matches!(entry.value, EntryValue::Nothing) {
            errors.push(err!(
                entry,
                "`occurred_at` takes no value; write `#[outbox(occurred_at)]`"
            ));
        }
        match marked {
            Some((_, first)) => errors.push_both(
                &first.key,
                &entry.key,
                "two fields say when the event happened; keep `#[outbox(occurred_at)]` on one of them",
            ),
            None => marked = Some((field, entry)),
        }
    }
    let (field, _) = marked?;
    is_written_and_read(field, "the time at which the event occurred", errors).then_some(field)
}

/// The fields that are sent as attributes as well.
pub(super) fn extensions(raw: &RawEvent, errors: &mut Errors) -> Vec<Extension> {
    let mut extensions = Vec::new();
    for field in raw.fields() {
        for (name, entry) in ON_FIELD.find(&field.settings.entries, errors) {
            if name == "extension" && is_written_and_read(field, "an extension", errors) {
                extensions.extend(errors.take(extension(field, entry)));
            }
        }
    }
    extensions
}

fn extension(field: &RawField, entry: &Entry) -> syn::Result<Extension> {
    let name = match entry.value {
        EntryValue::Nothing => default_name(field),
        EntryValue::Expr(_) => text("extension", entry)?,
        EntryValue::Arguments(_) => {
            return Err(err!(
                entry,
                "`extension` takes its name after `=`; write `#[outbox(extension = \"...\")]`, or `#[outbox(extension)]` for the field's name without `_`"
            ));
        }
    };
    Ok(Extension {
        field: Field::from(field),
        name,
    })
}

/// The field's name without `_`, which an attribute's name must not have.
fn default_name(field: &RawField) -> Expr {
    let name = field.path.replace('_', "");
    Expr::Lit(ExprLit {
        attrs: Vec::new(),
        lit: Lit::Str(LitStr::new(&name, field.member.span())),
    })
}

/// A field of a value within an event has no attributes of an event.
pub(super) fn none(field: &RawField, errors: &mut Errors) {
    for entry in &field.settings.entries {
        errors.push(err!(
            entry,
            "`#[outbox({})]` belongs on a field of the event; `Validate` is for the values within one",
            entry.key
        ));
    }
}
