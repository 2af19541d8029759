//! The fields that `#[outbox(...)]` marks: they are also sent as attributes.

use quote::ToTokens;
use syn::LitStr;
use syn::spanned::Spanned;

use super::arguments::{checked_literal, checked_text};
use super::settings::OF_EVENT;
use super::vocabulary::Vocabulary;
use crate::entries::{Entries, Entry, EntryValue};
use crate::mistakes::{Errors, err};
use crate::model::{Extension, Field, RawEvent, RawField, Text};

const ON_FIELD: Vocabulary = Vocabulary {
    names: &["occurred_at", "extension"],
    synonyms: &[("time", "occurred_at"), ("attribute", "extension")],
    elsewhere: &[
        (OF_EVENT.names, "belongs on the struct; move it there"),
        (
            &["aggregate_id", "partition_key", "validate"],
            "is an attribute of its own; write it without `outbox`",
        ),
    ],
    ..OF_EVENT
};

/// The marks of one field.
struct Marks<'a> {
    field: &'a RawField,
    occurred_at: Option<&'a Entry>,
    extension: Option<&'a Entry>,
}

/// The marked fields of an event.
pub(super) struct MarkedFields<'a> {
    /// The field that says when the event happened.
    pub(super) occurred_at: Option<&'a RawField>,
    pub(super) extensions: Vec<Extension>,
}

/// Checks that there is at most one time, and no two extensions of one name.
pub(super) fn marked_fields<'a>(raw: &'a RawEvent, errors: &mut Errors) -> MarkedFields<'a> {
    let marks: Vec<Marks<'a>> = raw
        .fields()
        .map(|field| read_marks(field, errors))
        .collect();
    MarkedFields {
        occurred_at: one_occurred_at(&marks, errors),
        extensions: unique_extensions(&marks, errors),
    }
}

fn read_marks<'a>(field: &'a RawField, errors: &mut Errors) -> Marks<'a> {
    let found = ON_FIELD.find(&field.settings.entries, errors);
    Marks {
        field,
        occurred_at: found.get("occurred_at"),
        extension: found.get("extension"),
    }
}

fn one_occurred_at<'a>(marks: &[Marks<'a>], errors: &mut Errors) -> Option<&'a RawField> {
    let mut marked = marks
        .iter()
        .filter_map(|marks| Some((marks.field, marks.occurred_at?)));
    let (field, first) = marked.next()?;
    for (_, other) in marked {
        errors.push_both(
            &first.key,
            &other.key,
            "two fields are the time of the event; keep `#[outbox(occurred_at)]` on one of them",
        );
    }
    if !matches!(first.value, EntryValue::Nothing) {
        errors.push(err!(
            first,
            "`occurred_at` takes no value; write `#[outbox(occurred_at)]`"
        ));
    }
    Some(field)
}

fn unique_extensions(marks: &[Marks<'_>], errors: &mut Errors) -> Vec<Extension> {
    let mut extensions: Vec<Extension> = Vec::new();
    for Marks {
        field, extension, ..
    } in marks
    {
        let name = extension.and_then(|entry| errors.take(extension_name(field, entry)));
        let Some(name) = name else { continue };
        match extensions
            .iter()
            .find(|other| are_same_literal(&other.name, &name))
        {
            Some(other) => {
                let message = same_extension(&other.field.path, &field.path, &name);
                errors.push_both(&other.name, &name, &message);
            }
            None => extensions.push(Extension {
                field: Field::from(*field),
                name,
            }),
        }
    }
    extensions
}

fn same_extension(one: &str, other: &str, name: &Text) -> String {
    let name = match name {
        Text::Literal(name) => name.value(),
        Text::Expr(name) => name.to_token_stream().to_string(),
    };
    let is_default = |path: &&str| path.contains('_') && path.replace('_', "") == name;
    let shortened = [one, other].into_iter().find(is_default);
    let origin = shortened
        .map(|path| format!(", which is `{path}` without `_`"))
        .unwrap_or_default();
    format!(
        "duplicate extension `{name}`{origin}; name one of the fields with `extension = \"...\"`"
    )
}

fn are_same_literal(one: &Text, other: &Text) -> bool {
    matches!((one, other), (Text::Literal(one), Text::Literal(other)) if one.value() == other.value())
}

/// Returns the given name, or the field's name without `_`, which an attribute's name must not have.
fn extension_name(field: &RawField, entry: &Entry) -> syn::Result<Text> {
    match entry.value {
        EntryValue::Nothing => {
            let name = LitStr::new(&field.path.replace('_', ""), field.member.span());
            checked_literal("extension", name)
        }
        EntryValue::Expr(_) => checked_text("extension", entry),
        EntryValue::Arguments(_) => Err(err!(
            entry,
            "`extension` takes its name after `=`; write `#[outbox(extension = \"...\")]`, or `#[outbox(extension)]` for the field's name without `_`"
        )),
    }
}

/// Refuses the marks of an event on a field of another type; `reason` says what that type is.
pub(super) fn refuse_marks(marks: &Entries, reason: &str, errors: &mut Errors) {
    for entry in &marks.entries {
        errors.push(err!(
            entry,
            "`#[outbox({})]` belongs on a field of the event; {reason}",
            entry.key
        ));
    }
}
