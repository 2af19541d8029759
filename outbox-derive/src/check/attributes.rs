//! What `#[outbox(...)]` says on a field: what of the payload becomes an attribute as well.

use syn::LitStr;
use syn::spanned::Spanned;

use super::keys::is_written_and_read;
use super::settings::OF_EVENT;
use super::values;
use super::vocabulary::Vocabulary;
use crate::error::{Errors, err};
use crate::model::{Entry, EntryValue, Extension, Field, RawEvent, RawField, Text};

const ON_FIELD: Vocabulary = Vocabulary {
    what: "key",
    place: "#[outbox(...)]",
    names: &["occurred_at", "extension"],
    repeatable: None,
    elsewhere: &[
        (OF_EVENT.names, "belongs on the struct; move it there"),
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

/// The fields that are sent as attributes as well, no two under one name.
pub(super) fn extensions(raw: &RawEvent, errors: &mut Errors) -> Vec<Extension> {
    let mut extensions: Vec<Extension> = Vec::new();
    for field in raw.fields() {
        for (name, entry) in ON_FIELD.find(&field.settings.entries, errors) {
            if name != "extension" || !is_written_and_read(field, "an extension", errors) {
                continue;
            }
            let Some(name) = errors.take(extension_name(field, entry)) else {
                continue;
            };
            match extensions.iter().find(|other| are_same(&other.name, &name)) {
                Some(other) => errors.push_both(
                    &other.name,
                    &name,
                    "two fields are the same extension; name one of them by `extension = \"...\"`",
                ),
                None => extensions.push(Extension {
                    field: Field::from(field),
                    name,
                }),
            }
        }
    }
    extensions
}

fn are_same(one: &Text, other: &Text) -> bool {
    matches!((one, other), (Text::Literal(one), Text::Literal(other)) if one.value() == other.value())
}

/// The name that is given, or the field's without `_`, which an attribute's name must not have.
fn extension_name(field: &RawField, entry: &Entry) -> syn::Result<Text> {
    match entry.value {
        EntryValue::Nothing => {
            let name = LitStr::new(&field.path.replace('_', ""), field.member.span());
            values::checked("extension", name)
        }
        EntryValue::Expr(_) => values::value("extension", entry),
        EntryValue::Arguments(_) => Err(err!(
            entry,
            "`extension` takes its name after `=`; write `#[outbox(extension = \"...\")]`, or `#[outbox(extension)]` for the field's name without `_`"
        )),
    }
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
